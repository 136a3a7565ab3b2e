/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_run.c - one reading of captures: what it reads, what it says of them, which trouble names the exit status. */
#include "cli/run.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/cm.h"
#include "tests/command.h"
#include "tests/files.h"

#define S "samples/"

static void of_several_troubles_the_gravest_names_the_status(void **state)
{
	unsigned all = TROUBLE_FINDINGS | TROUBLE_INPUT | TROUBLE_DAMAGE | TROUBLE_OUTPUT;

	(void)state;
	assert_int_equal(run_exit_status(all, false), 5);
	assert_int_equal(run_exit_status(all & ~(unsigned)TROUBLE_OUTPUT, false), 3);
	assert_int_equal(run_exit_status(TROUBLE_DAMAGE | TROUBLE_FINDINGS, false), 4);
	assert_int_equal(run_exit_status(TROUBLE_DAMAGE | TROUBLE_FINDINGS, true), 1);
	assert_int_equal(run_exit_status(TROUBLE_INPUT | TROUBLE_FINDINGS, true), 3);
	assert_int_equal(run_exit_status(0, true), 0);
}

/* A command that counts the tracker's calls. */
struct count {
	unsigned packets, ended;
	unsigned enough; /* packets after which nobody wants more; 0: never */
};

static struct count counted;
static unsigned troubles;
static guint n_inputs, n_captures;

static void on_packet(const struct bits_exchange *x, enum bits_side side, void *user)
{
	(void)x;
	(void)side;
	((struct count *)user)->packets++;
}

static void on_ended(const struct bits_session *s, void *user)
{
	(void)s;
	((struct count *)user)->ended++;
}

static bool is_enough(void *user)
{
	const struct count *c = user;

	return c->enough && c->packets >= c->enough;
}

static int count_all(const struct command *c, const struct options *o)
{
	const struct bits_sink sink = { .packet = on_packet, .ended = on_ended };
	unsigned enough = counted.enough;
	struct run r;
	int status;

	(void)c;
	counted = (struct count){ .enough = enough };
	run_init(&r, o);
	r.is_over = is_enough;
	run_captures(&r, &sink, &counted);
	troubles = r.troubles;
	n_inputs = r.inputs->len;
	n_captures = r.captures->len;
	assert_int_equal(record_number(r.stats, "packets", 99), counted.packets);
	status = run_exit_status(r.troubles, false);
	run_clear(&r);
	return status;
}

static const struct command count = { .name = "report", .bit = ON_REPORT, .fail_on = FAIL_NEVER, .run = count_all };

static void what_is_read_and_what_is_not_is_told(void **state)
{
	static const struct {
		const char *name, *line;
		unsigned packets, ended, troubles;
		guint captures;
		const char *err; /* "": nothing */
	} cases[] = {
		{ "one capture", S "simple_lighttpd.pcapng", 16, 1, 0, 1, "" },
		{ "two", S "simple_lighttpd.pcapng " S "violation_pipelined_gobits.pcapng", 36, 2, 0, 2, "" },
		{ "a folder of one", "folder", 16, 1, 0, 1, "" },
		{ "one that is missing", "none.pcap", 0, 0, TROUBLE_INPUT, 0, "none.pcap" },
		{ "one that is missing and one that is not", "none.pcap " S "simple_lighttpd.pcapng", 16, 1, TROUBLE_INPUT, 1,
		  "none.pcap" },
		{ "one that is cut short", "cut.pcapng", 2, 1, TROUBLE_DAMAGE, 1, "cut.pcapng" },
		{ "one that is empty", "empty.pcap", 0, 0, TROUBLE_INPUT, 0, "empty.pcap: the file is empty" },
		{ "a filter that passes nothing", "-f udp " S "simple_lighttpd.pcapng", 0, 0, 0, 1, "" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = command_run(&count, cases[i].line);

		print_message("%s\n", cases[i].name);
		assert_int_equal(counted.packets, cases[i].packets);
		assert_int_equal(counted.ended, cases[i].ended);
		assert_int_equal(troubles, cases[i].troubles);
		assert_int_equal(n_captures, cases[i].captures);
		assert_int_equal(n_inputs, cases[i].captures);
		assert_non_null(strstr(t.err, cases[i].err));
		assert_int_equal(command_times(t.err, "\n"), cases[i].troubles ? 1 : 0);
	}
}

static void nothing_is_read_once_nobody_wants_more(void **state)
{
	g_auto(told) all = command_run(&count, S "odd_names_gobits.pcapng " S "simple_lighttpd.pcapng");
	unsigned packets = counted.packets;

	(void)state;
	assert_int_equal(all.status, 0);
	counted.enough = 3;
	{
		g_auto(told) some = command_run(&count, S "odd_names_gobits.pcapng " S "simple_lighttpd.pcapng");

		assert_int_equal(some.status, 0);
		assert_true(counted.packets >= 3 && counted.packets < 10 && packets > 40);
		assert_int_equal(n_captures, 1); /* the second is not even opened */
	}
	counted.enough = 0;
}

static void findings_count_from_their_severity_on(void **state)
{
	static const struct {
		const char *name, *severity, *decision;
		int fail_on;
		bool counts;
	} cases[] = {
		{ "an error where errors count", "error", "proven", BITS_ERROR, true },
		{ "a warning where errors count", "warning", "proven", BITS_ERROR, false },
		{ "an error where warnings count", "error", "proven", BITS_WARNING, true },
		{ "a note where notes count", "note", "proven", BITS_NOTE, true },
		{ "an error where nothing counts", "error", "proven", FAIL_NEVER, false },
		{ "an undecided error", "error", "undecided", BITS_NOTE, false },
		{ "a severity that is none", "grave", "proven", BITS_NOTE, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct options o = { .fail_on = cases[i].fail_on };
		g_autoptr(json_t) f = json_pack("{s:s,s:s}", "severity", cases[i].severity, "decision", cases[i].decision);
		struct run r = { .options = &o };

		run_weigh(&r, f);
		expect_in_row(cases[i].name, (r.troubles == TROUBLE_FINDINGS) == cases[i].counts);
	}
}

static void a_session_that_is_not_there_is_told_in_one_line(void **state)
{
	static const struct {
		const char *name, *line, *says;
		int status;
	} cases[] = {
		{ "report", "report --session 99 " S "odd_names_gobits.pcapng",
		  "bitspect: --session 99: no such session; 11 sessions in what was read, `bitspect report` without --session "
		  "lists them\n", 0 },
		{ "check", "check --session 99 " S "odd_names_gobits.pcapng", "--session 99: ", 0 },
		{ "packets", "packets --session 99 " S "odd_names_gobits.pcapng", "--session 99: ", 0 },
		{ "extract", "extract -d lost --session 99 " S "odd_names_gobits.pcapng", "--session 99: ", 0 },
		{ "by an id", "report --session {0-0} " S "odd_names_gobits.pcapng", "--session {0-0}: ", 0 },
		{ "as records", "-T ndjson --session 99 " S "odd_names_gobits.pcapng", "--session 99: ", 0 },
		{ "without remarks: it is none", "-q --session 99 " S "odd_names_gobits.pcapng", "--session 99: ", 0 },
		{ "the only one is another", "--session 2 " S "simple_gobits.pcapng", "1 session in what was read", 0 },
		{ "no session at all", "--session 1 -f udp " S "simple_gobits.pcapng", "there is no session in what was read\n", 0 },
		{ "one that is there", "--session 11 " S "odd_names_gobits.pcapng", NULL, 0 },
		{ "packets of one that is there", "packets --session 11 " S "odd_names_gobits.pcapng", NULL, 0 },
		{ "nothing could be read: that was said", "--session 1 none.pcap", "none.pcap: ", 3 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = command_program(cases[i].line);

		print_message("%s: %s\n", cases[i].name, t.err);
		assert_int_equal(t.status, cases[i].status);
		assert_int_equal(command_times(t.err, "\n"), cases[i].says ? 1 : 0);
		assert_true(!cases[i].says || strstr(t.err, cases[i].says));
	}
}

static void the_evidence_is_never_written_over(void **state)
{
	static const char *const lines[] = { "-o cut.pcapng cut.pcapng", "-o ./cut.pcapng cut.pcapng",
					     "-o link.pcapng cut.pcapng", "-o cut.pcapng -r link.pcapng", "-o cut.pcapng .",
					     "extract -d not -o cut.pcapng cut.pcapng",
					     "cut --session 1 --force -w cut.pcapng cut.pcapng",
					     "cut --session 1 --force -w link.pcapng cut.pcapng",
					     "cut --session 1 --force -w cut.pcapng ." };
	g_autofree char *before = NULL, *after = NULL;
	gsize n_before, n_after;

	(void)state;
	assert_true(g_file_get_contents("cut.pcapng", &before, &n_before, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_auto(told) t = command_program(lines[i]);

		expect_in_row(lines[i], t.status == EXIT_OUTPUT);
		expect_in_row(lines[i], strstr(t.err, "is one of the captures") != NULL);
	}
	assert_true(g_file_get_contents("cut.pcapng", &after, &n_after, NULL));
	assert_int_equal(n_before, n_after);
	assert_memory_equal(before, after, n_before);
}

static int set_up(void **state)
{
	g_autofree char *bytes = NULL, *whole = NULL;
	gsize n, n_whole;

	return command_set_up(state) || !g_file_get_contents(S "violation_pipelined_gobits.pcapng", &bytes, &n, NULL) ||
	       !g_file_set_contents("cut.pcapng", bytes, 3000, NULL) || symlink("cut.pcapng", "link.pcapng") ||
	       !g_file_set_contents("empty.pcap", "", 0, NULL) || g_mkdir("folder", 0700) ||
	       !g_file_get_contents(S "simple_lighttpd.pcapng", &whole, &n_whole, NULL) ||
	       !g_file_set_contents("folder/a.pcapng", whole, (gssize)n_whole, NULL);
}

static void an_output_is_left_alone_where_nothing_could_be_read(void **state)
{
	static const struct {
		const char *name, *line;
		bool kept;
		int status;
	} cases[] = {
		{ "a capture that is missing", "-o old.txt none.pcap", true, 3 },
		{ "the same as records", "-T ndjson -o old.txt none.pcap", true, 3 },
		{ "packets", "packets -o old.txt empty.pcap", true, 3 },
		{ "check", "check -o old.txt none.pcap none2.pcap", true, 3 },
		{ "extract", "extract -d never -o old.txt none.pcap", true, 3 },
		{ "one of two is there", "-o old.txt none.pcap " S "simple_gobits.pcapng", false, 3 },
		{ "a damaged one", "-o old.txt cut.pcapng", false, 4 },
		{ "no upload in it is a result", "-o old.txt -f udp " S "simple_gobits.pcapng", false, 0 },
		{ "rules read nothing", "rules -o old.txt", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = NULL;
		g_auto(told) t = { 0 };

		assert_true(g_file_set_contents("old.txt", "yesterday's report\n", -1, NULL));
		t = command_program(cases[i].line);
		text = command_file("old.txt");
		expect_in_row(cases[i].name, t.status == cases[i].status);
		expect_in_row(cases[i].name, (g_strcmp0(text, "yesterday's report\n") == 0) == cases[i].kept);
		expect_in_row(cases[i].name, !strstr(text, "yesterday") == !cases[i].kept);
		expect_in_row(cases[i].name, *text != '\0');
	}
}

/* Each place is a line, and a capture may have millions. */
static void places_that_are_damaged_are_named_and_then_counted(void **state)
{
	struct file f = file_new();
	g_auto(told) t = { 0 };

	(void)state;
	put_section(&f, NULL);
	put_interface(&f, 1, 0, -1, 0);
	for (unsigned i = 0; i < 103; i++)
		put_enhanced(&f, 9, 0, "of no interface", 15);
	assert_true(g_file_set_contents("places.pcapng", (const char *)f.a->data, (gssize)f.a->len, NULL));
	file_clear(&f);
	t = command_program("report places.pcapng");
	assert_int_equal(t.status, 4);
	assert_int_equal(command_times(t.err, "a packet of no known interface"), 100);
	assert_non_null(strstr(t.err, "3 further places are damaged\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_several_troubles_the_gravest_names_the_status),
		cmocka_unit_test(what_is_read_and_what_is_not_is_told),
		cmocka_unit_test(nothing_is_read_once_nobody_wants_more),
		cmocka_unit_test(findings_count_from_their_severity_on),
		cmocka_unit_test(a_session_that_is_not_there_is_told_in_one_line),
		cmocka_unit_test(the_evidence_is_never_written_over),
		cmocka_unit_test(an_output_is_left_alone_where_nothing_could_be_read),
		cmocka_unit_test(places_that_are_damaged_are_named_and_then_counted),
	};

	return cmocka_run_group_tests(tests, set_up, command_tear_down);
}
