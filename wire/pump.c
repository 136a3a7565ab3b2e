/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pump.c - segments to streams, streams to the core.
 *
 * A connection is known by its addresses and ports and by its initial sequence numbers.  Until its first payload nobody
 * knows whether it is HTTP; one that is not costs its entry and a comparison a segment from then on.  Nothing here looks
 * at a timestamp: inside one capture the order of the file is the order. */
#include "wire/pump_private.h"

#include "core/bits_conn.h"
#include "core/bits_hash.h"
#include "core/bits_tracker.h"
#include "wire/conn_facts.h"

#define PLAIN_LENGTH 1460U /* bytes of a segment that an Ethernet frame carries */

static const struct pump_limits ordinary_limits = {
	.connections = 1 << 19,
	.live = 1 << 17,
	.held = UINT64_C(64) << 20,
	.framed = UINT64_C(32) << 20,
	.fragments = { .datagrams = 4096, .held = UINT64_C(16) << 20 },
};

/* ---- what streams give ----------------------------------------------------------------------------------------- */

static void become_other(struct pump *p, struct connection *c)
{
	c->kind = CONN_OTHER;
	conn_table_pass(&p->table, c, true);
	g_clear_pointer(&c->facts, g_free);
	connection_forget(c, &p->totals);
}

static void become_http(struct pump *p, struct connection *c, bool from_start)
{
	c->kind = CONN_HTTP;
	c->core = bits_conn_new(p->tracker, c->ordinal, c->end, from_start);
	if (c->is_secure)
		bits_conn_set_secure(c->core);
	if (c->facts != NULL)
		bits_conn_set_watch(c->core, conn_facts_watch(), c->facts);
	p->stats.http_connections++;
}

/* The first bytes of a direction decide what its connection is.  Where they are known to be the first they begin a message
 * or it is not HTTP; any other may be the middle of one, and every segment is asked. */
static void decide(struct pump *p, struct connection *c, const struct stream_bytes *b)
{
	bool            is_first = b->at == 0 && c->live->stream[p->d].from_syn;
	enum bits_sniff looks = bits_conn_sniff((struct bits_str){ (const char *)b->p, b->n });

	if (b->n == 0)
		return;
	if (looks != BITS_SNIFF_NO && (is_first || b->starts_segment))
		become_http(p, c, is_first && connection_is_from_start(c));
	else if (is_first)
		become_other(p, c);
}

static void on_bytes(const struct stream_bytes *b, void *user)
{
	struct pump       *p = user;
	struct connection *c = p->conn;
	uint64_t           heard = b->where.heard;

	if (c->kind == CONN_UNDECIDED)
		decide(p, c, b);
	if (c->kind != CONN_HTTP)
		return;
	if (heard != BITS_HEARD_UNKNOWN)
		c->live->told_heard[p->d] = MAX(c->live->told_heard[p->d], heard);
	bits_conn_data(c->core, p->d, (struct bits_str){ (const char *)b->p, b->n }, &b->where, b->starts_segment);
}

static void on_lost(uint64_t at, uint64_t n, const struct bits_where *where, void *user)
{
	struct pump       *p = user;
	struct connection *c = p->conn;
	struct bits_where  w = *where;

	if (c->facts != NULL)
		conn_facts_lost(c->facts, p->d, n);
	if (c->kind == CONN_UNDECIDED) /* its first bytes: what follows may be the middle of anything */
		c->live->stream[0].from_syn = c->live->stream[1].from_syn = false;
	if (c->kind != CONN_HTTP)
		return;
	w.at = at;
	w.pos = BITS_POS_UNKNOWN;
	bits_conn_lost(c->core, p->d, n, &w);
}

const struct stream_sink pump_stream_sink = { on_bytes, on_lost };

/* ---- the end --------------------------------------------------------------------------------------------------- */

static void give_up_all(struct pump *p, struct connection *c)
{
	p->conn = c;
	while (stream_has_hole(&c->live->stream[0]) || stream_has_hole(&c->live->stream[1])) {
		p->d = connection_older_hole(c);
		stream_give_up(&c->live->stream[p->d], &p->totals, &pump_stream_sink, p);
	}
}

static void flush(struct pump *p, struct connection *c)
{
	give_up_all(p, c);
	for (p->d = 0; p->d < 2; p->d++)
		stream_flush(&c->live->stream[p->d], &c->live->last, &p->totals, &pump_stream_sink, p);
}

/* What its framer takes may have changed. */
static void weigh(struct pump *p, struct connection *c)
{
	uint64_t now = c->core != NULL ? bits_conn_held(c->core) : 0;

	p->framed = p->framed - c->live->framed + now;
	c->live->framed = now;
}

static void bury(struct pump *p, struct connection *c, enum bits_tcp_end how, unsigned by)
{
	if (c->kind == CONN_UNDECIDED)
		give_up_all(p, c); /* what waits behind a hole may begin a message */
	if (c->kind == CONN_HTTP) {
		flush(p, c);
		bits_conn_close(c->core, how, by, &c->live->last);
		if (c->facts != NULL)
			conn_facts_end(c->facts, how, by);
		bits_conn_free(g_steal_pointer(&c->core));
		weigh(p, c);
	}
	connection_forget(c, &p->totals);
	c->kind = CONN_DEAD;
	c->reset_by = (uint8_t)(how == BITS_TCP_RST ? by + 1 : 0);
}

/* As far as the capture shows. */
static void bury_unended(struct pump *p, struct connection *c)
{
	unsigned by = c->live != NULL ? c->live->doubted_reset : 0;

	if (by > 0)
		bury(p, c, BITS_TCP_RST, by - 1);
	else
		bury(p, c, BITS_TCP_CAPTURE_END, 0);
}

static void measure(struct pump *p, struct connection *c)
{
	if (p->facts_told != NULL)
		c->facts = conn_facts_new(c->ordinal, c->end);
}

/* It is gone, and no late copy of it comes any more. */
static void tell_facts(struct pump *p, struct connection *c)
{
	if (c->facts != NULL && c->facts->has_sides)
		p->facts_told(c->facts, p->facts_user);
	g_clear_pointer(&c->facts, g_free);
}

/* Both directions are at their FIN? */
void pump_note_end(struct pump *p, struct connection *c)
{
	if (c->kind != CONN_DEAD && c->live->stream[0].fin_told && c->live->stream[1].fin_told)
		bury(p, c, BITS_TCP_FIN, (unsigned)c->first_fin);
}

/* Whoever looks at it further does so with its traces alone. */
void pump_retire(struct pump *p, struct connection *c)
{
	if (c->kind <= CONN_HTTP || c->live == NULL)
		return;
	patience_forget(&p->patience, c);
	connection_retire(c, &p->totals);
	conn_table_note_retired(&p->table, c);
}

/* Neither side is HTTP any more: closed for the core, and from now on as cheap as any other. */
void pump_note_hopeless(struct pump *p, struct connection *c)
{
	if (c->kind != CONN_HTTP || !bits_conn_is_hopeless(c->core))
		return;
	bury(p, c, BITS_TCP_EVICTED, 0);
	tell_facts(p, c);
	c->kind = CONN_OTHER;
	conn_table_pass(&p->table, c, true);
}

/* The FIN of direction d counts once every byte before it is released; w: of the frame that showed it.  That may be a
 * frame of the other side, so what d had heard is what is known of it. */
bool pump_tell_fin(struct connection *c, unsigned d, const struct bits_where *w)
{
	struct stream    *st = &c->live->stream[d];
	struct bits_where here;

	if (!stream_is_at_fin(st) || st->fin_told)
		return false;
	here = *w;
	st->fin_told = true;
	if (c->first_fin < 0)
		c->first_fin = (int8_t)d;
	if (c->kind != CONN_HTTP)
		return false;
	here.at = st->fin_at;
	here.heard = c->live->told_heard[d] != 0 ? c->live->told_heard[d] : w->heard == BITS_HEARD_UNKNOWN ? w->heard : 0;
	bits_conn_heard(c->core, d, &here, true);
	return true;
}

/* ---- segments -------------------------------------------------------------------------------------------------- */

static void evict(struct pump *p, struct connection *c)
{
	p->stats.evicted += c->kind != CONN_DEAD;
	bury(p, c, BITS_TCP_EVICTED, 0);
	tell_facts(p, c);
	patience_forget(&p->patience, c);
	conn_table_remove(&p->table, c);
}

/* One walk for a quarter of the limit, which needs that much of new heads or connections: linear. */
void pump_relieve_framers(struct pump *p)
{
	uint64_t enough = p->limits.framed - p->limits.framed / 4;

	for (GList *l = p->table.live.head, *next; l != NULL && p->framed > enough; l = next) {
		struct connection *c = l->data;

		next = l->next;
		if (c->kind == CONN_HTTP)
			evict(p, c);
	}
}

static struct connection *begin_connection(struct pump *p, const struct segment *s, unsigned *d)
{
	struct connection *c;

	if (conn_table_is_full(&p->table))
		evict(p, conn_table_oldest(&p->table));
	c = conn_table_add(&p->table, &s->src, &s->dst, d, ++p->stats.connections);
	measure(p, c);
	return c;
}

/* What TCP did over again, or too early: the stream was at `next`, and held so many bytes, before b was added to it. */
static void tell_disorder(struct connection *c, unsigned d, uint64_t next, uint64_t held_bytes, const struct stream_bytes *b)
{
	const struct stream *st = &c->live->stream[d];

	if (c->kind != CONN_HTTP || b->is_bad || b->n < 2 || st->next != next)
		return;
	if (st->held_bytes == held_bytes)
		bits_conn_again(c->core, d, b->n, &b->where);
	else if (st->held_bytes > held_bytes)
		bits_conn_early(c->core, d, &b->where);
}

/* The bytes of a rebuilt datagram, each with its own frame; b: as if all of them were of one.  Cold, so that it is not laid
 * into the way of all other segments. */
__attribute__((cold)) static void add_spans(struct pump *p, struct connection *c, const struct segment *s,
                                            const struct stream_bytes *b)
{
	uint32_t    done = 0;
	struct span r;

	while (c->kind <= CONN_HTTP && origin_span(p->origin, s->payload + done, s->length - done, &r)) {
		struct stream_bytes part = *b;

		done = (uint32_t)(r.p - s->payload) + r.n;
		if (r.is_contested && !c->live->stream[p->d].is_offloaded)
			continue; /* nobody knows what the receiver took */
		part.at += (uint64_t)(r.p - s->payload);
		part.p = r.p;
		part.n = r.n;
		part.starts_segment = r.p == s->payload;
		part.goes_on = r.p != s->payload;
		part.where = r.where;
		part.where.conn = b->where.conn;
		part.where.heard = b->where.heard;
		part.where.at = part.at;
		stream_add(&c->live->stream[p->d], &part, &p->totals, &pump_stream_sink, p);
	}
}

/* A datagram that was given up is read later than it came, and one that is contested is not all read. */
static bool has_its_time(const struct origin *o)
{
	return o->datagram == NULL || (datagram_is_whole(o->datagram) && o->datagram->copy != COPY_CONTESTED);
}

/* Where copies of a datagram differ and none fits the checksum, all that they agree on is as good as any other byte.  Where a
 * stream's checksums are right, a wrong one belongs to something else than what was sent; but not that of a long segment, which
 * a receiver may have joined of several. */
static void check_sum(struct stream *st, const struct origin *o, const struct segment *s, struct stream_bytes *b)
{
	b->is_bad = b->is_strange = false;
	if (st->is_offloaded || (o->datagram != NULL && o->datagram->copy == COPY_CONTESTED))
		return;
	switch (segment_checksum(s)) {
	case CHECKSUM_VALID:
		st->sound = MAX(st->sound, s->length);
		break;
	case CHECKSUM_INVALID:
		b->is_bad = true;
		b->is_strange = s->length <= MAX(st->sound, PLAIN_LENGTH) && !segment_awaits_checksum(s);
		break;
	case CHECKSUM_UNKNOWN:
		break;
	}
}

static bool is_keep_alive(const struct connection *c, unsigned d, const struct segment *s, const struct stream_bytes *b)
{
	const struct stream *st = &c->live->stream[d];

	return c->kind == CONN_HTTP && s->length == 1 && (s->flags & (TCP_PSH | TCP_SYN | TCP_FIN)) == 0 && b->at >= st->next &&
	       bits_conn_is_keep_alive(c->core, d, (struct bits_str){ (const char *)s->payload, s->captured }, &b->where, st->acked);
}

/* b: with its place, but where in the stream that is. */
static void take_payload(struct pump *p, struct connection *c, unsigned d, const struct segment *s, struct stream_bytes *b)
{
	struct stream *st = &c->live->stream[d];
	uint64_t       next, held_bytes;

	b->at = b->where.at = stream_at(st, s->seq + (s->flags & TCP_SYN ? 1 : 0));
	if (!stream_is_near(st, b->at) || is_keep_alive(c, d, s, b))
		return;
	b->p = s->payload;
	b->n = s->captured;
	b->starts_segment = true;
	b->goes_on = false;
	if (!st->from_syn)
		stream_lower(st, b->at); /* an acknowledgment alone said where it begins, or a frame that overtook this one */
	if (c->kind == CONN_UNDECIDED && !st->from_syn && !stream_has_hole(st)) {
		/* the middle of something unknown: keep nothing, ask each segment anew */
		decide(p, c, b);
		if (c->kind != CONN_HTTP) {
			stream_pass_over(st, b->at + s->length);
			return;
		}
		st->next = st->end = b->at; /* also where later bytes came before: they were not kept */
	}
	check_sum(st, p->origin, s, b);
	next = st->next;
	held_bytes = st->held_bytes;
	if (p->origin->datagram == NULL)
		stream_add(st, b, &p->totals, &pump_stream_sink, p);
	else
		add_spans(p, c, s, b);
	if (s->captured == s->length && has_its_time(p->origin))
		tell_disorder(c, d, next, held_bytes, b);
	if (!b->is_bad)
		st->end = MAX(st->end, b->at + s->length); /* what a snaplen cut off was sent too */
}

/* Tell the core what a frame brought besides bytes: its end, or an acknowledgment that no byte of it carried. */
static void tell_news(struct connection *c, unsigned d, const struct bits_where *w)
{
	bool has_heard = c->kind == CONN_HTTP && w->heard != BITS_HEARD_UNKNOWN && w->heard > c->live->told_heard[d];
	struct bits_where here;

	if (has_heard)
		c->live->told_heard[d] = w->heard;
	if (stream_is_at_fin(&c->live->stream[d]) && pump_tell_fin(c, d, w))
		return;
	if (!has_heard)
		return;
	here = *w;
	here.at = c->live->stream[d].next;
	bits_conn_heard(c->core, d, &here, false);
}

/* Of the header, which every segment has: its payload may be of several frames. */
__attribute__((cold)) static struct bits_where where_of_datagram(const struct origin *o, const struct segment *s,
                                                                  const struct connection *c)
{
	struct span r = { 0 };

	origin_span(o, s->tcp, s->tcp_captured, &r);
	r.where.conn = c->ordinal;
	return r.where;
}

/* Of the payload, if it is all of one frame. */
static struct bits_where where_of(const struct origin *o, const struct segment *s, const struct connection *c)
{
	const struct frame *f = o->frame;

	if (f == NULL)
		return where_of_datagram(o, s, c);
	return (struct bits_where){ .file = f->file, .tap = f->tap, .frame = f->number, .order = f->order,
		                    .pos = f->pos + (uint64_t)(s->payload - f->bytes), .conn = c->ordinal,
		                    .at = BITS_AT_UNKNOWN, .heard = BITS_HEARD_UNKNOWN, .time_ns = f->time_ns };
}

/* A datagram is whole when its last fragment came, or was given up: frames of its connection may lie between. */
static bool is_later(const struct bits_where *a, const struct bits_where *b)
{
	return a->order > b->order;
}

/* Its place is made once, where its payload is handed on from. */
static void take_segment(struct pump *p, struct connection *c, unsigned d, const struct segment *s, struct stream_bytes *b)
{
	struct bits_where *w = &b->where;

	connection_learn(c, d, s);
	w->heard = connection_heard(c, d, s);
	p->conn = c;
	if (w->heard != BITS_HEARD_UNKNOWN && c->kind != CONN_OTHER) {
		p->d = !d;
		stream_acked(&c->live->stream[!d], w->heard, &p->totals, &pump_stream_sink, p);
		if (stream_is_at_fin(&c->live->stream[!d]))
			pump_tell_fin(c, !d, w);
	}
	p->d = d;
	connection_note_fin(c, d, s);
	if (s->length > 0 && c->kind != CONN_OTHER)
		take_payload(p, c, d, s, b);
	tell_news(c, d, w);
	if (p->origin->datagram == NULL || is_later(w, &c->live->last))
		c->live->last = *w;
	pump_watch_hole(p, c, d);
	pump_watch_hole(p, c, !d);
	pump_note_hopeless(p, c);
}

/* The same, with a look at what it changed; the facts go where the connection is not HTTP after all. */
static void measure_segment(struct pump *p, struct connection *c, unsigned d, const struct segment *s, struct stream_bytes *b)
{
	struct stream_state before = conn_facts_look(c->live->stream, &p->totals);

	take_segment(p, c, d, s, b);
	if (c->facts != NULL)
		conn_facts_segment(c->facts, d, s, c->live->stream, before, &p->totals, &b->where);
}

/* What was found there; CONN_NOWHERE: a new one. */
static struct connection *connection_at(struct pump *p, uint32_t place, const struct segment *s, unsigned *d)
{
	return place != CONN_NOWHERE ? conn_table_at(&p->table, place) : begin_connection(p, s, d);
}

struct connection *pump_connection(struct pump *p, const struct segment *s, unsigned *d)
{
	return connection_at(p, conn_table_find(&p->table, &s->src, &s->dst, d), s, d);
}

/* It was retired, and is looked at again. */
static void become_live(struct pump *p, struct connection *c)
{
	if (conn_table_is_full_of_live(&p->table))
		evict(p, conn_table_oldest(&p->table));
	conn_table_note_live(&p->table, c);
}

static void renew_as(struct pump *p, struct connection *c, uint64_t ordinal)
{
	if (c->kind != CONN_DEAD)
		bury_unended(p, c);
	tell_facts(p, c);
	if (c->live == NULL)
		become_live(p, c);
	conn_table_pass(&p->table, c, false);
	connection_renew(c, ordinal, &p->totals);
	measure(p, c);
}

void pump_renew(struct pump *p, struct connection *c)
{
	renew_as(p, c, ++p->stats.connections);
}

static void take_up(struct pump *p, struct connection *c, unsigned d)
{
	tell_facts(p, c);
	become_live(p, c);
	connection_take_up(c, d, &p->totals);
	measure(p, c);
}

/* Its frame is one of the connection that it may open. */
static uint64_t note_opening(struct pump *p, struct connection *c, unsigned d, const struct segment *s)
{
	struct opening *o = &c->live->opening;

	if (o->ordinal == 0 || o->by != d || o->seq != s->seq + 1)
		*o = (struct opening){ ++p->stats.connections, s->seq + 1, (uint8_t)d };
	return o->ordinal;
}

static void open_again(struct pump *p, struct connection *c)
{
	struct opening o = c->live->opening;
	struct stream *st = &c->live->stream[o.by];

	renew_as(p, c, o.ordinal);
	stream_set_base(st, o.seq, 0);
	st->from_syn = st->is_seen = true;
}

/* Of a frame the caller may do without it; a datagram keeps it, for who asks behind a later fragment. */
static uint64_t ordinal_of_passed(const struct pump *p, const struct origin *o, uint32_t place)
{
	return p->asks || o->datagram != NULL ? conn_table_at(&p->table, place)->ordinal : 0;
}

/* One that nobody may have heeded ends the connection where its sender is not heard of again. */
static void heed_reset(struct pump *p, struct connection *c, unsigned d, const struct segment *s)
{
	if (!connection_is_reset_by(c, d, s)) {
		if (c->live->doubted_reset == d + 1 && !(s->flags & TCP_RST))
			c->live->doubted_reset = 0;
		return;
	}
	if (connection_heeds(c, d, s))
		bury(p, c, BITS_TCP_RST, d);
	else
		c->live->doubted_reset = (uint8_t)(d + 1);
}

static bool begins_at(const struct stream *st, uint32_t seq)
{
	return st->is_known && st->base_seq == seq;
}

/* s is a SYN: data that came before it began with its first byte; where it has an ACK, so did those of the other side. */
static void note_late_syn(const struct connection *c, unsigned d, const struct segment *s, const struct bits_where *w)
{
	if (c->kind != CONN_HTTP)
		return;
	if (begins_at(&c->live->stream[d], s->seq + 1))
		bits_conn_began(c->core, d, w);
	if ((s->flags & TCP_ACK) && begins_at(&c->live->stream[!d], s->ack))
		bits_conn_began(c->core, !d, w);
}

uint64_t pump_segment(struct pump *p, const struct origin *o, const struct segment *s)
{
	unsigned            d;
	uint32_t            place = conn_table_find(&p->table, &s->src, &s->dst, &d);
	struct connection  *c;
	struct stream_bytes b;

	p->stats.segments++;
	if (place != CONN_NOWHERE && conn_table_is_passed(&p->table, place) && !(s->flags & TCP_SYN))
		return ordinal_of_passed(p, o, place);
	c = connection_at(p, place, s, &d);
	if (c->live != NULL && c->live->opening.ordinal != 0 && connection_is_opened_by(c, d, s)) {
		open_again(p, c);
	} else if (!connection_fits(c, d, s)) {
		if (c->kind == CONN_DEAD && !(s->flags & TCP_SYN) && s->length == 0)
			return 0;
		if (connection_doubts_opening(c, s))
			return note_opening(p, c, d, s);
		pump_renew(p, c); /* whoever opens a new connection from the same port has given up the old one */
	}
	if (c->kind == CONN_OTHER) /* its SYN again */
		return c->ordinal;
	if (connection_is_taken_up_by(c, d, s))
		take_up(p, c, d);
	p->origin = o;
	b.where = where_of(o, s, c);
	if (c->kind == CONN_DEAD) {
		c->goes_on |= s->length > 0;
		if ((s->flags & TCP_RST) && !c->goes_on)
			bits_tracker_late_reset(p->tracker, c->ordinal, &s->src, &b.where);
		if (c->facts != NULL)
			conn_facts_late(c->facts, d, s, &b.where);
		return c->ordinal;
	}
	if (c->facts != NULL)
		measure_segment(p, c, d, s, &b);
	else
		take_segment(p, c, d, s, &b);
	if (s->flags & TCP_SYN)
		note_late_syn(c, d, s, &b.where);
	if (c->kind == CONN_HTTP)
		weigh(p, c);
	pump_note_end(p, c);
	if (c->kind != CONN_DEAD && ((s->flags & TCP_RST) || c->live->doubted_reset > 0))
		heed_reset(p, c, d, s);
	pump_retire(p, c);
	return c->ordinal;
}

/* ---- the front door -------------------------------------------------------------------------------------------- */

struct pump *pump_new_within(struct bits_tracker *t, const struct pump_limits *limits)
{
	struct pump *p = g_new0(struct pump, 1);

	p->tracker = t;
	p->limits = *limits;
	p->seed = bits_hash_seed();
	conn_table_init(&p->table, limits->connections, limits->live);
	ip_fragments_init(&p->fragments, &limits->fragments);
	return p;
}

struct pump *pump_new(struct bits_tracker *t)
{
	return pump_new_within(t, &ordinary_limits);
}

void pump_free(struct pump *p)
{
	if (p == NULL)
		return;
	for (GList *l = p->table.live.head; l != NULL; l = l->next)
		connection_forget(l->data, &p->totals);
	conn_table_clear(&p->table);
	patience_clear(&p->patience);
	ip_fragments_clear(&p->fragments);
	g_free(p);
}

void pump_finish(struct pump *p)
{
	g_autoptr(GPtrArray) all = NULL;

	pump_give_up_fragments(p);
	all = conn_table_in_order(&p->table);
	for (guint i = 0; i < all->len; i++) {
		struct connection *c = all->pdata[i];

		if (c->kind != CONN_DEAD)
			bury_unended(p, c);
		tell_facts(p, c);
	}
}

void pump_measure(struct pump *p, void (*told)(const struct conn_facts *f, void *user), void *user)
{
	p->facts_told = told;
	p->facts_user = user;
}

const struct pump_stats *pump_stats(const struct pump *p)
{
	struct pump_stats *s = (struct pump_stats *)&p->stats;

	s->retransmitted = p->totals.retransmitted;
	s->broken = p->totals.broken;
	s->conflicting = p->totals.conflicting;
	s->lost = p->totals.lost;
	s->datagrams = p->fragments.whole;
	s->datagrams_given_up = p->fragments.given_up;
	s->datagrams_conflicting = p->fragments.conflicting;
	return s;
}
