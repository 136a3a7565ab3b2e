/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_order.c - the one-outstanding-request family (reference 3.4 and 7.1, rows 1-5).
 *
 * On one connection the client's own acknowledgments prove the order: what it had heard of the answer when it sent the
 * next request.  No clock, no order of frames in the file.  Across connections hardly anything proves anything: a
 * connection may be half dead, or its end lost; only the client's own frames on the old connection speak. */
#include "core/bits_private.h"

#define RECENT_MAX      8                         /* BITS requests of a connection that a new one is held against   */
#define RACE_FRAMES     32                        /* frames of both connections: more than any reordering of a tap  */
#define RACE_SILENCE_NS (500 * INT64_C(1000000))  /* after which an old answer cannot have been on its way           */

static bool is_upload_packet(const struct exchange *x)
{
	enum bits_packet p = x->pub.request ? x->pub.request->packet : BITS_PACKET_NONE;

	return (p >= BITS_PACKET_PING && p <= BITS_PACKET_CANCEL_SESSION) || p == BITS_PACKET_UNKNOWN;
}

/* A Ping or Create-Session without a session counts with those of its connection that have none either. */
static bool same_scope(const struct exchange *a, const struct exchange *b)
{
	return a->session == b->session;
}

/* ---- two requests on one connection ---------------------------------------------------------------------------- */

static void tell_pair(struct bits_tracker *t, enum bits_rule_id rule, const struct exchange *before,
                      const struct exchange *x, bool undecided)
{
	struct bits_finding f = finding_of(rule, x, BITS_CLIENT);
	uint64_t            begin = before->pub.answer_at.first.at, end = before->pub.answer_at.head_end;

	f.undecided = undecided || before->is_unsure; /* which may be the middle of a body, as this one then */
	finding_at(&f, &x->pub.request_at.first);
	finding_at(&f, &before->pub.request_at.first);
	if (before->pub.answer != NULL) {
		uint64_t heard = x->pub.request_at.first.heard;

		finding_at(&f, &before->pub.answer_at.first);
		f.value[0] = heard == BITS_HEARD_UNKNOWN || heard < begin ? 0 : heard - begin;
		f.value[1] = end == BITS_AT_UNKNOWN ? 0 : end - begin;
	} else if (rule == BITS_RULE_PIPELINED_REQUEST) {
		f.variant = f.undecided ? 2 : x->pub.request_at.first.heard == before->pub.request_at.first.heard ? 1 : 3;
	}
	tell_finding(t, &f);
}

enum proof { PROOF_INNOCENT, PROOF_GUILTY, PROOF_NONE };

/* Had the client heard the whole head of the answer to `before` when it sent x? */
static enum proof overtook_answer(const struct exchange *before, const struct exchange *x)
{
	uint64_t heard = x->pub.request_at.first.heard, end = before->pub.answer_at.head_end;

	if (heard == BITS_HEARD_UNKNOWN || end == BITS_AT_UNKNOWN || before->pub.doubtful)
		return PROOF_NONE;
	return heard < end ? PROOF_GUILTY : PROOF_INNOCENT;
}

/* No answer is known.  A client that had heard nothing since it sent the first request had no answer to it, whatever
 * the capture lacks; one that had heard more may have had an interim answer, and only a whole capture can tell. */
static enum proof overtook_silence(const struct exchange *before, const struct exchange *x)
{
	uint64_t first = before->pub.request_at.first.heard, second = x->pub.request_at.first.heard;

	if (first == BITS_HEARD_UNKNOWN || second == BITS_HEARD_UNKNOWN)
		return PROOF_NONE;
	if (first == second)
		return PROOF_GUILTY;
	if (before->in_hole)
		return PROOF_INNOCENT;
	/* everything that the client had heard by then is in the capture, and no final answer among it */
	return x->conn != NULL && conn_is_gapless(x->conn) && second <= x->conn->fed[BITS_SERVER] ? PROOF_GUILTY : PROOF_NONE;
}

static void judge_pair(struct bits_tracker *t, const struct exchange *before, const struct exchange *x, bool in_flight)
{
	bool       same = same_scope(before, x);
	enum proof proof = before->pub.answer ? overtook_answer(before, x) : overtook_silence(before, x);

	if (proof == PROOF_INNOCENT || (proof == PROOF_NONE && !in_flight))
		return;
	if (!same)
		tell_pair(t, BITS_RULE_PIPELINED_OTHER_SESSION, before, x, proof == PROOF_NONE);
	else if (proof == PROOF_GUILTY)
		tell_pair(t, BITS_RULE_PIPELINED_REQUEST, before, x, false);
	else if (x->pub.request_at.first.heard == BITS_HEARD_UNKNOWN)
		tell_pair(t, BITS_RULE_OUTSTANDING_REQUEST, before, x, true);
	else
		tell_pair(t, BITS_RULE_PIPELINED_REQUEST, before, x, true);
}

/* Judge x against `before` now, or when that one's wait is over. */
static void hold_against(struct bits_tracker *t, struct exchange *before, struct exchange *x)
{
	if (!before->waits) {
		judge_pair(t, before, x, false);
		return;
	}
	if (before->followers == NULL)
		before->followers = g_ptr_array_new_with_free_func((GDestroyNotify)exchange_unref);
	g_ptr_array_add(before->followers, exchange_ref(x));
}

static struct exchange *latest_of_scope(const struct conn *c, const struct exchange *x, bool same)
{
	for (GList *l = c->recent.tail; l != NULL; l = l->prev)
		if (same_scope(l->data, x) == same)
			return l->data;
	return NULL;
}

/* The latest request of the same scope; failing a case against it, the latest of another session that still waits. */
static void compare_on_connection(struct bits_tracker *t, struct conn *c, struct exchange *x)
{
	struct exchange *own = latest_of_scope(c, x, true), *other = latest_of_scope(c, x, false);

	if (own != NULL)
		hold_against(t, own, x);
	if (other != NULL && other->session != NULL && x->session != NULL && (own == NULL || !own->waits))
		hold_against(t, other, x);
}

static void remember(struct conn *c, struct exchange *x)
{
	g_queue_push_tail_link(&c->recent, &exchange_ref(x)->in_recent);
	if (c->recent.length > RECENT_MAX)
		exchange_unref(exchange_pop(&c->recent));
}

/* ---- two connections ------------------------------------------------------------------------------------------- */

void race_free(void *race)
{
	struct race *r = race;

	exchange_unref(r->old);
	exchange_unref(r->fresh);
	g_free(r);
}

static void start_race(struct bits_tracker *t, struct exchange *old, struct exchange *fresh)
{
	struct race *r;

	/* one race for each old request: the earliest rival has the most to be told by */
	if (old->is_raced)
		return;
	if (t->races->len >= ORDER_RACES_MAX) {
		t->stats.evicted++;
		return;
	}
	old->is_raced = true;
	r = g_new0(struct race, 1);
	r->old = exchange_ref(old);
	r->fresh = exchange_ref(fresh);
	r->old_conn = old->conn;
	r->fresh_conn = fresh->conn;
	r->old_frames = old->conn->frames;
	r->fresh_frames = fresh->conn->frames;
	g_ptr_array_add(t->races, r);
}

/* The same packet once more.  So a relay that says nothing of itself sends it to its server while it still comes in; and so a
 * client does that gave the first connection up, while its kernel still empties what was written to that. */
static bool is_repeated(const struct race *r)
{
	const struct bits_message *old = r->old->pub.request, *fresh = r->fresh->pub.request;

	return old->packet == fresh->packet && (old->packet != BITS_PACKET_FRAGMENT || old->range.from == fresh->range.from);
}

static void tell_race(struct bits_tracker *t, const struct race *r, bool undecided, const struct bits_where *proof)
{
	struct bits_finding f = finding_of(BITS_RULE_PARALLEL_CONNECTION, r->fresh, BITS_CLIENT);

	/* the two legs of a proxy, taken for one session, look like it */
	f.undecided = undecided || is_repeated(r) || (r->fresh->session != NULL && r->fresh->session->is_proxied);
	finding_at(&f, &r->fresh->pub.request_at.first);
	finding_at(&f, &r->old->pub.request_at.first);
	if (proof != NULL)
		finding_at(&f, proof);
	if (r->old->pub.answer != NULL)
		finding_at(&f, &r->old->pub.answer_at.first);
	tell_finding(t, &f);
}

static bool same_tap(const struct bits_where *a, const struct bits_where *b)
{
	return a->file == b->file && a->tap == b->tap;
}

static uint64_t frames_since(const struct race *r)
{
	uint64_t old = r->old_conn ? r->old_conn->frames - r->old_frames : 0;

	return old + (r->fresh_conn ? r->fresh_conn->frames - r->fresh_frames : r->fresh_gone);
}

/* Proof (a): long after the fresh request the client went on with the old one, whose answer it had not heard. */
static bool went_on_sending(const struct race *r)
{
	uint64_t end = r->old->pub.answer_at.head_end;

	return r->late > RACE_FRAMES && r->late_at.heard != BITS_HEARD_UNKNOWN && end != BITS_AT_UNKNOWN &&
	       r->late_at.heard < end;
}

/* Proof (b): it heard that answer only long after the fresh request; w is the first that it sent having heard it. */
static bool heard_late(const struct race *r, const struct bits_where *w)
{
	const struct bits_where *fresh = &r->fresh->pub.request_at.first;

	return same_tap(w, fresh) && w->time_ns != BITS_TIME_UNKNOWN && fresh->time_ns != BITS_TIME_UNKNOWN &&
	       w->time_ns - fresh->time_ns > RACE_SILENCE_NS;
}

static void end_race(struct bits_tracker *t, guint i, bool proven, const struct bits_where *proof)
{
	struct race *r = t->races->pdata[i];

	tell_race(t, r, !proven, proof);
	g_ptr_array_remove_index_fast(t->races, i);
}

static bool is_whole_so_far(const struct conn *c)
{
	return c->losses == 0 && !c->hole[BITS_CLIENT] && !c->hole[BITS_SERVER];
}

/* ev: from the client, on the old connection. */
static void advance_race(struct bits_tracker *t, const struct conn *c, guint i, const struct bits_event *ev)
{
	struct race *r = t->races->pdata[i];
	uint64_t     end = r->old->pub.answer_at.head_end;
	bool         answered = r->old->pub.answer != NULL;
	bool         heard_it = answered && ev->where.heard != BITS_HEARD_UNKNOWN && ev->where.heard >= end;

	if (ev->type == BITS_EVENT_BODY && ev->where.at != BITS_AT_UNKNOWN && !heard_it && is_timely(t, ev->where.file, ev->where.frame) &&
	    same_tap(&ev->where, &r->fresh->pub.request_at.first)) {
		r->late = frames_since(r);
		r->late_at = ev->where;
	}
	if (!answered)
		return;
	if (went_on_sending(r) && !r->client_done_first) {
		end_race(t, i, true, &r->late_at);
		return;
	}
	if (!heard_it)
		return;
	/* a lost frame may have been the first that told of the answer */
	end_race(t, i, heard_late(r, &ev->where) && !r->client_done_first && is_whole_so_far(c), &ev->where);
}

void order_client_event(struct bits_tracker *t, struct conn *c, const struct bits_event *ev)
{
	for (guint i = t->races->len; i-- > 0;) {
		struct race *r = t->races->pdata[i];

		if (r->old_conn == c)
			advance_race(t, c, i, ev);
	}
}

/* The old request's answer is known, or will never be. */
static void settle_races(struct bits_tracker *t, struct exchange *old)
{
	for (guint i = t->races->len; i-- > 0;) {
		struct race *r = t->races->pdata[i];

		if (r->old != old)
			continue;
		r->client_done_first = r->old_conn != NULL && r->old_conn->client_done;
		if (old->pub.answer == NULL || old->pub.doubtful)
			end_race(t, i, false, NULL);
		else if (r->old_conn != NULL && r->old_conn->heard[BITS_CLIENT] >= old->pub.answer_at.head_end)
			end_race(t, i, false, NULL); /* the answer was fed late: the client has had it for long */
		else if (went_on_sending(r) && !r->client_done_first)
			end_race(t, i, true, &r->late_at);
	}
}

void order_conn_gone(struct bits_tracker *t, struct conn *c)
{
	for (guint i = t->races->len; i-- > 0;) {
		struct race *r = t->races->pdata[i];

		if (r->fresh_conn == c) {
			r->fresh_gone = c->frames - r->fresh_frames;
			r->fresh_conn = NULL;
		}
		if (r->old_conn == c)
			end_race(t, i, false, NULL);
	}
}

/* By the clock of their tap it was sent before the other, and its frame came late into the capture. */
static bool was_sent_before(const struct bits_where *a, const struct bits_where *b)
{
	return same_tap(a, b) && a->time_ns != BITS_TIME_UNKNOWN && b->time_ns != BITS_TIME_UNKNOWN && a->time_ns < b->time_ns;
}

static void compare_across(struct bits_tracker *t, struct conn *c, struct exchange *x)
{
	unsigned looked_at = 0;

	/* what lay behind a hole is no news: its place among the other connection's frames is not known */
	if (!is_timely(t, x->pub.request_at.head_file, x->pub.request_at.head_frame))
		return;
	for (GList *l = x->session->waiting.tail; l != NULL && looked_at < RECENT_MAX; l = l->prev, looked_at++) {
		struct exchange *old = l->data;

		if (old != x && old->conn != NULL && old->conn != c &&
		    same_addr(&old->pub.ends.client.addr, &x->pub.ends.client.addr) &&
		    !was_sent_before(&x->pub.request_at.first, &old->pub.request_at.first))
			start_race(t, old, x);
	}
}

/* ---- request-abandoned ----------------------------------------------------------------------------------------- */

static bool was_abandoned(const struct exchange *x)
{
	return x->pub.outcome == BITS_OUTCOME_UNANSWERED && !x->pub.doubtful && x->died_of >= BITS_CLOSE_CLIENT_FIN &&
	       x->died_of <= BITS_CLOSE_SERVER_RST && !x->followers;
}

static void tell_abandoned(struct bits_tracker *t, const struct exchange *before, const struct exchange *x)
{
	struct bits_finding f = finding_of(BITS_RULE_REQUEST_ABANDONED, before, BITS_CLIENT);

	finding_at(&f, &before->pub.request_at.first);
	finding_at(&f, &x->pub.request_at.first);
	tell_finding(t, &f);
}

/* ---- the front door -------------------------------------------------------------------------------------------- */

void order_request(struct bits_tracker *t, struct conn *c, struct exchange *x)
{
	struct exchange *latest = x->session ? x->session->latest : NULL;

	if (!is_upload_packet(x))
		return;
	compare_on_connection(t, c, x);
	remember(c, x);
	if (x->session == NULL)
		return;
	compare_across(t, c, x);
	if (latest != NULL && latest->pub.conn != x->pub.conn && was_abandoned(latest))
		tell_abandoned(t, latest, x);
}

void order_finished(struct bits_tracker *t, struct exchange *x)
{
	g_autoptr(GPtrArray) followers = g_steal_pointer(&x->followers);

	for (guint i = 0; followers != NULL && i < followers->len; i++)
		judge_pair(t, x, followers->pdata[i], true);
	settle_races(t, x);
}
