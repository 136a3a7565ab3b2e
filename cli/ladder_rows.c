/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder_rows.c - the rows of a diagram, from top to bottom: packets, pauses, holes, and findings at their packet. */
#include "cli/ladder_page.h"
#include "cli/ladder_place.h"
#include "cli/words.h"

#define PAUSE_LEAST_NS 200000000 /* shorter ones nobody waits for                             */
#define PAUSE_TIMES    8         /* ... and it stands out: so many times the median of all    */

struct rows {
	struct page             *page;
	const struct row_source *from;
	int64_t                  start_ns; /* of the first packet of the session, BITS_TIME_UNKNOWN */
	int64_t                  pause_ns; /* from here on it is worth a row                        */
	GArray                  *places;   /* of struct place: findings by the arrow they follow    */
	guint                    next_place;
	bool                     begun;    /* the beginning was there, or its hole is drawn         */
};

static const struct arrow *arrow_at(const struct rows *r, guint i)
{
	return &g_array_index(r->from->arrows, struct arrow, i);
}

static struct row *add_row(struct rows *r, enum row_kind kind, enum ink ink, char *text)
{
	struct row row = { .kind = kind, .to = r->page->n_lanes ? r->page->n_lanes - 1 : 0, .ink = ink, .text = text };

	g_array_append_val(r->page->rows, row);
	return &g_array_index(r->page->rows, struct row, r->page->rows->len - 1);
}

/* Times */

static int64_t pause_before(const struct rows *r, guint i)
{
	int64_t then = i ? arrow_at(r, i - 1)->time_ns : BITS_TIME_UNKNOWN, now = arrow_at(r, i)->time_ns;

	return then == BITS_TIME_UNKNOWN || now == BITS_TIME_UNKNOWN || i == r->from->split ? 0 : now - then;
}

static gint by_value(gconstpointer a, gconstpointer b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* Where every packet takes a second, a second is no news. */
static int64_t long_pause(const struct rows *r)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(int64_t));
	int64_t median = 0;

	for (guint i = 1; i < r->from->arrows->len; i++) {
		int64_t ns = pause_before(r, i);

		g_array_append_val(all, ns);
	}
	g_array_sort(all, by_value);
	if (all->len)
		median = g_array_index(all, int64_t, all->len / 2);
	return MAX(PAUSE_LEAST_NS, PAUSE_TIMES * CLAMP(median, 0, INT64_MAX / PAUSE_TIMES)); /* times may be any number */
}

static int64_t start_of(const GArray *arrows)
{
	for (guint i = 0; i < arrows->len; i++)
		if (g_array_index(arrows, struct arrow, i).time_ns != BITS_TIME_UNKNOWN)
			return g_array_index(arrows, struct arrow, i).time_ns;
	return BITS_TIME_UNKNOWN;
}

static void add_pause(struct rows *r, guint i)
{
	int64_t ns = pause_before(r, i);
	g_autofree char *words = ns >= r->pause_ns ? style_duration(ns) : NULL;

	if (words != NULL)
		add_row(r, ROW_BREAK, INK_FAINT, g_strdup_printf("%s later", words));
}

/* Frame, time and connection in front of a row. */
static void set_gutter(struct rows *r, struct row *row, const struct arrow *a)
{
	g_snprintf(row->frame, sizeof(row->frame), "%u", a->frame);
	if (a->time_ns == BITS_TIME_UNKNOWN)
		g_strlcpy(row->time, "-", sizeof(row->time));
	else
		g_snprintf(row->time, sizeof(row->time), "%.6f", (double)(a->time_ns - r->start_ns) / 1e9);
	mark_text(row->mark, GPOINTER_TO_UINT(g_hash_table_lookup(r->from->marks, &a->conn)) - 1);
}

/* Packets */

static char *request_text(const struct arrow *a, bool with_total)
{
	const char *name = bits_packet_name(a->packet);
	g_autofree char *total = a->total != BITS_SIZE_UNKNOWN ? g_strdup_printf("%" G_GUINT64_FORMAT, a->total) :
								g_strdup("*");

	if (bits_range_is_empty(a->range)) /* the wire counts to the last byte; so does whoever compares with a trace */
		return g_strdup(name != NULL ? name : "(no type)");
	return g_strdup_printf("%s %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "%s%s", name, a->range.from,
			       a->range.to - 1, with_total ? "/" : "", with_total ? total : "");
}

/* Answers come in turn; where one does not follow its request, it says whose it is. */
static bool is_in_turn(const struct rows *r, guint i)
{
	const struct arrow *a = arrow_at(r, i);

	for (guint j = i; j-- > 0;)
		if (arrow_at(r, j)->conn == a->conn)
			return arrow_at(r, j)->number == a->number;
	return false;
}

static char *answer_text(const struct rows *r, guint i, bool whole)
{
	const struct arrow *a = arrow_at(r, i);
	const char *name = bits_hresult_name(a->error_code);
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "%u", a->status);
	if (a->received != BITS_SIZE_UNKNOWN)
		g_string_append_printf(out, " next %" G_GUINT64_FORMAT, a->received);
	if (a->asked && !is_in_turn(r, i))
		g_string_append_printf(out, " to frame %u", a->asked);
	if (a->doubtful)
		g_string_append(out, " (pairing unsure)");
	if (a->error_code && name != NULL && whole)
		g_string_append_printf(out, " %s", name);
	else if (a->error_code && whole)
		g_string_append_printf(out, " 0x%08X", a->error_code);
	return g_string_free(out, FALSE);
}

static struct row *add_leg(struct rows *r, guint i, enum row_kind kind, enum ink ink, bool to_server, char *text)
{
	const unsigned *lanes = r->from->lanes[i];
	struct row *row = add_row(r, kind, ink, text);

	row->from = lanes[to_server ? 0 : 1];
	row->to = lanes[to_server ? 1 : 0];
	return row;
}

static void add_loss(struct rows *r, guint i)
{
	const struct arrow *a = arrow_at(r, i);
	g_autofree char *bytes = a->lost ? style_count(a->lost) : NULL;

	if (bytes != NULL)
		add_leg(r, i, ROW_LOST, INK_WARN, a->kind == ARROW_REQUEST,
			g_strdup_printf("%s of its bytes %s not captured", bytes, a->lost == 1 ? "was" : "were"));
}

static void add_request(struct rows *r, guint i)
{
	struct row *row = add_leg(r, i, ROW_ARROW, INK_PLAIN, true, request_text(arrow_at(r, i), true));

	row->brief = request_text(arrow_at(r, i), false);
	set_gutter(r, row, arrow_at(r, i));
}

/* That nobody asked is no hole: then there is a finding. */
static bool is_unasked(const struct rows *r, guint i)
{
	const char *rule = bits_rule_get(BITS_RULE_RESPONSE_WITHOUT_REQUEST)->name;

	for (guint n = r->next_place; n < r->places->len; n++) {
		const struct place *p = &g_array_index(r->places, struct place, n);

		if (p->after > i + 1)
			return false;
		if (p->after == i + 1 && record_is(p->finding, "rule", rule) && record_is(p->finding, "decision", "proven"))
			return true;
	}
	return false;
}

static void add_answer(struct rows *r, guint i)
{
	const struct arrow *a = arrow_at(r, i);
	struct row *row;

	if (!a->asked && !is_unasked(r, i))
		add_leg(r, i, ROW_MISSING, INK_WARN, true, g_strdup("request not captured"));
	row = add_leg(r, i, ROW_ARROW, a->status >= 400 ? INK_WARN : INK_PLAIN, false, answer_text(r, i, true));
	row->brief = answer_text(r, i, false);
	set_gutter(r, row, a);
}

/* How a wait for an answer ended, or a session that nobody ended. */
static const char *end_words(enum bits_close how)
{
	static const char *const words[BITS_N_CLOSES] = {
		[BITS_CLOSE_CLIENT_FIN] = "the client closed the connection",
		[BITS_CLOSE_SERVER_FIN] = "the server closed the connection",
		[BITS_CLOSE_CLIENT_RST] = "the client reset the connection",
		[BITS_CLOSE_SERVER_RST] = "the server reset the connection",
		[BITS_CLOSE_CAPTURE_END] = "the capture ends",
		[BITS_CLOSE_EVICTED] = "the connection was not followed further",
	};

	return how < BITS_N_CLOSES ? words[how] : NULL;
}

static bool is_real_end(enum bits_close how)
{
	return how >= BITS_CLOSE_CLIENT_FIN && how <= BITS_CLOSE_SERVER_RST;
}

static void add_silence(struct rows *r, guint i)
{
	const struct arrow *a = arrow_at(r, i);
	struct row *row;

	if (!is_real_end(a->how)) {
		add_leg(r, i, ROW_MISSING, INK_WARN, false, g_strdup("answer not captured"));
		return;
	}
	row = add_leg(r, i, ROW_DEAD, INK_WARN, false, g_strdup_printf("no answer: %s", end_words(a->how)));
	row->brief = g_strdup("no answer");
	set_gutter(r, row, a);
}

/* What the capture does not show */

static bool tells_of_more(const struct arrow *a)
{
	return a->packet == BITS_PACKET_FRAGMENT || a->packet == BITS_PACKET_CLOSE_SESSION ||
	       a->packet == BITS_PACKET_CANCEL_SESSION || (a->kind == ARROW_ANSWER && !a->asked);
}

/* A session begins with a Create-Session; in front of anything else of it there is a hole. */
static void add_beginning(struct rows *r, const struct arrow *a)
{
	if (r->begun || !r->from->has_session)
		return;
	if (tells_of_more(a))
		add_row(r, ROW_HOLE, INK_WARN, g_strdup("the beginning of this session was not captured"));
	r->begun = tells_of_more(a) || a->packet == BITS_PACKET_CREATE_SESSION || a->packet == BITS_PACKET_IMITATION;
}

static void add_ending(struct rows *r)
{
	const char *by = record_text(r->from->session, "ended_by"), *words = NULL;
	enum bits_close how = BITS_CLOSE_OPEN;

	if (!record_is(r->from->session, "bits.outcome", "open"))
		return;
	for (int i = 0; i < BITS_N_CLOSES; i++)
		if (by != NULL && g_strcmp0(bits_close_name((enum bits_close)i), by) == 0)
			how = (enum bits_close)i;
	words = end_words(how);
	add_row(r, is_real_end(how) ? ROW_BREAK : ROW_HOLE, INK_WARN,
		g_strdup_printf("session not closed%s%s", words != NULL ? ": " : "", words != NULL ? words : ""));
}

static void add_omitted(struct rows *r)
{
	g_autofree char *more = style_plural(r->from->omitted, "more packet", "more packets");

	if (r->from->omitted)
		add_row(r, ROW_BREAK, INK_WARN, g_strdup_printf("%s, left out here", more));
}

static void add_capture(struct rows *r, guint i)
{
	uint32_t file = arrow_at(r, i)->file;
	const char *name = run_tell_capture(r->from->run, file);

	if (name != NULL && (i == 0 || arrow_at(r, i - 1)->file != file))
		add_row(r, ROW_CAPTURE, INK_FAINT, g_strdup(name));
}

/* Findings */

/* The same words as everywhere, without a page around them. */
static void add_finding(struct rows *r, const json_t *f)
{
	g_autofree char *frames = words_frames(r->from->style, f, r->from->run->called);
	const char *severity = record_text(f, "severity"), *fault = record_text(f, "fault");
	bool blamed = g_strcmp0(fault, "none") != 0;

	if (!record_is(f, "decision", "proven"))
		add_row(r, ROW_NOTE, INK_FAINT, g_strdup_printf("undecided: %s, %s", record_text(f, "rule"), frames));
	else
		add_row(r, ROW_NOTE, words_severity_ink(severity),
			g_strdup_printf("%s: %s%s%s, %s\n%s", severity, record_text(f, "rule"), blamed ? " by the " : "",
					blamed ? fault : "", frames, record_text(f, "text")));
}

static void add_findings(struct rows *r, guint after)
{
	for (; r->next_place < r->places->len; r->next_place++) {
		const struct place *p = &g_array_index(r->places, struct place, r->next_place);

		if (p->after > after)
			return;
		add_finding(r, p->finding);
	}
}

static void add_arrow(struct rows *r, guint i)
{
	static void (*const add[ARROW_N_KINDS])(struct rows *, guint) = {
		[ARROW_REQUEST] = add_request,
		[ARROW_ANSWER] = add_answer,
		[ARROW_SILENCE] = add_silence,
	};

	add_capture(r, i);
	add_beginning(r, arrow_at(r, i));
	add_pause(r, i);
	add[arrow_at(r, i)->kind](r, i);
	add_loss(r, i);
}

void page_rows(struct page *p, const struct row_source *from)
{
	struct rows r = { .page = p, .from = from, .start_ns = start_of(from->arrows) };

	r.pause_ns = long_pause(&r);
	r.places = places_of(from->findings, from->arrows, from->run->captures);
	add_findings(&r, 0);
	for (guint i = 0; i < from->arrows->len; i++) {
		if (i == from->split)
			add_omitted(&r);
		add_arrow(&r, i);
		add_findings(&r, i + 1);
	}
	if (from->split == from->arrows->len)
		add_omitted(&r);
	add_ending(&r);
	g_array_unref(r.places);
}
