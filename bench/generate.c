/* SPDX-License-Identifier: GPL-2.0-or-later */
/* generate.c - makes captures to measure with: the same arguments give the same bytes.  `generate` alone says how.
 *
 * Ethernet, IPv4, TCP and UDP with valid checksums, segments of 1448 bytes, an acknowledgment for every second one. */
#include "content.h"
#include "hay.h"
#include "kinds.h"
#include "trouble.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_UPLOADS 400 /* at a time */

static uint64_t number_of(const char *text)
{
	return strtoull(text, NULL, 10);
}

static bool one_upload(const char *mib, const char *kib, struct trouble *trouble)
{
	struct talk t = { .kind = &kind_upload,
		          .size = number_of(mib) << 20,
		          .piece = number_of(kib) << 10,
		          .trouble = trouble };

	talk_set_ends(&t, 2, 49152, 1, 80);
	talk_all(&t);
	return true;
}

static bool bulk(char **args)
{
	return one_upload(args[0], args[1], NULL);
}

static bool reord(char **args)
{
	struct trouble trouble = { .late = 100, .twice = 50, .dice = 0xB175 };

	return one_upload(args[0], args[1], &trouble);
}

static bool lossy(char **args)
{
	struct trouble trouble = { .late = 100, .twice = 50, .lost = 10, .dice = 0xB175 };

	trouble.holes = fopen(args[2], "w");
	return trouble.holes != NULL && one_upload(args[0], args[1], &trouble) && fclose(trouble.holes) == 0;
}

static struct {
	uint64_t size, clients;
} many_are;

static void make_one_of_many(struct talk *t, uint64_t i)
{
	t->kind = &kind_upload;
	t->number = i;
	t->size = many_are.size;
	t->piece = many_are.size;
	talk_set_ends(t, 0x10000 + (uint32_t)(i % many_are.clients), (uint16_t)(49152 + i / many_are.clients % 16384), 1, 80);
}

static bool many(char **args)
{
	many_are.size = number_of(args[1]) << 10;
	many_are.clients = number_of(args[2]);
	talk_mixed(number_of(args[0]), OPEN_UPLOADS, make_one_of_many);
	return true;
}

static bool make_hay(char **args)
{
	hay(number_of(args[0]) << 20, number_of(args[1]));
	return true;
}

static bool content(char **args)
{
	static uint8_t block[1 << 16];
	uint64_t       number = number_of(args[0]), size = number_of(args[1]);

	for (uint64_t at = 0; at < size; at += sizeof block) {
		size_t n = size - at < sizeof block ? (size_t)(size - at) : sizeof block;

		content_fill(block, n, number, at);
		if (fwrite(block, 1, n, stdout) != n)
			return false;
	}
	return true;
}

static const struct shape {
	const char *name, *arguments;
	int         n_arguments;
	bool        is_capture;
	bool (*make)(char **args);
	const char *what;
} shapes[] = {
	/* name     arguments             n  capture  make      what */
	{ "bulk",    "MIB KIB",            2, true,    bulk,     "one upload of MIB mebibytes in Fragments of KIB" },
	{ "reord",   "MIB KIB",            2, true,    reord,    "the same bytes; 1 % of the segments late, 0.5 % twice" },
	{ "lossy",   "MIB KIB HOLES",      3, true,    lossy,    "and 0.1 % missing: the file HOLES lists which bytes" },
	{ "many",    "UPLOADS KIB CLIENTS", 3, true,   many,     "UPLOADS of KIB each, mixed, each on its own connection" },
	{ "hay",     "MIB CONNECTIONS",    2, true,    make_hay, "a network: a hundredth of MIB, and of CONNECTIONS, are uploads" },
	{ "content", "NUMBER BYTES",       2, false,   content,  "the file of upload NUMBER, counted from 0" },
};

#define N_SHAPES (sizeof shapes / sizeof shapes[0])

static int usage(void)
{
	fprintf(stderr, "usage: generate [--pcapng] SHAPE ARGUMENTS > OUT\n");
	for (size_t i = 0; i < N_SHAPES; i++)
		fprintf(stderr, "  %-8s %-20s %s\n", shapes[i].name, shapes[i].arguments, shapes[i].what);
	return 2;
}

static const struct shape *find_shape(int argc, char **argv)
{
	for (size_t i = 0; argc > 0 && i < N_SHAPES; i++)
		if (strcmp(argv[0], shapes[i].name) == 0 && argc == 1 + shapes[i].n_arguments)
			return &shapes[i];
	return NULL;
}

int main(int argc, char **argv)
{
	bool                pcapng = argc > 1 && strcmp(argv[1], "--pcapng") == 0;
	char              **args = argv + 1 + pcapng;
	const struct shape *shape = find_shape(argc - 1 - pcapng, args);

	if (shape == NULL)
		return usage();
	if (shape->is_capture)
		capture_begin(pcapng);
	return shape->make(args + 1) && capture_end() ? 0 : 5;
}
