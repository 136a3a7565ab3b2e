/* SPDX-License-Identifier: GPL-2.0-or-later */
/* layers.c - the walk from layer to layer, and the tables of numbers by which one names the next. */
#include <string.h>

#include "wire/bytes.h"
#include "wire/layer.h"

/* ---- numbers --------------------------------------------------------------------------------------------------- */

struct numbered {
	uint32_t   number;
	enum layer layer;
};

#define LENGTH_OF(table) (sizeof(table) / sizeof((table)[0]))

/* What is met most often comes first.  LAYER_END: it has no row. */
static enum layer look_up(const struct numbered *row, size_t n, uint32_t number)
{
	for (size_t i = 0; i < n; i++)
		if (row[i].number == number)
			return row[i].layer;
	return LAYER_END;
}

/* https://www.tcpdump.org/linktypes.html */
static const struct numbered links[] = {
	{ 1, LAYER_ETHERNET },
	{ 0, LAYER_NULL_LOOP },      /* NULL                                     */
	{ 6, LAYER_TOKEN_RING },
	{ 9, LAYER_PPP },
	{ 10, LAYER_FDDI },
	{ 12, LAYER_RAW_IP },        /* DLT_RAW as some systems number it        */
	{ 14, LAYER_RAW_IP },
	{ 50, LAYER_PPP },           /* in HDLC framing                          */
	{ 51, LAYER_PPPOE },
	{ 100, LAYER_LLC },          /* ATM, RFC 2684                            */
	{ 101, LAYER_RAW_IP },
	{ 104, LAYER_CISCO_HDLC },
	{ 105, LAYER_WIFI },
	{ 107, LAYER_FRAME_RELAY },
	{ 108, LAYER_NULL_LOOP },    /* LOOP                                     */
	{ 113, LAYER_SLL },
	{ 119, LAYER_PRISM },
	{ 127, LAYER_RADIOTAP },
	{ 138, LAYER_FIREWIRE },
	{ 163, LAYER_AVS },
	{ 166, LAYER_PPP_DIRECTED }, /* pppd: the direction instead of 0xFF      */
	{ 192, LAYER_PPI },
	{ 204, LAYER_PPP_DIRECTED }, /* a byte with the direction in front       */
	{ 219, LAYER_MPLS },
	{ 228, LAYER_RAW_IP },       /* IPV4                                     */
	{ 229, LAYER_RAW_IP },       /* IPV6                                     */
	{ 239, LAYER_NFLOG },
	{ 242, LAYER_IPOIB },
	{ 258, LAYER_PKTAP },
	{ 276, LAYER_SLL2 },
};

/* IANA, IEEE 802 Numbers */
static const struct numbered ethertypes[] = {
	{ 0x0800, LAYER_IPV4 },
	{ 0x86DD, LAYER_IPV6 },
	{ 0x8100, LAYER_VLAN },         /* 802.1Q                         */
	{ 0x88A8, LAYER_VLAN },         /* 802.1ad                        */
	{ 0x9100, LAYER_VLAN },         /* QinQ before there was 802.1ad  */
	{ 0x88E7, LAYER_PROVIDER_TAG }, /* 802.1ah                        */
	{ 0x8847, LAYER_MPLS },
	{ 0x8848, LAYER_MPLS },         /* multicast, or labels from upstream (RFC 5332) */
	{ 0x8864, LAYER_PPPOE },
	{ 0x880B, LAYER_PPP },
	{ 0x6558, LAYER_ETHERNET },     /* transparent Ethernet bridging: in tunnels     */
	{ 0x894F, LAYER_NSH },
};

/* IANA, Point-to-Point Protocol Field Assignments */
static const struct numbered ppp_protocols[] = {
	{ 0x0021, LAYER_IPV4 },
	{ 0x0057, LAYER_IPV6 },
	{ 0x0281, LAYER_MPLS },
	{ 0x0283, LAYER_MPLS }, /* multicast */
};

/* RFC 2427 3, ISO/IEC TR 9577 */
static const struct numbered nlpids[] = {
	{ 0xCC, LAYER_IPV4 },
	{ 0x8E, LAYER_IPV6 },
	{ 0xCF, LAYER_PPP }, /* RFC 1973 */
};

/* IANA, Protocol Numbers */
static const struct numbered ip_protocols[] = {
	{ 17, LAYER_UDP },
	{ 4, LAYER_IPV4 },
	{ 41, LAYER_IPV6 },
	{ 47, LAYER_GRE },
	{ 51, LAYER_AH },
	{ 97, LAYER_ETHERIP },
	{ 137, LAYER_MPLS }, /* RFC 4023 */
};

/* Only behind IPv6 headers. */
static const struct numbered ipv6_extensions[] = {
	{ 0, LAYER_IPV6_OPTIONS },   /* hop by hop           */
	{ 43, LAYER_IPV6_OPTIONS },  /* routing              */
	{ 44, LAYER_IPV6_FRAGMENT },
	{ 60, LAYER_IPV6_OPTIONS },  /* destination          */
	{ 135, LAYER_IPV6_OPTIONS }, /* mobility (RFC 6275)  */
	{ 139, LAYER_IPV6_OPTIONS }, /* host identity        */
	{ 140, LAYER_IPV6_OPTIONS }, /* shim6                */
};

/* IANA, Service Names and Port Numbers */
static const struct numbered udp_ports[] = {
	{ 4789, LAYER_VXLAN },
	{ 8472, LAYER_VXLAN }, /* Linux, before VXLAN had a port; and many after it */
	{ 4790, LAYER_VXLAN_GPE },
	{ 6081, LAYER_GENEVE },
	{ 2152, LAYER_GTP },
	{ 1701, LAYER_L2TP },
	{ 6635, LAYER_MPLS },  /* RFC 7510 */
};

enum layer layer_of_link(struct packet *k, uint32_t link)
{
	enum layer layer = look_up(links, LENGTH_OF(links), link);

	return layer != LAYER_END ? layer : layer_end(k, PACKET_UNKNOWN_LINK, UNREAD_LINK, link);
}

bool is_ethertype_read(uint32_t type)
{
	return look_up(ethertypes, LENGTH_OF(ethertypes), type) != LAYER_END;
}

enum layer layer_of_ethertype(struct packet *k, uint32_t type)
{
	enum layer layer = look_up(ethertypes, LENGTH_OF(ethertypes), type);
	bool       is_macsec = type == 0x88E5;

	if (layer != LAYER_END)
		return layer;
	return layer_end(k, is_macsec ? PACKET_ENCRYPTED : PACKET_NOT_IP, UNREAD_ETHERTYPE, type);
}

enum layer layer_of_ppp(struct packet *k, uint32_t proto)
{
	enum layer layer = look_up(ppp_protocols, LENGTH_OF(ppp_protocols), proto);
	bool       is_encrypted = proto == 0x0053 || proto == 0x00FD; /* RFC 1968, RFC 1962 (MPPE) */

	if (layer != LAYER_END)
		return layer;
	return layer_end(k, is_encrypted ? PACKET_ENCRYPTED : PACKET_NOT_IP, UNREAD_PPP, proto);
}

enum layer layer_of_nlpid(struct packet *k, uint32_t id)
{
	enum layer layer = look_up(nlpids, LENGTH_OF(nlpids), id);

	return layer != LAYER_END ? layer : layer_end(k, PACKET_NOT_IP, UNREAD_NLPID, id);
}

enum layer layer_of_ip(struct packet *k, uint32_t proto)
{
	enum layer layer;

	if (proto == 6)
		return LAYER_TCP;
	layer = look_up(ip_protocols, LENGTH_OF(ip_protocols), proto);
	if (layer == LAYER_END && k->s->src.addr.family == 6)
		layer = look_up(ipv6_extensions, LENGTH_OF(ipv6_extensions), proto);
	if (layer != LAYER_END)
		return layer;
	return layer_end(k, proto == 50 ? PACKET_ENCRYPTED : PACKET_NOT_TCP, UNREAD_IP, proto);
}

enum layer layer_of_udp(struct packet *k, uint32_t port)
{
	enum layer layer = look_up(udp_ports, LENGTH_OF(udp_ports), port);

	return layer != LAYER_END ? layer : layer_end(k, PACKET_NOT_TCP, UNREAD_IP, 17);
}

enum layer layer_by_version(struct packet *k)
{
	if (k->rest.captured < 1)
		return layer_malformed(k);
	switch (k->rest.p[0] >> 4) {
	case 4:
		return LAYER_IPV4;
	case 6:
		return LAYER_IPV6;
	default:
		return layer_end(k, PACKET_NOT_IP, UNREAD_VERSION, k->rest.p[0] >> 4);
	}
}

/* ---- the walk -------------------------------------------------------------------------------------------------- */

static enum layer (*const readers[N_LAYERS])(struct packet *k) = {
#define ROW(name, reader) [LAYER_##name] = reader,
	LAYERS(ROW)
#undef ROW
};

void packet_begin(struct packet *k, const struct frame *f)
{
	k->rest = (struct rest){ f->bytes, f->caplen, f->wirelen };
	k->others.length = 0;
	k->layers = 0;
	k->is_padded = false;
	k->next = f->link == 1 ? LAYER_ETHERNET : layer_of_link(k, f->link);
}

void packet_begin_datagram(struct packet *k, struct segment *s, struct rest bytes, uint8_t proto, unsigned layers)
{
	k->s = s;
	k->rest = bytes;
	k->others.length = 0;
	k->layers = layers;
	k->is_padded = false;
	k->next = layer_of_ip(k, proto);
}

bool packet_next(struct packet *k)
{
	if (k->others.length == 0)
		return false;
	k->rest = k->others;
	k->others.length = 0;
	k->layers = 2; /* the link, and this one */
	k->next = LAYER_AMSDU;
	return true;
}

enum packet_result packet_read(struct packet *k, struct segment *s)
{
	enum layer next = k->next;

	k->s = s;
	while (next > LAYER_TCP) {
		if (k->layers++ > LAYERS_MOST)
			return PACKET_MALFORMED;
		next = readers[next](k);
	}
	if (next == LAYER_END)
		return k->result;
	return segment_read(s, k->rest.p, k->rest.captured, k->rest.length) ? PACKET_TCP : PACKET_MALFORMED;
}

/* ---- the shortcut ---------------------------------------------------------------------------------------------- */

enum { PLAIN_IP = 14, PLAIN_TCP = PLAIN_IP + 20, PLAIN_MOST = PLAIN_TCP + 20 };

static bool is_plain(const struct frame *f)
{
	const uint8_t *ip = f->bytes + PLAIN_IP;

	return f->link == 1 && f->caplen >= PLAIN_MOST && get_be16(ip - 2) == 0x0800 && ip[0] == 0x45 && ip[9] == 6 &&
	       (get_be16(ip + 6) & 0x3FFF) == 0 && get_be16(ip + 2) >= PLAIN_MOST - PLAIN_IP;
}

/* In words, as it is read again (addr_half): the processor would have to wait for a word of two stores. */
static void set_address(struct bits_addr *a, const uint8_t *p)
{
	uint64_t halves[2] = { 0 };

	memcpy(halves, p, 4);
	a->family = 4;
	memcpy(a->bytes, halves, sizeof halves);
	a->telling = 0;
}

bool packet_read_plain(struct segment *s, const struct frame *f)
{
	const uint8_t *ip = f->bytes + PLAIN_IP;
	uint32_t       total, captured;

	if (!is_plain(f))
		return false;
	total = get_be16(ip + 2);
	if (total > f->wirelen - PLAIN_IP)
		total = f->wirelen - PLAIN_IP;
	captured = f->caplen - PLAIN_IP < total ? f->caplen - PLAIN_IP : total;
	set_address(&s->src.addr, ip + 12);
	set_address(&s->dst.addr, ip + 16);
	return segment_read(s, ip + 20, captured - 20, total - 20);
}
