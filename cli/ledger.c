/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ledger.c - sessions end in any order and findings come late; what is printed is in order of first packet. */
#include "cli/ledger.h"

#include <string.h>

/* Notes of the journal, by what they hold. */
enum { NOTE_SESSION, NOTE_FINDING, NOTE_REFUSAL, NOTE_REFUSED_AGAIN /* of no content */ };

static void unref_record(gpointer p)
{
	json_decref(p);
}

void ledger_init(struct ledger *l, struct run *r)
{
	*l = (struct ledger){
		.run = r,
		.journal = g_new(struct journal, 1),
		.slips = g_new(struct slips, 1),
		.loose = g_ptr_array_new_with_free_func(unref_record),
		.draft = g_byte_array_new(),
	};
	slips_init(l->slips, g_get_tmp_dir());
	journal_init(l->journal, g_get_tmp_dir());
}

void ledger_clear(struct ledger *l)
{
	slips_clear(l->slips);
	g_free(l->slips);
	g_ptr_array_unref(l->loose);
	g_byte_array_unref(l->draft);
	journal_clear(l->journal);
	g_free(l->journal);
}

static struct ledger_slip *slip_of(const struct ledger *l, uint64_t ordinal)
{
	return slips_at(l->slips, ordinal);
}

static void add_note(struct ledger *l, uint64_t ordinal, unsigned kind, const void *p, size_t n)
{
	struct ledger_slip *slip = slip_of(l, ordinal);

	slip->latest = journal_add(l->journal, slip->latest, kind, p, n);
}

/* ---- what comes ------------------------------------------------------------------------------------------------ */

/* By its id as it stands in the record. */
static bool is_wanted(const struct ledger *l, const struct bits_session *s)
{
	g_autofree char *id = l->run->options->session != NULL ? record_words(s->id) : NULL;

	return options_wants(l->run->options->session, s->ordinal, id);
}

void ledger_session(struct ledger *l, const struct bits_session *s, const struct record_content *content)
{
	struct ledger_slip *slip = slip_of(l, s->ordinal);

	if (!is_wanted(l, s))
		return;
	slip->has_ended = true;
	slip->state = (uint8_t)bits_session_file_state(s);
	slip->outcome = (uint8_t)bits_session_ending(s);
	slip->is_partial = s->evidence_partial;
	slip->is_imitation = s->dialect == BITS_DIALECT_IMITATION;
	slip->is_same = s->same_upload_as != 0;
	slip->is_twin = s->is_twin;
	g_byte_array_set_size(l->draft, 0);
	session_note_write(l->draft, s, content);
	add_note(l, s->ordinal, NOTE_SESSION, l->draft->data, l->draft->len);
}

/* "403 Forbidden, 0x80070005 (E_ACCESSDENIED), frame 6": servers differ in which of them they give. */
static char *refusal_words(const struct ledger *l, const struct bits_exchange *x)
{
	const struct bits_message *answer = x->answer;
	const struct bits_where *at = &x->answer_at.first;
	const char *capture = run_tell_capture(l->run, at->file);
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
	g_string_append_printf(out, ", frame %u%s%s", at->frame, capture != NULL ? " of " : "",
			       capture != NULL ? capture : "");
	return g_string_free(out, FALSE);
}

static bool is_refusal(const struct bits_exchange *x)
{
	if (x->outcome != BITS_OUTCOME_REFUSED || x->request->packet == BITS_PACKET_GET_REPLY ||
	    x->request->packet == BITS_PACKET_NOTIFICATION)
		return false;
	return !x->session->refused || x->request->packet == BITS_PACKET_CREATE_SESSION;
}

static bool is_progress(const struct bits_exchange *x)
{
	return x->outcome == BITS_OUTCOME_CREATED || x->outcome == BITS_OUTCOME_MORE || x->outcome == BITS_OUTCOME_LAST;
}

static void note_refusal(struct ledger *l, const struct bits_exchange *x)
{
	struct ledger_slip *slip = slip_of(l, x->session->ordinal);
	g_autofree char *words = slip->is_refused ? NULL : refusal_words(l, x);

	slip->is_refused = true;
	if (words != NULL)
		add_note(l, x->session->ordinal, NOTE_REFUSAL, words, strlen(words) + 1);
	else
		add_note(l, x->session->ordinal, NOTE_REFUSED_AGAIN, "", 0);
}

void ledger_answer(struct ledger *l, const struct bits_exchange *x)
{
	if (x->session == NULL || x->request == NULL)
		return;
	if (is_progress(x) && x->session->ordinal <= l->slips->n)
		slip_of(l, x->session->ordinal)->is_refused = false;
	else if (is_refusal(x))
		note_refusal(l, x);
}

static bool leave_out(struct ledger *l)
{
	l->run->findings_left_out++;
	return false;
}

bool ledger_keep(struct ledger *l, uint64_t ordinal, json_t *finding)
{
	g_autofree char *line = NULL;
	struct ledger_slip *slip;
	int severity = record_severity(finding);

	if (ordinal == 0 && l->loose->len >= LEDGER_FINDINGS_MOST)
		return leave_out(l);
	if (ordinal == 0) {
		g_ptr_array_add(l->loose, json_incref(finding));
		return true;
	}
	slip = slip_of(l, ordinal);
	slip->has_findings = true;
	if (severity >= 0 && record_is(finding, "decision", "proven"))
		slip->findings[severity]++;
	if (slip->kept >= LEDGER_FINDINGS_MOST)
		return leave_out(l);
	slip->kept++;
	line = record_line(finding);
	add_note(l, ordinal, NOTE_FINDING, line, strlen(line));
	return true;
}

json_t *ledger_finding(struct ledger *l, const struct bits_finding *f)
{
	uint64_t ordinal = f->session != NULL ? f->session->ordinal : 0;
	json_t *record;

	if (f->undecided && f->severity > BITS_NOTE && ordinal != 0)
		slip_of(l, ordinal)->doubted |= (uint8_t)(1U << f->fault);
	else if (f->undecided && f->severity > BITS_NOTE)
		l->doubted |= 1U << f->fault;
	if (f->undecided && !l->run->options->undecided)
		return NULL;
	record = record_finding(&l->run->names, f);
	if (!ledger_keep(l, ordinal, record))
		g_clear_pointer(&record, json_decref);
	return record;
}

static void tell_loss(const struct ledger *l, const GError *error)
{
	complain("some of the result is missing: %s", error->message);
	l->run->troubles |= TROUBLE_OUTPUT;
}

/* False at the end of the chain, and where it cannot be read on. */
static bool read_note(const struct ledger *l, uint64_t *place, struct journal_note *head, GByteArray *bytes)
{
	g_autoptr(GError) error = NULL;

	if (*place == 0)
		return false;
	if (!journal_read(l->journal, *place, head, bytes, &error)) {
		tell_loss(l, error);
		return false;
	}
	*place = head->before;
	return true;
}

/* Its latest one, without how many followed; NULL: none. */
static char *refusal_of(const struct ledger *l, uint64_t ordinal)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct journal_note head;
	uint64_t place = ordinal <= l->slips->n ? slip_of(l, ordinal)->latest : 0;

	while (read_note(l, &place, &head, bytes))
		if (head.kind == NOTE_REFUSAL)
			return g_strdup((const char *)bytes->data);
	return NULL;
}

static void join_refusals(struct ledger *l, uint64_t from, uint64_t into)
{
	g_autofree char *words = slip_of(l, from)->is_refused && !slip_of(l, into)->is_refused ? refusal_of(l, from) : NULL;

	if (words == NULL)
		return;
	add_note(l, into, NOTE_REFUSAL, words, strlen(words) + 1);
	slip_of(l, into)->is_refused = true;
}

void ledger_joined(struct ledger *l, const struct bits_session *from, const struct bits_session *into)
{
	g_autoptr(GPtrArray) findings = ledger_findings(l, from->ordinal);

	slip_of(l, into->ordinal)->doubted |= slip_of(l, from->ordinal)->doubted;
	join_refusals(l, from->ordinal, into->ordinal);
	for (guint i = 0; i < findings->len; i++) {
		json_t *finding = g_ptr_array_index(findings, i);

		json_object_set_new(finding, "session", json_integer((json_int_t)into->ordinal));
		ledger_keep(l, into->ordinal, finding);
	}
}

/* Once for those that were lost since it was told last. */
static void tell_lost_slips(const struct ledger *l)
{
	if (l->slips->error != NULL)
		tell_loss(l, l->slips->error);
	g_clear_error(&l->slips->error);
}

/* ---- the end of the captures ----------------------------------------------------------------------------------- */

static void close_slip(struct ledger *l, struct ledger_slip *slip)
{
	bool cut_off = (l->run->troubles & TROUBLE_DAMAGE) && slip->outcome == BITS_ENDING_OPEN;

	l->sessions++;
	slip->is_partial |= l->run->dropped || cut_off; /* what is missing may be of this session */
	for (unsigned i = 0; i < BITS_N_SEVERITIES; i++)
		if (slip->findings[i] > 0)
			run_weigh_severity(l->run, (int)i);
}

void ledger_close(struct ledger *l)
{
	for (uint64_t ordinal = 1; ordinal <= l->slips->n; ordinal++)
		if (slip_of(l, ordinal)->has_ended)
			close_slip(l, slip_of(l, ordinal));
	tell_lost_slips(l);
	if (l->run->options->session != NULL) {
		g_ptr_array_set_size(l->loose, 0);
		if (l->sessions == 0)
			run_miss_session(l->run);
	}
	for (guint i = 0; i < l->loose->len; i++)
		run_weigh(l->run, g_ptr_array_index(l->loose, i));
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

const struct ledger_slip *ledger_next(const struct ledger *l, uint64_t *ordinal)
{
	while (*ordinal < l->slips->n) {
		const struct ledger_slip *slip = slip_of(l, ++*ordinal);

		if (slip->has_ended)
			return slip;
	}
	tell_lost_slips(l);
	return NULL;
}

static json_t *finding_in(const GByteArray *bytes)
{
	return json_loadb((const char *)bytes->data, bytes->len, JSON_ALLOW_NUL, NULL);
}

static void reverse(GPtrArray *a)
{
	for (guint i = 0; i < a->len / 2; i++) {
		gpointer other = a->pdata[i];

		a->pdata[i] = a->pdata[a->len - 1 - i];
		a->pdata[a->len - 1 - i] = other;
	}
}

GPtrArray *ledger_findings(const struct ledger *l, uint64_t ordinal)
{
	GPtrArray *findings = g_ptr_array_new_with_free_func(unref_record);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct journal_note head;
	uint64_t place = ordinal <= l->slips->n ? slip_of(l, ordinal)->latest : 0;

	while (read_note(l, &place, &head, bytes))
		if (head.kind == NOTE_FINDING)
			g_ptr_array_add(findings, finding_in(bytes));
	reverse(findings);
	return findings;
}

bool ledger_note(const struct ledger *l, uint64_t ordinal, struct session_note *note, GByteArray *bytes)
{
	struct journal_note head;
	uint64_t place = slip_of(l, ordinal)->latest;

	while (read_note(l, &place, &head, bytes)) {
		if (head.kind != NOTE_SESSION)
			continue;
		session_note_look(note, bytes);
		return true;
	}
	return false;
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
static void blame(json_t *session, const json_t *finding)
{
	json_t *blamed = json_object_get(session, "at_fault");
	const char *fault = record_text(finding, "fault");

	if (!record_is(finding, "decision", "proven"))
		return;
	if (record_is(finding, "severity", "error") && g_strcmp0(fault, "none") != 0 && !is_named(blamed, fault))
		json_array_append_new(blamed, json_string(fault));
}

static void open_session(const struct ledger *l, struct ledger_entry *e, const GByteArray *bytes)
{
	struct session_note note;

	session_note_read(&note, bytes);
	e->session = record_session(&l->run->names, &note.session, &note.content);
	if (note.content.place != NULL)
		e->file = record_file(e->session, note.content.place);
	session_note_clear(&note);
}

/* What was not known yet when it ended. */
static void complete(struct ledger_entry *e)
{
	if (e->session == NULL)
		return;
	if (e->slip.is_partial)
		json_object_set_new(e->session, "evidence", json_string("partial"));
	for (unsigned i = 0; i < BITS_N_SEVERITIES; i++)
		json_object_set_new(json_object_get(e->session, "findings"), bits_severity_name((enum bits_severity)i),
				    json_integer(e->slip.findings[i]));
	for (guint i = 0; i < e->findings->len; i++)
		blame(e->session, g_ptr_array_index(e->findings, i));
}

static char *refused_words(const char *first, unsigned behind)
{
	return behind == 0   ? g_strdup(first)
	       : behind == 1 ? g_strdup_printf("%s; another refusal followed", first)
			     : g_strdup_printf("%s; %u other refusals followed", first, behind);
}

/* From the latest note back: of sessions and refusals the latest stands. */
void ledger_open(const struct ledger *l, uint64_t ordinal, struct ledger_entry *e)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct journal_note head;
	unsigned behind = 0;
	uint64_t place;

	*e = (struct ledger_entry){ .ordinal = ordinal, .findings = g_ptr_array_new_with_free_func(unref_record) };
	e->slip = *slip_of(l, ordinal);
	place = e->slip.latest;
	while (read_note(l, &place, &head, bytes)) {
		if (head.kind == NOTE_FINDING)
			g_ptr_array_add(e->findings, finding_in(bytes));
		else if (head.kind == NOTE_SESSION && e->session == NULL)
			open_session(l, e, bytes);
		else if (head.kind == NOTE_REFUSAL && e->refusal == NULL && e->slip.is_refused)
			e->refusal = refused_words((const char *)bytes->data, behind);
		else if (head.kind == NOTE_REFUSED_AGAIN)
			behind++;
	}
	reverse(e->findings);
	complete(e);
}

void ledger_entry_clear(struct ledger_entry *e)
{
	json_decref(e->session);
	json_decref(e->file);
	g_ptr_array_unref(e->findings);
	g_free(e->refusal);
}

/* ---- printing -------------------------------------------------------------------------------------------------- */

static void print_all(const GPtrArray *records, struct output *out)
{
	for (guint i = 0; i < records->len; i++)
		output_record(out, g_ptr_array_index(records, i));
}

static void print_entry(const struct ledger_entry *e, struct output *out)
{
	if (e->session != NULL)
		output_record(out, e->session);
	print_all(e->findings, out);
	if (e->file != NULL)
		output_record(out, e->file);
}

void ledger_print(const struct ledger *l, struct output *out, bool only_found)
{
	const struct ledger_slip *slip;

	for (uint64_t ordinal = 0; !output_is_closed(out) && (slip = ledger_next(l, &ordinal)) != NULL;) {
		struct ledger_entry e;

		if (only_found && !slip->has_findings)
			continue;
		ledger_open(l, ordinal, &e);
		print_entry(&e, out);
		ledger_entry_clear(&e);
	}
	print_all(l->loose, out);
	run_print_end(l->run, out);
}
