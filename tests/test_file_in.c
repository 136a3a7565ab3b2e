/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_file_in.c - a sparing file gives the same bytes, holds no descriptor, and is not taken for another. */
#include "wire/file_in.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cm.h"
#include "tests/files.h"

/* Read five bytes at a time; before the read with this number the file becomes sparing (0: never). */
static void read_through(const char *name, const char *path, const char *bytes, unsigned when)
{
	struct file_in f;
	char           got[64], piece[5];
	size_t         at = 0;
	ssize_t        n;

	expect_in_row(name, file_in_open(&f, path) && f.is_regular && f.size == strlen(bytes));
	for (unsigned i = 1;; i++) {
		if (i == when)
			file_in_spare(&f);
		n = file_in_read(&f, piece, sizeof piece);
		expect_in_row(name, (f.fd < 0) == (when != 0 && i >= when));
		if (n <= 0)
			break;
		memcpy(got + at, piece, (size_t)n);
		at += (size_t)n;
	}
	expect_in_row(name, n == 0 && at == strlen(bytes) && memcmp(got, bytes, at) == 0);
	file_in_close(&f);
}

static void reads_the_same_with_and_without_a_descriptor(void **state)
{
	static const char text[] = "seventeen letters";
	static const struct {
		const char *name;
		unsigned    when;
	} cases[] = {
		{ "with a descriptor all the time", 0 },
		{ "sparing from the start", 1 },
		{ "sparing from the second read on", 2 },
		{ "sparing from the end on", 5 },
	};
	g_autofree char *path = write_temporary(text, strlen(text));

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		read_through(cases[i].name, path, text, cases[i].when);
	g_unlink(path);
}

static void another_file_is_not_read_in_its_place(void **state)
{
	static const struct {
		const char *name;
		bool        is_replaced;
	} cases[] = { { "gone", false }, { "replaced", true } };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = write_temporary("0123456789", 10), *other = write_temporary("abcdefghij", 10);
		struct file_in   f;
		char             piece[5];

		assert_true(file_in_open(&f, path));
		file_in_spare(&f);
		expect_in_row(cases[i].name, file_in_read(&f, piece, 5) == 5);
		assert_int_equal(cases[i].is_replaced ? g_rename(other, path) : g_unlink(path), 0);
		expect_in_row(cases[i].name, file_in_read(&f, piece, 5) == -1 && errno == ESTALE);
		file_in_close(&f);
		g_unlink(path);
		g_unlink(other);
	}
}

/* What comes through it is gone once it was read, so its descriptor stays. */
static void a_pipe_never_spares(void **state)
{
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL), *path = g_build_filename(dir, "fifo", NULL);
	struct file_in   f;
	char             piece[5];
	int              writer;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	writer = open(path, O_RDWR | O_CLOEXEC);
	assert_true(file_in_open(&f, path) && !f.is_regular && f.size == 0);
	file_in_spare(&f);
	assert_true(f.fd >= 0);
	assert_int_equal(write(writer, "abc", 3), 3);
	assert_int_equal(file_in_read(&f, piece, 5), 3); /* what is there: it does not wait for five */
	file_in_close(&f);
	close(writer);
	g_unlink(path);
	g_rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_same_with_and_without_a_descriptor),
		cmocka_unit_test(another_file_is_not_read_in_its_place),
		cmocka_unit_test(a_pipe_never_spares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
