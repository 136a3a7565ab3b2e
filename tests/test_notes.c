/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_notes.c - what a frame held is found again by its bytes. */
#include "plugin/bits_notes.h"

#include "tests/cm.h"

static struct note a_note(enum note_kind kind, const char *bytes)
{
	return (struct note){ .kind = kind, .length = (uint32_t)strlen(bytes) };
}

static void add(struct notes *n, uint32_t frame, enum note_kind kind, const char *bytes)
{
	notes_add(n, frame, a_note(kind, bytes), bits_str_of(bytes));
}

static void finds_what_begins_the_bytes(void **state)
{
	static const struct {
		const char *name;
		uint32_t    frame;
		const char *bytes;
		int         kind; /* -1: none */
	} cases[] = {
		{ "the first message of the frame", 1, "request one", NOTE_REQUEST },
		{ "with more behind it", 1, "request one, and something else", NOTE_REQUEST },
		{ "the second one, by another door", 1, "answer", NOTE_ANSWER },
		{ "of another frame", 2, "request one", -1 },
		{ "a frame that has none", 3, "request one", -1 },
		{ "other bytes", 1, "request two", -1 },
		{ "fewer bytes than were noted", 1, "request", -1 },
		{ "no bytes", 1, "", -1 },
	};
	struct notes *n = notes_new();

	(void)state;
	add(n, 1, NOTE_REQUEST, "request one");
	add(n, 1, NOTE_ANSWER, "answer");
	add(n, 2, NOTE_HTTP, "GET");
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint              cursor = 0;
		const struct note *found = notes_find(n, cases[i].frame, &cursor, bits_str_of(cases[i].bytes));

		expect_in_row(cases[i].name, (found == NULL ? -1 : (int)found->kind) == cases[i].kind);
	}
	notes_free(n);
	notes_free(NULL);
}

/* The same bytes twice in a frame are two messages. */
static void the_cursor_tells_equal_bytes_apart(void **state)
{
	struct notes *n = notes_new();
	guint         cursor = 0;

	(void)state;
	add(n, 1, NOTE_ANSWER, "Ack");
	add(n, 1, NOTE_DATA, "Ack");
	assert_int_equal(notes_find(n, 1, &cursor, BITS_STR("Ack"))->kind, NOTE_ANSWER);
	assert_int_equal(notes_find(n, 1, &cursor, BITS_STR("Ack"))->kind, NOTE_DATA);
	assert_null(notes_find(n, 1, &cursor, BITS_STR("Ack")));
	notes_free(n);
}

/* A snaplen cuts off bytes that the note is about. */
static void a_note_may_be_longer_than_what_the_capture_has(void **state)
{
	struct notes *n = notes_new();
	struct note   cut = { .kind = NOTE_DATA, .length = 1000 };
	guint         cursor = 0;

	(void)state;
	notes_add(n, 1, cut, BITS_STR("the first bytes"));
	assert_int_equal(notes_find(n, 1, &cursor, BITS_STR("the first bytes"))->length, 1000);
	notes_free(n);
}

static void keeps_the_head_and_the_runs_that_it_was_given(void **state)
{
	struct notes          *n = notes_new();
	struct note            with = a_note(NOTE_DATA, "body");
	const struct feed_run  run = { 0, 4, 100 };
	guint                  cursor = 0;
	const struct note     *found;

	(void)state;
	with.runs = g_array_new(false, false, sizeof run);
	g_array_append_val(with.runs, run);
	with.head = g_bytes_new_static("head", 4);
	notes_add(n, 1, with, BITS_STR("body"));
	found = notes_find(n, 1, &cursor, BITS_STR("body"));
	assert_int_equal(g_bytes_get_size(found->head), 4);
	assert_int_equal(found->runs->len, 1);
	assert_int_equal(g_array_index(found->runs, struct feed_run, 0).file_offset, 100);
	notes_free(n);
}

static void knows_frames_that_hold_packets(void **state)
{
	struct notes *n = notes_new();

	(void)state;
	add(n, 1, NOTE_DATA, "body");
	add(n, 2, NOTE_DATA, "body");
	add(n, 2, NOTE_ANSWER, "Ack");
	add(n, 3, NOTE_REQUEST, "request");
	assert_false(notes_have_packet(n, 1));
	assert_true(notes_have(n, 1));
	assert_false(notes_have(n, 4));
	assert_true(notes_have_packet(n, 2));
	assert_true(notes_have_packet(n, 3));
	assert_false(notes_have_packet(n, 4));
	notes_free(n);
}

/* A packet that a frame ends, without a byte in it, is not found by any. */
static void what_has_no_bytes_is_found_without(void **state)
{
	struct notes *n = notes_new();
	guint         cursor = 0, bare = 0;

	(void)state;
	add(n, 1, NOTE_DATA, "body");
	notes_add(n, 1, (struct note){ .kind = NOTE_ANSWER, .at = 7 }, (struct bits_str){ NULL, 0 });
	assert_int_equal(notes_find_bare(n, 1, &bare)->at, 7);
	assert_null(notes_find_bare(n, 1, &bare));
	assert_null(notes_find(n, 1, &cursor, BITS_STR("else")));
	assert_int_equal(notes_find(n, 1, &cursor, BITS_STR("body"))->kind, NOTE_DATA);
	notes_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_begins_the_bytes),
		cmocka_unit_test(the_cursor_tells_equal_bytes_apart),
		cmocka_unit_test(a_note_may_be_longer_than_what_the_capture_has),
		cmocka_unit_test(knows_frames_that_hold_packets),
		cmocka_unit_test(keeps_the_head_and_the_runs_that_it_was_given),
		cmocka_unit_test(what_has_no_bytes_is_found_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
