/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store.h - the bodies of all sessions of a run: into an extraction folder, or only into their hashes. */
#ifndef CLI_STORE_H
#define CLI_STORE_H

#include "cli/body.h"
#include "cli/folder.h"
#include "cli/record.h"
#include "core/bits_tracker.h"

struct store {
	struct folder *folder; /* NULL: hashes only                                        */
	const struct record_context *names; /* of the captures, for the provenance          */
	struct spool   spool;
	struct bench   bench;
	struct worker *hasher; /* NULL: with one processor                                  */
	struct body_room room; /* of all bodies                                             */
	GHashTable    *bodies; /* ordinal of the session -> struct entry (private)          */
	GError        *error;  /* the first failure of an output; the run goes on           */
	uint64_t       unhashed; /* whole files whose hash could not be told                 */
};

/* Where bytes go that cannot be settled yet: the folder, or the directory for temporary files.  Both are borrowed;
 * without a folder there are no names. */
void store_init(struct store *st, struct folder *folder, const struct record_context *names);
void store_clear(struct store *st);

/* The tracker's calls of the same names. */
void store_bytes(struct store *st, const struct bits_exchange *x, uint64_t offset, struct bits_str data,
		 const struct bits_where *w);
void store_settled(struct store *st, const struct bits_exchange *x, struct bits_range r, bool kept);
void store_let_go(struct store *st, const struct bits_exchange *x);
void store_whole(struct store *st, const struct bits_exchange *x);

/* What became of one session's file. */
struct stored {
	char              *sha256;    /* NULL: unknown, or the file is not whole        */
	struct bits_ranges conflicts; /* valid with a folder                            */
	uint64_t           unlisted;  /* conflicting bytes that are left out (body.h)   */
	char              *name;      /* "files/0001-f000024-report.docx"; NULL: none   */
	GPtrArray         *others;    /* of char *: copies that conflict                */
	char              *sources;   /* "sources/0001.ndjson"; NULL with name          */
};
/* The session took a step: where that was its last, its bytes need not wait for others any more. */
void store_step(struct store *st, const struct bits_session *s);

/* The session is over.  The caller clears *out. */
void store_ended(struct store *st, const struct bits_session *s, struct stored *out);
void stored_clear(struct stored *out);

#endif
