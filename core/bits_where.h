/* bits_where.h - where a byte was seen, who sent it to whom, and what its sender already had. */
#ifndef BITS_WHERE_H
#define BITS_WHERE_H

#include <stdbool.h>
#include <stdint.h>

#define BITS_POS_UNKNOWN   UINT64_MAX
#define BITS_AT_UNKNOWN    UINT64_MAX
#define BITS_HEARD_UNKNOWN UINT64_MAX
#define BITS_TIME_UNKNOWN  INT64_MIN
#define BITS_TIME_LIMIT    (INT64_MAX / 2) /* known times lie within, either way: any two can be subtracted */

struct bits_where {
	uint32_t file;    /* ordinal of the capture in this run, from 0                                       */
	uint32_t tap;     /* interface inside that capture: two taps of one file have clocks of their own     */
	uint32_t frame;   /* number of the frame in its capture, from 1; 0 = none                             */
	uint64_t order;   /* number of the frame in this run, in the order in which the captures are read:    *
	                   * several may be read in turns.  0: one after the other, file and frame tell       */
	uint64_t pos;     /* offset of this byte in the (decompressed) capture, or BITS_POS_UNKNOWN           */
	uint64_t conn;    /* ordinal of the connection in this run                                            */
	uint64_t at;      /* offset of this byte in its sender's stream, or BITS_AT_UNKNOWN.  Streams seen    *
	                   * from their SYN begin at 0; others at an arbitrary, large number: only            *
	                   * differences mean anything                                                        */
	uint64_t heard;   /* offset in the other direction's stream that the sender's TCP had acknowledged    *
	                   * when it sent this byte, on the scale of that direction's `at`;                   *
	                   * BITS_HEARD_UNKNOWN for TLS, exported PDUs, a segment without ACK                 */
	int64_t  time_ns; /* since the epoch, as captured; BITS_TIME_UNKNOWN where the capture has none       */
};

struct bits_addr {
	uint8_t family;    /* 4, 6, or 0 = unknown     */
	uint8_t bytes[16]; /* network order; IPv4: 4   */
	uint16_t telling;  /* 0: of captured packets; else of exported PDUs, which telling of it: the same address in *
	                    * two of them is never the same, since the one may tell of the other's packets once more    */
};

struct bits_end {
	struct bits_addr addr;
	uint16_t         port; /* host order */
};

struct bits_ends {
	struct bits_end client, server; /* who sends requests, who sends answers: learned from the first head */
	bool            is_secure;      /* TLS, or not known to be in the clear                               */
};

enum bits_side { BITS_CLIENT, BITS_SERVER, BITS_N_SIDES };

/* How a connection went away. */
enum bits_close {
	BITS_CLOSE_OPEN,        /* it has not                                        */
	BITS_CLOSE_CLIENT_FIN,  /* both directions ended, the client's FIN came first */
	BITS_CLOSE_SERVER_FIN,
	BITS_CLOSE_CLIENT_RST,
	BITS_CLOSE_SERVER_RST,
	BITS_CLOSE_CAPTURE_END, /* or its end is missing: another one took its ports */
	BITS_CLOSE_EVICTED,     /* a table was full, or no HTTP: not looked at       */
	BITS_N_CLOSES,
};

#endif
