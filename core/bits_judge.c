/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_judge.c - see bits_judge.h: the hearing of one exchange, what the rows need of it, and what is told. */
#include "core/bits_judge.h"

#include <stddef.h>
#include <string.h>

#define CONNECTIONS_MAX 8  /* of a session, up to which they are looked at                               */
#define EARLY_MAX       64 /* connections with a hole under way; where there are more, any of them may do */

static const struct memory no_memory = { .conn = UINT64_MAX };

/* ---- small questions ------------------------------------------------------------------------------------------- */

bool judge_offers(struct bits_str list, struct bits_str wanted)
{
	struct bits_str one;

	while (bits_protocol_next(&list, &one))
		if (bits_session_id_eq(one, wanted))
			return true;
	return false;
}

bool judge_shows_proxy(const struct bits_message *m)
{
	return m != NULL && (has(m, BITS_FIELD_VIA) || has(m, BITS_FIELD_X_FORWARDED_FOR));
}

/* What a proxy has heard its client need not have. */
bool judge_was_delivered(const struct exchange *before, const struct exchange *x)
{
	uint64_t end = before->pub.answer_at.head_end, heard = x->pub.request_at.first.heard;

	if (before->pub.answer == NULL || end == BITS_AT_UNKNOWN || judge_shows_proxy(x->pub.request))
		return false;
	if (before->pub.conn == x->pub.conn)
		return heard != BITS_HEARD_UNKNOWN && heard >= end;
	return before->delivered && came_before(&before->delivered_at, sent_by(x));
}

int64_t judge_between(const struct bits_where *from, const struct bits_where *to)
{
	if (from->file != to->file || from->tap != to->tap || from->time_ns == BITS_TIME_UNKNOWN ||
	    to->time_ns == BITS_TIME_UNKNOWN || to->time_ns < from->time_ns)
		return -1;
	return to->time_ns - from->time_ns;
}

bool judge_found(const struct hearing *h, enum bits_rule_id rule)
{
	for (unsigned i = 0; i < h->n_found; i++)
		if (h->found[i].rule == rule)
			return true;
	return false;
}

/* ---- applying a charge ----------------------------------------------------------------------------------------- */

/* Each side has its own. */
static unsigned told_bit(enum bits_rule_id rule, enum bits_side side)
{
	return (unsigned)rule * BITS_N_SIDES + (unsigned)side;
}

static bool was_told(const struct hearing *h, enum bits_rule_id rule, enum bits_side side)
{
	unsigned bit = told_bit(rule, side);

	return h->told != NULL && (h->told[bit / 8] >> bit % 8 & 1) != 0;
}

static unsigned unmet_needs(const struct hearing *h)
{
	return (h->a == NULL ? BITS_NEEDS_PAIRS : 0U) | (h->in_turn ? 0U : BITS_NEEDS_IN_TURN) |
	       (h->is_next ? 0U : BITS_NEEDS_NO_LOSS) |
	       (h->s != NULL && h->s->pub.created_here ? 0U : BITS_NEEDS_CREATION);
}

/* Asked some hundred times for each exchange, and mostly answered by the packet alone. */
static bool may_apply(const struct hearing *h, const struct charge *c, enum bits_side side)
{
	const struct bits_rule *row;

	if ((c->packets & h->packet) == 0)
		return false;
	row = bits_rule_get(c->rule);
	return (row->needs & h->unmet) == 0 && !(h->challenged && !(row->flags & BITS_RULE_OF_CHALLENGED)) &&
	       !((row->flags & BITS_RULE_ONCE) && was_told(h, c->rule, side)) && h->n_found < JUDGE_MAX;
}

/* A finding with the offending packet, of no row yet: one for all charges against a side, since most of them do not hold. */
static struct bits_finding *draft_of(struct hearing *h, enum bits_side side)
{
	struct bits_finding *f = &h->draft[side];

	if (h->is_drafted[side])
		return f;
	finding_init(f, (enum bits_rule_id)0, h->x, side);
	if (h->about != NULL)
		f->session = &h->about->pub;
	finding_at(f, side == BITS_CLIENT ? &h->x->pub.request_at.first : &h->x->pub.answer_at.first);
	h->is_drafted[side] = true;
	return f;
}

void judge_all(struct hearing *h, enum bits_side side, const struct charge *charges, size_t n)
{
	struct bits_finding *f;

	if (side == BITS_SERVER && h->a == NULL) /* an answer that may be another request's is nobody's evidence */
		return;
	f = draft_of(h, side);
	for (size_t i = 0; i < n; i++) {
		if (!may_apply(h, &charges[i], side))
			continue;
		finding_begin(f, charges[i].rule, side);
		if (!charges[i].holds(h, f))
			continue;
		f->undecided |= (bits_rule_get(f->rule)->needs & BITS_NEEDS_ANSWER) != 0 && h->a == NULL;
		h->found[h->n_found++] = *f;
	}
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

static bool drags(const struct bits_finding *f, const struct bits_finding *other)
{
	const struct bits_rule *row = bits_rule_get(f->rule);
	bool is_sender = bits_rule_get(other->rule)->fault == BITS_FAULT_SENDER;

	if (f->undecided || (is_sender && f->side != other->side)) /* the other party's own breach of it */
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(row->follows) && row->follows[i] != 0; i++)
		if (row->follows[i] == other->rule)
			return true;
	return false;
}

/* What a proven fault drags along, and what that does, is attached to it, and held against nobody again.  parent[j]: the
 * finding that drags j; j itself where none does. */
static void attach(struct hearing *h, unsigned *parent)
{
	for (unsigned j = 0; j < h->n_found; j++) {
		parent[j] = j;
		for (unsigned i = 0; i < h->n_found && parent[j] == j; i++)
			if (i != j && drags(&h->found[i], &h->found[j]))
				parent[j] = i;
	}
	for (unsigned j = 0; j < h->n_found; j++) {
		unsigned             root = j, n = 0;
		struct bits_finding *f;

		for (unsigned steps = 0; parent[root] != root && steps < h->n_found; steps++)
			root = parent[root];
		f = &h->found[root];
		while (n < G_N_ELEMENTS(f->follows) && f->follows[n] != NULL)
			n++;
		if (root != j && n < G_N_ELEMENTS(f->follows) - 1)
			f->follows[n] = bits_rule_get(h->found[j].rule);
	}
}

static void tell_all(struct hearing *h)
{
	unsigned parent[JUDGE_MAX];

	attach(h, parent);
	for (unsigned i = 0; i < h->n_found; i++) {
		unsigned bit = told_bit(h->found[i].rule, h->found[i].side);

		if (parent[i] != i)
			continue;
		if (h->told != NULL && !h->found[i].undecided)
			h->told[bit / 8] |= (uint8_t)(1U << bit % 8);
		tell_finding(h->t, &h->found[i]);
	}
}

/* ---- the hearing ----------------------------------------------------------------------------------------------- */

static bool is_proxied(const struct hearing *h)
{
	const struct bits_str target = h->q->target;

	return judge_shows_proxy(h->q) || judge_shows_proxy(h->x->pub.answer) || (target.n > 0 && target.p[0] != '/') ||
	       (h->s != NULL && (h->s->is_proxied || h->s->is_tied));
}

/* Another connection than this exchange's, and still there. */
static bool is_another(const struct hearing *h, uint64_t conn)
{
	gint64 ordinal = (gint64)conn;

	return conn != h->x->pub.conn && g_hash_table_lookup(h->t->conns, &ordinal) != NULL;
}

/* The session's earlier connections are gone: it has moved to this one. */
static bool is_only_connection(const struct hearing *h)
{
	GHashTableIter iter;
	gpointer       key;

	if (h->s->pub.connections > CONNECTIONS_MAX || is_another(h, h->s->first_conn))
		return false;
	if (h->s->other_conns == NULL)
		return true;
	g_hash_table_iter_init(&iter, h->s->other_conns);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (is_another(h, GPOINTER_TO_SIZE(key) - 1))
			return false;
	return true;
}

/* Between the same two something waits behind a hole of another connection: it may be a packet of this session, sent before. */
static bool may_wait_elsewhere(const struct hearing *h)
{
	const GPtrArray *early = h->t->early;

	if (early->len > EARLY_MAX)
		return true;
	for (guint i = 0; i < early->len; i++) {
		const struct conn *c = early->pdata[i];

		if (c != h->x->conn && same_addr(&c->ends.client.addr, &h->x->pub.ends.client.addr) &&
		    same_end(&c->ends.server, &h->x->pub.ends.server))
			return true;
	}
	return false;
}

/* A connection that the capture lacks altogether leaves no trace.  A session that has no other connection, and of which
 * this one came through without a hole, can still have had one, but only behind a proxy that keeps several. */
static bool is_steady(const struct hearing *h)
{
	const struct conn *c = h->x->conn;

	return h->s != NULL && c != NULL && c->losses == 0 && !c->hole[BITS_CLIENT] && !c->hole[BITS_SERVER] &&
	       !h->is_proxied && h->q->minor == 1 && is_only_connection(h) && !may_wait_elsewhere(h);
}

bool judge_is_same_session(const struct hearing *h)
{
	bool is_one = h->is_whole && h->s->pub.connections == 1;

	return is_one || (h->s != NULL && h->s->pub.id != NULL && bits_is_guid(bits_str_of(h->s->pub.id)));
}

bool judge_is_after(const struct hearing *h, const struct bits_where *w)
{
	const struct bits_where *sent = sent_by(h->x);

	return w->frame == 0 || w->conn == sent->conn || (have_one_order(sent, w) && !is_earlier(sent, w));
}

static void open_hearing(struct hearing *h, struct bits_tracker *t, struct exchange *x)
{
	memset(h, 0, offsetof(struct hearing, draft)); /* what follows is 15 KiB, and mostly stays empty */
	h->t = t;
	h->x = x;
	h->q = x->pub.request;
	h->packet = 1U << h->q->packet;
	h->s = x->session;
	if (h->s != NULL && h->s->memory == NULL) /* it has ended, or was joined to another */
		h->s = NULL;
	h->a = x->pub.doubtful ? NULL : x->pub.answer;
	h->m = h->s ? h->s->memory : &no_memory;
	h->about = x->about != NULL && x->about->memory != NULL ? x->about : NULL;
	h->success = h->a != NULL && is_success(h->a->status);
	h->challenged = x->pub.outcome == BITS_OUTCOME_CHALLENGED;
	h->told = h->s ? h->s->memory->told : x->conn ? x->conn->told : NULL;
	h->in_turn = h->s != NULL && x->in_turn && judge_is_after(h, &h->m->latest_at);
	h->is_next = memory_is_next(h->m, x);
	h->is_proxied = is_proxied(h);
	h->is_steady = is_steady(h);
	h->is_whole = h->is_steady && h->s->pub.created_here && !h->s->pub.evidence_partial && !t->lacks_evidence;
	h->unmet = unmet_needs(h);
}

void judge_exchange(struct bits_tracker *t, struct exchange *x)
{
	static void (*const judges[])(struct hearing *h) = {
		judge_request_form, judge_range_form, judge_identity, judge_offsets,      judge_endings, judge_access,
		judge_answer_form,  judge_creation,   judge_errors,   judge_offset_answers, judge_notification,
	};
	struct hearing h;

	open_hearing(&h, t, x);
	for (size_t i = 0; i < G_N_ELEMENTS(judges); i++)
		judges[i](&h);
	tell_all(&h);
	if (h.s != NULL) {
		judge_note_host_failure(h.s, x);
		memory_keep(h.s, x);
	} else if (h.q->packet == BITS_PACKET_PING) {
		judge_note_ping(t, x);
	} else if (h.about != NULL && h.success && h.q->packet == BITS_PACKET_NOTIFICATION) {
		h.about->memory->notified = true;
	}
}

/* ---- the end of a session -------------------------------------------------------------------------------------- */

static void tell_at_end(struct bits_tracker *t, enum bits_rule_id rule, struct exchange *x, enum bits_side side,
                        void (*fill)(const struct exchange *x, struct bits_finding *f))
{
	struct bits_finding f = finding_of(rule, x, side);

	finding_at(&f, side == BITS_CLIENT ? &x->pub.request_at.first : &x->pub.answer_at.first);
	fill(x, &f);
	tell_finding(t, &f);
}

static void fill_id(const struct exchange *x, struct bits_finding *f)
{
	f->word[0] = bits_str_of(x->session->pub.id);
}

static void fill_nothing(const struct exchange *x, struct bits_finding *f)
{
	(void)x;
	(void)f;
}

/* Its client is the server of another session of this id: a proxy that says nothing of itself. */
static bool is_of_relay(const struct session *s)
{
	unsigned looked_at = 0;

	for (const GList *l = registry_same_id(s); l != NULL && looked_at < REGISTRY_SAME_ID_MAX; l = l->prev, looked_at++)
		if (same_place(&((const struct bearer *)l->data)->ends.server.addr, &s->pub.ends.client.addr))
			return true;
	return false;
}

/* The other leg of a proxy may be known only by now: an intermediary's version is nobody's fault at either end. */
static void fill_version(const struct exchange *x, struct bits_finding *f)
{
	const struct bits_message *m = f->side == BITS_CLIENT ? x->pub.request : x->pub.answer;
	bool proxied = x->session->is_proxied || x->session->is_tied || is_of_relay(x->session) ||
	               judge_shows_proxy(x->pub.request) || judge_shows_proxy(x->pub.answer);

	f->variant = f->side == BITS_CLIENT ? 0 : 1;
	f->value[0] = m->major;
	f->value[1] = m->minor;
	if (proxied) {
		f->severity = BITS_NOTE;
		f->fault = BITS_FAULT_INTERMEDIARY;
	}
}

void judge_session(struct bits_tracker *t, struct session *s)
{
	const struct memory *m = s->memory;
	const unsigned       never = told_bit(BITS_RULE_SESSION_NEVER_CREATED, BITS_CLIENT);

	for (unsigned side = 0; side < BITS_N_SIDES; side++)
		if (m->old_version[side] != NULL)
			tell_at_end(t, BITS_RULE_HTTP_VERSION, m->old_version[side], (enum bits_side)side, fill_version);
	if (m->first != NULL && s->pub.id != NULL && !s->pub.created_here && !s->may_be_created_here && t->stats.given_up == 0 &&
	    !(m->told[never / 8] >> never % 8 & 1))
		tell_at_end(t, BITS_RULE_SESSION_UNKNOWN_IN_CAPTURE, m->first, BITS_CLIENT, fill_id);
	if (s->pub.state == BITS_STATE_WAIT_CLOSE && !s->pub.evidence_partial && !t->lacks_evidence && m->fragment != NULL &&
	    !m->tried_to_end)
		tell_at_end(t, BITS_RULE_SESSION_LEFT_OPEN, m->fragment, BITS_CLIENT, fill_nothing);
	network_judge(t, s);
}
