/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder_text.c - a diagram in characters.  Every line is a canvas of cells: lifelines first, then what crosses them. */
#include <string.h>

#include "cli/ladder_page.h"
#include "cli/words.h"

#define FRAME_LEAST 6U

struct cell {
	char     text[8]; /* one character; empty: covered by the wide one in front of it */
	enum ink ink;
};

/* What lines are made of. */
struct glyphs {
	const char *life, *broken, *line, *dashes, *right, *left, *open_right, *open_left, *dead;
};
static const struct glyphs unicode = { "│", "┊", "─", "╌", "►", "◄", "▷", "◁", "╳" };
static const struct glyphs plain = { "|", ":", "-", ".", ">", "<", ">", "<", "x" };

struct canvas {
	const struct style  *style;
	const struct page   *page;
	const struct glyphs *glyphs;
	struct cell         *cells;
	unsigned width, frame, time, mark; /* columns of the line, and of what stands in front of it */
	unsigned lanes[LANES_MAX];         /* columns of the lifelines                               */
};

static void put(struct canvas *c, unsigned column, enum ink ink, const char *text)
{
	for (const char *p = text; *p && column < c->width; p = g_utf8_next_char(p)) {
		struct cell *cell = &c->cells[column++];
		bool wide = g_unichar_iswide(g_utf8_get_char(p));

		g_strlcpy(cell->text, p, MIN(sizeof(cell->text), (gsize)(g_utf8_next_char(p) - p) + 1));
		cell->ink = ink;
		if (wide && column < c->width)
			c->cells[column++].text[0] = '\0';
	}
}

static void put_right(struct canvas *c, unsigned end, enum ink ink, const char *text)
{
	put(c, end - MIN(end, style_columns(text)), ink, text);
}

static void clear(struct canvas *c)
{
	for (unsigned i = 0; i < c->width; i++)
		c->cells[i] = (struct cell){ " ", INK_PLAIN };
}

static bool is_blank(const struct cell *cell)
{
	return strcmp(cell->text, " ") == 0;
}

/* No blanks at the end of a line; cells of one ink are one run. */
static void flush(struct canvas *c, GString *out)
{
	unsigned end = c->width, i = 0;

	while (end && is_blank(&c->cells[end - 1]))
		end--;
	while (i < end) {
		g_autoptr(GString) run = g_string_new(NULL);
		enum ink ink = c->cells[i].ink;
		g_autofree char *inked = NULL;

		for (; i < end && c->cells[i].ink == ink; i++)
			g_string_append(run, c->cells[i].text);
		inked = style_ink(c->style, ink, run->str);
		g_string_append(out, inked);
	}
	g_string_append_c(out, '\n');
	clear(c);
}

/* The measures of a page */

static void measure(struct canvas *c)
{
	unsigned first, space;

	c->frame = FRAME_LEAST;
	for (guint i = 0; i < c->page->rows->len; i++) {
		const struct row *r = &g_array_index(c->page->rows, struct row, i);

		c->frame = MAX(c->frame, (unsigned)strlen(r->frame));
		c->time = MAX(c->time, (unsigned)strlen(r->time));
		c->mark = MAX(c->mark, (unsigned)strlen(r->mark));
	}
	first = c->frame + c->time + c->mark + 5;
	space = c->width - 1 - first;
	for (unsigned i = 0; i < c->page->n_lanes; i++)
		c->lanes[i] = first + (c->page->n_lanes > 1 ? space * i / (c->page->n_lanes - 1) : 0);
}

static void put_lanes(struct canvas *c, const char *glyph)
{
	for (unsigned i = 0; i < c->page->n_lanes; i++)
		put(c, c->lanes[i], INK_FAINT, glyph);
}

static void put_gutter(struct canvas *c, const struct row *r)
{
	unsigned time_end = c->frame + 1 + c->time;

	put_right(c, c->frame, INK_PLAIN, r->frame);
	put_right(c, time_end, INK_FAINT, r->time);
	put(c, time_end + 2, INK_STRONG, r->mark);
}

/* Rows with a line from lane to lane */

struct look {
	bool dashed, headed, dead;
};
static const struct look looks[ROW_N_KINDS] = {
	/*                dashed headed dead */
	[ROW_ARROW]   = { false, true,  false },
	[ROW_MISSING] = { true,  true,  false },
	[ROW_DEAD]    = { true,  true,  true  },
	[ROW_LOST]    = { true,  false, false },
};

static const char *head_of(const struct canvas *c, const struct row *r)
{
	const struct look *look = &looks[r->kind];
	bool right = r->to > r->from;

	if (look->dead)
		return c->glyphs->dead;
	if (look->dashed)
		return right ? c->glyphs->open_right : c->glyphs->open_left;
	return right ? c->glyphs->right : c->glyphs->left;
}

/* The longest form that fits; *lead is the line in front of it, which gives way first. */
static char *label_of(const struct canvas *c, const struct row *r, unsigned room, unsigned *lead)
{
	const char *forms[] = { r->text, r->brief != NULL ? r->brief : r->text };

	*lead = 2;
	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
		if (style_columns(forms[i]) + 3 <= room)
			return g_strdup(forms[i]);
	*lead = 1;
	return style_cut(c->style, forms[1], room);
}

/* The label stands at its sender: "── Ping ───►", "◄─── 200 ──". */
static void put_leg(struct canvas *c, const struct row *r)
{
	unsigned a = c->lanes[MIN(r->from, r->to)], b = c->lanes[MAX(r->from, r->to)], lead;
	const struct look *look = &looks[r->kind];
	bool right = r->to > r->from;
	g_autofree char *label = label_of(c, r, b - a - 5, &lead), *spaced = g_strdup_printf(" %s ", label);

	for (unsigned i = a + 1; i < b; i++)
		put(c, i, r->ink, look->dashed ? c->glyphs->dashes : c->glyphs->line);
	if (right)
		put(c, a + 1 + lead, r->ink, spaced);
	else
		put_right(c, b - lead, r->ink, spaced);
	if (look->headed)
		put(c, right ? b - 1 : a + 1, r->ink, head_of(c, r));
}

static void print_leg(struct canvas *c, GString *out, const struct row *r)
{
	put_lanes(c, c->glyphs->life);
	put_gutter(c, r);
	if (c->page->n_lanes > 1 && r->from != r->to)
		put_leg(c, r);
	flush(c, out);
}

/* Rows across all of them */

static void print_break(struct canvas *c, GString *out, const struct row *r)
{
	unsigned a = c->lanes[0], b = c->page->n_lanes ? c->lanes[c->page->n_lanes - 1] : c->width - 1;
	g_autofree char *text = style_cut(c->style, r->text, b - a - 5), *spaced = g_strdup_printf(" %s ", text);

	for (unsigned i = a; r->kind == ROW_HOLE && i <= b; i++)
		put(c, i, r->ink, c->glyphs->dashes);
	put_lanes(c, c->glyphs->broken);
	put(c, a + (b - a + 1 - style_columns(spaced)) / 2, r->ink, spaced);
	flush(c, out);
}

static void print_capture(struct canvas *c, GString *out, const struct row *r)
{
	g_autofree char *name = style_fit(c->style, r->text, c->width - 8), *spaced = g_strdup_printf(" %s ", name);

	for (unsigned i = 0; i < c->width; i++)
		put(c, i, INK_FAINT, c->glyphs->line);
	put(c, 2, r->ink, spaced);
	flush(c, out);
}

/* Text may cover lifelines in the middle; it ends in front of the last. */
static void print_note(struct canvas *c, GString *out, const struct row *r)
{
	unsigned first = c->page->n_lanes ? c->lanes[0] + 2 : 2;
	unsigned columns = c->width - first - 2;
	g_auto(GStrv) parts = g_strsplit(r->text, "\n", -1);

	for (char **part = parts; *part != NULL; part++) {
		g_autofree char *clean = style_clean(c->style, *part);
		g_autoptr(GPtrArray) lines = words_break(clean, columns - 2);

		for (guint i = 0; i < lines->len; i++) {
			g_autofree char *line = style_cut(c->style, g_ptr_array_index(lines, i), columns);

			put_lanes(c, c->glyphs->life);
			put(c, first + (part == parts && i == 0 ? 0 : 2), part == parts ? r->ink : INK_PLAIN, line);
			flush(c, out);
		}
	}
}

static void (*const printers[ROW_N_KINDS])(struct canvas *, GString *, const struct row *) = {
	[ROW_ARROW] = print_leg,     [ROW_MISSING] = print_leg, [ROW_DEAD] = print_leg,        [ROW_LOST] = print_leg,
	[ROW_BREAK] = print_break,   [ROW_HOLE] = print_break,  [ROW_CAPTURE] = print_capture, [ROW_NOTE] = print_note,
};

/* What stands above */

/* The first name begins at its lifeline, the last ends there. */
static void print_heads(struct canvas *c, GString *out, bool roles)
{
	unsigned n = c->page->n_lanes, space = n > 1 ? c->lanes[1] - c->lanes[0] : 80;
	unsigned room = n > 2 ? space * 2 / 3 : space / 2;

	for (unsigned i = 0; i < n; i++) {
		g_autofree char *name = roles ? g_strdup(c->page->lanes[i].role) :
						style_fit(c->style, c->page->lanes[i].name, MAX(room, 8) - 1);
		unsigned wide = style_columns(name);

		if (i == 0)
			put(c, c->lanes[i], roles ? INK_STRONG : INK_PLAIN, name);
		else if (i + 1 == n)
			put_right(c, c->width, roles ? INK_STRONG : INK_PLAIN, name);
		else
			put(c, c->lanes[i] - wide / 2, roles ? INK_STRONG : INK_PLAIN, name);
	}
	if (n)
		flush(c, out);
}

static void print_title(const struct style *s, GString *out, const struct page *p)
{
	unsigned taken = p->state != NULL ? style_columns(p->state) + style_columns(s->dot) : 0;
	g_autofree char *title = style_fit(s, p->title, s->width - taken), *strong = style_ink(s, INK_STRONG, title);
	g_autofree char *state = p->state != NULL ? style_ink(s, p->state_ink, p->state) : NULL;

	g_string_append_printf(out, "%s%s%s\n", strong, state != NULL ? s->dot : "", state != NULL ? state : "");
	for (guint i = 0; i < p->facts->len; i++) {
		const struct fact *f = &g_array_index(p->facts, struct fact, i);

		words_paragraph(s, out, f->label, f->text);
	}
	g_string_append_c(out, '\n');
}

void page_text(const struct style *s, GString *out, const struct page *p)
{
	struct canvas c = { .style = s, .page = p, .glyphs = s->utf8 ? &unicode : &plain, .width = s->width };

	c.cells = g_new0(struct cell, c.width);
	clear(&c);
	measure(&c);
	print_title(s, out, p);
	print_heads(&c, out, true);
	print_heads(&c, out, false);
	for (guint i = 0; i < p->rows->len; i++) {
		const struct row *r = &g_array_index(p->rows, struct row, i);

		printers[r->kind](&c, out, r);
	}
	g_string_append_c(out, '\n');
	g_free(c.cells);
}
