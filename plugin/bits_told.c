/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_told.c - the sink of the plugin's tracker. */
#include "plugin/bits_told.h"

struct answer_key {
	uint64_t conn, at;
	uint32_t frame;
};

struct told {
	struct bits_tracker *tracker;
	GHashTable *exchanges; /* &number -> struct told_exchange, owned           */
	GHashTable *answers;   /* struct answer_key, owned -> struct told_exchange */
	GHashTable *shown;     /* struct answer_key, owned -> frame                */
	GHashTable *sessions;  /* &ordinal -> struct told_session, owned           */
	GHashTable *loose;     /* frame -> GPtrArray of struct told_finding        */
	GPtrArray *findings;   /* of struct told_finding, owned                    */
	bool is_finished;

	/* the latest call of on_bytes */
	uint64_t bytes_number, bytes_at, bytes_offset;
};

static guint hash_answer(gconstpointer p)
{
	const struct answer_key *k = p;
	uint64_t h = (k->conn * UINT64_C(0x9E3779B97F4A7C15) ^ k->at) * UINT64_C(0xD1B54A32D192ED03) ^ k->frame;

	return (guint)(h ^ h >> 32);
}

static gboolean same_answer(gconstpointer a, gconstpointer b)
{
	const struct answer_key *x = a, *y = b;

	return x->conn == y->conn && x->at == y->at && x->frame == y->frame;
}

static void free_exchange(gpointer p)
{
	struct told_exchange *x = p;

	g_clear_pointer(&x->request.findings, g_ptr_array_unref);
	g_clear_pointer(&x->answer.findings, g_ptr_array_unref);
	if (x->kept != NULL)
		g_array_unref(x->kept);
	g_free(x);
}

static void free_session(gpointer p)
{
	struct told_session *s = p;

	g_free(s->id);
	g_free(s->name);
	g_free(s->url);
	g_array_unref(s->settled);
	g_free(s);
}

static void free_finding(gpointer p)
{
	struct told_finding *f = p;

	g_free(f->text);
	g_free(f);
}

/* ---- sessions -------------------------------------------------------------------------------------------------- */

static struct told_session *session_of(struct told *t, const struct bits_session *pub)
{
	struct told_session *s;

	if (pub == NULL)
		return NULL;
	s = g_hash_table_lookup(t->sessions, &pub->ordinal);
	if (s != NULL)
		return s;
	s = g_new0(struct told_session, 1);
	s->ordinal = pub->ordinal;
	s->first_frame = pub->first.frame;
	s->size = BITS_SIZE_UNKNOWN;
	s->settled = g_array_new(false, false, sizeof(struct told_settled));
	s->live = pub;
	g_hash_table_insert(t->sessions, &s->ordinal, s);
	return s;
}

static void replace_text(char **where, const char *text)
{
	if (g_strcmp0(*where, text) == 0)
		return;
	g_free(*where);
	*where = g_strdup(text);
}

static void bring_up_to_date(struct told_session *s)
{
	const struct bits_session *pub = s->live;

	if (pub == NULL)
		return;
	replace_text(&s->id, pub->id);
	replace_text(&s->name, pub->name);
	replace_text(&s->url, pub->url);
	s->outcome = bits_session_ending(pub);
	s->state = bits_session_file_state(pub);
	s->size = bits_session_file_size(pub);
	s->seen = bits_ranges_total(&pub->upload.seen);
	s->acked = pub->upload.acked;
}

const struct told_session *told_session_now(struct told_session *s)
{
	while (s != NULL && s->joined != NULL)
		s = s->joined;
	if (s != NULL)
		bring_up_to_date(s);
	return s;
}

/* ---- exchanges ------------------------------------------------------------------------------------------------- */

static struct told_exchange *exchange_of(struct told *t, const struct bits_exchange *pub)
{
	struct told_exchange *x = g_hash_table_lookup(t->exchanges, &pub->number);

	if (x != NULL)
		return x;
	x = g_new0(struct told_exchange, 1);
	x->number = pub->number;
	x->request.time_ns = x->answer.time_ns = BITS_TIME_UNKNOWN;
	g_hash_table_insert(t->exchanges, &x->number, x);
	return x;
}

static void learn_message(struct told_message *m, const struct bits_span *span)
{
	m->first_frame = span->first.frame;
	m->time_ns = span->first.time_ns;
}

static void on_packet(const struct bits_exchange *pub, enum bits_side side, void *user)
{
	struct told *t = user;
	struct told_exchange *x = exchange_of(t, pub);
	struct answer_key *key;

	x->session = session_of(t, pub->session);
	x->outcome = pub->outcome;
	x->doubtful = pub->doubtful;
	if (pub->request != NULL) {
		x->packet = pub->request->packet;
		learn_message(&x->request, &pub->request_at);
	}
	if (side == BITS_CLIENT)
		return;
	learn_message(&x->answer, &pub->answer_at);
	key = g_new0(struct answer_key, 1);
	key->conn = pub->conn;
	key->at = pub->answer_at.first.at;
	key->frame = pub->answer_at.first.frame;
	x->answer.shown_in = GPOINTER_TO_UINT(g_hash_table_lookup(t->shown, key));
	g_hash_table_replace(t->answers, key, x);
}

static void on_bytes(const struct bits_exchange *pub, uint64_t offset, struct bits_str data, const struct bits_where *w,
		     void *user)
{
	struct told *t = user;

	(void)data;
	t->bytes_number = pub->number;
	t->bytes_at = w->at;
	t->bytes_offset = offset;
}

static void on_settled(const struct bits_exchange *pub, struct bits_range r, bool kept, void *user)
{
	struct told *t = user;
	struct told_exchange *x = exchange_of(t, pub);
	struct told_session *s = session_of(t, pub->session);
	struct told_settled settled = { r, kept };
	struct told_kept k = { r, s->settled->len };

	g_array_append_val(s->settled, settled);
	if (!kept) {
		x->forgotten = true;
		return;
	}
	if (x->kept == NULL)
		x->kept = g_array_new(false, false, sizeof(struct told_kept));
	g_array_append_val(x->kept, k);
}

/* ---- findings -------------------------------------------------------------------------------------------------- */

static GPtrArray *loose_of(struct told *t, uint32_t frame)
{
	GPtrArray *list = g_hash_table_lookup(t->loose, GUINT_TO_POINTER(frame));

	if (list == NULL) {
		list = g_ptr_array_new();
		g_hash_table_insert(t->loose, GUINT_TO_POINTER(frame), list);
	}
	return list;
}

static GPtrArray *findings_of(struct told *t, const struct bits_finding *f)
{
	struct told_exchange *x;
	struct told_message *m;

	if (f->exchange == NULL)
		return loose_of(t, f->n_at > 0 ? f->at[0].frame : 0);
	x = exchange_of(t, f->exchange);
	m = f->side == BITS_CLIENT ? &x->request : &x->answer;
	if (m->findings == NULL)
		m->findings = g_ptr_array_new();
	return m->findings;
}

static void on_finding(const struct bits_finding *f, void *user)
{
	struct told *t = user;
	struct told_finding *kept = g_new0(struct told_finding, 1);

	kept->rule = f->rule;
	kept->severity = f->severity;
	kept->fault = f->fault;
	kept->undecided = f->undecided;
	kept->text = bits_finding_text(f);
	kept->session = session_of(t, f->session);
	for (; kept->n_frames < f->n_at; kept->n_frames++)
		kept->frames[kept->n_frames] = f->at[kept->n_frames].frame;
	g_ptr_array_add(t->findings, kept);
	g_ptr_array_add(findings_of(t, f), kept);
}

static void on_joined(const struct bits_session *from, const struct bits_session *into, void *user)
{
	struct told_session *s = session_of(user, from);

	s->live = NULL;
	s->joined = session_of(user, into);
}

static void on_ended(const struct bits_session *pub, void *user)
{
	struct told_session *s = session_of(user, pub);

	bring_up_to_date(s);
	s->live = NULL;
}

static const struct bits_sink sink = {
	.packet = on_packet,
	.bytes = on_bytes,
	.settled = on_settled,
	.finding = on_finding,
	.joined = on_joined,
	.ended = on_ended,
};

/* ---- the front door -------------------------------------------------------------------------------------------- */

struct told *told_new(void)
{
	struct told *t = g_new0(struct told, 1);

	t->tracker = bits_tracker_new(&sink, t, NULL);
	t->exchanges = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_exchange);
	t->answers = g_hash_table_new_full(hash_answer, same_answer, g_free, NULL);
	t->shown = g_hash_table_new_full(hash_answer, same_answer, g_free, NULL);
	t->sessions = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_session);
	t->loose = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
	t->findings = g_ptr_array_new_with_free_func(free_finding);
	return t;
}

void told_free(struct told *t)
{
	if (t == NULL)
		return;
	bits_tracker_free(t->tracker);
	g_hash_table_unref(t->answers);
	g_hash_table_unref(t->shown);
	g_hash_table_unref(t->exchanges);
	g_hash_table_unref(t->sessions);
	g_hash_table_unref(t->loose);
	g_ptr_array_unref(t->findings);
	g_free(t);
}

struct bits_tracker *told_tracker(struct told *t)
{
	return t->tracker;
}

void told_finish(struct told *t)
{
	if (!t->is_finished)
		bits_tracker_finish(t->tracker);
	t->is_finished = true;
}

bool told_is_finished(const struct told *t)
{
	return t->is_finished;
}

struct told_exchange *told_exchange(const struct told *t, uint64_t number)
{
	return number == 0 ? NULL : g_hash_table_lookup(t->exchanges, &number);
}

struct told_exchange *told_exchange_of_answer(const struct told *t, uint64_t conn, uint32_t frame, uint64_t at)
{
	struct answer_key key = {conn, at, frame};

	return g_hash_table_lookup(t->answers, &key);
}

void told_show_answer(struct told *t, uint64_t conn, uint32_t first_frame, uint64_t at, uint32_t frame)
{
	struct answer_key *key = g_new0(struct answer_key, 1);
	struct told_exchange *x = told_exchange_of_answer(t, conn, first_frame, at);

	key->conn = conn;
	key->at = at;
	key->frame = first_frame;
	g_hash_table_replace(t->shown, key, GUINT_TO_POINTER(frame));
	if (x != NULL)
		x->answer.shown_in = frame;
}

bool told_is_answer_shown(const struct told *t, uint64_t conn, uint32_t first_frame, uint64_t at)
{
	struct answer_key key = {conn, at, first_frame};

	return g_hash_table_contains(t->shown, &key);
}

const GPtrArray *told_loose_findings(const struct told *t, uint32_t frame)
{
	return g_hash_table_lookup(t->loose, GUINT_TO_POINTER(frame));
}

uint64_t told_file_offset(const struct told *t, uint64_t number, uint64_t at)
{
	return number != 0 && t->bytes_number == number && t->bytes_at == at ? t->bytes_offset : BITS_SIZE_UNKNOWN;
}
