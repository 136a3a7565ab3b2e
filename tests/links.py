#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""links.py - the same conversations in every link and tunnel: what is said of them must be the same.

usage: links.py BITSPECT            what is said of each wrapped capture, and of each in IP fragments, against the plain one
       links.py --tshark            the bytes that tshark finds in them, where it opens them by default"""
import functools
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

import captures
import handmade
import wraps

PLAIN = 101  # LINKTYPE_RAW
CONVERSATIONS = [handmade.plain, handmade.requests_in_one_segment, handmade.overlapping, handmade.page_cut_off,
                 handmade.fin_brings_bytes, handmade.numbers_wrap_midstream]

failures = []


def fail(name, text):
    failures.append(name)
    print(f"FAILED {name}: {text}")


def difference(ours, plain):
    """Where they differ first."""
    if isinstance(ours, dict) and isinstance(plain, dict) and ours.keys() == plain.keys():
        return next((f"{k}: {difference(v, plain[k])}" for k, v in ours.items() if v != plain[k]), "")
    if isinstance(ours, list) and isinstance(plain, list) and len(ours) == len(plain):
        return next((f"[{i}] {difference(v, plain[i])}" for i, v in enumerate(ours) if v != plain[i]), "")
    return f"{str(ours)[:500]}, plain: {str(plain)[:500]}"


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
        for n, (data, length, *packet) in enumerate(frames):
            tick = packet[0] if packet else n
            file.write(struct.pack("<IIII", 1700000000, 100 * tick, len(data), length) + data)


# ---- fragments ------------------------------------------------------------------------------------------------------


def parts_of(size, step):
    """[from, to) of what a packet carries; all but the last end at a multiple of 8."""
    return [(at, min(at + step, size)) for at in range(0, size, step)] or [(0, 0)]


def fragments4(packet, ident, step=256):
    body, proto, ends = packet[20:], packet[9], [packet[12:16], packet[16:20]]
    for start, end in parts_of(len(body), step):
        yield wraps.ip4(proto, body[start:end], ident, start // 8 | (0x2000 if end < len(body) else 0), ends)


def fragments6(packet, ident, step=256):
    """Of an IPv6 packet without extension headers."""
    body, proto = packet[40:], packet[6]
    for start, end in parts_of(len(body), step):
        head = bytes([proto, 0]) + wraps.be16(start | (end < len(body))) + wraps.be32(ident)
        yield wraps.ip6(60, wraps.hop(44, head + body[start:end]))


def overlapping(packet, ident):
    """Each fragment begins 64 bytes early, with bytes that are wrong: the first copy stands."""
    for k, part in enumerate(fragments4(packet, ident)):
        place = struct.unpack(">H", part[6:8])[0]
        lie = b"\xee" * 64 + part[20:] if k > 0 else part[20:]
        yield wraps.ip4(part[9], lie, ident, place - 8 if k > 0 else place, [part[12:16], part[16:20]])


def inside_fragments(packet, ident):
    """Fragments in GRE, whose packets are in fragments."""
    for k, part in enumerate(fragments4(packet, ident, 512)):
        yield from fragments4(wraps.ip4(47, wraps.gre(0x0800, part)), 3 * ident + k, 200)


def copies(packet):
    """Of its fragments: a packet that has none would be sent again."""
    return 2 if len(packet) > 20 + 256 else 1


def reverse(parts):
    return list(parts)[::-1]


# (name, link type, function from a packet and its number to frames, what Wireshark makes of it, as in wraps.ROWS)
FRAGMENTED = [
    ("in order", 101, fragments4, ""),
    ("in reverse", 101, lambda p, n: reverse(fragments4(p, n)), ""),
    ("every fragment twice", 101, lambda p, n: [f for f in fragments4(p, n) for _ in range(copies(p))], ""),
    ("all twice", 101, lambda p, n: list(fragments4(p, n)) * copies(p), ""),
    ("tiny", 101, lambda p, n: fragments4(p, n, 24), ""),
    ("overlapping", 101, overlapping, ""),
    ("in VXLAN", 1, lambda p, n: [wraps.eth(0x0800, wraps.ip4(17, wraps.udp(4789, wraps.vxlan(wraps.eth(0x0800, f)))))
                                  for f in fragments4(p, n)], ""),
    ("VXLAN in fragments", 101, lambda p, n: fragments4(wraps.ip4(17, wraps.udp(4789, wraps.vxlan(wraps.eth(0x0800, p)))), n), ""),
    ("GTP-U in fragments", 101, lambda p, n: reverse(fragments4(wraps.ip4(17, wraps.udp(2152, wraps.gtp(p))), n)), ""),
    ("fragments in fragments", 101, inside_fragments, ""),
    ("4in6 in fragments", 229, lambda p, n: fragments6(wraps.ip6(4, p), n), ""),
    ("4in6 in fragments, in reverse", 229, lambda p, n: reverse(fragments6(wraps.ip6(4, p), n)), ""),
    ("GRE over IPv6 in fragments", 229, lambda p, n: fragments6(wraps.ip6(47, wraps.gre(0x0800, p)), n), ""),
]


def in_fragments(frames, split):
    """(data, length, number of its packet) of each frame."""
    return [(part, len(part), n) for n, (data, _) in enumerate(frames) for part in split(data, n + 1)]


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


NUMBERS = {"frame", "frames", "last_frame", "request_frame", "wireshark_filter", "stored", "sources"}


def without_frames(value):
    """A packet has more frames than one, and later ones have other numbers; names of files have them as well."""
    if isinstance(value, dict):
        return {k: without_frames(v) for k, v in value.items() if k not in NUMBERS}
    return [without_frames(v) for v in value] if isinstance(value, list) else value


def check_fragments(bitspect):
    whole = [c for c in CONVERSATIONS if c is not handmade.page_cut_off]
    for conversation in whole:
        frames = frames_of(conversation)
        plain = without_frames(said(bitspect, PLAIN, frames)[0])
        for name, link, split, _ in FRAGMENTED:
            ours, stats = said(bitspect, link, in_fragments(frames, split))
            for what, expected in plain.items():
                if without_frames(ours[what]) != expected:
                    fail(f"{conversation.__name__} {name}", f"{what}: {difference(without_frames(ours[what]), expected)}")
            if stats["segments"] != len(frames) or stats["ip_datagrams_given_up"]:
                fail(f"{conversation.__name__} {name}", f"{stats}")
    print(f"{len(whole)} conversations in {len(FRAGMENTED)} kinds of IP fragments")


def check_cut(bitspect):
    """Of two conversations whose fragments lie between each other's the frames of one, and all of them."""
    one, other = frames_of(handmade.plain), []
    handmade.upload(handmade.Connection(other, client_port=40001), handmade.FILE[:20000], target=b"/in/b.bin")
    mine, others = in_fragments(one, fragments4), in_fragments([(f, len(f)) for f in other], lambda p, n: fragments4(p, 1000 + n))
    mixed = [f for pair in zip(mine, others) for f in pair] + mine[len(others):] + others[len(mine):]
    with tempfile.TemporaryDirectory() as folder:
        write(os.path.join(folder, "a.pcap"), PLAIN, mixed)
        done = subprocess.run([bitspect, "cut", "-q", "--session", "1", "-w", "cut.pcapng", "a.pcap"], cwd=folder, check=False)
        frames = captures.read(pathlib.Path(folder, "cut.pcapng")) if done.returncode == 0 else []
        if [f.data for f in frames] != [f[0] for f in mine]:
            fail("cut", f"exit {done.returncode}, {len(frames)} frames of {len(mine)}")


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
                    fail(f"{conversation.__name__} in {name}", f"{what}: {difference(ours[what], expected)}")
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
        rows = [(name, link, wrapped, wrap, why) for name, link, wrap, why in wraps.ROWS]
        rows += [(name, link, in_fragments, split, why) for name, link, split, why in FRAGMENTED]
        for name, link, make, how, why in rows:
            try:
                write(path("a.pcap"), link, make(frames, how))
            except wraps.TooLong:
                continue
            try:
                same = followed(path("a.pcap"), folder) == plain
            except (subprocess.CalledProcessError, IndexError, ValueError):
                same = False
            if same == bool(why):
                fail(name, f"tshark opens it, in spite of: {why}" if same else "tshark finds other bytes")
    print(f"tshark has the same bytes in {sum(not why for *_, why in rows)} of {len(rows)} links, tunnels and fragments")


if __name__ == "__main__":
    if sys.argv[1] == "--tshark":
        compare()
    else:
        for what in (check, check_fragments, check_cut):
            what(os.path.abspath(sys.argv[1]))
    sys.exit(1 if failures else 0)
