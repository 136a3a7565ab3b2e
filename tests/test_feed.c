/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_feed.c - whatever order Wireshark hands bytes over in, the core sees each once and in place. */
#include "plugin/bits_feed.h"

#include <string.h>

#include "tests/cm.h"

#define ID   "{11112222-3333-4444-5555-666677778888}"
#define MAKE "BITS_POST /in/a.bin HTTP/1.1\r\nBITS-Packet-Type: Create-Session\r\nContent-Length: 0\r\n\r\n"
#define MADE "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Session-Id: " ID "\r\nContent-Length: 0\r\n\r\n"
#define PART                                                                                                  \
	"BITS_POST /in/a.bin HTTP/1.1\r\nBITS-Packet-Type: Fragment\r\nBITS-Session-Id: " ID "\r\n"          \
	"Content-Range: bytes 0-9/10\r\nContent-Length: 10\r\n\r\n"
#define PIECE 65536
#define ACK  "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n"

/* ---- the scale ------------------------------------------------------------------------------------------------- */

static void numbers_become_offsets_that_never_wrap(void **state)
{
	static const struct {
		const char *name;
		bool        from_start;
		uint32_t    seq[4];
		int64_t     at[4]; /* on a connection not from its start: relative to the first */
	} cases[] = {
		{ "from the start, in order", true, { 1, 101, 201, 202 }, { 0, 100, 200, 201 } },
		{ "over the end of 32 bits", true, { 0xFFFFFFF0U, 0xFFFFFFFFU, 0, 0x10 }, { 0, 15, 16, 32 } },
		{ "back again: a retransmission", true, { 1, 1001, 501, 1 }, { 0, 1000, 500, 0 } },
		{ "back over the end of 32 bits", true, { 0xFFFFFFF0U, 0x10, 0xFFFFFFFEU, 0x20 }, { 0, 32, 14, 48 } },
		{ "a keep-alive before the first byte", true, { 1, 0, 1, 2 }, { 0, 0, 0, 1 } },
		{ "midstream, with bytes from before", false, { 1000, 900, 1100, 1000 }, { 0, -100, 100, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		static const struct bits_end ends[2];
		struct told                 *told = told_new();
		struct bits_feed            *f = bits_feed_new(told, 1, ends, cases[i].from_start, NULL, NULL);
		uint64_t                     first = bits_feed_at(f, 0, cases[i].seq[0]);

		expect_in_row(cases[i].name, cases[i].from_start == (first == 0));
		for (size_t k = 1; k < 4; k++)
			expect_in_row(cases[i].name, (int64_t)(bits_feed_at(f, 0, cases[i].seq[k]) - first) == cases[i].at[k]);
		bits_feed_free(f);
		told_free(told);
	}
	bits_feed_free(NULL);
}

/* ---- a connection ---------------------------------------------------------------------------------------------- */

struct line {
	struct told      *told;
	struct bits_feed *feed;
	uint32_t          frame;
};

static uint32_t late_frames[32];
static unsigned n_late;

static void on_late(struct bits_feed *f, unsigned d, uint32_t frame, uint64_t at, struct bits_str data, void *user)
{
	(void)user;
	(void)f;
	(void)d;
	(void)at;
	(void)data;
	if (n_late < G_N_ELEMENTS(late_frames))
		late_frames[n_late] = frame;
	n_late++;
}

static void line_open(struct line *l, bool from_start)
{
	static const struct bits_end ends[2] = { { { .family = 4, .bytes = { 10, 0, 0, 2 } }, 40000 }, { { .family = 4, .bytes = { 10, 0, 0, 1 } }, 80 } };

	n_late = 0;
	*l = (struct line){ .told = told_new() };
	l->feed = bits_feed_new(l->told, 1, ends, from_start, on_late, NULL);
}

static void line_close(struct line *l)
{
	bits_feed_finish(l->feed);
	bits_feed_free(l->feed);
	told_finish(l->told);
}

static void hand_over(struct line *l, unsigned d, const char *bytes, uint64_t at, uint64_t heard)
{
	struct bits_where w = { .frame = ++l->frame, .at = at, .heard = heard };

	bits_feed_data(l->feed, d, bits_str_of(bytes), 0, &w, false);
}

static const struct told_session *session_of(const struct line *l)
{
	return told_session_now(told_exchange(l->told, 1)->session);
}

/* An upload of ten bytes, whose second request and its body are handed over in pieces. */
static void any_order_of_segments_is_the_same_upload(void **state)
{
	static const struct {
		const char *name;
		struct {
			size_t from, to; /* of PART and its body; from == to: no more */
		} pieces[5];
	} cases[] = {
#define ALL (sizeof PART - 1 + 10)
		{ "at once", { { 0, ALL } } },
		{ "in order", { { 0, 50 }, { 50, 100 }, { 100, ALL } } },
		{ "the body first", { { ALL - 10, ALL }, { 0, ALL - 10 } } },
		{ "backwards", { { 100, ALL }, { 50, 100 }, { 0, 50 } } },
		{ "everything twice", { { 0, 100 }, { 0, 100 }, { 100, ALL }, { 100, ALL } } },
		{ "overlapping", { { 0, 60 }, { 40, 120 }, { 10, 100 }, { 90, ALL } } },
		{ "handed over again from its beginning", { { 0, 60 }, { 0, 120 }, { 0, ALL } } },
	};

	static const char whole[] = PART "0123456789";

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct line l;
		uint64_t    at = strlen(MAKE), heard = strlen(MADE);

		line_open(&l, true);
		hand_over(&l, 0, MAKE, 0, 0);
		hand_over(&l, 1, MADE, 0, at);
		for (size_t k = 0; cases[i].pieces[k].to > 0; k++) {
			g_autofree char *piece = g_strndup(&whole[cases[i].pieces[k].from],
			                                   cases[i].pieces[k].to - cases[i].pieces[k].from);

			hand_over(&l, 0, piece, at + cases[i].pieces[k].from, heard);
		}
		expect_in_row(cases[i].name, session_of(&l)->seen == 10);
		hand_over(&l, 1, ACK, heard, at + ALL);
		expect_in_row(cases[i].name, session_of(&l)->state == BITS_FILE_COMPLETE);
		expect_in_row(cases[i].name, told_exchange(l.told, 3) == NULL);
		line_close(&l);
		told_free(l.told);
	}
}

/* The receiver acknowledged what is missing: it will not come, unless the tap brought the frames in disorder. */
static void an_acknowledged_hole_is_given_up_after_a_while(void **state)
{
	static const struct {
		const char *name;
		unsigned    frames;   /* that pass */
		bool        is_whole;
	} cases[] = {
		{ "what is missing comes within patience", FEED_PATIENCE, true },
		{ "it comes too late: its place was passed over", FEED_PATIENCE + 1, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct line l;
		uint64_t    at = strlen(MAKE), heard = strlen(MADE), body = at + strlen(PART);

		line_open(&l, true);
		hand_over(&l, 0, MAKE, 0, 0);
		hand_over(&l, 1, MADE, 0, at);
		hand_over(&l, 0, PART, at, heard);
		hand_over(&l, 0, "56789", body + 5, heard);
		expect_in_row(cases[i].name, bits_feed_is_early(l.feed, 0, body + 5) && session_of(&l)->seen == 0);
		expect_in_row(cases[i].name, bits_feed_fills_hole(l.feed, 0, body) && !bits_feed_fills_hole(l.feed, 0, body + 5));
		hand_over(&l, 1, ACK, heard, body + 10);
		for (unsigned k = 1; k < cases[i].frames; k++) { /* told again and again */
			struct bits_where again = { .frame = ++l.frame, .at = BITS_AT_UNKNOWN, .heard = body + 10 };

			bits_feed_heard(l.feed, 1, &again, false);
		}
		hand_over(&l, 0, "01234", body, heard);
		expect_in_row(cases[i].name, session_of(&l)->seen == (cases[i].is_whole ? 10 : 5));
		expect_in_row(cases[i].name, n_late == 1 && late_frames[0] == 4); /* the frame that had come too early */
		line_close(&l);
		told_free(l.told);
	}
}

static void no_more_than_so_many_bytes_wait_behind_a_hole(void **state)
{
	g_autofree char *bytes = g_strnfill(PIECE, 'x');
	struct line      l;
	uint64_t         at = strlen(MAKE) + 1;

	(void)state;
	line_open(&l, true);
	hand_over(&l, 0, MAKE, 0, 0);
	for (unsigned i = 0; i < FEED_EARLY_MAX / PIECE; i++, at += PIECE)
		hand_over(&l, 0, bytes, at, 0);
	assert_int_equal(n_late, 0);
	assert_int_equal(bits_feed_next(l.feed, 0), strlen(MAKE));
	n_late = 0;
	hand_over(&l, 0, "y", at, 0);
	assert_int_equal(bits_feed_next(l.feed, 0), at + 1);
	line_close(&l);
	told_free(l.told);
}

static void no_more_than_so_many_segments_wait_behind_a_hole(void **state)
{
	struct line l;

	(void)state;
	line_open(&l, true);
	hand_over(&l, 0, MAKE, 0, 0);
	for (unsigned i = 0; i < FEED_EARLY_PIECES; i++)
		hand_over(&l, 0, "x", strlen(MAKE) + 1 + 2 * (uint64_t)i, 0);
	assert_int_equal(bits_feed_next(l.feed, 0), strlen(MAKE));
	n_late = 0;
	hand_over(&l, 0, "y", strlen(MAKE) + 1 + 2 * (uint64_t)FEED_EARLY_PIECES, 0);
	assert_true(bits_feed_next(l.feed, 0) > strlen(MAKE));
	n_late = 0;
	line_close(&l);
	told_free(l.told);
}

/* What the capture cut off takes its room too: else hardly anything would bound the number of segments. */
static void cut_segments_count_while_they_wait(void **state)
{
	struct line l;

	(void)state;
	line_open(&l, true);
	hand_over(&l, 0, MAKE, 0, 0);
	for (unsigned i = 0; i <= FEED_EARLY_MAX / PIECE; i++) {
		struct bits_where w = { .frame = ++l.frame, .at = 1000 + (uint64_t)i * PIECE };

		assert_int_equal(n_late, 0);
		bits_feed_data(l.feed, 0, BITS_STR("x"), PIECE - 1, &w, false);
	}
	assert_true(n_late > 0);
	n_late = 0;
	line_close(&l);
	told_free(l.told);
}

/* The end of an answer comes again that the client had heard before the first of its requests that is ours. */
static void what_came_before_us_is_no_part_of_it(void **state)
{
	static const struct {
		const char *name;
		uint64_t    heard;
		bool        is_lost; /* the bytes in front of the answer belong to something */
	} cases[] = {
		{ "the client had heard them", 140, false },
		{ "... nearly all", 139, true },
		{ "nobody knows", BITS_HEARD_UNKNOWN, true },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct line l;

		line_open(&l, false);
		hand_over(&l, 0, MAKE, 0, cases[i].heard);
		hand_over(&l, 1, "0123456789 123456789 123456789 123456789", 100, strlen(MAKE));
		hand_over(&l, 1, MADE, 140, strlen(MAKE));
		line_close(&l);
		expect_in_row(cases[i].name, (told_loose_findings(l.told, 2) != NULL) == cases[i].is_lost);
		told_free(l.told);
	}
}

/* Numbers that are known late count from where the stream is. */
static void a_late_scale_begins_behind_what_was_fed(void **state)
{
	struct line l;

	(void)state;
	line_open(&l, false);
	hand_over(&l, 0, MAKE, 0, BITS_HEARD_UNKNOWN);
	assert_int_equal(bits_feed_at(l.feed, 0, 5000), strlen(MAKE));
	line_close(&l);
	told_free(l.told);
}

/* ... or where we asked TCP to begin when it hands over more. */
static void a_late_scale_begins_where_more_was_asked_for(void **state)
{
	struct line l;

	(void)state;
	line_open(&l, false);
	hand_over(&l, 0, MAKE, 0, BITS_HEARD_UNKNOWN);
	bits_feed_expect(l.feed, 0, 7);
	assert_int_equal(bits_feed_at(l.feed, 0, 5000), 7);
	assert_int_equal(bits_feed_at(l.feed, 0, 5010), 17);
	line_close(&l);
	told_free(l.told);
}

static void what_a_snaplen_cut_off_is_lost(void **state)
{
	struct line       l;
	uint64_t          at = strlen(MAKE), heard = strlen(MADE);
	struct bits_where w = { .frame = 9, .at = strlen(MAKE), .heard = heard };

	(void)state;
	line_open(&l, true);
	hand_over(&l, 0, MAKE, 0, 0);
	hand_over(&l, 1, MADE, 0, at);
	bits_feed_data(l.feed, 0, BITS_STR(PART "0123"), 6, &w, false);
	assert_int_equal(bits_feed_next(l.feed, 0), at + strlen(PART) + 10);
	hand_over(&l, 1, ACK, heard, at + strlen(PART) + 10);
	assert_int_equal(session_of(&l)->seen, 4);
	assert_int_equal(session_of(&l)->state, BITS_FILE_PARTIAL);
	line_close(&l);
	told_free(l.told);
}

/* The server has all ten bytes, the capture lacks the sixth. */
static void the_byte_of_a_keep_alive_fills_no_hole(void **state)
{
	static const struct {
		const char *name;
		char        byte;
		uint64_t    acked;       /* of the body */
		const char *then;        /* what is handed over from byte `from` of the body on */
		uint64_t    from;
		bool        is_gathered, is_probe;
		uint64_t    seen;
	} cases[] = {
		{ "what follows waits for the true one", 0, 6, "6789", 6, false, true, 9 },
		{ "TCP gathered it with the others", 0, 6, "\0" "6789", 5, true, true, 9 },
		{ "it came again in its segment", 0, 6, "56789", 5, false, true, 10 },
		{ "nobody had it yet", 0, 5, "56789", 5, true, false, 10 },
		{ "not 0, and nothing was said since", 'x', 6, "56789", 5, true, false, 10 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct line       l;
		uint64_t          at = strlen(MAKE), heard = strlen(MADE), body = at + strlen(PART);
		size_t            n = (size_t)(10 - cases[i].from);
		struct bits_where ack = { .at = heard, .heard = body + cases[i].acked }, w = { .at = body + 5, .heard = heard };

		line_open(&l, true);
		hand_over(&l, 0, MAKE, 0, 0);
		hand_over(&l, 1, MADE, 0, at);
		hand_over(&l, 0, PART "01234", at, heard);
		ack.frame = ++l.frame;
		bits_feed_heard(l.feed, 1, &ack, false);
		w.frame = ++l.frame;
		expect_in_row(cases[i].name, bits_feed_probe(l.feed, 0, (struct bits_str){ &cases[i].byte, 1 }, &w) == cases[i].is_probe);
		w.frame = ++l.frame;
		w.at = body + cases[i].from;
		bits_feed_data(l.feed, 0, (struct bits_str){ cases[i].then, n }, 0, &w, cases[i].is_gathered);
		hand_over(&l, 1, ACK, heard, body + 10);
		line_close(&l);
		expect_in_row(cases[i].name, session_of(&l)->seen == cases[i].seen);
		told_free(l.told);
	}
	n_late = 0;
}

/* ---- ends ------------------------------------------------------------------------------------------------------ */

static void fin(struct line *l, unsigned d, uint64_t at)
{
	struct bits_where w = { .frame = ++l->frame, .at = at, .heard = BITS_HEARD_UNKNOWN };

	bits_feed_heard(l->feed, d, &w, true);
}

static void one_fin_alone_ends_nothing(void **state)
{
	struct line l;

	(void)state;
	line_open(&l, true);
	hand_over(&l, 0, MAKE, 0, 0);
	fin(&l, 0, strlen(MAKE));
	assert_false(bits_feed_is_closed(l.feed));
	fin(&l, 1, strlen(MADE)); /* but its bytes are still missing */
	assert_false(bits_feed_is_closed(l.feed));
	hand_over(&l, 1, MADE, 0, strlen(MAKE));
	assert_true(bits_feed_is_closed(l.feed));
	hand_over(&l, 0, PART, strlen(MAKE), strlen(MADE)); /* nothing comes after the end */
	assert_null(told_exchange(l.told, 2));
	assert_int_equal(bits_feed_next(l.feed, 0), strlen(MAKE));
	line_close(&l);
	told_free(l.told);
}

/* The stream's end is known, what lies before it is not: an answer to what is missing was not unasked. */
static void a_fin_behind_a_hole_proves_nothing(void **state)
{
	struct line l;
	uint64_t    at = strlen(MAKE), heard = strlen(MADE);

	(void)state;
	line_open(&l, true);
	hand_over(&l, 0, MAKE, 0, 0);
	hand_over(&l, 1, MADE, 0, at);
	hand_over(&l, 1, ACK, heard, at + 1000);
	fin(&l, 0, at + 1000);
	fin(&l, 1, heard + strlen(ACK));
	assert_false(bits_feed_is_closed(l.feed));
	line_close(&l);
	assert_non_null(told_exchange_of_answer(l.told, 1, 3, heard));
	assert_null(told_exchange_of_answer(l.told, 1, 3, heard)->answer.findings);
	told_free(l.told);
}

/* ---- messages -------------------------------------------------------------------------------------------------- */

static void write_message(const struct feed_message *m, void *user)
{
	g_string_append_printf(user, "%s %lu [%lu,%lu,%lu)%s\n", m->is_request ? "request" : "answer", m->number, m->first, m->head_end,
	                       m->end, m->ended ? "" : " ...");
}

static void tells_which_bytes_are_whose(void **state)
{
	g_autoptr(GString) told = g_string_new(NULL);
	const size_t       begin = strlen(MAKE), body = begin + strlen(PART);
	g_autofree char   *second = g_strdup_printf("request 2 [%zu,%zu,%zu) ...\n", begin, body, body + 5);
	g_autofree char   *both = g_strdup_printf("request 1 [0,%zu,%zu)\n%s", begin, begin, second);
	struct line        l;
	uint64_t           from, bytes = 0;

	(void)state;
	line_open(&l, true);
	hand_over(&l, 0, MAKE PART "01234", 0, 0);
	bits_feed_each(l.feed, 0, 0, 1000, write_message, told);
	assert_string_equal(told->str, both);
	bits_feed_forget(l.feed, 0, body); /* the first message, that is */
	g_string_truncate(told, 0);
	bits_feed_each(l.feed, 0, 0, 1000, write_message, told);
	assert_string_equal(told->str, second);
	/* a BITS request is shown at its head; nothing more of it is wanted */
	assert_int_equal(bits_feed_wish(l.feed, 0, 0, &from, &bytes), FEED_WISH_NOTHING);
	line_close(&l);
	told_free(l.told);
}

static void wishes_for_what_it_takes_to_show_a_message(void **state)
{
	static const struct {
		const char    *name, *bytes; /* of the server */
		enum feed_wish wish;
		uint64_t       from, n;
	} cases[] = {
		{ "a whole answer", ACK, FEED_WISH_NOTHING, 0, 0 },
		{ "half a head", "HTTP/1.1 200 OK\r\nCon", FEED_WISH_MORE, 0, 0 },
		{ "half a head behind a whole answer", "HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 2", FEED_WISH_MORE, 19, 0 },
		{ "half a body", "HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\n1234", FEED_WISH_BYTES, 0, 5 },
		{ "half a chunked body", "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n1", FEED_WISH_MORE, 0, 0 },
		{ "an Ack whose body lasts until the end: now", "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\n\r\nx", FEED_WISH_NOTHING, 0, 0 },
		{ "a body longer than anybody can put together", "HTTP/1.1 500 No\r\nContent-Length: 99999999999\r\n\r\n1",
		  FEED_WISH_NOTHING, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct line l;
		uint64_t    from = 0, n = 0;

		line_open(&l, true);
		hand_over(&l, 0, MAKE, 0, 0);
		hand_over(&l, 1, cases[i].bytes, 0, strlen(MAKE));
		expect_in_row(cases[i].name, bits_feed_wish(l.feed, 1, 0, &from, &n) == cases[i].wish);
		expect_in_row(cases[i].name, cases[i].wish == FEED_WISH_NOTHING || from == cases[i].from);
		expect_in_row(cases[i].name, n == cases[i].n);
		line_close(&l);
		told_free(l.told);
	}
}

/* Under TLS nobody says where bytes belong. */
static void what_was_asked_for_comes_next_and_once(void **state)
{
	struct line l;

	(void)state;
	line_open(&l, false);
	hand_over(&l, 0, MAKE, 0, BITS_HEARD_UNKNOWN);
	assert_int_equal(bits_feed_next(l.feed, 0), strlen(MAKE));
	bits_feed_expect(l.feed, 0, 10);
	assert_int_equal(bits_feed_next(l.feed, 0), 10);
	assert_int_equal(bits_feed_next(l.feed, 0), strlen(MAKE));
	line_close(&l);
	told_free(l.told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_become_offsets_that_never_wrap),
		cmocka_unit_test(any_order_of_segments_is_the_same_upload),
		cmocka_unit_test(an_acknowledged_hole_is_given_up_after_a_while),
		cmocka_unit_test(no_more_than_so_many_bytes_wait_behind_a_hole),
		cmocka_unit_test(no_more_than_so_many_segments_wait_behind_a_hole),
		cmocka_unit_test(cut_segments_count_while_they_wait),
		cmocka_unit_test(what_came_before_us_is_no_part_of_it),
		cmocka_unit_test(a_late_scale_begins_behind_what_was_fed),
		cmocka_unit_test(a_late_scale_begins_where_more_was_asked_for),
		cmocka_unit_test(the_byte_of_a_keep_alive_fills_no_hole),
		cmocka_unit_test(what_a_snaplen_cut_off_is_lost),
		cmocka_unit_test(one_fin_alone_ends_nothing),
		cmocka_unit_test(a_fin_behind_a_hole_proves_nothing),
		cmocka_unit_test(tells_which_bytes_are_whose),
		cmocka_unit_test(wishes_for_what_it_takes_to_show_a_message),
		cmocka_unit_test(what_was_asked_for_comes_next_and_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
