/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_names.c - values and their names, both ways. */
#include "core/bits_names.h"

#include <glib.h>
#include <string.h>

#include "tests/cm.h"

/* Every value has a name of its own but those that mean "nothing"; and what is no value has none. */
static void every_value_has_its_own_name(void **state)
{
	static const struct {
		const char *name;
		const char *(*name_of)(unsigned value);
		unsigned n, unnamed; /* values; of these, from 0 on, without a name */
	} cases[] = {
#define OF(function) ((const char *(*)(unsigned))(void (*)(void))(function))
		{ "packets", OF(bits_packet_name), BITS_N_PACKETS, 1 },
		{ "dialects", OF(bits_dialect_name), BITS_DIALECT_IMITATION + 1, 1 },
		{ "outcomes", OF(bits_outcome_name), BITS_N_OUTCOMES, 0 },
		{ "states", OF(bits_state_name), BITS_N_STATES, 0 },
		{ "endings", OF(bits_ending_name), BITS_ENDING_LOST + 1, 0 },
		{ "file states", OF(bits_file_state_name), BITS_FILE_COMPLETE + 1, 0 },
		{ "ends of connections", OF(bits_close_name), BITS_N_CLOSES, 1 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		for (unsigned v = 0; v < cases[i].n; v++) {
			const char *name = cases[i].name_of(v);

			expect_in_row(cases[i].name, (name == NULL) == (v < cases[i].unnamed));
			for (unsigned other = 0; other < v; other++)
				expect_in_row(cases[i].name, g_strcmp0(name, cases[i].name_of(other)) != 0);
		}
		expect_in_row(cases[i].name, cases[i].name_of(cases[i].n) == NULL);
	}
}

static void reads_packet_types(void **state)
{
	static const struct {
		const char      *name, *text;
		enum bits_packet packet;
	} cases[] = {
		{ "as the wire spells it", "Create-Session", BITS_PACKET_CREATE_SESSION },
		{ "in another case (trap 1)", "FRAGMENT", BITS_PACKET_FRAGMENT },
		{ "an Ack is one too", "ack", BITS_PACKET_ACK },
		{ "the beginning of one is none", "Create", BITS_PACKET_UNKNOWN },
		{ "nor is one with something behind it", "Ping2", BITS_PACKET_UNKNOWN },
		{ "names that are ours alone are not on the wire", "Imitation", BITS_PACKET_UNKNOWN },
		{ "nothing", "", BITS_PACKET_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_in_row(cases[i].name, bits_packet_parse(bits_str_of(cases[i].text)) == cases[i].packet);
}

static void names_error_codes(void **state)
{
	static const struct {
		const char *name;
		uint32_t    code;
		const char *wanted;
	} cases[] = {
		{ "BITS", BITS_HRESULT_SESSION_NOT_FOUND, "BG_E_SESSION_NOT_FOUND" },
		{ "a success of BITS", 0x00200017, "BG_S_PARTIAL_COMPLETE" },
		{ "Windows", 0x80070005, "E_ACCESSDENIED" },
		{ "HTTP in an HRESULT", 0x80190000 + 416, "BG_E_HTTP_ERROR_416" },
		{ "an HTTP status that Windows has no constant for", 0x80190000 + 418, NULL },
		{ "nothing known", 0x80209999, NULL },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_in_row(cases[i].name, g_strcmp0(bits_hresult_name(cases[i].code), cases[i].wanted) == 0);
	assert_string_equal(bits_error_context_name(7), "BG_ERROR_CONTEXT_REMOTE_APPLICATION");
	assert_string_equal(bits_error_context_name(0), "BG_ERROR_CONTEXT_NONE");
	assert_null(bits_error_context_name(9));
	assert_null(bits_error_context_name(UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_has_its_own_name),
		cmocka_unit_test(reads_packet_types),
		cmocka_unit_test(names_error_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
