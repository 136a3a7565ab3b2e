/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_range.c - sets of bytes as sorted, disjoint ranges.
 *
 * Uploads arrive in order nearly always, so adding looks at the last range first; anything else is a binary search. */
#include "core/bits_range.h"

void bits_ranges_clear(struct bits_ranges *s)
{
	g_clear_pointer(&s->list, g_array_unref);
}

size_t bits_ranges_count(const struct bits_ranges *s)
{
	return s->list ? s->list->len : 0;
}

struct bits_range bits_ranges_get(const struct bits_ranges *s, size_t i)
{
	return g_array_index(s->list, struct bits_range, i);
}

/* The first range that ends at or behind `offset`: the first that a range beginning there can touch. */
static guint first_touching(const struct bits_ranges *s, uint64_t offset)
{
	guint low = 0, high = (guint)bits_ranges_count(s);

	if (high > 0 && bits_ranges_get(s, high - 1).to < offset)
		return high;
	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (bits_ranges_get(s, middle).to < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void bits_ranges_add(struct bits_ranges *s, struct bits_range r)
{
	guint from, to;

	if (bits_range_is_empty(r))
		return;
	if (bits_ranges_end_at(s, r.from)) {
		bits_ranges_extend(s, r.to);
		return;
	}
	if (s->list == NULL)
		s->list = g_array_new(false, false, sizeof(struct bits_range));
	from = first_touching(s, r.from);
	for (to = from; to < s->list->len && bits_ranges_get(s, to).from <= r.to; to++) {
		r.from = MIN(r.from, bits_ranges_get(s, to).from);
		r.to = MAX(r.to, bits_ranges_get(s, to).to);
	}
	if (to == from) {
		g_array_insert_val(s->list, from, r);
		return;
	}
	g_array_index(s->list, struct bits_range, from) = r;
	if (to - from > 1)
		g_array_remove_range(s->list, from + 1, to - from - 1);
}

bool bits_ranges_have_room(const struct bits_ranges *s, struct bits_range r, size_t most)
{
	guint i;

	if (bits_ranges_count(s) < most)
		return true;
	i = first_touching(s, r.from);
	return i < bits_ranges_count(s) && bits_ranges_get(s, i).from <= r.to;
}

void bits_ranges_add_all(struct bits_ranges *s, const struct bits_ranges *other)
{
	for (size_t i = 0; i < bits_ranges_count(other); i++)
		bits_ranges_add(s, bits_ranges_get(other, i));
}

void bits_ranges_remove(struct bits_ranges *s, struct bits_range r)
{
	guint i;

	if (bits_range_is_empty(r) || s->list == NULL)
		return;
	i = first_touching(s, r.from);
	while (i < s->list->len && bits_ranges_get(s, i).from < r.to) {
		struct bits_range *old = &g_array_index(s->list, struct bits_range, i);
		struct bits_range  behind = { MAX(r.to, old->from), old->to };

		old->to = MIN(old->to, MAX(r.from, old->from));
		if (bits_range_is_empty(*old))
			g_array_remove_index(s->list, i);
		else
			i++;
		if (!bits_range_is_empty(behind)) {
			g_array_insert_val(s->list, i, behind);
			return;
		}
	}
}

uint64_t bits_ranges_total(const struct bits_ranges *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < bits_ranges_count(s); i++)
		sum += bits_ranges_get(s, i).to - bits_ranges_get(s, i).from;
	return sum;
}

bool bits_ranges_covers(const struct bits_ranges *s, struct bits_range r)
{
	guint i;

	if (bits_range_is_empty(r))
		return true;
	/* + 1: a range that ends at r.from touches r without holding any byte of it */
	i = first_touching(s, r.from + 1);
	return i < bits_ranges_count(s) && bits_ranges_get(s, i).from <= r.from && bits_ranges_get(s, i).to >= r.to;
}

bool bits_ranges_overlaps(const struct bits_ranges *s, struct bits_range r)
{
	guint i;

	if (bits_range_is_empty(r))
		return false;
	i = first_touching(s, r.from + 1);
	return i < bits_ranges_count(s) && bits_ranges_get(s, i).from < r.to;
}
