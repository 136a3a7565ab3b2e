/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conn_table.c - a map and two queues by age. */
#include "wire/conn_table.h"

#define CLOCK ((UINT32_C(1) << 29) - 1) /* so much of it a key has room for */

void conn_table_init(struct conn_table *t, guint most, guint most_live)
{
	*t = (struct conn_table){ .most = most, .most_live = most_live };
	ends_map_init(&t->map);
}

static void free_all(GQueue *q)
{
	for (GList *l = q->head, *next; l != NULL; l = next) {
		next = l->next;
		connection_free(l->data);
	}
}

void conn_table_clear(struct conn_table *t)
{
	free_all(&t->live);
	free_all(&t->retired);
	ends_map_clear(&t->map);
	*t = (struct conn_table){ 0 };
}

static GQueue *queue_of(struct conn_table *t, const struct connection *c)
{
	return c->is_retired ? &t->retired : &t->live;
}

static void move_to_end(GQueue *from, GQueue *to, struct connection *c)
{
	g_queue_unlink(from, &c->link);
	g_queue_push_tail_link(to, &c->link);
}

/* Moving it touches its neighbours, which nobody else does: not more often than anybody can tell. */
static void make_youngest(struct conn_table *t, uint32_t place)
{
	struct ends_key   *key = &t->map.keys[place];
	struct connection *c;

	if (((t->clock - key->moved) & CLOCK) <= t->most_live / 16)
		return;
	c = conn_table_at(t, place);
	key->moved = t->clock & CLOCK;
	move_to_end(queue_of(t, c), queue_of(t, c), c);
}

uint32_t conn_table_find(struct conn_table *t, const struct bits_end *src, const struct bits_end *dst, unsigned *d)
{
	uint32_t before = t->map.latest, place = ends_map_find(&t->map, src, dst, d);

	if (place == CONN_NOWHERE || place == before)
		return place;
	t->clock++;
	make_youngest(t, place);
	return place;
}

struct connection *conn_table_add(struct conn_table *t, const struct bits_end *src, const struct bits_end *dst, unsigned *d,
                                  uint64_t ordinal)
{
	struct bits_end    end[2];
	struct connection *c;
	uint32_t           place;

	g_assert(!conn_table_is_full(t));
	*d = ends_in_order(src, dst, end);
	c = connection_new(end, ordinal);
	place = ends_map_add(&t->map, c); /* where its keys are may change with this */
	t->map.keys[place].moved = ++t->clock & CLOCK;
	g_queue_push_tail_link(&t->live, &c->link);
	return c;
}

void conn_table_pass(struct conn_table *t, const struct connection *c, bool is_passed)
{
	t->map.keys[ends_map_place_of(&t->map, c)].is_passed = is_passed;
}

bool conn_table_is_full(const struct conn_table *t)
{
	return t->map.n >= t->most || conn_table_is_full_of_live(t);
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
	ends_map_remove(&t->map, ends_map_place_of(&t->map, c));
	g_queue_unlink(queue_of(t, c), &c->link);
	connection_free(c);
}

static void change_queue(struct conn_table *t, struct connection *c, bool is_retired)
{
	GQueue *from = queue_of(t, c);

	c->is_retired = is_retired;
	t->map.keys[ends_map_place_of(&t->map, c)].moved = t->clock & CLOCK;
	move_to_end(from, queue_of(t, c), c);
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
