/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd_extract.c - the uploaded files, with a manifest of everything that is known of them. */
#include "cli/ledger.h"
#include "cli/store.h"
#include "cli/table.h"
#include "cli/words.h"

#define TEXT_MAX 65536U /* bytes of the list that are put together before they go out */

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

static void on_let_go(const struct bits_exchange *x, void *user)
{
	struct extract *e = user;

	if (wanted(e, x->session))
		store_let_go(&e->store, x);
}

static void on_whole(const struct bits_exchange *x, enum bits_side side, void *user)
{
	if (side == BITS_CLIENT)
		store_whole(&((struct extract *)user)->store, x);
}

static void on_finding(const struct bits_finding *f, void *user)
{
	json_decref(ledger_finding(&((struct extract *)user)->ledger, f));
}

static void on_joined(const struct bits_session *from, const struct bits_session *into, void *user)
{
	ledger_joined(&((struct extract *)user)->ledger, from, into);
}

static void on_step(const struct bits_session *s, enum bits_state from, void *user)
{
	(void)from;
	store_step(&((struct extract *)user)->store, s);
}

static void on_ended(const struct bits_session *s, void *user)
{
	struct extract *e = user;
	struct stored stored;
	struct record_place place;

	if (!wanted(e, s))
		return;
	store_ended(&e->store, s, &stored);
	place = (struct record_place){ stored.name, stored.others, stored.sources };
	ledger_session(&e->ledger, s, &(struct record_content){ stored.sha256, &stored.conflicts, &place });
	e->run.conflicts_left_out += stored.unlisted;
	stored_clear(&stored);
}

/* The listing */

static void add_row(struct table *t, const struct style *s, const struct ledger_slip *slip, const struct session_note *note)
{
	const char *stored = note->place.stored;
	GString *out = table_text(t);

	style_append_number(out, note->session.ordinal);
	table_end_cell(t, INK_STRONG);
	g_string_append(out, bits_file_state_name((enum bits_file_state)slip->state));
	table_end_cell(t, words_slip_ink(slip));
	words_file_size(out, bits_session_file_size(&note->session));
	table_end_cell(t, INK_PLAIN);
	style_append_clean(s, out, stored != NULL ? stored : "-");
	table_end_cell(t, INK_PLAIN);
}

/* How much of it there is, and what is missing: a partial file has the size of the whole, with zeros. */
static void print_lack(const struct extract *e, const struct style *s, GString *out, const GByteArray *bytes)
{
	struct session_note note;
	g_autoptr(json_t) record = NULL;
	g_autofree char *file = NULL, *gaps = NULL;

	session_note_read(&note, bytes);
	record = record_session(&e->run.names, &note.session, &note.content);
	session_note_clear(&note);
	file = words_file(record);
	gaps = words_ranges(record_at(record, "file.gaps"), true);
	words_line(s, out, "file", INK_PLAIN, file);
	if (gaps != NULL)
		words_paragraph(s, out, "missing", gaps);
}

/* Each row, and below its file what it lacks and the hash.  Names and hashes are whole, however narrow the screen: they are what
 * goes into a report.  Without `out` only the widths are wanted.  Gives the number of files. */
static guint walk_rows(struct extract *e, struct table *t, GString *out)
{
	const struct style *s = &e->out.style;
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	const struct ledger_slip *slip;
	guint files = 0;

	for (uint64_t ordinal = 0; (slip = ledger_next(&e->ledger, &ordinal)) != NULL;) {
		struct session_note note;

		if (!ledger_note(&e->ledger, ordinal, &note, bytes))
			continue;
		files += note.place.stored != NULL;
		add_row(t, s, slip, &note);
		if (out != NULL)
			table_print(t, out);
		else
			table_measure(t);
		if (out != NULL && slip->state == BITS_FILE_PARTIAL)
			print_lack(e, s, out, bytes);
		if (out != NULL && note.content.sha256 != NULL)
			words_whole(s, out, "sha256", INK_PLAIN, note.content.sha256);
		session_note_clear(&note);
		if (out != NULL && out->len > TEXT_MAX)
			output_take(&e->out, out);
	}
	return files;
}

static void print_list(struct extract *e, GString *out)
{
	const struct style *s = &e->out.style;
	g_autofree char *uploads = words_uploads(s, &e->ledger), *dir = style_clean(s, e->folder.path);
	g_autoptr(table_handle) t = table_new(s, 4, TABLE_NONE, "rlrl");
	g_autofree char *files = style_plural(walk_rows(e, t, NULL), "file", "files");

	g_string_append_printf(out, "%s into %s%s%s\n", files, dir, uploads != NULL ? ": " : "",
			       uploads != NULL ? uploads : "");
	walk_rows(e, t, out);
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
	print_list(e, text);
	output_take(&e->out, text);
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

static void tell_unsummed(struct extract *e)
{
	if (e->folder.unsummed == 0)
		return;
	e->run.troubles |= TROUBLE_OUTPUT;
	complain("%s: %" G_GUINT64_FORMAT " files have such long holes that SHA256SUMS lacks them; sum them up with sha256sum",
		 e->folder.path, e->folder.unsummed);
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
		.bytes = on_bytes, .settled = on_settled, .let_go = on_let_go, .whole = on_whole, .finding = on_finding,
		.step = on_step, .joined = on_joined, .ended = on_ended
	};

	run_captures(&e->run, &sink, e);
	ledger_close(&e->ledger);
	if (e->run.captures->len == 0) { /* a mistyped name must not make the next try fail */
		folder_abandon(&e->folder);
		return;
	}
	finish_folder(e);
	tell_unsummed(e);
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
