/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_words_connections.c - the table of connections, from records made by hand. */
#include <string.h>

#include "cli/words.h"
#include "tests/book.h"
#include "tests/cm.h"

#define QUIET  "{\"segments\":500,\"retransmissions\":0,\"lost_bytes\":0,\"zero_windows\":0}"
#define ROUGH  "{\"segments\":600,\"retransmissions\":3,\"lost_bytes\":1448,\"zero_windows\":2}"
#define CLIENT "{\"connection\":4,\"src_ip\":\"10.0.0.2\",\"src_port\":4000,\"sessions\":"
#define SIX    "{\"connection\":4,\"src_ip\":\"fd77::1\",\"src_port\":4000,\"sessions\":"
#define SENT(a, b) ",\"sent_by_client\":" a ",\"sent_by_server\":" b
#define CALM   ",\"ended_by\":\"client-fin\",\"server_time\":{\"mean_ns\":null},\"longest_stall\":null}"
#define SLOW   ",\"ended_by\":\"server-rst\",\"server_time\":{\"mean_ns\":1200000},\"longest_stall\":{\"ns\":50000000,\"whose\":\"client\"}}"

static void a_row_says_what_went_wrong(void **state)
{
	const struct style wide = { .width = 100, .arrow = "->", .dot = "; ", .ellipsis = "..." };
	static const struct {
		const char *name, *record, *row;
	} cases[] = {
		{ "nothing went wrong", CLIENT "[1]" SENT(QUIET, QUIET) CALM,
		  "\n4  10.0.0.2:4000   1     1,000      -     -       -       -  -              client-fin\n" },
		{ "much did, and both directions are one", CLIENT "[1,2]" SENT(ROUGH, ROUGH) SLOW,
		  "\n4  10.0.0.2:4000  1, ..     1,200      6  2,896       4  1.2 ms  50.0 ms client  server-rst\n" },
		{ "of no session, over IPv6", SIX "[]" SENT(QUIET, QUIET) CALM, "\n4  [fd77::1]:4000   -  " },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GPtrArray) records = g_ptr_array_new();
		g_autoptr(json_t) record = json_loads(cases[i].record, 0, NULL);
		g_autoptr(GString) out = g_string_new(NULL);
		const struct run r = { .connections = records };

		assert_non_null(record);
		words_connections(&wide, out, &r);
		assert_string_equal(out->str, "");
		g_ptr_array_add(records, record);
		words_connections(&wide, out, &r);
		if (!strstr(out->str, cases[i].row))
			fail_msg("row \"%s\": %s", cases[i].name, out->str);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_says_what_went_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
