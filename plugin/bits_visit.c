/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_visit.c - see bits_visit.h.
 *
 * Sequence numbers are as on the wire here.  TCP hands them to subdissectors as the user likes to see them; what it
 * analyses is as on the wire in any case. */
#include "plugin/bits_visit.h"

#include <epan/prefs-int.h>
#include <epan/prefs.h>
#include <string.h>

#define BASE_IS_SET  0x01 /* of tcp_flow.static_flags: base_seq is known ...          */
#define BASE_IS_SYNS 0x06 /* ... and is the number of a SYN (2), of one with an ACK (4) */

#define TCP_HEADER_MIN 20
#define TCP_HEADER_MAX 60
#define TRAILER_MAX    64 /* bytes of a frame behind its segment: padding, a checksum, what taps add */

static int proto_tcp, proto_tls, slot_over_tcp, slot_over_others;

void visit_handoff(int proto_over_tcp, int proto_over_others)
{
	proto_tcp = proto_get_id_by_filter_name("tcp");
	proto_tls = proto_get_id_by_filter_name("tls");
	slot_over_tcp = proto_over_tcp;
	slot_over_others = proto_over_others;
}

/* ---- whose ----------------------------------------------------------------------------------------------------- */

static bool recall(struct visit *v, packet_info *pinfo)
{
	v->owned = conversation_get_proto_data(v->conversation, v->is_tcp ? slot_over_tcp : slot_over_others);
	if (v->owned == NULL)
		return false;
	v->feed = v->owned->feed;
	v->d = !(v->owned->port == (guint16)pinfo->srcport && addresses_equal(&v->owned->source, &pinfo->src));
	return true;
}

bool visit_find(struct visit *v, packet_info *pinfo)
{
	v->is_tcp = is_under(pinfo, proto_tcp) && !is_under(pinfo, proto_tls);
	v->conversation = find_or_create_conversation(pinfo);
	v->tcpd = v->is_tcp ? get_tcp_conversation_data(v->conversation, pinfo) : NULL;
	return recall(v, pinfo);
}

bool visit_find_tcp(struct visit *v, packet_info *pinfo)
{
	v->is_tcp = true;
	v->conversation = find_conversation_pinfo(pinfo, 0);
	if (v->conversation == NULL || !recall(v, pinfo))
		return false;
	v->tcpd = get_tcp_conversation_data(v->conversation, pinfo);
	return v->tcpd != NULL;
}

/* ---- where ----------------------------------------------------------------------------------------------------- */

static bool tcp_has(const char *preference)
{
	return prefs_get_bool_value(prefs_find_preference(prefs_find_module("tcp"), preference), pref_current);
}

/* Where the user has it off, the numbers stand still. */
static const tcp_analyze_seq_flow_info_t *analysis_of(const struct visit *v)
{
	return v->tcpd != NULL && tcp_has("analyze_sequence_numbers") ? v->tcpd->fwd->tcp_analyze_seq_info : NULL;
}

static guint32 as_on_the_wire(const struct visit *v, guint32 seq)
{
	bool is_relative = tcp_has("analyze_sequence_numbers") && tcp_has("relative_sequence_numbers");

	return is_relative ? seq + v->tcpd->fwd->base_seq : seq;
}

/* The number of tvb's first byte, where TCP hands it over: of a SYN that brings bytes (RFC 7413) it is the SYN's.  On a FIN that
 * brings nothing, TCP hands over what had waited for it, and the number is the FIN's. */
static bool handed_over(const struct visit *v, tvbuff_t *tvb, const struct tcpinfo *tcpinfo, guint32 *seq)
{
	const tcp_analyze_seq_flow_info_t *flow = analysis_of(v);

	*seq = as_on_the_wire(v, tcpinfo->seq) + ((tcpinfo->flags & TH_SYN) != 0);
	return flow == NULL || !IS_TH_FIN(tcpinfo->flags) || *seq != flow->nextseq - 1 || tvb_reported_length(tvb) == 0;
}

/* What TCP gathers, or gathered, with the byte of that number, counted from `base` on; NULL: nothing. */
static const struct tcp_multisegment_pdu *gathered_with(const struct visit *v, guint32 seq, guint32 base)
{
	const struct tcp_multisegment_pdu *pdu = wmem_tree_lookup32_le(v->tcpd->fwd->multisegment_pdus, seq - base);

	return pdu != NULL && (gint32)(pdu->nxtpdu - (seq - base)) > 0 ? pdu : NULL;
}

/* The number behind what TCP gathered with the segment that begins at seq; `otherwise` where it gathered nothing. */
static guint32 end_of_gathered(const struct visit *v, guint32 seq, guint32 otherwise)
{
	guint32 base = as_on_the_wire(v, 0);
	const struct tcp_multisegment_pdu *pdu = gathered_with(v, seq, base);

	return pdu != NULL ? pdu->nxtpdu + base : otherwise;
}

bool visit_is_within(const struct visit *v, guint32 seq)
{
	guint32 base = as_on_the_wire(v, 0);
	const struct tcp_multisegment_pdu *pdu = gathered_with(v, seq, base);

	return pdu != NULL && (gint32)(seq - base - pdu->seq) > 0;
}

static bool has_syn(const tcp_flow_t *flow)
{
	return (flow->static_flags & BASE_IS_SYNS) != 0;
}

static bool begins_with_syn(const struct visit *v, const tcp_unacked_t *segment)
{
	return has_syn(v->tcpd->fwd) && segment->seq == v->tcpd->fwd->base_seq;
}

/* Behind http's door nobody hands it over; but TCP knows where the segment of this frame ends, which need not be the latest of
 * its stream.  tvb ends there too; where it is as long as the segment but for one, that one is a FIN, if it is no SYN, and where it
 * is longer, it was gathered. */
static bool number_in_segment(const struct visit *v, const packet_info *pinfo, tvbuff_t *tvb, guint32 *seq)
{
	const tcp_analyze_seq_flow_info_t *flow = analysis_of(v);
	const tcp_unacked_t *latest = flow != NULL ? flow->segments : NULL;
	guint32 length = tvb_reported_length(tvb), here, end;
	bool has_fin;

	if (flow == NULL)
		return false;
	end = flow->nextseq;
	if (latest != NULL && latest->frame == pinfo->num) {
		here = latest->nextseq - latest->seq;
		has_fin = here == length + 1 && !begins_with_syn(v, latest);
		end = length > here ? end_of_gathered(v, latest->seq, latest->nextseq) : latest->nextseq - has_fin;
	}
	*seq = end - length;
	return true;
}

static bool seq_of(const struct visit *v, const packet_info *pinfo, tvbuff_t *tvb, const struct tcpinfo *tcpinfo,
		   guint32 *seq)
{
	return tcpinfo != NULL ? handed_over(v, tvb, tcpinfo, seq) : number_in_segment(v, pinfo, tvb, seq);
}

uint64_t visit_at(struct visit *v, packet_info *pinfo, tvbuff_t *tvb, const struct tcpinfo *tcpinfo)
{
	guint32 seq;

	return seq_of(v, pinfo, tvb, tcpinfo, &seq) ? bits_feed_at(v->feed, v->d, seq) : bits_feed_next(v->feed, v->d);
}

static int64_t time_of(const packet_info *pinfo)
{
	if (!pinfo->fd->has_ts || ABS((int64_t)pinfo->abs_ts.secs) >= BITS_TIME_LIMIT / 1000000000)
		return BITS_TIME_UNKNOWN;
	return (int64_t)pinfo->abs_ts.secs * 1000000000 + pinfo->abs_ts.nsecs;
}

struct bits_where visit_where(struct visit *v, const packet_info *pinfo)
{
	const tcp_analyze_seq_flow_info_t *flow = analysis_of(v);
	struct bits_where w = {.frame = pinfo->num,
			       .pos = BITS_POS_UNKNOWN,
			       .at = BITS_AT_UNKNOWN,
			       .conn = bits_feed_ordinal(v->feed),
			       .heard = BITS_HEARD_UNKNOWN,
			       .time_ns = time_of(pinfo)};

	if (flow != NULL && flow->lastack != 0) /* a RST without ACK leaves 0 */
		w.heard = bits_feed_at(v->feed, !v->d, flow->lastack);
	if (pinfo->rec->presence_flags & WTAP_HAS_INTERFACE_ID)
		w.tap = pinfo->rec->rec_header.packet_header.interface_id;
	return w;
}

bool visit_tcp_reorders(void)
{
	return tcp_has("reassemble_out_of_order");
}

/* ---- the header of a frame ------------------------------------------------------------------------------------- */

/* What is looked for: a segment of that length (FIN and SYN count), with that number, if it has any length. */
struct wanted {
	guint32 seq, length, ack;
};

static bool is_lone_byte(guint32 length, guint16 flags)
{
	return length == 1 && (flags & (TH_PUSH | TH_SYN | TH_FIN)) == 0;
}

bool visit_may_be_keep_alive(const struct visit *v, const packet_info *pinfo, const struct tcpinfo *tcpinfo)
{
	const tcp_analyze_seq_flow_info_t *flow = analysis_of(v);
	const tcp_unacked_t *latest = flow != NULL ? flow->segments : NULL;

	return latest != NULL && latest->frame == pinfo->num && is_lone_byte(latest->nextseq - latest->seq, tcpinfo->flags);
}

static bool header_at(const packet_info *pinfo, tvbuff_t *tvb, gint at, gint header_length, const struct wanted *w,
		      struct visit_header *h)
{
	guint16 flags = tvb_get_ntohs(tvb, at + 12) & 0x0FFF;

	h->seq = tvb_get_ntohl(tvb, at + 4);
	h->has_ack = (flags & TH_ACK) != 0;
	h->has_fin = (flags & TH_FIN) != 0;
	h->has_rst = (flags & TH_RST) != 0;
	h->may_be_keep_alive = is_lone_byte((guint32)h->length, flags);
	return tvb_get_ntohs(tvb, at) == pinfo->srcport && tvb_get_ntohs(tvb, at + 2) == pinfo->destport &&
	       (tvb_get_guint8(tvb, at + 12) >> 4) * 4 == header_length && (w->length == 0 || h->seq == w->seq) &&
	       tvb_get_ntohl(tvb, at + 8) == w->ack && (guint32)(h->length + h->has_fin) == w->length;
}

static bool header_before(const packet_info *pinfo, tvbuff_t *tvb, const struct wanted *w, struct visit_header *h)
{
	for (gint length = TCP_HEADER_MIN; length <= MIN(TCP_HEADER_MAX, h->payload); length += 4)
		if (header_at(pinfo, tvb, h->payload - length, length, w, h))
			return true;
	return false;
}

bool visit_header(const struct visit *v, const packet_info *pinfo, tvbuff_t *tvb, struct visit_header *h)
{
	const tcp_analyze_seq_flow_info_t *flow = analysis_of(v);
	const tcp_unacked_t *latest = flow != NULL ? flow->segments : NULL;
	struct wanted w = {.length = 0};

	if (flow == NULL || tvb_captured_length(tvb) != tvb_reported_length(tvb))
		return false;
	w.ack = flow->lastack;
	if (latest != NULL && latest->frame == pinfo->num) {
		w.seq = latest->seq;
		w.length = latest->nextseq - latest->seq;
	}
	for (gint trailer = 0; trailer <= TRAILER_MAX; trailer++)
		for (gint fin = 0; fin <= MIN(1, (gint)w.length); fin++) {
			h->length = (gint)w.length - fin;
			h->payload = (gint)tvb_captured_length(tvb) - trailer - h->length;
			if (h->payload >= TCP_HEADER_MIN && header_before(pinfo, tvb, &w, h))
				return true;
		}
	return false;
}

/* ---- ours ------------------------------------------------------------------------------------------------------ */

static bool is_first_seq(const tcp_flow_t *flow, guint32 seq)
{
	return seq == flow->base_seq + 1;
}

/* Is this the first byte of its sender?  The other side's SYN tells as well, where that has acknowledged nothing but a SYN. */
static bool is_senders_first(const struct visit *v, guint32 seq, const tcp_analyze_seq_flow_info_t *other)
{
	return has_syn(v->tcpd->fwd) ? is_first_seq(v->tcpd->fwd, seq) : has_syn(v->tcpd->rev) && other->lastack == seq;
}

/* Has the other side sent nothing but its SYN, which need not be in the capture? */
static bool has_sent_nothing(const struct visit *v, const tcp_analyze_seq_flow_info_t *own,
			     const tcp_analyze_seq_flow_info_t *other)
{
	if (has_syn(v->tcpd->rev))
		return is_first_seq(v->tcpd->rev, other->nextseq);
	return other->nextseq == 0 && (own->lastack == 0 || is_first_seq(v->tcpd->rev, own->lastack));
}

/* This byte is the first of its side, and the other side has sent nothing. */
static bool is_from_start(const struct visit *v, guint32 seq)
{
	const tcp_analyze_seq_flow_info_t *own = analysis_of(v), *other = v->tcpd->rev->tcp_analyze_seq_info;

	return own != NULL && other != NULL && is_senders_first(v, seq, other) && has_sent_nothing(v, own, other);
}

static struct bits_end end_from(const address *a, guint32 port)
{
	struct bits_end end = {.port = (uint16_t)port};

	if (a->type != AT_IPv4 && a->type != AT_IPv6)
		return end;
	end.addr.family = a->type == AT_IPv4 ? 4 : 6;
	memcpy(end.addr.bytes, a->data, (size_t)MIN(a->len, 16));
	return end;
}

struct bits_end visit_sender(const packet_info *pinfo)
{
	return end_from(&pinfo->src, pinfo->srcport);
}

/* Bytes behind tvb's have come already: nobody asked us about them, and nobody will. */
static bool came_too_late(const struct visit *v, tvbuff_t *tvb, guint32 seq)
{
	const tcp_analyze_seq_flow_info_t *flow = analysis_of(v);

	return flow != NULL && (gint32)(flow->nextseq - seq - tvb_reported_length(tvb)) > 1; /* 1: a FIN */
}

void visit_take_over(struct visit *v, packet_info *pinfo, tvbuff_t *tvb, const struct tcpinfo *tcpinfo,
		     struct scene *scene, bits_feed_late late)
{
	struct bits_end ends[2] = {end_from(&pinfo->src, pinfo->srcport), end_from(&pinfo->dst, pinfo->destport)};
	guint32 seq;
	bool has_seq = v->tcpd != NULL && seq_of(v, pinfo, tvb, tcpinfo, &seq);
	bool from_start = has_seq && is_from_start(v, seq);

	if (has_seq && came_too_late(v, tvb, seq))
		bits_tracker_lacks_evidence(told_tracker(scene->told));

	v->d = 0;
	v->owned = wmem_new0(wmem_file_scope(), struct owned);
	v->feed = v->owned->feed = bits_feed_new(scene->told, scene->feeds->len + 1, ends, from_start, late, scene);
	if (from_start) {
		bits_feed_begin_at(v->feed, 0, seq);
		if (v->tcpd->rev->static_flags & BASE_IS_SET)
			bits_feed_begin_at(v->feed, 1, v->tcpd->rev->base_seq + 1);
	}
	if (!v->is_tcp) /* TLS, or a PDU that was exported from wherever */
		bits_feed_set_secure(v->feed);
	copy_address_wmem(wmem_file_scope(), &v->owned->source, &pinfo->src);
	v->owned->port = (guint16)pinfo->srcport;
	v->owned->since = pinfo->num;
	g_ptr_array_add(scene->feeds, v->feed);
	conversation_add_proto_data(v->conversation, v->is_tcp ? slot_over_tcp : slot_over_others, v->owned);
}
