/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_scene.h - the capture that is open: what was told of it, what its frames hold, whose streams are ours.
 *
 * One at a time, as Wireshark has it: made when a file is opened or dissected anew, gone when it is closed. */
#ifndef PLUGIN_BITS_SCENE_H
#define PLUGIN_BITS_SCENE_H

#include "plugin/compat.h"

#include "plugin/bits_feed.h"
#include "plugin/bits_notes.h"
#include "plugin/bits_told.h"

#define BITS_POST "BITS_POST " /* how a stream begins that is ours */

struct scene {
	struct told  *told;
	struct notes *notes;
	GPtrArray    *feeds;    /* of struct bits_feed, owned                                           */
	GHashTable   *withheld; /* frame -> where in it the payload begins that TCP did not hand over with it      */
	unsigned      n_hidden; /* frames whose first request http kept to itself                       */
	guint32       drawn_in; /* the frame in which something was drawn, while it is dissected; 0     */
	bool          in_http;  /* http is drawing for us: nothing is claimed, nothing comes back       */
	bool          after_http; /* http has drawn its share already                                   */
	packet_info  *feeding;  /* the frame that the core is being told of; else NULL                  */
};

/* Is this the pass on which the core hears of frames? */
static inline bool scene_is_feeding(const struct scene *s, const packet_info *pinfo)
{
	return !PINFO_FD_VISITED(pinfo) && !told_is_finished(s->told);
}

/* Does a layer of this frame, so far, belong to that protocol?  Wireshark's own question goes by names, and this one is
 * asked of every frame. */
static inline bool is_under(const packet_info *pinfo, int proto)
{
	for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer != NULL; layer = wmem_list_frame_next(layer))
		if (GPOINTER_TO_INT(wmem_list_frame_data(layer)) == proto)
			return true;
	return false;
}

/* As many as the capture has. */
static inline struct bits_str bytes_of(tvbuff_t *tvb)
{
	gint n = (gint)tvb_captured_length(tvb);

	return (struct bits_str){ n > 0 ? (const char *)tvb_get_ptr(tvb, 0, n) : NULL, (size_t)n };
}

#endif
