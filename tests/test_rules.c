/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/bits_rules.h"

#include <glib.h>
#include <string.h>

#include "core/bits_names.h"
#include "tests/cm.h"

static void every_row_is_filled(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BITS_N_RULES; i++) {
		const struct bits_rule *r = bits_rule_get((enum bits_rule_id)i);

		assert_non_null(r->name);
		assert_non_null(r->clause);
		assert_non_null(r->statement);
		assert_non_null(r->text[0]);
		assert_ptr_equal(bits_rule_find(r->name), r);
	}
	assert_null(bits_rule_find("no-such-rule"));
}

static void writes_values_into_the_sentence(void **state)
{
	struct bits_finding f = { .rule = BITS_RULE_PIPELINED_REQUEST, .value = { 7, 152 } };
	g_autofree char    *text = bits_finding_text(&f), *variant = NULL;

	(void)state;
	assert_non_null(strstr(text, "7 of 152 bytes"));
	f.variant = 1;
	variant = bits_finding_text(&f);
	assert_null(strstr(variant, "152"));
}

static void one_is_no_plural(void **state)
{
	static const struct {
		enum bits_rule_id rule;
		unsigned          variant;
		uint64_t          value[2];
		const char       *says;
	} cases[] = {
		{ BITS_RULE_PIPELINED_REQUEST, 0, { 0, 1 }, "0 of 1 byte of the answer" },
		{ BITS_RULE_PIPELINED_REQUEST, 0, { 1, 21 }, "1 of 21 bytes of the answer" },
		{ BITS_RULE_BODY_TRUNCATED, 0, { 0, 1 }, "after 0 of 1 byte of the body" },
		{ BITS_RULE_RESPONSE_SLOW, 0, { 1 }, "answered after 1 second" },
		{ BITS_RULE_HEAD_LOST, 0, { 2 }, "2 bytes belong to no" },
		{ BITS_RULE_HEAD_LOST, 1, { 1 }, "1 byte belongs to no" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_finding f = { .rule = cases[i].rule, .variant = cases[i].variant,
			                  .value = { cases[i].value[0], cases[i].value[1] } };
		g_autofree char    *text = bits_finding_text(&f);

		expect_in_row(cases[i].says, strstr(text, cases[i].says) != NULL);
	}
}

static void names_values(void **state)
{
	(void)state;
	assert_string_equal(bits_hresult_name(0x8020001F), "BG_E_SESSION_NOT_FOUND");
	assert_string_equal(bits_hresult_name(0x80190194), "BG_E_HTTP_ERROR_404");
	assert_null(bits_hresult_name(0x801901F0)); /* a relay's slip: no such constant */
	assert_string_equal(bits_error_context_name(5), "BG_ERROR_CONTEXT_REMOTE_FILE");
	assert_null(bits_error_context_name(99));
	assert_int_equal(bits_packet_parse(BITS_STR("fragment")), BITS_PACKET_FRAGMENT);
	for (unsigned i = BITS_PACKET_PING; i < BITS_N_PACKETS; i++)
		assert_non_null(bits_packet_name((enum bits_packet)i));
	for (unsigned i = 0; i < BITS_N_OUTCOMES; i++)
		assert_non_null(bits_outcome_name((enum bits_outcome)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_filled),
		cmocka_unit_test(writes_values_into_the_sentence),
		cmocka_unit_test(one_is_no_plural),
		cmocka_unit_test(names_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
