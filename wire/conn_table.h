/* conn_table.h - the connections that are known, by their two ends, and which of them was used least recently.
 *
 * It owns them, and has two caps, for those that are live and for all: whoever adds one to a full table removes the oldest
 * first, and says so.  Those that are retired go before any that is live, as long as it is not the live ones that are too
 * many.  One that was used in the latest sixteenth of as many searches as there is room for live ones need not be younger
 * than another such. */
#ifndef WIRE_CONN_TABLE_H
#define WIRE_CONN_TABLE_H

#include <glib.h>
#include <stdbool.h>

#include "wire/connection.h"
#include "wire/ends_map.h"

struct conn_table {
	struct ends_map map;        /* has all of them; they are owned                                    */
	GQueue          live, retired; /* of struct connection, least recently used first; may be walked  */
	guint           most, most_live;
	uint32_t        clock;      /* searches, those for the latest one not counted                      */
};

/* Where the table has it, until one is added or removed. */
#define CONN_NOWHERE ENDS_NOWHERE

/* `most` connections, of which so many are live: at least one. */
void conn_table_init(struct conn_table *t, guint most, guint most_live);
/* Frees its connections: their streams hold nothing any more. */
void conn_table_clear(struct conn_table *t);

/* The connection between these ends, from now on the one used last; *d is the direction from src to dst.  CONN_NOWHERE: there
 * is none. */
uint32_t conn_table_find(struct conn_table *t, const struct bits_end *src, const struct bits_end *dst, unsigned *d);

static inline struct connection *conn_table_at(const struct conn_table *t, uint32_t place)
{
	return t->map.conns[place];
}

/* Is there nothing to see in its segments but a SYN?  This is known without a look at the connection. */
static inline bool conn_table_is_passed(const struct conn_table *t, uint32_t place)
{
	return t->map.keys[place].is_passed;
}
void conn_table_pass(struct conn_table *t, const struct connection *c, bool is_passed);

/* A new one; the table is not full, and had none between these ends. */
struct connection *conn_table_add(struct conn_table *t, const struct bits_end *src, const struct bits_end *dst, unsigned *d,
                                  uint64_t ordinal);

/* No other one has room; no other one that is live. */
bool conn_table_is_full(const struct conn_table *t);
bool conn_table_is_full_of_live(const struct conn_table *t);
/* The one that makes room; not of an empty table. */
struct connection *conn_table_oldest(const struct conn_table *t);
void               conn_table_remove(struct conn_table *t, struct connection *c);

/* It was live, and is retired now; and the other way round, where there is room. */
void conn_table_note_retired(struct conn_table *t, struct connection *c);
void conn_table_note_live(struct conn_table *t, struct connection *c);

/* A direction in which something waits behind a hole, and what it holds (stream_held). */
struct holder {
	struct connection *c;
	unsigned           d;
	uint64_t           held;
};

/* All of them, those that hold most first.  Looks at every connection.  The caller unrefs it. */
GArray *conn_table_holders(const struct conn_table *t) G_GNUC_WARN_UNUSED_RESULT;

/* All connections by their ordinals, the order in which they were first seen.  The caller unrefs it. */
GPtrArray *conn_table_in_order(const struct conn_table *t) G_GNUC_WARN_UNUSED_RESULT;

#endif
