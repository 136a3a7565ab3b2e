/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wifi.c - IEEE 802.11 data frames, and the headers that capture puts in front of them. */
#include "wire/bytes.h"
#include "wire/layer.h"

static uint32_t le16(const uint8_t *p)
{
	return get_u16(p, G_BYTE_ORDER == G_BIG_ENDIAN);
}

static uint32_t le32(const uint8_t *p)
{
	return get_u32(p, G_BYTE_ORDER == G_BIG_ENDIAN);
}

/* ---- in front -------------------------------------------------------------------------------------------------- */

enum { RADIOTAP_FCS = 0x10, RADIOTAP_PADDED = 0x20 };

/* Its flags, if it has that field: behind the bit maps and TSFT, which has 8 bytes and lies on a multiple of 8.  r has
 * all of the header. https://www.radiotap.org/ */
static uint8_t radiotap_flags(const uint8_t *p, uint32_t length)
{
	uint32_t at = 8, present = le32(p + 4);

	while (at + 4 <= length && le32(p + at - 4) & 0x80000000)
		at += 4;
	if (present & 1)
		at = ((at + 7) & ~7U) + 8;
	return present & 2 && at < length ? p[at] : 0;
}

enum layer layer_radiotap(struct packet *k)
{
	const uint8_t *h = k->rest.p;
	uint32_t       length;
	uint8_t        flags;

	if (k->rest.captured < 8)
		return layer_malformed(k);
	length = le16(h + 2);
	if (length < 8 || !packet_take(k, length))
		return layer_malformed(k);
	flags = radiotap_flags(h, length);
	if (flags & RADIOTAP_FCS && k->rest.length >= 4)
		packet_end_at(k, k->rest.length - 4);
	k->is_padded = (flags & RADIOTAP_PADDED) != 0;
	return LAYER_WIFI;
}

/* A header of fixed length, unless it is AVS after all. */
enum layer layer_prism(struct packet *k)
{
	if (k->rest.captured >= 4 && get_be32(k->rest.p) >> 4 == 0x8021100)
		return layer_avs(k);
	return layer_after(k, 144, LAYER_WIFI);
}

enum layer layer_avs(struct packet *k)
{
	uint32_t length;

	if (k->rest.captured < 8)
		return layer_malformed(k);
	length = get_be32(k->rest.p + 4);
	return length < 8 ? layer_malformed(k) : layer_after(k, length, LAYER_WIFI);
}

/* Per-packet information: its length, and the link type of what follows. */
enum layer layer_ppi(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	if (k->rest.captured < 8 || le16(h + 2) < 8 || !packet_take(k, le16(h + 2)))
		return layer_malformed(k);
	return layer_of_link(k, le32(h + 4));
}

/* ---- 802.11 ---------------------------------------------------------------------------------------------------- */

enum { SUBTYPE_NO_DATA = 0x4, SUBTYPE_QOS = 0x8 };
enum { TO_AND_FROM_DS = 0x03, MORE_FRAGMENTS = 0x04, PROTECTED = 0x40, ORDER = 0x80 };
enum { QOS_AMSDU = 0x80 };

static enum layer not_readable(struct packet *k, enum unread_wifi what)
{
	bool is_hidden = what == WIFI_FRAGMENT || what == WIFI_ENCRYPTED;

	return layer_end(k, is_hidden ? PACKET_ENCRYPTED : PACKET_NOT_IP, UNREAD_WIFI, what);
}

/* IEEE 802.11 9.2.4.1: of types 0 to 3 only the third carries data, and of its subtypes not all. */
static enum layer data_frame(struct packet *k, const uint8_t *h, uint32_t header, uint32_t qos_at)
{
	bool is_amsdu = qos_at != 0 && h[qos_at] & QOS_AMSDU;

	if (h[1] & PROTECTED)
		return not_readable(k, WIFI_ENCRYPTED);
	if (h[1] & MORE_FRAGMENTS || h[22] & 0x0F)
		return not_readable(k, WIFI_FRAGMENT);
	return layer_after(k, k->is_padded ? (header + 3) & ~3U : header, is_amsdu ? LAYER_AMSDU : LAYER_LLC);
}

enum layer layer_wifi(struct packet *k)
{
	static const enum unread_wifi types[4] = { WIFI_MANAGEMENT, WIFI_CONTROL, WIFI_NO_DATA, WIFI_EXTENSION };
	const uint8_t *h = k->rest.p;
	uint32_t       header, type, subtype, qos_at = 0;

	if (k->rest.captured < 2 || (h[0] & 3) != 0)
		return layer_malformed(k);
	type = h[0] >> 2 & 3;
	subtype = h[0] >> 4;
	if (type != 2 || subtype & SUBTYPE_NO_DATA)
		return not_readable(k, types[type]);
	header = (h[1] & TO_AND_FROM_DS) == TO_AND_FROM_DS ? 30 : 24; /* a fourth address */
	if (subtype & SUBTYPE_QOS) {
		qos_at = header;
		header += h[1] & ORDER ? 6 : 2; /* HT control */
	}
	return k->rest.captured < header ? layer_malformed(k) : data_frame(k, h, header, qos_at);
}

/* IEEE 802.11 9.3.2.2: addresses, a length, LLC; filled up to words if another one follows. */
enum layer layer_amsdu(struct packet *k)
{
	struct rest behind = k->rest;
	uint32_t    length, whole;

	if (k->rest.captured < 14)
		return layer_malformed(k);
	length = get_be16(k->rest.p + 12);
	whole = (14 + length + 3) & ~3U;
	if (behind.captured > whole)
		k->others = (struct rest){ behind.p + whole, behind.captured - whole, behind.length - whole };
	packet_take(k, 14);
	packet_end_at(k, length);
	return LAYER_LLC;
}
