/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source.c - the bytes of a capture file in order, a window at a time.
 *
 * read(2) into a buffer that the processor's cache holds, because it was measured: it beats mmap (page faults), small
 * stdio buffers, and a thread that reads ahead, whose bytes come from another core's cache; the kernel reads ahead of the
 * disk by itself.  A file that shrinks under us is then a short read and no SIGBUS.  Decompression is work: it gets a thread. */
#include "wire/source.h"

#include <errno.h>
#include <string.h>

#include "wire/capture.h"
#include "wire/read_ahead.h"
#include "wire/unpack.h"

#define READ_SIZE  ((size_t)256 << 10)
#define FIRST_READ ((size_t)64 << 10)  /* bytes; of many a file only its first frame is wanted, and small ones are done */
#define LARGE_PACK ((uint64_t)1 << 19) /* bytes, compressed; a smaller one is read before a thread would be up            */

const char *source_trouble(const struct source *s)
{
	const char *damage = unpack_damage(s->unpack);

	return s->error == EBADMSG && damage != NULL ? damage : g_strerror(s->error);
}

const char *source_compression(const struct source *s)
{
	return unpack_name(s->unpack);
}

static void set_unreadable(GError **error, const char *path, const char *why)
{
	g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_UNREADABLE, "%s: %s", path, why);
}

/* Opening a directory works and reading it does not: the first read tells. */
struct source *source_open(const char *path, GError **error)
{
	g_autoptr(source_handle) s = g_new0(struct source, 1);
	bool opened = file_in_open(&s->file, path);
	int  why = errno;

	s->path = s->file.path;
	s->unpack = unpack_new(&s->file);
	if (!opened) {
		set_unreadable(error, path, g_strerror(why));
		return NULL;
	}
	source_need(s, 1);
	if (s->error != 0 && source_have(s) == 0) {
		set_unreadable(error, path, source_trouble(s));
		return NULL;
	}
	return g_steal_pointer(&s);
}

void source_spare(struct source *s)
{
	if (s->ahead == NULL)
		file_in_spare(&s->file);
}

uint64_t source_memory(const struct source *s)
{
	return s->touched + unpack_memory(s->unpack) + (s->ahead != NULL ? READ_AHEAD_MEMORY : 0);
}

void source_free(struct source *s)
{
	if (s == NULL)
		return;
	read_ahead_stop(s->ahead);
	unpack_free(s->unpack);
	file_in_close(&s->file);
	g_free(s->own);
	g_free(s);
}

/* Room for n bytes from `from` on, in a buffer of our own.  It is at least twice the largest block, so that bytes move at
 * most once for every block's length consumed: a damaged file that is searched byte by byte must not become quadratic. */
static void make_room(struct source *s, size_t n)
{
	size_t   have = source_have(s), size = MAX(READ_SIZE, 2 * n);
	uint8_t *larger;

	if (s->size < size) {
		larger = g_malloc(size);
		if (have > 0)
			memcpy(larger, source_bytes(s), have);
		g_free(s->own);
		s->own = larger;
		s->size = size;
		s->touched = have;
	} else if (s->buf != s->own || s->from + n > s->size || have == 0) {
		memmove(s->own, source_bytes(s), have);
	} else {
		return;
	}
	s->buf = s->own;
	s->from = 0;
	s->to = have;
}

static void note_end(struct source *s, int error)
{
	s->eof = true;
	s->error = error;
}

static void read_more(struct source *s)
{
	size_t  most = s->offset + source_have(s) == 0 || s->file.is_sparing ? FIRST_READ : READ_SIZE;
	ssize_t got = unpack_read(s->unpack, s->buf + s->to, MIN(most, s->size - s->to));

	if (got > 0) {
		s->to += (size_t)got;
		s->touched = MAX(s->touched, s->to);
	} else {
		note_end(s, got < 0 ? errno : 0);
	}
}

static void give_back(struct source *s)
{
	if (s->load != NULL)
		read_ahead_give_back(s->ahead, s->load);
	s->load = NULL;
}

/* Look at the next load from now on; what is left of the one before goes in front of it. */
static void step_into(struct source *s, struct load *next)
{
	size_t have = source_have(s);

	if (have > 0)
		memcpy(next->mem + LOAD_HEADROOM - have, source_bytes(s), have);
	give_back(s);
	s->load = next;
	s->buf = next->mem;
	s->from = LOAD_HEADROOM - have;
	s->to = LOAD_HEADROOM + next->n;
}

/* More is left than fits in front of a load: a block larger than that, gathered in our own buffer. */
static void append(struct source *s, struct load *next, size_t n)
{
	make_room(s, MAX(n, source_have(s) + next->n));
	give_back(s);
	memcpy(s->buf + s->to, next->mem + LOAD_HEADROOM, next->n);
	s->to += next->n;
	s->touched = MAX(s->touched, s->to);
	read_ahead_give_back(s->ahead, next);
}

static void take_more(struct source *s, size_t n)
{
	struct load *next = read_ahead_take(s->ahead);

	if (next->n == 0) {
		note_end(s, next->error);
		read_ahead_give_back(s->ahead, next);
	} else if (source_have(s) <= LOAD_HEADROOM) {
		step_into(s, next);
	} else {
		append(s, next, n);
	}
}

static bool wants_thread(const struct source *s)
{
	return s->ahead == NULL && source_compression(s) != NULL && s->offset + source_have(s) > 0 && s->file.is_regular &&
	       !s->file.is_sparing && s->file.size >= LARGE_PACK;
}

bool source_fill(struct source *s, size_t n)
{
	if (n > SOURCE_BLOCK_MOST)
		return false;
	if (!s->eof && wants_thread(s))
		s->ahead = read_ahead_start(s->unpack);
	if (!s->eof && s->ahead == NULL)
		make_room(s, n);
	while (source_have(s) < n && !s->eof) {
		if (s->ahead != NULL)
			take_more(s, n);
		else
			read_more(s);
	}
	return source_have(s) >= n;
}
