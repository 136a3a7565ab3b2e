#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A session that was cut out is the session that it was.

usage: cut.py BITSPECT FOLDER [TSHARK]

Every session of every capture in FOLDER is cut out; `report` of the result must say of it what it said before, but for
numbers of frames, sessions and captures.  Every frame of the result must be, byte for byte, the frame that its comment
names, in their order.  Cut again, the result must be the same again.  With a tshark, that tells which frames are of one
conversation: all of them or none may have been taken; and it must read the result.
"""
import collections
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

failures = []


def fail(name, text):
    failures.append(name)
    print(f"FAILED {name}: {text}")


# ---- captures, read by nobody else's code ---------------------------------------------------------------------------

Frame = collections.namedtuple("Frame", "link snaplen ns caplen wirelen data comment")


def options(data, end):
    at = 0
    while at + 4 <= len(data):
        code, n = struct.unpack_from(end + "HH", data, at)
        if code == 0:
            return
        yield code, data[at + 4:at + 4 + n]
        at += 4 + (n + 3) // 4 * 4


def describe(body, end):
    link, snaplen = struct.unpack_from(end + "H2xI", body)
    units, offset = 10**6, 0
    for code, value in options(body[8:], end):
        if code == 9:
            units = 2 ** (value[0] & 127) if value[0] & 128 else 10 ** value[0]
        elif code == 14:
            offset = struct.unpack(end + "q", value)[0]
    return link, snaplen, units, offset


def packet(body, end, interfaces):
    index, high, low, caplen, wirelen = struct.unpack_from(end + "5I", body)
    link, snaplen, units, offset = interfaces[index]
    comments = [v.decode() for c, v in options(body[20 + (caplen + 3) // 4 * 4:], end) if c == 1]
    ns = (high << 32 | low) * 10**9 // units + offset * 10**9
    return Frame(link, snaplen, ns, caplen, wirelen, body[20:20 + caplen], comments[0] if comments else None)


def read_pcapng(data):
    """Gives frames by number; whatever Wireshark numbers too has one."""
    frames, interfaces, at, end = {}, [], 0, "<"
    while at + 12 <= len(data):
        kind = struct.unpack_from(end + "I", data, at)[0]
        if kind == 0x0A0D0D0A:
            end = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        length = struct.unpack_from(end + "I", data, at + 4)[0]
        if length < 12 or at + length > len(data):
            break
        body = data[at + 8:at + length - 4]
        if kind == 1:
            interfaces.append(describe(body, end))
        elif kind == 6:
            frames[len(frames) + 1] = packet(body, end, interfaces)
        elif kind in (2, 3, 9, 0xBAD, 0x40000BAD):
            frames[len(frames) + 1] = None
        at += length
    return frames


def read_pcap(data):
    end = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    factor = 1 if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1000
    snaplen, link = struct.unpack_from(end + "II", data, 16)
    frames, at = {}, 24
    while at + 16 <= len(data):
        s, fraction, caplen, wirelen = struct.unpack_from(end + "4I", data, at)
        frames[len(frames) + 1] = Frame(link & 0xFFFF, snaplen, s * 10**9 + fraction * factor, caplen, wirelen,
                                        data[at + 16:at + 16 + caplen], None)
        at += 16 + caplen
    return frames


def read_capture(path):
    data = pathlib.Path(path).read_bytes()
    return read_pcapng(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else read_pcap(data)


# ---- the program ----------------------------------------------------------------------------------------------------

def report(bitspect, path):
    done = subprocess.run([bitspect, "report", "-T", "ndjson", "-q", path], capture_output=True, check=False)
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def cut(bitspect, path, session, out):
    return subprocess.run([bitspect, "cut", "-q", "--session", str(session), "-w", out, path], capture_output=True,
                          check=False)


def of_session(records, ordinal):
    """What is told of a session, without what a cut changes."""
    told = []
    for r in records:
        if r["event_type"] == "session" and r["bits"]["session"] == ordinal:
            r = json.loads(json.dumps(r))
            r["bits"]["session"] = None
        elif r["event_type"] == "finding" and r["session"] == ordinal:
            r = dict(r, session=None)
        else:
            continue
        left_out = ["frame", "frames", "capture", "captures", "same_upload_as", "wireshark_filter"]
        if r.get("evidence") == "partial":  # a hole is given up so many frames later, and a cut has fewer
            left_out += ["end", "ended_by"]
        for key in left_out:
            r.pop(key, None)
        told.append(re.sub(r"frames? [0-9, ]*[0-9]", "frames", json.dumps(r)))
    return told


def same_session(before, ordinal, after):
    """The session of the cut that is this one, by what is told of it; None: no such."""
    wanted = of_session(before, ordinal)
    for r in after:
        if r["event_type"] == "session" and of_session(after, r["bits"]["session"]) == wanted:
            return r["bits"]["session"]
    return None


# ---- the checks -----------------------------------------------------------------------------------------------------

def check_frames(name, original, frames, path):
    """Gives the numbers of the frames in the original."""
    numbers = []
    for f in frames.values():
        match = re.fullmatch(r"frame (\d+) of (.*)", f.comment or "")
        if not match or match[2] != str(path):
            fail(name, f"a frame without its origin: {f.comment}")
            return []
        numbers.append(int(match[1]))
        if f._replace(comment=None) != original[numbers[-1]]._replace(comment=None):
            fail(name, f"frame {match[1]} is not what it was")
    if numbers != sorted(set(numbers)):
        fail(name, "frames twice, or out of order")
    return numbers


def streams(tshark, path):
    """frame -> conversation, as tshark tells them: in the last frame of a datagram which ones its fragments are."""
    fields = [word for name in ("frame.number", "tcp.stream", "ip.fragment", "ipv6.fragment") for word in ("-e", name)]
    done = subprocess.run([tshark, "-r", path, "-Y", "tcp.stream", "-T", "fields", *fields], capture_output=True, check=False)
    found = {}
    for line in done.stdout.decode().splitlines():
        number, stream, *fragments = line.split("\t")
        for n in [number, *(n for some in fragments for n in some.split(",") if n)]:
            found[int(n)] = stream.split(",")[-1]
    return found


def check_conversations(name, numbers, stream_of):
    chosen = {stream_of.get(n) for n in numbers}
    missing = sorted(n for n, s in stream_of.items() if s in chosen and n not in set(numbers))
    if None in chosen:
        fail(name, "a frame that tshark has in no conversation")
    if missing:
        fail(name, f"frames of the same conversation are missing: {missing[:10]}")


def check_tshark(tshark, name, out, frames):
    done = subprocess.run([tshark, "-r", out, "-T", "fields", "-e", "frame.comment"], capture_output=True, check=False)
    if done.returncode != 0 or done.stdout.decode().splitlines() != [f.comment for f in frames.values()]:
        fail(name, f"tshark does not read it: {done.stderr.decode()}")


def check_session(bitspect, tshark, path, before, ordinal, original, stream_of, folder):
    name = f"{path.name}, session {ordinal}"
    out, again = str(folder / "out.pcapng"), str(folder / "again.pcapng")
    for p in (out, again):
        pathlib.Path(p).unlink(missing_ok=True)
    done = cut(bitspect, path, ordinal, out)
    if done.returncode not in (0, 4) or not pathlib.Path(out).exists():
        fail(name, f"cut: exit {done.returncode}: {done.stderr.decode()}")
        return
    frames, after = read_capture(out), report(bitspect, out)
    numbers = check_frames(name, original, frames, path)
    found = same_session(before, ordinal, after)
    if found is None and done.returncode == 0:
        fail(name, f"not the session that it was:\n{of_session(before, ordinal)}\n{[json.dumps(r) for r in after]}")
    if tshark:
        check_conversations(name, numbers, stream_of)
        check_tshark(tshark, name, out, frames)
    if found is not None:
        cut(bitspect, out, found, again)
        second = read_capture(again)
        if [f._replace(comment=None) for f in second.values()] != [f._replace(comment=None) for f in frames.values()]:
            fail(name, "cut again it is another")


def check_capture(bitspect, tshark, path, folder):
    before, original = report(bitspect, path), read_capture(path)
    stream_of = streams(tshark, str(path)) if tshark else {}
    ordinals = [r["bits"]["session"] for r in before if r["event_type"] == "session"]
    for ordinal in ordinals:
        check_session(bitspect, tshark, path, before, ordinal, original, stream_of, folder)
    return len(ordinals)


def main():
    bitspect, samples = sys.argv[1], pathlib.Path(sys.argv[2])
    tshark = sys.argv[3] if len(sys.argv) > 3 else None
    with tempfile.TemporaryDirectory() as folder:
        paths = sorted(p for p in samples.iterdir() if p.suffix in (".pcap", ".pcapng"))
        cuts = sum(check_capture(bitspect, tshark, p, pathlib.Path(folder)) for p in paths)
    print(f"{cuts} sessions of {len(paths)} captures cut out, {len(set(failures))} failed")
    sys.exit(1 if failures or cuts == 0 else 0)


main()
