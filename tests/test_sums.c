/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_sums.c - lines in any order come out in the order of their names, however many they are. */
#include "cli/sums.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/cm.h"

#define HEX  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MANY 20000 /* beyond what lies in memory, and beyond one run of the tape */

static char *written(struct sums *s, GError **error)
{
	char *text = NULL;
	size_t n = 0;
	FILE *file = open_memstream(&text, &n);
	bool ok = sums_write(s, file, error);

	fclose(file);
	if (!ok)
		g_clear_pointer(&text, free);
	return text;
}

static void lines_come_out_by_name(void **state)
{
	struct sums s;
	char *text;

	(void)state;
	sums_init(&s, g_get_tmp_dir());
	sums_add(&s, HEX, "sources/0001.ndjson");
	sums_add(&s, HEX "  and what follows", "files/0002-b");
	sums_add(&s, HEX, "files/0001-a");
	sums_add(&s, NO_SUM, "files/0001-long-hole");
	assert_int_equal(sums_count(&s), 4);
	text = written(&s, NULL);
	assert_string_equal(text, HEX "  files/0001-a\n" HEX "  files/0002-b\n" HEX "  sources/0001.ndjson\n");
	free(text);
	sums_clear(&s);
}

static void add_many(struct sums *s)
{
	for (unsigned i = MANY; i-- > 0;) {
		g_autofree char *name = g_strdup_printf("files/%05u", i * 7919 % MANY);

		sums_add(s, HEX, name);
	}
}

/* In a directory, or where there is none: then they stay in memory. */
static void many_lines_are_found_and_put_in_order(void **state)
{
	const char *const dirs[] = { g_get_tmp_dir(), "/nowhere/at/all" };

	(void)state;
	for (size_t d = 0; d < G_N_ELEMENTS(dirs); d++) {
		struct sums s;
		char *text;

		sums_init(&s, dirs[d]);
		add_many(&s);
		assert_int_equal(s.memory != NULL, d == 1);
		assert_int_equal(sums_count(&s), MANY);
		sums_sort(&s);
		sums_add(&s, HEX, "files/later");
		assert_true(sums_has(&s, "files/00000") && sums_has(&s, "files/19999") && sums_has(&s, "files/12345"));
		assert_false(sums_has(&s, "files/20000") || sums_has(&s, "files/later") || sums_has(&s, "files/"));
		text = written(&s, NULL);
		for (unsigned i = 0; i < MANY; i++)
			assert_int_equal(strtoul(text + i * (64 + 2 + 11 + 1) + 64 + 2 + 6, NULL, 10), i);
		assert_true(g_str_has_suffix(text, "files/19999\n" HEX "  files/later\n"));
		free(text);
		sums_clear(&s);
	}
}

/* The file is gone from under it. */
static void a_line_that_cannot_be_read_back_is_told(void **state)
{
	g_autoptr(GError) error = NULL;
	struct sums s;

	(void)state;
	sums_init(&s, g_get_tmp_dir());
	add_many(&s);
	assert_int_equal(close(s.spool.fd), 0);
	assert_null(written(&s, &error));
	assert_non_null(error);
	s.spool.fd = -1;
	sums_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_out_by_name),
		cmocka_unit_test(many_lines_are_found_and_put_in_order),
		cmocka_unit_test(a_line_that_cannot_be_read_back_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
