/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder_arrows.c - the first and the last stay, the middle is counted. */
#include "cli/ladder_arrows.h"

#include <jansson.h>

static void unref_record(gpointer p)
{
	json_decref(p);
}

struct ladder *ladder_new(uint64_t id)
{
	struct ladder *l = g_new0(struct ladder, 1);

	l->id = id;
	l->first = g_array_new(FALSE, FALSE, sizeof(struct arrow));
	l->losses = g_array_new(FALSE, FALSE, sizeof(struct arrow));
	l->findings = g_ptr_array_new_with_free_func(unref_record);
	return l;
}

void ladder_free(struct ladder *l)
{
	if (l == NULL)
		return;
	g_array_unref(l->first);
	g_array_unref(l->losses);
	g_queue_clear_full(&l->last, g_free);
	g_ptr_array_unref(l->findings);
	g_free(l);
}

static struct arrow *first_at(const struct ladder *l, guint i)
{
	return &g_array_index(l->first, struct arrow, i);
}

static bool takes_loss(struct arrow *a, const struct arrow *loss)
{
	if (a->number != loss->number || a->kind != loss->kind)
		return false;
	a->lost = loss->lost;
	return true;
}

/* Looks from the latest: what is over came not long ago. */
static bool note_loss(struct ladder *l, const struct arrow *loss)
{
	for (GList *i = l->last.tail; i != NULL; i = i->prev)
		if (takes_loss(i->data, loss))
			return true;
	for (guint i = l->first->len; i-- > 0;)
		if (takes_loss(first_at(l, i), loss))
			return true;
	return false;
}

static void add_loss(struct ladder *l, const struct arrow *loss)
{
	if (!note_loss(l, loss) && l->losses->len < LADDER_HALF)
		g_array_append_vals(l->losses, loss, 1);
}

void ladder_add(struct ladder *l, const struct arrow *a)
{
	if (a->is_loss) {
		add_loss(l, a);
		return;
	}
	if (l->first->len < LADDER_HALF && l->omitted == 0) {
		g_array_append_vals(l->first, a, 1);
		return;
	}
	if (l->last.length >= LADDER_HALF) {
		g_free(g_queue_pop_head(&l->last));
		l->omitted++;
	}
	g_queue_push_tail(&l->last, g_memdup2(a, sizeof(*a)));
}

void ladder_move(struct ladder *from, struct ladder *to)
{
	struct arrow *a;

	for (guint i = 0; i < from->first->len; i++)
		ladder_add(to, first_at(from, i));
	g_array_set_size(from->first, 0);
	to->omitted += from->omitted;
	from->omitted = 0;
	while ((a = g_queue_pop_head(&from->last)) != NULL) {
		ladder_add(to, a);
		g_free(a);
	}
	for (guint i = 0; i < from->losses->len; i++)
		ladder_add(to, &g_array_index(from->losses, struct arrow, i));
	g_array_set_size(from->losses, 0);
}

guint ladder_count(const struct ladder *l)
{
	return l->first->len + l->last.length + l->losses->len;
}

bool ladder_is_empty(const struct ladder *l)
{
	return l->first->len == 0 && l->omitted == 0;
}

static gint by_frame(gconstpointer a, gconstpointer b)
{
	const struct arrow *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->frame != y->frame)
		return x->frame < y->frame ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void append_last(GArray *to, const struct ladder *l)
{
	for (const GList *i = l->last.head; i != NULL; i = i->next)
		g_array_append_vals(to, i->data, 1);
}

GArray *ladder_arrows(const struct ladder *l, guint *split)
{
	GArray *all = g_array_sized_new(FALSE, FALSE, sizeof(struct arrow), ladder_count(l));
	g_autoptr(GArray) last = g_array_new(FALSE, FALSE, sizeof(struct arrow));

	g_array_append_vals(all, l->first->data, l->first->len);
	append_last(l->omitted == 0 ? all : last, l); /* one whole: late answers find their frame */
	g_array_sort(all, by_frame);
	g_array_sort(last, by_frame);
	*split = all->len;
	g_array_append_vals(all, last->data, last->len);
	return all;
}
