/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_safe_name.c - no name that a peer chose leads out of a folder, names a device, or surprises a shell. */
#include "cli/safe_name.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cm.h"

static void names_are_made_safe(void **state)
{
	static const struct {
		const char *name, *from, *to;
	} cases[] = {
		{ "a plain name stays", "report-2.final_v1.docx", "report-2.final_v1.docx" },
		{ "no name", NULL, "unnamed" },
		{ "an empty name", "", "unnamed" },
		{ "only a slash", "/", "unnamed" },
		{ "a path to the root", "/etc/passwd", "passwd" },
		{ "a path upwards", "../../../home/x/.bashrc", "_bashrc" },
		{ "a path of Windows", "C:\\Windows\\System32\\evil.dll", "evil.dll" },
		{ "both kinds of slashes", "a\\b/c\\d.txt", "d.txt" },
		{ "the directory itself", ".", "_" },
		{ "the one above", "..", "__" },
		{ "the one above, at the end of a path", "a/..", "__" },
		{ "a dot in front hides it", ".profile", "_profile" },
		{ "a dot at the end, which Windows drops", "evil.exe.", "evil.exe_" },
		{ "control bytes", "a\x01\n\r\t\x1b[31mb\x7f", "a______31mb_" },
		{ "what a shell would obey", "$(rm -rf ~);`id`|&*?\"'<>.txt", "__rm_-rf_____id_________.txt" },
		{ "an option of a command stays behind the number in front of it", "-rf", "-rf" },
		{ "blanks", " a b ", "_a_b_" },
		{ "UTF-8, byte by byte", "caf\xc3\xa9.txt", "caf__.txt" },
		{ "what is no UTF-8", "\xff\xfe\x80", "___" },
		{ "an alternate stream of NTFS", "a.txt:hidden", "a.txt_hidden" },
		{ "a device", "CON", "_CON" },
		{ "a device in small letters", "nul", "_nul" },
		{ "a device with an extension", "Aux.tar.gz", "_Aux.tar.gz" },
		{ "a numbered device", "COM1", "_COM1" },
		{ "another with an extension", "lpt9.log", "_lpt9.log" },
		{ "no device: longer", "CONSOLE", "CONSOLE" },
		{ "no device: no number", "COMX.txt", "COMX.txt" },
		{ "no device: two digits", "COM10", "COM10" },
		{ "no device: a number too many", "PRN1", "PRN1" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *have = safe_name(cases[i].from);

		print_message("%s: %s\n", cases[i].name, have);
		assert_string_equal(have, cases[i].to);
	}
}

static void long_names_keep_their_extension(void **state)
{
	static const struct {
		const char *name;
		size_t stem;
		const char *extension;
		size_t length;
		const char *end;
	} cases[] = {
		{ "as long as may be", 96, ".bin", 100, "a.bin" },
		{ "a byte more", 97, ".bin", 100, "a.bin" },
		{ "10 kB", 10000, ".docx", 100, "a.docx" },
		{ "10 kB without extension", 10000, "", 100, "aaa" },
		{ "the longest extension", 200, ".23456789abcdef0", 100, "a.23456789abcdef0" },
		{ "one too long to be an extension", 200, ".23456789abcdef01", 100, "aaa" },
		{ "a dot where it is cut", 99, ".0123456789abcdefgh", 100, "a_" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *stem = g_strnfill(cases[i].stem, 'a'), *from = NULL, *have = NULL;

		from = g_strconcat(stem, cases[i].extension, NULL);
		have = safe_name(from);
		expect_in_row(cases[i].name, strlen(have) == cases[i].length);
		expect_in_row(cases[i].name, g_str_has_suffix(have, cases[i].end));
	}
}

/* Whatever the bytes.  SEED=n repeats a round. */
static void no_bytes_make_an_unsafe_name(void **state)
{
	uint32_t first = getenv("SEED") ? (uint32_t)atoi(getenv("SEED")) : 1, n = getenv("SEED") ? 1 : 3000;

	(void)state;
	for (uint32_t i = 0; i < n; i++) {
		g_autofree char *row = g_strdup_printf("SEED=%u", first + i), *have = NULL, *again = NULL;
		g_autoptr(GRand) g = g_rand_new_with_seed(first + i);
		char from[300] = { 0 };
		gint32 length = g_rand_int_range(g, 0, (gint32)sizeof(from));

		for (gint32 k = 0; k < length; k++)
			from[k] = g_rand_boolean(g) ? "./\\aCON1"[g_rand_int_range(g, 0, 8)] : (char)g_rand_int(g);
		have = safe_name(from);
		again = safe_name(have);
		expect_in_row(row, strlen(have) >= 1 && strlen(have) <= SAFE_NAME_MAX);
		expect_in_row(row, strspn(have, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
					   strlen(have));
		expect_in_row(row, have[0] != '.' && have[strlen(have) - 1] != '.');
		expect_in_row(row, strcmp(have, again) == 0); /* what is safe stays as it is */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_made_safe),
		cmocka_unit_test(long_names_keep_their_extension),
		cmocka_unit_test(no_bytes_make_an_unsafe_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
