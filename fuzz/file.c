/* SPDX-License-Identifier: GPL-2.0-or-later */
/* file.c - what targets share. */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

void fuzz_touch(const uint8_t *p, size_t n)
{
	static volatile uint8_t sum;

	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum ^ p[i]);
}

int fuzz_file(const uint8_t *data, size_t size, char **path)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	g_assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	*path = g_strdup_printf("/proc/self/fd/%d", fd);
	return fd;
}
