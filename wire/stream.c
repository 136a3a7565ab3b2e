/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream.c - put one direction of a connection in order.
 *
 * In the ordinary case nothing waits, and a segment that begins at `next` goes through without a copy.  Otherwise its
 * bytes are copied into a sorted row of chunks, each of one segment, that never overlap.  The row is an array: whoever
 * sends thousands of tiny segments in no order makes us look for a place in it as often, so that is found by halving. */
#include "wire/stream.h"

#include <string.h>

struct chunk {
	struct stream_bytes b; /* b.p points into data */
	uint8_t             data[];
};

struct chunks {
	unsigned      first, n, room; /* of `at`: n are in use, from `first` on; never 0                            */
	unsigned      alike;          /* so many at the front are known for bad parts of one segment, without a gap */
	struct chunk *at[];
};

#define ROOM_LEAST    4  /* of a row; mostly a segment or two wait                             */
#define COST_OF_PLACE 24 /* bytes: what a chunk takes in the row, and what malloc adds to both */

/* What a chunk of n bytes takes: many tiny ones take far more than their bytes. */
static uint64_t cost_of(size_t n)
{
	return n + sizeof(struct chunk) + COST_OF_PLACE;
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

/* ---- the row of chunks ----------------------------------------------------------------------------------------- */

static unsigned n_chunks(const struct stream *s)
{
	return s->held != NULL ? s->held->n : 0;
}

static struct chunk *chunk_at(const struct stream *s, unsigned i)
{
	return s->held->at[s->held->first + i];
}

static void resize(struct stream *s, unsigned room)
{
	struct chunks *h = s->held;

	memmove(h->at, h->at + h->first, h->n * sizeof h->at[0]);
	h->first = 0;
	h->room = room;
	s->held = g_realloc(h, sizeof *h + room * sizeof h->at[0]);
}

/* At the end.  What was released left room at the front: all move there, where it is so much that this is seldom. */
static void make_room(struct stream *s)
{
	const struct chunks *h = s->held;

	if (h == NULL) {
		s->held = g_malloc0(sizeof *h + ROOM_LEAST * sizeof h->at[0]);
		s->held->room = ROOM_LEAST;
	} else if (h->first + h->n == h->room) {
		resize(s, h->first > h->n / 2 ? h->room : 2 * h->room);
	}
}

/* Chunk i is not what it was. */
static void note_change(struct stream *s, unsigned i)
{
	s->held->alike = MIN(s->held->alike, i);
}

/* Gives the place behind it. */
static unsigned insert(struct stream *s, unsigned i, const struct stream_bytes *b, struct stream_totals *totals)
{
	struct chunk *c, **place;

	if (b->n == 0)
		return i;
	c = g_malloc(sizeof *c + b->n);
	c->b = *b;
	c->b.p = c->data;
	memcpy(c->data, b->p, b->n);
	make_room(s);
	place = s->held->at + s->held->first + i;
	memmove(place + 1, place, (s->held->n++ - i) * sizeof *place);
	*place = c;
	note_change(s, i);
	s->held_bytes += b->n;
	totals->held += cost_of(b->n);
	return i + 1;
}

/* The row shrinks as well, and goes with its last chunk: what is counted is little more than what waits.  The caller frees
 * the chunk. */
static struct chunk *take_out(struct stream *s, unsigned i, struct stream_totals *totals)
{
	struct chunks *h = s->held;
	struct chunk **place = h->at + h->first + i, *c = *place;

	note_change(s, i);
	h->n--;
	if (i == 0)
		h->first++;
	else
		memmove(place, place + 1, (h->n - i) * sizeof *place);
	s->held_bytes -= c->b.n;
	totals->held -= cost_of(c->b.n);
	if (h->n == 0)
		g_clear_pointer(&s->held, g_free);
	else if (h->room > ROOM_LEAST && h->n <= h->room / 4)
		resize(s, h->room / 2);
	return c;
}

void stream_clear(struct stream *s, struct stream_totals *totals)
{
	while (stream_has_hole(s))
		g_free(take_out(s, 0, totals));
}

void stream_move_heard(struct stream *s, int64_t by)
{
	for (unsigned i = 0; by != 0 && i < n_chunks(s); i++) {
		uint64_t *heard = &chunk_at(s, i)->b.where.heard;

		if (*heard != BITS_HEARD_UNKNOWN)
			*heard = by < 0 && *heard < (uint64_t)-by ? 0 : *heard + (uint64_t)by;
	}
}

/* The first chunk that ends behind `at`, or the end of all.  The last one is looked at first: what is early usually comes
 * in order itself. */
static unsigned first_behind(const struct stream *s, uint64_t at)
{
	unsigned from = 0, to = n_chunks(s);

	if (to > 0 && end_of(&chunk_at(s, to - 1)->b) <= at)
		return to;
	while (from < to) {
		unsigned middle = (from + to) / 2;

		if (end_of(&chunk_at(s, middle)->b) > at)
			to = middle;
		else
			from = middle + 1;
	}
	return to;
}

/* A good copy of a part of what waits at i, which is bad: it takes the place of that part.  Gives what now waits last. */
static unsigned replace_part(struct stream *s, unsigned i, const struct stream_bytes *fresh, struct stream_totals *totals)
{
	struct chunk       *old = chunk_at(s, i);
	struct stream_bytes front = front_below(old->b, MAX(old->b.at, fresh->at)), part = front_below(*fresh, end_of(&old->b)),
			    back = without_front(old->b, end_of(&part) - old->b.at);

	part = without_front(part, old->b.at > part.at ? old->b.at - part.at : 0);
	back.goes_on |= back.n < old->b.n;
	i = insert(s, i, &front, totals);
	i = insert(s, i, &part, totals);
	i = insert(s, i, &back, totals);
	g_free(take_out(s, i, totals));
	return i - 1;
}

/* Two copies of the same bytes: one waits at i, fresh came.  A bad copy gives way to one that is not: where they are equal, what
 * else its header said may still be wrong. */
static unsigned settle_overlap(struct stream *s, unsigned i, const struct stream_bytes *fresh, struct stream_totals *totals)
{
	struct chunk *old = chunk_at(s, i);
	uint64_t      from = MAX(old->b.at, fresh->at), to = MIN(end_of(&old->b), end_of(fresh));
	size_t        n = (size_t)(to - from);

	totals->retransmitted += n;
	if (memcmp(old->data + (from - old->b.at), fresh->p + (from - fresh->at), n) != 0)
		totals->conflicting += n;
	return old->b.is_bad && !fresh->is_bad ? replace_part(s, i, fresh, totals) : i;
}

/* Keep b; where chunks wait already only what lies between them is new. */
static void hold(struct stream *s, struct stream_bytes b, struct stream_totals *totals)
{
	unsigned i = first_behind(s, b.at);

	for (; i < n_chunks(s) && b.n > 0 && chunk_at(s, i)->b.at < end_of(&b); i++) {
		if (chunk_at(s, i)->b.at > b.at) {
			struct stream_bytes gap = front_below(b, chunk_at(s, i)->b.at);

			i = insert(s, i, &gap, totals);
			b = without_front(b, gap.n);
		}
		i = settle_overlap(s, i, &b, totals);
		b = without_front(b, MIN(b.n, end_of(&chunk_at(s, i)->b) - b.at));
	}
	insert(s, i, &b, totals);
}

/* ---- releasing ------------------------------------------------------------------------------------------------- */

/* Of one that no network card explains, so many others have to follow: a burst of noise is shorter, a capture of which somebody
 * edited the contents goes on like that. */
#define STRANGE_ROW 8U

static bool is_broken(const struct stream *s, const struct stream_bytes *b)
{
	return b->is_bad && b->is_strange && s->sound > 0 && !s->is_offloaded;
}

/* The next segment: what is left of the first one says nothing new, and is looked at once. */
static bool next_is_bad_too(struct stream *s)
{
	unsigned i = MAX(s->held->alike, 1);

	for (; i < s->held->n; i++) {
		const struct stream_bytes *b = &chunk_at(s, i)->b;

		if (!b->is_bad || b->at != end_of(&chunk_at(s, i - 1)->b))
			break;
		if (!b->goes_on)
			return true;
	}
	s->held->alike = i;
	return false;
}

static bool a_row_is_bad(const struct stream *s)
{
	if (s->held->n <= STRANGE_ROW)
		return false;
	for (unsigned i = 1; i <= STRANGE_ROW; i++)
		if (!chunk_at(s, i)->b.is_bad || chunk_at(s, i)->b.at != end_of(&chunk_at(s, i - 1)->b))
			return false;
	return true;
}

/* Bad bytes wait for a better copy, until it is plain that there is none: the receiver took them, or the next ones are
 * bad as well.  Then the sender's network card fills checksums in, and no more of them are looked at. */
static bool first_may_go(struct stream *s, struct stream_totals *totals)
{
	const struct chunk *c = chunk_at(s, 0);

	if (!c->b.is_bad || s->is_offloaded)
		return true;
	if (s->acked < end_of(&c->b) && !(is_broken(s, &c->b) ? a_row_is_bad(s) : next_is_bad_too(s)))
		return false;
	if (is_broken(s, &c->b))
		totals->broken += c->b.n;
	s->is_offloaded = true;
	return true;
}

static void release_first(struct stream *s, struct stream_totals *totals, const struct stream_sink *sink, void *user)
{
	struct chunk *c = take_out(s, 0, totals);

	release(s, &c->b, sink, user);
	g_free(c);
}

void stream_drain(struct stream *s, struct stream_totals *totals, const struct stream_sink *sink, void *user)
{
	while (stream_has_hole(s) && chunk_at(s, 0)->b.at == s->next && first_may_go(s, totals))
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
	while (s->held_bytes > STREAM_WINDOW || n_chunks(s) > STREAM_PIECES)
		stream_give_up(s, totals, sink, user);
}

uint64_t stream_held(const struct stream *s)
{
	return s->held_bytes + n_chunks(s) * cost_of(0);
}

uint64_t stream_frame_behind_hole(const struct stream *s)
{
	const struct bits_where *w = &chunk_at(s, 0)->b.where;

	return w->order != 0 ? w->order : (uint64_t)w->file << 32 | w->frame;
}

bool stream_hole_is_acked(const struct stream *s)
{
	return stream_has_hole(s) && chunk_at(s, 0)->b.at <= s->acked;
}

static void lose(struct stream *s, uint64_t to, const struct bits_where *w, struct stream_totals *totals,
                 const struct stream_sink *sink, void *user)
{
	uint64_t at = s->next;

	totals->lost += to - at;
	s->next = to;
	s->is_begun = true;
	sink->lost(at, to - at, w, user);
}

void stream_give_up(struct stream *s, struct stream_totals *totals, const struct stream_sink *sink, void *user)
{
	const struct chunk *first;
	uint64_t            missing;

	if (!stream_has_hole(s))
		return;
	first = chunk_at(s, 0);
	missing = first->b.at - s->next;
	if (missing > 0 && first->b.is_bad && !s->is_offloaded && s->acked < end_of(&first->b)) {
		g_free(take_out(s, 0, totals)); /* its number may be as wrong as its checksum: no proof of a hole */
		return;
	}
	if (is_broken(s, &first->b))
		totals->broken += first->b.n;
	if (missing > 0)
		lose(s, first->b.at, &first->b.where, totals, sink, user);
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
	if (s->is_seen && end > s->next && stream_is_near(s, end))
		lose(s, end, w, totals, sink, user);
}
