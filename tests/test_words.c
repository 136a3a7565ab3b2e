/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_words.c - the sentences that people read, from records made by hand. */
#include "cli/words.h"

#include <string.h>

#include "tests/cm.h"

static const struct style ascii = { .width = 60, .arrow = "->", .dot = "; ", .ellipsis = "..." };

static json_t *session_of(const char *state, const char *outcome)
{
	return json_pack("{s:{s:s,s:s,s:i}, s:{s:s,s:i,s:i,s:i,s:[[i,i]]}, s:s}", "bits", "dialect", "bits", "outcome",
			 outcome, "fragments", 2, "file", "state", state, "size", 3000, "seen", 2000, "acked", 1000, "gaps",
			 1000, 2000, "evidence", "whole");
}

static json_t *finding_of(const char *severity, const char *fault, const char *decision, int frame)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:[i,i]}", "rule", "pipelined-request", "severity", severity, "fault",
			 fault, "decision", decision, "text", "it was sent too early", "capture", "dir/a.pcap", "frames",
			 frame, 7);
}

/* A ledger without its run's machinery. */
struct book {
	struct run run;
	struct ledger ledger;
};

static void unref_record(gpointer p)
{
	json_decref(p);
}

static void entry_free(gpointer p)
{
	struct ledger_entry *e = p;

	json_decref(e->session);
	g_ptr_array_unref(e->findings);
	g_free(e);
}

static struct book *book_new(void)
{
	struct book *b = g_new0(struct book, 1);

	b->run.captures = g_ptr_array_new();
	b->run.inputs = g_ptr_array_new_with_free_func(unref_record);
	b->ledger.run = &b->run;
	b->ledger.entries = g_ptr_array_new_with_free_func(entry_free);
	b->ledger.loose = g_ptr_array_new_with_free_func(unref_record);
	return b;
}

static void book_free(struct book *b)
{
	g_ptr_array_unref(b->run.captures);
	g_ptr_array_unref(b->run.inputs);
	g_ptr_array_unref(b->ledger.entries);
	g_ptr_array_unref(b->ledger.loose);
	g_free(b);
}
typedef struct book book;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(book, book_free)

static struct ledger_entry *add(struct book *b, json_t *session)
{
	struct ledger_entry *e = g_new0(struct ledger_entry, 1);

	e->session = session;
	e->findings = g_ptr_array_new_with_free_func(unref_record);
	g_ptr_array_add(b->ledger.entries, e);
	return e;
}

static void uploads_are_counted_by_what_became_of_them(void **state)
{
	g_autoptr(book) b = book_new();
	g_autofree char *none = words_uploads(&ascii, &b->ledger), *one = NULL, *many = NULL;

	(void)state;
	assert_null(none);
	add(b, session_of("partial", "open"));
	one = words_uploads(&ascii, &b->ledger);
	assert_string_equal(one, "1 upload partial");
	for (unsigned i = 0; i < 1000; i++)
		add(b, session_of("complete", "closed"));
	add(b, session_of("none", "refused"));
	add(b, session_of("complete", "cancelled"));
	add(b, session_of("none", "open"));
	many = words_uploads(&ascii, &b->ledger);
	assert_string_equal(many, "1,000 uploads complete; 1 partial; 1 cancelled; 1 refused; 1 without data");
}

static void a_file_is_described_by_what_is_known(void **state)
{
	static const struct {
		const char *name, *state, *outcome;
		int size, seen, acked; /* size -1: unknown */
		const char *words, *title;
	} cases[] = {
		{ "complete", "complete", "closed", 3000, 3000, 3000, "3,000 B in 2 fragments, every byte accepted",
		  "complete, closed" },
		{ "complete and open", "complete", "open", 3000, 3000, 3000, "3,000 B in 2 fragments, every byte accepted",
		  "complete, not closed" },
		{ "empty", "complete", "closed", 0, 0, 0, "0 B in 2 fragments, every byte accepted", "complete, closed" },
		{ "no answer at all", "unconfirmed", "open", 3000, 3000, 0,
		  "3,000 B in 2 fragments, whole, but no answer to it was captured", "unconfirmed, not closed" },
		{ "some answers", "unconfirmed", "open", 3000, 3000, 1000,
		  "3,000 B in 2 fragments, whole; the server's word is known up to 1,000", "unconfirmed, not closed" },
		{ "partial", "partial", "cancelled", 3000, 2000, 1000,
		  "2,000 B of 3,000 B in 2 fragments; acknowledged up to 1,000", "partial, cancelled" },
		{ "partial of an unknown size", "partial", "open", -1, 2000, 1000,
		  "2,000 B captured in 2 fragments, size unknown; acknowledged up to 1,000", "partial, not closed" },
		{ "nothing was sent", "none", "refused", -1, 0, 0, "no byte of it in this capture, 2 fragments",
		  "no data, refused" },
		{ "nothing was taken", "none", "lost", 3000, 2000, 0, "2,000 B sent in 2 fragments, nothing accepted",
		  "no data, lost" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(json_t) s = session_of(cases[i].state, cases[i].outcome);
		json_t *file = json_object_get(s, "file");
		g_autofree char *words = NULL, *title = NULL;

		json_object_set_new(file, "size", cases[i].size < 0 ? json_null() : json_integer(cases[i].size));
		json_object_set_new(file, "seen", json_integer(cases[i].seen));
		json_object_set_new(file, "acked", json_integer(cases[i].acked));
		words = words_file(s);
		title = words_state(s);
		print_message("%s\n", cases[i].name);
		assert_string_equal(words, cases[i].words);
		assert_string_equal(title, cases[i].title);
		assert_true((words_state_ink(s) == INK_GOOD) == (strcmp(title, "complete, closed") == 0));
	}
}

static void ranges_are_listed_up_to_four(void **state)
{
	static const struct {
		const char *name, *json;
		bool with_length;
		const char *words;
	} cases[] = {
		{ "none", "[]", false, NULL },
		{ "one", "[[5,10]]", false, "[5, 10)" },
		{ "one with its length", "[[5,1005]]", true, "[5, 1,005) 1,000 B" },
		{ "four", "[[0,1],[2,3],[4,5],[6,7]]", false, "[0, 1), [2, 3), [4, 5), [6, 7)" },
		{ "six", "[[0,1],[2,3],[4,5],[6,7],[8,9],[10,11]]", false,
		  "[0, 1), [2, 3), [4, 5), [6, 7) and 2 more" },
		{ "null", "null", false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(json_t) ranges = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
		g_autofree char *words = words_ranges(ranges, cases[i].with_length);

		expect_in_row(cases[i].name, g_strcmp0(words, cases[i].words) == 0);
	}
}

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
		{ "notes", "note", "none", "proven", 3, "no rule broken", INK_GOOD },
		{ "undecided ones", "error", "client", "undecided", 3, "no rule broken", INK_GOOD },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(book) b = book_new();
		struct ledger_entry *e = add(b, session_of("complete", "closed"));
		g_autofree char *all = NULL, *of_one = NULL;

		for (unsigned n = 0; n < cases[i].n; n++)
			g_ptr_array_add(e->findings, finding_of(cases[i].severity, cases[i].fault, cases[i].decision,
								100 + (int)n));
		all = words_ruling(&ascii, &b->ledger);
		of_one = words_ruling_of(&ascii, e->findings);
		print_message("%s\n", cases[i].name);
		assert_string_equal(all, cases[i].ruling);
		assert_string_equal(of_one, cases[i].ruling);
		assert_int_equal(words_ruling_ink(all), cases[i].ink);
	}
}

static void nobody_is_acquitted_on_partial_evidence(void **state)
{
	g_autoptr(book) b = book_new();
	struct ledger_entry *e = add(b, session_of("complete", "closed"));
	g_autofree char *ruling = NULL;

	(void)state;
	json_object_set_new(e->session, "evidence", json_string("partial"));
	ruling = words_ruling(&ascii, &b->ledger);
	assert_string_equal(ruling, "no breach proven, the evidence is partial");
	assert_int_equal(words_ruling_ink(ruling), INK_WARN);
}

static void frames_name_their_capture_where_there_are_several(void **state)
{
	static const struct {
		const char *name, *json;
		bool with_capture;
		const char *words;
	} cases[] = {
		{ "none", "{\"frames\":[],\"capture\":null}", true, "no frame" },
		{ "unknown ones", "{\"frames\":[null,null]}", true, "no frame" },
		{ "one", "{\"frames\":[4],\"capture\":\"a/b.pcap\"}", false, "frame 4" },
		{ "two", "{\"frames\":[4,9],\"capture\":\"a/b.pcap\"}", false, "frames 4, 9" },
		{ "with the capture", "{\"frames\":[4],\"capture\":\"a/b.pcap\"}", true, "frame 4 of b.pcap" },
		{ "a capture whose name would move the cursor", "{\"frames\":[4],\"capture\":\"a/\\u001b[2J\"}", true,
		  "frame 4 of \\x1b[2J" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(json_t) f = json_loads(cases[i].json, 0, NULL);
		g_autofree char *words = words_frames(&ascii, f, cases[i].with_capture);

		expect_in_row(cases[i].name, strcmp(words, cases[i].words) == 0);
	}
}

static void a_finding_is_two_lines_and_an_undecided_one_accuses_nobody(void **state)
{
	g_autoptr(json_t) proven = finding_of("error", "client", "proven", 4);
	g_autoptr(json_t) open = finding_of("error", "client", "undecided", 4);
	g_autoptr(GString) first = g_string_new(NULL), second = g_string_new(NULL);

	(void)state;
	words_finding(&ascii, first, proven, false);
	assert_string_equal(first->str, "  error     pipelined-request by the client, frames 4, 7\n"
					"            it was sent too early\n");
	words_finding(&ascii, second, open, false);
	assert_null(strstr(second->str, "client"));
	assert_null(strstr(second->str, "too early"));
	assert_true(g_str_has_prefix(second->str, "  undecided pipelined-request, frames 4, 7\n"));
}

static void no_line_is_wider_than_the_screen(void **state)
{
	static const char *const texts[] = {
		"",
		"short",
		"many words that together are wider than the screen is, so that they have to be broken somewhere",
		"averylongwordwithoutanyblankinitthatisbrokennowherebecausethereisnoplacewhereitcouldbeitisshortened",
		"two   blanks and a control \x1b[31m byte",
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GString) out = g_string_new(NULL);
		g_auto(GStrv) lines = NULL;

		words_line(&ascii, out, "label", INK_PLAIN, texts[i]);
		words_paragraph(&ascii, out, "label", texts[i]);
		words_sentence(&ascii, out, INK_PLAIN, texts[i]);
		lines = g_strsplit(out->str, "\n", -1);
		for (char **line = lines; *line; line++)
			expect_in_row(texts[i], style_columns(*line) <= ascii.width);
		expect_in_row(texts[i], !strchr(out->str, '\x1b'));
		expect_in_row(texts[i], g_str_has_prefix(out->str, "  label     "));
	}
}

static void what_is_of_use_as_a_whole_only_is_whole(void **state)
{
	static const char hash[] = "3972dc9744f6499f0f9b2dbf76696f2ae7ad8af9b23dde66d6af86c9dfb36986";
	g_autoptr(GString) out = g_string_new(NULL), hostile = g_string_new(NULL);

	(void)state;
	words_whole(&ascii, out, "sha256", INK_PLAIN, hash);
	assert_non_null(strstr(out->str, hash));
	words_whole(&ascii, hostile, "name", INK_PLAIN, "a\x1b[2J");
	assert_string_equal(hostile->str, "  name      a\\x1b[2J\n");
}

static void text_is_broken_between_words_and_loses_none(void **state)
{
	const char *text = "each of these words is there once, and the line is full before the next one begins, so that a "
			   "person can read it to its end without a hole in it";
	g_autoptr(GString) out = g_string_new(NULL);
	g_auto(GStrv) lines = NULL;
	g_autoptr(GString) joined = g_string_new(NULL);

	(void)state;
	words_paragraph(&ascii, out, "", text);
	lines = g_strsplit(out->str, "\n", -1);
	for (char **line = lines; **line; line++)
		g_string_append_printf(joined, "%s%s", joined->len ? " " : "", *line + strspn(*line, " "));
	assert_string_equal(joined->str, text);
	assert_int_equal(g_strv_length(lines), 5); /* four, and what is behind the last */
}

/* Damaged ones are named, however many there are. */
static void captures_are_listed_up_to_twelve(void **state)
{
	g_autoptr(book) b = book_new();
	g_autoptr(GString) out = g_string_new(NULL), one = g_string_new(NULL);
	struct run single = { .inputs = g_ptr_array_new() };

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		g_autofree char *name = g_strdup_printf("dir/%02u.pcap", i);
		json_t *input = json_pack("{s:s,s:s,s:i,s:i,s:i,s:n}", "capture", name, "format", "pcap", "size", 2000,
					  "frames", 1, "drops", i == 17 ? 3 : 0, "damage");

		if (i == 18)
			json_object_set_new(input, "damage", json_string("cut"));
		g_ptr_array_add(b->run.inputs, input);
	}
	words_captures(&ascii, out, &b->run);
	assert_true(g_str_has_prefix(out->str, "captures  00.pcap  pcap, 2,000 B, 1 frame\n"));
	assert_non_null(strstr(out->str, "11.pcap"));
	assert_null(strstr(out->str, "12.pcap"));
	assert_non_null(strstr(out->str, "17.pcap  pcap, 2,000 B, 1 frame, 3 frames dropped\n"));
	assert_non_null(strstr(out->str, "18.pcap  pcap, 2,000 B, 1 frame, damaged\n"));
	assert_non_null(strstr(out->str, "and 6 more, all sound\n"));
	g_ptr_array_add(single.inputs, g_ptr_array_index(b->run.inputs, 0));
	words_captures(&ascii, one, &single);
	assert_string_equal(one->str, "capture  00.pcap  pcap, 2,000 B, 1 frame\n");
	g_ptr_array_unref(single.inputs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uploads_are_counted_by_what_became_of_them),
		cmocka_unit_test(a_file_is_described_by_what_is_known),
		cmocka_unit_test(ranges_are_listed_up_to_four),
		cmocka_unit_test(a_ruling_accuses_only_of_what_is_proven),
		cmocka_unit_test(nobody_is_acquitted_on_partial_evidence),
		cmocka_unit_test(frames_name_their_capture_where_there_are_several),
		cmocka_unit_test(a_finding_is_two_lines_and_an_undecided_one_accuses_nobody),
		cmocka_unit_test(no_line_is_wider_than_the_screen),
		cmocka_unit_test(what_is_of_use_as_a_whole_only_is_whole),
		cmocka_unit_test(text_is_broken_between_words_and_loses_none),
		cmocka_unit_test(captures_are_listed_up_to_twelve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
