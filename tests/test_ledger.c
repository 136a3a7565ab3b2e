/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_ledger.c - whatever comes in whatever order, the records are printed by session, and counted once. */
#include "cli/ledger.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cm.h"
#include "tests/command.h"

struct desk {
	struct options o;
	struct run run;
	struct ledger ledger;
};

static struct desk *desk_new(void)
{
	struct desk *d = g_new0(struct desk, 1);

	d->o.operands = g_ptr_array_new();
	d->o.fail_on = FAIL_NEVER;
	run_init(&d->run, &d->o);
	d->run.stats = json_pack("{s:s}", "event_type", "stats");
	ledger_init(&d->ledger, &d->run);
	return d;
}

static void desk_free(struct desk *d)
{
	ledger_clear(&d->ledger);
	run_clear(&d->run);
	g_ptr_array_unref(d->o.operands);
	g_free(d);
}
typedef struct desk desk;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(desk, desk_free)

static struct bits_session session_of(uint64_t ordinal, const char *id, enum bits_state state)
{
	struct bits_session s = { .ordinal = ordinal, .id = (char *)id, .state = state };

	s.upload.size = BITS_SIZE_UNKNOWN;
	s.first.frame = (uint32_t)ordinal;
	return s;
}

static void add_session(struct desk *d, uint64_t ordinal, const char *id)
{
	struct bits_session s = session_of(ordinal, id, BITS_STATE_RECEIVE);

	ledger_session(&d->ledger, &s, &(struct record_content){ 0 });
}

/* A session whose file was extracted. */
static void add_file(struct desk *d, uint64_t ordinal)
{
	g_autoptr(GPtrArray) others = g_ptr_array_new();
	const struct record_place place = { .stored = "files/a", .others = others };
	struct bits_session s = session_of(ordinal, NULL, BITS_STATE_RECEIVE);

	ledger_session(&d->ledger, &s, &(struct record_content){ .place = &place });
}

static void add_finding(struct desk *d, uint64_t ordinal, enum bits_severity severity, enum bits_fault fault,
			bool undecided)
{
	struct bits_session s = session_of(ordinal, NULL, BITS_STATE_RECEIVE);
	struct bits_finding f = { .rule = BITS_RULE_HEAD_LOST, .severity = severity, .fault = fault,
				  .undecided = undecided, .session = ordinal ? &s : NULL, .n_at = 1 };

	json_decref(ledger_finding(&d->ledger, &f));
}

/* "s1 f s3 f ." of what is printed: sessions with their ordinals, findings, files, the end. */
static char *printed(const struct desk *d, bool only_found)
{
	char *text = NULL;
	size_t n = 0;
	struct output out = { .file = open_memstream(&text, &n), .ndjson = true };
	g_auto(GStrv) lines = NULL;
	GString *short_form = g_string_new(NULL);

	ledger_print(&d->ledger, &out, only_found);
	fclose(out.file);
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; **line; line++) {
		const char *ordinal = strstr(*line, "\"bits\":{\"session\":");

		if (command_records(*line, "session"))
			g_string_append_printf(short_form, "s%u ", (unsigned)g_ascii_strtoull(ordinal + 18, NULL, 10));
		else if (command_records(*line, "finding"))
			g_string_append(short_form, "f ");
		else if (command_records(*line, "file"))
			g_string_append(short_form, "F ");
		else
			g_string_append(short_form, ".");
	}
	free(text);
	return g_string_free(short_form, FALSE);
}

static void sessions_are_printed_in_order_each_with_its_findings(void **state)
{
	g_autoptr(desk) d = desk_new();
	g_autofree char *all = NULL, *found = NULL;

	(void)state;
	add_finding(d, 2, BITS_ERROR, BITS_FAULT_CLIENT, false); /* before its session ended */
	add_session(d, 3, NULL);
	add_finding(d, 0, BITS_NOTE, BITS_FAULT_NONE, false);
	add_file(d, 1);
	add_session(d, 2, NULL);
	add_finding(d, 3, BITS_NOTE, BITS_FAULT_NONE, false);
	add_finding(d, 3, BITS_NOTE, BITS_FAULT_NONE, false);
	add_finding(d, 9, BITS_NOTE, BITS_FAULT_NONE, false); /* of one that never ended: not a session of this run */
	ledger_close(&d->ledger);
	all = printed(d, false);
	found = printed(d, true);
	assert_string_equal(all, "s1 F s2 f s3 f f f .");
	assert_string_equal(found, "s2 f s3 f f f .");
}

/* A Create-Session's session turned out to be one that was open already. */
static void a_joined_session_brings_its_findings(void **state)
{
	struct bits_session from = session_of(1, NULL, BITS_STATE_INIT), into = session_of(2, NULL, BITS_STATE_RECEIVE);
	g_autoptr(desk) d = desk_new();
	struct ledger_entry e;
	g_autofree char *all = NULL;

	(void)state;
	add_finding(d, 1, BITS_ERROR, BITS_FAULT_CLIENT, false);
	ledger_joined(&d->ledger, &from, &into);
	add_session(d, 2, NULL);
	ledger_close(&d->ledger);
	all = printed(d, false);
	assert_string_equal(all, "s2 f .");
	ledger_open(&d->ledger, 2, &e);
	assert_int_equal(record_number(g_ptr_array_index(e.findings, 0), "session", 0), 2);
	assert_int_equal(record_number(json_object_get(e.session, "findings"), "error", 0), 1);
	ledger_entry_clear(&e);
}

static void nothing_at_all_is_the_end_alone(void **state)
{
	g_autoptr(desk) d = desk_new();
	g_autofree char *all = NULL;

	(void)state;
	ledger_close(&d->ledger);
	all = printed(d, false);
	assert_string_equal(all, ".");
}

static void session_means_one_and_its_findings(void **state)
{
	static const struct {
		const char *name, *wanted, *printed;
	} cases[] = {
		{ "by number", "2", "s2 f ." },
		{ "by id, in any spelling", "{0D6CFB6A-0000-4000-8000-00805F9B34FB}", "s1 ." },
		{ "one that is not there", "7", "." },
		{ "a number that is a part of another", "", "." },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(desk) d = desk_new();
		g_autofree char *have = NULL;

		d->o.session = (char *)cases[i].wanted;
		add_session(d, 1, "0d6cfb6a-0000-4000-8000-00805f9b34fb");
		add_session(d, 2, NULL);
		add_finding(d, 2, BITS_NOTE, BITS_FAULT_NONE, false);
		add_finding(d, 0, BITS_NOTE, BITS_FAULT_NONE, false); /* of none: not meant */
		ledger_close(&d->ledger);
		have = printed(d, false);
		print_message("%s\n", cases[i].name);
		assert_string_equal(have, cases[i].printed);
	}
}

static void findings_are_counted_into_their_session(void **state)
{
	static const struct {
		const char *name;
		enum bits_severity severity;
		enum bits_fault fault;
		bool undecided;
		uint64_t errors, warnings;
		size_t blamed;
	} cases[] = {
		{ "an error of the client", BITS_ERROR, BITS_FAULT_CLIENT, false, 2, 0, 1 },
		{ "an error of nobody", BITS_ERROR, BITS_FAULT_NONE, false, 2, 0, 0 },
		{ "a warning blames nobody", BITS_WARNING, BITS_FAULT_SERVER, false, 0, 2, 0 },
		{ "undecided ones are shown and count against nobody", BITS_ERROR, BITS_FAULT_CLIENT, true, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(desk) d = desk_new();
		struct ledger_entry e;

		d->o.undecided = true;
		add_session(d, 1, NULL);
		add_finding(d, 1, cases[i].severity, cases[i].fault, cases[i].undecided);
		add_finding(d, 1, cases[i].severity, cases[i].fault, cases[i].undecided);
		ledger_close(&d->ledger);
		ledger_open(&d->ledger, 1, &e);
		expect_in_row(cases[i].name, e.findings->len == 2);
		expect_in_row(cases[i].name, record_number(e.session, "findings.error", 9) == cases[i].errors);
		expect_in_row(cases[i].name, record_number(e.session, "findings.warning", 9) == cases[i].warnings);
		expect_in_row(cases[i].name, json_array_size(record_at(e.session, "at_fault")) == cases[i].blamed);
		expect_in_row(cases[i].name, e.slip.findings[BITS_ERROR] == cases[i].errors);
		ledger_entry_clear(&e);
	}
}

/* A capture may be made so that each of its packets breaks a rule. */
static void of_too_many_findings_the_number_is_told(void **state)
{
	g_autoptr(desk) d = desk_new();
	struct ledger_entry e;

	(void)state;
	add_session(d, 1, NULL);
	for (unsigned i = 0; i < LEDGER_FINDINGS_MOST + 5; i++) {
		add_finding(d, 1, BITS_ERROR, BITS_FAULT_CLIENT, false);
		add_finding(d, 0, BITS_ERROR, BITS_FAULT_CLIENT, false);
	}
	ledger_close(&d->ledger);
	ledger_open(&d->ledger, 1, &e);
	assert_int_equal(e.findings->len, LEDGER_FINDINGS_MOST);
	assert_int_equal(record_number(e.session, "findings.error", 0), LEDGER_FINDINGS_MOST + 5);
	assert_int_equal(d->ledger.loose->len, LEDGER_FINDINGS_MOST);
	assert_int_equal(d->ledger.run->findings_left_out, 10);
	assert_null(ledger_finding(&d->ledger, &(struct bits_finding){ .rule = BITS_RULE_HEAD_LOST, .n_at = 1 }));
	ledger_entry_clear(&e);
}

static void undecided_ones_are_dropped_unless_asked_for(void **state)
{
	g_autoptr(desk) d = desk_new();
	struct ledger_entry e;

	(void)state;
	add_session(d, 1, NULL);
	add_finding(d, 1, BITS_ERROR, BITS_FAULT_CLIENT, true);
	add_finding(d, 0, BITS_ERROR, BITS_FAULT_CLIENT, true);
	ledger_close(&d->ledger);
	ledger_open(&d->ledger, 1, &e);
	assert_int_equal(e.findings->len, 0);
	assert_int_equal(e.slip.doubted, 1U << BITS_FAULT_CLIENT);
	ledger_entry_clear(&e);
	assert_int_equal(d->ledger.loose->len, 0);
}

static void what_is_missing_makes_the_evidence_partial(void **state)
{
	static const struct {
		const char *name;
		enum bits_state state; /* of the session */
		bool dropped, damaged;
		const char *evidence;
	} cases[] = {
		{ "a sound capture", BITS_STATE_RECEIVE, false, false, "whole" },
		{ "frames were dropped", BITS_STATE_CANCELLED, true, false, "partial" },
		{ "a damaged capture, and it did not end", BITS_STATE_RECEIVE, false, true, "partial" },
		{ "a damaged capture, and it had ended", BITS_STATE_CANCELLED, false, true, "whole" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(desk) d = desk_new();
		struct bits_session s = session_of(1, NULL, cases[i].state);
		struct ledger_entry e;

		d->run.dropped = cases[i].dropped;
		d->run.troubles = cases[i].damaged ? TROUBLE_DAMAGE : 0;
		ledger_session(&d->ledger, &s, &(struct record_content){ 0 });
		ledger_close(&d->ledger);
		ledger_open(&d->ledger, 1, &e);
		expect_in_row(cases[i].name, g_strcmp0(record_text(e.session, "evidence"), cases[i].evidence) == 0);
		ledger_entry_clear(&e);
	}
}

static bool refusal_is(const struct desk *d, const char *words)
{
	struct ledger_entry e = { 0 };
	bool is_it;

	if (d->ledger.slips->n == 0) /* nothing was ever said of it */
		return words == NULL;
	ledger_open(&d->ledger, 1, &e);
	is_it = g_strcmp0(e.refusal, words) == 0;
	ledger_entry_clear(&e);
	return is_it;
}

static void a_refused_session_remembers_the_answer(void **state)
{
	static const struct {
		const char *name;
		enum bits_packet packet;
		enum bits_outcome outcome;
		const char *reason;
		unsigned status;
		uint64_t code; /* beyond 32 bits: none */
		const char *words;
	} cases[] = {
		{ "a status and its reason", BITS_PACKET_CREATE_SESSION, BITS_OUTCOME_REFUSED, "Forbidden", 403, UINT64_MAX,
		  "403 Forbidden, frame 6" },
		{ "a status alone", BITS_PACKET_CREATE_SESSION, BITS_OUTCOME_REFUSED, "", 501, UINT64_MAX, "501, frame 6" },
		{ "a code with a name", BITS_PACKET_CREATE_SESSION, BITS_OUTCOME_REFUSED, "Bad", 400, 0x80070057,
		  "400 Bad, 0x80070057 (E_INVALIDARG), frame 6" },
		{ "a code without one", BITS_PACKET_CREATE_SESSION, BITS_OUTCOME_REFUSED, "Bad", 400, 0x12345678,
		  "400 Bad, 0x12345678, frame 6" },
		{ "one that was created", BITS_PACKET_CREATE_SESSION, BITS_OUTCOME_CREATED, "OK", 200, UINT64_MAX, NULL },
		{ "a challenge", BITS_PACKET_CREATE_SESSION, BITS_OUTCOME_CHALLENGED, "Who?", 401, UINT64_MAX, NULL },
		{ "a Fragment", BITS_PACKET_FRAGMENT, BITS_OUTCOME_REFUSED, "Too Large", 413, UINT64_MAX,
		  "413 Too Large, to a Fragment, frame 6" },
		{ "another word", BITS_PACKET_UNKNOWN, BITS_OUTCOME_REFUSED, "Bad", 400, UINT64_MAX, "400 Bad, to an unknown packet, frame 6" },
		{ "a download is none of the upload's", BITS_PACKET_GET_REPLY, BITS_OUTCOME_REFUSED, "Gone", 404, UINT64_MAX, NULL },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(desk) d = desk_new();
		struct bits_session s = session_of(1, NULL, BITS_STATE_INIT);
		struct bits_message request = { .is_request = true, .packet = cases[i].packet };
		struct bits_message answer = { .status = cases[i].status, .reason = bits_str_of(cases[i].reason) };
		struct bits_exchange x = { .session = &s, .request = &request, .answer = &answer,
					   .outcome = cases[i].outcome };
		g_autofree char *again = NULL;

		if (cases[i].code <= UINT32_MAX) {
			answer.has = BITS_FIELD_BIT(BITS_FIELD_ERROR_CODE);
			answer.error_code = (uint32_t)cases[i].code;
		}
		x.answer_at.first.frame = 6;
		ledger_answer(&d->ledger, &x);
		print_message("%s\n", cases[i].name);
		assert_true(refusal_is(d, cases[i].words));
		ledger_answer(&d->ledger, &x); /* the first one stands, and says how many followed */
		s.refused = true; /* by its Create-Session: what is refused behind that does not matter */
		request.packet = BITS_PACKET_CLOSE_SESSION;
		x.answer_at.first.frame = 7;
		ledger_answer(&d->ledger, &x);
		x.session = NULL; /* of no session: nowhere to note it */
		ledger_answer(&d->ledger, &x);
		x.session = &s;
		x.request = NULL;
		ledger_answer(&d->ledger, &x);
		again = cases[i].words != NULL ? g_strconcat(cases[i].words, "; another refusal followed", NULL) : NULL;
		assert_true(refusal_is(d, again));
	}
}

/* A client goes on behind a refusal, and fails for another reason. */
static void what_was_refused_before_something_was_accepted_is_over(void **state)
{
	g_autoptr(desk) d = desk_new();
	struct bits_session s = session_of(1, NULL, BITS_STATE_RECEIVE);
	struct bits_message request = { .is_request = true, .packet = BITS_PACKET_FRAGMENT };
	struct bits_message answer = { .reason = BITS_STR("No") };
	struct bits_exchange x = { .session = &s, .request = &request, .answer = &answer };
	static const struct {
		enum bits_outcome outcome;
		unsigned status;
	} answers[] = {
		{ BITS_OUTCOME_REFUSED, 503 }, { BITS_OUTCOME_REFUSED, 503 }, { BITS_OUTCOME_MORE, 200 },
		{ BITS_OUTCOME_REFUSED, 413 }, { BITS_OUTCOME_REFUSED, 400 }, { BITS_OUTCOME_REFUSED, 400 },
	};

	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(answers); i++) {
		x.outcome = answers[i].outcome;
		answer.status = answers[i].status;
		x.answer_at.first.frame = i + 1;
		ledger_answer(&d->ledger, &x);
	}
	assert_true(refusal_is(d, "413 No, to a Fragment, frame 4; 2 other refusals followed"));
	x.outcome = BITS_OUTCOME_LAST;
	ledger_answer(&d->ledger, &x);
	assert_true(refusal_is(d, NULL));
}

static void what_was_refused_before_two_were_one_is_not_forgotten(void **state)
{
	g_autoptr(desk) d = desk_new();
	struct bits_session into = session_of(1, NULL, BITS_STATE_RECEIVE), from = session_of(2, NULL, BITS_STATE_RECEIVE);
	struct bits_message request = { .is_request = true, .packet = BITS_PACKET_FRAGMENT };
	struct bits_message answer = { .reason = BITS_STR("No"), .status = 503 };
	struct bits_exchange x = { .session = &from, .request = &request, .answer = &answer, .outcome = BITS_OUTCOME_REFUSED,
				   .answer_at.first.frame = 9 };

	(void)state;
	ledger_answer(&d->ledger, &x);
	ledger_joined(&d->ledger, &from, &into);
	assert_true(refusal_is(d, "503 No, to a Fragment, frame 9"));
	x.session = &into;
	ledger_answer(&d->ledger, &x);
	assert_true(refusal_is(d, "503 No, to a Fragment, frame 9; another refusal followed"));
}

static void the_exit_status_heeds_what_is_printed(void **state)
{
	static const struct {
		const char *name, *wanted;
		uint64_t ordinal;
		bool counts;
	} cases[] = {
		{ "a finding of a session", NULL, 1, true },
		{ "a finding of none", NULL, 0, true },
		{ "a finding of another session than the one meant", "2", 1, false },
		{ "a finding of none where one is meant", "2", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(desk) d = desk_new();

		d->o.fail_on = BITS_ERROR;
		d->o.session = (char *)cases[i].wanted;
		add_session(d, 1, NULL);
		add_session(d, 2, NULL);
		add_finding(d, cases[i].ordinal, BITS_ERROR, BITS_FAULT_CLIENT, false);
		ledger_close(&d->ledger);
		expect_in_row(cases[i].name, (d->run.troubles == TROUBLE_FINDINGS) == cases[i].counts);
	}
}

/* More than the journal keeps in memory, in an order that is not that of printing. */
static void many_sessions_are_printed_as_few_are(void **state)
{
	const uint64_t n = 4096;
	g_autoptr(desk) d = desk_new();
	g_autoptr(GString) want = g_string_new(NULL);
	g_autofree char *have = NULL;

	(void)state;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t ordinal = 1 + i * 1357 % n;

		add_finding(d, ordinal, BITS_ERROR, BITS_FAULT_CLIENT, false);
		add_session(d, ordinal, "{0d6cfb6a-0000-4000-8000-00805f9b34fb}");
		g_string_append_printf(want, "s%u f ", (unsigned)i + 1);
	}
	g_string_append_c(want, '.');
	ledger_close(&d->ledger);
	assert_true(d->ledger.journal->stored > 0);
	have = printed(d, false);
	assert_string_equal(have, want->str);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_are_printed_in_order_each_with_its_findings),
		cmocka_unit_test(a_joined_session_brings_its_findings),
		cmocka_unit_test(nothing_at_all_is_the_end_alone),
		cmocka_unit_test(session_means_one_and_its_findings),
		cmocka_unit_test(findings_are_counted_into_their_session),
		cmocka_unit_test(of_too_many_findings_the_number_is_told),
		cmocka_unit_test(undecided_ones_are_dropped_unless_asked_for),
		cmocka_unit_test(what_is_missing_makes_the_evidence_partial),
		cmocka_unit_test(a_refused_session_remembers_the_answer),
		cmocka_unit_test(what_was_refused_before_something_was_accepted_is_over),
		cmocka_unit_test(what_was_refused_before_two_were_one_is_not_forgotten),
		cmocka_unit_test(the_exit_status_heeds_what_is_printed),
		cmocka_unit_test(many_sessions_are_printed_as_few_are),
	};

	gcry_check_version(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
