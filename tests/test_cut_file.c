/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_cut_file.c - what is there stays there, and what could not be written does not look as if it had been. */
#include "cli/cut_file.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/cm.h"

static int set_up(void **state)
{
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL);

	signal(SIGPIPE, SIG_IGN);
	*state = g_strdup(dir);
	return !(dir && chdir(dir) == 0 && g_file_set_contents("old", "precious", -1, NULL) && symlink("old", "link") == 0 &&
		 symlink("nowhere", "loose") == 0 && g_mkdir("dir", 0700) == 0);
}

static int tear_down(void **state)
{
	static const char *const names[] = { "old", "new", "link", "loose", "nowhere", "dir" };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		g_remove(names[i]);
	if (chdir("/") != 0 || g_rmdir(*state) != 0)
		return 1;
	g_free(*state);
	return 0;
}

/* Opens, writes "cut", closes; gives the file's text, or the error's. */
static char *write_to(const char *path, bool force)
{
	g_autoptr(GError) error = NULL;
	struct cut_file c;
	char *text = NULL;
	bool ok;

	if (!cut_file_open(&c, path, force, &error))
		return g_strdup(error->message);
	ok = cut_file_write(&c, (const uint8_t *)"cut", 3, &error);
	if (!cut_file_close(&c, !ok, ok ? &error : NULL))
		return g_strdup(error->message);
	g_file_get_contents(path, &text, NULL, NULL);
	return text;
}

static void only_force_writes_over_a_file(void **state)
{
	static const struct {
		const char *name, *path;
		bool force;
		bool passes; /* cut_file_check */
		const char *says, *old; /* what is written or said; what `old` holds then */
	} cases[] = {
		{ "a new file", "new", false, true, "cut", "precious" },
		{ "a new file, forced", "new", true, true, "cut", "precious" },
		{ "one that is there", "old", false, false, "old exists: choose another file for -w, or say --force", "precious" },
		{ "one that is there, forced", "old", true, true, "cut", "cut" },
		{ "a link to one", "link", false, false, "link exists", "precious" },
		{ "a link to one, forced", "link", true, true, "cut", "cut" },
		{ "a link that leads nowhere", "loose", false, false, "loose exists", "precious" },
		{ "a device has nothing to lose", "/dev/null", false, true, "", "precious" },
		{ "a full one", "/dev/full", false, true, "/dev/full: cannot write: No space left", "precious" },
		{ "a directory that is missing", "none/new", false, true, "cannot write none/new: No such file", "precious" },
		{ "a directory", "dir", true, true, "cannot write dir: Is a directory", "precious" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *told = NULL, *old = NULL;

		g_remove("new");
		assert_true(g_file_set_contents("old", "precious", -1, NULL));
		expect_in_row(cases[i].name, cut_file_check(cases[i].path, cases[i].force, NULL) == cases[i].passes);
		told = write_to(cases[i].path, cases[i].force);
		if (!told || !g_str_has_prefix(told, cases[i].says))
			fail_msg("row \"%s\": %s", cases[i].name, told);
		assert_true(g_file_get_contents("old", &old, NULL, NULL));
		expect_in_row(cases[i].name, strcmp(old, cases[i].old) == 0);
	}
	assert_false(g_file_test("nowhere", G_FILE_TEST_EXISTS));
}

static void a_file_that_was_made_goes_where_writing_failed(void **state)
{
	static const struct {
		const char *path;
		bool stays;
	} cases[] = { { "new", false }, { "old", true } };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct cut_file c;

		g_remove("new");
		assert_true(cut_file_open(&c, cases[i].path, true, NULL));
		assert_false(cut_file_close(&c, true, NULL));
		expect_in_row(cases[i].path, g_file_test(cases[i].path, G_FILE_TEST_EXISTS) == cases[i].stays);
	}
}

static void a_reader_that_has_gone_is_no_failure(void **state)
{
	struct cut_file c = { .path = "pipe" };
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	c.fd = ends[1];
	assert_true(cut_file_write(&c, (const uint8_t *)"a", 1, NULL));
	assert_true(c.is_closed);
	assert_true(cut_file_write(&c, (const uint8_t *)"a", 1, NULL));
	assert_true(cut_file_close(&c, false, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_force_writes_over_a_file),
		cmocka_unit_test(a_file_that_was_made_goes_where_writing_failed),
		cmocka_unit_test(a_reader_that_has_gone_is_no_failure),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
