/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_medium.c - gathering changes how often bytes are written, never which bytes are read. */
#include "cli/medium.h"

#include <stdlib.h>
#include <string.h>

#include "tests/cm.h"

#define SIZE (3 * MEDIUM_PIECE)

/* A medium in memory that counts what is asked of it. */
struct slate {
	struct medium m;
	uint8_t *bytes;
	unsigned writes, parks;
	size_t   last_n;
	bool     broken;
};

static bool slate_write(struct medium *m, uint64_t offset, const uint8_t *p, size_t n, GError **error)
{
	struct slate *s = (struct slate *)m;

	s->writes++;
	s->last_n = n;
	if (s->broken) {
		g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "full");
		return false;
	}
	memcpy(s->bytes + offset, p, n);
	return true;
}

static bool slate_read(struct medium *m, uint64_t offset, uint8_t *p, size_t n, GError **error)
{
	(void)error;
	memcpy(p, ((struct slate *)m)->bytes + offset, n);
	return true;
}

static bool slate_clear(struct medium *m, struct bits_range r, GError **error)
{
	(void)error;
	memset(((struct slate *)m)->bytes + r.from, 0, r.to - r.from);
	return true;
}

static void slate_park(struct medium *m)
{
	((struct slate *)m)->parks++;
}

static void slate_free(struct medium *m)
{
	g_free(((struct slate *)m)->bytes);
	g_free(m);
}

static const struct medium_ops slate_ops = { .write = slate_write, .read = slate_read, .clear = slate_clear,
					       .park = slate_park, .free = slate_free };

static struct slate *slate_new(struct bench *bench)
{
	struct slate *s = g_new0(struct slate, 1);

	s->m.ops = &slate_ops;
	s->m.bench = bench;
	s->bytes = g_malloc0(SIZE);
	return s;
}

static bool put(struct slate *s, uint64_t offset, const char *text)
{
	return medium_write(&s->m, offset, (const uint8_t *)text, strlen(text), NULL);
}

static void small_writes_that_follow_each_other_go_out_as_one(void **state)
{
	struct bench bench = { 0 };
	struct slate *s = slate_new(&bench);

	(void)state;
	assert_true(put(s, 10, "abc"));
	assert_true(put(s, 13, "def"));
	assert_true(put(s, 16, ""));
	assert_int_equal(s->writes, 0);
	assert_true(medium_flush(&s->m, NULL));
	assert_true(medium_flush(&s->m, NULL)); /* nothing is left */
	assert_int_equal(s->writes, 1);
	assert_memory_equal(s->bytes + 9, "\0abcdef", 8);
	assert_true(put(s, 16, "g"));
	assert_true(put(s, 30, "h")); /* elsewhere: what was gathered goes first */
	assert_int_equal(s->writes, 2);
	medium_free(&s->m);
	assert_int_equal(bench.seats.length, 0);
}

static void pieces_are_full_ones(void **state)
{
	static uint8_t bytes[2 * MEDIUM_PIECE + 5];
	struct bench bench = { 0 };
	struct slate *s = slate_new(&bench);

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_true(medium_write(&s->m, 7, bytes, sizeof(bytes), NULL));
	assert_int_equal(s->writes, 2);
	assert_int_equal(s->last_n, MEDIUM_PIECE);
	assert_true(medium_flush(&s->m, NULL));
	assert_int_equal(s->last_n, 5);
	assert_memory_equal(s->bytes + 7, bytes, sizeof(bytes));
	assert_int_equal(s->bytes[7 + sizeof(bytes)], 0);
	medium_free(&s->m);
}

static void without_a_bench_every_write_goes_out(void **state)
{
	struct slate *s = slate_new(NULL);

	(void)state;
	assert_true(put(s, 0, "ab"));
	assert_true(put(s, 2, "c"));
	assert_int_equal(s->writes, 2);
	assert_string_equal((char *)s->bytes, "abc");
	medium_free(&s->m);
}

/* A read of gathered bytes sends them out; one beside them leaves them where they are. */
static void gathered_bytes_are_read_like_others(void **state)
{
	static const struct {
		const char *name;
		uint64_t from;
		size_t n;
		unsigned writes;
	} cases[] = {
		{ "in front of them", 0, 10, 0 },
		{ "their first byte", 9, 2, 1 },
		{ "their last byte", 12, 4, 1 },
		{ "behind them", 13, 5, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bench bench = { 0 };
		struct slate *s = slate_new(&bench);
		uint8_t want[32] = { [10] = 'a', 'b', 'c' }, have[32];

		assert_true(put(s, 10, "abc"));
		expect_in_row(cases[i].name, medium_read(&s->m, cases[i].from, have, cases[i].n, NULL));
		expect_in_row(cases[i].name, memcmp(have, want + cases[i].from, cases[i].n) == 0);
		expect_in_row(cases[i].name, s->writes == cases[i].writes);
		medium_free(&s->m);
	}
}

static void cleared_bytes_do_not_come_back(void **state)
{
	static const struct {
		const char *name;
		struct bits_range r;
		const char *left; /* of "abc" at 10 */
		unsigned writes;
	} cases[] = {
		{ "all of them, which then never go out", { 10, 13 }, "...", 0 },
		{ "more than all", { 0, 100 }, "...", 0 },
		{ "the first", { 5, 11 }, ".bc", 1 },
		{ "the middle", { 11, 12 }, "a.c", 1 },
		{ "none, beside them", { 13, 20 }, "abc", 1 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bench bench = { 0 };
		struct slate *s = slate_new(&bench);

		assert_true(put(s, 10, "abc"));
		expect_in_row(cases[i].name, medium_clear(&s->m, cases[i].r, NULL));
		expect_in_row(cases[i].name, medium_flush(&s->m, NULL));
		for (size_t k = 0; k < 3; k++)
			expect_in_row(cases[i].name,
				      s->bytes[10 + k] == (cases[i].left[k] == '.' ? 0 : cases[i].left[k]));
		expect_in_row(cases[i].name, s->writes == cases[i].writes);
		medium_free(&s->m);
	}
}

/* BENCH_SEATS that have written, and one that has not. */
static void take_all_seats(struct slate *media[BENCH_SEATS + 1], struct bench *bench)
{
	for (size_t i = 0; i < BENCH_SEATS + 1; i++)
		media[i] = slate_new(bench);
	for (size_t i = 0; i < BENCH_SEATS; i++)
		assert_true(put(media[i], 0, "a"));
}

static void who_was_silent_longest_gives_up_the_seat(void **state)
{
	struct slate *media[BENCH_SEATS + 1];
	struct bench bench = { 0 };

	(void)state;
	take_all_seats(media, &bench);
	assert_true(put(media[0], 1, "b")); /* now the second is the most silent */
	assert_true(put(media[BENCH_SEATS], 0, "a"));
	assert_int_equal(bench.seats.length, BENCH_SEATS);
	assert_int_equal(media[0]->writes + media[0]->parks, 0);
	assert_int_equal(media[1]->writes, 1);
	assert_int_equal(media[1]->parks, 1);
	assert_int_equal(media[1]->bytes[0], 'a');
	assert_int_equal(media[2]->parks, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(media); i++)
		medium_free(&media[i]->m);
	assert_int_equal(bench.seats.length, 0);
}

/* The bytes of one are lost when it makes room for another: it is told, and not the other, whenever it is asked. */
static void who_lost_bytes_with_its_seat_tells_it_later(void **state)
{
	struct slate *media[BENCH_SEATS + 1];
	struct bench bench = { 0 };

	(void)state;
	take_all_seats(media, &bench);
	media[0]->broken = true;
	assert_true(put(media[BENCH_SEATS], 0, "a"));
	media[0]->broken = false; /* there is room again */
	for (unsigned k = 0; k < 2; k++) {
		g_autoptr(GError) error = NULL;

		assert_false(medium_flush(&media[0]->m, &error));
		assert_true(g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC));
	}
	assert_true(medium_flush(&media[BENCH_SEATS]->m, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(media); i++)
		medium_free(&media[i]->m);
}

static void who_rests_has_no_seat_and_may_write_again(void **state)
{
	struct bench bench = { 0 };
	struct slate *s = slate_new(&bench);

	(void)state;
	assert_true(put(s, 0, "ab"));
	assert_true(medium_rest(&s->m, NULL));
	assert_int_equal(bench.seats.length, 0);
	assert_int_equal(s->writes, 1);
	assert_int_equal(s->parks, 1);
	assert_int_equal(s->m.end, 2);
	assert_true(medium_rest(&s->m, NULL));
	assert_int_equal(s->writes, 1);
	assert_true(put(s, 2, "c"));
	assert_true(medium_flush(&s->m, NULL));
	assert_memory_equal(s->bytes, "abc", 3);
	assert_int_equal(s->m.end, 3);
	medium_free(&s->m);
}

static void a_full_disk_is_told(void **state)
{
	struct bench bench = { 0 };
	struct slate *s = slate_new(&bench);
	g_autoptr(GError) error = NULL;

	(void)state;
	s->broken = true;
	assert_true(put(s, 0, "abc")); /* not yet known */
	assert_false(medium_flush(&s->m, &error));
	assert_true(g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC));
	assert_true(put(s, 3, "d"));
	assert_false(put(s, 30, "e"));
	medium_free(&s->m);
	medium_free(NULL);
}

/* Writes, clears and reads in any order, against plain memory.  SEED=n repeats a round. */
static void one_round(uint32_t seed)
{
	g_autofree char *name = g_strdup_printf("SEED=%u", seed);
	g_autofree uint8_t *model = g_malloc0(SIZE), *have = g_malloc0(SIZE);
	g_autoptr(GRand) g = g_rand_new_with_seed(seed);
	struct bench bench = { 0 };
	struct slate *s = slate_new(&bench);
	uint64_t next = 0;

	for (unsigned step = 0; step < 200; step++) {
		gint32 most = g_rand_int_range(g, 0, 20) ? 3000 : SIZE;
		uint64_t from = g_rand_int_range(g, 0, 3) ? next : (uint64_t)g_rand_int_range(g, 0, SIZE);
		size_t n = (size_t)g_rand_int_range(g, 0, most);

		n = MIN(n, SIZE - from);
		switch (g_rand_int_range(g, 0, 6)) {
		case 0:
			expect_in_row(name, medium_clear(&s->m, (struct bits_range){ from, from + n }, NULL));
			memset(model + from, 0, n);
			break;
		case 1:
			expect_in_row(name, medium_read(&s->m, from, have, n, NULL));
			expect_in_row(name, memcmp(have, model + from, n) == 0);
			break;
		default:
			for (uint64_t i = from; i < from + n; i++)
				model[i] = (uint8_t)g_rand_int(g);
			expect_in_row(name, medium_write(&s->m, from, model + from, n, NULL));
			next = (from + n) % SIZE;
		}
	}
	expect_in_row(name, medium_flush(&s->m, NULL));
	expect_in_row(name, memcmp(s->bytes, model, SIZE) == 0);
	medium_free(&s->m);
}

static void any_order_gives_the_bytes_of_plain_memory(void **state)
{
	uint32_t first = getenv("SEED") ? (uint32_t)atoi(getenv("SEED")) : 1, n = getenv("SEED") ? 1 : 60;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		one_round(first + i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_writes_that_follow_each_other_go_out_as_one),
		cmocka_unit_test(pieces_are_full_ones),
		cmocka_unit_test(without_a_bench_every_write_goes_out),
		cmocka_unit_test(gathered_bytes_are_read_like_others),
		cmocka_unit_test(cleared_bytes_do_not_come_back),
		cmocka_unit_test(who_was_silent_longest_gives_up_the_seat),
		cmocka_unit_test(who_lost_bytes_with_its_seat_tells_it_later),
		cmocka_unit_test(who_rests_has_no_seat_and_may_write_again),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(any_order_gives_the_bytes_of_plain_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
