# SPDX-License-Identifier: GPL-2.0-or-later
"""Who speaks in a conversation: a proxy, clients, and a BITS server (server.py).  They keep the rules of [MC-BUP]; what
these leave open is chosen at random, once a conversation."""
from conversations import http
from conversations.network import Connection

UNLIMITED = 10**9
KNOWN = 3  # legs of a connection that is challenged no more
PORTS_REST = 4  # seconds until the port of a closed connection is used again


class Habits:
    """What the parties do that no rule decides."""

    def __init__(self, rng, is_simple):
        self.proxy = None if is_simple else rng.choice((None,) * 8 + ("forward", "reverse"))
        self.challenges = rng.random() < 0.25 and not self.proxy  # NTLM
        self.ids = rng.choice(("guid",) * 4 + ("recycled", "opaque"))
        # the server
        self.absorbs_overlap = rng.random() < 0.5
        self.largest_fragment = UNLIMITED if is_simple else rng.choice((UNLIMITED,) * 4 + (6000, 9000))
        self.refuses_early = rng.random() < 0.5  # what is too large, at its head
        self.chunked_acks = rng.random() < 0.1
        self.repeats_id = rng.random() < 0.7
        self.server_name = [("Server", "Microsoft-IIS/10.0")] if rng.random() < 0.5 else []
        self.busy = rng.choice((0, 0, 0.2))  # how often its window closes
        self.takes_nothing = 0 if is_simple else rng.choice((0, 0, 0, 0.07))  # and says so, with 200
        self.closes_after_answer = 0 if is_simple else rng.choice((0, 0, 0.1, 0.3))
        self.fails = 0 if is_simple else rng.choice((0, 0, 0, 0.1))
        self.resets = 0 if is_simple else rng.choice((0, 0, 0, 0.05, 0.12))  # within a Fragment
        self.hangs_up = 0 if is_simple else rng.choice((0, 0, 0.03))  # the same, with a FIN
        # A proxy answers 502 to a Fragment whose connection died, and a 502 refuses its bytes for good: that the server
        # had kept them all the same is not believed, so that it would be missed here.
        self.keeps_interrupted = rng.random() < 0.6 and not self.proxy
        # the client
        self.expects_continue = rng.random() < 1 / 6 and not self.proxy
        self.sends_head_alone = rng.random() < 0.5
        self.first_leg_is_empty = rng.random() < 0.5
        self.keep_alives = rng.choice((0, 0, 0.3))
        self.leaves = 0 if is_simple else 0.08  # its connection, between two Fragments


class Proxy:
    """Hands on whole messages, on a connection of its own for each of a client's."""

    def __init__(self, network, address, server):
        self.network, self.address, self.server, self.uploads = network, address, server, []
        self.next_port = network.rng.randrange(1025, 60000)

    def accept(self, connection):
        ProxyConnection(self, connection.ends[1])

    def connect(self, application):
        self.next_port += 1
        connection = Connection(self.network, (self.address[0], self.next_port), self.server.address)
        self.server.accept(connection)
        connection.ends[0].application = application
        connection.ends[0].connect()
        return connection.ends[0]


class ProxyConnection:
    """A client's connection and the one to the server behind it, which comes and goes."""

    def __init__(self, proxy, end):
        self.proxy, self.end, self.behind, self.is_open = proxy, end, None, False
        self.waiting, self.is_asking = [], False
        end.application = self
        self.requests, self.answers = http.Reader(self.take_request), None

    def opened(self, _):
        self.is_open = True
        self.hand_on()

    def received(self, end, data):
        (self.requests if end is self.end else self.answers).feed(data)

    def take_request(self, request):
        self.waiting.append(request)
        self.hand_on()

    def hand_on(self):
        if self.is_asking or not self.waiting:
            return
        if not self.behind:
            self.is_open, self.answers = False, http.Reader(self.take_answer)
            self.behind = self.proxy.connect(self)
        elif self.is_open:
            self.is_asking = True
            self.send_request(self.waiting[0])

    def send_request(self, request):
        method, target, _ = request.line
        path = "/" + target.split("/", 3)[3] if target.startswith("http://") else target
        fields = http.fields_text(request.fields.items())
        head = f"{method} {path} HTTP/1.1\r\n{fields}Via: 1.1 proxy\r\n\r\n".encode()
        session = self.proxy.server.sessions.get(request.fields.get("bits-session-id"))
        upload = next((upload for upload in self.proxy.uploads if session and upload.session is session), None)
        if request.body and upload and "content-range" in request.fields:
            at = len(self.behind.stream) + len(head)
            first, _, _ = http.range_of(request.fields)
            self.behind.connection.carried.append((at, at + len(request.body), upload, first))
        self.behind.send(head + request.body)

    def take_answer(self, message):
        fields = {name: value for name, value in message.fields.items() if name != "transfer-encoding"}
        fields.setdefault("content-length", 0)
        head = f"{' '.join(message.line)}\r\n{http.fields_text(fields.items())}Via: 1.1 proxy\r\n\r\n".encode()
        self.hand_back(head + message.body)

    def hand_back(self, text):
        self.is_asking = False
        self.waiting.pop(0)
        self.end.send(text)
        self.hand_on()

    def closed(self, end, by_reset):
        if not by_reset:
            end.close()
        if end is self.end and self.behind:
            self.behind.close()
        elif end is self.behind:
            self.behind = None
            if self.is_asking:
                self.hand_back(b"HTTP/1.1 502 Bad Gateway\r\nVia: 1.1 proxy\r\nContent-Length: 3\r\n\r\nbad")


class Client:
    """Goes through a script, a generator of what to do next: a step ends with the next one, which gets its result.  An
    answer is a Message; None: the connection ended before it came."""

    def __init__(self, conversation):
        self.conversation, self.network, self.habits = conversation, conversation.network, conversation.habits
        self.rng, self.script, self.end, self.reader = self.network.rng, None, None, None
        self.is_connected, self.awaited, self.legs, self.held_back, self.body_stays_away = False, 0, 0, None, False

    def run(self, script):
        self.script = script
        self.network.after(self.rng.uniform(0, 0.05), self.go_on)

    def go_on(self, result=None):
        try:
            step = self.script.send(result)
        except StopIteration:
            return
        step()

    # ---- steps

    def pause(self, seconds):
        self.network.after(seconds, self.go_on)

    def connect(self):
        connection = self.conversation.new_connection()
        self.end, self.reader = connection.ends[0], http.Reader(self.take_answer, self.take_head)
        self.end.application, self.is_connected, self.legs = self, True, 0
        self.end.connect()

    def disconnect(self):
        if self.is_connected:
            self.is_connected = False
            if self.rng.random() < 0.8:
                self.end.close()
                self.network.after(PORTS_REST, self.conversation.release, self.end.connection)
            else:
                self.end.reset()
        self.pause(0.01)

    def ask(self, request, upload, waits_for=1):
        if not self.is_connected:
            self.network.after(0, self.go_on, None)
            return
        self.awaited, self.body_stays_away = waits_for, False
        self.write(request, upload)
        if self.rng.random() < self.habits.keep_alives:
            self.network.after(2.0, self.end.keep_alive)

    def write(self, request, upload):
        """With the bytes that it says it brings."""
        body = upload.content[request.first : request.to]
        head = request.head(self.conversation.target(upload.path), self.conversation.host, len(body))
        if body:
            at = len(self.end.stream) + len(head)
            self.end.connection.carried.append((at, at + len(body), upload, request.first))
        if body and any(name == "Expect" for name, _ in request.fields):
            self.held_back = body
            self.end.send(head)
            self.network.after(1.0, self.send_body, body, self.end)
        elif self.habits.sends_head_alone:
            self.end.send(head)
            self.end.send(body)
        else:
            self.end.send(head + body)

    def send_body(self, body, end):
        """When 100 came, or did not come for long."""
        if self.held_back is body and self.end is end:
            self.held_back = None
            end.send(body)

    # ---- what TCP tells

    def opened(self, _):
        self.network.after(0, self.go_on)

    def received(self, end, data):
        if end is self.end:
            self.reader.feed(data)

    def closed(self, end, by_reset):
        if end is not self.end:
            return
        self.is_connected = False
        if not by_reset:
            end.close()
        if self.awaited:
            self.awaited = 0
            self.network.after(0, self.go_on, None)

    # ---- answers

    def take_head(self, message):
        if http.status_of(message) == 100 and self.held_back:
            self.send_body(self.held_back, self.end)

    def take_answer(self, message):
        if http.status_of(message) < 200 or not self.awaited:
            return
        if self.held_back:
            self.held_back, self.body_stays_away = None, True
        self.awaited -= 1
        if not self.awaited:
            self.network.after(self.rng.choice((0, 0, 0.001, self.rng.uniform(0, 0.1))), self.go_on, message)
