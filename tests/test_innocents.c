/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_innocents.c - conversations that only look like breaches: what is told of them accuses nobody but whom it should. */
#include <glib.h>
#include <string.h>

#include "tests/cm.h"
#include "tests/shorthand.h"
#include "tests/specimen.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The rules of the proven errors and warnings, in order, each once, separated by spaces. */
static char *accusations(const char *told)
{
	g_auto(GStrv)        lines = g_strsplit(told, "\n", -1);
	g_autoptr(GPtrArray) rules = g_ptr_array_new_with_free_func(g_free);

	for (char **l = lines; *l != NULL; l++) {
		g_auto(GStrv) words = g_strsplit_set(*l, " :", 4);

		if (!g_str_has_prefix(*l, "error ") && !g_str_has_prefix(*l, "warning "))
			continue;
		if (!g_ptr_array_find_with_equal_func(rules, words[2], g_str_equal, NULL))
			g_ptr_array_add(rules, g_strdup(words[2]));
	}
	g_ptr_array_sort(rules, by_text);
	g_ptr_array_add(rules, NULL);
	return g_strjoinv(" ", (char **)rules->pdata);
}

static char *accusations_in(const char *conversation, size_t piece, size_t phase)
{
	g_autofree char *expanded = shorthand_expand(conversation);
	struct specimen *s = specimen_parse(expanded);
	g_autofree char *told = specimen_judge(s, piece, phase);

	specimen_free(s);
	return accusations(told);
}

static void nobody_is_accused_but_whom_it_should(void **state)
{
	g_autofree char *text = NULL;
	g_auto(GStrv)    pieces = NULL;
	unsigned         n = 0;

	(void)state;
	assert_true(g_file_get_contents(INNOCENTS, &text, NULL, NULL));
	pieces = g_strsplit(text, "\n--- ", -1);
	for (char **p = pieces + 1; *p != NULL; p++, n++) {
		g_auto(GStrv)    parts = g_strsplit(*p, "\n", 2), halves = g_strsplit(parts[1], "=== ", 2);
		g_autofree char *whole = accusations_in(halves[0], 0, 0), *cut = accusations_in(halves[0], 7, 3);

		g_strchomp(halves[1]);
		if (strcmp(whole, halves[1]) != 0)
			fail_msg("%s: accuses of \"%s\", not of \"%s\"", parts[0], whole, halves[1]);
		assert_string_equal(cut, whole);
	}
	assert_true(n > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_accused_but_whom_it_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
