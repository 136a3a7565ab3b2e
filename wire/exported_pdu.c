/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exported_pdu.c - see exported_pdu.h. */
#include "wire/exported_pdu.h"

#include <string.h>

#include "wire/bytes.h"

enum tag {
	TAG_END = 0,
	TAG_DISSECTOR = 12, /* text, padded with NULs */
	TAG_IPV4_SRC = 20,
	TAG_IPV4_DST = 21,
	TAG_IPV6_SRC = 22,
	TAG_IPV6_DST = 23,
	TAG_PORT_TYPE = 24,
	TAG_SRC_PORT = 25,
	TAG_DST_PORT = 26,
};

#define PORT_TYPE_TCP 2

/* What the tags have said so far. */
struct reading {
	struct exported_pdu *pdu;
	bool                 is_tcp, has_src_port, has_dst_port;
};

static bool take_address(struct bits_addr *a, const uint8_t *value, uint32_t n, uint32_t wanted)
{
	if (n != wanted)
		return false;
	a->family = wanted == 4 ? 4 : 6;
	memset(a->bytes, 0, sizeof a->bytes); /* a tag before may have said more */
	memcpy(a->bytes, value, wanted);
	return true;
}

static bool take_port(struct bits_end *end, bool *has, const uint8_t *value, uint32_t n)
{
	if (n != 4 || get_be32(value) > UINT16_MAX)
		return false;
	end->port = (uint16_t)get_be32(value);
	*has = true;
	return true;
}

/* http says so itself where it was in the clear; whatever else stands there may have come out of TLS. */
static bool is_clear(const uint8_t *name, uint32_t n)
{
	static const char http[] = "http";

	return n >= strlen(http) && memcmp(name, http, strlen(http)) == 0 && (n == strlen(http) || name[strlen(http)] == '\0');
}

static bool take_tag(struct reading *r, unsigned tag, const uint8_t *value, uint32_t n)
{
	struct exported_pdu *u = r->pdu;

	switch (tag) {
	case TAG_DISSECTOR:
		u->is_secure = !is_clear(value, n);
		return true;
	case TAG_IPV4_SRC:
		return take_address(&u->src.addr, value, n, 4);
	case TAG_IPV4_DST:
		return take_address(&u->dst.addr, value, n, 4);
	case TAG_IPV6_SRC:
		return take_address(&u->src.addr, value, n, 16);
	case TAG_IPV6_DST:
		return take_address(&u->dst.addr, value, n, 16);
	case TAG_PORT_TYPE:
		r->is_tcp = n == 4 && get_be32(value) == PORT_TYPE_TCP;
		return true;
	case TAG_SRC_PORT:
		return take_port(&u->src, &r->has_src_port, value, n);
	case TAG_DST_PORT:
		return take_port(&u->dst, &r->has_dst_port, value, n);
	default: /* tags that are new, or of no concern */
		return true;
	}
}

enum exported_pdu_result exported_pdu_read(struct exported_pdu *u, const uint8_t *p, uint32_t captured, uint32_t length)
{
	struct reading r = { .pdu = u };
	uint32_t       at = 0;

	*u = (struct exported_pdu){ .is_secure = true };
	for (;;) {
		unsigned tag;
		uint32_t n;

		if (captured - at < 4)
			return EXPORTED_PDU_MALFORMED;
		tag = get_be16(p + at);
		n = get_be16(p + at + 2);
		at += 4;
		if (tag == TAG_END)
			break;
		if (n > captured - at || !take_tag(&r, tag, p + at, n))
			return EXPORTED_PDU_MALFORMED;
		at += n;
	}
	if (!r.is_tcp || !r.has_src_port || !r.has_dst_port || u->src.addr.family == 0 ||
	    u->src.addr.family != u->dst.addr.family)
		return EXPORTED_PDU_OTHER;
	u->payload = p + at;
	u->captured = captured - at;
	u->length = length - at;
	return EXPORTED_PDU_TCP;
}
