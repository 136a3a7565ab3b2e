# SPDX-License-Identifier: GPL-2.0-or-later
"""A conversation: who is there, which files are uploaded, and how.  What becomes of an upload is put down with it."""
import functools
import random

from conversations import http, parties, server
from conversations.network import Connection, Network

# Contents that look like what surrounds them.
LOOKS_LIKE_HTTP = (
    b"BITS_POST /x HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Frobnicate\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 5\r\n\r\nhello",
    b"BITS_POST /x HTTP/1.0\r\nHost: h\r\nBITS-Packet-Type: Fragment\r\nBITS-Session-Id: "
    b"{11112222-3333-4444-5555-666677778888}\r\nContent-Range: bytes 7-3/2\r\nContent-Length: 11\r\n\r\n",
    b"bits_post /x HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Create-Session\r\nContent-Length: 9\r\n\r\n",
)
TRIES = 60  # of Fragments, then the upload is left open
LEAST_FRAGMENT = 5120  # bytes; no client makes them smaller after a 413
STEPS, LONGEST = 60000, 3000  # events, seconds


def content(rng, size, looks_like_http):
    text = b""
    while looks_like_http and len(text) < size:
        text += rng.choice(LOOKS_LIKE_HTTP) + rng.randbytes(rng.choice((0, 0, 0, 50, 150)))
    return (text or rng.randbytes(size))[:size]


class Upload:
    """A file and the script that sends it; id, session and ended are what became of it."""

    def __init__(self, conversation, number):
        rng = conversation.rng
        self.conversation, self.rng, self.habits, self.client = conversation, rng, conversation.habits, None
        size = rng.choice((1, rng.randrange(1, 3000), rng.randrange(5000, 40000), rng.randrange(5000, 40000)))
        self.content = content(rng, size, conversation.looks_like_http)
        self.path = f"/in/f{0 if conversation.shares_path else number}.bin"
        self.cancel_at = rng.randrange(size) if rng.random() < 0.1 else None
        self.id, self.session, self.ended = None, None, None
        self.at, self.size, self.limit = 0, size, rng.choice((LEAST_FRAGMENT, 7000, 12000, 30000))
        self.latest = None  # Fragment: (first, to)
        self.name = [("Content-Name", f"f{number}.bin")] if rng.random() < 0.3 else []

    # ---- the script

    def script(self, client):
        self.client = client
        if self.rng.random() < 0.4 and not (yield from self.exchange(http.Request("Ping"))):
            yield from self.wait()
        yield from self.create()
        yield from self.send_file()
        if self.rng.random() < 0.2:
            yield from self.exchange(http.Request("Ping"))
        if self.at == self.size or self.is_taken_back():
            yield from self.finish()

    def create(self):
        offer = [("BITS-Supported-Protocols", server.PROTOCOL), *self.name]
        while not self.id:
            answer = yield from self.exchange(http.Request("Create-Session", offer))
            if answer and "bits-session-id" in answer.fields:
                self.id = answer.fields["bits-session-id"]
                self.session = self.conversation.server.sessions[self.id]
            else:
                yield from self.wait()

    def send_file(self):
        for _ in range(TRIES):
            if self.at >= self.size or self.is_taken_back():
                return
            yield from self.fragment()
            if self.rng.random() < self.habits.leaves:
                yield self.client.disconnect
            if self.rng.random() < 0.1:
                yield self.pausing(self.rng.uniform(0, 3))

    def is_taken_back(self):
        return self.cancel_at is not None and self.cancel_at <= self.at < self.size

    def fragment(self):
        to = min(self.at + self.limit, self.size)
        request = http.Request("Fragment", [("BITS-Session-Id", self.id), *self.name])
        request.says_range(self.at, to, self.size)
        breach = self.conversation.breach
        if breach and breach.for_client(self, request):
            answer = yield from breach.commit(self, request)
        else:
            answer = yield from self.exchange(request)
        self.latest = (self.at, to)
        yield from self.go_by(answer, to)

    def go_by(self, answer, to):
        """Where the next Fragment begins."""
        status = http.status_of(answer) if answer else 0
        received = answer.fields.get("bits-received-content-range", "") if answer else ""
        is_sane = received.isdigit() and int(received) <= self.size
        if status in (200, 416):
            breach = self.conversation.breach
            is_misleading = not is_sane or (breach and breach.misleads and int(received) == to - 1)
            self.at = to if is_misleading else int(received)
        elif status == 413:
            self.limit = max(LEAST_FRAGMENT, (to - self.at) // 2)
        else:
            yield from self.wait()

    def finish(self):
        kind = "Cancel-Session" if self.is_taken_back() else "Close-Session"
        for _ in range(4):
            answer = yield from self.exchange(http.Request(kind, [("BITS-Session-Id", self.id)]))
            if answer and http.status_of(answer) == 200:
                self.ended = kind
            if answer and http.status_of(answer) in (200, 500):
                return
            yield from self.wait()

    # ---- its steps

    def pausing(self, seconds):
        return functools.partial(self.client.pause, seconds)

    def wait(self):
        """After a failure a client waits for at least five seconds."""
        yield self.pausing(6 + self.rng.random())

    def exchange(self, request):
        """Until something else than a challenge answers it."""
        while True:
            if not self.client.is_connected:
                yield self.client.connect
                if self.id and request.packet_type != "Ping" and self.rng.random() < 0.7:
                    yield from self.exchange(http.Request("Ping"))
            answer = yield functools.partial(self.client.ask, self.leg(request), self)
            if self.client.body_stays_away:
                self.habits.expects_continue = False
                yield self.client.disconnect
            if not answer:
                return None
            self.client.legs = self.client.legs + 1 if http.status_of(answer) == 401 else parties.KNOWN
            if self.client.legs == parties.KNOWN:
                return answer

    def leg(self, request):
        """The request with the credentials of this connection; the first one of NTLM need not bring the body."""
        leg, legs = request.copy(), self.client.legs
        if self.habits.challenges and legs in (1, 2):
            leg.fields.append(("Authorization", ("NTLM TYPE1abc", "NTLM TYPE3xyz")[legs - 1]))
        if self.habits.challenges and legs < 2 and self.habits.first_leg_is_empty:
            leg.first = leg.to
        if self.habits.expects_continue and leg.first < leg.to:
            leg.fields.append(("Expect", "100-continue"))
        return leg


class Conversation:
    """A seed, played to its end."""

    def __init__(self, seed, breach=None, is_simple=False):
        self.rng = rng = random.Random(seed)
        self.network, self.habits, self.breach = Network(rng), parties.Habits(rng, is_simple), breach
        self.has_ipv6, self.host = rng.random() < 0.15, "up.example"
        self.server = server.Server(self.network, self.habits, self.address(1, 80), breach)
        self.proxy = parties.Proxy(self.network, self.address(9, 8080), self.server)
        self.next_port, self.free_ports = rng.randrange(1025, 60000), []
        self.looks_like_http = not breach and rng.random() < 0.3
        self.shares_path = rng.random() < 0.3
        self.uploads = [Upload(self, number) for number in range(rng.choice((1, 1, 1, 2, 3)))]
        self.proxy.uploads = self.uploads
        if breach:
            breach.upload = self.uploads[0]
        self.start()
        self.has_ended = self.network.run(STEPS, LONGEST) and all(self.network.taps)
        for tap in self.network.taps:
            tap.sort(key=lambda seen: seen.time)

    def start(self):
        if self.rng.random() < 0.5:
            for upload in self.uploads:
                client = parties.Client(self)
                client.run(upload.script(client))
        else:
            client = parties.Client(self)
            client.run(self.in_turn(client))

    def in_turn(self, client):
        for upload in self.uploads:
            yield from upload.script(client)
            if self.rng.random() < 0.3:
                yield client.disconnect
        if self.rng.random() < 0.7:
            yield client.disconnect

    def address(self, number, port):
        return bytes([0xFD, 0] + [0] * 13 + [number]) if self.has_ipv6 else bytes([10, 0, 0, number]), port

    def target(self, path):
        return f"http://{self.host}{path}" if self.habits.proxy == "forward" else path

    def new_connection(self):
        peer = self.proxy if self.habits.proxy else self.server
        connection = Connection(self.network, self.address(2, self.new_port()), peer.address)
        peer.accept(connection)
        return connection

    def new_port(self):
        if self.free_ports and self.rng.random() < 0.15:
            return self.free_ports.pop()
        self.next_port += self.rng.randrange(1, 5)
        return self.next_port

    def release(self, connection):
        connection.forget()
        self.free_ports.append(connection.ends[0].address[1])

    @property
    def reused_ports(self):
        """Connections whose ports an earlier one had."""
        pairs = [connection.pair for connection in self.network.connections]
        return [c for c in self.network.connections if c.pair in pairs[: c.number]]
