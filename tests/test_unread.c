/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/unread.h"

#include <string.h>

#include "tests/cm.h"

static void counts_each_kind_and_number(void **state)
{
	struct unread_tally t = { 0 };

	(void)state;
	unread_count(&t, (struct unread){ UNREAD_ETHERTYPE, 0x0806 });
	unread_count(&t, (struct unread){ UNREAD_IP, 17 });
	unread_count(&t, (struct unread){ UNREAD_PPP, 17 });
	unread_count(&t, (struct unread){ UNREAD_IP, 17 });
	assert_int_equal(t.n, 3);
	assert_int_equal(t.row[0].packets, 1);
	assert_int_equal(t.row[1].packets, 2);
	assert_int_equal(t.row[2].what.kind, UNREAD_PPP);
	assert_int_equal(t.others, 0);
}

static void what_has_no_row_is_counted_all_the_same(void **state)
{
	struct unread_tally t = { 0 };

	(void)state;
	for (uint32_t i = 0; i < UNREAD_MOST + 10; i++)
		unread_count(&t, (struct unread){ UNREAD_IP, i });
	unread_count(&t, (struct unread){ UNREAD_IP, 0 });
	assert_int_equal(t.n, UNREAD_MOST);
	assert_int_equal(t.row[0].packets, 2);
	assert_int_equal(t.others, 10);
}

static void names_what_is_often_met(void **state)
{
	(void)state;
	for (int kind = 0; kind < UNREAD_KINDS; kind++)
		assert_non_null(unread_kind_name((enum unread_kind)kind));
	assert_string_equal(unread_name((struct unread){ UNREAD_ETHERTYPE, 0x0806 }), "ARP");
	assert_string_equal(unread_name((struct unread){ UNREAD_IP, 17 }), "UDP");
	assert_null(unread_name((struct unread){ UNREAD_IP, 253 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_each_kind_and_number),
		cmocka_unit_test(what_has_no_row_is_counted_all_the_same),
		cmocka_unit_test(names_what_is_often_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
