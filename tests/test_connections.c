/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_connections.c - which connections --connections tells of, and where. */
#include "cli/connections.h"

#include <string.h>

#include "tests/cm.h"
#include "tests/command.h"
#include "wire/conn_facts.h"

#define S "samples/"

static void each_connection_that_carried_bits_is_told(void **state)
{
	static const struct {
		const char *name, *line;
		unsigned records;
		const char *says;
	} cases[] = {
		{ "nobody asked", "-T ndjson " S "newconn_gobits.pcapng", 0, "" },
		{ "all of them", "-T ndjson --connections " S "newconn_gobits.pcapng", 8, "\"connection\":8,\"sessions\":[1]" },
		{ "the Ping's too, which is of no session", "-T ndjson --connections " S "newconn_gobits.pcapng", 8, "\"sessions\":[]" },
		{ "of one session only its own", "-T ndjson --connections --session 1 " S "newconn_gobits.pcapng", 7,
		  "\"connection\":8,\"sessions\":[1]" },
		{ "of a session that is not there none", "-T ndjson --connections --session 9 " S "newconn_gobits.pcapng", 0, "" },
		{ "packets", "packets -T ndjson --connections --session 1 " S "newconn_gobits.pcapng", 7, "\"connection\":8," },
		{ "several sessions on one", "-T ndjson --connections " S "midsession_sameconn_gobits.pcapng", 1, "" },
		{ "one in turns with another", "-T ndjson --connections " S "violation_parallel_lighttpd.pcapng", 2,
		  "\"connection\":1,\"sessions\":[1]" },
		{ "without hashes", "-T ndjson --no-hash --connections " S "newconn_gobits.pcapng", 8, "" },
		{ "a damaged capture", "-T ndjson --connections damaged.pcapng", 1, "\"ended_by\":\"capture-end\"" },
		{ "no HTTP at all", "-T ndjson --connections -f udp " S "newconn_gobits.pcapng", 0, "" },
		{ "as text", "--connections " S "newconn_gobits.pcapng", 0, "\nConnections\n" },
		{ "as text, below the packets", "packets --connections " S "newconn_gobits.pcapng", 0, "\n\nConnections\n" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(told) t = command_program(cases[i].line);

		print_message("%s\n", cases[i].name);
		assert_int_equal(command_records(t.out, "connection"), cases[i].records);
		if (!strstr(t.out, cases[i].says))
			fail_msg("'%s' is not in:\n%s", cases[i].says, t.out);
	}
}

/* By their numbers, behind everything about sessions, before `input`. */
static void they_come_in_order(void **state)
{
	g_auto(told) t = command_program("-T ndjson --connections " S "newconn_gobits.pcapng");
	const char *at = t.out;

	(void)state;
	for (unsigned n = 1; n <= 8; n++) {
		g_autofree char *part = g_strdup_printf("\"connection\":%u,", n);

		at = strstr(at, part);
		assert_non_null(at);
	}
	assert_non_null(strstr(at, "{\"event_type\":\"input\""));
	assert_null(strstr(at, "{\"event_type\":\"session\""));
}

/* A port that is used again ends its connection before older ones. */
static void the_order_is_not_that_of_their_ends(void **state)
{
	const struct options o = { .connections = true };
	struct connections c;
	struct run r;

	(void)state;
	run_init(&r, &o);
	connections_init(&c, &r);
	for (uint64_t n = 3; n > 0; n--) {
		const struct bits_exchange x = { .conn = n };
		const struct conn_facts f = { .ordinal = n };

		connections_packet(&c, &x);
		r.facts_told(&f, r.facts_user);
	}
	r.facts_over(r.facts_user);
	assert_int_equal(r.connections->len, 3);
	for (guint i = 0; i < 3; i++)
		assert_int_equal(record_number(g_ptr_array_index(r.connections, i), "connection", 0), i + 1);
	connections_clear(&c);
	run_clear(&r);
}

static void only_report_and_packets_have_it(void **state)
{
	g_auto(told) check = command_program("check --connections " S "newconn_gobits.pcapng");

	(void)state;
	assert_int_equal(check.status, 2);
}

static int set_up(void **state)
{
	g_autofree char *bytes = NULL;
	gsize n;

	return command_set_up(state) || !g_file_get_contents(S "violation_pipelined_gobits.pcapng", &bytes, &n, NULL) ||
	       !g_file_set_contents("damaged.pcapng", bytes, 3000, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_connection_that_carried_bits_is_told),
		cmocka_unit_test(they_come_in_order),
		cmocka_unit_test(the_order_is_not_that_of_their_ends),
		cmocka_unit_test(only_report_and_packets_have_it),
	};

	return cmocka_run_group_tests(tests, set_up, command_tear_down);
}
