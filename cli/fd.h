/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fd.h - descriptors that close themselves, and reads and writes that are whole or an error. */
#ifndef CLI_FD_H
#define CLI_FD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

void fd_close(int *fd);
#define autofd __attribute__((cleanup(fd_close))) int

/* A new file in an opened directory, mode 0600, no link followed; replaces: one of that name gives way.  -1 and errno. */
int fd_make(int dir, const char *name, bool replaces);
/* Never over another file: 0, or -1 and errno. */
int fd_rename(int dir, const char *from, const char *to);

/* Behind what was written before: pipes, too. */
bool fd_write(int fd, const uint8_t *p, size_t n, GError **error);
bool fd_write_at(int fd, const uint8_t *p, size_t n, uint64_t offset, GError **error);
/* What lies behind the end of the file reads as zero. */
bool fd_read_at(int fd, uint8_t *p, size_t n, uint64_t offset, GError **error);
/* Sets *error (G_FILE_ERROR) to what errno says; gives false. */
bool fd_fail(GError **error, const char *what);

#endif
