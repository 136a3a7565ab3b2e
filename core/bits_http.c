/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_http.c - the push framer: two byte streams in, heads and bodies out.
 *
 * Each direction is a small machine.  What it cannot understand it passes over; where it may take up again is decided
 * by what each side had heard of the other, never by the look of the bytes alone (see is_confirmed). */
#include "core/bits_http.h"

#include <string.h>

#define CHUNK_LINE_MAX 4096      /* bytes of a chunk-size line with its extensions             */
#define HEARD_STEPS    32        /* remembered changes of `heard` in a direction; a power of 2 */
#define HEARD_FIRST    4         /* ... for which there is room at first: many have no more    */
#define CONTINUE       "HTTP/1.1 100 Continue\r\n\r\n" /* the interim answer that lets a body come (RFC 9110 15.2.1) */
#define INTERIMS       8U        /* interim answers that are remembered: what lies behind a hole is looked at late */

enum phase {
	PHASE_HEAD,       /* a head begins here, or goes on                                         */
	PHASE_LENGTH,     /* `left` body bytes                                                      */
	PHASE_CLOSE,      /* body until the direction ends                                          */
	PHASE_DECIDE,     /* a body is announced, but another head may stand here instead           */
	PHASE_CHUNK_SIZE, /* a chunk-size line                                                      */
	PHASE_CHUNK_DATA, /* `left` bytes of a chunk                                                */
	PHASE_CHUNK_END,  /* the line break behind a chunk                                          */
	PHASE_TRAILER,    /* lines until an empty one                                               */
	PHASE_LOST,       /* passing over bytes until a head can be trusted                         */
	PHASE_HOPELESS,   /* not HTTP                                                               */
};

enum role { ROLE_UNKNOWN, ROLE_REQUESTS, ROLE_ANSWERS };

/* From byte `at` on, this direction's sender had heard `heard` of the other. */
struct heard_step {
	uint64_t at, heard;
};

/* Undecided bytes of one segment. */
struct piece {
	struct bits_where w; /* of the first; the others follow in the same frame */
	size_t            n;
	bool              starts_segment;
};

struct direction {
	enum phase        phase, announced; /* announced: what follows PHASE_DECIDE if it is a body           */
	enum role         role;
	uint64_t          left;
	uint64_t          trailer;          /* bytes of trailer so far                                        */
	bool              from_start, expects, answered, had_head;
	bool              line_is_fine;     /* the first line of the held head is whole and was looked at     */
	bool              is_patched;       /* the body under way may be of two messages                      */
	bool              is_trial;         /* it stands where the way was lost: its first line must be plain */
	bool              is_seen;          /* there are frames of it, if only acknowledgments                */
	uint64_t          head_at, head_heard; /* where the latest head began, and what its sender had heard by then          */
	bool              is_unsure;        /* a head was believed for its look alone, and nothing since then has confirmed    *
	                                     * that these are heads                                            */
	unsigned          n_breaks;         /* in PHASE_DECIDE: held bytes that are line breaks before a line */
	GString          *held;             /* a head, a line or undecided bytes that the input cuts; or NULL */
	struct bits_where held_first;       /* of the first held byte                                         */
	GArray           *pieces;           /* of struct piece: the held bytes of PHASE_DECIDE; owned; or NULL */
	uint64_t          answered_at;      /* of the first byte of the answer, with `answered`               */
	struct bits_where last;             /* of the last byte fed                                           */
	struct bits_where head_last;        /* of the last byte of the head that PHASE_DECIDE is about        */
	uint64_t          skipped;          /* bytes passed over and not yet spoken of                        */
	struct bits_where skipped_first;
	uint64_t          next;             /* end of what was fed: `at` of the next byte                     */
	uint64_t          hole_end;         /* of the latest hole; 0: none                                    */
	uint64_t          interim_ends[INTERIMS]; /* of the latest interim answers, as a ring; 0: none         */
	unsigned          n_interims;       /* ever                                                           */
	unsigned          n_steps;          /* ever; the ring holds the latest                                */
	unsigned          room;             /* of the ring: a power of 2, up to HEARD_STEPS                   */
	struct heard_step *steps;           /* owned; NULL while there are none                               */
};

struct bits_http {
	const struct bits_http_sink *sink;
	void                        *user;
	struct direction             dir[2];
};

/* The bytes being worked on: a piece of one segment. */
struct input {
	struct bits_str   data;
	struct bits_where w;             /* of data.p[0]                                  */
	bool              starts_segment; /* data.p[0] is the first byte of its segment    */
};

/* ---- where ----------------------------------------------------------------------------------------------------- */

static void advance(struct bits_where *w, uint64_t n)
{
	if (w->at != BITS_AT_UNKNOWN)
		w->at += n;
	if (w->pos != BITS_POS_UNKNOWN)
		w->pos += n;
}

static void consume(struct direction *s, struct input *in, size_t n)
{
	if (n == 0)
		return;
	s->last = in->w;
	advance(&s->last, n - 1);
	advance(&in->w, n);
	in->data.p += n;
	in->data.n -= n;
	in->starts_segment = false;
}

/* NULL: none yet. */
static const struct heard_step *latest_step(const struct direction *s)
{
	return s->n_steps > 0 ? &s->steps[(s->n_steps - 1) % s->room] : NULL;
}

/* It grows before it turns round: each step stays where it is. */
static void make_room(struct direction *s)
{
	if (s->n_steps < s->room || s->room == HEARD_STEPS)
		return;
	s->room = s->room == 0 ? HEARD_FIRST : 2 * s->room;
	s->steps = g_renew(struct heard_step, s->steps, s->room);
}

static void note_heard(struct direction *s, const struct bits_where *w)
{
	const struct heard_step *latest = latest_step(s);

	if (w->heard == BITS_HEARD_UNKNOWN || w->at == BITS_AT_UNKNOWN || (latest != NULL && latest->heard == w->heard))
		return;
	make_room(s);
	s->steps[s->n_steps++ % s->room] = (struct heard_step){ w->at, w->heard };
}

/* What the sender of byte `at` of direction s had heard; BITS_HEARD_UNKNOWN if that byte or its step is not known. */
static uint64_t heard_at(const struct direction *s, uint64_t at)
{
	unsigned oldest = s->n_steps > s->room ? s->n_steps - s->room : 0;

	if (at >= s->next)
		return BITS_HEARD_UNKNOWN;
	for (unsigned i = s->n_steps; i-- > oldest;)
		if (s->steps[i % s->room].at <= at)
			return s->steps[i % s->room].heard;
	return BITS_HEARD_UNKNOWN;
}

static void note_interim(struct direction *s, uint64_t end)
{
	s->interim_ends[s->n_interims++ % INTERIMS] = end;
}

static bool is_interim_end(const struct direction *s, uint64_t at)
{
	for (unsigned i = 0; i < MIN(s->n_interims, INTERIMS); i++)
		if (s->interim_ends[i] == at)
			return true;
	return false;
}

/* What the other side had heard when it sent the last byte that w's sender had heard of it; BITS_HEARD_UNKNOWN: not known. */
static uint64_t theirs_of(const struct direction *other, const struct bits_where *w)
{
	return w->heard > 0 ? heard_at(other, w->heard - 1) : BITS_HEARD_UNKNOWN;
}

/* May a head begin at w, in bytes of which we do not know where they belong?  Its sender had heard the other side up
 * to w->heard.  A message of the other side that ends there was sent by one who had received everything before this
 * head, and nothing of it: so that sender's own `heard` must be exactly w->at.  Where the other side was not seen, its
 * answer shows as a jump of our own `heard`: inside one body there is none. */
static bool is_confirmed(const struct direction *s, const struct direction *other, const struct bits_where *w)
{
	const struct heard_step *latest = latest_step(s);
	uint64_t                 theirs;

	if (w->heard == BITS_HEARD_UNKNOWN || w->at == BITS_AT_UNKNOWN)
		return true;
	if (is_interim_end(other, w->heard)) /* "100 Continue": what follows is a body */
		return false;
	theirs = theirs_of(other, w);
	if (theirs != BITS_HEARD_UNKNOWN)
		return theirs == w->at;
	return latest == NULL || latest->heard != w->heard;
}

/* Nothing is known of the bytes before, nor has the other side said how much of them it has: the beginning of a head may be
 * missing, and what looks like one may be the middle of a body.  (That its sender had heard more by now tells where a message
 * ended: in what is missing.) */
static bool is_first_sight(const struct direction *s, const struct direction *other, const struct bits_where *w)
{
	bool is_behind_hole = latest_step(s) == NULL || w->at == s->hole_end;

	return w->heard != BITS_HEARD_UNKNOWN && is_behind_hole && theirs_of(other, w) == BITS_HEARD_UNKNOWN;
}

/* One message behind the other, without a hole: a body may hold two, but then its sender heard nothing in between. */
static bool follows_a_head(const struct direction *s, const struct bits_where *w)
{
	return s->had_head && s->hole_end <= s->head_at && w->heard > s->head_heard;
}

/* A message of the other side ended between this head and what stands before it.  Where nothing of the other side is there, that
 * it follows another one has to do. */
static bool is_proven(const struct direction *s, const struct direction *other, const struct bits_where *w)
{
	if (w->heard == BITS_HEARD_UNKNOWN || w->at == BITS_AT_UNKNOWN || (!other->is_seen && follows_a_head(s, w)))
		return true;
	return !is_interim_end(other, w->heard) && theirs_of(other, w) == w->at;
}

/* ---- held bytes ------------------------------------------------------------------------------------------------ */

static struct bits_str held_text(const struct direction *s)
{
	return s->held ? (struct bits_str){ s->held->str, s->held->len } : (struct bits_str){ NULL, 0 };
}

static void hold(struct direction *s, struct input *in, size_t n)
{
	if (s->held == NULL)
		s->held = g_string_new(NULL);
	if (s->held->len == 0)
		s->held_first = in->w;
	g_string_append_len(s->held, in->data.p, (gssize)n);
	consume(s, in, n);
}

static void drop_held(struct direction *s)
{
	s->line_is_fine = false;
	if (s->held != NULL)
		g_string_truncate(s->held, 0);
}

/* ---- passing over ---------------------------------------------------------------------------------------------- */

static void skip(struct direction *s, uint64_t n, const struct bits_where *w)
{
	if (s->skipped == 0)
		s->skipped_first = *w;
	s->skipped += n;
}

static void lose_way(struct direction *s)
{
	if (s->held != NULL && s->held->len > 0)
		skip(s, s->held->len, &s->held_first);
	drop_held(s);
	s->is_trial = false;
	s->phase = PHASE_LOST;
}

static void tell_skipped(struct bits_http *h, unsigned d)
{
	struct direction *s = &h->dir[d];

	if (s->skipped > 0)
		h->sink->trouble(d, BITS_HTTP_HEAD_LOST, s->skipped, &s->skipped_first, h->user);
	s->skipped = 0;
}

/* ---- message boundaries ---------------------------------------------------------------------------------------- */

static void end_message(struct bits_http *h, unsigned d, bool whole)
{
	struct direction *s = &h->dir[d];

	s->phase = PHASE_HEAD;
	if (s->is_patched) /* it may have ended somewhere else */
		lose_way(s);
	s->expects = s->answered = s->is_patched = false;
	h->sink->end(d, whole, &s->last, h->user);
}

static enum phase phase_of(enum bits_http_body body)
{
	static const enum phase phases[] = {
		[BITS_HTTP_BODY_NONE] = PHASE_HEAD,
		[BITS_HTTP_BODY_LENGTH] = PHASE_LENGTH,
		[BITS_HTTP_BODY_CHUNKED] = PHASE_CHUNK_SIZE,
		[BITS_HTTP_BODY_CLOSE] = PHASE_CLOSE,
	};

	return phases[body];
}

static void begin_message(struct bits_http *h, unsigned d, const struct bits_http_head *head,
                          const struct bits_where *first)
{
	struct direction        *s = &h->dir[d];
	struct bits_http_framing framing = bits_http_framing_of(head);
	enum bits_http_answer    answer;

	s->is_unsure = s->is_unsure && !is_proven(s, &h->dir[!d], first);
	framing.is_unsure = s->is_unsure;
	s->had_head = true;
	s->head_at = first->at;
	s->head_heard = first->heard;
	s->is_trial = false;
	if (!head->is_request && head->status < 200 && s->last.at != BITS_AT_UNKNOWN)
		note_interim(s, s->last.at + 1);
	tell_skipped(h, d);
	s->role = head->is_request ? ROLE_REQUESTS : ROLE_ANSWERS;
	h->dir[!d].role = head->is_request ? ROLE_ANSWERS : ROLE_REQUESTS;
	s->expects = head->is_request && framing.expects;
	s->answered = false;
	answer = h->sink->head(d, head, &framing, first, &s->last, h->user);
	if (framing.body == BITS_HTTP_BODY_NONE || answer == BITS_HTTP_BODYLESS) {
		end_message(h, d, true);
		return;
	}
	s->left = framing.length;
	s->announced = phase_of(framing.body);
	s->head_last = s->last;
	s->n_breaks = 0;
	s->phase = s->expects || answer == BITS_HTTP_GUESS ? PHASE_DECIDE : s->announced;
}

/* ---- heads ----------------------------------------------------------------------------------------------------- */

static bool fits_role(const struct direction *s, const struct bits_http_head *head)
{
	return s->role == ROLE_UNKNOWN || head->is_request == (s->role == ROLE_REQUESTS);
}

/* What stands where a head should is none.  A stream that never had one is not HTTP. */
static void not_a_head(struct direction *s)
{
	if (s->from_start && !s->had_head && s->role == ROLE_UNKNOWN && s->skipped == 0) {
		s->phase = PHASE_HOPELESS;
		drop_held(s);
	} else {
		lose_way(s);
	}
}

static void head_too_long(struct bits_http *h, unsigned d)
{
	struct direction *s = &h->dir[d];

	h->sink->trouble(d, BITS_HTTP_HEAD_TOO_LONG, s->held->len, &s->held_first, h->user);
	s->had_head = true;
	lose_way(s);
}

/* The head is whole inside the input: no copy. */
static bool head_at_once(struct bits_http *h, unsigned d, struct input *in)
{
	struct direction     *s = &h->dir[d];
	struct bits_where     first = in->w;
	struct bits_http_head head;

	if (bits_http_head_parse(&head, in->data) != BITS_PARSE_OK || head.length > BITS_HTTP_HEAD_MAX ||
	    !fits_role(s, &head))
		return false;
	consume(s, in, head.length);
	begin_message(h, d, &head, &first);
	return true;
}

/* Bytes of `fresh` up to and including the blank line that ends a head whose beginning is `held`; 0: not there yet. */
static size_t bytes_to_blank_line(struct bits_str held, struct bits_str fresh)
{
	/* 0: in a line, 1: behind a line break, so that an empty line would end the head */
	bool at_line_start = held.n > 0 && (held.p[held.n - 1] == '\n' ||
	                                    (held.n > 1 && held.p[held.n - 1] == '\r' && held.p[held.n - 2] == '\n'));

	for (size_t i = 0; i < fresh.n; i++) {
		if (fresh.p[i] == '\n') {
			if (at_line_start)
				return i + 1;
			at_line_start = true;
		} else if (fresh.p[i] != '\r') {
			at_line_start = false;
		} else if (i > 0 ? fresh.p[i - 1] != '\n' : held.n == 0 || held.p[held.n - 1] != '\n') {
			at_line_start = false;
		}
	}
	return 0;
}

static void gathered_head(struct bits_http *h, unsigned d)
{
	struct direction     *s = &h->dir[d];
	struct bits_where     first = s->held_first;
	g_autoptr(GString)    text = g_steal_pointer(&s->held);
	struct bits_http_head head;

	s->line_is_fine = false;
	if (bits_http_head_parse(&head, (struct bits_str){ text->str, text->len }) == BITS_PARSE_OK &&
	    fits_role(s, &head)) {
		begin_message(h, d, &head, &first);
		return;
	}
	s->held = g_steal_pointer(&text);
	not_a_head(s);
}

/* Any token is a method, and a target may hold spaces, where a head is known to begin.  Behind a hole text may look like
 * that by chance, or be the end of a body that the next head follows without a line break: there a request line is three
 * words, unless it begins as ours do. */
static bool is_plain_first_line(struct bits_str text)
{
	struct bits_str line = bits_str_split(&text, '\n');
	unsigned        spaces = 0;

	if (bits_str_starts(line, BITS_STR("HTTP/")) || bits_str_starts(line, BITS_STR("BITS_POST ")))
		return true;
	for (size_t i = 0; i < line.n; i++) {
		spaces += line.p[i] == ' ';
		if (spaces == 0 && !g_ascii_isalpha(line.p[i]) && line.p[i] != '_' && line.p[i] != '-')
			return false;
	}
	return spaces <= 2;
}

#define LINE_START 64 /* bytes that tell whether a method stands there */

/* Of a line that begins with so much, what is fresh can only be more of its text. */
static bool is_more_of_line(size_t before, struct bits_str fresh)
{
	return before >= LINE_START && memchr(fresh.p, '\n', fresh.n) == NULL;
}

/* Looked at until it is whole, each byte once, however small the pieces in which they come: `from` were held before. */
static bool first_line_may_stand(struct direction *s, size_t from)
{
	struct bits_str fresh = { s->held->str + from, s->held->len - from };
	enum bits_parse like;

	if (is_more_of_line(from, fresh))
		return bits_http_is_line_text(fresh);
	like = bits_http_looks_like_head(held_text(s));
	s->line_is_fine = like == BITS_PARSE_OK;
	return like != BITS_PARSE_BAD && (!s->is_trial || is_plain_first_line(held_text(s)));
}

static void step_head(struct bits_http *h, unsigned d, struct input *in)
{
	struct direction *s = &h->dir[d];
	size_t            n, before;

	if (held_text(s).n == 0) {
		if (in->data.p[0] == '\r' || in->data.p[0] == '\n') {
			consume(s, in, 1); /* RFC 9112 2.2: an empty line before a request is no request */
			return;
		}
		if (head_at_once(h, d, in))
			return;
	}
	before = held_text(s).n;
	n = bytes_to_blank_line(held_text(s), in->data);
	hold(s, in, MIN(n > 0 ? n : in->data.n, BITS_HTTP_HEAD_MAX + 1 - held_text(s).n));
	if (!s->line_is_fine && !first_line_may_stand(s, before))
		not_a_head(s);
	else if (s->held->len > BITS_HTTP_HEAD_MAX) /* cut off at one byte more: the same however the input is cut */
		head_too_long(h, d);
	else if (n > 0)
		gathered_head(h, d);
}

/* ---- bodies ---------------------------------------------------------------------------------------------------- */

static void give_body(struct bits_http *h, unsigned d, struct input *in, size_t n)
{
	h->sink->body(d, (struct bits_str){ in->data.p, n }, &in->w, h->user);
	consume(&h->dir[d], in, n);
}

static void step_counted(struct bits_http *h, unsigned d, struct input *in)
{
	struct direction *s = &h->dir[d];
	size_t            n = (size_t)MIN(s->left, in->data.n);

	give_body(h, d, in, n);
	s->left -= n;
	if (s->left > 0)
		return;
	if (s->phase == PHASE_CHUNK_DATA)
		s->phase = PHASE_CHUNK_END;
	else
		end_message(h, d, true);
}

static void feed(struct bits_http *h, unsigned d, struct input *in);

/* What was undecided goes round again, as the beginning of whatever phase the direction is in now; each byte is of the
 * frame that brought it. */
static void replay_held(struct bits_http *h, unsigned d)
{
	struct direction  *s = &h->dir[d];
	g_autoptr(GString) text = g_steal_pointer(&s->held);
	g_autoptr(GArray)  pieces = g_steal_pointer(&s->pieces);
	size_t             at = 0;

	for (guint i = 0; pieces != NULL && i < pieces->len; i++) {
		const struct piece *p = &g_array_index(pieces, struct piece, i);

		feed(h, d, &(struct input){ { text->str + at, p->n }, p->w, p->starts_segment });
		at += p->n;
	}
}

/* Undecided bytes behind which the stream does not simply go on are taken for what was announced. */
static void decide_for_body(struct bits_http *h, unsigned d)
{
	struct direction *s = &h->dir[d];

	if (s->phase != PHASE_DECIDE)
		return;
	s->phase = s->announced;
	replay_held(h, d);
}

static bool goes_on(const struct piece *p, const struct bits_where *w)
{
	return p->w.frame == w->frame && p->w.file == w->file && p->w.at != BITS_AT_UNKNOWN && p->w.at + p->n == w->at;
}

static void hold_piece(struct direction *s, struct input *in)
{
	struct piece  fresh = { in->w, in->data.n, in->starts_segment };
	struct piece *latest;

	if (s->pieces == NULL)
		s->pieces = g_array_new(false, false, sizeof(struct piece));
	latest = s->pieces->len > 0 ? &g_array_index(s->pieces, struct piece, s->pieces->len - 1) : NULL;
	if (latest != NULL && goes_on(latest, &in->w))
		latest->n += in->data.n;
	else
		g_array_append_val(s->pieces, fresh);
	hold(s, in, in->data.n);
	while (s->n_breaks < s->held->len && (s->held->str[s->n_breaks] == '\r' || s->held->str[s->n_breaks] == '\n'))
		s->n_breaks++;
}

/* Like what is the line that begins in the undecided bytes, with these behind them? */
static enum bits_parse likeness_of_line(struct direction *s, const struct input *in)
{
	size_t          before = held_text(s).n;
	enum bits_parse like;

	if (is_more_of_line(before - s->n_breaks, in->data))
		return bits_http_is_line_text(in->data) ? BITS_PARSE_MORE : BITS_PARSE_BAD;
	if (s->held == NULL)
		s->held = g_string_new(NULL);
	g_string_append_len(s->held, in->data.p, (gssize)in->data.n);
	like = bits_http_looks_like_head((struct bits_str){ s->held->str + s->n_breaks, s->held->len - s->n_breaks });
	g_string_truncate(s->held, before);
	return like;
}

/* Like what are the undecided bytes?  Each is looked at once here as well, but for the first of a line. */
static enum bits_parse likeness(struct direction *s, const struct input *in)
{
	enum bits_parse like = likeness_of_line(s, in);

	return like == BITS_PARSE_MORE && held_text(s).n + in->data.n >= BITS_HTTP_HEAD_MAX ? BITS_PARSE_BAD : like;
}

/* Its sender had heard more than "100 Continue" since its head, and the capture lacks some of that: it may have been a refusal. */
static bool may_be_refused(const struct direction *s, const struct direction *other, const struct bits_where *w)
{
	return w->heard != BITS_HEARD_UNKNOWN && s->head_heard != BITS_HEARD_UNKNOWN &&
	       w->heard > s->head_heard + strlen(CONTINUE) && (other->next < w->heard || other->hole_end > s->head_heard);
}

/* Its sender had not heard of the answer yet: it had no reason to think better of its body. */
static bool is_before_answer(const struct direction *s, const struct bits_where *w)
{
	return !s->answered || (w->heard != BITS_HEARD_UNKNOWN && s->answered_at != BITS_AT_UNKNOWN && w->heard <= s->answered_at);
}

/* Of a request it has to be known or possible that a final answer came first. */
static bool may_be_bodiless(const struct direction *s, const struct direction *other, const struct bits_where *w)
{
	return s->role != ROLE_REQUESTS || !is_before_answer(s, w) || (!s->answered && may_be_refused(s, other, w));
}

/* A body was announced, but its sender may have thought better of it (a final answer instead of 100 Continue), or the
 * answer may be one to HEAD.  Only a whole first line of a head says so; anything else is the body. */
static void step_decide(struct bits_http *h, unsigned d, struct input *in)
{
	struct direction *s = &h->dir[d];
	enum bits_parse   like = BITS_PARSE_BAD;

	if (may_be_bodiless(s, &h->dir[!d], held_text(s).n > 0 ? &s->held_first : &in->w))
		like = likeness(s, in);
	if (like == BITS_PARSE_MORE) {
		hold_piece(s, in);
		return;
	}
	if (like == BITS_PARSE_OK) {
		s->last = s->head_last; /* what was held is none of its bytes */
		s->is_unsure |= s->role == ROLE_REQUESTS && !s->answered;
		end_message(h, d, s->role == ROLE_ANSWERS);
	} else {
		s->phase = s->announced;
	}
	replay_held(h, d);
}

/* Gather one line; false while its end is not there.  The line stays in `held` until drop_held. */
static bool gather_line(struct direction *s, struct input *in, size_t max)
{
	const char *end = memchr(in->data.p, '\n', in->data.n);
	size_t      n = end ? (size_t)(end - in->data.p) + 1 : in->data.n;

	hold(s, in, MIN(n, max + 1));
	return s->held->len > max || s->held->str[s->held->len - 1] == '\n';
}

static void broken_chunks(struct bits_http *h, unsigned d)
{
	end_message(h, d, false);
	lose_way(&h->dir[d]);
}

static bool parse_chunk_size(struct bits_str line, uint64_t *size)
{
	size_t n = 0;

	line = bits_str_trim(line);
	for (*size = 0; n < line.n && g_ascii_isxdigit(line.p[n]); n++) {
		if (*size >> 60 != 0)
			return false;
		*size = *size << 4 | (uint64_t)g_ascii_xdigit_value(line.p[n]);
	}
	return n > 0 && (n == line.n || line.p[n] == ';' || line.p[n] == ' ' || line.p[n] == '\t');
}

static void step_chunk_size(struct bits_http *h, unsigned d, struct input *in)
{
	struct direction *s = &h->dir[d];

	if (!gather_line(s, in, CHUNK_LINE_MAX))
		return;
	if (s->held->len > CHUNK_LINE_MAX || !parse_chunk_size(held_text(s), &s->left)) {
		broken_chunks(h, d);
		return;
	}
	drop_held(s);
	s->trailer = 0;
	s->phase = s->left > 0 ? PHASE_CHUNK_DATA : PHASE_TRAILER;
}

static void step_chunk_end(struct bits_http *h, unsigned d, struct input *in)
{
	struct direction *s = &h->dir[d];
	char              c = in->data.p[0];

	if (c != '\r' && c != '\n') {
		broken_chunks(h, d);
		return;
	}
	consume(s, in, 1);
	if (c == '\n')
		s->phase = PHASE_CHUNK_SIZE;
}

static void step_trailer(struct bits_http *h, unsigned d, struct input *in)
{
	struct direction *s = &h->dir[d];
	bool              is_empty;

	if (!gather_line(s, in, BITS_HTTP_HEAD_MAX))
		return;
	s->trailer += s->held->len;
	if (s->trailer > BITS_HTTP_HEAD_MAX) {
		broken_chunks(h, d);
		return;
	}
	is_empty = bits_str_trim(held_text(s)).n == 0;
	drop_held(s);
	if (is_empty)
		end_message(h, d, true);
}

/* ---- lost ------------------------------------------------------------------------------------------------------ */

/* Where the way was lost: not behind an empty line, which would be no part of it if it came on its own. */
static bool may_begin_head(const struct input *in)
{
	return in->starts_segment && in->data.p[0] != '\r' && in->data.p[0] != '\n' && is_plain_first_line(in->data) &&
	       bits_http_looks_like_head(in->data) != BITS_PARSE_BAD;
}

static void step_lost(struct bits_http *h, unsigned d, struct input *in)
{
	struct direction *s = &h->dir[d];
	size_t            n = in->data.n;

	if (may_begin_head(in) && is_confirmed(s, &h->dir[!d], &in->w)) {
		s->phase = PHASE_HEAD;
		s->is_trial = true;
		s->is_unsure |= is_first_sight(s, &h->dir[!d], &in->w);
		return;
	}
	skip(s, n, &in->w);
	consume(s, in, n);
}

static void step_hopeless(struct bits_http *h, unsigned d, struct input *in)
{
	consume(&h->dir[d], in, in->data.n);
}

static void step_close(struct bits_http *h, unsigned d, struct input *in)
{
	give_body(h, d, in, in->data.n);
}

static void (*const steps[])(struct bits_http *h, unsigned d, struct input *in) = {
	[PHASE_HEAD] = step_head,
	[PHASE_LENGTH] = step_counted,
	[PHASE_CLOSE] = step_close,
	[PHASE_DECIDE] = step_decide,
	[PHASE_CHUNK_SIZE] = step_chunk_size,
	[PHASE_CHUNK_DATA] = step_counted,
	[PHASE_CHUNK_END] = step_chunk_end,
	[PHASE_TRAILER] = step_trailer,
	[PHASE_LOST] = step_lost,
	[PHASE_HOPELESS] = step_hopeless,
};

static void feed(struct bits_http *h, unsigned d, struct input *in)
{
	while (in->data.n > 0)
		steps[h->dir[d].phase](h, d, in);
}

/* ---- the front door -------------------------------------------------------------------------------------------- */

struct bits_http *bits_http_new(const struct bits_http_sink *sink, void *user, bool from_start)
{
	struct bits_http *h = g_new0(struct bits_http, 1);

	h->sink = sink;
	h->user = user;
	for (unsigned d = 0; d < 2; d++) {
		h->dir[d].from_start = from_start;
		h->dir[d].phase = from_start ? PHASE_HEAD : PHASE_LOST;
	}
	return h;
}

void bits_http_free(struct bits_http *h)
{
	if (h == NULL)
		return;
	for (unsigned d = 0; d < 2; d++) {
		if (h->dir[d].held != NULL)
			g_string_free(h->dir[d].held, true);
		if (h->dir[d].pieces != NULL)
			g_array_unref(h->dir[d].pieces);
		g_free(h->dir[d].steps);
	}
	g_free(h);
}

void bits_http_data(struct bits_http *h, unsigned d, struct bits_str data, const struct bits_where *w,
                    bool starts_segment)
{
	struct direction *s = &h->dir[d];

	if (data.n == 0)
		return;
	s->is_seen = true;
	/* A head in doubt is confirmed by what was heard *before* its own bytes: feed first, then take note. */
	feed(h, d, &(struct input){ data, *w, starts_segment });
	note_heard(s, w);
	if (w->at != BITS_AT_UNKNOWN)
		s->next = w->at + data.n;
}

static void lose_counted(struct bits_http *h, unsigned d, uint64_t n, const struct bits_where *w)
{
	struct direction *s = &h->dir[d];

	s->left -= n;
	h->sink->lost(d, n, w, h->user);
	if (s->left > 0)
		return;
	if (s->phase == PHASE_CHUNK_DATA)
		s->phase = PHASE_CHUNK_END;
	else
		end_message(h, d, true);
}

static void lose_from_body(struct bits_http *h, unsigned d, uint64_t n, const struct bits_where *w)
{
	struct direction *s = &h->dir[d];
	uint64_t          inside = MIN(n, s->left);
	struct bits_where rest = *w;

	advance(&rest, inside);
	lose_counted(h, d, inside, w);
	if (n == inside)
		return;
	if (s->phase == PHASE_CHUNK_END)
		end_message(h, d, false);
	lose_way(s);
	skip(s, n - inside, &rest);
}

void bits_http_lost(struct bits_http *h, unsigned d, uint64_t n, const struct bits_where *w)
{
	struct direction *s = &h->dir[d];

	if (n == 0 || s->phase == PHASE_HOPELESS)
		return;
	if (w->at != BITS_AT_UNKNOWN)
		s->next = s->hole_end = w->at + n;
	decide_for_body(h, d);
	switch (s->phase) {
	case PHASE_LENGTH:
	case PHASE_CHUNK_DATA:
		lose_from_body(h, d, n, w);
		return;
	case PHASE_CLOSE:
		h->sink->lost(d, n, w, h->user);
		return;
	case PHASE_CHUNK_SIZE:
	case PHASE_CHUNK_END:
	case PHASE_TRAILER:
		end_message(h, d, false);
		break;
	default:
		break;
	}
	lose_way(s);
	skip(s, n, w);
}

void bits_http_seam(struct bits_http *h, unsigned d)
{
	struct direction *s = &h->dir[d];

	decide_for_body(h, d);
	if (s->phase == PHASE_HEAD)
		lose_way(s);
	else
		s->is_patched = s->phase != PHASE_LOST && s->phase != PHASE_HOPELESS;
}

void bits_http_finish(struct bits_http *h, unsigned d)
{
	struct direction *s = &h->dir[d];

	decide_for_body(h, d);
	if (s->phase == PHASE_CLOSE)
		end_message(h, d, true);
	else if (s->phase == PHASE_HEAD || s->phase == PHASE_LOST)
		lose_way(s); /* half a head is no message */
	else if (s->phase != PHASE_HOPELESS)
		end_message(h, d, false);
	tell_skipped(h, d);
	drop_held(s);
	s->phase = PHASE_HOPELESS;
}

void bits_http_seen(struct bits_http *h, unsigned d)
{
	h->dir[d].is_seen = true;
}

void bits_http_answered(struct bits_http *h, unsigned d, uint64_t at)
{
	h->dir[d].answered = true;
	h->dir[d].answered_at = at;
}

bool bits_http_is_after_receipt(const struct bits_http *h, unsigned d, const struct bits_where *w)
{
	uint64_t theirs = theirs_of(&h->dir[!d], w);

	return theirs != BITS_HEARD_UNKNOWN && theirs > w->at;
}

bool bits_http_is_hopeless(const struct bits_http *h, unsigned d)
{
	return h->dir[d].phase == PHASE_HOPELESS;
}

uint64_t bits_http_pending(const struct bits_http *h, unsigned d)
{
	const struct direction *s = &h->dir[d];

	return s->phase == PHASE_HEAD || s->phase == PHASE_DECIDE ? held_text(s).n : 0;
}

uint64_t bits_http_held(const struct bits_http *h)
{
	uint64_t n = sizeof *h;

	for (unsigned d = 0; d < 2; d++) {
		n += h->dir[d].room * sizeof(struct heard_step);
		n += h->dir[d].held != NULL ? sizeof(GString) + h->dir[d].held->allocated_len : 0;
		n += h->dir[d].pieces != NULL ? h->dir[d].pieces->len * sizeof(struct piece) : 0;
	}
	return n;
}

bool bits_http_is_in_body(const struct bits_http *h, unsigned d, uint64_t n)
{
	const struct direction *s = &h->dir[d];

	return s->phase == PHASE_CLOSE || ((s->phase == PHASE_LENGTH || s->phase == PHASE_CHUNK_DATA) && n <= s->left);
}

bool bits_http_is_between(const struct bits_http *h, unsigned d)
{
	const struct direction *s = &h->dir[d];

	return (s->phase == PHASE_HEAD && held_text(s).n == 0) || s->phase == PHASE_LOST;
}
