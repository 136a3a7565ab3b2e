/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_image.h - the bytes of one upload in memory, right after every copy and every answer.
 *
 * At each offset stands the first accepted copy, else the latest unanswered one (docs/output.md).  Memory follows the
 * captured bytes, not what a Content-Range claims. */
#ifndef PLUGIN_BITS_IMAGE_H
#define PLUGIN_BITS_IMAGE_H

#include "plugin/bits_told.h"

#define IMAGE_HOLE_MAX (UINT64_C(64) << 20) /* bytes of hole in an image; what lies behind a longer one is left out */

struct image {
	guint8            *bytes;   /* [0, end); owned, g_free                                               */
	size_t             end;     /* of the last byte that is there                                        */
	size_t             room;    /* allocated; zeros behind end                                           */
	bool               is_cut;  /* something was left out                                                */
	struct bits_ranges covered; /* what is there                                                         */
	struct bits_ranges again;   /* came more than once                                                   */
	GArray            *copies;  /* of struct image_copy                                                  */
	guint              settled; /* so many of the session's settled calls are heeded                     */
};

void image_init(struct image *i);
void image_clear(struct image *i);

/* Bytes of exchange x, which belong at offset. */
void image_add(struct image *i, const struct told_exchange *x, uint64_t offset, struct bits_str data);

/* Heed what was accepted and refused since the last time. */
void image_settle(struct image *i, const struct told_session *s);

#endif
