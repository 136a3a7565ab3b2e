/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_judge_offsets.c - which Fragment may come next, and what the server says that it holds (reference 7.4 and 7.5).
 *
 * The offset is what the server stated last.  A capture may lack the answer that moved it, or a whole connection of the
 * session; so a row that accuses asks for no loss since then, or for the server's own answer to this very request. */
#include "core/bits_judge.h"

#define FRAGMENT_MIN (5 * 1024) /* bytes: below it a client need not shrink ([MC-BUP] note 16) */

/* ---- small questions ------------------------------------------------------------------------------------------- */

static bool names_bytes(const struct hearing *h)
{
	const struct bits_message *q = h->q;

	return good(q, BITS_FIELD_CONTENT_RANGE) && !q->range_star && q->range.to > q->range.from && !bits_message_says_empty(q);
}

/* The range can be held against what the server said before. */
static bool has_place(const struct hearing *h)
{
	return names_bytes(h) && h->m->knows_offset;
}

static bool states_offset(const struct hearing *h)
{
	return h->a != NULL && (h->success || h->a->status == 416) && good(h->a, BITS_FIELD_RECEIVED);
}

/* 416: "what I want is still what I wanted". */
static bool is_refused_at_offset(const struct hearing *h)
{
	return states_offset(h) && h->a->status == 416 && h->a->received == h->m->offset;
}

/* The server holds at least what it had acknowledged. */
static bool is_known_to_hold(const struct hearing *h)
{
	return h->is_next || (states_offset(h) && h->a->received >= h->m->offset);
}

/* It begins where the server's own words say, whatever they were taken to mean: a client may believe them. */
static bool begins_as_asked(const struct hearing *h)
{
	const struct bits_message *a = h->m->stated != NULL ? h->m->stated->pub.answer : NULL;

	return a != NULL && good(a, BITS_FIELD_RECEIVED) && a->received == h->q->range.from;
}

static void at_offset(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->q->range.from;
	f->value[1] = h->m->offset;
	f->value[2] = h->q->range.to;
	if (h->m->stated != NULL && h->m->stated->pub.answer != NULL)
		finding_at(f, &h->m->stated->pub.answer_at.first);
}

/* The answer before may not have reached the client, or asked it to send again, or claimed bytes that nobody sent; and on
 * another connection there may have been an attempt that the capture lacks. */
static bool is_excused(const struct hearing *h)
{
	return h->m->interrupted || h->m->boasted || !h->is_next || h->m->stated == NULL ||
	       !judge_was_delivered(h->m->stated, h->x);
}

/* ---- requests -------------------------------------------------------------------------------------------------- */

static bool has_other_total(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->q->total;
	f->value[1] = h->m->total;
	return good(h->q, BITS_FIELD_CONTENT_RANGE) && h->q->total != BITS_SIZE_UNKNOWN && h->m->knows_total &&
	       h->q->total != h->m->total && judge_is_same_session(h);
}

static bool begins_late(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->q->range.from;
	f->undecided = !is_refused_at_offset(h) && !h->is_whole;
	return has_place(h) && h->m->fragment == NULL && h->q->range.from > 0;
}

static bool is_complete(const struct hearing *h)
{
	return h->q->total != BITS_SIZE_UNKNOWN && h->m->maximum == h->q->total && h->m->fragment != NULL &&
	       !judge_found(h, BITS_RULE_TOTAL_CHANGED);
}

static bool follows_the_last(const struct hearing *h, struct bits_finding *f)
{
	if (!has_place(h) || !is_complete(h) || !is_known_to_hold(h) || begins_as_asked(h))
		return false;
	at_offset(h, f);
	f->value[0] = h->m->maximum;
	if (is_excused(h))
		f->severity = BITS_NOTE;
	return true;
}

/* The latest answer asked for an offset that the client could not expect: 416, or success at another place than the
 * Fragment's end.  (A server that states the last byte in place of the next is read as it was meant.) */
static bool asked_for_offset(const struct hearing *h)
{
	const struct exchange     *before = h->m->stated;
	const struct bits_message *q = before ? before->pub.request : NULL, *a = before ? before->pub.answer : NULL;

	if (a == NULL || q->packet != BITS_PACKET_FRAGMENT || !good(a, BITS_FIELD_RECEIVED))
		return false;
	return a->status == 416 || (a->received != q->range.to && a->received + 1 != q->range.to);
}

static bool ignores_offset(const struct hearing *h, struct bits_finding *f)
{
	if (!has_place(h) || h->q->range.from == h->m->offset || !asked_for_offset(h) || is_excused(h) ||
	    judge_found(h, BITS_RULE_FRAGMENT_AFTER_COMPLETE))
		return false;
	at_offset(h, f);
	f->undecided = !is_refused_at_offset(h) && !h->is_whole;
	return true;
}

static bool is_judged_already(const struct hearing *h)
{
	return judge_found(h, BITS_RULE_FRAGMENT_AFTER_COMPLETE) || judge_found(h, BITS_RULE_FRAGMENT_IGNORES_SERVER_OFFSET);
}

/* The client had heard of the offset that the server asked for: a server that was restored asks for less (MC-BUP 2.2.6). */
static bool was_told(const struct hearing *h)
{
	return h->m->stated != NULL && judge_was_delivered(h->m->stated, h->x);
}

static bool leaves_gap(const struct hearing *h, struct bits_finding *f)
{
	if (!has_place(h) || h->m->fragment == NULL || h->q->range.from <= h->m->offset || h->m->interrupted ||
	    is_judged_already(h) || !(h->is_next || is_refused_at_offset(h)))
		return false;
	at_offset(h, f);
	/* where something was lost since, a greater one may have been stated in it */
	f->undecided = !was_told(h) || !(h->is_whole || (h->is_next && is_refused_at_offset(h)));
	return true;
}

static bool overlaps(const struct hearing *h, struct bits_finding *f)
{
	if (!has_place(h) || h->q->range.from >= h->m->offset || h->q->range.to <= h->m->offset ||
	    is_judged_already(h) || !is_known_to_hold(h) || begins_as_asked(h))
		return false;
	at_offset(h, f);
	if (is_excused(h))
		f->severity = BITS_NOTE;
	return true;
}

static bool repeats(const struct hearing *h, struct bits_finding *f)
{
	if (!has_place(h) || h->q->range.to > h->m->offset || is_judged_already(h) || !is_known_to_hold(h) || begins_as_asked(h))
		return false;
	at_offset(h, f);
	if (is_excused(h))
		f->severity = BITS_NOTE;
	return true;
}

static bool is_not_reduced(const struct hearing *h, struct bits_finding *f)
{
	const struct exchange     *before = h->m->fragment;
	const struct bits_message *q = before ? before->pub.request : NULL;

	if (q == NULL || before->pub.answer == NULL || before->pub.answer->status != 413 || !names_bytes(h) ||
	    before->pub.doubtful || !good(q, BITS_FIELD_CONTENT_RANGE) || q->range.to <= q->range.from ||
	    !judge_was_delivered(before, h->x))
		return false;
	finding_at(f, &before->pub.answer_at.first);
	f->value[0] = h->q->range.to - h->q->range.from;
	f->value[1] = q->range.to - q->range.from;
	return h->q->range.from == q->range.from && f->value[0] >= f->value[1] && f->value[0] > FRAGMENT_MIN;
}

void judge_offsets(struct hearing *h)
{
	/* the order is that of precedence: the most special one first */
	static const struct charge charges[] = {
		{ BITS_RULE_TOTAL_CHANGED, ON(FRAGMENT), has_other_total },
		{ BITS_RULE_FIRST_FRAGMENT_NOT_ZERO, ON(FRAGMENT), begins_late },
		{ BITS_RULE_FRAGMENT_AFTER_COMPLETE, ON(FRAGMENT), follows_the_last },
		{ BITS_RULE_FRAGMENT_IGNORES_SERVER_OFFSET, ON(FRAGMENT), ignores_offset },
		{ BITS_RULE_FRAGMENT_GAP, ON(FRAGMENT), leaves_gap },
		{ BITS_RULE_FRAGMENT_OVERLAP, ON(FRAGMENT), overlaps },
		{ BITS_RULE_FRAGMENT_DUPLICATE, ON(FRAGMENT), repeats },
		{ BITS_RULE_FRAGMENT_NOT_REDUCED_AFTER_413, ON(FRAGMENT), is_not_reduced },
	};

	judge_all(h, BITS_CLIENT, charges, G_N_ELEMENTS(charges));
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

static bool lacks_offset(const struct hearing *h, struct bits_finding *f)
{
	bool is_416 = h->a->status == 416 && is_ack(h->a);

	f->value[0] = h->a->status;
	if ((!h->success && !is_416) || judge_is_intermediary(h))
		return false;
	if (h->a->alias & BITS_FIELD_BIT(BITS_FIELD_RECEIVED))
		f->variant = 1;
	if (is_416 || f->variant == 1)
		f->severity = BITS_WARNING;
	return f->variant == 1 || !has(h->a, BITS_FIELD_RECEIVED);
}

static bool has_broken_offset(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_RECEIVED];
	return (h->success || h->a->status == 416) && is_bad(h->a, BITS_FIELD_RECEIVED);
}

static bool is_valid(const struct hearing *h)
{
	for (unsigned i = 0; i < h->n_found; i++)
		if (h->found[i].side == BITS_CLIENT && h->found[i].severity == BITS_ERROR)
			return false;
	return true;
}

/* Where it is the offset before, too, the server may have kept nothing. */
static bool states_last_byte(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->received;
	return h->success && states_offset(h) && has_place(h) && !h->m->interrupted &&
	       h->a->received == h->q->range.to - 1 && h->a->received != h->m->offset && is_valid(h);
}

static bool states_beyond_total(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->received;
	f->value[1] = h->q->total;
	if (bits_message_says_empty(h->q))
		f->severity = BITS_NOTE;
	return states_offset(h) && good(h->q, BITS_FIELD_CONTENT_RANGE) && h->q->total != BITS_SIZE_UNKNOWN &&
	       h->a->received > h->q->total;
}

static bool states_less(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->received;
	f->value[1] = h->m->maximum;
	return states_offset(h) && h->a->received < h->m->maximum && judge_is_same_session(h) &&
	       judge_is_after(h, &h->m->maximum_at) &&
	       !judge_found(h, BITS_RULE_RCR_IS_LAST_BYTE);
}

static bool states_elsewhere(const struct hearing *h, struct bits_finding *f)
{
	if (!h->success || !states_offset(h) || !has_place(h) || h->m->interrupted || !is_valid(h))
		return false;
	f->value[0] = h->a->received;
	f->value[1] = h->q->range.to;
	f->value[2] = h->m->offset;
	f->undecided = !h->is_steady; /* another connection may have brought bytes */
	return h->a->received != h->q->range.to && h->a->received != h->m->offset && !judge_found(h, BITS_RULE_RCR_REGRESS) &&
	       !judge_found(h, BITS_RULE_RCR_IS_LAST_BYTE) && !judge_found(h, BITS_RULE_RCR_BEYOND_TOTAL);
}

static bool accepts_gap(const struct hearing *h, struct bits_finding *f)
{
	if (!h->success || !states_offset(h) || !has_place(h) || h->m->interrupted)
		return false;
	f->value[0] = h->q->range.from;
	f->value[1] = h->m->offset;
	f->undecided = !h->is_whole;
	return h->q->range.from > h->m->offset && h->a->received == h->q->range.to;
}

/* With a code it may mean a range that the server cannot take (reference 8, trap 52). */
static bool refuses_needlessly(const struct hearing *h, struct bits_finding *f)
{
	bool has_code = good(h->a, BITS_FIELD_ERROR_CODE) && h->a->error_code != 0;

	if (h->a->status != 416 || !states_offset(h) || !has_place(h) || h->m->interrupted || has_code || !is_valid(h))
		return false;
	f->value[0] = h->a->received;
	f->undecided = !h->is_steady; /* an attempt by another connection may have been interrupted */
	return h->a->received == h->q->range.from && h->q->range.from == h->m->offset;
}

static bool has_known_bytes(const struct hearing *h, struct bits_finding *f, bool all, bool by_success)
{
	const struct bits_range r = h->q->range;

	f->value[0] = h->a->status;
	return (by_success ? h->success : h->a->status == 416) && has_place(h) && r.from < h->m->offset &&
	       (r.to <= h->m->offset) == all && !begins_as_asked(h);
}

static bool takes_overlap(const struct hearing *h, struct bits_finding *f)
{
	return has_known_bytes(h, f, false, true);
}

static bool refuses_overlap(const struct hearing *h, struct bits_finding *f)
{
	return has_known_bytes(h, f, false, false);
}

static bool takes_duplicate(const struct hearing *h, struct bits_finding *f)
{
	return has_known_bytes(h, f, true, true);
}

static bool refuses_duplicate(const struct hearing *h, struct bits_finding *f)
{
	return has_known_bytes(h, f, true, false);
}

static bool takes_other_total(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->q->total;
	f->value[1] = h->m->total;
	return h->success && judge_found(h, BITS_RULE_TOTAL_CHANGED);
}

void judge_offset_answers(struct hearing *h)
{
	static const struct charge charges[] = {
		{ BITS_RULE_RCR_MISSING, ON(FRAGMENT), lacks_offset },
		{ BITS_RULE_RCR_MALFORMED, ON(FRAGMENT), has_broken_offset },
		{ BITS_RULE_RCR_IS_LAST_BYTE, ON(FRAGMENT), states_last_byte },
		{ BITS_RULE_RCR_BEYOND_TOTAL, ON(FRAGMENT), states_beyond_total },
		{ BITS_RULE_RCR_REGRESS, ON(FRAGMENT), states_less },
		{ BITS_RULE_RCR_UNEXPECTED, ON(FRAGMENT), states_elsewhere },
		{ BITS_RULE_GAP_ACCEPTED, ON(FRAGMENT), accepts_gap },
		{ BITS_RULE_NEEDLESS_416, ON(FRAGMENT), refuses_needlessly },
		{ BITS_RULE_OVERLAP_ANSWERED_200, ON(FRAGMENT), takes_overlap },
		{ BITS_RULE_OVERLAP_ANSWERED_416, ON(FRAGMENT), refuses_overlap },
		{ BITS_RULE_DUPLICATE_ANSWERED_200, ON(FRAGMENT), takes_duplicate },
		{ BITS_RULE_DUPLICATE_ANSWERED_416, ON(FRAGMENT), refuses_duplicate },
		{ BITS_RULE_TOTAL_CHANGE_ACCEPTED, ON(FRAGMENT), takes_other_total },
	};

	judge_all(h, BITS_SERVER, charges, G_N_ELEMENTS(charges));
}
