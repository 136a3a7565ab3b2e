/* SPDX-License-Identifier: GPL-2.0-or-later */
/* serial.c - PPP (RFC 1661, 1662), PPPoE (RFC 2516), Cisco HDLC, Frame Relay (RFC 2427). */
#include "wire/bytes.h"
#include "wire/layer.h"

static bool begins_with(const struct packet *k, uint8_t first, uint8_t second)
{
	return k->rest.captured >= 2 && k->rest.p[0] == first && k->rest.p[1] == second;
}

/* Address and control, where they were not left out. */
enum layer layer_ppp(struct packet *k)
{
	uint32_t proto, n;

	if (begins_with(k, 0x0F, 0x00) || begins_with(k, 0x8F, 0x00)) /* a serial line that does not speak PPP */
		return layer_cisco_hdlc(k);
	if (begins_with(k, 0xFF, 0x03))
		packet_take(k, 2);
	if (k->rest.captured < 1)
		return layer_malformed(k);
	n = k->rest.p[0] & 1 ? 1 : 2; /* RFC 1661 6.5: an odd byte ends the number */
	if (k->rest.captured < n)
		return layer_malformed(k);
	proto = n == 1 ? k->rest.p[0] : get_be16(k->rest.p);
	packet_take(k, n);
	return layer_of_ppp(k, proto);
}

/* Who sent it: 0 or 1, in front of PPP, or in the place of the address before the control. */
enum layer layer_ppp_directed(struct packet *k)
{
	if (!packet_take(k, 1))
		return layer_malformed(k);
	if (k->rest.captured >= 1 && k->rest.p[0] == 0x03)
		packet_take(k, 1);
	return layer_ppp(k);
}

/* RFC 2516 4: version and type, code 0 for a session's packets, session, length. */
enum layer layer_pppoe(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	if (!packet_take(k, 6))
		return layer_malformed(k);
	if (h[1] != 0)
		return layer_end(k, PACKET_NOT_IP, UNREAD_ETHERTYPE, 0x8863);
	packet_end_at(k, get_be16(h + 4));
	return LAYER_PPP;
}

enum layer layer_cisco_hdlc(struct packet *k)
{
	const uint8_t *h = k->rest.p;

	return packet_take(k, 4) ? layer_of_ethertype(k, get_be16(h + 2)) : layer_malformed(k);
}

/* RFC 2427 4.1: a NLPID, or behind that of SNAP an OUI and what it counts. */
static enum layer nlpid(struct packet *k)
{
	const uint8_t *p = k->rest.p;

	if (k->rest.captured < 1)
		return layer_malformed(k);
	if (p[0] != 0x80)
		return packet_take(k, 1) ? layer_of_nlpid(k, p[0]) : layer_malformed(k);
	if (!packet_take(k, 6))
		return layer_malformed(k);
	if ((get_be32(p) & 0xFFFFFF) != 0)
		return layer_end(k, PACKET_NOT_IP, UNREAD_SNAP, get_be32(p) & 0xFFFFFF);
	return layer_of_ethertype(k, get_be16(p + 4));
}

/* An address of two to four bytes: the last one is odd.  Without RFC 2427's control byte it is Cisco's own encapsulation:
 * an Ethertype. */
enum layer layer_frame_relay(struct packet *k)
{
	const uint8_t *p = k->rest.p;
	uint32_t       n = 1;

	while (n <= 4 && n <= k->rest.captured && !(p[n - 1] & 1))
		n++;
	if (n == 1 || n > 4 || k->rest.captured < n + 2)
		return layer_malformed(k);
	packet_take(k, n);
	p = k->rest.p;
	if (p[0] != 0x03)
		return packet_take(k, 2) ? layer_of_ethertype(k, get_be16(p)) : layer_malformed(k);
	packet_take(k, p[1] == 0 ? 2 : 1); /* a byte of padding: what follows lies on an even address */
	return nlpid(k);
}
