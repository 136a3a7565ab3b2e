/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spool.h - one temporary file without a name, for bytes that cannot be settled yet.
 *
 * It is handed out in slots of 64 KiB to any number of leaves; a leaf is a medium whose bytes have their place in an
 * uploaded file as offset.  Slots are used again, so that it stays as large as what is unsettled at one time. */
#ifndef CLI_SPOOL_H
#define CLI_SPOOL_H

#include "cli/medium.h"

struct spool {
	char     *dir;   /* where the file is made                              */
	int       fd;    /* -1 until the first byte                             */
	GArray   *free;  /* of uint32_t: slots that may be used again           */
	uint32_t  slots; /* handed out at one time or another                   */
	uint64_t  tails; /* bytes that the tapes keep out of it (tape.h)        */
};

void spool_init(struct spool *s, const char *dir);
void spool_clear(struct spool *s);

/* `bench` may be NULL.  The spool must outlive the leaf; freeing the leaf gives its slots back. */
struct medium *spool_leaf_new(struct spool *s, struct bench *bench) G_GNUC_WARN_UNUSED_RESULT;

#endif
