/* SPDX-License-Identifier: GPL-2.0-or-later */
/* connections.h - the records of connections that carried BITS, for --connections: the wire measures them, the tracker's
 * calls say what they carried.  Without the option nothing is measured and none of these does anything. */
#ifndef CLI_CONNECTIONS_H
#define CLI_CONNECTIONS_H

#include "cli/carriers.h"
#include "cli/run.h"

#define CONNECTIONS_MOST 16384 /* of which there are records: some 6 KiB each; more are counted */

struct connections {
	struct run     *run;
	bool            wanted;   /* --connections */
	struct spool    spool;
	struct carriers carriers;
	GHashTable     *conns;    /* set of the connections that carried a BITS packet, of a session or of none, and are there */
	struct tape     facts;    /* of struct conn_facts, by ordinal */
	GError         *error;    /* the first one; then nothing more is noted */
};

/* Before the captures are read, after which the run has its records, by ordinal: of those that carried a session that
 * --session means; without it of every one that carried a BITS packet.  Of more than CONNECTIONS_MOST it has the first, and the
 * number of the others.  The run must outlive it. */
void connections_init(struct connections *c, struct run *r);
void connections_clear(struct connections *c);

/* For the calls of the sink. */
void connections_packet(struct connections *c, const struct bits_exchange *x);
void connections_joined(struct connections *c, const struct bits_session *from, const struct bits_session *into);
void connections_ended(struct connections *c, const struct bits_session *s);

#endif
