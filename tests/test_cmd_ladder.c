/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_cmd_ladder.c - a conversation at a glance: every packet, every hole, and no line too wide. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/bits_rules.h"
#include "tests/cm.h"
#include "tests/command.h"

#define S "samples/"

static const struct command ladder = { .name = "ladder", .bit = ON_LADDER, .fail_on = FAIL_NEVER, .run = cmd_ladder };

static void the_picture_shows_each_thing(void **state)
{
	static const struct {
		const char *name, *line, *says;
		int status;
	} cases[] = {
		{ "whose it is and how it went", S "simple_lighttpd.pcapng", "Session 1; GPL-3.txt; complete, closed\n", 0 },
		{ "a request goes right", S "simple_lighttpd.pcapng", "    10 0.005403  A  |-- Fragment 0-8191/35149 ---", 0 },
		{ "an answer goes left", S "simple_lighttpd.pcapng", "-- 200 next 8192 --|\n    20 ", 0 },
		{ "a refusal", S "error_416_gap_gobits.pcapng", "-- 416 next 20000 --|\n", 0 },
		{ "connections by their ports", S "resume_overlap_gobits.pcapng", "  from port A=43662, B=43668\n", 0 },
		{ "the Ping in the middle of a session", S "resume_overlap_gobits.pcapng", "   111 0.408824  B  |-- Ping ---", 0 },
		{ "time that passed", S "resume_overlap_gobits.pcapng", " 300.6 ms later ", 0 },
		{ "an answer that never came", S "resume_overlap_gobits.pcapng",
		  "   107 0.108222  A  |x.......", 0 },
		{ "and why", S "resume_overlap_gobits.pcapng", " no answer: the client reset the connection ..|\n", 0 },
		{ "an answer that the capture lacks", S "e_missing_one_ack_response.pcapng", "|<......", 0 },
		{ "lost bytes", S "e_gap_one_segment.pcapng", "|.. 1,448 of its bytes were not captured ......", 0 },
		{ "a session without its beginning", S "midsession_sameconn_gobits.pcapng",
		  " the beginning of this session was not captured ", 0 },
		{ "one that was not closed", S "e_client_to_server_only.pcapng", " session not closed: the capture ends ", 0 },
		{ "a finding below its packet", S "violation_pipelined_gobits.pcapng",
		  ">|\n                    | error: pipelined-request by the client, frames 132,", 0 },
		{ "the same with an exit status", "--fail-on error " S "violation_pipelined_gobits.pcapng", "pipelined-request", 1 },
		{ "packets of no session", S "snaplen300_gobits.pcap", "Packets of no session\n", 0 },
		{ "nothing to draw", "-f udp " S "simple_lighttpd.pcapng", "No BITS packet in what was read.\n", 0 },
		{ "a session that is not there", "--session 9 " S "simple_lighttpd.pcapng",
		  "No session of that number or id in what was read.\n", 0 },
		{ "where the next capture begins", S "simple_lighttpd.pcapng " S "simple_gobits.pcapng",
		  "\n-- simple_gobits.pcapng -----", 0 },
		{ "a capture that is missing", "none.pcap", "", 3 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = command_run(&ladder, cases[i].line);

		print_message("%s\n", cases[i].name);
		if (!strstr(t.out, cases[i].says))
			fail_msg("'%s' is not in:\n%s", cases[i].says, t.out);
		assert_int_equal(t.status, cases[i].status);
	}
}

/* Labels give way on a narrow screen, frames never do; no capture of ours makes a line too long. */
static void no_line_is_wider_than_the_screen(void **state)
{
	static const struct {
		const char *columns;
		size_t most;
	} cases[] = { { "", 80 }, { "1", 60 }, { "60", 60 }, { "71", 71 }, { "80", 80 }, { "100", 100 }, { "999", 132 } };
	static const char line[] = S "odd_names_gobits.pcapng " S "violation_parallel_lighttpd.pcapng "
				   S "newconn_fail_safebreach.pcapng " S "resume_overlap_gobits.pcapng " S "snaplen300_gobits.pcap";

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = { 0 };
		g_auto(GStrv) lines = NULL;
		size_t longest = 0;

		g_setenv("COLUMNS", cases[i].columns, TRUE);
		t = command_run(&ladder, line);
		g_setenv("COLUMNS", "100", TRUE);
		lines = g_strsplit(t.out, "\n", -1);
		for (char **l = lines; *l != NULL; l++)
			longest = MAX(longest, strlen(*l));
		expect_in_row(cases[i].columns, longest == cases[i].most);
		expect_in_row(cases[i].columns, strstr(t.out, "\n   107 0.108222  A  |x") != NULL);
	}
}

static void one_session_of_many(void **state)
{
	g_auto(told) t = command_run(&ladder, "--session 2 " S "odd_names_gobits.pcapng");

	(void)state;
	assert_non_null(strstr(t.out, "Session 2; q.bin;"));
	assert_int_equal(command_times(t.out, "  from port "), 1);
}

static void what_belongs_to_no_session_is_not_of_one(void **state)
{
	g_auto(told) t = command_run(&ladder, "--session 1 " S "simple_lighttpd.pcapng " S "snaplen300_gobits.pcap");

	(void)state;
	assert_non_null(strstr(t.out, "Session 1; "));
	assert_null(strstr(t.out, "Packets of no session"));
}

/* A proxy, made by hand: 10.0.0.2 -> 10.0.0.1:3128, and on to 10.0.0.9:80. */

struct side {
	uint8_t  client, server;
	uint16_t port;
	uint32_t sent[2];
};

static void put_number(GByteArray *a, uint32_t v, guint bytes)
{
	for (guint i = bytes; i-- > 0;)
		g_byte_array_append(a, &(uint8_t){ (uint8_t)(v >> (8 * i)) }, 1);
}

/* A frame of raw IPv4; checksums are 0, as an offloading card leaves them. */
static void put_segment(GByteArray *a, struct side *s, guint from, uint8_t flags, const char *text)
{
	const uint8_t hosts[] = { s->client, s->server };
	const uint16_t ports[] = { 40000, s->port };
	const guint n = (guint)strlen(text);

	put_number(a, 0, 4); /* time */
	put_number(a, a->len, 4);
	put_number(a, 40 + n, 4);
	put_number(a, 40 + n, 4);
	put_number(a, 0x45000000 | (40 + n), 4);
	put_number(a, 0, 4);
	put_number(a, 0x40060000, 4);
	put_number(a, 0x0a000000 | hosts[from], 4);
	put_number(a, 0x0a000000 | hosts[!from], 4);
	put_number(a, ports[from], 2);
	put_number(a, ports[!from], 2);
	put_number(a, s->sent[from], 4);
	put_number(a, s->sent[!from], 4);
	put_number(a, 0x5000U | flags, 2);
	put_number(a, 0xffff, 2);
	put_number(a, 0, 4);
	g_byte_array_append(a, (const guint8 *)text, n);
	s->sent[from] += n + (flags & 2 ? 1 : 0);
}

static void put_file_header(GByteArray *a)
{
	put_number(a, 0xa1b2c3d4, 4);
	put_number(a, 0x00020004, 4);
	put_number(a, 0, 4);
	put_number(a, 0, 4);
	put_number(a, 65535, 4);
	put_number(a, 101, 4); /* raw IP */
}

static void put_handshake(GByteArray *a, struct side *s)
{
	put_segment(a, s, 0, 0x02, "");
	put_segment(a, s, 1, 0x12, "");
	put_segment(a, s, 0, 0x10, "");
}

static void put_request(GByteArray *a, struct side *s, const char *packet)
{
	g_autofree char *text = g_strdup_printf("BITS_POST /p.bin HTTP/1.1\r\nHost: up\r\nVia: 1.1 lab\r\n"
						"BITS-Packet-Type: %s\r\nBITS-Supported-Protocols: "
						"{7df0354d-249b-430f-820d-3d2a9bef4931}\r\n%sContent-Length: 0\r\n\r\n",
						packet, *packet == 'C' && packet[1] == 'r' ? "" :
						"BITS-Session-Id: {11112222-3333-4444-5555-666677778888}\r\n");

	put_segment(a, s, 0, 0x18, text);
}

static void put_ack(GByteArray *a, struct side *s)
{
	put_segment(a, s, 1, 0x18, "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\n"
		    "BITS-Session-Id: {11112222-3333-4444-5555-666677778888}\r\nContent-Length: 0\r\n\r\n");
}

static void make_proxy_capture(const char *path)
{
	struct side front = { 2, 1, 3128, { 100, 200 } }, back = { 1, 9, 80, { 300, 400 } };
	g_autoptr(GByteArray) a = g_byte_array_new();
	static const char *const packets[] = { "Create-Session", "Close-Session" };

	put_file_header(a);
	put_handshake(a, &front);
	put_handshake(a, &back);
	for (size_t i = 0; i < G_N_ELEMENTS(packets); i++) {
		put_request(a, &front, packets[i]);
		put_request(a, &back, packets[i]);
		put_ack(a, &back);
		put_ack(a, &front);
	}
	assert_true(g_file_set_contents(path, (const char *)a->data, a->len, NULL));
}

static void both_sides_of_a_proxy_are_one_picture(void **state)
{
	g_auto(told) both = { 0 }, back = { 0 };

	(void)state;
	make_proxy_capture("proxy.pcap");
	g_setenv("COLUMNS", "80", TRUE);
	both = command_run(&ladder, "proxy.pcap");
	g_setenv("COLUMNS", "100", TRUE);
	back = command_run(&ladder, "--session 2 proxy.pcap");
	assert_int_equal(command_times(both.out, "\nSession"), 0); /* one title, at the top */
	assert_non_null(strstr(both.out, "Sessions 1 and 2; p.bin; "));
	assert_non_null(strstr(both.out, "  10.0.0.2 "));
	assert_non_null(strstr(both.out, " 10.0.0.1:3128 "));
	assert_non_null(strstr(both.out, " 10.0.0.9:80\n"));
	assert_non_null(strstr(both.out, " A  |-- Create-Session -"));
	assert_non_null(strstr(both.out, " B  |                            |-- Create-Session -"));
	assert_non_null(strstr(back.out, "Session 2; p.bin; "));
	assert_non_null(strstr(back.out, "  see also  same upload as session 1, seen on the other side of a proxy\n"));
	assert_null(strstr(back.out, "10.0.0.1:3128"));
}

/* A hole is drawn only where the capture may have one. */
static void an_answer_that_nobody_asked_for_is_no_hole(void **state)
{
	struct side s = { 2, 1, 80, { 100, 200 } };
	g_autoptr(GByteArray) a = g_byte_array_new();
	g_auto(told) t = { 0 };

	(void)state;
	put_file_header(a);
	put_handshake(a, &s);
	put_request(a, &s, "Create-Session");
	put_ack(a, &s);
	put_segment(a, &s, 0, 0x10, "");
	put_ack(a, &s);
	put_segment(a, &s, 0, 0x11, "");
	put_segment(a, &s, 1, 0x11, "");
	assert_true(g_file_set_contents("unasked.pcap", (const char *)a->data, a->len, NULL));
	t = command_run(&ladder, "unasked.pcap");
	assert_null(strstr(t.out, "request not captured"));
	assert_null(strstr(t.out, "no session"));
	assert_non_null(strstr(t.out, "200 --|\n                    | error: response-without-request by the server, frame 7"));
}

/* A peer chooses names; neither a terminal nor a browser obeys them. */
static void names_are_shown_and_not_obeyed(void **state)
{
	g_auto(told) text = command_run(&ladder, S "odd_names_gobits.pcapng");
	g_auto(told) svg = command_run(&ladder, "-T svg " S "odd_names_gobits.pcapng");

	(void)state;
	assert_non_null(strstr(text.out, "Session 10; a\\x09b.bin; "));
	assert_non_null(strstr(svg.out, "q.bin?sig=a/b&amp;x=../../etc"));
	assert_null(strstr(svg.out, "a\tb.bin"));
	assert_null(strstr(svg.out, "<script"));
}

/* More than lies in memory at a time: the pieces come back in their order, and nothing between them. */
static void a_large_picture_is_whole(void **state)
{
	g_auto(told) t = command_run(&ladder, "-T svg " S "odd_names_gobits.pcapng " S "newconn_fail_safebreach.pcapng "
					      S "auth401_ntlm.pcapng " S "e_legal_retransmitted_requests.pcapng "
					      S "resume_overlap_gobits.pcapng " S "violation_pipelined_gobits.pcapng");
	const char *at = t.out;

	(void)state;
	assert_true(strlen(t.out) > 96 * 1024);
	for (unsigned session = 1; session <= 16; session++) {
		g_autofree char *title = g_strdup_printf(">Session %u · ", session);

		at = strstr(at, title);
		if (at == NULL)
			fail_msg("no session %u", session);
	}
	assert_true(g_utf8_validate(t.out, -1, NULL));
	assert_true(g_str_has_suffix(t.out, "</svg>\n") && strstr(t.out, "</svg>") == t.out + strlen(t.out) - strlen("</svg>\n"));
}

static void a_picture_is_one_document(void **state)
{
	static const struct {
		const char *name, *line, *says;
	} cases[] = {
		{ "every session in it", "-T svg " S "odd_names_gobits.pcapng", ">Session 11 · trailing · no data, closed</text>" },
		{ "arrows", "-T svg " S "simple_lighttpd.pcapng", "<polygon points=\"940," },
		{ "holes are dashed", "-T svg " S "e_gap_one_segment.pcapng", "class=\"warn\" stroke-dasharray=" },
		{ "nothing to draw", "-T svg -f udp " S "simple_lighttpd.pcapng", ">No BITS packet in what was read.</text>" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = command_run(&ladder, cases[i].line);

		expect_in_row(cases[i].name, g_str_has_prefix(t.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "));
		expect_in_row(cases[i].name, g_str_has_suffix(t.out, "</svg>\n"));
		expect_in_row(cases[i].name, command_times(t.out, "<svg ") == 1);
		expect_in_row(cases[i].name, strstr(t.out, cases[i].says) != NULL);
	}
}

static void a_file_gets_the_same_bytes(void **state)
{
	g_auto(told) direct = command_run(&ladder, "-T svg " S "simple_lighttpd.pcapng");
	g_auto(told) to_file = command_run(&ladder, "-T svg -o ladder.svg " S "simple_lighttpd.pcapng");
	g_autofree char *file = command_file("ladder.svg");

	(void)state;
	assert_string_equal(to_file.out, "");
	assert_string_equal(file, direct.out);
}

static void colours_only_where_they_are_wanted(void **state)
{
	g_auto(told) plain = command_run(&ladder, S "violation_pipelined_gobits.pcapng");
	g_auto(told) inked = command_run(&ladder, "--color=always " S "violation_pipelined_gobits.pcapng");

	(void)state;
	assert_null(strchr(plain.out, '\033'));
	assert_non_null(strstr(inked.out, "\033[1;31merror: pipelined-request"));
}

/* `| head`: the rest is not wanted, and that is no failure. */
static void a_reader_that_has_gone_is_no_error(void **state)
{
	int ends[2], saved = dup(1), status;
	g_auto(GStrv) argv = g_strsplit(S "odd_names_gobits.pcapng", " ", -1);
	g_autoptr(options_handle) o = options_parse(&ladder, (const char *const *)argv, NULL);

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	fflush(stdout);
	dup2(ends[1], 1);
	status = ladder.run(&ladder, o);
	dup2(saved, 1);
	close(saved);
	close(ends[1]);
	clearerr(stdout);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_picture_shows_each_thing),
		cmocka_unit_test(no_line_is_wider_than_the_screen),
		cmocka_unit_test(one_session_of_many),
		cmocka_unit_test(what_belongs_to_no_session_is_not_of_one),
		cmocka_unit_test(both_sides_of_a_proxy_are_one_picture),
		cmocka_unit_test(an_answer_that_nobody_asked_for_is_no_hole),
		cmocka_unit_test(names_are_shown_and_not_obeyed),
		cmocka_unit_test(a_large_picture_is_whole),
		cmocka_unit_test(a_picture_is_one_document),
		cmocka_unit_test(a_file_gets_the_same_bytes),
		cmocka_unit_test(colours_only_where_they_are_wanted),
		cmocka_unit_test(a_reader_that_has_gone_is_no_error),
	};

	return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
