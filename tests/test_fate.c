/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_fate.c - what answers do to bytes. */
#include "core/bits_private.h"

#include "tests/talk.h"

#define BEGIN CREATE("") CREATED("")

static void answers_decide(void **state)
{
	static const struct {
		const char *name, *talk;
		const char *tells[4];
		const char *never;
	} cases[] = {
		{ "a 200 accepts up to the offset that it states", BEGIN FRAGMENT("", "0-9/20", 10) ACK_AT("", "6"),
		  { "settled #2 [0,6) kept", "partial 20 gaps [10,20), acked 6" }, "[6,10)" },
		{ "a 200 without an offset accepts what the range says", BEGIN FRAGMENT("", "0-9/20", 10) ACK(""),
		  { "settled #2 [0,10) kept", "acked 10" }, NULL },
		{ "an offset beyond the range accepts no more than the range", BEGIN FRAGMENT("", "0-9/20", 10) ACK_AT("", "20"),
		  { "settled #2 [0,10) kept" }, "[10,20) kept" },
		{ "a 500 refuses for good", BEGIN FRAGMENT("", "0-9/10", 10) ANSWER("", "500", ""),
		  { "settled #2 [0,10) forgotten", "none 10 gaps [0,10)" }, "kept" },
		{ "a 401 refuses this copy, the next leg is accepted",
		  BEGIN FRAGMENT("", "0-9/10", 10) ANSWER("", "401", "") FRAGMENT("", "0-9/10", 10) ACK_AT("", "10"),
		  { "settled #2 [0,10) forgotten", "settled #3 [0,10) kept", "complete 10" }, NULL },
		{ "no answer: the copy stays, unconfirmed", BEGIN FRAGMENT("", "0-9/10", 10), { "unconfirmed 10" }, "settled" },
		{ "a later offset accepts what a lost answer left open",
		  BEGIN FRAGMENT("", "0-9/20", 10) "!!! lost server 90\n" FRAGMENT("", "10-19/20", 10) ACK_AT("", "20"),
		  { "settled #2 [0,10) kept", "settled #3 [10,20) kept", "complete 20" }, NULL },
		{ "a 416 refuses its own and accepts older ones below its offset",
		  BEGIN FRAGMENT("", "0-9/30", 10) "!!! lost server 90\n" FRAGMENT("", "20-29/30", 10)
		  ANSWER("", "416", "BITS-Received-Content-Range: 10\n"),
		  { "settled #3 [20,30) forgotten", "settled #2 [0,10) kept", "acked 10" }, NULL },
		{ "a Close accepts everything that was unanswered",
		  BEGIN FRAGMENT("", "0-9/10", 10) "!!! lost server 90\n" CLOSE("") ACK(""),
		  { "settled #2 [0,10) kept", "closed, complete 10" }, NULL },
		{ "bytes beyond the total are in no file", BEGIN FRAGMENT("", "0-14/10", 15) ACK(""),
		  { "bytes #2 [0,10)", "settled #2 [0,10) kept" }, "[0,15)" },
		{ "a body longer than its range ends with the range", BEGIN FRAGMENT("", "0-4/10", 10) ACK(""),
		  { "bytes #2 [0,5)", "partial 10 gaps [5,10)" }, NULL },
		{ "a range that cannot be read: bytes of no file", BEGIN FRAGMENT("", "x-9/10", 10) ACK(""),
		  { "none size unknown" }, "bytes #2" },
		{ "empty: total 0 and no body", BEGIN FRAGMENT("", "0-0/0", 0) ACK("") CLOSE("") ACK(""),
		  { "closed, complete 0" }, NULL },
		{ "total 0, but a body", BEGIN FRAGMENT("", "0-9/0", 10) ACK("") CLOSE("") ACK(""), { "closed, none 0" }, "closed, complete" },
		{ "total 0 in a range that cannot be read, and chunks",
		  BEGIN ">>>\nBITS_POST /in/a.bin HTTP/1.1\nBITS-Packet-Type: Fragment\nBITS-Session-Id: " TALK_ID
		  "\nContent-Range: 0-9/0\nTransfer-Encoding: chunked\n\na\n{10}\n0\n\n" ACK("") CLOSE("") ACK(""),
		  { "closed, none" }, "closed, complete" },
		{ "empty by total, but another Fragment had bytes",
		  BEGIN FRAGMENT("", "0-0/0", 0) ACK("") FRAGMENT("", "0-9/*", 10) ACK("") CLOSE("") ACK(""),
		  { "closed, partial" }, ": closed, complete" },
		{ "lost bytes are a gap, the rest lies where it belongs",
		  BEGIN ">>>\nBITS_POST /in/a.bin HTTP/1.1\nBITS-Packet-Type: Fragment\nBITS-Session-Id: " TALK_ID
		  "\nContent-Range: bytes 0-19/20\nContent-Length: 20\n\n{5}\n!!! lost client 10\n>>> blind\n{5}\n" ACK_AT("", "20"),
		  { "bytes #2 [0,5)", "bytes #2 [15,20)", "partial 20 gaps [5,15), acked 20, evidence partial" }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_story(cases[i].name, cases[i].talk, cases[i].tells, G_N_ELEMENTS(cases[i].tells), cases[i].never);
}

/* ---- the cap --------------------------------------------------------------------------------------------------- */

struct unsettled {
	struct bits_tracker *t;
	struct conn          c;
	struct session      *s;
	uint64_t             n;
};

/* A Fragment of one byte at `n`, whose wait is over without an answer. */
static void add_unanswered(struct unsettled *u)
{
	g_autofree char *text = g_strdup_printf("BITS_POST /a HTTP/1.1\r\nBITS-Packet-Type: Fragment\r\n"
	                                        "Content-Range: bytes %lu-%lu/1000000\r\n\r\n", u->n, u->n);
	struct bits_http_head head;
	struct bits_message   m;
	struct exchange      *x = exchange_new(&u->c);

	assert_int_equal(bits_http_head_parse(&head, bits_str_of(text)), BITS_PARSE_OK);
	bits_message_decode(&m, &head);
	x->pub.request = bits_message_copy(&m);
	x->pub.number = ++u->n;
	exchange_set_session(x, u->s);
	fate_begin(u->t, x);
	fate_bytes(u->t, x, BITS_STR("b"), &(struct bits_where){ .frame = 1 });
	x->pub.request_at.ended = true;
	fate_end(u->t, x);
	fate_decide(u->t, x);
	exchange_unref(x);
}

/* What was let go, and what was settled of it then. */
struct told {
	uint64_t first, n, settled;
};

static void on_let_go(const struct bits_exchange *x, void *user)
{
	struct told *told = user;

	told->first = told->n++ > 0 ? told->first : x->number;
}

static void on_settled(const struct bits_exchange *x, struct bits_range r, bool kept, void *user)
{
	struct told *told = user;

	(void)r;
	(void)kept;
	told->settled += x->number == told->first;
}

static void does_not_wait_for_more_than_its_cap(void **state)
{
	const struct bits_sink sink = { .let_go = on_let_go, .settled = on_settled };
	struct told            told = { 0 };
	struct unsettled       u = { .t = bits_tracker_new(&sink, &told, NULL), .s = session_new(1, BITS_STATE_RECEIVE) };
	struct exchange       *oldest = NULL;

	(void)state;
	add_unanswered(&u);
	oldest = exchange_ref(u.s->unsettled->pdata[0]);
	while (u.n < FATE_UNSETTLED_MAX)
		add_unanswered(&u);
	assert_int_equal(bits_tracker_stats(u.t)->evicted, 0);
	assert_int_equal(u.s->unsettled->len, FATE_UNSETTLED_MAX);
	assert_int_equal(bits_ranges_total(&u.s->pub.upload.open), 0);
	assert_int_equal(told.n, 0);
	assert_false(u.s->pub.evidence_partial);
	add_unanswered(&u);
	assert_true(u.s->pub.evidence_partial);
	assert_int_equal(bits_tracker_stats(u.t)->evicted, 1);
	assert_int_equal(u.s->unsettled->len, FATE_UNSETTLED_MAX);
	/* the oldest byte, whose answer may yet come, is in the file as unanswered, and no later answer changes that */
	assert_int_equal(bits_ranges_total(&u.s->pub.upload.open), 1);
	assert_int_equal(bits_ranges_get(&u.s->pub.upload.open, 0).from, 0);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.first, 1);
	fate_confirm(u.t, oldest, false);
	assert_int_equal(told.settled, 0);
	exchange_unref(oldest);
	fate_close_session(u.s);
	assert_int_equal(bits_ranges_total(&u.s->pub.upload.open), FATE_UNSETTLED_MAX + 1);
	session_unref(u.s);
	bits_tracker_free(u.t);
}

/* Nor are they asked for: an answer came before the end of a body, and then too many others. */
static void what_comes_of_a_body_behind_that_is_let_go_too(void **state)
{
	const struct bits_sink sink = { .let_go = on_let_go };
	struct told            told = { 0 };
	struct unsettled       u = { .t = bits_tracker_new(&sink, &told, NULL), .s = session_new(1, BITS_STATE_RECEIVE) };
	struct exchange       *x;

	(void)state;
	add_unanswered(&u);
	x = exchange_ref(u.s->unsettled->pdata[0]);
	x->claim.to = x->accepted_to + 2;
	u.s->open_bodies++;
	fate_let_go(u.t, u.s, NULL);
	assert_int_equal(told.n, 1);
	fate_confirm(u.t, x, false); /* and then refused, which is too late */
	fate_bytes(u.t, x, BITS_STR("b"), &(struct bits_where){ .frame = 2 });
	fate_end(u.t, x);
	assert_int_equal(told.n, 2);
	assert_int_equal(told.first, x->pub.number);
	assert_int_equal(bits_ranges_total(&u.s->pub.upload.open), 2);
	exchange_unref(x);
	session_unref(u.s);
	bits_tracker_free(u.t);
}

/* A session may end (too many linger) before the next request of its connection could tell whose the rest of a body was. */
static void a_body_that_nobody_vouched_for_is_in_no_file(void **state)
{
	const struct bits_sink sink = { .packet = NULL };
	struct unsettled       u = { .t = bits_tracker_new(&sink, NULL, NULL), .s = session_new(1, BITS_STATE_RECEIVE) };

	(void)state;
	add_unanswered(&u);
	add_unanswered(&u);
	((struct exchange *)u.s->unsettled->pdata[0])->is_patched = true;
	fate_leave_fitting(u.t, u.s);
	assert_int_equal(u.s->unsettled->len, 1);
	fate_close_session(u.s);
	assert_int_equal(bits_ranges_total(&u.s->pub.upload.open), 1);
	assert_true(bits_ranges_covers(&u.s->pub.upload.open, (struct bits_range){ 1, 2 }));
	session_unref(u.s);
	bits_tracker_free(u.t);
}

/* Bytes that touch nothing, one after the other; those that touch a piece always have room. */
static void an_upload_has_so_many_pieces(void **state)
{
	const struct bits_sink sink = { .packet = NULL };
	struct unsettled       u = { .t = bits_tracker_new(&sink, NULL, NULL), .s = session_new(1, BITS_STATE_RECEIVE) };
	struct bits_ranges    *seen = &u.s->pub.upload.seen;

	(void)state;
	for (uint64_t i = 0; i < FATE_PIECES_MAX; i++)
		bits_ranges_add(seen, (struct bits_range){ 2 * i + 1000, 2 * i + 1001 });
	fate_weigh(u.t, u.s);
	assert_int_equal(u.t->held, FATE_PIECES_MAX * FATE_PIECE_COST);
	add_unanswered(&u); /* byte 0 */
	assert_int_equal(bits_ranges_count(seen), FATE_PIECES_MAX);
	assert_false(bits_ranges_covers(seen, (struct bits_range){ 0, 1 }));
	assert_int_equal(bits_tracker_stats(u.t)->evicted, 1);
	assert_true(u.s->pub.evidence_partial);
	u.n = 1001;
	add_unanswered(&u);
	assert_true(bits_ranges_covers(seen, (struct bits_range){ 1000, 1003 }));
	assert_int_equal(bits_tracker_stats(u.t)->evicted, 1);
	assert_int_equal(u.t->held, (FATE_PIECES_MAX - 1) * FATE_PIECE_COST);
	u.s->has_ended = true;
	fate_weigh(u.t, u.s);
	assert_int_equal(u.t->held, 0);
	u.s->has_ended = false;
	fate_close_session(u.s);
	session_unref(u.s);
	bits_tracker_free(u.t);
}

/* Where a refused copy was of everything, what was seen is one piece, whatever is accepted of it. */
static void what_is_in_the_file_has_so_many_pieces_too(void **state)
{
	static const struct bits_range whole = { 0, 4 * FATE_PIECES_MAX };

	(void)state;
	for (unsigned is_open = 0; is_open < 2; is_open++) {
		const struct bits_sink sink = { .packet = NULL };
		struct unsettled       u = { .t = bits_tracker_new(&sink, NULL, NULL), .s = session_new(1, BITS_STATE_RECEIVE) };
		struct bits_upload    *upload = &u.s->pub.upload;

		bits_ranges_add(&upload->seen, whole);
		for (uint64_t i = 0; i < FATE_PIECES_MAX; i++)
			bits_ranges_add(is_open ? &upload->open : &upload->accepted, (struct bits_range){ 2 * i, 2 * i + 1 });
		u.n = 7; /* between two pieces: it touches them */
		add_unanswered(&u);
		assert_int_equal(bits_tracker_stats(u.t)->evicted, 0);
		u.n = 2 * FATE_PIECES_MAX + 7;
		add_unanswered(&u);
		assert_int_equal(bits_tracker_stats(u.t)->evicted, 1);
		assert_true(u.s->pub.evidence_partial);
		fate_close_session(u.s);
		session_unref(u.s);
		bits_tracker_free(u.t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_decide),
		cmocka_unit_test(does_not_wait_for_more_than_its_cap),
		cmocka_unit_test(what_comes_of_a_body_behind_that_is_let_go_too),
		cmocka_unit_test(a_body_that_nobody_vouched_for_is_in_no_file),
		cmocka_unit_test(an_upload_has_so_many_pieces),
		cmocka_unit_test(what_is_in_the_file_has_so_many_pieces_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
