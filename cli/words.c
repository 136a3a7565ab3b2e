/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words.c - people read sentences; every number in them comes out of a record.  Here are lines, findings and captures;
 * uploads and rulings have files of their own (words_*.c). */
#include "cli/words.h"

#include "cli/table.h"

#include <string.h>

#define LABEL        12 /* columns of a label and the blanks in front and behind it */
#define CAPTURES_MAX 12U /* damaged ones are always named */

void words_append(GString *out, const char *between, const char *text)
{
	if (out->len)
		g_string_append(out, between);
	g_string_append(out, text);
}

GPtrArray *words_break(const char *text, unsigned columns)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	g_autoptr(GString) line = g_string_new(NULL);

	for (char **w = words; *w != NULL; w++) {
		if (line->len && style_columns(line->str) + 1 + style_columns(*w) > columns) {
			g_ptr_array_add(lines, g_strdup(line->str));
			g_string_truncate(line, 0);
		}
		words_append(line, " ", *w);
	}
	g_ptr_array_add(lines, g_strdup(line->str));
	return lines;
}

static void labelled(const struct style *s, GString *out, const char *label, enum ink ink, const char *text)
{
	g_autofree char *padded = g_strdup_printf("%-*s", LABEL - 2, label), *inked = style_ink(s, ink, padded);

	g_string_append_printf(out, "  %s%s\n", inked, text);
}

/* The first lines of a finding: its label is in ink; where the frames do not fit behind the rest they get a line. */
static void head_lines(const struct style *s, GString *out, const char *label, enum ink ink, const char *what,
		       const char *frames)
{
	g_autofree char *both = g_strdup_printf("%s, %s", what, frames);
	g_autoptr(GPtrArray) lines = NULL;

	if (style_columns(both) <= s->width - LABEL) {
		labelled(s, out, label, ink, both);
		return;
	}
	labelled(s, out, label, ink, what);
	lines = words_break(frames, s->width - LABEL);
	for (guint i = 0; i < lines->len; i++)
		labelled(s, out, "", INK_PLAIN, g_ptr_array_index(lines, i));
}

/* An undecided finding accuses nobody, not even by its sentence. */
static void undecided(const struct style *s, GString *out, const json_t *finding, const char *frames)
{
	head_lines(s, out, "undecided", INK_FAINT, record_text(finding, "rule"), frames);
	words_paragraph(s, out, "", "This capture does not hold what it takes to tell whether the rule was kept.");
}

void words_finding(const struct style *s, GString *out, const json_t *finding, const struct capture_names *names)
{
	g_autofree char *frames = words_frames(s, finding, names), *what = NULL;
	const char *severity = record_text(finding, "severity"), *fault = record_text(finding, "fault");
	bool blamed = g_strcmp0(fault, "none") != 0;

	if (!record_is(finding, "decision", "proven")) {
		undecided(s, out, finding, frames);
		return;
	}
	what = g_strdup_printf("%s%s%s", record_text(finding, "rule"), blamed ? " by the " : "", blamed ? fault : "");
	head_lines(s, out, severity, words_severity_ink(severity), what, frames);
	words_paragraph(s, out, "", record_text(finding, "text"));
}

void words_line(const struct style *s, GString *out, const char *label, enum ink ink, const char *text)
{
	g_autofree char *fitted = style_fit(s, text, s->width - LABEL), *inked = style_ink(s, ink, fitted);

	labelled(s, out, label, INK_FAINT, inked);
}

void words_whole(const struct style *s, GString *out, const char *label, enum ink ink, const char *text)
{
	g_autofree char *clean = style_clean(s, text), *inked = style_ink(s, ink, clean);

	labelled(s, out, label, INK_FAINT, inked);
}

void words_paragraph(const struct style *s, GString *out, const char *label, const char *text)
{
	g_autofree char *clean = style_clean(s, text);
	g_autoptr(GPtrArray) lines = words_break(clean, s->width - LABEL);

	for (guint i = 0; i < lines->len; i++)
		words_line(s, out, i ? "" : label, INK_PLAIN, g_ptr_array_index(lines, i));
}

void words_sentence(const struct style *s, GString *out, enum ink ink, const char *text)
{
	g_autoptr(GPtrArray) lines = words_break(text, s->width);

	for (guint i = 0; i < lines->len; i++) {
		g_autofree char *fitted = style_fit(s, g_ptr_array_index(lines, i), s->width),
				*inked = style_ink(s, ink, fitted);

		g_string_append_printf(out, "%s\n", inked);
	}
}

static char *capture_words(const json_t *input)
{
	g_autofree char *size = style_size(record_number(input, "size", 0));
	g_autofree char *frames = style_plural(record_number(input, "frames", 0), "frame", "frames");
	uint64_t drops = record_number(input, "drops", 0);
	g_autofree char *lost = drops ? style_plural(drops, "frame dropped", "frames dropped") : NULL;
	const json_t *cut = record_at(input, "cut_by_snaplen");
	const char *packed = record_text(input, "compression");

	return g_strdup_printf("%s%s%s, %s, %s%s%s%s%s", record_text(input, "format"), packed != NULL ? " in " : "",
			       packed != NULL ? packed : "", size, frames, lost != NULL ? ", " : "",
			       lost != NULL ? lost : "", json_is_true(cut) ? ", frames cut by a snaplen" : "",
			       record_at(input, "damage") != NULL ? ", damaged" : "");
}

static void capture_row(const struct style *s, struct table *t, const char *label, const char *name, const json_t *input)
{
	bool sound = record_at(input, "damage") == NULL && record_number(input, "drops", 0) == 0;

	table_cell(t, INK_FAINT, g_strdup(label));
	table_cell(t, INK_PLAIN, style_clean(s, name));
	table_cell(t, sound ? INK_PLAIN : INK_WARN, capture_words(input));
}

static bool is_worth_a_row(const json_t *input, guint i)
{
	return i < CAPTURES_MAX || record_at(input, "damage") != NULL || record_number(input, "drops", 0);
}

void words_captures(const struct style *s, GString *out, const struct run *r)
{
	g_autoptr(table_handle) t = table_new(s, 3, 1, "lll");
	g_autofree char *count = NULL;
	guint shown = 0;

	for (guint i = 0; i < r->inputs->len; i++) {
		const json_t *input = g_ptr_array_index(r->inputs, i);

		if (!is_worth_a_row(input, i))
			continue;
		capture_row(s, t, shown ? "" : r->inputs->len == 1 ? "capture" : "captures",
			    capture_names_of(r->called, record_text(input, "capture")), input);
		shown++;
	}
	table_print(t, out);
	count = style_plural(r->inputs->len - shown, "more, sound", "more, all sound");
	if (shown < r->inputs->len)
		g_string_append_printf(out, "          and %s\n", count);
}
