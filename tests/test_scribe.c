/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/scribe.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/cm.h"

#define PIECE 1000U
#define MANY  (3 * WORKER_WAITING)

static int temporary(void)
{
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("bitspect-XXXXXX", &path, NULL);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static uint8_t *piece_of(int value)
{
	uint8_t *piece = g_malloc(PIECE);

	memset(piece, value, PIECE);
	return piece;
}

/* More pieces than may wait, then one over the first: everything is written, in the order in which it was given. */
static void writes_in_order(void **state)
{
	struct worker *s = worker_new("scribe", SCRIBE_BATCH);
	struct work_account a = { 0 };
	int fd = temporary();
	uint8_t back[PIECE];

	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		assert_true(scribe_give(s, &a, fd, i * PIECE, piece_of((int)i), PIECE, NULL));
	assert_true(scribe_give(s, &a, fd, 0, piece_of(200), PIECE, NULL));
	assert_true(worker_settle(s, &a, NULL));
	assert_int_equal(a.pending, 0);
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(pread(fd, back, PIECE, i * PIECE), PIECE);
		assert_int_equal(back[0], i == 0 ? 200 : i);
		assert_int_equal(back[PIECE - 1], i == 0 ? 200 : i);
	}
	worker_free(s);
	close(fd);
}

static void tells_what_failed_and_writes_no_more(void **state)
{
	struct worker *s = worker_new("scribe", SCRIBE_BATCH);
	struct work_account broken = { 0 }, sound = { 0 };
	int fd = temporary(), closed_to_writes = open("/dev/null", O_RDONLY);
	g_autoptr(GError) error = NULL;

	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		if (!scribe_give(s, &broken, closed_to_writes, 0, piece_of(1), PIECE, NULL))
			break;
	assert_true(scribe_give(s, &sound, fd, 0, piece_of(2), PIECE, NULL));
	assert_false(worker_settle(s, &broken, &error));
	assert_non_null(error);
	assert_true(worker_settle(s, &sound, NULL));
	assert_int_equal(lseek(fd, 0, SEEK_END), PIECE);
	g_clear_error(&broken.error);
	worker_free(s);
	close(fd);
	close(closed_to_writes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_in_order),
		cmocka_unit_test(tells_what_failed_and_writes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
