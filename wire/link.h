/* link.h - from a frame to the TCP segment inside it: link layers, IPv4 and IPv6, views only.
 *
 * A frame may be cut by a snaplen anywhere, and may be longer than the packet inside it (Ethernet padding, FCS): every
 * layer is known by what was captured of it and by what was on the wire. */
#ifndef WIRE_LINK_H
#define WIRE_LINK_H

#include "wire/frame.h"
#include "wire/segment.h"

enum link_result {
	LINK_TCP,       /* *s is filled                                                     */
	LINK_UNKNOWN,   /* a link type that we do not know                                  */
	LINK_NOT_IP,    /* ARP and the like, or a tunnel that we do not open                */
	LINK_NOT_TCP,
	LINK_FRAGMENT,  /* part of a fragmented IP packet                                   */
	LINK_MALFORMED, /* lengths that do not fit, or cut before the end of the TCP header */
};
enum link_result link_segment(struct segment *s, const struct frame *f);

#endif
