/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pump_pdu.c - exported PDUs as segments of a TCP that loses nothing.
 *
 * They come in the order in which Wireshark dissected them: each goes on where the one before of its direction ended.  What
 * the sender had heard is not known, nor whether a PDU is missing, so that nothing of such a connection is proven by TCP.
 * They are connections of their own, beside the one that a set may have as packets too; what a capture has of them twice is
 * taken once (pdu_copies.h). */
#include "core/bits_conn.h"
#include "core/bits_tracker.h"
#include "wire/exported_pdu.h"
#include "wire/pdu_copies.h"
#include "wire/pump_private.h"

/* Without flags, and with a window that is open. */
static const uint8_t tcp_header[20] = { [12] = 5 << 4, [14] = 0xFF, [15] = 0xFF };

/* It goes on where its direction ended.  Nobody acknowledges these bytes, and no checksum says anything of them. */
static void set_place(struct segment *s, struct stream *st)
{
	st->is_offloaded = true;
	if (!st->is_known) /* what came before, if anything did, is no hole: nobody had heard of it */
		stream_set_base(st, 0, 0);
	s->seq = st->base_seq + (uint32_t)(st->end - st->base_at);
}

/* Another capture goes on with it: what came between may be missing. */
static void note_part(struct connection *c, const struct frame *f)
{
	struct bits_where w = { .file = f->file, .tap = f->tap, .frame = f->number, .order = f->order, .pos = BITS_POS_UNKNOWN,
		                .conn = c->ordinal, .heard = BITS_HEARD_UNKNOWN, .time_ns = f->time_ns };

	if (c->part == f->part)
		return;
	c->part = f->part;
	for (unsigned d = 0; d < 2 && c->kind == CONN_HTTP; d++) {
		w.at = c->live->stream[d].end;
		bits_conn_seam(c->core, d, &w);
	}
}

static enum pdu_copy look(const struct pump *p, const struct connection *c, unsigned d, const struct exported_pdu *u,
                          const struct frame *f)
{
	struct bits_str text = { (const char *)u->payload, u->captured };
	struct pdu_seen seen = { .d = d, .time_ns = f->time_ns, .payload = u->payload, .n = u->captured, .seed = p->seed };

	seen.begins = (c->kind != CONN_HTTP || bits_conn_is_between(c->core, d)) && bits_conn_sniff(text) == BITS_SNIFF_HTTP;
	return pdu_copies_look(c->pdus, &seen);
}

static uint64_t take_pdu(struct pump *p, const struct origin *o, const struct exported_pdu *u)
{
	struct segment s = { .src = u->src, .dst = u->dst, .payload = u->payload, .captured = u->captured, .length = u->length,
		             .tcp = tcp_header, .tcp_captured = sizeof(tcp_header), .tcp_length = sizeof(tcp_header) };
	unsigned           d;
	struct connection *c = pump_connection(p, &s, &d);
	enum pdu_copy      is;

	if (c->pdus == NULL) {
		c->pdus = g_new0(struct pdu_copies, 1);
		c->part = o->frame->part;
	}
	note_part(c, o->frame);
	is = look(p, c, d, u, o->frame);
	if (is == PDU_UNSOUND) {
		pump_renew(p, c);
		is = look(p, c, d, u, o->frame);
	}
	if (is == PDU_KNOWN) {
		p->totals.retransmitted += u->captured;
		return c->ordinal;
	}
	if (c->live == NULL)
		return c->ordinal;
	c->is_secure |= u->is_secure;
	set_place(&s, &c->live->stream[d]);
	return pump_segment(p, o, &s);
}

uint64_t pump_pdu(struct pump *p, const struct origin *o)
{
	const struct frame *f = o->frame;
	struct exported_pdu u;

	p->pdus++;
	if (f->part > 0) /* what is missing in between may be the end of any session */
		bits_tracker_lacks_evidence(p->tracker);
	switch (exported_pdu_read(&u, f->bytes, f->caplen, MAX(f->caplen, f->wirelen))) {
	case EXPORTED_PDU_TCP:
		u.src.addr.telling = u.dst.addr.telling = (uint16_t)(1 + MIN(f->telling, UINT16_MAX - 1));
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
