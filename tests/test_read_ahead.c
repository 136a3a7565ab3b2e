/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_read_ahead.c - the thread brings the same bytes as one read of it all, and goes when it is told to. */
#include "wire/read_ahead.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "tests/cm.h"
#include "tests/files.h"
#include "wire/unpack.h"

#define N LOAD_SIZE

static uint8_t *pattern_new(size_t n)
{
	uint8_t *p = g_malloc(MAX(n, 1));

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16) * 3);
	return p;
}

struct opened {
	struct file_in file;
	struct unpack *unpack;
};

static void open_path(struct opened *o, const char *path)
{
	assert_true(file_in_open(&o->file, path));
	o->unpack = unpack_new(&o->file);
}

/* A file of these bytes that has no name any more. */
static void open_over(struct opened *o, const uint8_t *bytes, size_t n)
{
	g_autofree char *path = write_temporary(bytes, n);

	open_path(o, path);
	g_unlink(path);
}

static void close_it(struct opened *o)
{
	unpack_free(o->unpack);
	file_in_close(&o->file);
}

static void brings_the_bytes_of_the_file(void **state)
{
	static const struct {
		const char *name;
		size_t      size;
	} cases[] = {
		{ "nothing", 0 },
		{ "one byte", 1 },
		{ "one less than a load", N - 1 },
		{ "just a load", N },
		{ "one more than a load", N + 1 },
		{ "three loads and seven bytes", 3 * N + 7 },
		{ "just five loads", 5 * N },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree uint8_t *bytes = pattern_new(cases[i].size);
		struct opened       o;
		struct read_ahead  *r;
		struct load        *l;
		size_t              at = 0;

		open_over(&o, bytes, cases[i].size);
		r = read_ahead_start(o.unpack);
		while ((l = read_ahead_take(r))->n > 0) {
			expect_in_row(cases[i].name, l->error == 0 && l->n <= N && l->n <= cases[i].size - at);
			expect_in_row(cases[i].name, memcmp(l->mem + LOAD_HEADROOM, bytes + at, l->n) == 0);
			memset(l->mem, 0xFF, LOAD_HEADROOM); /* ours to write into */
			at += l->n;
			read_ahead_give_back(r, l);
		}
		expect_in_row(cases[i].name, at == cases[i].size && l->error == 0);
		read_ahead_stop(r);
		close_it(&o);
	}
}

/* Behind the end there is nothing, however often one asks. */
static void the_end_stays_the_end(void **state)
{
	g_autofree uint8_t *bytes = pattern_new(5);
	struct opened       o;
	struct read_ahead  *r;

	(void)state;
	open_over(&o, bytes, 5);
	r = read_ahead_start(o.unpack);
	for (unsigned i = 0; i < 10; i++) {
		struct load *l = read_ahead_take(r);

		assert_int_equal(l->n, i == 0 ? 5 : 0);
		assert_int_equal(l->error, 0);
		read_ahead_give_back(r, l);
	}
	read_ahead_stop(r);
	close_it(&o);
}

/* Given up while the thread reads, with so many loads out at the time; a thread that stays would hang here. */
static void may_be_stopped_at_any_time(void **state)
{
	static const struct {
		const char *name;
		unsigned    taken, out; /* loads taken in all; of these, not given back */
	} cases[] = {
		{ "at once", 0, 0 },
		{ "with the first load out", 1, 1 },
		{ "with both loads out, so that nothing is left to fill", 2, 2 },
		{ "while the first load is filled anew", 1, 0 },
		{ "in the middle", 5, 1 },
		{ "behind the end", 11, 0 },
	};
	g_autofree uint8_t *bytes = pattern_new(9 * N + 1);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		for (unsigned again = 0; again < 20; again++) {
			struct opened      o;
			struct read_ahead *r;

			open_over(&o, bytes, 9 * N + 1);
			r = read_ahead_start(o.unpack);
			for (unsigned k = 0; k < cases[i].taken; k++) {
				struct load *l = read_ahead_take(r);

				expect_in_row(cases[i].name, l->n > 0 || k >= 10);
				if (k + cases[i].out < cases[i].taken)
					read_ahead_give_back(r, l);
			}
			read_ahead_stop(r);
			expect_in_row(cases[i].name, fcntl(o.file.fd, F_GETFD) >= 0); /* borrowed: still open */
			close_it(&o);
		}
	read_ahead_stop(NULL);
}

static void a_read_that_fails_says_why(void **state)
{
	struct opened      o;
	struct read_ahead *r;

	(void)state;
	open_path(&o, "/");
	r = read_ahead_start(o.unpack);
	for (unsigned i = 0; i < 3; i++) {
		struct load *l = read_ahead_take(r);

		assert_int_equal(l->n, 0);
		assert_int_equal(l->error, EISDIR);
		read_ahead_give_back(r, l);
	}
	read_ahead_stop(r);
	close_it(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brings_the_bytes_of_the_file),
		cmocka_unit_test(the_end_stays_the_end),
		cmocka_unit_test(may_be_stopped_at_any_time),
		cmocka_unit_test(a_read_that_fails_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
