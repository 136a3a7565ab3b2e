/* source.h - the bytes of a capture file in order, decompressed where it is compressed, a window at a time.
 *
 * One buffer that is filled; a block is asked for by its length and is then contiguous.  Everything that reads a capture
 * format sees only this face, whether the bytes come from a file, through a pipe, a decompressor or another thread: no
 * caller seeks, asks for the size of the file, or sees a descriptor. */
#ifndef WIRE_SOURCE_H
#define WIRE_SOURCE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/file_in.h"

/* No block may be larger: the longest frame that a reader believes in (16 MiB) with its header and options. */
#define SOURCE_BLOCK_MOST ((size_t)32 << 20)

struct read_ahead;
struct load;
struct unpack;

/* Only source.c writes these; the readers look through the functions below. */
struct source {
	char    *path;  /* as the user named it; belongs to `file`            */
	struct file_in file;
	struct unpack *unpack; /* over `file`; the thread's while there is one */
	int      error; /* errno of the read that failed, EBADMSG where what is compressed is damaged; 0: none did */
	bool     eof;   /* nothing more will come, by the end or by an error  */
	uint8_t *buf;   /* own, or the memory of `load`                       */
	size_t   from, to; /* buf[from, to) is read and not consumed          */
	uint64_t offset;   /* of buf[from] in the (decompressed) file         */
	uint8_t *own;   /* a buffer of its own; NULL while none is needed     */
	size_t   size;  /* of own; grows up to twice SOURCE_BLOCK_MOST        */
	size_t   touched; /* own[0, touched) was ever written to              */
	struct read_ahead *ahead; /* a large file is decompressed by a thread, from its second window on; NULL */
	struct load       *load;  /* the one that is looked at; NULL: own     */
};

/* "-" is standard input.  NULL and CAPTURE_ERROR_UNREADABLE where there is nothing to read: missing, a directory, no
 * permission, or compressed and damaged before anything came out. */
struct source *source_open(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void           source_free(struct source *s); /* NULL is fine */
typedef struct source source_handle;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(source_handle, source_free)

/* Many files are open: do with a little memory, no thread, and no descriptor between two reads (where that can be).  To be
 * called before the second window is asked for. */
void source_spare(struct source *s);

/* Bytes that it takes by now, of memory that was ever written to. */
uint64_t source_memory(const struct source *s);

/* What the file is compressed with (unpack_name); NULL: it is not. */
const char *source_compression(const struct source *s);
/* What `error` means, in words; for as long as s lives. */
const char *source_trouble(const struct source *s);

/* Read until n bytes are there; false where the file has fewer, or n exceeds SOURCE_BLOCK_MOST. */
bool source_fill(struct source *s, size_t n);

static inline const uint8_t *source_bytes(const struct source *s)
{
	return s->buf + s->from;
}

/* Bytes that can be looked at now. */
static inline size_t source_have(const struct source *s)
{
	return s->to - s->from;
}

/* May asking for more bytes wait for somebody who sends them? */
static inline bool source_waits(const struct source *s)
{
	return !s->file.is_regular;
}

/* Make n contiguous bytes available at source_bytes; what it returned before is then no longer valid. */
static inline bool source_need(struct source *s, size_t n)
{
	return n <= source_have(s) || source_fill(s, n);
}

/* The first n bytes are done with, n <= source_have; they stay readable until the next source_need. */
static inline void source_consume(struct source *s, size_t n)
{
	s->from += n;
	s->offset += n;
}

/* What lies behind it will be wanted soon: the headers of a record and of the packet in it. */
static inline void source_fetch_next(const struct source *s)
{
	__builtin_prefetch(s->buf + s->from);
	__builtin_prefetch(s->buf + s->from + 64);
}

#endif
