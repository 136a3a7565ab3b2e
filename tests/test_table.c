/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_table.c - rows that stand below each other. */
#include "cli/table.h"

#include "tests/cm.h"

#include <string.h>

/* A cell may be written where it is to lie, by several hands; it is measured as a whole. */
static void a_cell_may_be_written_in_place(void **state)
{
	const struct style s = { .width = 40, .ellipsis = "..." };
	g_autoptr(table_handle) t = table_new(&s, 2, TABLE_NONE, "rl");
	g_autoptr(GString) out = g_string_new(NULL);

	(void)state;
	g_string_append(table_text(t), "1");
	g_string_append(table_text(t), "0");
	table_end_cell(t, INK_PLAIN);
	table_cell(t, INK_PLAIN, g_strdup("ten"));
	table_print(t, out);
	g_string_append(table_text(t), "1");
	table_end_cell(t, INK_PLAIN);
	table_end_cell(t, INK_PLAIN);
	table_print(t, out);
	assert_string_equal(out->str, "10  ten\n 1\n");
}

/* Widths are known before the first line goes out: then the lines are those of one table. */
static void a_table_may_be_printed_in_pieces(void **state)
{
	static const char *const cells[] = { "1", "short", "x", "22", "a longer one that has to be cut somewhere to fit in", "yy", "333", "", "zzz" };
	const struct style s = { .width = 40, .ellipsis = "..." };
	g_autoptr(table_handle) whole = table_new(&s, 3, 1, "rll"), pieces = table_new(&s, 3, 1, "rll");
	g_autoptr(GString) want = g_string_new(NULL), have = g_string_new(NULL);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cells); i++)
		table_cell(whole, INK_PLAIN, g_strdup(cells[i]));
	table_print(whole, want);
	for (unsigned walk = 0; walk < 2; walk++)
		for (size_t i = 0; i < G_N_ELEMENTS(cells); i++) {
			table_cell(pieces, INK_PLAIN, g_strdup(cells[i]));
			if (i % 3 == 2 && walk == 0)
				table_measure(pieces);
			else if (i % 3 == 2)
				table_print(pieces, have);
		}
	assert_non_null(strstr(want->str, "..."));
	assert_string_equal(have->str, want->str);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cell_may_be_written_in_place),
		cmocka_unit_test(a_table_may_be_printed_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
