/* connection.h - one TCP connection as a capture shows it: two streams, and what a segment means to them.
 *
 * RFC 9293 3.10.7, read generously: a capture may begin anywhere, lack frames, and have them twice or out of order.
 * Nothing here feeds the core; pump.c does. */
#ifndef WIRE_CONNECTION_H
#define WIRE_CONNECTION_H

#include <glib.h>
#include <stdbool.h>

#include "core/bits_where.h"
#include "wire/segment.h"
#include "wire/stream.h"

struct bits_conn;
struct conn_facts;
struct pdu_copies;

enum connection_kind {
	CONN_UNDECIDED, /* no payload yet, or none that could be HTTP */
	CONN_HTTP,
	CONN_OTHER,     /* not HTTP: nothing of it is kept            */
	CONN_DEAD,      /* it ended; late copies of it open nothing   */
};

/* A SYN, or the answer to one, that may open another connection of the same ends: who owns this one answers it and goes on, who
 * gave it up takes it (RFC 5961 4).  So it counts from where it is answered. */
struct opening {
	uint64_t ordinal; /* of the connection that it would open; 0: none was seen */
	uint32_t seq;     /* of its first byte                                      */
	uint8_t  by;      /* direction                                              */
};

/* What is read of it. */
struct live {
	struct stream     stream[2];
	uint64_t          told_heard[2]; /* what the core knows that this direction has heard */
	struct bits_where last;          /* its latest frame                                  */
	uint64_t          framed;        /* bits_conn_held, as far as the pump knows          */
	struct opening    opening;       /* the latest                                        */
	uint8_t           doubted_reset; /* 1 + the direction of a RST that may have been heeded: see connection_heeds; 0 */
};

/* What is left of a direction that is not read any more, so that late copies of it are told from another connection. */
struct trace {
	uint32_t base_seq, next_seq;
	bool     is_known, is_from_start; /* the base is; ... and is its first byte */
};

/* Most connections of most captures are of no interest, or have ended: these are small. */
struct connection {
	struct bits_end    end[2];    /* direction d is sent by end[d]; as ends_map.h orders them            */
	uint64_t           ordinal;   /* from 1                                                               */
	struct live       *live;      /* owned; NULL: OTHER or DEAD, and it was retired                       */
	struct trace       trace[2];  /* then                                                                 */
	struct bits_conn  *core;      /* CONN_HTTP; owned                                                     */
	struct pdu_copies *pdus;      /* NULL: of packets; owned                                              */
	struct conn_facts *facts;     /* NULL: nobody wants them, or it is not HTTP; owned                    */
	GList              link;      /* its place in a queue of its table, ...                               */
	uint32_t           part;      /* of its telling, which it has come to (struct frame)                  */
	bool               is_retired; /* ... and which queue that is: the table's                            */
	uint8_t            kind;      /* enum connection_kind                                                 */
	bool               goes_on;   /* bytes came after its RST: that one says nothing                      */
	uint8_t            reset_by;  /* 1 + the direction of the RST that ended it; 0: none did              */
	bool               is_secure; /* its bytes came out of TLS (exported PDUs)                            */
	int8_t             first_fin; /* direction whose FIN was reached first; -1: none                      */
};

struct connection *connection_new(const struct bits_end end[2], uint64_t ordinal) G_GNUC_WARN_UNUSED_RESULT;
/* Its streams hold nothing any more (connection_forget). */
void connection_free(struct connection *c);

/* What waits in its streams goes. */
void connection_forget(struct connection *c, struct stream_totals *totals);
/* It is OTHER or DEAD, and nobody watches a hole of it: only its traces stay. */
void connection_retire(struct connection *c, struct stream_totals *totals);
/* The same ends again, but another connection: the entry is used anew. */
void connection_renew(struct connection *c, uint64_t ordinal, struct stream_totals *totals);
/* A RST ended it before any byte of it came, and it was retired: does s go on with it, as if that had been nobody's? */
bool connection_is_taken_up_by(const struct connection *c, unsigned d, const struct segment *s);
/* Renewed as it was before its first byte, which direction d sends.  A RST of the other side counts unless that is heard of again. */
void connection_take_up(struct connection *c, unsigned d, struct stream_totals *totals);

/* Below, direction d sent s. */

/* Is this SYN, or this segment, one of the connection that we know? */
bool connection_fits(const struct connection *c, unsigned d, const struct segment *s);

/* Below, it is not retired. */

/* Of a segment that does not fit: does it open a connection that may be nobody's?  One that is read, and not about to end, may
 * go on behind it. */
bool connection_doubts_opening(const struct connection *c, const struct segment *s);
/* Is it the first that comes of the connection that was opened, if one was? */
bool connection_is_opened_by(const struct connection *c, unsigned d, const struct segment *s);

/* The scales of both streams, as far as s can tell.  The first segment that is seen of a direction fixes its scale; so
 * does the other side's acknowledgment of it. */
void connection_learn(struct connection *c, unsigned d, const struct segment *s);

/* What d has heard of the other direction; BITS_HEARD_UNKNOWN where s does not say, or cannot be believed. */
uint64_t connection_heard(const struct connection *c, unsigned d, const struct segment *s);

/* Where s has a FIN, its stream ends there. */
void connection_note_fin(struct connection *c, unsigned d, const struct segment *s);

/* Is it a RST whose number lies in what this side has sent or may send, and which is not broken? */
bool connection_is_reset_by(const struct connection *c, unsigned d, const struct segment *s);

/* Of a RST of which connection_is_reset_by holds: did the other side heed it?  Surely where its number is the very next one that
 * that side waits for; any other one it answers and goes on (RFC 5961 3.2), unless the capture lacks what came before. */
bool connection_heeds(const struct connection *c, unsigned d, const struct segment *s);

/* Are the first bytes of both directions known?  A direction that the capture lacks does not matter. */
bool connection_is_from_start(const struct connection *c);

/* Of two directions with holes the one to give up first: behind it the older bytes wait.  One of them has a hole. */
unsigned connection_older_hole(const struct connection *c);

#endif
