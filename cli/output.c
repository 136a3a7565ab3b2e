/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output.c - one place that writes results, so that a full disk and a closed pipe are told apart everywhere alike. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/fd.h"
#include "cli/record.h"

/* Not cut yet; *made: it was not there before. */
static int open_file(const char *path, bool *made)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	*made = fd >= 0;
	return fd >= 0 ? fd : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
}

bool output_open(struct output *out, const struct options *o, GError **error)
{
	int fd;

	*out = (struct output){ .file = stdout, .ndjson = o->form == FORM_NDJSON, .path = g_strdup(o->output) };
	if (o->output != NULL && strcmp(o->output, "-") != 0) {
		g_autofree char *what = g_strdup_printf("cannot write %s", o->output);

		fd = open_file(o->output, &out->made);
		out->waits = true;
		out->file = fd < 0 ? NULL : fdopen(fd, "w");
		if (out->file == NULL)
			return fd_fail(error, what);
	}
	style_init(&out->style, o->color, fileno(out->file));
	return true;
}

static void note_failure(struct output *out)
{
	if (errno == EPIPE)
		out->closed = true;
	else if (!out->error)
		out->error = errno;
}

/* What cannot be cut (a pipe, a device) has nothing to lose. */
void output_begin(struct output *out)
{
	if (out->waits && ftruncate(fileno(out->file), 0) != 0 && errno != EINVAL)
		note_failure(out);
	out->waits = false;
}

void output_text(struct output *out, const char *text)
{
	if (!out->waits && !output_is_closed(out) && fputs(text, out->file) == EOF)
		note_failure(out);
}

void output_take(struct output *out, GString *text)
{
	output_text(out, text->str);
	g_string_set_size(text, 0);
}

void output_record(struct output *out, const json_t *record)
{
	g_autofree char *line = NULL;

	if (out->waits || output_is_closed(out))
		return;
	line = record_line(record);
	output_text(out, line);
	output_text(out, "\n");
}

void output_flush(struct output *out)
{
	if (!out->waits && !output_is_closed(out) && fflush(out->file) != 0)
		note_failure(out);
}

bool output_is_closed(const struct output *out)
{
	return out->closed || out->error;
}

int output_close(struct output *out)
{
	if (out->file != NULL) {
		if (fflush(out->file) != 0)
			note_failure(out);
		if (out->path != NULL && fclose(out->file) != 0)
			note_failure(out);
	}
	if (out->waits && out->made)
		unlink(out->path);
	g_free(out->path);
	return out->error;
}

void complain(const char *format, ...)
{
	const struct style plain = { .utf8 = true };
	g_autofree char *text = NULL, *clean = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	clean = style_clean(&plain, text);
	fprintf(stderr, "bitspect: %s\n", clean);
}
