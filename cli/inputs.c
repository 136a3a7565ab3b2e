/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inputs.c - a ring buffer leaves a directory of captures, a shell names them in any order: the set puts them right. */
#include "cli/inputs.h"

#include <string.h>
#include <sys/stat.h>

#include "cli/output.h"
#include "wire/capture.h"
#include "wire/set.h"

struct finding_of_inputs {
	struct set *set;
	GHashTable *seen; /* of char *: device and inode of every file so far */
	bool        quiet;
};

static char *identity_of(const char *path)
{
	struct stat st;

	if ((strcmp(path, "-") == 0 ? fstat(0, &st) : stat(path, &st)) != 0)
		return g_strdup(path);
	return g_strdup_printf("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64)st.st_dev, (guint64)st.st_ino);
}

/* False and *error for what is no capture. */
static bool add(struct finding_of_inputs *f, const char *path, GError **error)
{
	char *identity = identity_of(path);

	if (g_hash_table_contains(f->seen, identity)) {
		if (!f->quiet)
			complain("%s: named twice, read once", path);
		g_free(identity);
		return true;
	}
	g_hash_table_add(f->seen, identity);
	return set_add(f->set, path, error);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A file; or a link that leads nowhere, which may have led to evidence: it is named when it cannot be opened. */
static bool may_be_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return S_ISREG(st.st_mode);
	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* *folders: how many there are, which are not looked into. */
static GPtrArray *files_in(const char *dir, guint *folders, GError **error)
{
	g_autoptr(GDir) d = g_dir_open(dir, 0, error);
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (d != NULL && (name = g_dir_read_name(d)) != NULL) {
		g_autofree char *path = g_build_filename(dir, name, NULL);

		*folders += name[0] != '.' && g_file_test(path, G_FILE_TEST_IS_DIR);
		if (name[0] != '.' && may_be_file(path))
			g_ptr_array_add(names, g_steal_pointer(&path));
	}
	g_ptr_array_sort(names, by_name);
	return names;
}

/* A directory is for its captures: what else lies there is passed over with a word.  One without any capture cannot be
 * read, and one with captures that nobody can look into was not read as a whole. */
static bool add_directory(struct finding_of_inputs *f, const char *dir)
{
	g_autoptr(GError) error = NULL;
	guint captures = 0, others = 0, missing = 0, folders = 0;
	g_autoptr(GPtrArray) files = files_in(dir, &folders, &error);
	g_autofree char *other = NULL;

	if (error != NULL) {
		complain("%s", error->message);
		return false;
	}
	for (guint i = 0; i < files->len; i++) {
		g_autoptr(GError) no = NULL;
		const char *path = g_ptr_array_index(files, i);

		if (add(f, path, &no)) {
			captures++;
		} else if (!g_error_matches(no, CAPTURE_ERROR, CAPTURE_ERROR_NO_CAPTURE)) { /* may be evidence */
			complain("%s", no->message);
			missing++;
		} else if (others++ == 0) {
			other = g_path_get_basename(path);
		}
	}
	if (others == 1 && !f->quiet)
		complain("%s: 1 file in it, %s, is no capture and was passed over", dir, other);
	else if (others && !f->quiet)
		complain("%s: %u files in it, %s for one, are no captures and were passed over", dir, others, other);
	if (folders > 0 && !f->quiet)
		complain("%s: %u folder%s in it %s not looked into: name %s too", dir, folders, folders == 1 ? "" : "s",
			 folders == 1 ? "was" : "were", folders == 1 ? "it" : "them");
	if (captures == 0)
		complain("%s: no capture in this directory", dir);
	return captures > 0 && missing == 0;
}

static bool add_named(struct finding_of_inputs *f, const char *path)
{
	g_autoptr(GError) error = NULL;

	if (g_file_test(path, G_FILE_TEST_IS_DIR))
		return add_directory(f, path);
	if (add(f, path, &error))
		return true;
	complain("%s", error->message);
	return false;
}

bool inputs_find(struct set *set, const GPtrArray *named, bool quiet)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct finding_of_inputs f = { set, seen, quiet };
	bool all = true;

	for (guint i = 0; i < named->len; i++)
		all &= add_named(&f, g_ptr_array_index(named, i));
	return all;
}

bool inputs_read_list(const char *path, GPtrArray *names, GError **error)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(strcmp(path, "-") == 0 ? "/dev/stdin" : path, &text, NULL, error))
		return false;
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		if (g_str_has_suffix(*line, "\r")) /* a list from Windows; a name that ends so is rarer */
			(*line)[strlen(*line) - 1] = '\0';
		if (**line != '\0')
			g_ptr_array_add(names, g_strdup(*line));
	}
	return true;
}
