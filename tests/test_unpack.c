/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_unpack.c - whatever was packed comes out, whatever it is cut or broken into; what came before damage is kept. */
#include "wire/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cm.h"
#include "tests/files.h"
#include "tests/packers.h"

#define KIB ((gsize)1 << 10)

/* Bytes that shrink to about a half, and are nowhere the same. */
static uint8_t *pattern_new(gsize n)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(5);
	uint8_t         *p = g_malloc(MAX(n, 1));

	for (gsize i = 0; i < n; i++)
		p[i] = i % 2 ? (uint8_t)(i >> 9) : (uint8_t)g_rand_int(rand);
	return p;
}

/* ---- reading back ---------------------------------------------------------------------------------------------- */

struct story {
	GByteArray *out;
	char       *damage, *name;
	int         error; /* 0: the end came */
};

static void story_clear(struct story *y)
{
	g_byte_array_unref(y->out);
	g_free(y->damage);
	g_free(y->name);
}

/* So much at a time; asked once more behind the end, which must stay what it was. */
static struct story unpack_file(const char *path, gsize chunk)
{
	struct story        y = { .out = g_byte_array_new() };
	g_autofree uint8_t *piece = g_malloc(chunk);
	struct file_in      f;
	struct unpack      *u;
	ssize_t             n;

	assert_true(file_in_open(&f, path));
	u = unpack_new(&f);
	while ((n = unpack_read(u, piece, chunk)) > 0)
		g_byte_array_append(y.out, piece, (guint)n);
	y.error = n < 0 ? errno : 0;
	assert_int_equal(unpack_read(u, piece, chunk), n);
	assert_int_equal(n < 0 ? errno : 0, y.error);
	y.damage = g_strdup(unpack_damage(u));
	y.name = g_strdup(unpack_name(u));
	assert_int_equal(y.damage != NULL, y.error == EBADMSG);
	unpack_free(u);
	file_in_close(&f);
	return y;
}

static struct story unpack_bytes(const void *bytes, gsize n, gsize chunk)
{
	g_autofree char *path = write_temporary(bytes, n);
	struct story     y = unpack_file(path, chunk);

	g_unlink(path);
	return y;
}

static bool is_prefix(const struct story *y, const uint8_t *bytes, gsize n)
{
	return y->out->len <= n && memcmp(y->out->data != NULL ? y->out->data : bytes, bytes, y->out->len) == 0;
}

static void expect_whole(const char *name, const struct story *y, const uint8_t *bytes, gsize n)
{
	expect_in_row(name, y->error == 0 && y->out->len == n && is_prefix(y, bytes, n));
}

/* ---- sound files ----------------------------------------------------------------------------------------------- */

static void gives_back_what_was_packed(void **state)
{
	static const gsize sizes[] = { 0, 1, 1000, 64 * KIB, 300 * KIB, 3000 * KIB }, chunks[] = { 7, 4096, 1024 * KIB };

	(void)state;
	for (size_t k = 0; k < G_N_ELEMENTS(packers); k++)
		for (size_t s = 0; s < G_N_ELEMENTS(sizes); s++) {
			g_autofree uint8_t    *bytes = pattern_new(sizes[s]);
			g_autoptr(GByteArray) packed = g_byte_array_new();

			packers[k].pack(packed, bytes, sizes[s], s % 2);
			for (size_t c = sizes[s] > 400 * KIB ? 1 : 0; c < G_N_ELEMENTS(chunks); c++) {
				struct story y = unpack_bytes(packed->data, packed->len, chunks[c]);

				expect_whole(packers[k].name, &y, bytes, sizes[s]);
				assert_string_equal(y.name, packers[k].name);
				story_clear(&y);
			}
		}
}

static void what_is_not_packed_comes_as_it_is(void **state)
{
	static const gsize sizes[] = { 0, 1, 3, 4, 5, 64 * KIB, 300 * KIB + 1 };

	(void)state;
	for (size_t s = 0; s < G_N_ELEMENTS(sizes); s++) {
		g_autofree uint8_t *bytes = pattern_new(sizes[s]);
		struct story        y = unpack_bytes(bytes, sizes[s], 1000);

		expect_whole("plain", &y, bytes, sizes[s]);
		assert_null(y.name);
		story_clear(&y);
	}
}

/* Parts in a row: a letter each.  g, z, l: gzip, zstd, lz4 of the next 1000 bytes; s: a skippable frame; 0: three zeros; x:
 * three letters. */
static GByteArray *made(const char *parts, const uint8_t *bytes)
{
	GByteArray *a = g_byte_array_new();

	for (const char *p = parts; *p != '\0'; p++) {
		const char *kind = strchr("gzl", *p);

		if (kind != NULL) {
			packers[kind - "gzl"].pack(a, bytes, 1000, TRUE);
			bytes += 1000;
		} else if (*p == 's') {
			g_byte_array_append(a, (const guint8 *)"\x53\x2a\x4d\x18\5\0\0\0skip!", 13);
		} else {
			g_byte_array_append(a, (const guint8 *)(*p == '0' ? "\0\0\0" : "xyz"), 3);
		}
	}
	return a;
}

static void members_that_follow_each_other_are_one_stream(void **state)
{
	static const struct {
		const char *name, *parts;
		unsigned    n; /* thousands of bytes */
		const char *damage;
	} cases[] = {
		{ "members of gzip", "ggg", 3, NULL },
		{ "frames of zstd", "zzz", 3, NULL },
		{ "frames of lz4", "lll", 3, NULL },
		{ "all kinds in turn", "gzlglz", 6, NULL },
		{ "a skippable frame first", "sz", 1, NULL },
		{ "skippable frames everywhere", "lsszsg", 3, NULL },
		{ "nothing but a skippable frame", "s", 0, NULL },
		{ "padding", "gg0", 2, NULL },
		{ "much padding", "z0000000", 1, NULL },
		{ "a member behind padding", "g0g", 1, "something that is not compressed follows" },
		{ "text behind gzip", "gx", 1, "something that is not compressed follows" },
		{ "text behind zstd", "zx", 1, "something that is not compressed follows" },
	};
	g_autofree uint8_t *bytes = pattern_new(6000);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) a = made(cases[i].parts, bytes);
		struct story          y = unpack_bytes(a->data, a->len, 700);

		expect_in_row(cases[i].name, y.out->len == cases[i].n * 1000 && is_prefix(&y, bytes, 6000));
		expect_in_row(cases[i].name, (y.damage != NULL) == (cases[i].damage != NULL));
		expect_in_row(cases[i].name, y.damage == NULL || strstr(y.damage, cases[i].damage) != NULL);
		story_clear(&y);
	}
}

/* ---- damage ---------------------------------------------------------------------------------------------------- */

/* Cut at every byte: what came before is there, the more the later the cut, and the place of the cut is named. */
static void a_packed_file_may_be_cut_anywhere(void **state)
{
	gsize               n = 2000;
	g_autofree uint8_t *bytes = pattern_new(n);

	(void)state;
	for (size_t k = 0; k < G_N_ELEMENTS(packers); k++) {
		g_autoptr(GByteArray) a = g_byte_array_new();
		guint                 first, had = 0;

		packers[k].pack(a, bytes, n / 2, TRUE);
		first = a->len;
		packers[k].pack(a, bytes + n / 2, n / 2, TRUE);
		for (guint cut = k == 0 ? 3 : 4; cut < a->len; cut++) {
			struct story y = unpack_bytes(a->data, cut, 512);

			expect_in_row(packers[k].name, is_prefix(&y, bytes, n) && y.out->len >= had);
			expect_in_row(packers[k].name, y.out->len >= (cut >= first ? n / 2 : 0));
			expect_in_row(packers[k].name, (y.error == 0) == (cut == first));
			if (cut < first || cut >= first + 4) {
				g_autofree char *says = g_strdup_printf("%s data cut short at offset %u of", packers[k].name, cut);

				expect_in_row(packers[k].name, cut == first || g_str_has_prefix(y.damage, says));
			}
			had = y.out->len;
			story_clear(&y);
		}
	}
}

/* All of it is asked for in one call, and the input that is read at a time (64 KiB, then 256) holds sound blocks and the
 * broken one: those before it are there all the same. */
static void what_lies_before_a_broken_block_is_kept(void **state)
{
	gsize               n = 1500 * KIB, broken = (64 + 4 * 256 - 10) * KIB;
	g_autofree uint8_t *bytes = pattern_new(n);

	(void)state;
	for (size_t k = 0; k < G_N_ELEMENTS(packers); k++) {
		g_autoptr(GByteArray) a = g_byte_array_new();
		struct story          y;

		packers[k].pack(a, bytes, n, TRUE);
		memset(a->data + broken, 0xAA, 150 * KIB); /* more than a block: what is no header, too */
		y = unpack_bytes(a->data, a->len, n);
		expect_in_row(packers[k].name, y.error == EBADMSG);
		expect_in_row(packers[k].name, y.out->len > broken - 130 * KIB); /* no block is longer than 128 KiB */
		expect_in_row(packers[k].name, memcmp(y.out->data, bytes, broken - 130 * KIB) == 0);
		story_clear(&y);
	}
}

static void any_flipped_byte_is_survived(void **state)
{
	g_autofree uint8_t *bytes = pattern_new(600);

	(void)state;
	for (size_t k = 0; k < G_N_ELEMENTS(packers); k++) {
		g_autoptr(GByteArray) a = g_byte_array_new();

		packers[k].pack(a, bytes, 600, TRUE);
		for (guint i = 0; i < a->len; i++)
			for (unsigned flip = 1; flip < 256; flip *= 4) {
				struct story y;

				a->data[i] ^= (guint8)flip;
				y = unpack_bytes(a->data, a->len, 100);
				a->data[i] ^= (guint8)flip;
				story_clear(&y);
			}
	}
}

static void a_window_has_a_bound(void **state)
{
	static const struct {
		const char *name;
		int         log;
		bool        ok;
	} cases[] = {
		{ "8 MiB", 23, true },
		{ "128 MiB", 27, true },
		{ "256 MiB", 28, false },
		{ "2 GiB", 31, false },
	};
	g_autofree uint8_t *bytes = pattern_new(1000);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) a = g_byte_array_new();
		struct story          y;

		pack_zstd_window(a, bytes, 1000, cases[i].log);
		y = unpack_bytes(a->data, a->len, 1000);
		expect_in_row(cases[i].name, (y.error == 0) == cases[i].ok);
		expect_in_row(cases[i].name, cases[i].ok || g_str_has_prefix(y.damage, "zstd data that is not decompressed here "));
		expect_in_row(cases[i].name, cases[i].ok || strstr(y.damage, "decompress it first: zstd -d --long=31 FILE") != NULL);
		story_clear(&y);
	}
}

/* ---- pipes ----------------------------------------------------------------------------------------------------- */

/* What a sender has flushed is there, and nobody waits for more: the other end of the pipe stays open meanwhile. */
static void a_pipe_may_trickle(void **state)
{
	(void)state;
	for (size_t k = 0; k < G_N_ELEMENTS(packers); k++) {
		g_autofree uint8_t    *bytes = pattern_new(3000);
		g_autoptr(GByteArray) a = g_byte_array_new();
		g_autofree char       *path = NULL;
		uint8_t                piece[4096];
		struct file_in         f;
		struct unpack         *u;
		int                    ends[2];

		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		path = g_strdup_printf("/dev/fd/%d", ends[0]);
		assert_true(file_in_open(&f, path));
		u = unpack_new(&f);
		for (unsigned i = 0; i < 3; i++) {
			g_byte_array_set_size(a, 0);
			packers[k].pack(a, bytes + 1000 * i, 1000, FALSE);
			assert_int_equal(write(ends[1], a->data, a->len), a->len);
			assert_int_equal(unpack_read(u, piece, sizeof piece), 1000);
			assert_memory_equal(piece, bytes + 1000 * i, 1000);
		}
		close(ends[1]);
		assert_int_equal(unpack_read(u, piece, sizeof piece), 0);
		unpack_free(u);
		file_in_close(&f);
		close(ends[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_was_packed),
		cmocka_unit_test(what_is_not_packed_comes_as_it_is),
		cmocka_unit_test(members_that_follow_each_other_are_one_stream),
		cmocka_unit_test(a_packed_file_may_be_cut_anywhere),
		cmocka_unit_test(what_lies_before_a_broken_block_is_kept),
		cmocka_unit_test(any_flipped_byte_is_survived),
		cmocka_unit_test(a_window_has_a_bound),
		cmocka_unit_test(a_pipe_may_trickle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
