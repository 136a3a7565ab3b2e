/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words_ruling.c - who broke what: findings of one rule by one party are one charge. */
#include "cli/words.h"

#include <string.h>

#define FRAMES_MAX 6U

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

		if (!record_is(f, "decision", "proven") || !record_is(f, "severity", "error"))
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

		words_append(out, s->dot, one);
	}
	return g_string_free(out, FALSE);
}

static uint64_t warnings_in(const GPtrArray *findings)
{
	uint64_t n = 0;

	for (guint i = 0; i < findings->len; i++) {
		const json_t *f = g_ptr_array_index(findings, i);

		n += record_is(f, "decision", "proven") && record_is(f, "severity", "warning");
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
		partial |= e->session != NULL && record_is(e->session, "evidence", "partial");
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
