/* read_ahead.h - a thread that decompresses a file while what came out before is being looked at.
 *
 * Two loads go round: one is looked at, the other is filled.  In front of each lies room for the tail of the one before,
 * so that a record which straddles two of them can be made contiguous by moving the shorter part. */
#ifndef WIRE_READ_AHEAD_H
#define WIRE_READ_AHEAD_H

#include <stddef.h>
#include <stdint.h>

#define LOAD_HEADROOM ((size_t)256 << 10)
#define LOAD_SIZE     ((size_t)1 << 20)
#define READ_AHEAD_MEMORY (2 * (LOAD_HEADROOM + LOAD_SIZE))

struct load {
	uint8_t *mem;   /* LOAD_HEADROOM bytes to write into, then n bytes of the file     */
	size_t   n;     /* 0: the end of the file, or an error                             */
	int      error; /* errno of unpack_read where it failed; 0: it did not             */
};

struct read_ahead;
struct unpack;

/* Begins to read (and to decompress) at once.  `u` is borrowed until read_ahead_stop; reading it should never block for
 * long.  A load is filled up wherever the file has the bytes. */
struct read_ahead *read_ahead_start(struct unpack *u);
void               read_ahead_stop(struct read_ahead *r); /* NULL is fine */

/* The next load, in order; waits for it.  At most two are out at a time. */
struct load *read_ahead_take(struct read_ahead *r);
/* It may be filled anew. */
void read_ahead_give_back(struct read_ahead *r, struct load *load);

#endif
