/* SPDX-License-Identifier: GPL-2.0-or-later */
/* carriers.h - which connections carried a packet of which session: noted while captures are read, told at the end of the
 * sessions that --session means.
 *
 * Pairs of ordinals lie on tapes: memory grows with the sessions that are under way and those that --session means. */
#ifndef CLI_CARRIERS_H
#define CLI_CARRIERS_H

#include "cli/tape.h"
#include "core/bits_tracker.h"

struct carriers {
	const char *wanted;     /* --session; NULL: every session; borrowed                   */
	bool        both_sides; /* ... and what is the same upload on the other side of a proxy */
	GHashTable *kept;       /* set of ordinals of wanted sessions; owned; empty without `wanted` */
	GHashTable *latest;     /* ordinal of a session -> connection of its latest packet; owned */
	struct tape carried, joined, ties; /* of pairs: session and connection, session and what it turned out to be, session
	                                    * and the one that is the same upload */
	GError     *error;      /* the first one; then nothing more is noted                  */
};

/* The spool must outlive them. */
void carriers_init(struct carriers *c, struct spool *spool, const char *wanted, bool both_sides);
void carriers_clear(struct carriers *c);

/* For the calls of the sink. */
void carriers_packet(struct carriers *c, const struct bits_exchange *x);
void carriers_joined(struct carriers *c, const struct bits_session *from, const struct bits_session *into);
void carriers_ended(struct carriers *c, const struct bits_session *s);

/* After the captures: calls `told` for each connection of those sessions; of one that turned out to be another perhaps again.
 * False where one could not be noted, or be read back. */
bool carriers_tell(struct carriers *c, void (*told)(uint64_t conn, uint64_t session, void *user), void *user,
		   GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
