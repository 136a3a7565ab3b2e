/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record_finding.c - what was found, and the rules that it was found by. */
#include "cli/record_maker.h"

static json_t *frames_json(const struct bits_finding *f)
{
	json_t *frames = json_array();

	for (unsigned i = 0; i < f->n_at; i++)
		json_array_append_new(frames, value_frame(&f->at[i]));
	return frames;
}

static json_t *times_json(const struct bits_finding *f)
{
	json_t *times = json_array();

	for (unsigned i = 0; i < f->n_at; i++) {
		g_autofree char *time = record_time(f->at[i].frame ? f->at[i].time_ns : BITS_TIME_UNKNOWN);

		json_array_append_new(times, time != NULL ? json_string(time) : json_null());
	}
	return times;
}

static json_t *follows_json(const struct bits_finding *f)
{
	json_t *names = json_array();

	for (size_t i = 0; i < G_N_ELEMENTS(f->follows) && f->follows[i] != NULL; i++)
		json_array_append_new(names, json_string(f->follows[i]->name));
	return names;
}

/* Ready to paste; of one capture only: a display filter knows no other. */
static char *wireshark_filter(const struct bits_finding *f)
{
	g_autoptr(GString) list = g_string_new(NULL);

	for (unsigned i = 0; i < f->n_at; i++)
		if (f->at[i].frame && f->at[i].file == f->at[0].file)
			g_string_append_printf(list, "%s%u", list->len ? ", " : "", f->at[i].frame);
	return list->len ? g_strdup_printf("frame.number in {%s}", list->str) : NULL;
}

json_t *record_finding(const struct record_context *c, const struct bits_finding *f)
{
	const struct bits_rule *rule = bits_rule_get(f->rule);
	const struct bits_where nowhere = { 0 };
	const struct bits_where *at = f->n_at ? &f->at[0] : &nowhere;
	struct maker m = maker_begin("finding", at);

	maker_set(&m, "frame", value_frame(at));
	maker_set_text(&m, "capture", record_capture(c, at));
	maker_set_ends(&m, &f->ends, f->side);
	maker_set_text(&m, "rule", rule->name);
	maker_set_text(&m, "severity", bits_severity_name(f->severity));
	maker_set_text(&m, "fault", bits_fault_name(f->fault));
	maker_set_text(&m, "decision", f->undecided ? "undecided" : "proven");
	maker_set(&m, "session", f->session != NULL ? value_number(f->session->ordinal) : json_null());
	maker_set(&m, "frames", frames_json(f));
	maker_set(&m, "times", times_json(f));
	maker_set_captures(&m, c, f->at, f->n_at);
	maker_set_own_text(&m, "text", bits_finding_text(f));
	maker_set_text(&m, "clause", rule->clause);
	maker_set(&m, "follows", follows_json(f));
	maker_set_own_text(&m, "wireshark_filter", wireshark_filter(f));
	return maker_finish(&m);
}

static json_t *needs_json(unsigned needs)
{
	static const char *const names[] = { "heard",    "one-connection", "pairs",   "gapless",   "digests", "answer",
					     "creation", "in-turn",        "no-loss", "confirmed", "time" };
	json_t *list = json_array();

	G_STATIC_ASSERT(G_N_ELEMENTS(names) == BITS_N_NEEDS);

	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
		if (needs & (1U << i))
			json_array_append_new(list, json_string(names[i]));
	return list;
}

static json_t *dragged_json(const struct bits_rule *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < G_N_ELEMENTS(r->follows) && r->follows[i] != 0; i++)
		json_array_append_new(list, json_string(bits_rule_get(r->follows[i])->name));
	return list;
}

json_t *record_rule(const struct bits_rule *r)
{
	struct maker m = maker_new();

	maker_set_text(&m, "event_type", "rule");
	maker_set_text(&m, "rule", r->name);
	maker_set_text(&m, "chapter", bits_chapter_name(r->chapter));
	maker_set_text(&m, "severity", bits_severity_name(r->severity));
	maker_set_text(&m, "fault", bits_fault_name(r->fault));
	maker_set_text(&m, "clause", r->clause);
	maker_set(&m, "needs", needs_json(r->needs));
	maker_set_text(&m, "statement", r->statement);
	maker_set_text(&m, "reading", r->reading);
	maker_set_text(&m, "excuse", r->excuse);
	maker_set(&m, "follows", dragged_json(r));
	return maker_finish(&m);
}
