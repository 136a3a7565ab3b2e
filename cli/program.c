/* SPDX-License-Identifier: GPL-2.0-or-later */
/* program.c - which command is meant; everything else is the command's business. */
#include "cli/program.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "core/bits_rules.h"

#ifndef BITSPECT_VERSION
#define BITSPECT_VERSION "unknown"
#endif

#define EXITS "Exit status: 0 done, 1 findings (see --fail-on), 2 wrong usage, 3 a capture cannot be read,\n" \
	      "4 a capture is damaged (the rest was reported), 5 the output could not be written.\n"
#define CAPTURES \
	"CAPTURE is a file, a directory, or - for standard input: pcap or pcapng, also packed (gzip, zstd,\n" \
	"lz4).  Several are read as one, in order of time.\n"

/* clang-format off */
static const struct command commands[] = {
	/* name       bit          fails on     operands      what it gives */
	{ "report",  ON_REPORT,  FAIL_NEVER, "CAPTURE...", "Sessions, their outcome, the files, and who broke which rule (the default).",
	  CAPTURES EXITS, cmd_report },
	{ "packets", ON_PACKETS, FAIL_NEVER, "CAPTURE...", "One line per BITS packet: frame, time, ends, range, status, what it answers.",
	  CAPTURES EXITS, cmd_packets },
	{ "check",   ON_CHECK,   BITS_ERROR, "CAPTURE...", "The ruling: every finding with its rule, clause, frames and the evidence in words.",
	  CAPTURES "Proven errors make the exit status 1, unless --fail-on says otherwise.\n" EXITS, cmd_check },
	{ "ladder",  ON_LADDER,  FAIL_NEVER, "CAPTURE...", "A sequence diagram of each session: client, proxies, servers, and what is missing.",
	  "A line a packet: frame, seconds since the first packet, connection (A, B, ...), arrow.  Dashed arrows are what the\n"
	  "capture lacks, a cross is an answer that never came.  80 columns, or those of the terminal or of COLUMNS.\n"
	  CAPTURES EXITS, cmd_ladder },
	{ "extract", ON_EXTRACT, FAIL_NEVER, "CAPTURE...", "The uploaded files into a folder, with a manifest and SHA256SUMS.",
	  "DIR gets files/, where each byte of them was seen (sources/), manifest.ndjson and SHA256SUMS.  A file that is not\n"
	  "whole is called .partial, one that the server did not confirm .unconfirmed, one that the client took back\n"
	  ".cancelled; bytes that differ from it are in a file of their own, .conflict-N.\n" CAPTURES EXITS, cmd_extract },
	{ "cut",     ON_CUT,     FAIL_NEVER, "CAPTURE...", "The frames of one session's connections into a capture of their own.",
	  "All frames of every TCP connection that carried a packet of the session, as pcapng; a comment says which frame\n"
	  "of which capture each was.  CAPTURE is a file or a directory, never standard input or a pipe: all are read twice,\n"
	  "as one, in order of time.\n" EXITS, cmd_cut },
	{ "rules",   ON_RULES,   FAIL_NEVER, "[NAME...]",  "The catalogue of rules, or one of them explained.",
	  EXITS, cmd_rules },
};
/* clang-format on */

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* A mistyped command; NULL where the word is near none. */
static const struct command *nearest(const char *word)
{
	for (unsigned d = 1; d <= 2; d++)
		for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
			if (options_distance(commands[i].name, word) == d)
				return &commands[i];
	return NULL;
}

static void print_usage(FILE *to)
{
	fputs("Usage: bitspect [COMMAND] [OPTIONS] CAPTURE...\n\n"
	      "Reads captures of the BITS upload protocol and shows what was uploaded and who broke which rule.\n\n",
	      to);
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fputs("\n`bitspect COMMAND --help` tells the options of a command.\n", to);
}

/* Letters and hyphens alone: more likely a command that we do not have than a capture without a suffix. */
static bool looks_like_command(const char *word)
{
	return word[strspn(word, "abcdefghijklmnopqrstuvwxyz-")] == '\0' && !g_file_test(word, G_FILE_TEST_EXISTS);
}

static int refuse_word(const char *word)
{
	const struct command *near = nearest(word);

	if (near != NULL)
		complain("'%s' is neither a command nor a file: did you mean '%s'?", word, near->name);
	else
		complain("'%s' is neither a command nor a file; `bitspect --help` lists the commands", word);
	return EXIT_USAGE;
}

/* `bitspect -q report x`: the word was read as a capture, with the options of another command. */
static const char *late_command(const struct options *o)
{
	const char *first = o->operands->len ? g_ptr_array_index(o->operands, 0) : NULL;

	return first != NULL && find(first) != NULL && !g_file_test(first, G_FILE_TEST_EXISTS) ? first : NULL;
}

/* The part of a help page behind its heading of options. */
static const char *options_part(const char *page)
{
	const char *options = strstr(page, "\nOptions:");

	return options != NULL ? options + 1 : page;
}

static int show_page(const struct command *c, const struct options *o, bool named)
{
	g_autofree char *page = options_help(c);

	if (o->version) {
		puts("bitspect " BITSPECT_VERSION);
	} else if (named) {
		fputs(page, stdout);
	} else {
		print_usage(stdout);
		printf("Without a command it is `report`.\n\n%s", options_part(page));
	}
	return EXIT_OK;
}

static int start(const struct command *c, const char *const *argv, bool named)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(options_handle) o = options_parse(c, argv, &error);

	if (o == NULL) {
		complain("%s; see `bitspect %s --help`", error->message, c->name);
		return EXIT_USAGE;
	}
	if (o->help || o->version)
		return show_page(c, o, named);
	if (!named && late_command(o) != NULL) {
		complain("the command comes first: bitspect %s ...", late_command(o));
		return EXIT_USAGE;
	}
	if (o->list != NULL && !inputs_read_list(o->list, o->operands, &error)) {
		complain("%s", error->message);
		return EXIT_INPUT;
	}
	if (o->list != NULL && o->operands->len == 0) {
		complain("%s: names no capture", o->list);
		return EXIT_INPUT;
	}
	return c->run(c, o);
}

int program_run(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	c = find(argv[1]);
	if (c == NULL && looks_like_command(argv[1]) && argv[1][0] != '-')
		return refuse_word(argv[1]);
	return start(c != NULL ? c : &commands[0], (const char *const *)argv + (c != NULL ? 2 : 1), c != NULL);
}
