/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pump_pdu.c - exported PDUs as segments of a TCP that loses nothing.
 *
 * They come in the order in which Wireshark dissected them: each goes on where the one before of its direction ended.  What
 * the sender had heard is not known, nor whether a PDU is missing, so that nothing of such a connection is proven by TCP.
 * They are connections of their own, beside the one that a set may have as packets too. */
#include "wire/exported_pdu.h"
#include "wire/pump_private.h"

/* Without flags, and with a window that is open. */
static const uint8_t tcp_header[20] = { [12] = 5 << 4, [14] = 0xFF, [15] = 0xFF };

static uint64_t take_pdu(struct pump *p, const struct origin *o, const struct exported_pdu *u)
{
	struct segment s = { .src = u->src, .dst = u->dst, .payload = u->payload, .captured = u->captured, .length = u->length,
		             .tcp = tcp_header, .tcp_captured = sizeof(tcp_header), .tcp_length = sizeof(tcp_header) };

	pump_continue(p, &s, u->is_secure);
	return pump_segment(p, o, &s);
}

uint64_t pump_pdu(struct pump *p, const struct origin *o)
{
	const struct frame *f = o->frame;
	struct exported_pdu u;

	p->pdus++;
	switch (exported_pdu_read(&u, f->bytes, f->caplen, MAX(f->caplen, f->wirelen))) {
	case EXPORTED_PDU_TCP:
		return take_pdu(p, o, &u);
	case EXPORTED_PDU_OTHER:
		p->stats.not_tcp++;
		break;
	case EXPORTED_PDU_MALFORMED:
		p->stats.malformed++;
		break;
	}
	return 0;
}
