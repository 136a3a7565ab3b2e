/* SPDX-License-Identifier: GPL-2.0-or-later */
/* holds.c - what a change touches is written anew and put in its old place; neighbours of one count are one range. */
#include "cli/holds.h"

#include <string.h>

struct hold {
	struct bits_range range;
	uint64_t          n; /* > 0 */
};

static struct hold *at(const struct holds *h, guint i)
{
	return &g_array_index(h->list, struct hold, i);
}

static guint count(const struct holds *h)
{
	return h->list != NULL ? h->list->len : 0;
}

void holds_clear(struct holds *h)
{
	g_clear_pointer(&h->list, g_array_unref);
}

/* The first one that ends behind `offset`. */
static guint first_behind(const struct holds *h, uint64_t offset)
{
	guint low = 0, high = count(h);

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (at(h, middle)->range.to > offset)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static void append(GArray *list, struct bits_range r, uint64_t n)
{
	struct hold one = { r, n }, *last = list->len > 0 ? &g_array_index(list, struct hold, list->len - 1) : NULL;

	if (bits_range_is_empty(r) || n == 0)
		return;
	if (last != NULL && last->range.to == r.from && last->n == n)
		last->range.to = r.to;
	else
		g_array_append_val(list, one);
}

/* How many there are then, of n that hold a byte now. */
typedef uint64_t (*change)(uint64_t n);

static uint64_t one_more(uint64_t n)
{
	return n + 1;
}

static uint64_t one_less(uint64_t n)
{
	return n > 0 ? n - 1 : 0;
}

static uint64_t none(uint64_t n)
{
	(void)n;
	return 0;
}

/* [i, *end) of h and what lies between them, changed inside r.  *freed: what nobody holds any more. */
static GArray *changed(const struct holds *h, struct bits_range r, change to, guint i, guint *end, struct bits_ranges *freed)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct hold));

	for (; i < count(h) && at(h, i)->range.from <= r.to; i++) {
		struct hold one = *at(h, i);
		struct bits_range inside = bits_range_cut(one.range, r);

		append(list, (struct bits_range){ one.range.from, MIN(one.range.to, r.from) }, one.n);
		append(list, (struct bits_range){ r.from, MIN(one.range.from, r.to) }, to(0));
		append(list, inside, to(one.n));
		if (freed != NULL && to(one.n) == 0)
			bits_ranges_add(freed, inside);
		append(list, (struct bits_range){ MAX(one.range.from, r.to), one.range.to }, one.n);
		r.from = MIN(MAX(r.from, one.range.to), r.to);
	}
	append(list, r, to(0));
	*end = i;
	return list;
}

/* Mostly as many as there were: the others stay where they are. */
static void replace(GArray *in, guint from, guint n, const GArray *by)
{
	if (n > by->len)
		g_array_remove_range(in, from, n - by->len);
	else if (n < by->len)
		g_array_insert_vals(in, from, by->data, by->len - n);
	if (by->len > 0)
		memcpy(&g_array_index(in, struct hold, from), by->data, by->len * sizeof(struct hold));
}

static void apply(struct holds *h, struct bits_range r, change to, struct bits_ranges *freed)
{
	guint from, end;
	g_autoptr(GArray) list = NULL;

	if (bits_range_is_empty(r))
		return;
	if (h->list == NULL)
		h->list = g_array_new(FALSE, FALSE, sizeof(struct hold));
	from = first_behind(h, r.from);
	if (from > 0 && at(h, from - 1)->range.to == r.from)
		from--;
	list = changed(h, r, to, from, &end, freed);
	replace(h->list, from, end - from, list);
}

/* Nearly always bytes come behind those of the same holder. */
static bool extend(struct holds *h, struct bits_range r)
{
	guint n = count(h);

	if (n == 0 || at(h, n - 1)->range.to != r.from || at(h, n - 1)->n != 1)
		return false;
	at(h, n - 1)->range.to = MAX(r.from, r.to);
	return true;
}

void holds_add(struct holds *h, struct bits_range r)
{
	if (!extend(h, r))
		apply(h, r, one_more, NULL);
}

void holds_take(struct holds *h, struct bits_range r, struct bits_ranges *freed)
{
	apply(h, r, one_less, freed);
}

void holds_drop(struct holds *h, struct bits_range r)
{
	apply(h, r, none, NULL);
}

ranges holds_inside(const struct holds *h, struct bits_range r)
{
	ranges out = { 0 };

	for (guint i = first_behind(h, r.from); i < count(h) && at(h, i)->range.from < r.to; i++)
		bits_ranges_add(&out, bits_range_cut(at(h, i)->range, r));
	return out;
}
