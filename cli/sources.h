/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sources.h - where each byte of one uploaded file was seen: in which capture, frame and connection.
 *
 * What the copies brought is noted as it comes, and whose copy is in the file when that is settled; at the end the one is
 * looked up with the other.  Both lie on tapes: memory does not grow with the frames. */
#ifndef CLI_SOURCES_H
#define CLI_SOURCES_H

#include "cli/tape.h"
#include "core/bits_where.h"

/* Bytes that follow each other in the file, in their connection and in their capture. */
struct source_run {
	struct bits_range range; /* of the file                                                   */
	uint64_t          pos;   /* of its first byte in the (decompressed) capture               */
	uint64_t          conn;
	int64_t           time_ns;
	uint32_t          file, frame; /* as bits_where                                           */
};

struct sources {
	struct tape arrived; /* of struct arrival (private), by exchange and offset */
	struct tape owned;   /* of struct owner (private), by offset and rank       */
	GError     *error;   /* the first one; then nothing more is noted           */
};

/* The spool must outlive them. */
void sources_init(struct sources *s, struct spool *spool);
void sources_clear(struct sources *s);

/* Exchange `number` brought n bytes that belong at offset, the first of them at w.  Those of one exchange come in order. */
void sources_arrived(struct sources *s, uint64_t number, uint64_t offset, uint64_t n, const struct bits_where *w);
/* Its copy of r is the one in the file: that of the latest call for a byte, but of one that was `accepted` (once for every
 * byte) before all others. */
void sources_owned(struct sources *s, uint64_t number, struct bits_range r, bool accepted);

/* Calls `told` for what the bytes in front of `size` are from, in their order.  False where anything failed, `told` too. */
bool sources_tell(struct sources *s, uint64_t size, bool (*told)(const struct source_run *r, void *user, GError **error),
		  void *user, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
