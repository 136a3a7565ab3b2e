#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""links.py - the same conversations in every link and tunnel: what is said of them must be the same.

usage: links.py BITSPECT            `report` and `extract` of each wrapped capture against those of the plain one
       links.py --tshark            the bytes that tshark finds in them, where it opens them by default"""
import functools
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

import handmade
import wraps

PLAIN = 101  # LINKTYPE_RAW
CONVERSATIONS = [handmade.plain, handmade.requests_in_one_segment, handmade.overlapping, handmade.page_cut_off,
                 handmade.fin_brings_bytes, handmade.numbers_wrap_midstream]

failures = []


def fail(name, text):
    failures.append(name)
    print(f"FAILED {name}: {text}")


def frames_of(conversation):
    frames = []
    conversation(frames)
    return [f if isinstance(f, tuple) else (f, len(f)) for f in frames]


def wrapped(frames, wrap):
    """A tap that kept so many bytes of the packet keeps the headers in front of it as well."""
    for data, length in frames:
        whole = data.ljust(length, b"\0")
        frame = wrap(whole)
        yield frame[: frame.index(whole) + len(data)] if len(data) < length else frame, len(frame)


def write(path, link, frames):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link))
        for n, (data, length) in enumerate(frames):
            file.write(struct.pack("<IIII", 1700000000, 100 * n, len(data), length) + data)


# ---- bitspect -------------------------------------------------------------------------------------------------------


def records(bitspect, folder, *options):
    """What is said of a.pcap in the folder, without what is said of the capture itself."""
    done = subprocess.run([bitspect, *options, "a.pcap"], cwd=folder, capture_output=True, check=False)
    if done.returncode != 0:
        return [f"exit {done.returncode}: {done.stderr.decode()}"], {}
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return [r for r in lines if r["event_type"] not in ("input", "stats")], lines[-1] if lines else {}


def said(bitspect, link, frames):
    with tempfile.TemporaryDirectory() as folder:
        write(os.path.join(folder, "a.pcap"), link, frames)
        report, stats = records(bitspect, folder, "report", "-T", "ndjson", "--undecided", "--connections")
        packets, _ = records(bitspect, folder, "packets", "-T", "ndjson")
        files, _ = records(bitspect, folder, "extract", "-q", "-d", "out", "-T", "ndjson")
        return {"report": report, "packets": packets, "extract": files}, stats


def check(bitspect):
    for conversation in CONVERSATIONS:
        frames = frames_of(conversation)
        plain, _ = said(bitspect, PLAIN, frames)
        if not any(r["event_type"] == "session" for r in plain["report"]):
            fail(conversation.__name__, f"no session: {plain['report']}")
        for name, link, wrap, _ in wraps.ROWS:
            try:
                ours, stats = said(bitspect, link, list(wrapped(frames, wrap)))
            except wraps.TooLong:
                continue
            for what, expected in plain.items():
                if ours[what] != expected:
                    fail(f"{conversation.__name__} in {name}", f"{what}: {ours[what]}, plain: {expected}")
                    break
            if stats["segments"] != len(frames) or stats["unread"]:
                fail(f"{conversation.__name__} in {name}", f"{stats}")
    print(f"{len(CONVERSATIONS)} conversations in {len(wraps.ROWS)} links and tunnels")


# ---- tshark ---------------------------------------------------------------------------------------------------------


def followed(path, folder):
    """The bytes of the first stream, client's and server's."""
    env = {"PATH": os.environ["PATH"], "HOME": folder, "WIRESHARK_PLUGIN_DIR": folder, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["tshark", "-r", path, "-q", "-z", "follow,tcp,raw,0"], env=env, capture_output=True, check=True)
    lines = done.stdout.decode().split("=" * 67 + "\n")[1].splitlines()[4:]
    sides = [b"".join(bytes.fromhex(line.strip()) for line in lines if line.startswith("\t") == tab) for tab in (False, True)]
    return sides


def compare():
    if shutil.which("tshark") is None:
        sys.exit(77)
    frames = frames_of(handmade.plain)
    with tempfile.TemporaryDirectory() as folder:
        path = functools.partial(os.path.join, folder)
        write(path("plain.pcap"), PLAIN, frames)
        plain = followed(path("plain.pcap"), folder)
        if handmade.FILE[:9000] not in plain[0]:
            fail("plain", "tshark does not find the file")
        for name, link, wrap, why in wraps.ROWS:
            write(path("a.pcap"), link, wrapped(frames, wrap))
            try:
                same = followed(path("a.pcap"), folder) == plain
            except (subprocess.CalledProcessError, IndexError, ValueError):
                same = False
            if same == bool(why):
                fail(name, f"tshark opens it, in spite of: {why}" if same else "tshark finds other bytes")
    print(f"tshark has the same bytes in {sum(not why for *_, why in wraps.ROWS)} of {len(wraps.ROWS)} links and tunnels")


if __name__ == "__main__":
    if sys.argv[1] == "--tshark":
        compare()
    else:
        check(os.path.abspath(sys.argv[1]))
    sys.exit(1 if failures else 0)
