/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_sources.c - who brought which bytes and whose copy stands, as words; what is told of it, as words. */
#include "cli/sources.h"

#include <stdio.h>
#include <string.h>

#include "tests/cm.h"

/* "NUMBER:FROM-TO@FRAME" arrives, its bytes at 100 * FRAME + (the offset - FROM) of the capture; "NUMBER=FROM-TO" owns,
 * "NUMBER~FROM-TO" until another does. */
static void note(struct sources *s, const char *word)
{
	unsigned long number, from, to, frame;

	if (sscanf(word, "%lu:%lu-%lu@%lu", &number, &from, &to, &frame) == 4)
		sources_arrived(s, number, from, to - from,
				&(struct bits_where){ .frame = (uint32_t)frame, .conn = 1, .pos = 100 * frame, .time_ns = 5 });
	else if (sscanf(word, "%lu=%lu-%lu", &number, &from, &to) == 3)
		sources_owned(s, number, (struct bits_range){ from, to }, true);
	else if (sscanf(word, "%lu~%lu-%lu", &number, &from, &to) == 3)
		sources_owned(s, number, (struct bits_range){ from, to }, false);
	else
		fail_msg("what is %s?", word);
}

static bool told(const struct source_run *r, void *user, GError **error)
{
	(void)error;
	assert_int_equal(r->conn, 1);
	assert_int_equal(r->time_ns, 5);
	assert_int_equal(r->pos / 100, r->frame);
	g_string_append_printf(user, "%s%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "@%u+%" G_GUINT64_FORMAT,
			       ((GString *)user)->len > 0 ? " " : "", r->range.from, r->range.to, r->frame, r->pos % 100);
	return true;
}

static void every_byte_is_of_whose_copy_stands(void **state)
{
	static const struct {
		const char *name, *notes;
		uint64_t size;
		const char *runs;
	} cases[] = {
		{ "nothing", "", 9, "" },
		{ "in order", "1:0-5@2 1:5-9@3 1=0-9", 9, "0-5@2+0 5-9@3+0" },
		{ "settled before they came", "1=0-5 1:0-5@2 1:5-9@3 1=5-9", 9, "0-5@2+0 5-9@3+0" },
		{ "a refused copy is not told", "1:0-5@2 2:0-5@7 2=0-5", 5, "0-5@7+0" },
		{ "a part of each", "1:0-6@2 2:3-9@7 1=0-3 2=3-9", 9, "0-3@2+0 3-9@7+0" },
		{ "one inside the other", "1:0-9@2 2:3-5@7 2=3-5 1=0-3 1=5-9", 9, "0-3@2+0 3-5@7+0 5-9@2+5" },
		{ "in turns, on two connections", "1:0-2@2 2:4-6@3 1:2-4@4 2:6-8@5 2=4-8 1=0-4", 8,
		  "0-2@2+0 2-4@4+0 4-6@3+0 6-8@5+0" },
		{ "two pieces of one frame are one run", "1:0-3@2 1=0-3 1:3-5@9 1=3-5", 5, "0-3@2+0 3-5@9+0" },
		{ "an owner in two parts", "1:0-9@2 1=4-9 1=0-4", 9, "0-9@2+0" },
		{ "the latest of those that no answer accepted", "1:0-9@2 2:3-5@7 3:4-9@8 1~0-9 2~3-5 3~4-9", 9,
		  "0-3@2+0 3-4@7+0 4-9@8+0" },
		{ "... whoever came later", "1:0-9@2 2:3-5@7 2~3-5 1~0-9", 9, "0-9@2+0" },
		{ "an accepted one, said before and behind", "1:0-9@2 2:3-5@7 3:0-9@8 2=3-5 1~0-9 3~0-9", 9,
		  "0-3@8+0 3-5@7+0 5-9@8+5" },
		{ "one that only begins to be hidden", "1:0-9@2 2:0-3@7 3:5-6@8 1~0-9 2~0-3 3~5-6", 9,
		  "0-3@7+0 3-5@2+3 5-6@8+0 6-9@2+6" },
		{ "a hole", "1:0-3@2 1:6-9@3 1=0-3 1=6-9", 9, "0-3@2+0 6-9@3+0" },
		{ "behind the end of the file", "1:0-3@2 1:3-9@3 1=0-9", 5, "0-3@2+0 3-5@3+0" },
		{ "bytes that nobody is known to have brought", "1:0-3@2 1=0-9", 9, "0-3@2+0" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) words = g_strsplit(cases[i].notes, " ", -1);
		g_autoptr(GString) runs = g_string_new(NULL);
		struct spool spool;
		struct sources s;

		spool_init(&spool, g_get_tmp_dir());
		sources_init(&s, &spool);
		for (guint k = 0; words[k] != NULL; k++)
			note(&s, words[k]);
		expect_in_row(cases[i].name, sources_tell(&s, cases[i].size, told, runs, NULL));
		if (strcmp(runs->str, cases[i].runs) != 0)
			fail_msg("row \"%s\": %s", cases[i].name, runs->str);
		sources_clear(&s);
		spool_clear(&spool);
	}
}

/* Many exchanges bring bytes in turns, and others than the last of them may own them; against a plain array. */
static bool compare(const struct source_run *r, void *user, GError **error)
{
	uint32_t *frames = user;

	(void)error;
	for (uint64_t at = r->range.from; at < r->range.to; at++) {
		assert_int_equal(frames[at], r->frame);
		frames[at] = 0;
	}
	return true;
}

static void any_order_of_many_is_as_in_a_plain_array(void **state)
{
	enum { EXCHANGES = 50, LENGTH = 400, PIECE = 4, SIZE = EXCHANGES * LENGTH / 2 };
	g_autoptr(GRand) rand = g_rand_new_with_seed(3);
	static uint32_t frames[SIZE], of[EXCHANGES + 1][SIZE];
	uint64_t sent[EXCHANGES + 1] = { 0 }, from[EXCHANGES + 1];
	struct spool spool;
	struct sources s;

	(void)state;
	spool_init(&spool, g_get_tmp_dir());
	sources_init(&s, &spool);
	for (unsigned n = 1; n <= EXCHANGES; n++)
		from[n] = (uint64_t)g_rand_int_range(rand, 0, (SIZE - LENGTH) / PIECE) * PIECE;
	for (uint32_t frame = 1; frame <= EXCHANGES * LENGTH / PIECE; frame++) {
		unsigned n = (unsigned)g_rand_int_range(rand, 1, EXCHANGES + 1);

		if (sent[n] == LENGTH)
			continue;
		sources_arrived(&s, n, from[n] + sent[n], PIECE, &(struct bits_where){ .frame = frame, .pos = 100 * frame });
		for (unsigned i = 0; i < PIECE; i++)
			of[n][from[n] + sent[n] + i] = frame;
		sent[n] += PIECE;
	}
	for (uint64_t at = SIZE; at-- > 0;) {
		unsigned first = (unsigned)g_rand_int_range(rand, 0, EXCHANGES);

		for (unsigned k = 0; k < EXCHANGES && frames[at] == 0; k++) {
			frames[at] = of[1 + (first + k) % EXCHANGES][at];
			if (frames[at] != 0)
				sources_owned(&s, 1 + (first + k) % EXCHANGES, (struct bits_range){ at, at + 1 }, true);
		}
	}
	assert_true(s.arrived.stored > 0 && s.owned.stored > 0 && !s.arrived.is_sorted && !s.owned.is_sorted);
	assert_true(sources_tell(&s, SIZE, compare, frames, NULL));
	for (uint64_t at = 0; at < SIZE; at++)
		assert_int_equal(frames[at], 0);
	sources_clear(&s);
	spool_clear(&spool);
}

/* Owners of any length, in any order, accepted or not; against a plain array. */
static void whoever_is_said_last_hides_the_others_but_the_accepted(void **state)
{
	enum { OWNERS = 60, SIZE = 200 };
	static uint32_t frames[SIZE];
	bool accepted[SIZE];

	(void)state;
	for (uint32_t seed = 1; seed <= 200; seed++) {
		g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
		struct spool spool;
		struct sources s;

		spool_init(&spool, g_get_tmp_dir());
		sources_init(&s, &spool);
		memset(accepted, 0, sizeof(accepted));
		for (uint32_t n = 1; n <= OWNERS; n++) {
			uint64_t from = (uint64_t)g_rand_int_range(rand, 0, SIZE), to = (uint64_t)g_rand_int_range(rand, (gint32)from, SIZE);
			bool is_accepted = g_rand_int_range(rand, 0, 4) == 0;

			sources_arrived(&s, n, from, to - from, &(struct bits_where){ .frame = n, .pos = 1000 * n });
			for (uint64_t at = from; at < to && is_accepted; at++)
				is_accepted = !accepted[at];
			for (uint64_t at = from; at < to; at++) {
				frames[at] = accepted[at] ? frames[at] : n;
				accepted[at] |= is_accepted;
			}
			if (from < to)
				sources_owned(&s, n, (struct bits_range){ from, to }, is_accepted);
		}
		assert_true(sources_tell(&s, SIZE, compare, frames, NULL));
		for (uint64_t at = 0; at < SIZE; at++)
			assert_int_equal(frames[at], 0);
		sources_clear(&s);
		spool_clear(&spool);
	}
}

static void what_cannot_be_noted_is_an_error(void **state)
{
	g_autoptr(GError) error = NULL;
	struct spool spool;
	struct sources s;

	(void)state;
	spool_init(&spool, "/nowhere");
	sources_init(&s, &spool);
	for (unsigned i = 0; i < TAPE_PIECE; i++)
		sources_arrived(&s, 1, i, 1, &(struct bits_where){ .frame = 1 });
	assert_false(sources_tell(&s, 1, told, NULL, &error));
	assert_non_null(error);
	sources_clear(&s);
	spool_clear(&spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_is_of_whose_copy_stands),
		cmocka_unit_test(any_order_of_many_is_as_in_a_plain_array),
		cmocka_unit_test(whoever_is_said_last_hides_the_others_but_the_accepted),
		cmocka_unit_test(what_cannot_be_noted_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
