/* SPDX-License-Identifier: GPL-2.0-or-later */
/* body_copy.c - a list in order: a new exchange has the greatest number. */
#include "cli/body_copy.h"

struct body_copy *body_copy_new(uint64_t number)
{
	struct body_copy *c = g_new0(struct body_copy, 1);

	c->number = number;
	return c;
}

void body_copy_free(struct body_copy *c)
{
	bits_ranges_clear(&c->in_main);
	bits_ranges_clear(&c->aside);
	bits_ranges_clear(&c->kept);
	bits_ranges_clear(&c->refused);
	medium_free(c->leaf);
	medium_free(c->conflicting);
	g_free(c);
}

GPtrArray *body_copies_new(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)body_copy_free);
}

struct body_copy *body_copies_at(const GPtrArray *copies, guint i)
{
	return g_ptr_array_index(copies, i);
}

/* Where `number` is or would be. */
static guint copy_index(const GPtrArray *copies, uint64_t number)
{
	guint low = 0, high = copies->len;

	if (high > 0 && body_copies_at(copies, high - 1)->number < number)
		return high;
	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (body_copies_at(copies, middle)->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct body_copy *body_copies_find(const GPtrArray *copies, uint64_t number)
{
	guint i = copy_index(copies, number);

	return i < copies->len && body_copies_at(copies, i)->number == number ? body_copies_at(copies, i) : NULL;
}

struct body_copy *body_copies_get(GPtrArray *copies, uint64_t number)
{
	struct body_copy *c = body_copies_find(copies, number);

	if (c != NULL)
		return c;
	c = body_copy_new(number);
	g_ptr_array_insert(copies, (gint)copy_index(copies, number), c);
	return c;
}

void body_copies_drop_if_done(GPtrArray *copies, struct body_copy *c)
{
	if (c->leaf != NULL && bits_ranges_count(&c->aside) == 0)
		g_clear_pointer(&c->leaf, medium_free);
	if (c->over && bits_ranges_count(&c->in_main) == 0 && bits_ranges_count(&c->aside) == 0)
		g_ptr_array_remove_index(copies, copy_index(copies, c->number));
}
