/* bits_tracker.h - the front door of the core: events of HTTP messages in, packets, bytes, findings and sessions out.
 *
 * Pairs requests with answers per connection, sessions over connections and time, and applies the rules.  No I/O, no
 * clock, no globals.  Feed it through bits_conn.h. */
#ifndef BITS_TRACKER_H
#define BITS_TRACKER_H

#include "core/bits_session.h"

enum bits_event_type {
	BITS_EVENT_HEAD,    /* msg is set: one HTTP message head, BITS or not; fed as soon as it is whole           */
	BITS_EVENT_BODY,    /* data: the next bytes of that message's body                                          */
	BITS_EVENT_LOST,    /* lost: bytes that the capture does not have; `in_body` tells whether they are counted */
	BITS_EVENT_END,     /* the message is whole, or as whole as it will ever be                                 */
	BITS_EVENT_HEARD,   /* no bytes: the side's TCP acknowledged more (where.heard), or ended its stream (fin)  */
	BITS_EVENT_TROUBLE, /* the framer passed over bytes                                                         */
	BITS_EVENT_CLOSE,   /* the connection is gone                                                               */
	BITS_EVENT_AGAIN,   /* a segment, `lost` bytes long, that was there before                                  */
	BITS_EVENT_EARLY,   /* one that lies behind bytes which have not come                                       */
	BITS_EVENT_BEGAN,   /* no bytes: the side's SYN came late; what was fed first of it was its first byte      */
	BITS_EVENT_SEAM,    /* another recording goes on: something of this side may be missing in between          */
};

struct bits_event {
	enum bits_event_type   type;
	enum bits_side         side;     /* whose bytes                                                             */
	struct bits_where      where;    /* of the first byte; END: of the last                                     */
	const struct bits_where *last;   /* HEAD: of the head's last byte; borrowed                                 */
	const struct bits_ends *ends;    /* of the connection; borrowed                                             */
	const struct bits_message *msg;  /* HEAD                                                                    */
	const struct bits_http_framing *framing; /* HEAD                                                            */
	struct bits_str        data;     /* BODY                                                                    */
	uint64_t               lost;     /* LOST, TROUBLE, AGAIN: bytes                                             */
	bool                   in_body;  /* LOST                                                                    */
	bool                   whole;    /* END                                                                     */
	bool                   fin;      /* HEARD                                                                   */
	bool                   from_start; /* HEAD: the connection was seen from its SYN                            */
	bool                   side_from_start; /* HEAD: ... or the side's own came late                            */
	enum bits_http_trouble trouble;  /* TROUBLE                                                                 */
	enum bits_close        how;      /* CLOSE                                                                   */
};

/* Where one message lies in the capture. */
struct bits_span {
	struct bits_where first;    /* of its first byte                                                    */
	uint64_t          head_end; /* offset behind its head in its sender's stream, or BITS_AT_UNKNOWN ... */
	uint32_t          head_file, head_frame; /* ... and where the head's last byte lies                  */
	struct bits_where last;     /* of its last byte so far                                              */
	uint64_t          body;     /* body bytes captured                                                  */
	uint64_t          lost;     /* body bytes that the capture lacks                                    */
	bool              ended, whole;
};

/* One request and its final answer.  Valid for the call; `number` identifies it for longer. */
struct bits_exchange {
	uint64_t                   number;   /* from 1                                                      */
	uint64_t                   conn;
	struct bits_ends           ends;
	const struct bits_message *request;  /* NULL: not in the capture                                    */
	const struct bits_message *answer;   /* NULL: not (yet) seen                                        */
	struct bits_span           request_at, answer_at;
	enum bits_outcome          outcome;
	bool                       doubtful; /* which answer belongs to which request cannot be told        */
	struct bits_session       *session;  /* NULL: none (a Ping before its Create-Session)               */
	uint64_t                   body;     /* body bytes captured that lie in the file                    */
};

/* Callbacks; `user` last, NULL members mean "don't care".  Nothing a callback does steers the core. */
struct bits_sink {
	/* A BITS request (side CLIENT) or its final answer (SERVER) became known; heads come in the order in which they
	 * are whole.  x->request is NULL for an answer to something unseen. */
	void (*packet)(const struct bits_exchange *x, enum bits_side side, void *user);
	/* The wait of a BITS request ended without an answer.  how: as its connection went, when the capture is whole enough
	 * to tell that there was none, and w is where; BITS_CLOSE_OPEN: an answer may be missing from the capture, w is NULL. */
	void (*unanswered)(const struct bits_exchange *x, enum bits_close how, const struct bits_where *w, void *user);
	/* That message is over: its span is final. */
	void (*whole)(const struct bits_exchange *x, enum bits_side side, void *user);
	/* Entity bytes of a Fragment were seen: they belong at [offset, offset + data.n) of x->session's file.
	 * Provisional until settled. */
	void (*bytes)(const struct bits_exchange *x, uint64_t offset, struct bits_str data, const struct bits_where *w, void *user);
	/* Bytes r of x are in the file for good, or forgotten; may come several times, also long after the answer and
	 * before its bytes (bytes fed later share the fate).  What no call named by `ended` stays unanswered: of
	 * those not let go the copy of the exchange with the greatest number stands where nothing was kept. */
	void (*settled)(const struct bits_exchange *x, struct bits_range r, bool kept, void *user);
	/* What is not settled of x by now stays unanswered for good: too many Fragments of its session are open, or too much
	 * is kept of them.  Its copy stands where nothing was kept, no open exchange has one, and none was let go later.
	 * Bytes of it that come behind this are provisional, but for what was settled already, until the next such call. */
	void (*let_go)(const struct bits_exchange *x, void *user);
	void (*finding)(const struct bits_finding *f, void *user);
	void (*step)(const struct bits_session *s, enum bits_state from, void *user);
	/* `from`, opened by a Create-Session, turned out to be `into`, which other packets had opened under the id that the
	 * Ack gives out: whatever was told of `from` belongs to `into`, and no `ended` comes for it. */
	void (*joined)(const struct bits_session *from, const struct bits_session *into, void *user);
	/* The last call for s but findings. */
	void (*ended)(const struct bits_session *s, void *user);
};

struct bits_tracker_options {
	bool no_digests; /* compute no block digests: conflicts stay unknown (--no-hash) */
};

struct bits_tracker *bits_tracker_new(const struct bits_sink *sink, void *user, const struct bits_tracker_options *o);
void                 bits_tracker_free(struct bits_tracker *t);
typedef struct bits_tracker bits_tracker_handle;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(bits_tracker_handle, bits_tracker_free)

void bits_tracker_feed(struct bits_tracker *t, const struct bits_event *ev);

/* A RST of `sender` after a RST of the other end had closed that connection, and nothing but RSTs and ACKs had come since;
 * w: its frame. */
void bits_tracker_late_reset(struct bits_tracker *t, uint64_t conn, const struct bits_end *sender,
                             const struct bits_where *w);

/* What the answer that was fed last (a HEAD of side SERVER) means for the framing of its body. */
enum bits_http_answer bits_tracker_answer_kind(const struct bits_tracker *t);

/* Is the request that the client of this connection is sending answered already? */
bool bits_tracker_is_answered(const struct bits_tracker *t, uint64_t conn);

/* Would that client's GET of that target download the reply of a session?  A front that is not fed every HTTP connection
 * should be fed this one. */
bool bits_tracker_knows_reply(const struct bits_tracker *t, const struct bits_addr *client, struct bits_str target);

/* The exchange whose request (side CLIENT) or answer (SERVER) is under way on this connection; NULL where there is none. */
const struct bits_exchange *bits_tracker_under_way(const struct bits_tracker *t, uint64_t conn, enum bits_side side);

/* The capture lacks something, and nobody can say what: it is damaged, or its tap dropped frames.  That a session was left
 * open is not told any more.  Before bits_tracker_finish. */
void bits_tracker_lacks_evidence(struct bits_tracker *t);

/* The evidence is at its end: whatever is open ends.  Once; only bits_tracker_free may follow. */
void bits_tracker_finish(struct bits_tracker *t);

struct bits_tracker_stats {
	uint64_t packets;       /* BITS requests and answers to them    */
	uint64_t sessions, findings;
	uint64_t evicted;       /* entries given up because a cap bit   */
	uint64_t given_up;      /* sessions that ended because too many were open at a time */
};
const struct bits_tracker_stats *bits_tracker_stats(const struct bits_tracker *t);

#endif
