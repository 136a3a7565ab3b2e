/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/datagram.h"

#include <string.h>

#include "tests/cm.h"

static struct datagram *fresh(void)
{
	const struct datagram_key key = { .id = 1 };

	return datagram_new(&key);
}

/* A fragment at an offset, of a frame that has so many of its bytes, all of one value: the frame's number. */
static bool add(struct datagram *d, uint32_t number, uint32_t offset, uint32_t captured, uint32_t length, bool more)
{
	g_autofree uint8_t *bytes = g_malloc(captured);
	struct frame        f = { .number = number, .pos = number * 100000, .caplen = captured, .wirelen = length, .bytes = bytes };
	struct origin       o = { .frame = &f };

	if (captured > 0)
		memset(bytes, (int)number, captured);
	return datagram_add(d, &(struct ip_fragment){ .id = 1, .offset = offset, .proto = 6, .more = more },
	                    (struct rest){ bytes, captured, length }, &o);
}

/* One letter a byte: whose it is, '.' where nobody knows. */
static char *map_of(struct datagram *d)
{
	struct rest   r;
	struct origin o = { .datagram = d };
	struct span   s;
	char         *map;
	uint32_t      done = 0;

	datagram_join(d);
	r = datagram_rest(d);
	if (d->length == DATAGRAM_OPEN)
		r.length = (uint32_t)bits_ranges_get(&d->seen, bits_ranges_count(&d->seen) - 1).to;
	map = g_strnfill(r.length, '.');
	for (; origin_span(&o, r.p + done, r.length - done, &s); done = (uint32_t)(s.p - r.p) + s.n)
		for (uint32_t i = 0; i < s.n; i++) {
			assert_int_equal(s.p[i], s.where.frame);
			map[s.p - r.p + i] = (char)('a' + s.p[i] - 1);
		}
	return map;
}

/* "OFFSET CAPTURED LENGTH MORE" of the fragments a, b, c, ... */
static void the_first_copy_of_a_byte_stands(void **state)
{
	static const struct {
		const char *name;
		uint32_t    fragments[6][4];
		bool        is_whole;
		const char *map;
		uint32_t    captured, conflicting;
	} cases[] = {
		{ "in order", { { 0, 8, 8, 1 }, { 8, 8, 8, 1 }, { 16, 3, 3, 0 } }, true, "aaaaaaaabbbbbbbbccc", 19, 0 },
		{ "last one first", { { 16, 3, 3, 0 }, { 8, 8, 8, 1 }, { 0, 8, 8, 1 } }, true, "ccccccccbbbbbbbbaaa", 19, 0 },
		{ "the middle is missing", { { 0, 8, 8, 1 }, { 16, 3, 3, 0 } }, false, "aaaaaaaa........bbb", 8, 0 },
		{ "the first is missing", { { 8, 8, 8, 1 }, { 16, 3, 3, 0 } }, false, "........aaaaaaaabbb", 0, 0 },
		{ "the last is missing", { { 0, 8, 8, 1 }, { 8, 8, 8, 1 } }, false, "aaaaaaaabbbbbbbb", 16, 0 },
		{ "the same again", { { 0, 8, 8, 1 }, { 0, 8, 8, 1 }, { 8, 3, 3, 0 } }, true, "aaaaaaaaccc", 11, 8 },
		{ "an overlap behind", { { 0, 16, 16, 1 }, { 8, 16, 16, 0 } }, true, "aaaaaaaaaaaaaaaabbbbbbbb", 24, 8 },
		{ "an overlap in front", { { 8, 16, 16, 0 }, { 0, 16, 16, 1 } }, true, "bbbbbbbbaaaaaaaaaaaaaaaa", 24, 8 },
		{ "inside another one", { { 0, 24, 24, 1 }, { 8, 8, 8, 1 }, { 24, 1, 1, 0 } }, true, "aaaaaaaaaaaaaaaaaaaaaaaac", 25, 8 },
		{ "around another one", { { 8, 8, 8, 1 }, { 0, 24, 24, 0 } }, true, "bbbbbbbbaaaaaaaabbbbbbbb", 24, 8 },
		{ "around two", { { 8, 8, 8, 1 }, { 24, 8, 8, 1 }, { 0, 40, 40, 0 } }, true, "ccccccccaaaaaaaaccccccccbbbbbbbbcccccccc", 40, 16 },
		{ "two ends: the first counts", { { 16, 3, 3, 0 }, { 0, 24, 24, 0 } }, true, "bbbbbbbbbbbbbbbbaaa", 19, 3 },
		{ "an end in front of what came", { { 0, 16, 16, 1 }, { 0, 8, 8, 0 } }, true, "aaaaaaaa", 8, 8 },
		{ "behind the end", { { 0, 8, 8, 0 }, { 16, 8, 8, 1 } }, true, "aaaaaaaa", 8, 0 },
		{ "cut by a snaplen", { { 0, 5, 8, 1 }, { 8, 2, 8, 0 } }, true, "aaaaa...bb......", 5, 0 },
		{ "cut, and again whole", { { 0, 5, 8, 1 }, { 0, 8, 8, 1 }, { 8, 8, 8, 0 } }, true, "aaaaabbbcccccccc", 16, 5 },
		{ "nothing of one was captured", { { 0, 8, 8, 1 }, { 8, 0, 8, 1 }, { 16, 4, 4, 0 } }, true, "aaaaaaaa........cccc", 8, 0 },
		{ "an empty end", { { 0, 8, 8, 1 }, { 8, 0, 0, 0 } }, true, "aaaaaaaa", 8, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct datagram *d = fresh();
		g_autofree char *map = NULL;

		for (uint32_t k = 0; k < 6; k++) {
			const uint32_t *x = cases[i].fragments[k];

			if (x[0] + x[2] + x[3] > 0 || k == 1)
				add(d, k + 1, x[0], x[1], x[2], x[3] != 0);
			if (k + 1 == 6 || cases[i].fragments[k + 1][0] + cases[i].fragments[k + 1][2] == 0)
				break;
		}
		expect_in_row(cases[i].name, datagram_is_whole(d) == cases[i].is_whole);
		map = map_of(d);
		expect_in_row(cases[i].name, strcmp(map, cases[i].map) == 0);
		expect_in_row(cases[i].name, datagram_rest(d).captured == cases[i].captured);
		expect_in_row(cases[i].name, d->conflicting == cases[i].conflicting);
		datagram_free(d);
	}
}

/* Random fragments against a plain array of bytes. */
static void any_fragments_are_as_in_a_plain_array(void **state)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);

	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		struct datagram *d = fresh();
		char             plain[401] = "";
		uint32_t         seen = 0, n = (uint32_t)g_rand_int_range(rand, 1, 20);
		g_autofree char *map = NULL;

		memset(plain, '.', 400);
		for (uint32_t k = 0; k < n; k++) {
			uint32_t offset = (uint32_t)g_rand_int_range(rand, 0, 32) * 8, length = (uint32_t)g_rand_int_range(rand, 1, 9) * 8;
			uint32_t captured = g_rand_int_range(rand, 0, 4) == 0 ? length / 2 : length;

			assert_true(add(d, k + 1, offset, captured, length, true));
			seen = MAX(seen, offset + length);
			for (uint32_t at = offset; at < offset + captured; at++)
				if (plain[at] == '.')
					plain[at] = (char)('a' + k);
		}
		plain[seen] = '\0';
		map = map_of(d);
		assert_string_equal(map, plain);
		datagram_free(d);
	}
}

static void so_many_pieces_and_no_more(void **state)
{
	struct datagram *d = fresh();
	uint32_t         n;

	(void)state;
	for (n = 0; add(d, 1, 65528 - 16 * n, 8, 8, true); n++)
		;
	assert_int_equal(n, DATAGRAM_PIECES - 1);
	assert_true(datagram_cost(d) < DATAGRAM_PIECES * 200);
	datagram_free(d);
}

static void a_small_fragment_far_behind_costs_little(void **state)
{
	struct datagram *d = fresh();

	(void)state;
	add(d, 1, 65000, 8, 8, true);
	assert_true(datagram_cost(d) < 1000);
	datagram_free(d);
}

static bool has(const struct datagram *d, uint8_t value, uint32_t offset, uint32_t captured, uint32_t length, bool more)
{
	g_autofree uint8_t *bytes = g_malloc(captured);
	struct frame        f = { .caplen = captured, .wirelen = length, .bytes = bytes };

	memset(bytes, value, captured);
	return datagram_has(d, &(struct ip_fragment){ .offset = offset, .more = more }, (struct rest){ bytes, captured, length },
	                    &(struct origin){ .frame = &f });
}

static void knows_a_copy_of_its_own(void **state)
{
	struct datagram *d = fresh();

	(void)state;
	add(d, 1, 0, 8, 8, true);
	add(d, 2, 8, 4, 8, false);
	datagram_join(d);
	assert_true(has(d, 1, 0, 8, 8, true));
	assert_true(has(d, 1, 0, 3, 8, true));
	assert_true(has(d, 2, 8, 4, 8, false));
	assert_false(has(d, 2, 8, 8, 8, false)); /* more of it than is known */
	assert_false(has(d, 2, 0, 8, 8, true));  /* other bytes              */
	assert_false(has(d, 1, 0, 8, 8, false)); /* another end              */
	assert_false(has(d, 2, 8, 4, 8, true));
	assert_false(has(d, 2, 16, 8, 8, true));
	datagram_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_copy_of_a_byte_stands),
		cmocka_unit_test(any_fragments_are_as_in_a_plain_array),
		cmocka_unit_test(so_many_pieces_and_no_more),
		cmocka_unit_test(a_small_fragment_far_behind_costs_little),
		cmocka_unit_test(knows_a_copy_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
