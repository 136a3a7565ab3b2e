/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words.c - people read sentences; every number in them comes out of a record. */
#include "cli/words.h"

#include <string.h>

#define LABEL        12 /* columns of a label and the blanks in front and behind it */
#define FRAMES_MAX   6U
#define RANGES_MAX   4U
#define CAPTURES_MAX 12U /* damaged ones are always named */

static bool is(const json_t *record, const char *path, const char *value)
{
	return g_strcmp0(record_text(record, path), value) == 0;
}

static void append_with(GString *s, const char *between, const char *text)
{
	if (s->len)
		g_string_append(s, between);
	g_string_append(s, text);
}

/* What became of the uploads */

/* One side of a proxy is enough: the other is the same upload. */
static const char *class_of(const json_t *session)
{
	if (record_at(session, "same_upload_as") != NULL)
		return "seen on both sides of a proxy";
	if (is(session, "bits.dialect", "imitation"))
		return "imitation of BITS";
	if (is(session, "bits.outcome", "cancelled"))
		return "cancelled";
	if (is(session, "bits.outcome", "refused"))
		return "refused";
	if (is(session, "file.state", "none"))
		return "without data";
	return record_text(session, "file.state");
}

static void append_class(GString *out, const char *between, const char *class, uint64_t n, bool first)
{
	g_autofree char *count = style_count(n);

	if (first)
		g_string_append_printf(out, "%s%s %s", count, n == 1 ? " upload" : " uploads", class);
	else
		g_string_append_printf(out, "%s%s %s", between, count, class);
}

char *words_uploads(const struct style *s, const struct ledger *l)
{
	static const char *const classes[] = { "complete",          "unconfirmed",
					       "partial",           "cancelled",
					       "refused",           "without data",
					       "imitation of BITS", "seen on both sides of a proxy" };
	GString *out = g_string_new(NULL);

	for (size_t c = 0; c < G_N_ELEMENTS(classes); c++) {
		uint64_t n = 0;

		for (guint i = 0; i < l->entries->len; i++) {
			const struct ledger_entry *e = g_ptr_array_index(l->entries, i);

			n += g_strcmp0(class_of(e->session), classes[c]) == 0;
		}
		if (n)
			append_class(out, s->dot, classes[c], n, out->len == 0);
	}
	if (out->len)
		return g_string_free(out, FALSE);
	g_string_free(out, TRUE);
	return NULL;
}

char *words_state(const json_t *session)
{
	const char *state = record_text(session, "file.state"), *outcome = record_text(session, "bits.outcome");

	if (g_strcmp0(state, "none") == 0)
		state = "no data";
	if (g_strcmp0(outcome, "open") == 0)
		outcome = "not closed";
	return g_strdup_printf("%s, %s", state, outcome);
}

enum ink words_state_ink(const json_t *session)
{
	if (!is(session, "bits.outcome", "closed"))
		return is(session, "file.state", "complete") ? INK_PLAIN : INK_WARN;
	return is(session, "file.state", "complete") ? INK_GOOD : INK_WARN;
}

/* "1.2 MiB (1,258,291 B)": people want the first, tickets the second. */
static char *size_words(uint64_t bytes)
{
	g_autofree char *human = style_size(bytes), *count = style_count(bytes);

	return bytes < 1024 * 1024 ? g_steal_pointer(&human) : g_strdup_printf("%s (%s B)", human, count);
}

static uint64_t missing(const json_t *session)
{
	const json_t *gaps = record_at(session, "file.gaps");
	uint64_t n = 0;
	json_t *gap;
	size_t i;

	json_array_foreach(gaps, i, gap) {
		n += (uint64_t)json_integer_value(json_array_get(gap, 1));
		n -= (uint64_t)json_integer_value(json_array_get(gap, 0));
	}
	return n;
}

static char *partial_words(const json_t *session, const char *in)
{
	uint64_t size = record_number(session, "file.size", BITS_SIZE_UNKNOWN);
	g_autofree char *have = NULL, *of = NULL, *acked = style_count(record_number(session, "file.acked", 0));

	if (size == BITS_SIZE_UNKNOWN) {
		have = size_words(record_number(session, "file.seen", 0));
		return g_strdup_printf("%s captured in %s, size unknown; acknowledged up to %s", have, in, acked);
	}
	have = size_words(size - MIN(size, missing(session)));
	of = size_words(size);
	return g_strdup_printf("%s of %s in %s; acknowledged up to %s", have, of, in, acked);
}

char *words_file(const json_t *session)
{
	g_autofree char *in = style_plural(record_number(session, "bits.fragments", 0), "fragment", "fragments");
	g_autofree char *size = size_words(record_number(session, "file.size", 0));
	g_autofree char *acked = style_count(record_number(session, "file.acked", 0));
	g_autofree char *seen = size_words(record_number(session, "file.seen", 0));

	if (is(session, "file.state", "complete"))
		return g_strdup_printf("%s in %s, every byte accepted", size, in);
	if (is(session, "file.state", "unconfirmed") && record_number(session, "file.acked", 0) == 0)
		return g_strdup_printf("%s in %s, whole, but no answer to it was captured", size, in);
	if (is(session, "file.state", "unconfirmed"))
		return g_strdup_printf("%s in %s, whole; the server's word is known up to %s", size, in, acked);
	if (is(session, "file.state", "partial"))
		return partial_words(session, in);
	if (record_number(session, "file.seen", 0) == 0)
		return g_strdup_printf("no byte of it in this capture, %s", in);
	return g_strdup_printf("%s sent in %s, nothing accepted", seen, in);
}

char *words_ranges(const json_t *ranges, bool with_length)
{
	size_t n = json_array_size(ranges);
	GString *out = g_string_new(NULL);

	for (size_t i = 0; i < MIN(n, RANGES_MAX); i++) {
		const json_t *r = json_array_get(ranges, i);
		uint64_t first = (uint64_t)json_integer_value(json_array_get(r, 0));
		uint64_t last = (uint64_t)json_integer_value(json_array_get(r, 1));
		g_autofree char *from = style_count(first), *to = style_count(last), *length = style_size(last - first);
		g_autofree char *one = with_length ? g_strdup_printf("[%s, %s) %s", from, to, length) :
						     g_strdup_printf("[%s, %s)", from, to);

		append_with(out, ", ", one);
	}
	if (n > RANGES_MAX)
		g_string_append_printf(out, " and %zu more", n - RANGES_MAX);
	return g_string_free(out, n == 0);
}

/* Who broke what */

static void append_frame(GString *out, const json_t *frame)
{
	if (json_is_integer(frame))
		g_string_append_printf(out, "%s%" JSON_INTEGER_FORMAT, out->len ? ", " : "", json_integer_value(frame));
}

char *words_frames(const struct style *s, const json_t *finding, bool with_capture)
{
	const json_t *frames = record_at(finding, "frames");
	const char *capture = record_text(finding, "capture");
	g_autoptr(GString) list = g_string_new(NULL);
	g_autofree char *base = capture != NULL ? g_path_get_basename(capture) : NULL;
	g_autofree char *name = base != NULL ? style_fit(s, base, 40) : NULL;
	json_t *frame;
	size_t i;

	json_array_foreach(frames, i, frame)
		append_frame(list, frame);
	if (list->len == 0)
		return g_strdup("no frame");
	return g_strdup_printf("frame%s %s%s%s", strchr(list->str, ',') != NULL ? "s" : "", list->str,
			       with_capture && name != NULL ? " of " : "", with_capture && name != NULL ? name : "");
}

/* All proven errors of one rule by one party. */
struct charge {
	const char *fault, *rule, *capture;
	uint64_t    n;
	bool        several_captures;
	GPtrArray  *findings;
};

static void charge_free(gpointer p)
{
	struct charge *c = p;

	g_ptr_array_unref(c->findings);
	g_free(c);
}

static struct charge *charge_of(GPtrArray *charges, const json_t *finding)
{
	const char *fault = record_text(finding, "fault"), *rule = record_text(finding, "rule");
	struct charge *c;

	for (guint i = 0; i < charges->len; i++) {
		c = g_ptr_array_index(charges, i);
		if (strcmp(c->fault, fault) == 0 && strcmp(c->rule, rule) == 0)
			return c;
	}
	c = g_new0(struct charge, 1);
	*c = (struct charge){ .fault = fault, .rule = rule, .capture = record_text(finding, "capture"),
			      .findings = g_ptr_array_new() };
	g_ptr_array_add(charges, c);
	return c;
}

static void add_charges(GPtrArray *charges, const GPtrArray *findings)
{
	for (guint i = 0; i < findings->len; i++) {
		json_t *f = g_ptr_array_index(findings, i);
		struct charge *c;

		if (!is(f, "decision", "proven") || !is(f, "severity", "error"))
			continue;
		c = charge_of(charges, f);
		c->n++;
		c->several_captures |= g_strcmp0(c->capture, record_text(f, "capture")) != 0;
		g_ptr_array_add(c->findings, f);
	}
}

/* Of one finding all its frames; of several the offending ones. */
static char *charge_frames(const struct style *s, const struct charge *c, bool several_captures)
{
	g_autoptr(GString) list = g_string_new(NULL);

	if (c->several_captures)
		return g_strdup("frames in several captures");
	if (c->n == 1)
		return words_frames(s, g_ptr_array_index(c->findings, 0), several_captures);
	for (guint i = 0; i < MIN(c->findings->len, FRAMES_MAX); i++)
		append_frame(list, json_array_get(record_at(g_ptr_array_index(c->findings, i), "frames"), 0));
	return g_strdup_printf("frames %s%s%s", list->str, c->n > FRAMES_MAX ? ", " : "",
			       c->n > FRAMES_MAX ? s->ellipsis : "");
}

static char *charges_words(const struct style *s, const GPtrArray *charges, bool several_captures)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < charges->len; i++) {
		const struct charge *c = g_ptr_array_index(charges, i);
		g_autofree char *frames = charge_frames(s, c, several_captures);
		const char *who = strcmp(c->fault, "none") == 0 ? "somebody" : c->fault;
		char buffer[32];
		g_autofree char *one =
			g_strdup_printf("%s broke %s %s (%s)", who, c->rule, style_times(c->n, buffer), frames);

		append_with(out, s->dot, one);
	}
	return g_string_free(out, FALSE);
}

static uint64_t warnings_in(const GPtrArray *findings)
{
	uint64_t n = 0;

	for (guint i = 0; i < findings->len; i++) {
		const json_t *f = g_ptr_array_index(findings, i);

		n += is(f, "decision", "proven") && is(f, "severity", "warning");
	}
	return n;
}

static char *no_charge(uint64_t warnings, bool partial)
{
	g_autofree char *count = style_plural(warnings, "warning", "warnings");

	if (warnings)
		return g_strdup_printf("no error, %s", count);
	return g_strdup(partial ? "no breach proven, the evidence is partial" : "no rule broken");
}

char *words_ruling(const struct style *s, const struct ledger *l)
{
	g_autoptr(GPtrArray) charges = g_ptr_array_new_with_free_func(charge_free);
	uint64_t warnings = warnings_in(l->loose);
	bool partial = false;

	for (guint i = 0; i < l->entries->len; i++) {
		const struct ledger_entry *e = g_ptr_array_index(l->entries, i);

		add_charges(charges, e->findings);
		warnings += warnings_in(e->findings);
		partial |= e->session != NULL && is(e->session, "evidence", "partial");
	}
	add_charges(charges, l->loose);
	return charges->len ? charges_words(s, charges, l->run->captures->len > 1) : no_charge(warnings, partial);
}

char *words_ruling_of(const struct style *s, const GPtrArray *findings)
{
	g_autoptr(GPtrArray) charges = g_ptr_array_new_with_free_func(charge_free);

	add_charges(charges, findings);
	return charges->len ? charges_words(s, charges, false) : no_charge(warnings_in(findings), false);
}

enum ink words_ruling_ink(const char *ruling)
{
	if (strstr(ruling, " broke ") != NULL)
		return INK_BAD;
	return g_str_has_prefix(ruling, "no rule broken") ? INK_GOOD : INK_WARN;
}

enum ink words_severity_ink(const char *severity)
{
	if (g_strcmp0(severity, "error") == 0)
		return INK_BAD;
	return g_strcmp0(severity, "warning") == 0 ? INK_WARN : INK_FAINT;
}

/* Lines of at most that many columns, broken between words where there are any. */
static GPtrArray *break_lines(const char *text, unsigned columns)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	g_autoptr(GString) line = g_string_new(NULL);

	for (char **w = words; *w != NULL; w++) {
		if (line->len && style_columns(line->str) + 1 + style_columns(*w) > columns) {
			g_ptr_array_add(lines, g_strdup(line->str));
			g_string_truncate(line, 0);
		}
		append_with(line, " ", *w);
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
	lines = break_lines(frames, s->width - LABEL);
	for (guint i = 0; i < lines->len; i++)
		labelled(s, out, "", INK_PLAIN, g_ptr_array_index(lines, i));
}

/* An undecided finding accuses nobody, not even by its sentence. */
static void undecided(const struct style *s, GString *out, const json_t *finding, const char *frames)
{
	head_lines(s, out, "undecided", INK_FAINT, record_text(finding, "rule"), frames);
	words_paragraph(s, out, "", "This capture does not hold what it takes to tell whether the rule was kept.");
}

void words_finding(const struct style *s, GString *out, const json_t *finding, bool several_captures)
{
	g_autofree char *frames = words_frames(s, finding, several_captures), *what = NULL;
	const char *severity = record_text(finding, "severity"), *fault = record_text(finding, "fault");
	bool blamed = g_strcmp0(fault, "none") != 0;

	if (!is(finding, "decision", "proven")) {
		undecided(s, out, finding, frames);
		return;
	}
	what = g_strdup_printf("%s%s%s", record_text(finding, "rule"), blamed ? " by the " : "", blamed ? fault : "");
	head_lines(s, out, severity, words_severity_ink(severity), what, frames);
	words_paragraph(s, out, "", record_text(finding, "text"));
}

/* Lines */

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
	g_autoptr(GPtrArray) lines = break_lines(clean, s->width - LABEL);

	for (guint i = 0; i < lines->len; i++)
		words_line(s, out, i ? "" : label, INK_PLAIN, g_ptr_array_index(lines, i));
}

void words_sentence(const struct style *s, GString *out, enum ink ink, const char *text)
{
	g_autoptr(GPtrArray) lines = break_lines(text, s->width);

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

	return g_strdup_printf("%s, %s, %s%s%s%s%s", record_text(input, "format"), size, frames, lost != NULL ? ", " : "",
			       lost != NULL ? lost : "", json_is_true(cut) ? ", frames cut by a snaplen" : "",
			       record_at(input, "damage") != NULL ? ", damaged" : "");
}

static void capture_row(const struct style *s, struct table *t, const char *label, const json_t *input)
{
	g_autofree char *name = g_path_get_basename(record_text(input, "capture"));
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
		capture_row(s, t, shown ? "" : r->inputs->len == 1 ? "capture" : "captures", input);
		shown++;
	}
	table_print(t, out);
	count = style_plural(r->inputs->len - shown, "more, sound", "more, all sound");
	if (shown < r->inputs->len)
		g_string_append_printf(out, "          and %s\n", count);
}
