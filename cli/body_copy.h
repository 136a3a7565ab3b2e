/* SPDX-License-Identifier: GPL-2.0-or-later */
/* body_copy.h - what the exchanges of one body brought and what is not settled of it: one copy an exchange.
 *
 * Private to body.c, which knows what the bytes mean; here is only who holds which of them. */
#ifndef CLI_BODY_COPY_H
#define CLI_BODY_COPY_H

#include "cli/medium.h"

struct body_copy {
	uint64_t           number;
	struct bits_ranges in_main; /* main holds this copy's bytes, or did when they were accepted of another */
	struct bits_ranges aside;   /* other bytes than main's: in `leaf`                        */
	struct medium     *leaf;    /* NULL while nothing is aside                               */
	struct bits_ranges kept, refused; /* settled before the bytes came                       */
	struct medium     *conflicting; /* where its conflicting bytes go; NULL while there are none */
	bool               marked;  /* the lane has a mark in front of its first byte            */
	bool               over;
};

struct body_copy *body_copy_new(uint64_t number);
void              body_copy_free(struct body_copy *c);

/* A list of copies, ascending number, which owns them. */
GPtrArray        *body_copies_new(void);
struct body_copy *body_copies_at(const GPtrArray *copies, guint i);
/* NULL where that exchange has none. */
struct body_copy *body_copies_find(const GPtrArray *copies, uint64_t number);
/* The same, made where there is none. */
struct body_copy *body_copies_get(GPtrArray *copies, uint64_t number);
/* A leaf without a byte goes; a copy that is over and holds no byte goes too, and c is gone then. */
void              body_copies_drop_if_done(GPtrArray *copies, struct body_copy *c);

#endif
