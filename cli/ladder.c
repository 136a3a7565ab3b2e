/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder.c - ids lead from places and connections to ladders, so that a ladder may be put away at any time. */
#include "cli/ladder.h"

#include "core/bits_hash.h"

/* In an id: it is that of the ladder without a session whose index + 1 the other bits say.  Ids are keys, as wide as a pointer. */
#define LOOSE_BIT ((uint64_t)(G_MAXSIZE ^ (G_MAXSIZE >> 1)))

/* What is known of a session. */
enum { HAD_PACKET = 1, IS_OVER = 2 }; /* over: closed, cancelled or refused: a Ping is of the next one */

static gpointer key(uint64_t id)
{
	return GSIZE_TO_POINTER(id);
}

static void free_ladder(gpointer p)
{
	ladder_free(p);
}

static void unref_record(gpointer p)
{
	json_decref(p);
}

static void unref_list(gpointer p)
{
	g_ptr_array_unref(p);
}

void ladders_init(struct ladders *l)
{
	*l = (struct ladders){ .seed = bits_hash_seed() };
	l->live = g_hash_table_new_full(NULL, NULL, NULL, free_ladder);
	l->known = g_hash_table_new(NULL, NULL);
	l->became = g_hash_table_new(NULL, NULL);
	l->by_place = g_hash_table_new_full(bits_name_hash, bits_name_equal, g_free, NULL);
	l->by_conn = g_hash_table_new(NULL, NULL);
	l->findings = g_hash_table_new_full(NULL, NULL, NULL, unref_list);
	l->loose = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	ladder_shelf_init(&l->shelf);
}

void ladders_clear(struct ladders *l)
{
	g_hash_table_unref(l->live);
	g_hash_table_unref(l->known);
	g_hash_table_unref(l->became);
	g_hash_table_unref(l->by_place);
	g_hash_table_unref(l->by_conn);
	g_hash_table_unref(l->findings);
	g_array_unref(l->loose);
	ladder_shelf_clear(&l->shelf);
}

/* In memory */

/* Without a disk they stay. */
static void put_away(struct ladders *l)
{
	GHashTableIter i;
	gpointer one;

	g_hash_table_iter_init(&i, l->live);
	while (g_hash_table_iter_next(&i, NULL, &one)) {
		guint n = ladder_count(one);

		if (!ladder_shelf_put(&l->shelf, one))
			return;
		l->arrows -= n;
		g_hash_table_iter_remove(&i);
	}
}

static struct ladder *live_ladder(struct ladders *l, uint64_t id)
{
	struct ladder *one = g_hash_table_lookup(l->live, key(id));

	if (one != NULL)
		return one;
	one = ladder_new(id);
	g_hash_table_insert(l->live, key(id), one);
	return one;
}

static bool is_full(const struct ladders *l)
{
	return l->arrows >= LADDERS_ARROWS_MAX || g_hash_table_size(l->live) >= LADDERS_LIVE_MAX;
}

static void add_arrow(struct ladders *l, uint64_t id, const struct arrow *a)
{
	struct ladder *one;
	guint n;

	if (is_full(l))
		put_away(l);
	if (is_full(l)) /* they could not be, which is said */
		return;
	one = live_ladder(l, id);
	n = ladder_count(one);
	ladder_add(one, a);
	l->arrows = l->arrows + ladder_count(one) - n;
}

static GPtrArray *findings_of(struct ladders *l, uint64_t id)
{
	GPtrArray *list = g_hash_table_lookup(l->findings, key(id));

	if (list != NULL)
		return list;
	list = g_ptr_array_new_with_free_func(unref_record);
	g_hash_table_insert(l->findings, key(id), list);
	return list;
}

static void move_findings(struct ladders *l, uint64_t from, uint64_t to)
{
	GPtrArray *list = g_hash_table_lookup(l->findings, key(from));

	if (list == NULL)
		return;
	g_hash_table_steal(l->findings, key(from));
	g_ptr_array_extend_and_steal(findings_of(l, to), list);
}

/* All that is in one belongs to another. */
static void move_into(struct ladders *l, uint64_t from, uint64_t to)
{
	struct ladder *old = g_hash_table_lookup(l->live, key(from)), *one = g_hash_table_lookup(l->live, key(to));

	ladder_shelf_join(&l->shelf, from, to);
	move_findings(l, from, to);
	if (old == NULL)
		return;
	g_hash_table_steal(l->live, key(from));
	if (one == NULL) {
		old->id = to;
		g_hash_table_insert(l->live, key(to), old);
		return;
	}
	l->arrows -= ladder_count(old) + ladder_count(one);
	ladder_move(old, one);
	l->arrows += ladder_count(one);
	ladder_free(old);
}

/* What is known */

static void forget_if_full(GHashTable *table)
{
	if (g_hash_table_size(table) >= LADDERS_KNOWN_MAX)
		g_hash_table_remove_all(table);
}

static void note(GHashTable *table, uint64_t of, uint64_t id)
{
	forget_if_full(table);
	g_hash_table_insert(table, key(of), key(id));
}

static uint64_t noted(GHashTable *table, uint64_t of)
{
	return GPOINTER_TO_SIZE(g_hash_table_lookup(table, key(of)));
}

static void note_session(struct ladders *l, uint64_t id, uint64_t mark)
{
	note(l->known, id, noted(l->known, id) | mark);
}

static bool is_loose(uint64_t id)
{
	return (id & LOOSE_BIT) != 0;
}

static uint64_t *what_became(const struct ladders *l, uint64_t loose)
{
	return &g_array_index(l->loose, uint64_t, (loose & ~LOOSE_BIT) - 1);
}

/* Whom a place or a connection leads to by now; 0: nobody. */
static uint64_t now(const struct ladders *l, uint64_t id)
{
	uint64_t next = id;

	while (next != 0) {
		id = next;
		next = is_loose(id) ? *what_became(l, id) : noted(l->became, id);
	}
	return id;
}

/* The key and its text are one. */
static void set_place(struct ladders *l, const char *place, uint64_t id)
{
	size_t n = strlen(place) + 1;
	struct bits_name *name = g_malloc(sizeof(*name) + n);

	*name = bits_name_of(l->seed, place);
	name->text = memcpy(name + 1, place, n);
	l->place_bytes -= g_hash_table_remove(l->by_place, name) ? n : 0;
	forget_if_full(l->by_place);
	if (l->place_bytes + n > LADDERS_PLACES_MAX)
		g_hash_table_remove_all(l->by_place);
	l->place_bytes = g_hash_table_size(l->by_place) == 0 ? n : l->place_bytes + n;
	g_hash_table_insert(l->by_place, name, key(id));
}

static uint64_t at_place(const struct ladders *l, const char *place)
{
	struct bits_name name = bits_name_of(l->seed, place);

	return now(l, GPOINTER_TO_SIZE(g_hash_table_lookup(l->by_place, &name)));
}

static char *place_of(const struct bits_exchange *x)
{
	g_autofree char *client = bits_addr_text(&x->ends.client.addr), *server = bits_addr_text(&x->ends.server.addr);
	g_autofree char *url = bits_message_url(x->request, &x->ends);

	return g_strdup_printf("%u %s %s:%u %s", x->ends.server.addr.telling, client, server, x->ends.server.port, url);
}

/* Which ladder */

static uint64_t loose_ladder(struct ladders *l)
{
	static const uint64_t nothing = 0;

	if (l->loose->len < LADDERS_LOOSE_MAX)
		g_array_append_val(l->loose, nothing);
	return LOOSE_BIT | l->loose->len;
}

/* What was there before the session was.  The one that many share belongs to nobody. */
static void adopt(struct ladders *l, uint64_t loose, uint64_t session)
{
	if (!is_loose(loose) || (loose & ~LOOSE_BIT) == LADDERS_LOOSE_MAX)
		return;
	move_into(l, loose, session);
	*what_became(l, loose) = session;
}

static uint64_t session_ladder(struct ladders *l, const struct bits_exchange *x)
{
	uint64_t id = x->session->ordinal;
	g_autofree char *place = NULL;

	if (noted(l->known, id) != 0)
		return id;
	note_session(l, id, HAD_PACKET);
	adopt(l, now(l, noted(l->by_conn, x->conn)), id);
	if (x->request == NULL)
		return id;
	place = place_of(x);
	adopt(l, at_place(l, place), id);
	set_place(l, place, id);
	return id;
}

static uint64_t place_ladder(struct ladders *l, const struct bits_exchange *x)
{
	g_autofree char *place = place_of(x);
	uint64_t id = at_place(l, place);

	if (id != 0 && !(noted(l->known, id) & IS_OVER))
		return id;
	id = loose_ladder(l);
	set_place(l, place, id);
	return id;
}

static uint64_t conn_ladder(struct ladders *l, uint64_t conn)
{
	uint64_t id = now(l, noted(l->by_conn, conn));

	return id != 0 ? id : loose_ladder(l);
}

static uint64_t ladder_of(struct ladders *l, const struct bits_exchange *x)
{
	uint64_t id;

	if (x->session != NULL)
		id = session_ladder(l, x);
	else if (x->request != NULL)
		id = place_ladder(l, x);
	else
		id = conn_ladder(l, x->conn);
	note(l->by_conn, x->conn, id);
	return id;
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
	uint64_t id = ladder_of(l, x);
	struct arrow a;

	if (side == BITS_CLIENT) {
		a = arrow_of(l, x, ARROW_REQUEST, &x->request_at.first);
		fill_request(&a, x->request);
	} else {
		a = arrow_of(l, x, ARROW_ANSWER, &x->answer_at.first);
		fill_answer(&a, x);
		if (x->session != NULL && x->request != NULL && ends_session(x))
			note_session(l, id, IS_OVER);
	}
	add_arrow(l, id, &a);
}

void ladders_unanswered(struct ladders *l, const struct bits_exchange *x, enum bits_close how, const struct bits_where *w)
{
	struct arrow a = arrow_of(l, x, ARROW_SILENCE, w != NULL ? w : &x->request_at.first);

	a.how = how;
	a.packet = x->request->packet;
	add_arrow(l, ladder_of(l, x), &a);
}

void ladders_whole(struct ladders *l, const struct bits_exchange *x, enum bits_side side)
{
	struct arrow loss = { .number = x->number, .kind = side == BITS_CLIENT ? ARROW_REQUEST : ARROW_ANSWER, .is_loss = true };

	loss.lost = side == BITS_CLIENT ? x->request_at.lost : x->answer_at.lost;
	if (loss.lost > 0)
		add_arrow(l, ladder_of(l, x), &loss);
}

void ladders_joined(struct ladders *l, const struct bits_session *from, const struct bits_session *into)
{
	uint64_t marks = noted(l->known, from->ordinal);

	g_hash_table_remove(l->known, key(from->ordinal));
	if (marks != 0)
		note_session(l, into->ordinal, marks);
	note(l->became, from->ordinal, into->ordinal);
	move_into(l, from->ordinal, into->ordinal);
}

bool ladders_finding(struct ladders *l, uint64_t conn, json_t *finding)
{
	uint64_t id = now(l, noted(l->by_conn, conn));

	if (id != 0)
		g_ptr_array_add(findings_of(l, id), json_incref(finding));
	return id != 0;
}

/* Taking */

static void copy_findings(const struct ladders *l, struct ladder *to)
{
	const GPtrArray *list = g_hash_table_lookup(l->findings, key(to->id));

	for (guint i = 0; list != NULL && i < list->len; i++)
		g_ptr_array_add(to->findings, json_incref(g_ptr_array_index(list, i)));
}

static struct ladder *take(struct ladders *l, uint64_t id)
{
	g_autoptr(ladder_handle) one = ladder_new(id);
	struct ladder *live;

	put_away(l);
	ladder_shelf_take(&l->shelf, one);
	live = g_hash_table_lookup(l->live, key(id));
	if (live != NULL)
		ladder_move(live, one);
	copy_findings(l, one);
	return ladder_is_empty(one) ? NULL : g_steal_pointer(&one);
}

struct ladder *ladders_take(struct ladders *l, uint64_t session)
{
	return now(l, session) == session ? take(l, session) : NULL;
}

struct ladder *ladders_take_loose(struct ladders *l, guint i)
{
	return i < l->loose->len && g_array_index(l->loose, uint64_t, i) == 0 ? take(l, LOOSE_BIT | (i + 1)) : NULL;
}
