/* SPDX-License-Identifier: GPL-2.0-or-later */
/* carriers.c - pairs of ordinals, noted in the order of the packets and brought together at the end. */
#include "cli/carriers.h"

#include "cli/options.h"

struct pair {
	uint64_t session;
	uint64_t other; /* a connection, or another session */
};

static gint by_session(gconstpointer a, gconstpointer b)
{
	const struct pair *x = a, *y = b;

	if (x->session != y->session)
		return x->session < y->session ? -1 : 1;
	return x->other < y->other ? -1 : x->other > y->other;
}

/* A capture may have a million of each: an ordinal is its own key. */
static gpointer key(uint64_t ordinal)
{
	return GSIZE_TO_POINTER(ordinal);
}

void carriers_init(struct carriers *c, struct spool *spool, const char *wanted, bool both_sides)
{
	*c = (struct carriers){ .wanted = wanted, .both_sides = both_sides };
	c->kept = g_hash_table_new(NULL, NULL);
	c->latest = g_hash_table_new(NULL, NULL);
	tape_init(&c->carried, spool, sizeof(struct pair), by_session);
	tape_init(&c->joined, spool, sizeof(struct pair), by_session);
	tape_init(&c->ties, spool, sizeof(struct pair), by_session);
}

void carriers_clear(struct carriers *c)
{
	g_hash_table_unref(c->kept);
	g_hash_table_unref(c->latest);
	tape_clear(&c->carried);
	tape_clear(&c->joined);
	tape_clear(&c->ties);
	g_clear_error(&c->error);
}

static void note(struct carriers *c, struct tape *t, uint64_t session, uint64_t other)
{
	struct pair p = { session, other };

	tape_note(t, &p, &c->error);
}

/* Nearly always it is the connection of the packet before. */
void carriers_packet(struct carriers *c, const struct bits_exchange *x)
{
	gpointer latest;

	if (x->session == NULL)
		return;
	if (g_hash_table_lookup_extended(c->latest, key(x->session->ordinal), NULL, &latest) && latest == key(x->conn))
		return;
	g_hash_table_insert(c->latest, key(x->session->ordinal), key(x->conn));
	note(c, &c->carried, x->session->ordinal, x->conn);
}

void carriers_joined(struct carriers *c, const struct bits_session *from, const struct bits_session *into)
{
	g_hash_table_remove(c->latest, key(from->ordinal));
	note(c, &c->joined, from->ordinal, into->ordinal);
}

/* Its id is final now, and so is what it is the other side of. */
void carriers_ended(struct carriers *c, const struct bits_session *s)
{
	g_hash_table_remove(c->latest, key(s->ordinal));
	if (c->wanted != NULL && options_wants(c->wanted, s->ordinal, s->id))
		g_hash_table_add(c->kept, key(s->ordinal));
	if (s->same_upload_as != 0 && c->both_sides && c->wanted != NULL)
		note(c, &c->ties, s->ordinal, s->same_upload_as);
}

/* ---- at the end ------------------------------------------------------------------------------------------------ */

/* The other sides of those that are kept; not the other sides of these. */
static GHashTable *other_sides(struct carriers *c, GError **error)
{
	g_autoptr(GHashTable) others = g_hash_table_new(NULL, NULL);

	for (uint64_t i = 0; i < c->ties.n; i++) {
		const struct pair *tie = tape_get(&c->ties, i, error);

		if (tie == NULL)
			return NULL;
		if (g_hash_table_contains(c->kept, key(tie->session)))
			g_hash_table_add(others, key(tie->other));
		if (g_hash_table_contains(c->kept, key(tie->other)))
			g_hash_table_add(others, key(tie->session));
	}
	return g_steal_pointer(&others);
}

/* What `session` turned out to be: *next goes along the joined ones, as the sessions come in order. */
static bool what_it_is(struct carriers *c, uint64_t session, uint64_t *next, uint64_t *is, GError **error)
{
	*is = session;
	for (; *next < c->joined.n; (*next)++) {
		const struct pair *p = tape_get(&c->joined, *next, error);

		if (p == NULL)
			return false;
		if (p->session == session)
			*is = p->other;
		if (p->session >= session)
			return true;
	}
	return true;
}

static bool is_meant(const struct carriers *c, GHashTable *others, uint64_t session)
{
	return c->wanted == NULL || g_hash_table_contains(c->kept, key(session)) || g_hash_table_contains(others, key(session));
}

bool carriers_tell(struct carriers *c, void (*told)(uint64_t conn, uint64_t session, void *user), void *user,
		   GError **error)
{
	g_autoptr(GHashTable) others = NULL;
	struct pair last = { 0, 0 };
	uint64_t next = 0;

	if (c->error != NULL) {
		g_propagate_error(error, g_steal_pointer(&c->error));
		return false;
	}
	others = other_sides(c, error);
	if (others == NULL || !tape_sort(&c->carried, error) || !tape_sort(&c->joined, error))
		return false;
	for (uint64_t i = 0; i < c->carried.n; i++) {
		const struct pair *p = tape_get(&c->carried, i, error);
		uint64_t session;

		if (p == NULL)
			return false;
		if (by_session(p, &last) == 0)
			continue;
		last = *p;
		if (!what_it_is(c, last.session, &next, &session, error))
			return false;
		if (is_meant(c, others, session))
			told(last.other, session, user);
	}
	return true;
}
