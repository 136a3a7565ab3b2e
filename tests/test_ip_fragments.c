/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/ip_fragments.h"

#include <string.h>

#include "tests/cm.h"
#include "tests/frames.h"

#define SECOND INT64_C(1000000000)

static const struct ip_fragments_limits wide = { .datagrams = 1000, .held = 1 << 20 };

/* One of 10.0.0.2 with that number: bytes [from, to) of a datagram of n bytes, each `value`. */
struct part {
	uint32_t id, from, to, n;
	uint8_t  value;
};

static enum fragment_fate add(struct ip_fragments *t, struct part part, struct datagram **d)
{
	uint8_t        bytes[64];
	struct frame   f = { .number = 1, .caplen = sizeof bytes, .wirelen = sizeof bytes, .bytes = bytes };
	struct origin  o = { .frame = &f };
	struct segment s = { .src.addr = { .family = 4, .bytes = { 10, 0, 0, 2 } }, .dst.addr = { .family = 4, .bytes = { 10, 0, 0, 1 } } };
	struct packet  k = { .rest = { bytes, part.to - part.from, part.to - part.from },
		             .fragment = { part.id, part.from, 6, part.to < part.n } };

	memset(bytes, part.value, sizeof bytes);
	return ip_fragments_add(t, &k, &s, &o, d);
}

static void a_datagram_is_whole_with_its_last_fragment(void **state)
{
	struct ip_fragments t;
	struct datagram    *d;

	(void)state;
	ip_fragments_init(&t, &wide);
	assert_int_equal(add(&t, (struct part){ 1, 8, 16, 16, 'a' }, &d), FRAGMENT_WAITS);
	assert_int_equal(add(&t, (struct part){ 2, 0, 8, 16, 'b' }, &d), FRAGMENT_WAITS); /* another number */
	assert_int_equal(add(&t, (struct part){ 1, 0, 8, 16, 'a' }, &d), FRAGMENT_WHOLE);
	assert_int_equal(datagram_rest(d).captured, 16);
	assert_int_equal(t.whole, 1);
	assert_null(ip_fragments_overdue(&t, false));
	ip_fragments_clear(&t);
	assert_int_equal(t.held, 0);
}

static void copies_of_a_whole_one_open_nothing(void **state)
{
	struct ip_fragments t;
	struct datagram    *d, *whole;

	(void)state;
	ip_fragments_init(&t, &wide);
	add(&t, (struct part){ 1, 0, 8, 16, 'a' }, &d);
	add(&t, (struct part){ 1, 0, 8, 16, 'a' }, &d);
	assert_int_equal(add(&t, (struct part){ 1, 8, 16, 16, 'a' }, &whole), FRAGMENT_WHOLE);
	assert_int_equal(add(&t, (struct part){ 1, 8, 16, 16, 'a' }, &d), FRAGMENT_AGAIN);
	assert_ptr_equal(d, whole);
	/* other bytes: the number is used for another datagram */
	assert_int_equal(add(&t, (struct part){ 1, 8, 16, 16, 'b' }, &d), FRAGMENT_WAITS);
	assert_int_equal(add(&t, (struct part){ 1, 0, 8, 16, 'b' }, &d), FRAGMENT_WHOLE);
	assert_null(ip_fragments_overdue(&t, false));
	assert_int_equal(t.whole, 2);
	assert_int_equal(t.given_up, 0);
	ip_fragments_clear(&t);
}

/* A fragment inside a datagram that has its own addresses and number: what it lies in must not go away under it. */
static void a_fragment_may_be_of_the_datagram_that_it_lies_in(void **state)
{
	struct ip_fragments t;
	struct datagram    *d, *inner;
	struct segment      s = { .src.addr = { .family = 4, .bytes = { 10, 0, 0, 2 } }, .dst.addr = { .family = 4, .bytes = { 10, 0, 0, 1 } } };
	struct packet       k = { .fragment = { 1, 8, 6, true } };

	(void)state;
	ip_fragments_init(&t, &wide);
	assert_int_equal(add(&t, (struct part){ 1, 0, 32, 32, 'a' }, &d), FRAGMENT_WHOLE);
	k.rest = (struct rest){ datagram_rest(d).p + 8, 24, 24 };
	assert_int_equal(ip_fragments_add(&t, &k, &s, &(struct origin){ .datagram = d }, &inner), FRAGMENT_WAITS);
	assert_null(ip_fragments_overdue(&t, false));
	ip_fragments_clear(&t);
}

static void one_that_never_becomes_whole_is_given_up(void **state)
{
	static const struct {
		const char *name;
		uint64_t    frames;
		int64_t     first_ns, now_ns;
		bool        is_overdue;
	} cases[] = {
		{ "30 seconds", 2, 0, 30 * SECOND, false },
		{ "and one nanosecond", 2, 0, 30 * SECOND + 1, true },
		{ "many frames in 30 seconds", 1000000, 0, 30 * SECOND, false },
		{ "without times, 10 000 frames", 10001, BITS_TIME_UNKNOWN, BITS_TIME_UNKNOWN, false },
		{ "and one more", 10002, BITS_TIME_UNKNOWN, BITS_TIME_UNKNOWN, true },
		{ "where one of them is not known", 10002, 0, BITS_TIME_UNKNOWN, true },
		{ "a clock that goes back", 2, 100 * SECOND, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct ip_fragments t;
		struct datagram    *d;

		ip_fragments_init(&t, &wide);
		ip_fragments_tick(&t, 1, cases[i].first_ns);
		add(&t, (struct part){ 1, 0, 8, 16, 'a' }, &d);
		ip_fragments_tick(&t, cases[i].frames, cases[i].now_ns);
		d = ip_fragments_overdue(&t, false);
		expect_in_row(cases[i].name, (d != NULL) == cases[i].is_overdue);
		expect_in_row(cases[i].name, d == NULL || (datagram_rest(d).captured == 8 && t.given_up == 1 && t.held == 0));
		if (d != NULL)
			datagram_free(d);
		ip_fragments_clear(&t);
	}
}

/* A million first fragments: what is kept stays below the limits, and each is given back once. */
static void what_is_kept_is_bounded(void **state)
{
	static const struct ip_fragments_limits rows[] = { { 100, 1 << 20 }, { 1000000, 20000 } };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct ip_fragments t;
		struct datagram    *d;
		uint32_t            given = 0;

		ip_fragments_init(&t, &rows[i]);
		for (uint32_t id = 0; id < 1000000; id++) {
			add(&t, (struct part){ id, 0, 8, 16, 'a' }, &d);
			for (; (d = ip_fragments_overdue(&t, false)) != NULL; given++)
				datagram_free(d);
			assert_true(t.by_age.length <= rows[i].datagrams && t.held <= rows[i].held);
		}
		for (; (d = ip_fragments_overdue(&t, true)) != NULL; given++)
			datagram_free(d);
		assert_int_equal(given, 1000000);
		assert_int_equal(t.given_up, 1000000);
		ip_fragments_clear(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_datagram_is_whole_with_its_last_fragment),
		cmocka_unit_test(copies_of_a_whole_one_open_nothing),
		cmocka_unit_test(a_fragment_may_be_of_the_datagram_that_it_lies_in),
		cmocka_unit_test(one_that_never_becomes_whole_is_given_up),
		cmocka_unit_test(what_is_kept_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
