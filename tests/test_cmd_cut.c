/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_cmd_cut.c - what `cut` takes, refuses and says.  That the result is the session that it was, for every sample, is
 * what cut.py is for. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/program.h"
#include "cli/record.h"
#include "tests/cm.h"
#include "tests/command.h"
#include "wire/capture.h"

#define S "samples/"

static bool exists(const char *path)
{
	return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void each_line_has_its_status_and_its_words(void **state)
{
	static const struct {
		const char *name, *line, *says;
		int status;
		bool made; /* new.pcapng */
	} cases[] = {
		{ "a session by its number", "cut --session 1 -w new.pcapng " S "simple_gobits.pcapng",
		  " frames, those of 1 connection, written to new.pcapng\n", 0, true },
		{ "without remarks", "cut -q --session 1 -w new.pcapng " S "simple_gobits.pcapng", NULL, 0, true },
		{ "no such session", "cut --session 9 -w new.pcapng " S "simple_gobits.pcapng",
		  "--session 9: no such session; 1 session in what was read", 0, false },
		{ "no session at all", "cut --session 1 -w new.pcapng -f udp " S "simple_gobits.pcapng",
		  "there is no session in what was read", 0, false },
		{ "no session named", "cut -w new.pcapng " S "simple_gobits.pcapng", "--session N or ID", 2, false },
		{ "no file named", "cut --session 1 " S "simple_gobits.pcapng", "-w OUT", 2, false },
		{ "standard input", "cut --session 1 -w new.pcapng -", "standard input: cut reads a capture twice", 2, false },
		{ "... among others", "cut --session 1 -w new.pcapng " S "simple_gobits.pcapng -", "standard input: ", 2, false },
		{ "a pipe", "cut --session 1 -w new.pcapng fifo", "fifo: cut reads a capture twice", 2, false },
		{ "a capture that is missing", "cut --session 1 -w new.pcapng none.pcap", "none.pcap", 3, false },
		{ "one of two is missing", "cut -q --session 1 -w new.pcapng none.pcap " S "simple_gobits.pcapng", "none.pcap", 3, true },
		{ "a damaged one", "cut -q --session 1 -w new.pcapng damaged.pcapng", "damaged.pcapng: cut short", 4, true },
		{ "a file that exists", "cut --session 1 -w old.txt " S "simple_gobits.pcapng", "old.txt exists", 5, false },
		{ "the capture itself", "cut --session 1 -w damaged.pcapng damaged.pcapng", "damaged.pcapng exists", 5, false },
		{ "a full disk", "cut --session 1 -w /dev/full " S "simple_gobits.pcapng", "/dev/full: cannot write", 5, false },
		{ "no such directory", "cut --session 1 -w none/new.pcapng " S "simple_gobits.pcapng", "none/new.pcapng", 5, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *old = NULL;
		g_auto(told) t = { 0 };

		g_remove("new.pcapng");
		t = command_program(cases[i].line);
		old = command_file("old.txt");
		print_message("%s: %s\n", cases[i].name, t.err);
		assert_int_equal(t.status, cases[i].status);
		assert_int_equal(command_times(t.err, "\n"), cases[i].says ? 1 : 0);
		assert_true(!cases[i].says || strstr(t.err, cases[i].says));
		assert_string_equal(t.out, "");
		assert_int_equal(exists("new.pcapng"), cases[i].made);
		assert_string_equal(old, "yesterday's report\n");
	}
}

static void force_replaces_a_file(void **state)
{
	g_auto(told) first = command_program("cut -q --session 1 -w a.pcapng " S "simple_gobits.pcapng");
	g_auto(told) second = { 0 }, third = { 0 };
	g_autofree char *a = NULL, *b = NULL;
	gsize n, m;

	(void)state;
	assert_int_equal(first.status, 0);
	assert_true(g_file_get_contents("a.pcapng", &a, &n, NULL));
	second = command_program("cut -q --session 1 -w a.pcapng " S "simple_gobits.pcapng");
	assert_int_equal(second.status, 5);
	assert_true(g_file_set_contents("a.pcapng", "longer than nothing", -1, NULL));
	third = command_program("cut -q --force --session 1 -w a.pcapng " S "simple_gobits.pcapng");
	assert_int_equal(third.status, 0);
	assert_true(g_file_get_contents("a.pcapng", &b, &m, NULL));
	assert_int_equal(n, m);
	assert_memory_equal(a, b, n);
}

/* The lengths of the frames, and in *comments the first comments of the file. */
static char *frames_of(const char *path, char **comments)
{
	g_autoptr(capture_handle) c = capture_open(path, 0, NULL);
	GString *lengths = g_string_new(NULL), *all = g_string_new(NULL);
	const GPtrArray *list;
	struct frame f;

	assert_non_null(c);
	while (capture_next(c, &f, NULL) == CAPTURE_FRAME)
		g_string_append_printf(lengths, "%u ", f.caplen);
	list = capture_info(c)->comments;
	for (guint i = 0; i < list->len; i++)
		g_string_append_printf(all, "%s%s", i > 0 ? "; " : "", (const char *)g_ptr_array_index(list, i));
	*comments = g_string_free(all, FALSE);
	return g_strchomp(g_string_free(lengths, FALSE));
}

/* A frame of TCP over IPv4, 10.0.0.2 to 10.0.0.1:80 or back, without checksums. */
static void put_frame(GByteArray *out, unsigned from, uint16_t port, uint32_t seq, uint32_t ack, uint8_t flags,
		      const char *text)
{
	uint32_t n = (uint32_t)strlen(text), total = 54 + n, head[4] = { 1, out->len, total, total };
	uint8_t h[54] = { [12] = 8, [14] = 0x45, [16] = (uint8_t)((40 + n) >> 8), [17] = (uint8_t)(40 + n), [22] = 64, [23] = 6,
			  [26] = 10, [29] = from ? 1 : 2, [30] = 10, [33] = from ? 2 : 1, [46] = 0x50, [47] = flags };
	uint16_t ports[2] = { GUINT16_TO_BE(from ? 80 : port), GUINT16_TO_BE(from ? port : 80) };
	uint32_t numbers[2] = { GUINT32_TO_BE(seq), GUINT32_TO_BE(ack) };

	memcpy(h + 34, ports, 4);
	memcpy(h + 38, numbers, 8);
	g_byte_array_append(out, (const guint8 *)head, sizeof(head));
	g_byte_array_append(out, h, sizeof(h));
	g_byte_array_append(out, (const guint8 *)text, n);
}

#define CREATE                                                                                                       \
	"BITS_POST /a HTTP/1.1\r\nBITS-Packet-Type: Create-Session\r\nBITS-Supported-Protocols: "                    \
	"{7df0354d-249b-430f-820d-3d2a9bef4931}\r\nContent-Length: 0\r\nHost: h\r\n\r\n"
#define GET "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

/* One port, three connections: a GET, the session, a GET; and another port in between. */
static void write_reused_ports(const char *path)
{
	static const uint32_t header[6] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535, 1 };
	GByteArray *out = g_byte_array_new();

	g_byte_array_append(out, (const guint8 *)header, sizeof(header));
	for (unsigned i = 0; i < 3; i++) {
		uint32_t c = 1000000 * i + 99, s = 2000000 * i + 199, n = (uint32_t)strlen(i == 1 ? CREATE : GET);

		put_frame(out, 0, 4000, c, 0, 2, "");
		put_frame(out, 1, 4000, s, c + 1, 0x12, "");
		put_frame(out, 0, 4000, c + 1, s + 1, 0x10, "");
		put_frame(out, 0, 5000, 7 + 3 * i, 0, 0x10, "ssh");
		put_frame(out, 0, 4000, c + 1, s + 1, 0x18, i == 1 ? CREATE : GET);
		put_frame(out, 0, 4000, c + 1, s + 1, 0x18, i == 1 ? CREATE : GET); /* sent again */
		put_frame(out, 1, 4000, s + 1, c + 1 + n, 0x14, "");                /* reset      */
	}
	assert_true(g_file_set_contents(path, (const char *)out->data, out->len, NULL));
	g_byte_array_unref(out);
}

static void a_port_that_is_used_again_is_another_connection(void **state)
{
	g_auto(told) t = { 0 };
	g_autofree char *lengths = NULL, *comments = NULL, *expected = NULL;

	(void)state;
	write_reused_ports("ports.pcap");
	g_remove("new.pcapng");
	t = command_program("cut --session 1 -w new.pcapng ports.pcap");
	assert_string_equal(t.err, "bitspect: 6 of 21 frames, those of 1 connection, written to new.pcapng\n");
	lengths = frames_of("new.pcapng", &comments);
	assert_string_equal(comments, "session 1: the frames of 1 connection; interface 0 of ports.pcap; "
				      "frame 8 of ports.pcap; frame 9 of ports.pcap; frame 10 of ports.pcap; "
				      "frame 12 of ports.pcap; frame 13 of ports.pcap; frame 14 of ports.pcap");
	expected = g_strdup_printf("54 54 54 %zu %zu 54", 54 + strlen(CREATE), 54 + strlen(CREATE));
	assert_string_equal(lengths, expected);
}

static void the_id_means_the_session_too(void **state)
{
	g_auto(told) report = command_program("-T ndjson --session 2 " S "odd_names_gobits.pcapng");
	g_autoptr(json_t) record = json_loads(report.out, JSON_DISABLE_EOF_CHECK, NULL);
	const char *id = record_text(record, "bits.session_id");
	g_autofree char *line = g_strdup_printf("cut -q --session %s -w by_id.pcapng " S "odd_names_gobits.pcapng", id);
	g_auto(told) by_id = command_program(line);
	g_auto(told) by_number = command_program("cut -q --session 2 -w by_number.pcapng " S "odd_names_gobits.pcapng");
	g_autofree char *a = NULL, *b = NULL, *comments = NULL, *others = NULL;

	(void)state;
	assert_non_null(id);
	assert_int_equal(by_id.status, 0);
	assert_int_equal(by_number.status, 0);
	a = frames_of("by_id.pcapng", &comments);
	b = frames_of("by_number.pcapng", &others);
	assert_string_equal(a, b);
	assert_non_null(strstr(comments, id));
}

/* On standard output come the same bytes as in a file, and nothing else. */
static void standard_output_gets_the_capture_alone(void **state)
{
	g_auto(told) file = command_program("cut -q --session 1 -w same.pcapng " S "simple_gobits.pcapng");
	g_autofree char *expected = NULL, *got = NULL;
	int saved = dup(1), fd = open("stdout.pcapng", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	gsize n, m;
	int status;
	char *argv[] = { (char *)"bitspect", (char *)"cut", (char *)"-q", (char *)"--session", (char *)"1", (char *)"-w",
			 (char *)"-", (char *)S "simple_gobits.pcapng", NULL };

	(void)state;
	assert_int_equal(file.status, 0);
	fflush(stdout);
	dup2(fd, 1);
	status = program_run(8, argv);
	dup2(saved, 1);
	close(saved);
	close(fd);
	assert_int_equal(status, 0);
	assert_true(g_file_get_contents("same.pcapng", &expected, &n, NULL));
	assert_true(g_file_get_contents("stdout.pcapng", &got, &m, NULL));
	assert_int_equal(n, m);
	assert_memory_equal(expected, got, n);
}

/* A session over several files of a ring buffer: each frame's comment names its own. */
static void several_captures_are_one_evidence_set(void **state)
{
	g_auto(told) t = command_program("cut --session 2 -w two.pcapng " S "violation_pipelined_gobits.pcapng " S
					 "simple_lighttpd.pcapng");
	g_autofree char *comments = NULL, *lengths = NULL;

	(void)state;
	assert_int_equal(t.status, 0);
	lengths = frames_of("two.pcapng", &comments);
	assert_int_equal(command_times(comments, " of " S "simple_lighttpd.pcapng") > 0,
			 command_times(comments, " of " S "violation_pipelined_gobits.pcapng") == 0);
}

/* What a capture says of its own losses makes evidence partial: the cut says it as well. */
static void drop_counters_and_damage_come_along(void **state)
{
	g_auto(told) damaged = command_program("cut -q --session 1 -w from_damaged.pcapng damaged.pcapng");
	g_auto(told) dropped = command_program("cut -q --session 1 -w from_dropped.pcapng dropped.pcapng");
	g_auto(told) before = { 0 }, after = { 0 };
	g_autofree char *comments = NULL, *lengths = NULL, *bytes = NULL;
	gsize n;

	(void)state;
	assert_int_equal(damaged.status, 4);
	lengths = frames_of("from_damaged.pcapng", &comments);
	assert_non_null(strstr(comments, "damaged.pcapng: cut short"));
	assert_int_equal(dropped.status, 0);
	before = command_program("-T ndjson dropped.pcapng");
	after = command_program("-T ndjson from_dropped.pcapng");
	assert_int_equal(command_times(before.out, "\"evidence\":\"partial\""), 1);
	assert_int_equal(command_times(after.out, "\"evidence\":\"partial\""), 1);
	assert_int_equal(command_times(after.out, "\"drops\":7,"), 1);
	assert_true(g_file_get_contents("from_dropped.pcapng", &bytes, &n, NULL));
	assert_non_null(memmem(bytes, n, "7 dropped of dropped.pcapng", 27));
}

/* A sample with a statistics block behind it: 7 frames dropped. */
static bool write_dropped(const char *path)
{
	static const uint8_t block[40] = { 5, [4] = 40, [20] = 5, [22] = 8, [24] = 7, [36] = 40 };
	g_autofree char *bytes = NULL;
	g_autoptr(GByteArray) all = g_byte_array_new();
	gsize n;

	if (!g_file_get_contents(S "simple_safebreach.pcapng", &bytes, &n, NULL))
		return false;
	g_byte_array_append(all, (const guint8 *)bytes, (guint)n);
	g_byte_array_append(all, block, sizeof(block));
	return g_file_set_contents(path, (const char *)all->data, all->len, NULL);
}

static int set_up(void **state)
{
	g_autofree char *bytes = NULL;
	gsize n;

	return command_set_up(state) || !g_file_get_contents(S "violation_pipelined_gobits.pcapng", &bytes, &n, NULL) ||
	       !g_file_set_contents("damaged.pcapng", bytes, 3000, NULL) || mkfifo("fifo", 0600) ||
	       !write_dropped("dropped.pcapng") ||
	       !g_file_set_contents("old.txt", "yesterday's report\n", -1, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_has_its_status_and_its_words),
		cmocka_unit_test(force_replaces_a_file),
		cmocka_unit_test(a_port_that_is_used_again_is_another_connection),
		cmocka_unit_test(the_id_means_the_session_too),
		cmocka_unit_test(standard_output_gets_the_capture_alone),
		cmocka_unit_test(several_captures_are_one_evidence_set),
		cmocka_unit_test(drop_counters_and_damage_come_along),
	};

	return cmocka_run_group_tests(tests, set_up, command_tear_down);
}
