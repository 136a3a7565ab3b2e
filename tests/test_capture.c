/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_capture.c - made files of both formats, whole, cut at every byte, and corrupt. */
#include "wire/capture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "core/bits_where.h"
#include "tests/cm.h"

/* ---- making files ---------------------------------------------------------------------------------------------- */

static bool swapped; /* the files under way are of the other byte order */

static void u16(GByteArray *a, uint16_t v)
{
	if (swapped)
		v = (uint16_t)(v >> 8 | v << 8);
	g_byte_array_append(a, (const guint8 *)&v, 2);
}

static void u32(GByteArray *a, uint32_t v)
{
	if (swapped)
		v = GUINT32_SWAP_LE_BE(v);
	g_byte_array_append(a, (const guint8 *)&v, 4);
}

static void text(GByteArray *a, const char *s)
{
	static const guint8 zeros[4] = { 0 };

	g_byte_array_append(a, (const guint8 *)s, (guint)strlen(s));
	g_byte_array_append(a, zeros, (4 - (guint)strlen(s) % 4) % 4);
}

static void block(GByteArray *a, uint32_t type, const GByteArray *body)
{
	u32(a, type);
	u32(a, body->len + 12);
	g_byte_array_append(a, body->data, body->len);
	u32(a, body->len + 12);
}

static void section(GByteArray *a)
{
	g_autoptr(GByteArray) b = g_byte_array_new();

	u32(b, 0x1A2B3C4D);
	u16(b, 1);
	u16(b, 0);
	u32(b, UINT32_MAX);
	u32(b, UINT32_MAX);
	u16(b, 1); /* opt_comment */
	u16(b, 5);
	text(b, "hello");
	u32(b, 0);
	block(a, 0x0A0D0D0A, b);
}

static void interface(GByteArray *a, uint16_t link, uint8_t tsresol, uint32_t offset_s)
{
	g_autoptr(GByteArray) b = g_byte_array_new();
	guint8                value[4] = { tsresol };

	u16(b, link);
	u16(b, 0);
	u32(b, 100);
	u16(b, 9);
	u16(b, 1);
	g_byte_array_append(b, value, 4);
	u16(b, 14);
	u16(b, 8);
	u32(b, swapped ? 0 : offset_s);
	u32(b, swapped ? offset_s : 0);
	block(a, 1, b);
}

static void enhanced(GByteArray *a, uint32_t index, uint64_t ticks, const char *bytes, uint32_t wirelen)
{
	g_autoptr(GByteArray) b = g_byte_array_new();

	u32(b, index);
	u32(b, (uint32_t)(ticks >> 32));
	u32(b, (uint32_t)ticks);
	u32(b, (uint32_t)strlen(bytes));
	u32(b, wirelen);
	text(b, bytes);
	block(a, 6, b);
}

static void simple(GByteArray *a, const char *bytes, uint32_t wirelen)
{
	g_autoptr(GByteArray) b = g_byte_array_new();

	u32(b, wirelen);
	text(b, bytes);
	block(a, 3, b);
}

static void statistics(GByteArray *a, uint32_t index, uint32_t ifdrop)
{
	g_autoptr(GByteArray) b = g_byte_array_new();

	u32(b, index);
	u32(b, 0);
	u32(b, 0);
	u16(b, 5);
	u16(b, 8);
	u32(b, swapped ? 0 : ifdrop);
	u32(b, swapped ? ifdrop : 0);
	block(a, 5, b);
}

static GByteArray *made_pcapng(void)
{
	GByteArray           *a = g_byte_array_new();
	g_autoptr(GByteArray) junk = g_byte_array_new();

	g_byte_array_append(junk, (const guint8 *)"whatever", 8);
	swapped = false;
	section(a);
	interface(a, 1, 6, 0);
	interface(a, 101, 9, 5);
	enhanced(a, 0, UINT64_C(1700000000000001), "first", 5);
	block(a, 0x00000BAD, junk);
	enhanced(a, 1, UINT64_C(1700000000000000002), "second!", 70);
	statistics(a, 0, 3);
	statistics(a, 0, 4); /* replaces the 3 */
	swapped = true;
	section(a);
	interface(a, 113, 0x80 | 10, 0);
	enhanced(a, 0, 1024 * 7 + 512, "third", 5);
	simple(a, "fourth", 6);
	statistics(a, 0, 10);
	swapped = false;
	return a;
}

static GByteArray *made_pcap(uint32_t magic)
{
	GByteArray *a = g_byte_array_new();

	u32(a, magic);
	u16(a, 2);
	u16(a, 4);
	u32(a, 0);
	u32(a, 0);
	u32(a, 65535);
	u32(a, 1);
	for (uint32_t i = 1; i <= 2; i++) {
		u32(a, 1700000000);
		u32(a, 1000 * i);
		u32(a, 4);
		u32(a, 4 * i);
		g_byte_array_append(a, (const guint8 *)"data", 4);
	}
	return a;
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

static void tell_frame(GString *s, const struct frame *f)
{
	g_string_append_printf(s, "%u:%u:%u:%.*s", f->number, f->tap, f->link, (int)f->caplen, (const char *)f->bytes);
	if (f->wirelen != f->caplen)
		g_string_append_printf(s, "/%u", f->wirelen);
	if (f->time_ns == BITS_TIME_UNKNOWN)
		g_string_append(s, "@- ");
	else
		g_string_append_printf(s, "@%" G_GINT64_FORMAT " ", f->time_ns);
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
	g_autofree char *path = NULL;
	struct story     y;
	int              fd = g_file_open_tmp("bitspect-XXXXXX", &path, NULL);

	assert_true(fd >= 0);
	close(fd);
	assert_true(g_file_set_contents(path, (const char *)bytes, (gssize)n, NULL));
	y = read_back(path);
	g_unlink(path);
	return y;
}

static void reads_pcap_in_both_orders_and_units(void **state)
{
	static const struct {
		const char *name, *frames;
		uint32_t    magic;
		bool        swap;
	} cases[] = {
		{ "microseconds", "1:0:1:data@1700000000001000000 2:0:1:data/8@1700000000002000000 ", 0xA1B2C3D4, false },
		{ "nanoseconds", "1:0:1:data@1700000000000001000 2:0:1:data/8@1700000000000002000 ", 0xA1B23C4D, false },
		{ "microseconds, swapped", "1:0:1:data@1700000000001000000 2:0:1:data/8@1700000000002000000 ", 0xA1B2C3D4, true },
		{ "nanoseconds, swapped", "1:0:1:data@1700000000000001000 2:0:1:data/8@1700000000000002000 ", 0xA1B23C4D, true },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) a = NULL;
		struct story          y;

		swapped = cases[i].swap;
		a = made_pcap(cases[i].magic);
		swapped = false;
		y = read_bytes(a->data, a->len);
		expect_in_row(cases[i].name, y.error == NULL && strcmp(y.frames, cases[i].frames) == 0);
		expect_in_row(cases[i].name, y.damage == 0 && y.links == 1);
		story_clear(&y);
	}
}

/* The custom block has number 2: so Wireshark counts. */
static const char pcapng_frames[] = "1:0:1:first@1700000000000001000 3:1:101:second!/70@1700000005000000002 "
                                    "4:2:113:third@7500000000 5:2:113:fourth@- ";

static void reads_pcapng_sections_and_interfaces(void **state)
{
	g_autoptr(GByteArray) a = made_pcapng();
	struct story          y = read_bytes(a->data, a->len);

	(void)state;
	assert_string_equal(y.frames, pcapng_frames);
	assert_int_equal(y.damage, 0);
	assert_int_equal(y.drops, 14);
	assert_int_equal(y.comments, 2);
	assert_int_equal(y.links, 3);
	story_clear(&y);
}

/* What came before the cut is there, and the cut is said, unless it falls between two records. */
static void a_file_may_be_cut_anywhere(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		g_autoptr(GByteArray) file = i == 0 ? made_pcap(0xA1B2C3D4) : made_pcapng();
		struct story          whole = read_bytes(file->data, file->len);
		guint                 quiet = 0;

		for (guint n = 1; n < file->len; n++) {
			struct story y = read_bytes(file->data, n);

			if (y.error != NULL)
				assert_true(n < 4);
			else
				assert_true(g_str_has_prefix(whole.frames, y.frames));
			quiet += y.error == NULL && y.damage == 0;
			story_clear(&y);
		}
		assert_int_equal(quiet, i == 0 ? 2 : 12); /* the ends of its header, records or blocks */
		story_clear(&whole);
	}
}

static void goes_on_behind_a_corrupt_block(void **state)
{
	g_autoptr(GByteArray) a = made_pcapng();
	guint                 second = 0;
	struct story          y;

	(void)state;
	while (memcmp(a->data + second, "second!", 7) != 0)
		second++;
	a->data[second + 8] ^= 0xFF; /* the second length of its block */
	y = read_bytes(a->data, a->len);
	assert_string_equal(y.frames, "1:0:1:first@1700000000000001000 3:2:113:third@7500000000 4:2:113:fourth@- ");
	assert_int_equal(y.damage, 1);
	story_clear(&y);
}

/* Where a length is wrong the next block is looked for, and that may be an interface, not only a packet. */
static void takes_up_again_at_any_block(void **state)
{
	static const struct {
		const char *name;
		uint32_t    length; /* of the first packet's block, instead of the right one */
	} cases[] = {
		{ "too short", 36 },
		{ "no multiple of four", 41 },
		{ "too long, but inside the file", 56 },
		{ "beyond the end of the file", 1000 * 1000 },
		{ "longer than any block", 0x7FFFFFFC },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) a = g_byte_array_new();
		guint                 at;
		struct story          y;

		section(a);
		interface(a, 1, 6, 0);
		at = a->len;
		enhanced(a, 0, 1, "first", 5);
		interface(a, 101, 9, 0);
		enhanced(a, 1, 2, "second", 6);
		memcpy(a->data + at + 4, &cases[i].length, 4);
		y = read_bytes(a->data, a->len);
		expect_in_row(cases[i].name, strcmp(y.frames, "1:1:101:second@2 ") == 0);
		expect_in_row(cases[i].name, y.damage == 1);
		story_clear(&y);
	}
}

/* A packet that the file ends in may carry a capture file: what is inside it is nobody's frame. */
static void a_cut_packet_is_not_searched_for_blocks(void **state)
{
	static const uint32_t head[] = { 6, 1032, 0, 0, 2, 1000, 1000 };
	g_autoptr(GByteArray) a = g_byte_array_new();
	struct story          y;

	(void)state;
	section(a);
	interface(a, 1, 6, 0);
	enhanced(a, 0, 1, "first", 5);
	/* the head of a packet of 1000 bytes, and what the file has of them: a block */
	for (size_t i = 0; i < G_N_ELEMENTS(head); i++)
		u32(a, head[i]);
	enhanced(a, 0, 3, "inner", 5);
	y = read_bytes(a->data, a->len);
	assert_string_equal(y.frames, "1:0:1:first@1000 ");
	assert_int_equal(y.damage, 1);
	story_clear(&y);
}

static void any_flipped_byte_is_survived(void **state)
{
	g_autoptr(GByteArray) a = made_pcapng();

	(void)state;
	for (guint i = 0; i < a->len; i++)
		for (unsigned flip = 1; flip < 256; flip *= 4) {
			struct story y;

			a->data[i] ^= (guint8)flip;
			y = read_bytes(a->data, a->len);
			a->data[i] ^= (guint8)flip;
			story_clear(&y);
		}
}

/* Large files are read by a thread, in loads of a mebibyte: frames that straddle two of them, and one that is longer than
 * the room in front of a load. */
static void reads_large_files_whole(void **state)
{
	g_autoptr(GByteArray) a = g_byte_array_new();
	g_autoptr(GRand)      rand = g_rand_new_with_seed(7);
	g_autofree char      *path = NULL;
	struct capture       *c;
	struct frame          f;
	guint                 n = 0;
	int                   fd;

	(void)state;
	g_byte_array_append(a, (const guint8 *)"\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0", 24);
	for (; a->len < 12000000; n++) {
		guint       length = n % 500 == 499 ? 3000000 : (guint)g_rand_int_range(rand, 1, 60000);
		guint32     header[4] = { n, 0, length, length };
		GByteArray *bytes = g_byte_array_sized_new(length);

		g_byte_array_set_size(bytes, length);
		memset(bytes->data, (int)(n % 251), length);
		g_byte_array_append(a, (const guint8 *)header, sizeof header);
		g_byte_array_append(a, bytes->data, length);
		g_byte_array_unref(bytes);
	}
	fd = g_file_open_tmp("bitspect-XXXXXX", &path, NULL);
	close(fd);
	assert_true(g_file_set_contents(path, (const char *)a->data, a->len, NULL));
	c = capture_open(path, 0, NULL);
	assert_non_null(c);
	for (guint i = 0; i < n; i++) {
		assert_int_equal(capture_next(c, &f, NULL), CAPTURE_FRAME);
		assert_int_equal(f.time_ns, i * INT64_C(1000000000));
		assert_int_equal(f.bytes[0], i % 251);
		assert_int_equal(f.bytes[f.caplen - 1], i % 251);
		assert_memory_equal(a->data + f.pos, f.bytes, f.caplen);
	}
	assert_int_equal(capture_next(c, &f, NULL), CAPTURE_END);
	assert_int_equal(capture_info(c)->size, a->len);
	capture_free(c);
	capture_free(capture_open(path, 0, NULL)); /* given up at once, while the thread reads */
	g_unlink(path);
}

static void says_what_is_no_capture(void **state)
{
	static const struct {
		const char *name, *bytes, *says;
	} cases[] = {
		{ "empty", "", "is empty" },
		{ "text", "hello world\n", "editcap" },
		{ "three bytes", "\xd4\xc3\xb2", "editcap" },
		{ "gzip", "\x1f\x8b\x08\x01 and more", "gzip -dc" },
		{ "zstd", "\x28\xb5\x2f\xfd and more", "zstd -dc" },
		{ "snoop", "snoop", "snoop" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct story y = read_bytes((const guint8 *)cases[i].bytes, strlen(cases[i].bytes));

		expect_in_row(cases[i].name, y.error != NULL && y.code == CAPTURE_ERROR_NO_CAPTURE);
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
		cmocka_unit_test(reads_pcap_in_both_orders_and_units),
		cmocka_unit_test(reads_pcapng_sections_and_interfaces),
		cmocka_unit_test(a_file_may_be_cut_anywhere),
		cmocka_unit_test(goes_on_behind_a_corrupt_block),
		cmocka_unit_test(takes_up_again_at_any_block),
		cmocka_unit_test(a_cut_packet_is_not_searched_for_blocks),
		cmocka_unit_test(any_flipped_byte_is_survived),
		cmocka_unit_test(reads_large_files_whole),
		cmocka_unit_test(says_what_is_no_capture),
		cmocka_unit_test(says_what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
