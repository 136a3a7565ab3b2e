/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd_report.c - one screen that answers "what happened here?": the verdict first, then who, what and how much. */
#include "cli/connections.h"
#include "cli/ledger.h"
#include "cli/store.h"
#include "cli/table.h"
#include "cli/words.h"

#define BLOCKS_MAX 6U /* more sessions than this become a table, and --session shows one in full */
#define TEXT_MAX   65536U /* bytes of the screen that are put together before they go out */

struct report {
	struct run    run;
	struct ledger ledger;
	struct store  store;
	struct connections connections;
	struct output out;
};

static void on_bytes(const struct bits_exchange *x, uint64_t offset, struct bits_str data, const struct bits_where *w,
		     void *user)
{
	store_bytes(&((struct report *)user)->store, x, offset, data, w);
}

static void on_settled(const struct bits_exchange *x, struct bits_range r, bool kept, void *user)
{
	store_settled(&((struct report *)user)->store, x, r, kept);
}

static void on_let_go(const struct bits_exchange *x, void *user)
{
	store_let_go(&((struct report *)user)->store, x);
}

static void on_whole(const struct bits_exchange *x, enum bits_side side, void *user)
{
	if (side == BITS_CLIENT)
		store_whole(&((struct report *)user)->store, x);
}

static void on_packet(const struct bits_exchange *x, enum bits_side side, void *user)
{
	connections_packet(&((struct report *)user)->connections, x);
	if (side == BITS_SERVER)
		ledger_answer(&((struct report *)user)->ledger, x);
}

static void on_finding(const struct bits_finding *f, void *user)
{
	json_decref(ledger_finding(&((struct report *)user)->ledger, f));
}

static void on_joined(const struct bits_session *from, const struct bits_session *into, void *user)
{
	ledger_joined(&((struct report *)user)->ledger, from, into);
	connections_joined(&((struct report *)user)->connections, from, into);
}

static void on_ended(const struct bits_session *s, void *user)
{
	struct report *r = user;
	struct stored stored;

	connections_ended(&r->connections, s);
	if (r->run.options->no_hash) {
		ledger_session(&r->ledger, s, &(struct record_content){ 0 });
		return;
	}
	store_ended(&r->store, s, &stored);
	ledger_session(&r->ledger, s, &(struct record_content){ .sha256 = stored.sha256 });
	stored_clear(&stored);
}

static bool is_over(void *user)
{
	return output_is_closed(&((struct report *)user)->out);
}

/* The screen */

static char *client_words(const json_t *session)
{
	const char *agent = record_text(session, "who.user_agent"), *user = record_text(session, "who.user");
	const char *auth = record_text(session, "who.auth");
	g_autoptr(GString) more = g_string_new(NULL);

	if (agent != NULL)
		g_string_append(more, agent);
	if (user != NULL)
		g_string_append_printf(more, "%suser %s", more->len ? ", " : "", user);
	if (auth != NULL)
		g_string_append_printf(more, "%s%s", more->len ? ", " : "", auth);
	return g_strdup_printf("%s%s%s%s", record_text_or(session, "client", "?"), more->len ? " (" : "", more->str,
			       more->len ? ")" : "");
}

static char *server_words(const json_t *session)
{
	const char *software = record_text(session, "who.server_software"), *via = record_text(session, "who.via");

	return g_strdup_printf("%s%s%s%s%s%s", record_text_or(session, "server", "?"), software != NULL ? " (" : "",
			       software != NULL ? software : "", software != NULL ? ")" : "",
			       via != NULL ? ", via " : "", via != NULL ? via : "");
}

/* "2026-11-22 08:13:56.280 UTC, took 12.4 ms"; NULL where the capture has no times. */
static char *time_words(const json_t *session)
{
	int64_t first = record_when(session, "timestamp"), last = record_when(session, "end");
	const char *text = record_text(session, "timestamp");
	g_autofree char *took = NULL;

	if (text == NULL || first == BITS_TIME_UNKNOWN || last == BITS_TIME_UNKNOWN)
		return NULL;
	took = style_duration(last - first);
	return g_strdup_printf("%.10s %.12s UTC, took %s", text, text + 11, took);
}

/* "4 to 312, 2 connections", "4 of a.pcap to 312 of b.pcap, 2 connections" */
static char *frames_words(const struct style *s, const struct capture_names *names, const json_t *session)
{
	const json_t *frames = record_at(session, "frames"), *captures = record_at(session, "captures");
	g_autofree char *first = style_count((uint64_t)json_integer_value(json_array_get(frames, 0)));
	g_autofree char *last = style_count((uint64_t)json_integer_value(json_array_get(frames, 1)));
	g_autofree char *conns = style_plural(record_number(session, "connections", 0), "connection", "connections");
	g_autofree char *of = words_of_capture(s, names, record_text(session, "capture")), *from = NULL, *to = NULL;

	if (captures == NULL)
		return g_strdup_printf("%s to %s%s, %s", first, last, of, conns);
	from = words_of_capture(s, names, json_string_value(json_array_get(captures, 0)));
	to = words_of_capture(s, names, json_string_value(json_array_get(captures, 1)));
	return g_strdup_printf("%s%s to %s%s, %s", first, from, last, to, conns);
}

static void print_title(const struct style *s, GString *out, const json_t *session)
{
	g_autofree char *state = words_state(session), *inked = style_ink(s, words_state_ink(session), state);
	g_autofree char *number =
		g_strdup_printf("Session %" G_GUINT64_FORMAT, record_number(session, "bits.session", 0));
	g_autofree char *strong = style_ink(s, INK_STRONG, number);
	g_autofree char *name =
		style_fit(s, record_text_or(session, "bits.name", "(no name)"),
			  s->width - style_columns(number) - style_columns(state) - 2 * style_columns(s->dot));

	g_string_append_printf(out, "%s%s%s%s%s\n", strong, s->dot, name, s->dot, inked);
}

static void print_lists(const struct style *s, GString *out, const json_t *session)
{
	g_autofree char *gaps = words_ranges(record_at(session, "file.gaps"), true);
	g_autofree char *conflicts = words_ranges(record_at(session, "file.conflicts"), false);

	if (gaps != NULL && g_strcmp0(record_text(session, "file.state"), "none") != 0)
		words_paragraph(s, out, "missing", gaps);
	if (conflicts != NULL)
		words_paragraph(s, out, "conflict", conflicts);
}

static void print_evidence(const struct style *s, GString *out, const struct ledger_entry *e)
{
	g_autofree char *tie = words_same_upload(e);

	if (tie != NULL)
		words_line(s, out, "see also", INK_PLAIN, tie);
	if (g_strcmp0(record_text(e->session, "evidence"), "partial") == 0)
		words_line(s, out, "evidence", INK_WARN, "partial: the capture lacks segments, requests or answers");
}

/* Proven, and nobody's breach. */
static bool is_remark(const json_t *finding)
{
	return record_is(finding, "severity", "note") && record_is(finding, "decision", "proven");
}

/* "session-id-not-guid (frame 6)" or "ack-packet-type-missing (frame 7 of a.pcap and 3 more)" */
static void append_remark(const struct style *s, GString *out, const GPtrArray *findings, guint first,
			  const struct capture_names *names, const char *home)
{
	const json_t *f = g_ptr_array_index(findings, first);
	bool at_home = g_strcmp0(record_text(f, "capture"), home) == 0;
	g_autofree char *of = words_of_capture(s, names, at_home ? NULL : record_text(f, "capture"));
	const char *rule = record_text(f, "rule");
	uint64_t frame = record_number(f, "frame", 0);
	unsigned more = 0;

	for (guint i = 0; i < findings->len; i++) {
		const json_t *other = g_ptr_array_index(findings, i);

		if (!is_remark(other) || !record_is(other, "rule", rule))
			continue;
		if (i < first)
			return; /* it stands there */
		more += i > first;
	}
	g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", rule);
	if (frame > 0)
		g_string_append_printf(out, " (frame %" G_GUINT64_FORMAT "%s", frame, of);
	if (frame > 0 && more > 0)
		g_string_append_printf(out, " and %u more", more);
	if (frame > 0)
		g_string_append_c(out, ')');
}

/* Errors and warnings at length; notes by name, because one screen has to do: `check` tells them all.  home: the capture that
 * the reader knows they lie in; NULL. */
static void print_findings(const struct style *s, GString *out, const GPtrArray *findings,
			   const struct capture_names *names, const char *home)
{
	g_autoptr(GString) remarks = g_string_new(NULL);

	for (guint i = 0; i < findings->len; i++) {
		if (is_remark(g_ptr_array_index(findings, i)))
			append_remark(s, remarks, findings, i, names, home);
		else
			words_finding(s, out, g_ptr_array_index(findings, i), names);
	}
	if (remarks->len > 0)
		words_paragraph(s, out, "notes", remarks->str);
}

static void print_block(const struct style *s, GString *out, const struct ledger_entry *e, const struct capture_names *names)
{
	const json_t *session = e->session;
	g_autofree char *file = words_file(session), *client = client_words(session), *server = server_words(session);
	g_autofree char *when = time_words(session), *frames = frames_words(s, names, session);
	const char *sha256 = record_text(session, "file.sha256");
	const char *home = record_at(session, "captures") == NULL ? record_text(session, "capture") : NULL;

	print_title(s, out, session);
	words_line(s, out, "file", INK_PLAIN, file);
	if (e->refusal != NULL && !record_is(session, "file.state", "complete"))
		words_paragraph(s, out, "refused", e->refusal);
	print_lists(s, out, session);
	if (sha256 != NULL)
		words_whole(s, out, "sha256", INK_PLAIN, sha256);
	words_line(s, out, "url", INK_PLAIN, record_text_or(session, "bits.url", "(not seen)"));
	words_line(s, out, "client", INK_PLAIN, client);
	words_line(s, out, "server", INK_PLAIN, server);
	if (when != NULL)
		words_line(s, out, "time", INK_PLAIN, when);
	words_paragraph(s, out, "frames", frames);
	print_evidence(s, out, e);
	print_findings(s, out, e->findings, names, home);
}

/* The two gravest kinds: notes beside errors and warnings are for the session's own lines. */
static void append_counts(GString *out, const struct ledger_slip *slip)
{
	unsigned kinds = 0;

	for (int i = BITS_ERROR; i >= BITS_NOTE && kinds < 2; i--) {
		const char *severity = bits_severity_name((enum bits_severity)i);
		uint64_t n = slip->findings[i];
		g_autofree char *many = n > 0 ? g_strconcat(severity, "s", NULL) : NULL;
		g_autofree char *words = n > 0 ? style_plural(n, severity, many) : NULL;

		if (words != NULL)
			g_string_append_printf(out, "%s%s", kinds > 0 ? ", " : "", words);
		kinds += n > 0;
	}
}

static void append_name(const struct style *s, GString *out, const char *bytes)
{
	g_autofree char *name = record_words(bytes);

	style_append_clean(s, out, name != NULL ? name : "-");
}

static void append_ends(const struct style *s, GString *out, const struct bits_ends *ends)
{
	if (ends->client.addr.family != 0)
		bits_addr_append(out, &ends->client.addr);
	else
		g_string_append_c(out, '?');
	g_string_append_c(out, ' ');
	g_string_append(out, s->arrow);
	g_string_append_c(out, ' ');
	if (ends->server.addr.family != 0)
		bits_end_append(out, &ends->server);
	else
		g_string_append_c(out, '?');
}

static void add_row(struct table *t, const struct style *s, const struct ledger_slip *slip, const struct bits_session *session)
{
	GString *out = table_text(t);

	style_append_number(out, session->ordinal);
	table_end_cell(t, INK_STRONG);
	append_name(s, out, session->name);
	table_end_cell(t, INK_PLAIN);
	words_file_size(out, bits_session_file_size(session));
	table_end_cell(t, INK_PLAIN);
	words_slip_state(out, slip);
	table_end_cell(t, words_slip_ink(slip));
	append_ends(s, out, &session->ends);
	table_end_cell(t, INK_PLAIN);
	append_counts(out, slip);
	table_end_cell(t, slip->findings[BITS_ERROR] > 0 ? INK_BAD : INK_FAINT);
}

static void add_heads(struct table *t)
{
	static const char *const heads[] = { "", "name", "size", "file, outcome", "client, server", "findings" };

	for (size_t i = 0; i < G_N_ELEMENTS(heads); i++)
		table_cell(t, INK_FAINT, g_strdup(heads[i]));
}

/* All rows, a few of them at a time: out NULL: only their widths are wanted. */
static void walk_rows(struct table *t, const struct style *s, const struct ledger *l, struct output *to, GString *out)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	const struct ledger_slip *slip;

	add_heads(t);
	for (uint64_t ordinal = 0; (slip = ledger_next(l, &ordinal)) != NULL && !output_is_closed(to);) {
		struct session_note note;

		if (!ledger_note(l, ordinal, &note, bytes))
			continue;
		add_row(t, s, slip, &note.session);
		session_note_clear(&note);
		if (out == NULL) {
			table_measure(t);
			continue;
		}
		table_print(t, out);
		if (out->len > TEXT_MAX)
			output_take(to, out);
	}
}

static void print_table(const struct style *s, struct output *to, GString *out, const struct ledger *l)
{
	g_autoptr(table_handle) t = table_new(s, 6, 1, "rlrlll");

	walk_rows(t, s, l, to, NULL);
	walk_rows(t, s, l, to, out);
	g_string_append(out, "\n");
}

static bool has_breach(const struct ledger_slip *slip)
{
	return slip->findings[BITS_ERROR] > 0 || slip->findings[BITS_WARNING] > 0;
}

/* How many blocks are left for uploads that did not arrive, without a breach: those with one come first. */
static unsigned room_for_incomplete(const struct ledger *l)
{
	const struct ledger_slip *slip;
	unsigned room = BLOCKS_MAX;

	for (uint64_t ordinal = 0; room > 0 && (slip = ledger_next(l, &ordinal)) != NULL;)
		room -= has_breach(slip);
	return room;
}

static bool deserves_block(const struct ledger *l, const struct ledger_slip *slip, unsigned *incomplete)
{
	if (l->sessions <= BLOCKS_MAX || has_breach(slip))
		return true;
	if (slip->state == BITS_FILE_COMPLETE || *incomplete == 0)
		return false;
	--*incomplete;
	return true;
}

static void print_sessions(const struct style *s, struct output *to, GString *out, const struct ledger *l)
{
	const struct ledger_slip *slip;
	unsigned left = BLOCKS_MAX, incomplete = l->sessions > BLOCKS_MAX ? room_for_incomplete(l) : 0;

	if (l->sessions > BLOCKS_MAX)
		print_table(s, to, out, l);
	for (uint64_t ordinal = 0; left > 0 && (slip = ledger_next(l, &ordinal)) != NULL;) {
		struct ledger_entry e;

		if (!deserves_block(l, slip, &incomplete))
			continue;
		ledger_open(l, ordinal, &e);
		print_block(s, out, &e, l->run->called);
		ledger_entry_clear(&e);
		g_string_append(out, "\n");
		left--;
	}
	if (l->sessions > BLOCKS_MAX)
		g_string_append(out, "--session N shows one of them in full.\n\n");
}

static void print_none(GString *out, const struct run *r)
{
	const char *where = r->options->filter != NULL	? "what the filter passes"
			    : r->captures->len > 1 ? "these captures"
						   : "this capture";
	uint64_t n = record_number(r->stats, "packets", 0);
	g_autofree char *packets = style_plural(n, "BITS packet", "BITS packets");

	if (r->options->session != NULL)
		g_string_append_printf(out, "No session of that number or id in %s.\n\n", where);
	else if (n > 0) /* answers alone, or heads that a snaplen cut */
		g_string_append_printf(out, "No upload can be told from %s: %s, but no session among them.\n\n", where, packets);
	else
		g_string_append_printf(out, "No BITS upload in %s.\n\n", where);
}

/* What the capture lacks of datagrams that came in fragments. */
static void print_fragments(const struct style *s, GString *out, const struct run *r)
{
	uint64_t n = record_number(r->stats, "ip_datagrams_given_up", 0);
	g_autofree char *datagrams = style_plural(n, "IP datagram", "IP datagrams"), *lacks = NULL;

	lacks = g_strdup_printf("fragments of %s: what there is of them was read", datagrams);
	if (n)
		words_paragraph(s, out, "missing", lacks);
}

/* Bytes of which nobody can be sure: somebody may want to hide something. */
static void print_conflicts(const struct style *s, GString *out, const struct run *r)
{
	static const struct {
		const char *counter, *of;
	} kinds[] = {
		{ "ip_bytes_conflicting", "IP fragments" },
		{ "conflicting_bytes", "TCP segments" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		uint64_t n = record_number(r->stats, kinds[i].counter, 0);
		g_autofree char *bytes = style_plural(n, "byte", "bytes"), *text = NULL;

		text = g_strdup_printf("%s of %s came in copies that differ: the first one stands, unless its checksum is wrong",
				       bytes, kinds[i].of);
		if (n)
			words_paragraph(s, out, "conflict", text);
	}
}

/* They are in a file, or in a head that somebody was judged by: whoever relies on it has to know. */
static void print_broken(const struct style *s, GString *out, const struct run *r)
{
	uint64_t n = record_number(r->stats, "broken_bytes", 0);
	g_autofree char *bytes = style_plural(n, "byte", "bytes");
	g_autofree char *text = g_strdup_printf("%s of TCP segments with a wrong checksum, in streams where others are right, "
						"came in no better copy and were taken as they are", bytes);

	if (n)
		words_paragraph(s, out, "broken", text);
}

/* Numbers of frames that differ from what other programs count in the same files are said. */
static void print_twins(const struct style *s, GString *out, const struct run *r)
{
	uint64_t n = record_number(r->stats, "duplicate_frames", 0);
	g_autofree char *frames = style_plural(n, "frame", "frames");
	g_autofree char *text = g_strdup_printf("%s taken once: an overlapping capture has %s too, with time and bytes", frames,
						n == 1 ? "it" : "them");

	if (n)
		words_line(s, out, "twice", INK_PLAIN, text);
}

static void print_headline(const struct style *s, GString *out, const struct ledger *l)
{
	g_autofree char *uploads = words_uploads(s, l), *ruling = words_ruling(s, l);
	enum ink ink = words_ruling_ink(ruling);
	g_autofree char *first = style_ink(s, INK_STRONG, uploads != NULL ? uploads : "");

	if (uploads == NULL) {
		print_none(out, l->run);
		return;
	}
	if (style_columns(uploads) + style_columns(s->dot) + style_columns(ruling) <= s->width) {
		g_autofree char *second = style_ink(s, ink, ruling);

		g_string_append_printf(out, "%s%s%s\n\n", first, s->dot, second);
		return;
	}
	words_sentence(s, out, INK_STRONG, uploads);
	words_sentence(s, out, ink, ruling);
	g_string_append(out, "\n");
}

static void print_screen(struct output *to, GString *out, const struct ledger *l)
{
	const struct style *s = &to->style;

	print_headline(s, out, l);
	print_sessions(s, to, out, l);
	if (l->loose->len)
		g_string_append(out, "Of no session\n");
	print_findings(s, out, l->loose, l->run->called, NULL);
	if (l->loose->len)
		g_string_append(out, "\n");
	words_connections(s, out, l->run);
	words_captures(s, out, l->run);
	words_unread(s, out, l->run->stats);
	print_fragments(s, out, l->run);
	print_conflicts(s, out, l->run);
	print_broken(s, out, l->run);
	print_twins(s, out, l->run);
}

static void print_report(struct report *r)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (r->store.error != NULL) {
		complain("no SHA-256 for some files: %s", r->store.error->message);
		r->run.troubles |= TROUBLE_OUTPUT;
	}
	if (r->store.unhashed && !r->run.options->quiet)
		complain("%" G_GUINT64_FORMAT
			 " file(s) without SHA-256: bytes came in an order that only `extract` can hash",
			 r->store.unhashed);
	if (r->out.ndjson) {
		ledger_print(&r->ledger, &r->out, false);
		return;
	}
	if (r->run.captures->len == 0)
		return;
	print_screen(&r->out, text, &r->ledger);
	output_take(&r->out, text);
}

int cmd_report(const struct command *c, const struct options *o)
{
	struct bits_sink sink = { .packet = on_packet, .finding = on_finding, .joined = on_joined, .ended = on_ended };
	struct report r;
	int status;

	(void)c;
	if (!o->no_hash) {
		sink.bytes = on_bytes;
		sink.settled = on_settled;
		sink.let_go = on_let_go;
		sink.whole = on_whole;
	}
	run_init(&r.run, o);
	r.run.is_over = is_over;
	ledger_init(&r.ledger, &r.run);
	store_init(&r.store, NULL, NULL);
	connections_init(&r.connections, &r.run);
	if (run_open_output(&r.run, &r.out)) {
		run_captures(&r.run, &sink, &r);
		ledger_close(&r.ledger);
		print_report(&r);
	}
	run_close_output(&r.run, &r.out);
	status = run_exit_status(r.run.troubles, false);
	connections_clear(&r.connections);
	store_clear(&r.store);
	ledger_clear(&r.ledger);
	run_clear(&r.run);
	return status;
}
