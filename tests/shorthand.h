/* shorthand.h - conversations as a person would tell them, written out in full for specimen.h.
 *
 *   > TYPE [RANGE] [words]     a request: Ping, Create-Session, Fragment 0-9/25, Close-Session, Cancel-Session, or any
 *                              other word, with all the headers that such a packet has
 *   < STATUS [next N] [words]  the answer to the oldest request of that connection that has none, as a server of the
 *                              book gives it; "next": its BITS-Received-Content-Range
 *   words are those of specimen.h (on NAME, late MS, blind, nohear, elsewhere)
 *   what differs from the book follows, indented:
 *       Name: value            that header has this value, whether the book has it or not
 *       +Name: value           ... is there a second time
 *       -Name                  ... is missing
 *       = LINE                 the first line
 *       (TEXT*N)               in a value: TEXT so many times; \a: a BEL
 *       {N @OFF}               the body, as in specimen.h
 *
 * Every other line stands as it is. */
#ifndef TESTS_SHORTHAND_H
#define TESTS_SHORTHAND_H

/* The caller frees it with g_free. */
char *shorthand_expand(const char *text);

#endif
