/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_carriers.c - packets and sessions as a few words, and which connections they lie on. */
#include "cli/carriers.h"

#include <stdio.h>
#include <string.h>

#include "tests/cm.h"

/* "p1/2": a packet of session 1 on connection 2; of none: "p0/2"; "j2/1": session 2 turned out to be 1; "e1": 1 ended, its
 * id is {1}; "e2/1": ... and it is the same upload as 1. */
static void feed(struct carriers *c, const char *word)
{
	struct bits_session a = { 0 }, b = { 0 };
	struct bits_exchange x = { 0 };
	char what, id[8];

	assert_true(sscanf(word, "%c%lu/%lu", &what, &a.ordinal, &b.ordinal) >= 2);
	g_snprintf(id, sizeof(id), "{%lu}", a.ordinal);
	a.id = id;
	a.same_upload_as = what == 'e' ? b.ordinal : 0;
	x.session = a.ordinal ? &a : NULL;
	x.conn = b.ordinal;
	if (what == 'p')
		carriers_packet(c, &x);
	else if (what == 'j')
		carriers_joined(c, &a, &b);
	else
		carriers_ended(c, &a);
}

/* "1:1,2 3:2": connection 1 carried sessions 1 and 2, connection 3 session 2; connections 1 to 9 */
static char *tell(const struct carriers *c)
{
	g_autoptr(GHashTable) all = carriers_connections(c);
	GString *s = g_string_new(NULL);

	for (uint64_t conn = 1; conn < 10; conn++) {
		const GArray *sessions = g_hash_table_lookup(all, &conn);

		if (sessions == NULL)
			continue;
		g_string_append_printf(s, "%s%lu:", s->len ? " " : "", conn);
		for (guint i = 0; i < sessions->len; i++)
			g_string_append_printf(s, "%s%lu", i ? "," : "", g_array_index(sessions, uint64_t, i));
	}
	return g_string_free(s, FALSE);
}

static void each_session_has_its_connections(void **state)
{
	static const struct {
		const char *name, *wanted, *words, *says, *all; /* all: what carriers_has says of 1 to 3 */
		bool both_sides;
	} cases[] = {
		{ "both sides of a proxy, asked for by the first", "1", "p1/1 p2/2 p3/3 e1 e2/1 e3", "1:1 2:2", "xxx", true },
		{ "... by the second", "2", "p1/1 p2/2 p3/3 e1 e2/1 e3", "1:1 2:2", "xxx", true },
		{ "one side alone", "2", "p1/1 p2/2 e1 e2/1", "2:2", "xx-", false },
		{ "nothing", NULL, "", "", "---", false },
		{ "a session on two connections", NULL, "p1/1 p1/1 p1/3 e1", "1:1 3:1", "x-x", false },
		{ "two sessions on one", NULL, "p2/1 p1/1 e1 e2", "1:1,2", "x--", false },
		{ "a packet of none", NULL, "p0/2", "", "-x-", false },
		{ "two that are one", NULL, "p1/1 p2/2 j2/1 e1", "1:1 2:1", "xx-", false },
		{ "a packet of it came before the other's", NULL, "p2/2 j2/1 p1/1 e1", "1:1 2:1", "xx-", false },
		{ "one by its number", "2", "p1/1 p2/1 p2/2 e1 e2", "1:2 2:2", "xx-", false },
		{ "one by its id", "{1}", "p1/1 p2/1 p2/2 e2 e1", "1:1", "xx-", false },
		{ "one that is not there", "9", "p1/1 e1", "", "x--", false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) words = g_strsplit(cases[i].words, " ", -1);
		g_autofree char *told = NULL;
		struct carriers c;

		carriers_init(&c, cases[i].wanted, cases[i].both_sides);
		for (char **word = words; *word; word++)
			feed(&c, *word);
		told = tell(&c);
		if (strcmp(told, cases[i].says) != 0)
			fail_msg("row \"%s\": \"%s\" instead of \"%s\"", cases[i].name, told, cases[i].says);
		for (uint64_t conn = 1; conn <= 3; conn++)
			expect_in_row(cases[i].name, carriers_has(&c, conn) == (cases[i].all[conn - 1] == 'x'));
		carriers_clear(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_session_has_its_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
