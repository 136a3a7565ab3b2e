/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_range.c - a set of ranges is a bitmap that costs less: whatever is done to one is done to the other. */
#include "core/bits_range.h"

#include <string.h>

#include "tests/cm.h"

#define SIZE 200

static void fill(bool *map, struct bits_range r, bool value)
{
	for (uint64_t i = r.from; i < r.to; i++)
		map[i] = value;
}

static bool all_are(const bool *map, struct bits_range r)
{
	for (uint64_t i = r.from; i < r.to; i++)
		if (!map[i])
			return false;
	return true;
}

static bool any_is(const bool *map, struct bits_range r)
{
	for (uint64_t i = r.from; i < r.to; i++)
		if (map[i])
			return true;
	return false;
}

/* Sorted, disjoint, never touching, never empty, and exactly the bits that are set. */
static void assert_equals_map(const struct bits_ranges *s, const bool *map, unsigned seed)
{
	uint64_t at = 0, total = 0;

	for (size_t i = 0; i < bits_ranges_count(s); i++) {
		struct bits_range r = bits_ranges_get(s, i);

		if (r.from >= r.to || (i > 0 && r.from <= at) || any_is(map, (struct bits_range){ at, r.from }) ||
		    !all_are(map, r))
			fail_msg("seed %u: range %zu is [%lu,%lu)", seed, i, r.from, r.to);
		total += r.to - r.from;
		at = r.to;
	}
	assert_false(any_is(map, (struct bits_range){ at, SIZE }));
	assert_int_equal(total, bits_ranges_total(s));
}

static struct bits_range random_range(GRand *rand)
{
	uint64_t from = (uint64_t)g_rand_int_range(rand, 0, SIZE), n = (uint64_t)g_rand_int_range(rand, 0, 20);

	return (struct bits_range){ from, MIN(SIZE, from + n) };
}

static void does_what_a_bitmap_does(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 200; seed++) {
		g_autoptr(GRand)   rand = g_rand_new_with_seed(seed);
		struct bits_ranges s = { NULL };
		bool               map[SIZE] = { false };

		for (unsigned step = 0; step < 100; step++) {
			struct bits_range r = random_range(rand), ask = random_range(rand);
			bool              adds = g_rand_int_range(rand, 0, 3) > 0;

			if (adds)
				bits_ranges_add(&s, r);
			else
				bits_ranges_remove(&s, r);
			fill(map, r, adds);
			assert_equals_map(&s, map, seed);
			assert_int_equal(bits_ranges_covers(&s, ask), all_are(map, ask));
			assert_int_equal(bits_ranges_overlaps(&s, ask), any_is(map, ask));
		}
		bits_ranges_clear(&s);
	}
}

static void holds_the_greatest_offsets(void **state)
{
	struct bits_ranges s = { NULL };

	(void)state;
	bits_ranges_add(&s, (struct bits_range){ UINT64_MAX - 5, UINT64_MAX });
	bits_ranges_add(&s, (struct bits_range){ 0, 5 });
	assert_int_equal(bits_ranges_count(&s), 2);
	assert_true(bits_ranges_covers(&s, (struct bits_range){ UINT64_MAX - 1, UINT64_MAX }));
	assert_false(bits_ranges_covers(&s, (struct bits_range){ 0, UINT64_MAX }));
	bits_ranges_clear(&s);
}

static void an_inverted_range_is_empty(void **state)
{
	struct bits_ranges s = { NULL };

	(void)state;
	bits_ranges_add(&s, (struct bits_range){ 7, 3 });
	assert_int_equal(bits_ranges_count(&s), 0);
	assert_true(bits_ranges_covers(&s, (struct bits_range){ 7, 3 }));
	assert_false(bits_ranges_overlaps(&s, (struct bits_range){ 7, 3 }));
}

static void room_is_for_what_touches_or_while_there_is_some(void **state)
{
	static const struct {
		const char       *name;
		struct bits_range r;
		size_t            most;
		bool              has_room;
	} cases[] = {
		{ "another one, and there may be three", { 50, 60 }, 3, true },
		{ "another one, and there may be two", { 50, 60 }, 2, false },
		{ "behind one", { 20, 21 }, 2, true },
		{ "in front of one", { 29, 30 }, 2, true },
		{ "inside one", { 12, 13 }, 0, true },
		{ "between two", { 21, 29 }, 2, false },
	};
	struct bits_ranges s = { NULL };

	(void)state;
	assert_false(bits_ranges_have_room(&s, (struct bits_range){ 0, 1 }, 0));
	assert_true(bits_ranges_have_room(&s, (struct bits_range){ 0, 1 }, 1));
	bits_ranges_add(&s, (struct bits_range){ 10, 20 });
	bits_ranges_add(&s, (struct bits_range){ 30, 40 });
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_in_row(cases[i].name, bits_ranges_have_room(&s, cases[i].r, cases[i].most) == cases[i].has_room);
	bits_ranges_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_is_for_what_touches_or_while_there_is_some),
		cmocka_unit_test(does_what_a_bitmap_does),
		cmocka_unit_test(holds_the_greatest_offsets),
		cmocka_unit_test(an_inverted_range_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
