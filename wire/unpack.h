/* unpack.h - the bytes of a file as they were before it was compressed: gzip, zstd and lz4, told by their first bytes.
 * RFC 1952, RFC 8878, the LZ4 frame format.
 *
 * Members and frames that follow each other are one stream, also where their kinds differ; zeros behind the last one
 * are padding.  What comes out is handed on as soon as it is there, so that a pipe may trickle.  Memory is bounded whatever
 * the file claims: 256 KiB of input, and what its decompressor needs: 64 KiB (gzip), 8 MiB (lz4, two blocks of at most
 * 4 MiB), or the window of a zstd frame, of which one larger than 128 MiB (zstd's own limit unless --long=28 or more is
 * asked for) is refused. */
#ifndef WIRE_UNPACK_H
#define WIRE_UNPACK_H

#include "wire/file_in.h"

struct unpack;

/* `f` is borrowed until unpack_free.  Nothing is read yet. */
struct unpack *unpack_new(struct file_in *f);
void           unpack_free(struct unpack *u); /* NULL is fine */

/* Up to n > 0 bytes into `to`: how many; 0: the end, and again; -1 and errno, EBADMSG where unpack_damage says what is wrong
 * with the compressed data, and again.  What came out before the damage was handed out. */
ssize_t unpack_read(struct unpack *u, uint8_t *to, size_t n);

/* "gzip", "zstd", "lz4"; NULL: not compressed, or nothing was read yet.  Static. */
const char *unpack_name(const struct unpack *u);
/* Bytes that it takes by now; while another thread reads, as of some earlier read. */
uint64_t unpack_memory(const struct unpack *u);
/* What is wrong, and at which offset of the compressed file; NULL: nothing.  Lives as long as u. */
const char *unpack_damage(const struct unpack *u);

#endif
