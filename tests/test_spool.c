/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_spool.c - one file without a name serves many leaves, and stays as large as what they hold at one time. */
#include "cli/spool.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/cm.h"

static void put(struct medium *m, uint64_t offset, const char *text)
{
	assert_true(medium_write(m, offset, (const uint8_t *)text, strlen(text), NULL));
}

static void expect(struct medium *m, uint64_t offset, const char *text)
{
	char have[64] = { 0 };

	assert_true(medium_read(m, offset, (uint8_t *)have, strlen(text), NULL));
	assert_string_equal(have, text);
}

static void leaves_do_not_see_each_other(void **state)
{
	static const struct {
		const char *name;
		uint64_t offset;
	} cases[] = {
		{ "the first byte", 0 },
		{ "across the border of two slots", MEDIUM_PIECE - 3 },
		{ "far away, behind slots that nobody wrote", UINT64_C(1) << 40 },
		{ "at the end of all offsets", UINT64_MAX - 100 },
	};
	struct bench bench = { 0 };
	struct spool spool;
	struct medium *a, *b;

	(void)state;
	spool_init(&spool, g_get_tmp_dir());
	a = spool_leaf_new(&spool, &bench);
	b = spool_leaf_new(&spool, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		print_message("%s\n", cases[i].name);
		put(a, cases[i].offset, "first leaf");
		put(b, cases[i].offset, "second one");
		expect(a, cases[i].offset, "first leaf");
		expect(b, cases[i].offset, "second one");
	}
	assert_int_equal(spool.slots, 2 * (1 + 1 + 1 + 1)); /* the first serves the border too */
	medium_free(a);
	medium_free(b);
	spool_clear(&spool);
}

/* Only whole slots come back: the rest of one may belong to bytes that are still wanted. */
static void a_clear_gives_back_the_slots_that_it_covers(void **state)
{
	static const struct {
		const char *name;
		struct bits_range r;
		guint back;
	} cases[] = {
		{ "nothing", { 5, 5 }, 0 },
		{ "less than a slot", { 1, MEDIUM_PIECE }, 0 },
		{ "one slot exactly", { MEDIUM_PIECE, 2 * MEDIUM_PIECE }, 1 },
		{ "one and the halves of its neighbours", { 10, 2 * MEDIUM_PIECE + 10 }, 1 },
		{ "all four", { 0, 4 * MEDIUM_PIECE }, 4 },
		{ "an offset that jumps far", { 0, UINT64_C(1) << 50 }, 4 },
		{ "the end of all offsets", { UINT64_MAX - 2, UINT64_MAX - 1 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct spool spool;
		struct medium *m;

		spool_init(&spool, g_get_tmp_dir());
		m = spool_leaf_new(&spool, NULL);
		for (uint64_t page = 0; page < 4; page++)
			put(m, page * MEDIUM_PIECE, "x");
		expect_in_row(cases[i].name, medium_clear(m, cases[i].r, NULL));
		expect_in_row(cases[i].name, spool.free->len == cases[i].back);
		medium_free(m);
		expect_in_row(cases[i].name, spool.free->len == 4);
		spool_clear(&spool);
	}
}

static void slots_serve_again(void **state)
{
	struct spool spool;
	struct stat st;

	(void)state;
	spool_init(&spool, g_get_tmp_dir());
	for (unsigned i = 0; i < 100; i++) {
		struct medium *m = spool_leaf_new(&spool, NULL);

		put(m, i * (uint64_t)MEDIUM_PIECE, "one");
		put(m, (i + 7) * (uint64_t)MEDIUM_PIECE, "two");
		expect(m, i * (uint64_t)MEDIUM_PIECE, "one");
		medium_free(m);
	}
	assert_int_equal(spool.slots, 2);
	assert_int_equal(fstat(spool.fd, &st), 0);
	assert_true(st.st_size <= 2 * (off_t)MEDIUM_PIECE);
	spool_clear(&spool);
}

static void the_file_has_no_name_and_comes_with_the_first_byte(void **state)
{
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL);
	struct spool spool;
	struct medium *m;
	struct stat st;

	(void)state;
	spool_init(&spool, dir);
	m = spool_leaf_new(&spool, NULL);
	assert_int_equal(spool.fd, -1);
	put(m, 0, "secret");
	assert_int_equal(fstat(spool.fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_mode & 0077, 0);
	assert_int_equal(g_rmdir(dir), 0); /* nothing lies in it */
	medium_free(m);
	spool_clear(&spool);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
	g_autoptr(GError) error = NULL;
	struct spool spool;
	struct medium *m;

	(void)state;
	spool_init(&spool, "/nowhere/at/all");
	m = spool_leaf_new(&spool, NULL);
	assert_false(medium_write(m, 0, (const uint8_t *)"x", 1, &error));
	assert_non_null(strstr(error->message, "/nowhere/at/all"));
	medium_free(m);
	spool_clear(&spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_do_not_see_each_other),
		cmocka_unit_test(a_clear_gives_back_the_slots_that_it_covers),
		cmocka_unit_test(slots_serve_again),
		cmocka_unit_test(the_file_has_no_name_and_comes_with_the_first_byte),
		cmocka_unit_test(a_folder_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
