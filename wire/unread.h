/* unread.h - what was not read of a capture, by kind and number, and how often: so that nobody takes "no upload" for
 * "there was none". */
#ifndef WIRE_UNREAD_H
#define WIRE_UNREAD_H

#include <stddef.h>
#include <stdint.h>

/* Who counts the number. */
enum unread_kind {
	UNREAD_LINK,      /* LINKTYPE_*                                              */
	UNREAD_ETHERTYPE,
	UNREAD_LLC,       /* DSAP and SSAP (IEEE 802.2)                              */
	UNREAD_SNAP,      /* its OUI, if that is none under which Ethertypes follow  */
	UNREAD_NLPID,     /* ISO/IEC TR 9577                                         */
	UNREAD_PPP,       /* RFC 1661 2                                              */
	UNREAD_MPLS,      /* first four bits behind the stack                        */
	UNREAD_VERSION,   /* of IP: where nothing but the packet itself tells        */
	UNREAD_IP,        /* protocol or next header; 17: UDP, but no tunnel in it   */
	UNREAD_WIFI,      /* enum unread_wifi                                        */
	UNREAD_KINDS,
};

enum unread_wifi { WIFI_MANAGEMENT, WIFI_CONTROL, WIFI_EXTENSION, WIFI_NO_DATA, WIFI_FRAGMENT, WIFI_ENCRYPTED };

struct unread {
	enum unread_kind kind;
	uint32_t         number;
};

#define UNREAD_MOST 64 /* different ones that are told apart; a capture of noise has no more */

/* Zero-initialised is empty. */
struct unread_tally {
	struct {
		struct unread what;
		uint64_t      packets;
	} row[UNREAD_MOST];           /* in the order in which they were first met */
	size_t   n;
	uint64_t others;              /* packets of all that came when the rows were full */
};

void unread_count(struct unread_tally *t, struct unread what);

/* "link type", "Ethertype", ... */
const char *unread_kind_name(enum unread_kind kind);
/* NULL: a number that we have no name for. */
const char *unread_name(struct unread what);

#endif
