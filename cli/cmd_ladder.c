/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd_ladder.c - each session as a sequence diagram, drawn when all captures are read: findings come late, and the two
 * sides of a proxy end one after the other. */
#include "cli/ladder_pair.h"
#include "cli/spool.h"
#include "cli/words.h"

#define WIDTH_USUAL 80U  /* where no terminal says more: what fits a mail and a ticket */
#define SVG_MOST    (UINT64_C(64) << 10) /* bytes of SVG in memory */
#define WIDTH_MOST  132U /* longer arrows are no clearer                               */

struct drawing {
	struct run     run;
	struct ledger  ledger;
	struct ladders ladders;
	GPtrArray     *stray; /* of json_t: findings about nothing that is drawn */
	struct output  out;
	GString       *svg; /* the latest pieces; NULL: text */
	struct spool   spool;
	struct medium *pieces; /* what was drawn before them: how high it all is, is known last */
	uint64_t       stored; /* bytes of that */
	unsigned       y;
	bool           drawn;
};

static void on_packet(const struct bits_exchange *x, enum bits_side side, void *user)
{
	struct drawing *d = user;

	ladders_packet(&d->ladders, x, side);
	if (side == BITS_SERVER)
		ledger_answer(&d->ledger, x);
}

static void on_unanswered(const struct bits_exchange *x, enum bits_close how, const struct bits_where *w, void *user)
{
	ladders_unanswered(&((struct drawing *)user)->ladders, x, how, w);
}

static void on_whole(const struct bits_exchange *x, enum bits_side side, void *user)
{
	ladders_whole(&((struct drawing *)user)->ladders, x, side);
}

static void on_finding(const struct bits_finding *f, void *user)
{
	struct drawing *d = user;
	g_autoptr(json_t) record = ledger_finding(&d->ledger, f);

	if (record != NULL && f->session == NULL && !ladders_finding(&d->ladders, f->at[0].conn, record))
		g_ptr_array_add(d->stray, json_incref(record));
}

static void on_joined(const struct bits_session *from, const struct bits_session *into, void *user)
{
	struct drawing *d = user;

	ledger_joined(&d->ledger, from, into);
	ladders_joined(&d->ladders, from, into);
}

static void on_ended(const struct bits_session *s, void *user)
{
	ledger_session(&((struct drawing *)user)->ledger, s, &(struct record_content){ 0 });
}

static bool is_over(void *user)
{
	return output_is_closed(&((struct drawing *)user)->out);
}

/* Said once. */
static void tell_trouble(struct drawing *d, const GError *error)
{
	if (!(d->run.troubles & TROUBLE_OUTPUT))
		complain("%s", error->message);
	d->run.troubles |= TROUBLE_OUTPUT;
}

/* Where the disk takes no more the picture has a gap, and the exit status says so; memory is not filled instead. */
static void store_pieces(struct drawing *d)
{
	g_autoptr(GError) error = NULL;

	if (medium_write(d->pieces, d->stored, (const uint8_t *)d->svg->str, d->svg->len, &error))
		d->stored += d->svg->len;
	else
		tell_trouble(d, error);
	g_string_truncate(d->svg, 0);
}

static void draw(struct drawing *d, const struct page_side *sides, unsigned n)
{
	g_autoptr(page_handle) page = page_new(d->svg != NULL ? &svg_style : &d->out.style, &d->run, sides, n);
	g_autoptr(GString) text = g_string_new(NULL);

	d->drawn = true;
	if (d->svg != NULL) {
		page_svg(d->svg, page, &d->y);
		if (d->svg->len > SVG_MOST)
			store_pieces(d);
		return;
	}
	page_text(&d->out.style, text, page);
	output_text(&d->out, text->str);
}


/* Of each session the first one behind it that says it is the same upload, on the other side of a proxy. */
static GHashTable *other_sides(const struct drawing *d)
{
	GHashTable *others = g_hash_table_new(NULL, NULL);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	const struct ledger_slip *slip;

	for (uint64_t ordinal = 0; (slip = ledger_next(&d->ledger, &ordinal)) != NULL;) {
		struct session_note note;
		gpointer first;

		if (!slip->is_same || slip->is_twin || !ledger_note(&d->ledger, ordinal, &note, bytes))
			continue;
		first = GSIZE_TO_POINTER(note.session.same_upload_as);
		if (note.session.same_upload_as < ordinal && !g_hash_table_contains(others, first))
			g_hash_table_insert(others, first, GSIZE_TO_POINTER(ordinal));
		session_note_clear(&note);
	}
	return others;
}

/* Gives whether the other side was drawn with it. */
static bool draw_both(struct drawing *d, const struct ledger_entry *e, uint64_t other)
{
	g_autoptr(ladder_handle) own = ladders_take(&d->ladders, e->ordinal), its = ladders_take(&d->ladders, other);
	struct ledger_entry back;
	struct page_side sides[2] = { { own, e }, { its, &back } };
	bool is_one;

	ledger_open(&d->ledger, other, &back);
	is_one = pair_is_one(sides);
	draw(d, sides, is_one ? 2 : 1);
	ledger_entry_clear(&back);
	return is_one;
}

static void draw_one(struct drawing *d, const struct ledger_entry *e)
{
	g_autoptr(ladder_handle) own = ladders_take(&d->ladders, e->ordinal);

	draw(d, &(struct page_side){ own, e }, 1);
}

static void draw_sessions(struct drawing *d)
{
	g_autoptr(GHashTable) others = other_sides(d), done = g_hash_table_new(NULL, NULL);

	for (uint64_t ordinal = 0; !is_over(d) && ledger_next(&d->ledger, &ordinal) != NULL;) {
		gpointer other = g_hash_table_lookup(others, GSIZE_TO_POINTER(ordinal));
		struct ledger_entry e;

		if (g_hash_table_contains(done, GSIZE_TO_POINTER(ordinal)))
			continue;
		ledger_open(&d->ledger, ordinal, &e);
		if (other == NULL)
			draw_one(d, &e);
		else if (draw_both(d, &e, GPOINTER_TO_SIZE(other)))
			g_hash_table_add(done, other);
		ledger_entry_clear(&e);
	}
}

/* Packets and findings that belong to no session. */
static void draw_loose(struct drawing *d)
{
	struct ledger_entry rest = { .findings = d->stray };

	if (d->run.options->session != NULL)
		return;
	for (guint i = 0; i < d->ladders.loose->len && !is_over(d); i++) {
		g_autoptr(ladder_handle) one = ladders_take_loose(&d->ladders, i);

		if (one != NULL)
			draw(d, &(struct page_side){ one, NULL }, 1);
	}
	if (d->stray->len)
		draw(d, &(struct page_side){ NULL, &rest }, 1);
}

static void say_nothing(struct drawing *d)
{
	const char *text = d->run.options->session != NULL ? "No session of that number or id in what was read." :
							      "No BITS packet in what was read.";

	if (d->svg != NULL) {
		svg_line(d->svg, text, &d->y);
		return;
	}
	output_text(&d->out, text);
	output_text(&d->out, "\n");
}

static void print_stored(struct drawing *d)
{
	g_autoptr(GError) error = NULL;
	char text[16 * 1024 + 1];

	for (uint64_t at = 0, n; at < d->stored; at += n) {
		n = MIN(d->stored - at, sizeof(text) - 1);
		if (!medium_read(d->pieces, at, (uint8_t *)text, n, &error)) {
			tell_trouble(d, error);
			return;
		}
		text[n] = '\0';
		output_text(&d->out, text);
	}
}

static void print_svg(struct drawing *d)
{
	g_autofree char *begin = svg_begin(d->y);

	output_text(&d->out, begin);
	print_stored(d);
	output_text(&d->out, d->svg->str);
	output_text(&d->out, SVG_END);
}

static void print_ladders(struct drawing *d)
{
	if (d->run.captures->len == 0)
		return;
	draw_sessions(d);
	draw_loose(d);
	if (!d->drawn)
		say_nothing(d);
	if (d->ladders.shelf.error != NULL)
		tell_trouble(d, d->ladders.shelf.error);
	if (d->svg != NULL)
		print_svg(d);
}

static void begin(struct drawing *d)
{
	d->out.style.width = style_width(fileno(d->out.file), WIDTH_USUAL, WIDTH_MOST);
	if (d->run.options->form != FORM_SVG)
		return;
	d->svg = g_string_new(NULL);
	d->pieces = spool_leaf_new(&d->spool, NULL);
}

int cmd_ladder(const struct command *c, const struct options *o)
{
	const struct bits_sink sink = { .packet = on_packet, .unanswered = on_unanswered, .whole = on_whole,
					.finding = on_finding, .joined = on_joined, .ended = on_ended };
	struct drawing d = { 0 };
	int status;

	(void)c;
	run_init(&d.run, o);
	d.run.is_over = is_over;
	ledger_init(&d.ledger, &d.run);
	ladders_init(&d.ladders);
	spool_init(&d.spool, g_get_tmp_dir());
	d.stray = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);
	if (run_open_output(&d.run, &d.out)) {
		begin(&d);
		run_captures(&d.run, &sink, &d);
		ledger_close(&d.ledger);
		print_ladders(&d);
	}
	run_close_output(&d.run, &d.out);
	status = run_exit_status(d.run.troubles, false);
	if (d.svg != NULL)
		g_string_free(d.svg, TRUE);
	medium_free(d.pieces);
	spool_clear(&d.spool);
	g_ptr_array_unref(d.stray);
	ladders_clear(&d.ladders);
	ledger_clear(&d.ledger);
	run_clear(&d.run);
	return status;
}
