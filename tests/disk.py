#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What an extraction leaves when it is killed, when the disk is full, and when nothing may be written.

usage: disk.py BITSPECT

No file may look complete that is not: what bears its last name has all its bytes. What was written before stays. The exit
status is 5 where the result could not be written, and the message says so.
"""
import contextlib
import hashlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import attacks

SIZES = {1: 100_000, 2: 100_000, 3: 24 << 20}  # bytes of the uploads
KILLS = 25

failures = []


def fail(text):
    failures.append(text)
    print(f"FAILED {text}", flush=True)


def content(number, size):
    return hashlib.shake_128(bytes([number])).digest(4096) * (size // 4096 + 1)


def upload(out, number, size, data):
    t = attacks.begin(out, number)
    for start in range(0, size, 1 << 20):
        end = min(start + (1 << 20), size)
        t.ask(attacks.FRAGMENT.format(number, number, start, end - 1, size, end - start).encode() + data[start:end])
        t.answer(attacks.RECEIVED.format(end))
    t.ask((attacks.HEAD + "Close-Session\r\nBITS-Session-Id: {{{:08x}-1111-2222-3333-444455556666}}\r\nContent-Length: 0\r\n\r\n")
          .format(number, number))
    t.answer("HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n")


def write_capture(path):
    """Two small uploads, then a large one; gives the digests of all."""
    sums = {}
    with open(path, "wb", 1 << 20) as f:
        out = attacks.Out(f)
        for number, size in SIZES.items():
            data = content(number, size)[:size]
            upload(out, number, size, data)
            sums[number] = hashlib.sha256(data).hexdigest()
    return sums


def whole_files(folder):
    """Number of the upload -> digest, of files that bear their last name."""
    found = {}
    for path in pathlib.Path(folder, "files").glob("*") if pathlib.Path(folder, "files").is_dir() else []:
        if not path.name.endswith(".partial"):
            found[int(path.name[:4])] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def check_names(what, folder, sums):
    found = whole_files(folder)
    for number, digest in found.items():
        if digest != sums[number]:
            fail(f"{what}: file {number} looks complete and is not")
    for path in pathlib.Path(folder).rglob("*"):
        if path.name == "SHA256SUMS" and subprocess.run(["sha256sum", "-c", "--quiet", path.name], cwd=folder, check=False,
                                                        capture_output=True).returncode != 0:
            fail(f"{what}: SHA256SUMS tells of other bytes")
    return found


def extract(bitspect, capture, folder):
    return subprocess.run([bitspect, "extract", "-q", "-d", str(folder), str(capture)], capture_output=True, text=True, check=False)


def check_kills(bitspect, capture, sums, folder):
    start = time.monotonic()
    done = extract(bitspect, capture, folder / "whole")
    seconds = time.monotonic() - start
    if done.returncode != 0 or check_names("to its end", folder / "whole", sums) != sums:
        fail(f"to its end: exit {done.returncode}, {done.stderr}")
    rng = random.Random(5)
    for k in range(KILLS):
        out = folder / f"killed{k}"
        child = subprocess.Popen([bitspect, "extract", "-q", "-d", str(out), str(capture)], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        time.sleep(rng.random() * seconds)
        child.send_signal(signal.SIGKILL)
        child.wait()
        check_names(f"killed {k}", out, sums)
        subprocess.run(["rm", "-rf", str(out)], check=True)


@contextlib.contextmanager
def mounted(folder, options):
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], capture_output=True, check=False)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", str(folder)], check=True)


def check_full(bitspect, capture, sums, folder):
    with mounted(folder / "small", "size=4m") as is_mounted:
        if not is_mounted:
            print("nothing can be mounted here: a full disk is not tried")
            return
        done = extract(bitspect, capture, folder / "small" / "out")
        check_names("a full disk", folder / "small" / "out", sums)
        if done.returncode != 5 or "No space left" not in done.stderr:
            fail(f"a full disk: exit {done.returncode}, {done.stderr}")
        for number, size in SIZES.items():
            written = b"".join(p.read_bytes() for p in (folder / "small" / "out" / "files").glob(f"{number:04}-*"))
            if written != content(number, size)[:size][:len(written)] or len(written) < min(size, 65536):
                fail(f"a full disk: of file {number} {len(written)} bytes are left, or others than were sent")


def check_read_only(bitspect, capture, folder):
    with mounted(folder / "read_only", "ro,size=1m") as is_mounted:
        if not is_mounted and os.geteuid() == 0:
            print("nothing can be mounted here: a folder that is read only is not tried")
            return
        if not is_mounted:
            (folder / "read_only").chmod(0o500)
        done = extract(bitspect, capture, folder / "read_only" / "out")
        if done.returncode != 5 or "out" not in done.stderr:
            fail(f"a folder that is read only: exit {done.returncode}, {done.stderr}")
    done = subprocess.run([bitspect, "report", "-o", "/dev/full", str(capture)], capture_output=True, text=True, check=False)
    if done.returncode != 5 or "/dev/full" not in done.stderr:
        fail(f"a report onto a full disk: exit {done.returncode}, {done.stderr}")


def main():
    bitspect = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        capture = folder / "capture.pcap"
        sums = write_capture(capture)
        check_kills(bitspect, capture, sums, folder)
        check_full(bitspect, capture, sums, folder)
        check_read_only(bitspect, capture, folder)
    print(f"{len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
