/* patience.h - holes that the other side has acknowledged, and how long they are still kept open.
 *
 * Such a hole is one of the capture, not of the network; a late copy may still fill it, for so many frames of the capture
 * (not seconds: nothing in wire/ looks at a clock). */
#ifndef WIRE_PATIENCE_H
#define WIRE_PATIENCE_H

#include "wire/connection.h"

#define HOLE_PATIENCE 1000 /* frames */

struct patience {
	GQueue waits; /* of struct wait, soonest first; at most two for each of the last HOLE_PATIENCE frames */
};

/* Whose hole it was, and where it began. */
struct overdue {
	struct connection *c;
	unsigned           d;
	uint64_t           next;
};

void patience_clear(struct patience *p);

/* `now` counts frames.  If the first hole of direction d is acknowledged, its time begins; once. */
void patience_watch(struct patience *p, struct connection *c, unsigned d, uint64_t now);

/* A hole whose time is over; it is no longer watched.  False: there is none. */
bool patience_overdue(struct patience *p, uint64_t now, struct overdue *o);

/* The connection goes. */
void patience_forget(struct patience *p, const struct connection *c);

#endif
