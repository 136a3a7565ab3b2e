/* SPDX-License-Identifier: GPL-2.0-or-later */
/* connections.c - a connection may end before its sessions do: records are made when all is known. */
#include "cli/connections.h"

#include "wire/conn_facts.h"

static void on_facts(const struct conn_facts *f, void *user)
{
	struct connections *c = user;

	if (!carriers_has(&c->carriers, f->ordinal))
		return;
	if (c->facts->len < CONNECTIONS_MOST)
		g_array_append_vals(c->facts, f, 1);
	else
		c->run->connections_left_out++;
}

void connections_init(struct connections *c, struct run *r)
{
	*c = (struct connections){ .run = r, .wanted = r->options->connections };
	c->facts = g_array_new(FALSE, FALSE, sizeof(struct conn_facts));
	carriers_init(&c->carriers, r->options->session, false);
	if (!c->wanted)
		return;
	r->facts_told = on_facts;
	r->facts_user = c;
}

void connections_clear(struct connections *c)
{
	carriers_clear(&c->carriers);
	g_array_unref(c->facts);
}

void connections_packet(struct connections *c, const struct bits_exchange *x)
{
	if (c->wanted)
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

static gint by_ordinal(gconstpointer a, gconstpointer b)
{
	const struct conn_facts *x = a, *y = b;

	return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

void connections_close(struct connections *c)
{
	g_autoptr(GHashTable) sessions = carriers_connections(&c->carriers);

	g_array_sort(c->facts, by_ordinal);
	for (guint i = 0; i < c->facts->len; i++) {
		const struct conn_facts *f = &g_array_index(c->facts, struct conn_facts, i);
		const GArray *carried = g_hash_table_lookup(sessions, &f->ordinal);

		if (carried != NULL || c->carriers.wanted == NULL)
			g_ptr_array_add(c->run->connections, record_connection(&c->run->names, f, carried));
	}
}
