/* bits_judge.h - how the rules are applied to one exchange whose wait is over.
 *
 * A request is judged when its final answer is known, or that none will be: a challenge or a 413 changes what it means.
 * Charges stand in tables, one to a row; each says of which packets the row speaks and whether it holds.  What a row
 * needs of the evidence, whether it is told once, and what it drags along is data of the row (bits_rule_rows.c); what can
 * be asked without knowing the row (PAIRS, ANSWER, CREATION, IN_TURN, NO_LOSS) is applied here, in one place. */
#ifndef BITS_JUDGE_H
#define BITS_JUDGE_H

#include "core/bits_private.h"

#define JUDGE_MAX 32 /* findings on one exchange */

struct hearing {
	struct bits_tracker       *t;
	struct exchange           *x;
	const struct bits_message *q;    /* the request ...                                                        */
	unsigned                   packet; /* ... and ON(...) of it                                                */
	const struct bits_message *a;    /* its final answer; NULL: none is known beyond doubt                     */
	struct session            *s;    /* NULL: of none                                                          */
	const struct memory       *m;    /* what s was before; never NULL                                          */
	uint8_t                   *told; /* rows that are told once: of s, else of the connection; NULL: neither    */
	struct session            *about; /* of a notification or a GET: the session that it is about; NULL         */
	bool success, challenged;        /* of a: 2xx; 401 or 407                                                  */
	bool in_turn;                    /* nothing else of s was under way when it was sent                       */
	bool is_next;                    /* on one connection, and nothing was lost since the server said what it has */
	bool is_proxied;                 /* an intermediary shows                                                  */
	bool is_steady;                  /* since the packet before, where that is_next, nothing can be missing    */
	bool is_whole;                   /* nothing of the session can be missing from the capture so far          */
	unsigned unmet;                  /* of enum bits_needs: what no row here can rely on                        */
	unsigned n_found;
	bool     is_drafted[BITS_N_SIDES];
	/* not initialised */
	struct bits_finding draft[BITS_N_SIDES]; /* judge_all's, with is_drafted                                    */
	struct bits_finding found[JUDGE_MAX]; /* n_found of them                                                    */
};

struct charge {
	enum bits_rule_id rule;
	unsigned          packets; /* ON(...) of the request */
	/* May set values, words, variant, severity, fault, `undecided` and further evidence of f, whose offending packet
	 * stands. */
	bool (*holds)(const struct hearing *h, struct bits_finding *f);
};

#define ON(p)       (1U << BITS_PACKET_##p)
#define ON_CONTROL  (ON(PING) | ON(CREATE_SESSION) | ON(CLOSE_SESSION) | ON(CANCEL_SESSION))
#define ON_PACKETS  (ON_CONTROL | ON(FRAGMENT))
#define ON_SESSION  (ON(FRAGMENT) | ON(CLOSE_SESSION) | ON(CANCEL_SESSION))
#define ON_BITS     (ON_PACKETS | ON(UNKNOWN))

/* Apply charges to the message of `side`. */
void judge_all(struct hearing *h, enum bits_side side, const struct charge *charges, size_t n);
/* Was that row found to hold in this hearing? */
bool judge_found(const struct hearing *h, enum bits_rule_id rule);

/* The judges, by chapter; each file says which. */
void judge_request_form(struct hearing *h);
void judge_range_form(struct hearing *h);
void judge_answer_form(struct hearing *h);
void judge_creation(struct hearing *h);
void judge_identity(struct hearing *h);
void judge_offsets(struct hearing *h);
void judge_offset_answers(struct hearing *h);
void judge_endings(struct hearing *h);
void judge_errors(struct hearing *h);
void judge_access(struct hearing *h);
void judge_notification(struct hearing *h);

/* What later hearings of other sessions ask for (bits_judge_session.c). */
void judge_note_ping(struct bits_tracker *t, const struct exchange *x);
void judge_note_host_failure(struct session *s, const struct exchange *x);
void judge_note_rival(struct hearing *h);

/* ---- small questions ------------------------------------------------------------------------------------------- */

static inline bool has(const struct bits_message *m, enum bits_field f)
{
	return bits_message_has(m, f);
}

static inline bool good(const struct bits_message *m, enum bits_field f)
{
	return bits_message_good(m, f);
}

static inline bool is_bad(const struct bits_message *m, enum bits_field f)
{
	return (m->bad & BITS_FIELD_BIT(f)) != 0;
}

static inline struct bits_str packet_word(const struct bits_message *q)
{
	return bits_str_of(bits_packet_name(q->packet));
}

/* It tells where its bytes lie in the file, and which Fragment is the last. */
static inline bool has_plain_range(const struct bits_message *q)
{
	return good(q, BITS_FIELD_CONTENT_RANGE) && !q->range_star && q->total != BITS_SIZE_UNKNOWN &&
	       q->range.to > q->range.from;
}

/* An answer that a BITS server wrote. */
static inline bool is_ack(const struct bits_message *a)
{
	return has(a, BITS_FIELD_PACKET_TYPE);
}

/* Did somebody between client and server write the answer?  h->a is there. */
bool judge_is_intermediary(const struct hearing *h);

/* Is x another leg with the same scheme?  Another scheme is another attempt; the first leg has none. */
bool judge_same_scheme(const struct exchange *before, const struct exchange *x);

/* Nanoseconds between two frames of one clock; -1 where there is none, or where it ran backward. */
int64_t judge_between(const struct bits_where *from, const struct bits_where *to);

/* Is this the upload that the memory is of?  An id that is no GUID is given out again by some servers, and the capture may
 * lack the Create-Session between. */
bool judge_is_same_session(const struct hearing *h);
/* A host name or an address, without scheme, port and path; also where it is empty. */
bool judge_is_host(struct bits_str host);

/* Was it sent after w?  On one connection the order is that of the stream; between two, that of the capture. */
bool judge_is_after(const struct hearing *h, const struct bits_where *w);

/* Is this GUID, in any spelling, one of a BITS-Supported-Protocols list? */
bool judge_offers(struct bits_str list, struct bits_str wanted);

/* Does a proxy say in m that it was there?  In a request: its sender is one. */
bool judge_shows_proxy(const struct bits_message *m); /* NULL: no */

/* Had the answer to `before` reached the client when it sent x? */
bool judge_was_delivered(const struct exchange *before, const struct exchange *x);

#endif
