/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ranges.c - parts of range sets; every walk begins at the first range that can matter. */
#include "cli/ranges.h"

/* The first range that ends behind `offset`. */
static size_t first_behind(const struct bits_ranges *s, uint64_t offset)
{
	size_t low = 0, high = bits_ranges_count(s);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (bits_ranges_get(s, mid).to > offset)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

ranges ranges_inside(const struct bits_ranges *s, struct bits_range r)
{
	ranges out = { 0 };

	for (size_t i = first_behind(s, r.from); i < bits_ranges_count(s); i++) {
		struct bits_range one = bits_ranges_get(s, i);

		if (one.from >= r.to)
			break;
		bits_ranges_add(&out, bits_range_cut(one, r));
	}
	return out;
}

ranges ranges_outside(const struct bits_ranges *s, struct bits_range r)
{
	ranges out = { 0 };

	for (size_t i = first_behind(s, r.from); i < bits_ranges_count(s); i++) {
		struct bits_range one = bits_ranges_get(s, i);

		if (one.from >= r.to)
			break;
		bits_ranges_add(&out, (struct bits_range){ r.from, one.from });
		r.from = MIN(one.to, r.to);
	}
	bits_ranges_add(&out, r);
	return out;
}

void ranges_remove_all(struct bits_ranges *s, const struct bits_ranges *other)
{
	for (size_t i = 0; i < bits_ranges_count(other); i++)
		bits_ranges_remove(s, bits_ranges_get(other, i));
}

uint64_t ranges_prefix(const struct bits_ranges *s)
{
	struct bits_range first = bits_ranges_count(s) ? bits_ranges_get(s, 0) : (struct bits_range){ 0, 0 };

	return first.from == 0 ? first.to : 0;
}

uint64_t ranges_end(const struct bits_ranges *s)
{
	size_t n = bits_ranges_count(s);

	return n ? bits_ranges_get(s, n - 1).to : 0;
}
