/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_pairing.c - which answer answers which request, on one connection.
 *
 * HTTP/1.1 answers in order (RFC 9112 9.3.2), so answers are matched first-in first-out; what each side had heard of
 * the other when it spoke tells whether a match is possible at all.  A capture lacks things: an answer may belong to
 * a request that was never seen, and a request may have been answered inside a hole. */
#include "core/bits_private.h"

/* Can an answer that begins at `answer` answer the request that begins at `request`?  Its sender had heard that
 * request, and the request's sender had not heard the answer.  Unknown offsets contradict nothing. */
static bool is_possible(const struct bits_where *request, const struct bits_where *answer)
{
	if (answer->heard != BITS_HEARD_UNKNOWN && request->at != BITS_AT_UNKNOWN && answer->heard <= request->at)
		return false;
	if (request->heard != BITS_HEARD_UNKNOWN && answer->at != BITS_AT_UNKNOWN && request->heard > answer->at)
		return false;
	return true;
}

static void stop_waiting(struct conn *c, struct exchange *x)
{
	g_queue_remove(&c->waiting, x);
	x->waits = false;
	if (g_queue_is_empty(&c->waiting))
		c->doubtful = false;
}

/* The caller's reference to x is what the queue held. */
static void finish_unanswered(struct bits_tracker *t, struct conn *c, struct exchange *x)
{
	stop_waiting(c, x);
	course_finish(t, x, BITS_OUTCOME_UNANSWERED);
	exchange_unref(x);
}

static bool heard_beyond(const struct exchange *x, uint64_t at)
{
	uint64_t heard = x->pub.request_at.first.heard;

	return heard != BITS_HEARD_UNKNOWN && heard >= at;
}

/* A request behind which a later one was sent by somebody who had heard everything up to the hole's end: whatever
 * answered it was in the hole. */
static bool was_answered_in_hole(const struct conn *c, const GList *link)
{
	const struct exchange *x = link->data;

	if (c->hole_end == 0 || heard_beyond(x, c->hole_end))
		return false;
	return link->next != NULL && heard_beyond(link->next->data, c->hole_end);
}

static void drop_answered_in_hole(struct bits_tracker *t, struct conn *c)
{
	while (c->waiting.head != NULL && was_answered_in_hole(c, c->waiting.head)) {
		struct exchange *x = c->waiting.head->data;

		x->in_hole = true;
		finish_unanswered(t, c, x);
	}
}

/* Does anything wait whose answer may have been in the hole? */
static bool may_be_answered_in_hole(const struct conn *c)
{
	const struct exchange *oldest = g_queue_peek_head((GQueue *)&c->waiting);

	return c->hole_end != 0 && oldest != NULL && !heard_beyond(oldest, c->hole_end);
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

/* Move what is known of a held answer into the exchange of its request. */
static void adopt_answer(struct conn *c, struct exchange *x, struct exchange *held)
{
	x->pub.answer = g_steal_pointer(&held->pub.answer);
	x->pub.answer_at = held->pub.answer_at;
	if (c->answering == held) {
		exchange_unref(held);
		c->answering = exchange_ref(x);
	}
}

bool pairing_request(struct bits_tracker *t, struct conn *c, struct exchange *x)
{
	struct exchange *held;

	while ((held = g_queue_pop_head(&c->held)) != NULL) {
		/* without offsets nothing ties a held answer to a request that came after it */
		bool is_its = held->pub.answer_at.first.heard != BITS_HEARD_UNKNOWN &&
		              x->pub.request_at.first.at != BITS_AT_UNKNOWN &&
		              is_possible(&x->pub.request_at.first, &held->pub.answer_at.first);

		if (is_its)
			adopt_answer(c, x, held);
		else
			answer_let_go(t, c, held);
		exchange_unref(held);
		if (is_its)
			return true;
	}
	g_queue_push_tail(&c->waiting, exchange_ref(x));
	x->waits = true;
	if (c->doubtful || c->hole_end != 0) {
		drop_answered_in_hole(t, c);
		c->doubtful = may_be_answered_in_hole(c);
	}
	return false;
}

struct exchange *pairing_answer(struct bits_tracker *t, struct conn *c, const struct bits_where *first)
{
	struct exchange *x;

	drop_answered_in_hole(t, c);
	x = g_queue_peek_head(&c->waiting);
	if (x == NULL || !is_possible(&x->pub.request_at.first, first))
		return NULL;
	x->pub.doubtful = c->doubtful;
	g_queue_pop_head(&c->waiting);
	x->waits = false;
	if (g_queue_is_empty(&c->waiting))
		c->doubtful = false;
	return x;
}

void pairing_hole(struct bits_tracker *t, struct conn *c, enum bits_side side, uint64_t from, uint64_t to)
{
	c->hole[side] = true;
	if (side != BITS_SERVER || from == to)
		return;
	c->hole_end = MAX(c->hole_end, to);
	drop_answered_in_hole(t, c);
	c->doubtful = may_be_answered_in_hole(c);
}

void pairing_close(struct bits_tracker *t, struct conn *c, enum bits_close how)
{
	struct exchange *x;

	while ((x = g_queue_peek_head(&c->waiting)) != NULL) {
		/* only a whole capture can tell that there was no answer */
		x->died_of = conn_is_gapless(c) ? how : BITS_CLOSE_OPEN;
		x->pub.doubtful = c->doubtful;
		finish_unanswered(t, c, x);
	}
	while ((x = g_queue_pop_head(&c->held)) != NULL) {
		answer_let_go(t, c, x);
		exchange_unref(x);
	}
}
