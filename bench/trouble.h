/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trouble.h - segments that come late, twice, or are not in the capture although they came.
 * A segment that is late is acknowledged when it comes; one that the capture lacks as if it were there. */
#pragma once

#include "frames.h"

#include <stdio.h>

#define TROUBLE_HELD 16

struct trouble {
	unsigned late, twice, lost; /* of 10 000 segments each                                      */
	FILE    *holes;             /* "FROM TO" a line: which bytes of the file the capture lacks  */
	uint64_t dice;              /* not 0                                                        */

	struct held {
		struct frame frame;
		uint32_t     seq;
		unsigned     wait;      /* segments that come before it                             */
		bool         is_late;   /* else a copy of one that has come                         */
	} held[TROUBLE_HELD];
	unsigned n_held;
};

/* Send n bytes that are those of the file from `at`. */
void trouble_send(struct trouble *t, struct side *from, const struct side *to, const uint8_t *bytes, size_t n, uint64_t at);

/* What is held comes now. */
void trouble_flush(struct trouble *t, struct side *from);
