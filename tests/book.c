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

static void entry_free(gpointer p)
{
	struct ledger_entry *e = p;

	json_decref(e->session);
	g_ptr_array_unref(e->findings);
	g_free(e);
}

struct book *book_new(void)
{
	struct book *b = g_new0(struct book, 1);

	b->run.captures = g_ptr_array_new();
	b->run.inputs = g_ptr_array_new_with_free_func(unref_record);
	b->ledger.run = &b->run;
	b->ledger.entries = g_ptr_array_new_with_free_func(entry_free);
	b->ledger.loose = g_ptr_array_new_with_free_func(unref_record);
	return b;
}

void book_free(struct book *b)
{
	g_ptr_array_unref(b->run.captures);
	g_ptr_array_unref(b->run.inputs);
	g_ptr_array_unref(b->ledger.entries);
	g_ptr_array_unref(b->ledger.loose);
	g_free(b);
}
struct ledger_entry *book_add(struct book *b, json_t *session)
{
	struct ledger_entry *e = g_new0(struct ledger_entry, 1);

	e->session = session;
	e->findings = g_ptr_array_new_with_free_func(unref_record);
	g_ptr_array_add(b->ledger.entries, e);
	return e;
}
