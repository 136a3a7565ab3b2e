/* wraps.h - headers in front of packets, written as words: "eth:0800 ip:11 udp:12B5 vxlan eth:0800" is VXLAN over UDP. */
#ifndef TESTS_WRAPS_H
#define TESTS_WRAPS_H

#include <glib.h>

/* Put these headers in front of a packet, the outermost first.  A word may have the number of what follows, in hex; wraps.c
 * lists them.  Lengths are filled in.  A word in parentheses is taken as bytes: "(08000000)". */
void wrap(GByteArray *packet, const char *words);

#endif
