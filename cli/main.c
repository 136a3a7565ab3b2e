/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c - what the process needs once, before the program can be called like any function. */
#include <gcrypt.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>

#include "cli/program.h"

/* What was freed at the end of the heap is mostly wanted again at once, and mapping it anew is dear. */
#define KEPT_MEMORY (2 << 20) /* bytes                                              */
#define LARGE_BLOCK (1 << 19) /* bytes, of a mapping of its own: it can grow in place */

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN); /* a reader that has gone shows as EPIPE */
#ifdef M_TRIM_THRESHOLD
	mallopt(M_TRIM_THRESHOLD, KEPT_MEMORY);
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
#endif
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	return program_run(argc, argv);
}
