/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_conn_table.c - who is found, who is the oldest, and what a full table says. */
#include "wire/conn_table.h"

#include <string.h>

#include "tests/cm.h"

static struct bits_end end_of(uint8_t family, uint8_t last, uint16_t port)
{
	return (struct bits_end){ .addr = { .family = family, .bytes = { [3] = last } }, .port = port };
}

static struct connection *find(struct conn_table *t, const struct bits_end *src, const struct bits_end *dst, unsigned *d)
{
	uint32_t place = conn_table_find(t, src, dst, d);

	return place == CONN_NOWHERE ? NULL : conn_table_at(t, place);
}

/* Each row has a connection from 10 to 20, and asks for another pair of ends. */
static void finds_a_connection_by_its_ends(void **state)
{
	static const struct {
		const char *name;
		uint8_t     family, src, dst;
		uint16_t    sport, dport;
		bool        found, opposite;
		uint16_t    telling;
	} cases[] = {
		{ "the same way", 4, 10, 20, 4000, 80, true, false, 0 },
		{ "the other way", 4, 20, 10, 80, 4000, true, true, 0 },
		{ "another port of the client", 4, 10, 20, 4001, 80, false, false, 0 },
		{ "another port of the server", 4, 10, 20, 4000, 81, false, false, 0 },
		{ "another server", 4, 10, 21, 4000, 80, false, false, 0 },
		{ "the addresses without their ports change places", 4, 20, 10, 4000, 80, false, false, 0 },
		{ "the same ends in exported PDUs", 4, 10, 20, 4000, 80, false, false, 1 },
		{ "the same numbers as IPv6 addresses", 6, 10, 20, 4000, 80, false, false, 0 },
	};

	(void)state;
	for (unsigned latest = 0; latest < 2; latest++) /* at hand, or behind another one */
		for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
			struct bits_end    a = end_of(4, 10, 4000), b = end_of(4, 20, 80), other = end_of(4, 30, 1);
			struct bits_end    src = end_of(cases[i].family, cases[i].src, cases[i].sport);
			struct bits_end    dst = end_of(cases[i].family, cases[i].dst, cases[i].dport);
			struct conn_table  t;
			struct connection *c, *found;
			unsigned           d, e;

			src.addr.telling = dst.addr.telling = cases[i].telling;
			conn_table_init(&t, 10, 10);
			c = conn_table_add(&t, &a, &b, &d, 1);
			if (latest == 0)
				conn_table_add(&t, &a, &other, &e, 2);
			found = find(&t, &src, &dst, &e);
			expect_in_row(cases[i].name, found == (cases[i].found ? c : NULL));
			expect_in_row(cases[i].name, found == NULL || (e != d) == cases[i].opposite);
			expect_in_row(cases[i].name, c->end[d].port == 4000 && c->end[!d].port == 80);
			conn_table_clear(&t);
		}
}

/* IPv6 addresses that differ in one bit anywhere are two. */
static void every_byte_of_an_address_counts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		struct bits_end   a = end_of(6, 1, 1), b = end_of(6, 2, 2), near = b;
		struct conn_table t;
		unsigned          d;

		near.addr.bytes[i] ^= 0x80;
		conn_table_init(&t, 10, 10);
		conn_table_add(&t, &a, &b, &d, 1);
		assert_null(find(&t, &a, &near, &d));
		conn_table_add(&t, &a, &near, &d, 2);
		assert_int_equal(find(&t, &a, &b, &d)->ordinal, 1);
		assert_int_equal(find(&t, &near, &a, &d)->ordinal, 2);
		conn_table_clear(&t);
	}
}

/* A table of three; steps are + (add), ? (find), - (remove) and a port. */
static void the_least_recently_used_is_the_oldest(void **state)
{
	static const struct {
		const char *name, *steps;
		unsigned    oldest;
		bool        is_full;
	} cases[] = {
		{ "the only one", "+1", 1, false },
		{ "one less than fits", "+1 +2", 1, false },
		{ "as many as fit", "+1 +2 +3", 1, true },
		{ "finding makes it the youngest", "+1 +2 +3 ?1", 2, true },
		{ "again and again", "+1 +2 +3 ?1 ?2 ?3 ?2 ?2", 1, true },
		{ "one in the middle goes", "+1 +2 +3 -2", 1, false },
		{ "the oldest goes, and there is room again", "+1 +2 +3 -1 +4", 2, true },
		{ "the one that was found last goes", "+1 +2 +3 ?2 -2", 1, false },
		{ "and comes back", "+1 +2 +3 ?2 -2 +2", 1, true },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv)        steps = g_strsplit(cases[i].steps, " ", -1);
		g_autoptr(GPtrArray) all = NULL;
		struct bits_end      a = end_of(4, 10, 4000);
		struct conn_table    t;

		conn_table_init(&t, 3, 3);
		for (char **s = steps; *s != NULL; s++) {
			unsigned           port = (unsigned)((*s)[1] - '0'), d;
			struct bits_end    b = end_of(4, 20, (uint16_t)port);
			struct connection *c = find(&t, &a, &b, &d);

			expect_in_row(cases[i].name, (c == NULL) == (**s == '+'));
			if (**s == '+')
				conn_table_add(&t, &a, &b, &d, port);
			else if (**s == '-')
				conn_table_remove(&t, c);
			expect_in_row(cases[i].name, **s == '-' ? t.map.latest == CONN_NOWHERE : conn_table_at(&t, t.map.latest)->ordinal == port);
		}
		expect_in_row(cases[i].name, conn_table_oldest(&t)->ordinal == cases[i].oldest);
		expect_in_row(cases[i].name, conn_table_is_full(&t) == cases[i].is_full);
		all = conn_table_in_order(&t);
		for (guint k = 1; k < all->len; k++)
			expect_in_row(cases[i].name, ((struct connection *)all->pdata[k - 1])->ordinal <
			                                     ((struct connection *)all->pdata[k])->ordinal);
		expect_in_row(cases[i].name, all->len == t.live.length);
		conn_table_clear(&t);
	}
}

/* Addresses and ports that count up together: a hash in which they cancel each other out would be felt here. */
static void ends_that_count_up_together_are_all_found(void **state)
{
	struct conn_table t;
	unsigned          d;
	guint             n = 65536;

	(void)state;
	conn_table_init(&t, n, n);
	for (guint i = 0; i < n; i++) {
		struct bits_end a = end_of(4, (uint8_t)i, (uint16_t)i), b = end_of(4, 1, 80);

		a.addr.bytes[2] = (uint8_t)(i >> 8);
		conn_table_add(&t, &a, &b, &d, i + 1);
	}
	assert_true(conn_table_is_full(&t));
	for (guint i = 0; i < n; i++) {
		struct bits_end a = end_of(4, (uint8_t)i, (uint16_t)i), b = end_of(4, 1, 80);

		a.addr.bytes[2] = (uint8_t)(i >> 8);
		assert_int_equal(find(&t, &b, &a, &d)->ordinal, i + 1);
	}
	conn_table_clear(&t);
}

static void no_bytes(const struct stream_bytes *b, void *user)
{
	(void)b, (void)user;
}

/* Three connections, of which each direction holds so many bytes behind a hole. */
static void ranks_those_that_hold_something(void **state)
{
	static const struct {
		const char *name;
		size_t      held[3][2];
		const char *ranks; /* ordinal and direction */
	} cases[] = {
		{ "nobody", { { 0 } }, "" },
		{ "one", { { 0 }, { 0, 5 } }, "2.1 " },
		{ "those that hold most first", { { 1, 9 }, { 0, 5 }, { 10, 0 } }, "3.0 1.1 2.1 1.0 " },
		{ "of equals the older connection, and its first direction", { { 0, 5 }, { 5, 5 }, { 5, 0 } }, "1.1 2.0 2.1 3.0 " },
	};
	static const struct stream_sink nowhere = { .bytes = no_bytes };
	static const uint8_t            bytes[10];

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct conn_table    t;
		struct stream_totals totals = { 0 };
		g_autoptr(GArray)    holders = NULL;
		g_autoptr(GString)   ranks = g_string_new(NULL);
		struct bits_end      a = end_of(4, 10, 4000);
		unsigned             d;

		conn_table_init(&t, 3, 3);
		for (uint8_t k = 0; k < 3; k++) {
			struct bits_end    b = end_of(4, (uint8_t)(20 + k), 80);
			struct connection *c = conn_table_add(&t, &a, &b, &d, k + 1);

			for (unsigned e = 0; e < 2; e++)
				stream_add(&c->live->stream[e], &(struct stream_bytes){ .at = 5, .p = bytes, .n = cases[i].held[k][e] }, &totals,
				           &nowhere, NULL);
		}
		holders = conn_table_holders(&t);
		for (guint k = 0; k < holders->len; k++) {
			const struct holder *h = &g_array_index(holders, struct holder, k);

			expect_in_row(cases[i].name, h->held == stream_held(&h->c->live->stream[h->d]));
			g_string_append_printf(ranks, "%u.%u ", (unsigned)h->c->ordinal, h->d);
		}
		expect_in_row(cases[i].name, strcmp(ranks->str, cases[i].ranks) == 0);
		for (GList *l = t.live.head; l != NULL; l = l->next)
			connection_forget(l->data, &totals);
		conn_table_clear(&t);
	}
}

/* What is known of one connection goes with it, wherever the table lays it when others come and go. */
static void what_is_passed_stays_so(void **state)
{
	struct bits_end   a = end_of(4, 10, 4000);
	struct conn_table t;
	unsigned          d;

	(void)state;
	conn_table_init(&t, 1000, 1000);
	for (uint16_t port = 1; port <= 300; port++) {
		struct bits_end b = end_of(4, 20, port);

		conn_table_pass(&t, conn_table_add(&t, &a, &b, &d, port), port % 2 == 1);
		if (port > 100 && port % 3 == 0) {
			b.port = (uint16_t)(port - 100);
			conn_table_remove(&t, find(&t, &a, &b, &d));
		}
	}
	for (uint16_t port = 1; port <= 300; port++) {
		struct bits_end b = end_of(4, 20, port);
		uint32_t        place = conn_table_find(&t, &b, &a, &d);

		assert_int_equal(place == CONN_NOWHERE, port <= 200 && port % 3 == 2);
		assert_true(place == CONN_NOWHERE || conn_table_is_passed(&t, place) == (port % 2 == 1));
	}
	conn_table_pass(&t, conn_table_at(&t, t.map.latest), true);
	assert_true(conn_table_is_passed(&t, t.map.latest));
	conn_table_clear(&t);
}

/* A table of four, of which two may be live; steps are + (add), ? (find), r (retire), l (live again) and a port. */
static void the_retired_go_before_the_live(void **state)
{
	static const struct {
		const char *name, *steps;
		unsigned    oldest;
		bool        is_full, is_full_of_live;
	} cases[] = {
		{ "one of two", "+1", 1, false, false },
		{ "two live ones", "+1 +2", 1, true, true },
		{ "one is retired, and there is room", "+1 +2 r1", 1, false, false },
		{ "two live ones again: the oldest of these goes", "+1 +2 r1 +3", 2, true, true },
		{ "four, of which one is live: the oldest retired one goes", "+1 r1 +2 r2 +3 r3 +4", 1, true, false },
		{ "... which is not the one that was found", "+1 r1 +2 r2 +3 r3 +4 ?1", 2, true, false },
		{ "live again it stays", "+1 r1 +2 r2 +3 r3 +4 l1", 4, true, true },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv)        steps = g_strsplit(cases[i].steps, " ", -1);
		g_autoptr(GPtrArray) all = NULL;
		struct bits_end      a = end_of(4, 10, 4000);
		struct conn_table    t;

		conn_table_init(&t, 4, 2);
		for (char **s = steps; *s != NULL; s++) {
			unsigned           port = (unsigned)((*s)[1] - '0'), d;
			struct bits_end    b = end_of(4, 20, (uint16_t)port);
			struct connection *c = find(&t, &a, &b, &d);

			if (**s == '+')
				conn_table_add(&t, &a, &b, &d, port);
			else if (**s == 'r')
				conn_table_note_retired(&t, c);
			else if (**s == 'l')
				conn_table_note_live(&t, c);
		}
		expect_in_row(cases[i].name, conn_table_oldest(&t)->ordinal == cases[i].oldest);
		expect_in_row(cases[i].name, conn_table_is_full(&t) == cases[i].is_full);
		expect_in_row(cases[i].name, conn_table_is_full_of_live(&t) == cases[i].is_full_of_live);
		all = conn_table_in_order(&t);
		expect_in_row(cases[i].name, all->len == t.live.length + t.retired.length);
		conn_table_clear(&t);
	}
}

/* A table of 64: who was used four searches ago or less need not move. */
static void who_was_used_lately_may_stay_where_it_is(void **state)
{
	struct bits_end   a = end_of(4, 10, 4000);
	struct conn_table t;
	unsigned          d;

	(void)state;
	conn_table_init(&t, 64, 64);
	for (uint16_t port = 1; port <= 64; port++) {
		struct bits_end b = end_of(4, 20, port);

		conn_table_add(&t, &a, &b, &d, port);
	}
	for (unsigned round = 0; round < 10; round++)
		for (uint16_t port = 1; port <= 3; port++) {
			struct bits_end b = end_of(4, 20, port);

			assert_int_equal(find(&t, &a, &b, &d)->ordinal, port);
		}
	assert_int_equal(conn_table_oldest(&t)->ordinal, 4);
	for (GList *l = t.live.tail; l != t.live.tail->prev->prev->prev; l = l->prev)
		assert_true(((struct connection *)l->data)->ordinal <= 3);
	conn_table_clear(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_a_connection_by_its_ends),
		cmocka_unit_test(every_byte_of_an_address_counts),
		cmocka_unit_test(the_least_recently_used_is_the_oldest),
		cmocka_unit_test(the_retired_go_before_the_live),
		cmocka_unit_test(what_is_passed_stays_so),
		cmocka_unit_test(who_was_used_lately_may_stay_where_it_is),
		cmocka_unit_test(ranks_those_that_hold_something),
		cmocka_unit_test(ends_that_count_up_together_are_all_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
