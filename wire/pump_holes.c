/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pump_holes.c - holes of the capture: kept open for a while, and for so many bytes. */
#include "wire/pump_private.h"

static void give_up(struct pump *p, struct connection *c, unsigned d)
{
	p->conn = c;
	p->d = d;
	stream_give_up(&c->live->stream[d], &p->totals, &pump_stream_sink, p);
	pump_tell_fin(c, d, &c->live->last);
	pump_note_hopeless(p, c);
	pump_note_end(p, c);
	pump_retire(p, c);
}

static bool has_hole(const struct connection *c, unsigned d)
{
	return c->live != NULL && stream_has_hole(&c->live->stream[d]);
}

void pump_give_up_overdue(struct pump *p)
{
	struct overdue o;

	while (patience_overdue(&p->patience, pump_now(p), &o)) {
		if (has_hole(o.c, o.d) && o.c->live->stream[o.d].next == o.next)
			give_up(p, o.c, o.d);
		pump_watch_hole(p, o.c, o.d);
	}
}

/* Too much waits behind holes.  Who holds most gives up, not who happens to come next: one sender with large holes must
 * not cost all others theirs.
 *
 * Finding them takes a look at every connection, so it is done seldom: a quarter of the limit is set free at once, and
 * has to come anew before the next look.  What comes is counted with two or three times its frame at most, so however a
 * capture is made, there is one look for a twelfth of the limit in bytes of it (5 MiB), and as many connections as it had
 * frames to open: linear. */
void pump_relieve(struct pump *p)
{
	g_autoptr(GArray) holders = conn_table_holders(&p->table);
	uint64_t          enough = p->limits.held - p->limits.held / 4;

	for (guint i = 0; i < holders->len && p->totals.held > enough; i++) {
		const struct holder *h = &g_array_index(holders, struct holder, i);

		for (; p->totals.held > enough && has_hole(h->c, h->d); p->stats.crowded_out++)
			give_up(p, h->c, h->d);
		pump_watch_hole(p, h->c, h->d);
	}
}
