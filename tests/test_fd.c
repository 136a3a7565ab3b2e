/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_fd.c - bytes are written and read back whole, or an error says why not. */
#include "cli/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/cm.h"

static int temporary(void)
{
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("bitspect-XXXXXX", &path, NULL);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static void bytes_come_back_from_where_they_were_written(void **state)
{
	static const struct {
		const char *name;
		size_t n;
		uint64_t offset;
	} cases[] = {
		{ "no byte at all", 0, 0 },
		{ "one byte at the beginning", 1, 0 },
		{ "one byte behind a hole", 1, 4096 },
		{ "more than a piece, across its border", 100000, 65535 },
		{ "beyond 4 GiB", 3, (UINT64_C(1) << 32) + 1 },
	};
	static uint8_t bytes[100000], back[100000];
	autofd fd = temporary();

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		memset(bytes, (int)i + 1, sizeof(bytes));
		memset(back, 0xff, sizeof(back));
		print_message("%s\n", cases[i].name);
		assert_true(fd_write_at(fd, bytes, cases[i].n, cases[i].offset, NULL));
		assert_true(fd_read_at(fd, back, cases[i].n, cases[i].offset, NULL));
		assert_memory_equal(bytes, back, cases[i].n);
		assert_true(cases[i].n == sizeof(back) || back[cases[i].n] == 0xff);
	}
}

/* A pipe takes less at a time than it is given: the reader empties it behind the writer's back. */
static gpointer count_to_the_end(gpointer data)
{
	autofd fd = GPOINTER_TO_INT(data);
	static uint8_t some[5000];
	size_t all = 0;
	ssize_t n;

	while ((n = read(fd, some, sizeof(some))) > 0)
		all += (size_t)n;
	return GSIZE_TO_POINTER(all);
}

static void bytes_go_into_a_pipe_whole(void **state)
{
	static uint8_t bytes[1000000];
	GThread *reader;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	reader = g_thread_new("reader", count_to_the_end, GINT_TO_POINTER(ends[0]));
	assert_true(fd_write(ends[1], bytes, sizeof(bytes), NULL));
	assert_true(fd_write(ends[1], bytes, 1, NULL));
	close(ends[1]);
	assert_int_equal(GPOINTER_TO_SIZE(g_thread_join(reader)), sizeof(bytes) + 1);
}

static void a_reader_that_has_gone_is_told(void **state)
{
	g_autoptr(GError) error = NULL;
	int ends[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_false(fd_write(ends[1], (const uint8_t *)"a", 1, &error));
	close(ends[1]);
	assert_true(g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_PIPE));
}

static void what_lies_behind_the_end_reads_as_zero(void **state)
{
	autofd fd = temporary();
	uint8_t back[6] = { 9, 9, 9, 9, 9, 9 };

	(void)state;
	assert_true(fd_write_at(fd, (const uint8_t *)"abc", 3, 0, NULL));
	assert_true(fd_read_at(fd, back, 5, 1, NULL));
	assert_memory_equal(back, "bc\0\0\0\x9", 6);
	memset(back, 9, sizeof(back));
	assert_true(fd_read_at(fd, back, 5, 1000, NULL));
	assert_memory_equal(back, "\0\0\0\0\0\x9", 6);
}

static void a_full_disk_is_told(void **state)
{
	autofd full = open("/dev/full", O_WRONLY);
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_false(fd_write_at(full, (const uint8_t *)"x", 1, 0, &error));
	assert_true(g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC));
}

/* The kernel writes as much as a file may have: the rest is an error, and not a success of a smaller size. */
static bool write_at_zero(int fd, const uint8_t *p, size_t n, GError **error)
{
	return fd_write_at(fd, p, n, 0, error);
}

static void a_write_that_the_kernel_cuts_goes_on_to_its_error(void **state)
{
	bool (*const writes[])(int fd, const uint8_t *p, size_t n, GError **error) = { write_at_zero, fd_write };

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < G_N_ELEMENTS(writes); i++) {
		autofd fd = temporary();
		g_autoptr(GError) error = NULL;
		struct rlimit old, few;
		bool ok;

		assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
		few = (struct rlimit){ 8, old.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
		ok = writes[i](fd, (const uint8_t *)"0123456789abcdef", 16, &error);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
		assert_false(ok);
		assert_non_null(error);
		assert_int_equal(lseek(fd, 0, SEEK_END), 8);
	}
}

static void the_error_has_the_kind_and_says_what_was_tried(void **state)
{
	static const struct {
		const char *name;
		int mode;
		bool reads;
		const char *says;
	} cases[] = {
		{ "writing what is open for reading", O_RDONLY, false, "cannot write: " },
		{ "reading what is open for writing", O_WRONLY, true, "cannot read back: " },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		autofd fd = open("/dev/null", cases[i].mode);
		uint8_t byte = 0;
		bool ok = cases[i].reads ? fd_read_at(fd, &byte, 1, 0, &error) : fd_write_at(fd, &byte, 1, 0, &error);

		print_message("%s\n", cases[i].name);
		assert_false(ok);
		assert_true(g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_BADF));
		assert_true(g_str_has_prefix(error->message, cases[i].says));
	}
}

static void errno_is_read_before_anything_can_change_it(void **state)
{
	g_autoptr(GError) error = NULL;

	(void)state;
	errno = EACCES;
	assert_false(fd_fail(&error, "out/a.bin"));
	assert_true(g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_ACCES));
	assert_true(g_str_has_prefix(error->message, "out/a.bin: "));
}

static void a_descriptor_is_closed_once(void **state)
{
	int fd = temporary(), old = fd;

	(void)state;
	fd_close(&fd);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(old, F_GETFD), -1);
	fd_close(&fd); /* nothing left to close */
	assert_int_equal(fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_back_from_where_they_were_written),
		cmocka_unit_test(bytes_go_into_a_pipe_whole),
		cmocka_unit_test(a_reader_that_has_gone_is_told),
		cmocka_unit_test(what_lies_behind_the_end_reads_as_zero),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(a_write_that_the_kernel_cuts_goes_on_to_its_error),
		cmocka_unit_test(the_error_has_the_kind_and_says_what_was_tried),
		cmocka_unit_test(errno_is_read_before_anything_can_change_it),
		cmocka_unit_test(a_descriptor_is_closed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
