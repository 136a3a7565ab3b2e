/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_notes.c - see bits_notes.h. */
#include "plugin/bits_notes.h"

#define HASHED_MAX 1024 /* bytes of a note that tell it from others: a head, or the beginning of a body */

struct notes {
	GHashTable *frames; /* frame -> GArray of struct note, owned */
};

static uint32_t hash_of(struct bits_str bytes)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < MIN(bytes.n, HASHED_MAX); i++)
		h = (h ^ (uint8_t)bytes.p[i]) * 16777619U;
	return h;
}

static void free_list(gpointer p)
{
	GArray *list = p;

	for (guint i = 0; i < list->len; i++) {
		struct note *note = &g_array_index(list, struct note, i);

		g_clear_pointer(&note->head, g_bytes_unref);
		g_clear_pointer(&note->runs, g_array_unref);
	}
	g_array_unref(list);
}

struct notes *notes_new(void)
{
	struct notes *n = g_new0(struct notes, 1);

	n->frames = g_hash_table_new_full(NULL, NULL, NULL, free_list);
	return n;
}

void notes_free(struct notes *n)
{
	if (n == NULL)
		return;
	g_hash_table_unref(n->frames);
	g_free(n);
}

void notes_add(struct notes *n, uint32_t frame, struct note note, struct bits_str bytes)
{
	GArray *list = g_hash_table_lookup(n->frames, GUINT_TO_POINTER(frame));

	if (list == NULL) {
		list = g_array_new(false, false, sizeof(struct note));
		g_hash_table_insert(n->frames, GUINT_TO_POINTER(frame), list);
	}
	note.hash = hash_of((struct bits_str){bytes.p, MIN(bytes.n, note.length)});
	g_array_append_val(list, note);
}

const struct note *notes_find(const struct notes *n, uint32_t frame, guint *cursor, struct bits_str bytes)
{
	GArray *list = g_hash_table_lookup(n->frames, GUINT_TO_POINTER(frame));

	for (guint i = *cursor; list != NULL && i < list->len; i++) {
		const struct note *note = &g_array_index(list, struct note, i);

		if (note->length == 0 || note->hash != hash_of((struct bits_str){bytes.p, MIN(bytes.n, note->length)}))
			continue;
		*cursor = i + 1;
		return note;
	}
	return NULL;
}

const struct note *notes_find_bare(const struct notes *n, uint32_t frame, guint *cursor)
{
	GArray *list = g_hash_table_lookup(n->frames, GUINT_TO_POINTER(frame));

	while (list != NULL && *cursor < list->len) {
		const struct note *note = &g_array_index(list, struct note, (*cursor)++);

		if (note->length == 0)
			return note;
	}
	return NULL;
}

bool notes_have(const struct notes *n, uint32_t frame)
{
	return g_hash_table_contains(n->frames, GUINT_TO_POINTER(frame));
}

bool notes_have_packet(const struct notes *n, uint32_t frame)
{
	GArray *list = g_hash_table_lookup(n->frames, GUINT_TO_POINTER(frame));

	for (guint i = 0; list != NULL && i < list->len; i++) {
		enum note_kind kind = g_array_index(list, struct note, i).kind;

		if (kind == NOTE_REQUEST || kind == NOTE_ANSWER)
			return true;
	}
	return false;
}
