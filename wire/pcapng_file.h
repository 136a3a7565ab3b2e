/* pcapng_file.h - the block format: sections of either byte order, interfaces with link types and clocks of their own.
 * draft-ietf-opsawg-pcapng. */
#ifndef WIRE_PCAPNG_FILE_H
#define WIRE_PCAPNG_FILE_H

#include "wire/capture.h"
#include "wire/source.h"

/* Interfaces of a section that are known; packets of further ones are damage: memory must not grow with the file. */
#define PCAPNG_INTERFACES_MOST 65536U

struct pcapng_file {
	bool      swap;       /* the section under way is of the other byte order                        */
	GArray   *interfaces; /* of struct pcapng_interface, of the section under way; owned             */
	uint32_t  taps;       /* interfaces of all sections before it                                    */
	bool      has_drops;  /* some interface had a drop counter                                       */
	uint64_t  drops;      /* packets that the capturing system says it dropped: the greater of ...   */
	uint64_t  counted;    /* ... the latest counters of all interfaces so far, as a sum, and of      */
	uint64_t  told;       /* ... what packets say was lost in front of them                          */
	uint32_t  passed;     /* blocks since the last packet that Wireshark numbers as frames, too      */
	GPtrArray *comments;  /* borrowed: where comments go (struct capture_info)                       */
	uint32_t  comment_bytes; /* of all that were kept                                                */
};

/* Do these four bytes begin such a file? */
bool pcapng_file_is(const uint8_t magic[4]);

void pcapng_file_init(struct pcapng_file *p, GPtrArray *comments);
void pcapng_file_clear(struct pcapng_file *p);

/* The next packet, as capture_next.  Behind a corrupt block reading goes on where a block begins that can be trusted:
 * a Section Header Block, or another of the format's first blocks (1 to 6) whose two lengths agree. */
enum capture_result pcapng_file_next(struct pcapng_file *p, struct source *s, struct frame *f, GError **error);

#endif
