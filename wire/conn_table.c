/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conn_table.c - a hash table and a queue by age, and in front of both the connection of the segment before, and those that
 * were found lately: where many are mixed, each access of the table would wait for memory. */
#include "wire/conn_table.h"

#include "wire/addr.h"

/* The ends of a connection, the smaller first: what a connection begins with, so that one is a key as well. */
struct key {
	struct bits_end end[2];
};

G_STATIC_ASSERT(offsetof(struct connection, end) == 0);

/* The ports are mixed on their own: ports and addresses that count up together must not cancel each other out. */
static guint hash_ends(gconstpointer p)
{
	const struct bits_end *end = p;
	uint64_t               h = hash_mix(1, (uint64_t)end[0].port << 16 | end[1].port);

	for (unsigned half = 0; half < (end[0].addr.family == 4 ? 1 : 2); half++)
		h = hash_mix(hash_mix(h, addr_half(&end[0].addr, half)), addr_half(&end[1].addr, half));
	return (guint)h;
}

static bool same_end(const struct bits_end *a, const struct bits_end *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

static gboolean same_ends(gconstpointer a, gconstpointer b)
{
	const struct bits_end *x = a, *y = b;

	return same_end(&x[0], &y[0]) && same_end(&x[1], &y[1]);
}

/* Any order will do, as long as it is one. */
static bool is_greater(const struct bits_end *a, const struct bits_end *b)
{
	for (unsigned half = 0; half < 2; half++)
		if (addr_half(&a->addr, half) != addr_half(&b->addr, half))
			return addr_half(&a->addr, half) > addr_half(&b->addr, half);
	return a->port > b->port;
}

static struct key key_of(const struct bits_end *src, const struct bits_end *dst, unsigned *d)
{
	*d = is_greater(src, dst);
	return *d ? (struct key){ { *dst, *src } } : (struct key){ { *src, *dst } };
}

static void free_connection(void *data)
{
	connection_free(data);
}

void conn_table_init(struct conn_table *t, guint most, guint most_live)
{
	*t = (struct conn_table){ .most = most, .most_live = most_live };
	t->by_ends = g_hash_table_new_full(hash_ends, same_ends, free_connection, NULL);
	t->near = g_new0(struct connection *, CONN_TABLE_NEAR);
}

void conn_table_clear(struct conn_table *t)
{
	g_hash_table_unref(t->by_ends);
	g_free(t->near);
	*t = (struct conn_table){ 0 };
}

static struct connection **near_of(const struct conn_table *t, gconstpointer ends)
{
	return &t->near[hash_ends(ends) % CONN_TABLE_NEAR];
}

static struct connection *find_near(const struct conn_table *t, const struct key *key)
{
	struct connection **near = near_of(t, key);

	if (*near == NULL || !same_ends(*near, key))
		*near = g_hash_table_lookup(t->by_ends, key);
	return *near;
}

static GQueue *queue_of(struct conn_table *t, const struct connection *c)
{
	return c->is_retired ? &t->retired : &t->live;
}

/* Moving it touches its neighbours, which nobody else does: not more often than anybody can tell. */
static void make_youngest(struct conn_table *t, struct connection *c)
{
	t->clock++;
	if (t->clock - c->moved <= t->most_live / 16)
		return;
	c->moved = t->clock;
	g_queue_unlink(queue_of(t, c), &c->link);
	g_queue_push_tail_link(queue_of(t, c), &c->link);
}

struct connection *conn_table_find(struct conn_table *t, const struct bits_end *src, const struct bits_end *dst, unsigned *d)
{
	struct connection *c = t->latest;
	struct key         key;

	if (c != NULL)
		for (*d = 0; *d < 2; ++*d)
			if (same_end(&c->end[*d], src) && same_end(&c->end[!*d], dst))
				return c;
	key = key_of(src, dst, d);
	c = find_near(t, &key);
	if (c == NULL)
		return NULL;
	make_youngest(t, c);
	return t->latest = c;
}

struct connection *conn_table_add(struct conn_table *t, const struct bits_end *src, const struct bits_end *dst, unsigned *d,
                                  uint64_t ordinal)
{
	struct key         key = key_of(src, dst, d);
	struct connection *c = connection_new(key.end, ordinal);

	g_assert(!conn_table_is_full(t));
	c->moved = ++t->clock;
	g_hash_table_add(t->by_ends, c);
	g_queue_push_tail_link(&t->live, &c->link);
	return t->latest = c;
}

bool conn_table_is_full(const struct conn_table *t)
{
	return g_hash_table_size(t->by_ends) >= t->most || conn_table_is_full_of_live(t);
}

bool conn_table_is_full_of_live(const struct conn_table *t)
{
	return t->live.length >= t->most_live;
}

struct connection *conn_table_oldest(const struct conn_table *t)
{
	return (t->retired.head == NULL || conn_table_is_full_of_live(t) ? &t->live : &t->retired)->head->data;
}

void conn_table_remove(struct conn_table *t, struct connection *c)
{
	g_queue_unlink(queue_of(t, c), &c->link);
	if (t->latest == c)
		t->latest = NULL;
	if (*near_of(t, c) == c)
		*near_of(t, c) = NULL;
	g_hash_table_remove(t->by_ends, c);
}

static void change_queue(struct conn_table *t, struct connection *c, bool is_retired)
{
	g_queue_unlink(queue_of(t, c), &c->link);
	c->is_retired = is_retired;
	c->moved = t->clock;
	g_queue_push_tail_link(queue_of(t, c), &c->link);
}

void conn_table_note_retired(struct conn_table *t, struct connection *c)
{
	change_queue(t, c, true);
}

void conn_table_note_live(struct conn_table *t, struct connection *c)
{
	g_assert(!conn_table_is_full_of_live(t));
	change_queue(t, c, false);
}

/* Of equals the older connection. */
static gint by_held(gconstpointer a, gconstpointer b)
{
	const struct holder *x = a, *y = b;

	if (x->held != y->held)
		return x->held > y->held ? -1 : 1;
	if (x->c != y->c)
		return x->c->ordinal < y->c->ordinal ? -1 : 1;
	return x->d < y->d ? -1 : 1;
}

GArray *conn_table_holders(const struct conn_table *t)
{
	GArray *all = g_array_new(false, false, sizeof(struct holder));

	for (GList *l = t->live.head; l != NULL; l = l->next)
		for (unsigned d = 0; d < 2; d++) {
			struct connection *c = l->data;
			struct holder      h = { c, d, stream_held(&c->live->stream[d]) };

			if (h.held > 0)
				g_array_append_val(all, h);
		}
	g_array_sort(all, by_held);
	return all;
}

static gint by_ordinal(gconstpointer a, gconstpointer b)
{
	const struct connection *x = *(struct connection *const *)a, *y = *(struct connection *const *)b;

	return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

GPtrArray *conn_table_in_order(const struct conn_table *t)
{
	GPtrArray *all = g_ptr_array_new();

	for (GList *l = t->live.head; l != NULL; l = l->next)
		g_ptr_array_add(all, l->data);
	for (GList *l = t->retired.head; l != NULL; l = l->next)
		g_ptr_array_add(all, l->data);
	g_ptr_array_sort(all, by_ordinal);
	return all;
}
