/* SPDX-License-Identifier: GPL-2.0-or-later */
/* slips.c - sessions come one after the other, and findings are mostly of those that came last. */
#include "cli/slips.h"

#include <string.h>

struct slips_page {
	uint64_t           number;
	GList              link; /* in slips.near */
	struct ledger_slip slip[SLIPS_PAGE];
};

#define PAGE_BYTES sizeof(((struct slips_page *)NULL)->slip)

void slips_init(struct slips *s, const char *dir)
{
	*s = (struct slips){ .pages = g_ptr_array_new_with_free_func(g_free) };
	spool_init(&s->spool, dir);
}

void slips_clear(struct slips *s)
{
	g_ptr_array_unref(s->pages);
	medium_free(s->rest);
	spool_clear(&s->spool);
	g_clear_error(&s->error);
}

static bool write_page(struct slips *s, const struct slips_page *page)
{
	if (s->rest == NULL)
		s->rest = spool_leaf_new(&s->spool, NULL);
	return medium_write(s->rest, page->number * PAGE_BYTES, (const uint8_t *)page->slip, PAGE_BYTES, NULL);
}

/* The page that was not used for the longest time goes to the file. */
static void make_room(struct slips *s)
{
	struct slips_page *page;

	if (s->near.length < SLIPS_NEAR || s->is_full)
		return;
	page = g_queue_peek_tail(&s->near);
	s->is_full = !write_page(s, page);
	if (s->is_full)
		return;
	g_queue_unlink(&s->near, &page->link);
	g_clear_pointer(&s->pages->pdata[page->number], g_free);
}

/* From the file, or a new one. */
static struct slips_page *bring_page(struct slips *s, uint64_t number)
{
	struct slips_page *page;

	make_room(s);
	page = g_new0(struct slips_page, 1);
	page->number = number;
	page->link.data = page;
	if (number < s->pages->len &&
	    !medium_read(s->rest, number * PAGE_BYTES, (uint8_t *)page->slip, PAGE_BYTES, s->error == NULL ? &s->error : NULL))
		memset(page->slip, 0, PAGE_BYTES);
	g_queue_push_head_link(&s->near, &page->link);
	return page;
}

static struct slips_page *page_of(struct slips *s, uint64_t number)
{
	struct slips_page *page = g_ptr_array_index(s->pages, number);

	if (page == NULL)
		return s->pages->pdata[number] = bring_page(s, number);
	if (s->near.head != &page->link) {
		g_queue_unlink(&s->near, &page->link);
		g_queue_push_head_link(&s->near, &page->link);
	}
	return page;
}

struct ledger_slip *slips_at(struct slips *s, uint64_t ordinal)
{
	uint64_t number = (ordinal - 1) / SLIPS_PAGE;

	while (s->pages->len <= number) {
		struct slips_page *page = bring_page(s, s->pages->len);

		g_ptr_array_add(s->pages, page);
	}
	s->n = MAX(s->n, ordinal);
	return &page_of(s, number)->slip[(ordinal - 1) % SLIPS_PAGE];
}
