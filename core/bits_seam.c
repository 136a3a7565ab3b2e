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

static bool is_of_session(const struct exchange *x)
{
	return bits_session_id_eq(x->pub.request->text[BITS_FIELD_SESSION_ID], x->pub.answer->text[BITS_FIELD_SESSION_ID]);
}

/* An Ack without an id says nothing against it: IIS gives one only to the Create-Session. */
static bool may_be_of_session(const struct exchange *x)
{
	return !says(x, BITS_FIELD_SESSION_ID) || is_of_session(x);
}

/* MC-BUP 2.2.7: the Ack of a Fragment says how far the server has got. */
static bool fits_fragment(const struct exchange *x)
{
	const struct bits_message *q = x->pub.request, *a = x->pub.answer;

	return x->pub.request_at.ended && bits_message_good(q, BITS_FIELD_CONTENT_RANGE) &&
	       bits_message_good(a, BITS_FIELD_RECEIVED) && a->received == q->range.to;
}

/* Two uploads of one connection have Fragments of one length, and a recording that ends in one of the first may go on in one
 * of the second.  What the client does next tells which it was. */
static bool is_doubtful_fragment(struct exchange *x)
{
	if (!may_be_of_session(x) || !fits_fragment(x))
		return true;
	if (!x->is_patched || is_of_session(x))
		return false;
	if (x->conn != NULL) {
		x->is_fitting = true;
		exchange_unref(x->conn->fitting);
		x->conn->fitting = exchange_ref(x);
	}
	return true;
}

bool seam_is_doubtful(struct exchange *x)
{
	if (!x->is_bits || !is_success(x->pub.answer->status))
		return true;
	switch (x->pub.request->packet) {
	case BITS_PACKET_PING:
		return says(x, BITS_FIELD_SESSION_ID) || says(x, BITS_FIELD_RECEIVED);
	case BITS_PACKET_FRAGMENT:
		return is_doubtful_fragment(x);
	case BITS_PACKET_CLOSE_SESSION:
	case BITS_PACKET_CANCEL_SESSION:
		return !may_be_of_session(x) || says(x, BITS_FIELD_RECEIVED);
	default: /* of a Create-Session no Ack says which upload it is of */
		return true;
	}
}

void seam_next_request(struct bits_tracker *t, struct conn *c, const struct session *s)
{
	struct exchange *x = g_steal_pointer(&c->fitting);

	if (x == NULL)
		return;
	fate_confirm(t, x, s != NULL && x->session == s);
	exchange_unref(x);
}
