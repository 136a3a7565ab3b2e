/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_ladder.c - every packet has one place, and what is kept of a session has an end. */
#include "cli/ladder.h"

#include "cli/record.h"
#include "tests/cm.h"
#include "tests/rungs.h"

static struct bits_session one = { .ordinal = 1 }, two = { .ordinal = 2 };

static guint kept(const struct ladders *l, uint64_t session)
{
	const struct ladder *ladder = ladders_find(l, session);

	return ladder != NULL ? ladder->first->len + ladder->last.length : 0;
}

/* Where a Ping goes that no session claims by itself. */
static void a_ping_is_of_its_clients_session(void **state)
{
	static const struct {
		const char *name;
		struct rung ping;
		bool first, closed; /* the Ping comes before the session; the session is over when it comes */
		guint is_in_it;
	} cases[] = {
		{ "before the session",         { .conn = 7, .packet = BITS_PACKET_PING }, true, false, 4 },
		{ "in the middle of it",        { .conn = 7, .packet = BITS_PACKET_PING }, false, false, 4 },
		{ "after its end: of the next", { .conn = 7, .packet = BITS_PACKET_PING }, false, true, 2 },
		{ "of another client",          { .conn = 7, .packet = BITS_PACKET_PING, .client = 9 }, true, false, 2 },
		{ "to another server",          { .conn = 7, .packet = BITS_PACKET_PING, .server = 9 }, true, false, 2 },
		{ "of its exported PDUs",       { .conn = 7, .packet = BITS_PACKET_PING, .telling = 1 }, true, false, 2 },
		{ "to another URL",             { .conn = 7, .packet = BITS_PACKET_PING, .path = "/b" }, true, false, 2 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct rung ping = cases[i].ping, packet = { &one, 2, 1, .packet = BITS_PACKET_CREATE_SESSION };
		struct ladders l;

		packet.packet = cases[i].closed ? BITS_PACKET_CLOSE_SESSION : BITS_PACKET_CREATE_SESSION;
		ping.number = 1;
		ping.status = packet.status = 200;
		ping.asked = packet.asked = 4;
		ping.answered = packet.answered = 5;
		ladders_init(&l);
		rung_exchange(&l, cases[i].first ? &ping : &packet);
		rung_exchange(&l, cases[i].first ? &packet : &ping);
		expect_in_row(cases[i].name, kept(&l, 1) == cases[i].is_in_it);
		expect_in_row(cases[i].name, l.arrows == 4);
		ladders_clear(&l);
	}
}

static void an_answer_alone_is_of_its_connection(void **state)
{
	struct rung fragment = { &one, 1, 1, BITS_PACKET_FRAGMENT, 0, 10, 4, 5, .status = 200 };
	struct rung before = { NULL, 2, 1, .answered = 2, .status = 200 }, other = { NULL, 3, 5, .answered = 9, .status = 200 };
	struct ladders l;

	(void)state;
	ladders_init(&l);
	rung_answer(&l, &before);
	rung_exchange(&l, &fragment);
	rung_answer(&l, &other);
	assert_int_equal(kept(&l, 1), 3);
	assert_int_equal(l.arrows, 4);
	before.number = 4; /* and again, now that the connection has a session */
	rung_answer(&l, &before);
	assert_int_equal(kept(&l, 1), 4);
	ladders_clear(&l);
}

/* The first and the last stay, the middle is counted. */
static void a_long_session_is_cut_in_the_middle(void **state)
{
	const guint n = 2 * LADDER_HALF + 100;
	struct ladders l;
	g_autoptr(GArray) arrows = NULL;
	guint split;

	(void)state;
	ladders_init(&l);
	for (guint i = 1; i <= n; i++)
		rung_ask(&l, &(struct rung){ &one, i, 1, BITS_PACKET_FRAGMENT, .asked = i });
	assert_int_equal(kept(&l, 1), 2 * LADDER_HALF);
	assert_int_equal(l.arrows, 2 * LADDER_HALF);
	assert_int_equal(ladders_find(&l, 1)->omitted, 100);
	arrows = ladder_arrows(ladders_find(&l, 1), &split);
	assert_int_equal(split, LADDER_HALF);
	assert_int_equal(g_array_index(arrows, struct arrow, split - 1).frame, LADDER_HALF);
	assert_int_equal(g_array_index(arrows, struct arrow, split).frame, LADDER_HALF + 101);
	assert_int_equal(g_array_index(arrows, struct arrow, arrows->len - 1).frame, n);
	ladders_clear(&l);
}

/* Many sessions have an end too: then only what comes last is kept of none. */
static void all_sessions_together_have_a_cap(void **state)
{
	struct ladders l;

	(void)state;
	ladders_init(&l);
	rung_ask(&l, &(struct rung){ &one, 1, 1, BITS_PACKET_FRAGMENT, .asked = 1 });
	l.arrows = LADDERS_ARROWS_MAX;
	rung_ask(&l, &(struct rung){ &one, 2, 1, BITS_PACKET_FRAGMENT, .asked = 2 });
	rung_ask(&l, &(struct rung){ &two, 3, 2, BITS_PACKET_FRAGMENT, .asked = 3 });
	assert_int_equal(l.arrows, LADDERS_ARROWS_MAX);
	assert_int_equal(kept(&l, 1), 1);
	assert_int_equal(ladders_find(&l, 1)->omitted, 1);
	assert_int_equal(ladders_find(&l, 2)->omitted, 1);
	ladders_clear(&l);
}

/* Pings to ever new URLs make no more ladders than that. */
static void ladders_without_a_session_have_a_cap(void **state)
{
	struct ladders l;

	(void)state;
	ladders_init(&l);
	for (unsigned i = 0; i < LADDERS_LOOSE_MAX + 50; i++) {
		g_autofree char *path = g_strdup_printf("/%u", i);

		rung_ask(&l, &(struct rung){ NULL, i + 1, i, BITS_PACKET_PING, .asked = i + 1, .path = path });
	}
	assert_int_equal(l.all->len, LADDERS_LOOSE_MAX);
	assert_int_equal(l.arrows, LADDERS_LOOSE_MAX + 50);
	ladders_clear(&l);
}

static void arrows_are_in_the_order_of_frames(void **state)
{
	struct rung late = { &one, 1, 1, BITS_PACKET_FRAGMENT, 0, 10, 4, 5, .status = 200 };
	static const uint32_t frames[] = { 4, 5, 8, 8, 9 };
	struct ladders l;
	g_autoptr(GArray) arrows = NULL;
	guint split;

	(void)state;
	ladders_init(&l);
	rung_ask(&l, &late);
	rung_ask(&l, &(struct rung){ &one, 2, 1, BITS_PACKET_FRAGMENT, 10, 20, .asked = 8 });
	rung_ask(&l, &(struct rung){ &one, 3, 1, BITS_PACKET_FRAGMENT, 20, 30, .asked = 9 });
	rung_answer(&l, &late);
	rung_silence(&l, &(struct rung){ &one, 2, 1, BITS_PACKET_FRAGMENT, 10, 20, .asked = 8 }, BITS_CLOSE_OPEN, 0);
	arrows = ladder_arrows(ladders_find(&l, 1), &split);
	assert_int_equal(arrows->len, G_N_ELEMENTS(frames));
	assert_int_equal(split, arrows->len);
	for (guint i = 0; i < arrows->len; i++)
		assert_int_equal(g_array_index(arrows, struct arrow, i).frame, frames[i]);
	assert_int_equal(g_array_index(arrows, struct arrow, 3).kind, ARROW_SILENCE);
	ladders_clear(&l);
}

static void two_sessions_that_are_one_have_one_ladder(void **state)
{
	struct ladders l;

	(void)state;
	ladders_init(&l);
	rung_ask(&l, &(struct rung){ &one, 1, 1, BITS_PACKET_FRAGMENT, .asked = 4 });
	rung_ask(&l, &(struct rung){ &two, 2, 2, BITS_PACKET_CREATE_SESSION, .asked = 5 });
	ladders_joined(&l, &two, &one);
	assert_null(ladders_find(&l, 2));
	assert_int_equal(kept(&l, 1), 2);
	rung_answer(&l, &(struct rung){ NULL, 3, 2, .answered = 9, .status = 200 }); /* its connection leads there too */
	assert_int_equal(kept(&l, 1), 3);
	ladders_clear(&l);
}

/* What is found on a connection before it has a session becomes the session's. */
static void a_finding_goes_where_its_connection_goes(void **state)
{
	g_autoptr(json_t) finding = json_object();
	struct ladders l;

	(void)state;
	ladders_init(&l);
	assert_false(ladders_finding(&l, 1, finding));
	rung_ask(&l, &(struct rung){ NULL, 1, 1, BITS_PACKET_PING, .asked = 1 });
	assert_true(ladders_finding(&l, 1, finding));
	rung_ask(&l, &(struct rung){ &one, 2, 1, BITS_PACKET_CREATE_SESSION, .asked = 2 });
	assert_true(ladders_finding(&l, 1, finding));
	assert_int_equal(ladders_find(&l, 1)->findings->len, 2);
	ladders_clear(&l);
}

static void lost_bytes_are_noted_at_their_request(void **state)
{
	struct rung r = { &one, 1, 1, BITS_PACKET_FRAGMENT, 0, 10, 4, .lost = 3 };
	struct ladders l;

	(void)state;
	ladders_init(&l);
	rung_ask(&l, &r);
	rung_ask(&l, &(struct rung){ &one, 2, 1, BITS_PACKET_FRAGMENT, 10, 20, .asked = 5 });
	rung_whole(&l, &r);
	assert_int_equal(g_array_index(ladders_find(&l, 1)->first, struct arrow, 0).lost, 3);
	assert_int_equal(g_array_index(ladders_find(&l, 1)->first, struct arrow, 1).lost, 0);
	ladders_clear(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ping_is_of_its_clients_session),
		cmocka_unit_test(an_answer_alone_is_of_its_connection),
		cmocka_unit_test(a_long_session_is_cut_in_the_middle),
		cmocka_unit_test(all_sessions_together_have_a_cap),
		cmocka_unit_test(ladders_without_a_session_have_a_cap),
		cmocka_unit_test(arrows_are_in_the_order_of_frames),
		cmocka_unit_test(two_sessions_that_are_one_have_one_ladder),
		cmocka_unit_test(a_finding_goes_where_its_connection_goes),
		cmocka_unit_test(lost_bytes_are_noted_at_their_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
