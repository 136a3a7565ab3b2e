/* SPDX-License-Identifier: GPL-2.0-or-later */
/* packet-bits.c - the doors by which packets come.
 *
 * No Wireshark knows the method BITS_POST.  A stream that says it is claimed: from then on both of its directions come
 * here, which is what makes empty Acks visible.  On the first pass the bytes go to the core (bits_first.h); every pass
 * draws what was found (bits_draw.h). */
#include "plugin/compat.h"

#include <epan/dissectors/packet-tls-utils.h>
#include <epan/dissectors/packet-tls.h>
#include <epan/prefs.h>
#include <string.h>

#include "plugin/bits_draw.h"
#include "plugin/bits_first.h"
#include "plugin/bits_scene.h"
#include "plugin/bits_taps.h"
#include "plugin/bits_tree.h"
#include "plugin/bits_visit.h"

void proto_register_bits(void);
void proto_reg_handoff_bits(void);

static int proto_bits, proto_bits_data, proto_bits_stream, proto_http, proto_tls;
static dissector_table_t tcp_ports;
static dissector_handle_t stream_handle, port_handle, post_handle, tls_handle;
static bool has_post; /* post_handle is called: it stays so for as long as the program runs */
static struct scene scene;

/* ---- the capture ----------------------------------------------------------------------------------------------- */

static void open_capture(void)
{
	scene = (struct scene){.told = told_new(), .notes = notes_new()};
	scene.withheld = g_hash_table_new(NULL, NULL);
	scene.feeds = g_ptr_array_new_with_free_func((GDestroyNotify)bits_feed_free);
}

static void close_capture(void)
{
	bits_taps_forget();
	g_clear_pointer(&scene.withheld, g_hash_table_unref);
	g_clear_pointer(&scene.feeds, g_ptr_array_unref);
	g_clear_pointer(&scene.notes, notes_free);
	g_clear_pointer(&scene.told, told_free);
}

/* Every frame was seen once: whatever is open ends with the capture. */
static void finish_capture(void)
{
	if (scene.told == NULL || told_is_finished(scene.told))
		return;
	for (guint i = 0; i < scene.feeds->len; i++)
		first_finish(&scene, scene.feeds->pdata[i]);
	told_finish(scene.told);
}

/* ---- doors ----------------------------------------------------------------------------------------------------- */

static bool is_claim(tvbuff_t *tvb, gint offset)
{
	const gint n = (gint)strlen(BITS_POST);

	return tvb_captured_length_remaining(tvb, offset) >= n &&
	       tvb_memeql(tvb, offset, (const guint8 *)BITS_POST, (size_t)n) == 0;
}

/* Who answered the SYN sends no requests: a page may begin a segment with anything. */
static bool is_from_server(const struct visit *v, const packet_info *pinfo)
{
	return v->is_tcp && v->tcpd->server_port != 0 && pinfo->srcport == v->tcpd->server_port;
}

/* A stream begins to be ours here.  From here on every frame matters: see dissect_post. */
static void take_over(struct visit *v, packet_info *pinfo, tvbuff_t *tvb, const struct tcpinfo *tcpinfo)
{
	visit_take_over(v, pinfo, tvb, tcpinfo, &scene, first_late);
	if (!has_post)
		register_postdissector(post_handle);
	has_post = true;
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
	struct visit v = {.owned = NULL};
	guint16 can_desegment = pinfo->can_desegment;
	gint offset;

	if (!is_claim(tvb, 0) || scene.in_http)
		return FALSE;
	if (!visit_find(&v, pinfo)) {
		if (!scene_is_feeding(&scene, pinfo) || is_from_server(&v, pinfo))
			return FALSE;
		take_over(&v, pinfo, tvb, NULL);
		if (v.is_tcp)
			claim_later_frames(&v, pinfo);
	}
	if (!v.is_tcp) /* in every pass: whoever dissects the handshake again gives the stream back to http */
		claim_later_frames(&v, pinfo);
	/* http has used up the one level of desegmentation that a subdissector may ask for */
	pinfo->can_desegment = MAX(pinfo->can_desegment, pinfo->saved_can_desegment);
	if (scene_is_feeding(&scene, pinfo))
		first_feed(&scene, &v, pinfo, tvb, visit_at(&v, pinfo, tvb, NULL), false);
	offset = draw_notes(&scene, tvb, pinfo, tree);
	draw_rest(&scene, tvb, pinfo, tree, offset, v.is_tcp);
	pinfo->can_desegment = can_desegment;
	return TRUE;
}

static int dissect_stream(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	struct visit v = {.owned = NULL};
	const struct tcpinfo *tcpinfo;
	gint offset;

	if (scene.in_http)
		return 0;
	if (!visit_find(&v, pinfo)) { /* by Decode As, or by the port */
		if (!scene_is_feeding(&scene, pinfo) || bits_conn_sniff(bytes_of(tvb)) == BITS_SNIFF_NO)
			return 0;
		take_over(&v, pinfo, tvb, v.is_tcp ? data : NULL);
	}
	if (v.is_tcp && pinfo->num < v.owned->since)
		return 0; /* it was not ours then, and is not on a later pass */
	tcpinfo = v.is_tcp ? data : NULL;
	v.may_be_keep_alive = tcpinfo != NULL && visit_may_be_keep_alive(&v, pinfo, tcpinfo);
	v.is_gathered = tcpinfo != NULL && tcpinfo->is_reassembled;
	if (scene_is_feeding(&scene, pinfo))
		first_feed(&scene, &v, pinfo, tvb, visit_at(&v, pinfo, tvb, tcpinfo), tcpinfo != NULL && IS_TH_FIN(tcpinfo->flags));
	offset = draw_notes(&scene, tvb, pinfo, tree);
	draw_rest(&scene, tvb, pinfo, tree, offset, v.is_tcp);
	return (int)tvb_captured_length(tvb);
}

/* ---- behind everybody's back ----------------------------------------------------------------------------------- */

/* A segment that begins so may be the end of something else: then TCP puts that together, or the server sent it. */
static bool may_hide(const struct visit *v, packet_info *pinfo, const struct visit_header *h)
{
	return !is_from_server(v, pinfo) && !visit_is_within(v, h->seq);
}

/* The download of a reply that the core knows of. */
static bool is_reply_download(struct bits_str bytes, const packet_info *pinfo)
{
	static const char get[] = "GET ";
	const size_t n = strlen(get);
	const struct bits_end client = visit_sender(pinfo);
	struct bits_str target;

	if (bytes.n <= n || memcmp(bytes.p, get, n) != 0)
		return false;
	target = (struct bits_str){bytes.p + n, 0};
	while (target.n < bytes.n - n && !g_ascii_isspace(target.p[target.n]))
		target.n++;
	return bits_tracker_knows_reply(told_tracker(scene.told), &client.addr, target);
}

/* A notification of the server application says whose upload it is about. */
static bool is_notification(struct bits_str bytes)
{
	static const char post[] = "POST ", field[] = "BITS-Original-Request-URL:";
	bool has_field = false;

	if (bytes.n < sizeof post || memcmp(bytes.p, post, strlen(post)) != 0)
		return false;
	for (size_t i = 1; i + strlen(field) < bytes.n && !has_field; i++)
		has_field = bytes.p[i - 1] == '\n' && g_ascii_strncasecmp(bytes.p + i, field, strlen(field)) == 0;
	return has_field;
}

/* http's own, but part of the story of a session that the core knows: it should be fed. */
static bool is_beside(tvbuff_t *payload, const packet_info *pinfo)
{
	const struct bits_str bytes = bytes_of(payload);

	return scene.feeds->len > 0 && (is_notification(bytes) || is_reply_download(bytes, pinfo));
}

/* Nearly no frame of http's holds one; and a '_' is rare enough in what it does hold. */
static bool holds_claim(tvbuff_t *frame)
{
	const struct bits_str bytes = bytes_of(frame);
	const size_t before = strcspn(BITS_POST, "_"), n = strlen(BITS_POST);
	const char *end = bytes.p + bytes.n, *p = bytes.p;

	while (p != NULL && (p = memchr(p, '_', (size_t)(end - p))) != NULL) {
		if ((size_t)(p - bytes.p) >= before && (size_t)(end - p) >= n - before &&
		    memcmp(p - before, BITS_POST, n) == 0)
			return true;
		p++;
	}
	return false;
}

static bool is_port_of_http(guint32 port)
{
	dissector_handle_t handle = dissector_get_uint_handle(tcp_ports, port);

	return handle != NULL && dissector_handle_get_protocol_index(handle) == proto_http;
}

/* Where http asks for more, and a tree is built, Wireshark counts it as no layer of the frame. */
static bool may_be_of_http(const packet_info *pinfo)
{
	return is_under(pinfo, proto_http) || is_port_of_http(pinfo->destport) || is_port_of_http(pinfo->srcport);
}

static bool may_be_hidden(tvbuff_t *frame, const packet_info *pinfo)
{
	if (scene.feeds->len > 0 && may_be_of_http(pinfo))
		return true;
	return HTTP_HIDES_REQUESTS && (scene.n_hidden > 0 || may_be_of_http(pinfo)) && holds_claim(frame);
}

/* "BITS_POST http://..." was a header line to http, and what comes through a tunnel to its port is data; nobody else
 * was asked in either case, nor is anybody of what http knows. */
static void dissect_hidden(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	struct visit v = {.owned = NULL};
	bool is_known = visit_find(&v, pinfo);
	struct visit_header h;
	tvbuff_t *payload;
	bool is_hidden;
	gint begin;

	if (!v.is_tcp || (is_known && v.owned->hidden_in != pinfo->num) ||
	    (!is_known && !scene_is_feeding(&scene, pinfo)))
		return;
	if (!is_known && (!visit_header(&v, pinfo, tvb, &h) || !may_hide(&v, pinfo, &h)))
		return;
	begin = is_known ? v.owned->hidden_at : h.payload;
	payload = is_known ? tvb_new_subset_remaining(tvb, begin) : tvb_new_subset_length(tvb, begin, h.length);
	is_hidden = is_claim(payload, 0);
	if (!is_known && !is_hidden && !is_beside(payload, pinfo))
		return;
	if (!is_known) {
		take_over(&v, pinfo, payload, NULL);
		claim_later_frames(&v, pinfo);
		v.owned->hidden_in = pinfo->num;
		v.owned->hidden_at = begin;
		scene.n_hidden++;
		first_feed(&scene, &v, pinfo, payload, visit_at(&v, pinfo, payload, NULL), false);
	}
	if (is_hidden)
		col_clear_fence(pinfo->cinfo, COL_INFO);
	scene.after_http = !is_hidden;
	draw_notes(&scene, payload, pinfo, tree);
	scene.after_http = false;
}

/* Somebody looked at the handshake again, and TLS gave this frame to http. */
static void draw_decrypted(packet_info *pinfo, proto_tree *tree)
{
	for (GSList *l = pinfo->data_src; l != NULL; l = l->next) {
		tvbuff_t *tvb = get_data_source_tvb(l->data);
		guint cursor = 0;

		if (notes_find(scene.notes, pinfo->num, &cursor, bytes_of(tvb)) == NULL)
			continue;
		if (scene.drawn_in != pinfo->num) { /* whatever http or TLS wrote, fenced or not */
			col_set_writable(pinfo->cinfo, COL_PROTOCOL, TRUE);
			col_clear_fence(pinfo->cinfo, COL_PROTOCOL);
			col_clear_fence(pinfo->cinfo, COL_INFO);
			col_set_str(pinfo->cinfo, COL_INFO, "");
		}
		draw_notes(&scene, tvb, pinfo, tree);
	}
}

/* What TCP handed to no subdissector.  It may gather it with others and hand that over later, in the frame that completes it;
 * but if that one is out of order it never does, and one that was sent again, whole or with more behind it, is dropped.
 * So the core hears of these bytes now, and they are shown now where nothing else will. */
static void feed_withheld(struct visit *v, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
			  const struct visit_header *h)
{
	uint64_t at = bits_feed_at(v->feed, v->d, h->seq);
	uint64_t fed = bits_feed_fed(v->feed, v->d);
	bool is_next = at >= fed && !bits_feed_fills_hole(v->feed, v->d, at);
	bool is_gathered = visit_tcp_reorders() || (v->owned->waits[v->d] && is_next);
	guint16 can_desegment = pinfo->can_desegment;
	tvbuff_t *payload;

	if (h->length == 0 || at + (guint)h->length <= fed)
		return;
	payload = tvb_new_subset_length(tvb, h->payload, h->length);
	g_hash_table_insert(scene.withheld, GUINT_TO_POINTER(pinfo->num), GINT_TO_POINTER(h->payload));
	if (is_gathered) {
		first_hear(&scene, v, pinfo, payload, at);
		return;
	}
	pinfo->can_desegment = 0; /* TCP is done with this frame */
	first_feed(&scene, v, pinfo, payload, at, true);
	pinfo->can_desegment = can_desegment;
	draw_notes(&scene, payload, pinfo, tree);
}

static void draw_withheld(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	gint begin = GPOINTER_TO_INT(g_hash_table_lookup(scene.withheld, GUINT_TO_POINTER(pinfo->num)));

	if (begin > 0 && notes_have(scene.notes, pinfo->num))
		draw_notes(&scene, tvb_new_subset_remaining(tvb, begin), pinfo, tree);
}

/* A frame that was seen before: what no door of ours had of it. */
static void draw_again(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	bool was_drawn = scene.drawn_in == pinfo->num;

	if (!was_drawn)
		draw_withheld(tvb, pinfo, tree);
	if (!was_drawn && is_under(pinfo, proto_tls))
		draw_decrypted(pinfo, tree);
	draw_bare(&scene, tvb, pinfo, tree);
	draw_beside(&scene, tvb, pinfo, tree);
}

static void hear_of_frame(struct visit *v, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, bool was_drawn)
{
	struct visit_header h;
	bool has_header = visit_header(v, pinfo, tvb, &h);

	if (has_header && !was_drawn && !first_probe(v, pinfo, tvb, &h))
		feed_withheld(v, tvb, pinfo, tree, &h);
	first_acknowledge(&scene, v, pinfo, has_header ? &h : NULL);
	draw_bare(&scene, tvb, pinfo, tree);
}

/* After everybody else: for ACKs, FINs and RSTs, of which no subdissector hears; and for what http kept to itself. */
static int dissect_post(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
	struct visit v = {.owned = NULL};
	bool was_drawn = scene.drawn_in == pinfo->num, is_tcp = pinfo->ptype == PT_TCP;

	if (is_tcp && scene.feeds->len > 0 && PINFO_FD_VISITED(pinfo))
		draw_again(tvb, pinfo, tree);
	if (is_tcp && may_be_hidden(tvb, pinfo))
		dissect_hidden(tvb, pinfo, tree);
	if (is_tcp && scene.feeds->len > 0 && scene_is_feeding(&scene, pinfo) && visit_find_tcp(&v, pinfo))
		hear_of_frame(&v, tvb, pinfo, tree, was_drawn);
	scene.drawn_in = 0;
	return 0;
}

/* ---- preferences ----------------------------------------------------------------------------------------------- */

/* Streams of these ports are ours from their first byte, whatever they say: the way to dialects that name no BITS_POST.
 */
static range_t *ports, *applied_ports;

static void apply_preferences(void)
{
	if (applied_ports != NULL)
		dissector_delete_uint_range("tcp.port", applied_ports, port_handle);
	wmem_free(wmem_epan_scope(), applied_ports);
	applied_ports = range_copy(wmem_epan_scope(), ports);
	dissector_add_uint_range("tcp.port", applied_ports, port_handle);
}

static void register_preferences(void)
{
	module_t *module = prefs_register_protocol(proto_bits, apply_preferences);

	range_convert_str(wmem_epan_scope(), &ports, "", 65535);
	prefs_register_range_preference(
		module, "tcp.port", "TCP port(s)",
		"Ports whose streams are read as BITS uploads even where they do not begin with BITS_POST", &ports,
		65535);
}

/* ---- registration ---------------------------------------------------------------------------------------------- */

void proto_register_bits(void)
{
	proto_bits = proto_register_protocol("BITS Upload Protocol", "BITS", "bits");
	proto_bits_data = proto_register_protocol_in_name_only("BITS Upload data", "BITS data", "bits_data", proto_bits,
							       FT_PROTOCOL);
	proto_bits_stream = proto_register_protocol_in_name_only("BITS Upload stream", "BITS stream", "bits_stream",
								 proto_bits, FT_PROTOCOL);
	bits_tree_register(proto_bits, proto_bits_data);
	bits_taps_register(proto_bits);
	register_preferences();
	stream_handle = register_dissector("bits_stream", dissect_stream, proto_bits_stream);
	port_handle = register_dissector("bits", dissect_stream, proto_bits); /* the name that users know */
	draw_register(proto_bits);
	/* a protocol in name only is no layer of the frame: Wireshark would have to note one in every frame */
	post_handle = create_dissector_handle(dissect_post, proto_bits_stream);
	register_init_routine(open_capture);
	register_cleanup_routine(close_capture);
	register_postseq_cleanup_routine(finish_capture);
}

void proto_reg_handoff_bits(void)
{
	static const struct {
		const char *list, *name, *description;
	} doors[] = {
		{"http", "bits_http", "BITS Upload on a port of HTTP"},
		{"tcp", "bits_tcp", "BITS Upload over TCP"},
		{"tls", "bits_tls", "BITS Upload over TLS"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(doors); i++)
		heur_dissector_add(doors[i].list, claim, doors[i].description, doors[i].name, proto_bits,
				   HEURISTIC_ENABLE);
	dissector_add_for_decode_as("tcp.port", port_handle);
	dissector_add_for_decode_as("tls.port", port_handle);
	tls_handle = find_dissector("tls");
	tcp_ports = find_dissector_table("tcp.port");
	proto_http = proto_get_id_by_filter_name("http");
	proto_tls = proto_get_id_by_filter_name("tls");
	visit_handoff(proto_bits, proto_bits_stream);
	draw_handoff();
	bits_tree_handoff();
#if HTTP_HIDES_REQUESTS
	register_postdissector(post_handle);
	has_post = true;
#endif
}
