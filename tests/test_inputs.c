/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/inputs.h"

#include <glib/gstdio.h>
#include <string.h>

#include "tests/cm.h"

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

static void assert_order(const struct inputs *in, const char *const *expected, guint n)
{
	assert_int_equal(in->paths->len, n);
	for (guint i = 0; i < n; i++)
		assert_string_equal(g_ptr_array_index(in->paths, i), expected[i]);
}

static void reads_captures_in_order_of_time(void **state)
{
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL);
	g_autofree char *late = make_capture(dir, "a.pcap", 300), *early = make_capture(dir, "c.pcap", 100),
			*same = make_capture(dir, "b.pcap", 300), *text = g_build_filename(dir, "notes.txt", NULL);
	const char *const order[] = { early, late, same };
	g_autoptr(GPtrArray) named = g_ptr_array_new();
	struct inputs in;

	(void)state;
	assert_true(g_file_set_contents(text, "hello\n", -1, NULL));
	g_ptr_array_add(named, same);
	g_ptr_array_add(named, early);
	g_ptr_array_add(named, late);
	inputs_find(&in, named, true);
	assert_order(&in, order, 3);
	assert_false(in.unreadable);
	inputs_clear(&in);

	g_ptr_array_set_size(named, 0);
	g_ptr_array_add(named, dir); /* the text in it is passed over */
	inputs_find(&in, named, true);
	assert_order(&in, order, 3);
	assert_false(in.unreadable);
	inputs_clear(&in);

	for (guint i = 0; i < G_N_ELEMENTS(order); i++)
		g_unlink(order[i]);
	inputs_find(&in, named, true); /* nothing in it is a capture any more */
	assert_int_equal(in.paths->len, 0);
	assert_true(in.unreadable);
	inputs_clear(&in);
	g_unlink(text);
	g_rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_captures_in_order_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
