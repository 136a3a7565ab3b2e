/* bits_range.h - half-open ranges of bytes, and sets of them.
 *
 * The wire's inclusive end is turned at the parser (bits_message.c) and nowhere else. */
#ifndef BITS_RANGE_H
#define BITS_RANGE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct bits_range {
	uint64_t from, to; /* [from, to) in bytes; empty when from >= to */
};

/* A set of bytes as disjoint ranges: sorted, never touching, never empty.  Zero-initialised is the empty set. */
struct bits_ranges {
	GArray *list; /* of struct bits_range; owned; NULL while empty */
};

void bits_ranges_clear(struct bits_ranges *s);

/* What nearly every byte of an upload does: does it come just behind the last range?  Then that may be extended to `to`. */
static inline bool bits_ranges_end_at(const struct bits_ranges *s, uint64_t offset)
{
	return s->list != NULL && s->list->len > 0 && g_array_index(s->list, struct bits_range, s->list->len - 1).to == offset;
}
static inline void bits_ranges_extend(struct bits_ranges *s, uint64_t to)
{
	g_array_index(s->list, struct bits_range, s->list->len - 1).to = to;
}

/* Add [r.from, r.to); overlaps and neighbours merge.  Empty ranges are ignored.  Appending in order is O(1). */
void bits_ranges_add(struct bits_ranges *s, struct bits_range r);
void bits_ranges_add_all(struct bits_ranges *s, const struct bits_ranges *other);
void bits_ranges_remove(struct bits_ranges *s, struct bits_range r);

/* Can r be added without there being more than `most` ranges? */
bool bits_ranges_have_room(const struct bits_ranges *s, struct bits_range r, size_t most);

size_t            bits_ranges_count(const struct bits_ranges *s);
struct bits_range bits_ranges_get(const struct bits_ranges *s, size_t i);
uint64_t          bits_ranges_total(const struct bits_ranges *s); /* bytes in the set */
bool              bits_ranges_covers(const struct bits_ranges *s, struct bits_range r);
bool              bits_ranges_overlaps(const struct bits_ranges *s, struct bits_range r);

static inline bool bits_range_is_empty(struct bits_range r)
{
	return r.from >= r.to;
}

static inline struct bits_range bits_range_cut(struct bits_range a, struct bits_range b)
{
	return (struct bits_range){ a.from > b.from ? a.from : b.from, a.to < b.to ? a.to : b.to };
}

#endif
