/* pump.h - frames in, ordered TCP streams out, into the core's connections: links, IP, TCP and the connection table. */
#ifndef WIRE_PUMP_H
#define WIRE_PUMP_H

#include <glib.h>
#include <stdint.h>

#include "core/bits_where.h"
#include "wire/ip_fragments.h"

struct bits_tracker;
struct conn_facts;
struct pump;

struct pump_stats {
	uint64_t frames, bytes;        /* frames and captured bytes                                    */
	uint64_t segments;             /* TCP segments                                                 */
	uint64_t unknown_link;         /* frames of a link type that we do not know                    */
	uint64_t unknown_proto;        /* known link, but not IP, or a tunnel that we do not open      */
	uint64_t not_tcp;              /* over IP, but not TCP, nor a tunnel that we open              */
	uint64_t encrypted;            /* or compressed, or in pieces of its link: nobody can read it  */
	uint64_t ip_fragments;         /* frames that hold one                                         */
	uint64_t datagrams;            /* put together of fragments                                    */
	uint64_t datagrams_given_up;   /* that never became whole: what is known of them was read      */
	uint64_t datagrams_conflicting; /* bytes of which two fragments say different things           */
	uint64_t malformed;            /* lengths that do not fit, cut inside a header, too many layers */
	struct unread_tally unread[PACKET_ENCRYPTED + 1]; /* what was counted as that                 */
	uint64_t connections;          /* seen                                                         */
	uint64_t http_connections;     /* of these, HTTP                                               */
	uint64_t retransmitted;        /* payload bytes seen again, those of exported PDUs too          */
	uint64_t lost;                 /* payload bytes that the capture does not have                 */
	uint64_t broken;               /* payload bytes of a wrong checksum that were taken (stream.h) */
	uint64_t conflicting;          /* payload bytes of which two copies differ                     */
	uint64_t evicted;              /* connections given up because a table was full                */
	uint64_t crowded_out;          /* holes given up because too much waited behind all of them    */
};

/* What a pump may keep.  What is given up for it is told to the core and counted. */
struct pump_limits {
	guint    connections; /* at least 1; then the one that was used least recently goes (evicted)     */
	guint    live;        /* of these, neither ended nor other than HTTP: at least 1; as above        */
	uint64_t held;        /* memory of what waits behind holes, all connections together, in bytes; then
	                       * those of who holds most become losses                                    */
	uint64_t framed;      /* memory of the framers of all HTTP connections, half a head each among it, in bytes; then
	                       * those that were used least recently go, until a quarter is free (evicted) */
	struct ip_fragments_limits fragments; /* then the oldest datagram goes (datagrams_given_up)          */
};

/* `t` is borrowed and must outlive the pump.  524 288 connections, 131 072 of them live, 64 MiB behind holes, 32 MiB in framers, 4096 datagrams in fragments with
 * 16 MiB. */
struct pump *pump_new(struct bits_tracker *t) G_GNUC_WARN_UNUSED_RESULT;
struct pump *pump_new_within(struct bits_tracker *t, const struct pump_limits *limits) G_GNUC_WARN_UNUSED_RESULT;
void         pump_free(struct pump *p);

/* One frame, in capture order.  Borrowed for the call. */
void pump_frame(struct pump *p, const struct frame *f);
/* The same.  Gives the ordinal of the connection that it is part of; 0: of none that is looked at.  The same frames give the
 * same ordinals again, whatever the tracker's sink does. */
uint64_t pump_frame_conn(struct pump *p, const struct frame *f);

/* Fragments belong to a connection that is known when the last one has come: then `told` is called for the frames of all of
 * them, in any order, some more than once; pump_frame_conn gave 0 for those that were not the last.  Before the first frame. */
void pump_tell_frames(struct pump *p, void (*told)(uint32_t file, uint32_t frame, uint64_t conn, void *user), void *user);

/* Measure connections from now on; before the first frame.  `told` is called once for each one that was HTTP, when nothing
 * more can come of it: after its last call of the tracker, at the latest in pump_finish; borrowed for the call. */
void pump_measure(struct pump *p, void (*told)(const struct conn_facts *f, void *user), void *user);

/* The captures are at their end: holes become losses, connections close with BITS_TCP_CAPTURE_END.  Once. */
void pump_finish(struct pump *p);

const struct pump_stats *pump_stats(const struct pump *p);

#endif
