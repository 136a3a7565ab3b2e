/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_record_run.c - what was read, and how much of it. */
#include "cli/record.h"

#include <string.h>

#include "tests/cm.h"

static void an_input_tells_what_its_capture_says(void **state)
{
	static const struct {
		const char *name;
		bool has_drops;
		uint64_t drops;
		const char *damage;
		guint links, comments;
		const char *says, *compression;
	} cases[] = {
		{ "no drop counters: unknown", false, 7, NULL, 0, 0, "\"link_types\":[],\"frames\":3,\"drops\":null,", NULL },
		{ "counters that say none", true, 0, NULL, 1, 0, "\"link_types\":[1],\"frames\":3,\"drops\":0,", NULL },
		{ "dropped frames", true, 7, NULL, 2, 0, "\"link_types\":[1,2],\"frames\":3,\"drops\":7,", NULL },
		{ "comments", true, 0, NULL, 0, 2, "\"comments\":[\"comment\",\"comment\"],\"damage\":null}", NULL },
		{ "damage", true, 0, "cut", 0, 0, "\"damage\":\"cut\"}", NULL },
		{ "no compression", false, 0, NULL, 0, 0, "\"format\":\"pcap\",\"compression\":null,\"size\":99,", NULL },
		{ "compression", false, 0, NULL, 0, 0, "\"format\":\"pcap\",\"compression\":\"zstd\",\"size\":99,", "zstd" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		g_autoptr(GPtrArray) comments = g_ptr_array_new();
		struct capture_info info = { .path = "a.pcap", .format = "pcap",
					     .compression = cases[i].compression, .size = 99, .frames = 3, .first_ns = 0,
					     .last_ns = BITS_TIME_UNKNOWN, .links = links, .comments = comments,
					     .has_drops = cases[i].has_drops, .drops = cases[i].drops,
					     .damage = (char *)cases[i].damage };
		g_autoptr(json_t) record = NULL;
		g_autofree char *line = NULL;

		for (uint32_t n = 1; n <= cases[i].links; n++)
			g_array_append_val(links, n);
		for (guint n = 0; n < cases[i].comments; n++)
			g_ptr_array_add(comments, "comment");
		record = record_input(&info);
		line = record_line(record);
		print_message("%s: %s\n", cases[i].name, line);
		assert_non_null(strstr(line, cases[i].says));
		assert_true(g_str_has_prefix(line, "{\"event_type\":\"input\",\"timestamp\":\"1970-01-01T00:00:00.000000000Z\","
						   "\"end\":null,\"capture\":\"a.pcap\",\"format\":\"pcap\","));
	}
}

/* Every counter under its own name: they are given other values each. */
static void no_counter_stands_for_another(void **state)
{
	struct pump_stats wire = { .frames = 1, .bytes = 2, .segments = 3, .unknown_link = 4, .unknown_proto = 5, .not_tcp = 6,
				   .ip_fragments = 7, .malformed = 8, .connections = 9, .http_connections = 10,
				   .retransmitted = 11, .lost = 12, .conflicting = 13, .evicted = 14, .crowded_out = 21, .encrypted = 22, .datagrams = 23,
				   .datagrams_given_up = 24, .datagrams_conflicting = 25 };
	struct bits_tracker_stats bits = { .packets = 15, .sessions = 16, .findings = 17, .evicted = 18, .given_up = 26 };
	struct record_totals t = { &wire, &bits, 19, 20, BITS_TIME_UNKNOWN, 0, 22, 27, 28, 29, 31, "udp", 30 };
	static const struct {
		const char *key;
		uint64_t value;
	} cases[] = {
		{ "captures", 19 }, { "frames", 1 }, { "duplicate_frames", 22 }, { "bytes", 2 }, { "segments", 3 }, { "connections", 9 },
		{ "http_connections", 10 }, { "packets", 15 }, { "sessions", 16 }, { "damaged_captures", 20 },
		{ "retransmitted_bytes", 11 }, { "lost_bytes", 12 }, { "conflicting_bytes", 13 },
		{ "frames_of_unknown_link", 4 }, { "frames_of_unknown_protocol", 5 }, { "frames_not_tcp", 6 },
		{ "encrypted_frames", 22 }, { "ip_fragments", 7 },
		{ "ip_datagrams", 23 }, { "ip_datagrams_given_up", 24 }, { "ip_bytes_conflicting", 25 }, { "malformed_frames", 8 }, { "crowded_out_holes", 21 },
		{ "evicted_connections", 14 }, { "evicted_entries", 18 }, { "sessions_given_up", 26 }, { "findings_left_out", 27 },
		{ "exports_not_compared", 28 }, { "conflicts_left_out", 29 }, { "connections_left_out", 31 }, { "filter.frames_left_out", 30 },
	};
	g_autoptr(json_t) record = record_stats(&t);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_in_row(cases[i].key, record_number(record, cases[i].key, UINT64_MAX) == cases[i].value);
	assert_int_equal(json_object_size(record), G_N_ELEMENTS(cases) + 4); /* type, both times, what was not read */
	assert_string_equal(record_text(record, "filter.expression"), "udp");
	assert_null(record_at(record, "timestamp"));
	assert_string_equal(record_text(record, "end"), "1970-01-01T00:00:00.000000000Z");
}

static void what_was_not_read_is_named(void **state)
{
	struct pump_stats wire = { 0 };
	struct bits_tracker_stats bits = { 0 };
	struct record_totals t = { &wire, &bits, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, 0 };
	g_autoptr(json_t) record = NULL;
	g_autofree char *list = NULL;

	(void)state;
	unread_count(&wire.unread[PACKET_NOT_TCP], (struct unread){ UNREAD_IP, 17 });
	unread_count(&wire.unread[PACKET_NOT_TCP], (struct unread){ UNREAD_IP, 253 });
	unread_count(&wire.unread[PACKET_UNKNOWN_LINK], (struct unread){ UNREAD_LINK, 147 });
	wire.unread[PACKET_NOT_IP].others = 3;
	record = record_stats(&t);
	assert_null(record_at(record, "filter"));
	list = json_dumps(record_at(record, "unread"), JSON_COMPACT);
	assert_string_equal(list,
			    "[{\"counter\":\"frames_of_unknown_link\",\"kind\":\"link type\",\"number\":147,\"name\":\"USER0\",\"packets\":1},"
			    "{\"counter\":\"frames_of_unknown_protocol\",\"kind\":null,\"number\":null,\"name\":null,\"packets\":3},"
			    "{\"counter\":\"frames_not_tcp\",\"kind\":\"IP protocol\",\"number\":17,\"name\":\"UDP\",\"packets\":1},"
			    "{\"counter\":\"frames_not_tcp\",\"kind\":\"IP protocol\",\"number\":253,\"name\":null,\"packets\":1}]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_input_tells_what_its_capture_says),
		cmocka_unit_test(no_counter_stands_for_another),
		cmocka_unit_test(what_was_not_read_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
