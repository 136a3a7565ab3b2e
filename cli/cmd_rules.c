/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd_rules.c - the catalogue of rules, made of the rows that the checker itself reads. */
#include <string.h>

#include "cli/rule_example.h"
#include "cli/rule_page.h"
#include "cli/run.h"
#include "cli/words.h"

/* The rule whose name is nearest; NULL where none is near. */
static const struct bits_rule *nearest(const char *name)
{
	const struct bits_rule *best = NULL;
	unsigned least = 6;

	for (int i = 0; i < BITS_N_RULES; i++) {
		const struct bits_rule *r = bits_rule_get((enum bits_rule_id)i);
		unsigned d = strstr(r->name, name) != NULL ? 1 : options_distance(r->name, name);

		if (d < least) {
			least = d;
			best = r;
		}
	}
	return best;
}

static bool find_all(const struct options *o, GPtrArray *rules)
{
	for (int i = 0; i < BITS_N_RULES && o->operands->len == 0; i++)
		g_ptr_array_add(rules, (gpointer)bits_rule_get((enum bits_rule_id)i));
	for (guint i = 0; i < o->operands->len; i++) {
		const char *name = g_ptr_array_index(o->operands, i);
		const struct bits_rule *r = bits_rule_find(name), *near = r != NULL ? NULL : nearest(name);

		if (r == NULL) {
			complain("no rule is called '%s'%s%s%s; `bitspect rules` lists them", name,
				 near != NULL ? ": did you mean '" : "", near != NULL ? near->name : "",
				 near != NULL ? "'?" : "");
			return false;
		}
		g_ptr_array_add(rules, (gpointer)r);
	}
	return true;
}

static void print_chapter(const struct style *s, GString *out, enum bits_chapter chapter)
{
	g_autofree char *name = style_ink(s, INK_STRONG, bits_chapter_name(chapter));

	g_string_append_printf(out, "%s%s\n\n", out->len > 0 ? "\n" : "", name);
}

static void print_list(const struct style *s, GString *out, const GPtrArray *rules)
{
	for (guint i = 0; i < rules->len; i++) {
		const struct bits_rule *r = g_ptr_array_index(rules, i),
				       *before = i > 0 ? g_ptr_array_index(rules, i - 1) : NULL;
		const char *severity = bits_severity_name(r->severity);
		g_autofree char *name = style_ink(s, INK_STRONG, r->name),
				*inked = style_ink(s, words_severity_ink(severity), severity);

		if (before == NULL || before->chapter != r->chapter)
			print_chapter(s, out, r->chapter);
		g_string_append_printf(out, "%s  %s, %s\n", name, inked, bits_fault_name(r->fault));
		words_paragraph(s, out, "", r->statement);
	}
}

static void print_needs(const struct style *s, GString *out, unsigned needs)
{
	const char *label = "needs";

	for (unsigned i = 0; i < BITS_N_NEEDS; i++) {
		if (!(needs & (1U << i)))
			continue;
		words_paragraph(s, out, label, bits_needs_name(i));
		label = "";
	}
}

static void print_drags(const struct style *s, GString *out, const struct bits_rule *r)
{
	const char *label = "drags";

	for (size_t i = 0; i < G_N_ELEMENTS(r->follows) && r->follows[i] != 0; i++) {
		words_line(s, out, label, INK_PLAIN, bits_rule_get(r->follows[i])->name);
		label = "";
	}
}

static void print_conversation(GString *out, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **l = lines; *l != NULL; l++)
		if (**l != '\0')
			g_string_append_printf(out, "            %s\n", *l);
}

static void print_findings(const struct style *s, GString *out, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	if (text[0] == '\0')
		words_line(s, out, "found", INK_FAINT, "nothing");
	for (char **l = lines; *l != NULL; l++)
		if (**l != '\0')
			words_paragraph(s, out, "found", *l);
}

/* How a small conversation of the client (>) and the server (<) is judged; what is indented differs from the book. */
static void print_examples(const struct style *s, GString *out, const char *rule)
{
	g_autoptr(GPtrArray) examples = rule_examples(rule);

	for (guint i = 0; i < examples->len; i++) {
		const struct rule_example *e = g_ptr_array_index(examples, i);

		g_string_append_c(out, '\n');
		words_paragraph(s, out, e->kind, e->title);
		print_conversation(out, e->conversation);
		print_findings(s, out, e->findings);
	}
}

static void print_rule(const struct style *s, GString *out, const struct bits_rule *r)
{
	g_autofree char *name = style_ink(s, INK_STRONG, r->name);
	const char *severity = bits_severity_name(r->severity);

	g_string_append_printf(out, "%s\n", name);
	words_paragraph(s, out, "asks", r->statement);
	words_line(s, out, "severity", words_severity_ink(severity), severity);
	words_line(s, out, "fault", INK_PLAIN, bits_fault_name(r->fault));
	words_line(s, out, "clause", INK_PLAIN, r->clause);
	print_needs(s, out, r->needs);
	if (r->excuse != NULL)
		words_paragraph(s, out, "excuse", r->excuse);
	if (r->reading != NULL)
		words_paragraph(s, out, "reading", r->reading);
	print_drags(s, out, r);
	print_examples(s, out, r->name);
}

static void print_rules(struct output *out, const GPtrArray *rules, bool explain)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < rules->len && out->ndjson; i++) {
		g_autoptr(json_t) record = record_rule(g_ptr_array_index(rules, i));

		output_record(out, record);
	}
	if (out->ndjson)
		return;
	if (!explain)
		print_list(&out->style, text, rules);
	for (guint i = 0; i < rules->len && explain; i++)
		print_rule(&out->style, text, g_ptr_array_index(rules, i));
	output_text(out, text->str);
}

static void print_page(struct output *out, const GPtrArray *rules)
{
	g_autofree char *page = rule_page(rules);

	output_text(out, page);
}

int cmd_rules(const struct command *c, const struct options *o)
{
	g_autoptr(GPtrArray) rules = g_ptr_array_new();
	struct output out;
	struct run run;
	int status;

	(void)c;
	if (!find_all(o, rules))
		return EXIT_USAGE;
	run_init(&run, o);
	if (run_open_output(&run, &out)) {
		output_begin(&out);
		if (o->form == FORM_MARKDOWN)
			print_page(&out, rules);
		else
			print_rules(&out, rules, o->operands->len > 0);
	}
	run_close_output(&run, &out);
	status = run_exit_status(run.troubles, false);
	run_clear(&run);
	return status;
}
