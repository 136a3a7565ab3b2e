/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd_check.c - the ruling in one sentence, then who is charged with what, and the frames to look at. */
#include <string.h>

#include "cli/ledger.h"
#include "cli/words.h"

struct check {
	struct run    run;
	struct ledger ledger;
	struct output out;
};

static void on_finding(const struct bits_finding *f, void *user)
{
	json_decref(ledger_finding(&((struct check *)user)->ledger, f));
}

static void on_joined(const struct bits_session *from, const struct bits_session *into, void *user)
{
	ledger_joined(&((struct check *)user)->ledger, from, into);
}

static void on_ended(const struct bits_session *s, void *user)
{
	ledger_session(&((struct check *)user)->ledger, s, &(struct record_content){ 0 });
}

static bool is_over(void *user)
{
	return output_is_closed(&((struct check *)user)->out);
}

static bool is_proven_against(const json_t *finding, const char *fault)
{
	return g_strcmp0(record_text(finding, "decision"), "proven") == 0 &&
	       g_strcmp0(record_text(finding, "fault"), fault) == 0;
}

/* "2026-11-22 08:14:04.470 UTC", and how far the other frames of the evidence lie from that. */
static char *times_words(const json_t *finding)
{
	const json_t *times = record_at(finding, "times");
	const char *day = json_string_value(json_array_get(times, 0));
	bool several = json_array_size(times) > 2;
	int64_t first = value_when(json_array_get(times, 0));
	GString *out;
	bool any = false;

	if (first == BITS_TIME_UNKNOWN)
		return NULL;
	out = g_string_new(NULL);
	g_string_append_printf(out, "%.10s %.12s UTC", day, day + strlen("2026-11-22T"));
	for (size_t i = 1; i < json_array_size(times); i++) {
		int64_t t = value_when(json_array_get(times, i));
		g_autofree char *far = t == BITS_TIME_UNKNOWN ? NULL : style_duration(t < first ? first - t : t - first);

		if (far != NULL)
			g_string_append_printf(out, "%s%s %s", any ? ", " : several ? "; the others " : "; the other ", far,
					       t < first ? "before" : "after");
		any |= far != NULL;
	}
	return g_string_free(out, FALSE);
}

/* "which drags along rcr-unexpected, ..."; NULL for nothing. */
static char *drags_words(const json_t *finding)
{
	const json_t *names = record_at(finding, "follows");
	GString *out = json_array_size(names) > 0 ? g_string_new("which drags along ") : NULL;

	for (size_t i = 0; i < json_array_size(names); i++)
		g_string_append_printf(out, "%s%s", i == 0 ? "" : ", ", json_string_value(json_array_get(names, i)));
	return out != NULL ? g_string_free(out, FALSE) : NULL;
}

static void print_finding(const struct style *s, GString *out, const json_t *finding, const struct capture_names *names)
{
	const char *filter = record_text(finding, "wireshark_filter"), *clause = record_text(finding, "clause");
	g_autofree char *times = times_words(finding), *drags = drags_words(finding);

	words_finding(s, out, finding, names);
	if (times != NULL)
		words_paragraph(s, out, "", times);
	if (drags != NULL)
		words_paragraph(s, out, "", drags);
	if (clause != NULL)
		words_line(s, out, "", INK_FAINT, clause);
	if (filter != NULL)
		words_whole(s, out, "", INK_FAINT, filter);
}

static void print_party(const struct style *s, GString *out, const GPtrArray *findings, enum bits_fault fault,
			const struct capture_names *names)
{
	bool any = false;

	for (guint i = 0; i < findings->len; i++) {
		const json_t *f = g_ptr_array_index(findings, i);

		if (!is_proven_against(f, bits_fault_name(fault)))
			continue;
		if (!any)
			g_string_append_printf(out, " %s\n",
					       fault == BITS_FAULT_NONE ? "nobody's fault" : bits_fault_name(fault));
		print_finding(s, out, f, names);
		any = true;
	}
}

static void print_findings(const struct style *s, GString *out, const GPtrArray *findings,
			   const struct capture_names *names)
{
	static const enum bits_fault order[] = { BITS_FAULT_CLIENT,       BITS_FAULT_SERVER,  BITS_FAULT_APPLICATION,
						 BITS_FAULT_INTERMEDIARY, BITS_FAULT_NETWORK, BITS_FAULT_NONE };
	bool any = false;

	for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
		print_party(s, out, findings, order[i], names);
	for (guint i = 0; i < findings->len; i++) {
		const json_t *f = g_ptr_array_index(findings, i);

		if (g_strcmp0(record_text(f, "decision"), "undecided") != 0)
			continue;
		if (!any)
			g_string_append(out, " not decided\n");
		print_finding(s, out, f, names);
		any = true;
	}
}

static void print_session(const struct style *s, GString *out, const struct ledger *l, const struct ledger_entry *e)
{
	g_autofree char *title = g_strdup_printf("Session %" G_GUINT64_FORMAT, e->ordinal),
			*strong = style_ink(s, INK_STRONG, title);
	g_autofree char *fitted = style_fit(s, record_text_or(e->session, "bits.name", "(no name)"), s->width / 2),
			*verdict = words_verdict_of(s, e);

	g_string_append_printf(out, "%s  %s  %s %s %s\n", strong, fitted, record_text_or(e->session, "client", "?"), s->arrow,
			       record_text_or(e->session, "server", "?"));
	if (l->sessions > 1)
		words_paragraph(s, out, "ruling", verdict);
	print_findings(s, out, e->findings, l->run->called);
	g_string_append(out, "\n");
}

static guint sessions_found(const struct ledger *l)
{
	const struct ledger_slip *slip;
	guint n = 0;

	for (uint64_t ordinal = 0; (slip = ledger_next(l, &ordinal)) != NULL;)
		n += slip->has_findings;
	return n;
}

static void print_nothing(GString *out, const struct ledger *l)
{
	g_autofree char *n = style_plural(l->sessions, "session", "sessions");
	const struct ledger_slip *slip;
	guint partial = 0;

	for (uint64_t ordinal = 0; (slip = ledger_next(l, &ordinal)) != NULL;)
		partial += slip->is_partial;
	if (l->sessions == 0 && l->run->options->session != NULL)
		g_string_append(out, "No session of that number or id in what was read; nothing was checked.\n");
	else if (l->sessions == 0)
		g_string_append(out, "No BITS upload in what was read; nothing to check.\n");
	else if (partial) /* what is missing may have told something */
		g_string_append_printf(out, "No breach proven in %s; the evidence of %u is partial%s.\n", n, partial,
				       l->run->options->undecided ? "" : " (--undecided shows what it leaves open)");
	else
		g_string_append_printf(out, "No rule broken: no finding in %s.\n", n);
}

/* Session by session, each out of memory before the next. */
static void print_sessions(const struct style *s, struct output *to, GString *out, const struct ledger *l)
{
	const struct ledger_slip *slip;

	for (uint64_t ordinal = 0; (slip = ledger_next(l, &ordinal)) != NULL;) {
		struct ledger_entry e;

		if (!slip->has_findings)
			continue;
		ledger_open(l, ordinal, &e);
		print_session(s, out, l, &e);
		ledger_entry_clear(&e);
		output_take(to, out);
	}
}

static void print_screen(struct output *to, GString *out, const struct ledger *l)
{
	const struct style *s = &to->style;
	g_autofree char *text = words_verdict(s, l);

	if (sessions_found(l) + l->loose->len == 0) {
		print_nothing(out, l);
		words_unread(s, out, l->run->stats);
		return;
	}
	words_sentence(s, out, INK_STRONG, text);
	g_string_append(out, "\n");
	print_sessions(s, to, out, l);
	if (l->loose->len)
		g_string_append(out, "Of no session\n");
	print_findings(s, out, l->loose, l->run->called);
	words_unread(s, out, l->run->stats);
}

static void print_check(struct check *c)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (c->out.ndjson) {
		ledger_print(&c->ledger, &c->out, true);
		return;
	}
	if (c->run.captures->len == 0)
		return;
	print_screen(&c->out, text, &c->ledger);
	output_take(&c->out, text);
}

int cmd_check(const struct command *command, const struct options *o)
{
	const struct bits_sink sink = { .finding = on_finding, .joined = on_joined, .ended = on_ended };
	struct check c;
	int status;

	(void)command;
	run_init(&c.run, o);
	c.run.is_over = is_over;
	ledger_init(&c.ledger, &c.run);
	if (run_open_output(&c.run, &c.out)) {
		run_captures(&c.run, &sink, &c);
		ledger_close(&c.ledger);
		print_check(&c);
	}
	run_close_output(&c.run, &c.out);
	status = run_exit_status(c.run.troubles, true);
	ledger_clear(&c.ledger);
	run_clear(&c.run);
	return status;
}
