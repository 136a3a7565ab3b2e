/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scribe.h - pieces of files that a worker writes while the next ones are being made.
 *
 * Pieces of one file are written in the order in which they were given. */
#ifndef CLI_SCRIBE_H
#define CLI_SCRIBE_H

#include <stdint.h>

#include "cli/worker.h"

/* Pieces for which a scribe is woken: what was captured is in its file at once, also where the sender pauses. */
#define SCRIBE_BATCH 1U

/* Write these n bytes at `offset` of fd, some time.  Takes the piece, which was g_malloc'ed.  False and *error where an
 * earlier piece of the account failed. */
bool scribe_give(struct worker *w, struct work_account *a, int fd, uint64_t offset, uint8_t *piece, size_t n,
		 GError **error);

#endif
