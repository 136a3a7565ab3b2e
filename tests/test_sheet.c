/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_sheet.c - what is added is what lies in the file, and its hash is that of the file. */
#include "cli/sheet.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/cm.h"

static void a_sheet_has_its_name_when_it_is_whole(void **state)
{
	static const unsigned lines[] = { 0, 1, 5000 };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL), *text = NULL, *sum = NULL;
		g_autofree char *name = g_build_filename(dir, "a", NULL), *draft = g_strconcat(name, ".partial", NULL);
		g_autoptr(GString) expected = g_string_new(NULL);
		int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		struct sheet *s = sheet_new(fd, "a", false, NULL, NULL);
		char hex[DIGEST_HEX];

		assert_non_null(s);
		for (unsigned k = 0; k < lines[i]; k++) {
			g_autofree char *line = g_strdup_printf("this is line %u\n", k);

			g_string_append(expected, line);
			assert_true(sheet_add(s, line, strlen(line), NULL));
		}
		assert_int_equal(g_access(name, F_OK), -1);
		assert_true(sheet_publish(s, hex, NULL));
		assert_int_equal(g_access(draft, F_OK), -1);
		assert_true(g_file_get_contents(name, &text, NULL, NULL));
		assert_string_equal(text, expected->str);
		sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, expected->str, -1);
		assert_string_equal(hex, sum);
		sheet_free(s);
		close(fd);
		g_unlink(name);
		g_rmdir(dir);
	}
}

static void another_file_of_that_name_stays(void **state)
{
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL), *name = g_build_filename(dir, "a", NULL), *text = NULL;
	g_autofree char *draft = g_strconcat(name, ".partial", NULL);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sheet *s = sheet_new(fd, "a", false, NULL, NULL);
	g_autoptr(GError) error = NULL;
	char hex[DIGEST_HEX];

	(void)state;
	assert_null(sheet_new(fd, "a", false, NULL, NULL)); /* its draft is there */
	assert_true(g_file_set_contents(name, "old", 3, NULL));
	assert_false(sheet_publish(s, hex, &error));
	assert_non_null(error);
	sheet_free(s);
	assert_true(g_file_get_contents(name, &text, NULL, NULL));
	assert_string_equal(text, "old");
	s = sheet_new(fd, "a", true, NULL, NULL);
	assert_non_null(s);
	assert_true(sheet_add(s, "new", 3, NULL) && sheet_publish(s, hex, NULL));
	sheet_free(s);
	g_free(g_steal_pointer(&text));
	assert_true(g_file_get_contents(name, &text, NULL, NULL));
	assert_string_equal(text, "new");
	close(fd);
	g_unlink(name);
	g_unlink(draft);
	g_rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sheet_has_its_name_when_it_is_whole),
		cmocka_unit_test(another_file_of_that_name_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
