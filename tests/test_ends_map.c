/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_ends_map.c - against a plain list of who is there. */
#include "wire/ends_map.h"

#include <string.h>

#include "tests/cm.h"
#include "wire/connection.h"

#define CROWD 300

/* The n-th pair of ends; every third one is IPv6, every seventh of exported PDUs. */
static void ends_of(unsigned n, struct bits_end end[2])
{
	bool is_ipv6 = n % 3 == 0;

	for (unsigned i = 0; i < 2; i++) {
		memset(&end[i], 0, sizeof end[i]);
		end[i].addr.family = is_ipv6 ? 6 : 4;
		end[i].addr.bytes[is_ipv6 ? 15 : 3] = (uint8_t)(i == 0 ? n % 5 : 5 + n / 5);
		end[i].addr.telling = n % 7 == 0 ? (uint16_t)(n % 2) : 0;
		end[i].port = (uint16_t)(n / 50);
	}
}

static struct connection *connection_of(unsigned n)
{
	struct bits_end end[2], in_order[2];

	ends_of(n, end);
	ends_in_order(&end[0], &end[1], in_order);
	return connection_new(in_order, n);
}

static uint32_t place_of(struct ends_map *m, unsigned n, unsigned *d)
{
	struct bits_end end[2];

	ends_of(n, end);
	return ends_map_find(m, &end[0], &end[1], d);
}

static void expect_all(struct ends_map *m, struct connection *const there[CROWD])
{
	uint32_t n = 0;

	for (unsigned i = 0; i < CROWD; i++) {
		unsigned d;
		uint32_t place = place_of(m, i, &d);

		n += there[i] != NULL;
		if (there[i] == NULL) {
			assert_int_equal(place, ENDS_NOWHERE);
			continue;
		}
		assert_ptr_equal(m->conns[place], there[i]);
		assert_int_equal(m->keys[place].is_passed, i % 2);
		assert_int_equal(m->keys[place].moved, i & 0xFF);
		assert_int_equal(ends_map_place_of(m, there[i]), place);
	}
	assert_int_equal(m->n, n);
}

/* Their ends differ in one thing or another; whoever goes leaves the others where they are found. */
static void whoever_is_there_is_found_and_nobody_else(void **state)
{
	struct connection *there[CROWD] = { NULL };
	struct ends_map    m;
	GRand             *dice = g_rand_new_with_seed(1);

	(void)state;
	ends_map_init(&m);
	for (unsigned step = 0; step < 4000; step++) {
		unsigned i = (unsigned)g_rand_int_range(dice, 0, CROWD);

		if (there[i] == NULL) {
			uint32_t place;

			there[i] = connection_of(i);
			place = ends_map_add(&m, there[i]);
			m.keys[place].is_passed = i % 2;
			m.keys[place].moved = i & 0xFF;
		} else if (step % 3 != 0) { /* mostly full, and it grows twice */
			ends_map_remove(&m, ends_map_place_of(&m, there[i]));
			connection_free(g_steal_pointer(&there[i]));
		}
		if (step % 16 == 0)
			expect_all(&m, there);
	}
	expect_all(&m, there);
	assert_true(m.size > 64);
	for (unsigned i = 0; i < CROWD; i++)
		if (there[i] != NULL)
			connection_free(there[i]);
	ends_map_clear(&m);
	g_rand_free(dice);
}

/* Whichever of the ends sends, it is the same connection, and the direction says which. */
static void both_directions_are_told_apart(void **state)
{
	(void)state;
	for (unsigned n = 0; n < CROWD; n++) {
		struct connection *c = connection_of(n);
		struct bits_end    end[2];
		struct ends_map    m;
		unsigned           there, back;

		ends_map_init(&m);
		ends_map_add(&m, c);
		ends_of(n, end);
		assert_int_not_equal(ends_map_find(&m, &end[0], &end[1], &there), ENDS_NOWHERE);
		assert_int_not_equal(ends_map_find(&m, &end[1], &end[0], &back), ENDS_NOWHERE);
		assert_int_equal(there, !back);
		assert_int_equal(c->end[there].port, end[0].port);
		assert_memory_equal(c->end[there].addr.bytes, end[0].addr.bytes, 16);
		ends_map_clear(&m);
		connection_free(c);
	}
}

/* Of equal numbers one map makes another place than the next. */
static void nobody_knows_where_a_key_lies(void **state)
{
	unsigned places = 0;
	uint32_t first = 0;

	(void)state;
	for (unsigned i = 0; i < 32; i++) {
		struct connection *c = connection_of(1);
		struct ends_map    m;
		uint32_t           place;

		ends_map_init(&m);
		place = ends_map_add(&m, c);
		first = i == 0 ? place : first;
		places += place != first;
		ends_map_clear(&m);
		connection_free(c);
	}
	assert_true(places > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_is_there_is_found_and_nobody_else),
		cmocka_unit_test(both_directions_are_told_apart),
		cmocka_unit_test(nobody_knows_where_a_key_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
