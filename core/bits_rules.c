/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_rules.c - the table of rules.  What decides them is in bits_order.c and bits_fate.c; how they are named, what
 * they weigh, whom they blame and what they need is here and nowhere else. */
#include "core/bits_rules.h"

#include <glib.h>
#include <string.h>

#define NEEDS_PAIR (BITS_NEEDS_HEARD | BITS_NEEDS_ONE_CONN | BITS_NEEDS_PAIRS)

/* [MC-BUP] has no sentence about outstanding requests, but its client sends, waits and sends again (3.1.5.1); the win32
 * pages say it outright.  They do not say of what: of a session is the reading that leaves a machine free to run several
 * jobs at once, as Windows does (reference 3.4). */
#define CLAUSE_ONE "win32 bits-request-packets; MC-BUP 3.1.5.1"

static const struct bits_rule rules[BITS_N_RULES] = {
	[BITS_RULE_OUTSTANDING_REQUEST] = {
		"outstanding-request", BITS_ERROR, BITS_FAULT_CLIENT, CLAUSE_ONE, BITS_NEEDS_HEARD,
		"A client has to have the Ack of its request before it sends the next one of that session.",
		{ "request sent while the previous one of its session was unanswered, as the order of the frames has it" } },
	[BITS_RULE_PIPELINED_REQUEST] = {
		"pipelined-request", BITS_ERROR, BITS_FAULT_CLIENT, CLAUSE_ONE, NEEDS_PAIR,
		"A client sends no second request of a session on a connection before the first is answered.",
		{ "request sent when the client had acknowledged %1 of %2 bytes of the answer to the previous one",
		  "request sent when the client had heard nothing since the first byte of the previous one",
		  "request sent before the capture shows an answer to the previous one",
		  "request sent although the whole connection shows no answer to the previous one" } },
	[BITS_RULE_PARALLEL_CONNECTION] = {
		"parallel-connection-same-session", BITS_ERROR, BITS_FAULT_CLIENT, CLAUSE_ONE, BITS_NEEDS_HEARD,
		"A client sends no request of a session on a second connection while one waits on the first.",
		{ "request sent on a second connection while the client was still busy with one on the first" } },
	[BITS_RULE_PIPELINED_OTHER_SESSION] = {
		"pipelined-other-session", BITS_NOTE, BITS_FAULT_CLIENT, CLAUSE_ONE, NEEDS_PAIR,
		"Two requests of different sessions in flight on one connection: allowed, but no known client does it.",
		{ "request sent on this connection before one of another session was answered" } },
	[BITS_RULE_REQUEST_ABANDONED] = {
		"request-abandoned", BITS_NOTE, BITS_FAULT_NONE, "MC-BUP 3.1.7.1", BITS_NEEDS_GAPLESS,
		"A request whose connection ended before its answer; the session went on with another connection.",
		{ "the connection of the previous request ended before any answer; the session goes on with another" } },
	[BITS_RULE_RESPONSE_WITHOUT_REQUEST] = {
		"response-without-request", BITS_ERROR, BITS_FAULT_SERVER, "win32 bits-upload-protocol", BITS_NEEDS_GAPLESS,
		"An Ack answers the previous request: a server sends none unasked.",
		{ "Ack sent when every request of the connection was answered already" } },
	[BITS_RULE_DUPLICATE_FRAMING_HEADER] = {
		"duplicate-framing-header", BITS_ERROR, BITS_FAULT_SENDER, "RFC 9112 6.3", BITS_NEEDS_NOTHING,
		"Content-Length and Content-Range come once, or always with the same value.",
		{ "Content-Length or Content-Range comes twice with different values; the first was taken" } },
	[BITS_RULE_HEAD_TOO_LONG] = {
		"head-too-long", BITS_WARNING, BITS_FAULT_SENDER, "MC-BUP 2.2.1", BITS_NEEDS_NOTHING,
		"A header value should not exceed 4 KB; a whole head of more than 64 KiB is not read.",
		{ "no end of the HTTP head after %1 bytes; reading went on behind it" } },
	/* the capture's fault as often as anybody's: nobody is blamed */
	[BITS_RULE_HEAD_LOST] = {
		"head-lost", BITS_NOTE, BITS_FAULT_NONE, "RFC 9112 2.2", BITS_NEEDS_NOTHING,
		"Bytes that belong to no HTTP message that can be read are passed over, and said to be.",
		{ "%1 bytes belong to no HTTP message that could be read: missing, cut, or sent in excess" } },
	[BITS_RULE_FRAGMENT_DATA_CONFLICT] = {
		"fragment-data-conflict", BITS_WARNING, BITS_FAULT_CLIENT, "win32 file-transfer-consistency", BITS_NEEDS_DIGESTS,
		"What is sent again must be what was sent before: the local file does not change during an upload.",
		{ "bytes of [%1, %2) differ from those accepted before" } },
};

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

const struct bits_rule *bits_rule_get(enum bits_rule_id id)
{
	return &rules[id];
}

const struct bits_rule *bits_rule_find(const char *name)
{
	for (size_t i = 0; i < BITS_N_RULES; i++)
		if (strcmp(rules[i].name, name) == 0)
			return &rules[i];
	return NULL;
}

char *bits_finding_text(const struct bits_finding *f)
{
	GString *s = g_string_new(NULL);

	for (const char *p = rules[f->rule].text[f->variant]; *p != '\0'; p++) {
		if (*p == '%' && p[1] >= '1' && p[1] < '1' + BITS_FINDING_VALUES) {
			g_string_append_printf(s, "%" G_GUINT64_FORMAT, f->value[p[1] - '1']);
			p++;
		} else {
			g_string_append_c(s, *p);
		}
	}
	return g_string_free(s, false);
}
