/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_words_ruling.c - nobody is charged with more than is proven, nor acquitted with less. */
#include "cli/words.h"

#include <string.h>

#include "tests/book.h"
#include "tests/cm.h"

static void a_ruling_accuses_only_of_what_is_proven(void **state)
{
	static const struct {
		const char *name, *severity, *fault, *decision;
		unsigned n;
		const char *ruling;
		enum ink ink;
	} cases[] = {
		{ "nothing found", "error", "client", "proven", 0, "no rule broken", INK_GOOD },
		{ "one error: all its frames", "error", "client", "proven", 1,
		  "client broke pipelined-request once (frames 100, 7)", INK_BAD },
		{ "two: the offending ones", "error", "server", "proven", 2,
		  "server broke pipelined-request twice (frames 100, 101)", INK_BAD },
		{ "seven: some of them", "error", "client", "proven", 7,
		  "client broke pipelined-request 7 times (frames 100, 101, 102, 103, 104, 105, ...)", INK_BAD },
		{ "an error of nobody", "error", "none", "proven", 1,
		  "somebody broke pipelined-request once (frames 100, 7)", INK_BAD },
		{ "warnings", "warning", "client", "proven", 2, "no error, 2 warnings", INK_WARN },
		{ "the network's", "warning", "network", "proven", 1, "neither side broke a rule; 1 warning against the network", INK_WARN },
		{ "notes", "note", "none", "proven", 3, "no rule broken", INK_GOOD },
		{ "undecided ones", "error", "client", "undecided", 3, "no rule broken", INK_GOOD },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(book) b = book_new();
		g_autofree char *all = NULL, *of_one = NULL;

		book_add(b, BITS_FILE_COMPLETE, BITS_ENDING_CLOSED);
		for (unsigned n = 0; n < cases[i].n; n++)
			book_find(b, book_finding(cases[i].severity, cases[i].fault, cases[i].decision, 100 + (int)n));
		all = words_ruling(&ascii, &b->ledger);
		of_one = book_verdict(b);
		print_message("%s\n", cases[i].name);
		assert_string_equal(all, cases[i].ruling);
		assert_true(g_str_has_prefix(of_one, cases[i].ruling));
		assert_int_equal(words_ruling_ink(all), cases[i].ink);
	}
}

static void nobody_is_acquitted_on_partial_evidence(void **state)
{
	g_autoptr(book) b = book_new();
	g_autofree char *ruling = NULL;

	(void)state;
	book_add(b, BITS_FILE_COMPLETE, BITS_ENDING_CLOSED)->is_partial = true;
	ruling = words_ruling(&ascii, &b->ledger);
	assert_string_equal(ruling, "no breach proven, the evidence is partial");
	assert_int_equal(words_ruling_ink(ruling), INK_WARN);
}

static void the_other_party_is_acquitted_on_whole_evidence_alone(void **state)
{
	static const struct {
		const char *name, *fault, *evidence, *warned, *ends;
		unsigned doubted;
		bool is_incomplete;
	} cases[] = {
		{ "an error of the server's is left open", "client", "whole", NULL, "; nothing is held against the server",
		  1U << BITS_FAULT_SERVER, false },
		{ "one of the client's own is", "client", "whole", NULL, "; the server answered correctly", 1U << BITS_FAULT_CLIENT, false },
		{ "the upload did not arrive", "client", "whole", NULL, "; nothing is held against the server", 0, true },
		{ "the server answered", "client", "whole", NULL, "; the server answered correctly", 0, false },
		{ "the client asked", "server", "whole", NULL, "; the client asked correctly", 0, false },
		{ "something is missing", "client", "partial", NULL, "; nothing is held against the server", 0, false },
		{ "a warning", "client", "whole", "server", "; 1 warning against the server", 0, false },
		{ "a warning against the charged one", "client", "whole", "client", "; the server answered correctly", 0, false },
		{ "nobody in particular", "none", "whole", NULL, "(frames 100, 7)", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(book) b = book_new();
		enum bits_file_state file = cases[i].is_incomplete ? BITS_FILE_PARTIAL : BITS_FILE_COMPLETE;
		struct ledger_slip *slip = book_add(b, file, BITS_ENDING_CLOSED);
		g_autofree char *all = NULL, *of_one = NULL;

		slip->doubted = (uint8_t)cases[i].doubted;
		slip->is_partial = strcmp(cases[i].evidence, "partial") == 0;
		book_find(b, book_finding("error", cases[i].fault, "proven", 100));
		if (cases[i].warned != NULL)
			book_find(b, book_finding("warning", cases[i].warned, "proven", 101));
		all = words_verdict(&ascii, &b->ledger);
		of_one = book_verdict(b);
		expect_in_row(cases[i].name, g_str_has_suffix(all, cases[i].ends));
		assert_string_equal(all, of_one);
	}
}

static void a_server_that_accepted_it_is_not_acquitted(void **state)
{
	g_autoptr(book) b = book_new();
	json_t *f = book_finding("error", "client", "proven", 100);
	g_autofree char *verdict = NULL;

	(void)state;
	book_add(b, BITS_FILE_COMPLETE, BITS_ENDING_CLOSED);
	json_object_set_new(f, "follows", json_pack("[ss]", "invalid-request-accepted", "duplicate-answered-200"));
	book_find(b, f);
	verdict = book_verdict(b);
	assert_true(g_str_has_suffix(verdict, "; 1 warning against the server")); /* the other one is a note */
}

static void nothing_is_judged_where_nothing_was_read(void **state)
{
	g_autoptr(book) b = book_new();
	g_autofree char *ruling = words_ruling(&ascii, &b->ledger);

	(void)state;
	assert_string_equal(ruling, "nothing to judge: no session could be read");
	assert_int_equal(words_ruling_ink(ruling), INK_WARN);
}

static void frames_name_their_capture_where_there_are_several(void **state)
{
	static const struct {
		const char *name, *json;
		bool are_several;
		const char *words;
	} cases[] = {
		{ "none", "{\"frames\":[],\"capture\":null}", true, "no frame" },
		{ "unknown ones", "{\"frames\":[null,null]}", true, "no frame" },
		{ "one", "{\"frames\":[4],\"capture\":\"a/b.pcap\"}", false, "frame 4" },
		{ "two", "{\"frames\":[4,9],\"capture\":\"a/b.pcap\"}", false, "frames 4, 9" },
		{ "with the capture", "{\"frames\":[4],\"capture\":\"c/d.pcap\"}", true, "frame 4 of d.pcap" },
		{ "with its path, where another has its name", "{\"frames\":[4],\"capture\":\"a/b.pcap\"}", true,
		  "frame 4 of a/b.pcap" },
		{ "two captures", "{\"frames\":[32,91,69],\"capture\":\"b.pcap\",\"captures\":[\"b.pcap\",\"a/b.pcap\",\"b.pcap\"]}", true,
		  "frames 32, 69 of b.pcap, 91 of a/b.pcap" },
		{ "one of two is not known", "{\"frames\":[32,null],\"capture\":\"c/d.pcap\"}", true, "frame 32 of d.pcap" },
		{ "a capture whose name would move the cursor", "{\"frames\":[4],\"capture\":\"a/\\u001b[2J\"}", true,
		  "frame 4 of \\x1b[2J" },
	};

	static const char *const captures[] = { "a/b.pcap", "b.pcap", "c/d.pcap", "a/\033[2J" };
	struct capture_names *names = capture_names_new();

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(captures); i++)
		capture_names_add(names, captures[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(json_t) f = json_loads(cases[i].json, 0, NULL);
		g_autofree char *words = words_frames(&ascii, f, cases[i].are_several ? names : NULL);

		expect_in_row(cases[i].name, strcmp(words, cases[i].words) == 0);
	}
	capture_names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ruling_accuses_only_of_what_is_proven),
		cmocka_unit_test(nobody_is_acquitted_on_partial_evidence),
		cmocka_unit_test(the_other_party_is_acquitted_on_whole_evidence_alone),
		cmocka_unit_test(a_server_that_accepted_it_is_not_acquitted),
		cmocka_unit_test(nothing_is_judged_where_nothing_was_read),
		cmocka_unit_test(frames_name_their_capture_where_there_are_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
