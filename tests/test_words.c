/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_words.c - lines that fit their screen, findings, captures. */
#include "cli/words.h"

#include <string.h>

#include "tests/book.h"
#include "tests/cm.h"

static void a_finding_is_two_lines_and_an_undecided_one_accuses_nobody(void **state)
{
	g_autoptr(json_t) proven = book_finding("error", "client", "proven", 4);
	g_autoptr(json_t) open = book_finding("error", "client", "undecided", 4);
	g_autoptr(GString) first = g_string_new(NULL), second = g_string_new(NULL);

	(void)state;
	words_finding(&ascii, first, proven, NULL);
	assert_string_equal(first->str, "  error     pipelined-request by the client, frames 4, 7\n"
					"            it was sent too early\n");
	words_finding(&ascii, second, open, NULL);
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
		cmocka_unit_test(a_finding_is_two_lines_and_an_undecided_one_accuses_nobody),
		cmocka_unit_test(no_line_is_wider_than_the_screen),
		cmocka_unit_test(what_is_of_use_as_a_whole_only_is_whole),
		cmocka_unit_test(text_is_broken_between_words_and_loses_none),
		cmocka_unit_test(captures_are_listed_up_to_twelve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
