/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/segment.h"

#include <glib.h>
#include <string.h>

#include "tests/cm.h"
#include "tests/frames.h"

static const struct made hello = { .from = 0, .seq = 100, .ack = 200, .flags = TCP_ACK, .payload = "hello", .n = 5 };

/* Of a packet of make_ipv4. */
static struct segment segment_in(const GByteArray *packet)
{
	struct segment s = { 0 };

	assert_true(segment_read(&s, packet->data + 20, packet->len - 20, packet->len - 20));
	s.src.addr.family = s.dst.addr.family = 4;
	memcpy(s.src.addr.bytes, packet->data + 12, 4);
	memcpy(s.dst.addr.bytes, packet->data + 16, 4);
	return s;
}

static void reads_the_header(void **state)
{
	g_autoptr(GByteArray) a = make_ipv4(&hello);
	struct segment        s = segment_in(a);

	(void)state;
	assert_int_equal(s.src.port, 40000);
	assert_int_equal(s.dst.port, 80);
	assert_int_equal(s.seq, 100);
	assert_int_equal(s.ack, 200);
	assert_int_equal(s.flags, TCP_ACK);
	assert_int_equal(s.length, 5);
	assert_int_equal(s.captured, 5);
	assert_memory_equal(s.payload, "hello", 5);
}

/* Header and options of 24 bytes, 4 of payload: of 28 bytes so many were captured, or were on the wire. */
static void a_header_may_be_cut_or_lie(void **state)
{
	static const struct {
		const char *name;
		uint8_t     words; /* of the header, as it says itself */
		uint32_t    captured, length;
		bool        ok;
		uint32_t    has, was; /* payload: captured, and on the wire */
	} cases[] = {
		{ "all of it", 6, 28, 28, true, 4, 4 },
		{ "payload cut", 6, 26, 28, true, 2, 4 },
		{ "options cut", 6, 22, 28, true, 0, 4 },
		{ "fixed part cut", 6, 19, 28, false, 0, 0 },
		{ "a header of 16 bytes", 4, 28, 28, false, 0, 0 },
		{ "a header longer than the packet", 8, 28, 28, false, 0, 0 },
		{ "nothing behind the header", 6, 24, 24, true, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree uint8_t *p = g_malloc0(cases[i].captured); /* so that ASan sees a byte too many */
		struct segment      s = { 0 };

		if (cases[i].captured > 12)
			p[12] = (uint8_t)(cases[i].words << 4);
		expect_in_row(cases[i].name, segment_read(&s, p, cases[i].captured, cases[i].length) == cases[i].ok);
		expect_in_row(cases[i].name, s.captured == cases[i].has && s.length == cases[i].was);
		expect_in_row(cases[i].name, !cases[i].ok || s.payload + s.captured <= p + cases[i].captured);
	}
}

static void a_wrong_checksum_is_seen(void **state)
{
	(void)state;
	for (size_t n = 0; n < 40; n++) {
		char                  payload[40];
		struct made           m = { .flags = TCP_ACK, .payload = payload, .n = n };
		g_autoptr(GByteArray) good = NULL, bad = NULL;
		struct segment        s;

		memset(payload, (int)(n * 7 + 1), sizeof payload);
		good = make_ipv4(&m);
		m.bad_checksum = true;
		bad = make_ipv4(&m);
		s = segment_in(good);
		assert_int_equal(segment_checksum(&s), CHECKSUM_VALID);
		s = segment_in(bad);
		assert_int_equal(segment_checksum(&s), CHECKSUM_INVALID);
	}
}

/* What a card is to fill in looks like that, whatever the addresses; what is broken does not. */
static void what_awaits_its_checksum_is_told_from_what_is_broken(void **state)
{
	static const struct {
		const char *name;
		bool        with_length, is_zero, is_changed, awaits;
	} cases[] = {
		{ "the sum of the pseudo-header", true, false, false, true },
		{ "of one without a length", false, false, false, true },
		{ "nothing", false, true, false, true },
		{ "a right one of other bytes", false, false, true, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		char                  payload[] = "some bytes";
		struct made           m = { .flags = TCP_ACK, .payload = payload, .n = sizeof payload };
		g_autoptr(GByteArray) bytes = make_ipv4(&m);
		struct segment        s = segment_in(bytes);
		uint8_t              *field = (uint8_t *)s.tcp + 16;
		uint64_t              sum = 6 + (cases[i].with_length ? s.tcp_length : 0);

		for (unsigned k = 0; k < 4; k += 2)
			sum += (uint64_t)(s.src.addr.bytes[k] << 8 | s.src.addr.bytes[k + 1]) +
			       (uint64_t)(s.dst.addr.bytes[k] << 8 | s.dst.addr.bytes[k + 1]);
		sum = (sum & 0xFFFF) + (sum >> 16);
		if (cases[i].is_changed) {
			((uint8_t *)s.payload)[3] ^= 0x20;
		} else {
			field[0] = cases[i].is_zero ? 0 : (uint8_t)(sum >> 8);
			field[1] = cases[i].is_zero ? 0 : (uint8_t)sum;
		}
		expect_in_row(cases[i].name, segment_checksum(&s) == CHECKSUM_INVALID);
		expect_in_row(cases[i].name, segment_awaits_checksum(&s) == cases[i].awaits);
	}
}

/* The plain way (RFC 1071), over a segment between addresses of zeros: what makes its sum 0xFFFF. */
static uint16_t plain_checksum(const uint8_t *p, uint32_t n)
{
	uint64_t sum = 6 + (n >> 16) + (n & 0xFFFF);

	for (uint32_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint64_t)p[i] << 8 : p[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The sum is taken in blocks of 256 KiB, so that nothing overflows: bytes that are all ones would show it. */
static void sums_segments_of_any_length(void **state)
{
	static const struct {
		const char *name;
		uint32_t    n;
	} cases[] = {
		{ "a bare header", 20 },
		{ "an odd length", 21 },
		{ "one less than a block", (1 << 18) - 1 },
		{ "just a block", 1 << 18 },
		{ "one more than a block", (1 << 18) + 1 },
		{ "many blocks", (16 << 20) - 3 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree uint8_t *bytes = g_malloc(cases[i].n);
		struct segment      s = { .tcp = bytes, .tcp_captured = cases[i].n, .tcp_length = cases[i].n };
		uint16_t            checksum;

		memset(bytes, 0xFF, cases[i].n);
		memset(bytes + 16, 0, 2);
		checksum = plain_checksum(bytes, cases[i].n);
		bytes[16] = (uint8_t)(checksum >> 8);
		bytes[17] = (uint8_t)checksum;
		expect_in_row(cases[i].name, segment_checksum(&s) == CHECKSUM_VALID);
		bytes[cases[i].n - 1] ^= 1;
		expect_in_row(cases[i].name, segment_checksum(&s) == CHECKSUM_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_header),
		cmocka_unit_test(a_header_may_be_cut_or_lie),
		cmocka_unit_test(a_wrong_checksum_is_seen),
		cmocka_unit_test(what_awaits_its_checksum_is_told_from_what_is_broken),
		cmocka_unit_test(sums_segments_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
