/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_network.c - what the network did: told where TCP shows it and nobody else broke a rule. */
#include "core/bits_private.h"

#include "tests/talk.h"

#define BEGIN    CREATE("") CREATED("")
#define PART(w)  FRAGMENT(w, "0-9/30", 10)
#define PART2(w) FRAGMENT(w, "10-19/30", 10)
#define AGAIN(w) "!!! again client " w "\n"
#define RST(w)   "!!! rst " w "\n"

struct row {
	const char *name, *talk, *tells, *never;
};

static void expect_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expect_story(rows[i].name, rows[i].talk, &rows[i].tells, 1, rows[i].never);
}

static void tells_repetitions_and_stalls(void **state)
{
	static const struct row rows[] = {
		{ "once, a millisecond later", BEGIN PART("") AGAIN("late 1") ACK_AT("", "10"),
		  "finding note network network-loss frames 4: TCP sent a segment again", NULL },
		{ "twice within a millisecond is what the tap does", BEGIN PART("") AGAIN("late 0") ACK_AT("", "10"), NULL, "network" },
		{ "of a session that the client spoilt", BEGIN PART("") AGAIN("late 6000") PART2("blind") ACK_AT("", "10"), NULL, "network" },
		{ "five seconds without news", BEGIN PART("") AGAIN("late 300") AGAIN("late 4700") ACK_AT("", "10"),
		  "finding warning network network-stall frames 5 3: nothing moved for 5 seconds, in which TCP sent bytes again 2 times",
		  "network-loss" },
		{ "a millisecond less", BEGIN PART("") AGAIN("late 300") AGAIN("late 4699") ACK_AT("", "10"), "network-loss", "network-stall" },
		{ "news in between", BEGIN PART("") AGAIN("late 3000") "!!! ack server\n" AGAIN("late 3000") ACK_AT("", "10"),
		  "network-loss", "network-stall" },
		{ "the pause up to the latest repetition, not the one after it", BEGIN PART("") AGAIN("late 300") ACK_AT("late 60000", "10"),
		  "network-loss", "network-stall" },
		{ "the longest of two", BEGIN PART("") AGAIN("late 6000") ACK_AT("", "10") PART2("") AGAIN("late 9000") ACK_AT("", "20"),
		  "network-stall frames 7 6: nothing moved for 9 seconds, in which TCP sent bytes again once", "for 6 seconds" },
		{ "the longest of two, the first", BEGIN PART("") AGAIN("late 9000") ACK_AT("", "10") PART2("") AGAIN("late 6000") ACK_AT("", "20"),
		  "network-stall frames 4 3: nothing moved for 9 seconds", "for 6 seconds" },
		{ "what had waited behind a hole is no news of its old frame", BEGIN PART("gap 3000") AGAIN("late 2500") ACK_AT("", "10"),
		  "network-loss", "network-stall" },
		{ "bytes that come late", BEGIN PART("gap 5000") ACK_AT("", "10"),
		  "finding warning network network-stall frames 4 3: bytes came 5 seconds after those that lie behind them", NULL },
		{ "but not that late", BEGIN PART("gap 4999") ACK_AT("", "10"), NULL, "network" },
		{ "the capture lacks what went on", BEGIN PART("") "!!! lost server 50 late 6000\n" AGAIN("late 10") ACK_AT("", "10"),
		  "network-loss", "network-stall" },
		{ "before there is a session", "!!! midstream A\n" PING("") AGAIN("late 6000") ACK(""), NULL, "network" },
	};

	(void)state;
	expect_rows(rows, G_N_ELEMENTS(rows));
}

static void tells_resets_of_both_ends(void **state)
{
	static const struct row rows[] = {
		{ "a second apart", BEGIN PART("") RST("server") RST("client late 1000"),
		  "finding warning network network-reset frames 5 4: RSTs in both directions within 1000 milliseconds", NULL },
		{ "more", BEGIN PART("") RST("server") RST("client late 1001"), NULL, "network" },
		{ "the same end", BEGIN PART("") RST("client") RST("client"), NULL, "network" },
		{ "no request waits", BEGIN PART("") ACK_AT("", "10") RST("server") RST("client"), NULL, "network" },
		{ "the answer has begun", BEGIN PART("") "<<<\nHTTP/1.1 400 Bad\nContent-Length: 9\n\n{5}\n" RST("server") RST("client"), NULL,
		  "network" },
		{ "another connection's", BEGIN PART("") RST("server") CREATE_AT("on B", "/in/b.bin") RST("client on B"), NULL, "network" },
	};

	(void)state;
	expect_rows(rows, G_N_ELEMENTS(rows));
}

/* What a segment that came again is taken for: [0, 100) of the client's stream are known, the latest 50 by frame 7. */
static void knows_a_second_look_from_a_repetition(void **state)
{
	static const struct {
		const char *name;
		uint64_t    at, n;
		uint32_t    file, tap;
		int64_t     late_ns;
		bool        is_repetition;
	} cases[] = {
		{ "the latest, at once", 50, 50, 0, 0, 999999, false },
		{ "the latest, later", 50, 50, 0, 0, 1000000, true },
		{ "an older one, at once", 0, 50, 0, 0, 10, true },
		{ "of another interface, whose clock says nothing", 0, 50, 0, 1, 5000000, false },
		{ "of another capture", 0, 50, 1, 0, 5000000, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct session   *s = session_new(1, BITS_STATE_RECEIVE);
		struct conn       c = { .session = s, .fed = { 100, 0 } };
		struct bits_event ev = { .type = BITS_EVENT_BODY, .where = { .frame = 7, .at = 50, .time_ns = 1 } };

		network_event(&c, &ev);
		ev.type = BITS_EVENT_AGAIN;
		ev.where = (struct bits_where){ .file = cases[i].file, .frame = 8, .at = cases[i].at, .tap = cases[i].tap, .time_ns = 1 + cases[i].late_ns };
		ev.lost = cases[i].n;
		network_event(&c, &ev);
		expect_in_row(cases[i].name, (s->memory->network != NULL && s->memory->network->repeats == 1) == cases[i].is_repetition);
		memory_free(g_steal_pointer(&s->memory));
		session_unref(s);
	}
}

/* Who has sent a FIN may reset what still comes. */
static void minds_no_reset_after_a_fin(void **state)
{
	const struct bits_sink  sink = { .packet = NULL };
	struct bits_tracker    *t = bits_tracker_new(&sink, NULL, NULL);
	struct session         *s = session_new(1, BITS_STATE_RECEIVE);
	struct conn             c = { .ordinal = 1, .session = s, .is_ending = true };
	const struct bits_event ev = { .type = BITS_EVENT_CLOSE, .how = BITS_CLOSE_SERVER_RST, .where = { .frame = 1 } };

	(void)state;
	g_queue_push_tail(&c.waiting, &c);
	network_closed(t, &c, &ev);
	assert_int_equal(t->resets.length, 0);
	c.is_ending = false;
	network_closed(t, &c, &ev);
	assert_int_equal(t->resets.length, 1);
	g_queue_clear(&c.waiting);
	bits_tracker_free(t);
	memory_free(g_steal_pointer(&s->memory));
	session_unref(s);
}

/* ---- the cap --------------------------------------------------------------------------------------------------- */

static void remembers_sixty_four_resets(void **state)
{
	const struct bits_sink   sink = { .packet = NULL };
	struct bits_tracker     *t = bits_tracker_new(&sink, NULL, NULL);
	struct session          *first = session_new(1, BITS_STATE_RECEIVE), *second = session_new(2, BITS_STATE_RECEIVE);
	const struct bits_end    client = { .port = 40000 }, server = { .port = 80 };
	const struct bits_event  ev = { .type = BITS_EVENT_CLOSE, .how = BITS_CLOSE_SERVER_RST, .where = { .frame = 1 } };
	const struct bits_where  w = { .frame = 2 };

	(void)state;
	for (uint64_t i = 0; i <= 64; i++) {
		struct conn c = { .ordinal = i, .ends = { .client = client, .server = server }, .session = i == 0 ? first : second };

		g_queue_push_tail(&c.waiting, &c);
		network_closed(t, &c, &ev);
		g_queue_clear(&c.waiting);
	}
	assert_int_equal(t->resets.length, 64);
	bits_tracker_late_reset(t, 0, &client, &w);
	assert_null(first->memory->network);
	bits_tracker_late_reset(t, 64, &client, &w);
	assert_int_equal(second->memory->network->reset[0].frame, 1);
	bits_tracker_free(t);
	memory_free(g_steal_pointer(&first->memory));
	memory_free(g_steal_pointer(&second->memory));
	session_unref(first);
	session_unref(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_repetitions_and_stalls),
		cmocka_unit_test(tells_resets_of_both_ends),
		cmocka_unit_test(knows_a_second_look_from_a_repetition),
		cmocka_unit_test(minds_no_reset_after_a_fin),
		cmocka_unit_test(remembers_sixty_four_resets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
