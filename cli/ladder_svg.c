/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder_svg.c - a diagram as SVG: lines, heads and text, one font, no scripts, nothing from elsewhere.  The same page
 * makes the same bytes. */
#include <string.h>

#include "cli/ladder_page.h"
#include "cli/words.h"

/* Pixels. */
#define WIDTH     960U
#define MARGIN    16U
#define FRAME_END 64U
#define TIME_END  160U
#define MARK_AT   172U
#define LANE_LEFT 210U
#define LANE_RIGHT (WIDTH - MARGIN - 4U)
#define LINE      18U /* of text                          */
#define LEG       26U /* a row with an arrow              */
#define NOTE_COLUMNS 92U

/* A locale decides what a terminal can show; a picture says its encoding itself. */
const struct style svg_style = { .utf8 = true, .width = 110, .arrow = "→", .dot = " · ", .ellipsis = "…" };

static const char *const classes[N_INKS] = {
	[INK_PLAIN] = "plain", [INK_STRONG] = "strong", [INK_FAINT] = "faint",
	[INK_GOOD] = "good",   [INK_WARN] = "warn",     [INK_BAD] = "bad",
};

enum anchor { AT_START, AT_MIDDLE, AT_END };

static void put_text(GString *out, unsigned x, unsigned y, enum anchor anchor, enum ink ink, const char *text)
{
	static const char *const anchors[] = { "", " text-anchor=\"middle\"", " text-anchor=\"end\"" };
	g_autofree char *clean = style_clean(&svg_style, text), *escaped = g_markup_escape_text(clean, -1);

	if (*text)
		g_string_append_printf(out, "<text x=\"%u\" y=\"%u\" class=\"%s\"%s>%s</text>\n", x, y, classes[ink],
				       anchors[anchor], escaped);
}

static void put_line(GString *out, unsigned x1, unsigned y1, unsigned x2, unsigned y2, enum ink ink, bool dashed)
{
	g_string_append_printf(out, "<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\" class=\"%s\"%s/>\n", x1, y1, x2, y2,
			       classes[ink], dashed ? " stroke-dasharray=\"4 4\"" : "");
}

static unsigned lane_x(const struct page *p, unsigned lane)
{
	return p->n_lanes > 1 ? LANE_LEFT + (LANE_RIGHT - LANE_LEFT) * lane / (p->n_lanes - 1) : LANE_LEFT;
}

/* Pieces of lifelines as high as the row. */
static void put_lanes(GString *out, const struct page *p, unsigned y, unsigned height, bool broken)
{
	for (unsigned i = 0; i < p->n_lanes; i++)
		put_line(out, lane_x(p, i), y, lane_x(p, i), y + height, INK_FAINT, broken);
}

/* Rows from lane to lane */

static void put_head(GString *out, const struct row *r, unsigned x, unsigned y)
{
	unsigned back = r->to > r->from ? x - 9 : x + 9;

	if (r->kind == ROW_DEAD) {
		unsigned cross = r->to > r->from ? x - 12 : x + 12;

		put_line(out, cross - 5, y - 5, cross + 5, y + 5, r->ink, false);
		put_line(out, cross - 5, y + 5, cross + 5, y - 5, r->ink, false);
	} else if (r->kind != ROW_LOST) {
		g_string_append_printf(out, "<polygon points=\"%u,%u %u,%u %u,%u\" class=\"%s%s\"/>\n", x, y, back, y - 4,
				       back, y + 4, classes[r->ink], r->kind == ROW_MISSING ? " open" : "");
	}
}

static void put_leg(GString *out, const struct page *p, const struct row *r, unsigned *y)
{
	unsigned from = lane_x(p, r->from), to = lane_x(p, r->to), line = *y + LEG - 6;
	bool right = r->to > r->from;

	put_lanes(out, p, *y, LEG, false);
	put_text(out, FRAME_END, line + 4, AT_END, INK_PLAIN, r->frame);
	put_text(out, TIME_END, line + 4, AT_END, INK_FAINT, r->time);
	put_text(out, MARK_AT, line + 4, AT_START, INK_STRONG, r->mark);
	put_line(out, from, line, to, line, r->ink, r->kind != ROW_ARROW);
	put_head(out, r, to, line);
	put_text(out, right ? from + 10 : from - 10, line - 5, right ? AT_START : AT_END, r->ink,
		 p->n_lanes > 2 && r->brief != NULL && style_columns(r->text) > 46 ? r->brief : r->text);
	*y += LEG;
}

static void put_break(GString *out, const struct page *p, const struct row *r, unsigned *y)
{
	put_lanes(out, p, *y, LEG, true);
	if (r->kind == ROW_HOLE)
		put_line(out, LANE_LEFT, *y + LEG - 4, LANE_RIGHT, *y + LEG - 4, r->ink, true);
	put_text(out, (LANE_LEFT + LANE_RIGHT) / 2, *y + LEG - 9, AT_MIDDLE, r->ink, r->text);
	*y += LEG;
}

static void put_capture(GString *out, const struct page *p, const struct row *r, unsigned *y)
{
	(void)p;
	put_line(out, MARGIN, *y + LEG - 4, WIDTH - MARGIN, *y + LEG - 4, INK_FAINT, false);
	put_text(out, MARGIN, *y + LEG - 9, AT_START, r->ink, r->text);
	*y += LEG;
}

static void put_note(GString *out, const struct page *p, const struct row *r, unsigned *y)
{
	g_auto(GStrv) parts = g_strsplit(r->text, "\n", -1);

	for (char **part = parts; *part != NULL; part++) {
		g_autoptr(GPtrArray) lines = words_break(*part, NOTE_COLUMNS);

		for (guint i = 0; i < lines->len; i++) {
			put_lanes(out, p, *y, LINE, false);
			put_text(out, LANE_LEFT + 10 + (part == parts && i == 0 ? 0 : 16), *y + LINE - 5, AT_START,
				 part == parts ? r->ink : INK_PLAIN, g_ptr_array_index(lines, i));
			*y += LINE;
		}
	}
}

static void (*const painters[ROW_N_KINDS])(GString *, const struct page *, const struct row *, unsigned *) = {
	[ROW_ARROW] = put_leg,   [ROW_MISSING] = put_leg, [ROW_DEAD] = put_leg,        [ROW_LOST] = put_leg,
	[ROW_BREAK] = put_break, [ROW_HOLE] = put_break,  [ROW_CAPTURE] = put_capture, [ROW_NOTE] = put_note,
};

/* What stands above */

static void put_facts(GString *out, const struct page *p, unsigned *y)
{
	for (guint i = 0; i < p->facts->len; i++) {
		const struct fact *f = &g_array_index(p->facts, struct fact, i);
		g_autoptr(GPtrArray) lines = words_break(f->text, svg_style.width);

		for (guint j = 0; j < lines->len; j++) {
			g_autofree char *line = style_fit(&svg_style, g_ptr_array_index(lines, j), svg_style.width);

			put_text(out, MARGIN, *y + LINE, AT_START, INK_FAINT, j ? "" : f->label);
			put_text(out, MARGIN + 90, *y + LINE, AT_START, INK_PLAIN, line);
			*y += LINE;
		}
	}
}

static void put_names(GString *out, const struct page *p, unsigned *y)
{
	for (unsigned i = 0; i < p->n_lanes; i++) {
		enum anchor anchor = i == 0 ? AT_START : i + 1 == p->n_lanes ? AT_END : AT_MIDDLE;

		put_text(out, lane_x(p, i), *y + LINE, anchor, INK_STRONG, p->lanes[i].role);
		put_text(out, lane_x(p, i), *y + 2 * LINE, anchor, INK_PLAIN, p->lanes[i].name);
	}
	*y += p->n_lanes ? 2 * LINE + 8 : 0;
}

void page_svg(GString *out, const struct page *p, unsigned *y)
{
	g_autofree char *title = style_fit(&svg_style, p->title, 80);
	g_autofree char *whole = g_strdup_printf("%s%s%s", title, p->state != NULL ? svg_style.dot : "",
						 p->state != NULL ? p->state : "");

	put_text(out, MARGIN, *y + LINE, AT_START, INK_STRONG, whole);
	*y += LINE + 4;
	put_facts(out, p, y);
	*y += LINE / 2;
	put_names(out, p, y);
	for (guint i = 0; i < p->rows->len; i++) {
		const struct row *r = &g_array_index(p->rows, struct row, i);

		painters[r->kind](out, p, r, y);
	}
	*y += 2 * LINE;
}

void svg_line(GString *out, const char *text, unsigned *y)
{
	put_text(out, MARGIN, *y + LINE, AT_START, INK_PLAIN, text);
	*y += 2 * LINE;
}

char *svg_begin(unsigned height)
{
	return g_strdup_printf(
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\">\n"
		"<style>\n"
		"text { font: 12px 'DejaVu Sans Mono', Consolas, Menlo, monospace; fill: #222; white-space: pre }\n"
		"text.strong { font-weight: bold } text.faint { fill: #777 } text.good { fill: #176f2c }\n"
		"text.warn { fill: #8a5a00 } text.bad { fill: #b00020; font-weight: bold }\n"
		"line { stroke: #222; stroke-width: 1.2 } line.faint { stroke: #bbb }\n"
		"line.warn { stroke: #8a5a00 } line.bad { stroke: #b00020 }\n"
		"polygon { fill: #222; stroke: #222 } polygon.warn { fill: #8a5a00; stroke: #8a5a00 }\n"
		"polygon.open { fill: #fff }\n"
		"</style>\n"
		"<rect width=\"%u\" height=\"%u\" fill=\"#fff\"/>\n",
		WIDTH, height, WIDTH, height, WIDTH, height);
}
