/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_record_finding.c - a finding names its frames, and a filter that shows them; a rule is its row. */
#include "cli/record.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits_rules.h"
#include "tests/cm.h"

static void frames_and_filter_fit_each_other(void **state)
{
	static const struct {
		const char *name;
		unsigned n;
		struct bits_where at[3];
		const char *frames, *filter; /* filter NULL: null */
		bool captures;
	} cases[] = {
		{ "none", 0, { { 0 } }, "[]", NULL, false },
		{ "one", 1, { { .frame = 41 } }, "[41]", "frame.number in {41}", false },
		{ "three, the offending one first", 3, { { .frame = 44 }, { .frame = 41 }, { .frame = 50 } }, "[44,41,50]",
		  "frame.number in {44, 41, 50}", false },
		{ "one is not in the capture", 2, { { .frame = 44 }, { .frame = 0 } }, "[44,null]", "frame.number in {44}",
		  false },
		{ "another capture: a filter knows one only", 2, { { .frame = 44 }, { .frame = 3, .file = 1 } }, "[44,3]",
		  "frame.number in {44}", true },
	};
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	struct record_context c = { names, false };

	(void)state;
	g_ptr_array_add(names, "a.pcap");
	g_ptr_array_add(names, "b.pcap");
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_finding f = { .rule = BITS_RULE_HEAD_LOST, .n_at = cases[i].n };
		g_autoptr(json_t) record = NULL;
		char *frames;

		memcpy(f.at, cases[i].at, sizeof(cases[i].at));
		record = record_finding(&c, &f);
		frames = json_dumps(record_at(record, "frames"), JSON_COMPACT);
		print_message("%s: %s\n", cases[i].name, frames);
		assert_string_equal(frames, cases[i].frames);
		assert_true(g_strcmp0(record_text(record, "wireshark_filter"), cases[i].filter) == 0);
		assert_true((record_at(record, "captures") != NULL) == cases[i].captures);
		free(frames);
	}
}

static void the_decision_and_what_it_dragged_along_are_told(void **state)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	struct record_context c = { names, false };
	struct bits_session s = { .ordinal = 3 };
	struct bits_finding f = { .rule = BITS_RULE_PIPELINED_REQUEST, .severity = BITS_WARNING, .fault = BITS_FAULT_CLIENT,
				  .session = &s };
	g_autoptr(json_t) proven = NULL, open = NULL;

	(void)state;
	f.follows[0] = bits_rule_get(BITS_RULE_HEAD_LOST);
	proven = record_finding(&c, &f);
	f.undecided = true;
	f.session = NULL;
	open = record_finding(&c, &f);
	assert_string_equal(record_text(proven, "decision"), "proven");
	assert_string_equal(record_text(proven, "severity"), "warning"); /* after excuses, not the row's */
	assert_string_equal(record_text(proven, "fault"), "client");
	assert_int_equal(record_number(proven, "session", 0), 3);
	assert_int_equal(json_array_size(record_at(proven, "follows")), 1);
	assert_string_equal(json_string_value(json_array_get(record_at(proven, "follows"), 0)), "head-lost");
	assert_string_equal(record_text(open, "decision"), "undecided");
	assert_null(record_at(open, "session"));
}

static void a_rule_is_its_row(void **state)
{
	(void)state;
	for (int i = 0; i < BITS_N_RULES; i++) {
		const struct bits_rule *rule = bits_rule_get((enum bits_rule_id)i);
		g_autoptr(json_t) record = record_rule(rule);
		unsigned bits = 0;

		for (unsigned n = rule->needs; n != 0; n &= n - 1)
			bits++;
		expect_in_row(rule->name, strcmp(record_text(record, "rule"), rule->name) == 0);
		expect_in_row(rule->name, strcmp(record_text(record, "clause"), rule->clause) == 0);
		expect_in_row(rule->name, strcmp(record_text(record, "statement"), rule->statement) == 0);
		expect_in_row(rule->name, json_array_size(record_at(record, "needs")) == bits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_and_filter_fit_each_other),
		cmocka_unit_test(the_decision_and_what_it_dragged_along_are_told),
		cmocka_unit_test(a_rule_is_its_row),
	};

	gcry_check_version(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
