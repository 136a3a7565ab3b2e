/* heap.h - where in memory lies what malloc gives: nothing is asked of who calls that. */
#ifndef CLI_HEAP_H
#define CLI_HEAP_H

/* Before much is in it, and once. */
void heap_prepare(void);

/* Much is found by its address from now on, connection by connection: in large pages, where the kernel has them.  Again is
 * nothing. */
void heap_use_large_pages(void);

#endif
