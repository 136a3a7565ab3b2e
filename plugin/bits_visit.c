/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_visit.c - see bits_visit.h.
 *
 * Sequence numbers are as on the wire here.  TCP hands them to subdissectors as the user likes to see them; what it
 * analyses is as on the wire in any case. */
#include "plugin/bits_visit.h"

#include <epan/prefs-int.h>
#include <epan/prefs.h>
#include <string.h>

/* Of tcp_analysis.conversation_completeness. */
#define SEEN_SYN_AND_SYNACK 0x03
#define SEEN_RST            0x20

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

/* The number of tvb's first byte, where TCP hands it over.  On a FIN that brings nothing, TCP hands over what had waited
 * for it, and the number is the FIN's. */
static bool handed_over(const struct visit *v, const packet_info *pinfo, tvbuff_t *tvb, const struct tcpinfo *tcpinfo,
			guint32 *seq)
{
	const tcp_analyze_seq_flow_info_t *flow = analysis_of(v);

	if (tcpinfo == NULL)
		return false;
	*seq = as_on_the_wire(v, tcpinfo->seq);
	return flow == NULL || v->tcpd->fwd->fin != pinfo->num || *seq != flow->nextseq - 1 ||
	       tvb_reported_length(tvb) == 0;
}

/* Behind http's door nobody hands it over; but TCP knows where this segment ends. */
static bool seq_of(const struct visit *v, const packet_info *pinfo, tvbuff_t *tvb, const struct tcpinfo *tcpinfo,
		   guint32 *seq)
{
	const tcp_analyze_seq_flow_info_t *flow = analysis_of(v);

	if (handed_over(v, pinfo, tvb, tcpinfo, seq))
		return true;
	if (flow == NULL || tcpinfo != NULL)
		return false;
	*seq = flow->nextseq - (v->tcpd->fwd->fin == pinfo->num) - tvb_reported_length(tvb);
	return true;
}

uint64_t visit_at(struct visit *v, packet_info *pinfo, tvbuff_t *tvb, const struct tcpinfo *tcpinfo)
{
	guint32 seq;

	return seq_of(v, pinfo, tvb, tcpinfo, &seq) ? bits_feed_at(v->feed, v->d, seq) : bits_feed_next(v->feed, v->d);
}

static int64_t time_of(const packet_info *pinfo)
{
	if (!pinfo->fd->has_ts || pinfo->abs_ts.secs > BITS_TIME_LIMIT / 1000000000)
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

	if (flow != NULL)
		w.heard = bits_feed_at(v->feed, !v->d, flow->lastack);
	if (pinfo->rec->presence_flags & WTAP_HAS_INTERFACE_ID)
		w.tap = pinfo->rec->rec_header.packet_header.interface_id;
	return w;
}

bool visit_has_fin(struct visit *v, const packet_info *pinfo, uint64_t *at)
{
	const tcp_analyze_seq_flow_info_t *flow = analysis_of(v);

	if (flow == NULL || v->tcpd->fwd->fin != pinfo->num)
		return false;
	*at = bits_feed_at(v->feed, v->d, flow->nextseq - 1); /* its FIN has a number too */
	return true;
}

bool visit_has_rst(const struct visit *v)
{
	return v->tcpd != NULL && (v->tcpd->conversation_completeness & SEEN_RST) != 0;
}

bool visit_tcp_reorders(void)
{
	return tcp_has("reassemble_out_of_order");
}

#define TCP_HEADER_MIN 20
#define TCP_HEADER_MAX 60
#define TRAILER_MAX    8 /* bytes of a frame behind its payload: a checksum, a tag of a tap */

/* Does a TCP header of this connection, with that number, end where the payload begins? */
static bool has_header_before(const packet_info *pinfo, tvbuff_t *tvb, gint begin, guint32 seq)
{
	for (gint length = TCP_HEADER_MIN; length <= MIN(TCP_HEADER_MAX, begin); length += 4) {
		gint header = begin - length;

		if (tvb_get_ntohs(tvb, header) == pinfo->srcport && tvb_get_ntohs(tvb, header + 2) == pinfo->destport &&
		    tvb_get_ntohl(tvb, header + 4) == seq && (tvb_get_guint8(tvb, header + 12) >> 4) * 4 == length)
			return true;
	}
	return false;
}

tvbuff_t *visit_payload(struct visit *v, const packet_info *pinfo, tvbuff_t *tvb, gint *begin, uint64_t *at)
{
	const tcp_analyze_seq_flow_info_t *flow = analysis_of(v);
	const tcp_unacked_t *latest = flow != NULL ? flow->segments : NULL;
	gint length;

	if (latest == NULL || latest->frame != pinfo->num || tvb_captured_length(tvb) != tvb_reported_length(tvb))
		return NULL;
	length = (gint)(latest->nextseq - latest->seq) - (v->tcpd->fwd->fin == pinfo->num);
	for (gint trailer = 0; length > 0 && trailer <= TRAILER_MAX; trailer++) {
		*begin = (gint)tvb_captured_length(tvb) - trailer - length;
		if (*begin < TCP_HEADER_MIN || !has_header_before(pinfo, tvb, *begin, latest->seq))
			continue;
		if (v->feed != NULL)
			*at = bits_feed_at(v->feed, v->d, latest->seq);
		return tvb_new_subset_length(tvb, *begin, length);
	}
	return NULL;
}

/* ---- ours ------------------------------------------------------------------------------------------------------ */

static bool is_first_seq(const tcp_flow_t *flow, guint32 seq)
{
	return seq == flow->base_seq + 1;
}

/* Both SYNs are in the capture, this byte is the first of its side, and the other side has sent nothing. */
static bool is_from_start(const struct tcp_analysis *tcpd, guint32 seq)
{
	const tcp_analyze_seq_flow_info_t *other = tcp_has("analyze_sequence_numbers") ? tcpd->rev->tcp_analyze_seq_info : NULL;

	return (tcpd->conversation_completeness & SEEN_SYN_AND_SYNACK) == SEEN_SYN_AND_SYNACK && other != NULL &&
	       is_first_seq(tcpd->fwd, seq) && is_first_seq(tcpd->rev, other->nextseq);
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

void visit_take_over(struct visit *v, packet_info *pinfo, tvbuff_t *tvb, const struct tcpinfo *tcpinfo,
		     struct scene *scene, bits_feed_late late)
{
	struct bits_end ends[2] = {end_from(&pinfo->src, pinfo->srcport), end_from(&pinfo->dst, pinfo->destport)};
	guint32 seq;
	bool from_start = v->tcpd != NULL && seq_of(v, pinfo, tvb, tcpinfo, &seq) && is_from_start(v->tcpd, seq);

	v->d = 0;
	v->owned = wmem_new0(wmem_file_scope(), struct owned);
	v->feed = v->owned->feed = bits_feed_new(scene->told, scene->feeds->len + 1, ends, from_start, late, scene);
	copy_address_wmem(wmem_file_scope(), &v->owned->source, &pinfo->src);
	v->owned->port = (guint16)pinfo->srcport;
	g_ptr_array_add(scene->feeds, v->feed);
	conversation_add_proto_data(v->conversation, v->is_tcp ? slot_over_tcp : slot_over_others, v->owned);
}
