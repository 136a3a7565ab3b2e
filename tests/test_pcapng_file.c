/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_pcapng_file.c - the block format: files told as a few steps, and the frames that come out. */
#include "wire/pcapng_file.h"

#include <string.h>

#include "tests/cm.h"
#include "tests/files.h"

/* ---- files as steps -------------------------------------------------------------------------------------------- */

enum op { OP_DONE, OP_SECTION, OP_INTERFACE, OP_ENHANCED, OP_SIMPLE, OP_OLD, OP_STATISTICS, OP_BLOCK, OP_FIRST, OP_SECOND,
          OP_CAPLEN, OP_CUT };

struct step {
	enum op     op;
	uint32_t    a;
	uint32_t    snaplen, tsresol; /* tsresol 0: the default, no such option  */
	int64_t     offset;           /* if_tsoffset, s                          */
	uint64_t    ticks;
	const char *text;
	uint32_t    wirelen;          /* 0: as long as text                      */
	uint64_t    ifdrop, osdrop;
};

/* clang-format off */
#define SECTION(swap)                { .op = OP_SECTION, .a = (swap) }
#define INTERFACE(link, ...)         { .op = OP_INTERFACE, .a = (link), __VA_ARGS__ }
#define ENHANCED(index, bytes, ...)  { .op = OP_ENHANCED, .a = (index), .text = (bytes), __VA_ARGS__ }
#define OLD(index, bytes, ...)       { .op = OP_OLD, .a = (index), .text = (bytes), __VA_ARGS__ } /* obsolete */
#define SIMPLE(bytes, ...)           { .op = OP_SIMPLE, .text = (bytes), __VA_ARGS__ }
#define STATISTICS(index, ifs, os)   { .op = OP_STATISTICS, .a = (index), .ifdrop = (ifs), .osdrop = (os) }
#define BLOCK(type, body)            { .op = OP_BLOCK, .a = (type), .text = (body) }
/* the latest block is made wrong */
#define FIRST(length)                { .op = OP_FIRST, .a = (length) }  /* its first length is this               */
#define SECOND(length)               { .op = OP_SECOND, .a = (length) } /* its second length is this              */
#define CAPLEN(length)               { .op = OP_CAPLEN, .a = (length) } /* its packet says that it is so long     */
#define CUT(n)                       { .op = OP_CUT, .a = (n) }         /* so many bytes of the file are missing  */
/* clang-format on */

static uint32_t wirelen_of(const struct step *t)
{
	return t->wirelen != 0 ? t->wirelen : (uint32_t)strlen(t->text);
}

static void put_old(struct file *f, const struct step *t)
{
	put_block(f, 2);
	put_u16(f, (uint16_t)t->a);
	put_u16(f, 0);
	put_u32(f, (uint32_t)(t->ticks >> 32));
	put_u32(f, (uint32_t)t->ticks);
	put_u32(f, (uint32_t)strlen(t->text));
	put_u32(f, wirelen_of(t));
	put_text(f, t->text);
	end_block(f);
}

static void set_u32(struct file *f, guint at, uint32_t v)
{
	v = f->swap ? GUINT32_SWAP_LE_BE(v) : v;
	memcpy(f->a->data + at, &v, sizeof v);
}

static void put_step(struct file *f, const struct step *t)
{
	switch (t->op) {
	case OP_DONE:
		break;
	case OP_SECTION:
		f->swap = t->a != 0;
		put_section(f, NULL);
		break;
	case OP_INTERFACE:
		put_interface(f, (uint16_t)t->a, t->snaplen, t->tsresol != 0 ? (int)t->tsresol : -1, t->offset);
		break;
	case OP_ENHANCED:
		put_enhanced(f, t->a, t->ticks, t->text, wirelen_of(t));
		break;
	case OP_SIMPLE:
		put_simple(f, t->text, wirelen_of(t));
		break;
	case OP_OLD:
		put_old(f, t);
		break;
	case OP_STATISTICS:
		put_statistics(f, t->a, t->ifdrop, t->osdrop);
		break;
	case OP_BLOCK:
		put_block(f, t->a);
		put_text(f, t->text);
		end_block(f);
		break;
	case OP_FIRST:
		set_u32(f, f->block + 4, t->a);
		break;
	case OP_SECOND:
		set_u32(f, f->a->len - 4, t->a);
		break;
	case OP_CAPLEN:
		set_u32(f, f->block + 20, t->a);
		break;
	case OP_CUT:
		g_byte_array_set_size(f->a, f->a->len - t->a);
		break;
	}
}

/* Frames as tell_frame has them, damage as "!what@offset". */
static char *story_of(struct pcapng_file *p, struct source *s)
{
	GString           *story = g_string_new(NULL);
	g_autoptr(GError)  error = NULL;
	struct frame       f;
	enum capture_result result;

	while ((result = pcapng_file_next(p, s, &f, &error)) != CAPTURE_END) {
		char *what, *at;

		if (result == CAPTURE_FRAME) {
			tell_frame(story, &f);
			continue;
		}
		what = strchr(error->message, ' ') + 1;
		at = strstr(what, " at offset ");
		g_string_append_printf(story, "!%.*s@%u ", (int)(at - what), what, (guint)strtoul(at + 11, NULL, 10));
		g_clear_error(&error);
	}
	return g_strchomp(g_string_free(story, false));
}

struct result {
	char     *story;
	bool      has_drops;
	uint64_t  drops;
	GPtrArray *comments;
};

static void result_clear(struct result *r)
{
	g_free(r->story);
	g_ptr_array_unref(r->comments);
}

static struct result read_file(const struct file *f)
{
	struct result            r = { .comments = g_ptr_array_new_with_free_func(g_free) };
	g_autoptr(source_handle) s = source_over(f->a->data, f->a->len);
	struct pcapng_file       p;

	pcapng_file_init(&p, r.comments);
	r.story = story_of(&p, s);
	r.has_drops = p.has_drops;
	r.drops = p.drops;
	pcapng_file_clear(&p);
	return r;
}

static struct result play(const struct step *steps)
{
	struct file   f = file_new();
	struct result r;

	for (; steps->op != OP_DONE; steps++)
		put_step(&f, steps);
	r = read_file(&f);
	file_clear(&f);
	return r;
}

static void expect_story(const char *name, const struct step *steps, const char *expected)
{
	struct result r = play(steps);

	if (strcmp(r.story, expected) != 0)
		fail_msg("row \"%s\": \"%s\" instead of \"%s\"", name, r.story, expected);
	result_clear(&r);
}

/* ---- packets --------------------------------------------------------------------------------------------------- */

static void reads_packets_of_every_kind(void **state)
{
	static const struct {
		const char *name;
		struct step steps[8];
		const char *story;
	} cases[] = {
		{ "an enhanced packet", { SECTION(0), INTERFACE(1), ENHANCED(0, "data", .ticks = 5) }, "0:1:data@5000" },
		{ "the same, swapped", { SECTION(1), INTERFACE(1), ENHANCED(0, "data", .ticks = 5) }, "0:1:data@5000" },
		{ "cut by a snaplen", { SECTION(0), INTERFACE(1), ENHANCED(0, "data", .wirelen = 1500) }, "0:1:data/1500@0" },
		{ "an empty packet", { SECTION(0), INTERFACE(1), ENHANCED(0, "") }, "0:1:@0" },
		{ "the obsolete packet block", { SECTION(0), INTERFACE(1), OLD(0, "data", .ticks = 5, .wirelen = 9) }, "0:1:data/9@5000" },
		{ "the same, swapped, of a second interface",
		  { SECTION(1), INTERFACE(1), INTERFACE(101), OLD(1, "data", .ticks = 5) }, "1:101:data@5000" },
		{ "a simple packet has no time", { SECTION(0), INTERFACE(1), SIMPLE("data") }, "0:1:data@-" },
		{ "a simple packet is padded", { SECTION(0), INTERFACE(1), SIMPLE("12345") }, "0:1:12345@-" },
		{ "a simple packet cut at its interface's snaplen",
		  { SECTION(0), INTERFACE(1, .snaplen = 6), SIMPLE("12345678", .wirelen = 100) }, "0:1:123456/100@-" },
		{ "a simple packet shorter than the snaplen", { SECTION(0), INTERFACE(1, .snaplen = 6), SIMPLE("1234") }, "0:1:1234@-" },
		{ "a simple packet cut, and no snaplen: all of its block",
		  { SECTION(0), INTERFACE(1), SIMPLE("1234", .wirelen = 100) }, "0:1:1234/100@-" },
		{ "blocks that mean nothing to us are passed over",
		  { SECTION(0), BLOCK(4, "names"), INTERFACE(1), BLOCK(0xA, "secrets"),
		    BLOCK(0x8000BEEF, ""), ENHANCED(0, "data", .ticks = 1) },
		  "0:1:data@1000" },
		{ "no section, no interface: a packet of nobody",
		  { SECTION(0), ENHANCED(0, "data") }, "!a packet of no known interface, or longer than its block,@32" },
		{ "an interface whose description is too short has its number all the same",
		  { SECTION(0), INTERFACE(1), BLOCK(1, "1234"), INTERFACE(101), ENHANCED(2, "data"), ENHANCED(1, "more") },
		  "2:101:data@0 1:65535:more@0" },
		{ "an interface that was never described",
		  { SECTION(0), INTERFACE(1), ENHANCED(1, "data"), ENHANCED(0, "more") },
		  "!a packet of no known interface, or longer than its block,@52 0:1:more@0" },
		{ "a simple packet before any interface",
		  { SECTION(0), SIMPLE("data"), INTERFACE(1), SIMPLE("more") },
		  "!a packet of no known interface, or longer than its block,@32 0:1:more@-" },
		{ "blocks too short for their fields",
		  { SECTION(0), INTERFACE(1), BLOCK(6, "1234567890123456"), BLOCK(3, ""),
		    BLOCK(5, "12345678"), ENHANCED(0, "data") },
		  "!a packet of no known interface, or longer than its block,@52 "
		  "!a packet of no known interface, or longer than its block,@80 0:1:data@0" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_story(cases[i].name, cases[i].steps, cases[i].story);
}

static void every_interface_has_its_own_clock_and_link(void **state)
{
	static const struct {
		const char *name;
		struct step steps[8];
		const char *story;
	} cases[] = {
		{ "two interfaces, in turns",
		  { SECTION(0), INTERFACE(1), INTERFACE(101, .tsresol = 9), ENHANCED(1, "a", .ticks = 7),
		    ENHANCED(0, "b", .ticks = 7), ENHANCED(1, "c", .ticks = 8) },
		  "1:101:a@7 0:1:b@7000 1:101:c@8" },
		{ "milliseconds", { SECTION(0), INTERFACE(1, .tsresol = 3), ENHANCED(0, "a", .ticks = 2001) }, "0:1:a@2001000000" },
		{ "the finest power of ten that 64 bits count",
		  { SECTION(0), INTERFACE(1, .tsresol = 19), ENHANCED(0, "a", .ticks = 10000000000) }, "0:1:a@1" },
		{ "a finer one is as good as none",
		  { SECTION(0), INTERFACE(1, .tsresol = 20), ENHANCED(0, "a", .ticks = 3) }, "0:1:a@3000" },
		{ "a power of two",
		  { SECTION(0), INTERFACE(1, .tsresol = 0x80 | 10), ENHANCED(0, "a", .ticks = 1536) }, "0:1:a@1500000000" },
		{ "two to the power of none",
		  { SECTION(0), INTERFACE(1, .tsresol = 0x80), ENHANCED(0, "a", .ticks = 3) }, "0:1:a@3000000000" },
		{ "the finest power of two",
		  { SECTION(0), INTERFACE(1, .tsresol = 0x80 | 63), ENHANCED(0, "a", .ticks = UINT64_C(3) << 62) }, "0:1:a@1500000000" },
		{ "a finer one is as good as none, too",
		  { SECTION(0), INTERFACE(1, .tsresol = 0x80 | 64), ENHANCED(0, "a", .ticks = 3) }, "0:1:a@3000" },
		{ "an offset", { SECTION(0), INTERFACE(1, .offset = 100), ENHANCED(0, "a", .ticks = 1) }, "0:1:a@100000001000" },
		{ "an offset back in time, swapped",
		  { SECTION(1), INTERFACE(1, .tsresol = 9, .offset = -2), ENHANCED(0, "a", .ticks = 1) }, "0:1:a@-1999999999" },
		{ "a time that no clock of ours holds",
		  { SECTION(0), INTERFACE(1), ENHANCED(0, "a", .ticks = UINT64_MAX) }, "0:1:a@-" },
		{ "an offset that no clock of ours holds",
		  { SECTION(0), INTERFACE(1, .offset = INT64_MIN), ENHANCED(0, "a", .ticks = 0) }, "0:1:a@-" },
		{ "sections of either byte order: interfaces are counted on",
		  { SECTION(0), INTERFACE(1), INTERFACE(113), ENHANCED(1, "a", .ticks = 1), SECTION(1),
		    INTERFACE(276, .tsresol = 9), ENHANCED(0, "b", .ticks = 2) },
		  "1:113:a@1000 2:276:b@2" },
		{ "a new section forgets the interfaces of the old",
		  { SECTION(0), INTERFACE(1), SECTION(0), ENHANCED(0, "a"), INTERFACE(101), ENHANCED(0, "b") },
		  "!a packet of no known interface, or longer than its block,@84 1:101:b@0" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_story(cases[i].name, cases[i].steps, cases[i].story);
}

/* ---- damage ---------------------------------------------------------------------------------------------------- */

/* The first packet's block, 36 bytes at offset 52, is made wrong; behind it come an interface and a packet of it. */
static void goes_on_behind_a_corrupt_block(void **state)
{
	static const struct {
		const char *name;
		struct step wrong;
		const char *damage;
	} cases[] = {
		{ "the two lengths disagree", SECOND(40), "!a corrupt block@52" },
		{ "no length at all", FIRST(0), "!a corrupt block@52" },
		{ "less than any block has", FIRST(8), "!a corrupt block@52" },
		{ "no multiple of four", FIRST(41), "!a corrupt block@52" },
		{ "too short", FIRST(32), "!a corrupt block@52" },
		{ "too long, but inside the file", FIRST(56), "!a corrupt block@52" },
		{ "beyond the end of the file", FIRST(1000 * 1000), "!cut short inside a block@52" },
		{ "the longest that a block may be", FIRST((uint32_t)SOURCE_BLOCK_MOST), "!cut short inside a block@52" },
		{ "longer than any block", FIRST((uint32_t)SOURCE_BLOCK_MOST + 4), "!a corrupt block@52" },
		{ "all ones", FIRST(UINT32_MAX), "!a corrupt block@52" },
	};

	(void)state;
	for (unsigned swap = 0; swap < 2; swap++)
		for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
			struct step      steps[] = { SECTION(swap), INTERFACE(1), ENHANCED(0, "data", .ticks = 1),
				                     cases[i].wrong, INTERFACE(101, .tsresol = 9),
				                     ENHANCED(1, "more", .ticks = 2), { .op = OP_DONE } };
			g_autofree char *story = g_strconcat(cases[i].damage, " 1:101:more@2", NULL);

			expect_story(cases[i].name, steps, story);
		}
}

static void tells_every_other_damage(void **state)
{
	static const struct {
		const char *name;
		struct step steps[8];
		const char *story;
	} cases[] = {
		{ "only part of a section header", { SECTION(0), CUT(16) }, "!cut short inside a block@0" },
		{ "less than any block has", { SECTION(0), INTERFACE(1), CUT(9) }, "!cut short inside a block@32" },
		{ "the end inside a packet", { SECTION(0), INTERFACE(1), ENHANCED(0, "data"), ENHANCED(0, "more"), CUT(5) },
		  "0:1:data@0 !cut short inside a block@88" },
		{ "a section of neither byte order begins nothing",
		  { SECTION(1), INTERFACE(1), BLOCK(0x0A0D0D0A, "neither"), ENHANCED(0, "data") }, "!a corrupt block@52 0:1:data@0" },
		{ "a packet that says it is longer than its block",
		  { SECTION(0), INTERFACE(1), ENHANCED(0, "more"), CAPLEN(5), ENHANCED(0, "data") },
		  "!a packet of no known interface, or longer than its block,@52 0:1:data@0" },
		{ "a corrupt section is found again in the other byte order",
		  { SECTION(0), INTERFACE(1), ENHANCED(0, "data"), SECOND(0), SECTION(1), INTERFACE(101),
		    ENHANCED(0, "more") },
		  "!a corrupt block@52 1:101:more@0" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_story(cases[i].name, cases[i].steps, cases[i].story);
}

/* A packet of 33 bytes, whose two lengths agree. */
static void no_block_has_a_length_that_is_no_multiple_of_four(void **state)
{
	struct file   f = file_new();
	struct result r;

	(void)state;
	put_section(&f, NULL);
	put_interface(&f, 1, 0, -1, 0);
	put_block(&f, 6);
	g_byte_array_set_size(f.a, f.a->len + 20 + 1);
	memset(f.a->data + f.block + 8, 0, 20 + 1);
	put_u32(&f, 33);
	set_u32(&f, f.block + 4, 33);
	put_enhanced(&f, 0, 0, "data", 4);
	r = read_file(&f);
	assert_string_equal(r.story, "!a corrupt block@52 0:1:data@0");
	result_clear(&r);
	file_clear(&f);
}

/* A packet that the file ends in may carry a capture file: what is inside it is nobody's frame. */
static void a_cut_packet_is_not_searched_for_blocks(void **state)
{
	static const uint32_t head[] = { 6, 1032, 0, 0, 2, 1000, 1000 };
	struct file           f = file_new();
	struct result         r;

	(void)state;
	put_section(&f, NULL);
	put_interface(&f, 1, 0, -1, 0);
	put_enhanced(&f, 0, 1, "first", 5);
	/* the head of a packet of 1000 bytes, and what the file has of them: a block */
	for (size_t i = 0; i < G_N_ELEMENTS(head); i++)
		put_u32(&f, head[i]);
	put_enhanced(&f, 0, 3, "inner", 5);
	r = read_file(&f);
	assert_string_equal(r.story, "0:1:first@1000 !cut short inside a block@92");
	result_clear(&r);
	file_clear(&f);
}

/* The file ends inside a packet of four bytes, whose block claims to have so many bytes of options; what is there of it is
 * another packet. */
static void a_packet_has_only_so_many_options(void **state)
{
	static const struct {
		const char *name;
		uint32_t    options;
		const char *story;
	} cases[] = {
		{ "as many as are likely: nothing can come behind it", 65536, "!cut short inside a block@52" },
		{ "more: its length is wrong", 65540, "!cut short inside a block@52 0:1:inner@3000" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct step steps[] = { SECTION(0), INTERFACE(1), ENHANCED(0, "data"), FIRST(36 + cases[i].options),
			                ENHANCED(0, "inner", .ticks = 3), { .op = OP_DONE } };

		expect_story(cases[i].name, steps, cases[i].story);
	}
}

/* So many interfaces are described, and the last one has a packet. */
static void a_section_has_only_so_many_interfaces(void **state)
{
	static const struct {
		const char *name;
		uint32_t    n;
		bool        is_read;
	} cases[] = {
		{ "as many as there are numbers in an old packet block", 65536, true },
		{ "one more", 65537, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct file   f = file_new();
		struct result r;

		put_section(&f, NULL);
		for (uint32_t k = 0; k < cases[i].n; k++)
			put_interface(&f, 1, 0, -1, 0);
		put_enhanced(&f, cases[i].n - 1, 0, "last", 4);
		put_enhanced(&f, 0, 0, "first", 5);
		r = read_file(&f);
		expect_in_row(cases[i].name, g_str_has_prefix(r.story, cases[i].is_read ? "65535:1:last@0" : "!a packet of no known"));
		expect_in_row(cases[i].name, g_str_has_suffix(r.story, "0:1:first@0"));
		result_clear(&r);
		file_clear(&f);
	}
}

/* ---- options and counters -------------------------------------------------------------------------------------- */

static void sums_the_latest_drop_counters(void **state)
{
	static const struct {
		const char *name;
		struct step steps[10];
		bool        has_drops;
		uint64_t    drops;
	} cases[] = {
		{ "nobody counted", { SECTION(0), INTERFACE(1) }, false, 0 },
		{ "none is a count, too", { SECTION(0), INTERFACE(1), STATISTICS(0, 0, 0) }, true, 0 },
		{ "what the interface and what the system dropped", { SECTION(0), INTERFACE(1), STATISTICS(0, 3, 4) }, true, 7 },
		{ "later counters replace earlier ones",
		  { SECTION(0), INTERFACE(1), STATISTICS(0, 3, 4), STATISTICS(0, 5, 4) }, true, 9 },
		{ "a counter that fell", { SECTION(0), INTERFACE(1), STATISTICS(0, 30, 4), STATISTICS(0, 1, 0) }, true, 1 },
		{ "interfaces add up", { SECTION(0), INTERFACE(1), INTERFACE(1), STATISTICS(0, 3, 0), STATISTICS(1, 5, 0) }, true, 8 },
		{ "sections add up, swapped ones too",
		  { SECTION(0), INTERFACE(1), STATISTICS(0, 3, 0), STATISTICS(0, 4, 0), SECTION(1), INTERFACE(1),
		    STATISTICS(0, 10, 0) },
		  true, 14 },
		{ "of an interface that nobody described", { SECTION(0), INTERFACE(1), STATISTICS(1, 3, 4) }, false, 0 },
		{ "a block too short to have counters", { SECTION(0), INTERFACE(1), BLOCK(5, "") }, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct result r = play(cases[i].steps);

		expect_in_row(cases[i].name, strcmp(r.story, "") == 0);
		expect_in_row(cases[i].name, r.has_drops == cases[i].has_drops && r.drops == cases[i].drops);
		result_clear(&r);
	}
}

/* A packet whose option says how many were lost in front of it. */
static void put_enhanced_behind(struct file *f, uint64_t lost)
{
	put_block(f, 6);
	for (unsigned i = 0; i < 5; i++)
		put_u32(f, i == 3 || i == 4 ? 4 : 0);
	g_byte_array_append(f->a, (const guint8 *)"data", 4);
	put_option(f, 4, &lost, sizeof lost);
	end_block(f);
}

static void put_old_behind(struct file *f, uint16_t lost)
{
	put_block(f, 2);
	put_u32(f, (uint32_t)lost << 16);
	for (unsigned i = 0; i < 4; i++)
		put_u32(f, i >= 2 ? 4 : 0);
	g_byte_array_append(f->a, (const guint8 *)"data", 4);
	end_block(f);
}

static void packets_say_what_was_dropped_too(void **state)
{
	static const struct {
		const char *name;
		uint64_t    behind[2];
		unsigned    old[2], counter; /* 0: there is none */
		bool        has_drops;
		uint64_t    drops;
	} cases[] = {
		{ "nothing", { 0, 0 }, { 0, 0 }, 0, false, 0 },
		{ "two packets with what was lost in front of each", { 3, 4 }, { 0, 0 }, 0, true, 7 },
		{ "obsolete ones, one of which does not know", { 0, 0 }, { 5, 0xFFFF }, 0, true, 5 },
		{ "a counter that tells of the same", { 3, 4 }, { 0, 0 }, 9, true, 9 },
		{ "one that tells of less", { 3, 4 }, { 0, 0 }, 2, true, 7 },
		{ "two whose sum comes round to nothing", { UINT64_C(1) << 63, UINT64_C(1) << 63 }, { 0, 0 }, 0, true, UINT64_C(1) << 40 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct file   f = file_new();
		struct result r;

		put_section(&f, NULL);
		put_interface(&f, 1, 0, -1, 0);
		for (unsigned k = 0; k < 2; k++) {
			if (cases[i].behind[k] > 0)
				put_enhanced_behind(&f, cases[i].behind[k]);
			put_old_behind(&f, (uint16_t)cases[i].old[k]);
		}
		if (cases[i].counter > 0)
			put_statistics(&f, 0, cases[i].counter, 0);
		r = read_file(&f);
		expect_in_row(cases[i].name, r.has_drops == cases[i].has_drops && r.drops == cases[i].drops);
		expect_in_row(cases[i].name, g_str_has_prefix(r.story, "0:1:data@0 0:1:data@0"));
		result_clear(&r);
		file_clear(&f);
	}
}

/* One interface with options as raw bytes (little endian), and a packet at tick 1. */
static void options_may_end_anyhow(void **state)
{
	static const struct {
		const char *name, *options;
		uint16_t    n;
		const char *story;
		guint       comments;
	} cases[] = {
		{ "none at all", "", 0, "0:1:data@1000", 0 },
		{ "ended", "\x09\0\1\0\x09\0\0\0\0\0\0\0", 12, "0:1:data@1", 0 },
		{ "not ended", "\x09\0\1\0\x09\0\0\0", 8, "0:1:data@1", 0 },
		{ "nothing behind the end counts", "\0\0\0\0\x09\0\1\0\x09\0\0\0", 12, "0:1:data@1000", 0 },
		{ "an unknown one before ours", "\x77\0\3\0abc\0\x09\0\1\0\x09\0\0\0", 16, "0:1:data@1", 0 },
		{ "a resolution of two bytes is none", "\x09\0\2\0\x09\0\0\0", 8, "0:1:data@1000", 0 },
		{ "longer than its block", "\x09\0\1\0\x09\0\0\0\1\0\xff\xffhere", 16, "0:1:data@1", 0 },
		{ "a comment", "\1\0\5\0hello\0\0\0", 12, "0:1:data@1000", 1 },
		{ "the longest comment the block has room for", "\1\0\4\0four", 8, "0:1:data@1000", 1 },
		{ "one byte longer than that", "\1\0\5\0four", 8, "0:1:data@1000", 0 },
		{ "a comment that is no UTF-8", "\1\0\4\0\xff\xfe\xfd\0", 8, "0:1:data@1000", 1 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct file   f = file_new();
		struct result r;

		put_section(&f, NULL);
		put_block(&f, 1);
		put_u16(&f, 1);
		put_u16(&f, 0);
		put_u32(&f, 0);
		g_byte_array_append(f.a, (const guint8 *)cases[i].options, cases[i].n);
		end_block(&f);
		put_enhanced(&f, 0, 1, "data", 4);
		r = read_file(&f);
		if (strcmp(r.story, cases[i].story) != 0)
			fail_msg("row \"%s\": \"%s\" instead of \"%s\"", cases[i].name, r.story, cases[i].story);
		expect_in_row(cases[i].name, r.comments->len == cases[i].comments);
		for (guint k = 0; k < r.comments->len; k++)
			expect_in_row(cases[i].name, g_utf8_validate(r.comments->pdata[k], -1, NULL));
		result_clear(&r);
		file_clear(&f);
	}
}

/* Comments of sections and packets; the first 64 are kept. */
static void keeps_the_first_comments(void **state)
{
	static const struct {
		const char *name;
		guint       written, kept;
	} cases[] = {
		{ "one", 1, 1 },
		{ "as many as are kept", 64, 64 },
		{ "one more", 65, 64 },
		{ "far more", 1000, 64 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct file   f = file_new();
		struct result r;

		for (guint k = 0; k < cases[i].written; k++) {
			g_autofree char *text = g_strdup_printf("comment %u", k);

			put_section(&f, text);
		}
		r = read_file(&f);
		expect_in_row(cases[i].name, r.comments->len == cases[i].kept);
		expect_in_row(cases[i].name, strcmp(r.comments->pdata[0], "comment 0") == 0);
		result_clear(&r);
		file_clear(&f);
	}
}

static void a_packet_may_have_a_comment(void **state)
{
	struct file   f = file_new();
	struct result r;

	(void)state;
	put_section(&f, NULL);
	put_interface(&f, 1, 0, -1, 0);
	put_block(&f, 6);
	for (unsigned i = 0; i < 3; i++)
		put_u32(&f, 0);
	put_u32(&f, 5);
	put_u32(&f, 5);
	put_text(&f, "bytes...");
	put_option(&f, 1, "hello", 5);
	end_block(&f);
	r = read_file(&f);
	assert_string_equal(r.story, "0:1:bytes@0");
	assert_int_equal(r.comments->len, 1);
	assert_string_equal(r.comments->pdata[0], "hello");
	result_clear(&r);
	file_clear(&f);
}

static void a_frame_knows_the_snaplen_of_its_interface(void **state)
{
	struct file        f = file_new();
	g_autoptr(GPtrArray) comments = g_ptr_array_new_with_free_func(g_free);
	struct pcapng_file p;
	struct frame       frame;

	(void)state;
	put_section(&f, NULL);
	put_interface(&f, 1, 0, -1, 0);
	put_interface(&f, 1, 96, -1, 0);
	put_enhanced(&f, 1, 0, "data", 4);
	put_enhanced(&f, 0, 0, "data", 4);
	g_autoptr(source_handle) s = source_over(f.a->data, f.a->len);

	pcapng_file_init(&p, comments);
	assert_int_equal(pcapng_file_next(&p, s, &frame, NULL), CAPTURE_FRAME);
	assert_int_equal(frame.snaplen, 96);
	assert_int_equal(pcapng_file_next(&p, s, &frame, NULL), CAPTURE_FRAME);
	assert_int_equal(frame.snaplen, 0);
	pcapng_file_clear(&p);
	file_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_packets_of_every_kind),
		cmocka_unit_test(every_interface_has_its_own_clock_and_link),
		cmocka_unit_test(goes_on_behind_a_corrupt_block),
		cmocka_unit_test(tells_every_other_damage),
		cmocka_unit_test(no_block_has_a_length_that_is_no_multiple_of_four),
		cmocka_unit_test(a_cut_packet_is_not_searched_for_blocks),
		cmocka_unit_test(a_packet_has_only_so_many_options),
		cmocka_unit_test(a_section_has_only_so_many_interfaces),
		cmocka_unit_test(sums_the_latest_drop_counters),
		cmocka_unit_test(packets_say_what_was_dropped_too),
		cmocka_unit_test(options_may_end_anyhow),
		cmocka_unit_test(keeps_the_first_comments),
		cmocka_unit_test(a_packet_may_have_a_comment),
		cmocka_unit_test(a_frame_knows_the_snaplen_of_its_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
