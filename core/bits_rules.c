/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_rules.c - reading the table of rules (bits_rule_rows.c), and the sentence of a finding. */
#include "core/bits_rules.h"

#include <glib.h>
#include <string.h>

#define WORD_MAX 64 /* bytes of a word of the wire in a sentence */

extern const struct bits_rule bits_rule_rows[BITS_N_RULES];

const char *bits_severity_name(enum bits_severity s)
{
	static const char *const names[] = { "note", "warning", "error" };

	return names[s];
}

const char *bits_fault_name(enum bits_fault f)
{
	static const char *const names[] = { "none",         "client",  "server", "application",
		                             "intermediary", "network", "sender" };

	return names[f];
}

const char *bits_chapter_name(enum bits_chapter c)
{
	static const char *const names[] = {
		"Exchange and HTTP framing", "Session creation", "Session identity", "Fragment requests",
		"Fragment Acks and reply",   "Ending a session", "Error reporting",  "Authentication, intermediaries, timing",
		"The notification leg",      "The network",      "What the capture holds",
	};

	return names[c];
}

const char *bits_needs_name(unsigned bit)
{
	static const char *const names[] = {
		"TCP acknowledgements of the sender",
		"both messages on one connection",
		"no doubt which answer belongs to which request",
		"the connection from its start, both directions, without a hole",
		"digests of the bodies (not with --no-hash)",
		"the final answer, because a challenge changes what the request means",
		"the session's Create-Session and its Ack",
		"no other request of the session under way",
		"nothing lost since the session's latest packet, on the same connection",
		"the other side's own answer that confirms it, or a session of which nothing can be missing",
		"the clock of the capture",
	};

	G_STATIC_ASSERT(G_N_ELEMENTS(names) == BITS_N_NEEDS);
	return names[bit];
}

const struct bits_rule *bits_rule_get(enum bits_rule_id id)
{
	return &bits_rule_rows[id];
}

const struct bits_rule *bits_rule_find(const char *name)
{
	for (size_t i = 0; i < BITS_N_RULES; i++)
		if (strcmp(bits_rule_rows[i].name, name) == 0)
			return &bits_rule_rows[i];
	return NULL;
}

/* ---- the sentence ---------------------------------------------------------------------------------------------- */

static void append_word(GString *s, struct bits_str word)
{
	for (size_t i = 0; i < MIN(word.n, WORD_MAX); i++)
		if (g_ascii_isprint(word.p[i]))
			g_string_append_c(s, word.p[i]);
		else
			g_string_append_printf(s, "\\x%02X", (unsigned char)word.p[i]);
	if (word.n > WORD_MAX)
		g_string_append(s, "...");
}

/* Behind a number of 1: how much of the word is left where it is one of those that sentences count; 0: it is another. */
static size_t length_of_one(const char *p)
{
	static const char *const many[] = { " bytes", " seconds", " milliseconds", " segments" };

	for (size_t i = 0; i < G_N_ELEMENTS(many); i++)
		if (g_str_has_prefix(p, many[i]))
			return strlen(many[i]) - 1;
	return 0;
}

static bool is_one(const struct bits_finding *f, char which)
{
	return which >= '1' && which < '1' + BITS_FINDING_VALUES && f->value[which - '1'] == 1;
}

/* The character behind a '%'; false: it is none of ours. */
static bool append_value(GString *s, const struct bits_finding *f, char which)
{
	if (which >= '1' && which < '1' + BITS_FINDING_VALUES)
		g_string_append_printf(s, "%" G_GUINT64_FORMAT, f->value[which - '1']);
	else if (which >= 'a' && which < 'a' + BITS_FINDING_WORDS)
		append_word(s, f->word[which - 'a']);
	else
		return false;
	return true;
}

char *bits_finding_text(const struct bits_finding *f)
{
	GString    *s = g_string_new(NULL);
	const char *p = bits_rule_rows[f->rule].text[f->variant];

	while (*p != '\0') {
		size_t n;

		if (*p != '%' || !append_value(s, f, p[1])) {
			g_string_append_c(s, *p++);
			continue;
		}
		p += 2;
		n = is_one(f, p[-1]) ? length_of_one(p) : 0;
		g_string_append_len(s, p, (gssize)n);
		p += n > 0 ? n + 1 : 0;
	}
	return g_string_free(s, false);
}
