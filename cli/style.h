/* SPDX-License-Identifier: GPL-2.0-or-later */
/* style.h - how results look on a screen: colours, widths, numbers for people, names that cannot harm a terminal. */
#ifndef CLI_STYLE_H
#define CLI_STYLE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"

enum ink { INK_PLAIN, INK_STRONG, INK_FAINT, INK_GOOD, INK_WARN, INK_BAD, N_INKS };

struct style {
	bool     color;
	bool     utf8;  /* the locale can show more than ASCII       */
	unsigned width; /* columns; no line that can be cut is wider */
	const char *arrow, *dot, *ellipsis;
};

/* fd is where the text goes: its terminal, if it is one, decides about colours and width (COLUMNS beats it). */
void style_init(struct style *s, enum options_color color, int fd);
/* The columns of that terminal, or of COLUMNS, at least 60 and at most `most`; `otherwise` where neither says. */
unsigned style_width(int fd, unsigned otherwise, unsigned most);

/* All of these give text that the caller frees with g_free. */

/* In that ink, where there are colours. */
char *style_ink(const struct style *s, enum ink ink, const char *text);
/* Control characters, and those that reorder text or cannot be seen, are spelt out; so is what the locale lacks. */
char *style_clean(const struct style *s, const char *text);
/* The same, at most that many columns, the rest replaced by an ellipsis in the middle: both ends of a URL matter. */
char *style_fit(const struct style *s, const char *text, unsigned columns);
/* The same with the ellipsis at the end: what matters stands in front. */
char *style_cut(const struct style *s, const char *text, unsigned columns);
char *style_count(uint64_t n);                                      /* "35,149"                */
char *style_size(uint64_t bytes);                                   /* "35,149 B", "1.2 MiB"   */
char *style_duration(int64_t ns);                                   /* "12.4 ms", "3 min 20 s" */
char *style_plural(uint64_t n, const char *one, const char *many);  /* "1 frame", "2 frames"   */
const char *style_times(uint64_t n, char buffer[32]);               /* "once", "twice", "5 times" */

/* Behind what is in `out`; a number has no commas. */
void style_append_clean(const struct style *s, GString *out, const char *text);
void style_append_number(GString *out, uint64_t n);
void style_append_size(GString *out, uint64_t bytes);

/* Columns that text takes; it holds no ink. */
unsigned style_columns(const char *text);

#endif
