/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heap.c - with many connections each frame asks for things that lie all over the heap: in pages of 4 KiB the processor has to look
 * up where most of them are before it can fetch them.  With few connections small pages do as well, and cost less memory.
 *
 * So room is asked for at once, from the border of a large page on, and is given to large pages when somebody says so.  Nothing is
 * given back meanwhile: what was freed is mostly wanted again, and mapping it anew is dear. */
#include "cli/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1; an older one refuses it, and then only what comes is in large pages */
#endif

#define HEAP_ROOM   (256 << 20) /* bytes; where that is not to be had the heap grows as ever    */
#define HEAP_STEP   (128 << 10) /* ... and behind it                                            */
#define LARGE_BLOCK (512 << 10) /* bytes, of a mapping of its own, which can grow where it lies */
#define LARGE_PAGE  ((uintptr_t)2 << 20)
#define BEGINNING   (4 * LARGE_PAGE) /* what may be in use by the time */

static uintptr_t room_from, room_to; /* equal: there is none, or it is in large pages already */

void heap_prepare(void)
{
#if defined(M_TOP_PAD) && defined(MADV_HUGEPAGE)
	void *volatile grown; /* or the compiler does without it */

	sbrk((intptr_t)(LARGE_PAGE - (uintptr_t)sbrk(0) % LARGE_PAGE));
	room_from = (uintptr_t)sbrk(0);
	mallopt(M_TRIM_THRESHOLD, -1);
	mallopt(M_MMAP_THRESHOLD, 4 * LARGE_BLOCK);
	mallopt(M_TOP_PAD, HEAP_ROOM);
	grown = malloc(2 * LARGE_BLOCK); /* more than the heap has yet */
	free(grown);
	mallopt(M_TOP_PAD, HEAP_STEP);
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	room_to = (uintptr_t)sbrk(0);
#endif
}

void heap_use_large_pages(void)
{
#ifdef MADV_HUGEPAGE
	if (room_to - room_from < BEGINNING)
		return;
	madvise((void *)room_from, room_to - room_from, MADV_HUGEPAGE);
	madvise((void *)room_from, BEGINNING, MADV_COLLAPSE);
	room_to = room_from;
#endif
}
