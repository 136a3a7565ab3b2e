/* SPDX-License-Identifier: GPL-2.0-or-later */
/* carriers.h - which connections carried a packet of which session: kept while captures are read, of the sessions that
 * --session means.  Two ordinals for each connection of a session. */
#ifndef CLI_CARRIERS_H
#define CLI_CARRIERS_H

#include "core/bits_tracker.h"

struct carriers {
	const char *wanted;     /* --session; NULL: every session; borrowed                   */
	bool        both_sides; /* ... and what is the same upload on the other side of a proxy */
	GHashTable *kept;       /* set of ordinals of wanted sessions; owned                  */
	GHashTable *ties;       /* ordinal -> set with the earlier session's; owned           */
	GHashTable *by_session; /* ordinal -> set of ordinals of connections; owned           */
	GHashTable *all;        /* set of connections that carried any BITS packet; owned     */
};

void carriers_init(struct carriers *c, const char *wanted, bool both_sides);
void carriers_clear(struct carriers *c);

/* For the calls of the sink. */
void carriers_packet(struct carriers *c, const struct bits_exchange *x);
void carriers_joined(struct carriers *c, const struct bits_session *from, const struct bits_session *into);
void carriers_ended(struct carriers *c, const struct bits_session *s);

/* After the captures: the connections of those sessions -> the ordinals of these, rising (GArray of uint64_t).  The caller
 * unrefs it. */
GHashTable *carriers_connections(const struct carriers *c) G_GNUC_WARN_UNUSED_RESULT;
/* Did it carry a BITS packet, of a session or of none? */
bool carriers_has(const struct carriers *c, uint64_t conn);

#endif
