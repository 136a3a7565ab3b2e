/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder_page.h - one sequence diagram as it is drawn: a title, some facts, lifelines, and rows from top to bottom.  What
 * to say is decided here, once; how it looks is the painters' business (ladder_text.c, ladder_svg.c).
 *
 * Text of a page may be hostile: a painter cleans what it prints. */
#ifndef CLI_LADDER_PAGE_H
#define CLI_LADDER_PAGE_H

#include "cli/ladder.h"
#include "cli/ledger.h"

#define LANES_MAX 4U /* lifelines; further hosts share the last one of their kind */

struct lane {
	const char *role; /* "client", "proxy", "server"    */
	char       *name; /* "10.0.0.2", "10.0.0.1:80"      */
};

enum row_kind {
	ROW_ARROW,   /* a packet                                                        */
	ROW_MISSING, /* an arrow that the capture lacks                                 */
	ROW_DEAD,    /* an answer that never came                                       */
	ROW_LOST,    /* bytes of the packet above that the capture lacks                */
	ROW_BREAK,   /* across all lifelines: what happened meanwhile, or is left out   */
	ROW_HOLE,    /* the same: what the capture lacks                                */
	ROW_CAPTURE, /* from here on in another capture                                 */
	ROW_NOTE,    /* a finding: several lines of text at the lifelines               */
	ROW_N_KINDS,
};

struct row {
	enum row_kind kind;
	unsigned      from, to;       /* lanes                                              */
	enum ink      ink;
	char          frame[16], time[32], mark[8]; /* or empty                             */
	char         *text, *brief;   /* brief: the same with less; NULL                    */
};

struct fact {
	const char *label;
	char       *text;
};

struct page {
	char       *title, *state;    /* "Session 1 · a.bin"; "complete, closed", or NULL   */
	enum ink    state_ink;
	GArray     *facts;            /* of struct fact                                     */
	struct lane lanes[LANES_MAX];
	unsigned    n_lanes;
	GArray     *rows;             /* of struct row                                      */
};

/* One session: its ladder (NULL: no packet is kept) and its entry.  entry NULL: packets of no session. */
struct page_side {
	const struct ladder       *ladder;
	const struct ledger_entry *entry;
};

/* The diagram of one session, or of both sides of a proxy, client's side first (n = 2; see ladder_pair.h). */
struct page *page_new(const struct style *s, const struct run *r, const struct page_side *sides, unsigned n);
void         page_free(struct page *p);
typedef struct page page_handle;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(page_handle, page_free)

/* A page as text of style's width, or as a piece of SVG that begins at *y and moves it to where it ends. */
void page_text(const struct style *s, GString *out, const struct page *p);
void page_svg(GString *out, const struct page *p, unsigned *y);
/* For the texts of a page that becomes SVG: the locale has no say in it. */
extern const struct style svg_style;
/* What stands around the pieces; height is the last *y.  The caller frees the beginning with g_free. */
char *svg_begin(unsigned height);
#define SVG_END "</svg>\n"
/* A line of its own between pages. */
void svg_line(GString *out, const char *text, unsigned *y);

/* Private to ladder_*.c: the rows of arrows[0 .. split) and, behind what was omitted, the others.  lanes: of each arrow
 * its client's and its server's. */
struct row_source {
	const struct style *style;
	const struct run   *run;
	const GArray       *arrows; /* of struct arrow                                 */
	const unsigned    (*lanes)[2];
	guint               split;
	uint64_t            omitted;
	bool                has_session; /* so that its beginning may be missing       */
	const GPtrArray    *findings;    /* of json_t                                  */
	const json_t       *session;     /* NULL                                       */
	GHashTable         *marks;       /* ordinal of a connection -> its number + 1  */
};
void page_rows(struct page *p, const struct row_source *from);
void mark_text(char out[8], guint n); /* 0: "A", 25: "Z", 26: "AA" */

#endif
