/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd_extract.c - the uploaded files, with a manifest of everything that is known of them. */
#include "cli/ledger.h"
#include "cli/store.h"
#include "cli/words.h"

struct extract {
	struct run    run;
	struct ledger ledger;
	struct store  store;
	struct folder folder;
	struct output out;
};

static bool wanted(const struct extract *e, const struct bits_session *s)
{
	return s != NULL && options_wants(e->run.options->session, s->ordinal, s->id);
}

static void on_bytes(const struct bits_exchange *x, uint64_t offset, struct bits_str data, const struct bits_where *w,
		     void *user)
{
	struct extract *e = user;

	if (wanted(e, x->session))
		store_bytes(&e->store, x, offset, data, w);
}

static void on_settled(const struct bits_exchange *x, struct bits_range r, bool kept, void *user)
{
	struct extract *e = user;

	if (wanted(e, x->session))
		store_settled(&e->store, x, r, kept);
}

static void on_whole(const struct bits_exchange *x, enum bits_side side, void *user)
{
	if (side == BITS_CLIENT)
		store_whole(&((struct extract *)user)->store, x);
}

static void on_finding(const struct bits_finding *f, void *user)
{
	ledger_finding(&((struct extract *)user)->ledger, f);
}

static void on_joined(const struct bits_session *from, const struct bits_session *into, void *user)
{
	ledger_joined(&((struct extract *)user)->ledger, from, into);
}

static void on_ended(const struct bits_session *s, void *user)
{
	struct extract *e = user;
	struct stored stored;
	json_t *session;

	if (!wanted(e, s))
		return;
	store_ended(&e->store, s, &stored);
	session = record_session(&e->run.names, s,
				 &(struct record_content){ .sha256 = stored.sha256, .conflicts = &stored.conflicts });
	ledger_session(&e->ledger, s, session);
	ledger_entry(&e->ledger, s->ordinal)->file = record_file(session, stored.name, stored.others, stored.sources);
	stored_clear(&stored);
}

/* The listing */

static void add_row(struct table *t, const struct style *s, const struct ledger_entry *e)
{
	const char *stored = record_text(e->file, "file.stored");
	uint64_t size = record_number(e->file, "file.size", BITS_SIZE_UNKNOWN);

	table_cell(t, INK_STRONG, g_strdup_printf("%" G_GUINT64_FORMAT, e->ordinal));
	table_cell(t, words_state_ink(e->session), g_strdup(record_text(e->file, "file.state")));
	table_cell(t, INK_PLAIN, size == BITS_SIZE_UNKNOWN ? g_strdup("?") : style_size(size));
	table_cell(t, INK_PLAIN, stored != NULL ? style_clean(s, stored) : g_strdup("-"));
}

/* Each row, and below its file the hash; both whole, however narrow the screen: they are what goes into a report. */
static void print_rows(const struct style *s, GString *out, struct table *t, const struct ledger *l)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_auto(GStrv) rows = NULL;

	table_print(t, text);
	rows = g_strsplit(text->str, "\n", -1);
	for (guint i = 0; i < l->entries->len; i++) {
		const struct ledger_entry *e = g_ptr_array_index(l->entries, i);
		const char *sha256 = record_text(e->file, "file.sha256");

		g_string_append_printf(out, "%s\n", rows[i]);
		if (sha256 != NULL)
			words_whole(s, out, "sha256", INK_PLAIN, sha256);
	}
}

static guint files_of(const struct ledger *l)
{
	guint n = 0;

	for (guint i = 0; i < l->entries->len; i++)
		n += record_text(((struct ledger_entry *)g_ptr_array_index(l->entries, i))->file, "file.stored") !=
		     NULL;
	return n;
}

static void print_list(const struct style *s, GString *out, const struct extract *e)
{
	g_autofree char *files = style_plural(files_of(&e->ledger), "file", "files"),
			*dir = style_clean(s, e->folder.path);
	g_autofree char *uploads = words_uploads(s, &e->ledger);
	g_autoptr(table_handle) t = table_new(s, 4, TABLE_NONE, "rlrl");

	g_string_append_printf(out, "%s into %s%s%s\n", files, dir, uploads != NULL ? ": " : "",
			       uploads != NULL ? uploads : "");
	for (guint i = 0; i < e->ledger.entries->len; i++)
		add_row(t, s, g_ptr_array_index(e->ledger.entries, i));
	print_rows(s, out, t, &e->ledger);
}

static void print_result(struct extract *e)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (e->out.ndjson) {
		ledger_print(&e->ledger, &e->out, false);
		return;
	}
	if (e->run.captures->len == 0)
		return;
	print_list(&e->out.style, text, e);
	output_text(&e->out, text->str);
}

static bool write_manifest(struct extract *e, GError **error)
{
	FILE *draft = folder_draft(&e->folder, "manifest.ndjson", error);
	struct output manifest = { .file = draft, .ndjson = true };

	if (draft == NULL)
		return false;
	ledger_print(&e->ledger, &manifest, false);
	return folder_publish(&e->folder, "manifest.ndjson", draft, error) && folder_write_sums(&e->folder, error);
}

/* Files that cannot be written do not end the run: the others are worth having. */
static void finish_folder(struct extract *e)
{
	g_autoptr(GError) error = g_steal_pointer(&e->store.error);

	if (error == NULL)
		write_manifest(e, &error);
	else
		write_manifest(e, NULL);
	if (error == NULL)
		return;
	e->run.troubles |= TROUBLE_OUTPUT;
	complain("%s%s", error->message, g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ?
		 ": make room or choose another folder, and extract again" : "");
}

static void extract_all(struct extract *e)
{
	const struct bits_sink sink = {
		.bytes = on_bytes, .settled = on_settled, .whole = on_whole, .finding = on_finding,
		.joined = on_joined, .ended = on_ended
	};

	run_captures(&e->run, &sink, e);
	ledger_close(&e->ledger);
	if (e->run.captures->len == 0) { /* a mistyped name must not make the next try fail */
		folder_abandon(&e->folder);
		return;
	}
	finish_folder(e);
	print_result(e);
}

int cmd_extract(const struct command *c, const struct options *o)
{
	g_autoptr(GError) error = NULL;
	struct extract e = { 0 };
	int status;

	(void)c;
	run_init(&e.run, o);
	ledger_init(&e.ledger, &e.run);
	if (!folder_open(&e.folder, o->dir, o->force, &error)) {
		complain("%s", error->message);
		e.run.troubles |= TROUBLE_OUTPUT;
	}
	store_init(&e.store, &e.folder, &e.run.names);
	if (error == NULL && run_open_output(&e.run, &e.out))
		extract_all(&e);
	run_close_output(&e.run, &e.out);
	status = run_exit_status(e.run.troubles, false);
	store_clear(&e.store);
	folder_close(&e.folder);
	ledger_clear(&e.ledger);
	run_clear(&e.run);
	return status;
}
