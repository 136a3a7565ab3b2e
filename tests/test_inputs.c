/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/inputs.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/cm.h"
#include "tests/command.h"
#include "wire/set.h"

/* What gzip makes of "hello". */
#define GZIP_HELLO "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\xe7\x02\x00\x20\x30\x3a\x36\x06\x00\x00\x00"

/* A pcap with one frame of one byte at this second. */
static char *make_capture(const char *dir, const char *name, guint32 second)
{
	guint32 words[10] = { 0xA1B2C3D4, 2 | 4 << 16, 0, 0, 65535, 1, second, 0, 1, 1 };
	char bytes[sizeof(words) + 1];
	char *path = g_build_filename(dir, name, NULL);

	memcpy(bytes, words, sizeof(words));
	bytes[sizeof(words)] = 'x';
	assert_true(g_file_set_contents(path, bytes, sizeof(bytes), NULL));
	return path;
}

static void assert_order(const GPtrArray *named, const char *const *expected, guint n, bool all)
{
	const struct set_watch nobody = { 0 };
	g_autoptr(set_handle) set = set_new(&nobody, NULL);
	struct frame f;

	assert_int_equal(inputs_find(set, named, true), all);
	assert_int_equal(set_size(set), n);
	(void)!set_next(set, &f); /* now they are in order */
	for (guint i = 0; i < n; i++)
		assert_string_equal(set_path(set, i), expected[i]);
}

static void reads_captures_in_order_of_time(void **state)
{
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL);
	g_autofree char *late = make_capture(dir, "a.pcap", 300), *early = make_capture(dir, "c.pcap", 100),
			*same = make_capture(dir, "b.pcap", 300), *text = g_build_filename(dir, "notes.txt", NULL);
	const char *const order[] = { early, late, same };
	g_autoptr(GPtrArray) named = g_ptr_array_new();

	(void)state;
	assert_true(g_file_set_contents(text, "hello\n", -1, NULL));
	g_ptr_array_add(named, same);
	g_ptr_array_add(named, early);
	g_ptr_array_add(named, late);
	assert_order(named, order, 3, true);
	g_ptr_array_add(named, early); /* once more */
	assert_order(named, order, 3, true);

	g_ptr_array_set_size(named, 0);
	g_ptr_array_add(named, dir); /* the text in it is passed over */
	assert_order(named, order, 3, true);
	g_ptr_array_add(named, late); /* it lies in the directory */
	assert_order(named, order, 3, true);

	g_ptr_array_set_size(named, 1);
	for (guint i = 0; i < G_N_ELEMENTS(order); i++)
		g_unlink(order[i]);
	assert_order(named, order, 0, false); /* nothing in it is a capture any more */
	g_unlink(text);
	g_rmdir(dir);
}

static void a_list_names_captures(void **state)
{
	static const struct {
		const char *name, *text;
		guint n;
	} cases[] = {
		{ "none", "", 0 },
		{ "one, without a line feed", "a.pcap", 1 },
		{ "two", "a.pcap\nb.pcap\n", 2 },
		{ "with blanks and empty lines", "\n a b.pcap\n\nb.pcap\n\n", 2 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

		assert_true(g_file_set_contents("list", cases[i].text, -1, NULL));
		expect_in_row(cases[i].name, inputs_read_list("list", names, NULL) && names->len == cases[i].n);
	}
	g_unlink("list");
}

/* The whole program: what --files-from means beside operands, and what is wrong with it. */
static void a_list_stands_for_operands(void **state)
{
	static const struct {
		const char *name, *line, *list;
		int status;
		const char *says;
	} cases[] = {
		{ "two captures", "report --files-from list", "x.pcap\ny.pcap\n", EXIT_OK, "" },
		{ "a list from Windows", "report --files-from list", "x.pcap\r\ny.pcap\r\n", EXIT_OK, "" },
		{ "one of them an operand", "report --files-from list x.pcap", "y.pcap\n", EXIT_OK, "" },
		{ "one of them missing", "report --files-from list", "x.pcap\ny.pcap\nz.pcap\n", EXIT_INPUT, "z.pcap: No such file" },
		{ "no list", "report --files-from nothing x.pcap y.pcap", "", EXIT_INPUT, "nothing" },
		{ "an empty list", "report --files-from list", "\n", EXIT_INPUT, "list: names no capture" },
		{ "standard input for two things", "report --files-from - -", "", EXIT_USAGE, "standard input cannot be" },
	};
	g_autofree char *x = make_capture(".", "x.pcap", 100), *y = make_capture(".", "y.pcap", 200);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = { 0 };

		assert_true(g_file_set_contents("list", cases[i].list, -1, NULL));
		t = command_program(cases[i].line);
		print_message("%s: %s\n", cases[i].name, t.err);
		assert_int_equal(t.status, cases[i].status);
		assert_non_null(strstr(t.err, cases[i].says));
		if (t.status == EXIT_OK || strstr(cases[i].says, "z.pcap") != NULL)
			assert_true(strstr(t.out, "x.pcap") != NULL && strstr(t.out, "y.pcap") != NULL);
	}
	g_unlink("list");
	g_unlink(x);
	g_unlink(y);
}

/* Beside a capture in a directory.  What may be evidence must not be missing without an exit status. */
static void what_lies_beside_a_capture_counts_if_it_may_be_one(void **state)
{
	static const struct {
		const char *name, *file, *bytes; /* NULL: a link to nothing */
		gssize n;
		bool unreadable;
		const char *says; /* "": nothing */
	} cases[] = {
		{ "text", "notes.txt", "hello\n", 6, false, "dir: 1 file in it, notes.txt, is no capture and was passed over" },
		{ "nothing", "empty.pcap", "", 0, false, "is no capture and was passed over" },
		{ "gzip without an end", "b.pcap.gz", "\x1f\x8b\x08\x00rest", 8, true, "dir/b.pcap.gz: gzip data cut short at offset 8" },
		{ "gzip under another name", "b.dat", "\x1f\x8b\x08\x00rest", 8, true, "dir/b.dat: gzip data cut short" },
		{ "gzip with a text in it", "b.gz", GZIP_HELLO, sizeof(GZIP_HELLO) - 1, false, "is no capture and was passed over" },
		{ "zstd that is corrupt", "b.zst", "\x28\xb5\x2f\xfd\x08\x58........", 14, true, "dir/b.zst: corrupt zstd data at offset" },
		{ "lz4 that is corrupt", "b.lz4", "\x04\x22\x4d\x18....", 8, true, "dir/b.lz4: corrupt lz4 data at offset" },
		{ "bzip2", "b.bz2", "BZh91AY&", 8, true, "decompress it first" },
		{ "xz", "b.xz", "\xfd" "7zXZ\0\0\0", 8, true, "decompress it first" },
		{ "gzip's first three bytes and no more", "b.gz", "\x1f\x8b\x08", 3, true, "dir/b.gz: gzip data cut short at offset 3" },
		{ "a link to nothing", "b.pcap", NULL, 0, true, "dir/b.pcap: No such file" },
		{ "the name of gzip alone", "b.gz", "hello\n", 6, false, "is no capture" },
		{ "the first byte of gzip alone", "b.gz", "\x1f", 1, false, "is no capture" },
		{ "a hidden file", ".b.gz", "\x1f\x8b\x08\x00rest", 8, false, "" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_build_filename("dir", cases[i].file, NULL), *a = NULL;
		g_auto(told) t = { 0 };

		assert_int_equal(g_mkdir("dir", 0700), 0);
		a = make_capture("dir", "a.pcap", 100);
		if (cases[i].bytes != NULL)
			assert_true(g_file_set_contents(path, cases[i].bytes, cases[i].n, NULL));
		else
			assert_int_equal(symlink("nowhere", path), 0);
		t = command_program("report dir");
		print_message("%s: %s\n", cases[i].name, t.err);
		assert_int_equal(t.status, cases[i].unreadable ? EXIT_INPUT : EXIT_OK);
		assert_non_null(strstr(t.out, "a.pcap")); /* the others are read all the same */
		assert_non_null(strstr(t.err, cases[i].says));
		assert_int_equal(command_times(t.err, "\n"), *cases[i].says ? 1 : 0);
		g_unlink(path);
		g_unlink(a);
		g_rmdir("dir");
	}
}

static void several_others_are_counted(void **state)
{
	g_autofree char *a = NULL;
	g_auto(told) t = { 0 };

	(void)state;
	assert_int_equal(g_mkdir("dir", 0700), 0);
	a = make_capture("dir", "a.pcap", 100);
	assert_true(g_file_set_contents("dir/b.txt", "b", 1, NULL) && g_file_set_contents("dir/c.txt", "c", 1, NULL));
	t = command_program("report dir");
	assert_non_null(strstr(t.err, "dir: 2 files in it, b.txt for one, are no captures and were passed over\n"));
	g_unlink("dir/b.txt");
	g_unlink("dir/c.txt");
	g_unlink(a);
	g_rmdir("dir");
}

/* They may hold evidence. */
static void folders_in_a_directory_are_told(void **state)
{
	g_autofree char *a = NULL;
	g_auto(told) t = { 0 }, empty = { 0 };

	(void)state;
	assert_true(g_mkdir("dir", 0700) == 0 && g_mkdir("dir/inner", 0700) == 0);
	a = make_capture("dir", "a.pcap", 100);
	t = command_program("report dir");
	assert_string_equal(t.err, "bitspect: dir: 1 folder in it was not looked into: name it too\n");
	assert_int_equal(t.status, EXIT_OK);
	g_unlink(a);
	empty = command_program("report dir");
	assert_non_null(strstr(empty.err, "1 folder in it"));
	assert_non_null(strstr(empty.err, "dir: no capture in this directory\n"));
	assert_int_equal(empty.status, EXIT_INPUT);
	g_rmdir("dir/inner");
	g_rmdir("dir");
}

/* What overlaps with more than are read at once: a line for each would hide the remedy. */
static void many_that_are_not_read_are_counted(void **state)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	g_auto(told) t = { 0 };

	(void)state;
	assert_int_equal(g_mkdir("dir", 0700), 0);
	for (unsigned i = 0; i < 1034; i++) {
		g_autofree char *name = g_strdup_printf("%04u.pcap", i);
		guint32 words[6] = { 0xA1B2C3D4, 2 | 4 << 16, 0, 0, 65535, 1 }, frame[4] = { 100, i, 1, 1 };
		g_autoptr(GByteArray) bytes = g_byte_array_new();

		g_byte_array_append(bytes, (const guint8 *)words, sizeof(words));
		for (frame[0] = 100; frame[0] <= 200; frame[0] += 100) {
			g_byte_array_append(bytes, (const guint8 *)frame, sizeof(frame));
			g_byte_array_append(bytes, (const guint8 *)"x", 1);
		}
		g_ptr_array_add(paths, g_build_filename("dir", name, NULL));
		assert_true(g_file_set_contents(g_ptr_array_index(paths, i), (const char *)bytes->data, bytes->len, NULL));
	}
	t = command_program("report dir");
	assert_int_equal(t.status, EXIT_INPUT);
	assert_int_equal(command_times(t.err, "more than 1024 captures overlap in time"), 3);
	assert_non_null(strstr(t.err, "\nbitspect: 7 further captures were not read for the same reason; join some of them first: "
				      "mergecap -w OUT.pcapng FILE...\n"));
	assert_int_equal(command_times(t.err, "\n"), 4);
	for (guint i = 0; i < paths->len; i++)
		g_unlink(g_ptr_array_index(paths, i));
	g_rmdir("dir");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_captures_in_order_of_time),
		cmocka_unit_test(a_list_names_captures),
		cmocka_unit_test(a_list_stands_for_operands),
		cmocka_unit_test(what_lies_beside_a_capture_counts_if_it_may_be_one),
		cmocka_unit_test(several_others_are_counted),
		cmocka_unit_test(folders_in_a_directory_are_told),
		cmocka_unit_test(many_that_are_not_read_are_counted),
	};

	return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
