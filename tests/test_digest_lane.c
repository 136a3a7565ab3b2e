/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_digest_lane.c - a hash that goes back is the hash of what was there in the end. */
#include "cli/digest_lane.h"

#include <stdio.h>
#include <string.h>

#include "tests/cm.h"

#define SIZE  5000U
#define LARGE (8 * DIGEST_AHEAD)

/* Then another one goes on from there, without its marks. */
static void expect_digest(struct digest_lane *l, const uint8_t *bytes)
{
	struct worker *worker = l->worker;
	struct digest_room *room = l->room;
	uint64_t at = l->at;
	uint8_t digest[32];
	char want[DIGEST_HEX], have[DIGEST_HEX];

	gcry_md_hash_buffer(GCRY_MD_SHA256, digest, bytes, at);
	digest_hex_of(digest, want);
	digest_lane_finish(l, have);
	assert_string_equal(have, want);
	digest_lane_clear(l);
	digest_lane_init(l, room);
	l->worker = worker;
	digest_lane_add(l, bytes, at);
}

static void the_empty_file_has_its_well_known_digest(void **state)
{
	struct digest_room room = { 0 };
	struct digest_lane l;
	char hex[DIGEST_HEX];

	(void)state;
	digest_lane_init(&l, &room);
	digest_lane_finish(&l, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest_lane_clear(&l);
}

static void adds_marks_and_cuts_in_any_order_hash_what_is_there(void **state)
{
	GRand *g = g_rand_new_with_seed(7);
	uint8_t bytes[SIZE];
	struct digest_room room = { 0 };
	struct digest_lane l;

	(void)state;
	digest_lane_init(&l, &room);
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (uint8_t)g_rand_int(g);
	for (int step = 0; step < 20000; step++) {
		uint64_t n = (uint64_t)g_rand_int_range(g, 0, 200), cut = (uint64_t)g_rand_int_range(g, 0, SIZE);

		switch (g_rand_int_range(g, 0, 6)) {
		case 0:
			digest_lane_mark(&l);
			break;
		case 1:
			digest_lane_cut(&l, cut);
			assert_true(l.at <= cut);
			for (uint64_t i = l.at; i < SIZE; i++)
				bytes[i] ^= 0x55;
			break;
		default:
			n = MIN(n, SIZE - l.at);
			digest_lane_add(&l, bytes + l.at, n);
		}
		assert_true(l.marks->len <= DIGEST_MARKS);
		if (step % 64 == 0)
			expect_digest(&l, bytes);
	}
	digest_lane_clear(&l);
	g_rand_free(g);
}

/* Large files, in pieces of any length, with and without a worker: the same digests whenever they are asked for. */
static void a_worker_changes_no_digest(void **state)
{
	struct worker *worker = worker_new("hasher", DIGEST_BATCH);
	g_autofree uint8_t *bytes = g_malloc(LARGE);

	(void)state;
	for (guint seed = 1; seed <= 30; seed++) {
		g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
		struct digest_room room = { 0 };
		struct digest_lane l;

		for (size_t i = 0; i < LARGE; i++)
			bytes[i] = (uint8_t)(i * seed >> 3);
		digest_lane_init(&l, &room);
		l.worker = worker;
		while (l.at < LARGE) {
			uint64_t most = (uint64_t)g_rand_int_range(rand, 1, 2 * DIGEST_PIECE), n = MIN(most, LARGE - l.at);
			int what = g_rand_int_range(rand, 0, 40);

			digest_lane_add(&l, bytes + l.at, n);
			if (what < 4)
				digest_lane_mark(&l);
			if (what == 4)
				digest_lane_cut(&l, (uint64_t)g_rand_int_range(rand, 0, LARGE));
			if (what == 5)
				expect_digest(&l, bytes);
			if (what == 6) /* the worker may not have come to the marks that are dropped */
				digest_lane_settle(&l, l.at - MIN(l.at, most));
		}
		expect_digest(&l, bytes);
		digest_lane_clear(&l);
		assert_int_equal(room.marks + room.pieces, 0);
	}
	worker_free(worker);
}

/* Others have all that there is: for a while, and a lane that gathers then goes on with it. */
static void a_full_room_changes_no_digest(void **state)
{
	struct worker *worker = worker_new("hasher", DIGEST_BATCH);
	g_autofree uint8_t *bytes = g_malloc(LARGE);

	(void)state;
	for (guint seed = 1; seed <= 30; seed++) {
		g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
		const struct digest_room full = { DIGEST_MARKS_MOST, DIGEST_PIECES_MOST };
		struct digest_room room = full;
		struct digest_lane l;
		bool is_full = true;

		for (size_t i = 0; i < LARGE; i++)
			bytes[i] = (uint8_t)(i * seed >> 3);
		digest_lane_init(&l, &room);
		l.worker = worker;
		while (l.at < LARGE) {
			uint64_t most = (uint64_t)g_rand_int_range(rand, 1, DIGEST_PIECE), n = MIN(most, LARGE - l.at);
			int what = g_rand_int_range(rand, 0, 8);
			bool had_none = l.piece == NULL;

			digest_lane_add(&l, bytes + l.at, n);
			assert_false(is_full && had_none && l.piece != NULL);
			if (what < 3)
				digest_lane_mark(&l);
			assert_true(!is_full || what >= 3 || l.marks->len <= 3);
			if (what == 4)
				digest_lane_cut(&l, l.at - MIN(l.at, 2 * most));
			if (what == 5) {
				room.marks += is_full ? -full.marks : full.marks;
				room.pieces += is_full ? -full.pieces : full.pieces;
				is_full = !is_full;
			}
		}
		expect_digest(&l, bytes);
		digest_lane_clear(&l);
		assert_int_equal(room.marks, is_full ? full.marks : 0);
		assert_int_equal(room.pieces, is_full ? full.pieces : 0);
	}
	worker_free(worker);
}

/* What was given to the worker is done before its digest is gone. */
static void a_lane_may_go_at_any_time(void **state)
{
	static const uint8_t bytes[DIGEST_PIECE];
	struct worker *worker = worker_new("hasher", DIGEST_BATCH);

	(void)state;
	for (unsigned n = 0; n < 100; n++) {
		struct digest_room room = { 0 };
		struct digest_lane l;

		digest_lane_init(&l, &room);
		l.worker = worker;
		for (unsigned i = 0; i < n % 12; i++)
			digest_lane_add(&l, bytes, sizeof(bytes) - n);
		if (n % 3 == 0)
			digest_lane_mark(&l);
		digest_lane_clear(&l);
	}
	worker_free(worker);
}

static void what_is_settled_needs_one_mark_at_most(void **state)
{
	static const uint8_t bytes[1000];
	struct digest_room room = { 0 };
	struct digest_lane l;

	(void)state;
	digest_lane_init(&l, &room);
	for (int i = 0; i < 10; i++) {
		digest_lane_mark(&l);
		digest_lane_add(&l, bytes, 100);
	}
	digest_lane_settle(&l, 450);
	assert_int_equal(digest_lane_base(&l, 450), 400);
	digest_lane_cut(&l, 450);
	assert_int_equal(l.at, 400);
	digest_lane_settle(&l, 450);
	assert_int_equal(l.marks->len, 0);
	assert_int_equal(digest_lane_base(&l, 450), 400);
	digest_lane_clear(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_empty_file_has_its_well_known_digest),
		cmocka_unit_test(adds_marks_and_cuts_in_any_order_hash_what_is_there),
		cmocka_unit_test(a_worker_changes_no_digest),
		cmocka_unit_test(a_full_room_changes_no_digest),
		cmocka_unit_test(a_lane_may_go_at_any_time),
		cmocka_unit_test(what_is_settled_needs_one_mark_at_most),
	};

	gcry_check_version(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
