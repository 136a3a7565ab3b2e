/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_tracker.c - the front door: events in, calls of the sink out.  Owns connections, exchanges and sessions; what
 * they mean to each other is decided in the files that bits_private.h lists. */
#include "core/bits_hash.h"
#include "core/bits_private.h"

/* ---- connections ----------------------------------------------------------------------------------------------- */

static void conn_free(void *data)
{
	struct conn *c = data;
	struct exchange *x;

	while ((x = exchange_pop(&c->waiting)) != NULL)
		exchange_unref(x);
	while ((x = g_queue_pop_head(&c->held)) != NULL)
		exchange_unref(x);
	while ((x = exchange_pop(&c->recent)) != NULL)
		exchange_unref(x);
	exchange_unref(c->fitting);
	exchange_unref(c->sending);
	exchange_unref(c->answering);
	session_unref(c->session);
	session_unref(c->doubted);
	for (unsigned side = 0; side < BITS_N_SIDES; side++)
		g_free(c->pending[side]);
	g_free(c);
}

static struct conn *find_conn(struct bits_tracker *t, uint64_t ordinal)
{
	gint64 key = (gint64)ordinal;

	if (t->latest_conn == NULL || t->latest_conn->ordinal != ordinal)
		t->latest_conn = g_hash_table_lookup(t->conns, &key);
	return t->latest_conn;
}

static struct conn *get_conn(struct bits_tracker *t, const struct bits_event *ev)
{
	struct conn *c = find_conn(t, ev->where.conn);

	if (c != NULL)
		return c;
	c = g_new0(struct conn, 1);
	c->ordinal = ev->where.conn;
	c->ends = *ev->ends;
	g_hash_table_insert(t->conns, &c->ordinal, c);
	return t->latest_conn = c;
}

static void count_frame(struct conn *c, const struct bits_where *w)
{
	if (w->frame == c->last_frame && w->file == c->last_file)
		return;
	c->last_frame = w->frame;
	c->last_file = w->file;
	c->frames++;
}

static void tell_trouble(struct bits_tracker *t, struct conn *c, const struct bits_event *ev)
{
	bool                long_head = ev->trouble == BITS_HTTP_HEAD_TOO_LONG;
	struct bits_finding f = finding_of(long_head ? BITS_RULE_HEAD_TOO_LONG : BITS_RULE_HEAD_LOST, NULL, ev->side);

	f.ends = c->ends;
	f.session = c->session && !c->session->has_ended ? &c->session->pub : NULL;
	f.value[0] = ev->lost;
	f.variant = !long_head && ev->lost == 1;
	finding_at(&f, &ev->where);
	tell_finding(t, &f);
}

/* A first BITS packet makes everything on its connection our business. */
static void conn_is_bits(struct bits_tracker *t, struct conn *c)
{
	c->is_bits = true;
	for (unsigned side = 0; side < BITS_N_SIDES; side++) {
		if (c->pending[side] != NULL)
			tell_trouble(t, c, c->pending[side]);
		g_clear_pointer(&c->pending[side], g_free);
	}
}

/* ---- heads ----------------------------------------------------------------------------------------------------- */

static bool has_two_lengths(const struct bits_event *ev)
{
	return ev->framing->lengths_differ || (ev->msg->differs & BITS_FIELD_BIT(BITS_FIELD_CONTENT_RANGE)) != 0;
}

static void join_session(struct bits_tracker *t, struct conn *c, struct exchange *x, struct session *s)
{
	exchange_set_session(x, s);
	s->pub.requests++;
	s->pub.last = x->pub.request_at.first;
	s->latest_conn = c->ordinal;
	session_add_conn(s, c->ordinal);
	course_touch(t, s);
	session_learn_request(s, x->pub.request, &x->pub.ends);
	if (s->pub.requests == 1 || x->pub.request->packet == BITS_PACKET_CREATE_SESSION) /* its texts are known by now */
		fate_weigh(t, s);
	t->saw_proxy |= s->is_proxied;
	x->in_turn = g_queue_is_empty(&s->waiting);
	if (s->waiting.length == 1)
		((struct exchange *)s->waiting.head->data)->in_turn = false;
	wait_in_session(s, x);
	if (x->pub.request->packet == BITS_PACKET_CREATE_SESSION) {
		s->create_conn = c->ordinal;
		s->create_losses = c->losses;
	}
	course_set_conn(c, s);
}

static void remember_latest(struct exchange *x)
{
	if (x->session == NULL)
		return;
	exchange_unref(x->session->latest);
	x->session->latest = exchange_ref(x);
}

static void begin_packet(struct bits_tracker *t, struct exchange *x, struct bits_message *request)
{
	x->is_bits = true;
	exchange_keep(&t->held, x, BITS_CLIENT, request);
	x->pub.number = ++t->n_exchanges;
	t->stats.packets++;
}

/* No packet of the protocol, but one of its story. */
static void begin_reply_download(struct bits_tracker *t, struct exchange *x, const struct bits_message *m)
{
	struct session      *s = reply_downloaded(t, x, m);
	struct bits_message *request;

	if (s == NULL)
		return;
	request = bits_message_copy(m);
	request->packet = BITS_PACKET_GET_REPLY;
	begin_packet(t, x, request);
	exchange_set_about(x, s);
	if (t->sink->packet != NULL)
		t->sink->packet(&x->pub, BITS_CLIENT, t->user);
	reply_judge(t, s, x);
}

static void begin_bits_request(struct bits_tracker *t, struct conn *c, struct exchange *x, const struct bits_event *ev)
{
	struct session *s;

	begin_packet(t, x, bits_message_copy(ev->msg));
	s = registry_of_request(t, c, x);
	if (s != NULL)
		join_session(t, c, x, s);
	else if (ev->msg->packet == BITS_PACKET_NOTIFICATION)
		exchange_set_about(x, reply_notified(t, x));
	fate_begin(t, x);
	if (t->sink->packet != NULL)
		t->sink->packet(&x->pub, BITS_CLIENT, t->user);
	if (!c->is_bits)
		conn_is_bits(t, c);
}

static void finish_with_answer(struct bits_tracker *t, struct exchange *x);

static uint64_t end_of_request(const struct bits_event *ev)
{
	const struct bits_http_framing *f = ev->framing;

	if (ev->last->at == BITS_AT_UNKNOWN || f->body > BITS_HTTP_BODY_LENGTH || f->length > UINT64_MAX - ev->last->at - 2)
		return BITS_AT_UNKNOWN;
	return ev->last->at + 1 + f->length;
}

static void note_head_end(struct bits_span *s, const struct bits_where *last)
{
	s->head_end = last->at == BITS_AT_UNKNOWN ? BITS_AT_UNKNOWN : last->at + 1;
	s->head_file = last->file;
	s->head_frame = last->frame;
}

static void on_request_head(struct bits_tracker *t, struct conn *c, const struct bits_event *ev)
{
	struct exchange *x = exchange_new(c), *answered;

	x->pub.request_at.first = x->pub.request_at.last = ev->where;
	note_head_end(&x->pub.request_at, ev->last);
	x->request_end = end_of_request(ev);
	x->losses = x->losses_after = c->losses;
	x->is_unsure = ev->framing->is_unsure;
	x->two_lengths[BITS_CLIENT] = has_two_lengths(ev);
	x->is_head_method = bits_str_eq(ev->msg->method, BITS_STR("HEAD"));
	x->is_connect = bits_str_eq(ev->msg->method, BITS_STR("CONNECT"));
	exchange_unref(c->sending);
	c->sending = exchange_ref(x);
	if (ev->msg->packet != BITS_PACKET_NONE)
		begin_bits_request(t, c, x, ev);
	else
		begin_reply_download(t, x, ev->msg);
	seam_next_request(t, c, x->session);
	pairing_leave_sewn(t, c, x);
	pairing_request(t, c, x);
	if (x->is_bits) {
		order_request(t, c, x);
		remember_latest(x);
		course_relieve(t, x);
	}
	exchange_unref(x);
	while ((answered = pairing_held(t, c)) != NULL) {
		finish_with_answer(t, answered);
		exchange_unref(answered);
	}
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

/* A server that says yes to everything speaks no BITS (trap 53): its 200 to a Create-Session opens no session. */
static bool speaks_bits(const struct bits_message *answer)
{
	const uint64_t bits = BITS_FIELD_BIT(BITS_FIELD_PACKET_TYPE) | BITS_FIELD_BIT(BITS_FIELD_SUPPORTED_PROTOCOLS) |
	                      BITS_FIELD_BIT(BITS_FIELD_PROTOCOL) | BITS_FIELD_BIT(BITS_FIELD_SESSION_ID);

	return (answer->has & bits) != 0;
}

static enum bits_outcome outcome_of_success(const struct exchange *x)
{
	const struct bits_message *m = x->pub.request, *a = x->pub.answer;
	uint64_t                   upto;

	switch (m->packet) {
	case BITS_PACKET_CREATE_SESSION:
		return speaks_bits(a) ? BITS_OUTCOME_CREATED : BITS_OUTCOME_REFUSED;
	case BITS_PACKET_FRAGMENT:
		upto = bits_message_good(a, BITS_FIELD_RECEIVED) ? a->received : m->range.to;
		return upto >= m->total ? BITS_OUTCOME_LAST : BITS_OUTCOME_MORE;
	case BITS_PACKET_CLOSE_SESSION:
		return BITS_OUTCOME_CLOSED;
	case BITS_PACKET_CANCEL_SESSION:
		return BITS_OUTCOME_CANCELLED;
	default:
		return BITS_OUTCOME_PONG;
	}
}

static enum bits_outcome outcome_of(const struct exchange *x)
{
	const struct bits_message *a = x->pub.answer;
	enum bits_packet           packet = x->pub.request->packet;

	if (a->status == 401 || a->status == 407)
		return BITS_OUTCOME_CHALLENGED;
	if (a->status >= 200 && a->status < 300)
		return outcome_of_success(x);
	/* the server had lost the file: the session is over all the same (reference 7.0, row 101) */
	if (a->status == 404 && packet == BITS_PACKET_CLOSE_SESSION)
		return BITS_OUTCOME_CLOSED;
	if (packet != BITS_PACKET_PING && packet != BITS_PACKET_CREATE_SESSION &&
	    bits_message_good(a, BITS_FIELD_ERROR_CODE) && a->error_code == BITS_HRESULT_SESSION_NOT_FOUND)
		return BITS_OUTCOME_DISOWNED;
	if (a->status == 416 && packet == BITS_PACKET_FRAGMENT)
		return BITS_OUTCOME_RESYNC;
	return BITS_OUTCOME_REFUSED;
}

/* What only looks like a request is none: no server answers it with bytes that it did not bring, nor, unless its answer came just
 * behind it, under another id or without the protocol that it chose. */
static bool is_anothers(const struct exchange *x)
{
	const struct bits_message *q = x->pub.request, *a = x->pub.answer;
	struct bits_str            asked = q->text[BITS_FIELD_SESSION_ID], answered = a->text[BITS_FIELD_SESSION_ID];
	bool is_good = is_success(a->status), has_received = bits_message_good(a, BITS_FIELD_RECEIVED);

	if (!is_answered_at_end(x) && asked.n > 0 && answered.n > 0 && !bits_session_id_eq(asked, answered))
		return true;
	if (q->packet == BITS_PACKET_CREATE_SESSION)
		return is_good && (has_received || (!is_answered_at_end(x) && !bits_message_has(a, BITS_FIELD_PROTOCOL)));
	if (q->packet == BITS_PACKET_FRAGMENT || (q->packet == BITS_PACKET_UNKNOWN && bits_message_good(q, BITS_FIELD_CONTENT_RANGE)))
		return is_good && has_received && bits_message_good(q, BITS_FIELD_CONTENT_RANGE) &&
		       (a->received < q->range.from || a->received > q->range.to);
	return has_received;
}

static void finish_with_answer(struct bits_tracker *t, struct exchange *x)
{
	x->pub.doubtful |= x->is_sewn && seam_is_doubtful(x);
	x->pub.doubtful |= x->is_unsure && x->is_bits && is_anothers(x);
	if (x->is_bits)
		t->stats.packets++;
	if (x->is_bits && x->conn != NULL)
		x->conn->undelivered++;
	course_finish(t, x, x->is_bits ? outcome_of(x) : BITS_OUTCOME_PONG);
}

/* An Ack on a whole connection whose requests were all answered already: nobody asked for it. */
static void judge_unasked(struct bits_tracker *t, const struct conn *c, const struct exchange *held)
{
	struct bits_finding f;

	if (!conn_is_gapless(c) || held->pub.answer->packet != BITS_PACKET_ACK)
		return;
	f = finding_of(BITS_RULE_RESPONSE_WITHOUT_REQUEST, held, BITS_SERVER);
	finding_at(&f, &held->pub.answer_at.first);
	tell_finding(t, &f);
}

void answer_let_go(struct bits_tracker *t, struct conn *c, struct exchange *held)
{
	if (!held->is_bits)
		return;
	t->stats.packets++;
	held->pub.number = ++t->n_exchanges;
	if (t->sink->packet != NULL)
		t->sink->packet(&held->pub, BITS_SERVER, t->user);
	held->unseen = true;
	judge_unasked(t, c, held);
	if (held->pub.answer_at.ended && t->sink->whole != NULL)
		t->sink->whole(&held->pub, BITS_SERVER, t->user);
}

static void hold_answer(struct bits_tracker *t, struct conn *c, struct exchange *x, const struct bits_event *ev)
{
	x->is_bits = ev->msg->packet != BITS_PACKET_NONE;
	exchange_keep(&t->unmatched, x, BITS_SERVER, bits_message_copy(ev->msg));
	g_queue_push_tail(&c->held, exchange_ref(x));
	while (c->held.length > PAIRING_HELD_MAX || (t->unmatched > PAIRING_HELD_BYTES && c->held.length > 0)) {
		struct exchange *oldest = g_queue_pop_head(&c->held);

		/* what it answers may still come, and must not be given the next one instead */
		answer_let_go(t, c, oldest);
		pairing_hole(t, c, BITS_SERVER, oldest->pub.answer_at.first.at, oldest->pub.answer_at.head_end);
		exchange_unref(oldest);
		t->stats.evicted++;
	}
}

static enum bits_http_answer kind_of(const struct exchange *x, unsigned status)
{
	bool is_bodyless = x->is_head_method || (x->is_connect && status >= 200 && status < 300);

	return is_bodyless ? BITS_HTTP_BODYLESS : BITS_HTTP_AS_FRAMED;
}

static void on_answer_head(struct bits_tracker *t, struct conn *c, const struct bits_event *ev)
{
	struct exchange *x;

	t->answer_kind = BITS_HTTP_AS_FRAMED;
	g_clear_pointer(&c->answering, exchange_unref);
	if (ev->msg->status < 200) /* an interim answer answers nothing */
		return;
	x = pairing_answer(t, c, &ev->where);
	t->answer_kind = x ? kind_of(x, ev->msg->status) : BITS_HTTP_GUESS;
	if (x == NULL)
		x = exchange_new(c);
	x->pub.answer_at = (struct bits_span){ .first = ev->where, .last = *ev->last };
	note_head_end(&x->pub.answer_at, ev->last);
	x->two_lengths[BITS_SERVER] = has_two_lengths(ev);
	c->answering = exchange_ref(x);
	if (t->answer_kind == BITS_HTTP_GUESS)
		hold_answer(t, c, x, ev);
	else if (x->is_bits)
		exchange_keep(&t->held, x, BITS_SERVER, bits_message_copy(ev->msg));
	if (t->answer_kind != BITS_HTTP_GUESS)
		finish_with_answer(t, x);
	exchange_unref(x);
}

static void on_head(struct bits_tracker *t, struct conn *c, const struct bits_event *ev)
{
	c->from_start = ev->from_start;
	c->requests_from_start |= ev->side == BITS_CLIENT && ev->side_from_start;
	if (ev->side == BITS_CLIENT)
		on_request_head(t, c, ev);
	else
		on_answer_head(t, c, ev);
}

/* ---- bodies and ends ------------------------------------------------------------------------------------------- */

static void on_body(struct bits_tracker *t, struct conn *c, const struct bits_event *ev)
{
	struct exchange  *x = ev->side == BITS_CLIENT ? c->sending : c->answering;
	struct bits_span *span;

	if (x == NULL || !x->is_bits)
		return;
	span = ev->side == BITS_CLIENT ? &x->pub.request_at : &x->pub.answer_at;
	span->body += ev->data.n;
	span->last = ev->where;
	if (ev->side == BITS_CLIENT && x->session != NULL)
		fate_bytes(t, x, ev->data, &ev->where);
}

static void lose_body(struct conn *c, const struct bits_event *ev)
{
	struct exchange *x = ev->side == BITS_CLIENT ? c->sending : c->answering;

	if (x == NULL || !x->is_bits)
		return;
	if (ev->side == BITS_CLIENT)
		x->pub.request_at.lost += ev->lost;
	else
		x->pub.answer_at.lost += ev->lost;
	if (x->session == NULL)
		return;
	x->session->pub.evidence_partial = true;
	if (ev->side == BITS_CLIENT)
		fate_lost(x, ev->lost);
}

static void on_lost(struct bits_tracker *t, struct conn *c, const struct bits_event *ev)
{
	c->losses++;
	if (ev->in_body) {
		lose_body(c, ev);
		return;
	}
	if (c->session != NULL && !c->session->has_ended) {
		c->session->pub.evidence_partial = true;
		c->session->lacks_requests |= ev->side == BITS_CLIENT;
	}
	pairing_hole(t, c, ev->side, ev->where.at, ev->where.at == BITS_AT_UNKNOWN ? ev->where.at : ev->where.at + ev->lost);
}

static void end_request(struct bits_tracker *t, struct exchange *x, const struct bits_event *ev)
{
	x->pub.request_at.ended = true;
	x->pub.request_at.whole = ev->whole;
	if (x->conn != NULL)
		x->losses_after = x->conn->losses;
	x->pub.request_at.last = ev->where;
	if (x->session != NULL && !x->session->has_ended)
		x->session->pub.last = ev->where;
	fate_end(t, x);
	if (t->sink->whole != NULL)
		t->sink->whole(&x->pub, BITS_CLIENT, t->user);
	course_let_linger(t, x->session);
}

static void end_answer(struct bits_tracker *t, struct exchange *x, const struct bits_event *ev)
{
	x->pub.answer_at.ended = true;
	x->pub.answer_at.whole = ev->whole;
	x->pub.answer_at.last = ev->where;
	if (x->session != NULL && !x->session->has_ended)
		x->session->pub.last = ev->where;
	/* a held answer was not told of yet: its end is told with it */
	if ((x->pub.request != NULL || x->unseen) && t->sink->whole != NULL)
		t->sink->whole(&x->pub, BITS_SERVER, t->user);
}

static void on_end(struct bits_tracker *t, struct conn *c, const struct bits_event *ev)
{
	struct exchange **under_way = ev->side == BITS_CLIENT ? &c->sending : &c->answering;
	struct exchange  *x = g_steal_pointer(under_way);

	if (x == NULL)
		return;
	if (!x->is_bits)
		x->pub.request_at.ended |= ev->side == BITS_CLIENT;
	else if (ev->side == BITS_CLIENT)
		end_request(t, x, ev);
	else
		end_answer(t, x, ev);
	exchange_unref(x);
}

static void on_trouble(struct bits_tracker *t, struct conn *c, const struct bits_event *ev)
{
	/* what was passed over may have been a message, or several */
	c->losses++;
	pairing_hole(t, c, ev->side, ev->where.at, ev->where.at == BITS_AT_UNKNOWN ? ev->where.at : ev->where.at + ev->lost);
	if (c->is_bits) {
		tell_trouble(t, c, ev);
		return;
	}
	g_free(c->pending[ev->side]);
	c->pending[ev->side] = g_memdup2(ev, sizeof *ev);
}

/* ---- what waits behind holes ----------------------------------------------------------------------------------- */

/* Requests of it may wait that were sent before those of other connections. */
static void note_early(struct bits_tracker *t, struct conn *c, const struct bits_event *ev)
{
	if (ev->side != BITS_CLIENT || ev->where.at == BITS_AT_UNKNOWN)
		return;
	c->early_at = MAX(c->early_at, ev->where.at);
	if (c->early != 0)
		return;
	g_ptr_array_add(t->early, c);
	c->early = t->early->len;
}

/* The last one takes its place. */
static void forget_early(struct bits_tracker *t, struct conn *c)
{
	struct conn *last;

	if (c->early == 0)
		return;
	last = t->early->pdata[t->early->len - 1];
	t->early->pdata[c->early - 1] = last;
	last->early = c->early;
	g_ptr_array_set_size(t->early, (gint)t->early->len - 1);
	c->early = 0;
}

/* ---- the end of connections ------------------------------------------------------------------------------------ */

static void tell_ended_by(struct conn *c, enum bits_close how)
{
	if (c->session != NULL && c->session->latest_conn == c->ordinal)
		c->session->pub.ended_by = how;
	for (GList *l = c->recent.head; l != NULL; l = l->next) {
		struct session *s = ((struct exchange *)l->data)->session;

		if (s != NULL && s->latest_conn == c->ordinal)
			s->pub.ended_by = how;
	}
}

/* Exchanges outlive their connection where their bytes are not settled; they must not look at it again. */
static void cut_off(struct conn *c)
{
	for (GList *l = c->recent.head; l != NULL; l = l->next)
		((struct exchange *)l->data)->conn = NULL;
}

static void on_close(struct bits_tracker *t, struct conn *c, const struct bits_event *ev)
{
	gint64 key = (gint64)c->ordinal;

	network_closed(t, c, ev);
	/* the client acknowledged more than the capture has of the server: the tail is missing, and maybe an answer */
	if (c->heard[BITS_CLIENT] > c->fed[BITS_SERVER] + 1) /* 1: its FIN has a number too */
		pairing_hole(t, c, BITS_SERVER, c->fed[BITS_SERVER], c->heard[BITS_CLIENT]);
	seam_next_request(t, c, NULL);
	pairing_close(t, c, ev->how, &ev->where);
	order_conn_gone(t, c);
	tell_ended_by(c, ev->how);
	cut_off(c);
	forget_early(t, c);
	t->latest_conn = NULL;
	g_hash_table_remove(t->conns, &key);
}

/* ---- the front door -------------------------------------------------------------------------------------------- */

/* How far a side's stream is known, and how far it says that it knows the other's. */
static void note_progress(struct conn *c, const struct bits_event *ev)
{
	const struct bits_where *w = ev->type == BITS_EVENT_HEAD ? ev->last : &ev->where;
	/* what waits is not fed, and what an acknowledgment lies behind may be half a head, which nobody was told of */
	bool                     is_fed = ev->type != BITS_EVENT_EARLY && ev->type != BITS_EVENT_HEARD;
	uint64_t                 n = 0;

	if (ev->type == BITS_EVENT_HEAD || ev->type == BITS_EVENT_END)
		n = 1; /* w is the last byte */
	else if (ev->type == BITS_EVENT_BODY)
		n = ev->data.n;
	else if (ev->type == BITS_EVENT_LOST)
		n = ev->lost;
	if (ev->side == BITS_SERVER && is_fed && !c->is_fed && ev->where.at != BITS_AT_UNKNOWN) {
		/* what lies before the first byte of the server's that the capture has is a hole to whoever heard less */
		c->is_fed = true;
		c->hole_end = MAX(c->hole_end, ev->where.at);
	}
	if (w->at != BITS_AT_UNKNOWN && is_fed)
		c->fed[ev->side] = MAX(c->fed[ev->side], w->at + n);
	if (w->heard != BITS_HEARD_UNKNOWN)
		c->heard[ev->side] = MAX(c->heard[ev->side], w->heard);
}

/* The client's TCP acknowledged more: which answers had reached it by now? */
static void note_delivered(struct conn *c, const struct bits_where *w)
{
	for (GList *l = c->recent.head; l != NULL && c->undelivered > 0; l = l->next) {
		struct exchange *x = l->data;

		if (x->delivered || x->pub.answer == NULL || c->heard[BITS_CLIENT] < x->pub.answer_at.head_end)
			continue;
		x->delivered = true;
		x->delivered_at = *w;
		c->undelivered--;
	}
}

static void note_frame(struct bits_tracker *t, const struct bits_where *w)
{
	bool is_later_frame = w->file > t->newest.file || (w->file == t->newest.file && w->frame > t->newest.frame);

	if (w->order != t->newest.order ? w->order < t->newest.order : !is_later_frame)
		return;
	t->newest.order = w->order;
	t->newest.file = w->file;
	t->newest.frame = w->frame;
}

bool is_timely(const struct bits_tracker *t, uint32_t file, uint32_t frame)
{
	return file == t->newest.file && frame == t->newest.frame;
}

void bits_tracker_feed(struct bits_tracker *t, const struct bits_event *ev)
{
	struct conn *c = ev->type == BITS_EVENT_HEAD ? get_conn(t, ev) : find_conn(t, ev->where.conn);

	if (c == NULL) {
		if (ev->type != BITS_EVENT_TROUBLE)
			return;
		c = get_conn(t, ev); /* bytes passed over before the first head */
	}
	note_frame(t, ev->type == BITS_EVENT_HEAD ? ev->last : &ev->where);
	network_event(c, ev);
	if (ev->type == BITS_EVENT_BEGAN && ev->side == BITS_CLIENT)
		registry_began(c);
	if (ev->type == BITS_EVENT_EARLY)
		note_early(t, c, ev);
	if (ev->type == BITS_EVENT_AGAIN || ev->type == BITS_EVENT_EARLY || ev->type == BITS_EVENT_BEGAN)
		return;
	count_frame(c, &ev->where);
	note_progress(c, ev);
	if (c->early != 0 && c->fed[BITS_CLIENT] > c->early_at)
		forget_early(t, c);
	if (c->undelivered > 0 && ev->side == BITS_CLIENT && ev->type != BITS_EVENT_CLOSE)
		note_delivered(c, ev->type == BITS_EVENT_HEAD ? ev->last : &ev->where);
	if (ev->side == BITS_CLIENT && t->races->len > 0 && ev->type != BITS_EVENT_CLOSE)
		order_client_event(t, c, ev);
	switch (ev->type) {
	case BITS_EVENT_HEAD:
		on_head(t, c, ev);
		break;
	case BITS_EVENT_BODY:
		on_body(t, c, ev);
		break;
	case BITS_EVENT_LOST:
		on_lost(t, c, ev);
		break;
	case BITS_EVENT_END:
		on_end(t, c, ev);
		break;
	case BITS_EVENT_HEARD:
		c->client_done |= ev->side == BITS_CLIENT && ev->fin;
		c->is_ending |= ev->fin;
		break;
	case BITS_EVENT_TROUBLE:
		on_trouble(t, c, ev);
		break;
	case BITS_EVENT_CLOSE:
		c->client_done |= ev->how == BITS_CLOSE_CLIENT_RST;
		on_close(t, c, ev);
		break;
	case BITS_EVENT_SEAM:
		seam_event(c, ev);
		break;
	case BITS_EVENT_AGAIN:
	case BITS_EVENT_EARLY:
	case BITS_EVENT_BEGAN:
		break; /* nothing new */
	}
}

enum bits_http_answer bits_tracker_answer_kind(const struct bits_tracker *t)
{
	return t->answer_kind;
}

bool bits_tracker_is_answered(const struct bits_tracker *t, uint64_t conn)
{
	const struct conn *c = find_conn((struct bits_tracker *)t, conn);

	return c != NULL && c->sending != NULL && !c->sending->waits;
}

const struct bits_exchange *bits_tracker_under_way(const struct bits_tracker *t, uint64_t conn, enum bits_side side)
{
	const struct conn     *c = find_conn((struct bits_tracker *)t, conn);
	const struct exchange *x = c == NULL ? NULL : side == BITS_CLIENT ? c->sending : c->answering;

	return x ? &x->pub : NULL;
}

struct bits_tracker *bits_tracker_new(const struct bits_sink *sink, void *user, const struct bits_tracker_options *o)
{
	struct bits_tracker *t = g_new0(struct bits_tracker, 1);

	t->sink = sink;
	t->user = user;
	if (o != NULL)
		t->options = *o;
	t->seed = bits_hash_seed();
	t->conns = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, conn_free);
	registry_init(t);
	t->races = g_ptr_array_new_with_free_func(race_free);
	t->early = g_ptr_array_new();
	return t;
}

void bits_tracker_lacks_evidence(struct bits_tracker *t)
{
	t->lacks_evidence = true;
}

void bits_tracker_finish(struct bits_tracker *t)
{
	course_end_all(t);
}

void bits_tracker_free(struct bits_tracker *t)
{
	GList *link;

	if (t == NULL)
		return;
	network_free_resets(&t->resets);
	g_ptr_array_unref(t->races);
	g_ptr_array_unref(t->early);
	g_hash_table_unref(t->conns);
	t->by_age = (GQueue)G_QUEUE_INIT; /* its links lie in the sessions */
	while ((link = g_queue_pop_head_link(&t->sessions)) != NULL) {
		struct session *s = link->data;

		fate_close_session(s);
		g_clear_pointer(&s->latest, exchange_unref);
		g_clear_pointer(&s->memory, memory_free);
		session_unref(s);
	}
	g_queue_clear(&t->lingering);
	registry_clear(t);
	g_free(t);
}

const struct bits_tracker_stats *bits_tracker_stats(const struct bits_tracker *t)
{
	return &t->stats;
}
