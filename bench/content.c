/* SPDX-License-Identifier: GPL-2.0-or-later */
/* content.c - SplitMix64 over the number of a body and the index of its word. */
#include "content.h"

#include <string.h>

#define GOLDEN UINT64_C(0x9E3779B97F4A7C15)

static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

void content_fill(uint8_t *p, size_t n, uint64_t number, uint64_t at)
{
	uint64_t key = mix((number + 1) * GOLDEN);

	while (n > 0) {
		uint64_t word = mix(key + at / 8 * GOLDEN);
		size_t   skip = at % 8, part = 8 - skip < n ? 8 - skip : n;

		memcpy(p, (const uint8_t *)&word + skip, part);
		p += part;
		n -= part;
		at += part;
	}
}

uint64_t chance(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}
