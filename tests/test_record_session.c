/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_record_session.c - a session's keys in their order, and the file that it becomes. */
#include "cli/record.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cm.h"

static struct bits_end end4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port)
{
	return (struct bits_end){ { .family = 4, .bytes = { a, b, c, d } }, port };
}

static json_t *session_named(const char *name, const char *url, struct bits_upload *upload)
{
	g_autoptr(GPtrArray) captures = g_ptr_array_new();
	struct record_context context = { captures, false };
	struct bits_session s = { .ordinal = 3, .name = (char *)name, .url = (char *)url, .upload = *upload };

	g_ptr_array_add(captures, "a.pcap");
	s.first = (struct bits_where){ .frame = 4, .time_ns = 5 };
	s.last = (struct bits_where){ .frame = 9, .time_ns = 7 };
	s.ends.client = end4(10, 0, 0, 2, 50000);
	s.ends.server = (struct bits_end){ { .family = 6, .bytes = { 0xfd, 0x77, [15] = 1 } }, 80 };
	return record_session(&context, &s, &(struct record_content){ 0 });
}

static void bytes_that_are_no_utf8_become_characters_and_are_named(void **state)
{
	struct bits_upload upload = { .size = BITS_SIZE_UNKNOWN };
	g_autoptr(json_t) odd = session_named("caf\xe9\x9b", "http://h/\xc3\xa9", &upload);
	g_autoptr(json_t) even = session_named("caf\xc3\xa9", NULL, &upload);
	g_autofree char *line = record_line(odd);

	(void)state;
	assert_string_equal(record_text(odd, "bits.name"), "caf\xc3\xa9\xc2\x9b");
	assert_string_equal(record_text(odd, "bits.url"), "http://h/\xc3\xa9");
	assert_int_equal(json_array_size(record_at(odd, "raw")), 1);
	assert_string_equal(json_string_value(json_array_get(record_at(odd, "raw"), 0)), "name");
	assert_string_equal(record_text(even, "bits.name"), "caf\xc3\xa9");
	assert_null(record_at(even, "raw"));
	assert_null(record_at(even, "bits.url"));
	/* U+009B begins a command of many terminals */
	assert_non_null(strstr(line, "\xc3\xa9\\u009b"));
}

static void a_session_is_one_line_with_its_keys_in_order(void **state)
{
	static const char *const keys[] = { "event_type",   "timestamp", "end",           "frame",     "capture",
					    "src_ip",       "src_port",  "dest_ip",       "dest_port", "proto",
					    "community_id", "frames",    "client",        "server",    "connections",
					    "ended_by",     "who",       "bits",          "file",      "findings",
					    "at_fault",     "evidence",  "same_upload_as" };
	struct bits_upload upload = { .size = (uint64_t)INT64_MAX + 1 };
	g_autoptr(json_t) s = session_named("x", "http://h/x", &upload);
	const char *key;
	json_t *value;
	size_t i = 0;

	(void)state;
	json_object_foreach(s, key, value)
		assert_string_equal(key, keys[i++]);
	assert_int_equal(i, G_N_ELEMENTS(keys));
	assert_string_equal(record_text(s, "client"), "10.0.0.2");
	assert_string_equal(record_text(s, "server"), "[fd77::1]:80");
	assert_null(record_at(s, "community_id")); /* an IPv4 and an IPv6 end */
	assert_null(record_at(s, "file.size"));    /* beyond 2^63 - 1 */
	assert_int_equal(record_number(s, "bits.session", 0), 3);
}

static void a_file_takes_over_what_names_its_session(void **state)
{
	struct bits_upload upload = { .size = 3 };
	g_autoptr(json_t) s = session_named("\xff", "http://h/x", &upload);
	g_autoptr(GPtrArray) others = g_ptr_array_new();
	const struct record_place nowhere = { .others = others },
				  place = { "files/a", others, "sources/0001.ndjson" };
	g_autoptr(json_t) none = record_file(s, &nowhere), stored = NULL;

	(void)state;
	g_ptr_array_add(others, "files/a.conflict-1");
	stored = record_file(s, &place);
	assert_string_equal(record_text(stored, "event_type"), "file");
	assert_string_equal(record_text(stored, "url"), "http://h/x");
	assert_string_equal(record_text(stored, "capture"), "a.pcap");
	assert_int_equal(record_number(stored, "session", 0), 3);
	assert_int_equal(record_number(stored, "frame", 0), 4);
	assert_int_equal(record_number(stored, "file.size", 0), 3);
	assert_string_equal(record_text(stored, "file.stored"), "files/a");
	assert_string_equal(record_text(stored, "file.sources"), "sources/0001.ndjson");
	assert_null(record_text(none, "file.sources"));
	assert_int_equal(json_array_size(record_at(stored, "file.stored_conflicts")), 1);
	assert_string_equal(json_string_value(json_array_get(record_at(stored, "raw"), 0)), "name");
	assert_null(record_at(none, "file.stored"));
	assert_int_equal(json_array_size(record_at(none, "file.stored_conflicts")), 0);
	assert_null(record_at(s, "file.stored")); /* the session's own is a copy */
}

static void conflicts_are_those_of_the_file_else_of_the_tracker(void **state)
{
	static const struct {
		const char *name;
		bool no_hash, own;
		const char *json;
	} cases[] = {
		{ "of the tracker", false, false, "[[0,1]]" },
		{ "of the file", false, true, "[[5,6]]" },
		{ "without digests nobody knows", true, false, "null" },
	};
	g_autoptr(GPtrArray) captures = g_ptr_array_new();

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct record_context c = { captures, cases[i].no_hash };
		struct bits_session s = { .ordinal = 1 };
		struct bits_ranges own = { 0 };
		struct record_content content = { .conflicts = cases[i].own ? &own : NULL };
		g_autoptr(json_t) record = NULL;
		char *json;

		bits_ranges_add(&s.upload.conflicts, (struct bits_range){ 0, 1 });
		bits_ranges_add(&own, (struct bits_range){ 5, 6 });
		record = record_session(&c, &s, &content);
		json = json_dumps(json_object_get(json_object_get(record, "file"), "conflicts"),
				  JSON_COMPACT | JSON_ENCODE_ANY);
		expect_in_row(cases[i].name, strcmp(json, cases[i].json) == 0);
		free(json);
		bits_ranges_clear(&own);
		bits_ranges_clear(&s.upload.conflicts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_that_are_no_utf8_become_characters_and_are_named),
		cmocka_unit_test(a_session_is_one_line_with_its_keys_in_order),
		cmocka_unit_test(a_file_takes_over_what_names_its_session),
		cmocka_unit_test(conflicts_are_those_of_the_file_else_of_the_tracker),
	};

	gcry_check_version(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
