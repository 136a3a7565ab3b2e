/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sheet.c - lines are gathered; what goes out is hashed while it is still in the cache of the processor. */
#include "cli/sheet.h"

#include <unistd.h>

#include "cli/fd.h"

#define PIECE (64U * 1024U) /* bytes that are gathered */

struct sheet {
	int                dir, fd;
	bool               replaces;
	char              *name, *draft;
	GByteArray        *piece;
	struct digest_lane lane;
	struct digest_room room; /* it shares with nobody */
};

struct sheet *sheet_new(int dir, const char *name, bool replaces, struct worker *hasher, GError **error)
{
	struct sheet *s = g_new0(struct sheet, 1);

	*s = (struct sheet){ .dir = dir, .replaces = replaces, .name = g_strdup(name) };
	s->draft = g_strconcat(name, ".partial", NULL);
	s->fd = fd_make(dir, s->draft, replaces);
	s->piece = g_byte_array_new();
	digest_lane_init(&s->lane, &s->room);
	s->lane.worker = hasher;
	if (s->fd >= 0)
		return s;
	fd_fail(error, s->draft);
	sheet_free(s);
	return NULL;
}

void sheet_free(struct sheet *s)
{
	if (s == NULL)
		return;
	fd_close(&s->fd);
	g_byte_array_unref(s->piece);
	digest_lane_clear(&s->lane);
	g_free(s->name);
	g_free(s->draft);
	g_free(s);
}

static bool flush(struct sheet *s, GError **error)
{
	digest_lane_add(&s->lane, s->piece->data, s->piece->len);
	if (!fd_write(s->fd, s->piece->data, s->piece->len, error)) {
		g_prefix_error(error, "%s: ", s->draft);
		return false;
	}
	g_byte_array_set_size(s->piece, 0);
	return true;
}

bool sheet_add(struct sheet *s, const char *text, size_t n, GError **error)
{
	g_byte_array_append(s->piece, (const guint8 *)text, (guint)n);
	return s->piece->len < PIECE || flush(s, error);
}

bool sheet_publish(struct sheet *s, char hex[DIGEST_HEX], GError **error)
{
	if (!flush(s, error))
		return false;
	if (s->replaces)
		unlinkat(s->dir, s->name, 0);
	if (fd_rename(s->dir, s->draft, s->name) != 0)
		return fd_fail(error, s->name);
	digest_lane_finish(&s->lane, hex);
	return true;
}

const char *sheet_name(const struct sheet *s)
{
	return s->name;
}
