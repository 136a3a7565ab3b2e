/* SPDX-License-Identifier: GPL-2.0-or-later */
/* talk.h - conversations that are sent a frame at a time, so that many of them can be mixed.
 * A kind of conversation is a function that gives its messages one after the other; the rest (handshake, segments,
 * acknowledgments, goodbye) is the same for all. */
#pragma once

#include "frames.h"

struct trouble;

struct message {
	bool     by_server;
	size_t   head;       /* bytes of `bytes` that go in a frame of their own         */
	uint64_t body;       /* bytes that follow it, in segments                        */
	uint64_t from;       /* they are those of body `number` from here                */
	uint8_t  bytes[1024];
};

struct talk;

struct kind {
	bool     is_udp;
	unsigned heard_every; /* segments of a body before the other side says something */
	/* The next message into *m, which is all zero; false if there is none.  t->turn counts the calls. */
	bool (*next)(struct talk *t, struct message *m);
};

struct talk {
	struct side        client, server;
	const struct kind *kind;
	uint64_t           number;  /* names it, its file and its contents */
	uint64_t           size;    /* of what it carries                  */
	uint64_t           piece;   /* it does so in pieces of this size   */
	uint64_t           done;
	struct trouble    *trouble; /* of its bodies; usually NULL         */
	unsigned           turn;

	/* how far it is; talk_step's */
	struct message     m;
	uint64_t           sent;
	unsigned           unheard, opening, closing;
	bool               has_message, is_over;
};

/* Addresses 10.x.x.x and 10.255.x.x, ports and first sequence numbers of the two. */
void talk_set_ends(struct talk *t, uint32_t client, uint16_t client_port, uint32_t server, uint16_t server_port);

/* Send the next frame; false if that was the last one. */
bool talk_step(struct talk *t);

/* All frames of it. */
void talk_all(struct talk *t);

/* `count` conversations, of which `open` are under way at a time, in turns decided by chance.
 * `make` sets up number i, counted from 0. */
void talk_mixed(uint64_t count, unsigned open, void (*make)(struct talk *t, uint64_t i));
