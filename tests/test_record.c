/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_record.c - times to the nanosecond, and reading records without fear of what is not in them. */
#include "cli/record.h"

#include <string.h>

#include "tests/cm.h"

static void times_are_utc_to_the_nanosecond(void **state)
{
	static const struct {
		const char *name;
		int64_t ns;
		const char *text;
	} cases[] = {
		{ "the epoch", 0, "1970-01-01T00:00:00.000000000Z" },
		{ "one nanosecond before it", -1, "1969-12-31T23:59:59.999999999Z" },
		{ "a whole second before it", -1000000000, "1969-12-31T23:59:59.000000000Z" },
		{ "all nine digits", 1795335236280994123, "2026-11-22T08:13:56.280994123Z" },
		{ "the greatest", INT64_MAX, "2262-04-11T23:47:16.854775807Z" },
		{ "none", BITS_TIME_UNKNOWN, NULL },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = record_time(cases[i].ns);
		g_autoptr(json_t) o = json_pack("{s:s?}", "t", text);

		expect_in_row(cases[i].name, g_strcmp0(text, cases[i].text) == 0);
		expect_in_row(cases[i].name, record_when(o, "t") == cases[i].ns);
	}
}

static void what_is_not_there_is_unknown(void **state)
{
	g_autoptr(json_t) r = json_pack("{s:{s:i,s:s,s:n},s:[i]}", "a", "number", 7, "text", "x", "null", "list", 1);

	(void)state;
	assert_int_equal(record_number(r, "a.number", 9), 7);
	assert_int_equal(record_number(r, "a.text", 9), 9);
	assert_int_equal(record_number(r, "a.null", 9), 9);
	assert_int_equal(record_number(r, "a.none", 9), 9);
	assert_int_equal(record_number(r, "none.number", 9), 9);
	assert_int_equal(record_number(r, "a.number.more", 9), 9);
	assert_int_equal(record_number(NULL, "a", 9), 9);
	assert_string_equal(record_text(r, "a.text"), "x");
	assert_null(record_text(r, "a.number"));
	assert_true(record_is(r, "a.text", "x"));
	assert_false(record_is(r, "a.text", "xx"));
	assert_false(record_is(r, "a.none", "x"));
	assert_null(record_at(r, "a.null"));
	assert_non_null(record_at(r, "list"));
	assert_true(record_when(r, "a.text") == BITS_TIME_UNKNOWN);
}

/* Whatever is in it: a bound on what waits must bite for long texts, and for long lists of short ones. */
static void a_record_weighs_at_least_what_it_says(void **state)
{
	g_autofree char *text = g_strnfill(5000, 'x');
	g_autoptr(json_t) words = json_pack("{s:{s:s}}", "a", "b", text), list = json_array(), number = json_integer(7);

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		json_array_append(list, number);
	assert_in_range(record_weight(words), 5000, 6000);
	assert_in_range(record_weight(list), 50000, 150000);
}

static void a_line_is_one_line_that_no_terminal_obeys(void **state)
{
	g_autoptr(json_t) r = json_pack("{s:s}", "k", "a\n\x1b\x7f\xc2\x9b\xc3\xa9");
	g_autofree char *line = record_line(r);

	(void)state;
	assert_string_equal(line, "{\"k\":\"a\\n\\u001B\\u007f\\u009b\xc3\xa9\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_utc_to_the_nanosecond),
		cmocka_unit_test(what_is_not_there_is_unknown),
		cmocka_unit_test(a_record_weighs_at_least_what_it_says),
		cmocka_unit_test(a_line_is_one_line_that_no_terminal_obeys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
