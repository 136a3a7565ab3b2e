/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sums.c - lines on a tape. */
#include "cli/sums.h"

#include <string.h>

struct line {
	char name[SUMS_NAME];
	char hex[DIGEST_HEX];
};

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(((const struct line *)a)->name, ((const struct line *)b)->name);
}

void sums_init(struct sums *s, const char *dir)
{
	*s = (struct sums){ .error = NULL };
	spool_init(&s->spool, dir);
	tape_init(&s->lines, &s->spool, sizeof(struct line), by_name);
}

void sums_clear(struct sums *s)
{
	tape_clear(&s->lines);
	spool_clear(&s->spool);
	g_clear_error(&s->error);
}

static GError **first_error(struct sums *s)
{
	return s->error == NULL ? &s->error : NULL;
}

void sums_add(struct sums *s, const char *hex, const char *name)
{
	struct line line = { .name = "" };

	if (g_strlcpy(line.name, name, sizeof(line.name)) >= sizeof(line.name))
		return;
	g_strlcpy(line.hex, hex, sizeof(line.hex));
	if (!tape_add(&s->lines, &line, first_error(s)))
		return; /* which sums_write tells */
}

uint64_t sums_count(const struct sums *s)
{
	return s->lines.n;
}

void sums_sort(struct sums *s)
{
	if (tape_sort(&s->lines, first_error(s)))
		s->sorted = s->lines.n;
}

bool sums_has(struct sums *s, const char *name)
{
	uint64_t low = 0, high = s->sorted;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct line *line = tape_get(&s->lines, middle, first_error(s));
		int order = line != NULL ? strcmp(line->name, name) : 0;

		if (order == 0)
			return line != NULL;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool sums_write(struct sums *s, FILE *file, GError **error)
{
	sums_sort(s);
	for (uint64_t i = 0; i < s->lines.n && s->error == NULL; i++) {
		const struct line *line = tape_get(&s->lines, i, &s->error);

		if (line != NULL && line->hex[0] != '\0')
			fprintf(file, "%s  %s\n", line->hex, line->name);
	}
	if (s->error == NULL)
		return true;
	g_propagate_error(error, g_steal_pointer(&s->error));
	return false;
}
