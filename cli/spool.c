/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spool.c - bodies are too large for memory and mostly settled a moment later: the same few slots serve again and
 * again, and the kernel seldom gets to write them to a disk. */
#include "cli/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/fd.h"

struct leaf {
	struct medium m;
	struct spool *spool;
	GHashTable   *slots; /* page of the uploaded file (offset / MEDIUM_PIECE) -> slot */
};

void spool_init(struct spool *s, const char *dir)
{
	*s = (struct spool){ .dir = g_strdup(dir), .fd = -1 };
	s->free = g_array_new(FALSE, FALSE, sizeof(uint32_t));
}

void spool_clear(struct spool *s)
{
	fd_close(&s->fd);
	g_array_unref(s->free);
	g_free(s->dir);
}

/* Not every file system has files without names; where it has none, the name is gone a moment later. */
static bool spool_open(struct spool *s, GError **error)
{
	g_autofree char *name = g_build_filename(s->dir, ".bitspect-XXXXXX", NULL);
	g_autofree char *what = g_strdup_printf("no temporary file in %s", s->dir);

	if (s->fd >= 0)
		return true;
	s->fd = open(s->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
		s->fd = mkostemp(name, O_CLOEXEC);
		if (s->fd >= 0)
			unlink(name);
	}
	return s->fd >= 0 || fd_fail(error, what);
}

static uint32_t take_slot(struct spool *s)
{
	uint32_t slot = s->slots;

	if (s->free->len == 0) {
		s->slots++;
		return slot;
	}
	slot = g_array_index(s->free, uint32_t, s->free->len - 1);
	g_array_set_size(s->free, s->free->len - 1);
	return slot;
}

static gpointer page_key(uint64_t page)
{
	return GSIZE_TO_POINTER(page);
}

/* Where byte `offset` of the leaf lies in the spool, and how many bytes follow it in the same slot. */
static uint64_t place_of(struct leaf *l, uint64_t offset, size_t *room)
{
	uint64_t page = offset / MEDIUM_PIECE, inside = offset % MEDIUM_PIECE;
	gpointer slot;

	if (!g_hash_table_lookup_extended(l->slots, page_key(page), NULL, &slot)) {
		slot = GUINT_TO_POINTER(take_slot(l->spool));
		g_hash_table_insert(l->slots, page_key(page), slot);
	}
	*room = (size_t)(MEDIUM_PIECE - inside);
	return (uint64_t)GPOINTER_TO_UINT(slot) * MEDIUM_PIECE + inside;
}

/* Bytes go into a slot, or come out of it. */
typedef bool (*mover)(int fd, uint8_t *p, size_t n, uint64_t at, GError **error);

static bool leaf_move(struct medium *m, mover move, uint64_t offset, uint8_t *p, size_t n, GError **error)
{
	struct leaf *l = (struct leaf *)m;

	if (!spool_open(l->spool, error))
		return false;
	while (n > 0) {
		size_t room;
		uint64_t at = place_of(l, offset, &room);
		size_t part = MIN(n, room);

		if (!move(l->spool->fd, p, part, at, error))
			return false;
		p += part;
		n -= part;
		offset += part;
	}
	return true;
}

static bool bring(int fd, uint8_t *p, size_t n, uint64_t at, GError **error)
{
	return fd_write_at(fd, p, n, at, error);
}

static bool leaf_write(struct medium *m, uint64_t offset, const uint8_t *p, size_t n, GError **error)
{
	return leaf_move(m, bring, offset, (uint8_t *)p, n, error); /* `bring` only reads from it */
}

static bool leaf_read(struct medium *m, uint64_t offset, uint8_t *p, size_t n, GError **error)
{
	return leaf_move(m, fd_read_at, offset, p, n, error);
}

static void give_back(struct leaf *l, gpointer slot)
{
	uint32_t n = GPOINTER_TO_UINT(slot);

	g_array_append_val(l->spool->free, n);
}

/* Few slots or few pages: whichever walk is the shorter one. */
static bool leaf_clear(struct medium *m, struct bits_range r, GError **error)
{
	struct leaf *l = (struct leaf *)m;
	uint64_t first = r.from / MEDIUM_PIECE + (r.from % MEDIUM_PIECE != 0), end = r.to / MEDIUM_PIECE;
	GHashTableIter i;
	gpointer key, slot;

	(void)error;
	if (first >= end)
		return true;
	if (end - first < g_hash_table_size(l->slots)) {
		for (uint64_t page = first; page < end; page++)
			if (g_hash_table_steal_extended(l->slots, page_key(page), NULL, &slot))
				give_back(l, slot);
		return true;
	}
	g_hash_table_iter_init(&i, l->slots);
	while (g_hash_table_iter_next(&i, &key, &slot)) {
		if (GPOINTER_TO_SIZE(key) < first || GPOINTER_TO_SIZE(key) >= end)
			continue;
		give_back(l, slot);
		g_hash_table_iter_remove(&i);
	}
	return true;
}

static void leaf_free(struct medium *m)
{
	struct leaf *l = (struct leaf *)m;
	GHashTableIter i;
	gpointer slot;

	g_hash_table_iter_init(&i, l->slots);
	while (g_hash_table_iter_next(&i, NULL, &slot))
		give_back(l, slot);
	g_hash_table_unref(l->slots);
	g_free(l);
}

static const struct medium_ops leaf_ops = {
	.write = leaf_write,
	.read = leaf_read,
	.clear = leaf_clear,
	.free = leaf_free,
};

struct medium *spool_leaf_new(struct spool *s, struct bench *bench)
{
	struct leaf *l = g_new0(struct leaf, 1);

	l->m.ops = &leaf_ops;
	l->m.bench = bench;
	l->spool = s;
	l->slots = g_hash_table_new(NULL, NULL);
	return &l->m;
}
