/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_visit.h - one call of a dissector: whose connection this is, which of its directions, and where in its stream.
 *
 * What TCP notes of a connection stands in struct tcp_analysis, and it has done so before it calls anybody. */
#ifndef PLUGIN_BITS_VISIT_H
#define PLUGIN_BITS_VISIT_H

#include "plugin/bits_scene.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>

/* What hangs at a conversation that is ours. */
struct owned {
	struct bits_feed *feed;
	address           source;    /* direction 0 is sent from here                                           */
	guint16           port;
	guint32           hidden_in; /* the frame in which http kept the first request to itself; 0: none       */
	gint              hidden_at; /* ... and where in the frame that is                                      */
	guint32           since;     /* the frame in which it became ours                                       */
	bool              waits[2];  /* TCP keeps bytes of that direction back: we asked it to                  */
};

struct visit {
	struct owned        *owned;  /* NULL: not ours                                                           */
	struct bits_feed    *feed;
	unsigned             d;
	bool                 is_tcp; /* carried by TCP itself, not by TLS or by a PDU that was exported          */
	bool                 may_be_keep_alive; /* this frame's segment is one byte, without PSH, SYN or FIN     */
	bool                 is_gathered;       /* TCP put together what it hands over                           */
	conversation_t      *conversation;
	struct tcp_analysis *tcpd;   /* if is_tcp                                                                */
};

/* Streams over TCP hang at their conversation under one protocol, all others under another: both may be there. */
void visit_handoff(int proto_over_tcp, int proto_over_others);

/* False: the connection is not ours (yet); v has its conversation all the same. */
bool visit_find(struct visit *v, packet_info *pinfo);
/* The same where TCP itself carries it; never makes a conversation. */
bool visit_find_tcp(struct visit *v, packet_info *pinfo);

/* It is ours from tvb's first byte on.  tcpinfo: what TCP handed over with tvb, or NULL where somebody stands between. */
void visit_take_over(struct visit *v, packet_info *pinfo, tvbuff_t *tvb, const struct tcpinfo *tcpinfo, struct scene *scene,
                     bits_feed_late late);

/* The offset of tvb's first byte in its stream. */
uint64_t visit_at(struct visit *v, packet_info *pinfo, tvbuff_t *tvb, const struct tcpinfo *tcpinfo);
/* Of this frame; `at` is left unknown.  `heard` is what its sender acknowledged last. */
struct bits_where visit_where(struct visit *v, const packet_info *pinfo);

/* What TCP handed over ends with the segment of this frame: may that be a keep-alive?  (struct visit) */
bool visit_may_be_keep_alive(const struct visit *v, const packet_info *pinfo, const struct tcpinfo *tcpinfo);

/* Who sent this frame. */
struct bits_end visit_sender(const packet_info *pinfo);

/* What the TCP header of a frame says.  TCP tells no subdissector of a segment without bytes, or out of order, or of a FIN or
 * RST by itself; but it tells what to look for in the frame. */
struct visit_header {
	guint32 seq;
	bool    has_ack, has_fin, has_rst;
	bool    may_be_keep_alive; /* as in struct visit */
	gint    payload; /* where its payload begins in the frame */
	gint    length;  /* of the payload, in bytes              */
};

/* The header of the frame in tvb, which has to be the one that TCP read: ports, numbers and lengths fit.  False: it cannot
 * be told (an IP fragment, a cut frame). */
bool visit_header(const struct visit *v, const packet_info *pinfo, tvbuff_t *tvb, struct visit_header *h);

/* Does the byte of that number lie within what TCP gathers, or gathered, from an earlier segment on? */
bool visit_is_within(const struct visit *v, guint32 seq);

/* Does TCP put segments in order itself, and hand them over later? */
bool visit_tcp_reorders(void);

#endif
