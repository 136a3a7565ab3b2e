/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pump_packets.c - frames to packets, fragments to datagrams, both to segments. */
#include "wire/exported_pdu.h"
#include "wire/pump_private.h"

static void count(struct pump *p, enum packet_result result, const struct packet *k)
{
	uint64_t *const counters[] = {
		[PACKET_UNKNOWN_LINK] = &p->stats.unknown_link, [PACKET_NOT_IP] = &p->stats.unknown_proto,
		[PACKET_NOT_TCP] = &p->stats.not_tcp,           [PACKET_ENCRYPTED] = &p->stats.encrypted,
		[PACKET_MALFORMED] = &p->stats.malformed,
	};

	++*counters[result];
	if (result != PACKET_MALFORMED)
		unread_count(&p->stats.unread[result], k->unread);
}

/* ---- fragments ------------------------------------------------------------------------------------------------- */

/* What is told of frames that were seen before it was known whose they are. */
struct told_to {
	const struct pump *pump;
	uint64_t           conn;
};

static void tell_frame(const struct bits_where *w, void *user)
{
	const struct told_to *t = user;

	t->pump->frame_told(w->file, w->frame, t->conn, t->pump->frame_user);
}

static void note_connection(struct pump *p, struct datagram *d, uint64_t conn)
{
	struct told_to t = { p, conn };

	d->conn = conn;
	if (conn != 0 && p->frame_told != NULL)
		datagram_frames(d, tell_frame, &t);
}

static uint64_t take_packet(struct pump *p, const struct origin *o, struct packet *k, struct segment *s);

/* Nothing can be read where its first fragment is missing. */
static uint64_t take_datagram(struct pump *p, struct datagram *d)
{
	struct origin  o = { .datagram = d };
	struct rest    bytes = datagram_rest(d);
	struct segment s = { .src.addr = d->key.src, .dst.addr = d->key.dst };
	struct packet  k;
	uint64_t       conn;

	if (bytes.captured == 0)
		return 0;
	packet_begin_datagram(&k, &s, bytes, d->proto, d->layers);
	conn = take_packet(p, &o, &k, &s);
	note_connection(p, d, conn);
	return conn;
}

static uint64_t take_fragment(struct pump *p, const struct origin *o, const struct packet *k, const struct segment *s)
{
	struct datagram *d;

	p->stats.ip_fragments += o->frame != NULL;
	switch (ip_fragments_add(&p->fragments, k, s, o, &d)) {
	case FRAGMENT_WHOLE:
		return take_datagram(p, d);
	case FRAGMENT_AGAIN:
		return d->conn;
	case FRAGMENT_WAITS:
		break;
	}
	return 0;
}

static void give_up(struct pump *p, bool all)
{
	struct datagram *d;

	while ((d = ip_fragments_overdue(&p->fragments, all)) != NULL) {
		take_datagram(p, d);
		datagram_free(d);
	}
}

void pump_give_up_fragments(struct pump *p)
{
	give_up(p, true);
}

/* ---- packets --------------------------------------------------------------------------------------------------- */

/* A segment whose header is contested is of nobody knows which connection. */
static uint64_t take_segment_of(struct pump *p, const struct origin *o, struct segment *s)
{
	const struct datagram *d = o->datagram;

	if (d != NULL && datagram_is_contested(d, s->tcp, (uint32_t)(s->payload - s->tcp))) {
		p->stats.malformed++;
		return 0;
	}
	if (d != NULL)
		datagram_trim(d, s);
	return pump_segment(p, o, s);
}

/* Every datagram inside another one has a layer more, and layers are counted: this ends. */
static uint64_t take_packet(struct pump *p, const struct origin *o, struct packet *k, struct segment *s)
{
	enum packet_result result = packet_read(k, s);

	if (result == PACKET_TCP)
		return take_segment_of(p, o, s);
	if (result == PACKET_FRAGMENT)
		return take_fragment(p, o, k, s);
	count(p, result, k);
	return 0;
}

static uint64_t take_packets(struct pump *p, const struct origin *o)
{
	struct packet  k;
	struct segment s;
	uint64_t       ordinal;

	ip_fragments_tick(&p->fragments, p->stats.frames, o->frame->time_ns);
	packet_begin(&k, o->frame);
	ordinal = take_packet(p, o, &k, &s);
	while (packet_next(&k)) {
		uint64_t other = take_packet(p, o, &k, &s);

		ordinal = ordinal != 0 ? ordinal : other;
	}
	return ordinal;
}

static uint64_t take_frame(struct pump *p, const struct frame *f)
{
	struct origin  o = { .frame = f };
	struct segment s;
	uint64_t       ordinal;

	p->stats.frames++;
	p->stats.bytes += f->caplen;
	if (f->link == LINKTYPE_EXPORTED_PDU)
		ordinal = pump_pdu(p, &o);
	else if (packet_read_plain(&s, f))
		ordinal = pump_segment(p, &o, &s);
	else
		ordinal = take_packets(p, &o);
	if (!ip_fragments_is_idle(&p->fragments)) {
		ip_fragments_tick(&p->fragments, p->stats.frames, f->time_ns);
		give_up(p, false);
	}
	pump_give_up_overdue(p);
	if (p->totals.held > p->limits.held)
		pump_relieve(p);
	if (p->framed > p->limits.framed)
		pump_relieve_framers(p);
	return ordinal;
}

void pump_frame(struct pump *p, const struct frame *f)
{
	p->asks = false;
	take_frame(p, f);
}

uint64_t pump_frame_conn(struct pump *p, const struct frame *f)
{
	p->asks = true;
	return take_frame(p, f);
}

void pump_tell_frames(struct pump *p, void (*told)(uint32_t file, uint32_t frame, uint64_t conn, void *user), void *user)
{
	p->frame_told = told;
	p->frame_user = user;
}
