/* tellings.h - which captures of exported PDUs are one telling: each goes on where another one ends.
 *
 * PDUs have no numbers.  A ring of them, and two exports of one conversation of which one clock is an hour ahead, differ
 * only in that the second export tells once more what the first one told.  So a capture goes on with a telling where it
 * begins when all captures of that have ended, where no other telling could be meant, and where no two heads, of which the
 * one followed the other on a connection and one names a session, come again.  (One alone may: a Fragment is sent again
 * where its answer was lost; but then what follows it is new.)  To know that, the capture is read twice; one that cannot be
 * is a telling of its own, and so is whatever comes after a million of such pairs and connections. */
#ifndef WIRE_TELLINGS_H
#define WIRE_TELLINGS_H

#include <glib.h>
#include <stdbool.h>

#include "wire/frame.h"

struct telling {
	uint32_t    ordinal;   /* of its first capture: its name                         */
	uint32_t    parts;     /* so far (struct frame)                                  */
	unsigned    open;      /* captures of it that are being read                     */
	int64_t     latest_ns; /* of those that ended; BITS_TIME_UNKNOWN: of none        */
	GHashTable *latest;    /* connection -> head of its latest message, all hashes   */
	GHashTable *pairs;     /* set of hashes: two heads, one behind the other         */
	uint64_t    seed;      /* of the hashes: they are compared within one telling     */
};

struct tellings;

struct tellings *tellings_new(void);
void             tellings_free(struct tellings *t); /* NULL is fine */

/* A telling of its own. */
struct telling *tellings_begin(struct tellings *t, uint32_t ordinal);
/* The one with which the capture at `path`, whose first PDU has this time, goes on; NULL: none.  Reads it: it must be
 * one that can be read again. */
struct telling *tellings_continued(struct tellings *t, const char *path, int64_t first_ns);
/* What a frame of the telling says. */
void            tellings_note(struct tellings *t, struct telling *of, const struct frame *f);

/* Captures that were tellings of their own because there was no room for more pairs. */
uint64_t tellings_not_compared(const struct tellings *t);

#endif
