/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_capture.c - the front door: made files of both formats, whole, cut at every byte, flipped, and what is none. */
#include "wire/capture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "core/bits_where.h"
#include "tests/cm.h"
#include "tests/files.h"
#include "tests/packers.h"

/* ---- making files ---------------------------------------------------------------------------------------------- */

static struct file made_pcapng(void)
{
	struct file f = file_new();

	put_section(&f, "hello");
	put_interface(&f, 1, 100, 6, 0);
	put_interface(&f, 101, 100, 9, 5);
	put_enhanced(&f, 0, UINT64_C(1700000000000001), "first", 5);
	put_block(&f, 0x00000BAD);
	put_text(&f, "whatever");
	end_block(&f);
	put_enhanced(&f, 1, UINT64_C(1700000000000000002), "second!", 70);
	put_statistics(&f, 0, 3, 0);
	put_statistics(&f, 0, 4, 0); /* replaces the 3 */
	f.swap = true;
	put_section(&f, "hello again");
	put_interface(&f, 113, 100, 0x80 | 10, 0);
	put_enhanced(&f, 0, 1024 * 7 + 512, "third", 5);
	put_simple(&f, "fourth", 6);
	put_statistics(&f, 0, 10, 0);
	return f;
}

static struct file made_pcap(void)
{
	struct file f = file_new();

	put_pcap_header(&f, 0xA1B2C3D4, 1);
	put_pcap_packet(&f, 1700000000, 1000, "data", 4);
	put_pcap_packet(&f, 1700000000, 2000, "data", 8);
	return f;
}

/* ---- reading them back ----------------------------------------------------------------------------------------- */

struct story {
	char  *frames; /* one word a frame                  */
	guint  damage; /* times                             */
	guint64 drops;
	guint   comments, links;
	char   *error; /* the message of capture_open; NULL */
	enum capture_error code;
};

static void story_clear(struct story *y)
{
	g_free(y->frames);
	g_free(y->error);
}

static struct story read_back(const char *path)
{
	struct story       y = { 0 };
	g_autoptr(GError)  error = NULL;
	struct capture    *c = capture_open(path, 0, &error);
	GString           *s = g_string_new(NULL);
	struct frame       f;
	enum capture_result result;

	if (c == NULL) {
		y.error = g_strdup(error->message);
		y.code = (enum capture_error)error->code;
		y.frames = g_string_free(s, false);
		return y;
	}
	while ((result = capture_next(c, &f, &error)) != CAPTURE_END) {
		if (result == CAPTURE_FRAME) {
			g_string_append_printf(s, "%u:", f.number);
			tell_frame(s, &f);
			continue;
		}
		assert_non_null(error);
		assert_true(g_str_has_prefix(error->message, path));
		g_clear_error(&error);
		y.damage++;
	}
	y.drops = capture_info(c)->drops;
	y.comments = capture_info(c)->comments->len;
	y.links = capture_info(c)->links->len;
	assert_int_equal(capture_info(c)->damage != NULL, y.damage > 0);
	capture_free(c);
	y.frames = g_string_free(s, false);
	return y;
}

static struct story read_bytes(const guint8 *bytes, gsize n)
{
	g_autofree char *path = write_temporary(bytes, n);
	struct story     y = read_back(path);

	g_unlink(path);
	return y;
}

/* The custom block has number 2: so Wireshark counts. */
static const char pcapng_frames[] = "1:0:1:first@1700000000000001000 3:1:101:second!/70@1700000005000000002 "
                                    "4:2:113:third@7500000000 5:2:113:fourth@- ";

static void tells_the_frames_and_what_the_file_says(void **state)
{
	struct file  f = made_pcapng();
	struct story y = read_bytes(f.a->data, f.a->len);

	(void)state;
	assert_string_equal(y.frames, pcapng_frames);
	assert_int_equal(y.damage, 0);
	assert_int_equal(y.drops, 14);
	assert_int_equal(y.comments, 2);
	assert_int_equal(y.links, 3);
	story_clear(&y);
	file_clear(&f);
}

/* What came before the cut is there, and the cut is said, unless it falls between two records. */
static void a_file_may_be_cut_anywhere(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct file  f = i == 0 ? made_pcap() : made_pcapng();
		struct story whole = read_bytes(f.a->data, f.a->len);
		guint        quiet = 0;

		for (guint n = 1; n < f.a->len; n++) {
			struct story y = read_bytes(f.a->data, n);

			if (y.error != NULL)
				assert_true(n < 4);
			else
				assert_true(g_str_has_prefix(whole.frames, y.frames));
			quiet += y.error == NULL && y.damage == 0;
			story_clear(&y);
		}
		assert_int_equal(quiet, i == 0 ? 2 : 12); /* the ends of its header, records or blocks */
		story_clear(&whole);
		file_clear(&f);
	}
}

static void any_flipped_byte_is_survived(void **state)
{
	struct file f = made_pcapng();

	(void)state;
	for (guint i = 0; i < f.a->len; i++)
		for (unsigned flip = 1; flip < 256; flip *= 4) {
			struct story y;

			f.a->data[i] ^= (guint8)flip;
			y = read_bytes(f.a->data, f.a->len);
			f.a->data[i] ^= (guint8)flip;
			story_clear(&y);
		}
	file_clear(&f);
}

/* `n` frames, each of bytes that no compression makes fewer, and some longer than any buffer. */
static GByteArray *large_capture_new(guint *n)
{
	GByteArray      *a = g_byte_array_new();
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);

	g_byte_array_append(a, (const guint8 *)"\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0", 24);
	for (*n = 0; a->len < 12000000; (*n)++) {
		guint   length = *n % 500 == 499 ? 3000000 : (guint)g_rand_int_range(rand, 1, 60000);
		guint32 header[4] = { *n, 0, length, length };
		guint   at = a->len + sizeof header;

		g_byte_array_append(a, (const guint8 *)header, sizeof header);
		g_byte_array_set_size(a, at + length);
		for (guint i = 0; i < length; i++)
			a->data[at + i] = (guint8)g_rand_int(rand);
	}
	return a;
}

static void expect_frames(const char *path, const GByteArray *a, guint n)
{
	struct capture *c = capture_open(path, 0, NULL);
	struct frame    f;

	assert_non_null(c);
	for (guint i = 0; i < n; i++) {
		assert_int_equal(capture_next(c, &f, NULL), CAPTURE_FRAME);
		assert_int_equal(f.time_ns, i * INT64_C(1000000000));
		assert_memory_equal(a->data + f.pos, f.bytes, f.caplen);
	}
	assert_int_equal(capture_next(c, &f, NULL), CAPTURE_END);
	capture_free(c);
	capture_free(capture_open(path, 0, NULL)); /* given up at once, while a thread may read */
}

/* Frames that straddle two buffers; what is compressed comes from a thread, in loads of a mebibyte with room in front. */
static void reads_large_files_whole(void **state)
{
	guint                 n;
	g_autoptr(GByteArray) a = large_capture_new(&n), packed = g_byte_array_new();
	g_autofree char      *plain = write_temporary(a->data, a->len), *path = NULL;

	(void)state;
	packers[2].pack(packed, a->data, a->len, FALSE);
	path = write_temporary(packed->data, packed->len);
	expect_frames(plain, a, n);
	expect_frames(path, a, n);
	g_unlink(plain);
	g_unlink(path);
}

/* Every link type that there can be, in turns, and again: each is named once, in order of appearance. */
static void names_each_link_once(void **state)
{
	static const struct {
		const char *name;
		uint32_t    links, step;
	} cases[] = {
		{ "one", 1, 1 },
		{ "a few, not in their order", 5, 13 },
		{ "all", 65536, 40503 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct file         f = file_new();
		g_autofree char    *path = NULL;
		struct capture     *c;
		struct frame        frame;
		GArray             *links;

		put_section(&f, NULL);
		for (uint32_t k = 0; k < cases[i].links; k++)
			put_interface(&f, (uint16_t)(k * cases[i].step), 0, -1, 0);
		for (uint32_t k = 0; k < 2 * cases[i].links; k++)
			put_enhanced(&f, k % cases[i].links, 0, "data", 4);
		path = write_temporary(f.a->data, f.a->len);
		c = capture_open(path, 0, NULL);
		while (capture_next(c, &frame, NULL) == CAPTURE_FRAME)
			;
		links = capture_info(c)->links;
		expect_in_row(cases[i].name, links->len == cases[i].links);
		for (uint32_t k = 0; k < links->len; k++)
			expect_in_row(cases[i].name, g_array_index(links, uint32_t, k) == (uint16_t)(k * cases[i].step));
		expect_in_row(cases[i].name, capture_info(c)->frames == 2 * cases[i].links);
		capture_free(c);
		g_unlink(path);
		file_clear(&f);
	}
}

static void says_what_is_no_capture(void **state)
{
	static const struct {
		const char        *name, *bytes, *says;
		enum capture_error code;
	} cases[] = {
		{ "empty", "", "is empty", CAPTURE_ERROR_NO_CAPTURE },
		{ "text", "hello world\n", "editcap", CAPTURE_ERROR_NO_CAPTURE },
		{ "three bytes", "\xd4\xc3\xb2", "editcap", CAPTURE_ERROR_NO_CAPTURE },
		{ "gzip that is none", "\x1f\x8b\x08\xff and more", "corrupt gzip data at offset 4", CAPTURE_ERROR_UNREADABLE },
		{ "a gzip header alone", "\x1f\x8b\x08\x08", "gzip data cut short at offset 4", CAPTURE_ERROR_UNREADABLE },
		{ "zstd that is none", "\x28\xb5\x2f\xfd\x08 and more", "corrupt zstd data", CAPTURE_ERROR_UNREADABLE },
		{ "lz4 that is none", "\x04\x22\x4d\x18\xff\xff more", "corrupt lz4 data", CAPTURE_ERROR_UNREADABLE },
		{ "bzip2", "BZh91AY&", "bzip2 -dc", CAPTURE_ERROR_FOREIGN },
		{ "xz", "\xfd" "7zXZ", "xz -dc", CAPTURE_ERROR_FOREIGN },
		{ "ZIP", "PK\x03\x04", "unpack it first", CAPTURE_ERROR_FOREIGN },
		{ "Network Monitor", "GMBU", "editcap -F pcapng", CAPTURE_ERROR_FOREIGN },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct story y = read_bytes((const guint8 *)cases[i].bytes, strlen(cases[i].bytes));

		expect_in_row(cases[i].name, y.error != NULL && y.code == cases[i].code);
		expect_in_row(cases[i].name, strstr(y.error, cases[i].says) != NULL);
		story_clear(&y);
	}
}

static void says_what_cannot_be_read(void **state)
{
	static const char *const paths[] = { "/no/such/file", "/" };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
		struct story y = read_back(paths[i]);

		assert_non_null(y.error);
		assert_int_equal(y.code, CAPTURE_ERROR_UNREADABLE);
		story_clear(&y);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_frames_and_what_the_file_says),
		cmocka_unit_test(a_file_may_be_cut_anywhere),
		cmocka_unit_test(any_flipped_byte_is_survived),
		cmocka_unit_test(reads_large_files_whole),
		cmocka_unit_test(names_each_link_once),
		cmocka_unit_test(says_what_is_no_capture),
		cmocka_unit_test(says_what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
