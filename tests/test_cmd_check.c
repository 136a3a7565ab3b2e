/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_cmd_check.c - a ruling names who broke what and where to look, and acquits nobody on missing evidence. */
#include <string.h>

#include "core/bits_rules.h"
#include "tests/cm.h"
#include "tests/command.h"

#define S "samples/"

static const struct command check = { .name = "check", .bit = ON_CHECK, .fail_on = BITS_ERROR, .run = cmd_check };

static void the_ruling_is_one_sentence(void **state)
{
	static const struct {
		const char *name, *line, *says;
		int status;
	} cases[] = {
		{ "the client is charged, the server is not", S "violation_pipelined_gobits.pcapng",
		  "client broke pipelined-request once (frames 132, 91, 169); the server answered correctly\n", 1 },
		{ "when it was", S "violation_pipelined_gobits.pcapng", " UTC; the others 0.1 ms before, 0.9 ms after\n", 1 },
		{ "nothing that could be judged", S "snaplen300_gobits.pcap", "nothing to judge: no session could be read\n", 0 },
		{ "where to look", S "violation_pipelined_gobits.pcapng", "            frame.number in {132, 91, 169}\n", 1 },
		{ "where the rule stands", S "violation_pipelined_gobits.pcapng", "MC-BUP 3.1.5.1\n", 1 },
		{ "two connections", S "violation_parallel_lighttpd.pcapng", "client broke parallel-connection", 1 },
		{ "only a note: no rule broken", "--fail-on warning " S "simple_lighttpd.pcapng", "no rule broken\n", 0 },
		{ "a note is nobody's fault", S "error_noproto_lighttpd.pcapng", " nobody's fault\n  note ", 0 },
		{ "a warning is no error", S "error_noproto_lighttpd.pcapng", "no error, 1 warning\n", 0 },
		{ "a note counts where notes are asked for", "--fail-on note " S "simple_lighttpd.pcapng",
		  "no rule broken\n", 1 },
		{ "no acquittal on partial evidence", S "e_gap_one_segment.pcapng",
		  "no breach proven, the evidence is partial\n", 0 },
		{ "what it leaves open accuses nobody", "--undecided " S "e_client_to_server_only.pcapng", " not decided\n",
		  0 },
		{ "no upload at all", "-f udp " S "simple_lighttpd.pcapng",
		  "No BITS upload in what was read; nothing to check.\n", 0 },
		{ "a session that is not there", "--session 9 " S "violation_pipelined_gobits.pcapng",
		  "No session of that number or id in what was read; nothing was checked.\n", 0 },
		{ "an unreadable capture comes before findings", "none.pcap " S "violation_pipelined_gobits.pcapng",
		  "client broke pipelined-request once", 3 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = command_run(&check, cases[i].line);

		print_message("%s\n", cases[i].name);
		if (!strstr(t.out, cases[i].says))
			fail_msg("'%s' is not in:\n%s", cases[i].says, t.out);
		assert_int_equal(t.status, cases[i].status);
	}
}

static void records_are_of_sessions_with_findings_only(void **state)
{
	g_auto(told) t = command_run(&check, "-T ndjson " S "https_tls1.3_dsb.pcapng " S "violation_pipelined_gobits.pcapng");

	(void)state;
	assert_int_equal(t.status, 1);
	assert_int_equal(command_records(t.out, "session"), 1);
	assert_int_equal(command_records(t.out, "finding"), 2);
	assert_int_equal(command_records(t.out, "input"), 2);
	assert_non_null(strstr(t.out, "\"at_fault\":[\"client\"]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ruling_is_one_sentence),
		cmocka_unit_test(records_are_of_sessions_with_findings_only),
	};

	return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
