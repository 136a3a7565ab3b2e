/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_exported_pdu.c - tags of exported PDUs, read with care. */
#include "wire/exported_pdu.h"

#include <glib.h>
#include <string.h>

#include "tests/cm.h"

#define NAME(text)  "\x00\x0c\x00\x10" text
#define HTTP        NAME("http\0\0\0\0\0\0\0\0\0\0\0\0")
#define HTTPS       NAME("http-over-tls\0\0\0")
#define SRC         "\x00\x14\x00\x04\x0a\x00\x00\x02"
#define DST         "\x00\x15\x00\x04\x0a\x00\x00\x01"
#define SRC6        "\x00\x16\x00\x10" "abcdefghijklmnop"
#define DST6        "\x00\x17\x00\x10" "ABCDEFGHIJKLMNOP"
#define TCP         "\x00\x18\x00\x04\x00\x00\x00\x02"
#define UDP         "\x00\x18\x00\x04\x00\x00\x00\x03"
#define FROM        "\x00\x19\x00\x04\x00\x00\x9c\x40"
#define TO          "\x00\x1a\x00\x04\x00\x00\x00\x50"
#define FRAME       "\x00\x1e\x00\x04\x00\x00\x00\x07"
#define END         "\x00\x00\x00\x00"
#define BYTES(text) text, sizeof(text) - 1

struct row {
	const char *name, *bytes;
	size_t      n;
	enum exported_pdu_result result;
	const char *payload;
	bool        is_secure;
	uint8_t     family;
};

static const struct row rows[] = {
	{ "http in the clear", BYTES(HTTP SRC DST TCP FROM TO FRAME END "GET"), EXPORTED_PDU_TCP, "GET", false, 4 },
	{ "out of TLS", BYTES(HTTPS SRC DST TCP FROM TO FRAME END "GET"), EXPORTED_PDU_TCP, "GET", true, 4 },
	{ "nobody says what it is", BYTES(SRC DST TCP FROM TO END "GET"), EXPORTED_PDU_TCP, "GET", true, 4 },
	{ "IPv6, another order, no payload", BYTES(TO FROM TCP DST6 SRC6 HTTP END), EXPORTED_PDU_TCP, "", false, 6 },
	{ "a tag from the future", BYTES(SRC DST "\x12\x34\x00\x01!" TCP FROM TO END "x"), EXPORTED_PDU_TCP, "x", true, 4 },
	{ "UDP", BYTES(SRC DST UDP FROM TO END "x"), EXPORTED_PDU_OTHER, NULL, false, 0 },
	{ "no ports", BYTES(SRC DST TCP FROM END "x"), EXPORTED_PDU_OTHER, NULL, false, 0 },
	{ "no addresses", BYTES(TCP FROM TO END "x"), EXPORTED_PDU_OTHER, NULL, false, 0 },
	{ "addresses of two families", BYTES(SRC DST6 TCP FROM TO END "x"), EXPORTED_PDU_OTHER, NULL, false, 0 },
	{ "an address of five bytes", BYTES("\x00\x14\x00\x05" "abcde" DST TCP FROM TO END), EXPORTED_PDU_MALFORMED, NULL, false, 0 },
	{ "a port beyond all ports", BYTES(SRC DST TCP "\x00\x19\x00\x04\x00\x01\x00\x00" TO END), EXPORTED_PDU_MALFORMED, NULL, false, 0 },
	{ "a tag longer than the frame", BYTES(SRC DST "\x12\x34\x00\x09!"), EXPORTED_PDU_MALFORMED, NULL, false, 0 },
};

static void reads_its_tags(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct row   *row = &rows[i];
		struct exported_pdu u;
		enum exported_pdu_result result = exported_pdu_read(&u, (const uint8_t *)row->bytes, (uint32_t)row->n, (uint32_t)row->n + 3);

		expect_in_row(row->name, result == row->result);
		if (result != EXPORTED_PDU_TCP)
			continue;
		expect_in_row(row->name, u.captured == strlen(row->payload) && memcmp(u.payload, row->payload, u.captured) == 0);
		expect_in_row(row->name, u.length == u.captured + 3);
		expect_in_row(row->name, u.is_secure == row->is_secure);
		expect_in_row(row->name, u.src.port == 40000 && u.dst.port == 80);
		expect_in_row(row->name, u.src.addr.family == row->family && u.dst.addr.family == row->family);
		expect_in_row(row->name, u.src.addr.bytes[0] == (row->family == 4 ? 10 : 'a'));
		expect_in_row(row->name, u.dst.addr.bytes[3] == (row->family == 4 ? 1 : 'D'));
	}
}

/* Each prefix on a heap of its own, so that a byte read beyond it is seen. */
static void no_byte_beyond_the_capture(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		for (size_t n = 0; n < rows[i].n; n++) {
			g_autofree uint8_t *cut = g_memdup2(rows[i].bytes, n);
			struct exported_pdu u;
			enum exported_pdu_result result = exported_pdu_read(&u, cut, (uint32_t)n, (uint32_t)rows[i].n);

			if (result == EXPORTED_PDU_TCP)
				expect_in_row(rows[i].name, u.payload + u.captured == cut + n && u.captured < u.length);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_its_tags),
		cmocka_unit_test(no_byte_beyond_the_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
