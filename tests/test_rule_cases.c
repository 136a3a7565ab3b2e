/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_rule_cases.c - every rule has conversations that break it, that keep it, and that have an excuse where there is
 * one; and the core says of each what is written there, however the input is cut.  UPDATE=1 rewrites what is written;
 * the diff is reviewed like code. */
#include "tests/rule_cases.h"

#include <string.h>

#include "core/bits_rules.h"
#include "tests/cm.h"
#include "tests/specimen.h"

static GPtrArray *cases;

static char *told_of(const struct rule_case *c, size_t piece, size_t phase)
{
	struct specimen *s = specimen_parse(c->conversation);
	char            *told = specimen_judge(s, piece, phase);

	specimen_free(s);
	return told;
}

static void update(void)
{
	for (guint from = 0, to; from < cases->len; from = to) {
		const char          *rule = ((struct rule_case *)cases->pdata[from])->rule;
		g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func(g_free);

		for (to = from; to < cases->len && strcmp(((struct rule_case *)cases->pdata[to])->rule, rule) == 0; to++)
			g_ptr_array_add(told, told_of(cases->pdata[to], 0, 0));
		rule_cases_update(RULE_DIR, rule, (char **)told->pdata);
	}
}

static void the_core_says_what_is_written(void **state)
{
	unsigned wrong = 0;

	(void)state;
	if (g_getenv("UPDATE") != NULL)
		update();
	for (guint i = 0; i < cases->len && g_getenv("UPDATE") == NULL; i++) {
		const struct rule_case *c = cases->pdata[i];
		g_autofree char        *told = told_of(c, 0, 0);

		if (strcmp(told, c->expected) == 0)
			continue;
		print_error("%s %s: %s\n--- told ---\n%s--- written ---\n%s", c->rule, c->kind, c->title, told, c->expected);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void any_cut_says_the_same(void **state)
{
	(void)state;
	for (guint i = 0; i < cases->len; i++) {
		const struct rule_case *c = cases->pdata[i];
		g_autofree char        *whole = told_of(c, 0, 0), *bytes = told_of(c, 1, 0);

		if (strcmp(whole, bytes) != 0)
			fail_msg("%s %s: byte by byte:\n%s--- uncut ---\n%s", c->rule, c->kind, bytes, whole);
		for (size_t phase = 1; phase < 40; phase += 3) {
			g_autofree char *cut = told_of(c, 37, phase);

			if (strcmp(whole, cut) != 0)
				fail_msg("%s %s: pieces of 37 after %zu:\n%s--- uncut ---\n%s", c->rule, c->kind, phase, cut, whole);
		}
	}
}

/* How a line of findings names the rule: told, dragged along, or not at all. */
enum naming { NAMED_NOT, NAMED_DRAGGED, NAMED_UNDECIDED, NAMED_PROVEN };

static enum naming naming_in_line(const char *line, const char *rule)
{
	const char      *colon = strstr(line, ": ");
	g_autofree char *front = g_strndup(line, colon != NULL ? (gsize)(colon - line) : strlen(line));
	g_auto(GStrv)    words = g_strsplit_set(front, " (),", -1);
	bool             undecided = strcmp(words[0], "undecided") == 0;
	unsigned         place = 2 + undecided;

	for (unsigned i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], rule) == 0)
			return i != place ? NAMED_DRAGGED : undecided ? NAMED_UNDECIDED : NAMED_PROVEN;
	return NAMED_NOT;
}

static enum naming naming_in(const struct rule_case *c)
{
	g_auto(GStrv) lines = g_strsplit(c->expected, "\n", -1);
	enum naming   best = NAMED_NOT;

	for (char **l = lines; *l != NULL; l++)
		if (**l != '\0')
			best = MAX(best, naming_in_line(*l, c->rule));
	return best;
}

/* The severity with which the findings of a case name its rule; -1: not at all. */
static int severity_in(const struct rule_case *c)
{
	g_auto(GStrv) lines = g_strsplit(c->expected, "\n", -1);

	for (char **l = lines; *l != NULL; l++)
		for (int s = BITS_NOTE; s < BITS_N_SEVERITIES; s++)
			if (naming_in_line(*l, c->rule) == NAMED_PROVEN && g_str_has_prefix(*l, bits_severity_name((enum bits_severity)s)))
				return s;
	return -1;
}

static void each_case_is_what_it_says(void **state)
{
	(void)state;
	for (guint i = 0; i < cases->len; i++) {
		const struct rule_case *c = cases->pdata[i];
		const struct bits_rule *row = bits_rule_find(c->rule);
		enum naming             naming = naming_in(c);

		if (row == NULL)
			fail_msg("docs/rules/%s.txt: no such rule", c->rule);
		if (strcmp(c->kind, "doubts") == 0 && naming != NAMED_UNDECIDED)
			fail_msg("%s: \"%s\" is not left undecided", c->rule, c->title);
		if (strcmp(c->kind, "breaks") == 0 && naming != NAMED_PROVEN && naming != NAMED_DRAGGED)
			fail_msg("%s: \"%s\" does not break it", c->rule, c->title);
		if (strcmp(c->kind, "keeps") == 0 && naming != NAMED_NOT)
			fail_msg("%s: \"%s\" breaks it", c->rule, c->title);
		if (strcmp(c->kind, "excused") == 0 && naming == NAMED_PROVEN && severity_in(c) >= (int)row->severity)
			fail_msg("%s: \"%s\" has no excuse", c->rule, c->title);
	}
}

static bool has_case(const char *rule, const char *kind)
{
	for (guint i = 0; i < cases->len; i++) {
		const struct rule_case *c = cases->pdata[i];

		if (strcmp(c->rule, rule) == 0 && strcmp(c->kind, kind) == 0)
			return true;
	}
	return false;
}

static void every_rule_has_its_cases(void **state)
{
	unsigned missing = 0;

	(void)state;
	for (int i = 0; i < BITS_N_RULES; i++) {
		const struct bits_rule *row = bits_rule_get((enum bits_rule_id)i);
		static const char *const kinds[] = { "breaks", "keeps", "excused" };

		for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
			/* what only clocks could tell of is never proven */
			if (has_case(row->name, kinds[k]) || (k == 0 && has_case(row->name, "doubts")) || (k == 2 && row->excuse == NULL))
				continue;
			print_error("%s: no conversation that %s\n", row->name, k == 2 ? "is excused" : kinds[k]);
			missing++;
		}
	}
	assert_int_equal(missing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_core_says_what_is_written),
		cmocka_unit_test(any_cut_says_the_same),
		cmocka_unit_test(each_case_is_what_it_says),
		cmocka_unit_test(every_rule_has_its_cases),
	};
	int failed;

	cases = rule_cases_load(RULE_DIR);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	g_ptr_array_unref(cases);
	return failed;
}
