/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store.c - which body belongs to which session, and under which name it is kept. */
#include "cli/store.h"

#include "cli/safe_name.h"
#include "cli/source_lines.h"

struct entry {
	uint64_t      ordinal;
	struct store *store;
	struct body  *body;   /* NULL: its file could not be made, and is not tried again */
	char         *base;   /* "0001-f000024-report.docx"; NULL without a folder */
	GPtrArray    *others; /* of char *                                         */
	struct sources sources; /* with a folder                                   */
};

static void entry_free(gpointer p)
{
	struct entry *e = p;

	body_free(e->body);
	if (e->base != NULL)
		sources_clear(&e->sources);
	g_free(e->base);
	g_ptr_array_unref(e->others);
	g_free(e);
}

void store_init(struct store *st, struct folder *folder, const struct record_context *names)
{
	*st = (struct store){ .folder = folder, .names = names };
	st->hasher = worker_helps() ? worker_new("hasher", DIGEST_BATCH) : NULL;
	spool_init(&st->spool, folder != NULL ? folder->path : g_get_tmp_dir());
	st->bodies = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, entry_free);
}

void store_clear(struct store *st)
{
	g_hash_table_unref(st->bodies);
	spool_clear(&st->spool);
	worker_free(st->hasher);
	g_clear_error(&st->error);
}

static char *base_name(const struct bits_session *s)
{
	g_autofree char *name = safe_name(s->name);

	return g_strdup_printf("%04" G_GUINT64_FORMAT "-f%06u-%s", s->ordinal, s->first.frame, name);
}

static struct medium *new_file(struct store *st, const char *base, const char *suffix)
{
	g_autofree char *name = g_strconcat(base, suffix, NULL);

	return folder_file_new(st->folder, name, &st->bench, st->error != NULL ? NULL : &st->error);
}

static struct medium *new_conflict(unsigned n, void *user)
{
	struct entry *e = user;
	g_autofree char *suffix = g_strdup_printf(".conflict-%u", n);
	struct medium *m = new_file(e->store, e->base, suffix);

	if (m != NULL)
		g_ptr_array_add(e->others, g_strconcat(e->base, suffix, NULL));
	return m;
}

static void note_owner(uint64_t number, struct bits_range r, bool accepted, void *user)
{
	sources_owned(&((struct entry *)user)->sources, number, r, accepted);
}

static struct entry *entry_new(struct store *st, const struct bits_session *s)
{
	g_autofree char *base = st->folder != NULL ? base_name(s) : NULL;
	struct medium *main = base != NULL ? new_file(st, base, ".partial") : spool_leaf_new(&st->spool, &st->bench);
	struct entry *e = g_new0(struct entry, 1);

	*e = (struct entry){ .ordinal = s->ordinal, .store = st, .base = g_steal_pointer(&base) };
	e->others = g_ptr_array_new_with_free_func(g_free);
	g_hash_table_insert(st->bodies, &e->ordinal, e);
	if (e->base != NULL)
		sources_init(&e->sources, &st->spool);
	if (main == NULL)
		return e;
	e->body = body_new(main, &st->spool, &st->room, st->folder != NULL);
	e->body->lane.worker = st->hasher;
	e->body->conflict_new = st->folder != NULL ? new_conflict : NULL;
	e->body->owned = st->folder != NULL ? note_owner : NULL;
	e->body->user = e;
	return e;
}

static struct entry *entry_of(struct store *st, const struct bits_session *s)
{
	return s != NULL ? g_hash_table_lookup(st->bodies, &s->ordinal) : NULL;
}

void store_bytes(struct store *st, const struct bits_exchange *x, uint64_t offset, struct bits_str data,
		 const struct bits_where *w)
{
	struct entry *e = entry_of(st, x->session);

	if (e == NULL && x->session != NULL)
		e = entry_new(st, x->session);
	if (e == NULL || e->body == NULL)
		return;
	if (e->base != NULL)
		sources_arrived(&e->sources, x->number, offset, data.n, w);
	body_bytes(e->body, x->number, offset, data);
}

/* An answer may come before the bytes that it settles, even before the first byte of its session. */
void store_settled(struct store *st, const struct bits_exchange *x, struct bits_range r, bool kept)
{
	bool over = x->request_at.ended;
	struct entry *e = entry_of(st, x->session);

	if (e == NULL && x->session != NULL && !over)
		e = entry_new(st, x->session);
	if (e != NULL && e->body != NULL)
		body_settled(e->body, x->number, r, kept, over);
}

void store_let_go(struct store *st, const struct bits_exchange *x)
{
	struct entry *e = entry_of(st, x->session);

	if (e != NULL && e->body != NULL)
		body_let_go(e->body, x->number);
}

void store_whole(struct store *st, const struct bits_exchange *x)
{
	struct entry *e = entry_of(st, x->session);

	if (e != NULL && e->body != NULL)
		body_over(e->body, x->number);
}

void store_step(struct store *st, const struct bits_session *s)
{
	struct entry *e = entry_of(st, s);

	if ((s->state == BITS_STATE_COMPLETE || s->state == BITS_STATE_CANCELLED) && e != NULL && e->body != NULL)
		body_rest(e->body);
}

/* A complete file that the client took back must not look like one that it gave. */
static char *final_suffix(const struct bits_session *s)
{
	static const char *const suffixes[] = {
		[BITS_FILE_NONE] = "",
		[BITS_FILE_PARTIAL] = ".partial",
		[BITS_FILE_UNCONFIRMED] = ".unconfirmed",
		[BITS_FILE_COMPLETE] = "",
	};
	bool cancelled = bits_session_ending(s) == BITS_ENDING_CANCELLED;

	return g_strconcat(suffixes[bits_session_file_state(s)], cancelled ? ".cancelled" : "", NULL);
}

static bool write_sources(struct store *st, struct entry *e, uint64_t size, struct stored *out, GError **error)
{
	g_autofree char *name = g_strdup_printf("%04" G_GUINT64_FORMAT ".ndjson", e->ordinal);
	g_autoptr(sheet_handle) sheet = folder_sheet_new(st->folder, name, st->hasher, error);

	if (sheet == NULL || !source_lines_write(&e->sources, size, st->names, sheet, error) ||
	    !folder_sheet_publish(st->folder, sheet, error))
		return false;
	out->sources = g_strconcat("sources/", name, NULL);
	return true;
}

/* The file gets its length, its provenance, its last name, and its line in SHA256SUMS. */
static bool name_file(struct store *st, struct entry *e, const struct bits_session *s, struct stored *out,
		      GError **error)
{
	uint64_t size = MIN(bits_session_file_size(s), body_length(e->body));
	g_autofree char *draft = g_strconcat(e->base, ".partial", NULL), *suffix = final_suffix(s);
	g_autofree char *name = g_strconcat(e->base, suffix, NULL);

	if ((e->body->main->end != size && !folder_truncate(st->folder, draft, size, error)) ||
	    !write_sources(st, e, size, out, error) ||
	    !folder_rename(st->folder, draft, name, error) ||
	    !folder_sum(st->folder, FOLDER_SUM_FILE, name, out->sha256, error))
		return false;
	out->name = g_strconcat("files/", name, NULL);
	for (guint i = 0; i < e->others->len; i++) {
		const char *other = g_ptr_array_index(e->others, i);

		if (!folder_sum(st->folder, FOLDER_SUM_CONFLICT, other, NULL, error))
			return false;
		g_ptr_array_add(out->others, g_strconcat("files/", other, NULL));
	}
	return true;
}

static void keep_file(struct store *st, struct entry *e, const struct bits_session *s, struct stored *out)
{
	g_autoptr(GError) error = g_steal_pointer(&e->body->error);
	g_autofree char *draft = g_strconcat(e->base, ".partial", NULL);

	g_prefix_error(&error, "%s/files/%s: ", st->folder->path, draft);
	if (bits_session_file_state(s) == BITS_FILE_NONE && error == NULL)
		folder_remove(st->folder, draft);
	else if (error == NULL)
		name_file(st, e, s, out, &error);
	bits_ranges_add_all(&out->conflicts, &e->body->conflicts);
	out->unlisted = e->body->unlisted;
	if (error != NULL)
		folder_no_sum(st->folder, draft);
	if (error != NULL && st->error == NULL)
		st->error = g_steal_pointer(&error);
}

static void take_digest(struct store *st, struct entry *e, const struct bits_session *s, struct stored *out)
{
	char hex[DIGEST_HEX];

	if (body_digest(e->body, bits_session_file_size(s), hex))
		out->sha256 = g_strdup(hex);
	else if (e->body->error == NULL) /* an error of its own says more */
		st->unhashed++;
}

static void keep_error(struct store *st, struct entry *e)
{
	if (e->body->error != NULL && st->error == NULL)
		st->error = g_steal_pointer(&e->body->error);
}

void store_ended(struct store *st, const struct bits_session *s, struct stored *out)
{
	enum bits_file_state state = bits_session_file_state(s);
	bool whole = state == BITS_FILE_COMPLETE || state == BITS_FILE_UNCONFIRMED;
	struct entry *e = entry_of(st, s);

	*out = (struct stored){ .others = g_ptr_array_new_with_free_func(g_free) };
	if (e == NULL && whole) /* an empty file has no bytes to come */
		e = entry_new(st, s);
	if (e == NULL || e->body == NULL)
		return;
	body_end(e->body);
	if (whole)
		take_digest(st, e, s, out);
	if (st->folder != NULL)
		keep_file(st, e, s, out);
	else
		keep_error(st, e);
	g_hash_table_remove(st->bodies, &s->ordinal);
}

void stored_clear(struct stored *out)
{
	g_free(out->sha256);
	bits_ranges_clear(&out->conflicts);
	g_ptr_array_unref(out->others);
	g_free(out->name);
	g_free(out->sources);
}
