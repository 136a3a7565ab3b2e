/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tunnel.c - packets in packets: over IP (GRE, EtherIP), over GRE (ERSPAN, WCCP), over UDP (VXLAN, Geneve, GTP-U, L2TP). */
#include "wire/bytes.h"
#include "wire/layer.h"

/* UDP to the port of a tunnel, but nothing that such a tunnel carries. */
static enum layer mere_udp(struct packet *k)
{
	return layer_end(k, PACKET_NOT_TCP, UNREAD_IP, 17);
}

/* ---- GRE ------------------------------------------------------------------------------------------------------- */

enum {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING  = 0x4000,
	GRE_KEY      = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACK      = 0x0080, /* version 1: RFC 2637 4.1 */
	GRE_VERSION  = 0x0007,
};

/* RFC 1701: source routes, each with its own length, up to one of length 0. */
static bool take_routes(struct packet *k)
{
	for (;;) {
		uint32_t length;

		if (k->rest.captured < 4)
			return false;
		length = k->rest.p[3];
		if (!packet_take(k, 4 + length))
			return false;
		if (length == 0)
			return true;
	}
}

/* PPTP: PPP in GRE of its own kind; a packet without sequence number carries none. */
static enum layer pptp(struct packet *k, uint32_t flags)
{
	uint32_t options = 4U + (flags & GRE_SEQUENCE ? 4 : 0) + (flags & GRE_ACK ? 4 : 0);

	if (!(flags & GRE_SEQUENCE))
		return layer_end(k, PACKET_NOT_TCP, UNREAD_IP, 47);
	return layer_after(k, options, LAYER_PPP);
}

/* What only GRE carries; all other types are Ethertypes. */
static enum layer in_gre(struct packet *k, uint32_t flags, uint32_t type)
{
	switch (type) {
	case 0x88BE: /* ERSPAN I has no header, and no sequence numbers */
		return flags & GRE_SEQUENCE ? LAYER_ERSPAN2 : LAYER_ETHERNET;
	case 0x22EB:
		return LAYER_ERSPAN3;
	case 0x883E:
		return LAYER_WCCP;
	default:
		return layer_of_ethertype(k, type);
	}
}

/* RFC 2784, 2890, 1701 */
enum layer layer_gre(struct packet *k)
{
	const uint8_t *h = k->rest.p;
	uint32_t       flags, options;

	if (!packet_take(k, 4))
		return layer_malformed(k);
	flags = get_be16(h);
	if ((flags & GRE_VERSION) == 1)
		return pptp(k, flags);
	if ((flags & GRE_VERSION) != 0)
		return layer_end(k, PACKET_NOT_TCP, UNREAD_IP, 47);
	options = (flags & (GRE_CHECKSUM | GRE_ROUTING) ? 4U : 0) + (flags & GRE_KEY ? 4 : 0) + (flags & GRE_SEQUENCE ? 4 : 0);
	if (!packet_take(k, options) || (flags & GRE_ROUTING && !take_routes(k)))
		return layer_malformed(k);
	return in_gre(k, flags, get_be16(h + 2));
}

/* RFC 3378 */
enum layer layer_etherip(struct packet *k)
{
	return layer_after(k, 2, LAYER_ETHERNET);
}

/* draft-foschiano-erspan 4.2 */
enum layer layer_erspan2(struct packet *k)
{
	return layer_after(k, 8, LAYER_ETHERNET);
}

/* draft-foschiano-erspan 4.3: what was mirrored is an Ethernet frame or an IP packet; another 8 bytes where the last bit
 * says so. */
enum layer layer_erspan3(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	if (!packet_take(k, 12) || (h[11] & 1 && !packet_take(k, 8)))
		return layer_malformed(k);
	return (h[10] >> 2 & 0x1F) == 2 ? layer_by_version(k) : LAYER_ETHERNET;
}

/* Web traffic on its way to a cache: version 2 puts four bytes in front of the packet. */
enum layer layer_wccp(struct packet *k)
{
	if (k->rest.captured < 1)
		return layer_malformed(k);
	return layer_after(k, k->rest.p[0] >> 4 == 4 ? 0 : 4, LAYER_IPV4);
}

/* ---- over UDP -------------------------------------------------------------------------------------------------- */

/* RFC 7348 5 */
enum layer layer_vxlan(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	if (!packet_take(k, 8))
		return layer_malformed(k);
	return h[0] & 0x08 ? LAYER_ETHERNET : mere_udp(k);
}

/* The next protocol of VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe 3.2), and of NSH (RFC 8300 2.2). */
static enum layer next_protocol(struct packet *k, uint8_t next)
{
	static const enum layer layers[] = { [1] = LAYER_IPV4, [2] = LAYER_IPV6, [3] = LAYER_ETHERNET, [4] = LAYER_NSH,
	                                     [5] = LAYER_MPLS };

	if (next >= sizeof layers / sizeof layers[0] || layers[next] == LAYER_END)
		return mere_udp(k);
	return layers[next];
}

enum layer layer_vxlan_gpe(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	if (!packet_take(k, 8))
		return layer_malformed(k);
	if (!(h[0] & 0x04)) /* no next protocol: as VXLAN */
		return LAYER_ETHERNET;
	return next_protocol(k, h[3]);
}

/* Its length in words lies in six bits. */
enum layer layer_nsh(struct packet *k)
{
	const uint8_t *h = k->rest.p;
	uint32_t       length;

	if (k->rest.captured < 8)
		return layer_malformed(k);
	length = (uint32_t)(h[1] & 0x3F) * 4;
	return length >= 8 && packet_take(k, length) ? next_protocol(k, h[3]) : layer_malformed(k);
}

/* RFC 8926 3.4 */
enum layer layer_geneve(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	if (k->rest.captured < 8)
		return layer_malformed(k);
	if (h[0] >> 6 != 0)
		return mere_udp(k);
	return packet_take(k, 8 + (uint32_t)(h[0] & 0x3F) * 4) ? layer_of_ethertype(k, get_be16(h + 2)) : layer_malformed(k);
}

enum { GTP_VERSION = 0xE0, GTP_IS_GTP = 0x10, GTP_OPTIONS = 0x07, GTP_EXTENSION = 0x04, GTP_G_PDU = 0xFF };

/* 3GPP TS 29.281 5.2: each has its length in words in front, and the type of the next one behind; 0: none follows. */
static bool take_gtp_extensions(struct packet *k, uint8_t type)
{
	while (type != 0) {
		uint32_t length = k->rest.captured < 1 ? 0 : (uint32_t)k->rest.p[0] * 4;

		if (length == 0 || !packet_take(k, length))
			return false;
		type = k->rest.p[-1];
	}
	return true;
}

/* 3GPP TS 29.281 5.1: any option brings the four bytes of all of them. */
enum layer layer_gtp(struct packet *k)
{
	const uint8_t *h = k->rest.p;
	uint8_t        extension = 0;

	if (!packet_take(k, 8))
		return layer_malformed(k);
	if ((h[0] & (GTP_VERSION | GTP_IS_GTP)) != (0x20 | GTP_IS_GTP) || h[1] != GTP_G_PDU)
		return mere_udp(k);
	packet_end_at(k, get_be16(h + 2));
	if (h[0] & GTP_OPTIONS) {
		if (!packet_take(k, 4))
			return layer_malformed(k);
		extension = h[0] & GTP_EXTENSION ? h[11] : 0;
	}
	return take_gtp_extensions(k, extension) ? layer_by_version(k) : layer_malformed(k);
}

enum { L2TP_CONTROL = 0x8000, L2TP_LENGTH = 0x4000, L2TP_SEQUENCE = 0x0800, L2TP_OFFSET = 0x0200, L2TP_VERSION = 0x000F };

/* RFC 2661 3.1: flags; a length; tunnel and session; sequence numbers; an offset, and as many bytes of padding. */
enum layer layer_l2tp(struct packet *k)
{
	const uint8_t *h = k->rest.p;
	uint32_t       flags, header, offset = 0;

	if (k->rest.captured < 6)
		return layer_malformed(k);
	flags = get_be16(h);
	if (flags & L2TP_CONTROL || (flags & L2TP_VERSION) != 2)
		return mere_udp(k);
	header = 6U + (flags & L2TP_LENGTH ? 2 : 0) + (flags & L2TP_SEQUENCE ? 4 : 0) + (flags & L2TP_OFFSET ? 2 : 0);
	if (k->rest.captured < header)
		return layer_malformed(k);
	if (flags & L2TP_OFFSET)
		offset = get_be16(h + header - 2);
	if (flags & L2TP_LENGTH)
		packet_end_at(k, get_be16(h + 2));
	return layer_after(k, header + offset, LAYER_PPP);
}
