/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream.c - put one direction of a connection in order.
 *
 * In the ordinary case nothing waits, and a segment that begins at `next` goes through without a copy.  Otherwise its
 * bytes are copied into a sorted list of chunks, each of one segment, that never overlap. */
#include "wire/stream.h"

#include <string.h>

struct chunk {
	struct stream_bytes b; /* b.p points into data */
	uint8_t             data[];
};

/* What a chunk of n bytes takes: many tiny ones take far more than their bytes. */
static uint64_t cost_of(size_t n)
{
	return n + sizeof(struct chunk) + sizeof(GList);
}

static uint64_t end_of(const struct stream_bytes *b)
{
	return b->at + b->n;
}

/* ---- sequence numbers ------------------------------------------------------------------------------------------ */

void stream_set_base(struct stream *s, uint32_t seq, uint64_t at)
{
	if (s->is_known && (at != s->base_at || seq != s->base_seq))
		s->acked = 0; /* what was acknowledged lay on another scale */
	s->is_known = true;
	s->base_seq = seq;
	s->base_at = s->next = s->end = at;
}

uint64_t stream_at(const struct stream *s, uint32_t seq)
{
	uint32_t next_seq = s->base_seq + (uint32_t)(s->next - s->base_at);

	return s->next + (uint64_t)(int64_t)(int32_t)(seq - next_seq);
}

bool stream_is_near(const struct stream *s, uint64_t at)
{
	int64_t distance = (int64_t)(at - s->next);

	if (s->base_at == 0 && (int64_t)at < 0)
		return false;
	return distance < STREAM_REACH && distance > -STREAM_REACH;
}

void stream_lower(struct stream *s, uint64_t at)
{
	if (!s->is_begun && at < s->next)
		s->next = at;
}

void stream_pass_over(struct stream *s, uint64_t at)
{
	s->is_begun = true;
	s->next = MAX(s->next, at);
	s->end = MAX(s->end, s->next);
}

/* ---- pieces ---------------------------------------------------------------------------------------------------- */

/* b without its first n bytes. */
static struct stream_bytes without_front(struct stream_bytes b, uint64_t n)
{
	if (n == 0)
		return b;
	b.at += n;
	b.p += n;
	b.n -= n;
	b.where.at += n;
	if (b.where.pos != BITS_POS_UNKNOWN)
		b.where.pos += n;
	b.starts_segment = false;
	return b;
}

/* The part of b below `at`. */
static struct stream_bytes front_below(struct stream_bytes b, uint64_t at)
{
	if (end_of(&b) > at)
		b.n = (size_t)(at - b.at);
	return b;
}

static void release(struct stream *s, const struct stream_bytes *b, const struct stream_sink *sink, void *user)
{
	s->next = end_of(b);
	s->is_begun = true;
	sink->bytes(b, user);
}

/* ---- the list of chunks ---------------------------------------------------------------------------------------- */

static struct chunk *chunk_at(const GList *l)
{
	return l->data;
}

static void insert_before(struct stream *s, GList *l, const struct stream_bytes *b, struct stream_totals *totals)
{
	struct chunk *c;

	if (b->n == 0)
		return;
	c = g_malloc(sizeof *c + b->n);
	c->b = *b;
	c->b.p = c->data;
	memcpy(c->data, b->p, b->n);
	g_queue_insert_before(s->held, l, c);
	s->held_bytes += b->n;
	totals->held += cost_of(b->n);
}

static void drop(struct stream *s, GList *l, struct stream_totals *totals)
{
	struct chunk *c = l->data;

	s->held_bytes -= c->b.n;
	totals->held -= cost_of(c->b.n);
	g_queue_delete_link(s->held, l);
	g_free(c);
}

void stream_clear(struct stream *s, struct stream_totals *totals)
{
	if (s->held == NULL)
		return;
	while (s->held->head != NULL)
		drop(s, s->held->head, totals);
	g_clear_pointer(&s->held, g_queue_free);
}

/* The first chunk that ends behind `at`.  Looked for from the end: what is early usually comes in order itself. */
static GList *first_behind(const struct stream *s, uint64_t at)
{
	GList *found = NULL;

	for (GList *l = s->held->tail; l != NULL && end_of(&chunk_at(l)->b) > at; l = l->prev)
		found = l;
	return found;
}

/* A good copy of a part of what waits at l, which is bad: it takes the place of that part.  Gives what now waits last. */
static GList *replace_part(struct stream *s, GList *l, const struct stream_bytes *fresh, struct stream_totals *totals)
{
	struct chunk       *old = l->data;
	struct stream_bytes front = front_below(old->b, MAX(old->b.at, fresh->at)), part = front_below(*fresh, end_of(&old->b)),
			    back = without_front(old->b, end_of(&part) - old->b.at);
	GList              *last;

	part = without_front(part, old->b.at > part.at ? old->b.at - part.at : 0);
	back.goes_on |= back.n < old->b.n;
	insert_before(s, l, &front, totals);
	insert_before(s, l, &part, totals);
	insert_before(s, l, &back, totals);
	last = l->prev;
	drop(s, l, totals);
	return last;
}

/* Two copies of the same bytes: one waits at l, fresh came.  A bad copy gives way to one that is not. */
static GList *settle_overlap(struct stream *s, GList *l, const struct stream_bytes *fresh, struct stream_totals *totals)
{
	struct chunk *old = l->data;
	uint64_t      from = MAX(old->b.at, fresh->at), to = MIN(end_of(&old->b), end_of(fresh));
	size_t        n = (size_t)(to - from);

	totals->retransmitted += n;
	if (memcmp(old->data + (from - old->b.at), fresh->p + (from - fresh->at), n) == 0) {
		old->b.is_bad &= fresh->is_bad || n < old->b.n;
		return l;
	}
	totals->conflicting += n;
	return old->b.is_bad && !fresh->is_bad ? replace_part(s, l, fresh, totals) : l;
}

/* Keep b; where chunks wait already only what lies between them is new. */
static void hold(struct stream *s, struct stream_bytes b, struct stream_totals *totals)
{
	GList *l;

	if (s->held == NULL)
		s->held = g_queue_new();
	for (l = first_behind(s, b.at); l != NULL && b.n > 0 && chunk_at(l)->b.at < end_of(&b); l = l->next) {
		struct stream_bytes gap = b;

		if (chunk_at(l)->b.at > b.at) {
			gap = front_below(b, chunk_at(l)->b.at);
			insert_before(s, l, &gap, totals);
			b = without_front(b, gap.n);
		}
		l = settle_overlap(s, l, &b, totals);
		b = without_front(b, MIN(b.n, end_of(&chunk_at(l)->b) - b.at));
	}
	insert_before(s, l, &b, totals);
}

/* ---- releasing ------------------------------------------------------------------------------------------------- */

/* The next segment: what is left of this one says nothing new. */
static bool next_is_bad_too(const GList *l)
{
	const GList *n = l->next;

	for (; n != NULL && chunk_at(n)->b.is_bad && chunk_at(n)->b.at == end_of(&chunk_at(n->prev)->b); n = n->next)
		if (!chunk_at(n)->b.goes_on)
			return true;
	return false;
}

/* Bad bytes wait for a better copy, until it is plain that there is none: the receiver took them, or the next ones are
 * bad as well.  Then the sender's network card fills checksums in, and no more of them are looked at. */
static bool may_go(struct stream *s, const GList *l)
{
	const struct chunk *c = l->data;

	if (!c->b.is_bad || s->is_offloaded)
		return true;
	if (s->acked < end_of(&c->b) && !next_is_bad_too(l))
		return false;
	s->is_offloaded = true;
	return true;
}

static void release_first(struct stream *s, struct stream_totals *totals, const struct stream_sink *sink, void *user)
{
	struct chunk *c = g_queue_pop_head(s->held);

	s->held_bytes -= c->b.n;
	totals->held -= cost_of(c->b.n);
	release(s, &c->b, sink, user);
	g_free(c);
}

void stream_drain(struct stream *s, struct stream_totals *totals, const struct stream_sink *sink, void *user)
{
	while (stream_has_hole(s) && chunk_at(s->held->head)->b.at == s->next &&
	       may_go(s, s->held->head))
		release_first(s, totals, sink, user);
}

void stream_add(struct stream *s, const struct stream_bytes *b, struct stream_totals *totals,
                const struct stream_sink *sink, void *user)
{
	struct stream_bytes fresh;

	if (b->at < s->next) {
		uint64_t old = MIN(b->n, s->next - b->at);

		totals->retransmitted += old;
		fresh = without_front(*b, old);
		b = &fresh;
	}
	if (b->n == 0)
		return;
	if (!b->is_bad || b->at <= s->end)
		s->end = MAX(s->end, end_of(b));
	if (b->at == s->next && !stream_has_hole(s) && (!b->is_bad || s->is_offloaded)) {
		release(s, b, sink, user);
		return;
	}
	hold(s, *b, totals);
	stream_drain(s, totals, sink, user);
	while (s->held != NULL && (s->held_bytes > STREAM_WINDOW || s->held->length > STREAM_PIECES))
		stream_give_up(s, totals, sink, user);
}

uint64_t stream_held(const struct stream *s)
{
	return s->held == NULL ? 0 : s->held_bytes + s->held->length * cost_of(0);
}

uint64_t stream_frame_behind_hole(const struct stream *s)
{
	const struct bits_where *w = &chunk_at(s->held->head)->b.where;

	return w->order != 0 ? w->order : (uint64_t)w->file << 32 | w->frame;
}

bool stream_hole_is_acked(const struct stream *s)
{
	return stream_has_hole(s) && chunk_at(s->held->head)->b.at <= s->acked;
}

void stream_give_up(struct stream *s, struct stream_totals *totals, const struct stream_sink *sink, void *user)
{
	const struct chunk *first;
	uint64_t            missing;

	if (!stream_has_hole(s))
		return;
	first = s->held->head->data;
	missing = first->b.at - s->next;
	if (missing > 0 && first->b.is_bad && !s->is_offloaded && s->acked < end_of(&first->b)) {
		drop(s, s->held->head, totals); /* its number may be as wrong as its checksum: no proof of a hole */
		return;
	}
	if (missing > 0) {
		uint64_t at = s->next;

		totals->lost += missing;
		s->next = first->b.at;
		s->is_begun = true;
		sink->lost(at, missing, &first->b.where, user);
	}
	release_first(s, totals, sink, user); /* even where it is bad: there will be no better copy */
	stream_drain(s, totals, sink, user);
}

void stream_flush(struct stream *s, const struct bits_where *w, struct stream_totals *totals,
                  const struct stream_sink *sink, void *user)
{
	uint64_t end = s->has_fin ? MAX(s->end, s->fin_at) : s->end;

	while (stream_has_hole(s))
		stream_give_up(s, totals, sink, user);
	/* one byte more than was seen may be the number of a FIN that was not */
	if (s->acked > MAX(end, s->next) + 1 && !s->has_fin)
		end = s->acked;
	if (s->is_seen && end > s->next && stream_is_near(s, end)) {
		uint64_t at = s->next, missing = end - s->next;

		totals->lost += missing;
		s->next = end;
		sink->lost(at, missing, w, user);
	}
}
