/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kind_upload.c - a BITS upload: each has a session id, a URL and contents of its own. */
#include "kinds.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define PROTOCOL "{7df0354d-249b-430f-820d-3d2a9bef4931}"

static void say(struct message *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct message *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	m->head += (size_t)vsnprintf((char *)m->bytes + m->head, sizeof m->bytes - m->head, format, args);
	va_end(args);
}

static void say_session(const struct talk *t, struct message *m)
{
	say(m, "\r\nBITS-Session-Id: {%08" PRIX64 "-3333-4444-5555-%012" PRIX64 "}",
	    0x11112222 ^ (t->number * 2654435761 & 0xFFFFFFFF), t->number);
}

static void say_request(const struct talk *t, struct message *m, const char *type)
{
	say(m,
	    "BITS_POST /in/%" PRIu64 ".bin HTTP/1.1\r\nConnection: Keep-Alive\r\nAccept: */*\r\n"
	    "User-Agent: Microsoft BITS/7.8\r\nHost: upload.example\r\nBITS-Packet-Type: %s",
	    t->number, type);
}

static void say_answer(const struct talk *t, struct message *m)
{
	m->by_server = true;
	say(m, "HTTP/1.1 200 OK\r\nServer: Microsoft-IIS/10.0\r\nBITS-Packet-Type: Ack");
	say_session(t, m);
}

static void say_fragment(struct talk *t, struct message *m)
{
	uint64_t left = t->size - t->done;

	m->from = t->done;
	m->body = left < t->piece ? left : t->piece;
	t->done += m->body;
	say_request(t, m, "Fragment");
	say_session(t, m);
	say(m, "\r\nContent-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\nContent-Length: %" PRIu64 "\r\n\r\n",
	    m->from, t->done - 1, t->size, m->body);
}

static void say_close(const struct talk *t, struct message *m)
{
	say_request(t, m, "Close-Session");
	say_session(t, m);
	say(m, "\r\nContent-Length: 0\r\n\r\n");
}

/* Turns 0 and 1 create the session; then come Fragments, each with its answer; the last two turns close it. */
static bool next(struct talk *t, struct message *m)
{
	bool     is_request = t->turn % 2 == 0;
	uint64_t fragments = (t->size + t->piece - 1) / t->piece, exchange = t->turn / 2;

	if (exchange == fragments + 2)
		return false;
	if (is_request && exchange == 0) {
		say_request(t, m, "Create-Session");
		say(m, "\r\nBITS-Supported-Protocols: " PROTOCOL "\r\nContent-Length: 0\r\n\r\n");
	} else if (is_request && exchange <= fragments) {
		say_fragment(t, m);
	} else if (is_request) {
		say_close(t, m);
	} else {
		say_answer(t, m);
		if (exchange == 0)
			say(m, "\r\nBITS-Protocol: " PROTOCOL "\r\nAccept-Encoding: identity");
		else if (exchange <= fragments)
			say(m, "\r\nBITS-Received-Content-Range: %" PRIu64, t->done);
		say(m, "\r\nContent-Length: 0\r\n\r\n");
	}
	return true;
}

const struct kind kind_upload = { .heard_every = 2, .next = next };
