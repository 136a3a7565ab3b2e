# SPDX-License-Identifier: GPL-2.0-or-later
"""The faults that mutations.py puts into captures: where in a conversation, how, and what is found of whom."""
import collections
import re
from types import SimpleNamespace

import rewriting
from rewriting import CLIENT, SERVER

OTHER_GUID = "{0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9}"
KNOWN_PROTOCOL = "{7df0354d-249b-430f-820d-3d2a9bef4931}"


# ---- where a fault can be put ---------------------------------------------------------------------------------------


def of(*packets):
    return lambda x: x.packet in packets and x.ok


def anything(x):
    return x.ok and x.packet in ("ping", "create-session", "fragment", "close-session", "cancel-session")


creates, pings, closes = of("create-session"), of("ping"), of("close-session")
controls = of("ping", "create-session", "close-session", "cancel-session")
of_session = of("fragment", "close-session", "cancel-session")


def fragments(x):
    return x.packet == "fragment" and x.ok and x.range is not None and x.received == str(x.range[1]) and x.range[2] > 0


def place(x):
    return x.session.index(x)


def before(x):
    return x.session[place(x) - 1] if place(x) > 0 else None


def after(x):
    return x.session[place(x) + 1] if place(x) + 1 < len(x.session) else None


def is_first(x):
    return fragments(x) and before(x) is not None and before(x).packet == "create-session"


def is_last(x):
    return fragments(x) and x.range[1] == x.range[2]


def not_first(x):
    return fragments(x) and before(x) is not None and fragments(before(x)) and before(x).range[1] == x.range[0]


def not_last(x):
    return fragments(x) and not is_last(x) and follows_on(x)


def follows_on(x):
    return after(x) is not None and fragments(after(x)) and after(x).range[0] == x.range[1]


def is_wide(x):
    return fragments(x) and x.range[1] - x.range[0] > 100


def on_one_connection(x):
    those = x.conn.exchanges
    return after(x) in those and those.index(after(x)) == those.index(x) + 1


def is_whole(x):
    """All of the session so far is on its connection."""
    return has_creation(x) and all(y.conn is x.conn for y in x.session[: place(x) + 2])


def goes_on(x):
    """On the connection of the packet before."""
    return before(x) is not None and before(x).conn is x.conn


def creation(x, name):
    return x.session[0].a.value(name) if has_creation(x) else None


def both(*conditions):
    return lambda x: all(c(x) for c in conditions)


def has_id_in_ack(x):
    return of_session(x) and x.a.value("bits-session-id") is not None


def has_creation(x):
    return x.session[0].packet == "create-session" and x.session[0].ok


# ---- how it is put there --------------------------------------------------------------------------------------------


def ack(name, value):
    return lambda x: [x.a.set(name, value(x) if callable(value) else value)]


def ask(name, value):
    return lambda x: [x.q.set(name, value(x) if callable(value) else value)]


def without_ack(name):
    return lambda x: [x.a.remove(name)] if x.a.value(name) is not None else None


def without_ask(name):
    return lambda x: [x.q.remove(name)] if x.q.value(name) is not None else None


def status(text, **headers):
    """The answer has that status, and those headers besides; an offset only where it is given."""

    def change(x):
        changes = [x.a.set_line(f"HTTP/1.1 {text}".encode())]
        given = {name.replace("_", "-"): v(x) if callable(v) else v for name, v in headers.items()}
        for old in ("bits-received-content-range", "bits-error-code", "bits-error-context", "bits-protocol"):
            if x.a.value(old) is not None and old not in (n.lower() for n in given):
                changes.append(x.a.remove(old))
        return changes + one_place([x.a.set(name, v) for name, v in given.items()])

    return change


def one_place(edits):
    """Edits that insert at the same place, as one."""
    at = collections.defaultdict(list)
    for e in edits:
        at[e.conn, e.side, e.start, e.end].append(e)
    return [es[0]._replace(new=b"".join(e.new for e in es)) for es in at.values()]


def ranged(form):
    """Content-Range of the request, from its numbers: f first, l last, t total."""
    return lambda x: [x.q.set("Content-Range", form(SimpleNamespace(f=x.range[0], l=x.range[1] - 1, t=x.range[2])))]


def method(new):
    return lambda x: [x.q.edit(x.q.start, x.q.start + len("BITS_POST"), new)]


def version(message):
    return lambda x: [message(x).set_line(message(x).line.replace(b"HTTP/1.1", b"HTTP/1.0"))]


def answer(x, line, **headers):
    """Of the server to something of that session."""
    headers["BITS-Session-Id"] = x.q.value("bits-session-id") or x.a.value("bits-session-id")
    text = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())
    return f"HTTP/1.1 {line}\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n{text}\r\n".encode()


def changed(message, *edits):
    """The bytes of a message with edits of its own."""
    some = sorted(edits, key=lambda e: (e.start, e.end))
    moved = [e._replace(start=e.start - message.start, end=e.end - message.start) for e in some]
    return rewriting.edited(moved, message.bytes())


def behind(question, reply):
    """Another exchange behind this one, on its connection."""
    return lambda x: x.insert_behind(question(x), reply(x))


def ranged_request(x, first, last, body):
    q = x.q
    return changed(q, q.set("Content-Range", f"bytes {first}-{last - 1}/{x.range[2]}"),
                   q.set("Content-Length", last - first), q.edit(q.head_end, q.end, body))


def half_again(x):
    """The second half of x and the first bytes of what follows it."""
    first, last = (x.range[0] + x.range[1]) // 2, min(x.range[1] + 20, after(x).range[1])
    body = x.q.stream[x.q.head_end :][first - x.range[0] : x.range[1] - x.range[0]]
    more = after(x).q.stream[after(x).q.head_end :][: last - x.range[1]]
    return ranged_request(x, first, last, body + more)


def other_body(x):
    q, n = x.q, x.q.end - x.q.head_end
    return changed(q, q.edit(q.head_end, q.end, b"#" * n))


def same(x):
    return x.q.bytes()


def of_next(x):
    return after(x).q.bytes()


def next_but_one(x):
    return after(after(x)).q.bytes()


def refused(x):
    return answer(x, "416 Requested Range Not Satisfiable", BITS_Received_Content_Range=x.range[1])


def taken(x):
    return answer(x, "200 OK", BITS_Received_Content_Range=x.range[1])


def disowned(x):
    return answer(x, "500 Internal Server Error", BITS_Error_Code="0x8020001F", BITS_Error_Context="0x5")


def with_id(x, new):
    return changed(x.q, x.q.set("BITS-Session-Id", new))


def other_id(x):
    """Of the same form."""
    old = x.q.value("bits-session-id")
    return old[:-2] + ("0" if old[-2] != "0" else "1") + old[-1]


def early_hearing(x):
    """The client sent the next request before it had heard anything of the answer to this one."""
    later, moved = after(x), []
    for s in x.conn.segments:
        if s.side == CLIENT and s.ack is not None and s.ack > x.a.start and s.frame <= later.frame:
            moved.append(rewriting.Heard(x.conn, s.frame, x.a.start))
    return moved


def late_answer(x):
    """The next request, on a connection of its own, does not wait for this answer."""
    return [rewriting.Delay(x.conn, x.conn.frame_of(SERVER, x.a.start), after(x).last_frame, 700_000_000)]


def swapped(x):
    """This Fragment and the next change places, and the server takes both as they come."""
    y = after(x)
    return [x.q.edit(x.q.start, x.q.end, y.q.bytes()), y.q.edit(y.q.start, y.q.end, x.q.bytes()),
            x.a.set("BITS-Received-Content-Range", y.range[1]), y.a.set("BITS-Received-Content-Range", y.range[1])]


def can_swap(x):
    return (not_last(x) and on_one_connection(x) and len(x.q.bytes()) == len(after(x).q.bytes())
            and len(str(x.range[1])) == len(str(after(x).range[1])))


def everywhere(new):
    """Another session id in every message of the session."""

    def change(x):
        spans = [m for y in x.session for m in (y.q, y.a) if m.value("bits-session-id") is not None]
        return [m.set("BITS-Session-Id", new) for m in spans]

    return change


def left_out(x):
    return x.remove()


def with_body(message):
    return lambda x: message(x).add_body(b"hello") if message(x).value("content-length") == "0" else None


def ask_twice(name, value):
    return lambda x: [x.q.add(name, value(x) if callable(value) else value)] if x.q.value(name) is not None else None


def question(x):
    return x.q


def reply(x):
    return x.a


# ---- the table ------------------------------------------------------------------------------------------------------

Row = collections.namedtuple("Row", "name where how expects undecided ends", defaults=(None, False))
# undecided: why it cannot be proven;  ends: the capture ends with that answer, so that nobody has to react to it


def client(*rules):
    return [(rule, "client") for rule in rules]


def server(*rules):
    return [(rule, "server") for rule in rules]


RCR = "BITS-Received-Content-Range"
LONG_ID = "a" * 120
TRANSIENT = "500 Internal Server Error"

ROWS = [
    # -- what an Ack says of the offset
    Row("offset: last byte", is_wide, ack(RCR, lambda x: x.range[1] - 1), server("rcr-is-last-byte")),
    Row("offset: beyond the total", fragments, ack(RCR, lambda x: x.range[2] + 1), server("rcr-beyond-total")),
    Row("offset: far beyond the total", fragments, ack(RCR, lambda x: 10**15), server("rcr-beyond-total")),
    Row("offset: more than was sent", both(not_last, is_wide, goes_on), ack(RCR, lambda x: x.range[1] + 1),
        server("rcr-unexpected")),
    Row("offset: half, at the end", both(is_wide, goes_on), ack(RCR, lambda x: sum(x.range[:2]) // 2),
        server("rcr-unexpected"), ends=True),
    Row("offset: all of the file", both(not_last, is_wide, goes_on), ack(RCR, lambda x: x.range[2]),
        server("rcr-unexpected")),
    Row("offset: half, the client goes on", both(is_wide, not_last, on_one_connection, is_whole),
        ack(RCR, lambda x: sum(x.range[:2]) // 2),
        server("rcr-unexpected", "gap-accepted") + client("fragment-ignores-server-offset")),
    Row("offset: falls", not_first, ack(RCR, lambda x: x.range[0] - 1), server("rcr-regress"), ends=True),
    Row("offset: falls to nothing", not_first, ack(RCR, 0), server("rcr-regress"), ends=True),
    Row("offset: no number", fragments, ack(RCR, lambda x: f"bytes 0-{x.range[1] - 1}"), server("rcr-malformed")),
    Row("offset: empty", fragments, ack(RCR, ""), server("rcr-malformed")),
    Row("offset: missing", fragments, without_ack(RCR), server("rcr-missing")),
    Row("offset: misspelt", fragments, lambda x: [x.a.rename(RCR, "BITS-Recieved-Content-Range")],
        server("rcr-missing")),
    Row("416 without need", both(fragments, goes_on),
        status("416 Range", BITS_Received_Content_Range=lambda x: x.range[0]),
        server("needless-416"), ends=True),
    # -- the form of Acks
    Row("Ack: no packet type", anything, without_ack("BITS-Packet-Type"), server("ack-packet-type-missing")),
    Row("Ack: other packet type", anything, ack("BITS-Packet-Type", "Nak"), server("ack-packet-type-value")),
    Row("Ack: other session id", has_id_in_ack, lambda x: [x.a.set("BITS-Session-Id", other_id(x))],
        server("ack-session-id-mismatch")),
    Row("Ack: other session id, a GUID", has_id_in_ack, ack("BITS-Session-Id", OTHER_GUID),
        server("ack-session-id-mismatch")),
    Row("Ack: HTTP/1.0", of_session, version(reply), server("http-version")),
    Row("Ack: body", anything, with_body(reply), server("ack-body")),
    Row("Ack: 202", anything, lambda x: [x.a.set_line(b"HTTP/1.1 202 Accepted")], server("unexpected-2xx")),
    Row("Ack: 201 to a Fragment", fragments, lambda x: [x.a.set_line(b"HTTP/1.1 201 Created")],
        server("created-outside-create")),
    Row("Ack: session id twice", has_id_in_ack, lambda x: [x.a.add("BITS-Session-Id", OTHER_GUID)],
        server("duplicate-header")),
    Row("Ack: long header", fragments, lambda x: [x.a.add("BITS-Static-Response-URL", "http://" + "x" * 5000)],
        server("header-too-long")),
    Row("Ack: unasked", both(anything, on_one_connection, lambda x: x.conn.from_syn), behind(lambda x: b"",
        lambda x: answer(x, "200 OK")),
        server("response-without-request")),
    # -- the Ack of a Create-Session
    Row("creation: no protocol", creates, without_ack("BITS-Protocol"), server("create-ack-protocol-missing")),
    Row("creation: other protocol", creates, ack("BITS-Protocol", OTHER_GUID),
        server("create-ack-protocol-not-offered")),
    Row("creation: no session id", creates, without_ack("BITS-Session-Id"), server("create-ack-session-id-missing")),
    Row("creation: long session id", creates, everywhere(LONG_ID), server("session-id-too-long")),
    Row("creation: illegal session id", creates, everywhere("a\tb\x01c"), server("session-id-illegal")),
    Row("creation: gzip", creates, ack("Accept-Encoding", "gzip"), server("accept-encoding-not-identity")),
    Row("creation: timeout alone", both(creates, lambda x: x.a.value("bits-host-id") is None),
        ack("BITS-Host-Id-Fallback-Timeout", "60"), server("fallback-timeout-alone")),
    Row("creation: host is a URL", creates, ack("BITS-Host-Id", "http://elsewhere/x"), server("host-id-malformed")),
    Row("creation: timeout is no number", creates,
        lambda x: one_place([x.a.set("BITS-Host-Id", re.sub(r":\d+$", "", x.q.value("host") or "10.77.0.1")),
        x.a.set("BITS-Host-Id-Fallback-Timeout", "soon")]), server("fallback-timeout-malformed")),
    Row("creation: host ignored", both(creates, lambda x: after(x) is not None and after(x).conn is x.conn),
        ack("BITS-Host-Id", "elsewhere"), client("host-id-ignored")),
    Row("creation: 500 with protocol", creates,
        status(TRANSIENT, BITS_Protocol=KNOWN_PROTOCOL, BITS_Error_Code="0x8007000E",
        BITS_Error_Context="0x7"), server("create-ack-protocol-on-error"), ends=True),
    # -- reply URLs
    Row("reply URL: early", not_last, ack("BITS-Reply-URL", "http://10.77.0.1/reply"), server("reply-url-early")),
    Row("reply URL: long", is_last, ack("BITS-Reply-URL", "http://10.77.0.1/" + "x" * 2300),
        server("reply-url-too-long")),
    Row("reply URL: relative", both(is_last, lambda x: x.a.value("bits-reply-url") is None),
        ack("BITS-Reply-URL", "\\reply"), server("reply-url-not-http-url")),
    # -- errors
    Row("error: code with success", fragments, lambda x: one_place([x.a.add("BITS-Error-Code", "0x8007000E"),
        x.a.add("BITS-Error-Context", "0x7")]), server("error-code-on-success")),
    Row("error: context alone", fragments, ack("BITS-Error-Context", "0x7"), server("error-context-without-code")),
    Row("error: no context", fragments, status(TRANSIENT, BITS_Error_Code="0x8007000E"),
        server("error-context-missing"), ends=True),
    Row("error: other context", fragments, status(TRANSIENT, BITS_Error_Code="0x8007000E", BITS_Error_Context="0x6"),
        server("error-context-value"), ends=True),
    Row("error: no code", fragments, status(TRANSIENT, BITS_Error_Code="hello", BITS_Error_Context="0x7"),
        server("error-code-malformed"), ends=True),
    Row("error: says success", fragments, status(TRANSIENT, BITS_Error_Code="0x00070005", BITS_Error_Context="0x7"),
        server("error-code-success-severity"), ends=True),
    Row("error: foreign facility", fragments,
        status(TRANSIENT, BITS_Error_Code="0x80990005", BITS_Error_Context="0x7"),
        server("error-code-foreign"), ends=True),
    Row("error: unknown session with 400", fragments,
        status("400 Bad Request", BITS_Error_Code="0x8020001F", BITS_Error_Context="0x5"),
        server("error-status-mismatch"), ends=True),
    Row("error: bad argument with 500", fragments,
        status(TRANSIENT, BITS_Error_Code="0x80070057", BITS_Error_Context="0x5"),
        server("error-status-mismatch"), ends=True),
    Row("error: short header name", fragments, status(TRANSIENT, BITS_Error="0x8007000E", BITS_Error_Context="0x7"),
        server("error-header-name"), ends=True),
    Row("error: Ping refused", pings, status(TRANSIENT, BITS_Error_Code="0x8007000E", BITS_Error_Context="0x7"),
        server("ping-not-200"), ends=True),
    Row("error: redirected", anything, status("302 Found", Location="http://10.77.0.9/"),
        server("redirected"), ends=True),
    # -- the form of requests
    Row("request: HTTP/1.0", of_session, version(question), client("http-version")),
    Row("request: HTTP/1.0 Ping", both(pings, lambda x: x is x.conn.exchanges[0]), version(question),
        client("http-version"), undecided="nothing of a session tells yet whether a proxy speaks"),
    Row("request: lower case", anything, method(b"bits_post"), client("method-case")),
    Row("request: PUT", anything, method(b"PUT"), client("method-not-bits-post")),
    Row("request: no packet type", of("create-session", "close-session", "cancel-session"),
        without_ask("BITS-Packet-Type"), client("bits-post-without-packet-type")),
    Row("request: Fragment without packet type", fragments, without_ask("BITS-Packet-Type"),
        client("bits-post-without-packet-type")),
    Row("request: unknown packet type", controls, ask("BITS-Packet-Type", "Pong"), client("packet-type-unknown")),
    Row("request: Fragment of unknown packet type", fragments, ask("BITS-Packet-Type", "Fragmant"),
        client("packet-type-unknown")),
    Row("request: Ack", pings, ask("BITS-Packet-Type", "Ack"), client("packet-type-unknown")),
    Row("request: no length", controls, without_ask("Content-Length"), client("content-length-missing")),
    Row("request: Fragment without length", fragments, without_ask("Content-Length"),
        client("content-length-missing")),
    Row("request: two lengths", controls, ask_twice("Content-Length", 7), client("duplicate-framing-header")),
    Row("request: Fragment with two lengths", fragments, ask_twice("Content-Length",
        lambda x: x.range[1] - x.range[0] + 1),
        client("duplicate-framing-header")),
    Row("request: two ranges", fragments, ask_twice("Content-Range", "bytes 0-0/1"),
        client("duplicate-framing-header")),
    Row("request: body", controls, with_body(question), client("control-packet-body")),
    Row("request: two session ids", of_session, ask_twice("BITS-Session-Id", OTHER_GUID), client("duplicate-header")),
    Row("request: no session id", of_session, without_ask("BITS-Session-Id"), client("session-id-missing")),
    Row("request: long header", anything, lambda x: [x.q.add("BITS-Original-Request-URL", "http://" + "x" * 5000)],
        client("header-too-long")),
    Row("request: chunked", controls,
        lambda x: [x.q.add("Transfer-Encoding", "chunked"), x.q.edit(x.q.end, x.q.end, b"0\r\n\r\n")],
        client("chunked-request")),
    # -- Create-Session
    Row("protocols: missing", creates, without_ask("BITS-Supported-Protocols"), client("protocols-missing")),
    Row("protocols: empty", creates, ask("BITS-Supported-Protocols", ""), client("protocols-missing")),
    Row("protocols: no GUID", creates, ask("BITS-Supported-Protocols", "BITS 1.5 Upload"),
        client("protocols-malformed")),
    Row("protocols: one of them no GUID", creates, ask("BITS-Supported-Protocols", KNOWN_PROTOCOL + " {x}"),
        client("protocols-malformed")),
    Row("protocols: no braces", creates, ask("BITS-Supported-Protocols", KNOWN_PROTOCOL[1:-1]),
        client("protocols-malformed")),
    Row("protocols: unknown", creates, lambda x: [x.q.set("BITS-Supported-Protocols", OTHER_GUID)],
        client("protocols-unknown")),
    Row("protocols: comma", creates, ask("BITS-Supported-Protocols", f"{KNOWN_PROTOCOL},{OTHER_GUID}"),
        client("protocols-comma")),
    Row("protocols: many", creates, ask("BITS-Supported-Protocols", " ".join([KNOWN_PROTOCOL] * 101)),
        client("protocols-too-many")),
    Row("creation: with session id", creates, ask("BITS-Session-Id", OTHER_GUID), client("create-with-session-id")),
    # -- the range
    Row("range: missing", fragments, without_ask("Content-Range"), client("range-missing")),
    Row("range: malformed", fragments, ranged(lambda r: f"bytes {r.f}:{r.l}/{r.t}"), client("range-malformed")),
    Row("range: other unit", fragments, ranged(lambda r: f"octets {r.f}-{r.l}/{r.t}"), client("range-malformed")),
    Row("range: huge", fragments, ranged(lambda r: f"bytes {r.f}-{r.l}/99999999999999999999"),
        client("range-malformed")),
    Row("range: star", fragments, ranged(lambda r: f"bytes */{r.t}"), client("range-star")),
    Row("range: total is a star", fragments, ranged(lambda r: f"bytes {r.f}-{r.l}/*"), client("range-star")),
    Row("range: inverted", is_wide, ranged(lambda r: f"bytes {r.l}-{r.f}/{r.t}"), client("range-inverted")),
    Row("range: beyond the total", is_last, ranged(lambda r: f"bytes {r.f}-{r.l + 9}/{r.t}"),
        client("range-beyond-total", "range-length-mismatch")),
    Row("range: one byte short", is_wide, lambda x: [x.q.set("Content-Length", x.range[1] - x.range[0] - 1),
        x.q.edit(x.q.end - 1, x.q.end, b"")],
        client("range-length-mismatch")),
    Row("range: other total", lambda x: not_first(x) or not_last(x), ranged(lambda r: f"bytes {r.f}-{r.l}/{r.t + 1}"),
        client("total-changed")),
    Row("range: far smaller total", both(not_first, lambda x: not is_last(x)),
        ranged(lambda r: f"bytes {r.f}-{r.l}/{r.l + 1}"), client("total-changed")),
    # -- the order of Fragments
    Row("order: first Fragment late", both(is_first, goes_on),
        lambda x: ranged(lambda r: f"bytes {r.f + 1}-{r.l + 1}/{r.t + 1}")(x)
        + status("416 Range", BITS_Received_Content_Range=0)(x), client("first-fragment-not-zero"), ends=True),
    Row("order: Fragment early, refused", both(not_last, on_one_connection, lambda x: not_last(after(x))),
        behind(next_but_one, refused), client("fragment-gap")),
    Row("order: two Fragments swapped", both(can_swap, is_whole), swapped,
        client("fragment-gap") + server("gap-accepted")),
    Row("order: Fragment twice, refused", both(fragments, not_last), behind(same, refused),
        client("fragment-duplicate")),
    Row("order: Fragment twice, taken", both(fragments, not_last), behind(same, taken), client("fragment-duplicate")),
    Row("order: half again, refused", both(not_last, is_wide), behind(half_again, refused),
        client("fragment-overlap")),
    Row("order: other bytes", both(fragments, not_last), behind(other_body, taken),
        client("fragment-duplicate", "fragment-data-conflict")),
    Row("order: after the last", is_last, behind(same, refused), client("fragment-after-complete")),
    Row("order: next request in flight", both(of_session, on_one_connection,
        lambda x: of_session(after(x))), early_hearing,
        client("pipelined-request")),
    Row("order: next request on another connection",
        lambda x: fragments(x) and follows_on(x) and after(x).conn is not x.conn,
        late_answer, client("parallel-connection-same-session")),
    Row("order: Fragment left out", both(not_first, not_last, is_whole), left_out,
        client("fragment-gap") + server("gap-accepted")),
    # -- the session
    Row("session: other id", both(fragments, is_whole), lambda x: x.insert_behind(with_id(x, OTHER_GUID),
        disowned(x).replace(x.q.value("bits-session-id").encode(), OTHER_GUID.encode())),
        client("session-never-created")),
    Row("session: disowning ignored", both(not_last, on_one_connection), behind(of_next, disowned),
        client("session-not-found-ignored")),
    Row("session: other URL", of_session, lambda x: [x.q.set_line(b"BITS_POST /elsewhere HTTP/1.1")],
        client("session-url-changed")),
    Row("session: other host", both(of_session, goes_on, lambda x: not creation(x, "bits-host-id")),
        ask("Host", "elsewhere"), client("session-host-changed")),
    Row("session: Fragment after the end", closes, lambda x: x.insert_behind(before(x).q.bytes(), disowned(x))
        if before(x) and fragments(before(x)) else None, client("packet-after-end")),
    Row("session: Fragment after the end, taken", closes,
        lambda x: x.insert_behind(before(x).q.bytes(), taken(before(x)))
        if before(x) and fragments(before(x)) else None,
        client("packet-after-end") + server("unknown-session-accepted")),
    Row("session: closed early", both(not_last, is_whole),
        lambda x: x.insert_behind(x.session[-1].q.bytes(), answer(x, "200 OK"))
        if closes(x.session[-1]) else None, client("close-incomplete"), ends=True),
    Row("session: closed again after 400", both(is_last,
        lambda x: after(x) is not None and closes(after(x)), on_one_connection),
        behind(of_next, lambda x: answer(x, "400 Bad Request", BITS_Error_Code="0x80070057", BITS_Error_Context="0x5")),
        client("close-retry-after-final-status")),
    Row("session: cancelled when complete", both(closes, lambda x: before(x) is not None and is_last(before(x))),
        ask("BITS-Packet-Type", "Cancel-Session"), client("cancel-after-complete")),
    # -- names and codings
    Row("names: illegal", fragments, ask("Content-Name", "a/b:c?"), client("content-name-illegal")),
    Row("names: changed", both(not_first, lambda x: has_creation(x) or goes_on(x)),
        lambda x: [before(x).q.set("Content-Name", "one"), x.q.set("Content-Name", "two")],
        client("content-name-changed")),
    Row("coding: identity", fragments, ask("Content-Encoding", "identity"), client("content-encoding-identity")),
    Row("coding: not offered", both(fragments, lambda x: creation(x, "accept-encoding")),
        ask("Content-Encoding", "x-odd"), client("content-encoding-not-offered")),
]

# What a fault brings along that its rule does not name: (row's rule, further rule, party, why)
DRAGGED = [
    ("rcr-unexpected", "fragment-overlap", "client", "a note: it begins below the offset that the server made up"),
    ("rcr-unexpected", "fragment-duplicate", "client", "a note: it lies below the offset that the server made up"),
    ("rcr-unexpected", "fragment-after-complete", "client", "a note: the server claims to have everything"),
    ("rcr-unexpected", "rcr-regress", "server", "the truth that follows is less than what was made up"),
    ("fallback-timeout-malformed", "host-id-without-ping", "client", "the row gives a host to be pinged first"),
    ("host-id-ignored", "host-id-without-ping", "client", "who does not go there does not ping there either"),
    ("redirected", "ping-not-200", "server", "a Ping that is redirected"),
    ("bits-post-without-packet-type", "session-unknown-in-capture", "none", "there is no Create-Session any more"),
    ("packet-type-unknown", "session-unknown-in-capture", "none", "there is no Create-Session any more"),
    ("bits-post-without-packet-type", "session-left-open", "client", "there is no Close-Session any more"),
    ("packet-type-unknown", "session-left-open", "client", "there is no Close-Session any more"),
    ("create-ack-session-id-missing", "session-unknown-in-capture", "none", "nothing gave the id out"),
    ("content-length-missing", "head-lost", "none", "the body is no message"),
    ("total-changed", "close-incomplete", "client", "the last Fragment says that the file is longer"),
    ("total-changed", "fragment-size-windows", "client", "a note: the last Fragment is no longer the last"),
    ("total-changed", "reply-url-early", "server", "the last Fragment is no longer the last"),
    ("session-never-created", "fragment-size-windows", "client", "a note, once a session: this is another"),
    ("fragment-overlap", "fragment-size-windows", "client", "a note: what overlaps is small"),
    ("content-name-illegal", "content-name-changed", "client", "it is not the name of the other Fragments"),
    ("bits-post-without-packet-type", "close-without-fragment", "client", "a note: there is no Fragment any more"),
    ("packet-type-unknown", "close-without-fragment", "client", "a note: there is no Fragment any more"),
    ("session-id-missing", "ack-session-id-missing", "server", "a note, once a session: this packet is of none"),
    ("session-id-missing", "session-left-open", "client", "a note: what closed it names no session"),
    ("rcr-unexpected", "cancel-after-complete", "client", "a note: the server claims to have everything"),
    ("total-changed", "cancel-after-complete", "client", "a note: a Fragment says that it was the last"),
    ("fragment-gap", "fragment-duplicate", "client", "the second of two swapped, acknowledged by then"),
    ("fragment-gap", "fragment-after-complete", "client", "the same, where the first was the last of the file"),
]
