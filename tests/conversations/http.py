# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP as far as the parties of a conversation need it: requests of BITS, answers, and cutting a stream into them."""
import collections
import copy

REASONS = {
    100: "Continue", 200: "OK", 400: "Bad Request", 401: "Unauthorized", 413: "Request Entity Too Large",
    416: "Requested Range Not Satisfiable", 500: "Internal Server Error", 503: "Service Unavailable",
}

# line: its words; fields: by their names in small letters
Message = collections.namedtuple("Message", "line fields body")


def status_of(message):
    return int(message.line[1])


def fields_text(fields):
    return "".join(f"{name}: {value}\r\n" for name, value in fields)


class Request:
    """A BITS packet that is yet to be written; of a Fragment, the bytes [first, to) of total."""

    def __init__(self, packet_type, fields=()):
        self.method, self.version, self.packet_type, self.fields = "BITS_POST", "HTTP/1.1", packet_type, list(fields)
        self.first, self.to, self.range_text = 0, 0, None

    def copy(self):
        other = copy.copy(self)
        other.fields = list(self.fields)
        return other

    def says_range(self, first, to, total):
        self.first, self.to, self.range_text = first, to, f"bytes {first}-{to - 1}/{total}"
        return self

    def without(self, name):
        self.fields = [field for field in self.fields if field[0] != name]

    def head(self, target, host, length):
        fields = [("Accept", "*/*"), ("BITS-Packet-Type", self.packet_type), *self.fields]
        if self.range_text:
            fields.append(("Content-Range", self.range_text))
        fields += [("User-Agent", "Microsoft BITS/7.8"), ("Host", host), ("Content-Length", length)]
        return f"{self.method} {target} {self.version}\r\n{fields_text(fields)}\r\n".encode()


def answer(status, fields=(), body="", chunked=False):
    """An interim answer has no body, and says so by its status alone."""
    framing = []
    if status >= 200:
        framing = [("Transfer-Encoding", "chunked")] if chunked else [("Content-Length", len(body))]
        body = "0\r\n\r\n" if chunked else body
    return f"HTTP/1.1 {status} {REASONS[status]}\r\n{fields_text([*fields, *framing])}\r\n{body}".encode()


def range_of(fields):
    """[first, to) and the total."""
    numbers, total = fields["content-range"].split()[1].split("/")
    first, last = numbers.split("-")
    return int(first), int(last) + 1, int(total)


class Reader:
    """Cuts a stream into messages, and tells of each: its head, what has come of its body, and that it is whole."""

    def __init__(self, on_message, on_head=None, on_body=None):
        self.on_message, self.on_head, self.on_body = on_message, on_head, on_body
        self.rest, self.message, self.is_stopped = b"", None, False

    def feed(self, data):
        self.rest += data
        while not self.is_stopped and (self.message or self.take_head()):
            if self.is_stopped or not self.take_body():
                break

    def stop(self):
        self.is_stopped = True

    def take_head(self):
        head, end, rest = self.rest.partition(b"\r\n\r\n")
        if not end:
            return False
        line, *fields = head.decode("latin1").split("\r\n")
        values = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        self.rest, self.message = rest, Message(line.split(), values, b"")
        if self.on_head:
            self.on_head(self.message)
        return True

    def take_body(self):
        """False: more is to come.  Chunked bodies are empty here."""
        if "transfer-encoding" in self.message.fields:
            body, end, rest = self.rest.partition(b"0\r\n\r\n")
            return bool(end) and self.finish(rest)
        missing = int(self.message.fields.get("content-length", 0)) - len(self.message.body)
        part, self.rest = self.rest[:missing], self.rest[missing:]
        self.message = self.message._replace(body=self.message.body + part)
        if part and self.on_body:
            self.on_body(self.message)
        return len(part) == missing and not self.is_stopped and self.finish(self.rest)

    def finish(self, rest):
        message, self.rest, self.message = self.message, rest, None
        self.on_message(message)
        return True
