/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_heap.c - nobody who has something in the heap notices where it lies. */
#include "cli/heap.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "tests/cm.h"

#define BLOCKS 20000U
#define BLOCK  700U

static uint8_t *block_new(unsigned value)
{
	uint8_t *block = g_malloc(BLOCK);

	for (unsigned i = 0; i < BLOCK; i++)
		block[i] = (uint8_t)(value + i);
	return block;
}

static bool is_block(const uint8_t *block, unsigned value)
{
	for (unsigned i = 0; i < BLOCK; i++)
		if (block[i] != (uint8_t)(value + i))
			return false;
	return true;
}

/* Half of them lie there when large pages are asked for, half come later; asked for twice. */
static void what_lies_in_the_heap_stays_as_it_is(void **state)
{
	static uint8_t *blocks[BLOCKS];

	(void)state;
	heap_use_large_pages(); /* nothing is prepared yet */
	heap_prepare();
	for (unsigned i = 0; i < BLOCKS; i++) {
		if (i == BLOCKS / 2 || i == BLOCKS / 2 + 1)
			heap_use_large_pages();
		blocks[i] = block_new(i);
	}
	for (unsigned i = 0; i < BLOCKS; i++) {
		assert_true(is_block(blocks[i], i));
		g_free(blocks[i]);
	}
}

/* Blocks of this size come from the room that was asked for, not from a system call each. */
static void the_heap_does_not_grow_within_its_room(void **state)
{
	void *end = sbrk(0);
	uint8_t *blocks[100];

	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(blocks); i++)
		blocks[i] = g_malloc(256U << 10);
	assert_ptr_equal(sbrk(0), end);
	for (unsigned i = 0; i < G_N_ELEMENTS(blocks); i++)
		g_free(blocks[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lies_in_the_heap_stays_as_it_is),
		cmocka_unit_test(the_heap_does_not_grow_within_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
