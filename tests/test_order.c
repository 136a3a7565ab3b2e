/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_order.c - the one-outstanding-request family: proven by what the client had heard, or not said at all. */
#include "core/bits_private.h"

#include "tests/talk.h"

#define BEGIN    CREATE("") CREATED("")
#define PART(w)  FRAGMENT(w, "0-9/30", 10)
#define PART2(w) FRAGMENT(w, "10-19/30", 10)
#define OTHER(w) FRAGMENT_OF(w, TALK_OTHER, "/in/b.bin", "0-9/30", 10)

static void judges_two_requests_of_one_connection(void **state)
{
	static const struct {
		const char *name, *talk;
		const char *tells[3];
		const char *never;
	} cases[] = {
		{ "each after its answer: nothing to say", BEGIN PART("") ACK_AT("", "10") PART2("") ACK_AT("", "20"), { NULL }, "finding error" },
		{ "a second one, nothing heard in between: proven without any answer", BEGIN PART("") PART2("blind"),
		  { "finding error client pipelined-request frames 4 3: request sent when the client had heard nothing" }, NULL },
		{ "the answer seen, not one byte of it heard", BEGIN PART("") PART2("blind") ACK_AT("", "10"),
		  { "finding error client pipelined-request frames 4 3 5: request sent when the client had acknowledged 0 of" }, NULL },
		{ "an early answer that the client had not heard yet", BEGIN PART("") ACK_AT("", "10") PART2("blind") ACK_AT("", "20"),
		  { "finding error client pipelined-request frames 5 3 4" }, NULL },
		{ "only an interim answer was heard", BEGIN PART("") "<<<\nHTTP/1.1 100 Continue\n\n" PART2("") ACK_AT("", "10"),
		  { "finding error client pipelined-request" }, NULL },
		{ "the answer lies in a hole that the client had heard", BEGIN PART("") "!!! lost server 90\n" PART2("") ACK_AT("", "20"),
		  { NULL }, "pipelined" },
		{ "the client's direction alone, from its start: an equal ear proves it", PART("") PART2("blind"),
		  { "finding error client pipelined-request frames 2 1: request sent when the client had heard nothing" }, NULL },
		{ "from somewhere on both may be text of a body", "!!! midstream A\n" PART("") PART2("blind"),
		  { "finding undecided error client pipelined-request frames 2 1" }, NULL },
		{ "behind a hole both may, also where more was heard by then", PING("") "!!! lost server 90\n!!! lost client 300\n" PART("")
		  PART2("blind"), { "finding undecided error client pipelined-request frames 5 4" }, NULL },
		{ "the next one that heard more is a head", PING("") "!!! lost server 90\n!!! lost client 300\n" PART("")
		  "!!! lost server 90\n" PART2("") FRAGMENT("blind", "20-29/30", 10),
		  { "finding error client pipelined-request frames 7 6" }, NULL },
		{ "what was heard is unknown: undecided at most", BEGIN PART("nohear") PART2("nohear") ACK_AT("", "10"), { NULL },
		  "finding error" },
		{ "of another session: allowed, and noted", BEGIN CREATE_AT("", "/in/b.bin") CREATED_AS("", TALK_OTHER) PART("") OTHER("blind"),
		  { "finding note client pipelined-other-session" }, "error" },
		{ "of another session, after the answer", BEGIN CREATE_AT("", "/in/b.bin") CREATED_AS("", TALK_OTHER) PART("")
		  ACK_AT("", "10") OTHER("") ACK_AT("", "10"), { NULL }, "finding error" },
		{ "a GET between is no packet of the protocol", BEGIN PART("") GET("blind") ACK_AT("", "10"), { NULL }, "finding error" },
		{ "two Pings of no session count together", PING("") PING("blind"), { "finding error client pipelined-request" }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_story(cases[i].name, cases[i].talk, cases[i].tells, G_N_ELEMENTS(cases[i].tells), cases[i].never);
}

static void judges_two_connections(void **state)
{
	static const struct {
		const char *name, *talk;
		const char *tells[3];
		const char *never;
	} cases[] = {
		{ "the old one reset first: a resume", BEGIN PART("") "!!! rst server\n" PART("on B") ACK_AT("on B", "10"),
		  { "finding note none request-abandoned frames 3 5" }, "error" },
		{ "the old one silent for ever: half dead, nobody is accused", BEGIN PART("") PART("on B") ACK_AT("on B", "10"),
		  { "finding undecided error client parallel-connection-same-session" }, "finding error" },
		{ "the answer to the old one heard 501 ms after the new one was sent",
		  BEGIN PART("") PART2("on B") ACK_AT("", "10") "!!! ack client late 500\n",
		  { "finding error client parallel-connection-same-session frames 4 3 6 5" }, NULL },
		{ "heard 500 ms after it: may have been on its way",
		  BEGIN PART("") PART2("on B") ACK_AT("", "10") "!!! ack client late 499\n", { NULL }, "finding error" },
		{ "heard late, but the capture lacks bytes of the old connection",
		  BEGIN TALK_REQUEST("", "Fragment", "/in/a.bin", "BITS-Session-Id: " TALK_ID "\nContent-Range: bytes 0-9/30\n"
		  "Content-Length: 10\n\n{5}\n") "!!! lost client 5\n" PART2("on B") ACK_AT("", "10") "!!! ack client late 501\n", { NULL }, "finding error" },
		{ "the new one is older by the clock of both: its frame came late",
		  BEGIN PART("") PART2("on B late -1") ACK_AT("", "10") "!!! ack client late 5000\n", { NULL }, "parallel" },
		{ "of the same millisecond it is not", BEGIN PART("") PART2("on B late 0") ACK_AT("", "10") "!!! ack client late 500\n",
		  { "finding error client parallel-connection-same-session" }, NULL },
		{ "the clocks are those of two taps", BEGIN PART("") PART2("on B late -1 elsewhere") ACK_AT("", "10")
		  "!!! ack client late 5000\n", { "finding undecided error client parallel-connection-same-session" }, NULL },
		{ "another session on the second connection is nobody's business",
		  BEGIN CREATE_AT("on B", "/in/b.bin") CREATED_AS("on B", TALK_OTHER) PART("") OTHER("on B") ACK_AT("", "10")
		  "!!! ack client late 501\n", { NULL }, "finding error" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_story(cases[i].name, cases[i].talk, cases[i].tells, G_N_ELEMENTS(cases[i].tells), cases[i].never);
}

/* ---- the cap --------------------------------------------------------------------------------------------------- */

static void watches_no_more_races_than_its_cap(void **state)
{
	static const struct bits_message fragment = { .packet = BITS_PACKET_FRAGMENT };
	const struct bits_sink           sink = { .packet = NULL };
	struct bits_tracker             *t = bits_tracker_new(&sink, NULL, NULL);
	struct conn                      old_conn = { .ordinal = 1 }, fresh_conn = { .ordinal = 2 };

	(void)state;
	for (unsigned i = 0; i <= ORDER_RACES_MAX; i++) {
		struct session  *s = session_new(i + 1, BITS_STATE_RECEIVE);
		struct exchange *old = exchange_new(&old_conn), *fresh = exchange_new(&fresh_conn);

		old->pub.request = fresh->pub.request = &fragment;
		exchange_set_session(old, s);
		exchange_set_session(fresh, s);
		wait_in_session(s, old);
		order_request(t, &fresh_conn, fresh);
		old->pub.request = fresh->pub.request = NULL; /* no copies: not theirs to free */
		exchange_unref(old);
		exchange_unref(fresh);
		session_unref(s);
	}
	assert_int_equal(t->races->len, ORDER_RACES_MAX);
	assert_int_equal(bits_tracker_stats(t)->evicted, 1);
	order_conn_gone(t, &old_conn);
	assert_int_equal(t->races->len, 0);
	while (fresh_conn.recent.length > 0)
		exchange_unref(g_queue_pop_head(&fresh_conn.recent));
	bits_tracker_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_two_requests_of_one_connection),
		cmocka_unit_test(judges_two_connections),
		cmocka_unit_test(watches_no_more_races_than_its_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
