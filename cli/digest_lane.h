/* SPDX-License-Identifier: GPL-2.0-or-later */
/* digest_lane.h - SHA-256 of an uploaded file, running along with its bytes, able to go back.
 *
 * The lane has hashed [0, at).  Before bytes that may still be taken back, its owner sets a mark; when the file changes
 * behind `at`, the lane returns to the last mark in front of the change, and its owner hashes again from there.  A lane that
 * has a worker hashes long rows of bytes behind its owner's back. */
#ifndef CLI_DIGEST_LANE_H
#define CLI_DIGEST_LANE_H

#include <gcrypt.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/worker.h"

#define DIGEST_HEX   (32 * 2 + 1) /* SHA-256 in hexadecimal and its NUL                                    */
#define DIGEST_PIECE (64U * 1024U) /* bytes that are given to a worker at once, at most */
#define DIGEST_BATCH 4U           /* pieces for which a worker is woken */
#define DIGEST_AHEAD (4U * DIGEST_PIECE) /* ... behind so many: small files are hashed before a thread is awake */
#define DIGEST_MARKS 32U          /* more are not kept; the lane then goes back farther than it would need */
#define DIGEST_MARKS_MOST  16384U /* of all lanes that share a room: then a lane has the first and the latest two */
#define DIGEST_PIECES_MOST 128U   /* that are gathered in a room: then a lane hashes by itself */

/* What lanes share.  Zero-initialised; must outlive them. */
struct digest_room {
	unsigned marks, pieces; /* of all lanes */
};

struct digest_lane {
	gcry_md_hd_t md;
	uint64_t     at;    /* bytes hashed                                   */
	GArray      *marks; /* of struct digest_mark, ascending `at`; private */
	struct worker      *worker; /* NULL: everything is hashed at once; borrowed            */
	struct digest_room *room;   /* borrowed                                                */
	struct work_account given;  /* what the worker has of it: md is the worker's till then */
	bool         is_given;      /* ... anything, perhaps                                   */
	uint8_t     *piece;         /* DIGEST_PIECE: the last n bytes in front of `at`, not yet hashed; NULL */
	size_t       n;
};

void digest_lane_init(struct digest_lane *l, struct digest_room *room); /* a worker may be set then */
void digest_lane_clear(struct digest_lane *l);

void digest_lane_add(struct digest_lane *l, const uint8_t *p, size_t n);
/* Remember the state at `at`. */
void digest_lane_mark(struct digest_lane *l);
/* Bytes from `offset` on have changed: go back so far that `at` is no greater. */
void digest_lane_cut(struct digest_lane *l, uint64_t offset);
/* [0, offset) will never change: marks that could only serve a change there are dropped. */
void digest_lane_settle(struct digest_lane *l, uint64_t offset);

/* No bytes below this can be asked for again, if [0, settled) never changes: the lane stands there, or has a mark. */
uint64_t digest_lane_base(const struct digest_lane *l, uint64_t settled);
/* The last mark at or below offset; false where there is none. */
bool     digest_lane_mark_before(const struct digest_lane *l, uint64_t offset, uint64_t *at);

/* The digest of [0, at); nothing is added behind this, and nothing taken back. */
void digest_lane_finish(struct digest_lane *l, char hex[DIGEST_HEX]);
/* A digest in digits. */
void digest_hex_of(const uint8_t digest[32], char hex[DIGEST_HEX]);

#endif
