/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/bits_upload.h"

#include "tests/cm.h"

static void knows_its_state(void **state)
{
	static const struct {
		const char          *name;
		uint64_t             size;
		struct bits_range    accepted, open;
		bool                 closed_empty;
		enum bits_file_state state;
		uint64_t             gaps;
	} cases[] = {
		{ "nothing", BITS_SIZE_UNKNOWN, { 0, 0 }, { 0, 0 }, false, BITS_FILE_NONE, 0 },
		{ "a size and nothing else", 10, { 0, 0 }, { 0, 0 }, false, BITS_FILE_NONE, 10 },
		{ "all accepted", 10, { 0, 10 }, { 0, 0 }, false, BITS_FILE_COMPLETE, 0 },
		{ "one byte short", 10, { 0, 9 }, { 0, 0 }, false, BITS_FILE_PARTIAL, 1 },
		{ "the last byte unanswered", 10, { 0, 9 }, { 9, 10 }, false, BITS_FILE_UNCONFIRMED, 0 },
		{ "nothing answered", 10, { 0, 0 }, { 0, 10 }, false, BITS_FILE_UNCONFIRMED, 0 },
		{ "some unanswered, some missing", 10, { 0, 5 }, { 7, 10 }, false, BITS_FILE_PARTIAL, 2 },
		{ "accepted bytes beyond the size", 10, { 0, 11 }, { 0, 0 }, false, BITS_FILE_PARTIAL, 0 },
		{ "accepted bytes of a file that is said to be empty", 0, { 0, 10 }, { 0, 0 }, false, BITS_FILE_PARTIAL, 0 },
		{ "unanswered bytes beyond the size: another attempt's", 10, { 0, 10 }, { 10, 20 }, false, BITS_FILE_COMPLETE, 0 },
		{ "bytes, but no size", BITS_SIZE_UNKNOWN, { 0, 10 }, { 0, 0 }, false, BITS_FILE_PARTIAL, 0 },
		{ "an empty file that was closed", BITS_SIZE_UNKNOWN, { 0, 0 }, { 0, 0 }, true, BITS_FILE_COMPLETE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_upload u;
		struct bits_ranges gaps;

		bits_upload_init(&u);
		u.size = cases[i].size;
		bits_ranges_add(&u.accepted, cases[i].accepted);
		bits_ranges_add(&u.open, cases[i].open);
		gaps = bits_upload_gaps(&u);
		expect_in_row(cases[i].name, bits_upload_state(&u, cases[i].closed_empty) == cases[i].state);
		expect_in_row(cases[i].name, bits_ranges_total(&gaps) == cases[i].gaps);
		bits_ranges_clear(&gaps);
		bits_upload_clear(&u);
	}
}

static void an_accepted_total_beats_a_claimed_one(void **state)
{
	static const struct {
		const char *name;
		struct {
			uint64_t total;
			bool     accepted;
		} said[3];
		uint64_t size;
	} cases[] = {
		{ "the first claim", { { 10, false }, { 20, false } }, 10 },
		{ "an accepted one after it", { { 10, false }, { 20, true } }, 20 },
		{ "a smaller accepted one after it", { { 20, false }, { 10, true } }, 10 },
		{ "of two accepted ones the greater, so that nothing is complete too early", { { 10, true }, { 20, true } }, 20 },
		{ "a claim changes nothing that was accepted", { { 10, true }, { 20, false } }, 10 },
		{ "an unknown total says nothing", { { 10, true }, { BITS_SIZE_UNKNOWN, true } }, 10 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_upload u;

		bits_upload_init(&u);
		for (size_t k = 0; k < 2; k++)
			bits_upload_total(&u, cases[i].said[k].total, cases[i].said[k].accepted);
		expect_in_row(cases[i].name, u.size == cases[i].size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_its_state),
		cmocka_unit_test(an_accepted_total_beats_a_claimed_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
