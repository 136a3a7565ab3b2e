/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/book.h"

const struct style ascii = { .width = 60, .arrow = "->", .dot = "; ", .ellipsis = "..." };

json_t *book_session(const char *state, const char *outcome)
{
	return json_pack("{s:{s:s,s:s,s:i}, s:{s:s,s:i,s:i,s:i,s:[[i,i]]}, s:s}", "bits", "dialect", "bits", "outcome",
			 outcome, "fragments", 2, "file", "state", state, "size", 3000, "seen", 2000, "acked", 1000, "gaps",
			 1000, 2000, "evidence", "whole");
}

json_t *book_finding(const char *severity, const char *fault, const char *decision, int frame)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:[i,i]}", "rule", "pipelined-request", "severity", severity, "fault",
			 fault, "decision", decision, "text", "it was sent too early", "capture", "dir/a.pcap", "frames",
			 frame, 7);
}

static void unref_record(gpointer p)
{
	json_decref(p);
}

struct book *book_new(void)
{
	struct book *b = g_new0(struct book, 1);

	b->run.captures = g_ptr_array_new();
	b->run.inputs = g_ptr_array_new_with_free_func(unref_record);
	ledger_init(&b->ledger, &b->run);
	return b;
}

void book_free(struct book *b)
{
	g_ptr_array_unref(b->run.captures);
	g_ptr_array_unref(b->run.inputs);
	ledger_clear(&b->ledger);
	g_free(b);
}

struct ledger_slip *book_add(struct book *b, enum bits_file_state state, enum bits_ending outcome)
{
	struct ledger_slip *slip = slips_at(b->ledger.slips, b->ledger.slips->n + 1);

	*slip = (struct ledger_slip){ .state = (uint8_t)state, .outcome = (uint8_t)outcome, .has_ended = true };
	return slip;
}

void book_find(struct book *b, json_t *finding)
{
	ledger_keep(&b->ledger, b->ledger.slips->n, finding);
	json_decref(finding);
}

char *book_verdict(const struct book *b)
{
	struct ledger_entry e;
	char *words;

	ledger_open(&b->ledger, b->ledger.slips->n, &e);
	words = words_verdict_of(&ascii, &e);
	ledger_entry_clear(&e);
	return words;
}
