/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule_example.c - see rule_example.h. */
#include "cli/rule_example.h"

#include <string.h>

#include "cli/rule_texts.h"

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

static const char *text_of(const char *rule)
{
	const struct rule_text *t = bits_rule_texts;

	while (t->rule != NULL && strcmp(t->rule, rule) != 0)
		t++;
	return t->text;
}

GPtrArray *rule_examples(const char *rule)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(example_free);
	const char *text = text_of(rule);
	g_auto(GStrv) pieces = text != NULL ? g_strsplit(text, "--- ", -1) : NULL;

	for (char **p = pieces; p != NULL && *p != NULL; p++)
		if (p > pieces)
			g_ptr_array_add(all, read_example(*p));
	return all;
}
