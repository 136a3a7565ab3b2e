/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder_pair.h - one upload seen on both sides of a proxy, as one diagram. */
#ifndef CLI_LADDER_PAIR_H
#define CLI_LADDER_PAIR_H

#include "cli/ladder_page.h"

/* Can the two be drawn as client, proxy and server?  sides[0] becomes the client's side.  Not where a side has several
 * hosts, where the two lie in several captures, or where nothing tells which of them is in front. */
bool pair_is_one(struct page_side sides[2]);

/* The arrows of both in one row; the caller unrefs the array. */
GArray *pair_interleave(const GArray *front, const GArray *back);

bool pair_same_addr(const struct bits_addr *a, const struct bits_addr *b);

#endif
