/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_holds.c - who holds what, against a plain array of counts. */
#include "cli/holds.h"

#include <stdlib.h>
#include <string.h>

#include "tests/cm.h"

enum { SIZE = 40 };

static bool has(const struct bits_ranges *s, uint64_t i)
{
	return bits_ranges_covers(s, (struct bits_range){ i, i + 1 });
}

/* Every part of it, as holds_inside tells it. */
static void compare(const char *seed, const struct holds *h, const unsigned *counts)
{
	for (uint64_t from = 0; from < SIZE; from += 7) {
		g_auto(ranges) held = holds_inside(h, (struct bits_range){ from, SIZE });

		for (uint64_t i = 0; i < SIZE; i++)
			expect_in_row(seed, has(&held, i) == (i >= from && counts[i] > 0));
	}
}

static void one_round(uint32_t seed)
{
	g_autofree char *name = g_strdup_printf("SEED=%u", seed);
	GRand *g = g_rand_new_with_seed(seed);
	struct holds h = { NULL };
	unsigned counts[SIZE] = { 0 };

	for (int step = 0; step < 40; step++) {
		uint64_t from = (uint64_t)g_rand_int_range(g, 0, SIZE), to = (uint64_t)g_rand_int_range(g, 0, SIZE + 1);
		struct bits_range r = { from, to };
		g_auto(ranges) freed = { NULL };
		int what = g_rand_int_range(g, 0, 5);

		if (what == 0)
			holds_drop(&h, r);
		else if (what <= 2)
			holds_take(&h, r, &freed);
		else
			holds_add(&h, r);
		for (uint64_t i = from; i < to; i++) {
			expect_in_row(name, has(&freed, i) == (what >= 1 && what <= 2 && counts[i] == 1));
			if (what == 0)
				counts[i] = 0;
			else if (what <= 2)
				counts[i] -= counts[i] > 0;
			else
				counts[i]++;
		}
		compare(name, &h, counts);
	}
	holds_clear(&h);
	g_rand_free(g);
}

/* SEED=n repeats the round that a failure names. */
static void any_order_of_changes_is_as_in_a_plain_array(void **state)
{
	uint32_t first = getenv("SEED") ? (uint32_t)atoi(getenv("SEED")) : 1, n = getenv("SEED") ? 1 : 300;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		one_round(first + i);
}

/* An upload in order, and one of which everything is held twice for a while, cost one range. */
static void what_is_held_alike_is_one_range(void **state)
{
	g_auto(ranges) freed = { NULL };
	struct holds h = { NULL };

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		holds_add(&h, (struct bits_range){ 10 * i, 10 * i + 10 });
	assert_int_equal(h.list->len, 1);
	for (uint64_t i = 0; i < 1000; i++)
		holds_add(&h, (struct bits_range){ 10 * i, 10 * i + 10 });
	assert_int_equal(h.list->len, 1);
	for (uint64_t i = 1000; i-- > 0;)
		holds_take(&h, (struct bits_range){ 10 * i, 10 * i + 10 }, &freed);
	assert_int_equal(h.list->len, 1);
	assert_int_equal(bits_ranges_count(&freed), 0);
	holds_clear(&h);
}

static void the_last_byte_there_can_be_is_held_too(void **state)
{
	const struct bits_range last = { UINT64_MAX - 1, UINT64_MAX };
	g_auto(ranges) freed = { NULL };
	struct holds h = { NULL };

	(void)state;
	holds_add(&h, last);
	holds_add(&h, (struct bits_range){ 0, UINT64_MAX });
	holds_take(&h, (struct bits_range){ 0, UINT64_MAX }, &freed);
	assert_true(bits_ranges_covers(&freed, (struct bits_range){ 0, UINT64_MAX - 1 }));
	assert_false(has(&freed, UINT64_MAX - 1));
	holds_clear(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order_of_changes_is_as_in_a_plain_array),
		cmocka_unit_test(what_is_held_alike_is_one_range),
		cmocka_unit_test(the_last_byte_there_can_be_is_held_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
