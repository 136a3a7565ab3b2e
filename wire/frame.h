/* frame.h - one captured frame, as the file readers hand it on. */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include <stdint.h>

#include "core/bits_where.h"

/* Everything borrowed: valid until the reader is asked for the next frame. */
struct frame {
	uint32_t       file;     /* ordinal of the capture in this run, from 0                          */
	uint32_t       tap;      /* interface inside the capture, counted over all its sections, from 0 */
	uint32_t       number;   /* from 1, in file order, as Wireshark counts                          */
	uint64_t       order;    /* from 1, in the order of reading, over all captures of this run      */
	uint32_t       link;     /* LINKTYPE_*                                                          */
	uint64_t       pos;      /* offset of bytes[0] in the (decompressed) capture                    */
	int64_t        time_ns;  /* since the epoch; BITS_TIME_UNKNOWN (SPB has none)                   */
	uint32_t       caplen;   /* bytes captured                                                      */
	uint32_t       wirelen;  /* bytes on the wire; more than caplen: a snaplen cut                  */
	uint32_t       snaplen;  /* of its interface, as the capture says; 0: no limit                  */
	uint32_t       telling;  /* the capture whose exported PDUs go on here: its own, or one before it         */
	uint32_t       part;     /* of that telling, from 0: between two of them PDUs may be missing              */
	const uint8_t *bytes;
};

#endif
