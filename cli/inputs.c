/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inputs.c - a ring buffer leaves a directory of captures, a shell names them in any order: time puts them right. */
#include "cli/inputs.h"

#include <string.h>
#include <sys/stat.h>

#include "cli/output.h"
#include "core/bits_where.h"
#include "wire/capture.h"

struct candidate {
	char   *path;
	int64_t first_ns;
};

static void candidate_clear(gpointer p)
{
	g_free(((struct candidate *)p)->path);
}

static gint by_time_then_name(gconstpointer a, gconstpointer b)
{
	const struct candidate *x = a, *y = b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* Standard input and pipes can be read once only: they are not looked into, and come as they are. */
static bool can_peek(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The time of the first frame; false and *error for what is no capture. */
static bool peek(const char *path, int64_t *first_ns, GError **error)
{
	g_autoptr(capture_handle) c = NULL;
	struct frame f;

	*first_ns = BITS_TIME_UNKNOWN;
	if (!can_peek(path) && !g_file_test(path, G_FILE_TEST_IS_DIR) && g_file_test(path, G_FILE_TEST_EXISTS))
		return true;
	c = capture_open(path, 0, error);
	if (c == NULL)
		return false;
	if (capture_next(c, &f, NULL) == CAPTURE_FRAME)
		*first_ns = f.time_ns;
	return true;
}

static void add(GArray *list, const char *path, int64_t first_ns)
{
	struct candidate c = { g_strdup(path), first_ns };

	g_array_append_val(list, c);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *files_in(const char *dir, GError **error)
{
	g_autoptr(GDir) d = g_dir_open(dir, 0, error);
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (d != NULL && (name = g_dir_read_name(d)) != NULL) {
		g_autofree char *path = g_build_filename(dir, name, NULL);

		if (name[0] != '.' && can_peek(path))
			g_ptr_array_add(names, g_steal_pointer(&path));
	}
	g_ptr_array_sort(names, by_name);
	return names;
}

/* A directory is for its captures: what else lies there is passed over with a word.  One without any capture cannot be
 * read, and one with captures that nobody can look into was not read as a whole. */
static bool add_directory(GArray *list, const char *dir, bool quiet)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) files = files_in(dir, &error);
	guint before = list->len, others = 0, missing = 0;
	g_autofree char *other = NULL;

	if (error != NULL) {
		complain("%s", error->message);
		return false;
	}
	for (guint i = 0; i < files->len; i++) {
		g_autoptr(GError) no = NULL;
		const char *path = g_ptr_array_index(files, i);
		int64_t first_ns;

		if (peek(path, &first_ns, &no)) {
			add(list, path, first_ns);
		} else if (!g_error_matches(no, CAPTURE_ERROR, CAPTURE_ERROR_NO_CAPTURE)) { /* may be evidence all the same */
			complain("%s", no->message);
			missing++;
		} else if (others++ == 0) {
			other = g_path_get_basename(path);
		}
	}
	if (others && !quiet)
		complain("%s: %u files in it, %s for one, are no captures and were passed over", dir, others, other);
	if (list->len == before)
		complain("%s: no capture in this directory", dir);
	return list->len > before && missing == 0;
}

static bool add_named(GArray *list, const char *path, bool alone, bool quiet)
{
	g_autoptr(GError) error = NULL;
	int64_t first_ns = BITS_TIME_UNKNOWN;

	if (g_file_test(path, G_FILE_TEST_IS_DIR))
		return add_directory(list, path, quiet);
	if (!alone && strcmp(path, "-") != 0 && !peek(path, &first_ns, &error)) {
		complain("%s", error->message);
		return false;
	}
	add(list, path, first_ns);
	return true;
}

void inputs_find(struct inputs *in, const GPtrArray *named, bool quiet)
{
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct candidate));

	g_array_set_clear_func(list, candidate_clear);
	*in = (struct inputs){ .paths = g_ptr_array_new_with_free_func(g_free) };
	for (guint i = 0; i < named->len; i++)
		if (!add_named(list, g_ptr_array_index(named, i), named->len == 1, quiet))
			in->unreadable = true;
	g_array_sort(list, by_time_then_name);
	for (guint i = 0; i < list->len; i++)
		g_ptr_array_add(in->paths, g_strdup(g_array_index(list, struct candidate, i).path));
}

void inputs_clear(struct inputs *in)
{
	g_ptr_array_unref(in->paths);
}
