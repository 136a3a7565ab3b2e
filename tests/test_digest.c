/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/bits_digest.h"

#include <string.h>

#include "tests/cm.h"

#define B    BITS_DIGEST_BLOCK
#define SEED 7

static uint64_t books;

/* One exchange's bytes [from, to), all of the same value, fed in pieces; what conflicts with what s knows. */
static struct bits_ranges sent(struct bits_digests *s, struct bits_range r, char value, size_t piece, uint64_t below)
{
	struct bits_digester *g = bits_digester_new(SEED, &books);
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
			struct bits_digests *s = bits_digests_new(1, &books);
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
	struct bits_digests *s = bits_digests_new(1, &books);
	struct bits_ranges   none = sent(s, (struct bits_range){ 0, 2 * B }, 'a', B, B), some;

	(void)state;
	assert_int_equal(bits_ranges_count(&none), 0);
	some = sent(s, (struct bits_range){ 0, 2 * B }, 'b', B, UINT64_MAX);
	assert_int_equal(bits_ranges_total(&some), B); /* the second block of the first was never accepted */
	bits_ranges_clear(&some);
	bits_digests_free(s);
}

/* Blocks around every border of two pages, then each of them with other bytes: no two share a place. */
static void offsets_may_be_anything(void **state)
{
	static const uint64_t blocks[] = { 0, 1, 15, 16, 17, 31, 32, 63, 64, 127, 128, 255, 256, 511, 512, 513, 1023, 1024, 1535,
		                           1536, 65535, 65536, UINT64_MAX / B - 2 };
	struct bits_digests  *s = bits_digests_new(1, &books);

	(void)state;
	for (unsigned round = 0; round < 2; round++)
		for (size_t i = 0; i < G_N_ELEMENTS(blocks); i++) {
			g_autofree char   *name = g_strdup_printf("block %" G_GUINT64_FORMAT, blocks[i]);
			struct bits_range  r = { blocks[i] * B, blocks[i] * B + B };
			char               value = (char)('a' + i);
			struct bits_ranges some = sent(s, r, round == 0 ? value : 'Z', B, UINT64_MAX);
			struct bits_ranges none = sent(s, r, value, B, UINT64_MAX);

			expect_in_row(name, bits_ranges_total(&some) == round * B);
			expect_in_row(name, bits_ranges_count(&none) == 0);
			bits_ranges_clear(&some);
		}
	bits_digests_free(s);
}

/* Two files of so many blocks, the second with other bytes in block `other`, if it has that. */
static bool equal_but_for(unsigned n, unsigned other)
{
	struct bits_digests *files[] = { bits_digests_new(1, &books), bits_digests_new(1, &books) };
	bool                 equal;

	for (unsigned k = 0; k < 2; k++)
		for (unsigned i = 0; i < n; i++) {
			char               value = k == 1 && i == other ? 'b' : 'a';
			struct bits_ranges none = sent(files[k], (struct bits_range){ i * B, i * B + B }, value, B, UINT64_MAX);

			assert_int_equal(bits_ranges_count(&none), 0);
		}
	equal = bits_digests_equal(files[0], files[1]);
	bits_digests_free(files[0]);
	bits_digests_free(files[1]);
	return equal;
}

static void equal_files_have_all_blocks_equal(void **state)
{
	(void)state;
	assert_true(equal_but_for(1100, 1100));
	for (unsigned i = 0; i < 1100; i += 1 + i / 4)
		assert_false(equal_but_for(1100, i));
	assert_false(equal_but_for(0, 0)); /* nothing is known of either */
}

/* Whoever knows the digests of one run knows nothing of those of the next. */
static void digests_depend_on_the_seed(void **state)
{
	struct bits_digests *s = bits_digests_new(1, &books);

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		struct bits_digester *g = bits_digester_new(SEED + k, &books);
		struct bits_ranges    conflicts = { NULL };
		char                  data[B] = "";

		bits_digester_add(g, 0, (struct bits_str){ data, B });
		bits_digests_accept(s, g, B, &conflicts);
		assert_int_equal(bits_ranges_total(&conflicts), k * B);
		bits_ranges_clear(&conflicts);
		bits_digester_free(g);
	}
	bits_digests_free(s);
}

/* One block of each page: of two files together no more are remembered than there is room for. */
static void pages_have_a_cap(void **state)
{
	struct bits_digests  *files[] = { bits_digests_new(1, &books), bits_digests_new(2, &books) };
	struct bits_digester *g[] = { bits_digester_new(SEED, &books), bits_digester_new(SEED, &books) };
	struct bits_ranges    conflicts = { NULL };
	const uint64_t        page = 512 * B, pages = BITS_DIGESTS_MAX / (512 * 8) / 2 + 1;
	char                  data[B] = "";

	(void)state;
	assert_int_equal(books, 0);
	for (unsigned k = 0; k < 2; k++) {
		for (uint64_t i = 1; i <= pages; i++)
			bits_digester_add(g[k], i * page, (struct bits_str){ data, B });
		bits_digester_flush(g[k]);
	}
	assert_int_equal(bits_digests_accept(files[0], g[0], UINT64_MAX, &conflicts), 0);
	assert_true(bits_digests_accept(files[1], g[1], UINT64_MAX, &conflicts) > 0);
	assert_true(books <= BITS_DIGESTS_MAX && books > BITS_DIGESTS_MAX - 8192);
	assert_false(bits_digests_equal(files[0], files[1]));
	for (unsigned k = 0; k < 2; k++) {
		bits_digester_free(g[k]);
		bits_digests_free(files[k]);
	}
	assert_int_equal(books, 0);
	assert_int_equal(bits_ranges_count(&conflicts), 0);
}

/* Room for one piece: of two bodies' ends, and of two blocks of one that nobody has accepted. */
static void pieces_count_as_pages_do(void **state)
{
	static const struct {
		const char        *name;
		struct bits_range  first, second;
		uint64_t           room, left_out; /* bytes; pieces */
	} cases[] = {
		{ "both have room", { 0, 10 }, { 10, 30 }, 96, 0 },
		{ "an end that finds no room", { 0, 10 }, { 10, 30 }, 24, 1 },
		{ "neither finds any", { 0, 10 }, { 10, 30 }, 23, 2 },
		{ "of two blocks one is known", { 0, B }, { B, 2 * B }, 47, 2 }, /* ... and then there is no page for it */
	};
	char data[B] = "";

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_digests  *s = bits_digests_new(1, &books);
		struct bits_digester *g = bits_digester_new(SEED, &books);
		struct bits_ranges    conflicts = { NULL };

		books = BITS_DIGESTS_MAX - cases[i].room;
		bits_digester_add(g, cases[i].first.from, (struct bits_str){ data, cases[i].first.to - cases[i].first.from });
		bits_digester_flush(g);
		bits_digester_add(g, cases[i].second.from, (struct bits_str){ data, cases[i].second.to - cases[i].second.from });
		bits_digester_flush(g);
		expect_in_row(cases[i].name, books <= BITS_DIGESTS_MAX);
		expect_in_row(cases[i].name, bits_digests_accept(s, g, UINT64_MAX, &conflicts) == cases[i].left_out);
		expect_in_row(cases[i].name, bits_digests_equal(s, s) == (cases[i].left_out == 0));
		bits_digester_free(g);
		bits_digests_free(s);
		expect_in_row(cases[i].name, books == BITS_DIGESTS_MAX - cases[i].room);
		books = 0;
	}
}

/* Each answer states a little more: nothing is taken twice, nothing is left. */
static void pieces_are_taken_as_far_as_they_are_accepted(void **state)
{
	enum { BLOCKS = 20 };
	struct bits_digests  *s = bits_digests_new(1, &books);
	struct bits_digester *g[] = { bits_digester_new(SEED, &books), bits_digester_new(SEED, &books) };
	struct bits_ranges    conflicts = { NULL };
	char                  data[B] = "";

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		for (uint64_t i = 0; i < BLOCKS; i++) {
			data[0] = k == 1 && i % 3 == 0 ? 'x' : 'a';
			bits_digester_add(g[k], i * B, (struct bits_str){ data, B });
		}
		for (uint64_t below = 0; below <= BLOCKS * B; below += B / 2) {
			assert_int_equal(bits_digests_accept(s, g[k], below, &conflicts), 0);
			assert_int_equal(bits_ranges_total(&conflicts), k == 0 ? 0 : (below / B + 2) / 3 * B);
		}
	}
	bits_digester_free(g[0]);
	bits_digester_free(g[1]);
	bits_digests_free(s);
	assert_int_equal(books, 0);
	bits_ranges_clear(&conflicts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notices_what_can_be_compared),
		cmocka_unit_test(accepts_in_steps),
		cmocka_unit_test(offsets_may_be_anything),
		cmocka_unit_test(digests_depend_on_the_seed),
		cmocka_unit_test(pages_have_a_cap),
		cmocka_unit_test(pieces_count_as_pages_do),
		cmocka_unit_test(pieces_are_taken_as_far_as_they_are_accepted),
		cmocka_unit_test(equal_files_have_all_blocks_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
