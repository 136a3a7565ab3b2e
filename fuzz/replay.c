/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay.c - a target without libFuzzer: every file of a folder, once.  usage: replay_NAME FOLDER */
#include <stdio.h>

#include "fuzz/fuzz.h"

int main(int argc, char **argv)
{
	g_autoptr(GDir) dir = argc == 2 ? g_dir_open(argv[1], 0, NULL) : NULL;
	unsigned        n = 0;
	const char     *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(argv[1], name, NULL), *data = NULL;
		gsize            size;

		if (!g_file_get_contents(path, &data, &size, NULL)) {
			fprintf(stderr, "cannot read %s\n", path);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)data, size);
		n++;
	}
	printf("%u inputs\n", n);
	return n > 0 ? 0 : 1;
}
