/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capture_names.c - how many captures have a file of that name. */
#include "cli/capture_names.h"

#include <string.h>

struct capture_names {
	GHashTable *bases; /* char * -> how many have it */
	guint       n;
};

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

struct capture_names *capture_names_new(void)
{
	struct capture_names *n = g_new0(struct capture_names, 1);

	n->bases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return n;
}

void capture_names_free(struct capture_names *n)
{
	g_hash_table_unref(n->bases);
	g_free(n);
}

void capture_names_add(struct capture_names *n, const char *path)
{
	const char *base = base_of(path);
	guint had = GPOINTER_TO_UINT(g_hash_table_lookup(n->bases, base));

	g_hash_table_replace(n->bases, g_strdup(base), GUINT_TO_POINTER(had + 1));
	n->n++;
}

const char *capture_names_of(const struct capture_names *n, const char *path)
{
	const char *base = base_of(path);

	return n != NULL && GPOINTER_TO_UINT(g_hash_table_lookup(n->bases, base)) > 1 ? path : base;
}

const char *capture_names_tell(const struct capture_names *n, const char *path)
{
	return n != NULL && n->n > 1 && path != NULL ? capture_names_of(n, path) : NULL;
}
