/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output.h - where a command's result goes: standard output or the file of -o, as text or as NDJSON.
 *
 * The file of -o keeps what it held until output_begin: a run that could read nothing leaves it as it was.
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
	bool         waits; /* for output_begin: until then nothing is written           */
	bool         made;  /* the file of -o was not there before                       */
	int          error; /* errno of the first failure; 0 */
	struct style style;
};

/* False and *error where the file of -o cannot be made or written. */
bool output_open(struct output *out, const struct options *o, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* There is something to write: what the file of -o held goes.  Again is fine; standard output needs it not. */
void output_begin(struct output *out);
/* The last bytes go out; gives errno of the first failure, or 0.  A file of -o that was made and not begun goes. */
int  output_close(struct output *out) G_GNUC_WARN_UNUSED_RESULT;

void output_text(struct output *out, const char *text);
/* The same; *text is empty then. */
void output_take(struct output *out, GString *text);
void output_record(struct output *out, const json_t *record);
/* What was written so far goes out now. */
void output_flush(struct output *out);
bool output_is_closed(const struct output *out);

/* One line on standard error: "bitspect: " and the message, harmless to a terminal. */
void complain(const char *format, ...) G_GNUC_PRINTF(1, 2);

#endif
