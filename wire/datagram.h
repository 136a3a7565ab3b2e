/* datagram.h - one IP datagram that came in fragments: which bytes of it are known, and in which frame each was seen.
 *
 * RFC 791 3.2, RFC 8200 4.5, RFC 815.  Fragments may come in any order, twice, and overlap: of two copies of a byte the
 * first one stands, unless the checksum of the TCP segment inside says that the last one is what was sent.  Where it is
 * wrong with either, nobody knows which copy the receiver took: these bytes are contested.  A fragment that a snaplen cut
 * has a place in its datagram all the same: the bytes that the capture lacks are a hole, and no hole is ever filled with
 * anything. */
#ifndef WIRE_DATAGRAM_H
#define WIRE_DATAGRAM_H

#include <glib.h>
#include <stdbool.h>

#include "core/bits_range.h"
#include "wire/packet.h"

#define DATAGRAM_PIECES 2048  /* a datagram of more is not put together: it would cost time */
#define DATAGRAM_RIVALS 256   /* ... nor one with more places at which copies differ */
#define DATAGRAM_OPEN   UINT32_MAX

/* Where the bytes of a packet are from: a frame, or a datagram that was put together of several. */
struct origin {
	const struct frame    *frame;    /* NULL: ... */
	const struct datagram *datagram; /* NULL: ... */
};

/* Bytes that lie behind each other in one frame. */
struct span {
	const uint8_t    *p;
	uint32_t          n;
	struct bits_where where; /* of p[0]: file, tap, frame, pos and time; the rest is for whoever knows it */
	bool              is_contested;
};

/* The first known bytes at or behind p and before p + n, which lies in a packet of this origin.  False: there are none. */
bool origin_span(const struct origin *o, const uint8_t *p, uint32_t n, struct span *r);

struct datagram_key {
	struct bits_addr src, dst;
	uint32_t         id;
	uint8_t          proto; /* 0 with IPv6: there it is no part of the key */
	guint            hash;  /* of these                                    */
};

/* Which copy stands where two differ. */
enum datagram_copy { COPY_FIRST, COPY_LAST, COPY_CONTESTED /* the first one is there, but nothing speaks for it */ };

struct datagram {
	struct datagram_key key;
	uint8_t             proto;    /* of what it carries                                                   */
	unsigned            layers;   /* that were taken off in front of its fragments: the most of all        */
	uint32_t            length;   /* DATAGRAM_OPEN before its last fragment came                            */
	struct bits_ranges  seen;     /* what was on the wire of it                                             */
	GArray             *pieces;   /* of struct piece (datagram.c): what is known of it; sorted and disjoint */
	GByteArray         *store;    /* their bytes, as they came; NULL when joined                            */
	uint8_t            *bytes;    /* when joined: each in its place; owned                                   */
	uint64_t            conflicting; /* bytes of which two copies differ                                    */
	GArray             *rivals;   /* of struct piece, as they came: later copies that differ; NULL: none    */
	GByteArray         *rival_store; /* their bytes; where the last copy stands, those of the first         */
	enum datagram_copy  copy;     /* when joined                                                            */
	uint64_t            conn;     /* the connection that it turned out to be of; 0: none                    */
	uint64_t            since;    /* what its owner counts: when it began (ip_fragments.c)                  */
	int64_t             since_ns;
	GList               link;     /* its place among others                                                 */
};

struct datagram *datagram_new(const struct datagram_key *key) G_GNUC_WARN_UNUSED_RESULT;
void             datagram_free(struct datagram *d);

/* `bytes` of the packet from o begin at f->offset, and end in front of 64 KiB.  The first end that is told is the datagram's:
 * what lies behind it is no part of it.  Not after it was joined.  False: in too many pieces; nothing more is taken. */
bool datagram_add(struct datagram *d, const struct ip_fragment *f, struct rest bytes, const struct origin *o);

/* Was all of it on the wire? */
bool datagram_is_whole(const struct datagram *d);
/* The same fragment again: it says nothing that the joined datagram does not say. */
bool datagram_has(const struct datagram *d, const struct ip_fragment *f, struct rest bytes, const struct origin *o);

/* Put every byte into its place, and decide which copies stand; once. */
void datagram_join(struct datagram *d);
/* A fragment that says other things than a joined datagram whose checksum is wrong: true where it comes right with the
 * fragment's bytes, which then stand; else nothing is changed. */
bool datagram_mend(struct datagram *d, const struct ip_fragment *f, struct rest bytes, const struct origin *o);
/* Is one of these n bytes of a joined datagram contested? */
bool datagram_is_contested(const struct datagram *d, const uint8_t *p, uint32_t n);
/* Then: the bytes that are known from its first on, and how long it is.  Without its last fragment nobody says: then the
 * length is more than any header can say, so that headers inside it tell their own. */
struct rest datagram_rest(const struct datagram *d);
/* Of a segment that fills all of such a length only what was seen is its own; no checksum tells of it, and a FIN behind it
 * lies nobody knows where. */
void datagram_trim(const struct datagram *d, struct segment *s);

/* The frames of its bytes and of copies that differ, in any order; one may come several times. */
void datagram_frames(const struct datagram *d, void (*frame)(const struct bits_where *w, void *user), void *user);

/* Memory that it takes, in bytes. */
uint64_t datagram_cost(const struct datagram *d);

#endif
