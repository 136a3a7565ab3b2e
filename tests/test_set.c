/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_set.c - captures written as words, added in every order, and the row of frames that becomes of them. */
#include "wire/set.h"

#include <dirent.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "tests/cm.h"
#include "tests/files.h"

#define CAPTURES 3

#define LONG 70000 /* bytes: more than a reader looks at in advance */

/* Frames of one byte as words: its letter and its second, "a1 b2"; "-" for none.  A capital is a frame of LONG of them. */
static GByteArray *made(const char *frames, uint32_t link)
{
	struct file    f = file_new();
	g_auto(GStrv) words = g_strsplit(frames, " ", -1);

	put_pcap_header(&f, 0xA1B2C3D4, link);
	for (guint i = 0; words[i] != NULL && words[i][0] != '-'; i++) {
		uint32_t         n = g_ascii_isupper(words[i][0]) ? LONG : 1;
		g_autofree char *text = g_strnfill(n, words[i][0]);

		put_pcap_packet(&f, (uint32_t)g_ascii_strtoull(words[i] + 1, NULL, 10), 0, text, n);
	}
	return f.a;
}

static char *write_capture(const char *dir, const char *name, const char *frames)
{
	g_autoptr(GByteArray) a = made(frames, 1);
	char                 *path = g_build_filename(dir, name, NULL);

	assert_true(g_file_set_contents(path, (const char *)a->data, (gssize)a->len, NULL));
	return path;
}

/* ---- what was told --------------------------------------------------------------------------------------------- */

struct told {
	GString *story; /* a letter a frame; "<0" capture 0 opened, "0>" ended */
	unsigned refused, open, most_open, damaged;
};

static void on_opened(const char *path, uint32_t ordinal, int64_t first_ns, const GError *error, void *user)
{
	struct told *t = user;

	(void)path;
	(void)first_ns;
	if (error != NULL) {
		t->refused++;
		return;
	}
	g_string_append_printf(t->story, "<%u", ordinal);
	t->open++;
	t->most_open = MAX(t->most_open, t->open);
}

static void on_ended(const struct capture_info *info, uint32_t ordinal, void *user)
{
	struct told *t = user;

	(void)info;
	g_string_append_printf(t->story, "%u>", ordinal);
	t->open--;
}

static void on_damaged(const struct capture_info *info, const GError *error, void *user)
{
	struct told *t = user;

	assert_string_equal(info->damage, error->message);
	t->damaged++;
}

static const struct set_watch watch = { .opened = on_opened, .ended = on_ended, .damaged = on_damaged };

/* Frames of all; `order` counts on. */
static void read_through(struct set *s, struct told *t)
{
	struct frame f;
	uint64_t     n = 0;

	while (set_next(s, &f)) {
		assert_int_equal(f.order, ++n);
		g_string_append_c(t->story, (char)f.bytes[0]);
	}
}

/* ---- orders ---------------------------------------------------------------------------------------------------- */

static const unsigned orders[][CAPTURES] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

static void reads_in_order_of_time(void **state)
{
	static const struct {
		const char *name, *captures[CAPTURES], *story;
		unsigned    duplicates;
	} cases[] = {
		{ "one after the other", { "a1 b2", "c3 d4", "e5" }, "<0ab0><1cd1><2e2>", 0 },
		{ "named in another order than that of time", { "e5", "c3 d4", "a1 b2" }, "<0ab0><1cd1><2e2>", 0 },
		{ "in turns", { "a1 c3 e5", "b2 d4", "-" }, "<00><1a<2bcd2>e1>", 0 },
		{ "one inside the other", { "a1 f6", "b2 c3", "d4 e5" }, "<0a<1bc1><2de2>f0>", 0 },
		{ "equal times: the capture whose name comes first", { "a1 b1", "c1 d1", "e1" }, "<0ab0><1cd1><2e2>", 0 },
		{ "a clock that goes back in one: its order stays", { "a5 b1 c6", "d5", "-" }, "<00><1ab<2d2>c1>", 0 },
		{ "... and is late for ever after", { "a5 b1 c2 d9", "e6 f8", "-" }, "<00><1abc<2ef2>d1>", 0 },
		{ "a clock that jumps ahead", { "a1 b9 c2", "d3 e4", "-" }, "<00><1a<2de2>bc1>", 0 },
		{ "no frames at all", { "-", "-", "-" }, "<00><11><22>", 0 },
		{ "an overlapping ring", { "a1 b2 c3", "b2 c3 d4", "d4 e5" }, "<0ab<1c0>d1><2e2>", 3 },
		{ "... that shares a border", { "a1 b2", "b2 c3", "c3 d4" }, "<0ab0><1c1><2d2>", 2 },
		{ "the same capture three times", { "a1 b2 c3", "a1 b2 c3", "a1 b2 c3" }, "<0a<1<2bc0>1>2>", 6 },
		{ "two alike in one capture stay", { "a1 a1", "a1 a1", "b2" }, "<0aa0><11><2b2>", 2 },
	};
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		for (size_t o = 0; o < G_N_ELEMENTS(orders); o++) {
			char       *paths[CAPTURES];
			struct told t = { .story = g_string_new(NULL) };
			struct set *s = set_new(&watch, &t);

			for (unsigned k = 0; k < CAPTURES; k++) {
				char name[] = { (char)('x' + k), '\0' };

				paths[k] = write_capture(dir, name, cases[i].captures[k]);
			}
			for (unsigned k = 0; k < CAPTURES; k++)
				assert_true(set_add(s, paths[orders[o][k]], NULL));
			read_through(s, &t);
			if (strcmp(t.story->str, cases[i].story) != 0)
				fail_msg("row \"%s\": %s", cases[i].name, t.story->str);
			expect_in_row(cases[i].name, set_duplicates(s) == cases[i].duplicates);
			set_free(s);
			g_string_free(t.story, true);
			for (unsigned k = 0; k < CAPTURES; k++) {
				g_unlink(paths[k]);
				g_free(paths[k]);
			}
		}
	g_rmdir(dir);
}

static void what_cannot_be_opened_any_more_is_refused(void **state)
{
	static const struct {
		const char *name;
		bool        is_known;
		const char *story;
	} cases[] = {
		{ "the next one gets its ordinal", false, "<0a0><1c1>" },
		{ "its place was known", true, "<0a0><2c2>" },
	};
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *a = write_capture(dir, "a", "a1"), *b = write_capture(dir, "b", "b2"), *c = write_capture(dir, "c", "c3");
		char *const     paths[] = { a, b, c };
		struct told     t = { .story = g_string_new(NULL) };
		struct set     *s = set_new(&watch, &t);

		for (unsigned k = 0; k < 3; k++)
			if (cases[i].is_known)
				set_add_known(s, paths[k], (k + 1) * INT64_C(1000000000));
			else
				assert_true(set_add(s, paths[k], NULL));
		g_unlink(b);
		read_through(s, &t);
		if (strcmp(t.story->str, cases[i].story) != 0)
			fail_msg("row \"%s\": %s", cases[i].name, t.story->str);
		assert_int_equal(t.refused, 1);
		set_free(s);
		g_string_free(t.story, true);
		g_unlink(a);
		g_unlink(c);
	}
	g_rmdir(dir);
}

/* ---- descriptors ----------------------------------------------------------------------------------------------- */

static unsigned descriptors(void)
{
	DIR     *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* So many captures; with `all_at_once` every one spans the others, and is too long to be read at once. */
static void read_many(const char *name, unsigned n, bool all_at_once, unsigned most_open)
{
	g_autofree char  *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL);
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	g_autofree char  *long_text = g_strnfill(90000, 'x');
	struct told       t = { .story = g_string_new(NULL) };
	struct set       *s = set_new(&watch, &t);
	struct frame      f;
	unsigned          before = descriptors(), frames = 0, most = 0;

	for (unsigned i = 0; i < n; i++) {
		struct file file = file_new();
		char       *path = g_strdup_printf("%s/%05u", dir, i);

		put_pcap_header(&file, 0xA1B2C3D4, 1);
		put_pcap_packet(&file, all_at_once ? 1 : 10 * i, i % 1000000, "a", 1);
		if (all_at_once)
			put_pcap_packet(&file, 2, i, long_text, 90000);
		put_pcap_packet(&file, all_at_once ? 3 : 10 * i + 5, i % 1000000, "b", 1);
		assert_true(g_file_set_contents(path, (const char *)file.a->data, (gssize)file.a->len, NULL));
		assert_true(set_add(s, path, NULL));
		g_ptr_array_add(paths, path);
		file_clear(&file);
	}
	while (set_next(s, &f)) {
		if (frames++ % 64 == 0)
			most = MAX(most, descriptors() - before);
	}
	expect_in_row(name, frames == (all_at_once ? 3 : 2) * (n - t.refused));
	expect_in_row(name, t.most_open <= most_open);
	expect_in_row(name, most <= 17);
	expect_in_row(name, t.refused == (n > 1024 && all_at_once ? n - 1024 : 0));
	set_free(s);
	g_string_free(t.story, true);
	for (guint i = 0; i < paths->len; i++)
		g_unlink(g_ptr_array_index(paths, i));
	g_rmdir(dir);
}

static void many_captures_need_few_descriptors(void **state)
{
	(void)state;
	read_many("a ring of 2000", 2000, false, 2);
	read_many("200 that overlap", 200, true, 200);
	read_many("1030 that overlap: a few too many", 1030, true, 1024);
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

/* A zstd frame of these bytes that claims such a window. */
static void put_packed(GByteArray *to, const uint8_t *p, size_t n, int window_log)
{
	ZSTD_CStream  *z = ZSTD_createCStream();
	uint8_t        out[4096];
	ZSTD_inBuffer  in = { p, n, 0 };
	ZSTD_outBuffer o = { out, sizeof out, 0 };

	ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, 1);
	ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, window_log);
	assert_false(ZSTD_isError(ZSTD_compressStream2(z, &o, &in, ZSTD_e_continue)));
	assert_int_equal(ZSTD_compressStream2(z, &o, &in, ZSTD_e_end), 0);
	g_byte_array_append(to, out, (guint)o.pos);
	ZSTD_freeCStream(z);
}

/* Its last frame has a window of its own. */
static char *write_packed(const char *dir, const char *name, const char *frames, int window_log, int last_window_log)
{
	enum { LAST = 17 };
	g_autoptr(GByteArray) plain = made(frames, 1), packed = g_byte_array_new();
	char                 *path = g_build_filename(dir, name, NULL);

	put_packed(packed, plain->data, plain->len - LAST, window_log);
	put_packed(packed, plain->data + plain->len - LAST, LAST, last_window_log);
	assert_true(g_file_set_contents(path, (const char *)packed->data, (gssize)packed->len, NULL));
	return path;
}

static void what_overlaps_takes_so_much_memory(void **state)
{
	static const struct {
		const char *name;
		struct {
			const char *frames;
			int         window_log, last_window_log;
		} captures[CAPTURES];
		const char *story;
		unsigned    refused, damaged;
	} cases[] = {
		{ "128 MiB, each alone", { { "a1 b2", 27, 27 }, { "c3 d4", 27, 27 }, { "e5 f6", 27, 27 } }, "<0ab0><1cd1><2ef2>", 0, 0 },
		{ "128 and less", { { "a1 d4", 27, 27 }, { "b2 e5", 20, 20 }, { "c3 f6", 20, 20 } }, "<0a<1b<2cd0>e1>f2>", 0, 0 },
		{ "three of 64 MiB", { { "a1 d4", 26, 26 }, { "b2 e5", 26, 26 }, { "c3 f6", 26, 26 } }, "<0a<1bd0>e1>", 1, 0 },
		{ "one that grows", { { "A1 c3 d4 f5", 20, 27 }, { "b2 e5", 27, 27 }, { "g7", 20, 20 } }, "<0A<1bcdf0>e1><2g2>", 0, 1 },
		{ "one that grows, but is alone by then", { { "A1 c3 d4 f6", 20, 27 }, { "b2 e5", 27, 27 }, { "g7", 20, 20 } },
		  "<0A<1bcde1>f0><2g2>", 0, 0 },
	};
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct told t = { .story = g_string_new(NULL) };
		struct set *s = set_new(&watch, &t);

		for (unsigned k = 0; k < CAPTURES; k++) {
			char             name[] = { (char)('x' + k), '\0' };
			g_autofree char *path = write_packed(dir, name, cases[i].captures[k].frames, cases[i].captures[k].window_log,
			                                     cases[i].captures[k].last_window_log);

			assert_true(set_add(s, path, NULL));
		}
		read_through(s, &t);
		if (strcmp(t.story->str, cases[i].story) != 0)
			fail_msg("row \"%s\": %s", cases[i].name, t.story->str);
		expect_in_row(cases[i].name, t.refused == cases[i].refused && t.damaged == cases[i].damaged);
		set_free(s);
		g_string_free(t.story, true);
	}
	for (unsigned k = 0; k < CAPTURES; k++) {
		char             name[] = { (char)('x' + k), '\0' };
		g_autofree char *path = g_build_filename(dir, name, NULL);

		g_unlink(path);
	}
	g_rmdir(dir);
}

/* ---- pipes ----------------------------------------------------------------------------------------------------- */

/* A pipe between two files, by time; its sender has sent only half, and nobody waits for the rest before it is its turn. */
static void a_pipe_is_one_of_them(void **state)
{
	g_autofree char      *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL), *fifo = g_build_filename(dir, "b", NULL);
	g_autofree char      *a = write_capture(dir, "a", "a1 c3"), *d = write_capture(dir, "c", "e9");
	g_autoptr(GByteArray) bytes = made("b2 d4", 1);
	struct told           t = { .story = g_string_new(NULL) };
	struct set           *s = set_new(&watch, &t);
	struct frame          f;
	int                   writer;

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	writer = open(fifo, O_RDWR | O_CLOEXEC);
	assert_int_equal(write(writer, bytes->data, bytes->len - 17), bytes->len - 17);
	assert_true(set_add(s, d, NULL) && set_add(s, fifo, NULL) && set_add(s, a, NULL));
	assert_true(set_next(s, &f) && f.bytes[0] == 'a' && !set_waits(s));
	assert_true(set_next(s, &f) && f.bytes[0] == 'b' && set_waits(s));
	assert_int_equal(write(writer, bytes->data + bytes->len - 17, 17), 17);
	assert_true(set_next(s, &f) && f.bytes[0] == 'c');
	assert_true(set_next(s, &f) && f.bytes[0] == 'd');
	close(writer);
	assert_true(set_next(s, &f) && f.bytes[0] == 'e');
	assert_false(set_next(s, &f));
	assert_string_equal(t.story->str, "<0<10>1><22>");
	set_free(s);
	g_string_free(t.story, true);
	g_unlink(fifo);
	g_unlink(a);
	g_unlink(d);
	g_rmdir(dir);
}

/* ---- exported PDUs --------------------------------------------------------------------------------------------- */

/* A letter and the telling for each frame, and with an apostrophe each the parts of that which went before. */
static char *tellings_of(const char *dir, const char *const *captures)
{
	const struct set_watch nobody = { 0 };
	g_autoptr(set_handle)  s = set_new(&nobody, NULL);
	GString               *told = g_string_new(NULL);
	g_autoptr(GPtrArray)   paths = g_ptr_array_new_with_free_func(g_free);
	struct frame           f;

	for (unsigned i = 0; i < CAPTURES && captures[i] != NULL; i++) {
		g_autofree char      *name = g_strdup_printf("%u.pcap", i);
		g_autoptr(GByteArray) a = made(captures[i], 252);
		char                 *path = g_build_filename(dir, name, NULL);

		g_ptr_array_add(paths, path);
		assert_true(g_file_set_contents(path, (const char *)a->data, (gssize)a->len, NULL));
		assert_true(set_add(s, path, NULL));
	}
	while (set_next(s, &f))
		g_string_append_printf(told, "%c%u%.*s ", (char)f.bytes[0], f.telling, (int)f.part, "''''");
	for (guint i = 0; i < paths->len; i++)
		g_unlink(g_ptr_array_index(paths, i));
	return g_strchomp(g_string_free(told, FALSE));
}

/* Their first frames are wanted before anybody's turn comes: what they take has the bound of those that are open. */
static void pipes_that_show_too_much_are_refused(void **state)
{
	enum { PIPES = 3 };
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL);
	struct told      t = { .story = g_string_new(NULL) };
	struct set      *s = set_new(&watch, &t);
	char            *fifo[PIPES];
	int              writer[PIPES];

	(void)state;
	for (unsigned k = 0; k < PIPES; k++) {
		char                  name[] = { (char)('x' + k), '\0' }, frames[] = { (char)('a' + k), '1', '\0' };
		g_autoptr(GByteArray) plain = made(frames, 1), packed = g_byte_array_new();

		fifo[k] = g_build_filename(dir, name, NULL);
		put_packed(packed, plain->data, plain->len, 26); /* 64 MiB: two have room */
		assert_int_equal(mkfifo(fifo[k], 0600), 0);
		writer[k] = open(fifo[k], O_RDWR | O_CLOEXEC);
		assert_int_equal(write(writer[k], packed->data, packed->len), packed->len);
		assert_true(set_add(s, fifo[k], NULL));
	}
	for (unsigned k = 0; k < PIPES; k++)
		close(writer[k]);
	read_through(s, &t);
	assert_int_equal(t.refused, 1);
	assert_string_equal(t.story->str, "<0a0><1b1>");
	set_free(s);
	g_string_free(t.story, true);
	for (unsigned k = 0; k < PIPES; k++) {
		g_unlink(fifo[k]);
		g_free(fifo[k]);
	}
	g_rmdir(dir);
}

static void exported_pdus_of_a_capture_are_one_telling(void **state)
{
	static const struct {
		const char *name, *captures[CAPTURES], *told;
	} cases[] = {
		{ "one", { "a1 b2", NULL }, "a0 b0" },
		{ "one after the other", { "a1 b2", "c3 d4", NULL }, "a0 b0 c0' d0'" },
		{ "three of them", { "a1", "b1 c3", "d3" }, "a0 b0' c0' d0''" },
		{ "the second begins before the end of the first", { "a1 b4", "c3 d5", "e6" }, "a0 c1 b0 d1 e2" },
		{ "in turns", { "a1 c3", "b2 d4", NULL }, "a0 b1 c0 d1" },
		{ "the same capture three times", { "a1 b2", "a1 b2", "a1 b2" }, "a0 b0" },
		{ "one that goes on with another", { "a1 b2 c3", "b2 c3 d4", "d4 e5" }, "a0 b0 c0 d0 e0" },
		{ "a copy of what went on with another", { "a1", "b2", "b2 c3" }, "a0 b0' c0'" },
		{ "the clock of another tap", { "a1 b3", "a2 b4", NULL }, "a0 a1 b0 b1" },
		{ "a copy whose first time differs is another telling, all of it", { "a1 b3", "a2 b3", NULL }, "a0 a1 b0 b1" },
	};
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *told = tellings_of(dir, cases[i].captures);

		if (strcmp(told, cases[i].told) != 0)
			fail_msg("row \"%s\": %s instead of %s", cases[i].name, told, cases[i].told);
	}
	g_rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exported_pdus_of_a_capture_are_one_telling),
		cmocka_unit_test(reads_in_order_of_time),
		cmocka_unit_test(what_cannot_be_opened_any_more_is_refused),
		cmocka_unit_test(many_captures_need_few_descriptors),
		cmocka_unit_test(what_overlaps_takes_so_much_memory),
		cmocka_unit_test(a_pipe_is_one_of_them),
		cmocka_unit_test(pipes_that_show_too_much_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
