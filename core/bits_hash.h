/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_hash.h - hashes of what captures bring, in this process and no longer.
 *
 * Whoever writes a capture also chooses what is put into tables: with a hash that he can compute he makes thousands of names,
 * or of addresses, that all lie in one place, and each look-up passes by all of them.  So a table takes a seed of its own. */
#ifndef BITS_HASH_H
#define BITS_HASH_H

#include <glib.h>

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

#endif
