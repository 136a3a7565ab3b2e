/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/packet.h"

#include <glib.h>
#include <string.h>

#include "tests/cm.h"
#include "tests/frames.h"
#include "tests/wraps.h"

#define BYTES(...) { __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })
#define NONE       { 0 }, 0

static const struct made hello = { .from = 0, .seq = 100, .ack = 200, .flags = TCP_ACK, .payload = "hello", .n = 5 };

/* The first packet of a frame. */
static enum packet_result read_frame(struct segment *s, const struct frame *f)
{
	struct packet k;

	packet_begin(&k, f);
	return packet_read(&k, s);
}

static bool is_hello(const struct segment *s)
{
	static const uint8_t client[4] = { 10, 0, 0, 2 };

	return s->seq == 100 && s->ack == 200 && s->length == 5 && s->captured == 5 && memcmp(s->payload, "hello", 5) == 0 &&
	       s->src.port == 40000 && s->dst.port == 80 && memcmp(s->src.addr.bytes, client, 4) == 0;
}

/* What stands in front of an IPv4 packet; each header at least once. */
static const struct {
	const char *name;
	uint32_t    link;
	const char *headers;
} stacks[] = {
	{ "Ethernet", 1, "eth:0800" },
	{ "802.1Q", 1, "eth:8100 tag:0800" },
	{ "802.1ad", 1, "eth:88A8 tag:8100 tag:0800" },
	{ "QinQ before 802.1ad", 1, "eth:9100 tag:9100 tag:8100 tag:0800" },
	{ "802.1ah", 1, "eth:88A8 tag:88E7 itag eth:8100 tag:0800" },
	{ "SNAP", 1, "802.3 snap:0800" },
	{ "SNAP behind a tag", 1, "eth:8100 (00070048) (AAAA030000F80800)" },
	{ "LLC with IP's own number", 1, "802.3 (060603)" },
	{ "LLC with an NLPID", 1, "802.3 (FEFE03CC)" },
	{ "Linux cooked", 113, "sll:0800" },
	{ "Linux cooked, LLC", 113, "sll:0004 snap:0800" },
	{ "Linux cooked, of a wireless monitor", 113, "(0000 0323 0006 0101010101010000 0004) radiotap wifi snap:0800" },
	{ "Linux cooked v2", 276, "sll2:0800" },
	{ "raw IP", 101, "" },
	{ "raw IP as some number it", 12, "" },
	{ "raw IP as others number it", 14, "" },
	{ "raw IPv4", 228, "" },
	{ "null, little endian", 0, "(02000000)" },
	{ "null, big endian", 0, "(00000002)" },
	{ "loop", 108, "(00000002)" },
	{ "NFLOG", 239, "(02000000 0800010008000102 0500070061000000) (31000900)" },
	{ "NFLOG, big endian", 239, "(02000000 0008000108000102 0005000761000000) (00310009)" },
	{ "PKTAP", 258, "(10000000 01000000 01000000 00000000) eth:0800" },
	{ "PKTAP, big endian", 258, "(00000010 00000001 0000000C 00000000)" },
	{ "IP over InfiniBand", 242, "ipoib:0800" },
	{ "IP over FireWire", 138, "firewire:0800" },
	{ "FDDI", 10, "fddi snap:0800" },
	{ "token ring", 6, "ring snap:0800" },
	{ "token ring with a route", 6, "ring-route snap:0800" },
	{ "ATM", 100, "snap:0800" },
	{ "PPP", 9, "ppp:0021" },
	{ "PPP without address", 9, "ppp-bare:0021" },
	{ "PPP with a short number", 9, "ppp-short:21" },
	{ "PPP in HDLC framing", 50, "ppp:0021" },
	{ "no PPP in HDLC framing", 50, "c-hdlc:0800" },
	{ "PPP of pppd", 166, "(0003) ppp-bare:0021" },
	{ "PPP with direction", 204, "(01) ppp:0021" },
	{ "PPPoE", 1, "eth:8864 pppoe ppp-bare:0021" },
	{ "PPPoE alone", 51, "pppoe ppp-bare:0021" },
	{ "Cisco HDLC", 104, "c-hdlc:0800" },
	{ "Frame Relay", 107, "(1841 03CC)" },
	{ "Frame Relay, four bytes of address", 107, "(18400201 0300 80 000000 0800)" },
	{ "Frame Relay of Cisco", 107, "(1841 0800)" },
	{ "802.11", 105, "wifi snap:0800" },
	{ "802.11 with QoS", 105, "wifi-qos snap:0800" },
	{ "802.11 with HT control", 105, "wifi-qos-ht snap:0800" },
	{ "802.11 between stations of a distribution system", 105, "wifi-4 snap:0800" },
	{ "802.11, aggregated", 105, "wifi-amsdu subframe snap:0800" },
	{ "radiotap", 127, "radiotap wifi snap:0800" },
	{ "radiotap with flags: padded", 127, "(0000 0A00 02000000 2000) wifi-qos (0000) snap:0800" },
	{ "radiotap with TSFT and two bit maps", 127, "(0000 1C00 03000080 00000000 00000000 0000000000000000 20000000) wifi-qos (0000) "
	                                              "snap:0800" },
	{ "PPI", 192, "(00000800 69000000) wifi snap:0800" },
	{ "AVS", 163, "(80211001 00000010 0000000000000000) wifi snap:0800" },
	{ "AVS as Prism", 119, "(80211002 00000010 0000000000000000) wifi snap:0800" },
	{ "MPLS", 1, "eth:8847 mpls-last" },
	{ "MPLS stack", 1, "eth:8848 mpls mpls mpls-last" },
	{ "MPLS alone", 219, "mpls mpls-last" },
	{ "MPLS over PPP", 9, "ppp:0281 mpls-last" },
	{ "MPLS, Ethernet with a control word", 1, "eth:8847 mpls-last (00000001) eth:0800" },
	{ "MPLS, Ethernet without one", 1, "eth:8847 mpls-last eth:0800" },
	{ "MPLS, IPv6", 1, "eth:8847 mpls-last ip6:04" },
	{ "MPLS in IP", 101, "ip:89 mpls-last" },
	{ "MPLS in UDP", 101, "ip:11 udp:19EB mpls-last" },
	{ "IP in IP", 101, "ip:04" },
	{ "IPv4 in IPv6", 101, "ip6:04" },
	{ "6in4 around 4in6", 101, "ip:29 ip6:04" },
	{ "IPv6 options of every kind", 101, "ip6:00 options:3C options:2B options:87 options:33 ah:04" },
	{ "AH in IPv4", 101, "ip:33 ah:04" },
	{ "GRE", 101, "ip:2F gre:0800" },
	{ "GRE with everything", 101, "ip:2F gre-cks:0800" },
	{ "GRE with routes", 101, "ip:2F gre-route:0800" },
	{ "GRE over IPv6", 101, "ip6:2F gre:0800" },
	{ "GRE-TAP", 101, "ip:2F gre:6558 eth:0800" },
	{ "MPLS over GRE", 101, "ip:2F gre:8847 mpls-last" },
	{ "PPTP", 101, "ip:2F pptp ppp:0021" },
	{ "WCCP", 101, "ip:2F gre:883E" },
	{ "WCCP 2", 101, "ip:2F gre:883E (00010203)" },
	{ "EtherIP", 101, "ip:61 etherip eth:0800" },
	{ "ERSPAN I", 101, "ip:2F gre:88BE eth:0800" },
	{ "ERSPAN II", 101, "ip:2F gre-seq:88BE erspan2 eth:0800" },
	{ "ERSPAN III", 101, "ip:2F gre-seq:22EB erspan3 eth:0800" },
	{ "ERSPAN III with a subheader", 101, "ip:2F gre-seq:22EB erspan3-more eth:0800" },
	{ "ERSPAN III of IP", 101, "ip:2F gre-seq:22EB erspan3-ip" },
	{ "VXLAN", 1, "eth:0800 ip:11 udp:12B5 vxlan eth:0800" },
	{ "VXLAN on its old port", 1, "eth:0800 ip:11 udp:2118 vxlan eth:8100 tag:0800" },
	{ "VXLAN-GPE", 101, "ip:11 udp:12B6 gpe:01" },
	{ "VXLAN-GPE with NSH", 101, "ip:11 udp:12B6 gpe:04 nsh:03 eth:0800" },
	{ "NSH over Ethernet", 1, "eth:894F nsh:01" },
	{ "Geneve", 101, "ip:11 udp:17C1 geneve:6558 eth:0800" },
	{ "Geneve with options", 101, "ip6:11 udp:17C1 geneve-options:0800" },
	{ "GTP-U", 101, "ip:11 udp:0868 gtp" },
	{ "GTP-U with a sequence number", 101, "ip:11 udp:0868 gtp-seq" },
	{ "GTP-U with extensions", 101, "ip:11 udp:0868 gtp-more" },
	{ "L2TP", 101, "ip:11 udp:06A5 l2tp ppp:0021" },
	{ "L2TP with everything", 101, "ip:11 udp:06A5 l2tp-all ppp:0021" },
	{ "many of them", 1, "eth:88A8 tag:8100 tag:8864 pppoe ppp-bare:0057 ip6:11 udp:12B5 vxlan eth:0800 ip:2F gre:6558 eth:0800 ip:04" },
};

static void finds_the_segment_under_every_stack(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(stacks); i++) {
		g_autoptr(GByteArray) a = make_ipv4(&hello);
		struct segment        s;
		struct frame          f;

		wrap(a, stacks[i].headers);
		g_byte_array_append(a, (const guint8 *)"padding", 7); /* not part of the IP packet */
		f = frame_of(a, stacks[i].link, 1);
		expect_in_row(stacks[i].name, read_frame(&s, &f) == PACKET_TCP);
		expect_in_row(stacks[i].name, is_hello(&s));
		expect_in_row(stacks[i].name, segment_checksum(&s) == CHECKSUM_VALID);
	}
}

/* Any cut by a snaplen: no layer reads beyond it, and what is known of the segment is no more than what was captured. */
static void a_snaplen_may_cut_every_stack_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(stacks); i++) {
		g_autoptr(GByteArray) a = make_ipv4(&hello);
		uint32_t              tcp;

		wrap(a, stacks[i].headers);
		tcp = a->len - 25;
		for (uint32_t n = 0; n <= a->len; n++) {
			g_autofree uint8_t *copy = g_memdup2(a->data, n); /* so that ASan sees a byte too many */
			struct frame        f = frame_of(a, stacks[i].link, 1);
			struct segment      s;
			enum packet_result  result;

			f.bytes = copy;
			f.caplen = n;
			result = read_frame(&s, &f);
			expect_in_row(stacks[i].name, (result == PACKET_TCP) == (n >= tcp + 20));
			expect_in_row(stacks[i].name, result != PACKET_TCP || (s.length == 5 && s.captured == n - tcp - 20));
			expect_in_row(stacks[i].name, result != PACKET_FRAGMENT && result != PACKET_UNKNOWN_LINK);
		}
	}
}

/* Whatever a byte of a header is, no layer reads what is not there (ASan looks on), and none makes a segment longer. */
static void any_byte_of_every_stack_may_lie(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x0F, 0x40, 0x7F, 0x80, 0xF0, 0xFF };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(stacks); i++) {
		g_autoptr(GByteArray) a = make_ipv4(&hello);

		wrap(a, stacks[i].headers);
		for (uint32_t at = 0; at < a->len; at++)
			for (size_t v = 0; v < sizeof values; v++) {
				g_autofree uint8_t *copy = g_memdup2(a->data, a->len);
				struct frame        f = frame_of(a, stacks[i].link, 1);
				struct packet       k;
				struct segment      s;

				copy[at] = values[v];
				f.bytes = copy;
				packet_begin(&k, &f);
				do {
					if (packet_read(&k, &s) == PACKET_TCP)
						expect_in_row(stacks[i].name, s.payload >= copy && s.payload + s.captured <= copy + a->len &&
						                              s.captured <= s.length && s.length <= a->len);
				} while (packet_next(&k));
			}
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
		enum packet_result result;
	} cases[] = {
		{ "none", 6, NONE, PACKET_TCP },
		{ "hop by hop", 0, BYTES(6, 0, 1, 4, 0, 0, 0, 0), PACKET_TCP },
		{ "destination of 16 bytes", 60, BYTES(6, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), PACKET_TCP },
		{ "AH", 51, BYTES(6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), PACKET_TCP },
		{ "a fragment header of a whole packet", 44, BYTES(6, 0, 0, 0, 0, 0, 0, 9), PACKET_TCP },
		{ "a first fragment", 44, BYTES(6, 0, 0, 1, 0, 0, 0, 9), PACKET_FRAGMENT },
		{ "a later fragment", 44, BYTES(6, 0, 1, 0, 0, 0, 0, 9), PACKET_FRAGMENT },
		{ "UDP", 17, NONE, PACKET_NOT_TCP },
		{ "an extension longer than the packet", 0, BYTES(6, 200, 1, 4, 0, 0, 0, 0), PACKET_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) a = make_ipv6(cases[i].first, cases[i].ext, cases[i].n);
		struct frame          f = frame_of(a, 229, 1);
		struct segment        s;

		expect_in_row(cases[i].name, read_frame(&s, &f) == cases[i].result);
		expect_in_row(cases[i].name, cases[i].result != PACKET_TCP || (s.src.addr.family == 6 && s.length == 5));
	}
}

static void knows_what_it_does_not_know(void **state)
{
	static const struct {
		const char      *name;
		uint32_t         link;
		size_t           at; /* byte of the Ethernet frame to change */
		uint8_t          value;
		enum packet_result result;
	} cases[] = {
		{ "an unknown link", 147, 0, 0, PACKET_UNKNOWN_LINK },
		{ "ARP", 1, 13, 6, PACKET_NOT_IP },
		{ "UDP", 1, 14 + 9, 17, PACKET_NOT_TCP },
		{ "more fragments", 1, 14 + 6, 0x20, PACKET_FRAGMENT },
		{ "a fragment offset", 1, 14 + 7, 1, PACKET_FRAGMENT },
		{ "an IP header of 16 bytes", 1, 14, 0x44, PACKET_MALFORMED },
		{ "a total length shorter than its header", 1, 14 + 3, 10, PACKET_MALFORMED },
		{ "a TCP header of 16 bytes", 1, 14 + 20 + 12, 0x40, PACKET_MALFORMED },
		{ "a TCP header longer than the packet", 1, 14 + 20 + 12, 0xF0, PACKET_MALFORMED },
		{ "IPv5 under the type of IPv4", 1, 14, 0x55, PACKET_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) a = make_ethernet(&hello);
		struct frame          f = frame_of(a, cases[i].link, 1);
		struct segment        s;

		a->data[cases[i].at] = cases[i].value;
		expect_in_row(cases[i].name, read_frame(&s, &f) == cases[i].result);
	}
}

/* What is told of what was not read. */
static void names_what_ended_the_walk(void **state)
{
	static const struct {
		const char        *name;
		uint32_t           link;
		const char        *headers;
		enum packet_result result;
		struct unread      what;
	} cases[] = {
		{ "a link type", 147, "", PACKET_UNKNOWN_LINK, { UNREAD_LINK, 147 } },
		{ "a link type inside PPI", 192, "(00000800 93000000)", PACKET_UNKNOWN_LINK, { UNREAD_LINK, 147 } },
		{ "netlink", 113, "(0000 0338 0000 0000000000000000 0000)", PACKET_NOT_IP, { UNREAD_LINK, 253 } },
		{ "ARP", 1, "eth:0806", PACKET_NOT_IP, { UNREAD_ETHERTYPE, 0x0806 } },
		{ "ARP behind a tag", 1, "eth:8100 tag:0806", PACKET_NOT_IP, { UNREAD_ETHERTYPE, 0x0806 } },
		{ "ARP in GRE", 101, "ip:2F gre:0806", PACKET_NOT_IP, { UNREAD_ETHERTYPE, 0x0806 } },
		{ "MACsec", 1, "eth:88E5", PACKET_ENCRYPTED, { UNREAD_ETHERTYPE, 0x88E5 } },
		{ "spanning tree", 1, "802.3 (424203)", PACKET_NOT_IP, { UNREAD_LLC, 0x4242 } },
		{ "an OUI", 1, "802.3 (AAAA0300000C2000)", PACKET_NOT_IP, { UNREAD_SNAP, 0x00000C } },
		{ "an NLPID", 107, "(1841 0383)", PACKET_NOT_IP, { UNREAD_NLPID, 0x83 } },
		{ "LCP", 9, "ppp:C021", PACKET_NOT_IP, { UNREAD_PPP, 0xC021 } },
		{ "PPP, compressed", 9, "ppp:00FD", PACKET_ENCRYPTED, { UNREAD_PPP, 0x00FD } },
		{ "PPPoE that is no session's", 51, "(1109 0000 0000)", PACKET_NOT_IP, { UNREAD_ETHERTYPE, 0x8863 } },
		{ "no version of IP", 101, "(50)", PACKET_NOT_IP, { UNREAD_VERSION, 5 } },
		{ "an MPLS channel", 219, "mpls-last (10000000)", PACKET_NOT_IP, { UNREAD_MPLS, 1 } },
		{ "ICMP", 101, "ip:01", PACKET_NOT_TCP, { UNREAD_IP, 1 } },
		{ "no next header", 101, "ip6:3B", PACKET_NOT_TCP, { UNREAD_IP, 59 } },
		{ "IPv6's options under IPv4", 101, "ip:3C options:06", PACKET_NOT_TCP, { UNREAD_IP, 60 } },
		{ "ESP", 101, "ip:32", PACKET_ENCRYPTED, { UNREAD_IP, 50 } },
		{ "UDP", 101, "ip:11 udp:0035", PACKET_NOT_TCP, { UNREAD_IP, 17 } },
		{ "UDP to the port of VXLAN", 101, "ip:11 udp:12B5 (0000000000000000)", PACKET_NOT_TCP, { UNREAD_IP, 17 } },
		{ "an echo of GTP", 101, "ip:11 udp:0868 (3201 0004 00000000 00000000)", PACKET_NOT_TCP, { UNREAD_IP, 17 } },
		{ "a control message of L2TP", 101, "ip:11 udp:06A5 (C802 0014 0001 0000)", PACKET_NOT_TCP, { UNREAD_IP, 17 } },
		{ "GRE of another version", 101, "ip:2F (0002 0800)", PACKET_NOT_TCP, { UNREAD_IP, 47 } },
		{ "PPTP without a packet", 101, "ip:2F (2081 880B 0000 0001 00000001)", PACKET_NOT_TCP, { UNREAD_IP, 47 } },
		{ "a beacon", 127, "radiotap (8000 0000)", PACKET_NOT_IP, { UNREAD_WIFI, WIFI_MANAGEMENT } },
		{ "802.11 without data", 105, "(4801 0000)", PACKET_NOT_IP, { UNREAD_WIFI, WIFI_NO_DATA } },
		{ "802.11, encrypted", 105, "(0841 0000 020000000001 020000000002 020000000003 0010)", PACKET_ENCRYPTED,
		  { UNREAD_WIFI, WIFI_ENCRYPTED } },
		{ "802.11, more fragments", 105, "(0805 0000 020000000001 020000000002 020000000003 0010)", PACKET_ENCRYPTED,
		  { UNREAD_WIFI, WIFI_FRAGMENT } },
		{ "802.11, the second fragment", 105, "(0801 0000 020000000001 020000000002 020000000003 0110)", PACKET_ENCRYPTED,
		  { UNREAD_WIFI, WIFI_FRAGMENT } },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) a = make_ipv4(&hello);
		struct segment        s;
		struct packet         k;
		struct frame          f;

		wrap(a, cases[i].headers);
		f = frame_of(a, cases[i].link, 1);
		packet_begin(&k, &f);
		expect_in_row(cases[i].name, packet_read(&k, &s) == cases[i].result);
		expect_in_row(cases[i].name, k.unread.kind == cases[i].what.kind && k.unread.number == cases[i].what.number);
	}
}

static void lengths_that_lie_are_malformed(void **state)
{
	static const struct {
		const char *name;
		uint32_t    link;
		const char *headers;
		bool        is_alone; /* nothing behind them */
	} cases[] = {
		{ "a radiotap header of 4 bytes", 127, "(0000 0400 00000000) wifi snap:0800", false },
		{ "a radiotap header longer than the frame", 127, "(0000 FF0F 00000000) wifi snap:0800", false },
		{ "AVS of 4 bytes", 163, "(80211001 00000004)", false },
		{ "PPI of 4 bytes", 192, "(00000400 69000000)", false },
		{ "NFLOG without a packet", 239, "(02000000 0800010008000102)", true },
		{ "PKTAP of 4 bytes", 258, "(04000000 01000000 01000000)", false },
		{ "a token ring route beyond the frame", 6, "(10 40 020000000001 820000000002 1F)", true },
		{ "an address of Frame Relay that does not end", 107, "(1840024004)", true },
		{ "a UDP length of 7", 101, "(45000000000040000011 0000 C0A80001C0A80002) (C000 0035 0007 0000)", false },
		{ "a GTP extension of length 0", 101, "ip:11 udp:0868 (34FF 0040 00000007 0000 00 85 00100000)", false },
		{ "a GTP extension beyond the packet", 101, "ip:11 udp:0868 (34FF 0040 00000007 0000 00 85 FF100000)", false },
		{ "Geneve options beyond the packet", 101, "ip:11 udp:17C1 (3F00 0800 00000700)", false },
		{ "an NSH header of 4 bytes", 1, "eth:894F (0041 0101 00000000)", false },
		{ "GRE routes without an end", 101, "ip:2F (4000 0800 00000000 080000FF)", false },
		{ "an L2TP offset beyond the packet", 101, "ip:11 udp:06A5 (0202 0001 0001 0FFF)", false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) a = make_ipv4(&hello);
		g_autofree uint8_t   *copy = NULL;
		struct segment        s;
		struct frame          f;

		if (cases[i].is_alone)
			g_byte_array_set_size(a, 0);
		wrap(a, cases[i].headers);
		copy = g_memdup2(a->data, a->len);
		f = frame_of(a, cases[i].link, 1);
		f.bytes = copy;
		expect_in_row(cases[i].name, read_frame(&s, &f) == PACKET_MALFORMED);
	}
}

/* An IP packet that says it were longer than what carries it: what lies behind is not its own. */
static void nothing_is_longer_than_what_carries_it(void **state)
{
	static const struct {
		const char *name;
		uint32_t    link;
		const char *headers;
	} cases[] = {
		{ "IEEE 802.3", 1, "802.3 snap:0800" },
		{ "NFLOG", 239, "(02000000 31000900)" },
		{ "PPPoE", 51, "pppoe ppp-bare:0021" },
		{ "an aggregate", 105, "wifi-amsdu subframe snap:0800" },
		{ "IPv4", 101, "ip:04" },
		{ "IPv6", 101, "ip6:04" },
		{ "UDP", 101, "(4500 0000 0000 4000 40 11 0000 C0A80001 C0A80002) udp:0868 (30FF 0000 00000007)" },
		{ "GTP-U", 101, "(4500 0000 0000 4000 40 11 0000 C0A80001 C0A80002) (C000 0868 0000 0000) gtp" },
		{ "L2TP", 101, "(4500 0000 0000 4000 40 11 0000 C0A80001 C0A80002) (C000 06A5 0000 0000) l2tp-all ppp:0021" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) a = make_ipv4(&hello);
		struct segment        s;
		struct frame          f;

		a->data[3] += 100;
		wrap(a, cases[i].headers);
		for (int k = 0; k < 50; k++)
			g_byte_array_append(a, (const guint8 *)"beyond", 6);
		if (strcmp(cases[i].name, "UDP") == 0)
			a->data[20 + 8 + 3] = 200; /* GTP-U is longer as well */
		f = frame_of(a, cases[i].link, 1);
		expect_in_row(cases[i].name, read_frame(&s, &f) == PACKET_TCP);
		expect_in_row(cases[i].name, s.length == 5 && s.captured == 5);
	}
}

static void tells_where_a_fragment_belongs(void **state)
{
	static const struct {
		const char        *name;
		const char        *headers; /* in front of 45 bytes */
		enum packet_result result;
		struct ip_fragment fragment;
		uint32_t           length;
	} cases[] = {
		{ "the first", "(4500 0041 1234 2000 40 06 0000 C0A80001 C0A80002)", PACKET_FRAGMENT, { 0x1234, 0, 6, true }, 40 },
		{ "the last", "(4500 0041 1234 0010 40 06 0000 C0A80001 C0A80002)", PACKET_FRAGMENT, { 0x1234, 128, 6, false }, 45 },
		{ "of UDP", "(4500 0041 1234 0010 40 11 0000 C0A80001 C0A80002)", PACKET_FRAGMENT, { 0x1234, 128, 17, false }, 45 },
		{ "of ICMP", "(4500 0041 1234 0010 40 01 0000 C0A80001 C0A80002)", PACKET_NOT_TCP, { 0 }, 45 },
		{ "as far behind as can be", "(4500 001B 1234 1FFF 40 06 0000 C0A80001 C0A80002)", PACKET_FRAGMENT,
		  { 0x1234, 65528, 6, false }, 7 },
		{ "farther", "(4500 001C 1234 1FFF 40 06 0000 C0A80001 C0A80002)", PACKET_MALFORMED, { 0 }, 8 },
		{ "less than a unit, and more to come", "(4500 001B 1234 2000 40 06 0000 C0A80001 C0A80002)", PACKET_MALFORMED, { 0 }, 0 },
		{ "of IPv6", "ip6:00 options:2C (0600 0081 12345678)", PACKET_FRAGMENT, { 0x12345678, 128, 6, true }, 40 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) a = make_ipv4(&hello);
		const struct ip_fragment *w = &cases[i].fragment;
		struct segment        s;
		struct packet         k;
		struct frame          f;

		wrap(a, cases[i].headers);
		f = frame_of(a, 101, 1);
		packet_begin(&k, &f);
		expect_in_row(cases[i].name, packet_read(&k, &s) == cases[i].result);
		expect_in_row(cases[i].name, k.rest.length == cases[i].length);
		expect_in_row(cases[i].name, k.result != PACKET_FRAGMENT ||
		                             (k.fragment.id == w->id && k.fragment.offset == w->offset &&
		                              k.fragment.proto == w->proto && k.fragment.more == w->more));
	}
}

/* IEEE 802.11 9.3.2.2: several packets in one frame. */
static void reads_every_packet_of_an_aggregate(void **state)
{
	g_autoptr(GByteArray) all = g_byte_array_new();
	struct packet         k;
	struct segment        s;
	struct frame          f;
	unsigned              n = 0;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		struct made           m = { .seq = i, .flags = TCP_ACK, .payload = "hello", .n = i + 1 };
		g_autoptr(GByteArray) a = make_ipv4(&m);

		wrap(a, "subframe snap:0800");
		while (i < 2 && a->len % 4 != 0)
			g_byte_array_append(a, (const guint8 *)"", 1);
		g_byte_array_append(all, a->data, a->len);
	}
	wrap(all, "wifi-amsdu");
	f = frame_of(all, 105, 1);
	packet_begin(&k, &f);
	do {
		assert_int_equal(packet_read(&k, &s), PACKET_TCP);
		assert_int_equal(s.seq, n);
		assert_int_equal(s.length, ++n);
	} while (packet_next(&k));
	assert_int_equal(n, 3);
}

/* The trailer that radiotap tells of is no part of a packet that says it were longer. */
static void a_frame_check_sequence_is_no_payload(void **state)
{
	g_autoptr(GByteArray) a = make_ipv4(&hello);
	struct segment        s;
	struct frame          f;

	(void)state;
	a->data[3] += 100;
	wrap(a, "(0000 0900 02000000 10) wifi snap:0800");
	g_byte_array_append(a, (const guint8 *)"FCS!", 4);
	f = frame_of(a, 127, 1);
	assert_int_equal(read_frame(&s, &f), PACKET_TCP);
	assert_int_equal(s.length, 5);
}

/* The shortcut says what the walk says, or nothing. */
static void the_shortcut_is_the_walk(void **state)
{
	g_autoptr(GByteArray) a = make_ethernet(&hello);
	unsigned              taken = 0;

	(void)state;
	g_byte_array_append(a, (const guint8 *)"padding", 7);
	for (uint32_t n = 0; n <= a->len; n++)
		for (uint32_t change = 0; change <= 256 * n; change += 17) {
			g_autofree uint8_t *copy = g_memdup2(a->data, n);
			struct segment      x = { 0 }, y = { 0 };
			struct frame        f = frame_of(a, 1, 1);

			if (change < 256 * n)
				copy[change / 256] = (uint8_t)change;
			f.bytes = copy;
			f.caplen = n;
			if (!packet_read_plain(&x, &f))
				continue;
			taken++;
			assert_int_equal(read_frame(&y, &f), PACKET_TCP);
			assert_memory_equal(&x, &y, sizeof x);
		}
	assert_true(taken > 1000);
}

static void a_total_length_of_0_means_all_the_rest(void **state)
{
	g_autoptr(GByteArray) a = make_ethernet(&hello);
	struct frame          f = frame_of(a, 1, 1);
	struct segment        s;

	(void)state;
	a->data[14 + 2] = a->data[14 + 3] = 0;
	assert_int_equal(read_frame(&s, &f), PACKET_TCP);
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
		enum packet_result    result;

		f.bytes = copy;
		f.caplen = n;
		result = read_frame(&s, &f);
		assert_int_equal(result, n < 14 + 20 + 20 ? PACKET_MALFORMED : PACKET_TCP);
		if (result != PACKET_TCP)
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
		enum packet_result result;
	} cases[] = {
		{ "fifteen VLAN tags", 15, 0, PACKET_TCP },
		{ "sixteen VLAN tags", 16, 0, PACKET_MALFORMED },
		{ "far more VLAN tags", 1000, 0, PACKET_MALFORMED },
		{ "fifteen extension headers", 0, 15, PACKET_TCP },
		{ "sixteen extension headers", 0, 16, PACKET_MALFORMED },
		{ "far more extension headers", 0, 1000, PACKET_MALFORMED },
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
		expect_in_row(cases[i].name, read_frame(&s, &f) == cases[i].result);
		expect_in_row(cases[i].name, cases[i].result != PACKET_TCP || (s.length == 5 && memcmp(s.payload, "hello", 5) == 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_segment_under_every_stack),
		cmocka_unit_test(a_snaplen_may_cut_every_stack_anywhere),
		cmocka_unit_test(any_byte_of_every_stack_may_lie),
		cmocka_unit_test(passes_over_ipv6_extension_headers),
		cmocka_unit_test(knows_what_it_does_not_know),
		cmocka_unit_test(names_what_ended_the_walk),
		cmocka_unit_test(lengths_that_lie_are_malformed),
		cmocka_unit_test(nothing_is_longer_than_what_carries_it),
		cmocka_unit_test(tells_where_a_fragment_belongs),
		cmocka_unit_test(reads_every_packet_of_an_aggregate),
		cmocka_unit_test(a_frame_check_sequence_is_no_payload),
		cmocka_unit_test(the_shortcut_is_the_walk),
		cmocka_unit_test(a_total_length_of_0_means_all_the_rest),
		cmocka_unit_test(a_snaplen_may_cut_anywhere),
		cmocka_unit_test(passes_over_so_many_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
