/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hay.c - a table of who talks how often and how much. */
#include "hay.h"

#include "content.h"
#include "kinds.h"

#define OPEN     500 /* conversations at a time */
#define CLIENTS  1500
#define SHARES   10000

/* Of each 210 conversations 100 are TCP: so many connections are asked for. */
static const struct share {
	const struct kind *kind;
	unsigned           of_210, of_bytes; /* the latter of SHARES */
	uint32_t           piece;
	uint16_t           port;
} shares[] = {
	/* kind         of 210  bytes  piece    port */
	{ &kind_upload,      1,   100, 1 << 20,   80 },
	{ &kind_page,       33,  2500,   24000,   80 },
	{ &kind_page,        6,   400,   24000, 8080 },
	{ &kind_tls,        50,  4500,   16000,  443 },
	{ &kind_tls,        10,   250,     400, 5061 }, /* small records: a chat, telemetry */
	{ &kind_quic,       10,  2250,       0,  443 },
	{ &kind_lookup,    100,     0,       0,   53 },
};

#define N_SHARES   (sizeof shares / sizeof shares[0])
#define TURN       210
#define EFFICIENCY 89 /* of 100 bytes of a capture those that are no headers, about */

static uint64_t bytes_of_turn;

static const struct share *share_of(uint64_t place)
{
	unsigned to = 0, i = 0;

	while (i < N_SHARES - 1 && place >= (to += shares[i].of_210))
		i++;
	return &shares[i];
}

/* Most conversations are short and a few are long: a half of the mean for three of four, and 2.5 times it for the fourth. */
static uint64_t size_of(const struct share *share, uint64_t i)
{
	uint64_t mean = bytes_of_turn * share->of_bytes / SHARES / share->of_210;

	if (share->kind == &kind_upload)
		return mean;
	return i / TURN % 4 == 3 ? mean * 5 / 2 : mean / 2;
}

static void make(struct talk *t, uint64_t i)
{
	/* 89 and 210 have no common divisor: the kinds come in mixed order, and each comes as often as the table says */
	const struct share *share = share_of(i * 89 % TURN);

	t->kind = share->kind;
	t->number = i;
	t->size = size_of(share, i);
	t->piece = share->piece;
	talk_set_ends(t, 0x20000 + (uint32_t)(i * 7 % CLIENTS), (uint16_t)(32768 + i % 28000), (uint32_t)(i % 251), share->port);
}

void hay(uint64_t size, uint64_t connections)
{
	uint64_t turns = connections / 100;

	if (turns == 0)
		return;
	bytes_of_turn = size / turns * EFFICIENCY / 100;
	talk_mixed(turns * TURN, OPEN, make);
}
