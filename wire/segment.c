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

/* Where the program finds out at its start what the processor can do, it takes the widest registers there are.  A sanitizer
 * is not ready by then. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
	!defined(__SANITIZE_THREAD__)
#define WIDEST __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define WIDEST
#endif

/* The one's complement sum cares neither for byte order nor for the order of its words (RFC 1071 2), nor for their size: the
 * halves of these are added up by whoever folds it. */
static inline uint64_t add_words(const uint8_t *p, size_t n)
{
	uint64_t sum = 0;
	uint32_t word;

#pragma GCC unroll 4
	for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
		memcpy(&word, p, sizeof word);
		sum += word;
	}
	word = 0;
	memcpy(&word, p, n);
	return sum + word;
}

static WIDEST uint64_t sum_of(const uint8_t *p, size_t n)
{
	return add_words(p, n);
}

/* RFC 8200 8.1; an IPv4 address is followed by zeros, which change no sum. */
static uint64_t pseudo_header(const struct segment *s, uint32_t length)
{
	const uint8_t rest[8] = { (uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length,
		                  [7] = 6 }; /* 6: TCP */

	return add_words(s->src.addr.bytes, 16) + add_words(s->dst.addr.bytes, 16) + add_words(rest, sizeof rest);
}

static uint16_t folded(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return (uint16_t)sum;
}

enum checksum segment_checksum(const struct segment *s)
{
	if (s->tcp_captured < s->tcp_length)
		return CHECKSUM_UNKNOWN;
	return folded(pseudo_header(s, s->tcp_length) + sum_of(s->tcp, s->tcp_length)) == 0xFFFF ? CHECKSUM_VALID : CHECKSUM_INVALID;
}

bool segment_awaits_checksum(const struct segment *s)
{
	uint16_t field;

	if (s->tcp_captured < 18)
		return true;
	memcpy(&field, s->tcp + 16, sizeof field); /* as the sums are: not turned round */
	return field == 0 || field == folded(pseudo_header(s, s->tcp_length)) || field == folded(pseudo_header(s, 0));
}
