/* SPDX-License-Identifier: GPL-2.0-or-later */
/* holds.h - how many hold each byte: ranges with a count. */
#ifndef CLI_HOLDS_H
#define CLI_HOLDS_H

#include "cli/ranges.h"

/* Zero-initialised: nobody holds anything. */
struct holds {
	GArray *list; /* of struct hold (private), ascending, disjoint; owned; NULL while empty */
};

void holds_clear(struct holds *h);

/* One more holds every byte of r. */
void holds_add(struct holds *h, struct bits_range r);
/* One less does; what nobody holds then is added to *freed.  Bytes that nobody held do not change. */
void holds_take(struct holds *h, struct bits_range r, struct bits_ranges *freed);
/* Nobody holds r any more. */
void holds_drop(struct holds *h, struct bits_range r);

/* The part of r that somebody holds.  The caller clears it. */
ranges holds_inside(const struct holds *h, struct bits_range r);

#endif
