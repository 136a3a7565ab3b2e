/* bits_str.h - borrowed text, and the small takers that every parser here is made of.
 *
 * A bits_str is a slice of somebody else's memory: never NUL-terminated, never freed, valid as long as its owner
 * says.  A taker consumes what it knows from the front of a slice and writes its outputs only on success. */
#ifndef BITS_STR_H
#define BITS_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bits_str {
	const char *p; /* may be NULL when n is 0 */
	size_t      n; /* bytes */
};

#define BITS_STR(literal) ((struct bits_str){ (literal), sizeof(literal) - 1 })

/* A view of a NUL-terminated string; NULL gives the empty slice. */
struct bits_str bits_str_of(const char *text);

bool bits_str_eq(struct bits_str a, struct bits_str b);
bool bits_str_eq_nocase(struct bits_str a, struct bits_str b); /* ASCII letters only */
bool bits_str_starts(struct bits_str s, struct bits_str prefix);
bool bits_str_starts_nocase(struct bits_str s, struct bits_str prefix);

/* Without the white space (SP HT CR LF: a folded header keeps its line break inside) at both ends. */
struct bits_str bits_str_trim(struct bits_str s);

/* Everything before the first `c`, which is consumed too; all of s where there is none. */
struct bits_str bits_str_split(struct bits_str *s, char c);

/* A NUL-terminated copy; the caller frees it with g_free.  NUL bytes inside s are kept and end it early. */
char *bits_str_dup(struct bits_str s);

bool bits_take(struct bits_str *s, const char *literal);        /* exactly this          */
bool bits_take_nocase(struct bits_str *s, const char *literal); /* in any case           */
bool bits_take_spaces(struct bits_str *s);                      /* at least one SP HT CR LF */

/* Decimal digits, at least one.  False (and nothing consumed) where there is none or the value exceeds 64 bits. */
bool bits_take_u64(struct bits_str *s, uint64_t *value);

/* Hexadecimal digits, at least one, of at most 32 bits of value. */
bool bits_take_hex32(struct bits_str *s, uint32_t *value);

#endif
