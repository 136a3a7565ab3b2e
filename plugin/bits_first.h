/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_first.h - the first pass: bytes and acknowledgments go to the core, and what it makes of them is noted with their
 * frame. */
#ifndef PLUGIN_BITS_FIRST_H
#define PLUGIN_BITS_FIRST_H

#include "plugin/bits_visit.h"

/* tvb's first byte lies at offset `at` of its stream.  is_last: nothing more will be handed over (its FIN is here). */
void first_feed(struct scene *scene, struct visit *v, packet_info *pinfo, tvbuff_t *tvb, uint64_t at, bool is_last);

/* The same of bytes that TCP keeps, and may hand over later: nothing is noted of them now. */
void first_hear(struct scene *scene, struct visit *v, packet_info *pinfo, tvbuff_t *tvb, uint64_t at);

/* TCP has not handed over what a frame brings: is it a keep-alive's byte, which must not be fed? */
bool first_probe(struct visit *v, packet_info *pinfo, tvbuff_t *tvb, const struct visit_header *h);

/* A frame was dissected to its end: what it acknowledges, and whether it ends anything.  h: its header, or NULL. */
void first_acknowledge(struct scene *scene, struct visit *v, packet_info *pinfo, const struct visit_header *h);

/* The capture ends, and this connection with it. */
void first_finish(struct scene *scene, struct bits_feed *f);

/* For bits_feed_new, with the scene as user: bytes that had to wait for others, whose frame is long gone, but may be looked
 * at again. */
void first_late(struct bits_feed *f, unsigned d, uint32_t frame, uint64_t at, struct bits_str data, void *scene);

#endif
