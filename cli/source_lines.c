/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source_lines.c - a line for every segment of an upload: of all that is written beside the file itself this is by far the
 * most, so numbers are put down digit by digit, and what stays the same from line to line is made once. */
#include "cli/source_lines.h"

#include <string.h>

#include "cli/record_maker.h"

#define SECOND INT64_C(1000000000) /* in ns                                                */
#define FIXED  256U                /* bytes that a line has at most besides the capture's name */

struct lines {
	const struct record_context *names;
	struct sheet *sheet;
	GString      *line;
	uint32_t      file;    /* whose name is in `capture` */
	char         *capture; /* its key and value; NULL: none yet */
	int64_t       second;
	char          until_second[32]; /* "2026-11-22T08:13:56." */
};

static char *put_text(char *to, const char *text, size_t n)
{
	memcpy(to, text, n);
	return to + n;
}

#define PUT(to, text) put_text(to, text, sizeof(text) - 1)

static char *put_number(char *to, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	return put_text(to, digits + at, sizeof(digits) - at);
}

static char *put_number_or_null(char *to, uint64_t value, uint64_t unknown)
{
	return value == unknown ? PUT(to, "null") : put_number(to, value);
}

static char *put_time(struct lines *l, char *to, int64_t ns)
{
	int64_t rest = ns % SECOND;

	if (ns == BITS_TIME_UNKNOWN)
		return PUT(to, "null");
	rest += rest < 0 ? SECOND : 0;
	if (l->until_second[0] == '\0' || ns - rest != l->second) {
		g_autofree char *time = record_time(ns - rest);

		l->second = ns - rest;
		g_strlcpy(l->until_second, time, sizeof(l->until_second));
		*(strrchr(l->until_second, '.') + 1) = '\0';
	}
	to = PUT(to, "\"");
	to = put_text(to, l->until_second, strlen(l->until_second));
	for (int64_t unit = SECOND / 10; unit > 0; unit /= 10)
		*to++ = (char)('0' + rest / unit % 10);
	return PUT(to, "Z\"");
}

/* As a member of an object; and that its bytes are odd, if they are. */
static void name_capture(struct lines *l, uint32_t file)
{
	struct bits_where w = { .file = file, .frame = 1 };
	struct maker m = maker_new();
	g_autoptr(json_t) record = NULL;
	g_autofree char *line = NULL;

	maker_set_text(&m, "capture", record_capture(l->names, &w));
	record = maker_finish(&m);
	line = record_line(record);
	g_free(l->capture);
	l->capture = g_strndup(line + 1, strlen(line) - 2);
	l->file = file;
}

static bool add_line(const struct source_run *r, void *user, GError **error)
{
	struct lines *l = user;
	size_t length;
	char *to;

	if (l->capture == NULL || l->file != r->file)
		name_capture(l, r->file);
	length = strlen(l->capture);
	g_string_set_size(l->line, length + FIXED);
	to = PUT(l->line->str, "{\"range\":[");
	to = put_number(to, r->range.from);
	to = PUT(to, ",");
	to = put_number(to, r->range.to);
	to = PUT(to, "],");
	to = put_text(to, l->capture, length);
	to = PUT(to, ",\"frames\":[");
	to = put_number(to, r->frame);
	to = PUT(to, "],\"timestamp\":");
	to = put_time(l, to, r->time_ns);
	to = PUT(to, ",\"connection\":");
	to = put_number(to, r->conn);
	to = PUT(to, ",\"offset\":");
	to = put_number_or_null(to, r->pos, BITS_POS_UNKNOWN);
	to = PUT(to, "}\n");
	return sheet_add(l->sheet, l->line->str, (size_t)(to - l->line->str), error);
}

bool source_lines_write(struct sources *s, uint64_t size, const struct record_context *names, struct sheet *sheet,
			GError **error)
{
	struct lines l = { .names = names, .sheet = sheet, .line = g_string_new(NULL) };
	bool ok = sources_tell(s, size, add_line, &l, error);

	g_string_free(l.line, TRUE);
	g_free(l.capture);
	return ok;
}
