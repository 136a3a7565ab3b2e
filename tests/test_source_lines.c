/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_source_lines.c - each line, letter by letter. */
#include "cli/source_lines.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "tests/cm.h"

#define SECOND INT64_C(1000000000)

static void runs_become_lines(void **state)
{
	static const struct {
		struct bits_where w;
		uint64_t n;
		const char *line;
	} rows[] = {
		{ { .frame = 24, .conn = 1, .pos = 3270, .time_ns = 1700000000 * SECOND + 5000 }, 1448,
		  "{\"range\":[0,1448],\"capture\":\"a.pcap\",\"frames\":[24],\"timestamp\":\"2023-11-14T22:13:20.000005000Z\","
		  "\"connection\":1,\"offset\":3270}\n" },
		{ { .frame = 25, .conn = 1, .pos = 4800, .time_ns = 1700000000 * SECOND + 999999999 }, 2,
		  "{\"range\":[1448,1450],\"capture\":\"a.pcap\",\"frames\":[25],\"timestamp\":\"2023-11-14T22:13:20.999999999Z\","
		  "\"connection\":1,\"offset\":4800}\n" },
		{ { .frame = 1, .file = 1, .conn = 4294967296, .pos = UINT64_MAX - 1, .time_ns = -1 }, 1,
		  "{\"range\":[1450,1451],\"capture\":\"b \\\"2\\\".pcap\",\"frames\":[1],\"timestamp\":\"1969-12-31T23:59:59.999999999Z\","
		  "\"connection\":4294967296,\"offset\":18446744073709551614}\n" },
		{ { .frame = 4294967295, .file = 2, .conn = 1, .pos = BITS_POS_UNKNOWN, .time_ns = BITS_TIME_UNKNOWN }, 1,
		  "{\"range\":[1451,1452],\"capture\":\"ÿ\",\"raw\":[\"capture\"],\"frames\":[4294967295],\"timestamp\":null,"
		  "\"connection\":1,\"offset\":null}\n" },
	};
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL), *path = g_build_filename(dir, "a", NULL), *text = NULL;
	g_autoptr(GPtrArray) captures = g_ptr_array_new();
	g_autoptr(GString) expected = g_string_new(NULL);
	const struct record_context names = { .captures = captures };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sheet *sheet = sheet_new(fd, "a", false, NULL, NULL);
	uint64_t at = 0;
	struct spool spool;
	struct sources s;
	char hex[DIGEST_HEX];

	(void)state;
	g_ptr_array_add(captures, "a.pcap");
	g_ptr_array_add(captures, "b \"2\".pcap");
	g_ptr_array_add(captures, "\xff");
	spool_init(&spool, g_get_tmp_dir());
	sources_init(&s, &spool);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		sources_arrived(&s, 1, at, rows[i].n, &rows[i].w);
		at += rows[i].n;
		g_string_append(expected, rows[i].line);
	}
	sources_owned(&s, 1, (struct bits_range){ 0, at }, true);
	assert_true(source_lines_write(&s, at, &names, sheet, NULL));
	assert_true(sheet_publish(sheet, hex, NULL));
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	assert_string_equal(text, expected->str);
	sheet_free(sheet);
	sources_clear(&s);
	spool_clear(&spool);
	close(fd);
	g_unlink(path);
	g_rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(runs_become_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
