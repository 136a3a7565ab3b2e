/* pcapng_write.h - frames as pcapng blocks: what pcapng_file.h reads, made by us.  draft-ietf-opsawg-pcapng.
 *
 * Blocks are put into a buffer; whoever has it writes it out, so that nothing here can fail.  One section (another one behind
 * 65 536 interfaces), little endian on every machine: the same frames give the same bytes.  Times are in nanoseconds.
 *
 * Of a frame everything that struct frame has is kept: bytes, both lengths, time, link type and snaplen of its interface;
 * a comment says where it came from.  What the readers do not keep (names of interfaces, flags, comments, secrets) cannot
 * be written.  A frame without a time gets the time 0, and its comment says that it has none. */
#ifndef WIRE_PCAPNG_WRITE_H
#define WIRE_PCAPNG_WRITE_H

#include <glib.h>

#include "wire/frame.h"

struct pcapng_writer {
	GByteArray *out;        /* blocks that are made: written and emptied by the caller; owned        */
	GHashTable *interfaces; /* of described ones: what an interface is known by -> its number; owned */
	uint32_t    interface;  /* of the latest frame                                                    */
	uint64_t    ticks;      /* its time, as that interface counts                                     */
	const char *application; /* of the section; borrowed                                              */
};

void pcapng_writer_init(struct pcapng_writer *w);
void pcapng_writer_clear(struct pcapng_writer *w);

/* The section header, once, before anything else.  Comments are UTF-8, NULL behind the last; `application` outlives w. */
void pcapng_write_section(struct pcapng_writer *w, const char *application, const char *const *comments);

/* A frame of the capture with that name (any bytes); its interface is described in front of its first frame. */
void pcapng_write_frame(struct pcapng_writer *w, const struct frame *f, const char *capture);

/* Behind the last frame: that what was captured lacks `drops` packets.  One counter for all interfaces, told of the one of
 * the latest frame; the comment (UTF-8) says whose count it is. */
void pcapng_write_drops(struct pcapng_writer *w, uint64_t drops, const char *comment);

#endif
