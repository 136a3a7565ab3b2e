/* bits_http.h - HTTP/1.x as a bystander sees it: the grammar of a head, and a push framer for one connection.
 *
 * RFC 9112, read generously: any token is a method, any text a reason phrase; a bare LF ends a line; a header may be
 * folded, repeated, or in any case.  Zero copy: only a head or a chunk line that is cut by the input is gathered, and
 * never more than BITS_HTTP_HEAD_MAX of it. */
#ifndef BITS_HTTP_H
#define BITS_HTTP_H

#include <glib.h>

#include "core/bits_str.h"
#include "core/bits_where.h"

#define BITS_HTTP_HEAD_MAX 65536 /* bytes of one head, blank line included */

enum bits_parse { BITS_PARSE_OK, BITS_PARSE_MORE, BITS_PARSE_BAD };

/* One header field; name and value are trimmed, and a folded value keeps its line breaks.  A line without a colon has
 * an empty name. */
struct bits_http_field {
	struct bits_str name, value;
};

#define BITS_HTTP_FIELDS_READ 24 /* fields that are kept as they were read; few heads have more */

struct bits_http_head {
	bool            is_request;
	struct bits_str method, target; /* requests                                              */
	unsigned        status;         /* answers: 100-999                                      */
	struct bits_str reason;
	unsigned        major, minor;   /* HTTP version                                          */
	struct bits_str fields;         /* the header lines as they stand, for bits_http_next    */
	struct bits_str text;           /* the whole head: first line through blank line         */
	size_t          length;         /* of the text and of any CRLF that came before it       */
	unsigned        n_read;         /* of its fields, the first ones; what lies behind them  */
	struct bits_str unread;
	struct bits_http_field read[BITS_HTTP_FIELDS_READ];
};

/* Parse the head at the start of buf, after any CRLFs.  MORE: a prefix of a possible head, call again with more of the
 * same bytes.  BAD: no suffix can mend it.  On OK every view points into buf and lives as long as it does. */
enum bits_parse bits_http_head_parse(struct bits_http_head *head, struct bits_str buf);

/* The first bytes of a stream alone: can a head begin like this?  Needs no whole line. */
enum bits_parse bits_http_looks_like_head(struct bits_str buf);

/* No control characters but tabs and carriage returns: so much of a first line may go on. */
bool bits_http_is_line_text(struct bits_str s);

/* The next field of lines: start with `rest` = head->fields; false at the end. */
bool bits_http_next(struct bits_str *rest, struct bits_http_field *field);

/* The same of a head that was parsed: start with { 0 }. */
struct bits_http_walk {
	unsigned        passed;
	struct bits_str rest;
};
static inline bool bits_http_walk(const struct bits_http_head *head, struct bits_http_walk *w, struct bits_http_field *field)
{
	if (w->passed < head->n_read) {
		*field = head->read[w->passed++];
		return true;
	}
	if (w->passed++ == head->n_read)
		w->rest = head->unread;
	return w->rest.n > 0 && bits_http_next(&w->rest, field);
}

/* What follows a head, by RFC 9112 6.3. */
enum bits_http_body {
	BITS_HTTP_BODY_NONE,
	BITS_HTTP_BODY_LENGTH,  /* `length` bytes            */
	BITS_HTTP_BODY_CHUNKED, /* chunks, then trailers     */
	BITS_HTTP_BODY_CLOSE,   /* until the direction ends  */
};
struct bits_http_framing {
	enum bits_http_body body;
	uint64_t            length;
	bool                lengths_differ; /* two different Content-Lengths: the first is taken                   */
	bool                expects;        /* Expect: 100-continue: after a final answer the body may never come  */
	bool                is_unsure;      /* (of a framer) only the look of the first bytes of a stream speaks for it: they  *
	                                     * may be the middle of a head, or of a body                                    */
};

/* As the head alone says it; that an answer to HEAD or CONNECT has no body, only its request can tell. */
struct bits_http_framing bits_http_framing_of(const struct bits_http_head *head);

/* What the owner of a framer tells it about a head that it was just given. */
enum bits_http_answer {
	BITS_HTTP_AS_FRAMED, /* a request; or an answer whose head speaks the truth about its body            */
	BITS_HTTP_BODYLESS,  /* an answer to HEAD, or a 2xx to CONNECT: whatever its head says, no body comes  */
	BITS_HTTP_GUESS,     /* an answer to a request unseen: no body if the next bytes begin another answer */
};

/* Trouble that is no message of its own. */
enum bits_http_trouble {
	BITS_HTTP_HEAD_TOO_LONG, /* a head of more than BITS_HTTP_HEAD_MAX: given up                    */
	BITS_HTTP_HEAD_LOST,     /* bytes passed over before the head that follows, or before the end   */
};

/* Callbacks; d is the direction as the owner numbers it.  After head come body and lost in the order of the bytes,
 * then end; then the next head.  Adjacent body calls may merge or split with the cut of the input, all else may not.
 * `first` is where a message's first byte was seen, `w` where the data's. */
struct bits_http_sink {
	enum bits_http_answer (*head)(unsigned d, const struct bits_http_head *head, const struct bits_http_framing *framing,
	                              const struct bits_where *first, const struct bits_where *last, void *user);
	void (*body)(unsigned d, struct bits_str data, const struct bits_where *w, void *user);
	void (*lost)(unsigned d, uint64_t n, const struct bits_where *w, void *user); /* body bytes that the capture lacks */
	void (*end)(unsigned d, bool whole, const struct bits_where *last, void *user);
	void (*trouble)(unsigned d, enum bits_http_trouble what, uint64_t bytes, const struct bits_where *w, void *user);
};

struct bits_http;

/* from_start: both directions are fed from their first byte.  Otherwise each begins as if after a hole. */
struct bits_http *bits_http_new(const struct bits_http_sink *sink, void *user, bool from_start);
void              bits_http_free(struct bits_http *h);

void bits_http_data(struct bits_http *h, unsigned d, struct bits_str data, const struct bits_where *w, bool starts_segment);

/* n bytes that the capture lacks.  Inside a body they are counted through; elsewhere the framer is lost until a head
 * at the start of a segment that the other direction's `heard` does not contradict. */
void bits_http_lost(struct bits_http *h, unsigned d, uint64_t n, const struct bits_where *w);

/* Something may be missing before the next byte of direction d, and nobody knows how much.  A body goes on: whether what
 * comes is its own, others must tell.  Outside of one, and behind that one, the framer is lost. */
void bits_http_seam(struct bits_http *h, unsigned d);

/* Direction d ends: a body that lasts until close is whole, anything else in flight is not. */
void bits_http_finish(struct bits_http *h, unsigned d);

/* A frame of direction d brought no bytes. */
void bits_http_seen(struct bits_http *h, unsigned d);

/* A final answer, whose first byte is at `at` of the other direction, came to the request that direction d is in the middle
 * of.  If that request expects 100-continue, its body may never come: the next bytes decide that were sent by one who had
 * heard of it. */
void bits_http_answered(struct bits_http *h, unsigned d, uint64_t at);

/* Bytes at the end of what direction d was fed that wait for more: half a head, or a body that may yet be none. */
uint64_t bits_http_pending(const struct bits_http *h, unsigned d);

/* Memory that it takes, in bytes. */
uint64_t bits_http_held(const struct bits_http *h);

/* Would a hole of n bytes lie inside a body, where it can be counted through? */
bool bits_http_is_in_body(const struct bits_http *h, unsigned d, uint64_t n);

/* Does the next byte of direction d begin a message, or may it, because nobody knows where in one it lies? */
bool bits_http_is_between(const struct bits_http *h, unsigned d);

/* Had the sender of the byte at w, in direction d, heard what the other side sent when it had that byte already? */
bool bits_http_is_after_receipt(const struct bits_http *h, unsigned d, const struct bits_where *w);

/* Direction d, known from its first byte, did not begin with HTTP; or it has ended.  Once it was HTTP it may be so again:
 * a tunnel that carries something else is passed over, but never given up. */
bool bits_http_is_hopeless(const struct bits_http *h, unsigned d);

#endif
