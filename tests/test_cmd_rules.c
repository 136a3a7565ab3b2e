/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_cmd_rules.c - the catalogue has every row once, and a name that is none gets advice. */
#include <string.h>

#include "core/bits_rules.h"
#include "tests/cm.h"
#include "tests/command.h"

static const struct command rules = { .name = "rules", .bit = ON_RULES, .fail_on = FAIL_NEVER, .run = cmd_rules };

static void the_catalogue_has_every_row_once(void **state)
{
	g_auto(told) text = command_run(&rules, "-T text"), lines = command_run(&rules, "-T ndjson");

	(void)state;
	assert_int_equal(text.status, 0);
	assert_int_equal(command_records(lines.out, "rule"), BITS_N_RULES);
	assert_int_equal(command_times(lines.out, "\n"), BITS_N_RULES);
	for (int i = 0; i < BITS_N_RULES; i++) {
		const char *name = bits_rule_get((enum bits_rule_id)i)->name;
		g_autofree char *title = g_strdup_printf("\n%s  %s, ", name, bits_severity_name(
			bits_rule_get((enum bits_rule_id)i)->severity));

		expect_in_row(name, command_times(text.out, title) == 1);
	}
}

static void names_are_answered(void **state)
{
	static const struct {
		const char *name, *line;
		int status;
		const char *out, *err;
	} cases[] = {
		{ "one rule is explained", "pipelined-request", 0, "  severity  error\n  fault     client\n", "" },
		{ "with what it needs", "pipelined-request", 0, "  needs     TCP acknowledgements of the sender\n", "" },
		{ "two rules", "head-lost head-too-long", 0, "head-too-long\n", "" },
		{ "a part of a name", "pipelined", 2, "", "did you mean 'pipelined-request'?" },
		{ "a mistyped name", "heda-lost", 2, "", "did you mean 'head-lost'?" },
		{ "a name that is near none", "xyzzyxyzzy", 2, "",
		  "bitspect: no rule is called 'xyzzyxyzzy'; `bitspect rules` lists them\n" },
		{ "a name that would move the cursor", "\x1b[2J", 2, "", "\\x1b[2J" },
		{ "one name of two is wrong: nothing is printed", "head-lost xyzzyxyzzy", 2, "", "xyzzyxyzzy" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = command_run(&rules, cases[i].line);

		print_message("%s: %s%s\n", cases[i].name, t.out, t.err);
		assert_int_equal(t.status, cases[i].status);
		assert_non_null(strstr(t.out, cases[i].out));
		assert_non_null(strstr(t.err, cases[i].err));
		assert_true((t.status == 0) == (*t.err == '\0'));
		assert_true((t.status == 0) == (*t.out != '\0'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_catalogue_has_every_row_once),
		cmocka_unit_test(names_are_answered),
	};

	return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
