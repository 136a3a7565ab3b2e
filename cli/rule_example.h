/* rule_example.h - the conversations of docs/rules/, which are part of the program. */
#ifndef CLI_RULE_EXAMPLE_H
#define CLI_RULE_EXAMPLE_H

#include <glib.h>

/* One conversation: "> Fragment 0-9/25" is the client's, "< 200" the server's, what is indented differs from the book. */
struct rule_example {
	char *kind;         /* "breaks", "keeps", "excused", "doubts"    */
	char *title;
	char *conversation; /* lines                                     */
	char *findings;     /* what is said of it, a line each; may be "" */
};

/* Those of a rule, of struct rule_example, owned; empty where there is none.  The caller unrefs it. */
GPtrArray *rule_examples(const char *rule);

#endif
