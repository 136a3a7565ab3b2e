/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output.h - where a command's result goes: standard output or the file of -o, as text or as NDJSON.
 *
 * A reader that has gone (`| head`) is no error: the rest is not wanted, and output_is_closed says so. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <jansson.h>
#include <stdio.h>

#include "cli/style.h"

struct output {
	FILE        *file;
	char        *path; /* NULL: standard output */
	bool         ndjson, closed;
	int          error; /* errno of the first failure; 0 */
	struct style style;
};

/* False and *error where the file of -o cannot be made. */
bool output_open(struct output *out, const struct options *o, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The last bytes go out; gives errno of the first failure, or 0. */
int  output_close(struct output *out) G_GNUC_WARN_UNUSED_RESULT;

void output_text(struct output *out, const char *text);
void output_record(struct output *out, const json_t *record);
bool output_is_closed(const struct output *out);

/* One line on standard error: "bitspect: " and the message, harmless to a terminal. */
void complain(const char *format, ...) G_GNUC_PRINTF(1, 2);

#endif
