/* addr.h - addresses as keys of tables. */
#ifndef WIRE_ADDR_H
#define WIRE_ADDR_H

#include <string.h>

#include "core/bits_where.h"

/* Half of an address: 0 or 1.  One comparison instead of a call, several times a segment. */
static inline uint64_t addr_half(const struct bits_addr *a, unsigned half)
{
	uint64_t word;

	memcpy(&word, a->bytes + 8 * half, 8);
	return word;
}

static inline bool addr_equal(const struct bits_addr *a, const struct bits_addr *b)
{
	return a->family == b->family && a->telling == b->telling && addr_half(a, 0) == addr_half(b, 0) && addr_half(a, 1) == addr_half(b, 1);
}

#endif
