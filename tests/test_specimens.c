/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_specimens.c - every conversation of tests/specimens/ through the core: the story must be the expected one, and
 * the same story however the input is cut.  UPDATE=1 rewrites the stories; the diff is reviewed like code. */
#include "tests/specimen.h"

#include <string.h>

#include "tests/cm.h"

static GPtrArray *paths;

static void load_paths(void)
{
	g_autoptr(GDir) dir = g_dir_open(SPECIMEN_DIR, 0, NULL);
	const char     *name;

	paths = g_ptr_array_new_with_free_func(g_free);
	while ((name = g_dir_read_name(dir)) != NULL)
		if (g_str_has_suffix(name, ".txt"))
			g_ptr_array_add(paths, g_build_filename(SPECIMEN_DIR, name, NULL));
	g_ptr_array_sort(paths, (GCompareFunc)(void (*)(void))g_strcmp0);
}

static void tells_the_expected_story(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (guint i = 0; i < paths->len; i++) {
		struct specimen *s = specimen_load(paths->pdata[i]);
		g_autofree char *story = specimen_play(s, 0, 0);

		if (strcmp(story, specimen_expected(s)) != 0 && g_getenv("UPDATE")) {
			specimen_update(paths->pdata[i], story);
		} else if (strcmp(story, specimen_expected(s)) != 0) {
			print_error("%s (%s)\n--- told ---\n%s--- expected ---\n%s", (char *)paths->pdata[i],
			            specimen_title(s), story, specimen_expected(s));
			wrong++;
		}
		specimen_free(s);
	}
	assert_true(paths->len > 0);
	assert_int_equal(wrong, 0);
}

static void assert_same_story(const char *path, const struct specimen *s, const char *whole, size_t piece, size_t phase)
{
	g_autofree char *cut = specimen_play(s, piece, phase);

	if (strcmp(cut, whole) != 0)
		fail_msg("%s: pieces of %zu after %zu bytes:\n%s--- uncut ---\n%s", path, piece, phase, cut, whole);
}

static void any_cut_tells_the_same_story(void **state)
{
	(void)state;
	for (guint i = 0; i < paths->len; i++) {
		struct specimen *s = specimen_load(paths->pdata[i]);
		g_autofree char *whole = specimen_play(s, 0, 0);
		size_t           longest = specimen_longest(s);

		assert_same_story(paths->pdata[i], s, whole, 1, 0);
		for (size_t phase = 1; phase < longest; phase++) {
			assert_same_story(paths->pdata[i], s, whole, longest, phase);
			assert_same_story(paths->pdata[i], s, whole, 7, phase % 7);
		}
		specimen_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_expected_story),
		cmocka_unit_test(any_cut_tells_the_same_story),
	};
	int failed;

	load_paths();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	g_ptr_array_unref(paths);
	return failed;
}
