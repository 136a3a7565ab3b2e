/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder_page.c - who takes part in a diagram, and what stands above it. */
#include "cli/ladder_page.h"

#include <string.h>

#include "cli/ladder_pair.h"
#include "cli/words.h"

#define LEGEND_MAX 24U /* connections that are named */

/* Kept arrows of one side or two. */
struct cast {
	GArray  *arrows;
	unsigned (*lanes)[2]; /* of each: client's and server's */
	guint    split;
	uint64_t omitted;
};

/* Lifelines */

static char *addr_words(const struct bits_end *end, bool with_port)
{
	g_autofree char *addr = end->addr.family ? bits_addr_text(&end->addr) : g_strdup("?");

	if (!with_port)
		return g_steal_pointer(&addr);
	return g_strdup_printf(end->addr.family == 6 ? "[%s]:%u" : "%s:%u", addr, end->port);
}

/* The lane of that host among [first, *n); a new one where there is room, else the last. */
static unsigned lane_of(struct page *p, const char *role, unsigned first, unsigned most, const char *name)
{
	for (unsigned i = first; i < p->n_lanes; i++)
		if (strcmp(p->lanes[i].name, name) == 0)
			return i;
	if (p->n_lanes - first < most) {
		p->lanes[p->n_lanes] = (struct lane){ role, g_strdup(name) };
		return p->n_lanes++;
	}
	if (strstr(p->lanes[p->n_lanes - 1].name, " and others") == NULL) {
		g_autofree char *old = p->lanes[p->n_lanes - 1].name;

		p->lanes[p->n_lanes - 1].name = g_strconcat(old, " and others", NULL);
	}
	return p->n_lanes - 1;
}

/* All clients, then all servers. */
static void find_lanes(struct page *p, struct cast *c)
{
	for (unsigned side = 0; side < 2; side++) {
		unsigned first = p->n_lanes;

		for (guint i = 0; i < c->arrows->len; i++) {
			const struct bits_ends *e = &g_array_index(c->arrows, struct arrow, i).ends;
			g_autofree char *name = addr_words(side == 0 ? &e->client : &e->server, side == 1);

			c->lanes[i][side] = lane_of(p, side == 0 ? "client" : "server", first, LANES_MAX / 2, name);
		}
	}
}

/* Of both sides of a proxy: client, proxy, server. */
static void find_pair_lanes(struct page *p, struct cast *c, const struct arrow *front, const struct arrow *back)
{
	p->lanes[0] = (struct lane){ "client", addr_words(&front->ends.client, false) };
	p->lanes[1] = (struct lane){ "proxy", addr_words(&front->ends.server, true) };
	p->lanes[2] = (struct lane){ "server", addr_words(&back->ends.server, true) };
	p->n_lanes = 3;
	for (guint i = 0; i < c->arrows->len; i++) {
		const struct bits_ends *e = &g_array_index(c->arrows, struct arrow, i).ends;
		bool is_back = e->server.port == back->ends.server.port &&
			       pair_same_addr(&e->server.addr, &back->ends.server.addr);

		c->lanes[i][0] = is_back ? 1 : 0;
		c->lanes[i][1] = is_back ? 2 : 1;
	}
}

static void cast_of(struct page *p, struct cast *c, const struct page_side *sides, unsigned n)
{
	g_autoptr(GArray) back = n > 1 ? ladder_arrows(sides[1].ladder, &c->split) : NULL;
	g_autoptr(GArray) front = sides[0].ladder != NULL ? ladder_arrows(sides[0].ladder, &c->split) :
							    g_array_new(FALSE, FALSE, sizeof(struct arrow));

	c->omitted = sides[0].ladder != NULL ? sides[0].ladder->omitted : 0;
	c->arrows = n > 1 ? pair_interleave(front, back) : g_array_ref(front);
	c->lanes = g_malloc0_n(c->arrows->len + 1, sizeof(*c->lanes));
	if (n == 1) {
		find_lanes(p, c);
		return;
	}
	c->split = c->arrows->len;
	find_pair_lanes(p, c, &g_array_index(front, struct arrow, 0), &g_array_index(back, struct arrow, 0));
}

/* Connections */

void mark_text(char out[8], guint n)
{
	if (n < 26)
		g_snprintf(out, 8, "%c", (char)('A' + n));
	else if (n < 26 * 27)
		g_snprintf(out, 8, "%c%c", (char)('A' + n / 26 - 1), (char)('A' + n % 26));
	else
		g_snprintf(out, 8, "%u", n + 1);
}

static bool has_one_client(const GArray *arrows)
{
	for (guint i = 1; i < arrows->len; i++)
		if (!pair_same_addr(&g_array_index(arrows, struct arrow, i).ends.client.addr,
				  &g_array_index(arrows, struct arrow, 0).ends.client.addr))
			return false;
	return true;
}

/* "A=43662": one word, so that no line breaks inside. */
static void append_mark(GString *out, const struct arrow *a, guint n, bool with_addr)
{
	g_autofree char *whole = addr_words(&a->ends.client, true);
	char mark[8];

	mark_text(mark, n);
	words_append(out, ", ", mark);
	if (with_addr)
		g_string_append_printf(out, "=%s", whole);
	else
		g_string_append_printf(out, "=%u", a->ends.client.port);
}

/* Every connection gets its mark; the first of them are explained. */
static GHashTable *find_marks(struct page *p, const GArray *arrows)
{
	GHashTable *marks = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	g_autoptr(GString) legend = g_string_new(NULL);
	bool one_client = has_one_client(arrows);
	struct fact f = { one_client ? "from port" : "from", NULL };
	guint n = 0;

	for (guint i = 0; i < arrows->len; i++) {
		const struct arrow *a = &g_array_index(arrows, struct arrow, i);

		if (g_hash_table_contains(marks, &a->conn))
			continue;
		if (n < LEGEND_MAX)
			append_mark(legend, a, n, !one_client);
		g_hash_table_insert(marks, g_memdup2(&a->conn, sizeof(a->conn)), GUINT_TO_POINTER(++n));
	}
	if (n > LEGEND_MAX)
		g_string_append_printf(legend, ", and %u more", n - LEGEND_MAX);
	f.text = g_strdup(legend->str);
	if (n)
		g_array_append_val(p->facts, f);
	else
		g_free(f.text);
	return marks;
}

/* What stands above */

static void add_fact(struct page *p, const char *label, char *text)
{
	struct fact f = { label, text };

	if (text != NULL)
		g_array_append_val(p->facts, f);
}

static void set_title(const struct style *s, struct page *p, const struct page_side *sides, unsigned n)
{
	const json_t *session = sides[0].entry != NULL ? sides[0].entry->session : NULL;
	const char *name = record_text(session, "bits.name");
	g_autofree char *back = n > 1 ? g_strdup_printf(" and %" G_GUINT64_FORMAT, sides[1].entry->ordinal) : NULL;

	if (session == NULL) {
		p->title = g_strdup("Packets of no session");
		return;
	}
	p->title = g_strdup_printf("Session%s %" G_GUINT64_FORMAT "%s%s%s", n > 1 ? "s" : "", sides[0].entry->ordinal,
				   back != NULL ? back : "", s->dot, name != NULL ? name : "(no name)");
	p->state = words_state(session);
	p->state_ink = words_state_ink(session);
}

static void set_facts(struct page *p, const struct page_side *sides, unsigned n)
{
	const json_t *session = sides[0].entry != NULL ? sides[0].entry->session : NULL;
	g_autofree char *tie = session != NULL ? words_same_upload(sides[0].entry) : NULL;

	if (session == NULL)
		return;
	add_fact(p, "id", g_strdup(record_text(session, "bits.session_id")));
	add_fact(p, "url", g_strdup(record_text(session, "bits.url")));
	if (n > 1)
		add_fact(p, "proxy", g_strdup_printf("session %" G_GUINT64_FORMAT " on the client's side, %" G_GUINT64_FORMAT
						     " on the server's: one upload", sides[0].entry->ordinal,
						     sides[1].entry->ordinal));
	else if (tie != NULL)
		add_fact(p, "see also", g_steal_pointer(&tie));
	if (!record_is(session, "file.state", "complete"))
		add_fact(p, "refused", g_strdup(sides[0].entry->refusal));
	if (record_is(session, "evidence", "partial"))
		add_fact(p, "evidence", g_strdup("partial: the capture lacks segments, requests or answers"));
}

static GPtrArray *findings_of(const struct page_side *sides, unsigned n)
{
	GPtrArray *all = g_ptr_array_new();

	for (unsigned i = 0; i < n; i++) {
		if (sides[i].entry != NULL)
			g_ptr_array_extend(all, sides[i].entry->findings, NULL, NULL);
		if (sides[i].ladder != NULL)
			g_ptr_array_extend(all, sides[i].ladder->findings, NULL, NULL);
	}
	return all;
}

static void fact_clear(gpointer p)
{
	g_free(((struct fact *)p)->text);
}

static void row_clear(gpointer p)
{
	g_free(((struct row *)p)->text);
	g_free(((struct row *)p)->brief);
}

struct page *page_new(const struct style *s, const struct run *r, const struct page_side *sides, unsigned n)
{
	struct page *p = g_new0(struct page, 1);
	g_autoptr(GPtrArray) findings = findings_of(sides, n);
	g_autoptr(GHashTable) marks = NULL;
	struct cast c = { 0 };

	p->facts = g_array_new(FALSE, FALSE, sizeof(struct fact));
	g_array_set_clear_func(p->facts, fact_clear);
	p->rows = g_array_new(FALSE, FALSE, sizeof(struct row));
	g_array_set_clear_func(p->rows, row_clear);
	set_title(s, p, sides, n);
	set_facts(p, sides, n);
	cast_of(p, &c, sides, n);
	marks = find_marks(p, c.arrows);
	page_rows(p, &(struct row_source){ s, r, c.arrows, (const unsigned(*)[2])c.lanes, c.split, c.omitted,
					   sides[0].entry != NULL && sides[0].entry->session != NULL, findings,
					   sides[0].entry != NULL ? sides[0].entry->session : NULL, marks });
	g_free(c.lanes);
	g_array_unref(c.arrows);
	return p;
}

void page_free(struct page *p)
{
	for (unsigned i = 0; i < p->n_lanes; i++)
		g_free(p->lanes[i].name);
	g_array_unref(p->facts);
	g_array_unref(p->rows);
	g_free(p->title);
	g_free(p->state);
	g_free(p);
}
