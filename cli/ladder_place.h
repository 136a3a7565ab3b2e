/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder_place.h - at which arrow of a diagram a finding stands. */
#ifndef CLI_LADDER_PLACE_H
#define CLI_LADDER_PLACE_H

#include "cli/ladder_page.h"

struct place {
	guint         after; /* how many arrows stand above it */
	uint64_t      frame; /* with its file in front         */
	guint         turn;  /* of findings at the same frame  */
	const json_t *finding;
};

/* Of each finding (json_t), from top to bottom: behind the last arrow of its offending frame; a frame that has none comes
 * behind those before it.  The caller unrefs the array. */
GArray *places_of(const GPtrArray *findings, const GArray *arrows, const GPtrArray *captures);

#endif
