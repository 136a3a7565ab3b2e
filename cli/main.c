/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c - what the process needs once, before the program can be called like any function. */
#include <gcrypt.h>
#include <locale.h>
#include <signal.h>

#include "cli/heap.h"
#include "cli/program.h"

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN); /* a reader that has gone shows as EPIPE */
	heap_prepare();
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	return program_run(argc, argv);
}
