/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_patience.c - which holes are watched, and when their time is over. */
#include "wire/patience.h"

#include <string.h>

#include "tests/cm.h"

static void no_bytes(const struct stream_bytes *b, void *user)
{
	(void)b, (void)user;
}

static void no_loss(uint64_t at, uint64_t n, const struct bits_where *w, void *user)
{
	(void)at, (void)n, (void)w, (void)user;
}

static const struct stream_sink nowhere = { no_bytes, no_loss };

/* Direction 0 has sent 3 bytes, and after a hole of 3 another one; so much of it is acknowledged. */
static struct connection *made_connection(uint64_t acked, struct stream_totals *totals)
{
	struct connection  *c = connection_new((struct bits_end[2]){ { .port = 1 }, { .port = 2 } }, 1);
	struct stream_bytes b = { .p = (const uint8_t *)"abc", .n = 3 };

	stream_set_base(&c->live->stream[0], 1, 0);
	stream_add(&c->live->stream[0], &b, totals, &nowhere, NULL);
	b.at = 6;
	b.n = 1;
	stream_add(&c->live->stream[0], &b, totals, &nowhere, NULL);
	stream_acked(&c->live->stream[0], acked, totals, &nowhere, NULL);
	return c;
}

static void a_hole_is_overdue_after_its_frames(void **state)
{
	static const struct {
		const char *name;
		unsigned    d;
		uint64_t    acked, since, now;
		bool        is_overdue;
	} cases[] = {
		{ "one frame too early", 0, 6, 50, 50 + HOLE_PATIENCE - 1, false },
		{ "just then", 0, 6, 50, 50 + HOLE_PATIENCE, true },
		{ "long after", 0, 6, 50, 50 + 5 * HOLE_PATIENCE, true },
		{ "the bytes behind it are acknowledged, too", 0, 7, 50, 50 + HOLE_PATIENCE, true },
		{ "not all of the hole is acknowledged: it may be filled yet", 0, 5, 50, 50 + HOLE_PATIENCE, false },
		{ "the direction without a hole", 1, 6, 50, 50 + HOLE_PATIENCE, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct stream_totals totals = { 0 };
		struct connection   *c = made_connection(cases[i].acked, &totals);
		struct patience      p = { 0 };
		struct overdue       o;

		patience_watch(&p, c, cases[i].d, cases[i].since);
		expect_in_row(cases[i].name, patience_overdue(&p, cases[i].now, &o) == cases[i].is_overdue);
		if (cases[i].is_overdue) {
			expect_in_row(cases[i].name, o.c == c && o.d == cases[i].d && o.next == 3);
			expect_in_row(cases[i].name, !c->live->stream[cases[i].d].in_queue && !patience_overdue(&p, cases[i].now, &o));
		}
		patience_clear(&p);
		connection_forget(c, &totals);
		connection_free(c);
	}
}

/* Whoever asks again does not begin anew, nor watch it twice. */
static void a_hole_is_watched_once(void **state)
{
	struct stream_totals totals = { 0 };
	struct connection   *c = made_connection(6, &totals);
	struct patience      p = { 0 };
	struct overdue       o;

	(void)state;
	patience_watch(&p, c, 0, 10);
	patience_watch(&p, c, 0, 500);
	assert_int_equal(p.waits.length, 1);
	assert_true(patience_overdue(&p, 10 + HOLE_PATIENCE, &o));
	assert_false(patience_overdue(&p, UINT64_MAX, &o));
	patience_watch(&p, c, 0, 2000); /* the next one may be */
	assert_true(patience_overdue(&p, 2000 + HOLE_PATIENCE, &o));
	patience_clear(&p);
	connection_forget(c, &totals);
	connection_free(c);
}

static void what_goes_is_forgotten(void **state)
{
	struct stream_totals totals = { 0 };
	struct connection   *a = made_connection(6, &totals), *b = made_connection(6, &totals);
	struct patience      p = { 0 };
	struct overdue       o;

	(void)state;
	patience_watch(&p, a, 0, 1);
	patience_watch(&p, b, 0, 2);
	patience_forget(&p, a);
	assert_true(patience_overdue(&p, UINT64_MAX, &o));
	assert_ptr_equal(o.c, b);
	assert_false(patience_overdue(&p, UINT64_MAX, &o));
	connection_forget(a, &totals);
	connection_forget(b, &totals);
	connection_free(a);
	connection_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hole_is_overdue_after_its_frames),
		cmocka_unit_test(a_hole_is_watched_once),
		cmocka_unit_test(what_goes_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
