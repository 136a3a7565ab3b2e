#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes inputs to begin with, of the samples and of what the tests wrap frames in.  usage: seeds.py FOLDER"""
import gzip
import pathlib
import re
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import captures  # noqa: E402
import links  # noqa: E402

MOST = 24 << 10  # bytes of an input
LINKS = [int(n) for n in re.findall(r"\d+", re.search(r"links\[\] = \{(.*?)\};", (ROOT / "fuzz/packets.c").read_text(), re.S)[1])]


def put(folder, target, name, data):
    path = pathlib.Path(folder, target)
    path.mkdir(parents=True, exist_ok=True)
    (path / re.sub(r"[^A-Za-z0-9_.-]", "_", name)).write_bytes(data)


def packed(command, data):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def of_samples(folder):
    for path in sorted((ROOT / "samples").glob("*.pcap*")):
        if path.suffix not in (".pcap", ".pcapng"):
            continue
        data = path.read_bytes()[:MOST]
        put(folder, "capture", path.name, data)
        put(folder, "road", path.name, data)
        frames = captures.read(path)[:40]
        if frames:
            body = b"".join(struct.pack(">H", len(f.data) & 0x7FFF) + f.data[:0x7FFF] for f in frames)
            put(folder, "packets", path.name, bytes([LINKS.index(frames[0].link)]) + body[:MOST])
    small = min((p for p in (ROOT / "samples").glob("*.pcapng")), key=lambda p: p.stat().st_size).read_bytes()
    for name, data in (("gz", gzip.compress(small, 9, mtime=0)), ("zst", packed(["zstd", "-qc"], small)),
                       ("lz4", packed(["lz4", "-qc"], small))):
        put(folder, "capture", f"packed.{name}", data)
        put(folder, "road", f"packed.{name}", data)


def of_wraps(folder):
    packet = links.wraps.ip4(6, links.wraps.be16(4000) + links.wraps.be16(80) + bytes(8) + b"\x50\x18\xff\xff\0\0\0\0" +
                             b"POST /x HTTP/1.1\r\nContent-Length: 600\r\n\r\n" + b"z" * 600)
    for name, link, split, *_ in links.FRAGMENTED:
        if link not in LINKS or "6" in name:
            continue
        frames = list(split(packet, 1))
        put(folder, "packets", name, bytes([LINKS.index(link)]) + b"".join(struct.pack(">H", len(f)) + f for f in frames))
    for name, link, wrap, *_ in links.wraps.ROWS:
        if link not in LINKS:
            continue
        frame = wrap(packet)
        put(folder, "packets", name, bytes([LINKS.index(link)]) + struct.pack(">H", len(frame)) + frame)


def segment(what, data):
    return bytes([what | 4, (len(data) + 15) // 16]) + data.ljust((len(data) + 15) // 16 * 16, b" ")


def of_talk(folder):
    ask = (b"BITS_POST /a HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Fragment\r\nContent-Range: bytes 0-9/10\r\n"
           b"Content-Length: 10\r\n\r\n0123456789")
    chunked = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nabcde\r\n0\r\nTrailer: t\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n"
    close = b"HTTP/1.1 200 OK\r\n\r\nuntil the end"
    for k, parts in enumerate(((ask, answer), (chunked, answer), (ask, close), (chunked, b"HTTP/1.1 100 Continue\r\n\r\n"))):
        put(folder, "framer", f"talk{k}", bytes([4]) + segment(0, parts[0]) + segment(1, parts[1]) + segment(0x30, parts[0]))
    calm = [(0x08, 0), (0x01, 0), (0x10, 31), (0x09, 32), (0x50 | 0x02, 0), (0x20, 63), (0x09, 64)]
    put(folder, "tracker", "calm", b"".join(bytes([a, 0x40, b, 0]) for a, b in calm))
    for k in range(4):
        noise = bytes((i * 73 + k * 41) ^ (i >> 3) & 0xFF if (i * 73 + k * 41) < 256 else (i * 73 + k * 41) % 256 for i in range(400))
        for target in ("stream", "fragments", "tracker"):
            put(folder, target, f"noise{k}", noise)


def main():
    folder = sys.argv[1]
    of_samples(folder)
    of_wraps(folder)
    of_talk(folder)


if __name__ == "__main__":
    main()
