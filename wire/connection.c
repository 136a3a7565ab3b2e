/* SPDX-License-Identifier: GPL-2.0-or-later */
/* connection.c - what a segment means to the connection that it belongs to. */
#include "wire/connection.h"

#include "core/bits_conn.h"

#define AFTERLIFE (INT32_C(16) << 20) /* bytes around a dead connection that are still taken for it */

struct connection *connection_new(const struct bits_end end[2], uint64_t ordinal)
{
	struct connection *c = g_new0(struct connection, 1);

	c->live = g_new0(struct live, 1);
	c->end[0] = end[0];
	c->end[1] = end[1];
	c->ordinal = ordinal;
	c->first_fin = -1;
	c->link.data = c;
	return c;
}

void connection_free(struct connection *c)
{
	bits_conn_free(c->core);
	g_free(c->facts);
	g_free(c->live);
	g_free(c->pdus);
	g_free(c);
}

void connection_forget(struct connection *c, struct stream_totals *totals)
{
	for (unsigned d = 0; d < 2 && c->live != NULL; d++)
		stream_clear(&c->live->stream[d], totals);
}

static struct trace trace_of(const struct connection *c, unsigned d)
{
	const struct stream *st;

	if (c->live == NULL)
		return c->trace[d];
	st = &c->live->stream[d];
	return (struct trace){ st->base_seq, st->base_seq + (uint32_t)(st->next - st->base_at), st->is_known,
		               st->is_known && st->base_at == 0 };
}

void connection_retire(struct connection *c, struct stream_totals *totals)
{
	for (unsigned d = 0; d < 2; d++)
		c->trace[d] = trace_of(c, d);
	connection_forget(c, totals);
	g_clear_pointer(&c->live, g_free);
}

void connection_renew(struct connection *c, uint64_t ordinal, struct stream_totals *totals)
{
	bits_conn_free(g_steal_pointer(&c->core));
	connection_forget(c, totals);
	if (c->live == NULL)
		c->live = g_new0(struct live, 1);
	for (unsigned d = 0; d < 2; d++) {
		c->live->stream[d] = (struct stream){ .in_queue = c->live->stream[d].in_queue };
		c->live->told_heard[d] = 0;
	}
	c->live->opening.ordinal = 0;
	c->live->doubted_reset = 0;
	c->kind = CONN_UNDECIDED;
	c->first_fin = -1;
	c->goes_on = false;
	c->reset_by = 0;
	c->ordinal = ordinal;
}

static bool is_untouched(const struct trace *t)
{
	return !t->is_known || t->next_seq == t->base_seq;
}

bool connection_is_taken_up_by(const struct connection *c, unsigned d, const struct segment *s)
{
	return c->live == NULL && c->kind == CONN_DEAD && c->reset_by != 0 && s->length > 0 && (s->flags & (TCP_SYN | TCP_RST)) == 0 &&
	       is_untouched(&c->trace[0]) && is_untouched(&c->trace[1]) && c->trace[d].is_known && s->seq == c->trace[d].next_seq;
}

void connection_take_up(struct connection *c, unsigned d, struct stream_totals *totals)
{
	const struct trace before[2] = { c->trace[0], c->trace[1] };
	uint8_t            doubted = c->reset_by == d + 1 ? 0 : c->reset_by;

	connection_renew(c, c->ordinal, totals);
	c->live->doubted_reset = doubted;
	for (unsigned i = 0; i < 2; i++) {
		if (!before[i].is_known)
			continue;
		stream_set_base(&c->live->stream[i], before[i].base_seq, before[i].is_from_start ? 0 : STREAM_MIDDLE);
		c->live->stream[i].from_syn = before[i].is_from_start;
		c->live->stream[i].is_seen = true;
	}
}

bool connection_fits(const struct connection *c, unsigned d, const struct segment *s)
{
	bool         is_syn = (s->flags & TCP_SYN) != 0;
	struct trace t;
	int32_t      distance;

	if (!is_syn && c->kind != CONN_DEAD)
		return true;
	t = trace_of(c, d);
	distance = (int32_t)(s->seq + (is_syn ? 1 : 0) - t.next_seq);
	if (!t.is_known)
		return true;
	if (is_syn) /* its own SYN again, or the SYN of data that came before it */
		return t.is_from_start ? s->seq + 1 == t.base_seq : distance <= 0 && distance > -(int32_t)STREAM_WINDOW;
	return distance < AFTERLIFE && distance > -AFTERLIFE;
}

bool connection_doubts_opening(const struct connection *c, const struct segment *s)
{
	return (s->flags & TCP_SYN) && s->length == 0 && c->kind == CONN_HTTP && !c->live->stream[0].has_fin &&
	       !c->live->stream[1].has_fin && c->live->doubted_reset == 0;
}

bool connection_is_opened_by(const struct connection *c, unsigned d, const struct segment *s)
{
	const struct opening *o = &c->live->opening;

	if (o->ordinal == 0 || (s->flags & TCP_RST))
		return false;
	if (o->seq == trace_of(c, o->by).next_seq && !(s->flags & TCP_SYN))
		return false; /* what comes next of this one has that number too */
	return d == o->by ? !(s->flags & TCP_SYN) && s->seq == o->seq : (s->flags & TCP_ACK) && s->ack == o->seq;
}

static void learn_from_syn(struct connection *c, unsigned d, const struct segment *s)
{
	struct stream *st = &c->live->stream[d];

	if (!st->is_known || (st->next == st->base_at && st->end == st->base_at && c->kind == CONN_UNDECIDED)) {
		if (st->is_known)
			stream_move_heard(&c->live->stream[!d], -(int64_t)stream_at(st, s->seq + 1));
		stream_set_base(st, s->seq + 1, 0);
		st->from_syn = true;
	}
	if (segment_checksum(s) == CHECKSUM_INVALID)
		st->is_offloaded = true;
}

/* Of whom has sent nothing yet but its SYN an acknowledgment covers just the other's SYN, as in HTTP no server speaks
 * first. */
void connection_learn(struct connection *c, unsigned d, const struct segment *s)
{
	struct stream *own = &c->live->stream[d], *other = &c->live->stream[!d];
	bool           is_first;

	if (!(s->flags & TCP_SYN) && own->is_known && own->is_seen && other->is_known)
		return;
	if (s->flags & TCP_SYN)
		learn_from_syn(c, d, s);
	is_first = (s->flags & TCP_SYN) || (own->from_syn && s->seq == own->base_seq);
	if (!own->is_known)
		stream_set_base(own, s->seq, STREAM_MIDDLE);
	own->is_seen = true;
	if (!(s->flags & TCP_ACK) || other->is_known)
		return;
	stream_set_base(other, s->ack, is_first ? 0 : STREAM_MIDDLE);
	other->from_syn = is_first;
}

/* A broken segment must not acknowledge what nobody sent; whole ones do where the capture has lost frames. */
uint64_t connection_heard(const struct connection *c, unsigned d, const struct segment *s)
{
	const struct stream *other = &c->live->stream[!d];
	uint64_t             at;

	if (!(s->flags & TCP_ACK))
		return BITS_HEARD_UNKNOWN;
	at = stream_at(other, s->ack);
	if (!stream_is_near(other, at))
		return BITS_HEARD_UNKNOWN;
	if (at > other->end && !c->live->stream[d].is_offloaded && segment_checksum(s) == CHECKSUM_INVALID)
		return BITS_HEARD_UNKNOWN;
	return at;
}

void connection_note_fin(struct connection *c, unsigned d, const struct segment *s)
{
	struct stream *st = &c->live->stream[d];

	if (!(s->flags & TCP_FIN) || st->has_fin || !stream_is_near(st, stream_at(st, s->seq)))
		return;
	st->has_fin = true;
	st->fin_at = stream_at(st, s->seq) + s->length;
	st->end = MAX(st->end, st->fin_at);
}

static bool is_broken(const struct stream *st, const struct segment *s)
{
	return !st->is_offloaded && st->sound > 0 && segment_checksum(s) == CHECKSUM_INVALID && !segment_awaits_checksum(s);
}

/* RFC 9293 3.10.7.4 */
bool connection_is_reset_by(const struct connection *c, unsigned d, const struct segment *s)
{
	const struct stream *st = &c->live->stream[d];
	uint64_t             at = stream_at(st, s->seq);

	return (s->flags & TCP_RST) && stream_is_near(st, at) && at + STREAM_WINDOW >= st->next &&
	       at <= MAX(st->end, st->acked) + 65535 && !is_broken(st, s);
}

bool connection_heeds(const struct connection *c, unsigned d, const struct segment *s)
{
	const struct stream *st = &c->live->stream[d];
	uint64_t             at = stream_at(st, s->seq);

	return at == st->next || at == st->end || at == st->acked || (st->has_fin && at == st->fin_at + 1);
}

bool connection_is_from_start(const struct connection *c)
{
	const struct stream *a = &c->live->stream[0], *b = &c->live->stream[1];

	return (a->from_syn || b->from_syn) && (a->from_syn || !a->is_known) && (b->from_syn || !b->is_known);
}

unsigned connection_older_hole(const struct connection *c)
{
	if (!stream_has_hole(&c->live->stream[0]) || !stream_has_hole(&c->live->stream[1]))
		return !stream_has_hole(&c->live->stream[0]);
	return stream_frame_behind_hole(&c->live->stream[1]) < stream_frame_behind_hole(&c->live->stream[0]);
}
