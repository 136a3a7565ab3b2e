/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_tree.h - a BITS packet as Wireshark shows it: fields over the real bytes, generated ones, expert infos, columns.
 *
 * Drawing reads the packet's own bytes once more and what the core told (bits_told.h); it decides nothing. */
#ifndef PLUGIN_BITS_TREE_H
#define PLUGIN_BITS_TREE_H

#include "plugin/compat.h"

#include "plugin/bits_notes.h"

/* proto_bits and what belongs to it. */
void bits_tree_register(int proto, int proto_data);
/* http's fields, which exist once every dissector is registered. */
void bits_tree_handoff(void);

/* What a drawing is about. */
struct drawing {
	const struct told *told;
	const struct note *note;
	bool               is_first;   /* of its frame: findings on the frame that are on no packet are drawn with it */
	bool               has_packet; /* the frame holds a packet, which has the Info column for itself              */
	bool               has_info;   /* the Info column has text of ours already                                    */
};

/* The packet in tvb, which begins with its head. */
void bits_tree_packet(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct drawing *what);

/* Bytes in tvb of a message whose head is in another frame, or was not put together. */
void bits_tree_data(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct drawing *what);

/* A message that is http's: drawn where it is about a session all the same, as the GET of its reply. */
void bits_tree_beside_http(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct drawing *what);

/* Bytes that belong to no message: drawn where the core has something to say of this frame. */
void bits_tree_nothing(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct drawing *what);

#endif
