/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_pairing.c - which answer answers which request, on one connection.
 *
 * HTTP/1.1 answers in order (RFC 9112 9.3.2), so answers are matched first-in first-out; what each side had heard of
 * the other when it spoke tells whether a match is possible at all.  A capture lacks things: an answer may belong to
 * a request that was never seen, and a request may have been answered inside a hole. */
#include "core/bits_private.h"

static void stop_waiting(struct bits_tracker *t, struct conn *c, struct exchange *x)
{
	g_queue_unlink(&c->waiting, &x->in_conn);
	x->waits = false;
	t->waiting--;
	if (g_queue_is_empty(&c->waiting))
		c->doubtful = false;
}

/* The reference that the queue held goes with it. */
static void finish_unanswered(struct bits_tracker *t, struct conn *c, struct exchange *x)
{
	stop_waiting(t, c, x);
	course_finish(t, x, BITS_OUTCOME_UNANSWERED);
	exchange_unref(x);
}

/* ---- holes ----------------------------------------------------------------------------------------------------- */

static bool heard_beyond(const struct exchange *x, uint64_t at)
{
	uint64_t heard = x->pub.request_at.first.heard;

	return heard != BITS_HEARD_UNKNOWN && heard >= at;
}

/* May the answer to x lie in a hole of the server's stream?  Not where its client had heard beyond the last one. */
static bool may_be_in_hole(const struct conn *c, const struct exchange *x)
{
	return c->hole_end != 0 && !heard_beyond(x, c->hole_end);
}

/* A request behind which a later one was sent by somebody who had heard everything up to the hole's end: whatever
 * answered it was in the hole. */
static bool was_answered_in_hole(const struct conn *c, const GList *link)
{
	return may_be_in_hole(c, link->data) && link->next != NULL && heard_beyond(link->next->data, c->hole_end);
}

static void drop_answered_in_hole(struct bits_tracker *t, struct conn *c)
{
	while (c->waiting.head != NULL && was_answered_in_hole(c, c->waiting.head)) {
		struct exchange *x = c->waiting.head->data;

		x->in_hole = true;
		finish_unanswered(t, c, x);
	}
}

/* Has the capture everything of `side` that the other side acknowledged?  (1: a FIN has a number too.)  A direction that
 * is missing altogether leaves no other trace. */
static bool is_fed_as_heard(const struct conn *c, enum bits_side side)
{
	return c->heard[!side] <= c->fed[side] + 1;
}

bool conn_is_gapless(const struct conn *c)
{
	return c->from_start && c->losses == 0 && !c->hole[BITS_CLIENT] && !c->hole[BITS_SERVER] &&
	       is_fed_as_heard(c, BITS_CLIENT) && is_fed_as_heard(c, BITS_SERVER);
}

void pairing_hole(struct bits_tracker *t, struct conn *c, enum bits_side side, uint64_t from, uint64_t to)
{
	c->hole[side] = true;
	if (side != BITS_SERVER)
		return;
	if (from == to) /* where it lies is not known */
		c->doubtful |= !g_queue_is_empty(&c->waiting);
	else
		c->hole_end = MAX(c->hole_end, to);
	drop_answered_in_hole(t, c);
}

/* ---- offers ---------------------------------------------------------------------------------------------------- */

enum offer {
	OFFER_TAKEN, /* *x is the exchange, no longer waiting; the reference is the caller's */
	OFFER_LATER, /* it answers a request that was not fed yet                            */
	OFFER_NEVER, /* it answers something that lies before everything that waits          */
};

static bool has_offsets(const struct exchange *x, const struct bits_where *answer)
{
	const struct bits_where *request = &x->pub.request_at.first;

	return answer->heard != BITS_HEARD_UNKNOWN && answer->at != BITS_AT_UNKNOWN &&
	       request->heard != BITS_HEARD_UNKNOWN && request->at != BITS_AT_UNKNOWN;
}

/* The latest waiting request of which the answer's sender had heard anything; it had heard of the oldest. */
static struct exchange *latest_heard(const struct conn *c, uint64_t heard)
{
	for (GList *l = c->waiting.tail; l != NULL; l = l->prev)
		if (((struct exchange *)l->data)->pub.request_at.first.at < heard)
			return l->data;
	return c->waiting.head->data;
}

static struct exchange *take(struct bits_tracker *t, struct conn *c, struct exchange *x, bool doubtful)
{
	x->pub.doubtful = doubtful;
	stop_waiting(t, c, x);
	return x;
}

/* The answer to the oldest may lie in a hole.  So this one answers the latest request that its sender had heard of, if it
 * had heard of nothing behind that: otherwise it answers what is still to come.  Older ones may have been answered in the
 * hole, or all of them were in flight together: which, cannot be told. */
static enum offer offer_behind_hole(struct bits_tracker *t, struct conn *c, const struct bits_where *answer,
                                    struct exchange **x)
{
	struct exchange *latest = latest_heard(c, answer->heard);
	bool             doubtful = latest != c->waiting.head->data || latest->request_end == BITS_AT_UNKNOWN;

	if (latest->request_end != BITS_AT_UNKNOWN && answer->heard > latest->request_end)
		return OFFER_LATER;
	while (c->waiting.head->data != latest) {
		((struct exchange *)c->waiting.head->data)->pub.doubtful = true;
		finish_unanswered(t, c, c->waiting.head->data);
	}
	*x = take(t, c, latest, doubtful);
	return OFFER_TAKEN;
}

/* What only looks like a request, and may be the middle of a body, gets no answer whose sender had heard of another behind it. */
static void drop_unsure(struct bits_tracker *t, struct conn *c, const struct bits_where *answer)
{
	const struct exchange *next;

	while (c->waiting.length > 1 && ((struct exchange *)c->waiting.head->data)->is_unsure) {
		next = c->waiting.head->next->data;
		if (answer->heard == BITS_HEARD_UNKNOWN || next->pub.request_at.first.at >= answer->heard)
			return;
		((struct exchange *)c->waiting.head->data)->pub.doubtful = true;
		finish_unanswered(t, c, c->waiting.head->data);
	}
}

/* Which waiting request does an answer that begins at `answer` belong to?  Its sender must have heard of that request,
 * and the request's sender must not have heard the answer. */
static enum offer offer(struct bits_tracker *t, struct conn *c, const struct bits_where *answer, struct exchange **x)
{
	struct exchange *oldest;

	drop_unsure(t, c, answer);
	oldest = g_queue_peek_head(&c->waiting);
	if (oldest == NULL)
		return OFFER_LATER;
	if (!has_offsets(oldest, answer)) {
		*x = take(t, c, oldest, c->doubtful || c->hole_end != 0);
		return OFFER_TAKEN;
	}
	if (oldest->pub.request_at.first.at >= answer->heard || oldest->pub.request_at.first.heard > answer->at)
		return OFFER_NEVER;
	if (may_be_in_hole(c, oldest))
		return offer_behind_hole(t, c, answer, x);
	/* every answer since the oldest was sent is in the capture: the first of them is its own */
	*x = take(t, c, oldest, false);
	return OFFER_TAKEN;
}

struct exchange *pairing_answer(struct bits_tracker *t, struct conn *c, const struct bits_where *first)
{
	struct exchange *x = NULL;

	drop_answered_in_hole(t, c);
	/* answers are held in order: none overtakes another */
	return g_queue_is_empty(&c->held) && offer(t, c, first, &x) == OFFER_TAKEN ? x : NULL;
}

/* ---- requests -------------------------------------------------------------------------------------------------- */

/* Move what is known of a held answer into the exchange of its request. */
static void adopt_answer(struct conn *c, struct exchange *x, struct exchange *held)
{
	exchange_adopt(x, held);
	x->pub.answer_at = held->pub.answer_at;
	if (c->answering == held) {
		exchange_unref(held);
		c->answering = exchange_ref(x);
	}
}

void pairing_give_up(struct bits_tracker *t, struct exchange *x)
{
	struct conn *c = x->conn;

	c->hole[BITS_SERVER] = true;
	c->hole_end = BITS_AT_UNKNOWN; /* its answer may lie anywhere from now on */
	x->pub.doubtful = true;
	finish_unanswered(t, c, x);
}

static void give_up_oldest(struct bits_tracker *t, struct conn *c)
{
	pairing_give_up(t, c->waiting.head->data);
	t->stats.evicted++;
}

/* Which of the two cannot be told, so that the answers that follow have to say whose they are. */
void pairing_leave_sewn(struct bits_tracker *t, struct conn *c, struct exchange *x)
{
	struct exchange *old;

	while ((old = g_queue_peek_head(&c->waiting)) != NULL && old->is_sewn) {
		x->is_sewn = true;
		old->pub.doubtful = true;
		finish_unanswered(t, c, old);
	}
}

void pairing_request(struct bits_tracker *t, struct conn *c, struct exchange *x)
{
	bool is_full = c->waiting.length >= PAIRING_WAITING_MAX || t->waiting >= PAIRING_WAITING_ALL;

	if (is_full && c->waiting.length > 0)
		give_up_oldest(t, c);
	g_queue_push_tail_link(&c->waiting, &exchange_ref(x)->in_conn);
	x->waits = true;
	t->waiting++;
}

struct exchange *pairing_held(struct bits_tracker *t, struct conn *c)
{
	struct exchange *held, *x = NULL;

	drop_answered_in_hole(t, c);
	while ((held = g_queue_peek_head(&c->held)) != NULL) {
		bool       has_where = held->pub.answer_at.first.heard != BITS_HEARD_UNKNOWN;
		enum offer verdict = has_where ? offer(t, c, &held->pub.answer_at.first, &x) : OFFER_NEVER;

		if (verdict == OFFER_LATER)
			return NULL;
		g_queue_pop_head(&c->held);
		if (verdict == OFFER_TAKEN)
			adopt_answer(c, x, held);
		else
			answer_let_go(t, c, held);
		exchange_unref(held);
		if (verdict == OFFER_TAKEN)
			return x;
	}
	return NULL;
}

void pairing_close(struct bits_tracker *t, struct conn *c, enum bits_close how, const struct bits_where *w)
{
	struct exchange *x;

	while ((x = g_queue_peek_head(&c->waiting)) != NULL) {
		/* only a whole capture can tell that there was no answer */
		x->died_of = conn_is_gapless(c) ? how : BITS_CLOSE_OPEN;
		x->died_at = *w;
		x->pub.doubtful = c->doubtful || may_be_in_hole(c, x);
		finish_unanswered(t, c, x);
	}
	while ((x = g_queue_pop_head(&c->held)) != NULL) {
		answer_let_go(t, c, x);
		exchange_unref(x);
	}
}
