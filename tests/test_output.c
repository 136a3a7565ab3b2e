/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_output.c - a full disk is an error, a reader that has gone is none, and a message cannot harm a terminal. */
#include "cli/output.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/cm.h"
#include "tests/command.h"

static void what_is_written_is_in_the_file(void **state)
{
	g_autoptr(GError) error = NULL;
	struct options o = { .output = (char *)"out.txt", .form = FORM_NDJSON };
	g_autofree char *long_text = g_strnfill(100000, 'x'), *have = NULL, *want = NULL;
	json_t *record = json_pack("{s:s, s:n}", "b", "\x1b", "a");
	struct output out;

	(void)state;
	assert_true(output_open(&out, &o, &error));
	assert_true(out.ndjson);
	output_begin(&out);
	output_text(&out, "");
	output_text(&out, long_text);
	output_record(&out, record);
	assert_false(output_is_closed(&out));
	assert_int_equal(output_close(&out), 0);
	want = g_strconcat(long_text, "{\"b\":\"\\u001B\",\"a\":null}\n", NULL);
	have = command_file("out.txt");
	assert_true(g_strcmp0(have, want) == 0); /* too long to be printed */
	json_decref(record);
}

static void a_file_keeps_what_it_held_until_there_is_something_to_write(void **state)
{
	static const struct {
		const char *name, *before; /* NULL: there was no file */
		bool begins;
		const char *after;
	} cases[] = {
		{ "not begun: as it was", "old, and long", false, "old, and long" },
		{ "not begun: none is left", NULL, false, NULL },
		{ "begun: only what is new", "old, and long", true, "new" },
		{ "begun and not there before", NULL, true, "new" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct options o = { .output = (char *)"kept.txt" };
		g_autofree char *after = NULL;
		struct output out;

		g_remove("kept.txt");
		assert_true(!cases[i].before || g_file_set_contents("kept.txt", cases[i].before, -1, NULL));
		expect_in_row(cases[i].name, output_open(&out, &o, NULL));
		if (cases[i].begins)
			output_begin(&out);
		output_text(&out, "new");
		expect_in_row(cases[i].name, output_close(&out) == 0);
		after = command_file("kept.txt");
		expect_in_row(cases[i].name, g_strcmp0(after, cases[i].after) == 0);
	}
}

static void a_file_that_cannot_be_made_is_named(void **state)
{
	static const struct {
		const char *name, *path;
		int code;
	} cases[] = {
		{ "no such folder", "none/out.txt", G_FILE_ERROR_NOENT },
		{ "a folder itself", ".", G_FILE_ERROR_ISDIR },
		{ "behind a file", "plain/out.txt", G_FILE_ERROR_NOTDIR },
	};

	(void)state;
	assert_true(g_file_set_contents("plain", "x", 1, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		struct options o = { .output = (char *)cases[i].path };
		struct output out;

		expect_in_row(cases[i].name, !output_open(&out, &o, &error));
		expect_in_row(cases[i].name, g_error_matches(error, G_FILE_ERROR, cases[i].code));
		expect_in_row(cases[i].name, strstr(error->message, cases[i].path) != NULL);
		expect_in_row(cases[i].name, output_close(&out) == 0);
	}
}

static void a_full_disk_is_told_once_and_at_the_end(void **state)
{
	struct options o = { .output = (char *)"/dev/full" };
	g_autofree char *text = g_strnfill(1 << 20, 'x');
	struct output small, large;

	(void)state;
	assert_true(output_open(&small, &o, NULL));
	output_begin(&small);
	output_text(&small, "x");
	assert_false(output_is_closed(&small)); /* it waits in a buffer */
	assert_int_equal(output_close(&small), ENOSPC);
	assert_true(output_open(&large, &o, NULL));
	output_begin(&large);
	output_text(&large, text);
	assert_true(output_is_closed(&large));
	output_text(&large, text); /* not even tried */
	assert_int_equal(output_close(&large), ENOSPC);
}

static void a_reader_that_has_gone_closes_the_output_without_an_error(void **state)
{
	g_autofree char *text = g_strnfill(1 << 20, 'x');
	struct output out = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	out.file = fdopen(ends[1], "w");
	out.path = g_strdup("a pipe");
	output_text(&out, text);
	assert_true(output_is_closed(&out));
	assert_int_equal(output_close(&out), 0);
}

static int complain_of(const struct command *c, const struct options *o)
{
	(void)c;
	complain("%s is bad", (const char *)g_ptr_array_index(o->operands, 0));
	return 0;
}

static void a_message_is_one_line_without_a_command_in_it(void **state)
{
	static const struct {
		const char *name, *word, *line;
	} cases[] = {
		{ "a plain name", "a.pcap", "bitspect: a.pcap is bad\n" },
		{ "an escape", "a\x1b[31m", "bitspect: a\\x1b[31m is bad\n" },
		{ "a line feed", "a\nbitspect:fine", "bitspect: a\\x0abitspect:fine is bad\n" },
		{ "letters of other languages", "Gr\xc3\xbc\xc3\x9f" "e", "bitspect: Gr\xc3\xbc\xc3\x9f" "e is bad\n" },
		{ "what reorders text", "a\xe2\x80\xaegnp", "bitspect: a\\u{202e}gnp is bad\n" },
		{ "what is no UTF-8", "a\xff", "bitspect: a\xef\xbf\xbd is bad\n" },
	};
	const struct command c = { .name = "report", .bit = ON_REPORT, .run = complain_of };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = command_run(&c, cases[i].word);

		print_message("%s\n", cases[i].name);
		assert_string_equal(t.err, cases[i].line);
		assert_string_equal(t.out, "");
	}
}

static void a_long_message_is_not_cut(void **state)
{
	g_autofree char *word = g_strnfill(10000, 'x');
	const struct command c = { .name = "report", .bit = ON_REPORT, .run = complain_of };
	g_auto(told) t = command_run(&c, word);

	(void)state;
	assert_int_equal(strlen(t.err), strlen("bitspect:  is bad\n") + 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_in_the_file),
		cmocka_unit_test(a_file_keeps_what_it_held_until_there_is_something_to_write),
		cmocka_unit_test(a_file_that_cannot_be_made_is_named),
		cmocka_unit_test(a_full_disk_is_told_once_and_at_the_end),
		cmocka_unit_test(a_reader_that_has_gone_closes_the_output_without_an_error),
		cmocka_unit_test(a_message_is_one_line_without_a_command_in_it),
		cmocka_unit_test(a_long_message_is_not_cut),
	};

	return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
