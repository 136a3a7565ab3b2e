/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule_example.c - see rule_example.h. */
#include "cli/rule_example.h"

#include <gio/gio.h>
#include <string.h>

/* Made of docs/rules/ by the build. */
GResource *bits_rules_get_resource(void);
void       bits_rules_register_resource(void);

static GResource *resource(void)
{
	static gsize is_registered;

	if (g_once_init_enter(&is_registered)) {
		bits_rules_register_resource();
		g_once_init_leave(&is_registered, 1);
	}
	return bits_rules_get_resource();
}

static void example_free(void *p)
{
	struct rule_example *e = p;

	g_free(e->kind);
	g_free(e->title);
	g_free(e->conversation);
	g_free(e->findings);
	g_free(e);
}

/* "breaks: title", the conversation, ===, the findings; tests hold the files to that. */
static struct rule_example *read_example(const char *piece)
{
	g_auto(GStrv) halves = g_strsplit(piece, "===\n", 2), parts = g_strsplit(halves[0], "\n", 2),
		      title = g_strsplit(parts[0], ": ", 2);
	struct rule_example *e = g_new0(struct rule_example, 1);

	e->kind = g_strdup(title[0]);
	e->title = g_strdup(title[1]);
	e->conversation = g_strdup(parts[1]);
	e->findings = g_strdup(halves[1]);
	return e;
}

GPtrArray *rule_examples(const char *rule)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(example_free);
	g_autofree char *path = g_strconcat("/bitspect/rules/", rule, ".txt", NULL);
	g_autoptr(GBytes) text = g_resource_lookup_data(resource(), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
	g_auto(GStrv) pieces = NULL;

	if (text == NULL)
		return all;
	pieces = g_strsplit(g_bytes_get_data(text, NULL), "--- ", -1); /* a resource ends with a NUL */
	for (char **p = pieces + 1; *p != NULL; p++)
		g_ptr_array_add(all, read_example(*p));
	return all;
}
