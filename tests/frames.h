/* frames.h - made frames: Ethernet, IPv4, TCP, with a valid checksum unless asked otherwise. */
#ifndef TESTS_FRAMES_H
#define TESTS_FRAMES_H

#include <glib.h>
#include <stdbool.h>

#include "wire/frame.h"

struct made {
	unsigned    from;     /* 0: 10.0.0.2:40000 -> 10.0.0.1:80; 1: the other way  */
	uint32_t    seq, ack;
	uint8_t     flags;    /* of TCP */
	const void *payload;
	size_t      n;
	bool        bad_checksum;
	uint16_t    port;     /* of the client, if not 40000 */
	uint16_t    window;
};

/* An IPv4 packet with its TCP segment; the caller unrefs it. */
GByteArray *make_ipv4(const struct made *m);
/* The same in an Ethernet frame. */
GByteArray *make_ethernet(const struct made *m);

/* The same payload as an exported PDU; only from, payload, n and port count.  Link type 252. */
GByteArray *make_pdu(const struct made *m);

/* The fragment of an IPv4 packet that has bytes [from, to) of what it carries; from is a multiple of 8.  The caller unrefs it. */
GByteArray *make_fragment(const GByteArray *packet, guint from, guint to, uint16_t id);

/* A frame of these bytes, numbered; borrowed. */
struct frame frame_of(const GByteArray *bytes, uint32_t link, uint32_t number);

#endif
