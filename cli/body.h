/* SPDX-License-Identifier: GPL-2.0-or-later */
/* body.h - the bytes of one uploaded file while its copies are accepted, refused, or left unanswered.
 *
 * What is in the file: at each offset the first accepted copy, else the latest unanswered one.  `main` holds the copy that
 * came first and was not refused; one that differs lies aside in the spool until its fate is known.  What is accepted, or
 * let go, and has no open copy costs nothing but its merged range.
 *
 * A body with a file (extract) keeps every byte and tells conflicts.  A body without one (report) is there for its
 * SHA-256 alone: it forgets accepted bytes as soon as they are hashed, and of one that is on its way it keeps the last
 * BODY_WINDOW bytes; where that proves too little, there is no hash, never a wrong one. */
#ifndef CLI_BODY_H
#define CLI_BODY_H

#include "cli/digest_lane.h"
#include "cli/holds.h"
#include "cli/spool.h"
#include "core/bits_str.h"

#define BODY_CONFLICTS_MOST 16384 /* ranges that are listed: the bytes are kept all the same */
#define BODY_COPIES_MOST    10000 /* files of conflicting copies                            */
#define BODY_CONFLICTS_ALL  131072 /* ... of all bodies that share a room                   */
#define BODY_COPIES_ALL     65536
#define BODY_SHREDS         8U /* a block of which more pieces are accepted is put aside whole, not piece by piece */
#define BODY_WINDOW   (UINT64_C(8) << 20)  /* bytes */
#define BODY_HOLE_MAX (UINT64_C(64) << 30) /* bytes: no file has a longer hole in it, however far an offset jumps */

/* What bodies share.  Zero-initialised; must outlive them. */
struct body_room {
	struct digest_room lanes;
	uint64_t           conflicts; /* ranges that are listed    */
	unsigned           copies;    /* files of conflicting ones */
};

struct body {
	struct medium *main;      /* owned                                                              */
	struct spool  *spool;     /* for what lies aside                                                */
	bool           keeps;     /* main is a file to keep                                             */
	struct body_room *room;   /* borrowed                                                           */
	uint64_t       window;    /* BODY_WINDOW                                                        */
	unsigned       shreds;    /* BODY_SHREDS                                                        */
	struct medium *(*conflict_new)(unsigned n, void *user); /* where the n-th conflicting copy goes; may be NULL */
	/* Exchange `number`'s copy of r is the one that is in the file: for good, once for every byte; or, where it is not
	 * `accepted`, instead of those that this was said of before, until one is.  May be NULL. */
	void          (*owned)(uint64_t number, struct bits_range r, bool accepted, void *user);
	void          *user;

	struct bits_ranges accepted;  /* in the file for good                                           */
	struct bits_ranges occupied;  /* main holds a copy: accepted, or held                            */
	struct holds       held;      /* by so many open copies, and `unanswered`: the bytes of main that are not accepted */
	struct body_copy  *unanswered; /* what was let go of all; it has no number                       */
	struct medium     *displaced; /* of main, when others were accepted: conflicts, if they are too; NULL */
	struct bits_ranges was_displaced; /* ... so much                                                 */
	struct bits_ranges retired;   /* of these: hashed and forgotten                                  */
	struct bits_ranges conflicts; /* accepted again with other bytes                                 */
	GPtrArray         *copies;    /* of struct body_copy, ascending number; only open ones           */
	struct digest_lane lane;
	unsigned           n_conflicts; /* files of conflicting copies                                   */
	uint64_t           unlisted;  /* conflicting bytes that were one too many for a list, or a file  */
	bool               unhashable;  /* bytes that the hash needs are gone                            */
	GError            *error;       /* the first failure of a medium; nothing is written after it     */
};

/* Takes main over; the spool and the room must outlive it. */
struct body *body_new(struct medium *main, struct spool *spool, struct body_room *room, bool keeps);
void         body_free(struct body *b);

/* Bytes of exchange `number`, which belong at offset. */
void body_bytes(struct body *b, uint64_t number, uint64_t offset, struct bits_str data);
/* Bytes r of exchange `number` are in the file, or refused.  `over`: that request brings no more bytes. */
void body_settled(struct body *b, uint64_t number, struct bits_range r, bool kept, bool over);
/* Exchange `number` brings no more bytes. */
void body_over(struct body *b, uint64_t number);
/* What came of exchange `number` and is not settled never will be: it stands in the file where nothing else does.  More
 * bytes may come, and then another such call. */
void body_let_go(struct body *b, uint64_t number);
/* No more bytes are to be expected, though some may come: it takes no memory for them. */
void body_rest(struct body *b);
/* The session is over: what is still unanswered takes its place. */
void body_end(struct body *b);

/* After body_end, once: the SHA-256 of [0, size), all of which must be there.  False where it cannot be told. */
bool body_digest(struct body *b, uint64_t size, char hex[DIGEST_HEX]);
/* The end of the last byte that is there. */
uint64_t body_length(const struct body *b);

#endif
