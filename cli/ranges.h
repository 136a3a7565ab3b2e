/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ranges.h - what the extraction asks of sets of ranges beyond bits_range.h: parts of one, as a set of its own. */
#ifndef CLI_RANGES_H
#define CLI_RANGES_H

#include "core/bits_range.h"

typedef struct bits_ranges ranges;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ranges, bits_ranges_clear)

/* The part of s inside r; the part of r that is not in s. The caller clears them. */
ranges ranges_inside(const struct bits_ranges *s, struct bits_range r);
ranges ranges_outside(const struct bits_ranges *s, struct bits_range r);
void   ranges_remove_all(struct bits_ranges *s, const struct bits_ranges *other);
/* The end of the run that begins at 0; 0 where byte 0 is missing. */
uint64_t ranges_prefix(const struct bits_ranges *s);
/* The end of the last range; 0 for the empty set. */
uint64_t ranges_end(const struct bits_ranges *s);

#endif
