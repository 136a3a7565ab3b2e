/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mpls.c - label stacks (RFC 3032).
 *
 * Nothing says what lies behind the last label: who gave it out knows.  So the packet itself is asked, and believed only
 * where all of it fits. */
#include "wire/bytes.h"
#include "wire/layer.h"

#define LABEL 4

static bool is_ipv4(const struct rest *r)
{
	return r->captured >= 20 && r->p[0] >> 4 == 4 && (r->p[0] & 0x0F) >= 5 && get_be16(r->p + 2) <= r->length;
}

static bool is_ipv6(const struct rest *r)
{
	return r->captured >= 40 && r->p[0] >> 4 == 6 && get_be16(r->p + 4) + 40U <= r->length;
}

static bool is_ethernet(const struct rest *r, uint32_t at)
{
	return r->captured >= at + 14 && is_ethertype_read(get_be16(r->p + at + 12));
}

/* RFC 4385 3: a control word begins with four bits 0, which no IP packet does, but many an Ethernet address. */
static enum layer behind_the_stack(struct packet *k)
{
	const struct rest *r = &k->rest;

	if (r->captured < 1)
		return layer_malformed(k);
	if (is_ipv4(r))
		return LAYER_IPV4;
	if (is_ipv6(r))
		return LAYER_IPV6;
	if (r->p[0] >> 4 == 0 && is_ethernet(r, 4))
		return layer_after(k, 4, LAYER_ETHERNET);
	if (is_ethernet(r, 0))
		return LAYER_ETHERNET;
	return layer_end(k, PACKET_NOT_IP, UNREAD_MPLS, r->p[0] >> 4);
}

enum layer layer_mpls(struct packet *k)
{
	const uint8_t *label = k->rest.p;

	if (!packet_take(k, LABEL))
		return layer_malformed(k);
	return label[2] & 1 ? behind_the_stack(k) : LAYER_MPLS;
}
