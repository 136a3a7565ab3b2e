/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_body_copy.c - copies in order of their exchanges, and gone when nothing holds them. */
#include "cli/body_copy.h"

#include "cli/spool.h"
#include "tests/cm.h"

static void copies_are_found_by_number_whatever_their_order(void **state)
{
	static const uint64_t order[] = { 5, 9, 1, UINT64_MAX, 7, 5 };
	static const uint64_t sorted[] = { 1, 5, 7, 9, UINT64_MAX };
	g_autoptr(GPtrArray) copies = body_copies_new();

	(void)state;
	assert_null(body_copies_find(copies, 1));
	for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
		assert_true(body_copies_get(copies, order[i])->number == order[i]);
	assert_int_equal(copies->len, G_N_ELEMENTS(sorted)); /* the second 5 is the first one */
	for (guint i = 0; i < copies->len; i++) {
		assert_true(body_copies_at(copies, i)->number == sorted[i]);
		assert_ptr_equal(body_copies_find(copies, sorted[i]), body_copies_at(copies, i));
	}
	assert_null(body_copies_find(copies, 6));
	assert_null(body_copies_find(copies, 0));
}

static void a_copy_goes_when_it_is_over_and_holds_nothing(void **state)
{
	static const struct {
		const char *name;
		bool over, in_main, aside, stays;
	} cases[] = {
		{ "over, and nothing of it is open", true, false, false, false },
		{ "over, and main holds bytes of it", true, true, false, true },
		{ "over, and bytes lie aside", true, false, true, true },
		{ "more of it may come", false, false, false, true },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GPtrArray) copies = body_copies_new();
		struct body_copy *c = body_copies_get(copies, 3);

		body_copies_get(copies, 4);
		c->over = cases[i].over;
		if (cases[i].in_main)
			bits_ranges_add(&c->in_main, (struct bits_range){ 0, 1 });
		if (cases[i].aside)
			bits_ranges_add(&c->aside, (struct bits_range){ 0, 1 });
		body_copies_drop_if_done(copies, c);
		expect_in_row(cases[i].name, (body_copies_find(copies, 3) != NULL) == cases[i].stays);
		expect_in_row(cases[i].name, body_copies_find(copies, 4) != NULL);
	}
}

static void a_leaf_without_a_byte_gives_its_slots_back(void **state)
{
	struct spool spool;
	GPtrArray *copies = body_copies_new();
	struct body_copy *c = body_copies_get(copies, 3);

	(void)state;
	spool_init(&spool, g_get_tmp_dir());
	c->leaf = spool_leaf_new(&spool, NULL);
	assert_true(medium_write(c->leaf, 0, (const uint8_t *)"x", 1, NULL));
	bits_ranges_add(&c->aside, (struct bits_range){ 0, 1 });
	body_copies_drop_if_done(copies, c);
	assert_non_null(c->leaf);
	assert_int_equal(spool.free->len, 0);
	bits_ranges_remove(&c->aside, (struct bits_range){ 0, 1 });
	body_copies_drop_if_done(copies, c);
	assert_null(c->leaf);
	assert_int_equal(spool.free->len, 1);
	assert_ptr_equal(body_copies_find(copies, 3), c); /* it is not over */
	g_ptr_array_unref(copies);
	spool_clear(&spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_are_found_by_number_whatever_their_order),
		cmocka_unit_test(a_copy_goes_when_it_is_over_and_holds_nothing),
		cmocka_unit_test(a_leaf_without_a_byte_gives_its_slots_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
