/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_pcapng_write.c - what was written is read back as it was, by our own reader; the layout, byte by byte, once. */
#include "wire/pcapng_write.h"

#include <string.h>

#include "tests/cm.h"
#include "tests/files.h"
#include "wire/pcapng_file.h"

#define NOTHING ((const char *const[]){ NULL })

static struct frame a_frame(uint32_t file, uint32_t tap, uint32_t link, int64_t time_ns, const char *text, uint32_t wirelen)
{
	uint32_t n = (uint32_t)strlen(text);

	return (struct frame){ .file = file, .tap = tap, .number = 41, .link = link, .time_ns = time_ns, .caplen = n,
		               .wirelen = MAX(n, wirelen), .bytes = (const uint8_t *)text };
}

struct result {
	char      *story;    /* of tell_frame, with " snaplen" where there is one */
	GPtrArray *comments;
	bool       has_drops;
	uint64_t   drops;
};

static void result_clear(struct result *r)
{
	g_free(r->story);
	g_ptr_array_unref(r->comments);
}

/* Reads w to its end; damage fails the test. */
static struct result read_back(const struct pcapng_writer *w)
{
	struct result            r = { .comments = g_ptr_array_new_with_free_func(g_free) };
	g_autoptr(source_handle) s = source_over(w->out->data, w->out->len);
	GString                 *story = g_string_new(NULL);
	enum capture_result      result;
	struct pcapng_file       p;
	struct frame             f;

	pcapng_file_init(&p, r.comments);
	while ((result = pcapng_file_next(&p, s, &f, NULL)) == CAPTURE_FRAME) {
		tell_frame(story, &f);
		if (f.snaplen != 0)
			g_string_append_printf(story, "%u ", f.snaplen);
	}
	assert_int_equal(result, CAPTURE_END);
	assert_int_equal(s->offset, w->out->len);
	r.has_drops = p.has_drops;
	r.drops = p.drops;
	r.story = g_strchomp(g_string_free(story, false));
	pcapng_file_clear(&p);
	return r;
}

/* Numbers of interfaces are those of the new file: in order of their first frame. */
static void frames_come_back_as_they_were(void **state)
{
	const struct {
		const char  *name;
		struct frame frames[3];
		unsigned     n;
		const char  *story;
	} cases[] = {
		{ "nanoseconds", { a_frame(0, 0, 1, 1700000000123456789, "data", 0) }, 1, "0:1:data@1700000000123456789" },
		{ "lengths that need no padding, and that do",
		  { a_frame(0, 0, 1, 0, "", 0), a_frame(0, 0, 1, 0, "1", 0), a_frame(0, 0, 1, 0, "123", 0) }, 3,
		  "0:1:@0 0:1:1@0 0:1:123@0" },
		{ "cut by a snaplen", { a_frame(0, 0, 1, 1, "data", 1500) }, 1, "0:1:data/1500@1" },
		{ "two interfaces, the second first",
		  { a_frame(0, 1, 101, 1, "a", 0), a_frame(0, 0, 1, 2, "b", 0), a_frame(0, 1, 101, 3, "c", 0) }, 3,
		  "0:101:a@1 1:1:b@2 0:101:c@3" },
		{ "two files are two interfaces", { a_frame(0, 0, 1, 1, "a", 0), a_frame(1, 0, 276, 2, "b", 0) }, 2,
		  "0:1:a@1 1:276:b@2" },
		{ "before 1970, and after it", { a_frame(0, 0, 1, -1, "a", 0), a_frame(0, 0, 1, 1, "b", 0) }, 2,
		  "0:1:a@-1 1:1:b@1" },
		{ "the earliest and the latest that there is",
		  { a_frame(0, 0, 1, -BITS_TIME_LIMIT, "a", 0), a_frame(0, 0, 1, BITS_TIME_LIMIT, "b", 0) }, 2,
		  "0:1:a@-4611686018427387903 1:1:b@4611686018427387903" },
		{ "no time", { a_frame(0, 0, 1, BITS_TIME_UNKNOWN, "a", 0) }, 1, "0:1:a@0" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct pcapng_writer w;
		struct result        r;

		pcapng_writer_init(&w);
		pcapng_write_section(&w, "test", NOTHING);
		for (unsigned k = 0; k < cases[i].n; k++)
			pcapng_write_frame(&w, &cases[i].frames[k], "x.pcap");
		r = read_back(&w);
		if (strcmp(r.story, cases[i].story) != 0)
			fail_msg("row \"%s\": \"%s\" instead of \"%s\"", cases[i].name, r.story, cases[i].story);
		assert_false(r.has_drops);
		result_clear(&r);
		pcapng_writer_clear(&w);
	}
}

static void an_interface_keeps_its_snaplen(void **state)
{
	struct frame         f = a_frame(0, 0, 1, 1, "data", 0), g = a_frame(0, 1, 1, 2, "data", 0);
	struct pcapng_writer w;
	struct result        r;

	(void)state;
	f.snaplen = 96;
	pcapng_writer_init(&w);
	pcapng_write_section(&w, "test", NOTHING);
	pcapng_write_frame(&w, &f, "x.pcap");
	pcapng_write_frame(&w, &g, "x.pcap");
	r = read_back(&w);
	assert_string_equal(r.story, "0:1:data@1 96 1:1:data@2");
	result_clear(&r);
	pcapng_writer_clear(&w);
}

static void comments_say_where_a_frame_came_from(void **state)
{
	static const char *const of_section[] = { "cut for a ticket", NULL };
	static const struct {
		const char *name, *capture;
		int64_t     time_ns;
		const char *interface, *frame;
	} cases[] = {
		{ "a file", "samples/x.pcap", 1, "interface 3 of samples/x.pcap", "frame 41 of samples/x.pcap" },
		{ "a name that is no UTF-8", "\xff.pcap", 1, "interface 3 of \xEF\xBF\xBD.pcap", "frame 41 of \xEF\xBF\xBD.pcap" },
		{ "a frame without a time", "x", BITS_TIME_UNKNOWN, "interface 3 of x", "frame 41 of x, which has no time" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct frame         f = a_frame(0, 3, 1, cases[i].time_ns, "data", 0);
		struct pcapng_writer w;
		struct result        r;

		pcapng_writer_init(&w);
		pcapng_write_section(&w, "test", of_section);
		pcapng_write_frame(&w, &f, cases[i].capture);
		r = read_back(&w);
		expect_in_row(cases[i].name, r.comments->len == 3);
		expect_in_row(cases[i].name, strcmp(r.comments->pdata[0], "cut for a ticket") == 0);
		expect_in_row(cases[i].name, strcmp(r.comments->pdata[1], cases[i].interface) == 0);
		expect_in_row(cases[i].name, strcmp(r.comments->pdata[2], cases[i].frame) == 0);
		result_clear(&r);
		pcapng_writer_clear(&w);
	}
}

static void drops_are_told(void **state)
{
	static const uint64_t counts[] = { 0, 7, UINT64_C(1) << 40 };
	struct frame          f = a_frame(0, 0, 1, -5, "data", 0);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
		struct pcapng_writer w;
		struct result        r;

		pcapng_writer_init(&w);
		pcapng_write_section(&w, "test", NOTHING);
		pcapng_write_frame(&w, &f, "x.pcap");
		pcapng_write_drops(&w, counts[i], "counted by x.pcap");
		r = read_back(&w);
		assert_true(r.has_drops);
		assert_true(r.drops == counts[i]);
		result_clear(&r);
		pcapng_writer_clear(&w);
	}
}

/* Not by our own reader: the format, field by field. */
static void the_layout_is_the_formats(void **state)
{
	static const uint8_t expected[] =
		"\x0A\x0D\x0D\x0A\x28\0\0\0" "\x4D\x3C\x2B\x1A\1\0\0\0" "\xff\xff\xff\xff\xff\xff\xff\xff"
		"\4\0\4\0test" "\0\0\0\0" "\x28\0\0\0"
		"\1\0\0\0\x34\0\0\0" "\x13\1\0\0\x60\0\0\0" "\1\0\x10\0interface 0 of x" "\x09\0\1\0\x09\0\0\0" "\0\0\0\0"
		"\x34\0\0\0"
		"\6\0\0\0\x40\0\0\0" "\0\0\0\0" "\2\0\0\0\1\0\0\0" "\5\0\0\0\x09\0\0\0" "bytes\0\0\0"
		"\1\0\x0d\0" "frame 41 of x\0\0\0" "\0\0\0\0" "\x40\0\0\0";
	struct frame         f = a_frame(0, 0, 275, (INT64_C(2) << 32) + 1, "bytes", 9);
	struct pcapng_writer w;

	(void)state;
	f.snaplen = 96;
	pcapng_writer_init(&w);
	pcapng_write_section(&w, "test", NOTHING);
	pcapng_write_frame(&w, &f, "x");
	assert_int_equal(w.out->len, sizeof expected - 1);
	assert_memory_equal(w.out->data, expected, sizeof expected - 1);
	pcapng_writer_clear(&w);
}

/* Every frame may have one of its own: a reader knows 65536 of a section, and we do not remember more either. */
static void behind_too_many_interfaces_a_section_begins(void **state)
{
	enum { MOST = 65536 };
	struct pcapng_writer w;
	struct result        r;

	(void)state;
	pcapng_writer_init(&w);
	pcapng_write_section(&w, "test", NOTHING);
	for (uint32_t tap = 0; tap <= MOST; tap++) {
		struct frame f = a_frame(0, tap, 1, 0, "x", 0);

		pcapng_write_frame(&w, &f, "x");
	}
	assert_int_equal(g_hash_table_size(w.interfaces), 1);
	r = read_back(&w);
	assert_true(g_str_has_suffix(r.story, " 65535:1:x@0 65536:1:x@0"));
	result_clear(&r);
	pcapng_writer_clear(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_back_as_they_were),
		cmocka_unit_test(an_interface_keeps_its_snaplen),
		cmocka_unit_test(comments_say_where_a_frame_came_from),
		cmocka_unit_test(drops_are_told),
		cmocka_unit_test(the_layout_is_the_formats),
		cmocka_unit_test(behind_too_many_interfaces_a_section_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
