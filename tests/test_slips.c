/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_slips.c - a row of slips is what was put there, however long it is and wherever its pages lie. */
#include "cli/slips.h"

#include <glib.h>
#include <unistd.h>

#include "tests/cm.h"

#define PAGES (3 * SLIPS_NEAR)

/* One in each page, and what it says. */
static uint64_t ordinal_in(uint64_t page)
{
	return page * SLIPS_PAGE + page % SLIPS_PAGE + 1;
}

static void put_all(struct slips *s)
{
	for (uint64_t page = 0; page < PAGES; page++) {
		struct ledger_slip *slip = slips_at(s, ordinal_in(page));

		slip->latest = 1000 + page;
		slip->has_ended = true;
	}
	slips_at(s, ordinal_in(0))->kept = 7; /* long after the others of its page */
}

static void expect_all(struct slips *s)
{
	for (uint64_t page = PAGES; page-- > 0;) {
		assert_int_equal(slips_at(s, ordinal_in(page))->latest, 1000 + page);
		assert_true(slips_at(s, ordinal_in(page))->has_ended);
		assert_int_equal(slips_at(s, ordinal_in(page) + 1)->latest, 0); /* nothing was said of it */
	}
	assert_int_equal(slips_at(s, ordinal_in(0))->kept, 7);
	assert_int_equal(s->n, ordinal_in(PAGES - 1) + 1);
}

static void pages_go_to_the_file_and_come_back(void **state)
{
	struct slips s;

	(void)state;
	slips_init(&s, g_get_tmp_dir());
	put_all(&s);
	assert_int_equal(s.near.length, SLIPS_NEAR);
	expect_all(&s);
	assert_int_equal(s.near.length, SLIPS_NEAR);
	assert_false(s.is_full);
	assert_null(s.error);
	slips_clear(&s);
}

static void without_a_disk_all_stay_in_memory(void **state)
{
	struct slips s;

	(void)state;
	slips_init(&s, "/nowhere/at/all");
	put_all(&s);
	expect_all(&s);
	assert_true(s.is_full);
	assert_int_equal(s.near.length, PAGES);
	slips_clear(&s);
}

static void what_cannot_be_read_back_is_told_and_empty(void **state)
{
	struct slips s;

	(void)state;
	slips_init(&s, g_get_tmp_dir());
	put_all(&s);
	assert_int_equal(close(s.spool.fd), 0);
	assert_int_equal(slips_at(&s, ordinal_in(2))->latest, 0);
	assert_non_null(s.error);
	s.spool.fd = -1;
	slips_clear(&s);
}

static void what_is_held_stays_while_a_few_others_are_asked_for(void **state)
{
	struct ledger_slip *held;
	struct slips s;

	(void)state;
	slips_init(&s, g_get_tmp_dir());
	put_all(&s);
	held = slips_at(&s, ordinal_in(5));
	for (uint64_t page = 100; page < 100 + SLIPS_NEAR / 2; page++)
		slips_at(&s, ordinal_in(page));
	assert_ptr_equal(slips_at(&s, ordinal_in(5)), held);
	slips_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_go_to_the_file_and_come_back),
		cmocka_unit_test(without_a_disk_all_stay_in_memory),
		cmocka_unit_test(what_cannot_be_read_back_is_told_and_empty),
		cmocka_unit_test(what_is_held_stays_while_a_few_others_are_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
