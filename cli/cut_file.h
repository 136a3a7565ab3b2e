/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cut_file.h - the file that `cut` writes: a new one, or standard output for "-".
 *
 * A file that is there is written over only with force.  Devices and pipes have nothing to lose and need none. */
#ifndef CLI_CUT_FILE_H
#define CLI_CUT_FILE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct cut_file {
	const char *path;      /* borrowed                                             */
	int         fd;
	bool        is_made;   /* it was not there before: it goes where writing fails */
	bool        is_closed; /* its reader has gone (`| head`), which is no error    */
};

/* Would cut_file_open refuse, as far as can be told without opening?  Then false and *error, which names the remedy. */
bool cut_file_check(const char *path, bool force, GError **error) G_GNUC_WARN_UNUSED_RESULT;

bool cut_file_open(struct cut_file *c, const char *path, bool force, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool cut_file_write(struct cut_file *c, const uint8_t *p, size_t n, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Once, also after a write that failed; then, and where closing fails, a file that was made goes. */
bool cut_file_close(struct cut_file *c, bool has_failed, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
