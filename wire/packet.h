/* packet.h - from a frame to the TCP segment inside it: one layer after the other is taken off, views only.
 *
 * A frame may be cut by a snaplen anywhere, and may be longer than the packet inside it (Ethernet padding, FCS): every
 * layer is known by what was captured of it and by what was on the wire.  No layer reads beyond the first, or believes
 * its header beyond the second.  At most 16 layers lie between a link's own header and TCP: VLAN tags, MPLS labels, IP
 * headers, extension headers and those of tunnels.  Nothing is remembered from one packet to the next. */
#ifndef WIRE_PACKET_H
#define WIRE_PACKET_H

#include <stdbool.h>

#include "wire/frame.h"
#include "wire/segment.h"
#include "wire/unread.h"

#define LAYERS_MOST 16

enum packet_result {
	PACKET_TCP,          /* the segment is filled                                                  */
	PACKET_FRAGMENT,     /* part of an IP datagram: packet.fragment, and what is left is its bytes */
	PACKET_UNKNOWN_LINK, /* a link type that we do not know; packet.unread, here and below         */
	PACKET_NOT_IP,       /* ARP and the like, or a tunnel that we do not open                      */
	PACKET_NOT_TCP,      /* over IP, but not TCP, nor a tunnel that we open                        */
	PACKET_ENCRYPTED,    /* or compressed, or in pieces of its link: nothing that can be read      */
	PACKET_MALFORMED,    /* lengths that do not fit, cut inside a header, or too many layers       */
};

/* RFC 791 3.2, RFC 8200 4.5.  Its addresses are those of the segment. */
struct ip_fragment {
	uint32_t id;
	uint32_t offset; /* in bytes                                                 */
	uint8_t  proto;  /* of what the datagram carries; IPv6: its first one counts */
	bool     more;   /* others follow                                            */
};

/* What is left of a packet, or what else a frame holds. */
struct rest {
	const uint8_t *p;
	uint32_t       captured, length; /* bytes: captured <= length */
};

struct packet {
	struct rest        rest;
	struct rest        others;   /* packets behind this one in its frame (A-MSDU); length 0: none */
	struct segment    *s;        /* whose addresses are the innermost ones so far                  */
	unsigned           next;     /* the layer that `rest` begins with (layer.h)                     */
	unsigned           layers;   /* that were taken off                                            */
	bool               is_padded; /* 802.11: its header fills words (radiotap says so)             */
	enum packet_result result;
	struct unread      unread;
	struct ip_fragment fragment;
};

/* The first packet of a frame; the frame and its bytes are borrowed for as long as the packet is used. */
void packet_begin(struct packet *k, const struct frame *f);
/* What an IP datagram carries, in so many layers already.  *s has its addresses, and is what packet_read is called with. */
void packet_begin_datagram(struct packet *k, struct segment *s, struct rest bytes, uint8_t proto, unsigned layers);
/* The next packet of the same frame; false: there is none.  Nearly every frame has one packet. */
bool packet_next(struct packet *k);

/* Take off its layers, once.  *s is borrowed while the packet is used: with TCP it is filled, with FRAGMENT its addresses
 * are. */
enum packet_result packet_read(struct packet *k, struct segment *s);

/* The same for what nearly every frame is, Ethernet with IPv4 without options and TCP, in fewer steps: one packet, and it
 * is PACKET_TCP.  False: it is another one, or odd; ask the functions above. */
bool packet_read_plain(struct segment *s, const struct frame *f);

#endif
