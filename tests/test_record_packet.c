/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_record_packet.c - fields of packets: there and readable, there and broken, not there. */
#include "cli/record.h"

#include <gcrypt.h>
#include <stdlib.h>

#include "tests/cm.h"

static json_t *packet_of(const char *text, bool with_request, enum bits_side side)
{
	static const char ping[] = "BITS_POST /a HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Ping\r\n\r\n";
	g_autoptr(GPtrArray) captures = g_ptr_array_new();
	struct record_context c = { captures, false };
	struct bits_http_head head, ping_head;
	struct bits_message m, request;
	struct bits_exchange x = { .number = 1 };
	json_t *record;

	g_ptr_array_add(captures, "a.pcap");
	assert_int_equal(bits_http_head_parse(&head, bits_str_of(text)), BITS_PARSE_OK);
	assert_int_equal(bits_http_head_parse(&ping_head, bits_str_of(ping)), BITS_PARSE_OK);
	bits_message_decode(&m, &head);
	bits_message_decode(&request, &ping_head);
	x.request = side == BITS_CLIENT ? &m : with_request ? &request : NULL;
	x.answer = side == BITS_SERVER ? &m : NULL;
	x.request_at.first.frame = 4;
	x.request_at.last = (struct bits_where){ .frame = 5, .time_ns = 1000 };
	x.answer_at.first = (struct bits_where){ .frame = 7, .time_ns = 900 };
	x.answer_at.last.frame = 8;
	record = record_packet(&c, &x, side);
	assert_null(record_at(record, "last_frame"));
	record_packet_over(record, &x, side);
	return record;
}

#define FRAGMENT(headers) "BITS_POST /a HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: Fragment\r\n" headers "\r\n"
#define ACK(headers)      "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\n" headers "\r\n"

static void a_field_is_its_value_or_null(void **state)
{
	static const struct {
		const char *name, *text;
		enum bits_side side;
		const char *path, *json;
	} cases[] = {
		{ "a range, half-open", FRAGMENT("Content-Range: bytes 0-9/10\r\n"), BITS_CLIENT, "bits.range", "[0,10]" },
		{ "its total", FRAGMENT("Content-Range: bytes 0-9/10\r\n"), BITS_CLIENT, "bits.total", "10" },
		{ "a total that is not told", FRAGMENT("Content-Range: bytes 0-9/*\r\n"), BITS_CLIENT, "bits.total", NULL },
		{ "no range", FRAGMENT(""), BITS_CLIENT, "bits.range", NULL },
		{ "a broken range", FRAGMENT("Content-Range: bytes x-9/10\r\n"), BITS_CLIENT, "bits.range", NULL },
		{ "a length", FRAGMENT("Content-Length: 10\r\n"), BITS_CLIENT, "bits.content_length", "10" },
		{ "a length beyond 64 bits", FRAGMENT("Content-Length: 99999999999999999999\r\n"), BITS_CLIENT,
		  "bits.content_length", NULL },
		{ "a request has no status", FRAGMENT(""), BITS_CLIENT, "bits.status", NULL },
		{ "its url", FRAGMENT(""), BITS_CLIENT, "bits.url", "\"http://h/a\"" },
		{ "its frames", FRAGMENT(""), BITS_CLIENT, "last_frame", "5" },
		{ "a request was not asked for", FRAGMENT(""), BITS_CLIENT, "bits.request_frame", NULL },
		{ "an answer has a status", ACK(""), BITS_SERVER, "bits.status", "200" },
		{ "and no url", ACK(""), BITS_SERVER, "bits.url", NULL },
		{ "what it answers", ACK(""), BITS_SERVER, "bits.request_frame", "4" },
		{ "a response time may be negative", ACK(""), BITS_SERVER, "bits.response_time_ns", "-100" },
		{ "an offset", ACK("BITS-Received-Content-Range: 10\r\n"), BITS_SERVER, "bits.received", "10" },
		{ "an offset that is none", ACK("BITS-Received-Content-Range: ten\r\n"), BITS_SERVER, "bits.received", NULL },
		{ "an error", ACK("BITS-Error-Code: 0x80070057\r\n"), BITS_SERVER, "bits.error_code", "\"0x80070057\"" },
		{ "its name", ACK("BITS-Error-Code: 0x80070057\r\n"), BITS_SERVER, "bits.error_name", "\"E_INVALIDARG\"" },
		{ "an error that has none", ACK("BITS-Error-Code: 0x12345678\r\n"), BITS_SERVER, "bits.error_name", NULL },
		{ "protocols as a list", FRAGMENT("BITS-Supported-Protocols: {a} {b}\r\n"), BITS_CLIENT,
		  "bits.supported_protocols", "[\"{a}\",\"{b}\"]" },
		{ "no protocols", FRAGMENT(""), BITS_CLIENT, "bits.supported_protocols", "[]" },
		{ "odd bytes are named", FRAGMENT("BITS-Session-Id: \xff\r\n"), BITS_CLIENT, "raw", "[\"session_id\"]" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(json_t) record = packet_of(cases[i].text, true, cases[i].side);
		const json_t *value = record_at(record, cases[i].path);
		char *json = value != NULL ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

		print_message("%s: %s\n", cases[i].name, json != NULL ? json : "null");
		assert_true(g_strcmp0(json, cases[i].json) == 0);
		free(json);
	}
}

static void an_answer_to_nothing_that_was_seen_says_so(void **state)
{
	g_autoptr(json_t) record = packet_of(ACK(""), false, BITS_SERVER);

	(void)state;
	assert_null(record_at(record, "bits.request_frame"));
	assert_null(record_at(record, "bits.response_time_ns"));
	assert_int_equal(record_number(record, "frame", 0), 7);
	assert_int_equal(record_number(record, "last_frame", 0), 8);
	assert_string_equal(record_text(record, "capture"), "a.pcap");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_is_its_value_or_null),
		cmocka_unit_test(an_answer_to_nothing_that_was_seen_says_so),
	};

	gcry_check_version(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
