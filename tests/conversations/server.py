# SPDX-License-Identifier: GPL-2.0-or-later
"""A BITS server that keeps the rules of [MC-BUP]; its sessions are the truth of what it had."""
import uuid

from conversations import http

PROTOCOL = "{7df0354d-249b-430f-820d-3d2a9bef4931}"
PACKET_ACK = ("BITS-Packet-Type", "Ack")
LONGEST_BREAK = 0.05  # seconds, within an answer


class Session:
    """What the server knows of an upload."""

    def __init__(self, session_id):
        self.id, self.content, self.total, self.state = session_id, bytearray(), None, "open"

    def store(self, first, body, total):
        self.total = total
        if first <= len(self.content) < first + len(body):
            self.content += body[len(self.content) - first :]


class Server:
    """What its connections have in common."""

    def __init__(self, network, habits, address, breach):
        self.network, self.habits, self.address, self.breach, self.sessions = network, habits, address, breach, {}

    def accept(self, connection):
        ServerConnection(self, connection.ends[1])

    def new_session(self):
        session_id = self.new_id()
        self.sessions[session_id] = Session(session_id)
        return session_id

    def new_id(self):
        if self.habits.ids == "opaque":
            return f"job{len(self.sessions)}"
        if self.habits.ids == "guid":
            return "{%s}" % str(uuid.UUID(int=self.network.rng.getrandbits(128))).upper()
        free = (str(number) for number in range(1, 99))
        return next(name for name in free if name not in self.sessions or self.sessions[name].state != "open")


class ServerConnection:
    """One connection as the server has it: requests are read as they come, and answered after a while."""

    def __init__(self, server, end):
        self.server, self.end, self.network, self.habits = server, end, server.network, server.habits
        self.rng = server.network.rng
        end.application = self
        self.reader = http.Reader(self.take_request, self.take_head, self.take_part)
        self.ntlm_legs, self.is_refused, self.dies_at, self.die, self.busy_until = 0, None, None, None, 0

    # ---- what TCP tells

    def received(self, _, data):
        self.reader.feed(data)

    def closed(self, end, by_reset):
        if not by_reset:
            self.keep_part()
            end.close()
        self.reader.stop()

    # ---- a request while it comes

    def take_head(self, request):
        self.dies_at = None
        self.is_refused = self.challenged if self.is_challenged(request.fields) else None
        if self.is_refused or request.fields.get("bits-packet-type") != "Fragment":
            return
        length = int(request.fields["content-length"])
        if self.rng.random() < self.habits.busy:
            self.end.pause(self.rng.uniform(0.3, 1.5))
        if length > self.habits.largest_fragment and self.habits.refuses_early:
            self.is_refused = lambda request: None
            self.answer(413, [PACKET_ACK], pause=0)
        elif "expect" in request.fields:
            self.network.after(0, self.end.send, http.answer(100))
        self.plan_death(length)

    def plan_death(self, length):
        for chance, die in ((self.habits.resets, self.end.reset), (self.habits.hangs_up, self.end.close)):
            if length and self.rng.random() < chance:
                self.dies_at, self.die = self.rng.randrange(length + 1), die

    def take_part(self, request):
        if self.dies_at is not None and len(request.body) >= self.dies_at and not self.is_refused:
            self.keep_part()
            self.reader.stop()
            self.die()

    def keep_part(self):
        """The connection ends within a Fragment."""
        request, self.reader.message = self.reader.message, None
        if not request or self.is_refused or not self.habits.keeps_interrupted:
            return
        session = self.server.sessions.get(request.fields.get("bits-session-id"))
        if session and session.state == "open" and "content-range" in request.fields:
            first, _, total = http.range_of(request.fields)
            session.store(first, request.body, total)

    # ---- a challenge

    def is_challenged(self, fields):
        if self.ntlm_legs == 1 and "TYPE3" in fields.get("authorization", ""):
            self.ntlm_legs = 2
        return self.habits.challenges and self.ntlm_legs < 2

    def challenged(self, request):
        offers = [("WWW-Authenticate", "NTLM"), ("WWW-Authenticate", "Negotiate")]
        if "TYPE1" in request.fields.get("authorization", ""):
            self.ntlm_legs, offers = 1, [("WWW-Authenticate", "NTLM TYPE2challenge")]
        self.answer(401, offers, body="<html>no</html>")

    # ---- a request that is whole

    def take_request(self, request):
        if self.is_refused:
            self.is_refused(request)
            return
        kinds = {"Ping": self.ping, "Create-Session": self.create}
        kind = kinds.get(request.fields.get("bits-packet-type"), self.step)
        kind(request)

    def ping(self, _):
        self.answer(200, [PACKET_ACK])

    def create(self, _):
        fields = [("BITS-Protocol", PROTOCOL), ("BITS-Session-Id", self.server.new_session())]
        self.answer(200, [PACKET_ACK, *fields, ("Accept-Encoding", "identity")], may_close=True)

    def step(self, request):
        """Fragment, Close-Session or Cancel-Session, or something that nobody who keeps the rules sends."""
        kinds = {"Fragment": self.fragment, "Close-Session": self.end_session, "Cancel-Session": self.end_session}
        kind = kinds.get(request.fields["bits-packet-type"])
        session = self.server.sessions.get(request.fields.get("bits-session-id"))
        if not kind or request.line[0] != "BITS_POST" or "bits-session-id" not in request.fields:
            self.refuse(400, "0x80070057")
        elif not session or session.state != "open":
            self.refuse(500, "0x8020001F")
        elif self.rng.random() < self.habits.fails:
            self.answer(503)
        else:
            kind(request, session, [PACKET_ACK] + [("BITS-Session-Id", session.id)] * self.habits.repeats_id)

    def fragment(self, request, session, fields):
        first, to, total = http.range_of(request.fields) if "content-range" in request.fields else (0, 0, 0)
        held = len(session.content)
        if first >= to or session.total not in (None, total):
            self.refuse(400, "0x80070057")
        elif to - first > self.habits.largest_fragment:
            self.answer(413, fields)
        elif first > held or (first < held and not self.habits.absorbs_overlap):
            error = [("BITS-Error-Code", "0x0"), ("BITS-Error-Context", "0x5")]
            self.answer(416, [*fields, ("BITS-Received-Content-Range", held), *error])
        elif first == held and self.rng.random() < self.habits.takes_nothing:
            self.answer(200, [*fields, ("BITS-Received-Content-Range", held)])
        else:
            self.accept(request, session, fields)

    def accept(self, request, session, fields):
        breach, (first, to, total) = self.server.breach, http.range_of(request.fields)
        breaks = breach.for_server(session, first, to, total) if breach else None
        if not breaks or breach.kind.stores:
            session.store(first, request.body, total)
        fields, status = [*fields, ("BITS-Received-Content-Range", len(session.content))], 200
        if breaks:
            status, fields = breaks(fields, len(session.content), total)
        self.answer(status, fields, may_close=not breaks, breach=breach if breaks else None)

    def end_session(self, request, session, fields):
        session.state = "closed" if request.fields["bits-packet-type"] == "Close-Session" else "cancelled"
        self.answer(200, fields, may_close=True)

    # ---- answers

    def refuse(self, status, code):
        self.answer(status, [PACKET_ACK, ("BITS-Error-Code", code), ("BITS-Error-Context", "0x5")])

    def answer(self, status, fields=(), body="", pause=None, may_close=False, breach=None):
        is_chunked = self.habits.chunked_acks and status != 401
        text = http.answer(status, [*self.habits.server_name, *fields], body, is_chunked)
        closes = may_close and self.rng.random() < self.habits.closes_after_answer
        pause = self.rng.choice((0, 0.001, self.rng.uniform(0, 0.2))) if pause is None else pause
        start = max(self.network.now + pause, self.busy_until)  # one answer after the other
        self.busy_until = start + LONGEST_BREAK
        self.network.after(start - self.network.now, self.send, text, closes, breach)

    def send(self, text, closes, breach):
        """Sometimes in two parts."""
        if breach:
            breach.stands_at(self.end)
        cut = self.rng.randrange(1, len(text)) if self.rng.random() < 0.05 else len(text)
        self.end.send(text[:cut])
        pause = self.rng.uniform(0, LONGEST_BREAK) if cut < len(text) else 0
        self.network.after(pause, self.send_rest, text[cut:], closes)

    def send_rest(self, text, closes):
        self.end.send(text)
        if closes:
            self.end.close()
            if self.habits.proxy:  # the same: nothing is kept that is answered 502
                self.reader.stop()
