/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ip.c - IPv4 (RFC 791), IPv6 and its extension headers (RFC 8200), UDP (RFC 768). */
#include <string.h>

#include "wire/bytes.h"
#include "wire/layer.h"

#define DATAGRAM_MOST 65535 /* bytes */

/* A fragment of what can be read at all is to be put together with its others; any other has no need to.  Where others
 * follow only units of 8 bytes count (RFC 791 3.2). */
static enum layer fragment(struct packet *k, struct ip_fragment f)
{
	if (layer_of_ip(k, f.proto) == LAYER_END)
		return LAYER_END;
	if (f.more)
		packet_end_at(k, k->rest.length & ~7U);
	if (k->rest.length > DATAGRAM_MOST - f.offset || (f.more && k->rest.length == 0))
		return layer_malformed(k);
	k->fragment = f;
	k->result = PACKET_FRAGMENT;
	return LAYER_END;
}

static struct bits_addr addr4(const uint8_t *p)
{
	struct bits_addr a = { .family = 4 };

	memcpy(a.bytes, p, 4);
	return a;
}

static struct bits_addr addr6(const uint8_t *p)
{
	struct bits_addr a = { .family = 6 };

	memcpy(a.bytes, p, 16);
	return a;
}

enum layer layer_ipv4(struct packet *k)
{
	const uint8_t *h = k->rest.p;
	uint32_t       header, total, place;

	if (k->rest.captured < 20 || h[0] >> 4 != 4)
		return layer_malformed(k);
	header = (uint32_t)(h[0] & 0x0F) * 4;
	total = get_be16(h + 2);
	if (header < 20 || (total != 0 && total < header))
		return layer_malformed(k);
	if (total != 0) /* 0: a frame that the network card was to cut up (TSO): all the rest */
		packet_end_at(k, total);
	k->s->src.addr = addr4(h + 12);
	k->s->dst.addr = addr4(h + 16);
	if (!packet_take(k, header))
		return layer_malformed(k);
	place = get_be16(h + 6) & 0x3FFF;
	if (place == 0)
		return layer_of_ip(k, h[9]);
	return fragment(k, (struct ip_fragment){ .id = get_be16(h + 4), .offset = (place & 0x1FFF) * 8, .proto = h[9],
	                                         .more = (place & 0x2000) != 0 });
}

enum layer layer_ipv6(struct packet *k)
{
	const uint8_t *h = k->rest.p;
	uint32_t       length;

	if (k->rest.captured < 40 || h[0] >> 4 != 6)
		return layer_malformed(k);
	length = get_be16(h + 4);
	k->s->src.addr = addr6(h + 8);
	k->s->dst.addr = addr6(h + 24);
	packet_take(k, 40);
	if (length != 0) /* 0: TSO, as above */
		packet_end_at(k, length);
	return layer_of_ip(k, h[6]);
}

/* Every extension header has at least 8 bytes. */
static enum layer extension(struct packet *k, uint32_t length)
{
	uint8_t next = k->rest.p[0];

	return packet_take(k, length) ? layer_of_ip(k, next) : layer_malformed(k);
}

/* RFC 8200 4.3, 4.4, 4.6: all of one shape. */
enum layer layer_ipv6_options(struct packet *k)
{
	return k->rest.captured < 8 ? layer_malformed(k) : extension(k, ((uint32_t)k->rest.p[1] + 1) * 8);
}

/* RFC 4302 2.2; it hides nothing. */
enum layer layer_ah(struct packet *k)
{
	return k->rest.captured < 8 ? layer_malformed(k) : extension(k, ((uint32_t)k->rest.p[1] + 2) * 4);
}

enum layer layer_ipv6_fragment(struct packet *k)
{
	const uint8_t *h = k->rest.p;
	uint32_t       place;

	if (!packet_take(k, 8))
		return layer_malformed(k);
	place = get_be16(h + 2);
	if ((place & 0xFFF9) == 0) /* offset 0 and no more to come: a whole packet with a fragment header (RFC 6946) */
		return layer_of_ip(k, h[0]);
	return fragment(k, (struct ip_fragment){ .id = get_be32(h + 4), .offset = place & 0xFFF8, .proto = h[0],
	                                         .more = (place & 1) != 0 });
}

enum layer layer_udp(struct packet *k)
{
	const uint8_t *h = k->rest.p;
	uint32_t       length;

	if (k->rest.captured < 8)
		return layer_malformed(k);
	length = get_be16(h + 4);
	if (length != 0 && length < 8)
		return layer_malformed(k);
	if (length != 0) /* 0: a jumbogram (RFC 2675), or one that the network card was to cut up */
		packet_end_at(k, length);
	packet_take(k, 8);
	return layer_of_udp(k, get_be16(h + 2));
}
