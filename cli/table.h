/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table.h - rows on a screen, in columns that are as wide as what is in them. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli/style.h"

/* A table whose columns are as wide as their widest cell; one of them may shrink, or TABLE_NONE. */
#define TABLE_NONE (~0U)
struct table;
struct table *table_new(const struct style *s, unsigned columns, unsigned shrinking, const char *right_aligned);
void          table_free(struct table *t);

/* Cells come from left to right, row after row. */

/* One cell; takes the text over. */
void          table_cell(struct table *t, enum ink ink, char *text);
/* The same without a text of its own: what is appended here, and to nothing else of it, is the next cell once that is ended. */
GString      *table_text(struct table *t);
void          table_end_cell(struct table *t, enum ink ink);

/* The rows so far; they are gone then, their widths are not: what follows may be printed piece by piece. */
void          table_print(struct table *t, GString *out);
/* The rows so far are not wanted, only their widths. */
void          table_measure(struct table *t);

typedef struct table table_handle;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(table_handle, table_free)

#endif
