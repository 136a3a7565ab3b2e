/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule_page.c - see rule_page.h. */
#include "cli/rule_page.h"

#include "cli/rule_example.h"
#include "core/bits_rules.h"

#define INTRODUCTION                                                                                                    \
	"# The rules\n\n"                                                                                               \
	"Made by `bitspect rules -T markdown`; what stands here is what the program, the reports and Wireshark read.\n\n" \
	"Each rule has conversations that break it, keep it, and have an excuse.  In them `>` is the client's packet and "\
	"`<` the server's, each with all the headers of the book; what is indented differs from the book.  `on B` is "     \
	"another connection, `late 5000` milliseconds after the frame before, `blind` means that its sender has heard no " \
	"more than at its previous packet, `gap 8000` that its first half comes so many milliseconds after the second, and " \
	"`{10 @0}` is ten bytes of the file; behind `!!!` stands what TCP does, or what the capture lacks.  Below a line "  \
	"stands what is found.\n"

/* "fault: sender" needs a word; the others speak for themselves. */
static const char *party_of(const struct bits_rule *r)
{
	return r->fault == BITS_FAULT_SENDER ? "whoever sent it" : bits_fault_name(r->fault);
}

static void append_needs(GString *out, unsigned needs)
{
	for (unsigned i = 0; i < BITS_N_NEEDS; i++)
		if (needs & (1U << i))
			g_string_append_printf(out, "- needs: %s\n", bits_needs_name(i));
}

static void append_drags(GString *out, const struct bits_rule *r)
{
	for (size_t i = 0; i < G_N_ELEMENTS(r->follows) && r->follows[i] != 0; i++)
		g_string_append_printf(out, "%s`%s`", i == 0 ? "- drags along: " : ", ", bits_rule_get(r->follows[i])->name);
	if (r->follows[0] != 0)
		g_string_append_c(out, '\n');
}

static void append_examples(GString *out, const char *rule)
{
	g_autoptr(GPtrArray) examples = rule_examples(rule);

	for (guint i = 0; i < examples->len; i++) {
		const struct rule_example *e = g_ptr_array_index(examples, i);

		g_string_append_printf(out, "\n*%s*: %s\n\n```\n%s", e->kind, e->title, e->conversation);
		g_string_append_printf(out, "---\n%s```\n", e->findings[0] != '\0' ? e->findings : "nothing\n");
	}
}

static void append_rule(GString *out, const struct bits_rule *r)
{
	g_string_append_printf(out, "\n### %s\n\n%s\n\n", r->name, r->statement);
	g_string_append_printf(out, "- %s, fault: %s\n- clause: %s\n", bits_severity_name(r->severity), party_of(r), r->clause);
	append_needs(out, r->needs);
	if (r->flags & BITS_RULE_ONCE)
		g_string_append(out, "- told once a session\n");
	if (r->excuse != NULL)
		g_string_append_printf(out, "- excuse: %s\n", r->excuse);
	append_drags(out, r);
	if (r->reading != NULL)
		g_string_append_printf(out, "- reading: %s\n", r->reading);
	append_examples(out, r->name);
}

char *rule_page(const GPtrArray *rules)
{
	GString *out = g_string_new(INTRODUCTION);

	for (guint i = 0; i < rules->len; i++) {
		const struct bits_rule *r = g_ptr_array_index(rules, i), *before = i > 0 ? g_ptr_array_index(rules, i - 1) : NULL;

		if (before == NULL || before->chapter != r->chapter)
			g_string_append_printf(out, "\n## %s\n", bits_chapter_name(r->chapter));
		append_rule(out, r);
	}
	return g_string_free(out, FALSE);
}
