/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cut_file.c - O_EXCL decides whether a file is new; a look before that spares a long reading for nothing. */
#include "cli/cut_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/fd.h"

static bool is_standard(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* A file with something to lose; a link that leads nowhere is one as well, for what it is. */
static bool is_in_the_way(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return S_ISREG(st.st_mode);
	return lstat(path, &st) == 0;
}

static bool refuse(const char *path, GError **error)
{
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST, "%s exists: choose another file for -w, or say --force", path);
	return false;
}

bool cut_file_check(const char *path, bool force, GError **error)
{
	return force || is_standard(path) || !is_in_the_way(path) || refuse(path, error);
}

/* O_EXCL follows no link; with force one is followed, as the user asked for what it names. */
static int open_file(const char *path, bool force, bool *made)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	*made = fd >= 0;
	if (fd >= 0 || errno != EEXIST)
		return fd;
	if (!force && is_in_the_way(path)) {
		errno = EEXIST;
		return -1;
	}
	return open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
}

bool cut_file_open(struct cut_file *c, const char *path, bool force, GError **error)
{
	g_autofree char *what = g_strdup_printf("cannot write %s", path);

	*c = (struct cut_file){ .path = path, .fd = STDOUT_FILENO };
	if (is_standard(path))
		return true;
	c->fd = open_file(path, force, &c->is_made);
	if (c->fd < 0 && errno == EEXIST)
		return refuse(path, error);
	return c->fd >= 0 || fd_fail(error, what);
}

bool cut_file_write(struct cut_file *c, const uint8_t *p, size_t n, GError **error)
{
	g_autoptr(GError) failure = NULL;

	if (c->is_closed || fd_write(c->fd, p, n, &failure))
		return true;
	c->is_closed = g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_PIPE);
	if (c->is_closed)
		return true;
	g_propagate_prefixed_error(error, g_steal_pointer(&failure), "%s: ", is_standard(c->path) ? "standard output" : c->path);
	return false;
}

bool cut_file_close(struct cut_file *c, bool has_failed, GError **error)
{
	g_autofree char *what = g_strdup_printf("cannot write %s", c->path);
	bool is_closed = is_standard(c->path) || close(c->fd) == 0;

	if (!is_closed && !has_failed)
		fd_fail(error, what);
	if ((!is_closed || has_failed) && c->is_made)
		unlink(c->path);
	return is_closed && !has_failed;
}
