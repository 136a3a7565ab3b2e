/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_image.c - see bits_image.h.
 *
 * Where a part of the file came but once, its copy stands there.  A part that came again, or was refused, is made anew
 * from all copies whenever something of it is settled: that part alone. */
#include "plugin/bits_image.h"

#include <string.h>

struct image_copy {
	const struct told_exchange *x;
	uint64_t offset;
	GBytes *bytes;
};

static void clear_copy(gpointer p)
{
	g_bytes_unref(((struct image_copy *)p)->bytes);
}

void image_init(struct image *i)
{
	*i = (struct image){ .copies = g_array_new(false, false, sizeof(struct image_copy)) };
	g_array_set_clear_func(i->copies, clear_copy);
}

void image_clear(struct image *i)
{
	g_array_unref(i->copies);
	bits_ranges_clear(&i->covered);
	bits_ranges_clear(&i->again);
	g_free(i->bytes);
}

/* ---- bytes ----------------------------------------------------------------------------------------------------- */

/* Fresh memory is zeros that nobody has touched: a hole costs no more than its address. */
static void make_room(struct image *i, size_t end)
{
	size_t room = MAX(end, 2 * i->room);
	guint8 *bytes = g_malloc0(room);

	if (i->end > 0)
		memcpy(bytes, i->bytes, i->end);
	g_free(i->bytes);
	i->bytes = bytes;
	i->room = room;
}

/* Room for r, with zeros before it; false where the holes would become too long. */
static bool reach(struct image *i, struct bits_range r)
{
	if (r.to <= i->end)
		return true;
	if (r.from > bits_ranges_total(&i->covered) + IMAGE_HOLE_MAX) {
		i->is_cut = true;
		return false;
	}
	if (r.to > i->room)
		make_room(i, (size_t)r.to);
	i->end = (size_t)r.to;
	return true;
}

static struct bits_range range_of(const struct image_copy *c)
{
	return (struct bits_range){ c->offset, c->offset + g_bytes_get_size(c->bytes) };
}

static void put(struct image *i, const struct image_copy *c, struct bits_range r)
{
	struct bits_range both = bits_range_cut(range_of(c), r);

	if (bits_range_is_empty(both) || !reach(i, both))
		return;
	bits_ranges_add(&i->covered, both);
	memcpy(i->bytes + both.from, (const guint8 *)g_bytes_get_data(c->bytes, NULL) + (both.from - c->offset),
	       (size_t)(both.to - both.from));
}

/* ---- parts that are made anew ---------------------------------------------------------------------------------- */

static gint by_number(gconstpointer a, gconstpointer b)
{
	const struct image_copy *x = *(const struct image_copy *const *)a, *y = *(const struct image_copy *const *)b;

	return x->x->number < y->x->number ? -1 : x->x->number > y->x->number;
}

struct layer {
	const struct image_copy *copy;
	struct told_kept kept;
};

/* The one accepted first comes last, on top. */
static gint latest_first(gconstpointer a, gconstpointer b)
{
	const struct layer *x = a, *y = b;

	return x->kept.serial > y->kept.serial ? -1 : x->kept.serial < y->kept.serial;
}

static void take_out(struct image *i, struct bits_range r)
{
	size_t n;

	bits_ranges_remove(&i->covered, r);
	if (r.from < i->end)
		memset(i->bytes + r.from, 0, (size_t)MIN(r.to, i->end) - (size_t)r.from);
	n = bits_ranges_count(&i->covered);
	i->end = n == 0 ? 0 : (size_t)bits_ranges_get(&i->covered, n - 1).to;
}

static GPtrArray *copies_in(struct image *i, struct bits_range r)
{
	GPtrArray *copies = g_ptr_array_new();

	for (guint k = 0; k < i->copies->len; k++) {
		struct image_copy *c = &g_array_index(i->copies, struct image_copy, k);

		if (!bits_range_is_empty(bits_range_cut(range_of(c), r)))
			g_ptr_array_add(copies, c);
	}
	g_ptr_array_sort(copies, by_number);
	return copies;
}

static void make_anew(struct image *i, struct bits_range r)
{
	g_autoptr(GPtrArray) copies = copies_in(i, r);
	g_autoptr(GArray) layers = g_array_new(false, false, sizeof(struct layer));

	take_out(i, r);
	for (guint k = 0; k < copies->len; k++) {
		const struct image_copy *c = copies->pdata[k];

		if (!c->x->forgotten)
			put(i, c, r);
		for (guint n = 0; c->x->kept != NULL && n < c->x->kept->len; n++) {
			struct layer l = { c, g_array_index(c->x->kept, struct told_kept, n) };

			g_array_append_val(layers, l);
		}
	}
	g_array_sort(layers, latest_first);
	for (guint k = 0; k < layers->len; k++) {
		const struct layer *l = &g_array_index(layers, struct layer, k);

		put(i, l->copy, bits_range_cut(l->kept.r, r));
	}
}

static void make_anew_what_came_again(struct image *i, struct bits_range r)
{
	for (size_t k = 0; k < bits_ranges_count(&i->again); k++) {
		struct bits_range both = bits_range_cut(bits_ranges_get(&i->again, k), r);

		if (!bits_range_is_empty(both))
			make_anew(i, both);
	}
}

/* ---- the front door -------------------------------------------------------------------------------------------- */

void image_add(struct image *i, const struct told_exchange *x, uint64_t offset, struct bits_str data)
{
	struct image_copy c = { x, offset, g_bytes_new(data.p, data.n) };
	struct bits_range r = range_of(&c);
	bool is_again = bits_ranges_overlaps(&i->covered, r);

	g_array_append_val(i->copies, c);
	if (is_again) {
		bits_ranges_add(&i->again, r);
		make_anew(i, r);
	} else if (!x->forgotten) {
		put(i, &c, r);
	}
}

void image_settle(struct image *i, const struct told_session *s)
{
	for (; i->settled < s->settled->len; i->settled++) {
		const struct told_settled *one = &g_array_index(s->settled, struct told_settled, i->settled);

		if (one->kept)
			make_anew_what_came_again(i, one->r);
		else
			make_anew(i, one->r);
	}
}
