/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_source.c - whatever the size of the file and of what is asked for, the bytes are those of the file, in order. */
#include "wire/source.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/cm.h"
#include "tests/files.h"
#include "tests/packers.h"
#include "wire/capture.h"

#define MIB      ((gsize)1 << 20)
#define BUFFER   ((gsize)256 << 10)
#define HEADROOM ((gsize)256 << 10) /* what may be left over when the thread's next load comes */

/* Bytes that are nowhere the same, so that a wrong offset shows, and that no compression makes fewer. */
static uint8_t *pattern_new(gsize n)
{
	uint8_t *p = g_malloc(MAX(n, 1));
	uint64_t x = 88172645463325252u;

	for (gsize i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = (uint8_t)(x >> 32);
	}
	return p;
}

/* Compressed files of this size are read by a thread. */
static struct source *packed_source_over(const uint8_t *bytes, gsize n)
{
	g_autoptr(GByteArray) packed = g_byte_array_new();

	packers[2].pack(packed, bytes, n, FALSE);
	return source_over(packed->data, packed->len);
}

/* Ask for `chunk` at a time (0: another number each time) and compare; the rest of the file comes shorter. */
static void read_through(const char *name, const uint8_t *bytes, gsize n, gsize chunk, bool is_packed)
{
	g_autoptr(source_handle) s = is_packed ? packed_source_over(bytes, n) : source_over(bytes, n);
	g_autoptr(GRand)         rand = g_rand_new_with_seed(11);
	gsize                    at = 0;

	while (at < n) {
		gsize ask = chunk != 0 ? chunk : (gsize)g_rand_int_range(rand, 1, 400000);
		bool  there = source_need(s, ask);

		expect_in_row(name, there == (ask <= n - at));
		ask = MIN(ask, n - at);
		expect_in_row(name, source_have(s) >= ask);
		expect_in_row(name, s->offset == at);
		expect_in_row(name, memcmp(source_bytes(s), bytes + at, ask) == 0);
		source_consume(s, ask);
		at += ask;
	}
	expect_in_row(name, !source_need(s, 1) && source_have(s) == 0);
	expect_in_row(name, (s->ahead != NULL) == (is_packed && n > MIB));
	expect_in_row(name, s->offset == n && s->error == 0);
}

static void gives_the_files_bytes_at_any_chunk(void **state)
{
	static const struct {
		const char *name;
		gsize       size, chunk;
		bool        is_packed;
	} cases[] = {
		{ "an empty file", 0, 1, false },
		{ "one byte", 1, 1, false },
		{ "more is asked for than there is", 10, 11, false },
		{ "byte by byte", 3000, 1, false },
		{ "chunks that do not divide the buffer", 3 * MIB + 17, 1000, false },
		{ "just the buffer", BUFFER, BUFFER, false },
		{ "one byte more than the buffer", BUFFER + 1, BUFFER + 1, false },
		{ "chunks larger than the buffer", 4 * MIB - 1, BUFFER + 4097, false },
		{ "all of a large file at once", 9 * MIB, 9 * MIB, false },
		{ "any chunks", 9 * MIB - 1, 0, false },
		{ "small ones are read before a thread would be up", 1000, 1000, true },
		{ "small chunks of the thread's loads", 4 * MIB + 5, 1000, true },
		{ "all of the thread's loads at once", 4 * MIB, 4 * MIB, true },
		{ "chunks that just fit in front of a load", 6 * MIB + 1, HEADROOM, true },
		{ "chunks that just do not", 6 * MIB + 1, HEADROOM + 1, true },
		{ "chunks of one load", 6 * MIB + 1, MIB, true },
		{ "chunks of more than a load", 9 * MIB + 7, 2 * MIB + 3, true },
		{ "any chunks of the thread's loads", 9 * MIB + 7, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree uint8_t *bytes = pattern_new(cases[i].size);

		read_through(cases[i].name, bytes, cases[i].size, cases[i].chunk, cases[i].is_packed);
	}
}

/* Large blocks between small ones: from loads to a buffer of its own and back, growing on the way. */
static void blocks_may_grow_and_shrink(void **state)
{
	static const gsize sizes[] = { 1, MIB, 10, 3 * MIB, HEADROOM + 1, 1, 5 * MIB, 100, MIB, HEADROOM, 2 * MIB };

	(void)state;
	for (unsigned packed = 0; packed < 2; packed++) {
		const gsize              n = 16 * MIB;
		g_autofree uint8_t      *bytes = pattern_new(n);
		g_autoptr(source_handle) s = packed ? packed_source_over(bytes, n) : source_over(bytes, n);

		for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
			if (!source_need(s, sizes[i]))
				break;
			assert_memory_equal(source_bytes(s), bytes + s->offset, sizes[i]);
			source_consume(s, sizes[i] / 2 + 1);
		}
		assert_true(s->offset > n / 3);
	}
}

static void no_block_may_be_larger(void **state)
{
	static const struct {
		const char *name;
		gsize       ask;
		bool        ok;
	} cases[] = {
		{ "the largest block", SOURCE_BLOCK_MOST, true },
		{ "one byte more", SOURCE_BLOCK_MOST + 1, false },
		{ "no memory has that much", SIZE_MAX, false },
	};
	gsize               n = SOURCE_BLOCK_MOST + 10;
	g_autofree uint8_t *bytes = pattern_new(n);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(source_handle) s = source_over(bytes, n);

		expect_in_row(cases[i].name, source_need(s, cases[i].ask) == cases[i].ok);
		expect_in_row(cases[i].name, s->offset == 0 && source_need(s, 100) && memcmp(source_bytes(s), bytes, 100) == 0);
	}
}

static void says_what_cannot_be_read(void **state)
{
	static const struct {
		const char *name, *path;
		int         why;
	} cases[] = {
		{ "there is no such file", "/no/such/file", ENOENT },
		{ "a directory", "/", EISDIR },
		{ "no page is there to read", "/proc/self/mem", EIO },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		expect_in_row(cases[i].name, source_open(cases[i].path, &error) == NULL);
		expect_in_row(cases[i].name, g_error_matches(error, CAPTURE_ERROR, CAPTURE_ERROR_UNREADABLE));
		expect_in_row(cases[i].name, g_str_has_prefix(error->message, cases[i].path));
		expect_in_row(cases[i].name, strstr(error->message, g_strerror(cases[i].why)) != NULL);
	}
}

/* The disk fails behind the first read: the descriptor becomes one of a directory, which no read(2) likes. */
static void a_read_that_fails_in_the_middle_is_an_early_end(void **state)
{
	static const struct {
		const char *name;
		gsize       size;
		int         error;
		bool        is_packed;
	} cases[] = {
		{ "read as it is needed", 3 * MIB, EISDIR, false },
		{ "decompressed by a thread", 32 * MIB, EISDIR, true },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree uint8_t      *bytes = pattern_new(cases[i].size);
		g_autoptr(source_handle) s =
			cases[i].is_packed ? packed_source_over(bytes, cases[i].size) : source_over(bytes, cases[i].size);
		int                      folder = open("/", O_RDONLY | O_CLOEXEC);

		assert_true(folder >= 0 && dup2(folder, s->file.fd) == s->file.fd);
		close(folder);
		while (source_need(s, 1000)) {
			expect_in_row(cases[i].name, memcmp(source_bytes(s), bytes + s->offset, 1000) == 0);
			source_consume(s, 1000);
		}
		expect_in_row(cases[i].name, s->error == cases[i].error);
		expect_in_row(cases[i].name, memcmp(source_bytes(s), bytes + s->offset, source_have(s)) == 0);
		expect_in_row(cases[i].name, s->offset + source_have(s) < cases[i].size);
	}
}

/* Somebody empties the file while it is read: the end comes early, and nothing else happens. */
static void a_file_may_shrink(void **state)
{
	static const gsize sizes[] = { 300 * 1000, 32 * MIB };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree uint8_t *bytes = pattern_new(sizes[i]);
		g_autofree char    *path = write_temporary(bytes, sizes[i]);
		struct source      *s = source_open(path, NULL);

		assert_non_null(s);
		assert_int_equal(truncate(path, 0), 0);
		while (source_need(s, 1000)) {
			assert_memory_equal(source_bytes(s), bytes + s->offset, 1000);
			source_consume(s, 1000);
		}
		assert_int_equal(s->error, 0);
		assert_true(s->offset < sizes[i] - 1000);
		source_free(s);
		g_unlink(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_files_bytes_at_any_chunk),
		cmocka_unit_test(blocks_may_grow_and_shrink),
		cmocka_unit_test(no_block_may_be_larger),
		cmocka_unit_test(says_what_cannot_be_read),
		cmocka_unit_test(a_read_that_fails_in_the_middle_is_an_early_end),
		cmocka_unit_test(a_file_may_shrink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
