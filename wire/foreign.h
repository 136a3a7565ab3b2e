/* foreign.h - what people hand over instead of a capture that we read, told by its first bytes, and what would help.
 *
 * Formats that Wireshark reads are named with the way to convert them; what is packed, with the way to unpack it.  A few
 * formats have no magic: those are told by what their first record says of itself. */
#ifndef WIRE_FOREIGN_H
#define WIRE_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that are enough to tell each of them. */
#define FOREIGN_LOOK 512

/* A sentence without its subject, for a message; NULL: nothing that we know.  Static. */
const char *foreign_advice(const uint8_t *p, size_t n);

#endif
