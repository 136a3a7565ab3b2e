/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_ladder_pair.c - both sides of a proxy: who is in front, and in which order it all happened. */
#include "cli/ladder_pair.h"

#include "tests/cm.h"
#include "tests/rungs.h"

static struct bits_session one = { .ordinal = 1 }, two = { .ordinal = 2 };

/* A Create-Session of each session: frames are milliseconds too. */
static void who_is_in_front(void **state)
{
	static const struct {
		const char *name;
		struct rung first, second;
		bool is_pair;
		unsigned front; /* which of them */
	} cases[] = {
		{ "the proxy is the server of one, the client of the other",
		  { .client = 2, .server = 1, .asked = 1, .answered = 9 }, { .client = 1, .server = 8, .asked = 2, .answered = 8 },
		  true, 0 },
		{ "the same, seen in the other order",
		  { .client = 1, .server = 8, .asked = 1, .answered = 9 }, { .client = 2, .server = 1, .asked = 2, .answered = 8 },
		  true, 1 },
		{ "a proxy of two addresses: the times tell",
		  { .client = 5, .server = 6, .asked = 2, .answered = 8 }, { .client = 2, .server = 1, .asked = 1, .answered = 9 },
		  true, 1 },
		{ "neither address nor times tell",
		  { .client = 5, .server = 6, .asked = 1, .answered = 8 }, { .client = 2, .server = 1, .asked = 2, .answered = 9 },
		  false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct rung a = cases[i].first, b = cases[i].second;
		g_autoptr(ladder_handle) first = NULL, second = NULL;
		struct page_side sides[2] = { 0 };
		struct ladders l;

		a.session = &one;
		b.session = &two;
		a.number = a.conn = 1;
		b.number = b.conn = 2;
		a.status = b.status = 200;
		ladders_init(&l);
		rung_exchange(&l, &a);
		rung_exchange(&l, &b);
		first = ladders_take(&l, 1);
		second = ladders_take(&l, 2);
		sides[0].ladder = first;
		sides[1].ladder = second;
		expect_in_row(cases[i].name, pair_is_one(sides) == cases[i].is_pair);
		expect_in_row(cases[i].name, sides[0].ladder->id == cases[i].front + 1);
		ladders_clear(&l);
	}
}

static void no_pair_where_a_side_has_several_hosts(void **state)
{
	struct rung a = { &one, 1, 1, BITS_PACKET_PING, 0, 0, 1, 9, 200, .client = 2, .server = 1 };
	struct rung b = { &two, 2, 2, BITS_PACKET_PING, 0, 0, 2, 8, 200, .client = 1, .server = 8 };
	g_autoptr(ladder_handle) first = NULL, second = NULL;
	struct page_side sides[2] = { 0 };
	struct ladders l;

	(void)state;
	ladders_init(&l);
	rung_exchange(&l, &a);
	rung_exchange(&l, &b);
	b.server = 7;
	rung_exchange(&l, &b);
	first = ladders_take(&l, 1);
	second = ladders_take(&l, 2);
	sides[0].ladder = first;
	sides[1].ladder = second;
	assert_false(pair_is_one(sides));
	sides[1].ladder = NULL;
	assert_false(pair_is_one(sides));
	ladders_clear(&l);
}

/* Two taps: all frames of the back were written before those of the front. */
static void a_proxy_answers_when_it_was_answered(void **state)
{
	static const uint32_t order[] = { 11, 1, 2, 12, 13, 3, 4, 14, 5, 6 };
	g_autoptr(ladder_handle) first = NULL, second = NULL;
	g_autoptr(GArray) front = NULL, back = NULL, both = NULL;
	struct ladders l;
	guint split;

	(void)state;
	ladders_init(&l);
	rung_exchange(&l, &(struct rung){ &two, 1, 1, BITS_PACKET_FRAGMENT, 0, 10, 1, 2, 200, .client = 1, .server = 8 });
	rung_exchange(&l, &(struct rung){ &two, 2, 1, BITS_PACKET_FRAGMENT, 10, 20, 3, 4, 200, .client = 1, .server = 8 });
	rung_exchange(&l, &(struct rung){ &two, 5, 1, BITS_PACKET_CLOSE_SESSION, 0, 0, 5, 6, 200, .client = 1, .server = 8 });
	rung_exchange(&l, &(struct rung){ &one, 3, 2, BITS_PACKET_FRAGMENT, 0, 10, 11, 12, .status = 200 });
	rung_exchange(&l, &(struct rung){ &one, 4, 2, BITS_PACKET_FRAGMENT, 10, 20, 13, 14, .status = 200 });
	first = ladders_take(&l, 1);
	second = ladders_take(&l, 2);
	front = ladder_arrows(first, &split);
	back = ladder_arrows(second, &split);
	both = pair_interleave(front, back);
	assert_int_equal(both->len, G_N_ELEMENTS(order));
	for (guint i = 0; i < both->len; i++)
		assert_int_equal(g_array_index(both, struct arrow, i).frame, order[i]);
	ladders_clear(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_in_front),
		cmocka_unit_test(no_pair_where_a_side_has_several_hosts),
		cmocka_unit_test(a_proxy_answers_when_it_was_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
