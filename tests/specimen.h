/* specimen.h - a conversation as text, played into the core, and what the core said of it.
 *
 *   # any comment; the first line is the title
 *   >>> [words]        bytes of the client follow, one line each (CRLF is added), up to the next marker
 *   <<< [words]        bytes of the server
 *       words: on NAME     on that connection (default: A); each new name is a new connection, seen from its start;
 *                         names that begin with "back" are behind the proxy, 10.0.0.1 -> 10.0.0.9:8080, those that
 *                         begin with "peer" come from another client, 10.0.0.3; "pdu", also
 *                         "pduback": as exported PDUs; "export": as those of another file
 *              blind       its sender has heard no more than at its previous bytes (default: everything so far)
 *              nohear      what it has heard is not known
 *              gap MS      the first half of the bytes comes so many milliseconds after the second half
 *              elsewhere   at another interface of the capture
 *              late MS     so many milliseconds after the previous frame (default: 1)
 *   {N} or {N SEED}    alone on a line: N bytes made from SEED (default 1), no line break; {N @OFF} bytes of a made file
 *   !!! lost client|server N [on NAME]     the capture lacks the next N bytes
 *   !!! fin|rst client|server [on NAME]    the connection ends; after a rst, another rst
 *   !!! ack client|server [late MS] [on NAME]  a frame without bytes that acknowledges everything so far
 *   !!! again client|server [late MS] [on NAME]  its TCP sends its latest segment again
 *   !!! seam NAME                          from here on another recording goes on with that connection
 *   !!! midstream NAME                     that connection is not seen from its start
 *   !!! dropped                            frames are missing from here on, nobody knows whose
 *   ===                the expected story follows, one line an event
 *
 * A conversation ends with the capture. */
#ifndef TESTS_SPECIMEN_H
#define TESTS_SPECIMEN_H

#include <glib.h>
#include <stdbool.h>

struct specimen;

/* Dies with a message where the file cannot be read or understood. */
struct specimen *specimen_load(const char *path);

/* The same from text, which needs no story. */
struct specimen *specimen_parse(const char *text);

/* What the core says of a conversation: parsed, played uncut, freed.  The story is freed with g_free. */
char *specimen_told(const char *conversation);
void             specimen_free(struct specimen *s);

const char *specimen_title(const struct specimen *s);
const char *specimen_expected(const struct specimen *s);

/* Play it, each run of bytes cut into pieces of at most `piece` bytes (0: not cut), shifted by `phase`.  The story is
 * freed with g_free. */
char *specimen_play(const struct specimen *s, size_t piece, size_t phase);

/* The same, of which only the findings are told, one a line: severity, party, rule, what it drags along, and the sentence. */
char *specimen_judge(const struct specimen *s, size_t piece, size_t phase);

/* Number of bytes of its longest run. */
size_t specimen_longest(const struct specimen *s);

/* Write the story into the file behind ===. */
void specimen_update(const char *path, const char *story);

#endif
