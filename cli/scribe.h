/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scribe.h - a thread that writes pieces of files while the next ones are being made.
 *
 * Pieces of one file are written in the order in which they were given.  The thread begins with the first piece; at most
 * SCRIBE_PIECES wait, then the giver does. */
#ifndef CLI_SCRIBE_H
#define CLI_SCRIBE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SCRIBE_PIECES 32U

/* What is known of the pieces of one descriptor.  Zero-initialised; must outlive them. */
struct scribe_account {
	unsigned pending; /* pieces given and not yet written */
	GError  *error;   /* the first that failed; no later piece is written */
};

struct scribe;

struct scribe *scribe_new(void);
void           scribe_free(struct scribe *s); /* every account is settled; NULL is fine */

/* Write these n bytes at `offset` of fd, some time.  Takes the piece, which was g_malloc'ed.  False and *error where an
 * earlier piece of the account failed. */
bool scribe_give(struct scribe *s, struct scribe_account *a, int fd, uint64_t offset, uint8_t *piece, size_t n,
		 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Wait until nothing of the account is pending.  False and *error where a piece of it failed. */
bool scribe_settle(struct scribe *s, struct scribe_account *a, GError **error);

#endif
