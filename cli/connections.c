/* SPDX-License-Identifier: GPL-2.0-or-later */
/* connections.c - a connection may end before its sessions do: records are made when all is known. */
#include "cli/connections.h"

#include "wire/conn_facts.h"

static gint by_ordinal(gconstpointer a, gconstpointer b)
{
	const struct conn_facts *x = a, *y = b;

	return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static void on_facts(const struct conn_facts *f, void *user)
{
	struct connections *c = user;

	if (g_hash_table_remove(c->conns, GSIZE_TO_POINTER(f->ordinal)))
		tape_note(&c->facts, f, &c->error);
}

/* ---- at the end ------------------------------------------------------------------------------------------------ */

/* Connections are their own keys. */
struct choice {
	GHashTable *meant;  /* set of those that carried a session that --session means; NULL: all            */
	GHashTable *chosen; /* those that get a record -> GArray of the ordinals of the sessions they carried */
};

static void unref_list(gpointer p)
{
	g_array_unref(p);
}

static void add_meant(uint64_t conn, uint64_t session, void *user)
{
	(void)session;
	g_hash_table_add(((struct choice *)user)->meant, GSIZE_TO_POINTER(conn));
}

static void add_session(uint64_t conn, uint64_t session, void *user)
{
	GArray *list = g_hash_table_lookup(((struct choice *)user)->chosen, GSIZE_TO_POINTER(conn));

	if (list != NULL)
		g_array_append_val(list, session);
}

static bool choose(struct connections *c, struct choice *choice, GError **error)
{
	for (uint64_t i = 0; i < c->facts.n; i++) {
		const struct conn_facts *f = tape_get(&c->facts, i, error);

		if (f == NULL)
			return false;
		if (choice->meant != NULL && !g_hash_table_contains(choice->meant, GSIZE_TO_POINTER(f->ordinal)))
			continue;
		if (g_hash_table_size(choice->chosen) < CONNECTIONS_MOST)
			g_hash_table_insert(choice->chosen, GSIZE_TO_POINTER(f->ordinal),
					    g_array_new(FALSE, FALSE, sizeof(uint64_t)));
		else
			c->run->connections_left_out++;
	}
	return true;
}

static gint by_value(gconstpointer a, gconstpointer b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void put_in_order(GArray *list)
{
	guint kept = 0;

	g_array_sort(list, by_value);
	for (guint i = 0; i < list->len; i++)
		if (i == 0 || g_array_index(list, uint64_t, i) != g_array_index(list, uint64_t, kept - 1))
			g_array_index(list, uint64_t, kept++) = g_array_index(list, uint64_t, i);
	g_array_set_size(list, kept);
}

static bool make_chosen(struct connections *c, const struct choice *choice, GError **error)
{
	for (uint64_t i = 0; i < c->facts.n; i++) {
		const struct conn_facts *f = tape_get(&c->facts, i, error);
		GArray *list;

		if (f == NULL)
			return false;
		list = g_hash_table_lookup(choice->chosen, GSIZE_TO_POINTER(f->ordinal));
		if (list == NULL)
			continue;
		put_in_order(list);
		g_ptr_array_add(c->run->connections, record_connection(&c->run->names, f, list));
	}
	return true;
}

static bool make_all(struct connections *c, struct choice *choice, GError **error)
{
	if (c->error != NULL) {
		g_propagate_error(error, g_steal_pointer(&c->error));
		return false;
	}
	return (choice->meant == NULL || carriers_tell(&c->carriers, add_meant, choice, error)) &&
	       tape_sort(&c->facts, error) && choose(c, choice, error) &&
	       carriers_tell(&c->carriers, add_session, choice, error) && make_chosen(c, choice, error);
}

static void make_records(void *user)
{
	struct connections *c = user;
	g_autoptr(GHashTable) meant = c->carriers.wanted != NULL ? g_hash_table_new(NULL, NULL) : NULL;
	g_autoptr(GHashTable) chosen = g_hash_table_new_full(NULL, NULL, NULL, unref_list);
	struct choice choice = { meant, chosen };
	g_autoptr(GError) error = NULL;

	if (make_all(c, &choice, &error))
		return;
	c->run->troubles |= TROUBLE_OUTPUT;
	complain("connections: %s", error->message);
}

/* ---- the front door -------------------------------------------------------------------------------------------- */

void connections_init(struct connections *c, struct run *r)
{
	*c = (struct connections){ .run = r, .wanted = r->options->connections };
	spool_init(&c->spool, g_get_tmp_dir());
	c->conns = g_hash_table_new(NULL, NULL);
	tape_init(&c->facts, &c->spool, sizeof(struct conn_facts), by_ordinal);
	carriers_init(&c->carriers, &c->spool, r->options->session, false);
	if (!c->wanted)
		return;
	r->facts_told = on_facts;
	r->facts_over = make_records;
	r->facts_user = c;
}

void connections_clear(struct connections *c)
{
	carriers_clear(&c->carriers);
	tape_clear(&c->facts);
	g_hash_table_unref(c->conns);
	spool_clear(&c->spool);
	g_clear_error(&c->error);
}

void connections_packet(struct connections *c, const struct bits_exchange *x)
{
	if (!c->wanted)
		return;
	g_hash_table_add(c->conns, GSIZE_TO_POINTER(x->conn));
	carriers_packet(&c->carriers, x);
}

void connections_joined(struct connections *c, const struct bits_session *from, const struct bits_session *into)
{
	if (c->wanted)
		carriers_joined(&c->carriers, from, into);
}

void connections_ended(struct connections *c, const struct bits_session *s)
{
	if (c->wanted)
		carriers_ended(&c->carriers, s);
}
