/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_words_upload.c - sentences about uploads and their files, from records made by hand. */
#include "cli/words.h"

#include <string.h>

#include "tests/book.h"
#include "tests/cm.h"

static void uploads_are_counted_by_what_became_of_them(void **state)
{
	g_autoptr(book) b = book_new();
	g_autofree char *none = words_uploads(&ascii, &b->ledger), *one = NULL, *many = NULL;

	(void)state;
	assert_null(none);
	book_add(b, BITS_FILE_PARTIAL, BITS_ENDING_OPEN);
	one = words_uploads(&ascii, &b->ledger);
	assert_string_equal(one, "1 upload partial");
	for (unsigned i = 0; i < 1000; i++)
		book_add(b, BITS_FILE_COMPLETE, BITS_ENDING_CLOSED);
	book_add(b, BITS_FILE_NONE, BITS_ENDING_REFUSED);
	book_add(b, BITS_FILE_COMPLETE, BITS_ENDING_CANCELLED);
	book_add(b, BITS_FILE_NONE, BITS_ENDING_OPEN);
	book_add(b, BITS_FILE_UNCONFIRMED, BITS_ENDING_LOST);
	book_add(b, BITS_FILE_NONE, BITS_ENDING_REFUSED)->is_imitation = true;
	book_add(b, BITS_FILE_COMPLETE, BITS_ENDING_CANCELLED)->is_same = true;
	book_add(b, BITS_FILE_COMPLETE, BITS_ENDING_CLOSED)->has_ended = false; /* none of this run */
	many = words_uploads(&ascii, &b->ledger);
	assert_string_equal(many, "1,000 uploads complete; 1 unconfirmed; 1 partial; 1 cancelled; 1 refused; 1 without data; "
				  "1 imitation of BITS; 1 seen on both sides of a proxy");
}

/* What is said of a slip is what is said of its record. */
static void expect_slip(const char *state, const char *outcome, const json_t *session)
{
	struct ledger_slip slip = { 0 };
	g_autofree char *of_record = words_state(session);
	g_autoptr(GString) of_slip = g_string_new(NULL);

	while (strcmp(bits_file_state_name((enum bits_file_state)slip.state), state) != 0)
		slip.state++;
	while (strcmp(bits_ending_name((enum bits_ending)slip.outcome), outcome) != 0)
		slip.outcome++;
	words_slip_state(of_slip, &slip);
	assert_string_equal(of_slip->str, of_record);
	assert_int_equal(words_slip_ink(&slip), words_state_ink(session));
}

static void what_is_told_twice_is_one_upload(void **state)
{
	static const struct {
		const char *name;
		bool is_twin;
		const char *uploads, *same;
	} cases[] = {
		{ "both sides of a proxy", false, "1 upload complete; 1 seen on both sides of a proxy",
		  "same upload as session 1, seen on the other side of a proxy" },
		{ "a capture and its PDUs", true, "1 upload complete; 1 also in exported PDUs",
		  "same upload as session 1, of which exported PDUs tell once more" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(book) b = book_new();
		g_autoptr(json_t) session = book_session("complete", "closed");
		struct ledger_entry e = { .session = session };
		struct ledger_slip *other;
		g_autofree char *uploads = NULL, *first = words_same_upload(&e), *same = NULL;

		book_add(b, BITS_FILE_COMPLETE, BITS_ENDING_CLOSED);
		other = book_add(b, BITS_FILE_COMPLETE, BITS_ENDING_CLOSED);
		other->is_same = true;
		other->is_twin = cases[i].is_twin;
		json_object_set_new(session, "same_upload_as", json_integer(1));
		e.slip = *other;
		uploads = words_uploads(&ascii, &b->ledger);
		same = words_same_upload(&e);
		print_message("%s\n", cases[i].name);
		assert_string_equal(uploads, cases[i].uploads);
		assert_null(first);
		assert_string_equal(same, cases[i].same);
	}
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
		{ "partial, and nothing is missing", "partial", "closed", 3000, 3000, 3000,
		  "3,000 B in 2 fragments, perhaps of two uploads under this id", "partial, closed" },
		{ "partial, and more than all is there", "partial", "closed", 3000, 3500, 3000,
		  "3,000 B in 2 fragments, and more was accepted behind that", "partial, closed" },
		{ "nothing was sent", "none", "refused", -1, 0, 0, "no byte of it in this capture, 2 fragments",
		  "no data, refused" },
		{ "nothing was taken", "none", "lost", 3000, 2000, 0, "2,000 B sent in 2 fragments, nothing accepted",
		  "no data, lost" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(json_t) s = book_session(cases[i].state, cases[i].outcome);
		json_t *file = json_object_get(s, "file");
		g_autofree char *words = NULL, *title = NULL;

		json_object_set_new(file, "size", cases[i].size < 0 ? json_null() : json_integer(cases[i].size));
		json_object_set_new(file, "seen", json_integer(cases[i].seen));
		json_object_set_new(file, "acked", json_integer(cases[i].acked));
		if (cases[i].seen >= cases[i].size) /* as far as it matters */
			json_object_set_new(file, "gaps", json_array());
		words = words_file(s);
		title = words_state(s);
		print_message("%s\n", cases[i].name);
		assert_string_equal(words, cases[i].words);
		assert_string_equal(title, cases[i].title);
		expect_slip(cases[i].state, cases[i].outcome, s);
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
		{ "one with its length", "[[5,1005]]", true, "[5, 1005) 1,000 B" },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uploads_are_counted_by_what_became_of_them),
		cmocka_unit_test(what_is_told_twice_is_one_upload),
		cmocka_unit_test(a_file_is_described_by_what_is_known),
		cmocka_unit_test(ranges_are_listed_up_to_four),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
