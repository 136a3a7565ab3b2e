/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_worker.c - everything is done, once, in the order in which it was given. */
#include "cli/worker.h"

#include "tests/cm.h"

#define MANY (3 * WORKER_WAITING)

struct note {
	struct work work;
	GArray     *done; /* of int */
	int         value;
};

static void write_down(struct work *w)
{
	struct note *n = (struct note *)w;

	g_array_append_val(n->done, n->value);
	g_free(n);
}

static void give(struct worker *w, struct work_account *a, GArray *done, int value)
{
	struct note *n = g_new(struct note, 1);

	*n = (struct note){ { a, write_down }, done, value };
	worker_give(w, &n->work);
}

/* More pieces than may wait; also fewer than the thread is woken for. */
static void all_is_done_in_order(void **state)
{
	static const struct {
		const char *name;
		unsigned    batch;
		int         n;
	} cases[] = {
		{ "one at a time", 1, MANY },
		{ "several at a time", 4, MANY },
		{ "fewer than it is woken for", 4, 3 },
		{ "none", 4, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct worker *w = worker_new("worker", cases[i].batch);
		g_autoptr(GArray) done = g_array_new(FALSE, FALSE, sizeof(int));
		struct work_account a = { 0 };

		for (int k = 0; k < cases[i].n; k++)
			give(w, &a, done, k);
		worker_settle(w, &a);
		expect_in_row(cases[i].name, a.pending == 0);
		expect_in_row(cases[i].name, done->len == (guint)cases[i].n);
		for (int k = 0; k < cases[i].n; k++)
			expect_in_row(cases[i].name, g_array_index(done, int, k) == k);
		worker_free(w);
	}
}

/* Of two accounts each is settled on its own, and can be used again. */
static void accounts_are_settled_one_by_one(void **state)
{
	struct worker *w = worker_new("worker", 4);
	g_autoptr(GArray) done = g_array_new(FALSE, FALSE, sizeof(int));
	struct work_account accounts[2] = { 0 };

	(void)state;
	for (int round = 0; round < 20; round++) {
		give(w, &accounts[0], done, 2 * round);
		give(w, &accounts[1], done, 2 * round + 1);
		worker_settle(w, &accounts[round % 2]);
		assert_int_equal(accounts[round % 2].pending, 0);
	}
	worker_settle(w, &accounts[0]);
	worker_settle(w, &accounts[1]);
	assert_int_equal(done->len, 40);
	for (int k = 0; k < 40; k++)
		assert_int_equal(g_array_index(done, int, k), k);
	worker_free(w);
	worker_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_done_in_order),
		cmocka_unit_test(accounts_are_settled_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
