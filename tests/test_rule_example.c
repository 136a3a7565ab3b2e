/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/rule_example.h"

#include <string.h>

#include "cli/rule_page.h"
#include "core/bits_rules.h"
#include "tests/cm.h"

static void every_rule_has_examples(void **state)
{
	(void)state;
	for (int i = 0; i < BITS_N_RULES; i++) {
		const char *name = bits_rule_get((enum bits_rule_id)i)->name;
		g_autoptr(GPtrArray) examples = rule_examples(name);

		expect_in_row(name, examples->len >= 2);
		for (guint k = 0; k < examples->len; k++) {
			const struct rule_example *e = g_ptr_array_index(examples, k);

			expect_in_row(name, e->title != NULL && e->conversation != NULL && e->findings != NULL);
			expect_in_row(name, strstr(e->conversation, "===") == NULL);
			expect_in_row(name, strcmp(e->kind, "breaks") != 0 || strstr(e->findings, name) != NULL);
		}
	}
}

static void an_unknown_rule_has_none(void **state)
{
	g_autoptr(GPtrArray) none = rule_examples("no-such-rule"), outside = rule_examples("../../secret");

	(void)state;
	assert_int_equal(none->len, 0);
	assert_int_equal(outside->len, 0);
}

static unsigned times(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

static void a_page_says_everything_of_a_row(void **state)
{
	g_autoptr(GPtrArray) rows = g_ptr_array_new();
	g_autofree char *page = NULL;
	const struct bits_rule *overlap = bits_rule_get(BITS_RULE_FRAGMENT_OVERLAP);

	(void)state;
	g_ptr_array_add(rows, (gpointer)bits_rule_get(BITS_RULE_HTTP_VERSION));
	g_ptr_array_add(rows, (gpointer)overlap);
	g_ptr_array_add(rows, (gpointer)bits_rule_get(BITS_RULE_FRAGMENT_DUPLICATE));
	page = rule_page(rows);
	assert_int_equal(times(page, "\n## "), 2); /* two chapters */
	assert_int_equal(times(page, "\n### "), 3);
	assert_int_equal(times(page, "\n### fragment-overlap\n"), 1);
	assert_non_null(strstr(page, overlap->statement));
	assert_non_null(strstr(page, overlap->excuse));
	assert_non_null(strstr(page, overlap->reading));
	assert_non_null(strstr(page, "- warning, fault: client\n"));
	assert_non_null(strstr(page, "- error, fault: whoever sent it\n"));
	assert_non_null(strstr(page, "- told once a session\n"));
	assert_non_null(strstr(page, "- drags along: `overlap-answered-200`, `overlap-answered-416`\n"));
	assert_int_equal(times(page, "```\n") % 2, 0); /* every block that is opened is closed */
	assert_non_null(strstr(page, "---\nnothing\n```\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_has_examples),
		cmocka_unit_test(an_unknown_rule_has_none),
		cmocka_unit_test(a_page_says_everything_of_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
