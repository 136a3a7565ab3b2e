/* SPDX-License-Identifier: GPL-2.0-or-later */
/* segment.c - the TCP header (RFC 9293 3.1), and the checksum of what it begins. */
#include "wire/segment.h"

#include <stddef.h>
#include <string.h>

#include "wire/bytes.h"

bool segment_read(struct segment *s, const uint8_t *p, uint32_t captured, uint32_t length)
{
	uint32_t header;

	if (captured < 20)
		return false;
	header = (uint32_t)(p[12] >> 4) * 4;
	if (header < 20 || header > length)
		return false;
	s->src.port = get_be16(p);
	s->dst.port = get_be16(p + 2);
	s->seq = get_be32(p + 4);
	s->ack = get_be32(p + 8);
	s->flags = p[13];
	s->length = length - header;
	if (header > captured) /* cut inside the options */
		header = captured;
	s->payload = p + header;
	s->captured = captured - header;
	s->tcp = p;
	s->tcp_captured = captured;
	s->tcp_length = length;
	return true;
}

/* ---- checksum -------------------------------------------------------------------------------------------------- */

/* Four words at once, twice: SSE2 and NEON have registers of this size. */
typedef uint32_t words __attribute__((vector_size(16)));

#define SUM_BLOCK ((size_t)1 << 18) /* bytes after which the sums of halves could overflow their 32 bits */

static words halves(const uint8_t *p)
{
	words w;

	memcpy(&w, p, sizeof w);
	return (w & 0xFFFF) + (w >> 16);
}

static uint64_t sum_block(const uint8_t *p, size_t n)
{
	words   even = { 0 }, odd = { 0 };
	uint8_t last[2 * sizeof even] = { 0 };

	for (; n >= sizeof last; p += sizeof last, n -= sizeof last) {
		even += halves(p);
		odd += halves(p + sizeof even);
	}
	memcpy(last, p, n);
	even += halves(last) + halves(last + sizeof even) + odd;
	return (uint64_t)even[0] + even[1] + even[2] + even[3];
}

/* The one's complement sum does not care for byte order, nor for the order of its words (RFC 1071 2). */
static uint64_t sum_of(const uint8_t *p, size_t n)
{
	uint64_t sum = 0;

	for (; n > SUM_BLOCK; p += SUM_BLOCK, n -= SUM_BLOCK)
		sum += sum_block(p, SUM_BLOCK);
	return sum + sum_block(p, n);
}

enum checksum segment_checksum(const struct segment *s)
{
	uint8_t  pseudo[40] = { [39] = 6 }; /* RFC 8200 8.1; 6: TCP; zeros change no sum, so it serves IPv4 too */
	uint64_t sum;

	if (s->tcp_captured < s->tcp_length)
		return CHECKSUM_UNKNOWN;
	memcpy(pseudo, s->src.addr.bytes, 16);
	memcpy(pseudo + 16, s->dst.addr.bytes, 16);
	pseudo[32] = (uint8_t)(s->tcp_length >> 24);
	pseudo[33] = (uint8_t)(s->tcp_length >> 16);
	pseudo[34] = (uint8_t)(s->tcp_length >> 8);
	pseudo[35] = (uint8_t)s->tcp_length;
	sum = sum_of(pseudo, sizeof pseudo) + sum_of(s->tcp, s->tcp_length);
	while (sum >> 16 != 0)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return sum == 0xFFFF ? CHECKSUM_VALID : CHECKSUM_INVALID;
}
