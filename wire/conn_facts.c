/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conn_facts.c - counters, and the pause that is under way. */
#include "wire/conn_facts.h"

#include "core/bits_tracker.h"
#include "wire/bytes.h"

#define WINDOW_AT 14 /* of the TCP header, which is whole in every segment */

struct conn_facts *conn_facts_new(uint64_t ordinal, const struct bits_end ends[2])
{
	struct conn_facts *f = g_new0(struct conn_facts, 1);

	f->ordinal = ordinal;
	f->end[0] = ends[0];
	f->end[1] = ends[1];
	return f;
}

const struct flow_facts *conn_facts_flow(const struct conn_facts *f, enum bits_side side)
{
	return &f->flow[side == BITS_CLIENT ? f->client : !f->client];
}

/* ---- requests and answers -------------------------------------------------------------------------------------- */

static void learn_sides(struct conn_facts *f, unsigned client)
{
	if (f->has_sides)
		return;
	f->has_sides = true;
	f->client = client;
	f->ends = (struct bits_ends){ .client = f->end[client], .server = f->end[!client] };
}

/* The final answer to x begins here. */
static void note_server_time(struct conn_facts *f, const struct bits_exchange *x, const struct bits_where *first)
{
	int64_t asked, took;

	if (x == NULL || x->request == NULL || !x->request_at.ended)
		return;
	asked = x->request_at.last.time_ns;
	if (asked == BITS_TIME_UNKNOWN || first->time_ns == BITS_TIME_UNKNOWN || first->time_ns < asked)
		return;
	took = first->time_ns - asked;
	f->server_time.least = f->server_time.n > 0 ? MIN(f->server_time.least, took) : took;
	f->server_time.most = MAX(f->server_time.most, took);
	f->server_time.sum += took;
	f->server_time.n++;
}

static void on_head(unsigned d, const struct bits_message *msg, const struct bits_http_framing *framing,
                    const struct bits_exchange *x, const struct bits_where *first, const struct bits_where *last, void *user)
{
	struct conn_facts *f = user;

	(void)last;
	learn_sides(f, msg->is_request ? d : !d);
	f->is_asking = msg->is_request && framing->expects;
	if (msg->is_request) {
		f->requests++;
		f->waiting++;
		f->is_sending = true;
	} else if (msg->status >= 200) {
		f->is_answering = true;
		note_server_time(f, x, first);
	}
}

static void on_body(unsigned d, const struct bits_where *w, uint64_t n, void *user)
{
	struct conn_facts *f = user;

	(void)w;
	(void)n;
	if (d == f->client)
		f->is_asking = false;
}

static void on_end(unsigned d, bool whole, const struct bits_where *last, void *user)
{
	struct conn_facts *f = user;

	(void)whole;
	(void)last;
	if (d == f->client) {
		f->is_sending = false;
	} else if (f->is_answering) { /* an interim answer ends, too */
		f->is_answering = false;
		f->waiting -= f->waiting > 0;
	}
}

const struct bits_conn_watch *conn_facts_watch(void)
{
	static const struct bits_conn_watch watch = { on_head, on_body, on_end };

	return &watch;
}

/* ---- pauses ---------------------------------------------------------------------------------------------------- */

static enum stall_side who_is_due(const struct conn_facts *f)
{
	if (!f->has_sides)
		return STALL_NOBODY;
	if (f->is_sending)
		return f->is_asking ? STALL_SERVER : STALL_CLIENT;
	return f->waiting > 0 ? STALL_SERVER : STALL_NOBODY;
}

static enum stall_side whose_stall(const struct conn_facts *f)
{
	enum stall_side due = f->due;

	if (f->is_blind) /* they may be what was due */
		return STALL_NOBODY;
	if (due == STALL_NOBODY && f->requests > f->requests_before)
		due = STALL_CLIENT; /* its next request was to come */
	if (due == STALL_NOBODY || f->is_troubled)
		return due == STALL_NOBODY ? due : STALL_NETWORK;
	if (due == STALL_CLIENT && f->was_closed[!f->client])
		return STALL_SERVER;
	if (due == STALL_SERVER && f->was_closed[f->client])
		return STALL_CLIENT;
	return due;
}

static bool is_one_clock(const struct bits_where *a, const struct bits_where *b)
{
	return a->time_ns != BITS_TIME_UNKNOWN && b->time_ns != BITS_TIME_UNKNOWN &&
	       (a->file != b->file || a->tap == b->tap);
}

static void end_pause(struct conn_facts *f, const struct bits_where *w)
{
	enum stall_side whose = whose_stall(f);

	if (whose == STALL_NOBODY || f->since.frame == 0 || !is_one_clock(&f->since, w) ||
	    w->time_ns - f->since.time_ns <= f->stall.ns)
		return;
	f->stall = (struct stall){ w->time_ns - f->since.time_ns, whose, f->since, *w };
}

static void begin_pause(struct conn_facts *f, const struct bits_where *w, bool has_hole, bool is_blind)
{
	f->since = *w;
	f->requests_before = f->requests;
	f->due = who_is_due(f);
	f->is_troubled = has_hole;
	f->is_blind = is_blind;
	for (unsigned d = 0; d < 2; d++)
		f->was_closed[d] = f->is_closed[d];
}

/* ---- segments -------------------------------------------------------------------------------------------------- */

struct stream_state conn_facts_look(const struct stream streams[2], const struct stream_totals *totals)
{
	struct stream_state look = { 0, totals->retransmitted };

	for (unsigned d = 0; d < 2; d++)
		look.progress += streams[d].next + streams[d].end + streams[d].acked + streams[d].has_fin + streams[d].is_seen;
	return look;
}

/* The window of a SYN has not been scaled yet, that of a RST means nothing. */
static void note_window(struct conn_facts *f, unsigned d, const struct segment *s)
{
	if (s->flags & (TCP_SYN | TCP_RST))
		return;
	f->is_closed[d] = get_be16(s->tcp + WINDOW_AT) == 0;
	f->was_closed[d] |= f->is_closed[d];
	f->flow[d].zero_windows += f->is_closed[d];
}

static bool lacks_what_was_heard(const struct stream *st)
{
	return st->acked > MAX(st->end, st->next) + st->has_fin;
}

void conn_facts_segment(struct conn_facts *f, unsigned d, const struct segment *s, const struct stream streams[2],
                        struct stream_state before, const struct stream_totals *totals, const struct bits_where *w)
{
	struct stream_state now = conn_facts_look(streams, totals);
	bool is_syn = s->flags & TCP_SYN;
	bool is_blind = lacks_what_was_heard(&streams[0]) || lacks_what_was_heard(&streams[1]);
	bool is_repeated = is_syn ? f->has_syn[d] : s->length > 1 && now.repeated != before.repeated;

	if (f->first.frame == 0)
		f->first = *w;
	f->last = *w;
	f->flow[d].segments++;
	f->flow[d].repeated += is_repeated;
	f->has_syn[d] |= is_syn;
	f->is_troubled |= is_repeated;
	note_window(f, d, s);
	if (now.progress == before.progress)
		return;
	f->is_blind |= is_blind;
	end_pause(f, w);
	begin_pause(f, w, stream_has_hole(&streams[0]) || stream_has_hole(&streams[1]), is_blind);
}

/* Its streams take nothing any more: whatever comes was there before. */
void conn_facts_late(struct conn_facts *f, unsigned d, const struct segment *s, const struct bits_where *w)
{
	f->last = *w;
	f->flow[d].segments++;
	f->flow[d].repeated += s->length > 1;
}

void conn_facts_lost(struct conn_facts *f, unsigned d, uint64_t n)
{
	f->flow[d].lost += n;
	f->is_troubled = true;
}

void conn_facts_end(struct conn_facts *f, enum bits_tcp_end how, unsigned by)
{
	bool is_client = by == f->client;

	switch (how) {
	case BITS_TCP_FIN:
		f->ended_by = is_client ? BITS_CLOSE_CLIENT_FIN : BITS_CLOSE_SERVER_FIN;
		break;
	case BITS_TCP_RST:
		f->ended_by = is_client ? BITS_CLOSE_CLIENT_RST : BITS_CLOSE_SERVER_RST;
		break;
	case BITS_TCP_CAPTURE_END:
		f->ended_by = BITS_CLOSE_CAPTURE_END;
		break;
	case BITS_TCP_EVICTED:
		f->ended_by = BITS_CLOSE_EVICTED;
		break;
	}
}
