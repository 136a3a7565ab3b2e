/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_style.c - what a screen gets to see of hostile names, and numbers for people. */
#include "cli/style.h"

#include "cli/safe_name.h"
#include "tests/cm.h"

#include <string.h>

static const struct style utf8 = { .utf8 = true, .width = 100, .ellipsis = "…" };
static const struct style ascii = { .width = 100, .ellipsis = "..." };

static void names_cannot_command_the_terminal(void **state)
{
	static const struct {
		const char *name;
		const struct style *style;
		const char *in, *out;
	} cases[] = {
		{ "plain text stays", &utf8, "report.docx", "report.docx" },
		{ "escape sequences are spelt out", &utf8, "\033[2Jx", "\\x1b[2Jx" },
		{ "so are line feeds and DEL", &utf8, "a\nb\x7f", "a\\x0ab\\x7f" },
		{ "the C1 form of CSI is no better", &utf8, "\xc2\x9b" "2J", "\\u{9b}2J" },
		{ "no line is ended", &utf8, "a\xe2\x80\xa8" "b\xe2\x80\xa9", "a\\u{2028}b\\u{2029}" },
		{ "text is not turned round", &utf8, "a\xe2\x80\xae" "b", "a\\u{202e}b" },
		{ "letters of any script stay", &utf8, "Grüße 文", "Grüße 文" },
		{ "unless the locale has none", &ascii, "ü", "\\u{fc}" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *out = style_clean(cases[i].style, cases[i].in);

		expect_in_row(cases[i].name, strcmp(out, cases[i].out) == 0);
	}
}

static void what_stands_in_front_stays(void **state)
{
	static const struct {
		const char *name;
		const struct style *style;
		const char *in;
		unsigned columns;
		const char *out;
	} cases[] = {
		{ "it fits", &utf8, "abcdef", 6, "abcdef" },
		{ "it does not", &utf8, "abcdefghij", 7, "abcdef…" },
		{ "three dots where there is no ellipsis", &ascii, "abcdefghij", 7, "abcd..." },
		{ "no room but for the dots", &ascii, "abcdefghij", 2, "..." },
		{ "wide letters count twice", &utf8, "文文文文文", 7, "文文文…" },
		{ "it is cleaned", &ascii, "a\nb", 9, "a\\x0ab" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *out = style_cut(cases[i].style, cases[i].in, cases[i].columns);

		expect_in_row(cases[i].name, strcmp(out, cases[i].out) == 0);
	}
}

/* 9999: no terminal; COLUMNS speaks first. */
static void a_page_is_as_wide_as_somebody_says(void **state)
{
	static const struct {
		const char *columns;
		unsigned width;
	} cases[] = { { "", 80 }, { "0", 80 }, { "nonsense", 80 }, { "1", 60 }, { "90", 90 }, { "500", 132 } };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_setenv("COLUMNS", cases[i].columns, TRUE);
		expect_in_row(cases[i].columns, style_width(9999, 80, 132) == cases[i].width);
	}
	g_unsetenv("COLUMNS");
}

static void long_text_keeps_both_ends(void **state)
{
	static const struct {
		const char *name;
		const struct style *style;
		const char *in;
		unsigned columns;
		const char *out;
	} cases[] = {
		{ "it fits", &utf8, "abcdef", 6, "abcdef" },
		{ "it does not", &utf8, "abcdefghij", 7, "abcd…ij" },
		{ "three dots where there is no ellipsis", &ascii, "abcdefghij", 7, "ab...ij" },
		{ "wide letters count twice", &utf8, "文文文文文", 7, "文文…文" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *out = style_fit(cases[i].style, cases[i].in, cases[i].columns);

		expect_in_row(cases[i].name, strcmp(out, cases[i].out) == 0);
		expect_in_row(cases[i].name, style_columns(out) <= cases[i].columns);
	}
}

static void numbers_are_grouped_and_never_rounded_below_a_mebibyte(void **state)
{
	static const struct {
		uint64_t n;
		const char *number, *count, *size;
	} cases[] = {
		{ 0, "0", "0", "0 B" },
		{ 999, "999", "999", "999 B" },
		{ 35149, "35149", "35,149", "35,149 B" },
		{ 1048575, "1048575", "1,048,575", "1,048,575 B" },
		{ 1258291, "1258291", "1,258,291", "1.2 MiB" },
		{ UINT64_MAX, "18446744073709551615", "18,446,744,073,709,551,615", "16.0 EiB" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *count = style_count(cases[i].n), *size = style_size(cases[i].n);
		g_autoptr(GString) number = g_string_new(NULL);

		style_append_number(number, cases[i].n);
		assert_string_equal(number->str, cases[i].number);
		assert_string_equal(count, cases[i].count);
		assert_string_equal(size, cases[i].size);
	}
}

static void colours_obey_the_environment(void **state)
{
	struct style s;

	(void)state;
	style_init(&s, COLOR_AUTO, -1);
	assert_false(s.color); /* no terminal */
	style_init(&s, COLOR_ALWAYS, -1);
	assert_true(s.color);
	g_setenv("COLUMNS", "20", TRUE);
	style_init(&s, COLOR_NEVER, -1);
	assert_int_equal(s.width, 60);
	g_setenv("COLUMNS", "300", TRUE);
	style_init(&s, COLOR_NEVER, -1);
	assert_int_equal(s.width, 100);
}

static void safe_names_are_safe(void **state)
{
	static const struct {
		const char *name, *in, *out;
	} cases[] = {
		{ "a good name stays", "report-1_final.docx", "report-1_final.docx" },
		{ "no name", NULL, "unnamed" },
		{ "an empty name", "", "unnamed" },
		{ "a path that ends in a slash", "a/", "unnamed" },
		{ "parents", "../../etc/passwd", "passwd" },
		{ "parents of Windows", "..\\..\\evil.exe", "evil.exe" },
		{ "two dots alone", "..", "__" },
		{ "a hidden file", ".bashrc", "_bashrc" },
		{ "blanks and shells", "a b;c$(d).txt", "a_b_c__d_.txt" },
		{ "letters beyond ASCII, byte by byte", "Gr\xc3\xbc\xc3\x9f" "e", "Gr____e" },
		{ "a device", "CON", "_CON" },
		{ "a device in disguise", "nul.tar.gz", "_nul.tar.gz" },
		{ "a numbered device", "Com1.txt", "_Com1.txt" },
		{ "not a device", "COMet", "COMet" },
	};
	g_autofree char *endless = g_strnfill(300, 'x');
	g_autofree char *long_name = g_strconcat(endless, ".bin", NULL), *out = safe_name(long_name);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *safe = safe_name(cases[i].in);

		expect_in_row(cases[i].name, strcmp(safe, cases[i].out) == 0);
	}
	assert_int_equal(strlen(out), SAFE_NAME_MAX);
	assert_true(g_str_has_suffix(out, "x.bin"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_cannot_command_the_terminal),
		cmocka_unit_test(long_text_keeps_both_ends),
		cmocka_unit_test(what_stands_in_front_stays),
		cmocka_unit_test(a_page_is_as_wide_as_somebody_says),
		cmocka_unit_test(numbers_are_grouped_and_never_rounded_below_a_mebibyte),
		cmocka_unit_test(colours_obey_the_environment),
		cmocka_unit_test(safe_names_are_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
