/* pcap_file.h - the classic capture format: one header, one link type, packet after packet.
 * draft-ietf-opsawg-pcap; micro- and nanoseconds, either byte order. */
#ifndef WIRE_PCAP_FILE_H
#define WIRE_PCAP_FILE_H

#include "wire/capture.h"
#include "wire/source.h"

#define PCAP_HEADER 24 /* bytes */

struct pcap_file {
	bool     swap; /* written by a machine of the other byte order      */
	bool     nano; /* the fraction of a second counts ns instead of µs  */
	uint32_t link, snaplen;
};

/* Do these four bytes begin such a file? */
bool pcap_file_is(const uint8_t magic[4]);

/* Take the file header; false and CAPTURE_ERROR_DAMAGED where the file ends inside it. */
bool pcap_file_begin(struct pcap_file *p, struct source *s, GError **error);

/* The next packet: bytes, lengths, time and link of *f are filled.  After CAPTURE_DAMAGE (cut short, or a length that
 * cannot be) nothing more can be found: a record is known only by the one before it. */
enum capture_result pcap_file_next(struct pcap_file *p, struct source *s, struct frame *f, GError **error);

#endif
