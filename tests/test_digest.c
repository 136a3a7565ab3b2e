/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/bits_digest.h"

#include <string.h>

#include "tests/cm.h"

#define B BITS_DIGEST_BLOCK

/* One exchange's bytes [from, to), all of the same value, fed in pieces; what conflicts with what s knows. */
static struct bits_ranges sent(struct bits_digests *s, struct bits_range r, char value, size_t piece, uint64_t below)
{
	struct bits_digester *g = bits_digester_new();
	struct bits_ranges    conflicts = { NULL };
	char                  data[3 * B];

	memset(data, value, sizeof data);
	for (uint64_t at = r.from; at < r.to; at += piece)
		bits_digester_add(g, at, (struct bits_str){ data, MIN(piece, r.to - at) });
	bits_digester_flush(g);
	bits_digests_accept(s, g, below, &conflicts);
	bits_digester_free(g);
	return conflicts;
}

static void notices_what_can_be_compared(void **state)
{
	static const struct {
		const char       *name;
		struct bits_range first, second;
		char              value; /* of the second; the first is all 'a' */
		struct bits_range conflict;
	} cases[] = {
		{ "the same again", { 0, 3 * B }, { 0, 3 * B }, 'a', { 0, 0 } },
		{ "other bytes", { 0, 3 * B }, { 0, 3 * B }, 'b', { 0, 3 * B } },
		{ "the whole blocks of an overlap", { 0, 3 * B }, { 100, 3 * B }, 'b', { B, 3 * B } },
		{ "a ragged end of the same range", { 10, 20 }, { 10, 20 }, 'b', { 10, 20 } },
		{ "a ragged end of another range is not compared", { 10, 20 }, { 10, 21 }, 'b', { 0, 0 } },
		{ "no overlap", { 0, B }, { B, 2 * B }, 'b', { 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		for (size_t piece = 1; piece < 3 * B; piece = piece * 3 + 1) {
			struct bits_digests *s = bits_digests_new();
			struct bits_ranges   none = sent(s, cases[i].first, 'a', piece, UINT64_MAX);
			struct bits_ranges   some = sent(s, cases[i].second, cases[i].value, 1448, UINT64_MAX);
			struct bits_range    want = cases[i].conflict;

			expect_in_row(cases[i].name, bits_ranges_count(&none) == 0);
			expect_in_row(cases[i].name, bits_ranges_total(&some) == want.to - want.from);
			expect_in_row(cases[i].name, bits_ranges_covers(&some, want));
			bits_ranges_clear(&some);
			bits_digests_free(s);
		}
}

static void accepts_in_steps(void **state)
{
	struct bits_digests *s = bits_digests_new();
	struct bits_ranges   none = sent(s, (struct bits_range){ 0, 2 * B }, 'a', B, B), some;

	(void)state;
	assert_int_equal(bits_ranges_count(&none), 0);
	some = sent(s, (struct bits_range){ 0, 2 * B }, 'b', B, UINT64_MAX);
	assert_int_equal(bits_ranges_total(&some), B); /* the second block of the first was never accepted */
	bits_ranges_clear(&some);
	bits_digests_free(s);
}

static void offsets_may_be_anything(void **state)
{
	struct bits_digests *s = bits_digests_new();
	uint64_t             high = (UINT64_MAX / B - 2) * B;
	struct bits_ranges   none = sent(s, (struct bits_range){ high, high + B }, 'a', B, UINT64_MAX);
	struct bits_ranges   some = sent(s, (struct bits_range){ high, high + B }, 'b', B, UINT64_MAX);

	(void)state;
	assert_int_equal(bits_ranges_count(&none), 0);
	assert_int_equal(bits_ranges_total(&some), B);
	bits_ranges_clear(&some);
	bits_digests_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notices_what_can_be_compared),
		cmocka_unit_test(accepts_in_steps),
		cmocka_unit_test(offsets_may_be_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
