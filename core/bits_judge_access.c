/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_judge_access.c - authentication, redirection and time (reference 7.8).
 *
 * What is told of time rests on the clock of one tap, and is never more than a note. */
#include "core/bits_judge.h"

#define SECOND_NS      INT64_C(1000000000)
#define ANSWER_MAX_NS  (300 * SECOND_NS) /* [MC-BUP] 3.1.2.2 */
#define REQUEST_MAX_NS (120 * SECOND_NS) /* [MC-BUP] 3.1.2.1 */
#define RETRY_MIN_NS   (5 * SECOND_NS)
#define CHALLENGES_MAX 3                 /* in a row: one without credentials, two legs of NTLM */

/* ---- authentication -------------------------------------------------------------------------------------------- */

static bool is_challenged(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = packet_word(h->q);
	f->value[0] = h->a->status;
	return h->challenged;
}

static struct bits_str credentials(const struct bits_message *q, unsigned status)
{
	return q->text[status == 407 ? BITS_FIELD_PROXY_AUTHORIZATION : BITS_FIELD_AUTHORIZATION];
}

static struct bits_str scheme_of(const struct exchange *x)
{
	return bits_auth_scheme(credentials(x->pub.request, x->pub.answer->status));
}

bool judge_same_scheme(const struct exchange *before, const struct exchange *x)
{
	return scheme_of(before).n == 0 || bits_str_eq_nocase(scheme_of(before), scheme_of(x));
}

/* Where a connection is what is authenticated (RFC 4559 6), the first message is the same on the next one, and no repetition. */
static bool is_told_another_connection(const struct exchange *before, const struct exchange *x)
{
	struct bits_str scheme = scheme_of(x);

	return before->pub.conn != x->pub.conn &&
	       (bits_str_eq_nocase(scheme, BITS_STR("NTLM")) || bits_str_eq_nocase(scheme, BITS_STR("Negotiate")));
}

/* 401 and 407 are counted apart; nothing changed where the same credentials came again (reference 7.0, row 115). */
static bool loops(const struct hearing *h, struct bits_finding *f)
{
	const struct exchange *before = h->m->challenged;
	struct bits_str        sent;

	if (!h->challenged || before == NULL || before->pub.answer->status != h->a->status ||
	    before->pub.request->packet != h->q->packet || !judge_same_scheme(before, h->x) || is_told_another_connection(before, h->x) ||
	    judge_shows_proxy(h->q)) /* of which each client has its own challenges */
		return false;
	finding_at(f, &before->pub.answer_at.first);
	f->value[0] = h->a->status;
	f->value[1] = h->m->challenges + 1;
	f->variant = h->m->challenges >= CHALLENGES_MAX ? 1 : 0;
	sent = credentials(h->q, h->a->status);
	return f->variant == 1 || (sent.n > 0 && bits_str_eq(sent, credentials(before->pub.request, h->a->status)));
}

static bool is_basic(struct bits_str value)
{
	return bits_str_eq_nocase(bits_auth_scheme(value), BITS_STR("Basic"));
}

static bool shows_password(const struct hearing *h, struct bits_finding *f)
{
	(void)f;
	return !h->x->pub.ends.is_secure && (is_basic(h->q->text[BITS_FIELD_AUTHORIZATION]) ||
	                                     is_basic(h->q->text[BITS_FIELD_PROXY_AUTHORIZATION]));
}

static bool is_redirected(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = packet_word(h->q);
	f->value[0] = h->a->status;
	return h->a->status >= 300 && h->a->status < 400;
}

/* ---- time ------------------------------------------------------------------------------------------------------ */

static bool is_answered_late(const struct hearing *h, struct bits_finding *f)
{
	int64_t waited = judge_between(&h->x->pub.request_at.last, &h->x->pub.answer_at.first);

	f->value[0] = (uint64_t)MAX(waited, 0) / SECOND_NS;
	return h->x->pub.request_at.ended && waited > ANSWER_MAX_NS && h->a->text[BITS_FIELD_REPLY_URL].n == 0;
}

static bool is_sent_slowly(const struct hearing *h, struct bits_finding *f)
{
	int64_t took = judge_between(&h->x->pub.request_at.first, &h->x->pub.request_at.last);

	f->value[0] = (uint64_t)MAX(took, 0) / SECOND_NS;
	return h->x->pub.request_at.ended && took > REQUEST_MAX_NS;
}

/* The same packet as this one, just before; NULL: there is none. */
static const struct exchange *attempt_before(const struct hearing *h)
{
	const struct exchange *before = h->q->packet == BITS_PACKET_FRAGMENT ? h->m->fragment : h->m->unclosed;

	if (before == NULL || before->pub.request->packet != h->q->packet)
		return NULL;
	if (h->q->packet == BITS_PACKET_FRAGMENT && before->pub.request->range.from != h->q->range.from)
		return NULL;
	return before;
}

static bool is_transient(const struct exchange *x)
{
	if (x->pub.answer == NULL)
		return x->died_of >= BITS_CLOSE_CLIENT_FIN && x->died_of <= BITS_CLOSE_SERVER_RST;
	return x->pub.answer->status >= 500 && x->pub.outcome != BITS_OUTCOME_DISOWNED;
}

static bool retries_fast(const struct hearing *h, struct bits_finding *f)
{
	const struct exchange *before = attempt_before(h);
	int64_t                waited;

	if (before == NULL || !is_transient(before))
		return false;
	waited = judge_between(before->pub.answer ? &before->pub.answer_at.last : &before->pub.request_at.last,
	                 &h->x->pub.request_at.first);
	finding_at(f, &before->pub.request_at.first);
	f->word[0] = packet_word(h->q);
	f->value[0] = (uint64_t)MAX(waited, 0) / 1000000;
	return waited >= 0 && waited < RETRY_MIN_NS;
}

/* ---- a new connection ------------------------------------------------------------------------------------------ */

static bool had_broken(const struct hearing *h)
{
	enum bits_close how = h->s->pub.ended_by;

	return how == BITS_CLOSE_CLIENT_RST || how == BITS_CLOSE_SERVER_RST ||
	       (h->m->fragment != NULL && h->m->fragment->pub.answer == NULL && is_transient(h->m->fragment));
}

static bool lacks_ping(const struct hearing *h, struct bits_finding *f)
{
	struct conn    *c = h->x->conn;
	struct bits_str agent = h->q->text[BITS_FIELD_USER_AGENT];

	f->word[0] = packet_word(h->q);
	return h->s != NULL && c != NULL && c->from_start && h->m->first != NULL && h->m->first->pub.conn != h->x->pub.conn &&
	       g_queue_peek_head(&c->recent) == h->x && bits_str_starts_nocase(agent, BITS_STR("Microsoft BITS/")) &&
	       had_broken(h);
}

void judge_access(struct hearing *h)
{
	static const struct charge of_request[] = {
		{ BITS_RULE_AUTH_CHALLENGE, ON_PACKETS, is_challenged },
		{ BITS_RULE_AUTH_LOOP, ON_PACKETS, loops },
		{ BITS_RULE_BASIC_AUTH_CLEARTEXT, ON_PACKETS, shows_password },
		{ BITS_RULE_REQUEST_SLOW, ON_PACKETS, is_sent_slowly },
		{ BITS_RULE_RETRY_TOO_FAST, ON_SESSION, retries_fast },
		{ BITS_RULE_NO_PING_ON_NEW_CONNECTION, ON_SESSION, lacks_ping },
	};
	static const struct charge of_answer[] = {
		{ BITS_RULE_REDIRECTED, ON_PACKETS, is_redirected },
		{ BITS_RULE_RESPONSE_SLOW, ON_PACKETS, is_answered_late },
		{ BITS_RULE_NOTIFY_SLOW, ON(NOTIFICATION), is_answered_late },
	};

	judge_all(h, BITS_CLIENT, of_request, G_N_ELEMENTS(of_request));
	judge_all(h, BITS_SERVER, of_answer, G_N_ELEMENTS(of_answer));
}
