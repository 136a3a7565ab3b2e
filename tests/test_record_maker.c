/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_record_maker.c - keys in their order, bytes of any kind, numbers of any size. */
#include "cli/record_maker.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cm.h"

/* The line of a record with this one text. */
static char *line_with(struct bits_str text)
{
	struct maker m = maker_new();
	g_autoptr(json_t) record = NULL;

	maker_set_str(&m, "k", text);
	record = maker_finish(&m);
	return record_line(record);
}

static void bytes_of_any_kind_are_text(void **state)
{
	static const struct {
		const char *name;
		struct bits_str text;
		const char *line;
	} cases[] = {
		{ "nothing", { NULL, 0 }, "{\"k\":\"\"}" },
		{ "ASCII", { "abc", 3 }, "{\"k\":\"abc\"}" },
		{ "UTF-8", { "\xc3\xa9", 2 }, "{\"k\":\"\xc3\xa9\"}" },
		{ "a byte that is no UTF-8", { "caf\xe9", 4 }, "{\"k\":\"caf\xc3\xa9\",\"raw\":[\"k\"]}" },
		{ "UTF-8 that is cut short", { "\xc3", 1 }, "{\"k\":\"\xc3\x83\",\"raw\":[\"k\"]}" },
		{ "half of a surrogate pair", { "\xed\xa0\x80", 3 },
		  "{\"k\":\"\xc3\xad\xc2\xa0\\u0080\",\"raw\":[\"k\"]}" },
		{ "a NUL inside", { "a\0b", 3 }, "{\"k\":\"a\\u0000b\"}" },
		{ "what a terminal obeys", { "\x1b[2J\x7f", 5 }, "{\"k\":\"\\u001B[2J\\u007f\"}" },
		{ "a command beyond ASCII", { "\xc2\x9b", 2 }, "{\"k\":\"\\u009b\"}" },
		{ "quotes and line feeds", { "\"\n\\", 3 }, "{\"k\":\"\\\"\\n\\\\\"}" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = line_with(cases[i].text);

		print_message("%s: %s\n", cases[i].name, line);
		assert_string_equal(line, cases[i].line);
	}
}

static void ten_thousand_bytes_are_not_cut(void **state)
{
	g_autofree char *text = g_strnfill(10000, '\xff'), *line = line_with((struct bits_str){ text, 10000 });

	(void)state;
	assert_int_equal(strlen(line), strlen("{\"k\":\"\",\"raw\":[\"k\"]}") + 2 * 10000);
}

static void nested_objects_share_the_list_of_odd_names(void **state)
{
	struct maker m = maker_new(), inner = maker_nest(&m, "bits");
	g_autoptr(json_t) record = NULL;
	g_autofree char *line = NULL;

	(void)state;
	maker_set_str(&inner, "url", BITS_STR("\xff"));
	maker_set_text(&m, "none", NULL);
	maker_set_own_text(&m, "own", g_strdup("\xfe"));
	record = maker_finish(&m);
	line = record_line(record);
	assert_string_equal(line, "{\"bits\":{\"url\":\"\xc3\xbf\"},\"none\":null,\"own\":\"\xc3\xbe\",\"raw\":[\"url\",\"own\"]}");
}

static void values_are_null_where_they_cannot_be_told(void **state)
{
	struct bits_ranges none = { 0 }, two = { 0 };
	const struct {
		const char *name;
		json_t *value;
		const char *text;
	} cases[] = {
		{ "zero", value_number(0), "0" },
		{ "the greatest that JSON readers agree on", value_number(INT64_MAX), "9223372036854775807" },
		{ "one more", value_number((uint64_t)INT64_MAX + 1), "null" },
		{ "an unknown size", value_number(UINT64_MAX), "null" },
		{ "a frame", value_frame(&(struct bits_where){ .frame = 7 }), "7" },
		{ "no frame", value_frame(&(struct bits_where){ 0 }), "null" },
		{ "a range", value_range((struct bits_range){ 5, 10 }), "[5,10]" },
		{ "a range to the end of all offsets", value_range((struct bits_range){ 5, UINT64_MAX }), "[5,null]" },
		{ "no ranges", value_ranges(&none), "[]" },
		{ "two", (bits_ranges_add(&two, (struct bits_range){ 0, 1 }), bits_ranges_add(&two, (struct bits_range){ 3, 4 }),
			  value_ranges(&two)), "[[0,1],[3,4]]" },
		{ "a name that is no UTF-8", value_text("\xff"), "\"\xc3\xbf\"" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		char *text = json_dumps(cases[i].value, JSON_ENCODE_ANY | JSON_COMPACT);

		expect_in_row(cases[i].name, strcmp(text, cases[i].text) == 0);
		free(text);
		json_decref(cases[i].value);
	}
	bits_ranges_clear(&two);
}

static void the_envelope_tells_when_and_from_whom(void **state)
{
	struct bits_ends ends = { { { .family = 4, .bytes = { 10, 0, 0, 2 } }, 50000 }, { { .family = 4, .bytes = { 10, 0, 0, 1 } }, 80 }, false };
	struct maker m = maker_begin("packet", &(struct bits_where){ .frame = 3, .time_ns = 0 });
	struct maker none = maker_begin("packet", &(struct bits_where){ .time_ns = 5 });
	g_autoptr(json_t) answer = NULL, nowhere = NULL;

	(void)state;
	maker_set_ends(&m, &ends, BITS_SERVER);
	answer = maker_finish(&m);
	assert_string_equal(record_text(answer, "event_type"), "packet");
	assert_string_equal(record_text(answer, "timestamp"), "1970-01-01T00:00:00.000000000Z");
	assert_string_equal(record_text(answer, "src_ip"), "10.0.0.1");
	assert_int_equal(record_number(answer, "src_port", 0), 80);
	assert_string_equal(record_text(answer, "dest_ip"), "10.0.0.2");
	assert_true(g_str_has_prefix(record_text(answer, "community_id"), "1:"));
	maker_set_ends(&none, &(struct bits_ends){ 0 }, BITS_CLIENT);
	nowhere = maker_finish(&none);
	assert_null(record_at(nowhere, "timestamp")); /* no frame, no time */
	assert_null(record_at(nowhere, "src_ip"));
	assert_null(record_at(nowhere, "src_port"));
	assert_null(record_at(nowhere, "community_id"));
}

static void captures_are_named_where_there_are_several(void **state)
{
	static const struct {
		const char *name;
		struct bits_where at[2];
		const char *line;
	} cases[] = {
		{ "both in one", { { .file = 1, .frame = 3 }, { .file = 1, .frame = 4 } }, "{}" },
		{ "in two", { { .file = 0, .frame = 3 }, { .file = 1, .frame = 4 } },
		  "{\"captures\":[\"a.pcap\",\"b.pcap\"]}" },
		{ "the second is unknown", { { .file = 1, .frame = 3 }, { .file = 0 } }, "{}" },
		{ "a capture that the run does not have", { { .file = 0, .frame = 3 }, { .file = 9, .frame = 4 } },
		  "{\"captures\":[\"a.pcap\",null]}" },
	};
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	struct record_context c = { names, false };

	(void)state;
	g_ptr_array_add(names, "a.pcap");
	g_ptr_array_add(names, "b.pcap");
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct maker m = maker_new();
		g_autoptr(json_t) record = NULL;
		g_autofree char *line = NULL;

		maker_set_captures(&m, &c, cases[i].at, 2);
		record = maker_finish(&m);
		line = record_line(record);
		expect_in_row(cases[i].name, strcmp(line, cases[i].line) == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_of_any_kind_are_text),
		cmocka_unit_test(ten_thousand_bytes_are_not_cut),
		cmocka_unit_test(nested_objects_share_the_list_of_odd_names),
		cmocka_unit_test(values_are_null_where_they_cannot_be_told),
		cmocka_unit_test(the_envelope_tells_when_and_from_whom),
		cmocka_unit_test(captures_are_named_where_there_are_several),
	};

	gcry_check_version(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
