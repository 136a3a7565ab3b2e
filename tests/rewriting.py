# SPDX-License-Identifier: GPL-2.0-or-later
"""The HTTP conversations in a capture, and how to change what was said.

Bytes of a stream may grow and shrink, whole exchanges come and go.  The frames stay where they are; every later one
gets the sequence and acknowledgment numbers that it would have had.  Checksums are left as they were: captures of
machines that offload them show wrong ones as well.  But a frame that acknowledges less than it did gets a right one: a copy of
it that does not, and is right, would be believed instead."""
import collections
import struct

import captures
import wraps

CLIENT, SERVER = 0, 1
FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16
PIECE = 16000  # bytes of an inserted message in one frame

# One frame of a connection: its place among all frames, offsets in the streams (None: acknowledges nothing)
Segment = collections.namedtuple("Segment", "frame side at size ack flags")
# new in place of [start, end) of a side's stream; for frames in front of `frame` it is not there yet
Edit = collections.namedtuple("Edit", "conn side start end new frame", defaults=(0,))
# a frame acknowledges that offset and no more
Heard = collections.namedtuple("Heard", "conn frame at")
# the frames of a connection from one frame on come behind another, so many ns later; so does all that follows
Delay = collections.namedtuple("Delay", "conn frame behind by")
# frames to be put behind a frame
Insertion = collections.namedtuple("Insertion", "conn frame question answer client_at server_at")


def offset(number, base):
    """In a stream that began with base; what lies before it is negative."""
    return (number - base + 2**31) % 2**32 - 2**31


class Connection:
    def __init__(self, client, server):
        self.ends = (client, server)
        self.base = [None, None]
        self.from_syn = False
        self.segments = []
        self.streams = [b"", b""]
        self.exchanges = []

    def take(self, i, data, t):
        seq, ack = struct.unpack_from(">II", data, t.tcp + 4)
        self.from_syn |= data[t.tcp + 13] & SYN != 0
        flags, side = data[t.tcp + 13], self.ends.index(t.src)
        if self.base[side] is None:
            self.base[side] = (seq + (flags & SYN) // SYN) % 2**32
        if flags & ACK and self.base[1 - side] is None:
            self.base[1 - side] = ack
        at = offset(seq + (flags & SYN) // SYN, self.base[side])
        heard = offset(ack, self.base[1 - side]) if flags & ACK else None
        self.segments.append(Segment(i, side, at, t.end - t.payload, heard, flags))

    def join(self, frames):
        """False: bytes are missing."""
        for side in (CLIENT, SERVER):
            known = bytearray()
            for s in sorted((s for s in self.segments if s.side == side and s.size > 0), key=lambda s: s.at):
                t = captures.tcp_of(frames[s.frame])
                piece = frames[s.frame].data[t.payload : t.end]
                if s.at > len(known) or len(piece) < s.size:
                    return False
                known += piece[max(len(known) - s.at, 0) :] if s.at + s.size > len(known) else b""
            self.streams[side] = bytes(known)
        return True

    def frame_of(self, side, at):
        """Where the byte at an offset was seen first."""
        return next(s.frame for s in self.segments if s.side == side and s.at <= at < s.at + s.size)


class Message:
    """A head and its body in a stream; header names in lower case, each with the span of its value."""

    def __init__(self, conn, side, start, stream):
        self.conn, self.side, self.start = conn, side, start
        self.head_end = stream.index(b"\r\n\r\n", start) + 4
        lines = stream[start : self.head_end - 4].split(b"\r\n")
        self.line, self.spans, at = lines[0], {}, start + len(lines[0]) + 2
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            skipped = len(name) + 1 + len(value) - len(value.lstrip())
            self.spans.setdefault(name.decode("latin-1").lower(), (at, at + skipped, at + len(line)))
            at += len(line) + 2
        self.stream = stream
        self.end = self.head_end + int(self.value("content-length") or 0)

    def value(self, name):
        span = self.spans.get(name.lower())
        return self.stream[span[1] : span[2]].decode("latin-1") if span else None

    def bytes(self):
        return self.stream[self.start : self.end]

    # -- edits --

    def edit(self, start, end, new):
        return Edit(self.conn, self.side, start, end, new)

    def set_line(self, line):
        return self.edit(self.start, self.start + len(self.line), line)

    def set(self, name, value):
        span = self.spans.get(name.lower())
        if span is None:
            return self.add(name, value)
        return self.edit(span[1], span[2], str(value).encode("latin-1"))

    def add(self, name, value):
        return self.edit(self.head_end - 2, self.head_end - 2, f"{name}: {value}\r\n".encode("latin-1"))

    def rename(self, old, new):
        span = self.spans[old.lower()]
        return self.edit(span[0], span[0] + len(old), new.encode())

    def remove(self, name):
        span = self.spans[name.lower()]
        return self.edit(span[0], span[2] + 2, b"")

    def add_body(self, body):
        return [self.set("Content-Length", len(body)), self.edit(self.end, self.end, body)]


class Exchange:
    """A request and its final answer."""

    def __init__(self, conn, q, a):
        self.conn, self.q, self.a = conn, q, a
        self.frame = conn.frame_of(CLIENT, q.start)
        self.last_frame = conn.frame_of(SERVER, a.end - 1)
        self.status = int(a.line.split()[1])
        self.packet = (q.value("bits-packet-type") or "").lower()
        self.session = None  # of this many exchanges
        self.range = range_of(q.value("content-range"))
        self.received = a.value("bits-received-content-range")

    @property
    def ok(self):
        return 200 <= self.status < 300

    def remove(self):
        return [m.edit(m.start, m.end, b"") for m in (self.q, self.a)]

    def insert_behind(self, question, answer):
        """Another exchange after this one."""
        return [
            Edit(self.conn, CLIENT, self.q.end, self.q.end, question, self.last_frame + 1),
            Edit(self.conn, SERVER, self.a.end, self.a.end, answer, self.last_frame + 1),
            Insertion(self.conn, self.last_frame, question, answer, self.q.end, self.a.end),
        ]


def range_of(text):
    """(from, to, total), half-open; None: there is no such range."""
    try:
        unit, _, rest = (text or "").partition(" ")
        span, _, total = rest.partition("/")
        first, _, last = span.partition("-")
        return (int(first), int(last) + 1, int(total)) if unit.lower() == "bytes" else None
    except ValueError:
        return None


def messages(conn, side):
    stream, at, found = conn.streams[side], 0, []
    while at < len(stream):
        message = Message(conn, side, at, stream)
        if "transfer-encoding" in message.spans:
            raise ValueError("chunked")
        if side == CLIENT or not message.line.split()[1].startswith(b"1"):
            found.append(message)
        at = message.end
    return found


def exchanges_of(conn):
    """Empty: not a conversation that can be told apart with certainty."""
    try:
        questions, answers = messages(conn, CLIENT), messages(conn, SERVER)
    except (ValueError, IndexError):
        return []
    if len(questions) != len(answers) or any(not q.line.startswith(b"BITS_POST ") for q in questions):
        return []
    if any(m[-1].end != len(conn.streams[m[-1].side]) for m in (questions, answers) if m):
        return []
    return [Exchange(conn, q, a) for q, a in zip(questions, answers)]


def connections_of(frames):
    open_ones, found = {}, []
    for i, frame in enumerate(frames):
        t = captures.tcp_of(frame)
        if t is None:
            continue
        ends, flags = tuple(sorted((t.src, t.dst))), frame.data[t.tcp + 13]
        fresh = flags & (SYN | ACK) == SYN
        seq = struct.unpack_from(">I", frame.data, t.tcp + 4)[0]
        conn = open_ones.get(ends)
        if conn is None or (fresh and conn.base[CLIENT] != (seq + 1) % 2**32):
            is_client = fresh or (not flags & SYN and t.src[1] > t.dst[1])
            conn = open_ones[ends] = Connection(*((t.src, t.dst) if is_client else (t.dst, t.src)))
            found.append(conn)
        conn.take(i, frame.data, t)
    return found


class Capture:
    """Its frames, and its exchanges in the order of their requests, each with those of its session."""

    def __init__(self, path):
        self.frames = captures.read(path)
        self.connections = connections_of(self.frames)
        for conn in self.connections:
            if conn.join(self.frames):
                conn.exchanges = exchanges_of(conn)
        self.exchanges = sorted((x for c in self.connections for x in c.exchanges), key=lambda x: x.frame)
        sessions = collections.defaultdict(list)
        for x in self.exchanges:
            key = (x.q.value("bits-session-id") or x.a.value("bits-session-id") or "").strip("{}").lower()
            x.session = sessions[key]
            x.session.append(x)

    # -- writing --

    def rewritten(self, changes, ends=None):
        """The frames with those edits and insertions; up to a frame, if that is given."""
        edits, insertions, heard = collections.defaultdict(list), collections.defaultdict(list), {}
        for change in changes:
            if isinstance(change, Insertion):
                insertions[change.frame].append(change)
            elif isinstance(change, Heard):
                heard[change.frame] = change.at
            elif isinstance(change, Delay):
                return self.delayed(change)
            else:
                edits[change.conn, change.side].append(change)
        for some in edits.values():
            some.sort(key=lambda e: (e.start, e.end))
        conns = {change.conn for change in changes}
        segments = {s.frame: (c, s) for c in conns for s in c.segments}
        streams = {c: [edited(edits[c, side], c.streams[side]) for side in (CLIENT, SERVER)] for c in conns}
        frames = []
        for i, frame in enumerate(self.frames):
            if i in segments:
                conn, segment = segments[i]
                frame = rewrite(frame, conn, segment._replace(ack=heard.get(i, segment.ack)), edits, streams[conn])
                if i in heard:
                    frame = mended(frame)
            frames.append(frame)
            for insertion in insertions[i]:
                frames += self.inserted(insertion, edits, frame.time)
            if i == ends:
                break
        return frames

    def delayed(self, d):
        late = {s.frame for s in d.conn.segments if d.frame <= s.frame <= d.behind}
        early = [f for i, f in enumerate(self.frames[: d.behind + 1]) if i not in late]
        shifted = [f._replace(time=f.time + d.by) for f in self.frames[d.behind + 1 :]]
        return early + [self.frames[i]._replace(time=self.frames[d.behind].time + d.by) for i in sorted(late)] + shifted

    def inserted(self, n, edits, time):
        at = [moved(edits[n.conn, CLIENT], n.client_at, n.frame), moved(edits[n.conn, SERVER], n.server_at, n.frame)]
        for side, text in ((CLIENT, n.question), (SERVER, n.answer), (CLIENT, b"")):
            for k in range(0, len(text) or 1, PIECE):
                piece = text[k : k + PIECE]
                time += 1000
                yield self.made(n.conn, side, at[side], at[1 - side], piece, time)
                at[side] += len(piece)

    def made(self, conn, side, at, heard, piece, time):
        """A frame like another of the same sender."""
        like = next(s.frame for s in conn.segments if s.side == side and s.flags == PUSH | ACK)
        frame = self.frames[like]
        return with_payload(frame, conn, side, at, heard, PUSH | ACK, piece)._replace(time=time)


def moved(edits, x, i):
    """Where offset x of a stream is after the edits, as frame i has it."""
    shift = 0
    for e in edits:
        if e.end <= x and not (e.start == e.end == x and i < e.frame):
            shift += len(e.new) - (e.end - e.start)
        elif e.start < x:
            return e.start + shift + min(x - e.start, len(e.new))
    return x + shift


def edited(edits, stream):
    out, at = [], 0
    for e in edits:
        out += [stream[at : e.start], e.new]
        at = e.end
    return b"".join(out) + stream[at:]


def with_payload(frame, conn, side, at, heard, flags, payload):
    t = captures.tcp_of(frame)
    head = bytearray(frame.data[: t.payload])
    syn = (flags & SYN) // SYN
    struct.pack_into(">I", head, t.tcp + 4, (conn.base[side] + at - syn) % 2**32)
    if heard is not None:
        struct.pack_into(">I", head, t.tcp + 8, (conn.base[1 - side] + heard) % 2**32)
    head[t.tcp + 13] = flags
    if head[t.ip] >> 4 == 4:
        struct.pack_into(">H", head, t.ip + 2, t.payload - t.ip + len(payload))
    else:
        struct.pack_into(">H", head, t.ip + 4, t.payload - t.tcp + len(payload))
    data = bytes(head) + payload
    return frame._replace(data=data, length=len(data))


def mended(frame):
    """With the checksum that it should have."""
    t = captures.tcp_of(frame)
    data = bytearray(frame.data)
    data[t.tcp + 16 : t.tcp + 18] = b"\0\0"
    pseudo = t.src[0] + t.dst[0] + struct.pack(">II", t.end - t.tcp, 6)
    struct.pack_into(">H", data, t.tcp + 16, wraps.checksum(pseudo + bytes(data[t.tcp : t.end])))
    return frame._replace(data=bytes(data))


def rewrite(frame, conn, s, edits, streams):
    mine, others = edits[conn, s.side], edits[conn, 1 - s.side]
    at, end = moved(mine, s.at, s.frame), moved(mine, s.at + s.size, s.frame)
    # one beyond the end of the stream acknowledges its FIN
    heard = s.ack if s.ack is None else moved(others, s.ack, s.frame)
    payload = streams[s.side][at:end] if s.size > 0 else b""
    return with_payload(frame, conn, s.side, at, heard, s.flags, payload)
