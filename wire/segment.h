/* segment.h - one TCP segment, as views into the packet that carried it. */
#ifndef WIRE_SEGMENT_H
#define WIRE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bits_where.h"

enum { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_PSH = 0x08, TCP_ACK = 0x10 };

/* Borrowed from the packet. */
struct segment {
	struct bits_end src, dst; /* addresses of the innermost IP header       */
	uint32_t        seq, ack;
	uint8_t         flags;
	const uint8_t  *payload;
	uint32_t        captured; /* payload bytes that the frame has           */
	uint32_t        length;   /* payload bytes that were on the wire        */
	const uint8_t  *tcp;      /* the TCP header; for the checksum           */
	uint32_t        tcp_captured, tcp_length; /* header and payload         */
};

/* Read a TCP header and what follows it: `captured` of `length` bytes at p.  All but the addresses are set.  False: lengths
 * that do not fit, or cut before the end of the fixed part of the header; nothing is set. */
bool segment_read(struct segment *s, const uint8_t *p, uint32_t captured, uint32_t length);

/* UNKNOWN: not all of it was captured.  INVALID may mean a broken segment, or one captured by its own sender before
 * its network card filled the checksum in. */
enum checksum { CHECKSUM_VALID, CHECKSUM_INVALID, CHECKSUM_UNKNOWN };
enum checksum segment_checksum(const struct segment *s);

/* Of an INVALID one: does it look as if the card was to fill it in?  Then there stands what the card goes on from, the sum of
 * the pseudo-header (where it cuts long segments up, of one without a length), or nothing.  A receiver that joins segments
 * leaves the same. */
bool segment_awaits_checksum(const struct segment *s);

#endif
