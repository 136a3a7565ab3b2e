/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_options.c - command lines as values; what whole lines do is in test_program.c. */
#include "cli/options.h"

#include <string.h>

#include "cli/commands.h"
#include "core/bits_rules.h"
#include "tests/cm.h"

static const struct command report = { .name = "report", .bit = ON_REPORT, .fail_on = FAIL_NEVER };
static const struct command extract = { .name = "extract", .bit = ON_EXTRACT, .fail_on = FAIL_NEVER };
static const struct command ladder = { .name = "ladder", .bit = ON_LADDER, .fail_on = FAIL_NEVER };
static const struct command cut = { .name = "cut", .bit = ON_CUT, .fail_on = FAIL_NEVER };
static const struct command rules = { .name = "rules", .bit = ON_RULES, .fail_on = FAIL_NEVER };

static void lines_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		const char *name;
		const struct command *command;
		const char *line, *says; /* NULL: accepted */
	} cases[] = {
		{ "a capture", &report, "a.pcap", NULL },
		{ "no capture", &report, "-q", "report needs a capture to read" },
		{ "rules need none", &rules, "-T text", NULL },
		{ "an option of another command", &report, "--force a.pcap", "--force" },
		{ "an unknown form", &report, "-T xml a.pcap", "-T knows text, ndjson, not 'xml'" },
		{ "a picture of a ladder", &ladder, "-T svg a.pcap", NULL },
		{ "a picture of a report", &report, "-T svg a.pcap", "-T knows text, ndjson, not 'svg'" },
		{ "the catalogue as a page", &rules, "-T markdown", NULL },
		{ "a page of a report", &report, "-T markdown a.pcap", "-T knows text, ndjson, not 'markdown'" },
		{ "a ladder has no records", &ladder, "-T ndjson a.pcap", "`bitspect packets -T ndjson`" },
		{ "an unknown colour", &report, "--color=pink a.pcap", "--color knows auto, always, never" },
		{ "an unknown severity", &report, "--fail-on fatal a.pcap", "--fail-on knows note, warning, error" },
		{ "a filter that is none", &report, "-f tcp[ a.pcap", "" },
		{ "extract without a folder", &extract, "a.pcap", "-d DIR" },
		{ "extract without hashes", &extract, "--no-hash -d x a.pcap", "--no-hash" },
		{ "cut with a session and a file", &cut, "--session 1 -w out a.pcap", NULL },
		{ "cut without a session", &cut, "-w out a.pcap", "--session N" },
		{ "cut without a file", &cut, "--session 1 a.pcap", "-w OUT" },
		{ "cut without a capture", &cut, "--session 1 -w out", "cut needs a capture to read" },
		{ "cut makes no records", &cut, "--session 1 -w out -T ndjson a.pcap", "-T" },
		{ "report makes no capture", &report, "-w out a.pcap", "-w" },
		{ "two sessions", &report, "--session 1 --session=2 a.pcap", "--session is given twice" },
		{ "two captures", &report, "-r a.pcap -rb.pcap", NULL },
		{ "an unknown form behind its letter", &report, "-Txml a.pcap", "-T knows text, ndjson, not 'xml'" },
		{ "help needs nothing else", &extract, "--help", NULL },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) argv = g_strsplit(cases[i].line, " ", -1);
		g_autoptr(GError) error = NULL;
		g_autoptr(options_handle) o = options_parse(cases[i].command, (const char *const *)argv, &error);

		expect_in_row(cases[i].name, (o != NULL) == (cases[i].says == NULL));
		expect_in_row(cases[i].name, o || strstr(error->message, cases[i].says));
		expect_in_row(cases[i].name, o || !strchr(error->message, '\n'));
	}
}

/* As tshark and tcpdump take them. */
static void a_value_may_follow_its_letter(void **state)
{
	static const char *const argv[] = { "-Tndjson", "-o-Tsvg", "-r", "-rest.pcap", "-qf", "tcp", "--", "-Tx", NULL };
	g_autoptr(options_handle) o = options_parse(&report, argv, NULL);

	(void)state;
	assert_non_null(o);
	assert_int_equal(o->form, FORM_NDJSON);
	assert_string_equal(o->output, "-Tsvg");
	assert_int_equal(o->operands->len, 2);
	assert_string_equal(g_ptr_array_index(o->operands, 0), "-rest.pcap");
	assert_string_equal(g_ptr_array_index(o->operands, 1), "-Tx");
	assert_true(o->quiet && o->filter != NULL);
}

static void values_are_those_of_the_line(void **state)
{
	static const char *const argv[] = { "a.pcap", "-r", "b.pcap", "-T", "ndjson", "--fail-on", "warning", "-o", "out",
					    "--session", "7", "-q", "--undecided", "--no-hash", "--color=never", "--", "-",
					    NULL };
	g_autoptr(options_handle) o = options_parse(&report, argv, NULL);

	(void)state;
	assert_non_null(o);
	assert_int_equal(o->operands->len, 3);
	assert_string_equal(g_ptr_array_index(o->operands, 0), "b.pcap"); /* of -r first */
	assert_string_equal(g_ptr_array_index(o->operands, 1), "a.pcap");
	assert_string_equal(g_ptr_array_index(o->operands, 2), "-");
	assert_int_equal(o->form, FORM_NDJSON);
	assert_int_equal(o->fail_on, BITS_WARNING);
	assert_int_equal(o->color, COLOR_NEVER);
	assert_string_equal(o->output, "out");
	assert_string_equal(o->session, "7");
	assert_null(o->dir);
	assert_null(o->filter);
	assert_true(o->quiet && o->undecided && o->no_hash && !o->force && !o->help && !o->version);
}

static void words_that_are_near_are_found(void **state)
{
	(void)state;
	assert_int_equal(options_distance("report", "report"), 0);
	assert_int_equal(options_distance("report", "repotr"), 1);
	assert_int_equal(options_distance("report", "reprt"), 1);
	assert_int_equal(options_distance("", "abc"), 3);
}

static void a_session_is_meant_by_number_or_id(void **state)
{
	const char *id = "{0D6CFB6A-0000-4000-8000-00805F9B34FB}";

	(void)state;
	assert_true(options_wants(NULL, 1, NULL));
	assert_true(options_wants("1", 1, NULL));
	assert_false(options_wants("1", 11, NULL));
	assert_true(options_wants("0d6cfb6a-0000-4000-8000-00805f9b34fb", 7, id));
	assert_false(options_wants("0d6cfb6a", 7, id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_that_make_no_sense_are_refused),
		cmocka_unit_test(a_value_may_follow_its_letter),
		cmocka_unit_test(values_are_those_of_the_line),
		cmocka_unit_test(words_that_are_near_are_found),
		cmocka_unit_test(a_session_is_meant_by_number_or_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
