/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_memory.c - what of a session's finished exchanges the rules ask for. */
#include "core/bits_judge.h"

struct memory *memory_new(void)
{
	struct memory *m = g_new0(struct memory, 1);

	m->conn = m->last_conn = UINT64_MAX;
	return m;
}

/* A Fragment behind a leg of its challenge that begins where the server had said: what may be missing moved nothing. */
static bool is_at_offset(const struct memory *m, const struct exchange *x)
{
	const struct bits_message *q = x->pub.request;

	return m->last_conn == x->pub.conn && m->last_losses == x->losses && m->knows_offset &&
	       good(q, BITS_FIELD_CONTENT_RANGE) && q->range.from == m->offset;
}

bool memory_is_next(const struct memory *m, const struct exchange *x)
{
	return x->conn != NULL && ((m->conn == x->pub.conn && m->losses == x->losses) || is_at_offset(m, x));
}

void memory_free(struct memory *m)
{
	struct exchange *exchanges[] = { m ? m->first : NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL };
	char            *texts[4];

	if (m == NULL)
		return;
	exchanges[1] = m->fragment;
	exchanges[2] = m->stated;
	exchanges[3] = m->ended;
	exchanges[4] = m->unclosed;
	exchanges[5] = m->disowned;
	exchanges[6] = m->challenged;
	exchanges[7] = m->created;
	exchanges[8] = m->old_version[BITS_CLIENT];
	exchanges[9] = m->old_version[BITS_SERVER];
	texts[0] = m->content_name;
	texts[1] = m->content_encoding;
	texts[2] = m->accept_encoding;
	texts[3] = m->host;
	for (size_t i = 0; i < G_N_ELEMENTS(exchanges); i++)
		exchange_unref(exchanges[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(texts[i]);
	g_free(m->network);
	g_free(m);
}

static void keep(struct exchange **where, struct exchange *x)
{
	if (x != NULL)
		exchange_ref(x);
	exchange_unref(*where);
	*where = x;
}

static void keep_text(char **where, struct bits_str text)
{
	if (text.n == 0)
		return;
	g_free(*where);
	*where = bits_str_dup(text);
}

/* ---- Fragments ------------------------------------------------------------------------------------------------- */

/* Where it was over. */
static const struct bits_where *place_of(const struct exchange *x)
{
	return x->pub.answer != NULL ? &x->pub.answer_at.first : &x->pub.request_at.first;
}

/* What became known late, behind a hole of another connection, takes nothing back. */
static bool is_old_news(const struct memory *m, const struct exchange *x)
{
	return m->latest_at.frame != 0 && m->latest_at.conn != x->pub.conn && is_earlier(place_of(x), &m->latest_at);
}

static void state_offset(struct memory *m, struct exchange *x, uint64_t offset)
{
	if (m->knows_offset && is_old_news(m, x))
		return;
	m->knows_offset = true;
	m->offset = offset;
	m->interrupted = m->boasted = false;
	keep(&m->stated, x);
}

/* A server that states the last byte in place of the next one breaks a row of its own; the client that understands it is
 * not to be accused for that. */
static uint64_t offset_meant(const struct memory *m, const struct bits_message *q, const struct bits_message *a)
{
	bool is_last_byte = is_success(a->status) && good(q, BITS_FIELD_CONTENT_RANGE) && q->range.to > q->range.from &&
	                    a->received + 1 == q->range.to;

	return is_last_byte && (m->states_last || !(m->knows_offset && a->received == m->offset)) ? q->range.to : a->received;
}

/* It can be read, and does not exceed the file. */
static bool is_usable(const struct bits_message *q, const struct bits_message *a)
{
	bool exceeds = good(q, BITS_FIELD_CONTENT_RANGE) && q->total != BITS_SIZE_UNKNOWN && a->received > q->total;

	return good(a, BITS_FIELD_RECEIVED) && (is_success(a->status) || a->status == 416) && !exceeds;
}

/* More than this Fragment brought, and than the server ever had before. */
static bool is_boast(const struct memory *m, const struct bits_message *q, const struct bits_message *a, uint64_t offset)
{
	return is_success(a->status) && good(q, BITS_FIELD_CONTENT_RANGE) && offset > q->range.to && offset > m->maximum;
}

static void keep_fragment(struct memory *m, struct exchange *x)
{
	const struct bits_message *q = x->pub.request, *a = x->pub.doubtful ? NULL : x->pub.answer;
	bool                       has_range = good(q, BITS_FIELD_CONTENT_RANGE);

	keep(&m->fragment, x);
	/* nor does a page that somebody between wrote say what the server holds */
	if (a == NULL || (a->status >= 400 && a->status != 416) || (!is_ack(a) && !has(a, BITS_FIELD_RECEIVED))) {
		m->interrupted = true;
		return;
	}
	if (is_success(a->status) && has_range && q->total != BITS_SIZE_UNKNOWN) {
		m->total = q->total;
		m->knows_total = true;
	}
	if (is_usable(q, a)) {
		uint64_t offset = offset_meant(m, q, a);
		bool     boasts = is_boast(m, q, a, offset);

		if (offset >= m->maximum) {
			m->maximum = offset;
			m->maximum_at = x->pub.answer_at.first;
		}
		m->states_last |= offset != a->received;
		state_offset(m, x, offset);
		/* one byte, and the offset stands: it was not kept, or the last byte was meant */
		m->interrupted = is_success(a->status) && has_range && offset == q->range.from && q->range.to == offset + 1;
		m->boasted = boasts;
	} else if (is_success(a->status) && has_range) {
		state_offset(m, x, q->range.to);
	}
	keep_text(&m->content_encoding, q->text[BITS_FIELD_CONTENT_ENCODING]);
}

/* ---- everything else ------------------------------------------------------------------------------------------- */

static void keep_creation(struct memory *m, struct exchange *x)
{
	if (x->pub.outcome != BITS_OUTCOME_CREATED || is_strangers(x))
		return;
	keep(&m->created, x);
	keep_text(&m->accept_encoding, x->pub.answer->text[BITS_FIELD_ACCEPT_ENCODING]);
	state_offset(m, x, 0);
}

static void keep_ending(struct memory *m, struct exchange *x)
{
	m->tried_to_end = true;
	if (x->pub.answer != NULL && is_success(x->pub.answer->status) && !x->pub.doubtful)
		keep(&m->ended, x);
	else if (x->pub.answer != NULL && !x->pub.doubtful && (is_ack(x->pub.answer) || !has(x->pub.answer, BITS_FIELD_VIA)))
		keep(&m->unclosed, x);
}

static void keep_version(struct memory *m, struct exchange *x)
{
	bool                       has_ack = x->pub.answer != NULL && !x->pub.doubtful && is_ack(x->pub.answer);
	const struct bits_message *of[] = { x->pub.request, has_ack ? x->pub.answer : NULL };

	if (x->pub.request->packet == BITS_PACKET_IMITATION)
		return;
	for (unsigned side = 0; side < BITS_N_SIDES; side++)
		if (of[side] != NULL && (of[side]->major != 1 || of[side]->minor != 1) && m->old_version[side] == NULL)
			keep(&m->old_version[side], x);
}

static void keep_challenge(struct memory *m, struct exchange *x)
{
	bool again = m->challenged != NULL && m->challenged->pub.conn == x->pub.conn &&
	             m->challenged->pub.request->packet == x->pub.request->packet &&
	             m->challenged->pub.answer->status == x->pub.answer->status && judge_same_scheme(m->challenged, x);

	m->challenges = again ? m->challenges + 1 : 1;
	keep(&m->challenged, x);
}

/* A Fragment in all but its type: what the server says that it holds counts, whatever the packet called itself. */
static bool is_taken_as_fragment(const struct exchange *x)
{
	const struct bits_message *a = x->pub.doubtful ? NULL : x->pub.answer;

	return a != NULL && is_success(a->status) && good(a, BITS_FIELD_RECEIVED);
}

static void keep_packet(struct memory *m, struct exchange *x)
{
	switch (x->pub.request->packet) {
	case BITS_PACKET_CREATE_SESSION:
		keep_creation(m, x);
		break;
	case BITS_PACKET_FRAGMENT:
		keep_fragment(m, x);
		break;
	case BITS_PACKET_CLOSE_SESSION:
	case BITS_PACKET_CANCEL_SESSION:
		keep_ending(m, x);
		break;
	case BITS_PACKET_PING:
		m->pinged |= m->created != NULL;
		break;
	case BITS_PACKET_UNKNOWN:
		if (is_taken_as_fragment(x))
			keep_fragment(m, x);
		break;
	default:
		break;
	}
}

static void keep_place(struct memory *m, const struct exchange *x)
{
	if (!is_old_news(m, x))
		m->latest_at = *place_of(x);
}

/* Up to here nothing is missing since the server said what it has.  What comes on another connection, or behind a hole,
 * begins that anew only if it says so again: a leg of a challenge does not, nor does a Ping. */
static void keep_connection(struct memory *m, const struct exchange *x, bool is_anew)
{
	bool goes_on = is_anew || memory_is_next(m, x);

	m->last_conn = x->conn ? x->pub.conn : UINT64_MAX;
	m->last_losses = x->losses_after;
	if (!goes_on)
		return;
	m->conn = x->conn ? x->pub.conn : UINT64_MAX;
	m->losses = x->losses_after;
}

static void keep_answered(struct memory *m, struct exchange *x)
{
	keep(&m->challenged, NULL);
	m->challenges = 0;
	keep_packet(m, x);
	if (x->pub.outcome == BITS_OUTCOME_DISOWNED)
		keep(&m->disowned, x);
	keep_text(&m->content_name, x->pub.request->text[BITS_FIELD_CONTENT_NAME]);
	if (m->host == NULL)
		keep_text(&m->host, x->pub.request->text[BITS_FIELD_HOST]);
}

void memory_keep(struct session *s, struct exchange *x)
{
	struct memory         *m = s->memory;
	const struct exchange *stated = m->stated;
	bool                   is_first = m->first == NULL;

	if (is_first)
		keep(&m->first, x);
	keep_version(m, x);
	if (x->pub.outcome == BITS_OUTCOME_CHALLENGED)
		keep_challenge(m, x);
	else
		keep_answered(m, x);
	keep_connection(m, x, is_first || m->stated != stated);
	keep_place(m, x);
}
