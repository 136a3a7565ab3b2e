/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_ladder.c - every packet has one place, and what is kept of a session has an end. */
#include "cli/ladder.h"

#include "cli/record.h"
#include "tests/cm.h"
#include "tests/rungs.h"

static struct bits_session one = { .ordinal = 1 }, two = { .ordinal = 2 };

/* Of all ladders, in memory and put away. */
static uint64_t all_arrows(const struct ladders *l)
{
	return l->arrows + l->shelf.n;
}

static guint kept(struct ladders *l, uint64_t session)
{
	g_autoptr(ladder_handle) ladder = ladders_take(l, session);

	return ladder != NULL ? ladder_count(ladder) : 0;
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
		expect_in_row(cases[i].name, all_arrows(&l) == 4);
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
	assert_int_equal(all_arrows(&l), 4);
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
	g_autoptr(ladder_handle) ladder = NULL;
	g_autoptr(GArray) arrows = NULL;
	guint split;

	(void)state;
	ladders_init(&l);
	for (guint i = 1; i <= n; i++)
		rung_ask(&l, &(struct rung){ &one, i, 1, BITS_PACKET_FRAGMENT, .asked = i });
	assert_int_equal(kept(&l, 1), 2 * LADDER_HALF);
	rung_whole(&l, &(struct rung){ &one, LADDER_HALF + 7, 1, BITS_PACKET_FRAGMENT, .asked = 1, .lost = 5 }); /* left out */
	assert_int_equal(all_arrows(&l), 2 * LADDER_HALF + 1);
	ladder = ladders_take(&l, 1);
	assert_int_equal(ladder->omitted, 100);
	arrows = ladder_arrows(ladder, &split);
	assert_int_equal(split, LADDER_HALF);
	assert_int_equal(g_array_index(arrows, struct arrow, split - 1).frame, LADDER_HALF);
	assert_int_equal(g_array_index(arrows, struct arrow, split).frame, LADDER_HALF + 101);
	assert_int_equal(g_array_index(arrows, struct arrow, arrows->len - 1).frame, n);
	ladders_clear(&l);
}

static char *told(struct ladder *l)
{
	GString *s = g_string_new(NULL);
	g_autoptr(GArray) arrows = NULL;
	guint split;

	if (l == NULL)
		return g_string_free(s, FALSE);
	arrows = ladder_arrows(l, &split);
	g_string_append_printf(s, "%u of %u, %lu omitted, %u findings:", split, arrows->len, l->omitted, l->findings->len);
	for (guint i = 0; i < arrows->len; i++) {
		const struct arrow *a = &g_array_index(arrows, struct arrow, i);

		g_string_append_printf(s, " %lu/%u@%u-%lu", a->number, a->kind, a->frame, a->lost);
	}
	return g_string_free(s, FALSE);
}

/* One step of a random course of three sessions, of which the third turns out to be the first; then nothing comes of it. */
static void step(GRand *g, struct ladders *l, uint64_t number, bool *is_joined)
{
	static struct bits_session sessions[] = { { .ordinal = 1 }, { .ordinal = 2 }, { .ordinal = 3 } };
	static const enum bits_packet packets[] = { BITS_PACKET_PING, BITS_PACKET_FRAGMENT, BITS_PACKET_CLOSE_SESSION };
	static const char *const paths[] = { "/a", "/b" };
	gint32 of = g_rand_int_range(g, 0, 5);
	struct rung r = { of < 2 + !*is_joined ? &sessions[of] : NULL, number, (uint64_t)g_rand_int_range(g, 1, 5),
			  packets[g_rand_int_range(g, 0, 3)], .asked = (uint32_t)number, .answered = (uint32_t)number + 1,
			  .status = 200, .path = paths[g_rand_int_range(g, 0, 2)] };

	switch (g_rand_int_range(g, 0, 12)) {
	case 0:
		if (!*is_joined && number > 50)
			ladders_joined(l, &sessions[2], &sessions[0]);
		*is_joined |= number > 50;
		break;
	case 1: {
		g_autoptr(json_t) finding = json_object();

		ladders_finding(l, r.conn, finding);
		break;
	}
	case 2:
		r.asked = 0;
		rung_answer(l, &r);
		break;
	case 3:
		r.lost = number;
		rung_ask(l, &r);
		rung_whole(l, &r);
		break;
	default:
		rung_exchange(l, &r);
	}
}

/* The same steps, all in memory, and with everything put away now and then. */
static void a_ladder_may_be_put_away_at_any_time(void **state)
{
	(void)state;
	for (guint32 seed = 1; seed <= 300; seed++) {
		g_autofree char *name = g_strdup_printf("SEED=%u", seed);
		GRand *g[] = { g_rand_new_with_seed(seed), g_rand_new_with_seed(seed), g_rand_new_with_seed(seed) };
		gint32 most = g_rand_int_range(g[2], 1, 200);
		bool is_joined[2] = { false, false };
		struct ladders l[2];

		ladders_init(&l[0]);
		ladders_init(&l[1]);
		for (uint64_t number = 1; number <= 100; number++) {
			step(g[0], &l[0], number, &is_joined[0]);
			if (g_rand_int_range(g[2], 0, most) == 0)
				ladder_free(ladders_take(&l[1], 9));
			step(g[1], &l[1], number, &is_joined[1]);
		}
		assert_int_equal(l[0].shelf.n, 0);
		for (uint64_t id = 1; id <= 3 + LADDERS_LOOSE_MAX; id++) {
			g_autoptr(ladder_handle) a = id <= 3 ? ladders_take(&l[0], id) : ladders_take_loose(&l[0], (guint)id - 4);
			g_autoptr(ladder_handle) b = id <= 3 ? ladders_take(&l[1], id) : ladders_take_loose(&l[1], (guint)id - 4);
			g_autofree char *want = told(a), *have = told(b);

			if (strcmp(want, have) != 0)
				print_message("ladder %lu\n%s\n%s\n", id, want, have);
			expect_in_row(name, strcmp(want, have) == 0);
		}
		for (unsigned i = 0; i < 3; i++)
			g_rand_free(g[i]);
		ladders_clear(&l[0]);
		ladders_clear(&l[1]);
	}
}

/* Each of the sessions comes again when all ladders were put away. */
static void memory_has_an_end(void **state)
{
	enum { SESSIONS = 3 * LADDERS_LIVE_MAX / 2 };
	struct ladders l;

	(void)state;
	ladders_init(&l);
	for (uint64_t round = 0; round < 2; round++)
		for (uint64_t i = 1; i <= SESSIONS; i++) {
			struct bits_session s = { .ordinal = i };

			rung_ask(&l, &(struct rung){ &s, round * SESSIONS + i, i, BITS_PACKET_FRAGMENT, .asked = 1 });
			assert_true(g_hash_table_size(l.live) <= LADDERS_LIVE_MAX);
		}
	assert_int_equal(all_arrows(&l), 2 * SESSIONS);
	for (uint64_t i = 1; i <= SESSIONS; i++)
		assert_int_equal(kept(&l, i), 2);
	assert_null(l.shelf.error);
	ladders_clear(&l);
}

static void what_cannot_be_put_away_is_told(void **state)
{
	struct ladders l;

	(void)state;
	ladders_init(&l);
	g_free(l.shelf.spool.dir);
	l.shelf.spool.dir = g_strdup("/nowhere");
	for (uint64_t i = 1; i <= LADDERS_LIVE_MAX + 10; i++) {
		struct bits_session s = { .ordinal = i };

		rung_ask(&l, &(struct rung){ &s, i, i, BITS_PACKET_FRAGMENT, .asked = 1 });
	}
	assert_non_null(l.shelf.error);
	assert_int_equal(g_hash_table_size(l.live), LADDERS_LIVE_MAX);
	assert_int_equal(kept(&l, 5), 1);
	assert_int_equal(kept(&l, LADDERS_LIVE_MAX + 5), 0);
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
	assert_int_equal(l.loose->len, LADDERS_LOOSE_MAX);
	assert_int_equal(all_arrows(&l), LADDERS_LOOSE_MAX + 50);
	ladders_clear(&l);
}

static void arrows_are_in_the_order_of_frames(void **state)
{
	struct rung late = { &one, 1, 1, BITS_PACKET_FRAGMENT, 0, 10, 4, 5, .status = 200 };
	static const uint32_t frames[] = { 4, 5, 8, 8, 9 };
	struct ladders l;
	g_autoptr(ladder_handle) ladder = NULL;
	g_autoptr(GArray) arrows = NULL;
	guint split;

	(void)state;
	ladders_init(&l);
	rung_ask(&l, &late);
	rung_ask(&l, &(struct rung){ &one, 2, 1, BITS_PACKET_FRAGMENT, 10, 20, .asked = 8 });
	rung_ask(&l, &(struct rung){ &one, 3, 1, BITS_PACKET_FRAGMENT, 20, 30, .asked = 9 });
	rung_answer(&l, &late);
	rung_silence(&l, &(struct rung){ &one, 2, 1, BITS_PACKET_FRAGMENT, 10, 20, .asked = 8 }, BITS_CLOSE_OPEN, 0);
	ladder = ladders_take(&l, 1);
	arrows = ladder_arrows(ladder, &split);
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
	assert_int_equal(kept(&l, 2), 0);
	assert_int_equal(kept(&l, 1), 2);
	rung_answer(&l, &(struct rung){ NULL, 3, 2, .answered = 9, .status = 200 }); /* its connection leads there too */
	assert_int_equal(kept(&l, 1), 3);
	ladders_clear(&l);
}

/* What is found on a connection before it has a session becomes the session's. */
static void a_finding_goes_where_its_connection_goes(void **state)
{
	g_autoptr(json_t) finding = json_object();
	g_autoptr(ladder_handle) ladder = NULL;
	struct ladders l;

	(void)state;
	ladders_init(&l);
	assert_false(ladders_finding(&l, 1, finding));
	rung_ask(&l, &(struct rung){ NULL, 1, 1, BITS_PACKET_PING, .asked = 1 });
	assert_true(ladders_finding(&l, 1, finding));
	rung_ask(&l, &(struct rung){ &one, 2, 1, BITS_PACKET_CREATE_SESSION, .asked = 2 });
	assert_true(ladders_finding(&l, 1, finding));
	ladder = ladders_take(&l, 1);
	assert_int_equal(ladder->findings->len, 2);
	ladders_clear(&l);
}

static void lost_bytes_are_noted_at_their_request(void **state)
{
	struct rung r = { &one, 1, 1, BITS_PACKET_FRAGMENT, 0, 10, 4, .lost = 3 };
	g_autoptr(ladder_handle) ladder = NULL;
	g_autoptr(GArray) arrows = NULL;
	guint split;
	struct ladders l;

	(void)state;
	ladders_init(&l);
	rung_ask(&l, &r);
	rung_ask(&l, &(struct rung){ &one, 2, 1, BITS_PACKET_FRAGMENT, 10, 20, .asked = 5 });
	rung_whole(&l, &r);
	r.number = 7; /* of which no arrow is kept */
	rung_whole(&l, &r);
	ladder = ladders_take(&l, 1);
	arrows = ladder_arrows(ladder, &split);
	assert_int_equal(arrows->len, 2);
	assert_int_equal(g_array_index(ladder->first, struct arrow, 0).lost, 3);
	assert_int_equal(g_array_index(ladder->first, struct arrow, 1).lost, 0);
	ladders_clear(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ping_is_of_its_clients_session),
		cmocka_unit_test(an_answer_alone_is_of_its_connection),
		cmocka_unit_test(a_long_session_is_cut_in_the_middle),
		cmocka_unit_test(a_ladder_may_be_put_away_at_any_time),
		cmocka_unit_test(memory_has_an_end),
		cmocka_unit_test(what_cannot_be_put_away_is_told),
		cmocka_unit_test(ladders_without_a_session_have_a_cap),
		cmocka_unit_test(arrows_are_in_the_order_of_frames),
		cmocka_unit_test(two_sessions_that_are_one_have_one_ladder),
		cmocka_unit_test(a_finding_goes_where_its_connection_goes),
		cmocka_unit_test(lost_bytes_are_noted_at_their_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
