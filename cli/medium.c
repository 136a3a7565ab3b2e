/* SPDX-License-Identifier: GPL-2.0-or-later */
/* medium.c - a capture brings a body in pieces of a segment; a write for each would cost more than hashing it. */
#include "cli/medium.h"

#include <string.h>

#define FIRST_ROOM (16U * 1024U) /* bytes */

static void leave_seat(struct medium *m)
{
	if (m->piece == NULL)
		return;
	g_queue_unlink(&m->bench->seats, &m->seat);
	g_clear_pointer(&m->piece, g_free);
	m->n = 0;
}

static bool has_failed(const struct medium *m, GError **error)
{
	if (m->failed != NULL && error != NULL)
		*error = g_error_copy(m->failed);
	return m->failed != NULL;
}

bool medium_flush(struct medium *m, GError **error)
{
	size_t n = m->n;

	m->n = 0;
	if (has_failed(m, error))
		return false;
	return n == 0 || m->ops->write(m, m->at, m->piece, n, error);
}

bool medium_rest(struct medium *m, GError **error)
{
	bool ok = medium_flush(m, error);

	leave_seat(m);
	if (m->ops->park != NULL)
		m->ops->park(m);
	return ok;
}

/* Who has been silent longest; a failure is its own, not that of who takes its seat. */
static void free_a_seat(struct bench *b)
{
	struct medium *m = g_queue_peek_tail(&b->seats);
	GError *error = NULL;

	if (!medium_rest(m, &error) && m->failed == NULL)
		m->failed = g_steal_pointer(&error);
	g_clear_error(&error);
}

static void take_seat(struct medium *m)
{
	if (m->piece != NULL) {
		g_queue_unlink(&m->bench->seats, &m->seat);
	} else {
		if (m->bench->seats.length >= BENCH_SEATS)
			free_a_seat(m->bench);
		m->room = FIRST_ROOM;
		m->piece = g_malloc(m->room);
		m->seat.data = m;
	}
	g_queue_push_head_link(&m->bench->seats, &m->seat);
}

/* It is full, but may grow. */
static void make_room(struct medium *m)
{
	if (m->n < m->room || m->room == MEDIUM_PIECE)
		return;
	m->room = MEDIUM_PIECE;
	m->piece = g_realloc(m->piece, m->room);
}

bool medium_write(struct medium *m, uint64_t offset, const uint8_t *p, size_t n, GError **error)
{
	m->end = MAX(m->end, offset + n);
	if (m->bench == NULL)
		return m->ops->write(m, offset, p, n, error);
	take_seat(m);
	if (m->n && m->at + m->n != offset && !medium_flush(m, error))
		return false;
	while (n) {
		size_t part;

		make_room(m);
		part = MIN(n, m->room - m->n);
		if (m->n == 0)
			m->at = offset;
		memcpy(m->piece + m->n, p, part);
		m->n += part;
		p += part;
		offset += part;
		n -= part;
		if (m->n == MEDIUM_PIECE && !medium_flush(m, error))
			return false;
	}
	return true;
}

static struct bits_range gathered(const struct medium *m)
{
	return (struct bits_range){ m->at, m->at + m->n };
}

bool medium_read(struct medium *m, uint64_t offset, uint8_t *p, size_t n, GError **error)
{
	struct bits_range r = { offset, offset + n };

	if (m->n && !bits_range_is_empty(bits_range_cut(r, gathered(m))) && !medium_flush(m, error))
		return false;
	return m->ops->read(m, offset, p, n, error);
}

/* Gathered bytes that are cleared before they went out were never there. */
bool medium_clear(struct medium *m, struct bits_range r, GError **error)
{
	if (m->n) {
		struct bits_range cut = bits_range_cut(r, gathered(m));

		if (cut.from == m->at && cut.to == m->at + m->n)
			m->n = 0;
		else if (!bits_range_is_empty(cut) && !medium_flush(m, error))
			return false;
	}
	return m->ops->clear(m, r, error);
}

void medium_free(struct medium *m)
{
	if (m == NULL)
		return;
	leave_seat(m);
	g_clear_error(&m->failed);
	m->ops->free(m);
}
