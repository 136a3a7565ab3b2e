# SPDX-License-Identifier: GPL-2.0-or-later
"""A network in simulated time: TCP as in RFC 9293, over a path that loses, doubles and delays, past two taps.

Positions are offsets into a stream, 0 the first byte after the SYN; they become sequence numbers where a segment is
sent.  Only what can be seen on the wire is modelled: congestion is a window that is chosen once."""
import collections
import heapq

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
CLOSED, SYN_SENT, SYN_RECEIVED, ESTABLISHED = "closed", "syn sent", "syn received", "established"
NUMBERS = 2**32
WINDOW = 65535
FIRST_TIMEOUT, LONGEST_TIMEOUT = 0.25, 3  # seconds
PATIENCE = 12  # retransmissions without an answer until an end gives up
CLIENT, SERVER = 0, 1  # the side that opened the connection, and the other

# offset: of the first byte in the stream of its side; the SYN's is -1
Segment = collections.namedtuple("Segment", "connection side flags seq ack window payload offset ident")
Seen = collections.namedtuple("Seen", "time segment")  # by a tap


class Network:
    """The clock, what is due, and the path: client, first tap, second tap, server."""

    def __init__(self, rng):
        self.rng, self.now, self.due, self.count = rng, 0.0, [], 0
        self.loss = rng.choice((0, 0, 0, 0.01, 0.04))
        self.doubling = rng.choice((0, 0, 0.01))
        self.jitter = rng.choice((0, 0, 0.0005, 0.003))
        self.delays = [rng.uniform(0.0001, 0.02) for _ in range(3)]
        self.taps = ([], [])
        self.connections = []

    def after(self, delay, action, *arguments):
        self.count += 1  # of what is due at the same time, the first comes first
        heapq.heappush(self.due, (self.now + delay, self.count, action, arguments))

    def run(self, steps, until):
        """False: it did not come to rest."""
        for _ in range(steps):
            if not self.due or self.due[0][0] > until:
                return True
            self.now, _, action, arguments = heapq.heappop(self.due)
            action(*arguments)
        return False

    def carry(self, segment, receiver):
        """Each leg keeps the order, but for its jitter; what is lost on a leg was seen by the taps before it."""
        legs, taps = list(zip(self.delays, (0, 1, None))), self.taps
        if segment.side == SERVER:
            legs = list(zip(reversed(self.delays), (1, 0, None)))
        lost_on = self.rng.randrange(3) if self.rng.random() < self.loss else None
        delay = 0
        for number, (leg, tap) in enumerate(legs):
            delay += leg + (self.rng.uniform(0, self.jitter) if self.rng.random() < 0.3 else 0)
            if number == lost_on:
                return
            if tap is not None:
                self.after(delay, taps[tap].append, Seen(self.now + delay, segment))
        self.after(delay, receiver.receive, segment)
        if self.rng.random() < self.doubling:
            self.after(delay + self.rng.uniform(0, 0.01), receiver.receive, segment)


class Connection:
    """Two ends, and which bytes of which file lie where in the client's stream: (from, to, upload, offset)."""

    def __init__(self, network, client, server):
        self.network, self.number, self.is_cut, self.carried = network, len(network.connections), False, []
        network.connections.append(self)
        self.ends = [Endpoint(self, CLIENT, client), Endpoint(self, SERVER, server)]

    @property
    def pair(self):
        return [end.address for end in self.ends]

    def forget(self):
        """Both ends are gone for good, and so is what is under way: the ports may be used again."""
        self.is_cut = True
        for end in self.ends:
            end.is_gone = True


class Endpoint:
    """One end.  Its application is told opened(end), received(end, data) and closed(end, by_reset)."""

    def __init__(self, connection, side, address):
        rng = connection.network.rng
        self.connection, self.network, self.side, self.address = connection, connection.network, side, address
        self.application = None
        wraps_soon = rng.random() < 0.35
        self.iss = NUMBERS - rng.randrange(1, 6000) if wraps_soon else rng.randrange(NUMBERS)
        self.irs, self.state, self.is_gone = None, CLOSED, False
        self.stream, self.snd_una, self.snd_nxt, self.snd_wnd = bytearray(), 0, 0, WINDOW
        self.rcv_nxt, self.early, self.is_busy = 0, {}, False  # busy: the window that it announces is 0
        self.is_closing = self.fin_sent = self.fin_received = False
        self.fin_of_peer = None
        self.mss = rng.choice((200, 536, 1000, 1460, 1460))
        self.window = rng.choice((4, 10, 40)) * self.mss
        self.unacknowledged, self.timeout, self.timer, self.attempts = 0, FIRST_TIMEOUT, 0, 0
        self.ident = rng.randrange(65536)

    @property
    def peer(self):
        return self.connection.ends[1 - self.side]

    @property
    def end_of_sent(self):
        """A FIN takes a number of its own."""
        return self.snd_nxt + self.fin_sent

    # ---- what the application asks for

    def connect(self):
        self.state = SYN_SENT
        self.shake_hands(SYN, SYN_SENT)

    def send(self, data):
        if not self.is_gone and not self.is_closing:
            self.stream += data
            self.push()

    def close(self):
        if not self.is_gone:
            self.is_closing = True
            self.push()

    def reset(self):
        if not self.is_gone:
            self.is_gone = True
            self.transmit(RST | ACK, self.snd_nxt)

    def keep_alive(self):
        """The byte before the next one: none, or a zero, whatever had been there (RFC 9293 3.8.4)."""
        if not self.is_gone and self.state == ESTABLISHED and self.snd_nxt == self.snd_una:
            garbage = b"\0" if self.snd_nxt > 0 and self.network.rng.random() < 0.5 else b""
            self.transmit(ACK, self.snd_nxt - 1, garbage)

    def pause(self, seconds):
        """The application does not read, and the window closes."""
        self.is_busy = True
        self.network.after(seconds, self.resume)

    def resume(self):
        self.is_busy = False
        if not self.is_gone:
            self.transmit(ACK, self.snd_nxt)

    # ---- sending

    def transmit(self, flags, offset, payload=b""):
        if self.connection.is_cut:
            return
        self.ident = (self.ident + 1) % 65536
        seq, ack = (self.iss + 1 + offset) % NUMBERS, 0
        if flags & ACK:
            ack = (self.irs + 1 + self.rcv_nxt + self.fin_received) % NUMBERS
            self.unacknowledged = 0
        window = 0 if self.is_busy else WINDOW
        segment = Segment(self.connection, self.side, flags, seq, ack, window, payload, offset, self.ident)
        self.network.carry(segment, self.peer)

    def acknowledge(self):
        self.transmit(ACK, self.end_of_sent)

    def acknowledge_late(self):
        if self.unacknowledged and not self.is_gone:
            self.acknowledge()

    def shake_hands(self, flags, state):
        """Until the other side answers it."""
        if self.state == state and not self.is_gone and self.attempts < 7:
            self.attempts += 1
            self.transmit(flags, -1)
            self.network.after(1.0, self.shake_hands, flags, state)

    def room(self):
        """How many bytes the windows leave."""
        return min(self.window, self.snd_wnd) - (self.snd_nxt - self.snd_una)

    def push(self):
        """Whatever may be sent now is sent."""
        if self.is_gone or self.state != ESTABLISHED:
            return
        while self.snd_nxt < len(self.stream) and self.room() > 0:
            size = min(self.mss, len(self.stream) - self.snd_nxt, self.room())
            if self.network.rng.random() < 0.1:
                size = self.network.rng.randrange(1, size + 1)
            self.send_new(size)
        if self.is_closing and not self.fin_sent and self.snd_nxt == len(self.stream):
            self.fin_sent = True
            self.transmit(FIN | ACK, self.snd_nxt)
            self.start_timer()
        if self.snd_wnd == 0 and self.snd_nxt < len(self.stream):
            self.network.after(0.3, self.probe)

    def send_new(self, size):
        start, self.snd_nxt = self.snd_nxt, self.snd_nxt + size
        push = PSH if self.snd_nxt == len(self.stream) else 0
        self.transmit(ACK | push, start, bytes(self.stream[start : start + size]))
        self.start_timer()

    def probe(self):
        """The window is closed: some ask with an old number and no byte, some with the next byte (RFC 9293 3.8.6.1)."""
        if self.is_gone:
            return
        if self.snd_wnd > 0 or self.snd_nxt >= len(self.stream):
            self.push()
            return
        if self.network.rng.random() < 0.5:
            self.transmit(ACK, self.snd_nxt - 1)
        elif self.snd_nxt == self.snd_una:
            self.send_new(1)
        self.network.after(0.3, self.probe)

    def start_timer(self):
        self.timer += 1
        self.network.after(self.timeout, self.retransmit, self.timer)

    def retransmit(self, timer):
        """The oldest bytes, and not as they were cut before."""
        if self.is_gone or timer != self.timer or self.snd_una >= self.end_of_sent:
            return
        self.attempts += 1
        if self.attempts > PATIENCE:
            self.is_gone = True
            return
        most = self.network.rng.choice((self.mss, self.mss // 2, self.mss * 2 if self.mss < 700 else self.mss))
        payload = bytes(self.stream[self.snd_una : min(self.snd_una + most, self.snd_nxt)])
        self.transmit(ACK | PSH if payload else FIN | ACK, self.snd_una if payload else self.snd_nxt, payload)
        self.timeout = min(self.timeout * 2, LONGEST_TIMEOUT)
        self.start_timer()

    # ---- receiving

    def receive(self, segment):
        if self.is_gone or self.connection.is_cut:
            return
        if segment.flags & RST:
            self.is_gone = True
            self.application.closed(self, True)
        elif segment.flags & SYN:
            self.receive_syn(segment)
        elif self.irs is not None:
            self.receive_established(segment)

    def receive_syn(self, segment):
        self.irs = segment.seq
        if segment.flags & ACK and self.state == SYN_SENT:
            self.state, self.attempts = ESTABLISHED, 0
            self.transmit(ACK, 0)
            self.application.opened(self)
        elif segment.flags & ACK:
            self.acknowledge()
        elif self.state == CLOSED:
            self.state = SYN_RECEIVED
            self.shake_hands(SYN | ACK, SYN_RECEIVED)
        elif self.state == SYN_RECEIVED:
            self.transmit(SYN | ACK, -1)

    def receive_established(self, segment):
        if self.state == SYN_RECEIVED and segment.flags & ACK:
            self.state, self.attempts = ESTABLISHED, 0
        if self.state != ESTABLISHED:
            return
        if segment.flags & ACK:
            self.receive_acknowledgment(segment)
        if segment.payload or segment.flags & FIN:
            self.receive_data(segment, self.offset_of(segment))
        elif self.offset_of(segment) < self.rcv_nxt:
            self.acknowledge()  # it asks whether somebody is there

    def offset_of(self, segment):
        offset = (segment.seq - self.irs - 1) % NUMBERS
        return offset - NUMBERS if offset > NUMBERS // 2 else offset

    def receive_acknowledgment(self, segment):
        acknowledged = (segment.ack - self.iss - 1) % NUMBERS
        if acknowledged > self.end_of_sent:
            return  # of something that was never sent, or of the SYN
        if acknowledged >= self.snd_una:
            self.snd_wnd = segment.window
        if acknowledged > self.snd_una:
            self.snd_una, self.timeout, self.attempts = acknowledged, FIRST_TIMEOUT, 0
            if self.snd_una < self.end_of_sent:
                self.start_timer()
        self.push()

    def receive_data(self, segment, offset):
        end = offset + len(segment.payload)
        brings_fin = bool(segment.flags & FIN) and not self.fin_received
        if end <= self.rcv_nxt and not (brings_fin and end == self.rcv_nxt):
            self.acknowledge()  # it had come before
            return
        if segment.payload:
            self.early[offset] = max(self.early.get(offset, b""), segment.payload, key=len)
        if segment.flags & FIN:
            self.fin_of_peer = end
        data = self.take_in_order()
        ends_now = not self.fin_received and self.rcv_nxt == self.fin_of_peer
        self.fin_received |= ends_now
        self.acknowledge_as_due(bool(self.early) or ends_now)
        if data:
            self.application.received(self, data)
        if ends_now:
            self.application.closed(self, False)

    def take_in_order(self):
        data = b""
        for offset in sorted(self.early):
            if offset > self.rcv_nxt:
                break
            fresh = self.early.pop(offset)[self.rcv_nxt - offset :]
            data, self.rcv_nxt = data + fresh, self.rcv_nxt + len(fresh)
        return data

    def acknowledge_as_due(self, at_once):
        self.unacknowledged += 1
        if at_once or self.unacknowledged >= 2 or self.network.rng.random() < 0.2:
            self.acknowledge()
        else:
            self.network.after(self.network.rng.uniform(0, 0.04), self.acknowledge_late)
