#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What an attacker may put into a capture costs no more than so much memory, and twice of it no more than twice the time.

usage: attacks.py BITSPECT [ATTACK...]

Each attack is made in two sizes, one four times the other, and read by one command. The larger one has to stay below 256 MiB
resident; it may take ten times the processor time of the smaller one (four times where it is linear, sixteen where it is
quadratic: there is no bound on the time itself). Where a table has a cap, the counter that says so has to have moved.
"""
import gzip
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

RESIDENT_MOST = 256 << 10  # KiB
TIMES, TIME_MOST = 4, 10.0
TIME_LEAST = 0.15  # seconds: of less no ratio can be told

RAW = 101
SYN, PSH_ACK, ACK = 0x02, 0x18, 0x10
CLIENT, SERVER = b"\x0a\x00\x00\x02", b"\x0a\x00\x00\x01"

# ---- frames -------------------------------------------------------------------------------------------------------


def ip4(body, proto=6, src=CLIENT, dst=SERVER, ident=0, fragment=0):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), ident & 0xFFFF, fragment, 64, proto, 0, src, dst) + body


def tcp(sport, dport, seq, ack, flags, payload=b""):
    """Its checksum is zero, as where a network card fills it in: the SYN says so."""
    return struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 65535, 0, 0) + payload


class Out:
    """A capture that is being written: a microsecond a frame."""

    def __init__(self, file):
        self.file, self.n = file, 0
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, RAW))

    def frame(self, data):
        self.n += 1
        self.file.write(struct.pack("<IIII", 1700000000 + self.n // 1000000, self.n % 1000000, len(data), len(data)) + data)


class Talk:
    """A connection; each of `number` has addresses and ports of its own."""

    def __init__(self, out, number=0):
        self.out, self.port = out, 1024 + number % 60000
        self.client = bytes([10, 1 + number // 60000, 0, 2])
        self.at = [1000, 5000]
        out.frame(ip4(tcp(self.port, 80, 999, 0, SYN), src=self.client))
        out.frame(ip4(tcp(80, self.port, 4999, 1000, SYN | ACK), src=SERVER, dst=self.client))

    def send(self, d, text):
        text = text if isinstance(text, bytes) else text.encode()
        for start in range(0, len(text), 60000):
            part = text[start : start + 60000]
            ends = (self.port, 80, self.client, SERVER) if d == 0 else (80, self.port, SERVER, self.client)
            self.out.frame(ip4(tcp(ends[0], ends[1], self.at[d], self.at[1 - d], PSH_ACK, part), src=ends[2], dst=ends[3]))
            self.at[d] += len(part)

    def ask(self, text):
        self.send(0, text)

    def answer(self, text):
        self.send(1, text)


HEAD = "BITS_POST /u/{} HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: "
CREATE = HEAD + "Create-Session\r\nBITS-Supported-Protocols: {{7df0354d-249b-430f-820d-3d2a9bef4931}}\r\nContent-Length: 0\r\n\r\n"
ACK_OF = ("HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Protocol: {{7df0354d-249b-430f-820d-3d2a9bef4931}}\r\n"
          "BITS-Session-Id: {{{:08x}-1111-2222-3333-444455556666}}\r\nContent-Length: 0\r\n\r\n")
FRAGMENT = (HEAD + "Fragment\r\nBITS-Session-Id: {{{:08x}-1111-2222-3333-444455556666}}\r\nContent-Range: bytes {}-{}/{}\r\n"
            "Content-Length: {}\r\n\r\n")
RECEIVED = "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Received-Content-Range: {}\r\nContent-Length: 0\r\n\r\n"


def begin(out, number=0):
    t = Talk(out, number)
    t.ask(CREATE.format(number))
    t.answer(ACK_OF.format(number))
    return t


# ---- attacks: each writes a capture of size n ---------------------------------------------------------------------


def endless_head(out, n):
    t = Talk(out)
    t.ask("BITS_POST /x HTTP/1.1\r\n")
    for _ in range(n):
        t.ask("a: " + "b" * 1000 + "\r\n")


def endless_heads(out, n):
    """Each is as long as a head may be, and has no end."""
    for i in range(n):
        Talk(out, i).ask("BITS_POST /x HTTP/1.1\r\na: " + "b" * 59000)


def half_open(out, n):
    for i in range(n):
        out.frame(ip4(tcp(1024 + i % 60000, 80, i, 0, SYN), src=bytes([10, 1 + i // 60000, 0, 2])))


def beheaded(out, n):
    """The first bytes of HTTP, and then nothing more."""
    for i in range(n):
        Talk(out, i).ask("BITS_POST /x HTTP/1.1\r\n")


def endless_hole(out, n):
    t = Talk(out)
    t.at[0] += 10
    for _ in range(n):
        t.ask("z" * 1400)


def many_holes(out, n):
    talks = [Talk(out, i) for i in range(n)]
    for t in talks:
        t.ask("POST /x HTTP/1.1\r\n")
        t.at[0] += 10
    for _ in range(8):
        for t in talks:
            t.ask("z" * 50000)


def tiny_pieces(out, n):
    """Every other byte, backwards."""
    t = Talk(out)
    t.ask("POST /x HTTP/1.1\r\n")
    start = t.at[0]
    for i in range(n):
        t.at[0] = start + 2 * ((n - i) % 4000) + 1
        t.ask("z")


def shuffled_pieces(out, n):
    """Every other byte, on each of many connections, all of them in no order."""
    talks = [Talk(out, i) for i in range(40)]
    for t in talks:
        t.ask("POST /x HTTP/1.1\r\n")
        t.start = t.at[0]
    order = [(t, i) for t in talks for i in range(n)]
    random.Random(1).shuffle(order)
    for t, i in order:
        t.at[0] = t.start + 2 * i + 1
        t.ask("z")


def sessions(out, n):
    for i in range(n):
        begin(out, i)


def sessions_of_one_connection(out, n):
    t = Talk(out)
    for i in range(n):
        t.ask(CREATE.format(i))
        t.answer(ACK_OF.format(i))


def imitations(out, n):
    """All of one id, each at a server of its own."""
    for i in range(n):
        server = bytes([10, 9, i >> 8 & 255, i & 255])
        text = b"BITS_POST /u HTTP/1.1\r\nHost: h\r\nX-Session-Id: one for all\r\nContent-Length: 0\r\n\r\n"
        out.frame(ip4(tcp(4000, 80, 999, 0, SYN), dst=server))
        out.frame(ip4(tcp(80, 4000, 4999, 1000, SYN | ACK), src=server, dst=CLIENT))
        out.frame(ip4(tcp(4000, 80, 1000, 5000, PSH_ACK, text), dst=server))


def names_that_collide(out, n):
    """h * 33 + c, which many programs take for a hash of text, is the same for all of them."""
    t = Talk(out)
    for i in range(n):
        t.ask(CREATE.format(colliding_text(i)))
        t.answer(ACK_OF.format(7).replace("{00000007-1111-2222-3333-444455556666}", "one for all"))


def colliding_text(i):
    return "".join("FY" if i >> bit & 1 else "Ez" for bit in range(20))


def ends_that_collide(out, n):
    """Addresses of which multiplying and shifting, with a number that everybody knows, makes one hash."""
    for i in range(n):
        src, dst = colliding_addresses(i)
        segment = tcp(4000, 80, i, 0, SYN)
        out.frame(struct.pack(">IHBB", 6 << 28, len(segment), 6, 64) + src + dst + segment)


def colliding_addresses(i):
    golden, mask = 0x9E3779B97F4A7C15, (1 << 64) - 1

    def mix(h, word):
        h = (h ^ word) * golden & mask
        return h ^ h >> 32

    low, high = (2, i), (3, 0)
    h = mix(mix(mix(mix(1, 4000 << 16 | 80), low[0]), high[0]), low[1])
    return struct.pack("<QQ", *low), struct.pack("<QQ", high[0], h)  # the last step is that of 0


def live_sessions(out, n):
    """Each has a Fragment that waits for its answer."""
    for i in range(n):
        t = begin(out, i)
        t.ask(FRAGMENT.format(i, i, 0, 3, 8, 4) + "data")


def sessions_that_stay(out, n):
    """Each has a part of its file, and goes on some time."""
    for i in range(n):
        t = begin(out, i)
        t.ask(FRAGMENT.format(i, i, 0, 3, 8, 4) + "data")
        t.answer(RECEIVED.format(4))


def large_sessions(out, n):
    """Their heads are as long as heads may be."""
    for i in range(n):
        t = begin(out, i)
        t.ask(FRAGMENT.format(i, i, 0, 3, 8, 4).replace("Host: h", "Host: h\r\nX: " + "y" * 59000) + "data")
        t.answer(RECEIVED.format(4).replace("OK\r\n", "OK\r\nX: " + "y" * 59000 + "\r\n"))


def requests_without_answers(out, n):
    t = begin(out)
    for i in range(n):
        t.ask(FRAGMENT.format(0, 0, i, i, n, 1).replace("Host: h", "Host: h\r\nX: " + "y" * 20000) + "d")


def one_that_waits(out, n):
    """Behind it come others that nobody answers either, on another connection."""
    Talk(out).ask(FRAGMENT.format(0, 0, 0, 9, 10, 10) + "0123456789")
    t = Talk(out, 1)
    head = "BITS_POST /u/0 HTTP/1.1\r\nBITS-Packet-Type: Fragment\r\nBITS-Session-Id: {{{:08x}-1111-2222-3333-444455556666}}\r\n"
    for _ in range(n):
        t.ask((head.format(0) + "Content-Range: bytes 0-0/9\r\n\r\n") * 8)


LONG = "Host: h\r\nX: " + "y" * 59000


def plain_requests(out, n):
    """No BITS, as short as may be, never answered."""
    for i in range(n):
        t = Talk(out, i)
        for _ in range(2):
            t.ask("GET / HTTP/1.1\r\n\r\n" * 2000)


def connections_of_one_session(out, n):
    """Each brings one Fragment of it, with a head as long as heads may be, and half of its bytes."""
    begin(out)
    for i in range(n):
        Talk(out, i + 1).ask(FRAGMENT.format(0, 0, 0, 7, 8, 8).replace("Host: h", LONG) + "data")


def answered_connections_of_one_session(out, n):
    begin(out)
    for i in range(n):
        t = Talk(out, i + 1)
        t.ask(FRAGMENT.format(0, 0, 0, 7, 8, 8).replace("Host: h", LONG) + "datadata")
        t.answer(RECEIVED.format(8).replace("OK\r\n", "OK\r\n" + LONG[9:] + "\r\n"))


def large_sessions_under_way(out, n):
    """As large sessions, but their Fragments do not end."""
    for i in range(n):
        t = begin(out, i)
        t.ask(FRAGMENT.format(i, i, 0, 7, 8, 8).replace("Host: h", LONG) + "data")


def long_url(i):
    return "/{:08x}{}".format(i, "u" * 59000)


def sessions_with_long_urls(out, n):
    """Of one connection; each is over at once."""
    t = Talk(out)
    for i in range(n):
        t.ask(f"BITS_POST {long_url(i)} HTTP/1.1\r\nBITS-Packet-Type: Close-Session\r\nBITS-Session-Id: {i}\r\nContent-Length: 0\r\n\r\n")
        t.answer(RECEIVED.format(0))


def long_urls_of_live_sessions(out, n):
    for i in range(n):
        Talk(out, i).ask(f"BITS_POST {long_url(i)} HTTP/1.1\r\nBITS-Packet-Type: Create-Session\r\nContent-Length: 0\r\n\r\n")


def connections_with_a_ping(out, n):
    for i in range(n):
        Talk(out, i).ask(HEAD.format(0) + "Ping\r\nContent-Length: 0\r\n\r\n")


def connections_with_a_close(out, n):
    """Each is of a session of its own, and has no SYN."""
    for i in range(n):
        text = HEAD.format(0) + "Close-Session\r\nBITS-Session-Id: {:x}\r\n\r\n".format(i)
        out.frame(ip4(tcp(1024 + i % 60000, 80, 1000, 5000, PSH_ACK, text.encode()), src=bytes([10, 1 + i // 60000, 0, 2])))


def answers_on_many_connections(out, n):
    """Of which none was asked for."""
    for i in range(n):
        t = begin(out, i)
        for _ in range(8):
            t.answer(RECEIVED.format(i).replace("OK\r\n", "OK\r\nX: " + "y" * 20000 + "\r\n"))


def blocks_far_apart(out, n):
    """Each in a page of digests of its own, at an offset that many a hash does not tell from the others."""
    talks = [begin(out, i) for i in range(16)]
    for i in range(n):
        at = (1 << 44) * (i // 16 + 1)
        talks[i % 16].ask(FRAGMENT.format(i % 16, i % 16, at, at + 4095, "*", 4096) + "z" * 4096)
        talks[i % 16].answer(RECEIVED.format(at + 4096))


def answers_without_requests(out, n):
    t = begin(out)
    for i in range(n):
        t.answer(RECEIVED.format(i).replace("OK\r\n", "OK\r\nX: " + "y" * 20000 + "\r\n"))


def ranges_that_never_touch(out, n):
    """Backwards: each new one comes in front of all others."""
    t = begin(out)
    for i in range(n):
        t.ask(FRAGMENT.format(0, 0, 2 * (n - i), 2 * (n - i), 4 * n, 1) + "d")
        t.answer(RECEIVED.format(0))


def other_bytes_in_between(out, n):
    """Every second byte differs: as many ranges as there are such bytes."""
    t = begin(out)
    for other in (b"a", b"b"):
        for i in range(n):
            at = 16384 * i
            t.ask(FRAGMENT.format(0, 0, at, at + 16383, 16384 * n + 1, 16384).encode() + (b"=" + other) * 8192)
            t.answer(RECEIVED.format(at + 16384))


def bytes_that_differ(out, n):
    """The same range again and again, and never the same bytes."""
    t = begin(out)
    for i in range(n):
        t.ask(FRAGMENT.format(0, 0, 0, 4095, 8192, 4096).encode() + bytes([i & 0xFF, i >> 8 & 0xFF]) * 2048)
        t.answer(RECEIVED.format(4096 if i % 2 else 0))


def refused_behind_unanswered(out, n):
    """Fragments that nobody answers, then as many that are refused, each with bytes that others have as well."""
    t = begin(out)
    for i in range(n):
        t.ask(FRAGMENT.format(0, 0, 1000 + i, 1000 + i, 4 * n + 2000, 1) + "u")
    t = Talk(out, 1)
    for i in range(n):
        t.ask(FRAGMENT.format(0, 0, i % 16, i % 16, 4 * n + 2000, 1) + "r")
        t.answer("HTTP/1.1 500 No\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n")


def every_other_byte_again(out, n):
    """The whole file is refused, so that what was seen is one piece; then every other byte comes by itself, backwards."""
    t = begin(out)
    t.ask(FRAGMENT.format(0, 0, 0, 2 * n - 1, 2 * n, 2 * n) + "r" * (2 * n))
    t.answer("HTTP/1.1 500 No\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n")
    for i in range(n, 0, -1):
        t.ask(FRAGMENT.format(0, 0, 2 * i - 2, 2 * i - 2, 2 * n, 1) + "b")


def answers_that_creep(out, n):
    """A large Fragment is cut off, and each of many small ones is answered with an offset that is one more."""
    t, size = begin(out), n << 13
    t.ask(FRAGMENT.format(0, 0, 0, size - 1, size, size) + "b" * size)
    t.out.frame(ip4(tcp(t.port, 80, t.at[0], t.at[1], 0x14), src=t.client))
    t = Talk(out, 1)
    for i in range(20 * n):
        t.ask(FRAGMENT.format(0, 0, i, i, size, 1) + "b")
        t.answer(RECEIVED.format(i + 1))


def fragments_that_wait(out, n):
    """So many of one session, on connections of which none has too many, and then as many on one."""
    for k in range(0, n, 4000):
        t = begin(out) if k == 0 else Talk(out, k)
        for i in range(k, min(k + 4000, n)):
            t.ask(FRAGMENT.format(0, 0, i, i, 8 * n, 1) + "w")
    t = Talk(out, 1)
    for i in range(n):
        t.ask(FRAGMENT.format(0, 0, n + i, n + i, 8 * n, 1) + "w")


def unanswered_that_differ(out, n):
    """Nobody answers; each overlaps the one before, with other bytes."""
    t = begin(out)
    for i in range(n):
        t.ask(FRAGMENT.format(0, 0, i, i + 63, 2 * n + 64, 64) + chr(97 + i % 26) * 64)


def conflicts_of_many(out, n):
    """Sessions under way at once, of each two copies of 8 KiB that differ in every other byte, both accepted."""
    talks = [begin(out, i) for i in range(n)]
    for bytes_of in ("aa", "ab"):
        for i, t in enumerate(talks):
            t.ask(FRAGMENT.format(i, i, 0, 8191, 16384, 8192) + bytes_of * 4096)
            t.answer(RECEIVED.format(8192))


def far_away(out, n):
    t = begin(out)
    for i in range(n):
        at = (1 << 63) - 2 - (i << 32)
        t.ask(FRAGMENT.format(0, 0, at, at, (1 << 63) - 1, 1) + "d")
        t.answer(RECEIVED.format(at + 1))


def packets_that_wait(out, n):
    """Behind a Fragment whose body never ends; each has as many words as a head has room for."""
    t = begin(out)
    t.ask(FRAGMENT.format(0, 0, 0, 999999, 1000000, 1000000))
    other = Talk(out, 1)
    for _ in range(n):
        other.ask(HEAD.format(1) + "Ping\r\nBITS-Supported-Protocols: " + "a " * 28000 + "\r\nContent-Length: 0\r\n\r\n")
        other.answer("HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n")


def many_headers(out, n):
    t = Talk(out)
    for _ in range(n):
        t.ask("BITS_POST /x HTTP/1.1\r\n" + "a:\r\n" * 10000 + "BITS-Packet-Type: Ping\r\nContent-Length: 0\r\n\r\n")
        t.answer("HTTP/1.1 200 OK\r\n" + "Content-Length: 0\r\n" * 3000 + "\r\n")


def body_like_a_line(out, n):
    """It was answered before it came, and may be the first line of another request: byte by byte."""
    for i in range(4):
        t = Talk(out, i)
        t.ask("POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 70000\r\n\r\n")
        t.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        t.ask("GET /")
        for _ in range(n):
            t.ask("g")


def tiny_chunks(out, n):
    t = begin(out)
    t.ask((HEAD + "Fragment\r\nBITS-Session-Id: {{{:08x}-1111-2222-3333-444455556666}}\r\nContent-Range: bytes 0-{}/{}\r\n"
           "Transfer-Encoding: chunked\r\n\r\n").format(0, 0, n * 100 - 1, n * 100))
    for _ in range(n):
        t.ask("1\r\nd\r\n" * 100)


def first_fragments(out, n):
    """Of datagrams that never become whole."""
    for i in range(n):
        out.frame(ip4(b"f" * 1400, ident=i, src=bytes([10, 1 + i // 65536, 0, 2]), fragment=0x2000))


def fragments_in_fragments(out, n):
    def cut(packet, ident):
        body, half = packet[20:], (len(packet) - 20) // 2 // 8 * 8
        yield ip4(body[half:], packet[9], ident=ident, fragment=half // 8)
        yield ip4(body[:half], packet[9], ident=ident, fragment=0x2000)

    for i in range(n):
        packets = [ip4(tcp(1024, 80, i, 0, ACK, b"z" * 1000))]
        for layer in range(4):
            packets = [ip4(b"\x00\x00\x08\x00" + part, 47) for k, p in enumerate(packets)
                       for part in cut(p, i * 64 + layer * 16 + k)]
        for p in packets:
            out.frame(p)


def overlapping_fragments(out, n):
    """Every one of them says something else, of the same datagram."""
    for i in range(n):
        out.frame(ip4(bytes([i & 0xFF]) * 1400, ident=7, fragment=0x2000 | (i % 40) * 8))


# name -> (function, size of the smaller one, command, counters of which one has to move)
ATTACKS = {
    "endless head": (endless_head, 20000, "report", ()),
    "endless heads": (endless_heads, 1200, "report", ("evicted_connections",)),
    "half open": (half_open, 260000, "report", ("evicted_connections",)),
    "beheaded": (beheaded, 100000, "report", ("evicted_connections",)),
    "endless hole": (endless_hole, 30000, "report", ()),
    "many holes": (many_holes, 120, "report", ("crowded_out_holes",)),
    "tiny pieces": (tiny_pieces, 100000, "report", ()),
    "shuffled pieces": (shuffled_pieces, 1000, "report", ()),
    "sessions": (sessions, 30000, "report", ("sessions_given_up", "evicted_connections")),
    "sessions of one connection": (sessions_of_one_connection, 30000, "report", ("sessions_given_up",)),
    "imitations": (imitations, 10000, "report", ("sessions_given_up",)),
    "names that collide": (names_that_collide, 5000, "report", ("sessions_given_up",)),
    "ends that collide": (ends_that_collide, 10000, "report", ()),
    "live sessions": (live_sessions, 25000, "report", ("sessions_given_up", "evicted_connections")),
    "sessions that stay, extracted": (sessions_that_stay, 10000, "extract", ("sessions_given_up", "evicted_connections")),
    "large sessions": (large_sessions, 800, "report", ("sessions_given_up", "evicted_connections")),
    "requests without answers": (requests_without_answers, 4000, "report", ("evicted_entries",)),
    "one that waits": (one_that_waits, 5000, "report", ("evicted_entries",)),
    "plain requests": (plain_requests, 40, "report", ("evicted_entries",)),
    "connections of one session": (connections_of_one_session, 1200, "report", ("evicted_entries",)),
    "answered connections of one session": (answered_connections_of_one_session, 800, "report", ("evicted_entries",)),
    "large sessions under way": (large_sessions_under_way, 1200, "report", ("sessions_given_up", "evicted_connections")),
    "answers on many connections": (answers_on_many_connections, 500, "report", ("evicted_entries", "evicted_connections")),
    "sessions with long URLs": (sessions_with_long_urls, 700, "report", ("evicted_entries",)),
    "long URLs of live sessions": (long_urls_of_live_sessions, 600, "report", ("sessions_given_up",)),
    "connections with a Ping": (connections_with_a_ping, 30000, "report --connections", ("connections_left_out",)),
    "connections with a session": (connections_with_a_close, 60000, "report --connections", ("connections_left_out",)),
    "connections, drawn": (connections_with_a_close, 60000, "ladder", ()),
    "connections to cut from": (connections_with_a_close, 120000, "cut --session 5", ()),
    "blocks far apart": (blocks_far_apart, 8000, "check", ("evicted_entries",)),
    "answers without requests": (answers_without_requests, 4000, "report", ("evicted_entries",)),
    "ranges that never touch": (ranges_that_never_touch, 20000, "report", ("evicted_entries",)),
    "ranges that never touch, extracted": (ranges_that_never_touch, 10000, "extract", ()),
    "other bytes in between": (other_bytes_in_between, 600, "extract", ("conflicts_left_out",)),
    "conflicts of many": (conflicts_of_many, 1000, "extract", ("conflicts_left_out",)),
    "bytes that differ": (bytes_that_differ, 4000, "report", ()),
    "bytes that differ, extracted": (bytes_that_differ, 4000, "extract", ()),
    "refused behind unanswered": (refused_behind_unanswered, 15000, "extract", ("evicted_entries",)),
    "every other byte again": (every_other_byte_again, 60000, "report", ("evicted_entries",)),
    "answers that creep": (answers_that_creep, 2000, "check", ()),
    "fragments that wait": (fragments_that_wait, 15000, "report", ("evicted_entries",)),
    "unanswered that differ": (unanswered_that_differ, 15000, "extract", ("evicted_entries",)),
    "far away": (far_away, 10000, "report", ()),
    "far away, extracted": (far_away, 5000, "extract", ()),
    "packets that wait": (packets_that_wait, 100, "packets", ()),
    "many headers": (many_headers, 60, "report", ()),
    "body like a line": (body_like_a_line, 15000, "report", ()),
    "tiny chunks": (tiny_chunks, 4000, "report", ()),
    "first fragments": (first_fragments, 50000, "report", ("ip_datagrams_given_up",)),
    "fragments in fragments": (fragments_in_fragments, 1200, "report", ()),
    "overlapping fragments": (overlapping_fragments, 40000, "report", ("ip_bytes_conflicting",)),
}


# ---- bombs: they are made of bytes, not of frames -------------------------------------------------------------------


def bomb(path, n, pack):
    """A head of a capture, one empty Ethernet frame after another, and n MiB of them, packed."""
    with pack(path) as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, 1))
        record = (struct.pack("<IIII", 1700000000, 0, 1008, 1008) + b"\0" * 1008) * 1024
        for _ in range(n):
            out.write(record)


class Packer:
    def __init__(self, path, command):
        self.file = open(path, "wb")
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=self.file)

    def __enter__(self):
        return self.child.stdin

    def __exit__(self, *_):
        self.child.stdin.close()
        self.child.wait()
        self.file.close()


BOMBS = {
    "gzip bomb": (60, lambda path: gzip.open(path, "wb", 1)),
    "zstd bomb": (150, lambda path: Packer(path, ["zstd", "-qc", "--long=27"])),
    "lz4 bomb": (100, lambda path: Packer(path, ["lz4", "-qc", "-B7"])),
}


# ---- sets: several captures in a folder ---------------------------------------------------------------------------


def block(kind, body):
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def commented_captures(folder, n):
    """Each with as many comments as are kept, as long as they can be, of bytes that are no text."""
    comment = struct.pack("<HH", 1, 65532) + b"\xff" * 65532
    for k in range(n):
        with gzip.open(folder / f"{k}.pcapng.gz", "wb", 1) as f:
            for _ in range(64):
                f.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + comment + b"\0" * 4))
            f.write(block(1, struct.pack("<HHI", RAW, 0, 0)))


SETS = {
    "commented captures": (commented_captures, 10),
}


# ---- reading --------------------------------------------------------------------------------------------------------


def arguments_of(command, records, out):
    words = command.split()
    if words[0] == "cut":
        return [*words, "-w", records]
    if words[0] == "ladder":
        return [*words, "-o", records]
    return [*words, "-T", "ndjson", "-o", records, *{"extract": ["-d", out], "report": ["--no-hash"]}.get(words[0], [])]


def stats_of(records):
    with open(records, encoding="utf-8") as f:
        return [json.loads(line) for line in f if '"event_type":"stats"' in line]


def measure(bitspect, command, path, folder):
    """Its exit status, stats (where there are any), resident KiB and seconds of processor time."""
    out, records = folder / "out", folder / "records"
    child = subprocess.Popen([bitspect, *arguments_of(command, str(records), str(out)), str(path)], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    has_stats = command.split()[0] not in ("cut", "ladder")
    stats = stats_of(records) if has_stats else [{}]
    subprocess.run(["rm", "-rf", str(out), str(records)], check=True)
    return child.returncode, stats, usage.ru_maxrss, usage.ru_utime + usage.ru_stime


def troubles(bitspect, command, make, n, counters, folder):
    seconds = []
    for size in (n, TIMES * n):
        path = folder / "capture"
        make(path, size)
        code, stats, resident, cpu = measure(bitspect, command, path, folder)
        seconds.append(cpu)
        if code not in (0, 1, 4, 5) or len(stats) != 1:
            yield f"exit {code}, {len(stats)} stats"
            return
    print(f"  {size_of(path) / (1 << 20):6.0f} MiB, {resident / 1024:6.1f} MiB resident, {seconds[1]:6.2f} s, "
          f"{seconds[1] / max(seconds[0], 0.001):.1f} times the smaller one's")
    if resident > RESIDENT_MOST:
        yield f"{resident >> 10} MiB resident"
    if seconds[1] > TIME_MOST * max(seconds[0], TIME_LEAST):
        yield f"{seconds[0]:.2f} s, then {seconds[1]:.2f} s for {TIMES} times as much"
    if counters and not any(stats[0].get(key) for key in counters):
        yield f"no counter moved: {counters}"


def write_frames(attack):
    def make(path, n):
        with open(path, "wb", 1 << 20) as f:
            attack(Out(f), n)

    return make


def fill_folder(fill):
    def make(path, n):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        fill(path, n)

    return make


def size_of(path):
    return sum(p.stat().st_size for p in path.iterdir()) if path.is_dir() else path.stat().st_size


def has_room(folder):
    return os.path.isdir(folder) and shutil.disk_usage(folder).free > 1 << 30


def main():
    bitspect, names = sys.argv[1], sys.argv[2:]
    failed, scratch = 0, "/dev/shm" if has_room("/dev/shm") else None
    rows = {name: (command, write_frames(f), n, counters) for name, (f, n, command, counters) in ATTACKS.items()}
    rows |= {name: ("report", lambda path, n, pack=pack: bomb(path, n, pack), n, ()) for name, (n, pack) in BOMBS.items()}
    rows |= {name: ("report", fill_folder(f), n, ()) for name, (f, n) in SETS.items()}
    for name, (command, make, n, counters) in rows.items():
        if names and name not in names:
            continue
        print(name, flush=True)
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            for trouble in troubles(bitspect, command, make, n, counters, pathlib.Path(folder)):
                failed += 1
                print(f"FAILED {name}: {trouble}", flush=True)
    print(f"{failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
