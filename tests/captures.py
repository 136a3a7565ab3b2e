# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures as lists of frames, for tests that derive captures from others: pcap and pcapng in, pcapng out."""
import collections
import pathlib
import struct

# link type as in the file; time in ns; data as captured; length as on the wire
Frame = collections.namedtuple("Frame", "link time data length")
# offsets into data; ends are (address, port)
Tcp = collections.namedtuple("Tcp", "ip tcp payload end src dst")

SECTION, INTERFACE, ENHANCED = 0x0A0D0D0A, 1, 6
TSRESOL = 9  # option of an interface
ETHERNET, RAW, SLL, SLL2 = 1, 101, 113, 276
IPV4, IPV6 = 0x0800, 0x86DD
VLANS = (0x8100, 0x88A8)


def padded(data):
    return data + b"\0" * (-len(data) % 4)


# ---- reading --------------------------------------------------------------------------------------------------------


def read_pcap(data):
    order = "<" if data[:1] in (b"\xd4", b"\x4d") else ">"
    unit = 1 if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1000
    link, at = struct.unpack_from(order + "I", data, 20)[0], 24
    while at + 16 <= len(data):
        sec, frac, kept, length = struct.unpack_from(order + "4I", data, at)
        yield Frame(link, sec * 10**9 + frac * unit, data[at + 16 : at + 16 + kept], length)
        at += 16 + kept


def ticks_per_second(order, options):
    at = 0
    while at + 4 <= len(options):
        code, n = struct.unpack_from(order + "HH", options, at)
        if code == TSRESOL:
            raw = options[at + 4]
            return 2 ** (raw & 0x7F) if raw & 0x80 else 10**raw
        at += 4 + n + -n % 4
    return 10**6


def read_pcapng(data):
    at, order, interfaces = 0, "<", []
    while at + 12 <= len(data):
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order, interfaces = ("<" if data[at + 8] == 0x4D else ">"), []
        kind, size = struct.unpack_from(order + "II", data, at)
        if kind == INTERFACE:
            link = struct.unpack_from(order + "H", data, at + 8)[0]
            interfaces.append((link, ticks_per_second(order, data[at + 16 : at + size - 4])))
        elif kind == ENHANCED:
            number, high, low, kept, length = struct.unpack_from(order + "5I", data, at + 8)
            link, ticks = interfaces[number]
            yield Frame(link, (high << 32 | low) * 10**9 // ticks, data[at + 28 : at + 28 + kept], length)
        at += size


def read(path):
    data = path.read_bytes()
    return list(read_pcapng(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else read_pcap(data))


# ---- writing --------------------------------------------------------------------------------------------------------


def block(kind, body):
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def write(path, frames):
    links = sorted({f.link for f in frames})
    out = [block(SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    nanoseconds = struct.pack("<HHB3xI", TSRESOL, 1, 9, 0)
    out += [block(INTERFACE, struct.pack("<HHI", link, 0, 0) + nanoseconds) for link in links]
    for f in frames:
        head = struct.pack("<5I", links.index(f.link), f.time >> 32, f.time & 0xFFFFFFFF, len(f.data), f.length)
        out.append(block(ENHANCED, head + padded(f.data)))
    path.write_bytes(b"".join(out))


# ---- looking into frames --------------------------------------------------------------------------------------------


def network_of(frame):
    """Ethernet type and offset of what the link layer carries; (None, 0): not read."""
    data, link = frame.data, frame.link
    if link == RAW:
        return (IPV6 if data[:1] >= b"\x60" else IPV4), 0
    if link == SLL:
        return int.from_bytes(data[14:16], "big"), 16
    if link == SLL2:
        return int.from_bytes(data[0:2], "big"), 20
    if link != ETHERNET:
        return None, 0
    at = 12
    while int.from_bytes(data[at : at + 2], "big") in VLANS:
        at += 4
    return int.from_bytes(data[at : at + 2], "big"), at + 2


def tcp_of(frame):
    """None: no TCP segment, or not enough of one was kept."""
    kind, ip = network_of(frame)
    data = frame.data
    if kind == IPV4 and len(data) >= ip + 20 and data[ip + 9] == 6:
        tcp = ip + (data[ip] & 15) * 4
        end = ip + int.from_bytes(data[ip + 2 : ip + 4], "big")
        addresses = data[ip + 12 : ip + 16], data[ip + 16 : ip + 20]
    elif kind == IPV6 and len(data) >= ip + 40 and data[ip + 6] == 6:
        tcp = ip + 40
        end = tcp + int.from_bytes(data[ip + 4 : ip + 6], "big")
        addresses = data[ip + 8 : ip + 24], data[ip + 24 : ip + 40]
    else:
        return None
    if len(data) < tcp + 20:
        return None
    ports = struct.unpack_from(">HH", data, tcp)
    payload = tcp + (data[tcp + 12] >> 4) * 4
    return Tcp(ip, tcp, payload, max(end, payload), *zip(addresses, ports))


def connection_of(frame):
    """The same for both directions; None: no TCP."""
    t = tcp_of(frame)
    return t and tuple(sorted((t.src, t.dst)))


# ---- finding them ---------------------------------------------------------------------------------------------------


def among(*folders):
    """What can be read of the captures in folders, None left out; of those with one name the last."""
    paths = (p for folder in folders if folder for p in sorted(pathlib.Path(folder).glob("*.pcap*")))
    return list({p.name: p for p in paths if p.suffix in (".pcap", ".pcapng")}.values())
