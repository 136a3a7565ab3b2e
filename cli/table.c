/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table.c - see table.h. */
#include "cli/table.h"

struct cell {
	gsize    from;    /* its text, in that of the table, with a NUL behind it */
	unsigned columns; /* of it                                                */
	enum ink ink;
};

struct table {
	const struct style *style;
	unsigned  columns, shrinking;
	char     *right;  /* 'r' at the place of a column of numbers                       */
	unsigned *widest; /* columns of the widest cell of each so far                     */
	GArray   *cells;  /* of struct cell                                                */
	GString  *text;   /* of all of them; behind them, of the one that has not ended    */
	gsize     ended;  /* bytes of the text in cells                                    */
};

struct table *table_new(const struct style *s, unsigned columns, unsigned shrinking, const char *right_aligned)
{
	struct table *t = g_new0(struct table, 1);

	t->style = s;
	t->columns = columns;
	t->shrinking = shrinking;
	t->right = g_strdup(right_aligned);
	t->widest = g_new0(unsigned, columns);
	t->cells = g_array_new(FALSE, FALSE, sizeof(struct cell));
	t->text = g_string_new(NULL);
	return t;
}

void table_free(struct table *t)
{
	g_array_unref(t->cells);
	g_string_free(t->text, TRUE);
	g_free(t->right);
	g_free(t->widest);
	g_free(t);
}

GString *table_text(struct table *t)
{
	return t->text;
}

void table_end_cell(struct table *t, enum ink ink)
{
	struct cell c = { t->ended, style_columns(t->text->str + t->ended), ink };

	g_array_append_val(t->cells, c);
	g_string_append_c(t->text, '\0');
	t->ended = t->text->len;
}

void table_cell(struct table *t, enum ink ink, char *text)
{
	g_string_append(t->text, text);
	table_end_cell(t, ink);
	g_free(text);
}

/* The rows that are there, not their widths. */
static void forget_rows(struct table *t)
{
	g_array_set_size(t->cells, 0);
	g_string_truncate(t->text, 0);
	t->ended = 0;
}

static void note_widths(struct table *t)
{
	for (guint i = 0; i < t->cells->len; i++) {
		unsigned *widest = &t->widest[i % t->columns];

		*widest = MAX(*widest, g_array_index(t->cells, struct cell, i).columns);
	}
}

void table_measure(struct table *t)
{
	note_widths(t);
	forget_rows(t);
}

/* The widest cell of the column that may shrink, or less where the screen is too narrow; 0: none may. */
static unsigned shrunk_width(const struct table *t)
{
	unsigned total = 2 * (t->columns - 1), least = 12, w, over;

	if (t->shrinking >= t->columns)
		return 0;
	w = t->widest[t->shrinking];
	for (unsigned i = 0; i < t->columns; i++)
		total += t->widest[i];
	if (total <= t->style->width)
		return w;
	over = total - t->style->width;
	return w > over + least ? w - over : MIN(w, least);
}

static void append_blanks(GString *out, unsigned n)
{
	static const char blanks[] = "                                ";

	for (unsigned part; n > 0; n -= part) {
		part = MIN(n, (unsigned)sizeof(blanks) - 1);
		g_string_append_len(out, blanks, part);
	}
}

static void append_ink(const struct style *s, enum ink ink, const char *text, GString *out)
{
	g_autofree char *inked = s->color ? style_ink(s, ink, text) : NULL;

	g_string_append(out, inked != NULL ? inked : text);
}

/* No blanks behind the last cell of a line. */
static void print_cell(const struct table *t, const struct cell *c, unsigned column, unsigned width, GString *out)
{
	const char *whole = t->text->str + c->from;
	g_autofree char *fitted = c->columns > width ? style_fit(t->style, whole, width) : NULL;
	const char *text = fitted != NULL ? fitted : whole;
	unsigned pad = width - MIN(width, fitted != NULL ? style_columns(fitted) : c->columns);
	bool last = column + 1 == t->columns;

	if (t->right[column] == 'r')
		append_blanks(out, pad);
	append_ink(t->style, c->ink, text, out);
	if (!last)
		append_blanks(out, t->right[column] == 'r' ? 2 : pad + 2);
}

static void trim_line(GString *out)
{
	while (out->len && out->str[out->len - 1] == ' ')
		g_string_truncate(out, out->len - 1);
	g_string_append_c(out, '\n');
}

void table_print(struct table *t, GString *out)
{
	unsigned shrunk;

	note_widths(t);
	shrunk = shrunk_width(t);
	for (guint i = 0; i < t->cells->len; i++) {
		unsigned column = i % t->columns;
		unsigned width = column == t->shrinking ? shrunk : t->widest[column];

		print_cell(t, &g_array_index(t->cells, struct cell, i), column, width, out);
		if (column + 1 == t->columns)
			trim_line(out);
	}
	forget_rows(t);
}
