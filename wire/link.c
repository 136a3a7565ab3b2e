/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.c - one small function a layer: each takes its header off the front of the packet and names the next. */
#include "wire/link.h"

#include <stdbool.h>
#include <string.h>

#include "wire/bytes.h"

#define LAYERS_MOST 16 /* VLAN tags and headers on top of each other */

/* https://www.tcpdump.org/linktypes.html */
enum {
	LINKTYPE_NULL = 0,
	LINKTYPE_ETHERNET = 1,
	LINKTYPE_RAW_OLD_12 = 12, /* DLT_RAW as some systems number it */
	LINKTYPE_RAW_OLD_14 = 14,
	LINKTYPE_RAW = 101,
	LINKTYPE_LOOP = 108,
	LINKTYPE_LINUX_SLL = 113,
	LINKTYPE_IPV4 = 228,
	LINKTYPE_IPV6 = 229,
	LINKTYPE_LINUX_SLL2 = 276,
};

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86DD,
	ETHERTYPE_QINQ = 0x88A8,
	ETHERTYPE_QINQ_OLD = 0x9100,
};

enum {
	PROTO_HOP_BY_HOP = 0,
	PROTO_TCP = 6,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_AH = 51,
	PROTO_DESTINATION = 60,
};

/* What is left of a packet. */
struct rest {
	const uint8_t *p;
	uint32_t       captured, length; /* captured <= length */
};

static bool take(struct rest *r, uint32_t n)
{
	if (r->captured < n)
		return false;
	r->p += n;
	r->captured -= n;
	r->length -= n;
	return true;
}

/* The layer says that it ends here: what follows is padding. */
static void end_at(struct rest *r, uint32_t length)
{
	if (length < r->length)
		r->length = length;
	if (r->captured > r->length)
		r->captured = r->length;
}

/* ---- TCP ------------------------------------------------------------------------------------------------------- */

static enum link_result tcp(struct segment *s, struct rest r)
{
	return segment_read(s, r.p, r.captured, r.length) ? LINK_TCP : LINK_MALFORMED;
}

/* ---- IP -------------------------------------------------------------------------------------------------------- */

static enum link_result ipv4(struct segment *s, struct rest r)
{
	uint32_t header, total;

	if (r.captured < 20 || r.p[0] >> 4 != 4)
		return LINK_MALFORMED;
	header = (uint32_t)(r.p[0] & 0x0F) * 4;
	total = get_be16(r.p + 2);
	if (header < 20 || (total != 0 && total < header))
		return LINK_MALFORMED;
	if (total != 0) /* 0: a frame that the network card was to cut up (TSO): all the rest */
		end_at(&r, total);
	if ((get_be16(r.p + 6) & 0x3FFF) != 0)
		return LINK_FRAGMENT;
	if (r.p[9] != PROTO_TCP)
		return LINK_NOT_TCP;
	s->src.addr.family = s->dst.addr.family = 4;
	memcpy(s->src.addr.bytes, r.p + 12, 4);
	memcpy(s->dst.addr.bytes, r.p + 16, 4);
	return take(&r, header) ? tcp(s, r) : LINK_MALFORMED;
}

/* The length of an extension header, and whether it is one (RFC 8200 4, RFC 4302 2.2). */
static bool is_extension(uint8_t proto, const struct rest *r, uint32_t *length)
{
	switch (proto) {
	case PROTO_HOP_BY_HOP:
	case PROTO_ROUTING:
	case PROTO_DESTINATION:
		*length = (uint32_t)(r->p[1] + 1) * 8;
		return true;
	case PROTO_AH:
		*length = (uint32_t)(r->p[1] + 2) * 4;
		return true;
	case PROTO_FRAGMENT:
		*length = 8;
		return true;
	default:
		return false;
	}
}

static enum link_result ipv6_payload(struct segment *s, struct rest r, uint8_t proto)
{
	uint32_t length;

	for (unsigned layer = 0; layer < LAYERS_MOST; layer++) {
		uint8_t next;

		if (proto == PROTO_TCP)
			return tcp(s, r);
		if (r.captured < 8)
			return LINK_MALFORMED;
		if (!is_extension(proto, &r, &length))
			return LINK_NOT_TCP;
		/* offset 0 and no more to come: a whole packet with a fragment header (RFC 6946) */
		if (proto == PROTO_FRAGMENT && (get_be16(r.p + 2) & 0xFFF9) != 0)
			return LINK_FRAGMENT;
		next = r.p[0];
		if (!take(&r, length))
			return LINK_MALFORMED;
		proto = next;
	}
	return LINK_MALFORMED;
}

static enum link_result ipv6(struct segment *s, struct rest r)
{
	uint32_t length;
	uint8_t  proto;

	if (r.captured < 40 || r.p[0] >> 4 != 6)
		return LINK_MALFORMED;
	length = get_be16(r.p + 4);
	proto = r.p[6];
	s->src.addr.family = s->dst.addr.family = 6;
	memcpy(s->src.addr.bytes, r.p + 8, 16);
	memcpy(s->dst.addr.bytes, r.p + 24, 16);
	take(&r, 40);
	if (length != 0) /* 0: TSO, as above */
		end_at(&r, length);
	return ipv6_payload(s, r, proto);
}

static enum link_result ip(struct segment *s, struct rest r)
{
	if (r.captured < 1)
		return LINK_MALFORMED;
	switch (r.p[0] >> 4) {
	case 4:
		return ipv4(s, r);
	case 6:
		return ipv6(s, r);
	default:
		return LINK_NOT_IP;
	}
}

/* ---- links ----------------------------------------------------------------------------------------------------- */

static enum link_result ethertype(struct segment *s, struct rest r, uint16_t type)
{
	for (unsigned layer = 0; layer < LAYERS_MOST; layer++) {
		switch (type) {
		case ETHERTYPE_IPV4:
			return ipv4(s, r);
		case ETHERTYPE_IPV6:
			return ipv6(s, r);
		case ETHERTYPE_VLAN:
		case ETHERTYPE_QINQ:
		case ETHERTYPE_QINQ_OLD:
			if (r.captured < 4)
				return LINK_MALFORMED;
			type = get_be16(r.p + 2);
			take(&r, 4);
			break;
		default:
			return LINK_NOT_IP;
		}
	}
	return LINK_MALFORMED;
}

static enum link_result ethernet(struct segment *s, struct rest r)
{
	uint16_t type;

	if (r.captured < 14)
		return LINK_MALFORMED;
	type = get_be16(r.p + 12);
	take(&r, 14);
	return ethertype(s, r, type);
}

static enum link_result linux_sll(struct segment *s, struct rest r)
{
	uint16_t type;

	if (r.captured < 16)
		return LINK_MALFORMED;
	type = get_be16(r.p + 14);
	take(&r, 16);
	return ethertype(s, r, type);
}

static enum link_result linux_sll2(struct segment *s, struct rest r)
{
	uint16_t type;

	if (r.captured < 20)
		return LINK_MALFORMED;
	type = get_be16(r.p);
	take(&r, 20);
	return ethertype(s, r, type);
}

/* An address family of whatever system, in whatever byte order: the version inside the packet says the same. */
static enum link_result null_loop(struct segment *s, struct rest r)
{
	return take(&r, 4) ? ip(s, r) : LINK_MALFORMED;
}

static const struct {
	uint32_t link;
	enum link_result (*read)(struct segment *s, struct rest r);
} links[] = {
	{ LINKTYPE_ETHERNET, ethernet },      { LINKTYPE_LINUX_SLL, linux_sll }, { LINKTYPE_LINUX_SLL2, linux_sll2 },
	{ LINKTYPE_RAW, ip },                 { LINKTYPE_RAW_OLD_12, ip },       { LINKTYPE_RAW_OLD_14, ip },
	{ LINKTYPE_IPV4, ip },                { LINKTYPE_IPV6, ip },             { LINKTYPE_NULL, null_loop },
	{ LINKTYPE_LOOP, null_loop },
};

enum link_result link_segment(struct segment *s, const struct frame *f)
{
	struct rest r = { f->bytes, f->caplen, f->wirelen };

	memset(s, 0, sizeof *s);
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		if (links[i].link == f->link)
			return links[i].read(s, r);
	return LINK_UNKNOWN;
}
