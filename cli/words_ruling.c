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

char *words_of_capture(const struct style *s, const struct capture_names *names, const char *capture)
{
	const char *name = capture_names_tell(names, capture);
	g_autofree char *fitted = name != NULL ? style_fit(s, name, 40) : NULL;

	return g_strconcat(fitted != NULL ? " of " : "", fitted, NULL);
}

/* Which capture has frame i of a finding. */
static const char *capture_at(const json_t *finding, size_t i)
{
	const json_t *captures = record_at(finding, "captures");

	return captures != NULL ? json_string_value(json_array_get(captures, i)) : record_text(finding, "capture");
}

/* The frames of one capture, unless one before `first` was of it too: they stand there. */
static void append_frames_of(const struct style *s, GString *out, const json_t *finding, size_t first,
			     const struct capture_names *names)
{
	const json_t *frames = record_at(finding, "frames");
	const char *capture = capture_at(finding, first);
	g_autofree char *of = words_of_capture(s, names, capture);
	gsize before = out->len;

	for (size_t i = 0; i < first; i++)
		if (g_strcmp0(capture_at(finding, i), capture) == 0)
			return;
	for (size_t i = first; i < json_array_size(frames); i++)
		if (g_strcmp0(capture_at(finding, i), capture) == 0)
			append_frame(out, json_array_get(frames, i));
	if (out->len > before)
		g_string_append(out, of);
}

char *words_frames(const struct style *s, const json_t *finding, const struct capture_names *names)
{
	const json_t *frames = record_at(finding, "frames");
	g_autoptr(GString) list = g_string_new(NULL);
	unsigned known = 0;

	for (size_t i = 0; i < json_array_size(frames); i++) {
		append_frames_of(s, list, finding, i, names);
		known += json_is_integer(json_array_get(frames, i));
	}
	if (known == 0)
		return g_strdup("no frame");
	return g_strdup_printf("frame%s %s", known > 1 ? "s" : "", list->str);
}

/* All proven errors of one rule by one party. */
struct charge {
	const char *fault, *rule, *capture;
	uint64_t    n;
	bool        several_captures;
	GPtrArray  *findings; /* of json_t: the first FRAMES_MAX of them */
};

static void unref_record(gpointer p)
{
	json_decref(p);
}

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
	/* its texts are those of its first finding */
	*c = (struct charge){ .fault = fault, .rule = rule, .capture = record_text(finding, "capture"),
			      .findings = g_ptr_array_new_with_free_func(unref_record) };
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
		if (c->findings->len < FRAMES_MAX)
			g_ptr_array_add(c->findings, json_incref(f));
	}
}

/* Of one finding all its frames; of several the offending ones. */
static char *charge_frames(const struct style *s, const struct charge *c, const struct capture_names *names)
{
	g_autoptr(GString) list = g_string_new(NULL);
	g_autofree char *of = words_of_capture(s, names, c->capture);

	if (c->several_captures)
		return g_strdup("frames in several captures");
	if (c->n == 1)
		return words_frames(s, g_ptr_array_index(c->findings, 0), names);
	for (guint i = 0; i < c->findings->len; i++)
		append_frame(list, json_array_get(record_at(g_ptr_array_index(c->findings, i), "frames"), 0));
	return g_strdup_printf("frames %s%s%s%s", list->str, c->n > FRAMES_MAX ? ", " : "",
			       c->n > FRAMES_MAX ? s->ellipsis : "", of);
}

static char *charges_words(const struct style *s, const GPtrArray *charges, const struct capture_names *names)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < charges->len; i++) {
		const struct charge *c = g_ptr_array_index(charges, i);
		g_autofree char *frames = charge_frames(s, c, names);
		const char *who = strcmp(c->fault, "none") == 0 ? "somebody" : c->fault;
		char buffer[32];
		g_autofree char *one =
			g_strdup_printf("%s broke %s %s (%s)", who, c->rule, style_times(c->n, buffer), frames);

		words_append(out, s->dot, one);
	}
	return g_string_free(out, FALSE);
}

/* What a ruling is made of. */
struct tally {
	GPtrArray *charges;           /* of struct charge                  */
	uint64_t   warnings;          /* proven ones, by anybody           */
	uint64_t   of_network;        /* those among them                  */
	uint64_t   warned[2];         /* by client and by server, dragged ones too */
	uint64_t   sessions, partial; /* those on partial evidence         */
	uint64_t   incomplete;        /* those whose upload did not arrive */
	unsigned   doubted;           /* 1 << enum bits_fault: what is left undecided */
};

static const char *const parties[] = { "client", "server" };
static const enum bits_fault faults[] = { BITS_FAULT_CLIENT, BITS_FAULT_SERVER };

/* What one party's breach dragged along may be the other's: an invalid request that was accepted. */
static void tally_dragged(struct tally *t, const json_t *finding)
{
	const json_t *names = record_at(finding, "follows");

	for (size_t i = 0; i < json_array_size(names); i++) {
		const struct bits_rule *rule = bits_rule_find(json_string_value(json_array_get(names, i)));

		for (unsigned p = 0; rule != NULL && p < G_N_ELEMENTS(parties); p++)
			t->warned[p] += rule->severity > BITS_NOTE && strcmp(bits_fault_name(rule->fault), parties[p]) == 0;
	}
}

static void tally_findings(struct tally *t, const GPtrArray *findings)
{
	add_charges(t->charges, findings);
	for (guint i = 0; i < findings->len; i++) {
		const json_t *f = g_ptr_array_index(findings, i);

		if (!record_is(f, "decision", "proven"))
			continue;
		tally_dragged(t, f);
		if (!record_is(f, "severity", "warning"))
			continue;
		t->warnings++;
		t->of_network += record_is(f, "fault", "network");
		for (unsigned p = 0; p < G_N_ELEMENTS(parties); p++)
			t->warned[p] += record_is(f, "fault", parties[p]);
	}
}

static void tally_slip(struct tally *t, const struct ledger_slip *slip)
{
	t->sessions++;
	t->partial += slip->is_partial;
	t->incomplete += slip->state != BITS_FILE_COMPLETE;
	t->doubted |= slip->doubted;
}

static struct tally tally_new(void)
{
	return (struct tally){ .charges = g_ptr_array_new_with_free_func(charge_free) };
}

static struct tally tally_of(const struct ledger *l)
{
	struct tally t = tally_new();
	const struct ledger_slip *slip;

	for (uint64_t ordinal = 0; (slip = ledger_next(l, &ordinal)) != NULL;) {
		g_autoptr(GPtrArray) findings = slip->has_findings ? ledger_findings(l, ordinal) : NULL;

		tally_slip(&t, slip);
		if (findings != NULL)
			tally_findings(&t, findings);
	}
	tally_findings(&t, l->loose);
	t.doubted |= l->doubted;
	return t;
}

static const char neither[] = "neither side broke a rule";

static char *ruling_words(const struct style *s, const struct tally *t, const struct capture_names *names)
{
	static const char no_breach[] = "no breach proven, the evidence is partial";
	g_autofree char *warnings = style_plural(t->warnings, "warning", "warnings");

	if (t->charges->len > 0)
		return charges_words(s, t->charges, names);
	if (t->warnings > 0 && t->warnings == t->of_network)
		return g_strdup_printf("%s; %s against the network", t->partial > 0 ? no_breach : neither, warnings);
	if (t->warnings > 0)
		return g_strdup_printf("no error, %s", warnings);
	if (t->sessions == 0)
		return g_strdup("nothing to judge: no session could be read");
	return g_strdup(t->partial > 0 ? no_breach : "no rule broken");
}

static bool is_charged(const struct tally *t, const char *party)
{
	for (guint i = 0; i < t->charges->len; i++)
		if (strcmp(((struct charge *)g_ptr_array_index(t->charges, i))->fault, party) == 0)
			return true;
	return false;
}

/* Of the party that is not charged where the other one is.  To acquit takes the whole of the evidence, nothing that it
 * leaves open, and an upload that arrived: who refused it may have been wrong in ways that no rule names. */
static char *verdict_words(const struct style *s, const struct tally *t, const struct capture_names *names)
{
	static const char *const acquitted[] = { "the client asked correctly", "the server answered correctly" };
	g_autofree char *ruling = ruling_words(s, t, names);
	unsigned other = is_charged(t, "client") ? 1 : 0;
	g_autofree char *warnings = style_plural(t->warned[other], "warning", "warnings");

	if (is_charged(t, "client") == is_charged(t, "server"))
		return g_steal_pointer(&ruling);
	if (t->warned[other] > 0)
		return g_strdup_printf("%s; %s against the %s", ruling, warnings, parties[other]);
	if (t->partial > 0 || t->incomplete > 0 || (t->doubted >> faults[other] & 1))
		return g_strdup_printf("%s; nothing is held against the %s", ruling, parties[other]);
	return g_strdup_printf("%s; %s", ruling, acquitted[other]);
}

char *words_ruling(const struct style *s, const struct ledger *l)
{
	struct tally t = tally_of(l);
	char *words = ruling_words(s, &t, l->run->called);

	g_ptr_array_unref(t.charges);
	return words;
}

char *words_verdict(const struct style *s, const struct ledger *l)
{
	struct tally t = tally_of(l);
	char *words = verdict_words(s, &t, l->run->called);

	g_ptr_array_unref(t.charges);
	return words;
}

char *words_verdict_of(const struct style *s, const struct ledger_entry *e)
{
	struct tally t = tally_new();
	char *words;

	tally_slip(&t, &e->slip);
	tally_findings(&t, e->findings);
	words = verdict_words(s, &t, false);
	g_ptr_array_unref(t.charges);
	return words;
}

enum ink words_ruling_ink(const char *ruling)
{
	if (strstr(ruling, " broke ") != NULL && !g_str_has_prefix(ruling, neither))
		return INK_BAD;
	return g_str_has_prefix(ruling, "no rule broken") ? INK_GOOD : INK_WARN;
}

enum ink words_severity_ink(const char *severity)
{
	if (g_strcmp0(severity, "error") == 0)
		return INK_BAD;
	return g_strcmp0(severity, "warning") == 0 ? INK_WARN : INK_FAINT;
}
