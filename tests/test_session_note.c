/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_session_note.c - the record that is made from a note is that of the session. */
#include "cli/session_note.h"

#include <gcrypt.h>
#include <string.h>

#include "tests/cm.h"

static struct bits_session whole_session(void)
{
	struct bits_session s = {
		.ordinal = 7, .id = (char *)"{id}", .url = (char *)"http://h/\xff", .name = (char *)"", .reply_url = (char *)"/r",
		.user_agent = (char *)"BITS", .server_software = (char *)"IIS", .via = (char *)"1.1 p", .auth = (char *)"NTLM",
		.user = (char *)"D\\u", .host_id = (char *)"h", .state = BITS_STATE_COMPLETE, .fragments = 3,
		.first = { .frame = 4, .time_ns = 5 }, .last = { .frame = 9, .time_ns = BITS_TIME_UNKNOWN },
	};

	s.upload.size = 100;
	s.upload.acked = 90;
	bits_ranges_add(&s.upload.seen, (struct bits_range){ 0, 50 });
	bits_ranges_add(&s.upload.seen, (struct bits_range){ 60, 70 });
	bits_ranges_add(&s.upload.accepted, (struct bits_range){ 0, 20 });
	bits_ranges_add(&s.upload.open, (struct bits_range){ 30, 50 });
	bits_ranges_add(&s.upload.conflicts, (struct bits_range){ 1, 2 });
	return s;
}

static char *lines_of(const struct bits_session *s, const struct record_content *content)
{
	g_autoptr(GPtrArray) captures = g_ptr_array_new();
	const struct record_context context = { captures, false };
	g_autoptr(json_t) session = NULL, file = NULL;
	g_autofree char *first = NULL, *second = NULL;

	g_ptr_array_add(captures, (gpointer)"a.pcap");
	session = record_session(&context, s, content);
	first = record_line(session);
	if (content->place == NULL)
		return g_steal_pointer(&first);
	file = record_file(session, content->place);
	second = record_line(file);
	return g_strconcat(first, second, NULL);
}

static void a_note_gives_the_same_records(void **state)
{
	g_autoptr(GPtrArray) others = g_ptr_array_new();
	struct bits_ranges conflicts = { 0 };
	const struct record_place place = { "files/a", others, "sources/0007.ndjson" }, nowhere = { .others = others };
	struct bits_session whole = whole_session(), bare = { .ordinal = 1, .upload.size = BITS_SIZE_UNKNOWN };
	const struct {
		const char *name;
		const struct bits_session *session;
		struct record_content content;
	} cases[] = {
		{ "a session alone", &whole, { 0 } },
		{ "nothing is known of it", &bare, { 0 } },
		{ "with a hash", &whole, { .sha256 = "ab" } },
		{ "conflicts of its own", &whole, { .conflicts = &conflicts } },
		{ "none of its own", &whole, { .conflicts = &(struct bits_ranges){ 0 } } },
		{ "extracted", &whole, { "ab", &conflicts, &place } },
		{ "no file came of it", &bare, { NULL, &conflicts, &nowhere } },
	};

	(void)state;
	g_ptr_array_add(others, (gpointer)"files/a.conflict-1");
	g_ptr_array_add(others, (gpointer)"files/a.conflict-2");
	bits_ranges_add(&conflicts, (struct bits_range){ 5, 6 });
	bits_ranges_add(&conflicts, (struct bits_range){ 8, 9 });
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) bytes = g_byte_array_new();
		g_autofree char *want = lines_of(cases[i].session, &cases[i].content), *have = NULL;
		struct session_note note, look;

		session_note_write(bytes, cases[i].session, &cases[i].content);
		session_note_read(&note, bytes);
		have = lines_of(&note.session, &note.content);
		expect_in_row(cases[i].name, strcmp(have, want) == 0);
		expect_in_row(cases[i].name, bits_session_file_state(&note.session) == bits_session_file_state(cases[i].session));
		assert_true(g_strcmp0(note.session.host_id, cases[i].session->host_id) == 0);
		session_note_look(&look, bytes);
		expect_in_row(cases[i].name, g_strcmp0(look.session.name, note.session.name) == 0);
		expect_in_row(cases[i].name, g_strcmp0(look.content.sha256, note.content.sha256) == 0);
		expect_in_row(cases[i].name, g_strcmp0(look.place.stored, note.place.stored) == 0);
		expect_in_row(cases[i].name, bits_session_file_size(&look.session) == bits_session_file_size(&note.session));
		expect_in_row(cases[i].name, bits_ranges_count(&look.session.upload.seen) == 0);
		session_note_clear(&look);
		session_note_clear(&note);
	}
	bits_ranges_clear(&conflicts);
	bits_upload_clear(&whole.upload);
}

/* Also what only a session that is closed says of itself. */
static void an_empty_upload_stays_one(void **state)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct bits_session s = { .ordinal = 1, .state = BITS_STATE_COMPLETE, .create_to_close_gapless = true };
	struct session_note note;

	(void)state;
	s.upload.size = BITS_SIZE_UNKNOWN;
	session_note_write(bytes, &s, &(struct record_content){ 0 });
	session_note_read(&note, bytes);
	assert_int_equal(bits_session_file_state(&note.session), BITS_FILE_COMPLETE);
	assert_int_equal(bits_session_file_size(&note.session), 0);
	session_note_clear(&note);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_note_gives_the_same_records),
		cmocka_unit_test(an_empty_upload_stays_one),
	};

	gcry_check_version(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
