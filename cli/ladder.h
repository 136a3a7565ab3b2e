/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder.h - which packet belongs in which sequence diagram.
 *
 * Packets and findings without a session have a place all the same.  A Ping is of the session that its client has with its
 * server at its URL, or of the next one there; an answer whose request nobody saw is of the session of its connection.  Where
 * there is none, what belongs together makes a ladder without a session.
 *
 * Ladders have ids: that of a session is its ordinal.  In memory are those of which something came lately, and what
 * is remembered of places, connections and sessions up to LADDERS_KNOWN_MAX of each: then all of these are forgotten.  Where
 * nothing can be put away, what finds no room is in no ladder, and shelf.error is set. */
#ifndef CLI_LADDER_H
#define CLI_LADDER_H

#include <jansson.h>

#include "cli/ladder_shelf.h"

#define LADDERS_LOOSE_MAX  256U   /* ladders without a session: what comes after shares the last */
#define LADDERS_LIVE_MAX   8192U  /* ladders in memory: beyond that all are put away             */
#define LADDERS_ARROWS_MAX 65536U /* ... and arrows                                              */
#define LADDERS_KNOWN_MAX  65536U
#define LADDERS_PLACES_MAX (UINT64_C(16) << 20) /* bytes of places */

struct ladders {
	GHashTable *live;     /* id -> struct ladder; owned                            */
	GHashTable *known;    /* id of a session that had a packet -> what is known of it (private) */
	GHashTable *became;   /* id -> id: of sessions that turned out to be others    */
	GHashTable *by_place; /* client, server and URL -> id                          */
	GHashTable *by_conn;  /* ordinal of a connection -> id                         */
	GHashTable *findings; /* id -> GPtrArray of json_t; owned                      */
	uint64_t    seed;     /* of the hashes of places                               */
	uint64_t    place_bytes;
	GArray     *loose;    /* of uint64_t: of each ladder without a session the id that it became a part of; 0: none */
	uint64_t    arrows;   /* in memory                                             */
	uint64_t    seq;
	struct ladder_shelf shelf;
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

/* The ladder of a session, or the i-th without one; NULL where there is none.  The caller frees it; what could not be put
 * away, or read back, is told by l->shelf.error. */
struct ladder *ladders_take(struct ladders *l, uint64_t session) G_GNUC_WARN_UNUSED_RESULT;
struct ladder *ladders_take_loose(struct ladders *l, guint i) G_GNUC_WARN_UNUSED_RESULT;

#endif
