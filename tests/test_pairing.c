/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_pairing.c - which waiting request an answer belongs to, by what each side had heard of the other. */
#include "core/bits_private.h"

#include "tests/talk.h"

#define UNKNOWN BITS_HEARD_UNKNOWN
#define NOBODY  (-1)

/* Requests as [at, end) of the client's stream, and what their sender had heard. */
struct waiting {
	uint64_t at, end, heard;
};

static void pairs_by_what_was_heard(void **state)
{
	static const struct {
		const char    *name;
		struct waiting requests[3]; /* end 0: no more */
		uint64_t       hole_end;
		uint64_t       at, heard;   /* of the answer */
		int            taken;       /* which request */
		bool           doubtful;
		unsigned       left;        /* still waiting */
	} cases[] = {
		{ "one request, one answer", { { 0, 100, 0 } }, 0, 0, 100, 0, false, 0 },
		{ "the oldest of three, all in flight", { { 0, 9, 0 }, { 9, 20, 0 }, { 20, 30, 0 } }, 0, 0, 30, 0, false, 2 },
		{ "an answer whose sender had not heard of the request is none to it", { { 50, 90, 10 } }, 0, 10, 50, NOBODY, false, 1 },
		{ "one byte of it is enough", { { 50, 90, 10 } }, 0, 10, 51, 0, false, 0 },
		{ "an answer that the request's sender had heard is none to it", { { 50, 90, 10 } }, 0, 9, 90, NOBODY, false, 1 },
		{ "nothing is known of offsets: first in, first out", { { 50, 90, UNKNOWN } }, 0, 9, UNKNOWN, 0, false, 0 },
		{ "nothing is known of offsets, and a hole: doubtful", { { 50, 90, UNKNOWN } }, 5, 9, UNKNOWN, 0, true, 0 },
		{ "behind a hole: the latest that the answer's sender had heard of",
		  { { 0, 10, 0 }, { 10, 20, 0 } }, 40, 40, 20, 1, true, 0 },
		{ "behind a hole, the only one", { { 0, 10, 0 } }, 40, 40, 10, 0, false, 0 },
		{ "behind a hole, its sender had heard of more than waits: it answers what is still to come",
		  { { 0, 10, 0 } }, 40, 40, 11, NOBODY, false, 1 },
		{ "the request's sender had heard beyond the hole: the hole does not matter",
		  { { 0, 10, 40 }, { 10, 20, 40 } }, 40, 40, 20, 0, false, 1 },
		{ "a later one's sender had heard beyond the hole: the earlier was answered inside it",
		  { { 0, 10, 0 }, { 10, 20, 40 } }, 40, 40, 20, 1, false, 0 },
		{ "nothing waits", { { 0, 0, 0 } }, 0, 0, 10, NOBODY, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_sink         sink = { .packet = NULL };
		struct bits_tracker     *t = bits_tracker_new(&sink, NULL, NULL);
		struct conn              c = { .ordinal = 1, .hole_end = cases[i].hole_end };
		struct bits_where        answer = { .at = cases[i].at, .heard = cases[i].heard };
		struct exchange         *x[3] = { NULL }, *taken;

		for (size_t k = 0; k < 3 && cases[i].requests[k].end != 0; k++) {
			x[k] = exchange_new(&c);
			x[k]->pub.request_at.first.at = cases[i].requests[k].at;
			x[k]->pub.request_at.first.heard = cases[i].requests[k].heard;
			x[k]->request_end = cases[i].requests[k].end;
			pairing_request(t, &c, x[k]);
		}
		taken = pairing_answer(t, &c, &answer);
		expect_in_row(cases[i].name, taken == (cases[i].taken == NOBODY ? NULL : x[cases[i].taken]));
		expect_in_row(cases[i].name, taken == NULL || taken->pub.doubtful == cases[i].doubtful);
		expect_in_row(cases[i].name, taken == NULL || !taken->waits);
		expect_in_row(cases[i].name, c.waiting.length == cases[i].left);
		exchange_unref(taken);
		while (c.waiting.length > 0)
			exchange_unref(exchange_pop(&c.waiting));
		for (size_t k = 0; k < 3; k++)
			exchange_unref(x[k]);
		bits_tracker_free(t);
	}
}

static void is_gapless_only_where_nothing_can_be_missing(void **state)
{
	static const struct {
		const char *name;
		struct conn c;
		bool        gapless;
	} cases[] = {
		{ "from its SYN, everything heard was fed", { .from_start = true, .fed = { 10, 20 }, .heard = { 20, 10 } }, true },
		{ "a FIN has a number too", { .from_start = true, .fed = { 10, 20 }, .heard = { 21, 11 } }, true },
		{ "not from its start", { .from_start = false, .fed = { 10, 20 }, .heard = { 20, 10 } }, false },
		{ "a loss inside a body", { .from_start = true, .losses = 1, .fed = { 10, 20 }, .heard = { 20, 10 } }, false },
		{ "bytes passed over", { .from_start = true, .hole = { false, true }, .fed = { 10, 20 }, .heard = { 20, 10 } }, false },
		{ "the client heard more of the server than the capture has", { .from_start = true, .fed = { 10, 20 }, .heard = { 22, 10 } }, false },
		{ "the server heard more of the client than the capture has", { .from_start = true, .fed = { 10, 20 }, .heard = { 20, 12 } }, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_in_row(cases[i].name, conn_is_gapless(&cases[i].c) == cases[i].gapless);
}

/* Requests beyond the cap: the oldest is given up, and from then on nothing of that connection proves anything. */
static void gives_up_the_oldest_of_too_many_waiting(void **state)
{
	g_autoptr(GString) talk = g_string_new(CREATE("") CREATED(""));
	g_autofree char   *latest = g_strdup_printf("200 to frame %u: last (doubtful)", 3 + PAIRING_WAITING_MAX);
	g_autofree char   *story = NULL;

	(void)state;
	for (unsigned i = 0; i <= PAIRING_WAITING_MAX; i++)
		g_string_append(talk, FRAGMENT("blind", "0-9/10", 10));
	g_string_append(talk, ACK_AT("", "10"));
	story = specimen_told(talk->str);
	assert_non_null(strstr(story, "evidence partial"));
	/* its sender had heard of every request: which one it answers cannot be told, and nobody is to lose bytes by it */
	assert_non_null(strstr(story, latest));
	assert_non_null(strstr(story, "unconfirmed 10, acked 0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_by_what_was_heard),
		cmocka_unit_test(is_gapless_only_where_nothing_can_be_missing),
		cmocka_unit_test(gives_up_the_oldest_of_too_many_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
