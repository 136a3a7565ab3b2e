/* exported_pdu.h - what Wireshark exports of a dissected capture (LINKTYPE_WIRESHARK_UPPER_PDU, 252): tags that say who sent
 * it to whom, then bytes of an upper layer, as they came out of TLS for example.
 *
 * Tags are big-endian: 16 bits type, 16 bits length, value.  The format is that of Wireshark's epan/exported_pdu.h. */
#ifndef WIRE_EXPORTED_PDU_H
#define WIRE_EXPORTED_PDU_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bits_where.h"

#define LINKTYPE_EXPORTED_PDU 252

/* Borrowed from the frame. */
struct exported_pdu {
	struct bits_end src, dst;
	bool            is_secure; /* out of TLS, or not said to be in the clear */
	const uint8_t  *payload;
	uint32_t        captured;  /* payload bytes that the frame has           */
	uint32_t        length;    /* payload bytes that there were              */
};

enum exported_pdu_result {
	EXPORTED_PDU_TCP,
	EXPORTED_PDU_OTHER,     /* not of TCP over IP */
	EXPORTED_PDU_MALFORMED, /* tags that do not fit, or are cut */
};
/* p[0, captured) is a frame of which there were `length` bytes. */
enum exported_pdu_result exported_pdu_read(struct exported_pdu *u, const uint8_t *p, uint32_t captured, uint32_t length);

#endif
