/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session_note.c - first the struct as it is, then whatever it points to, in one order for writing and reading. */
#include "cli/session_note.h"

#include <stddef.h>
#include <string.h>

static const size_t texts[] = {
	offsetof(struct bits_session, id),         offsetof(struct bits_session, url),
	offsetof(struct bits_session, name),       offsetof(struct bits_session, reply_url),
	offsetof(struct bits_session, host_id),    offsetof(struct bits_session, user_agent),
	offsetof(struct bits_session, server_software), offsetof(struct bits_session, via),
	offsetof(struct bits_session, auth),       offsetof(struct bits_session, user),
};

static const size_t ranges[] = {
	offsetof(struct bits_session, upload.seen), offsetof(struct bits_session, upload.accepted),
	offsetof(struct bits_session, upload.open), offsetof(struct bits_session, upload.conflicts),
};

/* Writing */

static void put(GByteArray *out, const void *p, size_t n)
{
	g_byte_array_append(out, p, (guint)n);
}

/* NULL and the empty text are two things. */
static void put_text(GByteArray *out, const char *text)
{
	uint8_t is_there = text != NULL;

	put(out, &is_there, 1);
	if (is_there)
		put(out, text, strlen(text) + 1);
}

static void put_ranges(GByteArray *out, const struct bits_ranges *r)
{
	uint64_t n = bits_ranges_count(r);

	put(out, &n, sizeof(n));
	if (n > 0)
		put(out, r->list->data, n * sizeof(struct bits_range));
}

static void put_place(GByteArray *out, const struct record_place *place)
{
	uint32_t n = place->others->len;

	put_text(out, place->stored);
	put_text(out, place->sources);
	put(out, &n, sizeof(n));
	for (guint i = 0; i < n; i++)
		put_text(out, g_ptr_array_index(place->others, i));
}

void session_note_write(GByteArray *out, const struct bits_session *s, const struct record_content *content)
{
	uint8_t has_conflicts = content->conflicts != NULL, has_place = content->place != NULL;

	put(out, s, sizeof(*s));
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		put_text(out, *(char *const *)((const char *)s + texts[i]));
	for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
		put_ranges(out, (const struct bits_ranges *)((const char *)s + ranges[i]));
	put_text(out, content->sha256);
	put(out, &has_conflicts, 1);
	if (has_conflicts)
		put_ranges(out, content->conflicts);
	put(out, &has_place, 1);
	if (has_place)
		put_place(out, content->place);
}

/* Reading */

static void take(const uint8_t **p, void *to, size_t n)
{
	memcpy(to, *p, n);
	*p += n;
}

static uint8_t take_flag(const uint8_t **p)
{
	return *(*p)++;
}

static const char *take_text(const uint8_t **p)
{
	const char *text;

	if (!take_flag(p))
		return NULL;
	text = (const char *)*p;
	*p += strlen(text) + 1;
	return text;
}

static void take_ranges(const uint8_t **p, struct bits_ranges *r)
{
	uint64_t n;

	take(p, &n, sizeof(n));
	if (n == 0)
		return;
	r->list = g_array_sized_new(FALSE, FALSE, sizeof(struct bits_range), (guint)n);
	g_array_append_vals(r->list, *p, (guint)n);
	*p += n * sizeof(struct bits_range);
}

static void pass_ranges(const uint8_t **p, struct bits_ranges *r)
{
	uint64_t n;

	(void)r;
	take(p, &n, sizeof(n));
	*p += n * sizeof(struct bits_range);
}

static void take_place(const uint8_t **p, struct session_note *n)
{
	uint32_t others;

	n->others = g_ptr_array_new();
	n->place = (struct record_place){ .others = n->others };
	n->place.stored = take_text(p);
	n->place.sources = take_text(p);
	take(p, &others, sizeof(others));
	for (uint32_t i = 0; i < others; i++)
		g_ptr_array_add(n->others, (gpointer)take_text(p));
	n->content.place = &n->place;
}

static void read_note(struct session_note *n, const GByteArray *bytes,
		      void (*read_ranges)(const uint8_t **p, struct bits_ranges *r))
{
	const uint8_t *p = bytes->data;

	*n = (struct session_note){ 0 };
	take(&p, &n->session, sizeof(n->session));
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		*(const char **)((char *)&n->session + texts[i]) = take_text(&p);
	for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++) {
		struct bits_ranges *r = (struct bits_ranges *)((char *)&n->session + ranges[i]);

		*r = (struct bits_ranges){ 0 };
		read_ranges(&p, r);
	}
	n->content.sha256 = take_text(&p);
	if (take_flag(&p)) {
		read_ranges(&p, &n->conflicts);
		n->content.conflicts = &n->conflicts;
	}
	if (take_flag(&p))
		take_place(&p, n);
}

void session_note_read(struct session_note *n, const GByteArray *bytes)
{
	read_note(n, bytes, take_ranges);
}

void session_note_look(struct session_note *n, const GByteArray *bytes)
{
	read_note(n, bytes, pass_ranges);
}

void session_note_clear(struct session_note *n)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
		bits_ranges_clear((struct bits_ranges *)((char *)&n->session + ranges[i]));
	bits_ranges_clear(&n->conflicts);
	g_clear_pointer(&n->others, g_ptr_array_unref);
}
