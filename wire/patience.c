/* SPDX-License-Identifier: GPL-2.0-or-later */
/* patience.c - every hole waits equally long, so that a plain queue has the soonest first. */
#include "wire/patience.h"

struct wait {
	uint64_t       frame; /* give up when so many frames have passed */
	struct overdue hole;
};

void patience_clear(struct patience *p)
{
	g_queue_clear_full(&p->waits, g_free);
}

void patience_watch(struct patience *p, struct connection *c, unsigned d, uint64_t now)
{
	struct wait *w;

	if (!stream_has_hole(&c->live->stream[d]) || c->live->stream[d].in_queue || !stream_hole_is_acked(&c->live->stream[d]))
		return;
	w = g_new0(struct wait, 1);
	w->frame = now + HOLE_PATIENCE;
	w->hole = (struct overdue){ c, d, c->live->stream[d].next };
	c->live->stream[d].in_queue = true;
	g_queue_push_tail(&p->waits, w);
}

bool patience_overdue(struct patience *p, uint64_t now, struct overdue *o)
{
	struct wait *w;

	if (p->waits.head == NULL)
		return false;
	w = p->waits.head->data;
	if (w->frame > now)
		return false;
	*o = w->hole;
	o->c->live->stream[o->d].in_queue = false;
	g_free(g_queue_pop_head(&p->waits));
	return true;
}

void patience_forget(struct patience *p, const struct connection *c)
{
	if (c->live == NULL || (!c->live->stream[0].in_queue && !c->live->stream[1].in_queue))
		return;
	for (GList *l = p->waits.head, *next; l != NULL; l = next) {
		next = l->next;
		if (((struct wait *)l->data)->hole.c != c)
			continue;
		g_free(l->data);
		g_queue_delete_link(&p->waits, l);
	}
}
