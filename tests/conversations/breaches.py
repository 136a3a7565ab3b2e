# SPDX-License-Identifier: GPL-2.0-or-later
"""One deliberate breach in a conversation that keeps the rules: who, which rule, and where on the wire it stands."""
import collections
import functools

from conversations import http, parties

Kind = collections.namedtuple("Kind", "party rule change stores", defaults=(True,))


# ---- what a client may do: change the Fragment that is due; None: not with this one ---------------------------------


def leaves_gap(upload, request):
    if request.first == 0 or request.to >= upload.size:
        return None
    first = request.first + 1 + upload.rng.randrange(min(200, upload.size - request.first - 1))
    return request.says_range(first, min(upload.size, first + request.to - request.first), upload.size)


def changes_total(upload, request):
    return request.says_range(request.first, request.to, upload.size + 7) if request.first else None


def repeats(upload, request):
    """What the server has already, and has said so."""
    is_next = upload.latest and upload.latest[1] == request.first
    return request.says_range(*upload.latest, upload.size) if is_next else None


def says_range_backwards(_, request):
    request.range_text = f"bytes {request.to}-{request.first}/{request.to}"
    return request


def says_no_range(_, request):
    request.range_text = None
    return request


def says_no_id(_, request):
    request.without("BITS-Session-Id")
    return request


def says(attribute, value):
    def change(_, request):
        setattr(request, attribute, value)
        return request

    return change


def sends_two(upload, request):
    return request if request.to < upload.size and not upload.habits.expects_continue else None


# ---- what a server may answer to a Fragment that fits: status and fields, of those that are due, its offset, the total


def received(fields, value):
    return [(name, value if name == "BITS-Received-Content-Range" else old) for name, old in fields]


def without(fields, gone):
    return [field for field in fields if field[0] != gone]


def refuses_what_fits(fields, held, _):
    return 416, received(fields, held)


def says_nothing_received(fields, *_):
    return 200, without(fields, "BITS-Received-Content-Range")


def says_last_byte(fields, held, _):
    return 200, received(fields, held - 1)


def says_beyond_total(fields, _, total):
    return 200, received(fields, total + 5)


def says_range(fields, held, _):
    return 200, received(fields, f"bytes 0-{held}")


def says_other_id(fields, *_):
    other = ("BITS-Session-Id", "{00000000-1111-2222-3333-444455556666}")
    return 200, [*without(fields, "BITS-Session-Id"), other]


def says_no_packet_type(fields, *_):
    return 200, without(fields, "BITS-Packet-Type")


def says_wrong_packet_type(fields, *_):
    return 200, [("BITS-Packet-Type", "Fragment"), *without(fields, "BITS-Packet-Type")]


KINDS = (
    Kind("client", "fragment-gap", leaves_gap),
    Kind("client", "total-changed", changes_total),
    Kind("client", "fragment-duplicate", repeats),
    Kind("client", "session-id-missing", says_no_id),
    Kind("client", "packet-type-unknown", says("packet_type", "Fragmant")),
    Kind("client", "range-inverted", says_range_backwards),
    Kind("client", "method-case", says("method", "bits_post")),
    Kind("client", "http-version", says("version", "HTTP/1.0")),
    Kind("client", "range-missing", says_no_range),
    Kind("client", "pipelined-request", sends_two),
    Kind("server", "needless-416", refuses_what_fits, False),
    Kind("server", "rcr-missing", says_nothing_received),
    Kind("server", "rcr-is-last-byte", says_last_byte),
    Kind("server", "rcr-beyond-total", says_beyond_total),
    Kind("server", "rcr-malformed", says_range),
    Kind("server", "ack-session-id-mismatch", says_other_id),
    Kind("server", "ack-packet-type-missing", says_no_packet_type),
    Kind("server", "ack-packet-type-value", says_wrong_packet_type),
)


class Breach:
    """Of the first upload, once, in a Fragment that begins at least at byte `least`."""

    def __init__(self, rng):
        self.kind, self.least, self.is_done = rng.choice(KINDS), rng.choice((0, 1, 1, 8000)), False
        self.upload = self.place = None  # the first one; (connection, side, offset in its stream)

    @property
    def is_proxied(self):
        """Then it stands in two places."""
        return bool(self.upload.habits.proxy)

    @property
    def misleads(self):
        """The client takes what the server says for an offset, whatever it is, unless it is this."""
        return self.kind.change is says_last_byte

    def stands_at(self, end):
        """What end sends next is it."""
        self.place = (end.connection, end.side, len(end.stream))

    # ---- a client's

    def for_client(self, upload, request):
        """Is this the Fragment?  Then it is changed."""
        client = upload.client
        is_ours = self.kind.party == "client" and not self.is_done and upload is self.upload
        if not is_ours or request.first < self.least or not client.is_connected or client.legs < parties.KNOWN:
            return False
        self.is_done = self.kind.change(upload, request) is not None
        return self.is_done

    def commit(self, upload, request):
        """Sends it, once."""
        client, awaited = upload.client, 1
        if self.kind.change is sends_two:
            client.write(request, upload)
            request, awaited = self.next_one(upload, request), 2
        self.stands_at(client.end)
        return (yield functools.partial(client.ask, request, upload, awaited))

    @staticmethod
    def next_one(upload, request):
        to = min(upload.size, 2 * request.to - request.first)
        return http.Request("Fragment", request.fields).says_range(request.to, to, upload.size)

    # ---- a server's

    def for_server(self, session, first, to, total):
        """What changes the answer, or None: not this one."""
        is_ours = self.kind.party == "server" and not self.is_done and session is self.upload.session
        if not is_ours or first < self.least or to - first < 2 or to >= total:
            return None
        self.is_done = True
        return self.kind.change


def stands_in(place, segment):
    """Does it bring the first byte of the breach?"""
    connection, side, at = place
    is_of_it = segment.connection is connection and segment.side == side
    return is_of_it and segment.offset <= at < segment.offset + len(segment.payload)
