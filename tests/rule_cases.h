/* rule_cases.h - the conversations of docs/rules/: for each rule one that breaks it, one that nearly does, and one that
 * has an excuse where there is any.
 *
 *   --- breaks: title          or keeps; or excused: lowered, undecided or silent; or doubts: undecided
 *   the conversation, see shorthand.h
 *   ===
 *   the findings, one a line, see specimen_judge() */
#ifndef TESTS_RULE_CASES_H
#define TESTS_RULE_CASES_H

#include <glib.h>
#include <stdbool.h>

struct rule_case {
	char *rule, *kind, *title;
	char *conversation; /* in full, see specimen.h */
	char *expected;
};

/* Every case of DIR, in order of rule; of struct rule_case, owned. */
GPtrArray *rule_cases_load(const char *dir);

/* Write what was told into the file of a rule: one text for each of its cases, in order. */
void rule_cases_update(const char *dir, const char *rule, char **told);

#endif
