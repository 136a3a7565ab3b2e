/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder_arrows.h - the packets of one sequence diagram, as little of each as that needs.
 *
 * No body, no head: an arrow is a few numbers.  At most LADDER_HALF arrows from its beginning and as many from its end are kept;
 * what is left out between them is counted. */
#ifndef CLI_LADDER_ARROWS_H
#define CLI_LADDER_ARROWS_H

#include <glib.h>

#include "core/bits_tracker.h"

#define LADDER_HALF 2048U

enum arrow_kind {
	ARROW_REQUEST,
	ARROW_ANSWER,
	ARROW_SILENCE, /* the wait for an answer ended */
	ARROW_N_KINDS,
};

struct arrow {
	struct bits_ends  ends;
	uint64_t          conn, number; /* of the exchange                                                      */
	uint64_t          order;        /* of its frame, as bits_where has it                                   */
	uint64_t          seq;          /* order in which they were told                                        */
	struct bits_range range;        /* of a Fragment; empty: none                                           */
	uint64_t          total;        /* BITS_SIZE_UNKNOWN                                                    */
	uint64_t          received;     /* the offset that an answer states; BITS_SIZE_UNKNOWN: none            */
	uint64_t          lost;         /* bytes of its body that the capture lacks                             */
	int64_t           time_ns;
	uint32_t          file, frame;  /* of its first byte; SILENCE: where the connection ended, or the request's */
	uint32_t          asked;        /* ANSWER: frame of the request; 0: not in the capture                  */
	uint32_t          error_code;   /* 0: none                                                              */
	enum arrow_kind   kind;
	enum bits_packet  packet;
	enum bits_close   how;          /* SILENCE: OPEN says that the answer may be missing from the capture   */
	unsigned          status;
	bool              doubtful;
	bool              is_loss;      /* no arrow: what `lost` is of the one with its number and kind         */
};

struct ladder {
	uint64_t   id;       /* as ladders_take has it                                         */
	GArray    *first;    /* of struct arrow                                                */
	GQueue     last;     /* of struct arrow, owned; empty while `first` has room           */
	uint64_t   omitted;  /* between the two                                                */
	GArray    *losses;   /* of struct arrow: those whose arrow is not here, the first LADDER_HALF of them */
	GPtrArray *findings; /* of json_t: of no session, but about its connections; owned     */
};

struct ladder *ladder_new(uint64_t id) G_GNUC_WARN_UNUSED_RESULT;
void           ladder_free(struct ladder *l); /* NULL is fine */
typedef struct ladder ladder_handle;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ladder_handle, ladder_free)

/* The arrow is copied.  A loss is noted at its arrow, the latest one, where that is kept; else it waits for being moved to it. */
void ladder_add(struct ladder *l, const struct arrow *a);
/* All arrows of `from`, which has none then. */
void ladder_move(struct ladder *from, struct ladder *to);
guint ladder_count(const struct ladder *l); /* arrows that are kept, and losses that wait */
bool  ladder_is_empty(const struct ladder *l); /* it never had an arrow */

/* The arrows that are kept, in the order of their captures and frames; *split is the number of those in front of what was
 * omitted.  The caller unrefs the array. */
GArray *ladder_arrows(const struct ladder *l, guint *split);

#endif
