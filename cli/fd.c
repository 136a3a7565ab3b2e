/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fd.c - the kernel may read and write less than asked; nobody else here should have to know. */
#include "cli/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

bool fd_fail(GError **error, const char *what)
{
	int e = errno;

	g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(e), "%s: %s", what, g_strerror(e));
	return false;
}

int fd_make(int dir, const char *name, bool replaces)
{
	if (replaces)
		unlinkat(dir, name, 0);
	return openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Not every file system can rename without replacing; a link does the same in two steps. */
int fd_rename(int dir, const char *from, const char *to)
{
	int r = renameat2(dir, from, dir, to, RENAME_NOREPLACE);

	if (r == 0 || (errno != EINVAL && errno != ENOSYS))
		return r;
	r = linkat(dir, from, dir, to, 0);
	return r == 0 ? unlinkat(dir, from, 0) : r;
}

bool fd_write(int fd, const uint8_t *p, size_t n, GError **error)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fd_fail(error, "cannot write");
		p += done;
		n -= (size_t)done;
	}
	return true;
}

bool fd_write_at(int fd, const uint8_t *p, size_t n, uint64_t offset, GError **error)
{
	while (n) {
		ssize_t done = pwrite(fd, p, n, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fd_fail(error, "cannot write");
		p += done;
		n -= (size_t)done;
		offset += (uint64_t)done;
	}
	return true;
}

bool fd_read_at(int fd, uint8_t *p, size_t n, uint64_t offset, GError **error)
{
	while (n) {
		ssize_t done = pread(fd, p, n, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fd_fail(error, "cannot read back");
		if (done == 0) {
			memset(p, 0, n);
			return true;
		}
		p += done;
		n -= (size_t)done;
		offset += (uint64_t)done;
	}
	return true;
}
