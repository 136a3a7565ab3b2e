/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/bits_str.h"

#include <glib.h>
#include <string.h>

#include "tests/cm.h"

static void takes_numbers_that_fit(void **state)
{
	static const struct {
		const char *name, *text;
		bool        ok;
		uint64_t    value;
		size_t      left;
	} cases[] = {
		{ "a digit", "7", true, 7, 0 },
		{ "leading zeros", "0007x", true, 7, 1 },
		{ "the greatest", "18446744073709551615", true, UINT64_MAX, 0 },
		{ "one more than the greatest", "18446744073709551616", false, 0, 20 },
		{ "twenty-one digits", "100000000000000000000", false, 0, 21 },
		{ "a sign is no digit", "-1", false, 0, 2 },
		{ "nothing", "", false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_str s = bits_str_of(cases[i].text);
		uint64_t        value = 0;

		expect_in_row(cases[i].name, bits_take_u64(&s, &value) == cases[i].ok);
		expect_in_row(cases[i].name, value == cases[i].value);
		expect_in_row(cases[i].name, s.n == cases[i].left);
	}
}

static void takes_hexadecimal_of_32_bits(void **state)
{
	static const struct {
		const char *name, *text;
		bool        ok;
		uint32_t    value;
	} cases[] = {
		{ "upper case", "8020001F", true, 0x8020001F },
		{ "lower case", "8020001f", true, 0x8020001F },
		{ "leading zeros count for nothing", "000000005", true, 5 },
		{ "33 bits", "100000000", false, 0 },
		{ "no digit", "x5", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_str s = bits_str_of(cases[i].text);
		uint32_t        value = 0;

		expect_in_row(cases[i].name, bits_take_hex32(&s, &value) == cases[i].ok);
		expect_in_row(cases[i].name, value == cases[i].value);
	}
}

static void splits_and_trims(void **state)
{
	struct bits_str s = BITS_STR(" a , b"), first;

	(void)state;
	first = bits_str_trim(bits_str_split(&s, ','));
	assert_true(bits_str_eq(first, BITS_STR("a")));
	assert_true(bits_str_eq(bits_str_trim(s), BITS_STR("b")));
	first = bits_str_split(&s, ',');
	assert_true(bits_str_eq(first, BITS_STR(" b")));
	assert_int_equal(s.n, 0);
	assert_int_equal(bits_str_trim(BITS_STR(" \r\n\t ")).n, 0);
}

static void compares_without_locale(void **state)
{
	(void)state;
	assert_true(bits_str_eq_nocase(BITS_STR("BITS-Packet-TYPE"), BITS_STR("bits-packet-type")));
	assert_false(bits_str_eq_nocase(BITS_STR("a"), BITS_STR("ab")));
	assert_false(bits_str_eq_nocase(BITS_STR("a\0b"), BITS_STR("a\0c")));
	assert_false(bits_str_eq_nocase(BITS_STR("[@"), BITS_STR("{`"))); /* beside the letters */
	assert_false(bits_str_eq_nocase(BITS_STR("\xC4"), BITS_STR("\xE4"))); /* Latin-1 is no ASCII */
	assert_true(bits_str_starts(BITS_STR("abc"), BITS_STR("")));
	assert_false(bits_str_starts_nocase(BITS_STR("ab"), BITS_STR("abc")));
}

static void takes_literals_only_whole(void **state)
{
	struct bits_str s = BITS_STR("bytes  5");

	(void)state;
	assert_false(bits_take(&s, "Bytes"));
	assert_true(bits_take_nocase(&s, "Bytes"));
	assert_true(bits_take_spaces(&s));
	assert_false(bits_take_spaces(&s));
	assert_int_equal(s.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_numbers_that_fit),
		cmocka_unit_test(takes_hexadecimal_of_32_bits),
		cmocka_unit_test(splits_and_trims),
		cmocka_unit_test(compares_without_locale),
		cmocka_unit_test(takes_literals_only_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
