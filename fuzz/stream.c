/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream.c - segments in any order, bad ones among them, acknowledgments, holes that are given up.
 *
 * What comes out is contiguous, each byte of it is from the frame that is named, and a bad one is none of which a good copy
 * had come.  Input: for each step: a byte of what, two of where, one of how much. */
#include "wire/stream.h"

#include <string.h>

#include "fuzz/fuzz.h"

#define MOST 1020U /* bytes of a segment */

enum { ADD_BAD = 2, OTHER = 3, MUCH = 4, GIVE_UP = 8, STRANGE = 16 }; /* of what */

struct check {
	uint64_t next;
	bool     has_good[65536 + MOST]; /* a copy of that byte whose checksum was right came before it was released */
};

/* The stream's byte at an offset; of bad copies, by their frame, others. */
static uint8_t byte_at(uint64_t at, uint32_t frame)
{
	return (uint8_t)(at * 7 + (at >> 8) + (frame & 1 ? 101 : 0));
}

static void on_bytes(const struct stream_bytes *b, void *user)
{
	struct check *c = user;

	g_assert(b->at == c->next && b->n > 0 && b->where.at == b->at);
	for (size_t i = 0; i < b->n; i++) {
		g_assert(b->p[i] == byte_at(b->at + i, b->where.frame));
		g_assert(!(b->where.frame & 1) || !c->has_good[b->at + i]);
	}
	c->next += b->n;
}

static void on_lost(uint64_t at, uint64_t n, const struct bits_where *w, void *user)
{
	struct check *c = user;

	(void)w;
	g_assert(at == c->next && n > 0);
	c->next += n;
}

static const struct stream_sink sink = { on_bytes, on_lost };

static void note_good(struct stream *s, struct check *c, uint64_t at, size_t n)
{
	s->sound = MAX(s->sound, (uint32_t)n);
	for (uint64_t i = MAX(at, c->next); i < at + n; i++)
		c->has_good[i] = true;
}

static void add(struct stream *s, struct stream_totals *totals, struct check *c, uint64_t at, size_t n, uint32_t frame, bool is_strange)
{
	static uint8_t      bytes[MOST];
	bool                is_bad = frame & 1;
	struct stream_bytes b = { .at = at, .p = bytes, .n = n, .is_bad = is_bad, .is_strange = is_bad && is_strange,
		                  .starts_segment = true, .where = { .frame = frame, .order = frame, .at = at, .pos = at } };

	for (size_t i = 0; i < n; i++)
		bytes[i] = byte_at(at + i, frame);
	if (!is_bad)
		note_good(s, c, at, n);
	stream_add(s, &b, totals, &sink, c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dice          d = dice_of(data, size);
	struct stream        s = { .is_seen = true };
	struct stream_totals totals = { 0 };
	struct check         c = { .next = 0 };
	struct bits_where    last = { 0 };

	stream_set_base(&s, 1, 0);
	for (uint32_t frame = 2; dice_has(&d); frame += 2) {
		unsigned what = dice_8(&d);
		uint64_t at = dice_16(&d);
		size_t   n = dice_8(&d) * (what & MUCH ? 4 : 1);

		if (what % 4 == OTHER && what & GIVE_UP)
			stream_give_up(&s, &totals, &sink, &c);
		else if (what % 4 == OTHER)
			stream_acked(&s, at, &totals, &sink, &c);
		else
			add(&s, &totals, &c, at, n, frame | (what % 4 == ADD_BAD), what & STRANGE);
		g_assert(s.next == c.next && totals.held == stream_held(&s));
	}
	stream_flush(&s, &last, &totals, &sink, &c);
	g_assert(!stream_has_hole(&s) && s.next == c.next && totals.held == 0);
	stream_clear(&s, &totals);
	return 0;
}
