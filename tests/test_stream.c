/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_stream.c - whatever the order of arrival, the bytes come out in order, once, and holes are exactly the bytes that
 * never came. */
#include "wire/stream.h"

#include <string.h>

#include "tests/cm.h"

#define SIZE 300

struct out {
	uint64_t next;          /* end of what came out  */
	char     bytes[SIZE];   /* '?' where lost        */
	uint64_t frames[SIZE];  /* of each byte          */
};

static void on_bytes(const struct stream_bytes *b, void *user)
{
	struct out *o = user;

	assert_int_equal(b->at, o->next);
	assert_true(b->at + b->n <= SIZE);
	memcpy(o->bytes + b->at, b->p, b->n);
	for (size_t i = 0; i < b->n; i++)
		o->frames[b->at + i] = b->where.frame;
	assert_int_equal(b->where.at, b->at);
	o->next += b->n;
}

static void on_lost(uint64_t at, uint64_t n, const struct bits_where *w, void *user)
{
	struct out *o = user;

	(void)w;
	assert_int_equal(at, o->next);
	memset(o->bytes + at, '?', n);
	o->next += n;
}

static const struct stream_sink sink = { on_bytes, on_lost };

static struct stream_bytes piece(const char *text, uint64_t at, size_t n, uint32_t frame)
{
	return (struct stream_bytes){ .at = at, .p = (const uint8_t *)text + at, .n = n, .starts_segment = true,
		                      .where = { .frame = frame, .at = at, .pos = BITS_POS_UNKNOWN } };
}

static void fill_text(char *text)
{
	for (unsigned i = 0; i < SIZE; i++)
		text[i] = (char)('a' + i % 26);
}

static int by_rank(gconstpointer a, gconstpointer b, gpointer ranks)
{
	const guint *r = ranks;
	guint        x = r[*(const guint *)a], y = r[*(const guint *)b];

	return x < y ? -1 : x > y;
}

/* Segments of random lengths that overlap, some twice, some missing, in any order. */
static void any_order_gives_the_same_stream(void **state)
{
	char text[SIZE];

	(void)state;
	fill_text(text);
	for (guint seed = 1; seed <= 3000; seed++) {
		g_autoptr(GRand)     rand = g_rand_new_with_seed(seed);
		struct stream        s = { .is_seen = true };
		struct stream_totals totals = { 0 };
		struct out           o = { 0 };
		struct bits_where    last = { 0 };
		char                 expected[SIZE];
		struct stream_bytes  pieces[60];
		guint                order[60], ranks[60], n = 0;

		memset(expected, '?', sizeof expected);
		for (uint64_t at = 0; at < SIZE;) {
			uint64_t len = (uint64_t)g_rand_int_range(rand, 1, 20), copies;

			len = MIN(SIZE - at, len);
			copies = (uint64_t)g_rand_int_range(rand, 0, 8); /* 0: missing; 1-5: once; else twice */
			for (uint64_t k = 0; copies > 0 && k < (copies > 5 ? 2 : 1) && n < 60; k++) {
				uint64_t back = (uint64_t)g_rand_int_range(rand, 0, 6);

				back = MIN(at, back);
				pieces[n] = piece(text, at - back, (size_t)(len + back), n + 1);
				memcpy(expected + at - back, text + at - back, len + back);
				order[n] = n;
				ranks[n] = n + (guint)g_rand_int_range(rand, 0, 12);
				n++;
			}
			at += len;
		}
		g_qsort_with_data(order, (gint)n, sizeof order[0], by_rank, ranks);
		stream_set_base(&s, 12345, 0);
		for (guint i = 0; i < n; i++)
			stream_add(&s, &pieces[order[i]], &totals, &sink, &o);
		stream_acked(&s, SIZE, &totals, &sink, &o);
		s.has_fin = true;
		s.fin_at = SIZE;
		stream_flush(&s, &last, &totals, &sink, &o);
		if (o.next != SIZE || memcmp(o.bytes, expected, SIZE) != 0)
			fail_msg("seed %u:\n%.*s\n%.*s", seed, SIZE, o.bytes, SIZE, expected);
		assert_int_equal(totals.held, 0);
		assert_int_equal(totals.conflicting, 0);
		stream_clear(&s, &totals);
	}
}

#define MANY 2500 /* bytes: most of them come alone, and wait */

/* Whose copy of a byte came first; 0: none came. */
struct firsts {
	uint64_t next;
	uint32_t frames[MANY];
};

static uint8_t byte_of(uint32_t frame, uint64_t at)
{
	return (uint8_t)(frame * 31 + at);
}

static void on_firsts(const struct stream_bytes *b, void *user)
{
	struct firsts *f = user;

	assert_int_equal(b->at, f->next);
	for (; f->next < b->at + b->n; f->next++) {
		assert_int_equal(b->where.frame, f->frames[f->next]);
		assert_int_equal(b->p[f->next - b->at], byte_of(b->where.frame, f->next));
	}
}

static void on_none(uint64_t at, uint64_t n, const struct bits_where *w, void *user)
{
	struct firsts *f = user;

	(void)w;
	assert_int_equal(at, f->next);
	for (; f->next < at + n; f->next++)
		assert_int_equal(f->frames[f->next], 0);
}

static const struct stream_sink firsts_sink = { on_firsts, on_none };

static uint64_t add_to_firsts(struct stream *s, struct stream_totals *totals, struct firsts *f, uint64_t at, size_t n, uint32_t frame)
{
	uint8_t             bytes[100];
	struct stream_bytes b = { .at = at, .p = bytes, .n = n, .where = { .frame = frame, .at = at, .pos = BITS_POS_UNKNOWN } };
	uint64_t            again = 0;

	for (uint64_t i = 0; i < n; i++) {
		bytes[i] = byte_of(frame, at + i);
		again += at + i < f->next || f->frames[at + i] != 0;
		if (at + i >= f->next && f->frames[at + i] == 0)
			f->frames[at + i] = frame;
	}
	stream_add(s, &b, totals, &firsts_sink, f);
	return again;
}

/* Hundreds of pieces in no order at all, and no two that say the same; some of them lie over many others.  Now and then the
 * first hole is given up. */
static void of_many_that_wait_each_finds_its_place(void **state)
{
	(void)state;
	for (guint seed = 1; seed <= 60; seed++) {
		g_autoptr(GRand)        rand = g_rand_new_with_seed(seed);
		g_autofree struct firsts *f = g_new0(struct firsts, 1);
		struct stream           s = { .is_seen = true };
		struct stream_totals    totals = { 0 };
		uint64_t                again = 0;

		stream_set_base(&s, 1, 0);
		for (uint32_t frame = 1; frame <= 2 * MANY; frame++) {
			uint64_t at = (uint64_t)g_rand_int_range(rand, 1, MANY);
			int32_t  most = g_rand_int_range(rand, 0, 40) == 0 ? 100 : 2;
			size_t   n = (size_t)g_rand_int_range(rand, 1, most + 1);

			again += add_to_firsts(&s, &totals, f, at, (size_t)MIN(n, MANY - at), frame);
			if (g_rand_int_range(rand, 0, (gint32)seed * 40) == 0)
				stream_give_up(&s, &totals, &firsts_sink, f);
			if (s.next != f->next || (s.next < MANY && f->frames[s.next] != 0) || totals.retransmitted != again ||
			    totals.held != stream_held(&s))
				fail_msg("seed %u, frame %u", seed, frame);
		}
		stream_flush(&s, &(struct bits_where){ 0 }, &totals, &firsts_sink, f);
		assert_true(s.next == s.end && f->next == s.end && totals.held == 0 && !stream_has_hole(&s));
	}
}

static void sequence_numbers_wrap(void **state)
{
	struct stream s = { 0 };

	(void)state;
	stream_set_base(&s, 0xFFFFFFF0, 0);
	assert_int_equal(stream_at(&s, 0xFFFFFFF0), 0);
	assert_int_equal(stream_at(&s, 0x10), 0x20);
	s.next = UINT64_C(0x100000000);
	assert_int_equal(stream_at(&s, 0xFFFFFFF5), UINT64_C(0x100000005));
	assert_int_equal(stream_at(&s, 0xFFFFFFE0), UINT64_C(0xFFFFFFF0));
}

static void nothing_lies_before_a_stream_that_was_seen_from_its_syn(void **state)
{
	struct stream s = { 0 };

	(void)state;
	stream_set_base(&s, 1000, 0);
	assert_false(stream_is_near(&s, stream_at(&s, 999)));
	assert_true(stream_is_near(&s, stream_at(&s, 1000)));
	stream_set_base(&s, 1000, STREAM_MIDDLE);
	assert_true(stream_is_near(&s, stream_at(&s, 999)));
}

/* One story: bytes come, and what is out after each step. */
enum op { ADD, BAD, BROKEN, GOES_ON, ACKED, GIVE_UP };

static void holds_bad_copies_back(void **state)
{
	static const struct {
		const char *name;
		struct {
			enum op     op;
			uint64_t    at;
			const char *text;
			uint64_t    out; /* end of what is out behind this step */
		} steps[5];
		const char *bytes;
		bool        offloaded;
		const char *steps_of; /* ... which brought each byte, from 1; NULL: not looked at */
	} cases[] = {
		{ "a bad copy waits, a good one replaces it", { { BAD, 0, "xxxx", 0 }, { ADD, 0, "good", 4 } }, "good", false, NULL },
		{ "a good copy of its middle", { { BAD, 0, "xxxxxx", 0 }, { ADD, 2, "go", 0 }, { ACKED, 6, "", 6 } }, "xxgoxx", true, "112211" },
		{ "of its beginning", { { BAD, 0, "xxxxxx", 0 }, { ADD, 0, "good", 4 }, { ACKED, 6, "", 6 } }, "goodxx", true, "222211" },
		{ "of its end, and what follows", { { BAD, 0, "xxxxxx", 0 }, { ADD, 4, "good", 0 }, { ACKED, 6, "", 8 } }, "xxxxgood", true,
		  "11112222" },
		{ "what is left of it is no segment of its own", { { BAD, 0, "xxxxxx", 0 }, { ADD, 2, "go", 0 }, { ADD, 0, "go", 4 } }, "gogo",
		  false, "3322" },
		{ "one good copy of two bad ones", { { BAD, 2, "xx", 0 }, { BAD, 4, "yy", 0 }, { ADD, 2, "good", 0 }, { ADD, 0, "ab", 6 } },
		  "abgood", false, "443333" },
		{ "the first of two good copies stands", { { ADD, 4, "good", 0 }, { ADD, 4, "evil", 0 }, { ADD, 0, "abcd", 8 } },
		  "abcdgood", false, NULL },
		{ "a bad copy does not replace a good one", { { ADD, 4, "good", 0 }, { BAD, 4, "xxxx", 0 }, { ADD, 0, "abcd", 8 } },
		  "abcdgood", false, NULL },
		{ "the receiver took it: the card fills checksums in", { { BAD, 0, "data", 0 }, { ACKED, 4, "", 4 }, { BAD, 4, "more", 8 } },
		  "datamore", true, NULL },
		{ "the next is bad as well", { { BAD, 0, "data", 0 }, { BAD, 4, "more", 8 } }, "datamore", true, NULL },
		{ "the same one goes on in its next IP fragment", { { BAD, 0, "da", 0 }, { GOES_ON, 2, "ta", 0 }, { BAD, 4, "more", 8 } },
		  "datamore", true, NULL },
		{ "it went on, but a good copy of that came since", { { BAD, 0, "ab", 0 }, { GOES_ON, 2, "cd", 0 }, { ADD, 2, "cd", 0 },
		  { BAD, 4, "ef", 0 } }, "", false, NULL },
		{ "... a good copy that differs", { { BAD, 0, "ab", 0 }, { GOES_ON, 2, "xx", 0 }, { ADD, 2, "cd", 0 }, { BAD, 4, "ef", 0 } },
		  "", false, NULL },
		{ "it went on, a good one came behind it, and its beginning was given up", { { BAD, 0, "ab", 0 }, { GOES_ON, 2, "cd", 0 },
		  { ADD, 4, "ef", 0 }, { GIVE_UP, 0, "", 2 }, { BAD, 6, "gh", 2 } }, "ab", false, NULL },
		{ "an acknowledgment of less than all of it", { { BAD, 0, "data", 0 }, { ACKED, 2, "", 0 } }, "", false, NULL },
		{ "there will be no better copy", { { BAD, 0, "data", 0 }, { GIVE_UP, 0, "", 4 } }, "data", false, NULL },
		{ "bad bytes behind a hole, which nobody acknowledged, prove nothing", { { BAD, 2, "cd", 0 }, { GIVE_UP, 0, "", 0 } }, "", false, NULL },
		{ "bad bytes behind a hole, acknowledged", { { BAD, 2, "cd", 0 }, { ACKED, 4, "", 0 }, { GIVE_UP, 0, "", 4 } }, "??cd", false, NULL },
		{ "broken bytes are taken for want of better ones", { { BROKEN, 0, "xxxx", 0 }, { ADD, 4, "good", 0 }, { ACKED, 8, "", 8 } },
		  "xxxxgood", true, NULL },
		{ "... not before they are acknowledged", { { BROKEN, 0, "xxxx", 0 }, { ADD, 4, "good", 0 }, { ACKED, 3, "", 0 } }, "", false, NULL },
		{ "two broken ones are no network card", { { ADD, 8, "more", 0 }, { BROKEN, 0, "xxxx", 0 }, { BROKEN, 4, "yyyy", 0 },
		  { ADD, 0, "verygood", 12 } }, "verygoodmore", false, NULL },
		{ "where no other is known to be right they are one", { { BROKEN, 0, "xxxx", 0 }, { BROKEN, 4, "yyyy", 8 } }, "xxxxyyyy", true, NULL },
		{ "a good copy that says the same is taken whole", { { BAD, 0, "same", 0 }, { ADD, 0, "same", 4 } }, "same", false, "2222" },
		{ "a good copy in pieces", { { BROKEN, 0, "sameXX", 0 }, { ADD, 0, "same", 4 }, { ADD, 4, "ok", 6 } }, "sameok", false, "222233" },
		{ "nobody acknowledges anything", { { BROKEN, 0, "xxxx", 0 }, { ADD, 4, "good", 0 }, { GIVE_UP, 0, "", 8 } }, "xxxxgood",
		  false, NULL },
		{ "a hole is given up", { { ADD, 2, "cd", 0 }, { GIVE_UP, 0, "", 4 } }, "??cd", false, NULL },
		{ "a keep-alive is no data", { { ADD, 0, "abcd", 4 }, { ADD, 3, "Z", 4 } }, "abcd", false, NULL },
		{ "an overlap brings only what is new", { { ADD, 0, "abcd", 4 }, { ADD, 2, "XXef", 6 } }, "abcdef", false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct stream        s = { 0 };
		struct stream_totals totals = { 0 };
		struct out           o = { 0 };

		stream_set_base(&s, 1, 0);
		for (size_t k = 0; k < 5 && cases[i].steps[k].text != NULL; k++) {
			const char         *text = cases[i].steps[k].text;
			uint64_t            at = cases[i].steps[k].at;
			struct stream_bytes b = { .at = at, .p = (const uint8_t *)text, .n = strlen(text),
				                          .where = { .at = at, .frame = (uint32_t)k + 1 } };

			b.goes_on = cases[i].steps[k].op == GOES_ON;
			b.is_strange = cases[i].steps[k].op == BROKEN;
			s.sound = cases[i].steps[k].op == ADD ? 4 : s.sound;
			b.is_bad = b.goes_on || b.is_strange || cases[i].steps[k].op == BAD;
			if (cases[i].steps[k].op == ACKED)
				stream_acked(&s, at, &totals, &sink, &o);
			else if (cases[i].steps[k].op == GIVE_UP)
				stream_give_up(&s, &totals, &sink, &o);
			else
				stream_add(&s, &b, &totals, &sink, &o);
			expect_in_row(cases[i].name, o.next == cases[i].steps[k].out);
		}
		expect_in_row(cases[i].name, memcmp(o.bytes, cases[i].bytes, strlen(cases[i].bytes)) == 0);
		expect_in_row(cases[i].name, s.is_offloaded == cases[i].offloaded);
		for (size_t k = 0; cases[i].steps_of != NULL && cases[i].steps_of[k] != '\0'; k++)
			expect_in_row(cases[i].name, o.frames[k] == (uint64_t)(cases[i].steps_of[k] - '0'));
		stream_clear(&s, &totals);
		assert_int_equal(totals.held, 0);
	}
}

/* A burst of noise is short; contents that were edited, or numbers that were changed, go on to the end. */
static void a_long_row_of_broken_segments_is_none(void **state)
{
	struct stream        s = { .sound = 1460 };
	struct stream_totals totals = { 0 };
	struct out           o = { 0 };

	(void)state;
	stream_set_base(&s, 1, 0);
	for (unsigned i = 0; i < 9; i++) {
		struct stream_bytes b = { .at = i, .p = (const uint8_t *)"x", .n = 1, .is_bad = true, .is_strange = true, .where.at = i };

		stream_add(&s, &b, &totals, &sink, &o);
		assert_int_equal(o.next, i < 8 ? 0 : 9);
	}
	assert_true(s.is_offloaded);
	assert_int_equal(totals.broken, 1);
	assert_int_equal(totals.lost, 0);
	stream_clear(&s, &totals);
}

struct tally {
	uint64_t bytes, lost;
};

static void tally_bytes(const struct stream_bytes *b, void *user)
{
	((struct tally *)user)->bytes += b->n;
}

static void tally_lost(uint64_t at, uint64_t n, const struct bits_where *w, void *user)
{
	(void)at, (void)w;
	((struct tally *)user)->lost += n;
}

static void a_hole_with_a_mebibyte_behind_it_is_given_up(void **state)
{
	static const struct stream_sink tally_sink = { tally_bytes, tally_lost };
	static const uint8_t            kilobyte[1000];
	struct stream                   s = { 0 };
	struct stream_totals            totals = { 0 };
	struct tally                    tally = { 0 };
	uint64_t                        at = 10;

	(void)state;
	stream_set_base(&s, 1, 0);
	for (; at + 1000 <= STREAM_WINDOW + 10; at += 1000) {
		struct stream_bytes b = { .at = at, .p = kilobyte, .n = 1000, .where.at = at };

		stream_add(&s, &b, &totals, &tally_sink, &tally);
		assert_int_equal(tally.bytes + tally.lost, 0);
	}
	stream_add(&s, &(struct stream_bytes){ .at = at, .p = kilobyte, .n = 1000 }, &totals, &tally_sink, &tally);
	assert_int_equal(tally.lost, 10);
	assert_int_equal(tally.bytes, at + 1000 - 10);
	assert_int_equal(totals.held, 0);
	stream_clear(&s, &totals);
}

static void just_a_window_may_wait(void **state)
{
	static const struct {
		const char *name;
		size_t      last; /* bytes of the last piece, behind a window less a kilobyte */
		uint64_t    lost;
	} cases[] = {
		{ "one byte less than a window", 1023, 0 },
		{ "just a window", 1024, 0 },
		{ "one byte more", 1025, 10 },
	};
	static const struct stream_sink tally_sink = { tally_bytes, tally_lost };
	static const uint8_t            bytes[1025];

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct stream        s = { 0 };
		struct stream_totals totals = { 0 };
		struct tally         tally = { 0 };
		uint64_t             at = 10;

		stream_set_base(&s, 1, 0);
		for (; at < 10 + STREAM_WINDOW - 1024; at += 1024)
			stream_add(&s, &(struct stream_bytes){ .at = at, .p = bytes, .n = 1024 }, &totals, &tally_sink, &tally);
		expect_in_row(cases[i].name, tally.bytes + tally.lost == 0);
		stream_add(&s, &(struct stream_bytes){ .at = at, .p = bytes, .n = cases[i].last }, &totals, &tally_sink, &tally);
		expect_in_row(cases[i].name, tally.lost == cases[i].lost && (tally.bytes > 0) == (cases[i].lost > 0));
		stream_clear(&s, &totals);
	}
}

static void a_stream_reaches_so_far(void **state)
{
	static const struct {
		const char *name;
		uint64_t    base_at;
		int64_t     distance; /* from the next byte */
		bool        is_near;
	} cases[] = {
		{ "as far ahead as a stream reaches", 0, STREAM_REACH - 1, true },
		{ "one byte farther", 0, STREAM_REACH, false },
		{ "as far back as a stream reaches", STREAM_MIDDLE, -STREAM_REACH + 1, true },
		{ "one byte farther back", STREAM_MIDDLE, -STREAM_REACH, false },
		{ "before the first byte of all", 0, -1, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct stream s = { 0 };

		stream_set_base(&s, 1, cases[i].base_at);
		expect_in_row(cases[i].name, stream_is_near(&s, s.next + (uint64_t)cases[i].distance) == cases[i].is_near);
	}
}

/* Many tiny pieces take more memory than their bytes do, and what is counted comes back to nothing. */
static void what_waits_counts_with_all_that_it_takes(void **state)
{
	static const struct {
		const char *name;
		size_t      n;     /* bytes of a piece */
		unsigned    pieces;
	} cases[] = {
		{ "nothing", 0, 0 },
		{ "one byte", 1, 1 },
		{ "many of one byte", 1, 1000 },
		{ "a few large ones", 1000, 3 },
	};
	static const struct stream_sink tally_sink = { tally_bytes, tally_lost };
	static const uint8_t            bytes[1000];

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct stream        s = { 0 };
		struct stream_totals totals = { 0 };
		struct tally         tally = { 0 };
		uint64_t             n = cases[i].pieces * cases[i].n, least = n + cases[i].pieces * sizeof(struct stream_bytes);

		stream_set_base(&s, 1, 0);
		for (uint64_t k = 0; k < cases[i].pieces; k++)
			stream_add(&s, &(struct stream_bytes){ .at = 10 + k * (cases[i].n + 1), .p = bytes, .n = cases[i].n },
			           &totals, &tally_sink, &tally);
		expect_in_row(cases[i].name, totals.held >= least && totals.held <= 2 * least);
		expect_in_row(cases[i].name, totals.held == stream_held(&s));
		stream_give_up(&s, &totals, &tally_sink, &tally);
		expect_in_row(cases[i].name, totals.held == stream_held(&s));
		stream_clear(&s, &totals);
		expect_in_row(cases[i].name, totals.held == 0 && stream_held(&s) == 0);
	}
}

/* Reversed tiny segments: each would be looked for past all the others. */
static void a_hole_with_many_pieces_behind_it_is_given_up(void **state)
{
	static const struct stream_sink tally_sink = { tally_bytes, tally_lost };
	struct stream                   s = { 0 };
	struct stream_totals            totals = { 0 };
	struct tally                    tally = { 0 };

	(void)state;
	stream_set_base(&s, 1, 0);
	for (uint64_t i = 0; i <= STREAM_PIECES; i++) {
		assert_int_equal(tally.bytes + tally.lost, 0);
		stream_add(&s, &(struct stream_bytes){ .at = 100000 - 2 * i, .p = (const uint8_t *)"x", .n = 1 }, &totals,
		           &tally_sink, &tally);
	}
	assert_int_equal(tally.lost, 100000 - 2 * STREAM_PIECES);
	assert_int_equal(tally.bytes, 1);
	stream_clear(&s, &totals);
}

/* What was on the wire and is not in the capture, at the end of all. */
static void the_missing_tail_is_lost(void **state)
{
	static const struct {
		const char *name;
		uint64_t    end, acked, fin_at, lost; /* after 10 bytes; fin_at 0: none seen */
		bool        is_seen;
	} cases[] = {
		{ "nothing is missing", 10, 10, 0, 0, true },
		{ "cut by a snaplen, nobody acknowledged it", 25, 10, 0, 15, true },
		{ "acknowledged, never captured", 10, 40, 0, 30, true },
		{ "one more acknowledged: the FIN that was not captured", 10, 11, 0, 0, true },
		{ "a FIN behind a hole", 10, 10, 30, 20, true },
		{ "a FIN and its acknowledgment", 10, 11, 10, 0, true },
		{ "a direction that the capture lacks altogether", 10, 40, 0, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		static const struct stream_sink tally_sink = { tally_bytes, tally_lost };
		struct stream                   s = { .is_seen = cases[i].is_seen };
		struct stream_totals            totals = { 0 };
		struct tally                    tally = { 0 };

		stream_set_base(&s, 1, 0);
		stream_add(&s, &(struct stream_bytes){ .p = (const uint8_t *)"0123456789", .n = 10 }, &totals, &tally_sink, &tally);
		s.end = cases[i].end;
		s.has_fin = cases[i].fin_at != 0;
		s.fin_at = cases[i].fin_at;
		stream_acked(&s, cases[i].acked, &totals, &tally_sink, &tally);
		stream_flush(&s, &(struct bits_where){ 0 }, &totals, &tally_sink, &tally);
		expect_in_row(cases[i].name, tally.bytes == 10 && tally.lost == cases[i].lost);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order_gives_the_same_stream),
		cmocka_unit_test(of_many_that_wait_each_finds_its_place),
		cmocka_unit_test(sequence_numbers_wrap),
		cmocka_unit_test(nothing_lies_before_a_stream_that_was_seen_from_its_syn),
		cmocka_unit_test(holds_bad_copies_back),
		cmocka_unit_test(a_long_row_of_broken_segments_is_none),
		cmocka_unit_test(a_hole_with_a_mebibyte_behind_it_is_given_up),
		cmocka_unit_test(just_a_window_may_wait),
		cmocka_unit_test(a_stream_reaches_so_far),
		cmocka_unit_test(what_waits_counts_with_all_that_it_takes),
		cmocka_unit_test(a_hole_with_many_pieces_behind_it_is_given_up),
		cmocka_unit_test(the_missing_tail_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
