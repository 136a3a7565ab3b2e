/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/link.h"

#include <glib.h>
#include <string.h>

#include "tests/cm.h"
#include "tests/frames.h"

#define BYTES(...) { __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })
#define NONE       { 0 }, 0

static const struct made hello = { .from = 0, .seq = 100, .ack = 200, .flags = TCP_ACK, .payload = "hello", .n = 5 };

static bool is_hello(const struct segment *s)
{
	static const uint8_t client[4] = { 10, 0, 0, 2 };

	return s->seq == 100 && s->ack == 200 && s->length == 5 && s->captured == 5 && memcmp(s->payload, "hello", 5) == 0 &&
	       s->src.port == 40000 && s->dst.port == 80 && memcmp(s->src.addr.bytes, client, 4) == 0;
}

static void finds_the_segment_under_every_link(void **state)
{
	static const struct {
		const char    *name;
		uint32_t       link;
		uint8_t        header[24];
		size_t         n;
	} cases[] = {
		{ "Ethernet", 1, BYTES(1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 8, 0) },
		{ "802.1Q", 1, BYTES(1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 0x81, 0, 0, 7, 8, 0) },
		{ "QinQ", 1, BYTES(1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 0x88, 0xA8, 0, 7, 0x81, 0, 0, 8, 8, 0) },
		{ "QinQ, old type", 1, BYTES(1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 0x91, 0, 0, 7, 8, 0) },
		{ "Linux cooked", 113, BYTES(0, 0, 0, 1, 0, 6, 1, 1, 1, 1, 1, 1, 0, 0, 8, 0) },
		{ "Linux cooked v2", 276, BYTES(8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 1, 1, 1, 1, 1, 1, 0, 0) },
		{ "raw IP", 101, NONE },
		{ "raw IP as some number it", 12, NONE },
		{ "raw IPv4", 228, NONE },
		{ "null, little endian", 0, BYTES(2, 0, 0, 0) },
		{ "null, big endian", 0, BYTES(0, 0, 0, 2) },
		{ "loop", 108, BYTES(0, 0, 0, 2) },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) a = make_ipv4(&hello);
		struct segment        s;
		struct frame          f;

		g_byte_array_prepend(a, cases[i].header, (guint)cases[i].n);
		g_byte_array_append(a, (const guint8 *)"padding", 7); /* not part of the IP packet */
		f = frame_of(a, cases[i].link, 1);
		expect_in_row(cases[i].name, link_segment(&s, &f) == LINK_TCP);
		expect_in_row(cases[i].name, is_hello(&s));
		expect_in_row(cases[i].name, segment_checksum(&s) == CHECKSUM_VALID);
	}
}

/* Wrap the TCP part of an IPv4 packet into IPv6 with these extension headers. */
static GByteArray *make_ipv6(uint8_t first, const uint8_t *extensions, size_t n)
{
	g_autoptr(GByteArray) v4 = make_ipv4(&hello);
	GByteArray           *a = g_byte_array_new();
	uint8_t               h[40] = { 0x60 };
	size_t                length = n + v4->len - 20;

	h[4] = (uint8_t)(length >> 8);
	h[5] = (uint8_t)length;
	h[6] = first;
	h[23] = 1;
	h[39] = 2;
	g_byte_array_append(a, h, sizeof h);
	g_byte_array_append(a, extensions, (guint)n);
	g_byte_array_append(a, v4->data + 20, v4->len - 20);
	return a;
}

static void passes_over_ipv6_extension_headers(void **state)
{
	static const struct {
		const char      *name;
		uint8_t          first;
		uint8_t          ext[16];
		size_t           n;
		enum link_result result;
	} cases[] = {
		{ "none", 6, NONE, LINK_TCP },
		{ "hop by hop", 0, BYTES(6, 0, 1, 4, 0, 0, 0, 0), LINK_TCP },
		{ "destination of 16 bytes", 60, BYTES(6, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), LINK_TCP },
		{ "AH", 51, BYTES(6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), LINK_TCP },
		{ "a fragment header of a whole packet", 44, BYTES(6, 0, 0, 0, 0, 0, 0, 9), LINK_TCP },
		{ "a first fragment", 44, BYTES(6, 0, 0, 1, 0, 0, 0, 9), LINK_FRAGMENT },
		{ "a later fragment", 44, BYTES(6, 0, 1, 0, 0, 0, 0, 9), LINK_FRAGMENT },
		{ "UDP", 17, NONE, LINK_NOT_TCP },
		{ "an extension longer than the packet", 0, BYTES(6, 200, 1, 4, 0, 0, 0, 0), LINK_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) a = make_ipv6(cases[i].first, cases[i].ext, cases[i].n);
		struct frame          f = frame_of(a, 229, 1);
		struct segment        s;

		expect_in_row(cases[i].name, link_segment(&s, &f) == cases[i].result);
		expect_in_row(cases[i].name, cases[i].result != LINK_TCP || (s.src.addr.family == 6 && s.length == 5));
	}
}

static void knows_what_it_does_not_know(void **state)
{
	static const struct {
		const char      *name;
		uint32_t         link;
		size_t           at; /* byte of the Ethernet frame to change */
		uint8_t          value;
		enum link_result result;
	} cases[] = {
		{ "an unknown link", 147, 0, 0, LINK_UNKNOWN },
		{ "ARP", 1, 13, 6, LINK_NOT_IP },
		{ "UDP", 1, 14 + 9, 17, LINK_NOT_TCP },
		{ "more fragments", 1, 14 + 6, 0x20, LINK_FRAGMENT },
		{ "a fragment offset", 1, 14 + 7, 1, LINK_FRAGMENT },
		{ "an IP header of 16 bytes", 1, 14, 0x44, LINK_MALFORMED },
		{ "a total length shorter than its header", 1, 14 + 3, 10, LINK_MALFORMED },
		{ "a TCP header of 16 bytes", 1, 14 + 20 + 12, 0x40, LINK_MALFORMED },
		{ "a TCP header longer than the packet", 1, 14 + 20 + 12, 0xF0, LINK_MALFORMED },
		{ "IPv5 under the type of IPv4", 1, 14, 0x55, LINK_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) a = make_ethernet(&hello);
		struct frame          f = frame_of(a, cases[i].link, 1);
		struct segment        s;

		a->data[cases[i].at] = cases[i].value;
		expect_in_row(cases[i].name, link_segment(&s, &f) == cases[i].result);
	}
}

static void a_total_length_of_0_means_all_the_rest(void **state)
{
	g_autoptr(GByteArray) a = make_ethernet(&hello);
	struct frame          f = frame_of(a, 1, 1);
	struct segment        s;

	(void)state;
	a->data[14 + 2] = a->data[14 + 3] = 0;
	assert_int_equal(link_segment(&s, &f), LINK_TCP);
	assert_true(is_hello(&s));
}

/* Any cut by a snaplen: never more captured than there is, and the wire's length stays known. */
static void a_snaplen_may_cut_anywhere(void **state)
{
	g_autoptr(GByteArray) a = make_ethernet(&hello);

	(void)state;
	for (uint32_t n = 0; n <= a->len; n++) {
		g_autofree uint8_t *copy = g_memdup2(a->data, n); /* so that ASan sees a byte too many */
		struct frame        f = frame_of(a, 1, 1);
		struct segment      s;
		enum link_result    result;

		f.bytes = copy;
		f.caplen = n;
		result = link_segment(&s, &f);
		assert_int_equal(result, n < 14 + 20 + 20 ? LINK_MALFORMED : LINK_TCP);
		if (result != LINK_TCP)
			continue;
		assert_int_equal(s.length, 5);
		assert_int_equal(s.captured, n - 54);
		assert_int_equal(segment_checksum(&s), n < a->len ? CHECKSUM_UNKNOWN : CHECKSUM_VALID);
	}
}

/* Headers on top of each other, as many as are passed over and one more. */
static void passes_over_so_many_layers(void **state)
{
	static const struct {
		const char      *name;
		unsigned         tags, extensions; /* VLAN tags, or IPv6 destination options */
		enum link_result result;
	} cases[] = {
		{ "fifteen VLAN tags", 15, 0, LINK_TCP },
		{ "sixteen VLAN tags", 16, 0, LINK_MALFORMED },
		{ "far more VLAN tags", 1000, 0, LINK_MALFORMED },
		{ "fifteen extension headers", 0, 15, LINK_TCP },
		{ "sixteen extension headers", 0, 16, LINK_MALFORMED },
		{ "far more extension headers", 0, 1000, LINK_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		static const uint8_t  mac[12], tag[4] = { 0, 7, 0x81, 0 }, ip[4] = { 0, 7, 8, 0 };
		g_autoptr(GByteArray) a = g_byte_array_new(), packet = NULL;
		uint8_t               extensions[8000] = { 0 };
		struct segment        s;
		struct frame          f;

		for (unsigned k = 0; k < cases[i].extensions; k++)
			extensions[8 * k] = k + 1 < cases[i].extensions ? 60 : 6;
		packet = cases[i].tags > 0 ? make_ipv4(&hello) : make_ipv6(60, extensions, 8 * cases[i].extensions);
		if (cases[i].tags > 0) {
			g_byte_array_append(a, mac, sizeof mac);
			g_byte_array_append(a, tag + 2, 2);
			for (unsigned k = 0; k < cases[i].tags; k++)
				g_byte_array_append(a, k + 1 < cases[i].tags ? tag : ip, 4);
		}
		g_byte_array_append(a, packet->data, packet->len);
		f = frame_of(a, cases[i].tags > 0 ? 1 : 101, 1);
		expect_in_row(cases[i].name, link_segment(&s, &f) == cases[i].result);
		expect_in_row(cases[i].name, cases[i].result != LINK_TCP || (s.length == 5 && memcmp(s.payload, "hello", 5) == 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_segment_under_every_link),
		cmocka_unit_test(passes_over_ipv6_extension_headers),
		cmocka_unit_test(knows_what_it_does_not_know),
		cmocka_unit_test(a_total_length_of_0_means_all_the_rest),
		cmocka_unit_test(a_snaplen_may_cut_anywhere),
		cmocka_unit_test(passes_over_so_many_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
