/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_notes.h - what the first pass found in each frame, for every pass to draw.
 *
 * A note is found again by its bytes, not by its number: passes enter a frame by different doors, and a frame may hold
 * the same bytes twice.  No note is a normal case. */
#ifndef PLUGIN_BITS_NOTES_H
#define PLUGIN_BITS_NOTES_H

#include <glib.h>

#include "core/bits_str.h"
#include "plugin/bits_feed.h"

enum note_kind {
	NOTE_REQUEST, /* a BITS request, or as much of it as begins with its whole head                    */
	NOTE_ANSWER,  /* its answer                                                                        */
	NOTE_HTTP,    /* a message that http draws                                                         */
	NOTE_DATA,    /* more of a message whose head is in another frame                                  */
	NOTE_WAIT,    /* nothing to draw yet: more bytes are wanted                                        */
	NOTE_NOTHING, /* bytes of no message                                                               */
};

struct note {
	enum note_kind   kind;
	uint32_t         length;       /* bytes of this frame's data that it is about; 0: an ANSWER that TCP kept, and that ends here */
	uint32_t         head_length;  /* ... of which so many are the whole head; 0: it is not (all) here, unless as `head` */
	uint64_t         number;       /* REQUEST, DATA of one: told_exchange                            */
	uint64_t         conn, at;     /* of the message's first byte: told_exchange_of_answer           */
	uint32_t         first_frame;
	bool             is_answer;    /* DATA                                                           */
	GBytes          *head;         /* REQUEST, ANSWER whose head no frame has whole: its text, head_length of it; or NULL */
	GArray          *runs;         /* of struct feed_run, their `at` counted from the note's first byte; or NULL */
	enum feed_wish   wish;         /* WAIT                                                           */
	uint64_t         wish_bytes;

	uint32_t hash; /* of its bytes: notes_add fills it */
};

struct notes;

struct notes *notes_new(void);
void          notes_free(struct notes *n);

/* `bytes` are those of the note, as many as the capture has.  The note is taken over (its head and runs too). */
void notes_add(struct notes *n, uint32_t frame, struct note note, struct bits_str bytes);

/* The first note of the frame at or behind *cursor that begins `bytes`; *cursor is moved behind it.  NULL: none. */
const struct note *notes_find(const struct notes *n, uint32_t frame, guint *cursor, struct bits_str bytes);
/* Likewise the first that is about no bytes of the frame: a packet that it ends. */
const struct note *notes_find_bare(const struct notes *n, uint32_t frame, guint *cursor);

bool notes_have(const struct notes *n, uint32_t frame);

/* Does the frame hold a BITS packet, not only data of one? */
bool notes_have_packet(const struct notes *n, uint32_t frame);

#endif
