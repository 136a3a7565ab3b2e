/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_store.c - bytes find the file of their session, and the file gets the name that its end deserves. */
#include "cli/store.h"

#include <glib/gstdio.h>
#include <string.h>

#include "tests/cm.h"
#include "tests/command.h"

#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static gpointer         captures[] = { "a.pcap" };
static const GPtrArray  capture_list = { captures, G_N_ELEMENTS(captures) };
static const struct record_context names = { .captures = &capture_list };

static struct bits_session session_of(uint64_t ordinal, const char *name)
{
	struct bits_session s = { .ordinal = ordinal, .name = (char *)name, .state = BITS_STATE_RECEIVE };

	bits_upload_init(&s.upload);
	s.first.frame = 24;
	return s;
}

/* An exchange brings these bytes, and the tracker books them as it does. */
static void send(struct store *st, struct bits_session *s, uint64_t number, uint64_t offset, const char *text)
{
	struct bits_exchange x = { .number = number, .session = s };
	struct bits_range r = { offset, offset + strlen(text) };

	store_bytes(st, &x, offset, bits_str_of(text), &(struct bits_where){ .frame = 24, .conn = 1, .pos = 1000 * number });
	store_whole(st, &x);
	bits_ranges_add(&s->upload.seen, r);
	bits_ranges_add(&s->upload.open, r);
}

static void settle(struct store *st, struct bits_session *s, uint64_t number, struct bits_range r, bool kept)
{
	struct bits_exchange x = { .number = number, .session = s, .request_at = { .ended = true } };

	store_settled(st, &x, r, kept);
	bits_ranges_remove(&s->upload.open, r);
	if (kept)
		bits_ranges_add(&s->upload.accepted, r);
}

static void files_are_named_by_how_they_ended(void **state)
{
	static const struct {
		const char *name, *file_name;
		enum bits_state state;
		uint64_t size;
		int answer; /* 1: accepted, 0: refused, -1: none */
		const char *stored, *sha256;
	} cases[] = {
		{ "every byte accepted", "a.txt", BITS_STATE_RECEIVE, 3, 1, "a.txt", SHA256_ABC },
		{ "no answer", "a.txt", BITS_STATE_RECEIVE, 3, -1, "a.txt.unconfirmed", SHA256_ABC },
		{ "bytes are missing", "a.txt", BITS_STATE_RECEIVE, 5, 1, "a.txt.partial", NULL },
		{ "an unknown size", "a.txt", BITS_STATE_RECEIVE, BITS_SIZE_UNKNOWN, 1, "a.txt.partial", NULL },
		{ "every byte refused", "a.txt", BITS_STATE_RECEIVE, 3, 0, NULL, NULL },
		{ "taken back when it was whole", "a.txt", BITS_STATE_CANCELLED, 3, 1, "a.txt.cancelled", SHA256_ABC },
		{ "taken back before", "a.txt", BITS_STATE_CANCELLED, 5, 1, "a.txt.partial.cancelled", NULL },
		{ "a name that leads out of the folder", "../../x/CON", BITS_STATE_RECEIVE, 3, 1, "_CON", SHA256_ABC },
		{ "no name", NULL, BITS_STATE_RECEIVE, 3, 1, "unnamed", SHA256_ABC },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *dir = g_strdup_printf("end%zu", i), *want = NULL, *path = NULL, *text = NULL;
		struct bits_session s = session_of(7, cases[i].file_name);
		struct folder f;
		struct store st;
		struct stored out;

		print_message("%s\n", cases[i].name);
		assert_true(folder_open(&f, dir, false, NULL));
		store_init(&st, &f, &names);
		send(&st, &s, 1, 0, "abc");
		if (cases[i].answer >= 0)
			settle(&st, &s, 1, (struct bits_range){ 0, 3 }, cases[i].answer);
		s.state = cases[i].state;
		s.upload.size = cases[i].size;
		store_ended(&st, &s, &out);
		want = cases[i].stored ? g_strdup_printf("files/0007-f000024-%s", cases[i].stored) : NULL;
		assert_true(g_strcmp0(out.name, want) == 0);
		assert_true(g_strcmp0(out.sha256, cases[i].sha256) == 0);
		path = g_build_filename(dir, want ? want : "files", NULL);
		text = want ? command_file(path) : NULL;
		assert_true(!want || g_strcmp0(text, "abc") == 0);
		assert_int_equal(sums_count(&f.sums), want ? 2 : 0); /* and its provenance */
		assert_string_equal(out.sources != NULL ? out.sources : "none", want ? "sources/0007.ndjson" : "none");
		assert_null(st.error);
		stored_clear(&out);
		store_clear(&st);
		bits_upload_clear(&s.upload);
		folder_close(&f);
		assert_true(want || (g_rmdir(path) == 0)); /* nothing is left in files/ */
	}
}

/* It is told of later, when the disk may be full. */
static void what_is_over_is_on_the_disk(void **state)
{
	struct bits_session s = session_of(1, "a.txt");
	struct folder f;
	struct store st;
	struct stored out;
	g_autofree char *early = NULL, *late = NULL;

	(void)state;
	assert_true(folder_open(&f, "over", false, NULL));
	store_init(&st, &f, &names);
	send(&st, &s, 1, 0, "abc");
	settle(&st, &s, 1, (struct bits_range){ 0, 3 }, true);
	store_step(&st, &s);
	assert_int_equal(st.bench.seats.length, 1);
	s.state = BITS_STATE_COMPLETE;
	store_step(&st, &s);
	assert_int_equal(st.bench.seats.length, 0);
	early = command_file("over/files/0001-f000024-a.txt.partial");
	assert_string_equal(early, "abc");
	send(&st, &s, 2, 3, "def"); /* it was behind a hole of another connection */
	settle(&st, &s, 2, (struct bits_range){ 3, 6 }, true);
	s.upload.size = 6;
	store_ended(&st, &s, &out);
	assert_string_equal(out.name, "files/0001-f000024-a.txt");
	late = command_file("over/files/0001-f000024-a.txt");
	assert_string_equal(late, "abcdef");
	stored_clear(&out);
	store_clear(&st);
	bits_upload_clear(&s.upload);
	folder_close(&f);
}

static void sessions_at_one_time_do_not_mix(void **state)
{
	struct bits_session a = session_of(1, "same"), b = session_of(2, "same");
	struct folder f;
	struct store st;
	struct stored out;
	g_autofree char *first = NULL, *second = NULL;

	(void)state;
	assert_true(folder_open(&f, "two", false, NULL));
	store_init(&st, &f, &names);
	send(&st, &a, 1, 0, "a-");
	send(&st, &b, 2, 0, "b-");
	send(&st, &b, 4, 2, "second");
	send(&st, &a, 3, 2, "first");
	a.upload.size = 7;
	b.upload.size = 8;
	store_ended(&st, &b, &out);
	assert_string_equal(out.name, "files/0002-f000024-same.unconfirmed");
	stored_clear(&out);
	store_ended(&st, &a, &out);
	stored_clear(&out);
	first = command_file("two/files/0001-f000024-same.unconfirmed");
	second = command_file("two/files/0002-f000024-same.unconfirmed");
	assert_string_equal(first, "a-first");
	assert_string_equal(second, "b-second");
	assert_int_equal(g_hash_table_size(st.bodies), 0);
	store_clear(&st);
	bits_upload_clear(&a.upload);
	bits_upload_clear(&b.upload);
	folder_close(&f);
}

static void a_copy_that_differs_is_kept_aside(void **state)
{
	struct bits_session s = session_of(1, "c");
	struct folder f;
	struct store st;
	struct stored out;
	g_autofree char *main = NULL, *other = NULL;

	(void)state;
	assert_true(folder_open(&f, "conflict", false, NULL));
	store_init(&st, &f, &names);
	send(&st, &s, 1, 0, "abc");
	settle(&st, &s, 1, (struct bits_range){ 0, 3 }, true);
	send(&st, &s, 2, 0, "aXc");
	settle(&st, &s, 2, (struct bits_range){ 0, 3 }, true);
	s.upload.size = 3;
	store_ended(&st, &s, &out);
	assert_int_equal(bits_ranges_count(&out.conflicts), 1);
	assert_int_equal(bits_ranges_get(&out.conflicts, 0).from, 1);
	assert_int_equal(bits_ranges_get(&out.conflicts, 0).to, 2);
	assert_int_equal(out.others->len, 1);
	assert_string_equal(g_ptr_array_index(out.others, 0), "files/0001-f000024-c.conflict-1");
	assert_string_equal(out.sha256, SHA256_ABC);
	main = command_file("conflict/files/0001-f000024-c");
	assert_string_equal(main, "abc");
	assert_true(g_file_get_contents("conflict/files/0001-f000024-c.conflict-1", &other, NULL, NULL));
	assert_int_equal(sums_count(&f.sums), 3);
	stored_clear(&out);
	store_clear(&st);
	bits_upload_clear(&s.upload);
	folder_close(&f);
}

static void without_a_folder_there_are_hashes_only(void **state)
{
	struct bits_session whole = session_of(1, "a"), partial = session_of(2, "b"), silent = session_of(3, "c");
	struct store st;
	struct stored out;

	(void)state;
	store_init(&st, NULL, NULL);
	send(&st, &whole, 1, 0, "abc");
	send(&st, &partial, 2, 0, "abc");
	whole.upload.size = 3;
	partial.upload.size = 4;
	store_ended(&st, &whole, &out);
	assert_string_equal(out.sha256, SHA256_ABC);
	assert_null(out.name);
	stored_clear(&out);
	store_ended(&st, &partial, &out);
	assert_null(out.sha256);
	stored_clear(&out);
	store_ended(&st, &silent, &out); /* of which no byte was seen */
	assert_null(out.sha256);
	assert_null(out.name);
	stored_clear(&out);
	assert_int_equal(st.unhashed, 0);
	store_clear(&st);
	bits_upload_clear(&whole.upload);
	bits_upload_clear(&partial.upload);
	bits_upload_clear(&silent.upload);
}

/* One file that cannot be made costs no other. */
static void a_file_that_cannot_be_made_is_told_and_the_others_are(void **state)
{
	struct bits_session a = session_of(1, "a"), b = session_of(2, "b");
	struct folder f;
	struct store st;
	struct stored out;

	(void)state;
	assert_true(folder_open(&f, "taken", false, NULL));
	assert_true(g_file_set_contents("taken/files/0001-f000024-a.partial", "x", 1, NULL));
	store_init(&st, &f, &names);
	send(&st, &a, 1, 0, "abc");
	assert_true(g_error_matches(st.error, G_FILE_ERROR, G_FILE_ERROR_EXIST));
	send(&st, &b, 2, 0, "abc");
	a.upload.size = b.upload.size = 3;
	store_ended(&st, &a, &out);
	assert_null(out.name);
	stored_clear(&out);
	store_ended(&st, &b, &out);
	assert_string_equal(out.name, "files/0002-f000024-b.unconfirmed");
	stored_clear(&out);
	store_clear(&st);
	bits_upload_clear(&a.upload);
	bits_upload_clear(&b.upload);
	folder_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_named_by_how_they_ended),
		cmocka_unit_test(what_is_over_is_on_the_disk),
		cmocka_unit_test(sessions_at_one_time_do_not_mix),
		cmocka_unit_test(a_copy_that_differs_is_kept_aside),
		cmocka_unit_test(without_a_folder_there_are_hashes_only),
		cmocka_unit_test(a_file_that_cannot_be_made_is_told_and_the_others_are),
	};

	return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
