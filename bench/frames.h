/* SPDX-License-Identifier: GPL-2.0-or-later */
/* frames.h - Ethernet, IPv4 and TCP or UDP frames with valid checksums, written to standard output as a capture.
 * The clock of the capture goes on with each frame; the same calls give the same bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSS         1448
#define TCP_HEADERS (14 + 20 + 32) /* Ethernet, IPv4, TCP with the timestamp option */
#define UDP_HEADERS (14 + 20 + 8)

enum tcp_flags { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

struct side {
	uint8_t  ip[4];
	uint16_t port;
	uint32_t seq;    /* of the next byte                                                          */
	uint32_t behind; /* so many bytes below seq have not come to the other side in one piece yet */
};

struct frame {
	uint8_t bytes[TCP_HEADERS + MSS];
	size_t  size;
};

/* The header of the file; from now on frames go to standard output.  A failed write ends the program with 5. */
void capture_begin(bool pcapng);
bool capture_end(void);

/* A segment of `from`, which moves its seq; payload may be NULL for one without.  frame_write sends it, now or later, or twice. */
void frame_make(struct frame *out, struct side *from, const struct side *to, unsigned flags, const uint8_t *payload,
                size_t n);
void frame_write(const struct frame *frame);

void send_segment(struct side *from, const struct side *to, unsigned flags, const uint8_t *payload, size_t n);
void send_datagram(const struct side *from, const struct side *to, const uint8_t *payload, size_t n);
