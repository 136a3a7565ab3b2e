/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal.h - notes of any length in the order in which they come, each with the place of the one before it of its chain.
 *
 * The latest JOURNAL_TAIL bytes lie in memory, the others in a temporary file that has no name.  Where that cannot be
 * written all of it stays in memory: nothing is lost for want of a disk. */
#ifndef CLI_JOURNAL_H
#define CLI_JOURNAL_H

#include "cli/spool.h"

#define JOURNAL_TAIL  (256U * 1024U) /* bytes */
#define JOURNAL_PAGES 12U            /* of MEDIUM_PIECE bytes: what is looked at */

struct journal_page {
	uint64_t number;
	uint8_t *bytes; /* owned; NULL: none */
};

struct journal {
	struct spool        spool;
	struct medium      *rest;   /* NULL while all lies in memory */
	uint64_t            stored; /* bytes in it                   */
	GByteArray         *tail;   /* those behind them             */
	bool                is_full; /* the file takes no more       */
	struct journal_page pages[JOURNAL_PAGES];
};

/* dir: where the file is made, once there is need of one. */
void journal_init(struct journal *j, const char *dir);
void journal_clear(struct journal *j);

/* The place of a new note, never 0; before: that of the note before it in its chain, 0 where it is the first. */
uint64_t journal_add(struct journal *j, uint64_t before, unsigned kind, const void *p, size_t n);

/* Another note. */
struct journal_note {
	uint64_t before;
	uint32_t kind, n; /* n: bytes */
};
/* The note at that place: its head, and its bytes in place of what `bytes` held.  False and *error where the file cannot
 * be read. */
bool journal_read(struct journal *j, uint64_t place, struct journal_note *head, GByteArray *bytes,
		  GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
