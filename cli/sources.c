/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sources.c - two tapes and a walk along both. */
#include "cli/sources.h"

struct arrival {
	uint64_t          number;
	struct source_run run;
};

struct owner {
	struct bits_range range;
	uint64_t          number;
	uint64_t          rank; /* the greater one has the byte */
};

#define RANK_ACCEPTED UINT64_MAX

static gint by_value(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static gint by_exchange(gconstpointer a, gconstpointer b)
{
	const struct arrival *x = a, *y = b;

	return x->number != y->number ? by_value(x->number, y->number) : by_value(x->run.range.from, y->run.range.from);
}

/* Of those that begin at one place the greatest rank first: it hides the others. */
static gint by_offset(gconstpointer a, gconstpointer b)
{
	const struct owner *x = a, *y = b;

	return x->range.from != y->range.from ? by_value(x->range.from, y->range.from) : by_value(y->rank, x->rank);
}

void sources_init(struct sources *s, struct spool *spool)
{
	*s = (struct sources){ 0 };
	tape_init(&s->arrived, spool, sizeof(struct arrival), by_exchange);
	tape_init(&s->owned, spool, sizeof(struct owner), by_offset);
}

void sources_clear(struct sources *s)
{
	tape_clear(&s->arrived);
	tape_clear(&s->owned);
	g_clear_error(&s->error);
}

void sources_arrived(struct sources *s, uint64_t number, uint64_t offset, uint64_t n, const struct bits_where *w)
{
	struct arrival a = { number, { { offset, offset + n }, w->pos, w->conn, w->time_ns, w->file, w->frame } };

	if (n > 0)
		tape_note(&s->arrived, &a, &s->error);
}

void sources_owned(struct sources *s, uint64_t number, struct bits_range r, bool accepted)
{
	struct owner o = { r, number, accepted ? RANK_ACCEPTED : s->owned.n };

	tape_note(&s->owned, &o, &s->error);
}

/* ---- the walk -------------------------------------------------------------------------------------------------- */

struct walk {
	struct sources   *sources;
	uint64_t          next; /* the arrival that is looked at first */
	struct source_run run;  /* is not told yet; empty: none        */
	bool            (*told)(const struct source_run *r, void *user, GError **error);
	void             *user;
};

static bool tell(struct walk *w, GError **error)
{
	return bits_range_is_empty(w->run.range) || w->told(&w->run, w->user, error);
}

static bool goes_on(const struct source_run *a, const struct source_run *b)
{
	return a->range.to == b->range.from && a->file == b->file && a->frame == b->frame && a->conn == b->conn &&
	       a->pos != BITS_POS_UNKNOWN && a->pos + (a->range.to - a->range.from) == b->pos;
}

static bool add_run(struct walk *w, const struct source_run *r, GError **error)
{
	if (goes_on(&w->run, r)) {
		w->run.range.to = r->range.to;
		return true;
	}
	if (!tell(w, error))
		return false;
	w->run = *r;
	return true;
}

/* Is it of an earlier exchange, or in front of this offset? */
static bool is_before(const void *entry, const void *what)
{
	const struct arrival *a = entry;
	const struct owner *o = what;

	return a->number != o->number ? a->number < o->number : a->run.range.to <= o->range.from;
}

static struct source_run part_of(const struct source_run *r, struct bits_range within)
{
	struct source_run part = *r;

	part.range = bits_range_cut(r->range, within);
	if (part.pos != BITS_POS_UNKNOWN)
		part.pos += part.range.from - r->range.from;
	return part;
}

static bool walk_owner(struct walk *w, const struct owner *o, GError **error)
{
	struct tape *t = &w->sources->arrived;

	if (!tape_find(t, is_before, o, &w->next, error))
		return false;
	for (; w->next < t->n; w->next++) {
		const struct arrival *a = tape_get(t, w->next, error);
		struct source_run part;

		if (a == NULL)
			return false;
		if (a->number != o->number || a->run.range.from >= o->range.to)
			return true;
		part = part_of(&a->run, o->range);
		if (!add_run(w, &part, error))
			return false;
		if (a->run.range.to > o->range.to)
			return true; /* the rest may be another owner's, and then this one's again */
	}
	return true;
}

/* ---- whose each byte is ---------------------------------------------------------------------------------------- */

/* Owners that have begun and may have bytes yet, rank rising: each of them ends behind those of greater rank.  To have
 * many of them takes copies that are longer each time, so that there are few for what was sent. */
struct rivals {
	GArray  *list; /* of struct owner                 */
	uint64_t at;   /* in front of it everything is told */
};

static struct owner *rival(const struct rivals *v, guint i)
{
	return &g_array_index(v->list, struct owner, i);
}

/* Everything in front of `to` is told of. */
static bool walk_rivals(struct walk *w, struct rivals *v, uint64_t to, GError **error)
{
	while (v->list->len > 0 && v->at < to) {
		struct owner *top = rival(v, v->list->len - 1), part = *top;

		part.range = bits_range_cut(top->range, (struct bits_range){ v->at, to });
		if (!bits_range_is_empty(part.range) && !walk_owner(w, &part, error))
			return false;
		v->at = MAX(v->at, MIN(top->range.to, to));
		if (top->range.to <= to)
			g_array_set_size(v->list, v->list->len - 1);
	}
	v->at = to;
	return true;
}

/* Those of lower rank that it hides to their ends are none any more; where it is hidden so itself, it is none. */
static void add_rival(struct rivals *v, const struct owner *o)
{
	guint to = v->list->len, from;

	while (to > 0 && rival(v, to - 1)->rank > o->rank)
		to--;
	if (to < v->list->len && rival(v, to)->range.to >= o->range.to)
		return;
	for (from = to; from > 0 && rival(v, from - 1)->range.to <= o->range.to;)
		from--;
	if (from < to)
		g_array_remove_range(v->list, from, to - from);
	g_array_insert_vals(v->list, from, o, 1);
}

static bool walk_all(struct walk *w, uint64_t size, GError **error)
{
	struct tape *owned = &w->sources->owned;
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct owner));
	struct rivals v = { .list = list };

	for (uint64_t i = 0; i < owned->n; i++) {
		const struct owner *o = tape_get(owned, i, error);
		struct owner within;

		if (o == NULL)
			return false;
		within = *o;
		within.range.to = MIN(within.range.to, size);
		if (bits_range_is_empty(within.range))
			continue;
		if (!walk_rivals(w, &v, within.range.from, error))
			return false;
		add_rival(&v, &within);
	}
	return walk_rivals(w, &v, size, error);
}

bool sources_tell(struct sources *s, uint64_t size, bool (*told)(const struct source_run *r, void *user, GError **error),
		  void *user, GError **error)
{
	struct walk w = { .sources = s, .told = told, .user = user };

	if (s->error != NULL) {
		g_propagate_error(error, g_steal_pointer(&s->error));
		return false;
	}
	if (!tape_sort(&s->arrived, error) || !tape_sort(&s->owned, error))
		return false;
	return walk_all(&w, size, error) && tell(&w, error);
}
