/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_options.c - command lines and the exit statuses that scripts depend on. */
#include "cli/options.h"

#include <fcntl.h>
#include <gcrypt.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/program.h"
#include "cli/run.h"
#include "tests/cm.h"

/* A classic capture of Ethernet without a frame, and one that ends inside its first frame's header. */
static const uint8_t empty_pcap[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [16] = 0xff, 0xff, 0, 0, 1 };
static const uint8_t cut_pcap[30] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [16] = 0xff, 0xff, 0, 0, 1 };

static void quiet_run(const char *line, int *status)
{
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);
	int saved[2] = { dup(1), dup(2) }, null = open("/dev/null", O_WRONLY);

	fflush(stdout);
	dup2(null, 1);
	dup2(null, 2);
	*status = program_run((int)g_strv_length(argv), argv);
	fflush(stdout);
	dup2(saved[0], 1);
	dup2(saved[1], 2);
	close(saved[0]);
	close(saved[1]);
	close(null);
}

static void exit_statuses_are_those_of_the_contract(void **state)
{
	static const struct {
		const char *name, *line;
		int status;
	} cases[] = {
		{ "nothing at all", "bitspect", 2 },
		{ "help of the program", "bitspect --help", 0 },
		{ "help of a command", "bitspect extract --help", 0 },
		{ "version", "bitspect -v", 0 },
		{ "a mistyped command", "bitspect repotr empty.pcap", 2 },
		{ "a word that is nothing", "bitspect ladder empty.pcap", 2 },
		{ "a mistyped file", "bitspect emtpy.pcap", 3 },
		{ "the command behind an option", "bitspect -q report empty.pcap", 2 },
		{ "an unknown option", "bitspect report --frobnicate empty.pcap", 2 },
		{ "an option of another command", "bitspect report --force empty.pcap", 2 },
		{ "an unknown form", "bitspect -T xml empty.pcap", 2 },
		{ "an unknown severity", "bitspect --fail-on fatal empty.pcap", 2 },
		{ "no capture", "bitspect packets", 2 },
		{ "an empty capture", "bitspect empty.pcap", 0 },
		{ "the same by -r, as ndjson", "bitspect check -T ndjson -r empty.pcap", 0 },
		{ "a damaged capture", "bitspect cut.pcap", 4 },
		{ "a damaged one and a missing one", "bitspect cut.pcap none.pcap", 3 },
		{ "no capture inside", "bitspect text.txt", 3 },
		{ "a directory with a capture in it", "bitspect -q with", 0 },
		{ "a directory without one", "bitspect -q without", 3 },
		{ "output to nowhere", "bitspect empty.pcap -o none/out.txt", 5 },
		{ "output over the evidence", "bitspect empty.pcap -o empty.pcap", 5 },
		{ "a full disk", "bitspect empty.pcap -o /dev/full", 5 },
		{ "extract without a folder", "bitspect extract empty.pcap", 2 },
		{ "extract without hashes", "bitspect extract --no-hash -d out empty.pcap", 2 },
		{ "extract", "bitspect extract -d out empty.pcap", 0 },
		{ "extract again", "bitspect extract -d out empty.pcap", 5 },
		{ "extract again by force", "bitspect extract -d out --force empty.pcap", 0 },
		{ "all rules", "bitspect rules", 0 },
		{ "one rule", "bitspect rules pipelined-request", 0 },
		{ "a rule that is none", "bitspect rules pipelined", 2 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		int status = -1;

		quiet_run(cases[i].line, &status);
		expect_in_row(cases[i].name, status == cases[i].status);
	}
}

static void of_several_troubles_the_gravest_names_the_status(void **state)
{
	unsigned all = TROUBLE_FINDINGS | TROUBLE_INPUT | TROUBLE_DAMAGE | TROUBLE_OUTPUT;

	(void)state;
	assert_int_equal(run_exit_status(all, false), 5);
	assert_int_equal(run_exit_status(all & ~(unsigned)TROUBLE_OUTPUT, false), 3);
	assert_int_equal(run_exit_status(TROUBLE_DAMAGE | TROUBLE_FINDINGS, false), 4);
	assert_int_equal(run_exit_status(TROUBLE_DAMAGE | TROUBLE_FINDINGS, true), 1);
	assert_int_equal(run_exit_status(TROUBLE_INPUT | TROUBLE_FINDINGS, true), 3);
	assert_int_equal(run_exit_status(0, true), 0);
}

static void words_that_are_near_are_found(void **state)
{
	(void)state;
	assert_int_equal(options_distance("report", "report"), 0);
	assert_int_equal(options_distance("report", "repotr"), 1);
	assert_int_equal(options_distance("report", "reprt"), 1);
	assert_int_equal(options_distance("", "abc"), 3);
}

static void a_session_is_meant_by_number_or_id(void **state)
{
	const char *id = "{0D6CFB6A-0000-4000-8000-00805F9B34FB}";

	(void)state;
	assert_true(options_wants(NULL, 1, NULL));
	assert_true(options_wants("1", 1, NULL));
	assert_false(options_wants("1", 11, NULL));
	assert_true(options_wants("0d6cfb6a-0000-4000-8000-00805f9b34fb", 7, id));
	assert_false(options_wants("0d6cfb6a", 7, id));
}

static int set_up(void **state)
{
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL);

	(void)state;
	return !(chdir(dir) == 0 && g_mkdir("with", 0700) == 0 && g_mkdir("without", 0700) == 0 &&
		 g_file_set_contents("empty.pcap", (const char *)empty_pcap, sizeof(empty_pcap), NULL) &&
		 g_file_set_contents("with/empty.pcap", (const char *)empty_pcap, sizeof(empty_pcap), NULL) &&
		 g_file_set_contents("with/text.txt", "no capture\n", -1, NULL) &&
		 g_file_set_contents("without/text.txt", "no capture\n", -1, NULL) &&
		 g_file_set_contents("cut.pcap", (const char *)cut_pcap, sizeof(cut_pcap), NULL) &&
		 g_file_set_contents("text.txt", "no capture\n", -1, NULL));
}

/* The folder was made here, so that everything in it may go. */
static int tear_down(void **state)
{
	static const char *const made[] = { "empty.pcap",
					    "with/empty.pcap",
					    "with/text.txt",
					    "without/text.txt",
					    "cut.pcap",
					    "text.txt",
					    "out/manifest.ndjson",
					    "out/SHA256SUMS",
					    "out/files",
					    "out",
					    "with",
					    "without" };
	g_autofree char *dir = g_get_current_dir();

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(made); i++)
		g_remove(made[i]);
	return chdir("/") || g_rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_statuses_are_those_of_the_contract),
		cmocka_unit_test(of_several_troubles_the_gravest_names_the_status),
		cmocka_unit_test(words_that_are_near_are_found),
		cmocka_unit_test(a_session_is_meant_by_number_or_id),
	};

	gcry_check_version(NULL);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
