/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_record_connection.c - every number of a connection under its own key, and null where nothing was measured. */
#include <string.h>

#include "cli/record.h"
#include "tests/cm.h"
#include "wire/conn_facts.h"

static struct bits_where at(uint32_t file, uint32_t frame, int64_t ns)
{
	return (struct bits_where){ .file = file, .frame = frame, .time_ns = ns };
}

static char *line_of(const struct conn_facts *f, const GArray *sessions)
{
	g_autoptr(GPtrArray) captures = g_ptr_array_new();
	const struct record_context c = { captures, false };
	g_autoptr(json_t) record = NULL;

	g_ptr_array_add(captures, "a.pcap");
	g_ptr_array_add(captures, "b.pcap");
	record = record_connection(&c, f, sessions);
	return record_line(record);
}

static void no_number_stands_for_another(void **state)
{
	g_autoptr(GArray) sessions = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	const uint64_t ordinals[] = { 3, 5 };
	struct conn_facts f = {
		.ordinal = 7, .has_sides = true, .client = 1, .first = at(0, 1, 0), .last = at(0, 9, 5),
		.ended_by = BITS_CLOSE_SERVER_RST, .requests = 20, .server_time = { 2, 30, 50, 80 },
		.flow = { { 11, 12, 13, 14 }, { 15, 16, 17, 18 } },
		.stall = { 60, STALL_SERVER, at(0, 4, 1), at(0, 6, 2) },
		.ends = { { { .family = 4, .bytes = { 10, 0, 0, 2 } }, 4000 }, { { .family = 4, .bytes = { 10, 0, 0, 1 } }, 80 } },
	};
	g_autofree char *line = NULL;

	(void)state;
	g_array_append_vals(sessions, ordinals, 2);
	line = line_of(&f, sessions);
	assert_string_equal(line,
		"{\"event_type\":\"connection\",\"timestamp\":\"1970-01-01T00:00:00.000000000Z\","
		"\"end\":\"1970-01-01T00:00:00.000000005Z\",\"frame\":1,\"capture\":\"a.pcap\",\"src_ip\":\"10.0.0.2\","
		"\"src_port\":4000,\"dest_ip\":\"10.0.0.1\",\"dest_port\":80,\"proto\":\"TCP\","
		"\"community_id\":\"1:N6rz4wVVCg8pFVRFNZZ4u91a37M=\",\"frames\":[1,9],\"connection\":7,\"sessions\":[3,5],"
		"\"ended_by\":\"server-rst\","
		"\"sent_by_client\":{\"segments\":15,\"retransmissions\":16,\"lost_bytes\":18,\"zero_windows\":17},"
		"\"sent_by_server\":{\"segments\":11,\"retransmissions\":12,\"lost_bytes\":14,\"zero_windows\":13},"
		"\"requests\":20,\"server_time\":{\"answers\":2,\"least_ns\":30,\"mean_ns\":40,\"most_ns\":50},"
		"\"longest_stall\":{\"ns\":60,\"whose\":\"server\",\"frames\":[4,6]}}");
}

static void what_was_not_measured_is_null(void **state)
{
	static const struct {
		const char *name;
		struct conn_facts f;
		const char *says;
	} cases[] = {
		{ "no answer that counts", { .ended_by = BITS_CLOSE_CAPTURE_END },
		  "\"server_time\":{\"answers\":0,\"least_ns\":null,\"mean_ns\":null,\"most_ns\":null}" },
		{ "no stall", { .ended_by = BITS_CLOSE_CAPTURE_END }, "\"longest_stall\":null}" },
		{ "no session", { .ended_by = BITS_CLOSE_CAPTURE_END }, "\"sessions\":[]," },
		{ "no time", { .first = { .frame = 1, .time_ns = BITS_TIME_UNKNOWN }, .last = { .time_ns = BITS_TIME_UNKNOWN } },
		  "\"timestamp\":null,\"end\":null,\"frame\":1," },
		{ "over two captures", { .first = { .frame = 8 }, .last = { .file = 1, .frame = 2 } },
		  "\"frames\":[8,2],\"captures\":[\"a.pcap\",\"b.pcap\"]," },
		{ "a stall over two captures",
		  { .stall = { 1, STALL_NETWORK, { .frame = 8 }, { .file = 1, .frame = 2 } } },
		  "\"longest_stall\":{\"ns\":1,\"whose\":\"network\",\"frames\":[8,2],\"captures\":[\"a.pcap\",\"b.pcap\"]}" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = line_of(&cases[i].f, NULL);

		if (!strstr(line, cases[i].says))
			fail_msg("row \"%s\": %s", cases[i].name, line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_number_stands_for_another),
		cmocka_unit_test(what_was_not_measured_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
