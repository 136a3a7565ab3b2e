/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_tape.c - entries in any order against an array of them. */
#include "cli/tape.h"

#include "tests/cm.h"

struct entry {
	uint64_t key, payload[6];
};

static gint by_key(gconstpointer a, gconstpointer b)
{
	uint64_t x = ((const struct entry *)a)->key, y = ((const struct entry *)b)->key;

	return x < y ? -1 : x > y;
}

static uint64_t payload_of(uint64_t key)
{
	return key * UINT64_C(0x9E3779B97F4A7C15);
}

static void add(struct tape *t, uint64_t key)
{
	struct entry e = { .key = key, .payload = { [5] = payload_of(key) } };

	assert_true(tape_add(t, &e, NULL));
}

/* The keys 0 to n - 1 once each: i times an odd step, so that a power of two of them come in every order. */
static void entries_are_put_in_order(void **state)
{
	static const struct {
		const char *name;
		uint64_t n, step;
		bool was_sorted;
	} cases[] = {
		{ "none", 0, 1, true },
		{ "one", 1, 1, true },
		{ "a few in order", 64, 1, true },
		{ "a few in disorder", 64, 37, false },
		{ "just as many as fit into memory", 256, 77, false },
		{ "more, in order", 1 << 12, 1, true },
		{ "more, in disorder", 1 << 12, 1357, false },
		{ "backwards", 1 << 12, (1 << 12) - 1, false },
		{ "many runs", 1 << 17, 75319, false },
		{ "many runs, of which most are in order", 1 << 17, (1 << 16) + 1, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct spool spool;
		struct tape t;

		spool_init(&spool, g_get_tmp_dir());
		tape_init(&t, &spool, sizeof(struct entry), by_key);
		for (uint64_t k = 0; k < cases[i].n; k++)
			add(&t, k * cases[i].step % cases[i].n);
		expect_in_row(cases[i].name, t.n == cases[i].n && t.is_sorted == cases[i].was_sorted);
		expect_in_row(cases[i].name, t.tail->len <= TAPE_PIECE);
		expect_in_row(cases[i].name, tape_sort(&t, NULL));
		for (uint64_t k = 0; k < cases[i].n; k++) {
			const struct entry *e = tape_get(&t, k, NULL);

			expect_in_row(cases[i].name, e != NULL && e->key == k && e->payload[5] == payload_of(k));
		}
		tape_clear(&t);
		expect_in_row(cases[i].name, spool.free->len == spool.slots);
		spool_clear(&spool);
	}
}

/* Many that each would fit; their room is given back when they go. */
static void all_tapes_of_a_spool_have_one_room(void **state)
{
	enum { TAPES = 3000, ENTRIES = TAPE_PIECE / sizeof(struct entry) };
	g_autofree struct tape *tapes = g_new0(struct tape, TAPES);
	struct spool spool;

	(void)state;
	spool_init(&spool, g_get_tmp_dir());
	for (unsigned i = 0; i < TAPES; i++)
		tape_init(&tapes[i], &spool, sizeof(struct entry), by_key);
	for (uint64_t k = 0; k < ENTRIES; k++)
		for (unsigned i = 0; i < TAPES; i++)
			add(&tapes[i], k * 7 % ENTRIES);
	assert_true(spool.tails <= TAPES_MOST + (uint64_t)TAPES * TAPE_SCRAP);
	for (unsigned i = 0; i < TAPES; i++) {
		assert_true(tape_sort(&tapes[i], NULL));
		for (uint64_t k = 0; k < ENTRIES; k++) {
			const struct entry *e = tape_get(&tapes[i], k, NULL);

			assert_true(e != NULL && e->key == k && e->payload[5] == payload_of(k));
		}
		tape_clear(&tapes[i]);
	}
	assert_int_equal(spool.tails, 0);
	spool_clear(&spool);
}

/* Sorted several times, as many entries more each time as do not fit into memory, or one. */
static void more_may_be_added_behind_sorting(void **state)
{
	static const uint64_t more[] = { 1000, 1, 700, 1, 1, 2000 };
	struct spool spool;
	struct tape t;
	uint64_t n = 0;

	(void)state;
	spool_init(&spool, g_get_tmp_dir());
	tape_init(&t, &spool, sizeof(struct entry), by_key);
	for (size_t i = 0; i < G_N_ELEMENTS(more); i++) {
		for (uint64_t k = 0; k < more[i]; k++, n++)
			add(&t, 10000 - n);
		assert_true(tape_sort(&t, NULL));
		assert_int_equal(t.n, n);
		for (uint64_t k = 0; k < n; k++) {
			const struct entry *e = tape_get(&t, k, NULL);

			assert_true(e != NULL && e->key == 10000 - n + 1 + k && e->payload[5] == payload_of(e->key));
		}
	}
	tape_clear(&t);
	spool_clear(&spool);
}

static bool is_smaller(const void *entry, const void *key)
{
	return ((const struct entry *)entry)->key < *(const uint64_t *)key;
}

/* Every third key is there; looked for from anywhere. */
static void the_first_that_is_not_before_is_found(void **state)
{
	enum { N = 3000 };
	g_autoptr(GRand) rand = g_rand_new_with_seed(5);
	struct spool spool;
	struct tape t;
	uint64_t at = 0;

	(void)state;
	spool_init(&spool, g_get_tmp_dir());
	tape_init(&t, &spool, sizeof(struct entry), by_key);
	for (uint64_t i = 0; i < N; i++)
		add(&t, 3 * i);
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t key = (uint64_t)g_rand_int_range(rand, 0, 3 * N + 10);

		at = g_rand_boolean(rand) ? MIN(key / 3 + (uint64_t)g_rand_int_range(rand, 0, 4), N) : at;
		assert_true(tape_find(&t, is_smaller, &key, &at, NULL));
		assert_int_equal(at, MIN((key + 2) / 3, N));
	}
	tape_clear(&t);
	spool_clear(&spool);
}

static void entries_are_found_in_any_order(void **state)
{
	enum { N = 5000 };
	struct spool spool;
	struct tape t;

	(void)state;
	spool_init(&spool, g_get_tmp_dir());
	tape_init(&t, &spool, sizeof(struct entry), by_key);
	for (uint64_t k = 0; k < N; k++)
		add(&t, k);
	for (uint64_t k = 0; k < N; k++) {
		uint64_t i = k * 2731 % N;
		const struct entry *e = tape_get(&t, i, NULL);

		assert_non_null(e);
		assert_int_equal(e->key, i);
	}
	tape_clear(&t);
	spool_clear(&spool);
}

static void a_spool_that_cannot_be_made_is_an_error(void **state)
{
	g_autoptr(GError) error = NULL;
	struct spool spool;
	struct tape t;
	struct entry e = { 0 };
	unsigned n = 0;

	(void)state;
	spool_init(&spool, "/nowhere");
	tape_init(&t, &spool, sizeof(struct entry), by_key);
	while (tape_add(&t, &e, &error))
		assert_true(++n < 2 * TAPE_PIECE / sizeof e);
	assert_non_null(error);
	assert_int_equal(t.n, n); /* as it was */
	assert_non_null(tape_get(&t, n - 1, NULL));
	tape_clear(&t);
	spool_clear(&spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_put_in_order),
		cmocka_unit_test(all_tapes_of_a_spool_have_one_room),
		cmocka_unit_test(more_may_be_added_behind_sorting),
		cmocka_unit_test(the_first_that_is_not_before_is_found),
		cmocka_unit_test(entries_are_found_in_any_order),
		cmocka_unit_test(a_spool_that_cannot_be_made_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
