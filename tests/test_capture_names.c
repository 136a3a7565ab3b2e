/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_capture_names.c - when text has to say which capture, and how much of its path. */
#include "cli/capture_names.h"

#include <string.h>

#include "tests/cm.h"

static void captures_are_called_by_as_little_as_tells_them_apart(void **state)
{
	static const struct {
		const char *name, *captures, *asked, *told, *always;
	} cases[] = {
		{ "one alone needs no name", "a/b.pcap", "a/b.pcap", NULL, "b.pcap" },
		{ "several", "a/b.pcap c.pcap", "a/b.pcap", "b.pcap", "b.pcap" },
		{ "two sensors", "s1/cap s2/cap s1/other", "s2/cap", "s2/cap", "s2/cap" },
		{ "... and what else they have", "s1/cap s2/cap s1/other", "s1/other", "other", "other" },
		{ "standard input", "- a/b.pcap", "-", "-", "-" },
		{ "a path that ends in a slash", "a/ b", "a/", "a/", "a/" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) captures = g_strsplit(cases[i].captures, " ", -1);
		struct capture_names *n = capture_names_new();

		for (char **c = captures; *c != NULL; c++)
			capture_names_add(n, *c);
		expect_in_row(cases[i].name, g_strcmp0(capture_names_tell(n, cases[i].asked), cases[i].told) == 0 &&
						     strcmp(capture_names_of(n, cases[i].asked), cases[i].always) == 0);
		capture_names_free(n);
	}
}

static void where_there_are_no_names_nobody_is_told(void **state)
{
	struct capture_names *n = capture_names_new();

	(void)state;
	capture_names_add(n, "a");
	capture_names_add(n, "b");
	assert_null(capture_names_tell(n, NULL)); /* of no frame */
	assert_null(capture_names_tell(NULL, "a"));
	assert_string_equal(capture_names_of(NULL, "d/a"), "a");
	capture_names_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captures_are_called_by_as_little_as_tells_them_apart),
		cmocka_unit_test(where_there_are_no_names_nobody_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
