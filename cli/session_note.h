/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session_note.h - a session that has ended as a row of bytes, so that its record needs to be made only when it is printed.
 *
 * The bytes are those of this process: they are read by the program that wrote them, and by nobody else. */
#ifndef CLI_SESSION_NOTE_H
#define CLI_SESSION_NOTE_H

#include "cli/record.h"

struct session_note {
	struct bits_session   session; /* its texts are borrowed from the bytes, the ranges of its upload are owned  */
	struct record_content content; /* points into the note and the bytes                                        */
	struct record_place   place;
	struct bits_ranges    conflicts;
	GPtrArray            *others;  /* NULL without a place                                                      */
};

/* Behind what is in `out`. */
void session_note_write(GByteArray *out, const struct bits_session *s, const struct record_content *content);

/* The bytes of one note, which must outlive *n; whatever *n held before is not looked at.  The caller clears it. */
void session_note_read(struct session_note *n, const GByteArray *bytes);
/* The same with all ranges empty: a row of a table asks for none, and making them takes longer than all the rest.  The
 * state of the file cannot be told from it. */
void session_note_look(struct session_note *n, const GByteArray *bytes);
void session_note_clear(struct session_note *n);

#endif
