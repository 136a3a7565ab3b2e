/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_cmd_extract.c - the folder of an extraction: the files under names that tell what they are, and their sums. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/cm.h"
#include "tests/command.h"

#define S "samples/"

static const struct command extract = { .name = "extract", .bit = ON_EXTRACT, .fail_on = FAIL_NEVER,
					.run = cmd_extract };

/* Every line's digest is that of its file, as `sha256sum -c` would see it; gives how many lines there are. */
static unsigned check_sums(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "SHA256SUMS", NULL), *sums = command_file(path);
	g_auto(GStrv) lines = g_strsplit(sums, "\n", -1);
	unsigned n = 0;

	for (char **line = lines; **line; line++, n++) {
		g_autofree char *file = g_build_filename(dir, *line + 66, NULL), *bytes = NULL, *hex = NULL;
		gsize size = 0;

		assert_true(g_file_get_contents(file, &bytes, &size, NULL));
		hex = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, size);
		assert_memory_equal(*line, hex, 64);
	}
	return n;
}

static void a_name_tells_what_became_of_the_file(void **state)
{
	static const struct {
		const char *name, *capture, *file;
		gint64 size;
	} cases[] = {
		{ "complete", "simple_lighttpd.pcapng", "0001-f000008-GPL-3.txt", 35149 },
		{ "cancelled, with what was there", "cancel_midway_gobits.pcapng", "0001-f000004-c.bin.partial.cancelled",
		  120000 },
		{ "partial", "e_gap_one_segment.pcapng", "0001-f000008-GPL-3.txt.partial", 35149 },
		{ "unconfirmed: only the client was captured", "e_client_to_server_only.pcapng",
		  "0001-f000005-GPL-3.txt.unconfirmed", 35149 },
		{ "refused bytes make no file", "newconn_fail_safebreach.pcapng", NULL, 0 },
		{ "an empty file", "zero_gobits_nofrag.pcapng", "0001-f000004-zero.dat", 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = g_strdup_printf("-d names%zu " S "%s", i, cases[i].capture);
		g_autofree char *path = g_strdup_printf("names%zu/files/%s", i, cases[i].file ? cases[i].file : "");
		g_auto(told) t = command_run(&extract, line);
		GStatBuf st;

		print_message("%s: %s\n", cases[i].name, t.out);
		assert_int_equal(t.status, 0);
		if (!cases[i].file)
			continue;
		assert_int_equal(g_stat(path, &st), 0);
		assert_int_equal(st.st_size, cases[i].size);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

static void the_list_shows_names_and_hashes_whole_on_any_screen(void **state)
{
	static const char *const widths[] = { "1", "60", "80", "100" };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(widths); i++) {
		g_autofree char *line = g_strdup_printf("-d wide%s " S "simple_lighttpd.pcapng " S "cancel_midway_gobits.pcapng",
							widths[i]);
		g_auto(told) t = { 0 };

		g_setenv("COLUMNS", widths[i], TRUE);
		t = command_run(&extract, line);
		g_setenv("COLUMNS", "100", TRUE);
		expect_in_row(widths[i], strstr(t.out, "1  complete   35,149 B  files/0001-f000008-GPL-3.txt\n"
						       "  sha256    3972dc9744f6499f0f9b2dbf76696f2ae7ad8af9b23dde66d6af86c9dfb36986\n"
						       "2  partial   300,000 B  files/0002-f000004-c.bin.partial.cancelled\n"));
		expect_in_row(widths[i], command_times(t.out, "sha256") == 1);
	}
}

/* Of its size on the disk a partial file may have little. */
static void the_list_tells_what_a_partial_file_lacks(void **state)
{
	g_auto(told) t = command_run(&extract, "-d lacks " S "cancel_midway_gobits.pcapng");

	(void)state;
	assert_non_null(strstr(t.out, "  300,000 B  files/0001-f000004-c.bin.partial.cancelled\n"
				      "  file      120,000 B of 300,000 B in 6 fragments; acknowledged up to 120,000\n"
				      "  missing   [120000, 300000) 180,000 B\n"));
}

static void hostile_names_stay_inside(void **state)
{
	g_auto(told) t = command_run(&extract, "-d odd " S "odd_names_gobits.pcapng");
	g_autoptr(GDir) d = g_dir_open("odd/files", 0, NULL);
	g_autofree char *manifest = command_file("odd/manifest.ndjson");
	const char *name;
	unsigned n = 0;

	(void)state;
	assert_int_equal(t.status, 0);
	for (; (name = g_dir_read_name(d)); n++) {
		assert_true(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
			    strlen(name));
		assert_true(strlen(name) <= strlen("0001-f000001-") + 100);
	}
	assert_int_equal(n, 9);
	assert_int_equal(check_sums("odd"), 2 * 9);
	assert_int_equal(command_records(manifest, "session"), 11);
	assert_int_equal(command_records(manifest, "file"), 11);
	assert_non_null(strstr(manifest, "..\\\\..\\\\etc\\\\passwd")); /* the original name is in the manifest */
}

static void an_extraction_added_by_force_keeps_the_earlier_sums(void **state)
{
	g_auto(told) first = command_run(&extract, "-d twice " S "simple_lighttpd.pcapng");
	g_autofree char *before = command_file("twice/SHA256SUMS"), *after = NULL, *again = NULL;
	g_auto(told) refused = command_run(&extract, "-d twice " S "cancel_midway_gobits.pcapng");
	g_autofree char *untouched = command_file("twice/SHA256SUMS");
	g_auto(told) second = command_run(&extract, "--force -d twice " S "cancel_midway_gobits.pcapng");

	(void)state;
	assert_int_equal(first.status, 0);
	assert_int_equal(refused.status, 5);
	assert_non_null(strstr(refused.err, "--force"));
	assert_string_equal(before, untouched);
	assert_int_equal(second.status, 0);
	after = command_file("twice/SHA256SUMS");
	*(strchr(before, '\n') + 1) = '\0';
	assert_non_null(strstr(after, before)); /* the earlier file's line, as it was */
	assert_int_equal(check_sums("twice"), 3); /* the first upload of a run has the first provenance file */
	{
		g_auto(told) third = command_run(&extract, "--force -d twice " S "cancel_midway_gobits.pcapng");

		again = command_file("twice/SHA256SUMS");
		assert_int_equal(third.status, 0);
		assert_string_equal(again, after); /* a file that is replaced has one line, not two */
	}
}

/* Of a file that somebody took away meanwhile there is nothing to sum up. */
static void sums_of_files_that_are_gone_go_too(void **state)
{
	g_auto(told) first = command_run(&extract, "-d gone " S "simple_lighttpd.pcapng");

	(void)state;
	assert_int_equal(first.status, 0);
	assert_int_equal(g_remove("gone/files/0001-f000008-GPL-3.txt"), 0);
	{
		g_auto(told) second = command_run(&extract, "--force -d gone " S "cancel_midway_gobits.pcapng");

		assert_int_equal(second.status, 0);
		assert_int_equal(check_sums("gone"), 2);
	}
}

static void a_run_without_a_capture_leaves_nothing_behind(void **state)
{
	g_auto(told) t = command_run(&extract, "-d nothing none.pcap");

	(void)state;
	assert_int_equal(t.status, 3);
	assert_false(g_file_test("nothing", G_FILE_TEST_EXISTS));
}

static void one_session_is_extracted_alone(void **state)
{
	g_auto(told) t = command_run(&extract, "-T ndjson --session 2 -d alone " S "odd_names_gobits.pcapng");

	(void)state;
	assert_int_equal(t.status, 0);
	assert_int_equal(command_records(t.out, "session"), 1);
	assert_int_equal(command_records(t.out, "file"), 1);
	assert_int_equal(check_sums("alone"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_tells_what_became_of_the_file),
		cmocka_unit_test(the_list_shows_names_and_hashes_whole_on_any_screen),
		cmocka_unit_test(the_list_tells_what_a_partial_file_lacks),
		cmocka_unit_test(hostile_names_stay_inside),
		cmocka_unit_test(an_extraction_added_by_force_keeps_the_earlier_sums),
		cmocka_unit_test(sums_of_files_that_are_gone_go_too),
		cmocka_unit_test(a_run_without_a_capture_leaves_nothing_behind),
		cmocka_unit_test(one_session_is_extracted_alone),
	};

	return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
