/* pump_private.h - what the files of the pump know of each other; included by nobody else.
 *
 *   pump_packets.c  frames, packets, fragments
 *   pump_pdu.c      exported PDUs
 *   pump.c          segments, streams, the end of connections
 *   pump_holes.c    which holes are given up, and when */
#ifndef WIRE_PUMP_PRIVATE_H
#define WIRE_PUMP_PRIVATE_H

#include "wire/conn_table.h"
#include "wire/patience.h"
#include "wire/pump.h"
#include "wire/stream.h"

struct pump {
	struct bits_tracker *tracker;
	struct pump_limits   limits;
	struct pump_stats    stats;
	struct stream_totals totals;
	struct conn_table    table;
	struct patience      patience;
	uint64_t             framed; /* memory of the framers of all connections */
	uint64_t             pdus;   /* exported PDUs among the frames */
	uint64_t             seed;   /* of their hashes */
	void (*facts_told)(const struct conn_facts *f, void *user); /* NULL: nothing is measured */
	void                *facts_user;
	struct ip_fragments  fragments;
	void (*frame_told)(uint32_t file, uint32_t frame, uint64_t conn, void *user); /* NULL: nobody asks */
	void                *frame_user;

	/* the frame under way, and its segment, for the streams' callbacks */
	bool                 asks; /* for the connection of the frame */
	const struct origin *origin;
	struct connection *conn;
	unsigned           d;
};

/* What streams call; `user` is the pump, whose conn and d are set. */
extern const struct stream_sink pump_stream_sink;

/* pump.c: bytes of direction d were released or lost; w: of the frame that did it.  Is its stream at its FIN, is the
 * connection no HTTP any more, have both directions ended? */
bool pump_tell_fin(struct connection *c, unsigned d, const struct bits_where *w);
void pump_note_hopeless(struct pump *p, struct connection *c);
void pump_note_end(struct pump *p, struct connection *c);
/* ... and then: what is not read any more becomes small.  Nobody looks at its streams behind this. */
void pump_retire(struct pump *p, struct connection *c);

/* pump.c: a segment, and where its bytes are from.  Gives the ordinal of its connection; 0: what it belongs to cannot be
 * told, or nobody asks and there is nothing to see in it. */
uint64_t pump_segment(struct pump *p, const struct origin *o, const struct segment *s);

/* pump.c: the connection of s, from its addresses and ports; *d: the direction of s. */
struct connection *pump_connection(struct pump *p, const struct segment *s, unsigned *d);
/* pump.c: what is known of c ends here; from now on it is another connection between the same ends. */
void pump_renew(struct pump *p, struct connection *c);

/* pump_pdu.c: an exported PDU, as pump_frame. */
uint64_t pump_pdu(struct pump *p, const struct origin *o);

/* pump_packets.c: the captures are at their end; what is known of datagrams that are not whole is read. */
void pump_give_up_fragments(struct pump *p);

/* pump.c: the framers take too much memory. */
void pump_relieve_framers(struct pump *p);

/* pump_holes.c: after each frame, holes that were kept open for long enough; and those of who holds most, where too much
 * waits behind all of them. */
void pump_give_up_overdue(struct pump *p);
void pump_relieve(struct pump *p);

/* Frames in which a segment could have come: what a set has twice, once as exported PDUs, shortens nobody's patience. */
static inline uint64_t pump_now(const struct pump *p)
{
	return p->stats.frames - p->pdus;
}

/* A segment of c was taken: a hole of direction d may have been acknowledged. */
static inline void pump_watch_hole(struct pump *p, struct connection *c, unsigned d)
{
	if (c->kind <= CONN_HTTP)
		patience_watch(&p->patience, c, d, pump_now(p));
}

#endif
