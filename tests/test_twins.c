/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_twins.c - which frames are the same, and for how long that is known. */
#include "wire/twins.h"

#include <glib.h>
#include <string.h>

#include "tests/cm.h"

static struct frame frame_of(uint32_t file, int64_t time_ns, const char *text)
{
	return (struct frame){ .file = file, .link = 1, .time_ns = time_ns, .caplen = (uint32_t)strlen(text),
		               .wirelen = 100, .bytes = (const uint8_t *)text };
}

/* Frames as words "FILE:TIME:TEXT"; behind each that is a twin an exclamation mark is expected. */
static void knows_a_twin(void **state)
{
	static const struct {
		const char *name, *frames, *twins; /* of each: '.' new, '!' a twin */
	} cases[] = {
		{ "in another file", "0:5:a 1:5:a", ".!" },
		{ "in the same file: sent twice", "0:5:a 0:5:a", ".." },
		{ "at another time", "0:5:a 1:6:a", ".." },
		{ "other bytes", "0:5:a 1:5:b", ".." },
		{ "other length", "0:5:a 1:5:aa", ".." },
		{ "without a time", "0:-:a 1:-:a", ".." },
		{ "twice in both files", "0:5:a 0:5:a 1:5:a 1:5:a", "..!!" },
		{ "once in one, twice in the other", "0:5:a 1:5:a 1:5:a", ".!." },
		{ "in three files", "0:5:a 1:5:a 2:5:a", ".!!" },
		{ "in turns", "0:5:a 1:5:a 0:6:b 1:6:b 0:7:c 1:7:c", ".!.!.!" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) words = g_strsplit(cases[i].frames, " ", -1);
		struct twins *t = twins_new();
		char          told[16] = "";

		for (guint k = 0; words[k] != NULL; k++) {
			g_auto(GStrv) parts = g_strsplit(words[k], ":", 3);
			int64_t      ns = parts[1][0] == '-' ? BITS_TIME_UNKNOWN : parts[1][0] - '0';
			struct frame f = frame_of((uint32_t)(parts[0][0] - '0'), ns, parts[2]);

			told[k] = twins_has(t, &f) ? '!' : '.';
		}
		if (strcmp(told, cases[i].twins) != 0)
			fail_msg("row \"%s\": %s", cases[i].name, told);
		twins_free(t);
	}
}

/* 4096 frames; the ring goes round often, so that its table is seen to let go. */
static void remembers_so_many(void **state)
{
	static const struct {
		const char *name;
		unsigned    between;
		bool        known;
	} cases[] = { { "the oldest of them", 4095, true }, { "one more", 4096, false }, { "many more", 50000, false } };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct twins *t = twins_new();
		struct frame  first = frame_of(0, 1, "first"), again = frame_of(1, 1, "first");

		expect_in_row(cases[i].name, !twins_has(t, &first));
		for (unsigned k = 0; k < cases[i].between; k++) {
			g_autofree char *text = g_strdup_printf("%u", k);
			struct frame     f = frame_of(0, 2 + k, text);

			expect_in_row(cases[i].name, !twins_has(t, &f));
		}
		expect_in_row(cases[i].name, twins_has(t, &again) == cases[i].known);
		twins_free(t);
	}
}

/* One frame over and over is one place of the table, in which so many are looked at; where it goes round, the oldest go first. */
static void looks_at_so_many_in_one_place(void **state)
{
	struct twins *t = twins_new();
	struct frame  one = frame_of(0, 1, "one"), other = frame_of(1, 1, "one");

	(void)state;
	for (unsigned k = 0; k < 5000; k++)
		assert_false(twins_has(t, &one));
	for (unsigned k = 0; k < 256; k++)
		assert_true(twins_has(t, &other));
	assert_false(twins_has(t, &other));
	for (unsigned k = 0; k < 5000; k++) {
		struct frame f = frame_of(0, 2 + k, "one");

		assert_false(twins_has(t, &f));
	}
	assert_false(twins_has(t, &other)); /* none of them is left */
	twins_free(t);
}

static void knows_how_late_it_is(void **state)
{
	struct twins *t = twins_new();
	struct frame  f = frame_of(0, 5, "a");

	(void)state;
	assert_true(twins_is_past(t, 0));
	assert_false(twins_has(t, &f));
	assert_false(twins_is_past(t, 5));
	assert_true(twins_is_past(t, 6));
	twins_free(t);
	twins_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_a_twin),
		cmocka_unit_test(remembers_so_many),
		cmocka_unit_test(looks_at_so_many_in_one_place),
		cmocka_unit_test(knows_how_late_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
