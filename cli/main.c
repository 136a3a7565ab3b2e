/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c - what the process needs once, before the program can be called like any function. */
#include <gcrypt.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/program.h"

/* What is found by its address, upload by upload, lies all over the heap: with pages of 4 KiB the processor looks for most of them
 * in memory.  So room is asked for at once, and behind its first part in large pages where the kernel has them: a small heap stays
 * as small as it is.  Nothing is given back meanwhile: what was freed is mostly wanted again, and mapping it anew is dear. */
#define HEAP_ROOM   (256 << 20) /* bytes; where that is not to be had the heap grows as ever    */
#define HEAP_STEP   (128 << 10) /* ... and behind it                                            */
#define LARGE_BLOCK (512 << 10) /* bytes, of a mapping of its own, which can grow where it lies */
#define SMALL_HEAP  ((uintptr_t)12 << 20) /* bytes */
#define LARGE_PAGE  ((uintptr_t)2 << 20)

static void prepare_heap(void)
{
#if defined(M_TOP_PAD) && defined(MADV_HUGEPAGE)
	uintptr_t      from = (uintptr_t)sbrk(0), to;
	void *volatile grown; /* or the compiler does without it */

	mallopt(M_TRIM_THRESHOLD, -1);
	mallopt(M_MMAP_THRESHOLD, 4 * LARGE_BLOCK);
	mallopt(M_TOP_PAD, HEAP_ROOM);
	grown = malloc(2 * LARGE_BLOCK); /* more than the heap has yet */
	free(grown);
	mallopt(M_TOP_PAD, HEAP_STEP);
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	to = (uintptr_t)sbrk(0);
	from = (from + SMALL_HEAP + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
	if (to > from)
		madvise((void *)from, to - from, MADV_HUGEPAGE);
#endif
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN); /* a reader that has gone shows as EPIPE */
	prepare_heap();
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	return program_run(argc, argv);
}
