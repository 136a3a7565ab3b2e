/* SPDX-License-Identifier: GPL-2.0-or-later */
/* talk.c - one frame of a conversation, whatever its kind. */
#include "talk.h"

#include "content.h"
#include "trouble.h"

#include <stdlib.h>
#include <string.h>

#define DATAGRAM 1250 /* what QUIC fits into a frame */

struct step {
	bool     by_server;
	unsigned flags;
};

static const struct step opening[] = { { false, SYN }, { true, SYN | ACK }, { false, ACK } };
static const struct step closing[] = { { false, FIN | ACK }, { true, FIN | ACK }, { false, ACK } };

void talk_set_ends(struct talk *t, uint32_t client, uint16_t client_port, uint32_t server, uint16_t server_port)
{
	uint32_t number = (uint32_t)t->number;

	t->client = (struct side){ .ip = { 10, (uint8_t)(client >> 16), (uint8_t)(client >> 8), (uint8_t)client },
		                   .port = client_port,
		                   .seq = number * 2654435761U + 1000 };
	t->server = (struct side){ .ip = { 10, 255, (uint8_t)(server >> 8), (uint8_t)server },
		                   .port = server_port,
		                   .seq = number * 2246822519U + 5000 };
}

static void send_bare(struct talk *t, bool by_server, unsigned flags)
{
	struct side *from = by_server ? &t->server : &t->client, *to = by_server ? &t->client : &t->server;

	send_segment(from, to, flags, NULL, 0);
}

static void send_bytes(struct talk *t, unsigned flags, const uint8_t *bytes, size_t n)
{
	struct side *from = t->m.by_server ? &t->server : &t->client, *to = t->m.by_server ? &t->client : &t->server;

	if (t->kind->is_udp)
		send_datagram(from, to, bytes, n);
	else if (t->trouble != NULL && flags == ACK)
		trouble_send(t->trouble, from, to, bytes, n, t->m.from + t->sent);
	else
		send_segment(from, to, flags, bytes, n);
}

/* What the side says that is sent a body to: over UDP a short datagram, as QUIC acknowledges. */
static void send_heard(struct talk *t)
{
	uint8_t bytes[38];

	t->unheard = 0;
	if (!t->kind->is_udp) {
		send_bare(t, !t->m.by_server, ACK);
		return;
	}
	content_fill(bytes, sizeof bytes, ~t->number, t->sent);
	bytes[0] = 0x40;
	send_datagram(t->m.by_server ? &t->client : &t->server, t->m.by_server ? &t->server : &t->client, bytes,
	              sizeof bytes);
}

static void send_segment_of_body(struct talk *t)
{
	uint8_t  segment[MSS];
	uint64_t left = t->m.body - t->sent, most = t->kind->is_udp ? DATAGRAM : MSS;
	size_t   n = (size_t)(left < most ? left : most);

	content_fill(segment, n, t->number, t->m.from + t->sent);
	if (t->kind->is_udp)
		segment[0] = 0x40 | (segment[0] & 0x3F); /* QUIC's short header */
	send_bytes(t, ACK, segment, n);
	t->sent += n;
	t->unheard++;
	if (t->sent == t->m.body && t->trouble != NULL)
		trouble_flush(t->trouble, t->m.by_server ? &t->server : &t->client);
}

static bool next_message(struct talk *t)
{
	memset(&t->m, 0, sizeof t->m);
	t->sent = 0;
	t->unheard = 0;
	t->has_message = t->kind->next(t, &t->m);
	t->turn++;
	return t->has_message;
}

/* The next frame of the messages; false if there are no more. */
static bool talk_on(struct talk *t)
{
	if (t->has_message && t->sent < t->m.body) {
		if (t->unheard == t->kind->heard_every)
			send_heard(t);
		else
			send_segment_of_body(t);
		return true;
	}
	if (!next_message(t))
		return false;
	if (t->m.head > 0)
		send_bytes(t, PSH | ACK, t->m.bytes, t->m.head);
	return true;
}

bool talk_step(struct talk *t)
{
	const struct step *step;

	if (!t->kind->is_udp && t->opening < 3) {
		step = &opening[t->opening++];
		send_bare(t, step->by_server, step->flags);
		return true;
	}
	if (!t->is_over && talk_on(t))
		return true;
	t->is_over = true;
	if (t->kind->is_udp)
		return false;
	step = &closing[t->closing++];
	send_bare(t, step->by_server, step->flags);
	return t->closing < 3;
}

void talk_all(struct talk *t)
{
	while (talk_step(t))
		;
}

void talk_mixed(uint64_t count, unsigned open, void (*make)(struct talk *t, uint64_t i))
{
	struct talk *talks = calloc(open, sizeof *talks);
	uint64_t     begun = 0, dice = 0x5DEECE66D;
	unsigned     n = 0;

	if (talks == NULL)
		abort();
	while (n > 0 || begun < count) {
		unsigned i;

		for (; n < open && begun < count; n++) {
			memset(&talks[n], 0, sizeof *talks);
			make(&talks[n], begun++);
		}
		i = (unsigned)(chance(&dice) % n);
		if (!talk_step(&talks[i]))
			talks[i] = talks[--n];
	}
	free(talks);
}
