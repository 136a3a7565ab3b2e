/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_pdu_copies.c - what is a copy, what looks like one, and what can no longer be told. */
#include "wire/pdu_copies.h"

#include <glib.h>
#include <string.h>

#include "core/bits_where.h"
#include "tests/cm.h"

/* "5>GET" is the client's at microsecond 5; capital letters begin a message. */
static char *looked_at(const char *pdus)
{
	g_auto(GStrv)     words = g_strsplit(pdus, " ", -1);
	struct pdu_copies c = { 0 };
	GString          *told = g_string_new(NULL);

	for (char **w = words; *w != NULL; w++) {
		char           *text;
		struct pdu_seen u = { .time_ns = g_ascii_strtoll(*w, &text, 10) * 1000 };

		if (text == *w)
			u.time_ns = BITS_TIME_UNKNOWN;
		else
			u.time_ns += (int64_t)(told->len % 2); /* written with nanoseconds, or without */
		u.d = *text == '<';
		u.payload = (const uint8_t *)text + 1;
		u.n = (uint32_t)strlen(text + 1);
		u.begins = g_ascii_isupper(text[1]);
		g_string_append_c(told, ".=!"[pdu_copies_look(&c, &u)]);
	}
	return g_string_free(told, FALSE);
}

static void takes_each_once(void **state)
{
	static const struct {
		const char *name, *pdus, *told; /* of each: '.' news, '=' known, '!' unsound */
	} cases[] = {
		{ "each once", "1>GET 2<OK 3>PUT 3>body 4>more 5<OK", "......" },
		{ "the same again later", "1>GET 2<OK 3>GET 4<OK", "...." },
		{ "two records of zeros out of one frame", "1>PUT 2>000 2>000 2>000 3<OK", "....." },
		{ "... and its head in it as well", "1>PUT 1>000 1>000 3<OK", "...." },
		{ "... in the server's direction", "1>GET 2<OK 3<000 3<000", "...." },
		{ "what has no time is never a copy", ">GET >GET", ".." },
		{ "each twice", "1>GET 1>GET 2<OK 2<OK 3>PUT 3>PUT", ".=.=.=" },
		{ "each three times", "1>GET 1>GET 1>GET 2<OK 2<OK 2<OK", ".==.==" },
		{ "a body: the last copy is news", "1>PUT 1>PUT 2>abc 2>abc 3>def 3>def 4<OK 4<OK", ".==.=..=" },
		{ "a body three times", "1>PUT 1>PUT 1>PUT 2>abc 2>abc 2>abc", ".====." },
		{ "several of one frame", "1>PUT 1>a 1>b 1>PUT 1>a 1>b 2>c 2>d 2>c 2>d", "...=====.." },
		{ "zeros of one frame, twice", "1>PUT 1>PUT 2>000 2>000 2>000 2>000 3<OK 3<OK", ".==.=..=" },
		{ "zeros behind their head, twice", "1>PUT 1>000 1>000 1>PUT 1>000 1>000", "...===" },
		{ "two messages of one frame, twice", "1>GET 1>PUT 1>GET 1>PUT", "..==" },
		{ "the end of one and the next, twice", "1>PUT 1>PUT 2>abc 2>GET 2>abc 2>GET", ".===.." },
		{ "frames of one microsecond, each twice", "1>PUT 1>PUT 2>a 2>a 2>b 2>b 2>a 2>a 3<OK 3<OK", ".==.=.=..=" },
		{ "... and a head among them", "1>PUT 1>PUT 1>a 1>a 2<OK 2<OK", ".==..=" },
		{ "twice from a message on", "1>GET 2<OK 3>PUT 3>PUT 4<OK 4<OK", "...=.=" },
		{ "twice up to a message", "1>GET 1>GET 2<OK 2<OK 3>PUT 4>abc 5>abc", ".=.=..." },
		{ "the server answers in the middle of a body", "1>PUT 1>PUT 2<OK 2<OK 3>abc 3>abc", ".=.==." },
		/* what is taken for a copy and is none must not cost bytes unnoticed */
		{ "a body that begins like its head, and goes on", "1>PUT 1>PUT 2>abc 3>def", ".==!" },
		{ "... and the next message does not become a part of it", "1>PUT 1>PUT 2>get 3>GET", ".==!" },
		{ "... nor is anything until the server speaks", "1>PUT 1>PUT 2>get 3>GET 4>PUT 5<OK 6>GET", ".==!=.." },
		{ "... whose own body says nothing", "1>PUT 1>PUT 2>get 3>GET 5<ok 6>GET", ".==!.=" },
		{ "a head that is a part of the body, and its answer", "1>PUT 1>PUT 2<OK 3>GET", ".=.." },
		{ "twice up to the middle of a body", "1>PUT 1>PUT 2>abc 2>abc 3>def 4>ghi", ".==.=!" },
		{ "a row that breaks off", "1>PUT 1>a 1>PUT 2<OK", "..=!" },
		{ "a row that goes on otherwise", "1>PUT 1>a 1>PUT 1>b", "..=!" },
		{ "zeros and something else, twice", "1>PUT 1>PUT 2>000 2>000 2>e 2>000 2>000 2>e", ".==.=!==" },
		{ "something that comes back, twice", "1>PUT 1>PUT 2>a 2>b 2>a 2>a 2>b 2>a", ".===.!==" },
		/* mergecap -a */
		{ "all of it behind itself", "1>GET 2<OK 3>PUT 3>000 3>000 4<OK 1>GET 2<OK 3>PUT 3>000 3>000 4<OK", "......======" },
		{ "... three times", "1>GET 2<OK 1>GET 2<OK 1>GET 2<OK", "..====" },
		{ "... and it goes on", "1>GET 2<OK 1>GET 2<OK 3>PUT 4<OK", "..==.." },
		{ "one message behind itself", "1>PUT 1>a 1>PUT 1>a", "..==" },
		{ "a clock that is set back", "5>GET 6<OK 3>PUT 4<OK", "...." },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *told = looked_at(cases[i].pdus);

		if (strcmp(told, cases[i].told) != 0)
			fail_msg("row \"%s\": %s instead of %s", cases[i].name, told, cases[i].told);
	}
}

/* A run that is too long to be compared: a clock that stands still. */
static void a_clock_that_stands_still_tells_nothing(void **state)
{
	g_autoptr(GString) pdus = g_string_new("1>PUT"), expected = g_string_new(".");
	g_autofree char   *told = NULL;

	(void)state;
	for (unsigned i = 0; i < 3 * PDU_RUN_MOST; i++) {
		g_string_append_printf(pdus, " 1>%c", 'a' + (int)(i % 7));
		g_string_append_c(expected, '.');
	}
	told = looked_at(pdus->str);
	assert_string_equal(told, expected->str);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_each_once),
		cmocka_unit_test(a_clock_that_stands_still_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
