/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder.c - which packet belongs in which ladder, and how much of it is kept. */
#include "cli/ladder.h"

#include "core/bits_hash.h"

static void ladder_free(gpointer p)
{
	struct ladder *l = p;

	g_array_unref(l->first);
	g_queue_clear_full(&l->last, g_free);
	g_ptr_array_unref(l->findings);
	g_free(l);
}

static void unref_record(gpointer p)
{
	json_decref(p);
}

void ladders_init(struct ladders *l)
{
	*l = (struct ladders){ 0 };
	l->by_session = g_hash_table_new(g_int64_hash, g_int64_equal);
	l->seed = bits_hash_seed();
	l->by_place = g_hash_table_new_full(bits_name_hash, bits_name_equal, g_free, NULL);
	l->by_conn = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	l->all = g_ptr_array_new_with_free_func(ladder_free);
}

void ladders_clear(struct ladders *l)
{
	g_hash_table_unref(l->by_session);
	g_hash_table_unref(l->by_place);
	g_hash_table_unref(l->by_conn);
	g_ptr_array_unref(l->all);
}

static struct ladder *ladder_new(struct ladders *l, uint64_t session)
{
	struct ladder *one = g_new0(struct ladder, 1);

	one->session = session;
	one->first = g_array_new(FALSE, FALSE, sizeof(struct arrow));
	one->findings = g_ptr_array_new_with_free_func(unref_record);
	g_ptr_array_add(l->all, one);
	if (session)
		g_hash_table_insert(l->by_session, &one->session, one);
	return one;
}

/* Arrows */

static void drop_oldest(struct ladders *l, struct ladder *one)
{
	g_free(g_queue_pop_head(&one->last));
	one->omitted++;
	l->arrows--;
}

static void add_arrow(struct ladders *l, struct ladder *one, const struct arrow *a)
{
	if (one->first->len < LADDER_HALF && l->arrows < LADDERS_ARROWS_MAX && one->omitted == 0) {
		g_array_append_val(one->first, *a);
		l->arrows++;
		return;
	}
	if (one->last.length >= LADDER_HALF || (l->arrows >= LADDERS_ARROWS_MAX && one->last.length > 0))
		drop_oldest(l, one);
	if (l->arrows >= LADDERS_ARROWS_MAX) {
		one->omitted++;
		return;
	}
	g_queue_push_tail(&one->last, g_memdup2(a, sizeof(*a)));
	l->arrows++;
}

/* All that is in one belongs to another. */
static void move_into(struct ladders *l, struct ladder *from, struct ladder *to)
{
	struct arrow *a;

	l->arrows -= from->first->len + from->last.length;
	for (guint i = 0; i < from->first->len; i++)
		add_arrow(l, to, &g_array_index(from->first, struct arrow, i));
	g_array_set_size(from->first, 0);
	while ((a = g_queue_pop_head(&from->last)) != NULL) {
		add_arrow(l, to, a);
		g_free(a);
	}
	to->omitted += from->omitted;
	for (guint i = 0; i < from->findings->len; i++)
		g_ptr_array_add(to->findings, json_incref(g_ptr_array_index(from->findings, i)));
	from->into = to;
}

/* Places */

static void forget_if_full(GHashTable *table)
{
	if (g_hash_table_size(table) >= LADDERS_PLACES_MAX)
		g_hash_table_remove_all(table);
}

/* The key and its text are one. */
static void set_place(struct ladders *l, const char *place, struct ladder *one)
{
	size_t n = strlen(place) + 1;
	struct bits_name *key = g_malloc(sizeof(*key) + n);

	*key = bits_name_of(l->seed, place);
	key->text = memcpy(key + 1, place, n);
	forget_if_full(l->by_place);
	g_hash_table_replace(l->by_place, key, one);
}

static struct ladder *at_place(struct ladders *l, const char *place)
{
	struct bits_name name = bits_name_of(l->seed, place);

	return g_hash_table_lookup(l->by_place, &name);
}

static void set_conn(struct ladders *l, uint64_t conn, struct ladder *one)
{
	forget_if_full(l->by_conn);
	g_hash_table_replace(l->by_conn, g_memdup2(&conn, sizeof(conn)), one);
}

static char *place_of(const struct bits_exchange *x)
{
	g_autofree char *client = bits_addr_text(&x->ends.client.addr), *server = bits_addr_text(&x->ends.server.addr);
	g_autofree char *url = bits_message_url(x->request, &x->ends);

	return g_strdup_printf("%u %s %s:%u %s", x->ends.server.addr.telling, client, server, x->ends.server.port, url);
}

static struct ladder *loose_ladder(struct ladders *l)
{
	if (l->loose < LADDERS_LOOSE_MAX) {
		l->loose++;
		l->latest_loose = ladder_new(l, 0);
	}
	return l->latest_loose;
}

/* What was there before the session was.  The one that many share belongs to nobody. */
static void adopt(struct ladders *l, struct ladder *loose, struct ladder *one)
{
	if (loose == NULL || loose->session != 0 || l->loose >= LADDERS_LOOSE_MAX)
		return;
	move_into(l, loose, one);
}

/* Whom a place or a connection leads to by now. */
static struct ladder *now(struct ladder *one)
{
	while (one != NULL && one->into != NULL)
		one = one->into;
	return one;
}

static struct ladder *session_ladder(struct ladders *l, const struct bits_exchange *x)
{
	struct ladder *one = g_hash_table_lookup(l->by_session, &x->session->ordinal);
	g_autofree char *place = NULL;

	if (one != NULL)
		return one;
	one = ladder_new(l, x->session->ordinal);
	adopt(l, now(g_hash_table_lookup(l->by_conn, &x->conn)), one);
	if (x->request == NULL)
		return one;
	place = place_of(x);
	adopt(l, now(at_place(l, place)), one);
	set_place(l, place, one);
	return one;
}

static struct ladder *place_ladder(struct ladders *l, const struct bits_exchange *x)
{
	g_autofree char *place = place_of(x);
	struct ladder *one = now(at_place(l, place));

	if (one != NULL && !one->over)
		return one;
	one = loose_ladder(l);
	set_place(l, place, one);
	return one;
}

static struct ladder *conn_ladder(struct ladders *l, uint64_t conn)
{
	struct ladder *one = now(g_hash_table_lookup(l->by_conn, &conn));

	return one != NULL ? one : loose_ladder(l);
}

static struct ladder *ladder_of(struct ladders *l, const struct bits_exchange *x)
{
	struct ladder *one;

	if (x->session != NULL)
		one = session_ladder(l, x);
	else if (x->request != NULL)
		one = place_ladder(l, x);
	else
		one = conn_ladder(l, x->conn);
	set_conn(l, x->conn, one);
	return one;
}

/* The calls of the sink */

static struct arrow arrow_of(struct ladders *l, const struct bits_exchange *x, enum arrow_kind kind,
			     const struct bits_where *w)
{
	return (struct arrow){ .ends = x->ends, .conn = x->conn, .number = x->number, .seq = l->seq++,
			       .total = BITS_SIZE_UNKNOWN, .received = BITS_SIZE_UNKNOWN, .time_ns = w->time_ns,
			       .order = w->order, .file = w->file, .frame = w->frame, .kind = kind, .doubtful = x->doubtful };
}

static void fill_request(struct arrow *a, const struct bits_message *m)
{
	a->packet = m->packet;
	if (!bits_message_good(m, BITS_FIELD_CONTENT_RANGE) || m->range_star)
		return;
	a->range = m->range;
	a->total = m->total;
}

static void fill_answer(struct arrow *a, const struct bits_exchange *x)
{
	const struct bits_message *m = x->answer;

	a->packet = m->packet;
	a->status = m->status;
	a->asked = x->request != NULL ? x->request_at.first.frame : 0;
	a->received = bits_message_good(m, BITS_FIELD_RECEIVED) ? m->received : BITS_SIZE_UNKNOWN;
	a->error_code = bits_message_good(m, BITS_FIELD_ERROR_CODE) ? m->error_code : 0;
}

static bool ends_session(const struct bits_exchange *x)
{
	return x->outcome == BITS_OUTCOME_CLOSED || x->outcome == BITS_OUTCOME_CANCELLED ||
	       (x->outcome == BITS_OUTCOME_REFUSED && x->request->packet == BITS_PACKET_CREATE_SESSION);
}

void ladders_packet(struct ladders *l, const struct bits_exchange *x, enum bits_side side)
{
	struct ladder *one = ladder_of(l, x);
	struct arrow a;

	if (side == BITS_CLIENT) {
		a = arrow_of(l, x, ARROW_REQUEST, &x->request_at.first);
		fill_request(&a, x->request);
	} else {
		a = arrow_of(l, x, ARROW_ANSWER, &x->answer_at.first);
		fill_answer(&a, x);
		one->over |= x->session != NULL && x->request != NULL && ends_session(x);
	}
	add_arrow(l, one, &a);
}

void ladders_unanswered(struct ladders *l, const struct bits_exchange *x, enum bits_close how, const struct bits_where *w)
{
	struct arrow a = arrow_of(l, x, ARROW_SILENCE, w != NULL ? w : &x->request_at.first);

	a.how = how;
	a.packet = x->request->packet;
	add_arrow(l, ladder_of(l, x), &a);
}

static bool note_loss(struct arrow *a, const struct bits_exchange *x, enum arrow_kind kind, uint64_t lost)
{
	if (a->number != x->number || a->kind != kind)
		return false;
	a->lost = lost;
	return true;
}

/* Looks from the latest: what is over came not long ago. */
void ladders_whole(struct ladders *l, const struct bits_exchange *x, enum bits_side side)
{
	enum arrow_kind kind = side == BITS_CLIENT ? ARROW_REQUEST : ARROW_ANSWER;
	uint64_t lost = side == BITS_CLIENT ? x->request_at.lost : x->answer_at.lost;
	struct ladder *one = lost ? ladder_of(l, x) : NULL;

	if (one == NULL)
		return;
	for (GList *i = one->last.tail; i != NULL; i = i->prev)
		if (note_loss(i->data, x, kind, lost))
			return;
	for (guint i = one->first->len; i-- > 0;)
		if (note_loss(&g_array_index(one->first, struct arrow, i), x, kind, lost))
			return;
}

void ladders_joined(struct ladders *l, const struct bits_session *from, const struct bits_session *into)
{
	struct ladder *old = g_hash_table_lookup(l->by_session, &from->ordinal);
	struct ladder *one = g_hash_table_lookup(l->by_session, &into->ordinal);

	if (old == NULL)
		return;
	g_hash_table_remove(l->by_session, &from->ordinal);
	if (one == NULL) {
		old->session = into->ordinal;
		g_hash_table_insert(l->by_session, &old->session, old);
		return;
	}
	move_into(l, old, one);
}

bool ladders_finding(struct ladders *l, uint64_t conn, json_t *finding)
{
	struct ladder *one = now(g_hash_table_lookup(l->by_conn, &conn));

	if (one != NULL)
		g_ptr_array_add(one->findings, json_incref(finding));
	return one != NULL;
}

const struct ladder *ladders_find(const struct ladders *l, uint64_t session)
{
	return g_hash_table_lookup(l->by_session, &session);
}

/* Kept arrows in order */

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

GArray *ladder_arrows(const struct ladder *l, guint *split)
{
	GArray *all = g_array_sized_new(FALSE, FALSE, sizeof(struct arrow), l->first->len + l->last.length);
	g_autoptr(GArray) last = g_array_new(FALSE, FALSE, sizeof(struct arrow));

	g_array_append_vals(all, l->first->data, l->first->len);
	for (const GList *i = l->last.head; i != NULL; i = i->next)
		g_array_append_vals(last, i->data, 1);
	if (l->omitted == 0) { /* one whole: late answers find their frame */
		g_array_append_vals(all, last->data, last->len);
		g_array_sort(all, by_frame);
		*split = all->len;
		return all;
	}
	g_array_sort(all, by_frame);
	g_array_sort(last, by_frame);
	*split = all->len;
	g_array_append_vals(all, last->data, last->len);
	return all;
}
