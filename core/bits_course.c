/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_course.c - the course of a session, from its first packet to the last call about it, and what each finished
 * exchange does to it. */
#include "core/bits_private.h"

#define TIED_MAX 1024 /* sessions that one is compared with */

void course_set_conn(struct conn *c, struct session *s)
{
	session_ref(s);
	session_unref(c->session);
	c->session = s;
	if (c->doubted != NULL && c->doubted != s) /* a SYN that comes so late would be another's */
		g_clear_pointer(&c->doubted, session_unref);
}

static void leave_living(struct bits_tracker *t, struct session *s)
{
	g_queue_unlink(&t->sessions, &s->link);
	g_queue_unlink(&t->by_age, &s->age);
}

static void free_messages(struct bits_tracker *t, const struct session *but);

void course_touch(struct bits_tracker *t, struct session *s)
{
	g_queue_unlink(&t->by_age, &s->age);
	g_queue_push_tail_link(&t->by_age, &s->age);
	free_messages(t, s);
}

static void make_room(struct bits_tracker *t);

struct session *course_open(struct bits_tracker *t, const struct exchange *x, enum bits_state state)
{
	struct session *s;

	make_room(t);
	s = session_new(++t->n_sessions, state);
	t->stats.sessions++;
	s->pub.ends = x->pub.ends;
	s->pub.dialect = x->pub.request->dialect;
	s->pub.first = s->pub.last = x->pub.request_at.first;
	s->link.data = s->age.data = s;
	g_queue_push_tail_link(&t->sessions, &s->link);
	g_queue_push_tail_link(&t->by_age, &s->age);
	return s;
}

static void tell_end(struct bits_tracker *t, struct session *s)
{
	if (t->lacks_evidence || s->is_proxied || s->is_tied) /* which may be known only now */
		s->pub.create_to_close_gapless = false;
	fate_leave_fitting(t, s);
	fate_close_session(s);
	judge_session(t, s);
	if (t->sink->ended != NULL)
		t->sink->ended(&s->pub, t->user);
	s->has_ended = true;
	fate_weigh(t, s);
	g_clear_pointer(&s->latest, exchange_unref);
	g_clear_pointer(&s->memory, memory_free);
	session_shrink(s);
	leave_living(t, s);
}

void course_end(struct bits_tracker *t, struct session *s)
{
	tell_end(t, s);
	registry_bury(t, s);
	session_unref(s);
}

/* A connection keeps its latest exchanges, and those under way: none of s any more, but that one. */
static void empty_conn(struct conn *c, struct session *s, const struct exchange *but)
{
	GList *next;

	for (GList *l = c->recent.head; l != NULL; l = next) {
		struct exchange *x = l->data;

		next = l->next;
		if (x->session != s || x == but)
			continue;
		g_queue_unlink(&c->recent, l);
		x->conn = NULL;
		exchange_unref(x);
	}
	if (c->sending != NULL && c->sending->session == s && c->sending != but) {
		s->open_bodies -= c->sending->pub.request->packet == BITS_PACKET_FRAGMENT;
		g_clear_pointer(&c->sending, exchange_unref);
	}
	if (c->answering != NULL && c->answering->session == s && c->answering != but)
		g_clear_pointer(&c->answering, exchange_unref);
}

/* What is asked of each connection of a session. */
struct emptying {
	struct bits_tracker   *t;
	struct session        *s;
	const struct exchange *but; /* NULL: it is over, and no connection's session any more */
};

static void empty(uint64_t ordinal, void *user)
{
	const struct emptying *e = user;
	gint64                 key = (gint64)ordinal;
	struct conn           *c = g_hash_table_lookup(e->t->conns, &key);

	if (c == NULL)
		return;
	empty_conn(c, e->s, e->but);
	if (e->but == NULL && c->session == e->s)
		g_clear_pointer(&c->session, session_unref);
}

/* Nobody knows what it would still have done: it is held against nobody, and no id leads to it any more. */
static void give_up(struct bits_tracker *t, struct session *s)
{
	s->pub.evidence_partial = true;
	t->lacks_evidence = true;
	t->stats.given_up++;
	while (s->waiting.head != NULL)
		pairing_give_up(t, s->waiting.head->data);
	if (s->lingers)
		g_queue_remove(&t->lingering, s);
	registry_forget(t, s);
	session_each_conn(s, empty, &(struct emptying){ t, s, NULL });
	tell_end(t, s);
	session_unref(s);
}

/* Too much is kept of messages: those go whose session was silent longest, but not this one. */
static void free_messages(struct bits_tracker *t, const struct session *but)
{
	while (t->held > COURSE_HELD_MAX && t->by_age.head != NULL && t->by_age.head->data != but)
		give_up(t, t->by_age.head->data);
}

static void make_room(struct bits_tracker *t)
{
	free_messages(t, NULL);
	while (t->sessions.length >= COURSE_LIVE_MAX)
		give_up(t, t->by_age.head->data);
}

void course_relieve(struct bits_tracker *t, struct exchange *x)
{
	struct session *s = x->session;

	if (s == NULL || t->held <= COURSE_HELD_MAX)
		return;
	s->pub.evidence_partial = true;
	t->lacks_evidence = true;
	t->stats.evicted++;
	while (s->waiting.head != NULL && s->waiting.head->data != x)
		pairing_give_up(t, s->waiting.head->data);
	fate_let_go(t, s, x);
	session_each_conn(s, empty, &(struct emptying){ t, s, x });
}

static void leave_waiting(struct session *s, struct exchange *x)
{
	if (x->waits_in_session)
		g_queue_unlink(&s->waiting, &x->in_session);
	x->waits_in_session = false;
}

static bool is_over(const struct session *s)
{
	return (s->pub.state == BITS_STATE_COMPLETE || s->pub.state == BITS_STATE_CANCELLED) && s->waiting.length == 0 &&
	       s->open_bodies == 0;
}

/* Did `back` happen inside `front`?  One capture's clock alone can tell. */
static bool is_inside(const struct session *back, const struct session *front)
{
	const struct bits_where *from = &back->pub.first, *to = &back->pub.last;

	return front->pub.first.file == from->file && front->pub.last.file == to->file &&
	       from->time_ns != BITS_TIME_UNKNOWN && to->time_ns != BITS_TIME_UNKNOWN &&
	       front->pub.first.time_ns <= from->time_ns && to->time_ns <= front->pub.last.time_ns;
}

/* A proxy may change the path, but hardly what the file is called. */
static bool is_same_upload(const struct session *a, const struct session *b)
{
	return a->is_proxied + b->is_proxied > 0 && a->pub.upload.size == b->pub.upload.size &&
	       g_strcmp0(a->pub.name, b->pub.name) == 0 &&
	       !same_service(&a->pub.ends, &b->pub.ends) &&
	       !same_place(&a->pub.ends.client.addr, &b->pub.ends.client.addr) && (is_inside(a, b) || is_inside(b, a)) &&
	       bits_digests_equal(a->digests, b->digests);
}

/* A proxy that gives out ids of its own leaves the bytes: the same ranges with the same digests, one session inside the
 * other, are the two sides of one upload. */
static void tie_by_bytes(struct bits_tracker *t, struct session *s)
{
	unsigned looked_at = 0;

	for (GList *l = t->saw_proxy ? t->sessions.tail : NULL; l != NULL && looked_at < TIED_MAX; l = l->prev, looked_at++) {
		struct session *other = l->data;
		struct session *later = other->pub.ordinal < s->pub.ordinal ? s : other;

		if (other != s && later->pub.same_upload_as == 0 && is_same_upload(s, other)) {
			later->pub.same_upload_as = MIN(other->pub.ordinal, s->pub.ordinal);
			s->is_tied = other->is_tied = true;
		}
	}
}

/* Who is the same as whom, as far as that takes all evidence. */
static void tie_at_last(struct bits_tracker *t, struct session *s)
{
	if (s->is_proxied)
		tie_by_bytes(t, s);
	registry_tie_nameless(t, s);
}

void course_end_all(struct bits_tracker *t)
{
	for (GList *l = t->sessions.head; l != NULL; l = l->next)
		tie_at_last(t, l->data);
	while (t->sessions.head != NULL)
		course_end(t, t->sessions.head->data);
	g_queue_clear(&t->lingering);
}

/* A session that is over lingers: something of it may still be behind a hole of another connection. */
void course_let_linger(struct bits_tracker *t, struct session *s)
{
	if (s == NULL || s->lingers || s->has_ended || !is_over(s))
		return;
	s->lingers = true;
	tie_by_bytes(t, s);
	g_queue_push_tail(&t->lingering, s);
	if (t->lingering.length <= COURSE_LINGERING_MAX)
		return;
	s = g_queue_pop_head(&t->lingering);
	s->lingers = false;
	if (is_over(s))
		course_end(t, s);
}

/* A Ping of its connection may wait with the Create-Session. */
static void move_waiting(struct session *from, struct session *into)
{
	GList *link;

	while ((link = from->waiting.head) != NULL) {
		struct exchange *y = link->data;

		leave_waiting(from, y);
		exchange_set_session(y, into);
		wait_in_session(into, y);
		y->in_turn = false;
	}
}

static void add_conn(uint64_t conn, void *into)
{
	session_add_conn(into, conn);
}

void course_merge(struct bits_tracker *t, struct exchange *x, struct session *into)
{
	struct session *s = x->session;

	leave_waiting(s, x);
	registry_forget(t, s);
	into->create_conn = s->create_conn;
	into->create_losses = s->create_losses;
	into->pub.requests += s->pub.requests;
	if (x->conn != NULL && x->conn->session == s)
		course_set_conn(x->conn, into);
	exchange_set_session(x, into);
	move_waiting(s, into);
	session_each_conn(s, add_conn, into);
	for (unsigned i = 0; i < BITS_N_SEVERITIES; i++)
		into->pub.findings[i] += s->pub.findings[i];
	into->pub.at_fault |= s->pub.at_fault;
	into->blamed |= s->blamed;
	if (t->sink->joined != NULL)
		t->sink->joined(&s->pub, &into->pub, t->user);
	g_clear_pointer(&s->latest, exchange_unref);
	g_clear_pointer(&s->memory, memory_free);
	leave_living(t, s);
	t->stats.sessions--;
	session_unref(s);
}

/* What an answer whose Create-Session it was says about the session. */
static void create_answered(struct bits_tracker *t, struct exchange *x)
{
	struct bits_str id = x->pub.answer->text[BITS_FIELD_SESSION_ID];

	if (is_strangers(x) || (x->is_unsure && x->pub.doubtful)) {
		x->session->may_be_created_here = true;
		return;
	}
	if (x->pub.outcome == BITS_OUTCOME_CREATED) {
		x->session->pub.refused = false;
		if (id.n == 0 || registry_created(t, x, id))
			x->session->pub.created_here = true;
	} else if (x->pub.outcome == BITS_OUTCOME_REFUSED && x->session->pub.state == BITS_STATE_INIT) {
		x->session->pub.refused = true;
	}
}

/* Nothing can have been missed between a Create-Session and a Close-Session of one connection without a new hole, where a client
 * keeps to its connection: a proxy has many (tell_end). */
static void note_close(struct session *s, const struct exchange *x)
{
	if (x->pub.outcome == BITS_OUTCOME_CLOSED && is_success(x->pub.answer->status) && x->conn != NULL && s->pub.created_here &&
	    s->create_conn == x->pub.conn)
		s->pub.create_to_close_gapless = s->create_losses == x->conn->losses;
}

static void move_session(struct bits_tracker *t, struct exchange *x)
{
	struct session *s = x->session;
	enum bits_state from = s->pub.state;

	note_close(s, x);
	if (session_step(s, x->pub.outcome) && t->sink->step != NULL)
		t->sink->step(&s->pub, from, t->user);
}

static void learn_reply(struct bits_tracker *t, struct session *s)
{
	if (s->reply_path != NULL || s->pub.reply_url == NULL || s->pub.reply_url[0] == '\0' || s->path == NULL)
		return;
	s->reply_path = reply_path(s->path, bits_str_of(s->pub.reply_url));
	t->n_replies++;
}

/* An answer that the capture lacks is missing evidence; a connection that ended before any answer is not. */
static bool lacks_answer(const struct exchange *x)
{
	return x->pub.doubtful || (x->pub.outcome == BITS_OUTCOME_UNANSWERED && x->died_of == BITS_CLOSE_OPEN) ||
	       x->died_of == BITS_CLOSE_CAPTURE_END || x->died_of == BITS_CLOSE_EVICTED;
}

static void tell_finished(struct bits_tracker *t, const struct exchange *x)
{
	const struct bits_where *w = x->died_of != BITS_CLOSE_OPEN ? &x->died_at : NULL;

	if (x->pub.answer != NULL && t->sink->packet != NULL)
		t->sink->packet(&x->pub, BITS_SERVER, t->user);
	if (x->pub.answer == NULL && t->sink->unanswered != NULL)
		t->sink->unanswered(&x->pub, x->died_of, w, t->user);
}

/* Which may be as long as a head: weighed when they come, and not with each of a thousand answers. */
static bool brings_texts(const struct session *s, const struct bits_message *answer)
{
	const uint64_t fields = BITS_FIELD_BIT(BITS_FIELD_REPLY_URL) | BITS_FIELD_BIT(BITS_FIELD_HOST_ID);

	return s->pub.answers == 1 || (answer->has & fields) != 0;
}

void course_finish(struct bits_tracker *t, struct exchange *x, enum bits_outcome outcome)
{
	struct session *s;

	x->pub.outcome = outcome;
	if (!x->is_bits)
		return;
	if (x->about != NULL && x->about->has_ended) /* its last call was made */
		x->pub.session = NULL;
	if (x->session != NULL && x->pub.request->packet == BITS_PACKET_CREATE_SESSION && x->pub.answer != NULL)
		create_answered(t, x);
	s = x->session;
	tell_finished(t, x);
	if (s != NULL)
		leave_waiting(s, x);
	judge_exchange(t, x);
	if (s != NULL) {
		s->pub.evidence_partial |= lacks_answer(x);
		if (x->pub.answer != NULL) {
			s->pub.answers++;
			s->pub.last = x->pub.answer_at.last;
			session_learn_answer(s, x->pub.answer);
			t->saw_proxy |= s->is_proxied;
			learn_reply(t, s);
			if (brings_texts(s, x->pub.answer))
				fate_weigh(t, s);
		}
		fate_decide(t, x);
		if (!x->pub.doubtful)
			move_session(t, x);
	}
	order_finished(t, x);
	course_let_linger(t, s);
}
