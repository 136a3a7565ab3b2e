/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_program.c - whole command lines, and the exit statuses that scripts depend on. */
#include "cli/program.h"

#include <glib/gstdio.h>
#include <string.h>

#include "tests/cm.h"
#include "tests/command.h"

/* A classic capture of Ethernet without a frame, and one that ends inside its first frame's header. */
static const uint8_t empty_pcap[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [16] = 0xff, 0xff, 0, 0, 1 };
static const uint8_t cut_pcap[30] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [16] = 0xff, 0xff, 0, 0, 1 };

static void exit_statuses_are_those_of_the_contract(void **state)
{
	static const struct {
		const char *name, *line;
		int status;
	} cases[] = {
		{ "nothing at all", "", 2 },
		{ "help of the program", "--help", 0 },
		{ "help of a command", "extract --help", 0 },
		{ "version", "-v", 0 },
		{ "a mistyped command", "repotr empty.pcap", 2 },
		{ "a word that is nothing", "stairs empty.pcap", 2 },
		{ "a mistyped file", "emtpy.pcap", 3 },
		{ "the command behind an option", "-q report empty.pcap", 2 },
		{ "an unknown option", "report --frobnicate empty.pcap", 2 },
		{ "an option of another command", "report --force empty.pcap", 2 },
		{ "an unknown form", "-T xml empty.pcap", 2 },
		{ "an unknown severity", "--fail-on fatal empty.pcap", 2 },
		{ "no capture", "packets", 2 },
		{ "an empty capture", "empty.pcap", 0 },
		{ "the same by -r, as ndjson", "check -T ndjson -r empty.pcap", 0 },
		{ "a damaged capture", "cut.pcap", 4 },
		{ "a damaged one and a missing one", "cut.pcap none.pcap", 3 },
		{ "no capture inside", "text.txt", 3 },
		{ "a directory with a capture in it", "-q with", 0 },
		{ "a directory without one", "-q without", 3 },
		{ "output to nowhere", "empty.pcap -o none/out.txt", 5 },
		{ "output over the evidence", "empty.pcap -o empty.pcap", 5 },
		{ "a full disk", "empty.pcap -o /dev/full", 5 },
		{ "extract without a folder", "extract empty.pcap", 2 },
		{ "extract without hashes", "extract --no-hash -d out empty.pcap", 2 },
		{ "extract", "extract -d out empty.pcap", 0 },
		{ "extract again", "extract -d out empty.pcap", 5 },
		{ "extract again by force", "extract -d out --force empty.pcap", 0 },
		{ "a ladder", "ladder empty.pcap", 0 },
		{ "a ladder as a picture", "ladder -T svg empty.pcap", 0 },
		{ "a ladder has no records", "ladder -T ndjson empty.pcap", 2 },
		{ "nor a table", "ladder -T csv empty.pcap", 2 },
		{ "all rules", "rules", 0 },
		{ "one rule", "rules pipelined-request", 0 },
		{ "a rule that is none", "rules pipelined", 2 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = command_program(cases[i].line);

		expect_in_row(cases[i].name, t.status == cases[i].status);
		/* whoever fails says why, in one line; no usage is worth a screen */
		expect_in_row(cases[i].name, (t.status != 0) == (*t.err != '\0'));
		expect_in_row(cases[i].name, !*cases[i].line || command_times(t.err, "\n") <= 2);
	}
}

static void words_are_answered(void **state)
{
	static const struct {
		const char *name, *line, *out, *err;
	} cases[] = {
		{ "nothing at all: the usage is an error", "", "", "Usage: bitspect " },
		{ "help: every command", "--help", "  rules     ", "" },
		{ "help: the default command's options", "--help", "Without a command it is `report`.", "" },
		{ "help of a command", "extract --help", "--force", "" },
		{ "help of one that lacks an option", "rules --help", "Usage:", "" },
		{ "version", "--version", "bitspect ", "" },
		{ "a mistyped command", "repotr x.pcap", "", "did you mean 'report'?" },
		{ "two letters missing", "paket x.pcap", "", "did you mean 'packets'?" },
		{ "a word that is nothing", "stairs x.pcap", "", "`bitspect --help` lists the commands" },
		{ "the command behind an option", "-q report x.pcap", "", "the command comes first: bitspect report ..." },
		{ "a wrong option says where help is", "check --frobnicate x.pcap", "", "see `bitspect check --help`" },
		{ "a file that is called like a command word", "with", "No BITS upload", "" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = command_program(cases[i].line);

		print_message("%s: %s%s\n", cases[i].name, t.out, t.err);
		assert_non_null(strstr(t.out, cases[i].out));
		assert_non_null(strstr(t.err, cases[i].err));
		assert_true(*cases[i].out || !*t.out);
	}
}

static int set_up(void **state)
{
	return command_set_up(state) || !(g_mkdir("with", 0700) == 0 && g_mkdir("without", 0700) == 0 &&
		 g_file_set_contents("empty.pcap", (const char *)empty_pcap, sizeof(empty_pcap), NULL) &&
		 g_file_set_contents("with/empty.pcap", (const char *)empty_pcap, sizeof(empty_pcap), NULL) &&
		 g_file_set_contents("with/text.txt", "no capture\n", -1, NULL) &&
		 g_file_set_contents("without/text.txt", "no capture\n", -1, NULL) &&
		 g_file_set_contents("cut.pcap", (const char *)cut_pcap, sizeof(cut_pcap), NULL) &&
		 g_file_set_contents("text.txt", "no capture\n", -1, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_statuses_are_those_of_the_contract),
		cmocka_unit_test(words_are_answered),
	};

	return cmocka_run_group_tests(tests, set_up, command_tear_down);
}
