/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_draw.h - every pass: a frame is drawn from its notes, http's share by http. */
#ifndef PLUGIN_BITS_DRAW_H
#define PLUGIN_BITS_DRAW_H

#include "plugin/bits_scene.h"

/* The dissector of a packet that is drawn belongs to `proto`. */
void draw_register(int proto);
void draw_handoff(void);

/* Returns the bytes that were drawn, from the beginning on.  Where the first pass wanted more bytes for what stands behind
 * them, so does every pass: pinfo->desegment_len. */
gint draw_notes(struct scene *scene, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

/* A packet that this frame ends, and of which nothing is in it. */
void draw_bare(struct scene *scene, tvbuff_t *frame, packet_info *pinfo, proto_tree *tree);

/* A frame of which nothing was drawn, and the core has something to say: a RST, a segment that came again. */
void draw_beside(struct scene *scene, tvbuff_t *frame, packet_info *pinfo, proto_tree *tree);

/* The bytes from offset on, of which nobody took note: the stream was not ours yet, or they came too early. */
void draw_rest(struct scene *scene, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, gint offset, bool is_tcp);

#endif
