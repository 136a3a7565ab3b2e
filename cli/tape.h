/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tape.h - entries of one size, in the order in which they are added, and then in their own.
 *
 * The latest few lie in memory, the others in the spool; putting them in order takes no more memory than that and one run
 * of TAPE_RUN bytes. */
#ifndef CLI_TAPE_H
#define CLI_TAPE_H

#include "cli/spool.h"

#define TAPE_PIECE (16U * 1024U)   /* bytes that lie in memory, at most ...               */
#define TAPE_SCRAP 1024U           /* ... or two entries, while all tapes of a spool have TAPES_MOST there */
#define TAPES_MOST (16U * 1024U * 1024U)
#define TAPE_RUN   (1024U * 1024U)

/* Bytes of a tape that are being looked at.  Zero-initialised. */
struct tape_window {
	uint64_t first, n; /* entries */
	uint8_t *bytes;    /* owned   */
};

struct tape {
	struct spool      *spool;
	size_t             size;    /* bytes of an entry, at most half of TAPE_PIECE           */
	GCompareFunc       compare; /* of two entries                                          */
	uint64_t           n;       /* entries                                                 */
	uint64_t           stored;  /* of these, in `rest`                                     */
	struct medium     *rest;    /* NULL while none are                                     */
	GByteArray        *tail;    /* the others                                              */
	bool               is_sorted;
	struct tape_window window;
};

/* The spool must outlive the tape. */
void tape_init(struct tape *t, struct spool *spool, size_t size, GCompareFunc compare);
void tape_clear(struct tape *t);

/* The entry is copied.  False: the spool takes no more, and the tape is as it was. */
bool tape_add(struct tape *t, const void *entry, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for who asks at the end: nothing is added behind the first error, which stays in *first. */
void tape_note(struct tape *t, const void *entry, GError **first);
/* Entry i < n; valid until the tape is next used.  NULL and *error where it cannot be read. */
const void *tape_get(struct tape *t, uint64_t i, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* In order: *at becomes the first entry of which is_before(entry, what) does not hold, or n.  Looks where *at was first, and
 * around it.  False where one cannot be read. */
bool tape_find(struct tape *t, bool (*is_before)(const void *entry, const void *what), const void *what, uint64_t *at,
	       GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Put them in order; those that are in order already cost nothing.  More may be added then.  False: entries may be lost, and
 * the tape is good for being cleared. */
bool tape_sort(struct tape *t, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
