/* streams_of.h - the TCP streams of a capture as wire/ feeds them to the core, kept whole. */
#ifndef TESTS_STREAMS_OF_H
#define TESTS_STREAMS_OF_H

#include <glib.h>

#include "core/bits_where.h"
#include "wire/frame.h"

/* Bytes of one direction in the order in which they were fed. */
struct piece {
	unsigned d;
	size_t   from, n; /* in the stream of d */
};

struct recorded {
	struct bits_end end[2];    /* direction d is sent by end[d] */
	GString        *stream[2];
	GArray         *pieces;    /* of struct piece               */
	uint64_t        lost[2];
	uint32_t        frames[2]; /* its first and its last frame that was fed */
	bool            from_start;
};

/* Every connection of the capture with a byte of payload, HTTP or not; of struct recorded, owned.  `seen` is called for each
 * frame, if it is not NULL.  Dies where the capture cannot be read. */
GPtrArray *streams_of(const char *path, void (*seen)(const struct frame *f));

#endif
