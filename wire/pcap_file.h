/* pcap_file.h - the classic capture format and its variants: one header, one link type, packet after packet.
 * draft-ietf-opsawg-pcap; micro- and nanoseconds, either byte order.
 *
 * Some variants have a magic of their own (Kuznetzov's modified pcap, Ixia's lcap); others have the common one and longer
 * packet headers (Nokia's, Red Hat 6's), or lengths in the other order (before version 2.3).  Those are told by trying: in
 * the layout that a file has, the first packet headers make sense.  Of a pipe only what has come is tried. */
#ifndef WIRE_PCAP_FILE_H
#define WIRE_PCAP_FILE_H

#include "wire/capture.h"
#include "wire/source.h"

#define PCAP_HEADER 24 /* bytes; Ixia's lcap has four more */

struct pcap_file {
	bool     swap; /* written by a machine of the other byte order      */
	bool     nano; /* the fraction of a second counts ns instead of µs  */
	uint32_t link, snaplen;
	uint32_t header; /* bytes of a packet's header: 16, or more          */
	enum { PCAP_CAPLEN_FIRST, PCAP_WIRELEN_FIRST, PCAP_LESSER_IS_CAPLEN } lengths; /* in which order they stand */
};

/* Do these four bytes begin such a file? */
bool pcap_file_is(const uint8_t magic[4]);

/* Take the file header; false and CAPTURE_ERROR_DAMAGED where the file ends inside it. */
bool pcap_file_begin(struct pcap_file *p, struct source *s, GError **error);

/* The next packet: bytes, lengths, time and link of *f are filled.  After CAPTURE_DAMAGE (cut short, or a length that
 * cannot be) nothing more can be found: a record is known only by the one before it. */
enum capture_result pcap_file_next(struct pcap_file *p, struct source *s, struct frame *f, GError **error);

#endif
