/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_image.c - the bytes of an upload are right after every copy and every answer. */
#include "plugin/bits_image.h"

#include <string.h>

#include "tests/cm.h"

#define EXCHANGES 8

/* A session, its exchanges, and what the core would have told of them. */
struct desk {
	struct told_session  s;
	struct told_exchange x[EXCHANGES];
	struct image         image;
};

static void desk_open(struct desk *d)
{
	*d = (struct desk){ 0 };
	d->s.settled = g_array_new(false, false, sizeof(struct told_settled));
	for (unsigned i = 0; i < EXCHANGES; i++)
		d->x[i].number = i + 1;
	image_init(&d->image);
}

static void desk_close(struct desk *d)
{
	image_clear(&d->image);
	g_array_unref(d->s.settled);
	for (unsigned i = 0; i < EXCHANGES; i++)
		if (d->x[i].kept != NULL)
			g_array_unref(d->x[i].kept);
}

static void settle(struct desk *d, unsigned x, struct bits_range r, bool kept)
{
	struct told_settled one = { r, kept };
	struct told_kept    k = { r, d->s.settled->len };

	g_array_append_val(d->s.settled, one);
	if (!kept)
		d->x[x].forgotten = true;
	else if (d->x[x].kept == NULL)
		d->x[x].kept = g_array_new(false, false, sizeof k);
	if (kept)
		g_array_append_val(d->x[x].kept, k);
}

/* What is done: bytes of an exchange at an offset, or [from, to) of it kept or forgotten. */
struct act {
	unsigned    x;
	const char *bytes; /* NULL: settled */
	uint64_t    from, to;
	bool        kept;
};

#define BYTES(x, from, text) { x, text, from, 0, false }
#define KEPT(x, from, to)    { x, NULL, from, to, true }
#define GONE(x, from, to)    { x, NULL, from, to, false }

static void is_right_after_every_act(void **state)
{
	static const struct {
		const char *name;
		struct act  acts[6];
		const char *image; /* '.' is a hole */
	} cases[] = {
		{ "nothing", { { 0 } }, "" },
		{ "in order", { BYTES(1, 0, "abc"), BYTES(1, 3, "def") }, "abcdef" },
		{ "a hole", { BYTES(1, 0, "ab"), BYTES(2, 4, "ef") }, "ab..ef" },
		{ "unanswered: the latest stands", { BYTES(1, 0, "abcd"), BYTES(2, 2, "CDEF") }, "abCDEF" },
		{ "... whatever comes first", { BYTES(2, 2, "CDEF"), BYTES(1, 0, "abcd") }, "abCDEF" },
		{ "accepted: the first stands", { BYTES(1, 0, "abcd"), KEPT(1, 0, 4), BYTES(2, 2, "CDEF"), KEPT(2, 2, 6) }, "abcdEF" },
		{ "accepted after the other had come", { BYTES(1, 0, "abcd"), BYTES(2, 2, "CDEF"), KEPT(1, 0, 4) }, "abcdEF" },
		{ "the later one was accepted first", { BYTES(1, 0, "abcd"), BYTES(2, 2, "CDEF"), KEPT(2, 2, 6), KEPT(1, 0, 4) }, "abCDEF" },
		{ "accepted in part", { BYTES(1, 0, "abcd"), BYTES(2, 0, "ABCD"), KEPT(1, 0, 2) }, "abCD" },
		{ "accepted in part, and all of it comes again", { BYTES(1, 0, "abcd"), KEPT(1, 0, 2), BYTES(2, 0, "ABCD") }, "abCD" },
		{ "refused: it was never there", { BYTES(1, 0, "abcd"), GONE(1, 0, 4) }, "" },
		{ "refused: what lay below comes back", { BYTES(1, 0, "abcd"), BYTES(2, 2, "CDEF"), GONE(2, 2, 6) }, "abcd" },
		{ "refused in the middle", { BYTES(1, 0, "ab"), BYTES(2, 2, "CD"), BYTES(3, 4, "ef"), GONE(2, 2, 4) }, "ab..ef" },
		{ "refused before its bytes come", { GONE(1, 0, 4), BYTES(1, 0, "abcd") }, "" },
		{ "accepted before its bytes come", { BYTES(1, 0, "abcd"), KEPT(2, 0, 4), BYTES(2, 0, "ABCD") }, "ABCD" },
		{ "the end comes back after it was refused",
		  { BYTES(1, 0, "ab"), BYTES(2, 2, "CDEF"), GONE(2, 2, 6), BYTES(3, 4, "gh") }, "ab..gh" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) text = g_string_new(NULL);
		struct desk        d;

		desk_open(&d);
		for (size_t k = 0; k < 6 && cases[i].acts[k].x != 0; k++) {
			const struct act *a = &cases[i].acts[k];

			if (a->bytes != NULL)
				image_add(&d.image, &d.x[a->x - 1], a->from, bits_str_of(a->bytes));
			else
				settle(&d, a->x - 1, (struct bits_range){ a->from, a->to }, a->kept);
			image_settle(&d.image, &d.s);
		}
		for (size_t k = 0; k < d.image.end; k++)
			g_string_append_c(text, d.image.bytes[k] == '\0' ? '.' : (char)d.image.bytes[k]);
		if (strcmp(text->str, cases[i].image) != 0)
			fail_msg("row \"%s\": %s, not %s", cases[i].name, text->str, cases[i].image);
		desk_close(&d);
	}
}

/* A Content-Range may claim anything: memory follows what was captured. */
static void a_hole_that_is_too_long_is_left_out(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d);
	image_add(&d.image, &d.x[0], 0, BITS_STR("ab"));
	image_add(&d.image, &d.x[1], 2 + IMAGE_HOLE_MAX, BITS_STR("cd"));
	assert_false(d.image.is_cut);
	assert_int_equal(d.image.end, 4 + IMAGE_HOLE_MAX);
	image_add(&d.image, &d.x[2], UINT64_C(1) << 62, BITS_STR("ef"));
	assert_true(d.image.is_cut);
	assert_int_equal(d.image.end, 4 + IMAGE_HOLE_MAX);
	desk_close(&d);
}

/* Every byte of every copy against a plain table of who stands where. */
static void equals_a_plain_table(void **state)
{
	enum { SIZE = 64 };
	const guint32     seed = g_random_int();
	g_autoptr(GRand)  rand = g_rand_new_with_seed(seed);

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		uint8_t     first_kept[SIZE] = { 0 }, latest[SIZE] = { 0 };
		bool        decided[EXCHANGES] = { false };
		struct desk d;

		desk_open(&d);
		for (unsigned x = 0; x < EXCHANGES; x++) {
			uint64_t from = (uint64_t)g_rand_int_range(rand, 0, SIZE - 1), to = (uint64_t)g_rand_int_range(rand, (gint32)from + 1, SIZE);
			g_autofree char *bytes = g_strnfill(to - from, (char)('a' + x));
			int      fate = g_rand_int_range(rand, 0, 3); /* accepted, refused, unanswered */

			image_add(&d.image, &d.x[x], from, bits_str_of(bytes));
			image_settle(&d.image, &d.s);
			decided[x] = fate < 2;
			if (decided[x])
				settle(&d, x, (struct bits_range){ from, to }, fate == 0);
			for (uint64_t i = from; i < to; i++) {
				if (fate == 0 && first_kept[i] == 0)
					first_kept[i] = (uint8_t)('a' + x);
				if (fate == 2)
					latest[i] = (uint8_t)('a' + x);
			}
		}
		image_settle(&d.image, &d.s);
		for (uint64_t i = 0; i < SIZE; i++) {
			uint8_t want = first_kept[i] != 0 ? first_kept[i] : latest[i], have = i < d.image.end ? d.image.bytes[i] : 0;

			if (want != have)
				fail_msg("seed %u, round %u: byte %u is %c, not %c", seed, round, (unsigned)i, have, want);
		}
		desk_close(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_right_after_every_act),
		cmocka_unit_test(a_hole_that_is_too_long_is_left_out),
		cmocka_unit_test(equals_a_plain_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
