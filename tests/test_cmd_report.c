/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_cmd_report.c - the screen and the records of `report`, which the goldens hold to the byte; here is what they
 * cannot show: several captures, --session, -o, and what happens where nothing is found. */
#include <string.h>

#include "tests/cm.h"
#include "tests/command.h"

#define S "samples/"

static const struct command report = { .name = "report", .bit = ON_REPORT, .fail_on = FAIL_NEVER, .run = cmd_report };

static void the_screen_says_what_happened(void **state)
{
	static const struct {
		const char *name, *line, *says;
		int status;
	} cases[] = {
		{ "the verdict comes first", S "simple_lighttpd.pcapng", "1 upload complete; no rule broken\n", 0 },
		{ "who broke what", S "violation_pipelined_gobits.pcapng", "client broke pipelined-request once", 0 },
		{ "the same with an exit status", "--fail-on error " S "violation_pipelined_gobits.pcapng",
		  "client broke pipelined-request once", 1 },
		{ "the hash, whole", S "simple_lighttpd.pcapng",
		  "\n  sha256    3972dc9744f6499f0f9b2dbf76696f2ae7ad8af9b23dde66d6af86c9dfb36986\n", 0 },
		{ "no hash where none is wanted", "--no-hash " S "simple_lighttpd.pcapng",
		  "every byte accepted\n  url ", 0 },
		{ "what is missing", S "e_gap_one_segment.pcapng", "missing   [9320, 10768) 1,448 B\n", 0 },
		{ "that evidence is partial", S "e_gap_one_segment.pcapng", "no breach proven, the evidence is partial",
		  0 },
		{ "with which answer an upload was refused", S "error_noproto_lighttpd.pcapng",
		  "\n  refused   400 Bad Request, 0x80070057 (E_INVALIDARG), frame 6\n", 0 },
		{ "the same of one that gave no code", "--session 3 " S "odd_names_gobits.pcapng",
		  "\n  refused   301 Moved Permanently, frame 42\n", 0 },
		{ "notes by name, each once", "--session 3 " S "odd_names_gobits.pcapng",
		  "\n  notes     ack-packet-type-missing (frame 42 and 3 more), fragment-size-windows (frame 44)\n", 0 },
		{ "warnings at length", "--session 3 " S "odd_names_gobits.pcapng",
		  "\n  warning   redirected by the server, frame 42\n            Create-Session answered 301\n", 0 },
		{ "notes of no session", S "snaplen300_gobits.pcap", "\n  notes     head-lost (frame 9 and 1 more)\n", 0 },
		{ "many sessions are a table", S "odd_names_gobits.pcapng", "--session N shows one of them in full.", 0 },
		{ "control bytes of a name are spelt out", S "odd_names_gobits.pcapng", "a\\x09b.bin", 0 },
		{ "one of many that did not arrive", S "odd_names_gobits.pcapng " S "cancel_midway_gobits.pcapng",
		  "\n  missing   [120000, 300000) 180,000 B\n", 0 },
		{ "one of many in full", "--session 3 " S "odd_names_gobits.pcapng", "Session 3; ..\\..\\etc\\passwd; ",
		  0 },
		{ "two captures are one set", S "simple_lighttpd.pcapng " S "simple_gobits.pcapng",
		  "2 uploads complete; no rule broken\n", 0 },
		{ "one of two cannot be read, the other is reported",
		  "none.pcap " S "simple_lighttpd.pcapng", "1 upload complete; no rule broken\n", 3 },
		{ "a filter that passes nothing", "-f udp " S "simple_lighttpd.pcapng",
		  "No BITS upload in what the filter passes.\n", 0 },
		{ "... and what it took away", "-f udp " S "simple_lighttpd.pcapng",
		  "not read  54 frames that 'udp' does not pass\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = command_run(&report, cases[i].line);

		print_message("%s\n", cases[i].name);
		if (!strstr(t.out, cases[i].says))
			fail_msg("'%s' is not in:\n%s", cases[i].says, t.out);
		assert_int_equal(t.status, cases[i].status);
	}
}

static void a_hash_is_whole_on_a_narrow_screen(void **state)
{
	g_auto(told) t = { 0 };

	(void)state;
	g_setenv("COLUMNS", "60", TRUE);
	t = command_run(&report, S "simple_lighttpd.pcapng");
	g_setenv("COLUMNS", "100", TRUE);
	assert_non_null(strstr(t.out, "3972dc9744f6499f0f9b2dbf76696f2ae7ad8af9b23dde66d6af86c9dfb36986\n"));
}

static void records_are_sessions_then_inputs_then_stats(void **state)
{
	g_auto(told) t = command_run(&report, "-T ndjson " S "odd_names_gobits.pcapng " S "simple_gobits.pcapng");

	(void)state;
	assert_int_equal(t.status, 0);
	assert_string_equal(t.err, "");
	assert_int_equal(command_records(t.out, "session"), 12);
	assert_int_equal(command_records(t.out, "input"), 2);
	assert_int_equal(command_records(t.out, "stats"), 1);
	assert_true(strstr(t.out, "\"event_type\":\"input\"") > g_strrstr(t.out, "\"event_type\":\"session\""));
	assert_true(g_strrstr(t.out, "\"event_type\":\"stats\"") > g_strrstr(t.out, "\"event_type\":\"input\""));
}

static void the_order_of_captures_changes_nothing(void **state)
{
	g_auto(told) one = command_run(&report, "-T ndjson " S "simple_lighttpd.pcapng " S "simple_gobits.pcapng");
	g_auto(told) other = command_run(&report, "-T ndjson " S "simple_gobits.pcapng " S "simple_lighttpd.pcapng");

	(void)state;
	assert_int_equal(command_records(one.out, "session"), 2);
	assert_string_equal(one.out, other.out);
}

static void a_file_gets_what_the_screen_would_get(void **state)
{
	g_auto(told) screen = command_run(&report, S "simple_lighttpd.pcapng");
	g_auto(told) file = command_run(&report, "-o out.txt " S "simple_lighttpd.pcapng");
	g_autofree char *text = command_file("out.txt");

	(void)state;
	assert_string_equal(file.out, "");
	assert_string_equal(text, screen.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_screen_says_what_happened),
		cmocka_unit_test(a_hash_is_whole_on_a_narrow_screen),
		cmocka_unit_test(records_are_sessions_then_inputs_then_stats),
		cmocka_unit_test(the_order_of_captures_changes_nothing),
		cmocka_unit_test(a_file_gets_what_the_screen_would_get),
	};

	return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
