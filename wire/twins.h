/* twins.h - has another capture shown this very frame?  Remembers the latest frames of a set, by hash.
 * A fixed size: 4096 frames, some 200 KiB. */
#ifndef WIRE_TWINS_H
#define WIRE_TWINS_H

#include "wire/frame.h"

struct twins;

struct twins *twins_new(void);
void          twins_free(struct twins *t); /* NULL is fine */

/* Is the frame one that another file has shown, and that this file has not shown yet?  If not it is remembered. */
bool twins_has(struct twins *t, const struct frame *f);
/* The same; *file: which one showed it first. */
bool twins_find(struct twins *t, const struct frame *f, uint32_t *file);

/* Was everything that is remembered seen before this time? */
bool twins_is_past(const struct twins *t, int64_t time_ns);

#endif
