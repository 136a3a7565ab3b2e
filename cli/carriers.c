/* SPDX-License-Identifier: GPL-2.0-or-later */
/* carriers.c - sets of ordinals. */
#include "cli/carriers.h"

#include "cli/options.h"

/* A capture may have a million of each: an ordinal is its own key. */
static GHashTable *set_new(void)
{
	return g_hash_table_new(NULL, NULL);
}

static void set_add(GHashTable *set, uint64_t ordinal)
{
	g_hash_table_add(set, GSIZE_TO_POINTER(ordinal));
}

static bool set_has(GHashTable *set, uint64_t ordinal)
{
	return g_hash_table_contains(set, GSIZE_TO_POINTER(ordinal));
}

static void unref_set(gpointer p)
{
	g_hash_table_unref(p);
}

static GHashTable *map_new(void)
{
	return g_hash_table_new_full(NULL, NULL, NULL, unref_set);
}

/* The set of an ordinal, which is made where there is none. */
static GHashTable *set_of(GHashTable *map, uint64_t ordinal)
{
	GHashTable *set = g_hash_table_lookup(map, GSIZE_TO_POINTER(ordinal));

	if (set != NULL)
		return set;
	set = set_new();
	g_hash_table_insert(map, GSIZE_TO_POINTER(ordinal), set);
	return set;
}

static GHashTable *carriers_of(struct carriers *c, const struct bits_session *s)
{
	return set_of(c->by_session, s->ordinal);
}

void carriers_init(struct carriers *c, const char *wanted, bool both_sides)
{
	c->wanted = wanted;
	c->both_sides = both_sides;
	c->kept = set_new();
	c->ties = map_new();
	c->by_session = map_new();
	c->all = set_new();
}

void carriers_clear(struct carriers *c)
{
	g_hash_table_unref(c->by_session);
	g_hash_table_unref(c->kept);
	g_hash_table_unref(c->ties);
	g_hash_table_unref(c->all);
}

void carriers_packet(struct carriers *c, const struct bits_exchange *x)
{
	set_add(c->all, x->conn);
	if (x->session != NULL)
		set_add(carriers_of(c, x->session), x->conn);
}

void carriers_joined(struct carriers *c, const struct bits_session *from, const struct bits_session *into)
{
	GHashTable *to = carriers_of(c, into);
	GHashTableIter i;
	gpointer conn;

	g_hash_table_iter_init(&i, carriers_of(c, from));
	while (g_hash_table_iter_next(&i, &conn, NULL))
		set_add(to, GPOINTER_TO_SIZE(conn));
	g_hash_table_remove(c->by_session, GSIZE_TO_POINTER(from->ordinal));
}

/* Its id is final now, and so is what it is the other side of. */
void carriers_ended(struct carriers *c, const struct bits_session *s)
{
	if (options_wants(c->wanted, s->ordinal, s->id))
		set_add(c->kept, s->ordinal);
	else if (!c->both_sides) /* nothing can ask for it any more */
		g_hash_table_remove(c->by_session, GSIZE_TO_POINTER(s->ordinal));
	if (s->same_upload_as != 0 && c->both_sides) {
		set_add(set_of(c->ties, s->ordinal), s->same_upload_as);
		set_add(set_of(c->ties, s->same_upload_as), s->ordinal);
	}
}

static bool is_meant(const struct carriers *c, uint64_t session)
{
	GHashTable *ties = g_hash_table_lookup(c->ties, GSIZE_TO_POINTER(session));
	GHashTableIter i;
	gpointer other;

	if (set_has(c->kept, session))
		return true;
	if (ties == NULL)
		return false;
	g_hash_table_iter_init(&i, ties);
	while (g_hash_table_iter_next(&i, &other, NULL))
		if (set_has(c->kept, GPOINTER_TO_SIZE(other)))
			return true;
	return false;
}

static void unref_list(gpointer p)
{
	g_array_unref(p);
}

static GArray *list_of(GHashTable *lists, uint64_t conn)
{
	GArray *list = g_hash_table_lookup(lists, &conn);

	if (list != NULL)
		return list;
	list = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	g_hash_table_insert(lists, g_memdup2(&conn, sizeof(conn)), list);
	return list;
}

static gint by_value(gconstpointer a, gconstpointer b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void sort_list(gpointer key, gpointer list, gpointer user)
{
	(void)key;
	(void)user;
	g_array_sort(list, by_value);
}

GHashTable *carriers_connections(const struct carriers *c)
{
	GHashTable *all = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, unref_list);
	GHashTableIter i, k;
	gpointer session, set, conn;

	g_hash_table_iter_init(&i, c->by_session);
	while (g_hash_table_iter_next(&i, &session, &set)) {
		uint64_t ordinal = GPOINTER_TO_SIZE(session);

		if (!is_meant(c, ordinal))
			continue;
		g_hash_table_iter_init(&k, set);
		while (g_hash_table_iter_next(&k, &conn, NULL))
			g_array_append_val(list_of(all, GPOINTER_TO_SIZE(conn)), ordinal);
	}
	g_hash_table_foreach(all, sort_list, NULL);
	return all;
}

bool carriers_has(const struct carriers *c, uint64_t conn)
{
	return set_has(c->all, conn);
}
