/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_http_head.c - the grammar of a head, and what follows it. */
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
		{ "a blank before it", " GET / HTTP/1.1\r\n\r\n", BITS_PARSE_BAD, "", "", 0, 0 },
		{ "a control character in it", "GET /\x01 HTTP/1.1\r\n\r\n", BITS_PARSE_BAD, "", "", 0, 0 },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_first_lines),
		cmocka_unit_test(a_prefix_of_a_head_is_never_bad),
		cmocka_unit_test(reads_fields),
		cmocka_unit_test(knows_what_follows_a_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
