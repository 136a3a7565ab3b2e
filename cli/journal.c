/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal.c - written once from front to end, read in another order that mostly keeps close to the first: a few pages of
 * the file are enough to look at. */
#include "cli/journal.h"

#include <string.h>

void journal_init(struct journal *j, const char *dir)
{
	*j = (struct journal){ .tail = g_byte_array_new() };
	spool_init(&j->spool, dir);
}

static void forget_pages(struct journal *j)
{
	for (size_t i = 0; i < JOURNAL_PAGES; i++)
		g_clear_pointer(&j->pages[i].bytes, g_free);
}

void journal_clear(struct journal *j)
{
	forget_pages(j);
	medium_free(j->rest);
	spool_clear(&j->spool);
	g_byte_array_unref(j->tail);
}

static void store_tail(struct journal *j)
{
	if (j->rest == NULL)
		j->rest = spool_leaf_new(&j->spool, NULL);
	j->is_full = !medium_write(j->rest, j->stored, j->tail->data, j->tail->len, NULL);
	if (j->is_full)
		return;
	j->stored += j->tail->len;
	g_byte_array_set_size(j->tail, 0);
	forget_pages(j); /* the last one has more now */
}

uint64_t journal_add(struct journal *j, uint64_t before, unsigned kind, const void *p, size_t n)
{
	const struct journal_note head = { before, kind, (uint32_t)n };
	uint64_t place;

	if (j->tail->len + sizeof(head) + n > JOURNAL_TAIL && j->tail->len > 0 && !j->is_full)
		store_tail(j);
	place = j->stored + j->tail->len + 1;
	g_byte_array_append(j->tail, (const guint8 *)&head, sizeof(head));
	g_byte_array_append(j->tail, p, (guint)n);
	return place;
}

static const uint8_t *page_of(struct journal *j, uint64_t number, GError **error)
{
	struct journal_page *page = &j->pages[number % JOURNAL_PAGES];

	if (page->bytes != NULL && page->number == number)
		return page->bytes;
	if (page->bytes == NULL)
		page->bytes = g_malloc(MEDIUM_PIECE);
	page->number = number;
	if (!medium_read(j->rest, number * MEDIUM_PIECE, page->bytes, MEDIUM_PIECE, error))
		g_clear_pointer(&page->bytes, g_free);
	return page->bytes;
}

/* No note lies on both sides of the border. */
static bool copy(struct journal *j, uint64_t at, uint8_t *to, size_t n, GError **error)
{
	if (at >= j->stored) {
		memcpy(to, j->tail->data + (at - j->stored), n);
		return true;
	}
	while (n > 0) {
		const uint8_t *page = page_of(j, at / MEDIUM_PIECE, error);
		size_t inside = (size_t)(at % MEDIUM_PIECE), part = MIN(n, MEDIUM_PIECE - inside);

		if (page == NULL)
			return false;
		memcpy(to, page + inside, part);
		at += part;
		to += part;
		n -= part;
	}
	return true;
}

bool journal_read(struct journal *j, uint64_t place, struct journal_note *head, GByteArray *bytes, GError **error)
{
	if (!copy(j, place - 1, (uint8_t *)head, sizeof(*head), error))
		return false;
	g_byte_array_set_size(bytes, head->n);
	return head->n == 0 || copy(j, place - 1 + sizeof(*head), bytes->data, head->n, error);
}
