/* link.h - from a frame to the TCP segment inside it: link layers, IPv4 and IPv6, views only.
 *
 * A frame may be cut by a snaplen anywhere, and may be longer than the packet inside it (Ethernet padding, FCS): every
 * layer is known by what was captured of it and by what was on the wire. */
#ifndef WIRE_LINK_H
#define WIRE_LINK_H

#include "core/bits_where.h"
#include "wire/frame.h"

enum { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_ACK = 0x10 };

/* Borrowed from the frame. */
struct segment {
	struct bits_end src, dst;
	uint32_t        seq, ack;
	uint8_t         flags;
	const uint8_t  *payload;
	uint32_t        captured; /* payload bytes that the frame has           */
	uint32_t        length;   /* payload bytes that were on the wire        */
	const uint8_t  *tcp;      /* the TCP header; for the checksum           */
	uint32_t        tcp_captured, tcp_length; /* header and payload         */
};

enum link_result {
	LINK_TCP,       /* *s is filled                                                     */
	LINK_UNKNOWN,   /* a link type that we do not know                                  */
	LINK_NOT_IP,    /* ARP and the like, or a tunnel that we do not open                */
	LINK_NOT_TCP,
	LINK_FRAGMENT,  /* part of a fragmented IP packet                                   */
	LINK_MALFORMED, /* lengths that do not fit, or cut before the end of the TCP header */
};
enum link_result link_segment(struct segment *s, const struct frame *f);

/* UNKNOWN: not all of it was captured.  INVALID may mean a broken segment, or one captured by its own sender before
 * its network card filled the checksum in. */
enum checksum { CHECKSUM_VALID, CHECKSUM_INVALID, CHECKSUM_UNKNOWN };
enum checksum segment_checksum(const struct segment *s);

#endif
