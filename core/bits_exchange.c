/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_exchange.c - one request and its answer: who holds it, and the findings that name it. */
#include "core/bits_private.h"

struct exchange *exchange_ref(struct exchange *x)
{
	x->refs++;
	return x;
}

void exchange_unref(struct exchange *x)
{
	if (x == NULL || --x->refs > 0)
		return;
	if (x->waits_in_session) /* the tracker goes, and nobody finishes it */
		g_queue_unlink(&x->session->waiting, &x->in_session);
	if (x->books != NULL)
		*x->books -= x->held;
	bits_message_free((struct bits_message *)x->pub.request);
	bits_message_free((struct bits_message *)x->pub.answer);
	bits_ranges_clear(&x->copies);
	bits_digester_free(x->digester);
	if (x->followers != NULL)
		g_ptr_array_unref(x->followers);
	session_unref(x->session);
	session_unref(x->about);
	g_free(x);
}

struct exchange *exchange_new(struct conn *c)
{
	struct exchange *x = g_new0(struct exchange, 1);

	x->refs = 1;
	x->conn = c;
	x->in_conn.data = x->in_session.data = x->in_recent.data = x;
	x->pub.conn = c->ordinal;
	x->pub.ends = c->ends;
	return x;
}

void exchange_keep(uint64_t *books, struct exchange *x, enum bits_side side, struct bits_message *copy)
{
	uint64_t size = bits_message_held(copy) + (x->books == NULL ? sizeof *x : 0);

	*(side == BITS_CLIENT ? &x->pub.request : &x->pub.answer) = copy;
	x->books = books;
	x->held += size;
	*books += size;
}

void exchange_adopt(struct exchange *x, struct exchange *held)
{
	x->pub.answer = g_steal_pointer(&held->pub.answer);
	x->two_lengths[BITS_SERVER] = held->two_lengths[BITS_SERVER];
	if (x->books != NULL) {
		x->held += bits_message_held(x->pub.answer);
		*x->books += bits_message_held(x->pub.answer);
	}
	*held->books -= bits_message_held(x->pub.answer);
	held->held -= bits_message_held(x->pub.answer);
}

void exchange_set_session(struct exchange *x, struct session *s)
{
	if (s != NULL)
		session_ref(s);
	session_unref(x->session);
	x->session = s;
	x->pub.session = s ? &s->pub : NULL;
}

void exchange_set_about(struct exchange *x, struct session *s)
{
	if (s == NULL)
		return;
	x->about = session_ref(s);
	x->pub.session = &s->pub;
}

/* ---- findings -------------------------------------------------------------------------------------------------- */

static enum bits_fault fault_of(enum bits_fault row, enum bits_side side)
{
	if (row != BITS_FAULT_SENDER)
		return row;
	return side == BITS_CLIENT ? BITS_FAULT_CLIENT : BITS_FAULT_SERVER;
}

void finding_begin(struct bits_finding *f, enum bits_rule_id rule, enum bits_side side)
{
	const struct bits_rule *row = bits_rule_get(rule);

	f->rule = rule;
	f->severity = row->severity;
	f->fault = fault_of(row->fault, side);
	f->undecided = false;
	f->variant = 0;
	f->n_at = MIN(f->n_at, 1);
}

void finding_init(struct bits_finding *f, enum bits_rule_id rule, const struct exchange *x, enum bits_side side)
{
	memset(f, 0, sizeof *f);
	f->side = side;
	finding_begin(f, rule, side);
	if (x == NULL)
		return;
	f->exchange = &x->pub;
	f->session = x->pub.session;
	f->ends = x->pub.ends;
}

struct bits_finding finding_of(enum bits_rule_id rule, const struct exchange *x, enum bits_side side)
{
	struct bits_finding f;

	finding_init(&f, rule, x, side);
	return f;
}

void finding_at(struct bits_finding *f, const struct bits_where *w)
{
	if (f->n_at < BITS_FINDING_FRAMES)
		f->at[f->n_at++] = *w;
}

/* What looks like a request, and may be the middle of a body, is held against nobody, unless its answer came when all of it was
 * there, and is not one to something else. */
static bool is_doubted(const struct bits_finding *f, const struct exchange *x)
{
	return x->is_unsure && (x->pub.doubtful || !is_answered_at_end(x)) && f->severity > BITS_NOTE &&
	       (f->fault == BITS_FAULT_CLIENT || f->fault == BITS_FAULT_SERVER);
}

void tell_finding(struct bits_tracker *t, struct bits_finding *f)
{
	struct bits_session *s = (struct bits_session *)f->session;
	const struct exchange *x = (const struct exchange *)f->exchange;

	f->undecided |= x != NULL && is_doubted(f, x);
	if (s != NULL && !f->undecided) {
		s->findings[f->severity]++;
		if (f->severity == BITS_ERROR)
			s->at_fault |= 1U << f->fault;
		if (f->severity >= BITS_WARNING)
			((struct session *)s)->blamed |= 1U << f->fault;
	}
	t->stats.findings += !f->undecided;
	if (t->sink->finding != NULL)
		t->sink->finding(f, t->user);
}
