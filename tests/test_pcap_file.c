/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_pcap_file.c - the classic format: units, byte orders, link types, and every way a record can be wrong. */
#include "wire/pcap_file.h"

#include <string.h>

#include "tests/cm.h"
#include "tests/files.h"

#define MICRO   0xA1B2C3D4u
#define NANO    0xA1B23C4Du
#define HEADER  24
#define RECORD  16
#define LONGEST ((uint32_t)16 << 20)

/* Frames as tell_frame has them; damage as "!" and where it says that it is. */
static char *story_of(struct source *s)
{
	struct pcap_file   p;
	struct frame       f;
	GString           *story = g_string_new(NULL);
	g_autoptr(GError)  error = NULL;
	enum capture_result result;

	if (!pcap_file_begin(&p, s, &error))
		return g_string_append(story, strchr(error->message, ' ')), g_string_free(story, false);
	while ((result = pcap_file_next(&p, s, &f, &error)) == CAPTURE_FRAME)
		tell_frame(story, &f);
	if (result == CAPTURE_DAMAGE) {
		*strchr(error->message, ';') = '\0';
		g_string_append_printf(story, "!%s", strchr(error->message, ' '));
		g_clear_error(&error);
		expect_in_row("nothing behind damage", pcap_file_next(&p, s, &f, &error) == CAPTURE_END);
	}
	return g_string_free(story, false);
}

static void expect_story(const char *name, const struct file *f, guint n, const char *expected)
{
	g_autoptr(source_handle) s = source_over(f->a->data, n);
	g_autofree char         *told = story_of(s);

	if (strcmp(told, expected) != 0)
		fail_msg("row \"%s\": \"%s\" instead of \"%s\"", name, told, expected);
}

static void reads_every_unit_byte_order_and_link(void **state)
{
	static const struct {
		const char *name;
		uint32_t    magic, link;
		bool        swap;
		uint32_t    s, fraction, wirelen; /* of a packet "data" */
		const char *story;
	} cases[] = {
		{ "microseconds", MICRO, 1, false, 1700000000, 1000, 4, "0:1:data@1700000000001000000 " },
		{ "microseconds, swapped", MICRO, 1, true, 1700000000, 1000, 4, "0:1:data@1700000000001000000 " },
		{ "nanoseconds", NANO, 1, false, 1700000000, 1000, 4, "0:1:data@1700000000000001000 " },
		{ "nanoseconds, swapped", NANO, 1, true, 1700000000, 1000, 4, "0:1:data@1700000000000001000 " },
		{ "the latest second that 32 bits hold", MICRO, 1, false, UINT32_MAX, 999999, 4, "0:1:data@4294967295999999000 " },
		{ "a fraction beyond its second carries over", MICRO, 1, false, 1, 2500000, 4, "0:1:data@3500000000 " },
		{ "cut by a snaplen", MICRO, 1, false, 1, 0, 1500, "0:1:data/1500@1000000000 " },
		{ "shorter on the wire than in the file: the file is right", MICRO, 1, false, 1, 0, 2, "0:1:data@1000000000 " },
		{ "raw IP", MICRO, 101, false, 1, 0, 4, "0:101:data@1000000000 " },
		{ "a link type with the length of its FCS above it", MICRO, 0x24000000 | 1, false, 1, 0, 4, "0:1:data@1000000000 " },
		{ "the same, swapped", MICRO, 0xF4000000 | 276, true, 1, 0, 4, "0:276:data@1000000000 " },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct file f = file_new();

		f.swap = cases[i].swap;
		put_pcap_header(&f, cases[i].magic, cases[i].link);
		put_pcap_packet(&f, cases[i].s, cases[i].fraction, "data", cases[i].wirelen);
		expect_story(cases[i].name, &f, f.a->len, cases[i].story);
		file_clear(&f);
	}
}

/* Two packets, and the file ends early. */
static void says_where_a_file_was_cut(void **state)
{
	static const struct {
		const char *name;
		guint       n; /* bytes that are left */
		const char *story;
	} cases[] = {
		{ "one byte into the header", 5, " cut short inside the file header, after 5 of 24 bytes" },
		{ "one byte before the header's end", HEADER - 1, " cut short inside the file header, after 23 of 24 bytes" },
		{ "no packet at all is no damage", HEADER, "" },
		{ "in the first packet's header", HEADER + 1, "! cut short inside a packet header at offset 24" },
		{ "between a packet's header and its bytes", HEADER + RECORD, "! cut short inside a packet at offset 24" },
		{ "in the middle of a packet", HEADER + RECORD + 2, "! cut short inside a packet at offset 24" },
		{ "between two packets is no damage", HEADER + RECORD + 4, "0:1:abcd@1000000000 " },
		{ "in the second packet's header", HEADER + 2 * RECORD + 3,
		  "0:1:abcd@1000000000 ! cut short inside a packet header at offset 44" },
		{ "one byte before the end", HEADER + 2 * RECORD + 7, "0:1:abcd@1000000000 ! cut short inside a packet at offset 44" },
		{ "not at all", HEADER + 2 * RECORD + 8, "0:1:abcd@1000000000 0:1:efgh@2000000000 " },
	};
	struct file f = file_new();

	(void)state;
	put_pcap_header(&f, MICRO, 1);
	put_pcap_packet(&f, 1, 0, "abcd", 4);
	put_pcap_packet(&f, 2, 0, "efgh", 4);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_story(cases[i].name, &f, cases[i].n, cases[i].story);
	file_clear(&f);
}

/* The first packet's captured length is another than it should be; behind it lie 4 bytes and a sound packet. */
static void believes_no_length_that_cannot_be(void **state)
{
	static const struct {
		const char *name;
		uint32_t    caplen;
		bool        swap;
		const char *story;
	} cases[] = {
		{ "the longest that is believed, but the file is shorter", LONGEST, false, "! cut short inside a packet at offset 24" },
		{ "one more is no packet", LONGEST + 1, false, "! a packet of impossible length at offset 24" },
		{ "all ones", UINT32_MAX, false, "! a packet of impossible length at offset 24" },
		{ "all ones, swapped", UINT32_MAX, true, "! a packet of impossible length at offset 24" },
		{ "no bytes: what follows is taken for a header", 0, false,
		  "0:1:@1000000000 ! a packet of impossible length at offset 40" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct file f = file_new();

		f.swap = cases[i].swap;
		put_pcap_header(&f, MICRO, 1);
		put_u32(&f, 1);
		put_u32(&f, 0);
		put_u32(&f, cases[i].caplen);
		put_u32(&f, cases[i].caplen);
		put_text(&f, "data");
		put_pcap_packet(&f, UINT32_MAX, UINT32_MAX, "more", 4);
		expect_story(cases[i].name, &f, f.a->len, cases[i].story);
		file_clear(&f);
	}
}

/* A frame of the greatest length that is believed is read whole; positions are those of its first byte. */
static void reads_the_longest_packet(void **state)
{
	struct file              f = file_new();
	g_autofree char         *longest = g_malloc(LONGEST + 1);
	struct frame             frame;
	struct pcap_file         p;
	struct source           *s;

	(void)state;
	memset(longest, 'x', LONGEST);
	longest[LONGEST] = '\0';
	put_pcap_header(&f, MICRO, 1);
	put_pcap_packet(&f, 1, 0, "abcd", 4);
	put_pcap_packet(&f, 2, 0, longest, LONGEST);
	s = source_over(f.a->data, f.a->len);
	assert_true(pcap_file_begin(&p, s, NULL));
	assert_int_equal(pcap_file_next(&p, s, &frame, NULL), CAPTURE_FRAME);
	assert_int_equal(frame.pos, HEADER + RECORD);
	assert_int_equal(pcap_file_next(&p, s, &frame, NULL), CAPTURE_FRAME);
	assert_int_equal(frame.pos, HEADER + RECORD + 4 + RECORD);
	assert_int_equal(frame.caplen, LONGEST);
	assert_memory_equal(frame.bytes, longest, LONGEST);
	assert_int_equal(pcap_file_next(&p, s, &frame, NULL), CAPTURE_END);
	source_free(s);
	file_clear(&f);
}

static void a_frame_knows_the_snaplen_of_its_file(void **state)
{
	(void)state;
	for (int swap = 0; swap < 2; swap++) {
		struct file      f = file_new();
		struct pcap_file p;
		struct frame     frame;

		f.swap = swap != 0;
		put_pcap_header(&f, MICRO, 1);
		put_pcap_packet(&f, 1, 0, "data", 4);
		g_autoptr(source_handle) s = source_over(f.a->data, f.a->len);

		assert_true(pcap_file_begin(&p, s, NULL));
		assert_int_equal(pcap_file_next(&p, s, &frame, NULL), CAPTURE_FRAME);
		assert_int_equal(frame.snaplen, 65535);
		file_clear(&f);
	}
}

/* ---- variants -------------------------------------------------------------------------------------------------- */

/* A file with these magics, versions and headers: `more` bytes behind the file header, then packets "data", "x" and "longer"
 * with `behind` bytes behind each header. */
static struct file made_variant(uint32_t magic, bool swap, uint16_t major, uint16_t minor, guint more, guint behind, guint n)
{
	static const char *const texts[] = { "data", "x", "longer" };
	struct file              f = file_new();

	f.swap = swap;
	put_u32(&f, magic);
	put_u16(&f, major);
	put_u16(&f, minor);
	put_u64(&f, 0);
	put_u32(&f, 65535);
	put_u32(&f, 1);
	for (guint i = 0; i < more; i += 4)
		put_u32(&f, 99);
	for (guint i = 0; i < n; i++) {
		uint32_t length = (uint32_t)strlen(texts[i]), lengths[2] = { length, length + 10 };
		bool     wire_first = major == 543 || minor < 3;

		put_u32(&f, 1700000000 + i);
		put_u32(&f, 5);
		put_u32(&f, lengths[wire_first]);
		put_u32(&f, lengths[!wire_first]);
		for (guint k = 0; k < behind; k += 4)
			put_u32(&f, 0xABCD0000 + k);
		put_text(&f, texts[i]);
	}
	return f;
}

static void reads_the_variants(void **state)
{
	static const struct {
		const char *name;
		uint32_t    magic;
		uint16_t    major, minor;
		guint       more, behind, ns;
	} cases[] = {
		{ "common", MICRO, 2, 4, 0, 0, 5000 },
		{ "nanoseconds", NANO, 2, 4, 0, 0, 5 },
		{ "Nokia", MICRO, 2, 4, 0, 4, 5000 },
		{ "Red Hat 6", MICRO, 2, 4, 0, 8, 5000 },
		{ "Kuznetzov", 0xA1B2CD34, 2, 4, 0, 8, 5000 },
		{ "SuSE 6", 0xA1B2CD34, 2, 4, 0, 12, 5000 },
		{ "Ixia lcap, hardware", 0x1C0001AC, 2, 4, 4, 0, 5 },
		{ "Ixia lcap, software", 0x1C0001AB, 2, 4, 4, 0, 5000 },
		{ "version 2.2: lengths in the other order", MICRO, 2, 2, 0, 0, 5000 },
		{ "version 2.3 as it should be", MICRO, 2, 3, 0, 0, 5000 },
		{ "DG/UX", MICRO, 543, 0, 0, 0, 5000 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		for (guint n = 0; n <= 3; n++)
			for (int swap = 0; swap < 2; swap++) {
				struct file f = made_variant(cases[i].magic, swap != 0, cases[i].major, cases[i].minor, cases[i].more,
							     cases[i].behind, n);
				g_autoptr(GString) story = g_string_new(NULL);

				if (n > 0)
					g_string_append_printf(story, "0:1:data/14@170000000000000%04u ", cases[i].ns);
				if (n > 1)
					g_string_append_printf(story, "0:1:x/11@170000000100000%04u ", cases[i].ns);
				if (n > 2)
					g_string_append_printf(story, "0:1:longer/16@170000000200000%04u ", cases[i].ns);
				expect_story(cases[i].name, &f, f.a->len, story->str);
				file_clear(&f);
			}
}

/* Whoever wrote 2.3 and did not mean it. */
static void the_lesser_length_is_the_captured_one_in_2_3(void **state)
{
	struct file f = made_variant(MICRO, false, 2, 2, 0, 0, 1);

	(void)state;
	f.a->data[6] = 3;
	expect_story("2.3 with 2.2's order", &f, f.a->len, "0:1:data/14@1700000000000005000 ");
	file_clear(&f);
}

/* Cut anywhere, and broken behind the first packet: it is no other layout for that. */
static void a_damaged_file_stays_what_it_is(void **state)
{
	static const struct {
		const char *name;
		uint32_t    magic;
		guint       behind;
	} cases[] = { { "common", MICRO, 0 }, { "Nokia", MICRO, 4 }, { "Red Hat 6", MICRO, 8 }, { "Kuznetzov", 0xA1B2CD34, 8 } };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct file f = made_variant(cases[i].magic, false, 2, 4, 0, cases[i].behind, 3);
		guint       second = HEADER + RECORD + cases[i].behind + 4;

		for (guint n = second + RECORD + cases[i].behind + 1; n < f.a->len; n++) {
			g_autoptr(source_handle) s = source_over(f.a->data, n);
			g_autofree char         *told = story_of(s);

			expect_in_row(cases[i].name, g_str_has_prefix(told, "0:1:data/14@1700000000000005000 0:1:x/11@"));
		}
		memset(f.a->data + second, 0xFF, RECORD);
		if (cases[i].behind == 0) {
			g_autoptr(source_handle) s = source_over(f.a->data, f.a->len);
			g_autofree char         *told = story_of(s);

			expect_in_row(cases[i].name, g_str_has_prefix(told, "0:1:data/14@1700000000000005000 !"));
		}
		file_clear(&f);
	}
}

static void knows_its_magic(void **state)
{
	static const struct {
		const char *name, *bytes;
		bool        is;
	} cases[] = {
		{ "microseconds", "\xa1\xb2\xc3\xd4", true },  { "the same, swapped", "\xd4\xc3\xb2\xa1", true },
		{ "nanoseconds", "\xa1\xb2\x3c\x4d", true },   { "the same, swapped", "\x4d\x3c\xb2\xa1", true },
		{ "a modified pcap", "\xa1\xb2\xcd\x34", true }, { "pcapng", "\x0a\x0d\x0d\x0a", false },
		{ "zeros", "\0\0\0\0", false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_in_row(cases[i].name, pcap_file_is((const uint8_t *)cases[i].bytes) == cases[i].is);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_unit_byte_order_and_link),
		cmocka_unit_test(says_where_a_file_was_cut),
		cmocka_unit_test(believes_no_length_that_cannot_be),
		cmocka_unit_test(reads_the_longest_packet),
		cmocka_unit_test(a_frame_knows_the_snaplen_of_its_file),
		cmocka_unit_test(reads_the_variants),
		cmocka_unit_test(the_lesser_length_is_the_captured_one_in_2_3),
		cmocka_unit_test(a_damaged_file_stays_what_it_is),
		cmocka_unit_test(knows_its_magic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
