/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/bits_message.h"

#include <string.h>

#include "tests/cm.h"

static struct bits_message decode(const char *text)
{
	struct bits_http_head head;
	struct bits_message   m;

	assert_int_equal(bits_http_head_parse(&head, bits_str_of(text)), BITS_PARSE_OK);
	bits_message_decode(&m, &head);
	return m;
}

static void reads_ranges(void **state)
{
	static const struct {
		const char       *name, *text;
		bool              ok, star;
		struct bits_range range;
		uint64_t          total;
	} cases[] = {
		{ "whole file (4.1 example)", "bytes 0-4891/4892", true, false, { 0, 4892 }, 4892 },
		{ "the unit in any case", "Bytes 5-9/10", true, false, { 5, 10 }, 10 },
		{ "size not yet known", "bytes 0-9/*", true, false, { 0, 10 }, BITS_SIZE_UNKNOWN },
		{ "no range", "bytes */10", true, true, { 0, 0 }, 10 },
		{ "end past the size", "bytes 0-10/10", true, false, { 0, 11 }, 10 },
		{ "backward", "bytes 9-0/10", true, false, { 9, 1 }, 10 },
		{ "odd spacing, leading zeros", "bytes \t 007 - 009 / 010", true, false, { 7, 10 }, 10 },
		{ "beyond 32 bits", "bytes 4294967296-4294967305/8589934592", true, false, { 4294967296, 4294967306 }, 8589934592 },
		{ "beyond 64 bits", "bytes 0-9/18446744073709551616", false, false, { 0, 0 }, 0 },
		{ "the greatest numbers", "bytes 9223372036854775805-9223372036854775806/9223372036854775807", true, false,
		  { INT64_MAX - 2, INT64_MAX }, INT64_MAX },
		{ "a first byte beyond 63 bits", "bytes 9223372036854775808-9223372036854775809/*", false, false, { 0, 0 }, 0 },
		{ "a last byte whose end is", "bytes 0-9223372036854775807/*", false, false, { 0, 0 }, 0 },
		{ "a total that is", "bytes 0-9/9223372036854775808", false, false, { 0, 0 }, 0 },
		{ "a last byte that has no end", "bytes 0-18446744073709551615/1", false, false, { 0, 0 }, 0 },
		{ "no such unit", "lines 0-9/10", false, false, { 0, 0 }, 0 },
		{ "no total", "bytes 0-9", false, false, { 0, 0 }, 0 },
		{ "an empty upload, as arithmetic has it", "bytes 0--1/0", false, false, { 0, 0 }, 0 },
		{ "something behind it", "bytes 0-9/10;", false, false, { 0, 0 }, 0 },
		{ "empty", "", false, false, { 0, 0 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_range range = { 0, 0 };
		uint64_t          total = 0;
		bool              star = false;

		expect_in_row(cases[i].name, bits_range_parse(&range, &total, &star, bits_str_of(cases[i].text)) == cases[i].ok);
		expect_in_row(cases[i].name, range.from == cases[i].range.from && range.to == cases[i].range.to);
		expect_in_row(cases[i].name, total == cases[i].total && star == cases[i].star);
	}
}

static void tells_packets_and_dialects(void **state)
{
#define L " /x HTTP/1.1\r\n"
	static const struct {
		const char       *name, *text;
		enum bits_packet  packet;
		enum bits_dialect dialect;
	} cases[] = {
		{ "native", "BITS_POST" L "BITS-Packet-Type: Ping\r\n\r\n", BITS_PACKET_PING, BITS_DIALECT_BITS },
		{ "in any case", "BITS_POST" L "bits-packet-type: CREATE-SESSION\r\n\r\n", BITS_PACKET_CREATE_SESSION, BITS_DIALECT_BITS },
		{ "the verb's case is wrong, but it is what it is", "bits_post" L "BITS-Packet-Type: Fragment\r\n\r\n", BITS_PACKET_FRAGMENT, BITS_DIALECT_BITS },
		{ "tunnelled", "POST" L "X-HTTP-Method-Override: BITS_POST\r\nBITS-Packet-Type: Close-Session\r\n\r\n", BITS_PACKET_CLOSE_SESSION, BITS_DIALECT_OVERRIDE },
		{ "plain POST", "POST" L "BITS-Packet-Type: Cancel-Session\r\n\r\n", BITS_PACKET_CANCEL_SESSION, BITS_DIALECT_POST },
		{ "no type, but other BITS headers", "BITS_POST" L "BITS-Session-Id: 1\r\n\r\n", BITS_PACKET_UNKNOWN, BITS_DIALECT_BITS },
		{ "an unknown type", "BITS_POST" L "BITS-Packet-Type: Frag\r\n\r\n", BITS_PACKET_UNKNOWN, BITS_DIALECT_BITS },
		{ "a request cannot be an Ack", "BITS_POST" L "BITS-Packet-Type: Ack\r\n\r\n", BITS_PACKET_UNKNOWN, BITS_DIALECT_BITS },
		{ "an imitation", "BITS_POST" L "X-Session-Id: 1\r\n\r\n", BITS_PACKET_IMITATION, BITS_DIALECT_IMITATION },
		{ "a notification", "POST" L "BITS-Original-Request-URL: http://h/x\r\n\r\n", BITS_PACKET_NOTIFICATION, BITS_DIALECT_NONE },
		{ "a download", "GET" L "Range: bytes=0-1\r\nUser-Agent: Microsoft BITS/7.8\r\n\r\n", BITS_PACKET_NONE, BITS_DIALECT_NONE },
		{ "an Ack", "HTTP/1.1 200 OK\r\nBits-Packet-Type: ack\r\n\r\n", BITS_PACKET_ACK, BITS_DIALECT_NONE },
		{ "another answer", "HTTP/1.1 413 No\r\n\r\n", BITS_PACKET_NONE, BITS_DIALECT_NONE },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_message m = decode(cases[i].text);

		expect_in_row(cases[i].name, m.packet == cases[i].packet);
		expect_in_row(cases[i].name, m.dialect == cases[i].dialect);
	}
}

static void reads_error_codes_in_every_spelling(void **state)
{
	static const struct {
		const char *name, *line;
		bool        has, bad, alias;
		uint32_t    code;
	} cases[] = {
		{ "win32's name", "BITS-Error-Code: 0x8020001F", true, false, false, 0x8020001F },
		{ "MC-BUP's name", "BITS-Error: 0x8020001f", true, false, true, 0x8020001F },
		{ "as MC-BUP prints codes", "BITS-Error-Code: x80070057", true, false, false, 0x80070057 },
		{ "bare (gobits)", "BITS-Error-Code: 80070057", true, false, false, 0x80070057 },
		{ "with a C suffix", "BITS-Error-Code: 0x80070057L", true, false, false, 0x80070057 },
		{ "one digit", "BITS-Error-Code: 5", true, false, false, 5 },
		{ "empty counts as absent (SimpleBITSServer)", "BITS-Error-Code:", false, false, false, 0 },
		{ "words", "BITS-Error-Code: none", true, true, false, 0 },
		{ "33 bits", "BITS-Error-Code: 0x180070057", true, true, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char    *text = g_strdup_printf("HTTP/1.1 500 No\r\n%s\r\n\r\n", cases[i].line);
		struct bits_message m = decode(text);
		uint64_t            bit = BITS_FIELD_BIT(BITS_FIELD_ERROR_CODE);

		expect_in_row(cases[i].name, ((m.has & bit) != 0) == cases[i].has);
		expect_in_row(cases[i].name, ((m.bad & bit) != 0) == cases[i].bad);
		expect_in_row(cases[i].name, ((m.alias & bit) != 0) == cases[i].alias);
		expect_in_row(cases[i].name, m.error_code == cases[i].code);
	}
}

static void keeps_what_it_cannot_read(void **state)
{
	struct bits_message m = decode("HTTP/1.1 200 OK\r\nBITS-Received-Content-Range: 0-35148/35149\r\n"
	                               "BITS-Session-Id: a\r\nBITS-Session-Id: b\r\n\r\n");

	(void)state;
	assert_true(bits_message_has(&m, BITS_FIELD_RECEIVED));
	assert_false(bits_message_good(&m, BITS_FIELD_RECEIVED));
	assert_true(bits_str_eq(m.text[BITS_FIELD_RECEIVED], BITS_STR("0-35148/35149")));
	assert_true(bits_str_eq(m.text[BITS_FIELD_SESSION_ID], BITS_STR("a")));
	assert_int_equal(m.differs, BITS_FIELD_BIT(BITS_FIELD_SESSION_ID));
}

static void has_no_number_beyond_63_bits(void **state)
{
	struct bits_message good = decode("HTTP/1.1 200 OK\r\nBITS-Received-Content-Range: 9223372036854775807\r\n\r\n");
	struct bits_message bad = decode("HTTP/1.1 200 OK\r\nBITS-Received-Content-Range: 9223372036854775808\r\n"
	                                 "Content-Length: 9223372036854775808\r\n\r\n");

	(void)state;
	assert_true(bits_message_good(&good, BITS_FIELD_RECEIVED));
	assert_int_equal(good.received, INT64_MAX);
	assert_int_equal(bad.bad, BITS_FIELD_BIT(BITS_FIELD_RECEIVED) | BITS_FIELD_BIT(BITS_FIELD_CONTENT_LENGTH));
}

static void reads_the_misspelt_offset(void **state)
{
	struct bits_message m = decode("HTTP/1.1 416 No\r\nBits-Recieved-Content-Range: 120000\r\n\r\n");

	(void)state;
	assert_true(bits_message_good(&m, BITS_FIELD_RECEIVED));
	assert_int_equal(m.received, 120000);
	assert_int_equal(m.alias, BITS_FIELD_BIT(BITS_FIELD_RECEIVED));
}

static void a_copy_owns_its_text(void **state)
{
	g_autofree char     *text = g_strdup("\r\nBITS_POST /x HTTP/1.1\r\nBITS-Session-Id: {A}\r\nContent-Length: 7\r\n\r\n");
	struct bits_message  m = decode(text);
	struct bits_message *copy = bits_message_copy(&m);

	(void)state;
	memset(text, 'z', strlen(text));
	assert_true(bits_str_eq(copy->text[BITS_FIELD_SESSION_ID], BITS_STR("{A}")));
	assert_null(copy->text[BITS_FIELD_HOST].p);
	assert_true(bits_str_eq(copy->method, BITS_STR("BITS_POST")));
	assert_true(bits_str_eq(copy->target, BITS_STR("/x")));
	assert_true(bits_str_starts(copy->head, BITS_STR("BITS_POST")));
	assert_int_equal(copy->content_length, 7);
	bits_message_free(copy);
}

static void a_copy_of_an_answer_owns_its_reason(void **state)
{
	g_autofree char     *text = g_strdup("HTTP/1.1 403 Not you\r\nServer: S\r\n\r\n");
	struct bits_message  m = decode(text);
	struct bits_message *copy = bits_message_copy(&m);

	(void)state;
	memset(text, 'z', strlen(text));
	assert_true(bits_str_eq(copy->reason, BITS_STR("Not you")));
	assert_true(bits_str_eq(copy->text[BITS_FIELD_SERVER], BITS_STR("S")));
	bits_message_free(copy);
}

/* Of two codings the last one decides; where a head can have no body, none does. */
static void knows_a_chunked_body(void **state)
{
	static const struct {
		const char *head;
		bool        chunked;
	} cases[] = {
		{ "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n", true },
		{ "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n", false },
		{ "HTTP/1.1 304 No\r\ntransfer-encoding: chunked\r\n\r\n", false },
		{ "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		print_message("%s", cases[i].head);
		assert_int_equal(decode(cases[i].head).chunked, cases[i].chunked);
	}
}

static void compares_ids(void **state)
{
	static const struct {
		const char *name, *id, *key;
		bool        is_guid;
	} cases[] = {
		{ "IIS", "{C85B4E0A-9EB9-4114-BFA4-8A43B4710091}", "c85b4e0a-9eb9-4114-bfa4-8a43b4710091", true },
		{ "without braces", "C85B4E0a-9eb9-4114-bfa4-8a43b4710091", "c85b4e0a-9eb9-4114-bfa4-8a43b4710091", true },
		{ "a signed decimal", "-695073918668488697", "-695073918668488697", false },
		{ "an opaque id keeps its case", "AbC", "AbC", false },
		{ "another one", "abc", "abc", false },
		{ "braces alone make no GUID", "{42}", "{42}", false },
		{ "a GUID with a wrong digit", "g85b4e0a-9eb9-4114-bfa4-8a43b4710091", "g85b4e0a-9eb9-4114-bfa4-8a43b4710091", false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *key = bits_session_id_key(bits_str_of(cases[i].id));

		expect_in_row(cases[i].name, strcmp(key, cases[i].key) == 0);
		expect_in_row(cases[i].name, bits_is_guid(bits_str_of(cases[i].id)) == cases[i].is_guid);
		for (size_t k = 0; k < G_N_ELEMENTS(cases); k++)
			expect_in_row(cases[i].name, bits_session_id_eq(bits_str_of(cases[i].id), bits_str_of(cases[k].id)) ==
			                                     (strcmp(cases[i].key, cases[k].key) == 0));
	}
}

static void walks_protocol_lists(void **state)
{
	struct bits_str list = BITS_STR(" {a} {b},{c} , {d}"), item;
	unsigned        n = 0;

	(void)state;
	while (bits_protocol_next(&list, &item)) {
		assert_int_equal(item.n, 3);
		n++;
	}
	assert_int_equal(n, 4);
}

static void names_every_field(void **state)
{
	(void)state;
	for (unsigned f = 0; f < BITS_N_FIELDS; f++)
		assert_non_null(bits_field_name((enum bits_field)f));
	assert_true(BITS_N_FIELDS <= 64); /* the masks have 64 bits */
}

/* What a header of this name is read as, in another case; *alias: likewise. */
static uint64_t field_of(const char *name, uint64_t *alias)
{
	g_autofree char *low = g_ascii_strdown(name, -1), *head = g_strdup_printf("HTTP/1.1 200 OK\r\n%s: 7\r\n\r\n", low);
	struct bits_message m = decode(head);

	*alias = m.alias;
	return m.has;
}

static void finds_every_name(void **state)
{
	static const struct {
		const char *name;
		enum bits_field field;
	} unusual[] = {
		{ "BITS-Error", BITS_FIELD_ERROR_CODE },
		{ "BITS-Package-Type", BITS_FIELD_PACKET_TYPE },
		{ "BITS-Recieved-Content-Range", BITS_FIELD_RECEIVED },
		{ "BITS-Request-DataEntity-Name", BITS_FIELD_REQUEST_DATA },
		{ "BITS-Response-DataEntity-Name", BITS_FIELD_RESPONSE_DATA },
	};
	static const char *const none[] = { "", "X", "Hosts", "BITS-Error-Coda", "BITS-Response-DataEntity-Names" };

	uint64_t alias;

	(void)state;
	for (unsigned f = 0; f < BITS_N_FIELDS; f++) {
		assert_int_equal(field_of(bits_field_name((enum bits_field)f), &alias), BITS_FIELD_BIT(f));
		assert_int_equal(alias, 0);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(unusual); i++) {
		assert_int_equal(field_of(unusual[i].name, &alias), BITS_FIELD_BIT(unusual[i].field));
		assert_int_equal(alias, BITS_FIELD_BIT(unusual[i].field));
	}
	for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
		assert_int_equal(field_of(none[i], &alias), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_ranges),
		cmocka_unit_test(tells_packets_and_dialects),
		cmocka_unit_test(reads_error_codes_in_every_spelling),
		cmocka_unit_test(keeps_what_it_cannot_read),
		cmocka_unit_test(has_no_number_beyond_63_bits),
		cmocka_unit_test(reads_the_misspelt_offset),
		cmocka_unit_test(a_copy_owns_its_text),
		cmocka_unit_test(a_copy_of_an_answer_owns_its_reason),
		cmocka_unit_test(knows_a_chunked_body),
		cmocka_unit_test(compares_ids),
		cmocka_unit_test(walks_protocol_lists),
		cmocka_unit_test(names_every_field),
		cmocka_unit_test(finds_every_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
