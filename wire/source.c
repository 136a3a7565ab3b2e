/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source.c - the bytes of a capture file in order, a window at a time.
 *
 * read(2) into a large buffer, because it was measured: it beats mmap (page faults) and small stdio buffers, and a
 * file that shrinks under us is then a short read and no SIGBUS. */
#include "wire/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "wire/capture.h"

#define READ_SIZE ((size_t)1 << 20)

/* Opening a directory works and reading it does not: the first read tells. */
struct source *source_open(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		int why = errno;

		g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_UNREADABLE, "%s: %s", path, g_strerror(why));
		return NULL;
	}
	g_autoptr(source_handle) s = g_new0(struct source, 1);
	s->fd = fd;
	s->path = g_strdup(path);
	s->size = READ_SIZE;
	s->buf = g_malloc(s->size);
	source_need(s, 1);
	if (s->error != 0) {
		g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_UNREADABLE, "%s: %s", path, g_strerror(s->error));
		return NULL;
	}
	return g_steal_pointer(&s);
}

void source_free(struct source *s)
{
	if (s == NULL)
		return;
	if (s->fd >= 0)
		close(s->fd);
	g_free(s->path);
	g_free(s->buf);
	g_free(s);
}

/* The one place that reads. */
static void read_more(struct source *s)
{
	ssize_t got;

	do
		got = read(s->fd, s->buf + s->to, s->size - s->to);
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		s->to += (size_t)got;
		return;
	}
	s->eof = true;
	if (got < 0)
		s->error = errno;
}

/* Room for n bytes from `from` on.  The buffer is at least twice the largest block, so that bytes move at most once
 * for every block's length consumed: a damaged file that is searched byte by byte must not become quadratic. */
static void make_room(struct source *s, size_t n)
{
	size_t have = source_have(s);

	if (s->size < 2 * n) {
		s->size = 2 * n;
		uint8_t *larger = g_malloc(s->size);

		memcpy(larger, source_bytes(s), have);
		g_free(s->buf);
		s->buf = larger;
	} else if (s->from + n > s->size || have == 0) {
		memmove(s->buf, source_bytes(s), have);
	} else {
		return;
	}
	s->from = 0;
	s->to = have;
}

bool source_fill(struct source *s, size_t n)
{
	if (n > SOURCE_BLOCK_MOST)
		return false;
	if (!s->eof)
		make_room(s, n);
	while (source_have(s) < n && !s->eof)
		read_more(s);
	return source_have(s) >= n;
}

bool source_skip(struct source *s, uint64_t n)
{
	while (n > 0 && source_need(s, 1)) {
		size_t part = (size_t)MIN(n, (uint64_t)source_have(s));

		source_consume(s, part);
		n -= part;
	}
	return n == 0;
}
