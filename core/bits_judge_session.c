/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_judge_session.c - which session a packet belongs to, where it is sent, and how a session ends (reference 7.2,
 * 7.3 and 7.6). */
#include "core/bits_judge.h"

#include <string.h>

#define NEIGHBOURS_MAX 64 /* sessions that one is held against */

/* ---- small questions ------------------------------------------------------------------------------------------- */

/* Where a request goes: the authority of an absolute target, else Host; without a port. */
static struct bits_str host_of(const struct bits_message *q)
{
	struct bits_str host = q->target, rest;

	if (bits_take_nocase(&host, "http://") || bits_take_nocase(&host, "https://")) {
		rest = host;
		host = bits_str_split(&rest, '/');
	} else {
		host = q->text[BITS_FIELD_HOST];
	}
	return host;
}

/* Without port, brackets and the dot that ends a full name: "[fd77::1]:80" is fd77::1, as is "fd77::1". */
static struct bits_str bare_host(struct bits_str host)
{
	struct bits_str rest = host, name = bits_str_split(&rest, ':');

	if (bits_take(&host, "[")) {
		rest = host;
		return bits_str_split(&rest, ']');
	}
	if (rest.n > 0 && memchr(rest.p, ':', rest.n) != NULL) /* two colons: an address of IPv6 */
		return host;
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	return name;
}

/* What the Ack of the Create-Session named; empty where it named none. */
static struct bits_str host_id_of(const struct session *s)
{
	const struct exchange *created = s->memory->created;

	return created != NULL ? created->pub.answer->text[BITS_FIELD_HOST_ID] : (struct bits_str){ NULL, 0 };
}

static bool is_at_host_id(const struct session *s, const struct bits_message *q)
{
	struct bits_str id = host_id_of(s);

	return id.n > 0 && bits_str_eq_nocase(bare_host(id), bare_host(host_of(q)));
}

static bool same_client(const struct session *s, const struct exchange *x)
{
	return same_addr(&s->pub.ends.client.addr, &x->pub.ends.client.addr);
}

void judge_note_ping(struct bits_tracker *t, const struct exchange *x)
{
	unsigned looked_at = 0;

	for (GList *l = t->sessions.tail; l != NULL && looked_at < NEIGHBOURS_MAX; l = l->prev, looked_at++) {
		struct session *s = l->data;

		if (same_client(s, x) && is_at_host_id(s, x->pub.request))
			s->memory->pinged = s->memory->pinged_host = true;
	}
}

void judge_note_host_failure(struct session *s, const struct exchange *x)
{
	bool refused = x->pub.answer != NULL && x->pub.answer->status >= 500 && x->pub.outcome != BITS_OUTCOME_DISOWNED;
	bool failed = !x->pub.doubtful && (refused || x->pub.outcome == BITS_OUTCOME_UNANSWERED);

	if (!failed || s->memory->host_failed || !is_at_host_id(s, x->pub.request))
		return;
	s->memory->host_failed = true;
	s->memory->host_failed_at = x->pub.request_at.first;
}

/* ---- ids that are given out ------------------------------------------------------------------------------------ */

/* Another session of the same server under the id that this one was just given; over or not. */
static const struct bearer *other_of_id(const struct hearing *h, bool is_over)
{
	const GList *l = h->s != NULL ? registry_same_id(h->s) : NULL;

	for (unsigned looked_at = 0; l != NULL && looked_at < NEIGHBOURS_MAX; l = l->prev, looked_at++) {
		const struct bearer *other = l->data;
		const struct session *s = other->session;
		bool over = s == NULL || s->pub.state == BITS_STATE_COMPLETE || s->pub.state == BITS_STATE_CANCELLED ||
			    s->pub.state == BITS_STATE_LOST;

		if (s != h->s && over == is_over && same_end(&other->ends.server, &h->x->pub.ends.server))
			return other;
	}
	return NULL;
}

static bool gives_out_again(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_SESSION_ID];
	return h->x->pub.outcome == BITS_OUTCOME_CREATED && f->word[0].n > 0 && other_of_id(h, true) != NULL;
}

/* Told of the older session, once the server takes another packet of it, which was sent later. */
static bool is_given_to_another(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = bits_str_of(h->s ? h->s->pub.id : NULL);
	if (h->s == NULL || !h->s->is_rivalled || !h->success || !came_before(&h->s->rivalled_at, &h->x->pub.request_at.first))
		return false;
	finding_at(f, &h->s->rivalled_at);
	return true;
}

/* Taps before and behind a NAT see the one Ack twice, and a proxy that answers with the server's address hands it on: then the two
 * Create-Sessions overlap. */
static bool may_be_one_create(const struct exchange *a, const struct exchange *b)
{
	return bits_str_eq(a->pub.answer->head, b->pub.answer->head) || !came_before(&a->pub.answer_at.first, &b->pub.request_at.first);
}

void judge_note_rival(struct hearing *h)
{
	const struct bearer *other = NULL;
	struct session      *older;

	if (h->s != NULL && h->a != NULL && h->x->pub.outcome == BITS_OUTCOME_CREATED)
		other = other_of_id(h, false);
	if (other == NULL)
		return;
	older = other->session;
	/* what was not created here may be this very session */
	if (!older->pub.created_here || older->memory->created == NULL || may_be_one_create(older->memory->created, h->x))
		return;
	older->is_rivalled = true;
	older->rivalled_at = h->x->pub.answer_at.first;
}

static bool abandons_session(const struct hearing *h, struct bits_finding *f)
{
	unsigned looked_at = 0;

	if (h->s == NULL || h->s->path == NULL || h->x->pub.outcome != BITS_OUTCOME_CREATED)
		return false;
	for (GList *l = h->t->sessions.tail; l != NULL && looked_at < NEIGHBOURS_MAX; l = l->prev, looked_at++) {
		const struct session *old = l->data;
		bool is_open = old->pub.state == BITS_STATE_RECEIVE || old->pub.state == BITS_STATE_WAIT_CLOSE;

		if (old == h->s || !is_open || !same_client(old, h->x) || !same_end(&old->pub.ends.server, &h->x->pub.ends.server) ||
		    old->path == NULL || strcmp(old->path, h->s->path) != 0)
			continue;
		f->value[0] = old->pub.ordinal;
		return !old->memory->interrupted && old->waiting.length == 0;
	}
	return false;
}

/* ---- ids that are used ----------------------------------------------------------------------------------------- */

/* A Fragment that leaves no hole where s stands, or another packet when s is under way; anything else may go on with an upload that
 * was created before the capture began. */
static bool goes_on_with(const struct session *s, const struct bits_message *q)
{
	if (q->packet != BITS_PACKET_FRAGMENT)
		return s->pub.fragments > 0;
	return good(q, BITS_FIELD_CONTENT_RANGE) && q->range.from <= (s->memory->knows_offset ? s->memory->offset : 0);
}

static bool was_never_created(const struct hearing *h, struct bits_finding *f)
{
	unsigned looked_at = 0;

	f->word[0] = h->q->text[BITS_FIELD_SESSION_ID];
	if (h->x->pub.outcome != BITS_OUTCOME_DISOWNED || h->s == NULL || h->s->pub.created_here || h->t->stats.given_up > 0)
		return false; /* where sessions were given up, it may be one of them */
	f->undecided = !h->is_steady || !h->x->conn->from_start; /* ... or its Create-Session is missing */
	for (GList *l = h->t->sessions.tail; l != NULL && looked_at < NEIGHBOURS_MAX; l = l->prev, looked_at++) {
		const struct session *other = l->data;

		if (other != h->s && other->pub.created_here && other->create_conn == h->x->pub.conn && other->path != NULL &&
		    h->s->path != NULL && strcmp(other->path, h->s->path) == 0) {
			f->undecided |= !goes_on_with(other, h->q);
			return true;
		}
	}
	return false;
}

static bool acks_other_id(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_SESSION_ID];
	f->word[1] = h->q->text[BITS_FIELD_SESSION_ID];
	return f->word[0].n > 0 && f->word[1].n > 0 && !bits_session_id_eq(f->word[0], f->word[1]);
}

static bool acks_no_id(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = packet_word(h->q);
	return h->success && is_ack(h->a) && h->a->text[BITS_FIELD_SESSION_ID].n == 0;
}

static bool is_spelled_otherwise(struct bits_str id, const struct hearing *h, struct bits_finding *f)
{
	struct bits_str known = bits_str_of(h->s ? h->s->pub.id : NULL);

	f->word[0] = id;
	f->word[1] = known;
	return id.n > 0 && known.n > 0 && !bits_str_eq(id, known) && bits_session_id_eq(id, known);
}

static bool is_spelled_otherwise_by_client(const struct hearing *h, struct bits_finding *f)
{
	return is_spelled_otherwise(h->q->text[BITS_FIELD_SESSION_ID], h, f);
}

static bool is_spelled_otherwise_by_server(const struct hearing *h, struct bits_finding *f)
{
	return is_spelled_otherwise(h->a->text[BITS_FIELD_SESSION_ID], h, f);
}

/* ---- where packets go ------------------------------------------------------------------------------------------ */

/* Percent-encoding apart, which intermediaries change. */
static bool same_decoded(const char *a, const char *b)
{
	g_autofree char *one = g_uri_unescape_string(a, NULL), *other = g_uri_unescape_string(b, NULL);

	return one == NULL || other == NULL || strcmp(one, other) == 0; /* what cannot be decoded may be the same */
}

static bool goes_to_other_url(const struct hearing *h, struct bits_finding *f)
{
	g_autofree char *path = NULL;
	struct bits_str  known;

	if (h->s == NULL || h->s->path == NULL || h->q->text[BITS_FIELD_SESSION_ID].n == 0)
		return false;
	known = bits_str_of(h->s->path);
	f->word[0] = h->q->target;
	f->word[1] = known;
	if (bits_str_eq(url_path_in(h->q->target), known))
		return false;
	path = url_path(h->q->target);
	return !same_decoded(path, h->s->path);
}

static bool goes_to_other_host(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->q->text[BITS_FIELD_HOST];
	f->word[1] = bits_str_of(h->m->host);
	return f->word[0].n > 0 && f->word[1].n > 0 && h->s->pub.host_id == NULL && !h->is_proxied &&
	       !bits_str_eq_nocase(f->word[0], f->word[1]);
}

/* A BITS-Host-Id that names no host cannot be obeyed. */
static bool is_after_host_id(const struct hearing *h)
{
	return h->s != NULL && h->m->created != NULL && host_id_of(h->s).n > 0 &&
	       judge_is_host(host_id_of(h->s)) && !h->is_proxied &&
	       judge_was_delivered(h->m->created, h->x);
}

/* Seconds after `from`; false: no clock can tell. */
static bool seconds_after(const struct bits_where *from, const struct bits_where *to, uint64_t *seconds)
{
	int64_t ns = judge_between(from, to);

	if (ns >= 0)
		*seconds = (uint64_t)ns / 1000000000;
	return ns >= 0;
}

static bool may_fall_back(const struct hearing *h, uint64_t waited)
{
	const struct bits_message *ack = h->m->created->pub.answer;

	return good(ack, BITS_FIELD_FALLBACK_TIMEOUT) && waited >= ack->fallback_timeout_s;
}

static bool ignores_host_id(const struct hearing *h, struct bits_finding *f)
{
	uint64_t waited = UINT64_MAX;

	if (!is_after_host_id(h) || is_at_host_id(h->s, h->q) || h->m->host_failed)
		return false;
	f->word[0] = host_of(h->q);
	f->word[1] = host_id_of(h->s);
	finding_at(f, &h->m->created->pub.answer_at.first);
	seconds_after(&h->m->created->pub.answer_at.first, &h->x->pub.request_at.first, &waited);
	/* it may have tried that host where this capture does not show it, and come back */
	f->undecided = may_fall_back(h, waited) || (!h->m->pinged_host && waited > 0);
	return true;
}

static bool falls_back_early(const struct hearing *h, struct bits_finding *f)
{
	if (!is_after_host_id(h) || is_at_host_id(h->s, h->q) ||
	    !h->m->host_failed || !seconds_after(&h->m->host_failed_at, &h->x->pub.request_at.first, &f->value[0]) ||
	    may_fall_back(h, f->value[0]))
		return false;
	f->value[1] = h->m->created->pub.answer->fallback_timeout_s;
	f->variant = !good(h->m->created->pub.answer, BITS_FIELD_FALLBACK_TIMEOUT);
	return true;
}

static bool lacks_ping(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = packet_word(h->q);
	return is_after_host_id(h) && !h->m->pinged && h->m->fragment == NULL && h->m->ended == NULL && h->m->unclosed == NULL;
}

void judge_identity(struct hearing *h)
{
	static const struct charge of_request[] = {
		{ BITS_RULE_SESSION_NEVER_CREATED, ON_SESSION, was_never_created },
		{ BITS_RULE_SESSION_ID_SPELLING, ON_SESSION, is_spelled_otherwise_by_client },
		{ BITS_RULE_SESSION_URL_CHANGED, ON_SESSION, goes_to_other_url },
		{ BITS_RULE_SESSION_HOST_CHANGED, ON_SESSION, goes_to_other_host },
		{ BITS_RULE_HOST_FALLBACK_EARLY, ON_SESSION, falls_back_early },
		{ BITS_RULE_HOST_ID_IGNORED, ON_SESSION, ignores_host_id },
		{ BITS_RULE_HOST_ID_WITHOUT_PING, ON_SESSION, lacks_ping },
		{ BITS_RULE_SESSION_ABANDONED, ON(CREATE_SESSION), abandons_session },
	};
	static const struct charge of_answer[] = {
		{ BITS_RULE_SESSION_ID_NOT_UNIQUE, ON_SESSION, is_given_to_another },
		{ BITS_RULE_SESSION_ID_RECYCLED, ON(CREATE_SESSION), gives_out_again },
		{ BITS_RULE_ACK_SESSION_ID_MISMATCH, ON_SESSION, acks_other_id },
		{ BITS_RULE_ACK_SESSION_ID_MISSING, ON_SESSION, acks_no_id },
		{ BITS_RULE_SESSION_ID_SPELLING, ON_SESSION, is_spelled_otherwise_by_server },
	};

	judge_all(h, BITS_CLIENT, of_request, G_N_ELEMENTS(of_request));
	judge_all(h, BITS_SERVER, of_answer, G_N_ELEMENTS(of_answer));
	judge_note_rival(h);
}

/* ---- how a session ends ---------------------------------------------------------------------------------------- */

static bool closes_early(const struct hearing *h, struct bits_finding *f)
{
	const struct exchange *last = h->m->fragment;

	if (last == NULL || last->pub.answer == NULL || last->pub.doubtful || !good(last->pub.request, BITS_FIELD_CONTENT_RANGE) ||
	    !h->m->knows_offset || (h->m->interrupted && is_success(last->pub.answer->status)))
		return false;
	f->value[0] = h->m->maximum;
	f->value[1] = last->pub.request->total;
	f->undecided = !h->is_whole;
	return last->pub.request->total != BITS_SIZE_UNKNOWN && h->m->maximum < last->pub.request->total &&
	       h->m->ended == NULL && h->m->offset < last->pub.request->total;
}

static bool closes_without_fragment(const struct hearing *h, struct bits_finding *f)
{
	(void)f;
	return h->s != NULL && h->s->pub.fragments == 0 && h->s->create_conn == h->x->pub.conn && h->m->ended == NULL;
}

/* The download may have come by a connection that the capture lacks: never proven. */
static bool closes_before_reply(const struct hearing *h, struct bits_finding *f)
{
	f->undecided = true;
	return h->s != NULL && h->s->reply_path != NULL && !h->m->reply_seen && h->m->ended == NULL;
}

static bool cancels_complete(const struct hearing *h, struct bits_finding *f)
{
	const struct exchange *last = h->m->fragment;

	f->value[0] = h->m->maximum;
	return last != NULL && good(last->pub.request, BITS_FIELD_CONTENT_RANGE) && h->m->maximum > 0 &&
	       h->m->maximum >= last->pub.request->total && h->m->ended == NULL;
}

/* On another connection only the server's own word proves the order. */
static bool comes_after_end(const struct hearing *h, struct bits_finding *f)
{
	const struct exchange *end = h->m->ended;
	bool                   same_conn = end != NULL && end->pub.conn == h->x->pub.conn;

	f->word[0] = packet_word(h->q);
	if (end == NULL || !judge_was_delivered(end, h->x) || !judge_is_same_session(h))
		return false;
	finding_at(f, &end->pub.answer_at.first);
	f->undecided = !same_conn && h->x->pub.outcome != BITS_OUTCOME_DISOWNED;
	return true;
}

static bool is_taken_after_end(const struct hearing *h, struct bits_finding *f)
{
	const struct exchange *end = h->m->ended;

	f->word[0] = packet_word(h->q);
	f->value[0] = h->a->status;
	return h->success && end != NULL && judge_is_same_session(h) &&
	       (end->pub.conn == h->x->pub.conn || have_one_order(&end->pub.answer_at.first, sent_by(h->x)));
}

static bool ignores_disowning(const struct hearing *h, struct bits_finding *f)
{
	const struct exchange *before = h->m->disowned;

	f->word[0] = packet_word(h->q);
	if (before == NULL || !judge_was_delivered(before, h->x) || before->pub.request->packet == BITS_PACKET_CANCEL_SESSION ||
	    (before->pub.conn != h->x->pub.conn && h->x->pub.outcome != BITS_OUTCOME_DISOWNED))
		return false;
	finding_at(f, &before->pub.answer_at.first);
	if (before->pub.request->packet == BITS_PACKET_CLOSE_SESSION)
		f->severity = BITS_NOTE;
	return true;
}

static bool retries_for_nothing(const struct hearing *h, struct bits_finding *f)
{
	const struct exchange *before = h->m->unclosed;
	unsigned               status;

	if (before == NULL || before->pub.request->packet != h->q->packet || !judge_was_delivered(before, h->x))
		return false;
	status = before->pub.answer->status;
	f->word[0] = packet_word(h->q);
	f->value[0] = status;
	finding_at(f, &before->pub.answer_at.first);
	return (status >= 400 && status < 500 && status != 417) || before->pub.outcome == BITS_OUTCOME_DISOWNED;
}

static bool is_lost_at_close(const struct hearing *h, struct bits_finding *f)
{
	(void)f;
	return h->a->status == 404;
}

void judge_endings(struct hearing *h)
{
	static const struct charge of_request[] = {
		{ BITS_RULE_PACKET_AFTER_END, ON_SESSION, comes_after_end },
		{ BITS_RULE_SESSION_NOT_FOUND_IGNORED, ON(FRAGMENT) | ON(CLOSE_SESSION), ignores_disowning },
		{ BITS_RULE_CLOSE_INCOMPLETE, ON(CLOSE_SESSION), closes_early },
		{ BITS_RULE_CLOSE_WITHOUT_FRAGMENT, ON(CLOSE_SESSION), closes_without_fragment },
		{ BITS_RULE_CLOSE_BEFORE_REPLY, ON(CLOSE_SESSION), closes_before_reply },
		{ BITS_RULE_CANCEL_AFTER_COMPLETE, ON(CANCEL_SESSION), cancels_complete },
		{ BITS_RULE_CLOSE_RETRY_AFTER_FINAL_STATUS, ON(CLOSE_SESSION) | ON(CANCEL_SESSION), retries_for_nothing },
	};
	static const struct charge of_answer[] = {
		{ BITS_RULE_UNKNOWN_SESSION_ACCEPTED, ON_SESSION, is_taken_after_end },
		{ BITS_RULE_CLOSE_COMMIT_MISSING, ON(CLOSE_SESSION), is_lost_at_close },
	};

	judge_all(h, BITS_CLIENT, of_request, G_N_ELEMENTS(of_request));
	judge_all(h, BITS_SERVER, of_answer, G_N_ELEMENTS(of_answer));
}
