/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trouble.c - frames are held back and let go some segments later. */
#include "trouble.h"

#include "content.h"

#include <inttypes.h>
#include <string.h>

#define LATE_BY  4 /* at most, in segments */
#define TWICE_BY 8

static void set_behind(const struct trouble *t, struct side *from)
{
	from->behind = 0;
	for (unsigned i = 0; i < t->n_held; i++)
		if (t->held[i].is_late && from->seq - t->held[i].seq > from->behind)
			from->behind = from->seq - t->held[i].seq;
}

static void let_go(struct trouble *t, unsigned i)
{
	frame_write(&t->held[i].frame);
	memmove(&t->held[i], &t->held[i + 1], (--t->n_held - i) * sizeof t->held[0]);
}

static void age(struct trouble *t)
{
	unsigned i = 0;

	while (i < t->n_held) {
		if (t->held[i].wait-- == 0)
			let_go(t, i);
		else
			i++;
	}
}

static void hold(struct trouble *t, const struct frame *frame, uint32_t seq, bool is_late)
{
	unsigned most = is_late ? LATE_BY : TWICE_BY;

	if (t->n_held == TROUBLE_HELD)
		let_go(t, 0);
	t->held[t->n_held++] =
	        (struct held){ *frame, seq, 1 + (unsigned)(chance(&t->dice) % most), is_late };
}

void trouble_send(struct trouble *t, struct side *from, const struct side *to, const uint8_t *bytes, size_t n, uint64_t at)
{
	unsigned     fate = (unsigned)(chance(&t->dice) % 10000);
	uint32_t     seq = from->seq;
	struct frame frame;

	frame_make(&frame, from, to, ACK, bytes, n);
	if (fate < t->lost) {
		fprintf(t->holes, "%" PRIu64 " %" PRIu64 "\n", at, at + n);
	} else if (fate < t->lost + t->late) {
		hold(t, &frame, seq, true);
	} else {
		frame_write(&frame);
		if (fate < t->lost + t->late + t->twice)
			hold(t, &frame, seq, false);
	}
	age(t);
	set_behind(t, from);
}

void trouble_flush(struct trouble *t, struct side *from)
{
	while (t->n_held > 0)
		let_go(t, 0);
	from->behind = 0;
}
