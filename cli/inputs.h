/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inputs.h - from what the user named to a set of captures.
 *
 * Several captures are one evidence set (wire/set.h).  Of a directory the capture files in it are taken, not those of
 * directories below it.  What is no capture is passed over with a remark; what may be one and cannot be read as it is (of
 * another format, packed, no permission, a link to nothing) leaves the set incomplete, and is unreadable.  A file that was named twice, or lies
 * in a directory that was named as well, is taken once. */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include <glib.h>
#include <stdbool.h>

struct set;

/* Add to the set what the names mean.  False: something that was named, or may be evidence in a directory, cannot be read.
 * Each trouble is a line on standard error; remarks only where not quiet. */
bool inputs_find(struct set *set, const GPtrArray *named, bool quiet);

/* Names of captures, one a line, out of a file ("-": standard input), appended to `names`.  Empty lines mean nothing. */
bool inputs_read_list(const char *path, GPtrArray *names, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
