/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder.h - the packets of each session, as little of each as a sequence diagram needs, kept until the run is over.
 *
 * No body, no head: an arrow is a few numbers.  Of one session at most LADDER_HALF arrows from its beginning and as many
 * from its end are kept, of all sessions LADDERS_ARROWS_MAX; what is left out is counted and said.
 *
 * Packets and findings without a session have a place all the same.  A Ping is of the session that its client has with its server at
 * its URL, or of the next one there; an answer whose request nobody saw is of the session of its connection.  Where there
 * is none, what belongs together makes a ladder without a session. */
#ifndef CLI_LADDER_H
#define CLI_LADDER_H

#include <glib.h>
#include <jansson.h>

#include "core/bits_tracker.h"

#define LADDER_HALF        2048U
#define LADDERS_ARROWS_MAX (1U << 20)
#define LADDERS_LOOSE_MAX  256U   /* ladders without a session: what comes after shares the last         */
#define LADDERS_PLACES_MAX 65536U /* places and connections that are remembered: then all are forgotten  */

enum arrow_kind {
	ARROW_REQUEST,
	ARROW_ANSWER,
	ARROW_SILENCE, /* the wait for an answer ended */
	ARROW_N_KINDS,
};

struct arrow {
	struct bits_ends  ends;
	uint64_t          conn, number; /* of the exchange                                                      */
	uint64_t          order;        /* of its frame, as bits_where has it                                   */
	uint64_t          seq;          /* order in which they were told                                        */
	struct bits_range range;        /* of a Fragment; empty: none                                           */
	uint64_t          total;        /* BITS_SIZE_UNKNOWN                                                    */
	uint64_t          received;     /* the offset that an answer states; BITS_SIZE_UNKNOWN: none            */
	uint64_t          lost;         /* bytes of its body that the capture lacks                             */
	int64_t           time_ns;
	uint32_t          file, frame;  /* of its first byte; SILENCE: where the connection ended, or the request's */
	uint32_t          asked;        /* ANSWER: frame of the request; 0: not in the capture                  */
	uint32_t          error_code;   /* 0: none                                                              */
	enum arrow_kind   kind;
	enum bits_packet  packet;
	enum bits_close   how;          /* SILENCE: OPEN says that the answer may be missing from the capture   */
	unsigned          status;
	bool              doubtful;
};

struct ladder {
	uint64_t session;   /* ordinal; 0: none                                        */
	GArray  *first;     /* of struct arrow                                         */
	GQueue   last;      /* of struct arrow, owned; empty while `first` has room    */
	uint64_t omitted;   /* between the two                                         */
	GPtrArray *findings; /* of json_t: of no session, but about its connections; owned */
	bool     over;      /* closed, cancelled or refused: a Ping is of the next one */
	struct ladder *into; /* the ladder that it became a part of; NULL              */
};

struct ladders {
	GHashTable *by_session; /* &ordinal -> struct ladder                           */
	uint64_t    seed;       /* of the hashes of the next                            */
	GHashTable *by_place;   /* client, server and URL -> struct ladder; borrowed   */
	GHashTable *by_conn;    /* ordinal of a connection -> the same                 */
	GPtrArray  *all;        /* of struct ladder; owned                             */
	struct ladder *latest_loose;
	unsigned    loose;
	uint64_t    arrows, seq;
};

void ladders_init(struct ladders *l);
void ladders_clear(struct ladders *l);

/* The calls of the sink. */
void ladders_packet(struct ladders *l, const struct bits_exchange *x, enum bits_side side);
void ladders_unanswered(struct ladders *l, const struct bits_exchange *x, enum bits_close how, const struct bits_where *w);
void ladders_whole(struct ladders *l, const struct bits_exchange *x, enum bits_side side);
void ladders_joined(struct ladders *l, const struct bits_session *from, const struct bits_session *into);

/* A finding that names no session, about that connection: the record is kept.  False where nothing is drawn of it. */
bool ladders_finding(struct ladders *l, uint64_t conn, json_t *finding);

/* NULL where there is none. */
const struct ladder *ladders_find(const struct ladders *l, uint64_t session);

/* The arrows that are kept, in the order of their captures and frames; *split is the number of those in front of what was
 * omitted.  The caller unrefs the array. */
GArray *ladder_arrows(const struct ladder *l, guint *split);

#endif
