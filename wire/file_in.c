/* SPDX-License-Identifier: GPL-2.0-or-later */
/* file_in.c - one descriptor for a file that is read, or none between two reads. */
#include "wire/file_in.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_standard(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* Standard input goes on where it stands: /dev/stdin would begin anew in a file, and knows no sockets. */
static int open_path(const char *path)
{
	if (is_standard(path))
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

bool file_in_open(struct file_in *f, const char *path)
{
	struct stat st;

	*f = (struct file_in){ .path = g_strdup(path), .fd = open_path(path), .is_once = true };
	if (f->fd < 0)
		return false;
	if (fstat(f->fd, &st) != 0)
		return true;
	f->is_regular = S_ISREG(st.st_mode);
	f->is_once = !f->is_regular || is_standard(path);
	f->size = f->is_regular ? (uint64_t)st.st_size : 0;
	f->device = st.st_dev;
	f->inode = st.st_ino;
	return true;
}

static void close_descriptor(struct file_in *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

void file_in_close(struct file_in *f)
{
	close_descriptor(f);
	g_clear_pointer(&f->path, g_free);
}

void file_in_spare(struct file_in *f)
{
	if (f->is_once || f->is_sparing)
		return;
	f->at = lseek(f->fd, 0, SEEK_CUR);
	f->is_sparing = true;
	close_descriptor(f);
}

static bool reopen(struct file_in *f)
{
	struct stat st;

	f->fd = open_path(f->path);
	if (f->fd < 0)
		return false;
	if (fstat(f->fd, &st) == 0 && st.st_dev == f->device && st.st_ino == f->inode)
		return true;
	errno = ESTALE; /* another file has its name by now */
	return false;
}

static ssize_t read_once(struct file_in *f, void *to, size_t n)
{
	ssize_t got;

	do
		got = f->is_sparing ? pread(f->fd, to, n, f->at) : read(f->fd, to, n);
	while (got < 0 && errno == EINTR);
	return got;
}

ssize_t file_in_read(struct file_in *f, void *to, size_t n)
{
	ssize_t got;
	int     why;

	if (!f->is_sparing)
		return read_once(f, to, n);
	got = reopen(f) ? read_once(f, to, n) : -1;
	why = errno;
	close_descriptor(f);
	errno = why == ENOENT ? ESTALE : why;
	f->at += MAX(got, 0);
	return got;
}
