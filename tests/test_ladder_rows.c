/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_ladder_rows.c - what the rows of a diagram say, before anybody draws them. */
#include <string.h>

#include "cli/ladder_page.h"
#include "cli/ladder_place.h"
#include "tests/book.h"
#include "tests/cm.h"
#include "tests/rungs.h"

static struct bits_session one = { .ordinal = 1 };

/* "4 A > Fragment 0-9/9000": the frame, the connection, the kind and direction, and the text. */
static char *told(const struct page *p)
{
	static const char kinds[ROW_N_KINDS] = { '>', '?', 'x', '~', '|', '#', '=', '!' };
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < p->rows->len; i++) {
		const struct row *r = &g_array_index(p->rows, struct row, i);
		char kind = r->kind == ROW_ARROW && r->to < r->from ? '<' : kinds[r->kind];

		g_string_append_printf(out, "%s%s%s%s%c %s\n", r->frame, *r->frame ? " " : "", r->mark, *r->mark ? " " : "",
				       kind, r->text);
	}
	return g_string_free(out, FALSE);
}

static char *drawn(struct ladders *l, const struct ledger_entry *e)
{
	g_autoptr(book) b = book_new();
	g_autoptr(ladder_handle) ladder = ladders_take(l, 1);
	g_autoptr(page_handle) page = page_new(&ascii, &b->run, &(struct page_side){ ladder, e }, 1);

	return told(page);
}

static struct rung fragment(uint64_t number, uint64_t conn, uint32_t asked, uint32_t answered)
{
	return (struct rung){ &one, number, conn, BITS_PACKET_FRAGMENT, 10 * number, 10 * number + 10, asked, answered, .status = 200 };
}

static void rows_tell_what_is_there_and_what_is_not(void **state)
{
	static const struct {
		const char *name;
		struct rung rungs[4];
		const char *rows;
	} cases[] = {
		{ "request and answer",
		  { { &one, 1, 1, BITS_PACKET_CREATE_SESSION, 0, 0, 1, 2, .status = 200 }, { &one, 2, 1, BITS_PACKET_FRAGMENT, 0, 10, 3, 4, .status = 416 } },
		  "1 A > Create-Session\n2 A < 200\n3 A > Fragment 0-9/9000\n4 A < 416\n" },
		{ "connections are told apart",
		  { { &one, 1, 7, BITS_PACKET_CREATE_SESSION, 0, 0, 1, 2, .status = 200 }, { &one, 2, 5, BITS_PACKET_PING, 0, 0, 3, 4, .status = 200 } },
		  "1 A > Create-Session\n2 A < 200\n3 B > Ping\n4 B < 200\n" },
		{ "an answer that is not next says whose it is",
		  { { &one, 1, 1, BITS_PACKET_CREATE_SESSION, 0, 0, 1, 5, .status = 200 }, { &one, 2, 1, BITS_PACKET_PING, 0, 0, 2, 6, .status = 200 } },
		  "1 A > Create-Session\n2 A > Ping\n5 A < 200 to frame 1\n6 A < 200 to frame 2\n" },
		{ "the beginning is missing",
		  { { &one, 1, 1, BITS_PACKET_PING, 0, 0, 1, 2, .status = 200 }, { &one, 2, 1, BITS_PACKET_CLOSE_SESSION, 0, 0, 3, 4, .status = 200 } },
		  "1 A > Ping\n2 A < 200\n# the beginning of this session was not captured\n3 A > Close-Session\n4 A < 200\n" },
		{ "so is a request",
		  { { &one, 1, 1, BITS_PACKET_CREATE_SESSION, 0, 0, 1, 2, .status = 200 }, { &one, 2, 1, .answered = 4, .status = 200 } },
		  "1 A > Create-Session\n2 A < 200\n? request not captured\n4 A < 200\n" },
		{ "and bytes",
		  { { &one, 1, 1, BITS_PACKET_CREATE_SESSION, 0, 0, 1, 2, .status = 200 }, { &one, 2, 1, BITS_PACKET_FRAGMENT, 0, 10, 3, 4, 200, .lost = 1500 } },
		  "1 A > Create-Session\n2 A < 200\n3 A > Fragment 0-9/9000\n~ 1,500 of its bytes were not captured\n4 A < 200\n" },
		{ "a pause",
		  { { &one, 1, 1, BITS_PACKET_CREATE_SESSION, 0, 0, 1, 2, .status = 200 }, { &one, 2, 1, BITS_PACKET_PING, 0, 0, 502, 503, .status = 200 } },
		  "1 A > Create-Session\n2 A < 200\n| 500.0 ms later\n502 A > Ping\n503 A < 200\n" },
		{ "no pause where all are as long",
		  { { &one, 1, 1, BITS_PACKET_CREATE_SESSION, 0, 0, 1, 501, .status = 200 }, { &one, 2, 1, BITS_PACKET_PING, 0, 0, 1001, 1501, .status = 200 } },
		  "1 A > Create-Session\n501 A < 200\n1001 A > Ping\n1501 A < 200\n" },
	};
	struct ledger_entry e = { .ordinal = 1 };

	(void)state;
	e.session = book_session("complete", "closed");
	e.findings = g_ptr_array_new();
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *rows = NULL;
		struct ladders l;

		ladders_init(&l);
		for (size_t j = 0; cases[i].rungs[j].number; j++)
			if (cases[i].rungs[j].asked)
				rung_ask(&l, &cases[i].rungs[j]);
		for (size_t j = 0; cases[i].rungs[j].number; j++)
			rung_answer(&l, &cases[i].rungs[j]);
		for (size_t j = 0; cases[i].rungs[j].number; j++)
			rung_whole(&l, &cases[i].rungs[j]);
		rows = drawn(&l, &e);
		if (strcmp(rows, cases[i].rows) != 0)
			fail_msg("row \"%s\":\n%s", cases[i].name, rows);
		ladders_clear(&l);
	}
	g_ptr_array_unref(e.findings);
	json_decref(e.session);
}

/* Nobody answered, or the capture does not show it: never the one for the other. */
static void a_silence_says_why(void **state)
{
	static const struct {
		const char *name;
		enum bits_close how;
		uint32_t at;
		const char *row;
	} cases[] = {
		{ "the client reset it", BITS_CLOSE_CLIENT_RST, 9, "9 A x no answer: the client reset the connection\n" },
		{ "the server closed it", BITS_CLOSE_SERVER_FIN, 9, "9 A x no answer: the server closed the connection\n" },
		{ "the capture ended", BITS_CLOSE_CAPTURE_END, 9, "? answer not captured\n" },
		{ "a hole may hold it", BITS_CLOSE_OPEN, 0, "? answer not captured\n" },
		{ "nobody looked on", BITS_CLOSE_EVICTED, 9, "? answer not captured\n" },
	};
	struct ledger_entry e = { .ordinal = 1 };

	(void)state;
	e.session = book_session("partial", "lost");
	e.findings = g_ptr_array_new();
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct rung r = { &one, 1, 1, BITS_PACKET_CREATE_SESSION, .asked = 4 };
		g_autofree char *rows = NULL, *want = g_strconcat("4 A > Create-Session\n", cases[i].row, NULL);
		struct ladders l;

		ladders_init(&l);
		rung_ask(&l, &r);
		rung_silence(&l, &r, cases[i].how, cases[i].at);
		rows = drawn(&l, &e);
		if (strcmp(rows, want) != 0)
			fail_msg("row \"%s\":\n%s", cases[i].name, rows);
		ladders_clear(&l);
	}
	g_ptr_array_unref(e.findings);
	json_decref(e.session);
}

static void findings_stand_at_their_packet(void **state)
{
	static const struct {
		const char *name;
		int frame;
		guint after;
	} cases[] = {
		{ "before all of them", 1, 0 },
		{ "at the first", 4, 1 },
		{ "a frame without a packet", 5, 1 },
		{ "two packets of one frame", 6, 3 },
		{ "behind all of them", 99, 4 },
	};
	g_autoptr(GArray) arrows = NULL;
	struct ladders l;
	g_autoptr(ladder_handle) ladder = NULL;
	guint split;

	(void)state;
	ladders_init(&l);
	for (uint64_t i = 1; i <= 4; i++) {
		struct rung r = fragment(i, 1, i == 1 ? 4 : i == 4 ? 8 : 6, 0);

		rung_ask(&l, &r);
	}
	ladder = ladders_take(&l, 1);
	arrows = ladder_arrows(ladder, &split);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GPtrArray) findings = g_ptr_array_new(), captures = g_ptr_array_new();
		g_autoptr(GArray) places = NULL;
		g_autoptr(json_t) finding = book_finding("error", "client", "proven", cases[i].frame);

		json_object_set_new(finding, "frame", json_integer(cases[i].frame));
		g_ptr_array_add(findings, finding);
		places = places_of(findings, arrows, captures);
		expect_in_row(cases[i].name, g_array_index(places, struct place, 0).after == cases[i].after);
	}
	ladders_clear(&l);
}

/* A long session says what it leaves out, and where. */
static void what_is_left_out_is_said(void **state)
{
	struct ledger_entry e = { .ordinal = 1, .findings = g_ptr_array_new() };
	g_autofree char *rows = NULL;
	struct ladders l;

	(void)state;
	e.session = book_session("partial", "closed");
	ladders_init(&l);
	for (guint i = 1; i <= 2 * LADDER_HALF + 1234; i++)
		rung_ask(&l, &(struct rung){ &one, i, 1, BITS_PACKET_PING, .asked = i });
	rows = drawn(&l, &e);
	assert_non_null(strstr(rows, "2048 A > Ping\n| 1,234 more packets, left out here\n3283 A > Ping\n"));
	ladders_clear(&l);
	g_ptr_array_unref(e.findings);
	json_decref(e.session);
}

/* More hosts than lifelines: the last of a kind stands for the others. */
static void lifelines_have_an_end(void **state)
{
	g_autoptr(book) b = book_new();
	g_autoptr(page_handle) page = NULL;
	g_autoptr(ladder_handle) ladder = NULL;
	struct ladders l;

	(void)state;
	ladders_init(&l);
	for (uint8_t i = 1; i <= 4; i++)
		rung_ask(&l, &(struct rung){ &one, i, i, BITS_PACKET_PING, .asked = i, .client = (uint8_t)(10 + i) });
	ladder = ladders_take(&l, 1);
	page = page_new(&ascii, &b->run, &(struct page_side){ ladder, NULL }, 1);
	assert_int_equal(page->n_lanes, 3);
	assert_string_equal(page->lanes[0].name, "10.0.0.11");
	assert_string_equal(page->lanes[1].name, "10.0.0.12 and others");
	assert_string_equal(page->lanes[2].name, "10.0.0.1:80");
	assert_int_equal(g_array_index(page->rows, struct row, 3).from, 1);
	assert_int_equal(g_array_index(page->rows, struct row, 3).to, 2);
	ladders_clear(&l);
}

static void marks_never_run_out(void **state)
{
	static const struct {
		guint n;
		const char *mark;
	} cases[] = { { 0, "A" }, { 25, "Z" }, { 26, "AA" }, { 51, "AZ" }, { 701, "ZZ" }, { 702, "703" } };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		char mark[8];

		mark_text(mark, cases[i].n);
		assert_string_equal(mark, cases[i].mark);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_tell_what_is_there_and_what_is_not),
		cmocka_unit_test(a_silence_says_why),
		cmocka_unit_test(findings_stand_at_their_packet),
		cmocka_unit_test(what_is_left_out_is_said),
		cmocka_unit_test(lifelines_have_an_end),
		cmocka_unit_test(marks_never_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
