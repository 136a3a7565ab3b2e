/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tape.c - mostly entries come in their order, and there are few: then a tape is an array.  Else runs that fit into memory
 * are put in order and merged, two and two, from one tape to another. */
#include "cli/tape.h"

#include <string.h>

void tape_init(struct tape *t, struct spool *spool, size_t size, GCompareFunc compare)
{
	*t = (struct tape){ .spool = spool, .size = size, .compare = compare, .is_sorted = true };
	t->tail = g_byte_array_new();
}

void tape_clear(struct tape *t)
{
	t->spool->tails -= t->tail->len;
	medium_free(t->rest);
	g_byte_array_unref(t->tail);
	g_free(t->window.bytes);
}

/* Adding */

static void append(struct tape *t, const void *entry)
{
	g_byte_array_append(t->tail, entry, (guint)t->size);
	t->spool->tails += t->size;
}

/* The array gives back what it has room for, too. */
static void empty_tail(struct tape *t)
{
	t->spool->tails -= t->tail->len;
	g_byte_array_unref(t->tail);
	t->tail = g_byte_array_new();
}

static bool store_tail(struct tape *t, GError **error)
{
	if (t->rest == NULL)
		t->rest = spool_leaf_new(t->spool, NULL);
	if (!medium_write(t->rest, t->stored * t->size, t->tail->data, t->tail->len, error))
		return false;
	t->stored = t->n;
	empty_tail(t);
	return true;
}

static const uint8_t *last_of(const struct tape *t)
{
	return t->tail->data + t->tail->len - t->size;
}

/* All of it but the last entry, with which the next one is compared. */
static bool store_all_but_last(struct tape *t, GError **error)
{
	g_autofree uint8_t *last = g_memdup2(last_of(t), t->size);
	bool ok;

	g_byte_array_set_size(t->tail, t->tail->len - (guint)t->size);
	t->spool->tails -= t->size;
	t->n--;
	ok = store_tail(t, error);
	append(t, last);
	t->n++;
	return ok;
}

bool tape_add(struct tape *t, const void *entry, GError **error)
{
	size_t most = t->spool->tails < TAPES_MOST ? TAPE_PIECE : TAPE_SCRAP;

	t->is_sorted = t->n == 0 || (t->is_sorted && t->tail->len > 0 && t->compare(last_of(t), entry) <= 0);
	if (t->tail->len + t->size > most && t->tail->len > t->size && !store_all_but_last(t, error))
		return false;
	append(t, entry);
	t->n++;
	return true;
}

void tape_note(struct tape *t, const void *entry, GError **first)
{
	if (*first != NULL)
		return;
	if (!tape_add(t, entry, first))
		g_assert(*first != NULL);
}

/* Reading */

static bool fill_window(struct tape *t, struct tape_window *w, uint64_t i, GError **error)
{
	if (w->bytes == NULL)
		w->bytes = g_malloc(TAPE_PIECE);
	w->first = i;
	w->n = MIN(TAPE_PIECE / t->size, t->stored - i);
	return medium_read(t->rest, i * t->size, w->bytes, w->n * t->size, error);
}

static const uint8_t *look(struct tape *t, struct tape_window *w, uint64_t i, GError **error)
{
	if (i >= t->stored)
		return t->tail->data + (i - t->stored) * t->size;
	if ((i < w->first || i >= w->first + w->n) && !fill_window(t, w, i, error)) {
		w->n = 0;
		return NULL;
	}
	return w->bytes + (i - w->first) * t->size;
}

const void *tape_get(struct tape *t, uint64_t i, GError **error)
{
	return look(t, &t->window, i, error);
}

/* Entries in [*low, *high) are in question. */
static bool ask(struct tape *t, bool (*is_before)(const void *entry, const void *what), const void *what, uint64_t i,
		uint64_t *low, uint64_t *high, GError **error)
{
	const void *entry = tape_get(t, i, error);

	if (entry == NULL)
		return false;
	if (is_before(entry, what))
		*low = i + 1;
	else
		*high = i;
	return true;
}

bool tape_find(struct tape *t, bool (*is_before)(const void *entry, const void *what), const void *what, uint64_t *at,
	       GError **error)
{
	uint64_t low = 0, high = t->n, near = *at > 0 ? *at - 1 : 0;

	for (uint64_t i = near; i < MIN(near + 3, t->n) && high == t->n; i++)
		if (!ask(t, is_before, what, i, &low, &high, error))
			return false;
	while (low < high)
		if (!ask(t, is_before, what, low + (high - low) / 2, &low, &high, error))
			return false;
	*at = low;
	return true;
}

/* Sorting */

static gint compare_entries(gconstpointer a, gconstpointer b, gpointer user)
{
	return ((const struct tape *)user)->compare(a, b);
}

static bool sort_run(struct tape *t, uint64_t i, uint64_t n, uint8_t *run, GError **error)
{
	if (!medium_read(t->rest, i * t->size, run, n * t->size, error))
		return false;
	g_qsort_with_data(run, (gint)n, t->size, compare_entries, t);
	return medium_write(t->rest, i * t->size, run, n * t->size, error);
}

/* [from, middle) and [middle, end) of t, each in order, behind what is in `to`. */
static bool merge_two(struct tape *t, struct tape_window w[2], uint64_t from, uint64_t middle, uint64_t end,
		      struct tape *to, GError **error)
{
	uint64_t i = from, j = middle;

	while (i < middle || j < end) {
		const uint8_t *a = NULL, *b = NULL;
		bool takes_a;

		if (i < middle && (a = look(t, &w[0], i, error)) == NULL)
			return false;
		if (j < end && (b = look(t, &w[1], j, error)) == NULL)
			return false;
		takes_a = b == NULL || (a != NULL && t->compare(a, b) <= 0);
		if (!tape_add(to, takes_a ? a : b, error))
			return false;
		i += takes_a;
		j += !takes_a;
	}
	return true;
}

static bool merge_runs(struct tape *t, uint64_t width, struct tape *to, GError **error)
{
	struct tape_window w[2] = { 0 };
	bool ok = true;

	for (uint64_t from = 0; from < t->n && ok; from += 2 * width)
		ok = merge_two(t, w, from, MIN(from + width, t->n), MIN(from + 2 * width, t->n), to, error);
	g_free(w[0].bytes);
	g_free(w[1].bytes);
	return ok;
}

static bool merge_all(struct tape *t, uint64_t width, GError **error)
{
	for (; width < t->n; width *= 2) {
		struct tape merged;
		bool ok;

		tape_init(&merged, t->spool, t->size, t->compare);
		ok = merge_runs(t, width, &merged, error);
		tape_clear(t);
		*t = merged;
		if (!ok)
			return false;
	}
	return true;
}

static bool sort_stored(struct tape *t, GError **error)
{
	uint64_t width = TAPE_RUN / t->size;
	g_autofree uint8_t *run = g_malloc(TAPE_RUN);

	if (!store_tail(t, error))
		return false;
	for (uint64_t i = 0; i < t->n; i += width)
		if (!sort_run(t, i, MIN(width, t->n - i), run, error))
			return false;
	return merge_all(t, width, error);
}

bool tape_sort(struct tape *t, GError **error)
{
	if (t->is_sorted)
		return true;
	t->window.n = 0;
	if (t->stored > 0 && !sort_stored(t, error))
		return false;
	if (t->stored == 0)
		g_qsort_with_data(t->tail->data, (gint)t->n, t->size, compare_entries, t);
	t->is_sorted = true;
	return true;
}
