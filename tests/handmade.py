#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""handmade.py - captures that no lab gives: segments cut anywhere, numbers that wrap, bodies that look like requests.

usage: handmade.py FOLDER      writes NAME.pcap for each conversation below; fronts.py and exported.py read them"""
import os
import struct
import sys

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
HOSTS = [bytes([10, 0, 0, 2]), bytes([10, 0, 0, 1])]
SESSION = b"{11111111-2222-3333-4444-555555555555}"
PROTOCOL = b"{7df0354d-249b-430f-820d-3d2a9bef4931}"
FILE = bytes((7 * i + (i >> 8)) & 255 for i in range(30000))


class Connection:
    """A TCP connection that is written into a list of frames.  0 is the client, 1 the server."""

    def __init__(self, frames, port=80, client_port=40000, isn=(1000, 5000), syn=True):
        self.frames = frames
        self.ports = [client_port, port]
        self.next = list(isn)
        if syn:
            self.segment(0, SYN)
            self.segment(1, SYN | ACK)
            self.segment(0, ACK)

    def raw(self, who, flags, data=b"", seq=None):
        """A frame; nothing is remembered of it."""
        seq = self.next[who] if seq is None else seq
        tcp = struct.pack(">HHIIBBHHH", self.ports[who], self.ports[1 - who], seq & 0xFFFFFFFF,
                          self.next[1 - who] & 0xFFFFFFFF if flags & ACK else 0, 0x50, flags, 65000, 0, 0) + data
        self.frames.append(struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, HOSTS[who], HOSTS[1 - who]) + tcp)

    def segment(self, who, flags, data=b""):
        self.raw(who, flags, data)
        self.next[who] += len(data) + bool(flags & (SYN | FIN))

    def send(self, who, data, mss=1448):
        for i in range(0, len(data), mss):
            self.segment(who, ACK | PSH, data[i:i + mss])
        self.segment(1 - who, ACK)

    def close(self):
        self.segment(0, FIN | ACK)
        self.segment(1, FIN | ACK)
        self.segment(0, ACK)


def request(packet, fields=b"", body=b"", target=b"/in/a.bin", length=True):
    head = b"BITS_POST " + target + b" HTTP/1.1\r\nHost: up.example\r\nBITS-Packet-Type: " + packet + b"\r\n"
    if packet == b"Create-Session":
        head += b"BITS-Supported-Protocols: " + PROTOCOL + b"\r\n"
    elif packet != b"Ping":
        head += b"BITS-Session-Id: " + SESSION + b"\r\n"
    if length:
        head += b"Content-Length: %d\r\n" % len(body)
    return head + fields + b"\r\n" + body


def fragment(at, data, total, fields=b"", **more):
    span = b"Content-Range: bytes %d-%d/%d\r\n" % (at, at + len(data) - 1, total)
    return request(b"Fragment", span + fields, data, **more)


def answer(fields=b"", status=b"200 OK", body=b""):
    return (b"HTTP/1.1 " + status + b"\r\nBITS-Packet-Type: Ack\r\nBITS-Session-Id: " + SESSION + b"\r\n" +
            b"Content-Length: %d\r\n" % len(body) + fields + b"\r\n" + body)


def received(offset):
    return answer(b"BITS-Received-Content-Range: %d\r\n" % offset)


def upload(c, data=FILE, step=10000, mss=1448, **more):
    c.send(0, request(b"Create-Session", **more), mss)
    c.send(1, answer(), mss)
    for at in range(0, len(data), step):
        piece = data[at:at + step]
        c.send(0, fragment(at, piece, len(data), **more), mss)
        c.send(1, received(at + len(piece)), mss)
    c.send(0, request(b"Close-Session", **more), mss)
    c.send(1, answer(), mss)


def finish(c):
    c.send(0, request(b"Close-Session"))
    c.send(1, answer())
    c.close()


def plain(frames):
    c = Connection(frames)
    upload(c)
    c.close()


def numbers_wrap(frames):
    upload(Connection(frames, isn=(0xFFFFFFF0, 0xFFFFFFFF - 300)))


def numbers_wrap_midstream(frames):
    upload(Connection(frames, isn=(0xFFFFFFFF - 12000, 0xFFFFFFFF), syn=False))


def numbers_from_zero(frames):
    upload(Connection(frames, isn=(0, 0)))


def one_byte_segments(frames):
    upload(Connection(frames), FILE[:40], 20, mss=1)


def odd_segments(frames):
    upload(Connection(frames), FILE[:3000], 700, mss=131)


def swapped_segments(frames):
    upload(Connection(frames))
    for i in range(8, len(frames) - 4, 9):
        frames[i], frames[i + 1] = frames[i + 1], frames[i]


def every_frame_twice(frames):
    upload(Connection(frames))
    frames[:] = [frame for frame in frames for _ in range(2)]


def requests_in_one_segment(frames):
    c = Connection(frames)
    parts = [fragment(10 * i, FILE[10 * i:10 * i + 10], 100) for i in range(10)]
    c.send(0, request(b"Create-Session") + b"".join(parts) + request(b"Close-Session"), mss=60000)
    c.send(1, answer() + b"".join(received(10 * i + 10) for i in range(10)) + answer(), mss=60000)


def chunked(frames):
    c = Connection(frames)
    c.send(0, request(b"Create-Session"), mss=50)
    c.send(1, answer(), mss=50)
    body = b"".join(b"11\r\n" + FILE[i:i + 17] + b"\r\n" for i in range(0, 340, 17)) + b"0\r\n\r\n"
    fields = b"Transfer-Encoding: chunked\r\nContent-Range: bytes 0-339/340\r\n"
    c.send(0, request(b"Fragment", fields, length=False) + body, mss=50)
    c.send(1, received(340), mss=50)


def total_grows(frames):
    """Each Fragment says another total; the greatest counts, and nothing of the image may be lost on the way."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer())
    for at, to, total in ((0, 900, 900), (900, 2000, 5000), (2000, 5000, 5000)):
        c.send(0, fragment(at, FILE[at:to], total))
        c.send(1, received(to))
    c.send(0, request(b"Close-Session"))
    c.send(1, answer())


def overlapping(frames):
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer())
    c.send(0, fragment(0, FILE[:9000], 20000))
    c.send(1, received(9000))
    c.send(0, fragment(5000, FILE[100:8100], 20000)) # other bytes over some that were accepted
    c.send(1, received(13000))
    c.send(0, fragment(13000, FILE[13000:20000], 20000))
    c.send(1, answer(status=b"500 No"))
    c.send(0, fragment(13000, FILE[13000:20000], 20000))
    c.send(1, received(20000))


def requests_in_a_body(frames):
    """Every segment of the file begins like a request."""
    line = (request(b"Close-Session") + b"BITS_POST http://up.example/x HTTP/1.1\r\n\r\n").ljust(1448, b"x")
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer())
    whole = fragment(0, 4 * line, 4 * len(line))
    c.send(0, whole[:-4 * len(line)])
    c.send(0, 4 * line)
    c.send(1, received(4 * len(line)))


def requests_in_a_page(frames):
    """A page that a server sends is made of BITS requests: nobody uploads anything by it."""
    page = request(b"Create-Session") + fragment(0, b"abc", 3)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(page)
    c = Connection(frames)
    c.send(0, b"GET / HTTP/1.1\r\nHost: up.example\r\n\r\n")
    c.send(1, head)
    c.send(1, page)
    upload(c)
    c.send(0, b"GET /2 HTTP/1.1\r\nHost: up.example\r\n\r\n")
    c.send(1, head)
    c.send(1, page)


def page_until_close(frames):
    c = Connection(frames)
    upload(c)
    c.send(0, b"GET /page HTTP/1.1\r\nHost: up.example\r\n\r\n")
    c.send(1, b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + b"line\r\n" * 1000)
    c.close()


def reset_of_nobody(frames):
    """A blind RST in the middle of everything: its number fits nothing, and the upload goes on."""
    c = Connection(frames, isn=(0xF0000000, 0xF0000000))
    c.send(0, request(b"Create-Session"))
    c.send(1, answer())
    c.raw(0, RST, seq=0)
    c.raw(1, RST, seq=0)
    c.send(0, fragment(0, FILE[:5000], 5000))
    c.send(1, received(5000))
    c.send(0, request(b"Close-Session"))
    c.send(1, answer())


def reset_that_is_answered(frames):
    """In the window, but not the very next number: whoever gets such a RST answers it, and goes on."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer(b"BITS-Protocol: " + PROTOCOL + b"\r\n"))
    c.raw(1, RST, seq=c.next[1] + 200)
    c.raw(0, RST, seq=1001)
    c.segment(0, ACK)
    c.send(0, fragment(0, FILE, len(FILE)))
    c.raw(0, RST, seq=c.next[0] - 300)
    c.send(1, answer(received(len(FILE))))
    finish(c)


def reset_behind_a_hole(frames):
    """Its sender is not heard of again: the capture lacks what came before it."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer(b"BITS-Protocol: " + PROTOCOL + b"\r\n"))
    c.send(0, fragment(0, FILE, len(FILE))[:9000])
    c.raw(0, RST, seq=c.next[0] + 1448)


def fin_brings_bytes(frames):
    """The last bytes of a Fragment come with the FIN; its connection dies with it, and another one goes on."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer())
    whole = fragment(0, FILE[:2000], 4000)
    c.segment(0, ACK | PSH, whole[:-500])
    c.segment(0, FIN | ACK | PSH, whole[-500:])
    c.segment(1, FIN | ACK)
    c.segment(0, ACK)
    c = Connection(frames, client_port=40001)
    c.send(0, fragment(0, FILE[:4000], 4000))
    c.send(1, received(4000))


def answer_nobody_asked_for(frames):
    c = Connection(frames)
    upload(c, FILE[:2000])
    c.send(1, received(2000))
    c.close()


def answer_nobody_asked_for_by_one_syn(frames, syn_of=0):
    """The other SYN is missing, and the capture still has the connection from its start."""
    c = Connection(frames, syn=False)
    for who in (0, 1):
        if who == syn_of:
            c.segment(who, SYN | (ACK if who else 0))
        else:
            c.next[who] += 1
    c.segment(0, ACK)
    upload(c, FILE[:2000])
    c.send(1, received(2000))
    c.close()


def answer_nobody_asked_for_by_the_other_syn(frames):
    answer_nobody_asked_for_by_one_syn(frames, syn_of=1)


def data_in_the_syn(frames):
    """RFC 7413: the client was here before."""
    c = Connection(frames, syn=False)
    c.segment(0, SYN, request(b"Create-Session"))
    c.segment(1, SYN | ACK)
    c.segment(0, ACK)
    c.send(1, answer())
    c.send(0, fragment(0, FILE[:2000], 2000))
    c.send(1, received(2000))
    finish(c)


def page_cut_off(frames):
    """The tap kept 200 bytes of an error page; what comes after it is nobody's loss."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer())
    c.send(0, fragment(0, FILE[:500], 500))
    c.send(1, b"HTTP/1.1 500 No\r\nContent-Type: text/xml\r\n\r\n<page>" + b"<line>words</line>" * 40)
    frames[-2] = (frames[-2][:200], len(frames[-2]))
    upload(Connection(frames, client_port=40001), FILE[:3000], target=b"/in/b.bin")


def answer_cut_off_by_its_fin(frames, ending=FIN | ACK):
    """A refusal whose page is announced longer than it comes: TCP hands it over to nobody."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer())
    c.send(0, fragment(0, FILE[:2000], 2000))
    c.send(1, b"HTTP/1.1 413 Too large\r\nContent-Length: 500\r\n\r\n<html>")
    c.segment(1, ending)
    if ending & FIN:
        c.segment(0, FIN | ACK)
        c.segment(1, ACK)


def answer_cut_off_by_a_reset(frames):
    answer_cut_off_by_its_fin(frames, ending=RST)


def answer_cut_off_by_the_capture(frames):
    answer_cut_off_by_its_fin(frames, ending=ACK)


def head_of_many_segments(frames):
    upload(Connection(frames), FILE[:2000], target=b"/in/" + b"n" * 10000)


def through_a_tunnel(frames):
    c = Connection(frames, port=3128)
    c.send(0, b"CONNECT up.example:80 HTTP/1.1\r\nHost: up.example:80\r\n\r\n")
    c.send(1, b"HTTP/1.1 200 Connection established\r\n\r\n")
    upload(c)


def absolute_form(frames):
    upload(Connection(frames, port=3128), target=b"http://up.example/in/a.bin")


def absolute_form_with_credentials(frames):
    """Wireshark decodes them, and so has more than one source of bytes."""
    c = Connection(frames, port=8080)
    token = b"Proxy-Authorization: NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAFASgKAAAADw==\r\n"
    upload(c, FILE[:3000], target=b"http://up.example/in/a.bin", fields=token)


def absolute_form_in_two_segments(frames):
    c = Connection(frames, port=8080)
    first = request(b"Create-Session", target=b"http://up.example/in/a.bin")
    c.segment(0, ACK, first[:30])
    c.send(0, first[30:])
    c.send(1, answer())
    c.send(0, fragment(0, FILE[:1000], 1000, target=b"http://up.example/in/a.bin"))
    c.send(1, received(1000))
    c.send(0, request(b"Close-Session", target=b"http://up.example/in/a.bin"))
    c.send(1, answer())


def behind_trailers(frames):
    """A tap adds 12 bytes to each frame of an Ethernet; some segments come in disorder."""
    swapped_segments(frames)
    frames[:] = [bytes(12) + b"\x08\x00" + frame + bytes(range(12)) for frame in frames]


behind_trailers.link = 1


def other_port(frames):
    upload(Connection(frames, port=50123))


def body_never_came(frames):
    """417 before the body, which stays away; the next request follows at once."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer())
    c.send(0, request(b"Fragment", b"Content-Range: bytes 0-9/10\r\nContent-Length: 10\r\nExpect: 100-continue\r\n", length=False))
    c.send(1, answer(status=b"417 No"))
    c.send(0, fragment(0, FILE[:10], 10))
    c.send(1, received(10))


def send_in_order(c, who, data, cuts, order):
    """data in len(cuts) + 1 segments, that come in that order."""
    ends = [0, *cuts, len(data)]
    for i in order:
        c.raw(who, ACK | PSH, data[ends[i]:ends[i + 1]], seq=c.next[who] + ends[i])
    c.next[who] += len(data)
    c.segment(1 - who, ACK)


def heads_out_of_order(frames):
    """TCP asks nobody about the segment that fills a hole, not even where it completes what was to be gathered."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    send_in_order(c, 1, answer(), [8, 48, 55], [0, 2, 3, 1])
    send_in_order(c, 0, fragment(0, FILE[:600], 600), [81, 184], [0, 2, 1])
    page = b"<html>no</html>"
    whole = answer(b"WWW-Authenticate: Negotiate\r\n", b"401 Unauthorized", page)
    send_in_order(c, 1, whole, [len(whole) - len(page), len(whole) - 3], [0, 2, 1])
    c.send(0, fragment(0, FILE[:600], 600))
    c.send(1, received(600))
    finish(c)


def bodies_before_their_heads(frames):
    """Of a connection that nobody has claimed: its first bytes come after others, which are sent again."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer())
    c.send(0, fragment(0, FILE[:1000], 3000))
    c.send(1, received(1000))
    c.close()
    c = Connection(frames, client_port=40001)
    send_in_order(c, 0, fragment(1000, FILE[1000:3000], 3000), [536, 1072, 1608], [1, 3, 0, 1, 2, 3])
    c.send(1, received(3000))
    finish(c)


def upload_with_a_keep_alive(frames, lost, byte, answers_first):
    """The capture lacks byte `lost` of the Fragment; the server has it, and is asked whether it is still there."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer())
    piece = fragment(0, FILE[:1000], 1000)
    c.segment(0, ACK | PSH, piece[:lost])
    c.next[0] += 1
    if answers_first:
        c.send(1, received(1000))
    c.segment(1, ACK)
    c.raw(0, ACK, byte, seq=c.next[0] - 1)
    c.segment(1, ACK)
    if not answers_first:
        c.send(0, piece[lost + 1:])
        c.send(1, received(1000))
    for _ in range(70):
        c.segment(1, ACK) # until everybody has given up the hole
    finish(c)


def keep_alive_for_a_byte_of_a_body(frames):
    upload_with_a_keep_alive(frames, len(fragment(0, FILE[:1000], 1000)) - 600, b"\0", False)


def keep_alive_for_the_last_byte(frames):
    """Of any value, behind an answer that only who had the byte could give."""
    upload_with_a_keep_alive(frames, len(fragment(0, FILE[:1000], 1000)) - 1, b"x", True)


def keep_alive_for_a_byte_of_a_head(frames):
    upload_with_a_keep_alive(frames, 60, b"\0", False)


def keep_alive_before_the_first_answer(frames):
    """Its byte has the number before the stream's first."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.raw(1, ACK, b"\0", seq=c.next[1] - 1)
    c.segment(0, ACK)
    c.send(1, answer())
    c.send(0, fragment(0, FILE[:1000], 1000))
    c.send(1, received(1000))
    finish(c)


def close_session_is_missing(frames):
    """The numbers of all that follows tell of it: nobody left the session open."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer())
    c.send(0, fragment(0, FILE[:1000], 1000))
    c.send(1, received(1000))
    c.next[0] += len(request(b"Close-Session"))
    c.send(1, answer())
    c.close()


def head_begun_then_sent_whole(frames):
    """The first bytes of a head, and later the whole segment from the same number."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer())
    piece = fragment(0, FILE[:3000], 3000)
    c.raw(0, ACK | PSH, piece[:100], seq=c.next[0])
    c.send(0, piece)
    c.send(1, received(3000))
    finish(c)


def fragment_begun_then_sent_whole(frames):
    """A head with the first bytes of its body, and later all of it from the same number.  It is one Fragment, and goes beyond its
    total once."""
    c = Connection(frames)
    c.send(0, request(b"Create-Session"))
    c.send(1, answer())
    piece = request(b"Fragment", b"Content-Range: bytes 0-29/25\r\n", FILE[:30])
    c.raw(0, ACK, piece[:-20], seq=c.next[0])
    c.send(0, piece)
    c.send(1, received(25))
    finish(c)


def write(path, frames, link):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link))
        for n, frame in enumerate(frames):
            frame, length = frame if isinstance(frame, tuple) else (frame, len(frame)) # a tuple: cut off by the tap
            file.write(struct.pack("<IIII", 1700000000, 100 * n, len(frame), length) + frame)


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for conversation in (plain, numbers_wrap, numbers_wrap_midstream, numbers_from_zero, one_byte_segments, odd_segments,
                         swapped_segments, every_frame_twice, requests_in_one_segment, chunked, total_grows, overlapping,
                         requests_in_a_body, requests_in_a_page, page_until_close, page_cut_off, reset_of_nobody,
                         reset_that_is_answered, reset_behind_a_hole,
                         fin_brings_bytes, answer_nobody_asked_for, answer_nobody_asked_for_by_one_syn,
                         answer_nobody_asked_for_by_the_other_syn, fragment_begun_then_sent_whole, data_in_the_syn,
                         answer_cut_off_by_its_fin, answer_cut_off_by_a_reset, answer_cut_off_by_the_capture,
                         head_of_many_segments, through_a_tunnel, absolute_form, absolute_form_with_credentials,
                         absolute_form_in_two_segments, behind_trailers, other_port, body_never_came,
                         heads_out_of_order, bodies_before_their_heads, keep_alive_for_a_byte_of_a_body, keep_alive_for_the_last_byte,
                         keep_alive_for_a_byte_of_a_head,
                         keep_alive_before_the_first_answer, close_session_is_missing, head_begun_then_sent_whole):
        frames = []
        conversation(frames)
        write(os.path.join(folder, conversation.__name__ + ".pcap"), frames, getattr(conversation, "link", 101))


if __name__ == "__main__":
    main()
