/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kind_other.c - what else is on a network: web pages, TLS, DNS, QUIC.  Only the outside is like the real thing. */
#include "kinds.h"

#include "content.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* -- HTTP: GETs and their pages, all on one connection -- */

static bool next_page(struct talk *t, struct message *m)
{
	uint64_t left = t->size - t->done;

	m->by_server = t->turn % 2 == 1;
	if (!m->by_server && left == 0)
		return false;
	if (!m->by_server) {
		m->head = (size_t)snprintf((char *)m->bytes, sizeof m->bytes,
		                           "GET /pages/%" PRIu64 "/%u.html HTTP/1.1\r\nHost: www.example\r\n"
		                           "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:109.0)\r\nAccept: */*\r\n"
		                           "Accept-Language: en\r\nConnection: keep-alive\r\n\r\n",
		                           t->number, t->turn / 2);
		return true;
	}
	m->from = t->done;
	m->body = left < t->piece ? left : t->piece;
	t->done += m->body;
	m->head = (size_t)snprintf((char *)m->bytes, sizeof m->bytes,
	                           "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/octet-stream\r\n"
	                           "Cache-Control: max-age=600\r\nContent-Length: %" PRIu64 "\r\n\r\n",
	                           m->body);
	return true;
}

/* -- TLS: a handshake, then records; every eighth is the client's -- */

static void say_record(const struct talk *t, struct message *m, uint8_t type, size_t n)
{
	const uint8_t header[] = { type, 3, 3, (uint8_t)(n >> 8), (uint8_t)n };

	memcpy(m->bytes, header, sizeof header);
	m->head = sizeof header + (n < 600 ? n : 600);
	m->body = n < 600 ? 0 : n - 600;
	content_fill(m->bytes + sizeof header, m->head - sizeof header, ~t->number, t->turn);
}

static bool next_record(struct talk *t, struct message *m)
{
	static const uint16_t handshake[] = { 512, 3200, 64, 48 };
	uint64_t              left = t->size - t->done, n = left < t->piece ? left : t->piece;

	m->by_server = t->turn % 2 == 1;
	if (t->turn < 4) {
		say_record(t, m, 22, handshake[t->turn]);
		m->bytes[5] = (uint8_t)(1 + t->turn); /* client hello, server hello */
		return true;
	}
	m->by_server = t->turn % 8 != 0;
	m->from = t->done;
	say_record(t, m, 23, m->by_server ? (size_t)n : 300);
	t->done += m->by_server ? n : 0;
	return left > 0;
}

/* -- QUIC: a long header each way, then datagrams of the server -- */

static bool next_datagrams(struct talk *t, struct message *m)
{
	m->by_server = t->turn > 0;
	if (t->turn < 2) {
		content_fill(m->bytes, 1000, ~t->number, t->turn * UINT64_C(1000));
		memcpy(m->bytes, "\xC3\0\0\0\1\x08", 6);
		m->head = 1000;
	} else {
		m->body = t->size;
	}
	return t->turn < 3;
}

/* -- DNS: a question and its answer -- */

static bool next_lookup(struct talk *t, struct message *m)
{
	static const uint8_t tail[] = { 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0, 1 };
	static const uint8_t answer[] = { 0xC0, 12, 0, 1, 0, 1, 0, 0, 2, 0x58, 0, 4, 10, 255, 0, 1 };
	uint8_t              header[] = { (uint8_t)(t->number >> 8), (uint8_t)t->number, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
	uint8_t             *p = m->bytes + sizeof header;
	int                  n;

	m->by_server = t->turn == 1;
	header[2] = m->by_server ? 0x81 : 1;
	header[7] = m->by_server;
	memcpy(m->bytes, header, sizeof header);
	n = snprintf((char *)p + 1, 32, "host%08" PRIu64, t->number);
	*p = (uint8_t)n;
	p += 1 + n;
	memcpy(p, tail, sizeof tail);
	p += sizeof tail;
	if (m->by_server)
		memcpy(p, answer, sizeof answer);
	m->head = (size_t)(p - m->bytes) + (m->by_server ? sizeof answer : 0);
	return t->turn < 2;
}

const struct kind kind_page = { .heard_every = 2, .next = next_page };
const struct kind kind_tls = { .heard_every = 2, .next = next_record };
const struct kind kind_quic = { .is_udp = true, .heard_every = 10, .next = next_datagrams };
const struct kind kind_lookup = { .is_udp = true, .heard_every = 1, .next = next_lookup };
