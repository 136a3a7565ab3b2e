/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.c - link types: https://www.tcpdump.org/linktypes.html */
#include "wire/bytes.h"
#include "wire/layer.h"

#define LENGTH_MOST 1500 /* of an Ethernet frame's type field: what is greater is an Ethertype (IEEE 802.3 3.2.6) */

/* ---- Ethernet -------------------------------------------------------------------------------------------------- */

static enum layer type_or_length(struct packet *k, uint32_t field)
{
	if (field > LENGTH_MOST)
		return layer_of_ethertype(k, field);
	packet_end_at(k, field);
	return LAYER_LLC;
}

enum layer layer_ethernet(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	return packet_take(k, 14) ? type_or_length(k, get_be16(h + 12)) : layer_malformed(k);
}

enum layer layer_vlan(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	return packet_take(k, 4) ? type_or_length(k, get_be16(h + 2)) : layer_malformed(k);
}

/* IEEE 802.1Q 9.7: flags and service, and then a whole Ethernet frame. */
enum layer layer_provider_tag(struct packet *k)
{
	return layer_after(k, 4, LAYER_ETHERNET);
}

/* IEEE 802.2: SNAP with an Ethertype, IP itself, or an ISO protocol. */
enum layer layer_llc(struct packet *k)
{
	const uint8_t *h = k->rest.p;
	uint32_t       saps, oui;

	if (k->rest.captured < 3)
		return layer_malformed(k);
	saps = get_be16(h);
	if (saps == 0x0606 && h[2] == 0x03)
		return layer_after(k, 3, LAYER_IPV4);
	if (saps == 0xFEFE && h[2] == 0x03 && packet_take(k, 4))
		return layer_of_nlpid(k, h[3]);
	if (saps != 0xAAAA || h[2] != 0x03)
		return layer_end(k, PACKET_NOT_IP, UNREAD_LLC, saps);
	if (!packet_take(k, 8))
		return layer_malformed(k);
	oui = get_be32(h + 2) & 0xFFFFFF;
	if (oui != 0 && oui != 0x0000F8) /* RFC 1042, IEEE 802.1H */
		return layer_end(k, PACKET_NOT_IP, UNREAD_SNAP, oui);
	return layer_of_ethertype(k, get_be16(h + 6));
}

/* Frame control, two addresses; only LLC frames carry anything for us. */
enum layer layer_fddi(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	if (!packet_take(k, 13))
		return layer_malformed(k);
	return (h[0] & 0xF0) == 0x50 ? LAYER_LLC : layer_end(k, PACKET_NOT_IP, UNREAD_LLC, 0);
}

/* Access control, frame control, two addresses, and the route where the source says that there is one (IEEE 802.5). */
enum layer layer_token_ring(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	if (!packet_take(k, 14))
		return layer_malformed(k);
	if ((h[1] & 0xC0) != 0x40)
		return layer_end(k, PACKET_NOT_IP, UNREAD_LLC, 0);
	if (!(h[8] & 0x80))
		return LAYER_LLC;
	return k->rest.captured < 1 ? layer_malformed(k) : layer_after(k, k->rest.p[0] & 0x1F, LAYER_LLC);
}

/* Apple's IP over FireWire: two addresses of 8 bytes. */
enum layer layer_firewire(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	return packet_take(k, 18) ? layer_of_ethertype(k, get_be16(h + 16)) : layer_malformed(k);
}

/* InfiniBand's global routing header, and RFC 4391 6's: a type, and two bytes of nothing. */
enum layer layer_ipoib(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	return packet_take(k, 44) ? layer_of_ethertype(k, get_be16(h + 40)) : layer_malformed(k);
}

/* ---- IP at once ------------------------------------------------------------------------------------------------ */

enum layer layer_raw_ip(struct packet *k)
{
	return layer_by_version(k);
}

/* An address family of whatever system, in whatever byte order: the version inside the packet says the same. */
enum layer layer_null_loop(struct packet *k)
{
	return packet_take(k, 4) ? layer_by_version(k) : layer_malformed(k);
}

/* ---- cooked captures ------------------------------------------------------------------------------------------- */

/* What the interface was (ARPHRD_*), where that changes what the protocol means. */
static enum layer cooked(struct packet *k, uint32_t device, uint32_t proto)
{
	switch (device) {
	case 801:
		return LAYER_WIFI;
	case 802:
		return LAYER_PRISM;
	case 803:
		return LAYER_RADIOTAP;
	case 770:
		return LAYER_FRAME_RELAY;
	case 824: /* netlink: the protocol is one of its families */
		return layer_end(k, PACKET_NOT_IP, UNREAD_LINK, 253);
	default:
		return proto == 0x0004 ? LAYER_LLC : layer_of_ethertype(k, proto);
	}
}

enum layer layer_sll(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	return packet_take(k, 16) ? cooked(k, get_be16(h + 2), get_be16(h + 14)) : layer_malformed(k);
}

enum layer layer_sll2(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	return packet_take(k, 20) ? cooked(k, get_be16(h + 8), get_be16(h)) : layer_malformed(k);
}

/* ---- wrapped in attributes ------------------------------------------------------------------------------------- */

#define NFLOG_HEADER  4
#define NFLOG_PAYLOAD 9

/* Where the packet lies among attributes of length, type and value, each filled up to words; 0: nowhere.  *length: its
 * own.  The numbers are in the byte order of the machine that captured. */
static uint32_t nflog_payload(const struct rest *r, bool is_big_endian, uint32_t *length)
{
	bool     swap = is_big_endian == (G_BYTE_ORDER == G_LITTLE_ENDIAN);
	uint32_t at = NFLOG_HEADER;

	while (r->captured >= 4 && at <= r->captured - 4) {
		uint32_t n = get_u16(r->p + at, swap);

		if (n < 4 || n > r->length - at)
			return 0;
		if (get_u16(r->p + at + 2, swap) == NFLOG_PAYLOAD) {
			*length = n - 4;
			return at + 4;
		}
		at += (n + 3) & ~3U;
	}
	return 0;
}

enum layer layer_nflog(struct packet *k)
{
	uint32_t length = 0, at = nflog_payload(&k->rest, false, &length);

	if (at == 0)
		at = nflog_payload(&k->rest, true, &length);
	if (at == 0 || !packet_take(k, at))
		return layer_malformed(k);
	packet_end_at(k, length);
	return layer_by_version(k);
}

/* Darwin's own header: its length, what it is, and the link type of what follows, as the machine that captured counts. */
enum layer layer_pktap(struct packet *k)
{
	bool     swap = G_BYTE_ORDER == G_BIG_ENDIAN;
	uint32_t length, link;

	if (k->rest.captured < 12)
		return layer_malformed(k);
	length = get_u32(k->rest.p, swap);
	if (length >> 16 != 0) /* big endian: no header is that long */
		length = get_u32(k->rest.p, swap = !swap);
	link = get_u32(k->rest.p + 8, swap);
	if (length < 12 || !packet_take(k, length))
		return layer_malformed(k);
	return layer_of_link(k, link);
}
