/* stream.h - one direction of a TCP connection: bytes in order out of segments in any order.
 *
 * Positions are 64-bit offsets (`at`) that never wrap: 0 is the first byte behind a SYN; a stream that was not seen from
 * its SYN begins at STREAM_MIDDLE, so that what is late still has an offset.  RFC 9293 3.4. */
#ifndef WIRE_STREAM_H
#define WIRE_STREAM_H

#include <glib.h>
#include <stdbool.h>

#include "core/bits_str.h"
#include "core/bits_where.h"

#define STREAM_MIDDLE      (UINT64_C(1) << 32)
#define STREAM_WINDOW      (UINT64_C(1) << 20) /* bytes that may wait behind a hole before it is given up           */
#define STREAM_PIECES      4096                /* ... and segments: many tiny ones cost time                        */
#define STREAM_REACH       (INT64_C(1) << 30)  /* a segment farther away than this is not of this stream            */

struct chunks;

struct stream {
	uint32_t base_seq;  /* sequence number of the byte at base_at                                               */
	bool     is_known;  /* the base is                                                                          */
	bool     from_syn;  /* ... and is its first byte: its SYN was seen, or the other side's answer to it        */
	bool     is_offloaded; /* checksums are filled in behind the capture: they say nothing                      */
	bool     is_seen;   /* it sent something, at least one segment without bytes                                */
	bool     is_begun;  /* bytes of it were released, lost or passed over: nothing can come before them         */
	bool     has_fin;
	bool     fin_told;  /* the end was reached                                                                  */
	bool     in_queue;  /* a hole of it is watched (patience.c)                                                 */
	uint32_t sound;     /* bytes of the longest segment whose checksum was right                                */
	uint64_t base_at;
	uint64_t next;      /* first byte not yet released                                                          */
	uint64_t end;       /* greatest end of anything seen: on the wire, if more than was captured; FIN           */
	uint64_t acked;     /* greatest offset that the other side acknowledged                                     */
	uint64_t fin_at;
	struct chunks *held; /* bytes that wait, sorted, disjoint; owned; NULL while there are none                 */
	uint64_t held_bytes;
};

/* Bytes of one segment. */
struct stream_bytes {
	uint64_t          at;
	const uint8_t    *p;
	size_t            n;
	struct bits_where where;          /* of p[0]; where.at is `at` as well            */
	bool              starts_segment; /* p[0] is the first byte of a segment          */
	bool              goes_on;        /* the segment of the bytes given before goes on: it came in IP fragments */
	bool              is_bad;         /* its checksum is wrong                        */
	bool              is_strange;     /* ... as no network card leaves it             */
};

/* What a stream gives back; `user` last. */
struct stream_sink {
	void (*bytes)(const struct stream_bytes *b, void *user);
	void (*lost)(uint64_t at, uint64_t n, const struct bits_where *w, void *user); /* w: of the byte behind the hole */
};

/* Counters shared by all streams; bytes. */
struct stream_totals {
	uint64_t held; /* memory of what waits: its bytes and what keeps them in order (stream_held) */
	uint64_t retransmitted, conflicting, lost;
	uint64_t broken; /* taken for want of a better copy: perhaps not as they were sent */
};

void stream_clear(struct stream *s, struct stream_totals *totals);

/* Fix the scale: `seq` is the sequence number of the byte at `at`. */
void stream_set_base(struct stream *s, uint32_t seq, uint64_t at);

/* The offset of a sequence number, the one nearest to `next`; may be below the base (then huge: see stream_is_near). */
uint64_t stream_at(const struct stream *s, uint32_t seq);
/* Within STREAM_REACH of what is known, and not before the scale began? */
bool stream_is_near(const struct stream *s, uint64_t at);

/* The scale of the other stream moved: what is held here acknowledged what lies by so many bytes elsewhere on it. */
void stream_move_heard(struct stream *s, int64_t by);

/* The stream begins earlier than was thought: nothing of it has been released yet. */
void stream_lower(struct stream *s, uint64_t at);
/* Pass over everything below `at`. */
void stream_pass_over(struct stream *s, uint64_t at);

/* Take bytes; release whatever is in order now.  What was released already is counted as retransmitted, of what waits
 * the first copy stands, unless it is bad and the new one is not.  Strange bytes in a stream where another
 * checksum is right are broken: where the other side acknowledged them and no better copy came before that they are taken as they
 * are, and counted. */
void stream_add(struct stream *s, const struct stream_bytes *b, struct stream_totals *totals,
                const struct stream_sink *sink, void *user);

/* Does something wait behind a hole (or behind bytes held for their checksum)? */
static inline bool stream_has_hole(const struct stream *s)
{
	return s->held != NULL;
}

/* Release what waits, as far as it is in order and may go. */
void stream_drain(struct stream *s, struct stream_totals *totals, const struct stream_sink *sink, void *user);

/* The other side acknowledged everything below `at`: bad bytes that it took were not bad. */
static inline void stream_acked(struct stream *s, uint64_t at, struct stream_totals *totals, const struct stream_sink *sink,
                                void *user)
{
	s->acked = MAX(s->acked, at);
	if (stream_has_hole(s))
		stream_drain(s, totals, sink, user);
}

/* What this stream adds to totals->held. */
uint64_t stream_held(const struct stream *s);

/* Is every byte before its FIN released? */
static inline bool stream_is_at_fin(const struct stream *s)
{
	return s->has_fin && s->next >= s->fin_at;
}

/* The frame of the first bytes behind its first hole, of the capture that has them; only where there is one. */
uint64_t stream_frame_behind_hole(const struct stream *s);
/* Likewise: has the other side acknowledged the bytes in the hole? */
bool stream_hole_is_acked(const struct stream *s);

/* Give up the first hole: it becomes lost, and what waited behind it is released.  Bad bytes behind it that nobody
 * acknowledged prove no hole: they are dropped instead. */
void stream_give_up(struct stream *s, struct stream_totals *totals, const struct stream_sink *sink, void *user);

/* The stream ends: every hole is lost, everything is released; the tail that was sent (a snaplen cut, a FIN behind it) or
 * acknowledged but that the capture lacks is lost too, unless the capture has nothing of this direction at all.  w is the
 * latest frame of the connection. */
void stream_flush(struct stream *s, const struct bits_where *w, struct stream_totals *totals,
                  const struct stream_sink *sink, void *user);

#endif
