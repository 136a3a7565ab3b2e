/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pump.c - the connection table: segments to streams, streams to the core.
 *
 * A connection is known by its addresses and ports and by its initial sequence numbers.  Until its first payload nobody
 * knows whether it is HTTP; one that is not costs its entry and a comparison a segment from then on.  Nothing here looks
 * at a timestamp: inside one capture the order of the file is the order. */
#include "wire/pump.h"

#include <string.h>

#include "core/bits_conn.h"
#include "wire/link.h"
#include "wire/stream.h"

#define CONNECTIONS_MAX 1048576
#define HELD_MAX        (UINT64_C(64) << 20) /* bytes that wait behind holes, all connections together        */
#define HOLE_PATIENCE   1000                 /* frames after which an acknowledged hole is given up           */
#define AFTERLIFE       (INT64_C(16) << 20)  /* bytes around a dead connection that are still taken for it    */

enum kind {
	KIND_UNDECIDED, /* no payload yet, or none that could be HTTP */
	KIND_HTTP,
	KIND_OTHER,     /* not HTTP: nothing of it is kept            */
	KIND_DEAD,      /* it ended; late copies of it open nothing   */
};

struct key {
	struct bits_end end[2]; /* the smaller first */
};

struct connection {
	struct key        key;      /* direction d is sent by key.end[d]                          */
	uint64_t          ordinal;  /* from 1                                                     */
	enum kind         kind;
	int               first_fin; /* direction whose FIN was reached first; -1: none           */
	struct bits_conn *core;     /* KIND_HTTP                                                  */
	struct stream     stream[2];
	uint64_t          told_heard[2]; /* what the core knows that this direction has heard     */
	struct bits_where last;     /* its latest frame                                           */
	GList             link;     /* its place in pump->by_age                                  */
};

/* A stream whose hole the other side has acknowledged. */
struct deadline {
	uint64_t           frame; /* give up when so many frames have passed  */
	struct connection *c;
	unsigned           d;
	uint64_t           next;  /* where the hole began                     */
};

struct pump {
	struct bits_tracker *tracker;
	struct pump_stats    stats;
	struct stream_totals totals;
	GHashTable          *table;      /* struct key (in the connection) -> struct connection, owned */
	GQueue               by_age;     /* of struct connection, least recently used first            */
	struct connection   *latest;
	GQueue               deadlines;  /* of struct deadline, soonest first                          */
	uint64_t             n_connections;

	/* the segment under way, for the streams' callbacks */
	struct connection *conn;
	unsigned           d;
};

/* ---- the table ------------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
	return h ^ h >> 32;
}

/* The ports are mixed on their own: ports and addresses that count up together must not cancel each other out. */
static guint hash_key(gconstpointer p)
{
	const struct key *k = p;
	uint64_t          h = mix(1, (uint64_t)k->end[0].port << 16 | k->end[1].port);

	for (unsigned d = 0; d < 2; d++)
		for (unsigned i = 0; i < 16; i += 8) {
			uint64_t word;

			memcpy(&word, k->end[d].addr.bytes + i, 8);
			h = mix(h, word);
		}
	return (guint)h;
}

/* Half of an address: 0 or 1.  One comparison instead of a call, several times a segment. */
static uint64_t half_of(const struct bits_addr *a, unsigned half)
{
	uint64_t word;

	memcpy(&word, a->bytes + 8 * half, 8);
	return word;
}

static bool same_end(const struct bits_end *a, const struct bits_end *b)
{
	return a->port == b->port && a->addr.family == b->addr.family && half_of(&a->addr, 0) == half_of(&b->addr, 0) &&
	       half_of(&a->addr, 1) == half_of(&b->addr, 1);
}

static gboolean same_key(gconstpointer a, gconstpointer b)
{
	const struct key *x = a, *y = b;

	return same_end(&x->end[0], &y->end[0]) && same_end(&x->end[1], &y->end[1]);
}

/* Any order will do, as long as it is one. */
static bool is_greater(const struct bits_end *a, const struct bits_end *b)
{
	for (unsigned half = 0; half < 2; half++)
		if (half_of(&a->addr, half) != half_of(&b->addr, half))
			return half_of(&a->addr, half) > half_of(&b->addr, half);
	return a->port > b->port;
}

/* The key of a segment, and which of its ends sent it. */
static struct key key_of(const struct segment *s, unsigned *d)
{
	*d = is_greater(&s->src, &s->dst);
	return *d ? (struct key){ { s->dst, s->src } } : (struct key){ { s->src, s->dst } };
}

static void free_connection(void *data)
{
	struct connection *c = data;

	bits_conn_free(c->core);
	g_free(c);
}

static void bury(struct pump *p, struct connection *c, enum bits_tcp_end how, unsigned by);
static void forget_deadlines(struct pump *p, const struct connection *c);

static void evict_oldest(struct pump *p)
{
	struct connection *c = p->by_age.head->data;

	p->stats.evicted += c->kind != KIND_DEAD;
	bury(p, c, BITS_TCP_EVICTED, 0);
	if (c->stream[0].in_queue || c->stream[1].in_queue)
		forget_deadlines(p, c);
	g_queue_unlink(&p->by_age, &c->link);
	if (p->latest == c)
		p->latest = NULL;
	g_hash_table_remove(p->table, &c->key);
}

static struct connection *new_connection(struct pump *p, const struct key *key)
{
	struct connection *c;

	if (g_hash_table_size(p->table) >= CONNECTIONS_MAX)
		evict_oldest(p);
	c = g_new0(struct connection, 1);
	c->key = *key;
	c->ordinal = ++p->n_connections;
	c->first_fin = -1;
	c->link.data = c;
	p->stats.connections++;
	g_hash_table_insert(p->table, &c->key, c);
	g_queue_push_tail_link(&p->by_age, &c->link);
	return c;
}

/* The same ends again, but another connection: the old one's entry is used anew. */
static void renew(struct pump *p, struct connection *c)
{
	bits_conn_free(g_steal_pointer(&c->core));
	for (unsigned d = 0; d < 2; d++) {
		bool in_queue = c->stream[d].in_queue;

		stream_clear(&c->stream[d], &p->totals);
		c->stream[d] = (struct stream){ .in_queue = in_queue };
		c->told_heard[d] = 0;
	}
	c->kind = KIND_UNDECIDED;
	c->first_fin = -1;
	c->ordinal = ++p->n_connections;
	p->stats.connections++;
}

static struct connection *find(struct pump *p, const struct segment *s, unsigned *d)
{
	struct connection *c = p->latest;
	struct key         key;

	if (c != NULL)
		for (*d = 0; *d < 2; ++*d)
			if (same_end(&c->key.end[*d], &s->src) && same_end(&c->key.end[!*d], &s->dst))
				return c;
	key = key_of(s, d);
	c = g_hash_table_lookup(p->table, &key);
	if (c == NULL)
		return p->latest = new_connection(p, &key);
	g_queue_unlink(&p->by_age, &c->link);
	g_queue_push_tail_link(&p->by_age, &c->link);
	return p->latest = c;
}

/* ---- what streams give ----------------------------------------------------------------------------------------- */

static void become_other(struct pump *p, struct connection *c)
{
	c->kind = KIND_OTHER;
	for (unsigned d = 0; d < 2; d++)
		stream_clear(&c->stream[d], &p->totals);
}

static void become_http(struct pump *p, struct connection *c, bool from_start)
{
	c->kind = KIND_HTTP;
	c->core = bits_conn_new(p->tracker, c->ordinal, c->key.end, from_start);
	p->stats.http_connections++;
}

/* Are the first bytes of both directions known?  A direction that the capture lacks does not matter. */
static bool is_from_start(const struct connection *c)
{
	const struct stream *a = &c->stream[0], *b = &c->stream[1];

	return (a->from_syn || b->from_syn) && (a->from_syn || !a->is_known) && (b->from_syn || !b->is_known);
}

/* The first bytes of a direction decide what its connection is.  Where they are known to be the first they begin a message
 * or it is not HTTP; any other may be the middle of one, and every segment is asked. */
static void decide(struct pump *p, struct connection *c, const struct stream_bytes *b)
{
	bool            is_first = b->at == 0 && c->stream[p->d].from_syn;
	enum bits_sniff looks = bits_conn_sniff((struct bits_str){ (const char *)b->p, b->n });

	if (b->n == 0)
		return;
	if (looks != BITS_SNIFF_NO && (is_first || b->starts_segment))
		become_http(p, c, is_first && is_from_start(c));
	else if (is_first)
		become_other(p, c);
}

static void on_bytes(const struct stream_bytes *b, void *user)
{
	struct pump       *p = user;
	struct connection *c = p->conn;
	struct bits_where  w = b->where;

	if (c->kind == KIND_UNDECIDED)
		decide(p, c, b);
	if (c->kind != KIND_HTTP)
		return;
	w.at = b->at;
	if (w.heard != BITS_HEARD_UNKNOWN)
		c->told_heard[p->d] = MAX(c->told_heard[p->d], w.heard);
	bits_conn_data(c->core, p->d, (struct bits_str){ (const char *)b->p, b->n }, &w, b->starts_segment);
}

static void on_lost(uint64_t at, uint64_t n, const struct bits_where *where, void *user)
{
	struct pump       *p = user;
	struct connection *c = p->conn;
	struct bits_where  w = *where;

	if (c->kind == KIND_UNDECIDED) /* its first bytes: what follows may be the middle of anything */
		c->stream[0].from_syn = c->stream[1].from_syn = false;
	if (c->kind != KIND_HTTP)
		return;
	w.at = at;
	w.pos = BITS_POS_UNKNOWN;
	bits_conn_lost(c->core, p->d, n, &w);
}

static const struct stream_sink stream_sink = { on_bytes, on_lost };

/* ---- the end --------------------------------------------------------------------------------------------------- */

/* Which direction's hole to give up first: the one behind which the older bytes wait. */
static unsigned older_hole(const struct connection *c)
{
	if (!stream_has_hole(&c->stream[0]) || !stream_has_hole(&c->stream[1]))
		return !stream_has_hole(&c->stream[0]);
	return stream_frame_behind_hole(&c->stream[1]) < stream_frame_behind_hole(&c->stream[0]);
}

static void flush(struct pump *p, struct connection *c)
{
	p->conn = c;
	while (stream_has_hole(&c->stream[0]) || stream_has_hole(&c->stream[1])) {
		p->d = older_hole(c);
		stream_give_up(&c->stream[p->d], &p->totals, &stream_sink, p);
	}
	for (p->d = 0; p->d < 2; p->d++)
		stream_flush(&c->stream[p->d], &c->last, &p->totals, &stream_sink, p);
}

static void bury(struct pump *p, struct connection *c, enum bits_tcp_end how, unsigned by)
{
	if (c->kind == KIND_HTTP) {
		flush(p, c);
		bits_conn_close(c->core, how, by, &c->last);
		bits_conn_free(g_steal_pointer(&c->core));
	}
	for (unsigned d = 0; d < 2; d++)
		stream_clear(&c->stream[d], &p->totals);
	c->kind = KIND_DEAD;
}

/* Both directions are at their FIN? */
static void note_end(struct pump *p, struct connection *c)
{
	if (c->stream[0].fin_told && c->stream[1].fin_told && c->kind != KIND_DEAD)
		bury(p, c, BITS_TCP_FIN, (unsigned)c->first_fin);
}

/* Neither side is HTTP any more: closed for the core, and from now on as cheap as any other. */
static void note_hopeless(struct pump *p, struct connection *c)
{
	if (c->kind != KIND_HTTP || !bits_conn_is_hopeless(c->core))
		return;
	bury(p, c, BITS_TCP_EVICTED, 0);
	c->kind = KIND_OTHER;
}

/* The FIN of direction d counts once every byte before it is released; w: of the frame that showed it.  That may be a
 * frame of the other side, so what d had heard is what is known of it. */
static bool tell_fin(struct connection *c, unsigned d, const struct bits_where *w)
{
	struct stream    *st = &c->stream[d];
	struct bits_where here = *w;

	if (!st->has_fin || st->fin_told || st->next < st->fin_at)
		return false;
	st->fin_told = true;
	if (c->first_fin < 0)
		c->first_fin = (int)d;
	if (c->kind != KIND_HTTP)
		return false;
	here.at = st->fin_at;
	here.heard = c->told_heard[d] != 0 ? c->told_heard[d] : w->heard == BITS_HEARD_UNKNOWN ? w->heard : 0;
	bits_conn_heard(c->core, d, &here, true);
	return true;
}

/* ---- holes ----------------------------------------------------------------------------------------------------- */

/* An acknowledged hole is one of the capture; a late copy may still fill it, for a while. */
static void watch_hole(struct pump *p, struct connection *c, unsigned d)
{
	struct deadline *wait;

	if (c->stream[d].in_queue || c->kind > KIND_HTTP || !stream_hole_is_acked(&c->stream[d]))
		return;
	wait = g_new0(struct deadline, 1);
	wait->frame = p->stats.frames + HOLE_PATIENCE;
	wait->c = c;
	wait->d = d;
	wait->next = c->stream[d].next;
	c->stream[d].in_queue = true;
	g_queue_push_tail(&p->deadlines, wait);
}

static void give_up(struct pump *p, struct connection *c, unsigned d)
{
	p->conn = c;
	p->d = d;
	stream_give_up(&c->stream[d], &p->totals, &stream_sink, p);
	tell_fin(c, d, &c->last);
	note_hopeless(p, c);
	note_end(p, c);
}

static void give_up_overdue(struct pump *p)
{
	struct deadline *wait;

	while ((wait = g_queue_peek_head(&p->deadlines)) != NULL && wait->frame <= p->stats.frames) {
		struct connection *c = wait->c;
		unsigned           d = wait->d;

		g_queue_pop_head(&p->deadlines);
		c->stream[d].in_queue = false;
		if (stream_has_hole(&c->stream[d]) && c->stream[d].next == wait->next)
			give_up(p, c, d);
		watch_hole(p, c, d);
		g_free(wait);
	}
}

static void forget_deadlines(struct pump *p, const struct connection *c)
{
	for (GList *l = p->deadlines.head, *next; l != NULL; l = next) {
		next = l->next;
		if (((struct deadline *)l->data)->c != c)
			continue;
		g_free(l->data);
		g_queue_delete_link(&p->deadlines, l);
	}
}

/* ---- segments -------------------------------------------------------------------------------------------------- */

/* Is this SYN, or this segment, one of the connection that we know? */
static bool fits(const struct connection *c, unsigned d, const struct segment *s)
{
	const struct stream *st = &c->stream[d];
	int64_t              distance;

	if (!st->is_known)
		return true;
	distance = (int64_t)(stream_at(st, s->seq + (s->flags & TCP_SYN ? 1 : 0)) - st->next);
	if (s->flags & TCP_SYN) /* its own SYN again, or the SYN of data that came before it */
		return st->base_at == 0 ? s->seq + 1 == st->base_seq : distance <= 0 && distance > -(int64_t)STREAM_WINDOW;
	if (c->kind == KIND_DEAD)
		return distance < AFTERLIFE && distance > -AFTERLIFE;
	return true;
}

static void on_syn(struct connection *c, unsigned d, const struct segment *s)
{
	struct stream *st = &c->stream[d];

	if (!st->is_known || (st->next == st->base_at && st->end == st->base_at && c->kind == KIND_UNDECIDED)) {
		stream_set_base(st, s->seq + 1, 0);
		st->from_syn = true;
	}
	if (segment_checksum(s) == CHECKSUM_INVALID)
		st->is_offloaded = true;
}

/* The first segment that is seen of a direction fixes its scale; so does the other side's acknowledgment of it: of whom
 * has sent nothing yet but its SYN it acknowledges just the other's SYN, as in HTTP no server speaks first. */
static void learn_bases(struct connection *c, unsigned d, const struct segment *s)
{
	struct stream *own = &c->stream[d], *other = &c->stream[!d];
	bool           is_first = (s->flags & TCP_SYN) || (own->from_syn && s->seq == own->base_seq);

	if (!own->is_known)
		stream_set_base(own, s->seq, STREAM_MIDDLE);
	if (!(s->flags & TCP_ACK) || other->is_known)
		return;
	stream_set_base(other, s->ack, is_first ? 0 : STREAM_MIDDLE);
	other->from_syn = is_first;
}

/* A broken segment must not acknowledge what nobody sent; whole ones do where the capture has lost frames. */
static uint64_t heard_of(const struct connection *c, unsigned d, const struct segment *s)
{
	const struct stream *other = &c->stream[!d];
	uint64_t             at;

	if (!(s->flags & TCP_ACK))
		return BITS_HEARD_UNKNOWN;
	at = stream_at(other, s->ack);
	if (!stream_is_near(other, at))
		return BITS_HEARD_UNKNOWN;
	if (at > other->end && !c->stream[d].is_offloaded && segment_checksum(s) == CHECKSUM_INVALID)
		return BITS_HEARD_UNKNOWN;
	return at;
}

static void note_fin(struct connection *c, unsigned d, const struct segment *s)
{
	struct stream *st = &c->stream[d];

	if (!(s->flags & TCP_FIN) || st->has_fin || !stream_is_near(st, stream_at(st, s->seq)))
		return;
	st->has_fin = true;
	st->fin_at = stream_at(st, s->seq) + s->length;
	st->end = MAX(st->end, st->fin_at);
}

static void take_payload(struct pump *p, struct connection *c, unsigned d, const struct segment *s,
                         const struct bits_where *w)
{
	struct stream      *st = &c->stream[d];
	struct stream_bytes b = { .at = stream_at(st, s->seq + (s->flags & TCP_SYN ? 1 : 0)),
		                  .p = s->payload, .n = s->captured, .where = *w, .starts_segment = true };

	if (!stream_is_near(st, b.at))
		return;
	b.where.at = b.at;
	if (!st->from_syn)
		stream_lower(st, b.at); /* an acknowledgment alone said where it begins, or a frame that overtook this one */
	if (c->kind == KIND_UNDECIDED && !st->from_syn) {
		/* the middle of something unknown: keep nothing, ask each segment anew */
		decide(p, c, &b);
		if (c->kind != KIND_HTTP) {
			stream_pass_over(st, b.at + s->length);
			return;
		}
		st->next = st->end = b.at; /* also where later bytes came before: they were not kept */
	}
	b.is_bad = !st->is_offloaded && segment_checksum(s) == CHECKSUM_INVALID;
	stream_add(st, &b, &p->totals, &stream_sink, p);
	if (!b.is_bad)
		st->end = MAX(st->end, b.at + s->length); /* what a snaplen cut off was sent too */
	while (p->totals.held > HELD_MAX && stream_has_hole(st))
		stream_give_up(st, &p->totals, &stream_sink, p);
}

/* Tell the core what a frame brought besides bytes: its end, or an acknowledgment that no byte of it carried. */
static void tell_news(struct connection *c, unsigned d, const struct bits_where *w)
{
	struct bits_where here = *w;
	bool              has_heard = c->kind == KIND_HTTP && w->heard != BITS_HEARD_UNKNOWN && w->heard > c->told_heard[d];

	if (has_heard)
		c->told_heard[d] = w->heard;
	if (tell_fin(c, d, w) || !has_heard)
		return;
	here.at = c->stream[d].next;
	bits_conn_heard(c->core, d, &here, false);
}

/* A reset counts where its number lies in what this side has sent or may send (RFC 9293 3.10.7.4, read generously). */
static bool is_fitting_reset(const struct connection *c, unsigned d, const struct segment *s)
{
	const struct stream *st = &c->stream[d];
	uint64_t             at = stream_at(st, s->seq);

	return (s->flags & TCP_RST) && stream_is_near(st, at) && at + STREAM_WINDOW >= st->next &&
	       at <= MAX(st->end, st->acked) + 65535;
}

static struct bits_where where_of(const struct frame *f, const struct segment *s, const struct connection *c)
{
	return (struct bits_where){ .file = f->file, .tap = f->tap, .frame = f->number,
		                    .pos = f->pos + (uint64_t)(s->payload - f->bytes), .conn = c->ordinal,
		                    .at = BITS_AT_UNKNOWN, .heard = BITS_HEARD_UNKNOWN, .time_ns = f->time_ns };
}

static void take_segment(struct pump *p, struct connection *c, unsigned d, const struct segment *s, struct bits_where w)
{
	if (s->flags & TCP_SYN)
		on_syn(c, d, s);
	learn_bases(c, d, s);
	c->stream[d].is_seen = true;
	w.heard = heard_of(c, d, s);
	p->conn = c;
	if (w.heard != BITS_HEARD_UNKNOWN && c->kind != KIND_OTHER) {
		p->d = !d;
		stream_acked(&c->stream[!d], w.heard, &p->totals, &stream_sink, p);
		tell_fin(c, !d, &w);
	}
	p->d = d;
	note_fin(c, d, s);
	if (s->length > 0 && c->kind != KIND_OTHER)
		take_payload(p, c, d, s, &w);
	tell_news(c, d, &w);
	c->last = w;
	watch_hole(p, c, d);
	watch_hole(p, c, !d);
	note_hopeless(p, c);
}

static void on_segment(struct pump *p, const struct frame *f, const struct segment *s)
{
	unsigned           d;
	struct connection *c = find(p, s, &d);
	struct bits_where  w;

	p->stats.segments++;
	if (c->kind == KIND_OTHER && !(s->flags & TCP_SYN))
		return;
	if (!fits(c, d, s)) {
		if (c->kind == KIND_DEAD && !(s->flags & TCP_SYN) && s->length == 0)
			return;
		/* whoever opens a new connection from the same port has given up the old one */
		if (c->kind != KIND_DEAD)
			bury(p, c, BITS_TCP_CAPTURE_END, d);
		renew(p, c);
	}
	if (c->kind == KIND_DEAD)
		return;
	w = where_of(f, s, c);
	take_segment(p, c, d, s, w);
	note_end(p, c);
	if (c->kind != KIND_DEAD && is_fitting_reset(c, d, s))
		bury(p, c, BITS_TCP_RST, d);
}

/* ---- the front door -------------------------------------------------------------------------------------------- */

struct pump *pump_new(struct bits_tracker *t)
{
	struct pump *p = g_new0(struct pump, 1);

	p->tracker = t;
	p->table = g_hash_table_new_full(hash_key, same_key, NULL, free_connection);
	return p;
}

void pump_free(struct pump *p)
{
	if (p == NULL)
		return;
	for (GList *l = p->by_age.head; l != NULL; l = l->next)
		for (unsigned d = 0; d < 2; d++)
			stream_clear(&((struct connection *)l->data)->stream[d], &p->totals);
	g_hash_table_unref(p->table);
	g_queue_clear_full(&p->deadlines, g_free);
	g_free(p);
}

static void count(struct pump *p, enum link_result result)
{
	uint64_t *const counters[] = {
		[LINK_UNKNOWN] = &p->stats.unknown_link,  [LINK_NOT_IP] = &p->stats.unknown_proto,
		[LINK_NOT_TCP] = &p->stats.not_tcp,       [LINK_FRAGMENT] = &p->stats.ip_fragments,
		[LINK_MALFORMED] = &p->stats.malformed,
	};

	++*counters[result];
}

void pump_frame(struct pump *p, const struct frame *f)
{
	struct segment   s;
	enum link_result result;

	p->stats.frames++;
	p->stats.bytes += f->caplen;
	result = link_segment(&s, f);
	if (result == LINK_TCP)
		on_segment(p, f, &s);
	else
		count(p, result);
	if (p->deadlines.head != NULL)
		give_up_overdue(p);
}

static gint by_ordinal(gconstpointer a, gconstpointer b)
{
	const struct connection *x = *(struct connection *const *)a, *y = *(struct connection *const *)b;

	return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

void pump_finish(struct pump *p)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new();

	for (GList *l = p->by_age.head; l != NULL; l = l->next)
		g_ptr_array_add(all, l->data);
	g_ptr_array_sort(all, by_ordinal);
	for (guint i = 0; i < all->len; i++)
		if (((struct connection *)all->pdata[i])->kind != KIND_DEAD)
			bury(p, all->pdata[i], BITS_TCP_CAPTURE_END, 0);
}

const struct pump_stats *pump_stats(const struct pump *p)
{
	struct pump_stats *s = (struct pump_stats *)&p->stats;

	s->retransmitted = p->totals.retransmitted;
	s->conflicting = p->totals.conflicting;
	s->lost = p->totals.lost;
	return s;
}
