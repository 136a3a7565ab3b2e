/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_http.c - the grammar of heads, and the framer's messages for whole streams of one direction, cut anywhere. */
#include "core/bits_http.h"

#include <string.h>

#include "tests/cm.h"

static void reads_first_lines(void **state)
{
	static const struct {
		const char     *name, *text;
		enum bits_parse result;
		const char     *method, *target;
		unsigned        status, minor;
	} cases[] = {
		{ "the verb that most parsers refuse", "BITS_POST /a HTTP/1.1\r\n\r\n", BITS_PARSE_OK, "BITS_POST", "/a", 0, 1 },
		{ "any token is a method", "M-SEARCH * HTTP/1.1\r\n\r\n", BITS_PARSE_OK, "M-SEARCH", "*", 0, 1 },
		{ "absolute form", "BITS_POST http://h/a HTTP/1.1\r\n\r\n", BITS_PARSE_OK, "BITS_POST", "http://h/a", 0, 1 },
		{ "HTTP/1.0 and bare line feeds", "GET / HTTP/1.0\n\n", BITS_PARSE_OK, "GET", "/", 0, 0 },
		{ "odd spacing, a space in the target", "GET  /a b \t HTTP/1.1 \r\n\r\n", BITS_PARSE_OK, "GET", "/a b", 0, 1 },
		{ "line breaks before it", "\r\n\nGET / HTTP/1.1\r\n\r\n", BITS_PARSE_OK, "GET", "/", 0, 1 },
		{ "an answer", "HTTP/1.1 200 OK\r\n\r\n", BITS_PARSE_OK, "", "", 200, 1 },
		{ "no reason phrase", "HTTP/1.1 416\r\n\r\n", BITS_PARSE_OK, "", "", 416, 1 },
		{ "an odd reason phrase", "HTTP/1.1 200 200 OK BITS\r\n\r\n", BITS_PARSE_OK, "", "", 200, 1 },
		{ "the blank line is missing", "GET / HTTP/1.1\r\nA: b\r\n", BITS_PARSE_MORE, "", "", 0, 0 },
		{ "half a method", "BITS_PO", BITS_PARSE_MORE, "", "", 0, 0 },
		{ "half a version", "HTTP/1", BITS_PARSE_MORE, "", "", 0, 0 },
		{ "nothing", "", BITS_PARSE_MORE, "", "", 0, 0 },
		{ "HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", BITS_PARSE_BAD, "", "", 0, 0 },
		{ "no version", "GET /\r\n\r\n", BITS_PARSE_BAD, "", "", 0, 0 },
		{ "no target", "GET HTTP/1.1\r\n\r\n", BITS_PARSE_BAD, "", "", 0, 0 },
		{ "a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", BITS_PARSE_BAD, "", "", 0, 0 },
		{ "a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", BITS_PARSE_BAD, "", "", 0, 0 },
		{ "another protocol", "EHLO example\r\n", BITS_PARSE_BAD, "", "", 0, 0 },
		{ "TLS", "\x16\x03\x01\x02", BITS_PARSE_BAD, "", "", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_http_head head;
		enum bits_parse       result = bits_http_head_parse(&head, bits_str_of(cases[i].text));

		expect_in_row(cases[i].name, result == cases[i].result);
		if (result != BITS_PARSE_OK)
			continue;
		expect_in_row(cases[i].name, bits_str_eq(head.method, bits_str_of(cases[i].method)));
		expect_in_row(cases[i].name, bits_str_eq(head.target, bits_str_of(cases[i].target)));
		expect_in_row(cases[i].name, head.status == cases[i].status && head.minor == cases[i].minor);
		expect_in_row(cases[i].name, head.length == strlen(cases[i].text));
	}
}

static void a_prefix_of_a_head_is_never_bad(void **state)
{
	const char *texts[] = { "BITS_POST http://h/a%20b HTTP/1.1\r\nA: b\r\n\r\n", "HTTP/1.1 200 OK\nA: b\n\n" };

	(void)state;
	for (size_t t = 0; t < G_N_ELEMENTS(texts); t++)
		for (size_t n = 0; n < strlen(texts[t]); n++) {
			struct bits_http_head head;

			assert_int_equal(bits_http_head_parse(&head, (struct bits_str){ texts[t], n }), BITS_PARSE_MORE);
		}
}

static void reads_fields(void **state)
{
	static const struct {
		const char *name, *value;
	} expected[] = { { "A", "b" }, { "c", "d\r\n e" }, { "", "no colon" }, { "Empty", "" }, { "X", "y: z" } };
	struct bits_str        rest = BITS_STR("A:b\r\n c : x\r\n");
	struct bits_http_field field;

	(void)state;
	rest = BITS_STR("A:b \r\nc :  d\r\n e\r\nno colon\r\nEmpty:\nX: y: z\r\n\r\nbody: no\r\n");
	for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
		assert_true(bits_http_next(&rest, &field));
		expect_in_row(expected[i].name, bits_str_eq(field.name, bits_str_of(expected[i].name)));
		expect_in_row(expected[i].name, bits_str_eq(field.value, bits_str_of(expected[i].value)));
	}
	assert_false(bits_http_next(&rest, &field));
}

static void knows_what_follows_a_head(void **state)
{
	static const struct {
		const char         *name, *text;
		enum bits_http_body body;
		uint64_t            length;
		bool                differ;
	} cases[] = {
		{ "a request without a length has none", "POST / HTTP/1.1\r\n\r\n", BITS_HTTP_BODY_NONE, 0, false },
		{ "a length", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", BITS_HTTP_BODY_LENGTH, 5, false },
		{ "the same length twice", "POST / HTTP/1.1\r\nContent-Length: 5, 5\r\ncontent-length:5\r\n\r\n",
		  BITS_HTTP_BODY_LENGTH, 5, false },
		{ "two lengths: the first", "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
		  BITS_HTTP_BODY_LENGTH, 5, true },
		{ "a coding beats a length", "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n",
		  BITS_HTTP_BODY_CHUNKED, 0, false },
		{ "an answer without a length lasts until close", "HTTP/1.1 200 OK\r\n\r\n", BITS_HTTP_BODY_CLOSE, 0, false },
		{ "100 has none", "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n", BITS_HTTP_BODY_NONE, 0, false },
		{ "204 has none", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", BITS_HTTP_BODY_NONE, 0, false },
		{ "304 has none", "HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", BITS_HTTP_BODY_NONE, 0, false },
		{ "an answer whose last coding is not chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
		  BITS_HTTP_BODY_CLOSE, 0, false },
		{ "a length beyond 64 bits is none", "POST / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n",
		  BITS_HTTP_BODY_NONE, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_http_head    head;
		struct bits_http_framing f;

		expect_in_row(cases[i].name, bits_http_head_parse(&head, bits_str_of(cases[i].text)) == BITS_PARSE_OK);
		f = bits_http_framing_of(&head);
		expect_in_row(cases[i].name, f.body == cases[i].body);
		expect_in_row(cases[i].name, f.length == cases[i].length && f.lengths_differ == cases[i].differ);
	}
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_first_lines),
		cmocka_unit_test(a_prefix_of_a_head_is_never_bad),
		cmocka_unit_test(reads_fields),
		cmocka_unit_test(knows_what_follows_a_head),
		cmocka_unit_test(frames_streams_however_they_are_cut),
		cmocka_unit_test(a_head_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
