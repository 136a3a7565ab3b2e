/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_folder.c - nothing in an extraction folder is overwritten, and nothing outside of it is touched. */
#include "cli/folder.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cm.h"

static char *temporary_folder(void)
{
	return g_dir_make_tmp("bitspect-XXXXXX", NULL);
}

/* Two levels are all that there is. */
static void remove_folder(const char *path)
{
	g_autoptr(GDir) d = g_dir_open(path, 0, NULL);
	const char *name;

	while (d && (name = g_dir_read_name(d))) {
		g_autofree char *inner = g_build_filename(path, name, NULL);

		if (g_unlink(inner) != 0)
			remove_folder(inner);
	}
	g_rmdir(path);
}

static void put(struct folder *f, const char *name, const char *text)
{
	struct bench bench = { 0 };
	struct medium *m = folder_file_new(f, name, &bench, NULL);

	assert_non_null(m);
	assert_true(medium_write(m, 0, (const uint8_t *)text, strlen(text), NULL));
	assert_true(medium_flush(m, NULL));
	medium_free(m);
}

static void a_file_is_new_private_and_summed(void **state)
{
	g_autofree char *dir = temporary_folder(), *file = g_build_filename(dir, "files", "a.bin", NULL);
	g_autofree char *sums = g_build_filename(dir, "SHA256SUMS", NULL), *text = NULL;
	struct bench bench = { 0 };
	struct folder f;
	struct stat st;

	(void)state;
	assert_true(folder_open(&f, dir, false, NULL));
	put(&f, "a.bin.partial", "abc");
	assert_null(folder_file_new(&f, "a.bin.partial", &bench, NULL));
	assert_true(folder_rename(&f, "a.bin.partial", "a.bin", NULL));
	put(&f, "b.partial", "");
	assert_false(folder_rename(&f, "b.partial", "a.bin", NULL));
	assert_true(folder_sum(&f, FOLDER_SUM_FILE, "a.bin", NULL, NULL));
	assert_true(folder_write_sums(&f, NULL));
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(g_file_get_contents(sums, &text, NULL, NULL));
	assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  files/a.bin\n");
	folder_close(&f);
	assert_false(folder_open(&f, dir, false, NULL)); /* not empty any more */
	folder_close(&f);
	remove_folder(dir);
}

static void a_file_that_rested_is_written_to_once_more(void **state)
{
	static const uint8_t bytes[3 * MEDIUM_PIECE / 2] = { [0] = 'a', [MEDIUM_PIECE] = 'b' };
	g_autofree char *dir = temporary_folder(), *path = g_build_filename(dir, "files", "a.bin", NULL), *text = NULL;
	struct bench bench = { 0 };
	struct folder f;
	struct medium *m;
	uint8_t back[2];
	gsize n;

	(void)state;
	assert_true(folder_open(&f, dir, false, NULL));
	m = folder_file_new(&f, "a.bin", &bench, NULL);
	assert_non_null(m);
	assert_true(medium_write(m, 0, bytes, sizeof(bytes), NULL));
	assert_true(medium_read(m, MEDIUM_PIECE, back, 2, NULL));
	assert_int_equal(back[0], 'b');
	assert_true(medium_clear(m, (struct bits_range){ 0, 1 }, NULL));
	assert_true(medium_rest(m, NULL)); /* its descriptor is given up */
	assert_true(medium_write(m, sizeof(bytes), (const uint8_t *)"end", 3, NULL));
	assert_true(medium_flush(m, NULL));
	medium_free(m);
	assert_true(g_file_get_contents(path, &text, &n, NULL));
	assert_int_equal(n, sizeof(bytes) + 3);
	assert_true(text[0] == 0 && text[MEDIUM_PIECE] == 'b');
	assert_string_equal(text + sizeof(bytes), "end");
	folder_close(&f);
	remove_folder(dir);
}

static bool has_text(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL), *text = NULL;

	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return text[0] != '\0';
}

/* An offset is the client's word: its holes are read for the sum while there is room. */
static void long_holes_are_not_read_for_ever(void **state)
{
	static const struct {
		const char *name;
		uint64_t at, room;
		bool is_summed;
	} cases[] = {
		{ "no hole", 0, 0, true },
		{ "a hole, and room", UINT64_C(1) << 20, UINT64_C(1) << 20, true },
		{ "a hole, and too little", UINT64_C(1) << 20, (UINT64_C(1) << 20) - 65536, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *dir = temporary_folder();
		struct bench bench = { 0 };
		struct folder f;
		struct medium *m;

		assert_true(folder_open(&f, dir, false, NULL));
		m = folder_file_new(&f, "a", &bench, NULL);
		assert_true(medium_write(m, cases[i].at, (const uint8_t *)"abc", 3, NULL));
		assert_true(medium_flush(m, NULL));
		f.rooms[FOLDER_SUM_CONFLICT] = cases[i].room;
		assert_true(folder_sum(&f, FOLDER_SUM_CONFLICT, "a", NULL, NULL));
		assert_true(folder_write_sums(&f, NULL));
		expect_in_row(cases[i].name, has_text(dir, "SHA256SUMS") == cases[i].is_summed);
		expect_in_row(cases[i].name, f.unsummed == !cases[i].is_summed);
		expect_in_row(cases[i].name, f.rooms[FOLDER_SUM_CONFLICT] <= cases[i].room);
		medium_free(m);
		folder_close(&f);
		remove_folder(dir);
	}
}

static void links_lead_nowhere(void **state)
{
	g_autofree char *dir = temporary_folder(), *elsewhere = temporary_folder();
	g_autofree char *link = g_build_filename(dir, "files", NULL);
	struct folder f;

	(void)state;
	assert_int_equal(symlink(elsewhere, link), 0);
	assert_false(folder_open(&f, dir, true, NULL));
	folder_close(&f);
	remove_folder(dir);
	remove_folder(elsewhere);
}

static void more_files_than_seats_are_written_whole(void **state)
{
	g_autofree char *dir = temporary_folder();
	struct medium *media[BENCH_SEATS + 44];
	struct bench bench = { 0 };
	struct folder f;
	uint8_t byte;

	(void)state;
	assert_true(folder_open(&f, dir, false, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(media); i++) {
		g_autofree char *name = g_strdup_printf("%zu", i);

		media[i] = folder_file_new(&f, name, &bench, NULL);
		assert_non_null(media[i]);
	}
	for (uint64_t round = 0; round < 3; round++)
		for (size_t i = 0; i < G_N_ELEMENTS(media); i++)
			assert_true(medium_write(media[i], round, (const uint8_t *)"abc" + round, 1, NULL));
	assert_int_equal(bench.seats.length, BENCH_SEATS);
	for (size_t i = 0; i < G_N_ELEMENTS(media); i++) {
		for (uint64_t round = 0; round < 3; round++) {
			assert_true(medium_read(media[i], round, &byte, 1, NULL));
			assert_int_equal(byte, "abc"[round]);
		}
		medium_free(media[i]);
	}
	folder_close(&f);
	remove_folder(dir);
}

static void a_cleared_range_holds_nothing_of_what_was_there(void **state)
{
	g_autofree char *dir = temporary_folder();
	struct bench bench = { 0 };
	struct folder f;
	struct medium *m;
	uint8_t bytes[10000], have[10000];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_true(folder_open(&f, dir, false, NULL));
	m = folder_file_new(&f, "a", &bench, NULL);
	assert_true(medium_write(m, 0, bytes, sizeof(bytes), NULL));
	assert_true(medium_clear(m, (struct bits_range){ 10, 9000 }, NULL));
	memset(bytes + 10, 0, 8990);
	assert_true(medium_read(m, 0, have, sizeof(have), NULL));
	assert_memory_equal(bytes, have, sizeof(have));
	medium_free(m);
	folder_close(&f);
	remove_folder(dir);
}

#define SUM "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* Whoever had the folder before may have put anything there. */
static void only_lines_like_ours_are_kept(void **state)
{
	static const struct {
		const char *name, *line;
		bool is_kept;
	} cases[] = {
		{ "one of an earlier extraction", SUM "  files/old", true },
		{ "of a file that is gone", SUM "  files/gone", false },
		{ "of a file elsewhere", SUM "  files/../../old", false },
		{ "of a folder", SUM "  files/..", false },
		{ "of a link", SUM "  files/link", false },
		{ "of no folder of ours", SUM "  old", false },
		{ "no sum", "\033[2J4567890123456789012345678901234567890123456789012345678901234  files/old", false },
		{ "a longer one", SUM "0  files/old", false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *dir = temporary_folder(), *sums = g_build_filename(dir, "SHA256SUMS", NULL),
				*old = g_build_filename(dir, "old", NULL), *text = NULL,
				*earlier = g_strconcat(cases[i].line, "\n", NULL);
		struct folder f;

		assert_true(g_file_set_contents(old, "abc", -1, NULL));
		assert_true(folder_open(&f, dir, true, NULL));
		put(&f, "old", "abc");
		assert_int_equal(symlinkat("../old", f.dir, "files/link"), 0);
		assert_true(g_file_set_contents(sums, earlier, -1, NULL));
		assert_true(folder_write_sums(&f, NULL));
		assert_true(g_file_get_contents(sums, &text, NULL, NULL));
		expect_in_row(cases[i].name, strcmp(text, cases[i].is_kept ? earlier : "") == 0);
		folder_close(&f);
		remove_folder(dir);
	}
}

static void nobody_waits_for_a_pipe_in_the_folder(void **state)
{
	g_autofree char *dir = temporary_folder(), *sums = g_build_filename(dir, "SHA256SUMS", NULL);
	struct folder f;

	(void)state;
	assert_true(folder_open(&f, dir, true, NULL));
	assert_int_equal(mkfifo(sums, 0600), 0);
	assert_true(folder_write_sums(&f, NULL));
	assert_true(g_file_test(sums, G_FILE_TEST_IS_REGULAR));
	folder_close(&f);
	remove_folder(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_new_private_and_summed),
		cmocka_unit_test(a_file_that_rested_is_written_to_once_more),
		cmocka_unit_test(long_holes_are_not_read_for_ever),
		cmocka_unit_test(links_lead_nowhere),
		cmocka_unit_test(more_files_than_seats_are_written_whole),
		cmocka_unit_test(a_cleared_range_holds_nothing_of_what_was_there),
		cmocka_unit_test(only_lines_like_ours_are_kept),
		cmocka_unit_test(nobody_waits_for_a_pipe_in_the_folder),
	};

	gcry_check_version(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
