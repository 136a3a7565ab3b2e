/* SPDX-License-Identifier: GPL-2.0-or-later */
/* medium.h - a sparse row of bytes kept outside memory: a file of the extraction folder, or a part of the spool.
 *
 * Small writes that follow each other are gathered and go out in pieces of 64 KiB.  Only so many media may hold such a
 * piece (and a descriptor) at a time: a bench has seats, and who has not written for the longest time gives its up. */
#ifndef CLI_MEDIUM_H
#define CLI_MEDIUM_H

#include <glib.h>
#include <stdbool.h>

#include "core/bits_range.h"

#define MEDIUM_PIECE (64U * 1024U) /* bytes */
#define BENCH_SEATS  256U

struct medium;

/* What a kind of medium can do.  Offsets and lengths in bytes; false and *error where the world fails. */
struct medium_ops {
	bool (*write)(struct medium *m, uint64_t offset, const uint8_t *p, size_t n, GError **error);
	/* Bytes that were never written, or were cleared, read as anything. */
	bool (*read)(struct medium *m, uint64_t offset, uint8_t *p, size_t n, GError **error);
	/* These bytes are gone: a file has a hole there. */
	bool (*clear)(struct medium *m, struct bits_range r, GError **error);
	void (*park)(struct medium *m); /* gives its descriptor up for a while; may be NULL */
	void (*free)(struct medium *m);
};

struct bench {
	GQueue seats; /* of struct medium, the latest writer first */
};

/* The head of every kind of medium. */
struct medium {
	const struct medium_ops *ops;
	struct bench *bench; /* NULL: never gathers                              */
	GList         seat;  /* in bench->seats while `piece` is set             */
	uint8_t      *piece; /* gathered bytes that belong at `at`, `n` of them  */
	uint64_t      at;
	size_t        n, room; /* ... and how many it has room for: most uploads are small */
	uint64_t      end;   /* behind the last byte that was ever written       */
	GError       *failed; /* bytes of it were lost when it made room for another: every call tells it */
};

bool medium_write(struct medium *m, uint64_t offset, const uint8_t *p, size_t n,
		  GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool medium_read(struct medium *m, uint64_t offset, uint8_t *p, size_t n, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool medium_clear(struct medium *m, struct bits_range r, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What was gathered goes out. */
bool medium_flush(struct medium *m, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, and its seat is free: nobody writes to it for now. */
bool medium_rest(struct medium *m, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Gathered bytes that were not flushed are dropped.  NULL is fine. */
void medium_free(struct medium *m);

#endif
