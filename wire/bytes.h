/* bytes.h - numbers out of unaligned memory, in the byte order that a format names. */
#ifndef WIRE_BYTES_H
#define WIRE_BYTES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* In the byte order of this machine, or swapped. */
static inline uint16_t get_u16(const uint8_t *p, bool swap)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	if (swap)
		v = GUINT16_SWAP_LE_BE(v);
	return v;
}

static inline uint32_t get_u32(const uint8_t *p, bool swap)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return swap ? GUINT32_SWAP_LE_BE(v) : v;
}

static inline uint64_t get_u64(const uint8_t *p, bool swap)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return swap ? GUINT64_SWAP_LE_BE(v) : v;
}

/* In network byte order. */
static inline uint16_t get_be16(const uint8_t *p)
{
	return get_u16(p, G_BYTE_ORDER == G_LITTLE_ENDIAN);
}

static inline uint32_t get_be32(const uint8_t *p)
{
	return get_u32(p, G_BYTE_ORDER == G_LITTLE_ENDIAN);
}

#endif
