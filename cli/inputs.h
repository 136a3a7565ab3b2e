/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inputs.h - from what the user named to captures in the order in which they are read.
 *
 * Several captures are one evidence set: they are read by the time of their first frame, then by name.  Of a directory
 * the capture files in it are taken, not those of directories below it.  What is no capture is passed over with a remark;
 * what may be one and cannot be read as it is (of another format, packed, no permission) leaves the set incomplete, and is
 * unreadable. */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include <glib.h>
#include <stdbool.h>

struct inputs {
	GPtrArray *paths;      /* of char *, in reading order; owned              */
	bool       unreadable; /* something that was named, or may be evidence in a directory, cannot be read */
};

/* Each trouble is a line on standard error; remarks only where not quiet. */
void inputs_find(struct inputs *in, const GPtrArray *named, bool quiet);
void inputs_clear(struct inputs *in);

#endif
