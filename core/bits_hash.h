/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_hash.h - hashes of what captures bring, in this process and no longer.
 *
 * Whoever writes a capture also chooses what is put into tables: with a hash that he can compute he makes thousands of names,
 * or of addresses, that all lie in one place, and each look-up passes by all of them.  So a table takes a seed of its own. */
#ifndef BITS_HASH_H
#define BITS_HASH_H

#include <glib.h>
#include <string.h>

#define XXH_INLINE_ALL
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <xxhash.h>
#pragma GCC diagnostic pop

/* Another one each time. */
static inline uint64_t bits_hash_seed(void)
{
	return (uint64_t)g_random_int() << 32 | g_random_int();
}

static inline uint64_t bits_hash(uint64_t seed, const void *bytes, size_t n)
{
	return XXH3_64bits_withSeed(bytes, n, seed);
}

/* A text as a key of a GHashTable: its hash is made once, with the seed of the table.  The text is borrowed. */
struct bits_name {
	guint       hash;
	const char *text;
};

static inline struct bits_name bits_name_of(uint64_t seed, const char *text)
{
	return (struct bits_name){ (guint)bits_hash(seed, text, strlen(text)), text };
}

static inline guint bits_name_hash(gconstpointer p)
{
	return ((const struct bits_name *)p)->hash;
}

static inline gboolean bits_name_equal(gconstpointer a, gconstpointer b)
{
	return strcmp(((const struct bits_name *)a)->text, ((const struct bits_name *)b)->text) == 0;
}

#endif
