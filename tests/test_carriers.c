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

static void add(uint64_t conn, uint64_t session, void *user)
{
	assert_true(conn > 0 && conn < 10 && session > 0 && session < 10);
	assert_false(((bool(*)[10])user)[conn][session]); /* once */
	((bool(*)[10])user)[conn][session] = true;
}

/* "1:1,2 3:2": connection 1 carried sessions 1 and 2, connection 3 session 2; connections 1 to 9 */
static char *tell(struct carriers *c)
{
	GString *s = g_string_new(NULL);
	bool carried[10][10] = { 0 };

	assert_true(carriers_tell(c, add, carried, NULL));
	for (unsigned conn = 1; conn < 10; conn++) {
		const char *mark = ":";

		for (unsigned session = 1; session < 10; session++) {
			if (!carried[conn][session])
				continue;
			if (*mark == ':')
				g_string_append_printf(s, "%s%u", s->len ? " " : "", conn);
			g_string_append_printf(s, "%s%u", mark, session);
			mark = ",";
		}
	}
	return g_string_free(s, FALSE);
}

static void each_session_has_its_connections(void **state)
{
	static const struct {
		const char *name, *wanted, *words, *says;
		bool both_sides;
	} cases[] = {
		{ "both sides of a proxy, asked for by the first", "1", "p1/1 p2/2 p3/3 e1 e2/1 e3", "1:1 2:2", true },
		{ "... by the second", "2", "p1/1 p2/2 p3/3 e1 e2/1 e3", "1:1 2:2", true },
		{ "one side alone", "2", "p1/1 p2/2 e1 e2/1", "2:2", false },
		{ "nothing", NULL, "", "", false },
		{ "a session on two connections", NULL, "p1/1 p1/1 p1/3 e1", "1:1 3:1", false },
		{ "two sessions on one", NULL, "p2/1 p1/1 e1 e2", "1:1,2", false },
		{ "a packet of none", NULL, "p0/2", "", false },
		{ "two that are one", NULL, "p1/1 p2/2 j2/1 e1", "1:1 2:1", false },
		{ "a packet of it came before the other's", NULL, "p2/2 j2/1 p1/1 e1", "1:1 2:1", false },
		{ "two that are one of several", NULL, "p3/3 p2/2 p1/1 p4/4 j2/1 j4/1 e3 e1", "1:1 2:1 3:3 4:1", false },
		{ "the other side of one that turned out to be another", "2", "p3/3 p1/1 p2/2 j3/1 e1 e2/1", "1:1 2:2 3:1",
		  true },
		{ "... which had two itself", NULL, "p1/1 p2/2 p2/3 j2/1 e1", "1:1 2:1 3:1", false },
		{ "in turns on two", NULL, "p1/1 p1/2 p1/1 p1/2 e1", "1:1 2:1", false },
		{ "one by its number", "2", "p1/1 p2/1 p2/2 e1 e2", "1:2 2:2", false },
		{ "one by its id", "{1}", "p1/1 p2/1 p2/2 e2 e1", "1:1", false },
		{ "one that is not there", "9", "p1/1 e1", "", false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) words = g_strsplit(cases[i].words, " ", -1);
		g_autofree char *told = NULL;
		struct spool spool;
		struct carriers c;

		spool_init(&spool, g_get_tmp_dir());
		carriers_init(&c, &spool, cases[i].wanted, cases[i].both_sides);
		for (char **word = words; *word; word++)
			feed(&c, *word);
		told = tell(&c);
		if (strcmp(told, cases[i].says) != 0)
			fail_msg("row \"%s\": \"%s\" instead of \"%s\"", cases[i].name, told, cases[i].says);
		carriers_clear(&c);
		spool_clear(&spool);
	}
}

static void what_cannot_be_noted_is_told_at_the_end(void **state)
{
	g_autoptr(GError) error = NULL;
	struct spool spool;
	struct carriers c;

	(void)state;
	spool_init(&spool, "/nowhere");
	carriers_init(&c, &spool, NULL, false);
	for (unsigned i = 0; i < 2 * TAPE_PIECE; i++) {
		struct bits_session s = { .ordinal = i + 1 };

		carriers_packet(&c, &(struct bits_exchange){ .session = &s, .conn = 1 });
		carriers_ended(&c, &s);
	}
	assert_false(carriers_tell(&c, add, NULL, &error));
	assert_non_null(error);
	carriers_clear(&c);
	spool_clear(&spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_session_has_its_connections),
		cmocka_unit_test(what_cannot_be_noted_is_told_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
