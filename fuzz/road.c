/* SPDX-License-Identifier: GPL-2.0-or-later */
/* road.c - the whole road: a capture through the program's own commands, with the hashes of the files.
 *
 * Input: a capture; the parity of its length chooses the command. */
#include <fcntl.h>
#include <gcrypt.h>
#include <locale.h>
#include <unistd.h>

#include "cli/program.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const commands[][4] = {
		{ "report", "-T", "ndjson", "--undecided" },
		{ "report", "-T", "text", "--connections" },
		{ "packets", "-T", "text", "--undecided" },
		{ "ladder", "--undecided", "-T", "text" },
	};
	static bool      is_ready;
	g_autofree char *path = NULL;
	int              fd, status;

	if (!is_ready) {
		setlocale(LC_CTYPE, "C.UTF-8");
		gcry_check_version(NULL);
		gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
		gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
		is_ready = true;
	}
	fd = fuzz_file(data, size, &path);
	{
		const char *const *c = commands[size % G_N_ELEMENTS(commands)];
		char              *argv[] = { "bitspect", (char *)c[0], (char *)c[1], (char *)c[2], (char *)c[3], "-q", "-o", "/dev/null", path, NULL };

		status = program_run(G_N_ELEMENTS(argv) - 1, argv);
	}
	g_assert(status == 0 || status == 3 || status == 4);
	close(fd);
	return 0;
}
