/* SPDX-License-Identifier: GPL-2.0-or-later */
/* packet-bits.c - the doors by which packets come, and what is done with them.
 *
 * No Wireshark knows the method BITS_POST.  A stream that says it is claimed: from then on both of its directions come
 * here, which is what makes empty Acks visible.  On the first pass the bytes go to the core (bits_feed.h), and what it
 * found in a frame is noted (bits_notes.h); every pass draws from the notes (bits_tree.h).  Messages that are not BITS are
 * http's, and a BITS message is http's too, but for the line that it does not understand. */
#include "plugin/compat.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/dissectors/packet-tls-utils.h>
#include <epan/dissectors/packet-tls.h>
#include <epan/exceptions.h>
#include <epan/prefs-int.h>
#include <epan/prefs.h>
#include <epan/proto_data.h>
#include <epan/show_exception.h>
#include <epan/to_str.h>
#include <string.h>

#include "plugin/bits_notes.h"
#include "plugin/bits_feed.h"
#include "plugin/bits_taps.h"
#include "plugin/bits_told.h"
#include "plugin/bits_tree.h"

#define CLAIM        "BITS_POST "
#define CLAIM_LENGTH 10

void proto_register_bits(void);
void proto_reg_handoff_bits(void);

static int proto_bits, proto_bits_data, proto_bits_stream;

static dissector_handle_t stream_handle, packet_handle, post_handle;
static dissector_handle_t http_tcp_handle, http_tls_handle, tls_handle;
static int                proto_http, proto_tcp, proto_tls;

/* Of the capture that is open. */
static struct told *told;
static struct notes *notes;
static GPtrArray    *streams; /* of struct bits_feed, owned */
static unsigned      n_open;    /* of these: all */
static packet_info  *feeding;   /* the frame whose bytes or acknowledgment the core is being told of */
static guint32       drawn_in;  /* the frame that draw() drew in, while it is being dissected; 0: none */
static unsigned      n_hidden; /* frames whose first request http kept to itself */
static bool          in_http; /* http is drawing for us: nothing is claimed, nothing comes back */
static bool          has_post;

/* ---- the capture ----------------------------------------------------------------------------------------------- */

static void open_capture(void)
{
	told = told_new();
	notes = notes_new();
	streams = g_ptr_array_new_with_free_func((GDestroyNotify)bits_feed_free);
	n_open = n_hidden = 0;
	in_http = false;
}

static void close_capture(void)
{
	bits_taps_forget();
	g_clear_pointer(&streams, g_ptr_array_unref);
	g_clear_pointer(&notes, notes_free);
	g_clear_pointer(&told, told_free);
}

/* Every frame was seen once: whatever is open ends with the capture. */
static void finish_capture(void)
{
	struct bits_where nowhere = { .pos = BITS_POS_UNKNOWN, .at = BITS_AT_UNKNOWN, .heard = BITS_HEARD_UNKNOWN,
		                      .time_ns = BITS_TIME_UNKNOWN };

	if (told == NULL || told_is_finished(told))
		return;
	for (guint i = 0; i < streams->len; i++)
		bits_feed_close(streams->pdata[i], BITS_TCP_CAPTURE_END, 0, &nowhere);
	told_finish(told);
}

/* ---- where a packet comes from --------------------------------------------------------------------------------- */

struct owned;

static void note_late(struct bits_feed *s, unsigned d, uint32_t frame, uint64_t at, struct bits_str data);

/* A connection on its way through this function: its stream, and which of its directions this packet is. */
struct visit {
	struct owned        *owned;
	struct bits_feed  *stream;
	unsigned             d;
	bool                 is_tcp; /* carried by TCP itself, not by TLS or by a PDU that was exported */
	conversation_t      *conversation;
	struct tcp_analysis *tcpd;   /* if is_tcp */
};

/* Streams hang at their conversation; TLS, whose bytes are others, has a place of its own there. */
struct owned {
	struct bits_feed *stream;
	address             source; /* direction 0 is sent from here                                  */
	guint16             port;
	guint32             hidden_in; /* the frame in which http kept the first request to itself; 0: none */
	gint                hidden_at; /* ... and where in the frame that is                                */
};

/* Compares numbers: Wireshark's own question goes by names, and this one is asked of every frame. */
static bool is_under(const packet_info *pinfo, int proto)
{
	for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer != NULL; layer = wmem_list_frame_next(layer))
		if (GPOINTER_TO_INT(wmem_list_frame_data(layer)) == proto)
			return true;
	return false;
}

static struct bits_end end_from(const address *a, guint32 port)
{
	struct bits_end end = { .port = (uint16_t)port };

	if (a->type != AT_IPv4 && a->type != AT_IPv6)
		return end;
	end.addr.family = a->type == AT_IPv4 ? 4 : 6;
	memcpy(end.addr.bytes, a->data, (size_t)MIN(a->len, 16));
	return end;
}

/* Numbers are as on the wire here.  TCP hands them to subdissectors as the user likes to see them; what it analyses is as
 * on the wire in any case. */
static bool has_relative_numbers(void)
{
	static pref_t *relative;

	if (relative == NULL)
		relative = prefs_find_preference(prefs_find_module("tcp"), "relative_sequence_numbers");
	return prefs_get_bool_value(relative, pref_current);
}

static bool is_first_seq(const tcp_flow_t *flow, guint32 seq)
{
	return seq == flow->base_seq + 1;
}

#define SEEN_SYN_AND_SYNACK 0x03 /* of tcp_analysis.conversation_completeness */
#define SEEN_RST            0x20

/* Both SYNs are in the capture, this byte is the first of its side, and the other side has sent nothing. */
static bool is_from_start(const struct tcp_analysis *tcpd, guint32 seq)
{
	const tcp_analyze_seq_flow_info_t *other = tcpd->rev->tcp_analyze_seq_info;

	return (tcpd->conversation_completeness & SEEN_SYN_AND_SYNACK) == SEEN_SYN_AND_SYNACK && other != NULL &&
	       is_first_seq(tcpd->fwd, seq) && is_first_seq(tcpd->rev, other->nextseq);
}

static bool recall(struct visit *v, packet_info *pinfo)
{
	v->owned = conversation_get_proto_data(v->conversation, v->is_tcp ? proto_bits : proto_bits_stream);
	if (v->owned == NULL)
		return false;
	v->stream = v->owned->stream;
	v->d = !(v->owned->port == (guint16)pinfo->srcport && addresses_equal(&v->owned->source, &pinfo->src));
	return true;
}

static bool find_stream(struct visit *v, packet_info *pinfo)
{
	v->is_tcp = is_under(pinfo, proto_tcp) && !is_under(pinfo, proto_tls);
	v->conversation = find_or_create_conversation(pinfo);
	v->tcpd = v->is_tcp ? get_tcp_conversation_data(v->conversation, pinfo) : NULL;
	return recall(v, pinfo);
}

/* Only where TCP itself carries it. */
static bool find_tcp_stream(struct visit *v, packet_info *pinfo)
{
	v->is_tcp = true;
	v->conversation = find_conversation_pinfo(pinfo, 0);
	if (v->conversation == NULL || !recall(v, pinfo))
		return false;
	v->tcpd = get_tcp_conversation_data(v->conversation, pinfo);
	return v->tcpd != NULL;
}

static void open_stream(struct visit *v, packet_info *pinfo, bool from_start)
{
	struct bits_end ends[2] = { end_from(&pinfo->src, pinfo->srcport), end_from(&pinfo->dst, pinfo->destport) };
	struct owned   *o = wmem_new0(wmem_file_scope(), struct owned);

	v->d = 0;
	v->owned = o;
	v->stream = o->stream = bits_feed_new(told, streams->len + 1, ends, from_start, note_late);
	copy_address_wmem(wmem_file_scope(), &o->source, &pinfo->src);
	o->port = (guint16)pinfo->srcport;
	g_ptr_array_add(streams, o->stream);
	conversation_add_proto_data(v->conversation, v->is_tcp ? proto_bits : proto_bits_stream, o);
	n_open++;
	if (!has_post) { /* from here on every frame matters: see dissect_post */
		register_postdissector(post_handle);
		has_post = true;
	}
}

static struct bits_str bytes_of(tvbuff_t *tvb)
{
	gint n = (gint)tvb_captured_length(tvb);

	return (struct bits_str){ n > 0 ? (const char *)tvb_get_ptr(tvb, 0, n) : NULL, (size_t)n };
}

/* ---- feeding --------------------------------------------------------------------------------------------------- */

static int64_t time_of(const packet_info *pinfo)
{
	if (!pinfo->fd->has_ts || pinfo->abs_ts.secs > BITS_TIME_LIMIT / 1000000000)
		return BITS_TIME_UNKNOWN;
	return (int64_t)pinfo->abs_ts.secs * 1000000000 + pinfo->abs_ts.nsecs;
}

static struct bits_where where_of(const packet_info *pinfo, const struct visit *v)
{
	struct bits_where w = { .frame = pinfo->num, .pos = BITS_POS_UNKNOWN, .conn = bits_feed_ordinal(v->stream),
		                .heard = BITS_HEARD_UNKNOWN, .time_ns = time_of(pinfo) };

	if (pinfo->rec->presence_flags & WTAP_HAS_INTERFACE_ID)
		w.tap = pinfo->rec->rec_header.packet_header.interface_id;
	return w;
}

/* What this packet's sender has acknowledged: TCP has taken note of it before it called anybody. */
static uint64_t heard_by_sender(struct visit *v)
{
	const tcp_analyze_seq_flow_info_t *flow = v->tcpd != NULL ? v->tcpd->fwd->tcp_analyze_seq_info : NULL;

	return flow == NULL ? BITS_HEARD_UNKNOWN : bits_feed_at(v->stream, !v->d, flow->lastack);
}

/* The number of tvb's first byte, as on the wire.  Behind http's door nobody hands it over; but TCP knows where this segment ends. */
static bool seq_of(const struct visit *v, packet_info *pinfo, tvbuff_t *tvb, const struct tcpinfo *tcpinfo, guint32 *seq)
{
	const tcp_analyze_seq_flow_info_t *flow = v->tcpd != NULL ? v->tcpd->fwd->tcp_analyze_seq_info : NULL;

	if (tcpinfo != NULL) {
		*seq = tcpinfo->seq + (has_relative_numbers() ? v->tcpd->fwd->base_seq : 0);
		return true;
	}
	if (flow == NULL)
		return false;
	*seq = flow->nextseq - (v->tcpd->fwd->fin == pinfo->num) - tvb_reported_length(tvb);
	return true;
}

/* Some bytes of a frame, to be noted. */
struct noting {
	struct bits_feed *stream;
	unsigned            d;
	uint32_t            frame;
	struct bits_str     data;       /* as many as the capture has */
	uint64_t            begin, end; /* of them, in the stream     */
	uint64_t            noted;      /* up to here                 */
	packet_info        *late;       /* not NULL: their own frame is gone, and this one tells of them */
};

static struct bits_str bytes_at(const struct noting *n, uint64_t at, uint64_t length)
{
	uint64_t offset = MIN(at - n->begin, n->data.n);

	return (struct bits_str){ n->data.p + offset, (size_t)MIN(length, n->data.n - offset) };
}

static void note(struct noting *n, struct note what)
{
	struct bits_str bytes = bytes_at(n, n->noted, what.length);

	notes_add(notes, n->frame, what, bytes);
	n->noted += what.length;
	if (n->late != NULL)
		bits_taps_tell(n->late, told, &what, bytes);
}

static void note_nothing(struct noting *n, uint64_t upto)
{
	if (upto > n->noted)
		note(n, (struct note){ .kind = NOTE_NOTHING, .length = (uint32_t)(upto - n->noted) });
}

static GArray *runs_between(const struct feed_message *m, uint64_t from, uint64_t to)
{
	GArray *runs = NULL;

	for (guint i = 0; i < m->runs->len; i++) {
		struct feed_run run = g_array_index(m->runs, struct feed_run, i);
		struct bits_range here = bits_range_cut((struct bits_range){ run.at, run.at + run.n }, (struct bits_range){ from, to });

		if (bits_range_is_empty(here))
			continue;
		if (runs == NULL)
			runs = g_array_new(false, false, sizeof run);
		if (run.file_offset != BITS_SIZE_UNKNOWN)
			run.file_offset += here.from - run.at;
		run.at = here.from - from;
		run.n = here.to - here.from;
		g_array_append_val(runs, run);
	}
	return runs;
}

static enum note_kind kind_of(const struct feed_message *m, bool has_head)
{
	bool is_bits = !m->is_interim && (m->packet != BITS_PACKET_NONE || m->asked != BITS_PACKET_NONE);

	if (!has_head)
		return NOTE_DATA;
	if (!is_bits)
		return NOTE_HTTP;
	return m->is_request ? NOTE_REQUEST : NOTE_ANSWER;
}

/* This frame shows the message. */
static void note_where_shown(const struct noting *n, const struct feed_message *m)
{
	struct told_exchange *x;

	if (!m->is_request) {
		told_show_answer(told, bits_feed_ordinal(n->stream), m->first_frame, m->first, n->frame);
		return;
	}
	x = told_exchange(told, m->number);
	if (x != NULL)
		x->request.shown_in = n->frame;
}

static void note_message(const struct feed_message *m, void *user)
{
	struct noting *n = user;
	uint64_t       from = MAX(m->first, n->noted), to = m->ended ? MIN(m->end, n->end) : n->end;
	bool           has_head = m->first >= n->noted && m->head_end <= n->end;
	struct note    what = { .number = m->number, .conn = bits_feed_ordinal(n->stream), .at = m->first,
		                .first_frame = m->first_frame, .is_answer = !m->is_request, .packet = m->packet };

	if (to <= from)
		return;
	note_nothing(n, from);
	what.kind = kind_of(m, has_head);
	what.length = (uint32_t)(to - from);
	what.head_length = has_head ? (uint32_t)(m->head_end - m->first) : 0;
	what.runs = runs_between(m, from, to);
	if (m->head_end > from && m->head_end <= to)
		note_where_shown(n, m);
	note(n, what);
}

/* Bytes that had to wait for others: their frame is long gone, but may be looked at again. */
static void note_late(struct bits_feed *s, unsigned d, uint32_t frame, uint64_t at, struct bits_str data)
{
	struct noting n = { s, d, frame, data, at, at + data.n, at, feeding };

	bits_feed_each(s, d, n.begin, n.end, note_message, &n);
	note_nothing(&n, n.end);
}

/* What cannot be drawn before more has come: its beginning; or the end of what is here. */
static uint64_t find_wish(struct noting *n, struct note *wait, bool can_wait)
{
	uint64_t from = n->end;

	*wait = (struct note){ .kind = NOTE_WAIT };
	if (!can_wait)
		return n->end;
	wait->wish = bits_feed_wish(n->stream, n->d, n->begin, &from, &wait->wish_bytes);
	return wait->wish == FEED_WISH_NOTHING ? n->end : from;
}

static void note_all(struct noting *n, bool can_wait)
{
	struct note wait;
	uint64_t    end = n->end;

	n->end = find_wish(n, &wait, can_wait);
	bits_feed_each(n->stream, n->d, n->begin, n->end, note_message, n);
	note_nothing(n, n->end);
	if (wait.wish == FEED_WISH_NOTHING)
		return;
	wait.length = (uint32_t)(end - n->end);
	bits_feed_expect(n->stream, n->d, n->end);
	note(n, wait);
}

/* The first pass: to the core with it, and keep in mind what it was. */
static void feed(struct visit *v, packet_info *pinfo, tvbuff_t *tvb, uint64_t at)
{
	guint             have = tvb_captured_length(tvb), all = tvb_reported_length(tvb);
	struct bits_str   data = bytes_of(tvb);
	struct bits_where w = where_of(pinfo, v);
	struct noting     n = { v->stream, v->d, pinfo->num, data, at, at + all, at, NULL };

	w.at = at;
	w.heard = heard_by_sender(v);
	feeding = pinfo;
	bits_feed_data(v->stream, v->d, data, all - have, &w);
	feeding = NULL;
	if (!bits_feed_is_early(v->stream, v->d, at))
		note_all(&n, pinfo->can_desegment > 0);
}

/* ---- drawing --------------------------------------------------------------------------------------------------- */

/* http gets exactly this: it asks for no more, and writes into no column. */
static void call_http(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, bool writes_columns)
{
	dissector_handle_t http = is_under(pinfo, proto_tls) ? http_tls_handle : http_tcp_handle;
	guint16            can_desegment = pinfo->can_desegment;
	volatile bool      writable = col_get_writable(pinfo->cinfo, COL_INFO);

	if (http == NULL || tvb_reported_length(tvb) == 0)
		return;
	if (!writes_columns)
		col_set_writable(pinfo->cinfo, -1, FALSE);
	pinfo->can_desegment = 0;
	in_http = true;
	TRY {
		call_dissector(http, tvb, pinfo, tree);
	}
	CATCH_NONFATAL_ERRORS {
		show_exception(tvb, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
	}
	ENDTRY;
	in_http = false;
	pinfo->can_desegment = can_desegment;
	if (!writes_columns)
		col_set_writable(pinfo->cinfo, -1, writable);
}

/* A method that http knows is http's from its first line on; else it gets what stands behind that line. */
static tvbuff_t *share_of_http(tvbuff_t *tvb, const struct note *what)
{
	gint begin = 0;

	if (what->kind == NOTE_ANSWER)
		return tvb;
	while (begin < (gint)what->head_length && (tvb_get_guint8(tvb, begin) == '\r' || tvb_get_guint8(tvb, begin) == '\n'))
		begin++;
	if (tvb_strneql(tvb, begin, "BITS_POST ", 10) == 0)
		begin = tvb_find_guint8(tvb, begin, -1, '\n') + 1;
	return tvb_new_subset_length(tvb, begin, (gint)what->head_length - begin);
}

static int dissect_packet(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	bits_tree_packet(tvb, pinfo, tree, data);
	return (int)tvb_captured_length(tvb);
}

static void draw_one(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct drawing *what)
{
	switch (what->note->kind) {
	case NOTE_REQUEST:
	case NOTE_ANSWER:
		call_http(share_of_http(tvb, what->note), pinfo, tree, false);
		call_dissector_with_data(packet_handle, tvb, pinfo, tree, what);
		break;
	case NOTE_DATA:
		bits_tree_data(tvb, pinfo, tree, what);
		break;
	case NOTE_HTTP:
		call_http(tvb, pinfo, tree, true);
		what->has_info = true;
		break;
	default:
		call_data_dissector(tvb, pinfo, tree);
		return;
	}
	bits_taps_tell(pinfo, what->told, what->note, bytes_of(tvb));
}

static void ask_for_more(packet_info *pinfo, const struct note *wait, gint offset)
{
	pinfo->desegment_offset = offset;
	if (wait->wish == FEED_WISH_BYTES)
		pinfo->desegment_len = (guint32)wait->wish_bytes;
	else
		pinfo->desegment_len = wait->wish == FEED_WISH_REST ? DESEGMENT_UNTIL_FIN : DESEGMENT_ONE_MORE_SEGMENT;
}

/* Returns the bytes that were drawn, from the beginning on. */
static gint draw(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	struct drawing what = { .told = told, .is_first = true, .has_packet = notes_have_packet(notes, pinfo->num) };
	guint          cursor = 0;
	gint           offset = 0, left;

	drawn_in = pinfo->num;
	while ((left = tvb_captured_length_remaining(tvb, offset)) > 0) {
		struct bits_str bytes = { (const char *)tvb_get_ptr(tvb, offset, left), (size_t)left };
		gint            length;

		what.note = notes_find(notes, pinfo->num, &cursor, bytes);
		if (what.note == NULL)
			break;
		if (what.note->kind == NOTE_WAIT) {
			ask_for_more(pinfo, what.note, offset);
			break;
		}
		length = MIN((gint)what.note->length, tvb_reported_length_remaining(tvb, offset));
		draw_one(tvb_new_subset_length(tvb, offset, length), pinfo, tree, &what);
		what.is_first = false;
		offset += length;
	}
	col_set_fence(pinfo->cinfo, COL_INFO);
	return offset;
}

/* What no pass took note of: the stream was not ours yet, or the bytes came too early. */
static void draw_rest(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, gint offset, bool is_tcp)
{
	tvbuff_t *rest;

	if (pinfo->desegment_len != 0 || tvb_captured_length_remaining(tvb, offset) <= 0)
		return;
	rest = tvb_new_subset_remaining(tvb, offset);
	if (!is_tcp && PINFO_FD_VISITED(pinfo))
		call_http(rest, pinfo, tree, true);
	else
		call_data_dissector(rest, pinfo, tree);
}

static bool is_feeding(const packet_info *pinfo)
{
	return !PINFO_FD_VISITED(pinfo) && !told_is_finished(told);
}

/* ---- doors ----------------------------------------------------------------------------------------------------- */

static uint64_t at_of(struct visit *v, packet_info *pinfo, tvbuff_t *tvb, const struct tcpinfo *tcpinfo)
{
	guint32 seq;

	return seq_of(v, pinfo, tvb, tcpinfo, &seq) ? bits_feed_at(v->stream, v->d, seq) : bits_feed_next(v->stream, v->d);
}

/* A stream begins to be ours here. */
static void take_over(struct visit *v, packet_info *pinfo, tvbuff_t *tvb, const struct tcpinfo *tcpinfo)
{
	guint32 seq;
	bool    from_start = v->tcpd != NULL && seq_of(v, pinfo, tvb, tcpinfo, &seq) && is_from_start(v->tcpd, seq);

	open_stream(v, pinfo, from_start);
}

/* Later frames come by the stream's own door.  This one keeps its door in every pass: hence + 1. */
static void claim_later_frames(const struct visit *v, packet_info *pinfo)
{
	if (is_under(pinfo, proto_tls))
		tls_set_appdata_dissector(tls_handle, pinfo, stream_handle);
	else if (v->is_tcp)
		conversation_set_dissector_from_frame_number(v->conversation, pinfo->num + 1, stream_handle);
}

static heur_answer claim(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
	struct visit v = { NULL };
	guint16      can_desegment = pinfo->can_desegment;
	gint         offset;

	if (tvb_captured_length(tvb) < CLAIM_LENGTH || tvb_memeql(tvb, 0, (const guint8 *)CLAIM, CLAIM_LENGTH) != 0 || in_http)
		return FALSE;
	if (!find_stream(&v, pinfo)) {
		if (!is_feeding(pinfo))
			return FALSE;
		take_over(&v, pinfo, tvb, NULL);
		if (v.is_tcp)
			claim_later_frames(&v, pinfo);
	}
	if (!v.is_tcp) /* in every pass: whoever dissects the handshake again gives the stream back to http */
		claim_later_frames(&v, pinfo);
	/* http has used up the one level of desegmentation that a subdissector may ask for */
	pinfo->can_desegment = MAX(pinfo->can_desegment, pinfo->saved_can_desegment);
	if (is_feeding(pinfo))
		feed(&v, pinfo, tvb, at_of(&v, pinfo, tvb, NULL));
	offset = draw(tvb, pinfo, tree);
	draw_rest(tvb, pinfo, tree, offset, v.is_tcp);
	pinfo->can_desegment = can_desegment;
	return TRUE;
}

static int dissect_stream(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	struct visit          v = { NULL };
	const struct tcpinfo *tcpinfo;
	gint                  offset;

	if (in_http)
		return 0;
	if (!find_stream(&v, pinfo)) { /* by Decode As, or by the port */
		if (!is_feeding(pinfo) || bits_conn_sniff(bytes_of(tvb)) == BITS_SNIFF_NO)
			return 0;
		take_over(&v, pinfo, tvb, v.is_tcp ? data : NULL);
	}
	tcpinfo = v.is_tcp ? data : NULL;
	if (is_feeding(pinfo))
		feed(&v, pinfo, tvb, at_of(&v, pinfo, tvb, tcpinfo));
	offset = draw(tvb, pinfo, tree);
	draw_rest(tvb, pinfo, tree, offset, v.is_tcp);
	return (int)tvb_captured_length(tvb);
}

/* ---- frames that bring no bytes -------------------------------------------------------------------------------- */

static void note_reset_or_ack(struct visit *v, packet_info *pinfo)
{
	const tcp_flow_t *flow = v->tcpd->fwd;
	bool              fin = flow->fin == pinfo->num;
	struct bits_where w = where_of(pinfo, v);

	if (flow->tcp_analyze_seq_info == NULL)
		return;
	w.heard = heard_by_sender(v);
	if (fin) /* its FIN has a number too */
		w.at = bits_feed_at(v->stream, v->d, flow->tcp_analyze_seq_info->nextseq - 1);
	else
		w.at = BITS_AT_UNKNOWN;
	feeding = pinfo;
	bits_feed_heard(v->stream, v->d, &w, fin);
	feeding = NULL;
	if (v->tcpd->conversation_completeness & SEEN_RST)
		bits_feed_close(v->stream, BITS_TCP_RST, v->d, &w);
}

#if HTTP_HIDES_REQUESTS
/* The length of this frame's TCP payload, from what TCP noted of it; 0: it brings none. */
static gint payload_length(const struct visit *v, packet_info *pinfo)
{
	const tcp_analyze_seq_flow_info_t *flow = v->tcpd != NULL ? v->tcpd->fwd->tcp_analyze_seq_info : NULL;
	const tcp_unacked_t               *latest = flow != NULL ? flow->segments : NULL;

	if (latest == NULL || latest->frame != pinfo->num)
		return 0;
	return (gint)(latest->nextseq - latest->seq) - (v->tcpd->fwd->fin == pinfo->num);
}

/* "BITS_POST http://..." was a header line to http, and what comes through a tunnel to its port is data; nobody else was
 * asked in either case. */
static void dissect_hidden(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	struct visit v = { NULL };
	bool         is_known = find_stream(&v, pinfo);
	gint         begin;

	if (!v.is_tcp || (is_known && v.owned->hidden_in != pinfo->num) || (!is_known && !is_feeding(pinfo)))
		return;
	begin = is_known ? v.owned->hidden_at : (gint)tvb_captured_length(tvb) - payload_length(&v, pinfo);
	if (begin <= 0 || tvb_captured_length_remaining(tvb, begin) < CLAIM_LENGTH ||
	    tvb_memeql(tvb, begin, (const guint8 *)CLAIM, CLAIM_LENGTH) != 0)
		return;
	tvb = tvb_new_subset_remaining(tvb, begin);
	if (!is_known) {
		take_over(&v, pinfo, tvb, NULL);
		claim_later_frames(&v, pinfo);
		v.owned->hidden_in = pinfo->num;
		v.owned->hidden_at = begin;
		n_hidden++;
		feed(&v, pinfo, tvb, at_of(&v, pinfo, tvb, NULL));
	}
	col_clear_fence(pinfo->cinfo, COL_INFO);
	draw(tvb, pinfo, tree);
}
#endif

/* Somebody looked at the handshake again, and TLS gave this frame to http. */
static void draw_decrypted(packet_info *pinfo, proto_tree *tree)
{
	for (GSList *l = pinfo->data_src; l != NULL; l = l->next) {
		tvbuff_t       *tvb = get_data_source_tvb(l->data);
		guint           cursor = 0;

		if (notes_find(notes, pinfo->num, &cursor, bytes_of(tvb)) != NULL)
			draw(tvb, pinfo, tree);
	}
}

/* After everybody else: for ACKs, FINs and RSTs, of which no subdissector hears; and for what http kept to itself. */
static int dissect_post(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
	struct visit v = { NULL };
	bool         was_drawn = drawn_in == pinfo->num;

	(void)tvb;
	drawn_in = 0;
	if (pinfo->ptype != PT_TCP)
		return 0;
	if (n_open > 0 && !was_drawn && PINFO_FD_VISITED(pinfo) && is_under(pinfo, proto_tls))
		draw_decrypted(pinfo, tree);
#if HTTP_HIDES_REQUESTS
	if (n_hidden > 0 || is_under(pinfo, proto_http))
		dissect_hidden(tvb, pinfo, tree);
#endif
	if (n_open == 0 || !is_feeding(pinfo) || !find_tcp_stream(&v, pinfo))
		return 0;
	note_reset_or_ack(&v, pinfo);
	return 0;
}

/* ---- preferences ----------------------------------------------------------------------------------------------- */

/* Streams of these ports are ours from their first byte, whatever they say: the way to dialects that name no BITS_POST. */
static range_t *ports, *applied_ports;

static void apply_preferences(void)
{
	if (applied_ports != NULL)
		dissector_delete_uint_range("tcp.port", applied_ports, stream_handle);
	wmem_free(wmem_epan_scope(), applied_ports);
	applied_ports = range_copy(wmem_epan_scope(), ports);
	dissector_add_uint_range("tcp.port", applied_ports, stream_handle);
}

static void register_preferences(void)
{
	module_t *module = prefs_register_protocol(proto_bits, apply_preferences);

	range_convert_str(wmem_epan_scope(), &ports, "", 65535);
	prefs_register_range_preference(module, "tcp.port", "TCP port(s)",
	                                "Ports whose streams are read as BITS uploads even where they do not begin with BITS_POST",
	                                &ports, 65535);
}

/* ---- registration ---------------------------------------------------------------------------------------------- */

void proto_register_bits(void)
{
	proto_bits = proto_register_protocol("BITS Upload Protocol", "BITS", "bits");
	proto_bits_data = proto_register_protocol_in_name_only("BITS Upload data", "BITS data", "bits_data", proto_bits, FT_PROTOCOL);
	proto_bits_stream = proto_register_protocol_in_name_only("BITS Upload stream", "BITS stream", "bits_stream", proto_bits, FT_PROTOCOL);
	bits_tree_register(proto_bits, proto_bits_data);
	bits_taps_register(proto_bits);
	register_preferences();
	stream_handle = register_dissector("bits", dissect_stream, proto_bits_stream);
	packet_handle = create_dissector_handle(dissect_packet, proto_bits);
	post_handle = create_dissector_handle(dissect_post, proto_bits);
	register_init_routine(open_capture);
	register_cleanup_routine(close_capture);
	register_postseq_cleanup_routine(finish_capture);
}

void proto_reg_handoff_bits(void)
{
	static const struct {
		const char *list, *name, *description;
	} doors[] = {
		{ "http", "bits_http", "BITS Upload on a port of HTTP" },
		{ "tcp", "bits_tcp", "BITS Upload over TCP" },
		{ "tls", "bits_tls", "BITS Upload over TLS" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(doors); i++)
		heur_dissector_add(doors[i].list, claim, doors[i].description, doors[i].name, proto_bits, HEURISTIC_ENABLE);
	dissector_add_for_decode_as("tcp.port", stream_handle);
	dissector_add_for_decode_as("tls.port", stream_handle);
	http_tcp_handle = find_dissector("http-over-tcp");
	http_tls_handle = find_dissector("http-over-tls");
	tls_handle = find_dissector("tls");
	proto_http = proto_get_id_by_filter_name("http");
	proto_tcp = proto_get_id_by_filter_name("tcp");
	proto_tls = proto_get_id_by_filter_name("tls");
	bits_tree_handoff();
#if HTTP_HIDES_REQUESTS
	register_postdissector(post_handle);
	has_post = true;
#endif
}
