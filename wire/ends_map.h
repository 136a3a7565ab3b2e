/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ends_map.h - connections by their two ends.
 *
 * Of most connections of most captures a frame has nothing to tell, and it is the look-up that costs: what decides lies in the
 * 16 bytes of a key, so that such a frame waits for memory once. */
#ifndef WIRE_ENDS_MAP_H
#define WIRE_ENDS_MAP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/bits_where.h"

struct connection;

#define ENDS_NOWHERE UINT32_MAX

/* Two ends, whichever of them sends.  IPv4 is told by these numbers alone; of other addresses they are a hash. */
struct ends_key {
	uint64_t addrs;
	uint32_t ports;
	unsigned is_used : 1, is_whole : 1;
	unsigned is_passed : 1; /* the two are the owner's, 0 at first; the map carries them along */
	unsigned moved : 29;
};

/* A place is the index of a key, until something is added or removed. */
struct ends_map {
	struct ends_key    *keys;   /* `size` of them; owned               */
	struct connection **conns;  /* borrowed; of the key at that index  */
	uint32_t            size;   /* a power of two                      */
	uint32_t            n;
	uint32_t            latest; /* place that was found or added last; ENDS_NOWHERE */
	uint64_t            seed;   /* nobody can choose ends that collide */
};

void ends_map_init(struct ends_map *m);
void ends_map_clear(struct ends_map *m);

/* Where the connection between these ends is, ENDS_NOWHERE: there is none; *d is the direction from src to dst. */
uint32_t ends_map_find(struct ends_map *m, const struct bits_end *src, const struct bits_end *dst, unsigned *d);
/* Of one that is there. */
uint32_t ends_map_place_of(const struct ends_map *m, const struct connection *c);

/* The two in the order in which a connection has them: any will do, as long as it is one.  Gives the direction from src to
 * dst. */
unsigned ends_in_order(const struct bits_end *src, const struct bits_end *dst, struct bits_end end[2]);

/* There is none between the ends of c yet.  Gives its place. */
uint32_t ends_map_add(struct ends_map *m, struct connection *c);
void     ends_map_remove(struct ends_map *m, uint32_t place);

#endif
