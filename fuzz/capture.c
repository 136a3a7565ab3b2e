/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capture.c - every file reader: pcap and its variants, pcapng, gzip, zstd and lz4 around them, and what is no capture.
 *
 * Frames lie where the reader says, in order; the size at the end is that of what was read. */
#include "wire/capture.h"

#include <unistd.h>

#include "fuzz/fuzz.h"

static void check(const struct frame *f, uint32_t number)
{
	g_assert(f->number > number && f->caplen <= f->wirelen);
	fuzz_touch(f->bytes, f->caplen);
}

static void read_all(struct capture *c)
{
	uint32_t number = 0, n = 0;

	for (;;) {
		g_autoptr(GError) error = NULL;
		struct frame      f;

		switch (capture_next(c, &f, &error)) {
		case CAPTURE_FRAME:
			check(&f, number);
			number = f.number;
			n++;
			break;
		case CAPTURE_DAMAGE:
			g_assert(error != NULL && capture_info(c)->damage != NULL);
			break;
		case CAPTURE_END:
			g_assert(capture_info(c)->frames == n);
			return;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL;
	g_autofree char  *path = NULL;
	int               fd = fuzz_file(data, size, &path);
	struct capture   *c = capture_open(path, 0, &error);

	g_assert((c == NULL) == (error != NULL));
	if (c != NULL)
		read_all(c);
	capture_free(c);
	close(fd);
	return 0;
}
