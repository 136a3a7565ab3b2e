/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_seam.c - what lies across the seam of two recordings.
 *
 * Between two files of exported PDUs anything may be missing, and no number says what.  So of a request that began before the
 * seam nobody knows whether the bytes behind it are its own, nor whether the answer is: it may be that of a later request, to
 * which the other half of the body belongs.  An Ack says what it is for, mostly; where that fits, both are taken. */
#include "core/bits_private.h"

void seam_event(struct conn *c, const struct bits_event *ev)
{
	struct exchange *sending = c->sending;

	c->losses++;
	c->hole[ev->side] = true;
	if (c->session != NULL && !c->session->has_ended)
		c->session->pub.evidence_partial = true;
	for (GList *l = c->waiting.head; l != NULL; l = l->next)
		((struct exchange *)l->data)->is_sewn = true;
	if (sending == NULL)
		return;
	sending->is_patched |= sending->waits;
	if (!sending->waits) /* its answer came already, and can tell nothing of what follows */
		sending->claim.to = MIN(sending->claim.to, sending->offset);
}

static bool says(const struct exchange *x, enum bits_field field)
{
	return bits_message_has(x->pub.answer, field);
}

/* An Ack without an id says nothing against it. */
static bool is_of_session(const struct exchange *x)
{
	return !says(x, BITS_FIELD_SESSION_ID) ||
	       bits_session_id_eq(x->pub.request->text[BITS_FIELD_SESSION_ID], x->pub.answer->text[BITS_FIELD_SESSION_ID]);
}

/* MC-BUP 2.2.7: the Ack of a Fragment says how far the server has got. */
static bool is_of_fragment(const struct exchange *x)
{
	const struct bits_message *q = x->pub.request, *a = x->pub.answer;

	return x->pub.request_at.ended && is_of_session(x) && bits_message_good(q, BITS_FIELD_CONTENT_RANGE) &&
	       bits_message_good(a, BITS_FIELD_RECEIVED) && a->received == q->range.to;
}

bool seam_holds(const struct exchange *x)
{
	if (!x->is_bits || !is_success(x->pub.answer->status))
		return false;
	switch (x->pub.request->packet) {
	case BITS_PACKET_PING:
		return !says(x, BITS_FIELD_SESSION_ID) && !says(x, BITS_FIELD_RECEIVED);
	case BITS_PACKET_CREATE_SESSION:
		return says(x, BITS_FIELD_SESSION_ID) && says(x, BITS_FIELD_PROTOCOL) && !says(x, BITS_FIELD_RECEIVED);
	case BITS_PACKET_FRAGMENT:
		return is_of_fragment(x);
	case BITS_PACKET_CLOSE_SESSION:
	case BITS_PACKET_CANCEL_SESSION:
		return is_of_session(x) && !says(x, BITS_FIELD_RECEIVED);
	default:
		return false;
	}
}
