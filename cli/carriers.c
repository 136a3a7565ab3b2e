/* SPDX-License-Identifier: GPL-2.0-or-later */
/* carriers.c - sets of ordinals. */
#include "cli/carriers.h"

#include "cli/options.h"

static GHashTable *set_new(void)
{
	return g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
}

static void set_add(GHashTable *set, uint64_t ordinal)
{
	if (!g_hash_table_contains(set, &ordinal))
		g_hash_table_add(set, g_memdup2(&ordinal, sizeof(ordinal)));
}

/* The value of an ordinal, which is made where there is none. */
static gpointer value_of(GHashTable *map, uint64_t ordinal, gpointer (*make)(void))
{
	gpointer value = g_hash_table_lookup(map, &ordinal);

	if (value != NULL)
		return value;
	value = make();
	g_hash_table_insert(map, g_memdup2(&ordinal, sizeof(ordinal)), value);
	return value;
}

static gpointer make_set(void)
{
	return set_new();
}

static GHashTable *carriers_of(struct carriers *c, const struct bits_session *s)
{
	return value_of(c->by_session, s->ordinal, make_set);
}

static void unref_set(gpointer p)
{
	g_hash_table_unref(p);
}

void carriers_init(struct carriers *c, const char *wanted, bool both_sides)
{
	c->wanted = wanted;
	c->both_sides = both_sides;
	c->kept = set_new();
	c->ties = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, unref_set);
	c->by_session = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, unref_set);
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
		set_add(to, *(const uint64_t *)conn);
	g_hash_table_remove(c->by_session, &from->ordinal);
}

/* Its id is final now, and so is what it is the other side of. */
void carriers_ended(struct carriers *c, const struct bits_session *s)
{
	if (options_wants(c->wanted, s->ordinal, s->id))
		set_add(c->kept, s->ordinal);
	else if (!c->both_sides) /* nothing can ask for it any more */
		g_hash_table_remove(c->by_session, &s->ordinal);
	if (s->same_upload_as != 0 && c->both_sides) {
		set_add(value_of(c->ties, s->ordinal, make_set), s->same_upload_as);
		set_add(value_of(c->ties, s->same_upload_as, make_set), s->ordinal);
	}
}

static bool is_meant(const struct carriers *c, const uint64_t *session)
{
	GHashTable *ties = g_hash_table_lookup(c->ties, session);
	GHashTableIter i;
	gpointer other;

	if (g_hash_table_contains(c->kept, session))
		return true;
	if (ties == NULL)
		return false;
	g_hash_table_iter_init(&i, ties);
	while (g_hash_table_iter_next(&i, &other, NULL))
		if (g_hash_table_contains(c->kept, other))
			return true;
	return false;
}

static gpointer make_list(void)
{
	return g_array_new(FALSE, FALSE, sizeof(uint64_t));
}

static void unref_list(gpointer p)
{
	g_array_unref(p);
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
		if (!is_meant(c, session))
			continue;
		g_hash_table_iter_init(&k, set);
		while (g_hash_table_iter_next(&k, &conn, NULL))
			g_array_append_vals(value_of(all, *(const uint64_t *)conn, make_list), session, 1);
	}
	g_hash_table_foreach(all, sort_list, NULL);
	return all;
}

bool carriers_has(const struct carriers *c, uint64_t conn)
{
	return g_hash_table_contains(c->all, &conn);
}
