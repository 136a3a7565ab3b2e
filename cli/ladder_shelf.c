/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder_shelf.c - arrows in a row, and two tapes that say whose they are. */
#include "cli/ladder_shelf.h"

struct part {
	uint64_t id;
	uint64_t at;      /* of its first arrow                       */
	uint32_t first;   /* arrows in front of what was omitted ...  */
	uint32_t last;    /* ... and behind it; the losses stand behind these */
	uint32_t losses;
	uint64_t omitted;
};

struct join {
	uint64_t into, from;
};

static gint by_value(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static gint by_id(gconstpointer a, gconstpointer b)
{
	const struct part *x = a, *y = b;

	return x->id != y->id ? by_value(x->id, y->id) : by_value(x->at, y->at);
}

static gint by_into(gconstpointer a, gconstpointer b)
{
	const struct join *x = a, *y = b;

	return x->into != y->into ? by_value(x->into, y->into) : by_value(x->from, y->from);
}

void ladder_shelf_init(struct ladder_shelf *s)
{
	*s = (struct ladder_shelf){ .n = 0 };
	spool_init(&s->spool, g_get_tmp_dir());
	s->arrows = spool_leaf_new(&s->spool, NULL);
	tape_init(&s->parts, &s->spool, sizeof(struct part), by_id);
	tape_init(&s->joined, &s->spool, sizeof(struct join), by_into);
}

void ladder_shelf_clear(struct ladder_shelf *s)
{
	tape_clear(&s->parts);
	tape_clear(&s->joined);
	medium_free(s->arrows);
	spool_clear(&s->spool);
	g_clear_error(&s->error);
}

static bool write_arrows(struct ladder_shelf *s, const struct ladder *l)
{
	g_autoptr(GArray) all = g_array_sized_new(FALSE, FALSE, sizeof(struct arrow), ladder_count(l));

	g_array_append_vals(all, l->first->data, l->first->len);
	for (const GList *i = l->last.head; i != NULL; i = i->next)
		g_array_append_vals(all, i->data, 1);
	g_array_append_vals(all, l->losses->data, l->losses->len);
	return medium_write(s->arrows, s->n * sizeof(struct arrow), (const uint8_t *)all->data,
			    all->len * sizeof(struct arrow), &s->error);
}

bool ladder_shelf_put(struct ladder_shelf *s, struct ladder *l)
{
	struct part part = { l->id, s->n, l->first->len, l->last.length, l->losses->len, l->omitted };

	if (s->error != NULL || !write_arrows(s, l) || !tape_add(&s->parts, &part, &s->error))
		return false;
	s->n += ladder_count(l);
	g_array_set_size(l->first, 0);
	g_array_set_size(l->losses, 0);
	g_queue_clear_full(&l->last, g_free);
	l->omitted = 0;
	return true;
}

void ladder_shelf_join(struct ladder_shelf *s, uint64_t from, uint64_t into)
{
	struct join join = { into, from };

	tape_note(&s->joined, &join, &s->error); /* else what it had put away is not drawn, and the error says so */
}

/* Parts and joins begin with the id by which they are in order. */
static bool is_before(const void *entry, const void *id)
{
	return *(const uint64_t *)entry < *(const uint64_t *)id;
}

static bool take_arrows(struct ladder_shelf *s, struct ladder *to, uint64_t at, uint32_t n, GError **error)
{
	struct arrow some[64];

	for (uint32_t here; n > 0; at += here, n -= here) {
		here = MIN(n, G_N_ELEMENTS(some));
		if (!medium_read(s->arrows, at * sizeof(some[0]), (uint8_t *)some, here * sizeof(some[0]), error))
			return false;
		for (uint32_t i = 0; i < here; i++)
			ladder_add(to, &some[i]);
	}
	return true;
}

static bool take_part(struct ladder_shelf *s, struct ladder *to, struct part p, GError **error)
{
	if (!take_arrows(s, to, p.at, p.first, error))
		return false;
	to->omitted += p.omitted;
	return take_arrows(s, to, p.at + p.first, p.last + p.losses, error);
}

static bool take_parts(struct ladder_shelf *s, struct ladder *to, uint64_t id, GError **error)
{
	if (!tape_find(&s->parts, is_before, &id, &s->at_part, error))
		return false;
	for (; s->at_part < s->parts.n; s->at_part++) {
		const struct part *p = tape_get(&s->parts, s->at_part, error);

		if (p == NULL || p->id != id)
			return p != NULL;
		if (!take_part(s, to, *p, error))
			return false;
	}
	return true;
}

static bool take_all(struct ladder_shelf *s, struct ladder *to, uint64_t id, GError **error);

/* What became `id`: mostly nothing, or a ladder without a session; at most two of these lie behind each other. */
static bool take_joined(struct ladder_shelf *s, struct ladder *to, uint64_t id, GError **error)
{
	if (!tape_find(&s->joined, is_before, &id, &s->at_join, error))
		return false;
	for (uint64_t i = s->at_join; i < s->joined.n; i++) {
		const struct join *j = tape_get(&s->joined, i, error);

		if (j == NULL || j->into != id)
			return j != NULL;
		if (!take_all(s, to, j->from, error))
			return false;
	}
	return true;
}

static bool take_all(struct ladder_shelf *s, struct ladder *to, uint64_t id, GError **error)
{
	return take_joined(s, to, id, error) && take_parts(s, to, id, error);
}

void ladder_shelf_take(struct ladder_shelf *s, struct ladder *to)
{
	g_autoptr(GError) error = NULL;

	if (tape_sort(&s->parts, &error) && tape_sort(&s->joined, &error) && take_all(s, to, to->id, &error))
		return;
	if (s->error == NULL)
		s->error = g_steal_pointer(&error);
}
