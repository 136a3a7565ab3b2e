/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record.c - the one model of a run's results: scripts read it as it is, the screens are made from it.  How records are
 * written and read is here; each kind is made in a file of its own (record_*.c). */
#include "cli/record.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

char *record_time(int64_t ns)
{
	const int64_t second = INT64_C(1000000000);
	time_t seconds;
	int64_t rest = ns % second;
	struct tm tm;
	char day[32];

	if (ns == BITS_TIME_UNKNOWN)
		return NULL;
	rest += rest < 0 ? second : 0; /* before 1970 the fraction still counts forward */
	seconds = (time_t)((ns - rest) / second);
	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	return g_strdup_printf("%s.%09dZ", day, (int)rest);
}

/* Lines, and reading */

/* Terminals take U+0080 to U+009F for commands; JSON may spell them out. */
static char *spell_controls(const char *line)
{
	GString *out = g_string_sized_new(strlen(line) + 1);

	for (size_t n; *line != '\0'; line += n) {
		const unsigned char *p = (const unsigned char *)line;

		n = strcspn(line, "\x7f\xc2");
		g_string_append_len(out, line, (gssize)n);
		if (n > 0)
			continue;
		if (p[0] == 0x7f) {
			g_string_append(out, "\\u007f");
			n = 1;
		} else if (p[1] >= 0x80 && p[1] < 0xa0) {
			g_string_append_printf(out, "\\u%04x", p[1]);
			n = 2;
		} else {
			g_string_append_c(out, (char)p[0]);
			n = 1;
		}
	}
	return g_string_free(out, FALSE);
}

char *record_line(const json_t *record)
{
	char *line = json_dumps(record, JSON_COMPACT | JSON_PRESERVE_ORDER);
	char *safe = spell_controls(line);

	free(line);
	return safe;
}

const json_t *record_at(const json_t *record, const char *path)
{
	for (const char *dot; record != NULL && (dot = strchr(path, '.')) != NULL; path = dot + 1)
		record = json_object_getn(record, path, (size_t)(dot - path));
	record = json_object_get(record, path);
	return json_is_null(record) ? NULL : record;
}

const char *record_text(const json_t *record, const char *path)
{
	return json_string_value(record_at(record, path));
}

const char *record_text_or(const json_t *record, const char *path, const char *otherwise)
{
	const char *text = record_text(record, path);

	return text != NULL ? text : otherwise;
}

bool record_is(const json_t *record, const char *path, const char *text)
{
	return g_strcmp0(record_text(record, path), text) == 0;
}

uint64_t record_number(const json_t *record, const char *path, uint64_t unknown)
{
	const json_t *value = record_at(record, path);

	return json_is_integer(value) ? (uint64_t)json_integer_value(value) : unknown;
}

#define VALUE_WEIGHT 96U /* of any value: its block, its place in what holds it */

/* Records are a few levels deep, made by ourselves. */
uint64_t record_weight(const json_t *record)
{
	uint64_t weight = VALUE_WEIGHT;
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_string(record))
		weight += json_string_length(record);
	json_array_foreach(record, i, value)
		weight += record_weight(value);
	json_object_foreach((json_t *)record, key, value)
		weight += strlen(key) + record_weight(value);
	return weight;
}

int record_severity(const json_t *finding)
{
	for (int s = BITS_NOTE; s < BITS_N_SEVERITIES; s++)
		if (record_is(finding, "severity", bits_severity_name((enum bits_severity)s)))
			return s;
	return -1;
}

int64_t record_when(const json_t *record, const char *path)
{
	return value_when(record_at(record, path));
}

int64_t value_when(const json_t *value)
{
	const char *text = json_string_value(value), *rest;
	struct tm tm = { 0 };

	rest = text != NULL ? strptime(text, "%Y-%m-%dT%H:%M:%S.", &tm) : NULL;
	if (rest == NULL)
		return BITS_TIME_UNKNOWN;
	return (int64_t)timegm(&tm) * INT64_C(1000000000) + (int64_t)g_ascii_strtoll(rest, NULL, 10);
}
