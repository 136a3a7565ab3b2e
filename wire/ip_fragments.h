/* ip_fragments.h - the datagrams that are being put together, and for a while those that were.
 *
 * Who is known by its addresses, its number and (IPv4) its protocol, as RFC 791 3.2 and RFC 8200 4.5 have it; link, VLAN and
 * tunnel are left out, as with connections.  A datagram that is whole stays for a while: copies of its fragments (a tap
 * that has every frame twice) are known by saying nothing new, and open nothing.  One that never becomes whole is given up:
 * after 30 seconds of the capture (10 000 frames where it has no times), or when there are too many; what is known of it
 * can still be read. */
#ifndef WIRE_IP_FRAGMENTS_H
#define WIRE_IP_FRAGMENTS_H

#include "wire/datagram.h"

#define FRAGMENTS_PATIENCE_NS     (INT64_C(30) * 1000000000)
#define FRAGMENTS_PATIENCE_FRAMES 10000

struct ip_fragments_limits {
	guint    datagrams; /* at least 1 */
	uint64_t held;      /* bytes      */
};

struct ip_fragments {
	struct ip_fragments_limits limits;
	uint64_t    seed;        /* of the hashes of ...                                        */
	GHashTable *by_key;      /* ... struct datagram_key (in the datagram) -> struct datagram */
	GQueue      by_age;      /* of struct datagram, owned: whose first fragment came first  */
	uint64_t    held;        /* memory of all of them                                       */
	GQueue      replaced;    /* of struct datagram, owned: a packet may lie in one of them  */
	uint64_t    now;         /* frames                                                      */
	int64_t     now_ns;
	uint64_t    whole, given_up; /* datagrams: put together; given up before that           */
	uint64_t    conflicting; /* bytes of which two copies differ                            */
};

void ip_fragments_init(struct ip_fragments *t, const struct ip_fragments_limits *limits);
void ip_fragments_clear(struct ip_fragments *t);

enum fragment_fate {
	FRAGMENT_WAITS, /* for others                                                             */
	FRAGMENT_WHOLE, /* it was the last one that was missing, or mended what was: *d is joined  */
	FRAGMENT_AGAIN, /* a copy of one that *d has                                               */
};

/* A packet from o is a fragment between the addresses of s.  The fragment's bytes are copied; *d is the table's, until
 * ip_fragments_overdue is called. */
enum fragment_fate ip_fragments_add(struct ip_fragments *t, const struct packet *k, const struct segment *s,
                                    const struct origin *o, struct datagram **d);

/* A frame is done with: `frames` so far, this one's time. */
static inline bool ip_fragments_is_idle(const struct ip_fragments *t)
{
	return t->by_age.head == NULL;
}
void ip_fragments_tick(struct ip_fragments *t, uint64_t frames, int64_t time_ns);

/* A datagram whose time is over, or that is one too many; joined as far as it is known, and the caller's to free.  NULL:
 * none.  `all`: the capture is at its end. */
struct datagram *ip_fragments_overdue(struct ip_fragments *t, bool all) G_GNUC_WARN_UNUSED_RESULT;

#endif
