/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_journal.c - notes of many lengths, in chains, read backwards against what was written. */
#include "cli/journal.h"

#include <string.h>

#include "tests/cm.h"

/* Note i of a chain: length and contents follow from both. */
static size_t length_of(unsigned chain, unsigned i)
{
	return (i * 977U + chain * 31U) % 3000U;
}

static void fill(uint8_t *to, unsigned chain, unsigned i)
{
	memset(to, (int)(chain * 7 + i), length_of(chain, i));
}

static void expect_note(struct journal *j, uint64_t *place, unsigned chain, unsigned i)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct journal_note head;
	uint8_t want[3000];

	fill(want, chain, i);
	assert_true(journal_read(j, *place, &head, bytes, NULL));
	assert_int_equal(head.kind, i % 3);
	assert_int_equal(bytes->len, length_of(chain, i));
	assert_memory_equal(bytes->data != NULL ? (const void *)bytes->data : "", want, bytes->len);
	*place = head.before;
}

static void chains_are_read_from_their_end(void **state)
{
	static const struct {
		const char *name, *dir;
		unsigned chains, notes;
		bool is_stored;
	} cases[] = {
		{ "in memory", NULL, 3, 20, false },
		{ "in the file, and behind it", NULL, 5, 400, true },
		{ "more chains than pages", NULL, 40, 60, true },
		{ "nowhere to put a file", "/nowhere", 5, 400, false },
	};

	(void)state;
	for (size_t c = 0; c < G_N_ELEMENTS(cases); c++) {
		uint64_t latest[40] = { 0 };
		struct journal j;
		uint8_t bytes[3000];

		journal_init(&j, cases[c].dir != NULL ? cases[c].dir : g_get_tmp_dir());
		for (unsigned i = 0; i < cases[c].notes; i++)
			for (unsigned chain = 0; chain < cases[c].chains; chain++) {
				fill(bytes, chain, i);
				latest[chain] = journal_add(&j, latest[chain], i % 3, bytes, length_of(chain, i));
			}
		expect_in_row(cases[c].name, (j.stored > 0) == cases[c].is_stored);
		expect_in_row(cases[c].name, cases[c].dir != NULL || j.tail->len <= JOURNAL_TAIL);
		for (unsigned i = cases[c].notes; i-- > 0;)
			for (unsigned chain = 0; chain < cases[c].chains; chain++)
				expect_note(&j, &latest[chain], chain, i);
		for (unsigned chain = 0; chain < cases[c].chains; chain++)
			expect_in_row(cases[c].name, latest[chain] == 0);
		journal_clear(&j);
	}
}

/* What was looked at once has grown since. */
static void a_page_that_was_read_is_read_again_when_it_has_more(void **state)
{
	static uint8_t big[JOURNAL_TAIL];
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct journal_note head;
	uint64_t first, second;
	struct journal j;

	(void)state;
	journal_init(&j, g_get_tmp_dir());
	first = journal_add(&j, 0, 1, "first", 5);
	journal_add(&j, 0, 1, big, JOURNAL_TAIL - 100); /* the first goes out */
	assert_true(journal_read(&j, first, &head, bytes, NULL));
	second = journal_add(&j, first, 2, "second", 6);
	journal_add(&j, 0, 1, big, JOURNAL_TAIL - 100);
	assert_true(journal_read(&j, first, &head, bytes, NULL));
	assert_memory_equal(bytes->data, "first", 5);
	assert_true(journal_read(&j, second, &head, bytes, NULL));
	assert_memory_equal(bytes->data, "second", 6);
	assert_int_equal(head.before, first);
	journal_clear(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_are_read_from_their_end),
		cmocka_unit_test(a_page_that_was_read_is_read_again_when_it_has_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
