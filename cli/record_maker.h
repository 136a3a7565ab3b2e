/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record_maker.h - an object that is being filled, key after key: what all kinds of records are made with.
 *
 * Private to record_*.c. */
#ifndef CLI_RECORD_MAKER_H
#define CLI_RECORD_MAKER_H

#include "cli/record.h"

struct maker {
	json_t *object; /* where keys go now; finish hands it over */
	json_t *raw;    /* names of keys with odd bytes            */
};

struct maker maker_new(void);
/* With the keys that every record of something in a capture begins with; a time only where there is a frame. */
struct maker maker_begin(const char *type, const struct bits_where *w);
/* A nested object under that key, with the same list of odd names; it needs no finish. */
struct maker maker_nest(struct maker *m, const char *key);
/* The record, with its `raw` where there is one: a new reference. */
json_t      *maker_finish(struct maker *m);

/* A key of the object.  Takes the value over. */
void maker_set(struct maker *m, const char *key, json_t *value);
/* Bytes from a wire: where they are no UTF-8, the key is noted in `raw`. */
void maker_set_str(struct maker *m, const char *key, struct bits_str s);
/* The same; NULL becomes null. */
void maker_set_text(struct maker *m, const char *key, const char *text);
/* The same; the text is freed. */
void maker_set_own_text(struct maker *m, const char *key, char *text);
/* Both ends of a connection, as the sender of a message sees them, and its Community ID. */
void maker_set_ends(struct maker *m, const struct bits_ends *ends, enum bits_side sender);
/* `captures`, a name for each of n places; only where they lie in several files. */
void maker_set_captures(struct maker *m, const struct record_context *c, const struct bits_where *at, unsigned n);

/* Values: new references.  Beyond 2^63 - 1 a number is null. */
json_t *value_number(uint64_t value);
json_t *value_text(const char *text);
json_t *value_frame(const struct bits_where *w);
json_t *value_range(struct bits_range r);
json_t *value_ranges(const struct bits_ranges *s);

/* As the user named it; NULL where there is no frame. */
const char *record_capture(const struct record_context *c, const struct bits_where *w);

#endif
