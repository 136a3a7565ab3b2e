/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_cmd_packets.c - one line per packet, in order, whole when it is printed, and never without its numbers. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/cm.h"
#include "tests/command.h"

#define S "samples/"

static const struct command packets = { .name = "packets", .bit = ON_PACKETS, .fail_on = FAIL_NEVER,
					.run = cmd_packets };

static void the_lines_tell_each_packet(void **state)
{
	static const struct {
		const char *name, *line, *says;
		int status;
	} cases[] = {
		{ "a head line", S "simple_lighttpd.pcapng", "frame        time  client, server", 0 },
		{ "a request with its range and total", S "simple_lighttpd.pcapng", "Fragment        [32768, 35149) of 35149\n",
		  0 },
		{ "an answer with what it answers", S "simple_lighttpd.pcapng", "Ack             200 to 46, has 35149\n", 0 },
		{ "an answer with an error of the server", S "error_400_range_lighttpd.pcapng",
		  "Ack             400 to 8, E_INVALIDARG\n", 0 },
		{ "the client stands left, the arrow tells who speaks", S "simple_lighttpd.pcapng",
		  "10.77.0.2:45878 <- 10.77.0.1:80 ", 0 },
		{ "a finding below its packet", S "violation_pipelined_gobits.pcapng",
		  "\n  error     pipelined-request by the client, frames 132, 91, 169\n", 0 },
		{ "the same with an exit status", "--fail-on error " S "violation_pipelined_gobits.pcapng",
		  "pipelined-request", 1 },
		{ "of which capture a frame is, where there are several", S "violation_pipelined_gobits.pcapng " S "simple_lighttpd.pcapng",
		  "or status\nsimple_lighttpd.pcapng\n", 0 },
		{ "an answer to nothing that was seen", S "snaplen300_gobits.pcap", " to no request seen", 0 },
		{ "nothing to tell", "-f udp " S "simple_lighttpd.pcapng", "No BITS packet in what was read.\n", 0 },
		{ "a capture that is missing", "none.pcap", "", 3 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = command_run(&packets, cases[i].line);

		print_message("%s\n", cases[i].name);
		if (!strstr(t.out, cases[i].says))
			fail_msg("'%s' is not in:\n%s", cases[i].says, t.out);
		assert_int_equal(t.status, cases[i].status);
	}
}

/* Its Create-Session comes before anybody knows the id; the refused session beside it never has one. */
static void an_id_means_the_whole_session(void **state)
{
	static const struct {
		const char *id, *number, *first;
	} cases[] = {
		{ "4881ddb5-d380-402c-a7da-29e8a08095bf", "2", "\n     20 " },
		{ "{4881DDB5-D380-402C-A7DA-29E8A08095BF}", "2", "\n     20 " },
		{ "cfb41309-5bb7-47c0-a2e2-bee88ab7800c", "1", "\n      4 " },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *by_id = g_strdup_printf("--undecided --session %s " S "odd_names_gobits.pcapng", cases[i].id);
		g_autofree char *by_number = g_strdup_printf("--undecided --session %s " S "odd_names_gobits.pcapng", cases[i].number);
		g_auto(told) t = command_run(&packets, by_id), other = command_run(&packets, by_number);

		assert_non_null(strstr(t.out, cases[i].first));
		assert_string_equal(t.out, other.out);
	}
}

/* Names give way on a narrow screen, numbers never do. */
static void no_number_is_cut_on_any_screen(void **state)
{
	static const char *const widths[] = { "1", "60", "70", "80", "99", "100" };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(widths); i++) {
		g_auto(told) t = { 0 };

		g_setenv("COLUMNS", widths[i], TRUE);
		t = command_run(&packets, S "error_416_gap_gobits.pcapng");
		g_setenv("COLUMNS", "100", TRUE);
		expect_in_row(widths[i], strstr(t.out, "  [180000, 200000)") != NULL);
		expect_in_row(widths[i], strstr(t.out, "  416 to 28, has 20000, S_OK\n") != NULL);
		expect_in_row(widths[i], strstr(t.out, "  200 to 219, has 200000\n") != NULL);
		expect_in_row(widths[i], strstr(t.out, "  /gap.bin\n") != NULL);
	}
}

/* Line by line: frames never fall, and every answer has its times. */
static void records_are_in_order_and_whole(void **state)
{
	g_auto(told) t = command_run(&packets, "-T ndjson " S "simple_lighttpd.pcapng");
	g_auto(GStrv) lines = g_strsplit(t.out, "\n", -1);
	guint64 before = 0;
	unsigned answers = 0;

	(void)state;
	for (char **line = lines; *line; line++) {
		const char *frame = strstr(*line, "\"frame\":");

		if (command_records(*line, "packet") == 0)
			continue;
		assert_true(g_ascii_strtoull(frame + 8, NULL, 10) >= before);
		before = g_ascii_strtoull(frame + 8, NULL, 10);
		assert_null(strstr(*line, "\"last_frame\":null"));
		if (strstr(*line, "\"is_request\":true"))
			continue;
		answers++;
		assert_null(strstr(*line, "\"response_time_ns\":null"));
		assert_null(strstr(*line, "\"request_frame\":null"));
	}
	assert_int_equal(answers, 8);
	assert_int_equal(command_records(t.out, "packet"), 16);
	assert_int_equal(command_records(t.out, "input"), 1);
	assert_int_equal(command_records(t.out, "stats"), 1);
}

static void one_session_of_many(void **state)
{
	g_auto(told) one = command_run(&packets, "-T ndjson --session 2 " S "odd_names_gobits.pcapng");

	(void)state;
	assert_true(command_records(one.out, "packet") > 0);
	assert_int_equal(command_records(one.out, "packet") + command_records(one.out, "finding"),
			 command_times(one.out, "\"session\":2,"));
}

/* `| head`: the rest is not wanted, and that is no failure. */
static void a_reader_that_has_gone_is_no_error(void **state)
{
	int ends[2], saved = dup(1), status;
	g_auto(GStrv) argv = g_strsplit(S "odd_names_gobits.pcapng", " ", -1);
	g_autoptr(options_handle) o = options_parse(&packets, (const char *const *)argv, NULL);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	fflush(stdout);
	dup2(ends[1], 1);
	status = packets.run(&packets, o);
	dup2(saved, 1);
	close(saved);
	close(ends[1]);
	clearerr(stdout);
	assert_int_equal(status, 0);
}

static void a_full_disk_is_one(void **state)
{
	g_auto(told) t = command_run(&packets, "-o /dev/full " S "odd_names_gobits.pcapng");

	(void)state;
	assert_int_equal(t.status, 5);
	assert_int_equal(command_times(t.err, "\n"), 1);
	assert_non_null(strstr(t.err, "/dev/full"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lines_tell_each_packet),
		cmocka_unit_test(an_id_means_the_whole_session),
		cmocka_unit_test(no_number_is_cut_on_any_screen),
		cmocka_unit_test(records_are_in_order_and_whole),
		cmocka_unit_test(one_session_of_many),
		cmocka_unit_test(a_reader_that_has_gone_is_no_error),
		cmocka_unit_test(a_full_disk_is_one),
	};

	return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
