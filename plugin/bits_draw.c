/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_draw.c - see bits_draw.h.
 *
 * http's tree and filters stay true: it gets an answer whole, and of a request everything behind the line that it does
 * not understand.  It never sees a broken BITS_POST (it would hand it back), and nothing is claimed while it draws. */
#include "plugin/bits_draw.h"

#include <epan/exceptions.h>
#include <epan/show_exception.h>
#include <string.h>

#include "plugin/bits_taps.h"
#include "plugin/bits_tree.h"

static int proto_tls;
static dissector_handle_t packet_handle, http_tcp_handle, http_tls_handle;

static int dissect_packet(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	bits_tree_packet(tvb, pinfo, tree, data);
	return (int)tvb_captured_length(tvb);
}

void draw_register(int proto)
{
	packet_handle = create_dissector_handle(dissect_packet, proto);
}

void draw_handoff(void)
{
	http_tcp_handle = find_dissector("http-over-tcp");
	http_tls_handle = find_dissector("http-over-tls");
	proto_tls = proto_get_id_by_filter_name("tls");
}

/* http gets exactly this, and asks for no more. */
static void draw_by_http(struct scene *scene, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	dissector_handle_t http = is_under(pinfo, proto_tls) ? http_tls_handle : http_tcp_handle;
	guint16 can_desegment = pinfo->can_desegment;

	if (http == NULL || scene->after_http || tvb_reported_length(tvb) == 0)
		return;
	pinfo->can_desegment = 0;
	scene->in_http = true;
	TRY
	{
		call_dissector(http, tvb, pinfo, tree);
	}
	CATCH_BOUNDS_AND_DISSECTOR_ERRORS /* that a snaplen cut its share is no reason to lose ours */
	{
		show_exception(tvb, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
	}
	FINALLY
	{
		scene->in_http = false;
		pinfo->can_desegment = can_desegment;
	}
	ENDTRY;
}

/* Its share of a packet that is ours: the columns are ours too, and http fences what it writes there. */
static void draw_share_of_http(struct scene *scene, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	bool writable = col_get_writable(pinfo->cinfo, COL_INFO);

	col_set_writable(pinfo->cinfo, -1, FALSE);
	TRY
	{
		draw_by_http(scene, tvb, pinfo, tree);
	}
	FINALLY
	{
		col_set_writable(pinfo->cinfo, -1, writable);
	}
	ENDTRY;
}

/* A method that http knows is http's from its first line on; else it gets what stands behind that line. */
static tvbuff_t *share_of_http(tvbuff_t *tvb, const struct note *what)
{
	gint begin = 0;

	if (what->kind == NOTE_ANSWER)
		return tvb;
	while (begin < (gint)what->head_length &&
	       (tvb_get_guint8(tvb, begin) == '\r' || tvb_get_guint8(tvb, begin) == '\n'))
		begin++;
	if (tvb_memeql(tvb, begin, (const guint8 *)BITS_POST, strlen(BITS_POST)) == 0)
		begin = tvb_find_guint8(tvb, begin, -1, '\n') + 1;
	return tvb_new_subset_length(tvb, begin, (gint)what->head_length - begin);
}

/* A head that no frame has whole. */
static void draw_put_together(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct drawing *what)
{
	gsize n;
	const guint8 *text = g_bytes_get_data(what->note->head, &n);
	tvbuff_t *head = tvb_new_child_real_data(tvb, text, (guint)n, (gint)n);

	add_new_data_source(pinfo, head, "BITS head");
	call_dissector_with_data(packet_handle, head, pinfo, tree, what);
}

static void draw_one(struct scene *scene, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct drawing *what)
{
	switch (what->note->kind) {
	case NOTE_REQUEST:
	case NOTE_ANSWER:
		if (what->note->head != NULL) {
			draw_put_together(tvb, pinfo, tree, what);
			break;
		}
		draw_share_of_http(scene, share_of_http(tvb, what->note), pinfo, tree);
		call_dissector_with_data(packet_handle, tvb, pinfo, tree, what);
		break;
	case NOTE_DATA:
		bits_tree_data(tvb, pinfo, tree, what);
		break;
	case NOTE_HTTP:
		draw_by_http(scene, tvb, pinfo, tree);
		bits_tree_beside_http(tvb, pinfo, tree, what);
		what->has_info = true;
		break;
	default:
		bits_tree_nothing(tvb, pinfo, tree, what);
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

gint draw_notes(struct scene *scene, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
	struct drawing what = {
		.told = scene->told, .is_first = true, .has_packet = notes_have_packet(scene->notes, pinfo->num)};
	guint cursor = 0;
	gint offset = 0, left;

	scene->drawn_in = pinfo->num;
	while ((left = tvb_captured_length_remaining(tvb, offset)) > 0) {
		struct bits_str bytes = {(const char *)tvb_get_ptr(tvb, offset, left), (size_t)left};
		gint length;

		what.note = notes_find(scene->notes, pinfo->num, &cursor, bytes);
		if (what.note == NULL)
			break;
		if (what.note->kind == NOTE_WAIT) {
			ask_for_more(pinfo, what.note, offset);
			break;
		}
		length = MIN((gint)what.note->length, tvb_reported_length_remaining(tvb, offset));
		draw_one(scene, tvb_new_subset_length(tvb, offset, length), pinfo, tree, &what);
		what.is_first = false;
		offset += length;
	}
	col_set_fence(pinfo->cinfo, COL_INFO);
	return offset;
}

void draw_bare(struct scene *scene, tvbuff_t *frame, packet_info *pinfo, proto_tree *tree)
{
	struct drawing what = {.told = scene->told, .is_first = scene->drawn_in != pinfo->num, .has_packet = true};
	guint cursor = 0;

	while ((what.note = notes_find_bare(scene->notes, pinfo->num, &cursor)) != NULL) {
		scene->drawn_in = pinfo->num;
		draw_one(scene, tvb_new_subset_length(frame, 0, 0), pinfo, tree, &what);
		what.is_first = false;
	}
}

void draw_beside(struct scene *scene, tvbuff_t *frame, packet_info *pinfo, proto_tree *tree)
{
	struct drawing what = {.told = scene->told, .is_first = true};

	if (scene->drawn_in != pinfo->num)
		bits_tree_nothing(tvb_new_subset_length(frame, 0, 0), pinfo, tree, &what);
}

void draw_rest(struct scene *scene, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, gint offset, bool is_tcp)
{
	tvbuff_t *rest;

	if (pinfo->desegment_len != 0 || tvb_captured_length_remaining(tvb, offset) <= 0)
		return;
	rest = tvb_new_subset_remaining(tvb, offset);
	if (!is_tcp && PINFO_FD_VISITED(pinfo))
		draw_by_http(scene, rest, pinfo, tree);
	else
		call_data_dissector(rest, pinfo, tree);
}
