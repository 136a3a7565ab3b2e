/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder_place.c - findings come late and in any order; their packets stand in another. */
#include "cli/ladder_place.h"

/* Of an arrow, to be looked up by its frame. */
struct key {
	uint64_t frame;
	guint    at;
};

static gint by_key(gconstpointer a, gconstpointer b)
{
	const struct key *x = a, *y = b;

	if (x->frame != y->frame)
		return x->frame < y->frame ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static gint by_place(gconstpointer a, gconstpointer b)
{
	const struct place *x = a, *y = b;

	if (x->after != y->after)
		return x->after < y->after ? -1 : 1;
	if (x->frame != y->frame)
		return x->frame < y->frame ? -1 : 1;
	return x->turn < y->turn ? -1 : x->turn > y->turn;
}

static GArray *keys_of(const GArray *arrows)
{
	GArray *keys = g_array_sized_new(FALSE, FALSE, sizeof(struct key), arrows->len);

	for (guint i = 0; i < arrows->len; i++) {
		const struct arrow *a = &g_array_index(arrows, struct arrow, i);
		struct key k = { (uint64_t)a->file << 32 | a->frame, i };

		g_array_append_val(keys, k);
	}
	g_array_sort(keys, by_key);
	return keys;
}

static uint64_t frame_key(const GPtrArray *captures, const json_t *finding)
{
	const char *capture = record_text(finding, "capture");
	uint64_t frame = record_number(finding, "frame", 0);

	for (guint i = 0; i < captures->len; i++)
		if (g_strcmp0(g_ptr_array_index(captures, i), capture) == 0)
			return (uint64_t)i << 32 | frame;
	return frame;
}

static guint place_of(const GArray *keys, uint64_t frame)
{
	guint low = 0, high = keys->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (g_array_index(keys, struct key, middle).frame <= frame)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? g_array_index(keys, struct key, low - 1).at + 1 : 0;
}

GArray *places_of(const GPtrArray *findings, const GArray *arrows, const GPtrArray *captures)
{
	GArray *places = g_array_sized_new(FALSE, FALSE, sizeof(struct place), findings->len);
	g_autoptr(GArray) keys = keys_of(arrows);

	for (guint i = 0; i < findings->len; i++) {
		const json_t *f = g_ptr_array_index(findings, i);
		uint64_t frame = frame_key(captures, f);
		struct place p = { place_of(keys, frame), frame, i, f };

		g_array_append_val(places, p);
	}
	g_array_sort(places, by_place);
	return places;
}
