/* bits_private.h - what the files of the tracker share.  No front includes it.
 *
 *   bits_tracker.c   front door: events and connections
 *   bits_course.c    a session from its first packet to its end, moved by finished exchanges
 *   bits_exchange.c  a request and its answer, and the findings that name them
 *   bits_pairing.c   which answer answers which request, on one connection
 *   bits_registry.c  which session a request belongs to
 *   bits_fate.c      what an answer does to the bytes of its request and of older ones
 *   bits_seam.c      what lies across the seam of two recordings
 *   bits_order.c     the one-outstanding-request family of rules
 *   bits_session.c   the grid, and what a session learns
 *   bits_network.c   what the network did to a session
 *   bits_reply.c     the reply to an upload, and the notification of the server's application
 *   bits_memory.c    what of a session's past the rules ask for
 *   bits_judge*.c    the rules (bits_judge.h)
 */
#ifndef BITS_PRIVATE_H
#define BITS_PRIVATE_H

#include <string.h>

#include "core/bits_digest.h"
#include "core/bits_hash.h"
#include "core/bits_tracker.h"

/* What may grow with the input has a cap.  Where it bites it counts in bits_tracker_stats.evicted, unless its row says
 * otherwise. */
#define PAIRING_HELD_MAX      64    /* answers of a connection that no request waits for: the oldest goes as unseen      */
#define PAIRING_HELD_BYTES    (UINT64_C(16) << 20) /* bytes of those of all connections: the same                        */
#define PAIRING_WAITING_MAX   4096  /* requests of a connection without an answer: the oldest is given up, doubtful,     *
                                     * and from then on the connection proves nothing, since its answer may still come   */
#define PAIRING_WAITING_ALL   65536 /* those of all connections: the oldest of the connection that brings one more       */
#define FATE_UNSETTLED_MAX    4096  /* exchanges of a session that a later answer may still accept: the oldest stays     *
                                     * unanswered                                                                        */
#define FATE_PIECES_MAX       16384 /* pieces of an upload, and of a Fragment, that do not touch: bytes that would make *
                                     * one more are left out, and the evidence is partial                                */
#define FATE_PIECE_COST       128   /* bytes of memory of each, here and in the fronts                                   */
#define REGISTRY_SAME_ID_MAX  256   /* latest sessions of one id that are looked at (not counted as evicted)             */
#define ORDER_RACES_MAX       1024  /* pairs of requests on two connections that are watched: no more are               */
#define COURSE_LINGERING_MAX  64    /* sessions that are over but not told of: the oldest ends (not evicted)             */
#define REGISTRY_ENDED_MAX    65536 /* ended sessions whose ids are remembered: the oldest is forgotten                  */
#define REGISTRY_ENDED_BYTES  (UINT64_C(16) << 20) /* ... and so much of their ids and paths                            */
#define COURSE_LIVE_MAX       16384 /* sessions that have not ended: the one that was silent longest ends as it is, its  *
                                     * evidence partial (bits_tracker_stats.given_up), and the tracker lacks evidence    */
#define COURSE_HELD_MAX       (UINT64_C(64) << 20) /* bytes of messages and pieces that are kept: beyond that as well       */

struct conn;
struct creating;
struct session;

/* Whether a copy of bytes is in the file is decided per exchange. */
enum fate {
	FATE_WAITING,    /* no final answer yet                                             */
	FATE_ACCEPTED,   /* below `accepted_to`; what lies above it is unanswered           */
	FATE_REFUSED,    /* for good                                                        */
	FATE_UNANSWERED, /* the wait is over; a later answer may still accept a part        */
};

struct exchange {
	struct bits_exchange pub;        /* first, so that the two can be cast                                          */
	unsigned             refs;
	uint64_t            *books;      /* the tracker's `held` or `unmatched`, in which ...                            */
	uint64_t             held;       /* ... so many bytes are of its messages, and of its pieces                    */
	struct conn         *conn;       /* NULL once that is gone                                                      */
	struct session      *session;    /* pub.session, with its private part; NULL where ...                          */
	struct session      *about;      /* ... it is about pub.session, but no packet of its course: a notification,   *
	                                  * the GET of a reply; owned reference                                         */
	bool                 is_bits, is_head_method, is_connect;
	bool                 is_unsure;  /* its request may have begun earlier, or be the middle of a body               */
	bool                 two_lengths[BITS_N_SIDES]; /* a message's framing headers contradict each other             */
	bool                 waits;      /* in conn->waiting, at ...                                                    */
	GList                in_conn;
	bool                 waits_in_session; /* in session->waiting, at ...                                           */
	GList                in_session;
	GList                in_recent;  /* ... and in conn->recent; every link leads to this exchange                  */
	bool                 is_raced;   /* a race is or was on for it (bits_order.c)                                   */
	bool                 in_turn;    /* no other request of its session waited while it did                         */
	bool                 delivered;  /* the client's TCP acknowledged the answer's head, not later than in ...      */
	struct bits_where    delivered_at;
	uint64_t             losses;     /* of its connection when it was sent ...                                      */
	uint64_t             losses_after; /* ... and when its request was over                                         */
	bool                 unseen;     /* an answer without its request                                               */
	bool                 in_hole;    /* answered, but inside a hole of the capture                                  */
	bool                 is_sewn;    /* a seam lies between its beginning and its answer                            */
	bool                 is_patched; /* ... in its request: the bytes behind it may be another's                    */
	bool                 is_fitting; /* ... and its answer fits, but says of no session that it is of it             */
	enum bits_close      died_of;    /* UNANSWERED: how its connection went                                         */
	struct bits_where    died_at;    /* ... and where; only with died_of                                            */

	struct bits_range    claim;      /* bytes of the file that its body is; empty: none                             */
	uint64_t             request_end; /* offset behind its last byte in the client's stream, as its head says;      *
	                                   * BITS_AT_UNKNOWN: chunked                                                   */
	uint64_t             offset;     /* of its next body byte in the file                                           */
	struct bits_ranges   copies;     /* captured bytes of it inside claim                                           */
	struct bits_digester *digester;  /* NULL without digests                                                        */
	enum fate            fate;
	uint64_t             accepted_to;
	bool                 is_closed;  /* a Close-Session succeeded while it waited                                   */
	bool                 is_let_go;  /* no answer that comes settles it                                              */
	uint64_t             stated;     /* greatest offset that answers stated since its last byte, while it waited    */

	GPtrArray           *followers;  /* of struct exchange: later requests to be judged against this one; or NULL   */
};

/* Where a connection stands still; frame 0: nowhere. */
struct pause {
	struct bits_where since;               /* the latest frame with something new                                   */
	struct bits_where moved[BITS_N_SIDES]; /* ... with bytes of that side                                           */
	struct bits_where early[BITS_N_SIDES]; /* the first bytes that lie behind missing ones                          */
	uint64_t          repeats;             /* segments that came again since then                                   */
};

/* What the network did to a session. */
enum stall_kind {
	STALL_REPEATED, /* TCP sent the same bytes again and again                */
	STALL_MISSING,  /* bytes came long after those behind them                */
};
struct network_stall {
	enum stall_kind   kind;
	int64_t           ns;       /* 0: none */
	uint64_t          repeats;
	struct bits_where from, to;
};
struct network {
	uint64_t             repeats;      /* segments that came again, the first of them in ... */
	struct bits_where    first_repeat;
	struct network_stall stall;        /* the longest */
	struct bits_where    reset[2];     /* RSTs of both ends that crossed; frame 0: none */
};

struct conn {
	uint64_t         ordinal;
	struct bits_ends ends;
	bool             from_start, requests_from_start, is_bits;
	GQueue           waiting;        /* of struct exchange, oldest first                                            */
	GQueue           held;           /* of struct exchange: answers that nothing waits for                          */
	struct exchange *sending;        /* whose request is under way; or NULL                                         */
	struct exchange *answering;      /* whose answer is under way; or NULL                                          */
	GQueue           recent;         /* of struct exchange: the latest BITS requests                                */
	struct exchange *fitting;        /* whose answer fits, behind a seam, until the next request; owned; or NULL     */
	struct session  *session;        /* of the latest request that has one; owned reference                         */
	struct session  *doubted;        /* whose requests may lie before its first byte; owned reference; NULL         */
	bool             hole[BITS_N_SIDES]; /* bytes were lost outside of bodies, or could not be read                  */
	uint64_t         losses;         /* holes of any kind, both directions                                          */
	uint64_t         fed[BITS_N_SIDES];   /* end of what was fed of a side's stream                                 */
	uint64_t         heard[BITS_N_SIDES]; /* greatest offset of the other side's stream that a side acknowledged    */
	uint64_t         hole_end;       /* end of the latest hole of the server's direction; 0: none                   */
	bool             doubtful;
	uint8_t          told[(BITS_N_RULES * BITS_N_SIDES + 7) / 8]; /* rows that are told once, without a session    */
	bool             is_fed;         /* something of the server's stream was                                       */
	bool             client_done;    /* its FIN or RST was seen                                                     */
	unsigned         early;          /* its place in the tracker's `early`, from 1 on; 0: it is not there ...       */
	uint64_t         early_at;       /* ... for what its client sent there, which waits behind bytes that have not come */
	bool             is_ending;      /* a FIN of either side was                                                    */
	struct pause     pause;
	unsigned         undelivered;    /* answers since the client acknowledged anything of the server's              */
	uint64_t         frames;         /* distinct frames that brought events                                         */
	uint32_t         last_frame, last_file;
	struct bits_event *pending[BITS_N_SIDES]; /* trouble before the connection was known to be BITS; owned; NULL    */
};

/* What the rules ask of a session's past: its finished exchanges, as far as the next one is judged by them. */
struct memory {
	struct exchange *first;       /* the first that was finished                                                    */
	struct exchange *fragment;    /* the latest Fragment                                                            */
	struct exchange *stated;      /* whose answer stated `offset`                                                   */
	struct exchange *ended;       /* the Close-Session or Cancel-Session that succeeded                             */
	struct exchange *unclosed;    /* the latest that did not, but was answered                                      */
	struct exchange *disowned;    /* the latest that was answered by 0x8020001F                                     */
	struct exchange *challenged;  /* the latest, while it was challenged                                            */
	struct exchange *created;     /* the Create-Session that succeeded                                              */
	struct exchange *old_version[BITS_N_SIDES]; /* whose message was not HTTP/1.1                                    */
	bool             knows_offset, knows_total;
	bool             interrupted; /* since `offset` was stated a Fragment got no answer, or an error other than 416  */
	bool             boasted;     /* `offset` is more than the capture shows to have been sent: what the client makes  *
	                               * of that cannot be judged                                                        */
	bool             pinged;      /* after a BITS-Host-Id ...                                                       */
	bool             pinged_host; /* ... and at the host that it named                                              */
	bool             states_last; /* the server states the last byte in place of the next                           */
	bool             reply_seen;  /* a GET of the reply                                                             */
	bool             notified;    /* the application took the upload                                                */
	uint64_t         offset;      /* of the next byte, as the server said last; after a 2xx without it: last + 1     */
	uint64_t         maximum;     /* greatest offset that it ever stated, in the answer that began at ...            */
	struct bits_where maximum_at;
	uint64_t         total;       /* of the latest accepted Fragment                                                */
	uint64_t         conn, losses; /* of the latest exchange up to which nothing is missing since the server stated     *
	                                * what it has: its connection, and the holes in that when its request was over; its  *
	                                * answer may be known later, when more was lost behind it                           */
	uint64_t         last_conn, last_losses; /* the same of the latest exchange, whatever is missing before it      */
	struct bits_where latest_at;  /* where its last message began                                                   */
	unsigned         challenges;  /* in a row                                                                       */
	bool             tried_to_end; /* a Close-Session or Cancel-Session was sent, whatever became of it               */
	bool             host_failed; /* a request to the BITS-Host-Id host; the first ...                               */
	struct bits_where host_failed_at;
	char            *content_name, *content_encoding, *accept_encoding, *host; /* NULL while unknown                 */
	struct network  *network;    /* NULL: it did nothing; owned                                                     */
	uint8_t          told[(BITS_N_RULES * BITS_N_SIDES + 7) / 8]; /* rows that are told once                        */
};

struct session {
	struct bits_session  pub;        /* first */
	struct memory       *memory;     /* NULL once it has ended                                                      */
	unsigned             refs;
	struct bearer       *bearer;     /* its id in the registry, whose it is; NULL while none is known               */
	char                *path;       /* of its URL                                                                  */
	char                *reply_path; /* of its BITS-Reply-URL, absolute and decoded; NULL                           */
	bool                 has_content_name;
	bool                 is_proxied; /* Via, or an absolute target: a proxy says that it was there                  */
	bool                 is_rivalled; /* its id was given out again while it lived: at `rivalled_at`                */
	struct bits_where    rivalled_at;
	bool                 lacks_requests; /* bytes were lost where its client may have sent some                     */
	unsigned             doubts;     /* why it may be two; of these conn.doubted may be taken back                   */
	bool                 may_be_created_here; /* an Ack that may be its own gave out an id, behind a seam           */
	bool                 is_one_of_several; /* Create-Sessions to its URL that were under way at once                */
	bool                 is_tied;    /* the other side of a proxy is in the capture too                             */
	bool                 lingers, has_ended;
	unsigned             blamed;     /* 1 << enum bits_fault, of its proven errors and warnings                     */
	GList                link;       /* its place in tracker->sessions ...                                          */
	GList                age;        /* ... and in tracker->by_age                                                  */
	struct creating     *creating;   /* its key in tracker->creating; owned; NULL: not there                        */
	struct exchange     *latest;     /* its latest request; owned reference                                         */
	GQueue               waiting;    /* of struct exchange; borrowed: they wait in their connections                */
	GPtrArray           *unsettled;  /* of struct exchange, by number: copies not accepted or refused; owned refs   */
	uint64_t             held;       /* bytes of its pieces in tracker->held                                         */
	unsigned             open_bodies; /* its Fragments whose END has not come                                        */
	uint64_t             first_conn; /* with pub.connections > 0                                                    */
	GHashTable          *other_conns; /* set of ordinals; owned; NULL: none                                          */
	uint64_t             latest_conn;
	uint64_t             create_conn, create_losses;
	struct bits_digests *digests;
};

/* An id, and who was given it. */
struct given_id {
	GQueue           bearers; /* of struct bearer, oldest first; owned */
	struct bits_name name;    /* its text is ...                       */
	char             key[];   /* ... comparable                        */
};

/* Who was given an id: what the registry knows of a session, and all that is left of it when it has ended. */
struct bearer {
	struct session  *session;  /* NULL: it has ended                                          */
	struct given_id *id;
	GList            link;     /* its place among the bearers of it ...                       */
	GList            ended;    /* ... and in tracker->ended, once the session has             */
	uint64_t         ordinal;
	struct bits_ends ends;
	int64_t          first_ns; /* time of its first packet                                    */
	char            *path;     /* of its URL; owned; NULL while the session has it, or unknown */
};

/* A request on a second connection while one of the same session waits on a first: see bits_order.c. */
struct race {
	struct exchange *old, *fresh;    /* owned references                                                            */
	struct conn     *old_conn, *fresh_conn; /* NULL once gone                                                       */
	uint64_t         old_frames, fresh_frames; /* counters at the start                                             */
	uint64_t         fresh_gone;     /* frames of the fresh connection after the start, once it is gone             */
	uint64_t         late;           /* frames of both up to the last new byte of the old request                   */
	struct bits_where late_at;
	bool             client_done_first;
};

struct bits_tracker {
	const struct bits_sink     *sink;
	void                       *user;
	struct bits_tracker_options options;
	struct bits_tracker_stats   stats;
	GHashTable                 *conns;       /* &ordinal -> struct conn; owned                                       */
	struct conn                *latest_conn; /* the one looked up last                                              */
	uint64_t                    n_exchanges, n_sessions, n_replies;
	uint64_t                    waiting;     /* requests of all connections without an answer                         */
	uint64_t                    held;        /* bytes of the messages and pieces of all exchanges and sessions ...    */
	uint64_t                    unmatched;   /* ... and of the answers that no request waits for                      */
	GQueue                      sessions;    /* of struct session, not ended, in order of ordinal; owned references  */
	GQueue                      by_age;      /* the same, in order of their latest requests; borrowed                */
	uint64_t                    digests;     /* bytes of those of all sessions (bits_digest.h)                        */
	uint64_t                    seed;        /* of the digests of bodies, and of the hashes of the next two           */
	GHashTable                 *by_key;      /* given_id->name -> struct given_id; owned                             */
	GHashTable                 *creating;    /* session->creating -> struct session in INIT                          */
	GQueue                      lingering;   /* of struct session: over, but a late byte may still come              */
	GQueue                      ended;       /* of struct bearer: of sessions that have ended, the oldest first ...  */
	uint64_t                    ended_bytes; /* ... and what their texts take                                         */
	GPtrArray                  *races;       /* of struct race; owned                                               */
	GPtrArray                  *early;       /* of struct conn: something of their clients waits behind a hole      */
	GQueue                      resets;      /* of struct reset (bits_network.c); owned                             */
	enum bits_http_answer       answer_kind;
	bool                        lacks_evidence; /* its front says so                                                */
	bool                        saw_proxy;   /* some session is or was is_proxied                                   */
	struct { uint64_t order; uint32_t file, frame; } newest; /* frame of all events so far (struct bits_where)       */
};

/* ---- bits_exchange.c ------------------------------------------------------------------------------------------- */

/* With one reference, which is the caller's. */
struct exchange *exchange_new(struct conn *c);
struct exchange *exchange_ref(struct exchange *x);
void             exchange_unref(struct exchange *x); /* NULL is fine */
/* Its request or its answer, a copy that is its own from now on; *books counts the bytes of it. */
void             exchange_keep(uint64_t *books, struct exchange *x, enum bits_side side, struct bits_message *copy);
/* The answer that was held is that of x. */
void             exchange_adopt(struct exchange *x, struct exchange *held);
void             exchange_set_session(struct exchange *x, struct session *s); /* s: NULL, or gets a reference */
void             exchange_set_about(struct exchange *x, struct session *s);   /* once; likewise */

/* A finding with its row's severity and fault (SENDER becomes a side); x: the offending exchange, or NULL. */
void finding_init(struct bits_finding *f, enum bits_rule_id rule, const struct exchange *x, enum bits_side side);
struct bits_finding finding_of(enum bits_rule_id rule, const struct exchange *x, enum bits_side side);
/* The same finding of another row: its evidence is the offending packet alone again.  Values and words stay as they are. */
void finding_begin(struct bits_finding *f, enum bits_rule_id rule, enum bits_side side);
/* Add evidence, the offending packet first. */
void finding_at(struct bits_finding *f, const struct bits_where *w);
/* Count it, and hand it to the sink. */
void tell_finding(struct bits_tracker *t, struct bits_finding *f);

/* ---- bits_course.c --------------------------------------------------------------------------------------------- */

/* A session that begins with x, which is counted by the caller. */
struct session *course_open(struct bits_tracker *t, const struct exchange *x, enum bits_state state);
/* A request of s was seen. */
void course_touch(struct bits_tracker *t, struct session *s);
/* Behind a request: where its session alone keeps too much, all that is older than x is given up. */
void course_relieve(struct bits_tracker *t, struct exchange *x);
/* s is the latest session of this connection. */
void course_set_conn(struct conn *c, struct session *s);
/* A session that turned out to be another, and has no Fragments: x, its Create-Session, and what else waits move over. */
void course_merge(struct bits_tracker *t, struct exchange *x, struct session *into);
/* The wait of x is over: outcome is set.  Moves the session, settles bytes, judges, tells the sink. */
void course_finish(struct bits_tracker *t, struct exchange *x, enum bits_outcome outcome);
/* Something of s was finished: where it was the last thing, s ends before long.  NULL is fine. */
void course_let_linger(struct bits_tracker *t, struct session *s);
/* The evidence is at its end: so is every session. */
void course_end_all(struct bits_tracker *t);
/* The last call for s but findings. */
void course_end(struct bits_tracker *t, struct session *s);

/* ---- bits_tracker.c -------------------------------------------------------------------------------------------- */

/* An answer to something unseen: told to the sink if it is BITS, and judged. */
void answer_let_go(struct bits_tracker *t, struct conn *c, struct exchange *held);
/* Was this byte fed when its frame came, not later because it lay behind a hole? */
bool is_timely(const struct bits_tracker *t, uint32_t file, uint32_t frame);

/* ---- bits_pairing.c -------------------------------------------------------------------------------------------- */

/* A request begins behind a seam: what waited in front of that was answered in between, or waits with it. */
void pairing_leave_sewn(struct bits_tracker *t, struct conn *c, struct exchange *x);
/* The request of x is known: it waits. */
void pairing_request(struct bits_tracker *t, struct conn *c, struct exchange *x);
/* The next exchange that a held answer belongs to, no longer waiting, its reference the caller's; NULL: none.  Call it
 * after each request until it gives none. */
struct exchange *pairing_held(struct bits_tracker *t, struct conn *c);
/* The exchange that a final answer at `first` belongs to, likewise; NULL: nothing waits for it. */
struct exchange *pairing_answer(struct bits_tracker *t, struct conn *c, const struct bits_where *first);
/* x waits, and does so no longer: its answer may still come, so that from now on its connection proves nothing. */
void pairing_give_up(struct bits_tracker *t, struct exchange *x);
/* Bytes [from, to) of one side were lost outside of any body, or could not be read; from == to: nobody knows where. */
void pairing_hole(struct bits_tracker *t, struct conn *c, enum bits_side side, uint64_t from, uint64_t to);
/* The connection is gone; w: where that was seen. */
void pairing_close(struct bits_tracker *t, struct conn *c, enum bits_close how, const struct bits_where *w);
/* Everything that was ever sent on c, as far as either side says, is in the capture and could be read. */
bool conn_is_gapless(const struct conn *c);

/* ---- bits_registry.c ------------------------------------------------------------------------------------------- */

/* Its tables: ids by what makes them comparable; Create-Sessions whose answer did not give out an id yet, by client, server and
 * path. */
void registry_init(struct bits_tracker *t);
void registry_clear(struct bits_tracker *t);
/* The session of a request; NULL: none (a Ping before its Create-Session, a notification). */
struct session *registry_of_request(struct bits_tracker *t, struct conn *c, struct exchange *x);
/* The client's stream of c began with what was fed first. */
void registry_began(struct conn *c);
/* A successful Create Ack gave out an id.  False: the session of x has another one, so that it was created by another. */
bool registry_created(struct bits_tracker *t, struct exchange *x, struct bits_str id);
/* Who was given the id of s, s among them: of struct bearer, the latest; ->prev is the one before.  NULL: it has none. */
const GList *registry_same_id(const struct session *s);
/* At the end: s has no id, and may be told of by packets and by exported PDUs. */
void registry_tie_nameless(struct bits_tracker *t, struct session *s);
/* No id, no Create-Session leads to s any more. */
void registry_forget(struct bits_tracker *t, struct session *s);
/* s has ended: its id is remembered, for a while. */
void registry_bury(struct bits_tracker *t, struct session *s);

/* ---- bits_fate.c ----------------------------------------------------------------------------------------------- */

void fate_begin(struct bits_tracker *t, struct exchange *x);             /* its head is known          */
void fate_bytes(struct bits_tracker *t, struct exchange *x, struct bits_str data, const struct bits_where *w);
void fate_lost(struct exchange *x, uint64_t n);
void fate_decide(struct bits_tracker *t, struct exchange *x);            /* its outcome is known       */
void fate_end(struct bits_tracker *t, struct exchange *x);               /* its request is over        */
/* x is fitting: the next request of its connection was of its session, or was not. */
void fate_confirm(struct bits_tracker *t, struct exchange *x, bool is_its_own);
/* s ends: of what is fitting nobody will tell any more whose it is, and a doubtful body is no copy of the file. */
void fate_leave_fitting(struct bits_tracker *t, struct session *s);
/* Nobody waits for the fate of what is older than x: it stays as it is. */
void fate_let_go(struct bits_tracker *t, struct session *s, const struct exchange *x);
void fate_close_session(struct session *s);                               /* fills upload.open          */
void fate_weigh(struct bits_tracker *t, struct session *s);              /* its pieces or texts changed */

/* ---- bits_seam.c ----------------------------------------------------------------------------------------------- */

/* Another recording goes on with c. */
void seam_event(struct conn *c, const struct bits_event *ev);
/* x is sewn, and answered: is it doubtful?  Where that depends on the next request of its connection that is remembered. */
bool seam_is_doubtful(struct exchange *x);
/* The next request of c is of session s, or of none (NULL); or c ends. */
void seam_next_request(struct bits_tracker *t, struct conn *c, const struct session *s);

/* ---- bits_judge.c ---------------------------------------------------------------------------------------------- */

/* The wait of x is over: hold it against the rows, and remember it for the next.  Before it moves its session. */
void judge_exchange(struct bits_tracker *t, struct exchange *x);
/* The session is at its end: what only then can be told. */
void judge_session(struct bits_tracker *t, struct session *s);

/* ---- bits_reply.c ---------------------------------------------------------------------------------------------- */

/* The path of a reply as a client asks for it: absolute and decoded.  The caller frees it with g_free. */
char *reply_path(const char *upload_path, struct bits_str url);
/* The session whose reply a request that is no packet downloads; NULL: none that is known. */
struct session *reply_downloaded(const struct bits_tracker *t, const struct exchange *x, const struct bits_message *m);
/* x is that request: judged, and remembered. */
void reply_judge(struct bits_tracker *t, struct session *s, const struct exchange *x);
/* The session that a notification is about, by the id in its paths or the URL; NULL: none that is known. */
struct session *reply_notified(struct bits_tracker *t, const struct exchange *x);

/* ---- bits_memory.c --------------------------------------------------------------------------------------------- */

struct memory *memory_new(void);
void           memory_free(struct memory *m); /* NULL is fine */
/* Is nothing missing between x and the packets before it, as far back as the server said what it has? */
bool           memory_is_next(const struct memory *m, const struct exchange *x);
void           memory_keep(struct session *s, struct exchange *x);

/* ---- bits_order.c ---------------------------------------------------------------------------------------------- */

void order_request(struct bits_tracker *t, struct conn *c, struct exchange *x);
void order_finished(struct bits_tracker *t, struct exchange *x);
void order_client_event(struct bits_tracker *t, struct conn *c, const struct bits_event *ev);
void order_conn_gone(struct bits_tracker *t, struct conn *c);
void race_free(void *race);

/* ---- bits_network.c -------------------------------------------------------------------------------------------- */

/* Every event of a connection. */
void network_event(struct conn *c, const struct bits_event *ev);
/* c is about to go as ev says; what waits on it still does. */
void network_closed(struct bits_tracker *t, struct conn *c, const struct bits_event *ev);
/* s is over: what of the network is to be told. */
void network_judge(struct bits_tracker *t, struct session *s);
void network_free_resets(GQueue *resets);

/* ---- bits_session.c -------------------------------------------------------------------------------------------- */

struct session *session_new(uint64_t ordinal, enum bits_state state);
struct session *session_ref(struct session *s);
void            session_unref(struct session *s);
void            session_shrink(struct session *s);
void            session_add_conn(struct session *s, uint64_t conn); /* once or again: counted once */
void            session_each_conn(const struct session *s, void (*each)(uint64_t conn, void *user), void *user);
bool            session_has_conn(const struct session *s, uint64_t conn);
bool            session_step(struct session *s, enum bits_outcome outcome); /* true: the state changed */
void            session_learn_request(struct session *s, const struct bits_message *m, const struct bits_ends *ends);
/* Its Create-Session came to nothing, and comes once more: forget what that said of its user, agent and file. */
void            session_begin_again(struct session *s);
void            session_learn_answer(struct session *s, const struct bits_message *m);
struct bits_str url_path_in(struct bits_str target); /* a view */
char           *url_path(struct bits_str target);    /* the caller frees it with g_free */

/* ---- small things ---------------------------------------------------------------------------------------------- */

/* Off the front of a queue that the exchanges themselves are the links of; NULL: it is empty. */
static inline struct exchange *exchange_pop(GQueue *q)
{
	GList *link = g_queue_pop_head_link(q);

	return link != NULL ? link->data : NULL;
}

static inline void wait_in_session(struct session *s, struct exchange *x)
{
	g_queue_push_tail_link(&s->waiting, &x->in_session);
	x->waits_in_session = true;
}

static inline bool is_success(unsigned status)
{
	return status >= 200 && status < 300;
}

/* Its answer came when all of it was there, and nothing behind it. */
static inline bool is_answered_at_end(const struct exchange *x)
{
	return x->pub.answer != NULL && x->request_end != BITS_AT_UNKNOWN && x->pub.answer_at.first.heard == x->request_end;
}

/* Its answer may be that to another request, of another recording. */
static inline bool is_strangers(const struct exchange *x)
{
	return x->is_sewn && x->pub.doubtful;
}

static inline bool same_addr(const struct bits_addr *a, const struct bits_addr *b)
{
	if (a->family != b->family || a->telling != b->telling)
		return false;
	return a->family == 4 ? memcmp(a->bytes, b->bytes, 4) == 0 : memcmp(a->bytes, b->bytes, 16) == 0; /* no calls */
}

static inline bool same_end(const struct bits_end *a, const struct bits_end *b)
{
	return a->port == b->port && same_addr(&a->addr, &b->addr);
}

/* The same, whoever tells of it. */
static inline bool same_place(const struct bits_addr *a, const struct bits_addr *b)
{
	struct bits_addr other = *b;

	other.telling = a->telling;
	return same_addr(a, &other);
}

static inline bool same_service(const struct bits_ends *a, const struct bits_ends *b)
{
	return a->server.port == b->server.port && same_place(&a->server.addr, &b->server.addr);
}

static inline bool is_earlier(const struct bits_where *a, const struct bits_where *b)
{
	if (a->order != b->order)
		return a->order < b->order;
	return a->file < b->file || (a->file == b->file && a->frame < b->frame);
}

/* Does the order of reading say which of two frames on different connections was there first?  Frames of two interfaces of one
 * capture are put together by their clocks.  (Captures of a set are too, but mostly they are one that was split.) */
static inline bool have_one_order(const struct bits_where *a, const struct bits_where *b)
{
	return a->file != b->file || a->tap == b->tap;
}

static inline bool came_before(const struct bits_where *a, const struct bits_where *b)
{
	return have_one_order(a, b) && is_earlier(a, b);
}

/* Where the capture shows that x had been sent: at its first byte, or at its answer where the capture lacks that byte and
 * has a late second copy of it. */
static inline const struct bits_where *sent_by(const struct exchange *x)
{
	const struct bits_where *request = &x->pub.request_at.first, *answer = &x->pub.answer_at.first;

	return x->pub.answer != NULL && is_earlier(answer, request) ? answer : request;
}

#endif
