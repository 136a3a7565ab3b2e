/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder_shelf.h - ladders, or parts of them, that are put away until they are drawn: in a temporary file. */
#ifndef CLI_LADDER_SHELF_H
#define CLI_LADDER_SHELF_H

#include "cli/ladder_arrows.h"
#include "cli/tape.h"

struct ladder_shelf {
	struct spool   spool;
	struct medium *arrows;   /* of the parts, one behind the other                       */
	uint64_t       n;        /* ... so many                                              */
	struct tape    parts;    /* of struct part (private), by id                          */
	struct tape    joined;   /* of struct join (private): by what they became            */
	uint64_t       at_part, at_join; /* where a ladder was looked for last               */
	GError        *error;    /* the first one; nothing is put away behind it             */
};

void ladder_shelf_init(struct ladder_shelf *s);
void ladder_shelf_clear(struct ladder_shelf *s);

/* A part of it, which has no arrow then.  False: it keeps them.  Its findings stay where they are. */
bool ladder_shelf_put(struct ladder_shelf *s, struct ladder *part);
/* All parts of `from`, those that come yet too, are `into`'s. */
void ladder_shelf_join(struct ladder_shelf *s, uint64_t from, uint64_t into);
/* What was put away of to->id, and of those that became it, is added. */
void ladder_shelf_take(struct ladder_shelf *s, struct ladder *to);

#endif
