/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capture_names.h - what text calls the captures of a run: by the names of their files, or as the user named them where two
 * are alike (the usual layout of several sensors).  Records always have what the user named. */
#ifndef CLI_CAPTURE_NAMES_H
#define CLI_CAPTURE_NAMES_H

#include <glib.h>

struct capture_names;

struct capture_names *capture_names_new(void);
void                  capture_names_free(struct capture_names *n);

void capture_names_add(struct capture_names *n, const char *path);

/* Points into `path`; n NULL: of one capture. */
const char *capture_names_of(const struct capture_names *n, const char *path);
/* NULL where the run has one capture, so that nobody needs to be told which; likewise where n or path is NULL. */
const char *capture_names_tell(const struct capture_names *n, const char *path);

#endif
