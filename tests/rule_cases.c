/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule_cases.c - see rule_cases.h. */
#include "tests/rule_cases.h"

#include <string.h>

#include "tests/shorthand.h"

static void case_free(void *p)
{
	struct rule_case *c = p;

	g_free(c->rule);
	g_free(c->kind);
	g_free(c->title);
	g_free(c->conversation);
	g_free(c->expected);
	g_free(c);
}

static char *path_of(const char *dir, const char *rule)
{
	g_autofree char *name = g_strconcat(rule, ".txt", NULL);

	return g_build_filename(dir, name, NULL);
}

/* The text of a file, cut at its cases; the first piece is what stands before them. */
static char **pieces_of(const char *path)
{
	g_autofree char  *text = NULL;
	g_autoptr(GError) error = NULL;

	if (!g_file_get_contents(path, &text, NULL, &error))
		g_error("%s", error->message);
	return g_strsplit(text, "--- ", -1);
}

/* "breaks: title", the conversation, ===, the findings. */
static struct rule_case *read_case(const char *rule, const char *piece)
{
	struct rule_case *c = g_new0(struct rule_case, 1);
	g_auto(GStrv)     halves = g_strsplit(piece, "===\n", 2);
	g_auto(GStrv)     parts = g_strsplit(halves[0], "\n", 2);
	char             *colon = strstr(parts[0], ": ");

	if (halves[1] == NULL || colon == NULL)
		g_error("%s: not a case: %s", rule, piece);
	c->rule = g_strdup(rule);
	c->kind = g_strndup(parts[0], (gsize)(colon - parts[0]));
	c->title = g_strdup(colon + 2);
	c->conversation = shorthand_expand(parts[1]);
	c->expected = g_strdup(halves[1]);
	return c;
}

static void read_file(GPtrArray *cases, const char *dir, const char *name)
{
	g_autofree char *rule = g_strndup(name, strlen(name) - strlen(".txt"));
	g_autofree char *path = path_of(dir, rule);
	g_auto(GStrv)    pieces = pieces_of(path);

	for (char **p = pieces + 1; *p != NULL; p++)
		g_ptr_array_add(cases, read_case(rule, *p));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *rule_cases_load(const char *dir)
{
	GPtrArray           *cases = g_ptr_array_new_with_free_func(case_free);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir)      open = g_dir_open(dir, 0, NULL);
	const char          *name;

	while ((name = g_dir_read_name(open)) != NULL)
		if (g_str_has_suffix(name, ".txt"))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, by_name);
	for (guint i = 0; i < names->len; i++)
		read_file(cases, dir, names->pdata[i]);
	return cases;
}

void rule_cases_update(const char *dir, const char *rule, char **told)
{
	g_autofree char   *path = path_of(dir, rule);
	g_auto(GStrv)      pieces = pieces_of(path);
	g_autoptr(GString) fresh = g_string_new(pieces[0]);

	for (char **p = pieces + 1; *p != NULL; p++, told++) {
		*strstr(*p, "===\n") = '\0';
		g_string_append_printf(fresh, "--- %s===\n%s", *p, *told);
	}
	g_file_set_contents(path, fresh->str, -1, NULL);
}
