/* rule_texts.h - the files of docs/rules/, which the build lays into the program (embed_rules.cmake). */
#ifndef CLI_RULE_TEXTS_H
#define CLI_RULE_TEXTS_H

struct rule_text {
	const char *rule, *text;
};

extern const struct rule_text bits_rule_texts[]; /* the last one has no rule */

#endif
