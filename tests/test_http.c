/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_http.c - the framer's messages for whole streams of one direction, cut anywhere. */
#include "core/bits_http.h"

#include <string.h>

#include "tests/cm.h"

/* ---- the framer: one direction, told as a line of signs -------------------------------------------------------- */

struct log {
	GString              *text;
	size_t                body;
	enum bits_http_answer answer;
};

static void flush(struct log *l)
{
	if (l->body > 0)
		g_string_append_printf(l->text, "b%zu ", l->body);
	l->body = 0;
}

static enum bits_http_answer on_head(unsigned d, const struct bits_http_head *head, const struct bits_http_framing *f,
                                     const struct bits_where *first, const struct bits_where *last, void *user)
{
	struct log *l = user;

	(void)d, (void)f;
	flush(l);
	if (head->is_request)
		g_string_append_printf(l->text, "%.*s", (int)head->method.n, head->method.p);
	else
		g_string_append_printf(l->text, "%u", head->status);
	g_string_append_printf(l->text, "@%lu-%lu ", first->at, last->at);
	return l->answer;
}

static void on_body(unsigned d, struct bits_str data, const struct bits_where *w, void *user)
{
	struct log *l = user;

	(void)d, (void)w;
	l->body += data.n;
}

static void on_lost(unsigned d, uint64_t n, const struct bits_where *w, void *user)
{
	struct log *l = user;

	(void)d, (void)w;
	flush(l);
	g_string_append_printf(l->text, "lost%lu ", n);
}

static void on_end(unsigned d, bool whole, const struct bits_where *last, void *user)
{
	struct log *l = user;

	(void)d, (void)last;
	flush(l);
	g_string_append(l->text, whole ? "end " : "cut ");
}

static void on_trouble(unsigned d, enum bits_http_trouble what, uint64_t bytes, const struct bits_where *w, void *user)
{
	struct log *l = user;

	(void)d, (void)w;
	flush(l);
	g_string_append_printf(l->text, "%s%lu ", what == BITS_HTTP_HEAD_LOST ? "skip" : "long", bytes);
}

static const struct bits_http_sink log_sink = { on_head, on_body, on_lost, on_end, on_trouble };

/* A stream of one direction; "\f" stands for a hole of 10 bytes.  Each byte of text is fed in pieces of `piece`. */
static char *frame(const char *text, size_t piece, enum bits_http_answer answer)
{
	struct log        l = { g_string_new(NULL), 0, answer };
	struct bits_http *h = bits_http_new(&log_sink, &l, true);
	struct bits_where w = { .pos = BITS_POS_UNKNOWN, .heard = BITS_HEARD_UNKNOWN };
	size_t            n = strlen(text), at = 0, segment = 0;

	while (at < n) {
		size_t run = strcspn(text + at, "\f");
		size_t part = MIN(run, piece);

		if (run == 0) {
			bits_http_lost(h, 0, 10, &w);
			w.at += 10;
			at++;
			segment = at;
			continue;
		}
		bits_http_data(h, 0, (struct bits_str){ text + at, part }, &w, at == segment);
		w.at += part;
		at += part;
	}
	bits_http_finish(h, 0);
	bits_http_free(h);
	g_strchomp(l.text->str);
	return g_string_free(l.text, false);
}

#define TEXT_40   "0123456789 123456789 123456789 123456789"
#define LONG_LINE "HTTP/1.1 200 " TEXT_40 TEXT_40

static void frames_streams_however_they_are_cut(void **state)
{
	static const struct {
		const char           *name, *text, *log;
		enum bits_http_answer answer;
	} cases[] = {
		{ "two requests with bodies, pipelined", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n",
		  "POST@0-37 b3 end GET@41-58 end", BITS_HTTP_AS_FRAMED },
		{ "chunks with an extension and a trailer",
		  "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\nGET / HTTP/1.1\r\n\r\n",
		  "POST@0-46 b5 end GET@77-94 end", BITS_HTTP_AS_FRAMED },
		{ "chunks with bare line feeds", "POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n", "POST@0-43 b3 end",
		  BITS_HTTP_AS_FRAMED },
		{ "a chunk size that is none", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
		  "POST@0-46 cut skip9", BITS_HTTP_AS_FRAMED },
		{ "a chunk size beyond 64 bits", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
		  "POST@0-46 cut skip19", BITS_HTTP_AS_FRAMED },
		{ "an answer until close", "HTTP/1.1 200 OK\r\n\r\nabcdef", "200@0-18 b6 end", BITS_HTTP_AS_FRAMED },
		{ "an answer to HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
		  "200@0-37 end 204@38-56 end", BITS_HTTP_BODYLESS },
		{ "an answer to something unseen, with a body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.0\nHTTP/1.1 204 No\r\n\r\n",
		  "200@0-37 b9 end 204@47-65 end", BITS_HTTP_GUESS },
		{ "an answer to something unseen, without", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
		  "200@0-37 end 204@38-56 end", BITS_HTTP_GUESS },
		{ "... behind line breaks, and again", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\r\n\n\r" LONG_LINE
		  "\r\nContent-Length: 9\r\n\r\nHTTP/1.1 204 No\r\n\r\n", "200@0-37 end 200@42-157 end 204@158-176 end", BITS_HTTP_GUESS },
		{ "... with a long first line", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" LONG_LINE
		  "\r\nContent-Length: 9\r\n\r\nabcdefghiHTTP/1.1 204 No\r\n\r\n", "200@0-37 end 200@38-153 b9 end 204@163-181 end", BITS_HTTP_GUESS },
		{ "... a long line that is no text", "HTTP/1.1 200 OK\r\nContent-Length: 98\r\n\r\n" LONG_LINE "\b x\r\nHTTP/1.1 204 No\r\n\r\n",
		  "200@0-38 b98 end 204@137-155 end", BITS_HTTP_GUESS },
		{ "... a long line that never ends", "HTTP/1.1 200 OK\r\nContent-Length: 124\r\n\r\n\n\r\r\n" TEXT_40 TEXT_40 TEXT_40,
		  "200@0-39 b124 end", BITS_HTTP_GUESS },
		{ "several interim answers", "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		  "100@0-17 end 102@18-35 end 200@36-73 end", BITS_HTTP_AS_FRAMED },
		{ "line breaks between messages", "GET / HTTP/1.1\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n",
		  "GET@0-17 end GET@22-39 end", BITS_HTTP_AS_FRAMED },
		{ "a hole inside a body is counted through", "POST / HTTP/1.1\r\nContent-Length: 15\r\n\r\nabc\fdeGET / HTTP/1.1\r\n\r\n",
		  "POST@0-38 b3 lost10 b2 end GET@54-71 end", BITS_HTTP_AS_FRAMED },
		{ "a hole up to the body's end keeps the step", "POST / HTTP/1.1\r\nContent-Length: 13\r\n\r\nabc\fGET / HTTP/1.1\r\n\r\n",
		  "POST@0-38 b3 lost10 end GET@52-69 end", BITS_HTTP_AS_FRAMED },
		{ "a hole beyond the body's end loses it", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc\fxx\fGET / HTTP/1.1\r\n\r\n",
		  "POST@0-37 b3 lost2 end skip20 GET@63-80 end", BITS_HTTP_AS_FRAMED },
		{ "a hole inside a head", "POST / HTTP/1.1\r\nConte\fGET / HTTP/1.1\r\n\r\n", "skip32 GET@32-49 end", BITS_HTTP_AS_FRAMED },
		{ "a body that ends too early", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc", "POST@0-37 b3 cut", BITS_HTTP_AS_FRAMED },
		{ "not HTTP", "SSH-2.0-x\r\n\r\n", "", BITS_HTTP_AS_FRAMED },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		for (size_t piece = 1; piece <= strlen(cases[i].text); piece++) {
			g_autofree char *log = frame(cases[i].text, piece, cases[i].answer);

			if (strcmp(log, cases[i].log) != 0)
				fail_msg("row \"%s\", pieces of %zu: \"%s\" instead of \"%s\"", cases[i].name, piece, log,
				         cases[i].log);
		}
}

static void a_head_has_a_limit(void **state)
{
	GString          *text = g_string_new("GET / HTTP/1.1\r\nX: ");
	g_autofree char  *log = NULL;
	static const size_t pieces[] = { 1448, 65536, 200000 };

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		g_string_append_c(text, 'x');
	for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
		g_free(g_steal_pointer(&log));
		log = frame(text->str, pieces[i], BITS_HTTP_AS_FRAMED);
		assert_string_equal(log, "long65537 skip100019");
	}
	g_string_free(text, true);
}

/* A body that begins like a line, or with line breaks before one: it may be a head up to its limit, or to what no line has. */
static void what_may_be_a_head_waits(void **state)
{
	static const struct {
		const char *name, *begins;
		char        goes_on, ends; /* the byte that follows, again and again, and the one behind that */
		uint64_t    most;          /* bytes that wait at last */
	} cases[] = {
		{ "a line", "GET /", 'g', 'g', BITS_HTTP_HEAD_MAX - 1 },
		{ "line breaks", "", '\n', '\n', BITS_HTTP_HEAD_MAX - 1 },
		{ "line breaks before a line", "\r\n\r\r\nGET /", 'g', 'g', BITS_HTTP_HEAD_MAX - 1 },
		{ "a line with a control character", "GET /", 'g', '\b', 1005 },
		{ "line breaks and a line with one", "\n\nGET /", 'g', '\b', 1007 },
		{ "a line that ends, and is none of HTTP", "GET /", 'g', '\n', 1005 },
		{ "what begins no line, behind line breaks", "", '\r', ':', 1000 },
		{ "a method that is longer than any", "\r\n", 'g', 'g', 34 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct log        l = { g_string_new(NULL), 0, BITS_HTTP_GUESS };
		struct bits_http *h = bits_http_new(&log_sink, &l, true);
		struct bits_where w = { .heard = BITS_HEARD_UNKNOWN };
		size_t            first = strlen(cases[i].begins);
		uint64_t          n = 0;

		bits_http_data(h, 0, BITS_STR("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n"), &w, true);
		do {
			const char c = n < first ? cases[i].begins[n] : n < first + 1000 ? cases[i].goes_on : cases[i].ends;

			w.at++;
			bits_http_data(h, 0, (struct bits_str){ &c, 1 }, &w, false);
		} while (bits_http_pending(h, 0) == ++n);
		expect_in_row(cases[i].name, n == cases[i].most + 1 && l.body == n && bits_http_pending(h, 0) == 0);
		bits_http_free(h);
		g_string_free(l.text, true);
	}
}

/* Bytes that may begin a head, before a seam: what comes behind it is no part of that. */
static void a_seam_ends_the_doubt(void **state)
{
	struct log        l = { g_string_new(NULL), 0, BITS_HTTP_GUESS };
	struct bits_http *h = bits_http_new(&log_sink, &l, true);
	struct bits_where w = { .heard = BITS_HEARD_UNKNOWN };

	(void)state;
	bits_http_data(h, 0, BITS_STR("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n"), &w, true);
	w.at = 39;
	bits_http_data(h, 0, BITS_STR("HTTP/1.1 "), &w, true);
	assert_int_equal(bits_http_pending(h, 0), 9);
	bits_http_seam(h, 0);
	assert_int_equal(bits_http_pending(h, 0), 0);
	assert_int_equal(l.body, 9);
	w.at = 48;
	bits_http_data(h, 0, BITS_STR("204 No\r\n\r\n"), &w, true);
	assert_int_equal(l.body, 19);
	bits_http_free(h);
	g_string_free(l.text, true);
}

static void knows_where_a_message_may_begin(void **state)
{
	static const struct {
		const char *name, *text;
		bool from_start, is_between;
	} cases[] = {
		{ "at the beginning", "", true, true },
		{ "in a capture without its beginning", "", false, true },
		{ "... lost in it", "some of a body", false, true },
		{ "in a head", "GET / HTTP/1.1\r\nHo", true, false },
		{ "behind a head without a body", "GET / HTTP/1.1\r\n\r\n", true, true },
		{ "in a body", "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", true, false },
		{ "before all of it", "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\n", true, false },
		{ "behind it", "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", true, true },
		{ "in a chunked one", "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", true, false },
		{ "not HTTP", "SSH-2.0-x\r\n\r\n", true, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct log        l = { g_string_new(NULL), 0, BITS_HTTP_AS_FRAMED };
		struct bits_http *h = bits_http_new(&log_sink, &l, cases[i].from_start);
		const struct bits_where w = { .heard = BITS_HEARD_UNKNOWN };

		if (cases[i].text[0] != '\0')
			bits_http_data(h, 0, bits_str_of(cases[i].text), &w, true);
		expect_in_row(cases[i].name, bits_http_is_between(h, 0) == cases[i].is_between);
		bits_http_free(h);
		g_string_free(l.text, true);
	}
}

static void send_text(struct bits_http *h, unsigned d, const char *text, uint64_t at, uint64_t heard)
{
	const struct bits_where w = { .pos = BITS_POS_UNKNOWN, .at = at, .heard = heard };

	bits_http_data(h, d, (struct bits_str){ text, strlen(text) }, &w, true);
}

#define ASK    "GET / HTTP/1.1\r\n\r\n"
#define ANSWER "HTTP/1.1 204 No\r\n\r\n"

/* So many exchanges, a request that is missing and its answer, so many answers more, and a request behind the hole, or `beside`
 * where that would be. */
static unsigned requests_told(unsigned n, unsigned more, uint64_t beside)
{
	const uint64_t    r = strlen(ASK), a = strlen(ANSWER);
	struct log        l = { g_string_new(NULL), 0, BITS_HTTP_AS_FRAMED };
	struct bits_http *h = bits_http_new(&log_sink, &l, true);
	struct bits_where hole = { .pos = BITS_POS_UNKNOWN, .at = n * r, .heard = n * a };
	unsigned          told = 0;

	for (unsigned i = 0; i < n; i++) {
		send_text(h, 0, ASK, i * r, i * a);
		send_text(h, 1, ANSWER, i * a, (i + 1) * r);
	}
	bits_http_lost(h, 0, r + beside, &hole);
	for (unsigned i = 0; i <= more; i++)
		send_text(h, 1, ANSWER, (n + i) * a, (n + 1 + i) * r);
	send_text(h, 0, ASK, (n + 1) * r + beside, (n + 1) * a);
	for (const char *p = l.text->str; (p = strstr(p, "GET@")) != NULL; p++)
		told++;
	bits_http_free(h);
	g_string_free(l.text, true);
	return told;
}

/* Of what was heard, 32 changes are remembered: the one that is asked for may be the latest of them, or the oldest, at any place of
 * the ring. */
static void behind_a_hole_a_head_begins_where_the_other_side_says(void **state)
{
	static const unsigned more[] = { 0, 1, 2, 3, 4, 5, 15, 16, 31 };

	(void)state;
	for (unsigned n = 0; n < 70; n++)
		for (size_t i = 0; i < G_N_ELEMENTS(more); i++) {
			assert_int_equal(requests_told(n, more[i], 0), n + 1);
			assert_int_equal(requests_told(n, more[i], 1), n);
		}
}

#define EXPECTANT "PUT / HTTP/1.1\r\nContent-Length: 18\r\nExpect: 100-continue\r\n\r\n"
#define CONTINUE  "HTTP/1.1 100 Continue\r\n\r\n"
#define SLOWLY    "HTTP/1.1 100 Continue\r\nVia: a\r\n\r\n"

/* Its sender waits for "100 Continue", hears `heard` bytes, and goes on. */
static void a_body_stays_away_where_its_refusal_may_be_missing(void **state)
{
	static const struct {
		const char *name;
		uint64_t    heard;
		const char *answer; /* of which the capture has this, or nothing and a hole at the end */
		uint64_t    lost;
		const char *next, *told;
	} cases[] = {
		{ "more than 100 Continue is missing, and another head comes", 26, NULL, 0, ASK, "cut GET" },
		{ "the same, and the hole is known of", 26, NULL, 26, ASK, "cut GET" },
		{ "the same, and a body comes", 26, NULL, 0, "GET / HTTP/9.1\r\n\r\n", "b18 end" },
		{ "100 Continue is missing, and the body looks like a head", strlen(CONTINUE), NULL, 0, ASK, "b18 end" },
		{ "it is there", strlen(CONTINUE), CONTINUE, 0, ASK, "b18 end" },
		{ "a longer one is there", strlen(SLOWLY), SLOWLY, 0, ASK, "b18 end" },
		{ "nothing was heard", 0, NULL, 0, ASK, "b18 end" },
		{ "nobody knows what was", BITS_HEARD_UNKNOWN, NULL, 0, ASK, "b18 end" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct log              l = { g_string_new(NULL), 0, BITS_HTTP_AS_FRAMED };
		struct bits_http       *h = bits_http_new(&log_sink, &l, true);
		const struct bits_where hole = { .pos = BITS_POS_UNKNOWN, .heard = strlen(EXPECTANT) };

		send_text(h, 0, EXPECTANT, 0, 0);
		if (cases[i].answer != NULL)
			send_text(h, 1, cases[i].answer, 0, strlen(EXPECTANT));
		if (cases[i].lost > 0)
			bits_http_lost(h, 1, cases[i].lost, &hole);
		send_text(h, 0, cases[i].next, strlen(EXPECTANT), cases[i].heard);
		if (strstr(l.text->str, cases[i].told) == NULL)
			fail_msg("row \"%s\": \"%s\" instead of \"...%s...\"", cases[i].name, l.text->str, cases[i].told);
		bits_http_free(h);
		g_string_free(l.text, true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_stays_away_where_its_refusal_may_be_missing),
		cmocka_unit_test(frames_streams_however_they_are_cut),
		cmocka_unit_test(a_head_has_a_limit),
		cmocka_unit_test(what_may_be_a_head_waits),
		cmocka_unit_test(a_seam_ends_the_doubt),
		cmocka_unit_test(knows_where_a_message_may_begin),
		cmocka_unit_test(behind_a_hole_a_head_begins_where_the_other_side_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
