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

static gint by_name_of(gconstpointer a, gconstpointer b)
{
	return by_name(*(gconstpointer const *)a, *(gconstpointer const *)b);
}

void sums_init(struct sums *s, const char *dir)
{
	*s = (struct sums){ .error = NULL };
	spool_init(&s->spool, dir);
	tape_init(&s->lines, &s->spool, sizeof(struct line), by_name);
}

void sums_clear(struct sums *s)
{
	g_clear_pointer(&s->memory, g_ptr_array_unref);
	tape_clear(&s->lines);
	spool_clear(&s->spool);
	g_clear_error(&s->error);
}

uint64_t sums_count(const struct sums *s)
{
	return s->memory != NULL ? s->memory->len : s->lines.n;
}

/* NULL: it cannot be read back, which is remembered. */
static const struct line *line_at(struct sums *s, uint64_t i)
{
	return s->memory != NULL ? g_ptr_array_index(s->memory, i) :
				   tape_get(&s->lines, i, s->error == NULL ? &s->error : NULL);
}

static void move_to_memory(struct sums *s)
{
	GPtrArray *memory = g_ptr_array_new_with_free_func(g_free);

	for (uint64_t i = 0; i < s->lines.n; i++) {
		const struct line *line = line_at(s, i);

		if (line != NULL)
			g_ptr_array_add(memory, g_memdup2(line, sizeof(*line)));
	}
	s->memory = memory;
}

void sums_add(struct sums *s, const char *hex, const char *name)
{
	struct line line = { .name = "" };

	if (g_strlcpy(line.name, name, sizeof(line.name)) >= sizeof(line.name))
		return;
	g_strlcpy(line.hex, hex, sizeof(line.hex));
	if (s->memory == NULL && tape_add(&s->lines, &line, NULL))
		return;
	if (s->memory == NULL)
		move_to_memory(s);
	g_ptr_array_add(s->memory, g_memdup2(&line, sizeof(line)));
}

void sums_sort(struct sums *s)
{
	if (s->memory != NULL)
		g_ptr_array_sort(s->memory, by_name_of);
	else if (!tape_sort(&s->lines, s->error == NULL ? &s->error : NULL))
		return;
	s->sorted = sums_count(s);
}

bool sums_has(struct sums *s, const char *name)
{
	uint64_t low = 0, high = s->sorted;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct line *line = line_at(s, middle);
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
	for (uint64_t i = 0; i < sums_count(s) && s->error == NULL; i++) {
		const struct line *line = line_at(s, i);

		if (line != NULL && line->hex[0] != '\0')
			fprintf(file, "%s  %s\n", line->hex, line->name);
	}
	if (s->error == NULL)
		return true;
	g_propagate_error(error, g_steal_pointer(&s->error));
	return false;
}
