/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_ranges.c - parts of range sets against a plain bitmap. */
#include "cli/ranges.h"

#include <stdlib.h>

#include "tests/cm.h"

#define BITS 64U

static uint64_t bitmap_of(const struct bits_ranges *s)
{
	uint64_t map = 0;

	for (size_t i = 0; i < bits_ranges_count(s); i++) {
		struct bits_range r = bits_ranges_get(s, i);

		for (uint64_t bit = r.from; bit < r.to; bit++)
			map |= UINT64_C(1) << bit;
	}
	return map;
}

static uint64_t bitmap_of_one(struct bits_range r)
{
	ranges s = { 0 };
	uint64_t map;

	bits_ranges_add(&s, r);
	map = bitmap_of(&s);
	bits_ranges_clear(&s);
	return map;
}

static uint64_t prefix_of(uint64_t map)
{
	uint64_t n = 0;

	while (n < BITS && map >> n & 1)
		n++;
	return n;
}

static uint64_t end_of(uint64_t map)
{
	uint64_t n = BITS;

	while (n && !(map >> (n - 1) & 1))
		n--;
	return n;
}

static struct bits_range any_range(GRand *g)
{
	uint64_t from = (uint64_t)g_rand_int_range(g, 0, BITS), n = (uint64_t)g_rand_int_range(g, 0, 12);

	return (struct bits_range){ from, MIN(from + n, BITS) };
}

/* SEED=n repeats the round that a failure names. */
static void one_round(uint32_t seed)
{
	g_autofree char *name = g_strdup_printf("SEED=%u", seed);
	g_autoptr(GRand) g = g_rand_new_with_seed(seed);
	g_auto(ranges) s = { 0 }, other = { 0 };
	uint64_t map;

	for (gint32 n = g_rand_int_range(g, 0, 9); n > 0; n--)
		bits_ranges_add(&s, any_range(g));
	for (gint32 n = g_rand_int_range(g, 0, 5); n > 0; n--)
		bits_ranges_add(&other, any_range(g));
	map = bitmap_of(&s);
	for (unsigned i = 0; i < 20; i++) {
		struct bits_range r = any_range(g);
		g_auto(ranges) inside = ranges_inside(&s, r), outside = ranges_outside(&s, r);

		expect_in_row(name, bitmap_of(&inside) == (map & bitmap_of_one(r)));
		expect_in_row(name, bitmap_of(&outside) == (~map & bitmap_of_one(r)));
	}
	expect_in_row(name, ranges_prefix(&s) == prefix_of(map));
	expect_in_row(name, ranges_end(&s) == end_of(map));
	ranges_remove_all(&s, &other);
	expect_in_row(name, bitmap_of(&s) == (map & ~bitmap_of(&other)));
}

static void any_set_gives_the_bits_of_the_bitmap(void **state)
{
	uint32_t first = getenv("SEED") ? (uint32_t)atoi(getenv("SEED")) : 1, n = getenv("SEED") ? 1 : 3000;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		one_round(first + i);
}

/* The set is {[10, 20), [30, 40)}. */
static void borders_belong_to_the_range_that_begins_there(void **state)
{
	static const struct {
		const char *name;
		struct bits_range r;
		uint64_t inside, outside; /* bytes */
		size_t n_inside, n_outside;
	} cases[] = {
		{ "an empty range", { 15, 15 }, 0, 0, 0, 0 },
		{ "a range that ends before it begins", { 20, 10 }, 0, 0, 0, 0 },
		{ "in front of all", { 0, 10 }, 0, 10, 0, 1 },
		{ "one range exactly", { 10, 20 }, 10, 0, 1, 0 },
		{ "the hole exactly", { 20, 30 }, 0, 10, 0, 1 },
		{ "all and both sides of it", { 0, 50 }, 20, 30, 2, 3 },
		{ "behind all", { 40, 50 }, 0, 10, 0, 1 },
		{ "to the end of all offsets", { 35, UINT64_MAX }, 5, UINT64_MAX - 40, 1, 1 },
	};
	g_auto(ranges) s = { 0 };

	(void)state;
	bits_ranges_add(&s, (struct bits_range){ 10, 20 });
	bits_ranges_add(&s, (struct bits_range){ 30, 40 });
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(ranges) inside = ranges_inside(&s, cases[i].r), outside = ranges_outside(&s, cases[i].r);

		expect_in_row(cases[i].name, bits_ranges_total(&inside) == cases[i].inside);
		expect_in_row(cases[i].name, bits_ranges_count(&inside) == cases[i].n_inside);
		expect_in_row(cases[i].name, bits_ranges_total(&outside) == cases[i].outside);
		expect_in_row(cases[i].name, bits_ranges_count(&outside) == cases[i].n_outside);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_set_gives_the_bits_of_the_bitmap),
		cmocka_unit_test(borders_belong_to_the_range_that_begins_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
