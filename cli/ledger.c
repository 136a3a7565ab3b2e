/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ledger.c - sessions end in any order and findings come late; what is printed is in order of first packet. */
#include "cli/ledger.h"

static void entry_free(gpointer p)
{
	struct ledger_entry *e = p;

	json_decref(e->session);
	json_decref(e->file);
	g_ptr_array_unref(e->findings);
	g_free(e->refusal);
	g_free(e);
}

static void unref_record(gpointer p)
{
	json_decref(p);
}

void ledger_init(struct ledger *l, struct run *r)
{
	*l = (struct ledger){
		.run = r,
		.by_ordinal = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, entry_free),
		.entries = g_ptr_array_new(),
		.loose = g_ptr_array_new_with_free_func(unref_record),
	};
}

void ledger_clear(struct ledger *l)
{
	g_ptr_array_unref(l->entries);
	g_ptr_array_unref(l->loose);
	g_hash_table_unref(l->by_ordinal);
}

struct ledger_entry *ledger_entry(struct ledger *l, uint64_t ordinal)
{
	struct ledger_entry *e = g_hash_table_lookup(l->by_ordinal, &ordinal);

	if (e != NULL)
		return e;
	e = g_new0(struct ledger_entry, 1);
	e->ordinal = ordinal;
	e->findings = g_ptr_array_new_with_free_func(unref_record);
	g_hash_table_insert(l->by_ordinal, &e->ordinal, e);
	g_ptr_array_add(l->entries, e);
	return e;
}

void ledger_session(struct ledger *l, const struct bits_session *s, json_t *record)
{
	struct ledger_entry *e = ledger_entry(l, s->ordinal);

	json_decref(e->session);
	e->session = record;
	e->is_twin = s->is_twin;
}

/* "403 Forbidden, 0x80070005 (E_ACCESSDENIED), frame 6": servers differ in which of them they give. */
static char *refusal_words(const struct bits_exchange *x)
{
	const struct bits_message *answer = x->answer;
	g_autofree char *reason = bits_str_dup(answer->reason);
	const char *name = bits_hresult_name(answer->error_code);
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "%u%s%s", answer->status, *reason != '\0' ? " " : "", reason);
	if (bits_message_good(answer, BITS_FIELD_ERROR_CODE))
		g_string_append_printf(out, ", 0x%08X", answer->error_code);
	if (bits_message_good(answer, BITS_FIELD_ERROR_CODE) && name != NULL)
		g_string_append_printf(out, " (%s)", name);
	if (x->request->packet == BITS_PACKET_UNKNOWN)
		g_string_append(out, ", to an unknown packet");
	else if (x->request->packet != BITS_PACKET_CREATE_SESSION)
		g_string_append_printf(out, ", to a %s", bits_packet_name(x->request->packet));
	g_string_append_printf(out, ", frame %u", x->answer_at.first.frame);
	return g_string_free(out, FALSE);
}

void ledger_answer(struct ledger *l, const struct bits_exchange *x)
{
	struct ledger_entry *e;

	if (x->session == NULL || x->request == NULL || x->outcome != BITS_OUTCOME_REFUSED ||
	    x->request->packet == BITS_PACKET_GET_REPLY || x->request->packet == BITS_PACKET_NOTIFICATION)
		return;
	if (x->session->refused && x->request->packet != BITS_PACKET_CREATE_SESSION)
		return; /* what is refused behind that follows from it */
	e = ledger_entry(l, x->session->ordinal);
	g_free(e->refusal);
	e->refusal = refusal_words(x);
}

json_t *ledger_finding(struct ledger *l, const struct bits_finding *f)
{
	json_t *record;

	if (f->undecided && f->severity > BITS_NOTE)
		*(f->session != NULL ? &ledger_entry(l, f->session->ordinal)->doubted : &l->doubted) |= 1U << f->fault;
	if (f->undecided && !l->run->options->undecided)
		return NULL;
	record = record_finding(&l->run->names, f);
	g_ptr_array_add(f->session != NULL ? ledger_entry(l, f->session->ordinal)->findings : l->loose, record);
	return record;
}

void ledger_joined(struct ledger *l, const struct bits_session *from, const struct bits_session *into)
{
	GPtrArray *findings = ledger_entry(l, from->ordinal)->findings, *all = ledger_entry(l, into->ordinal)->findings;

	ledger_entry(l, into->ordinal)->doubted |= ledger_entry(l, from->ordinal)->doubted;
	for (guint i = 0; i < findings->len; i++) {
		json_t *finding = g_ptr_array_index(findings, i);

		json_object_set_new(finding, "session", json_integer((json_int_t)into->ordinal));
		g_ptr_array_add(all, json_incref(finding));
	}
}

static gint by_ordinal(gconstpointer a, gconstpointer b)
{
	const struct ledger_entry *x = *(struct ledger_entry *const *)a, *y = *(struct ledger_entry *const *)b;

	return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static bool is_named(const json_t *names, const char *name)
{
	size_t i;
	json_t *one;

	json_array_foreach(names, i, one)
		if (g_strcmp0(json_string_value(one), name) == 0)
			return true;
	return false;
}

/* Undecided findings count against nobody. */
static void count_finding(json_t *session, const json_t *finding)
{
	json_t *counts = json_object_get(session, "findings"), *blamed = json_object_get(session, "at_fault");
	const char *severity = record_text(finding, "severity"), *fault = record_text(finding, "fault");

	if (g_strcmp0(record_text(finding, "decision"), "proven") != 0)
		return;
	json_object_set_new(counts, severity, json_integer((json_int_t)record_number(counts, severity, 0) + 1));
	if (g_strcmp0(severity, "error") == 0 && g_strcmp0(fault, "none") != 0 && !is_named(blamed, fault))
		json_array_append_new(blamed, json_string(fault));
}

static void close_entry(struct ledger *l, struct ledger_entry *e)
{
	bool cut_off = (l->run->troubles & TROUBLE_DAMAGE) && g_strcmp0(record_text(e->session, "bits.outcome"), "open") == 0;

	if (l->run->dropped || cut_off) /* what is missing may be of this session */
		json_object_set_new(e->session, "evidence", json_string("partial"));
	for (guint i = 0; i < e->findings->len; i++) {
		count_finding(e->session, g_ptr_array_index(e->findings, i));
		run_weigh(l->run, g_ptr_array_index(e->findings, i));
	}
}

static bool is_wanted(const struct ledger *l, const struct ledger_entry *e)
{
	return e->session != NULL &&
	       options_wants(l->run->options->session, e->ordinal, record_text(e->session, "bits.session_id"));
}

void ledger_close(struct ledger *l)
{
	for (guint i = l->entries->len; i-- > 0;)
		if (!is_wanted(l, g_ptr_array_index(l->entries, i)))
			g_ptr_array_remove_index_fast(l->entries, i);
	g_ptr_array_sort(l->entries, by_ordinal);
	if (l->run->options->session != NULL) {
		g_ptr_array_set_size(l->loose, 0);
		if (l->entries->len == 0)
			run_miss_session(l->run);
	}
	for (guint i = 0; i < l->entries->len; i++)
		close_entry(l, g_ptr_array_index(l->entries, i));
	for (guint i = 0; i < l->loose->len; i++)
		run_weigh(l->run, g_ptr_array_index(l->loose, i));
}

static void print_all(const GPtrArray *records, struct output *out)
{
	for (guint i = 0; i < records->len; i++)
		output_record(out, g_ptr_array_index(records, i));
}

void ledger_print(const struct ledger *l, struct output *out, bool only_found)
{
	for (guint i = 0; i < l->entries->len; i++) {
		const struct ledger_entry *e = g_ptr_array_index(l->entries, i);

		if (only_found && e->findings->len == 0)
			continue;
		output_record(out, e->session);
		print_all(e->findings, out);
		if (e->file != NULL)
			output_record(out, e->file);
	}
	print_all(l->loose, out);
	run_print_end(l->run, out);
}
