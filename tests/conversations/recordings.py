# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tap makes of a conversation: frames in files, and what happens to them on the way there."""
import collections
import struct

import captures
import wraps
from conversations.network import CLIENT, FIN, PSH, RST, SERVER, SYN

EPOCH = 1_700_000_000  # seconds

# File: what one tap wrote.  snaplen: bytes kept of a frame, or None; skew: how many seconds its clock is ahead
File = collections.namedtuple("File", "seen snaplen skew", defaults=(None, 0))
# is_whole: nothing is missing
Recording = collections.namedtuple("Recording", "name files is_whole", defaults=(True,))


# ---- frames ---------------------------------------------------------------------------------------------------------


def tcp_packet(segment, ends):
    options = b"\x02\x04\x05\xb4\x01\x03\x03\x00" if segment.flags & SYN else b""
    ports, length = [end[1] for end in ends], (20 + len(options)) // 4 << 4
    numbers = segment.seq, segment.ack, length, segment.flags, segment.window
    packet = struct.pack(">HHIIBBHHH", *ports, *numbers, 0, 0) + options + segment.payload
    pseudo = ends[0][0] + ends[1][0] + struct.pack(">II", len(packet), 6)
    return packet[:16] + wraps.be16(wraps.checksum(pseudo + packet)) + packet[18:]


def frame_of(segment):
    ends = [segment.connection.ends[side].address for side in (segment.side, 1 - segment.side)]
    tcp, hosts = tcp_packet(segment, ends), [host for host, _ in ends]
    if len(hosts[0]) == 16:
        return wraps.eth(captures.IPV6, wraps.ip6(6, tcp, hosts))
    return wraps.eth(captures.IPV4, wraps.ip4(6, tcp, segment.ident, ends=hosts))


def kept_payload(segment, snaplen):
    """How many bytes of the payload are in the file."""
    beyond = len(frame_of(segment)) - snaplen if snaplen else 0
    return max(0, len(segment.payload) - max(0, beyond))


def write(path, file):
    frames = []
    for seen in file.seen:
        data = frame_of(seen.segment)
        time = int((EPOCH + seen.time + file.skew) * 10**6) * 1000  # a clock of microseconds
        frames.append(captures.Frame(captures.ETHERNET, time, data[: file.snaplen], len(data)))
    captures.write(path, frames)


# ---- whole recordings -----------------------------------------------------------------------------------------------


def as_it_is(tap, _, rng):
    return [File(tap)]


def doubled(tap, _, rng):
    share, twice = rng.choice((0.05, 0.3, 1)), []
    for seen in tap:
        twice.append(seen)
        if rng.random() < share:
            twice.append(seen._replace(time=seen.time + rng.choice((0, 1e-6, 3e-5, 0.002))))
    return [File(sorted(twice, key=lambda seen: seen.time) if rng.random() < 0.5 else twice)]


def is_keep_alive(segment):
    """With a byte.  Only what the other side had acknowledged tells that it is none of the stream."""
    return segment.payload == b"\0" and not segment.flags & PSH


def in_disorder(tap, _, rng):
    """But nothing comes behind a FIN, a RST or a keep-alive that it came before: a rebuilt order ends with the first
    two, and takes the byte of the last for the true one where that comes later."""
    share, most = rng.choice((0.02, 0.1, 0.4)), rng.choice((1, 2, 5))
    order, place = [], len(tap)
    for at in range(len(tap) - 1, -1, -1):
        moves = rng.uniform(0, most + 1) if rng.random() < share else 0
        if tap[at].segment.flags & (FIN | RST) or is_keep_alive(tap[at].segment):
            moves, place = 0, at
        order.append((min(at + moves, place - 0.5 if place > at else at), at))
    keeps_time = rng.random() < 0.5
    return [File([tap[at]._replace(time=tap[at if keeps_time else n].time) for n, (_, at) in enumerate(sorted(order))])]


def clock_jumps(tap, _, rng):
    ahead, file = 0, []
    for seen in tap:
        ahead += rng.uniform(-30, 30) if rng.random() < 0.05 else 0
        file.append(seen._replace(time=seen.time + ahead))
    return [File(file)]


def two_taps(tap, other, rng):
    return [File(tap), File(other, None, rng.choice((0, 1e-4, -1e-4, 0.05, -0.05, 3, -3, 600, -600, 86400)))]


def two_taps_in_one_file(tap, other, rng):
    ahead = rng.choice((0, 0, 0.002, -0.002, 0.5, -0.5))
    return [File(sorted(tap + [s._replace(time=s.time + ahead) for s in other], key=lambda seen: seen.time))]


def split(tap, _, rng):
    cuts = sorted(rng.sample(range(1, len(tap)), min(len(tap) - 1, rng.randrange(1, 5))))
    return [File(tap[start:end]) for start, end in zip([0, *cuts], [*cuts, len(tap)])]


def by_direction(tap, _, rng):
    sides = ([seen for seen in tap if seen.segment.side == side] for side in (CLIENT, SERVER))
    return [File(seen) for seen in sides]


def by_direction_with_two_clocks(tap, other, rng):
    sides = by_direction(tap, other, rng)
    return [sides[0], sides[1]._replace(skew=rng.choice((1e-3, -1e-3, 0.2, -0.2, 5, -5)))]


WHOLE = (as_it_is, doubled, in_disorder, clock_jumps, two_taps, two_taps_in_one_file, split, by_direction)
# All is there, but what came first has to be told without a clock: it may come to less than the truth, never to more.
UNSURE = (by_direction_with_two_clocks,)


# ---- recordings with holes: which frames are lost, by their numbers -------------------------------------------------


def lose_single(tap, rng):
    return {rng.randrange(len(tap)) for _ in range(rng.randrange(1, 6))}


def lose_bursts(tap, rng):
    lost = set()
    for _ in range(rng.choice((1, 1, 3))):
        start = rng.randrange(len(tap))
        lost.update(range(start, start + rng.randrange(1, max(2, len(tap) // rng.choice((2, 4, 10))))))
    return lost


def lose_share(tap, rng):
    share = rng.choice((0.02, 0.1, 0.3, 0.6))
    return {n for n in range(len(tap)) if rng.random() < share}


def lose_beginning(tap, rng):
    return set(range(rng.randrange(1, len(tap))))


def lose_end(tap, rng):
    return set(range(rng.randrange(1, len(tap)), len(tap)))


def lose_where(tap, rng, share, matches):
    return {n for n, seen in enumerate(tap) if matches(seen.segment) and rng.random() < share}


def lose_side(tap, rng):
    side = rng.randrange(2)
    return lose_where(tap, rng, rng.choice((1, 1, 0.9, 0.5)), lambda segment: segment.side == side)


def lose_data(tap, rng):
    side = rng.randrange(2)
    return lose_where(tap, rng, rng.choice((0.1, 0.3)), lambda segment: segment.side == side and segment.payload)


def lose_acknowledgments(tap, rng):
    return lose_where(tap, rng, 0.9, lambda segment: not segment.payload)


def lose_handshakes(tap, rng):
    flags = SYN | rng.choice((0, FIN))
    return lose_where(tap, rng, 0.8, lambda segment: segment.flags & flags)


def lose_connection(tap, rng):
    gone = rng.choice(tap).segment.connection
    return lose_where(tap, rng, 1, lambda segment: segment.connection is gone)


def lose_heads(tap, rng):
    heads = [n for n, seen in enumerate(tap) if seen.segment.payload.startswith((b"BITS_POST", b"HTTP/"))]
    return set(rng.sample(heads, min(len(heads), rng.randrange(1, 4))))


LOSSES = (
    lose_single, lose_single, lose_bursts, lose_bursts, lose_share, lose_beginning, lose_end, lose_side,
    lose_data, lose_acknowledgments, lose_handshakes, lose_connection, lose_heads,
)


def opens_used_ports(segment, reused):
    """Without the SYN nothing tells a connection from the one that had its ports before."""
    return segment.flags & SYN and segment.connection in reused


def with_holes(tap, other, rng, reused):
    lose = rng.choice(LOSSES)
    lost = lose(tap, rng)
    left = [s for n, s in enumerate(tap) if n not in lost or opens_used_ports(s.segment, reused)] or tap[:1]
    if rng.random() < 0.15:
        left = swapped(left, rng)
    return lose.__name__, [File(left, rng.choice((None,) * 6 + (60, 80, 120, 200, 400)))]


def swapped(tap, rng):
    tap = list(tap)
    for n in range(len(tap) - 1):
        if rng.random() < 0.1:
            tap[n], tap[n + 1] = tap[n + 1], tap[n]
    return tap


def two_taps_with_holes(tap, other, rng, reused):
    """Of one clock: with two that are apart, nothing tells which frames are missing at which tap."""
    kept = [[s for s in taps if rng.random() < 0.8 or opens_used_ports(s.segment, reused)] for taps in (tap, other)]
    return "two_taps_lose", [File(seen) for seen in kept if seen]


# ---- all of them ----------------------------------------------------------------------------------------------------


def is_fit(way, conversation):
    """An id that is given out again means one upload or the other by the order of the two sides, and of connections,
    which nothing but the frames tells.  Ports that are used again are used once more where a second tap is behind."""
    unfit = [two_taps] if conversation.reused_ports else []
    if conversation.habits.ids == "recycled":
        unfit += [by_direction, by_direction_with_two_clocks]
        unfit += [in_disorder] if len(conversation.network.connections) > 1 else []
    return way not in unfit


def recordings(conversation, rng, count):
    """The first is whole and as it was seen.  Holes come only where no file looks like what a hole may hide, and no id
    is given out again, which it may hide as well."""
    yield Recording("as_it_is", [File(list(conversation.network.taps[rng.randrange(2)]))])
    ways = [way for way in WHOLE + UNSURE if is_fit(way, conversation)]
    for _ in range(count - 1):
        taps = [list(tap) for tap in conversation.network.taps]
        rng.shuffle(taps)
        if conversation.looks_like_http or conversation.habits.ids == "recycled" or rng.random() < 0.35:
            way, first = rng.choice(ways), rng.choice((None, None, doubled, in_disorder))
            if first in ways:
                taps[0] = first(*taps, rng)[0].seen
            name = f"{first.__name__}, {way.__name__}" if first in ways else way.__name__
            recording = Recording(name, way(*taps, rng), way not in UNSURE)
        else:
            lose = two_taps_with_holes if rng.random() < 0.07 else with_holes
            recording = Recording(*lose(*taps, rng, conversation.reused_ports), False)
        if rng.random() < 0.3:
            recording.files.reverse()
        yield recording
