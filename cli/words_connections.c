/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words_connections.c - a row for every connection: what was sent, what went wrong, and who kept whom waiting. */
#include "cli/words.h"

#include "cli/table.h"

#include <string.h>

static char *number_words(uint64_t n)
{
	return n ? style_count(n) : g_strdup("-");
}

/* Of both directions together. */
static uint64_t sum_of(const json_t *record, const char *key)
{
	return record_number(record_at(record, "sent_by_client"), key, 0) +
	       record_number(record_at(record, "sent_by_server"), key, 0);
}

static char *client_words(const json_t *record)
{
	const char *ip = record_text(record, "src_ip");
	bool six = ip != NULL && strchr(ip, ':') != NULL;

	return g_strdup_printf("%s%s%s:%" G_GUINT64_FORMAT, six ? "[" : "", ip != NULL ? ip : "?", six ? "]" : "",
			       record_number(record, "src_port", 0));
}

static char *session_words(const json_t *record)
{
	const json_t *sessions = record_at(record, "sessions");
	json_int_t first = json_integer_value(json_array_get(sessions, 0));

	if (json_array_size(sessions) == 0)
		return g_strdup("-");
	return g_strdup_printf("%" JSON_INTEGER_FORMAT "%s", first, json_array_size(sessions) > 1 ? ", .." : "");
}

static char *time_words(const json_t *record, const char *path)
{
	const json_t *ns = record_at(record, path);

	return json_is_integer(ns) ? style_duration(json_integer_value(ns)) : g_strdup("-");
}

static char *stall_words(const json_t *record)
{
	g_autofree char *took = time_words(record, "longest_stall.ns");
	const char *whose = record_text(record, "longest_stall.whose");

	return whose != NULL ? g_strdup_printf("%s %s", took, whose) : g_strdup("-");
}

static void add_row(struct table *t, const struct style *s, const json_t *record)
{
	uint64_t again = sum_of(record, "retransmissions"), lost = sum_of(record, "lost_bytes"),
		 closed = sum_of(record, "zero_windows");
	g_autofree char *client = client_words(record);

	table_cell(t, INK_STRONG, g_strdup_printf("%" G_GUINT64_FORMAT, record_number(record, "connection", 0)));
	table_cell(t, INK_PLAIN, style_clean(s, client));
	table_cell(t, INK_PLAIN, session_words(record));
	table_cell(t, INK_PLAIN, style_count(sum_of(record, "segments")));
	table_cell(t, again ? INK_WARN : INK_FAINT, number_words(again));
	table_cell(t, lost ? INK_WARN : INK_FAINT, number_words(lost));
	table_cell(t, closed ? INK_WARN : INK_FAINT, number_words(closed));
	table_cell(t, INK_PLAIN, time_words(record, "server_time.mean_ns"));
	table_cell(t, INK_PLAIN, stall_words(record));
	table_cell(t, INK_PLAIN, g_strdup(record_text_or(record, "ended_by", "-")));
}

void words_connections(const struct style *s, GString *out, const struct run *r)
{
	static const char *const heads[] = { "",     "client", "in",     "segments",      "again",
					     "lost", "closed", "server", "longest stall", "ended by" };
	g_autoptr(table_handle) t = table_new(s, G_N_ELEMENTS(heads), 1, "rlrrrrrrll");
	uint64_t left_out = record_number(r->stats, "connections_left_out", 0);
	g_autofree char *more = NULL;

	if (r->connections->len == 0)
		return;
	words_sentence(s, out, INK_STRONG, "Connections");
	words_sentence(s, out, INK_FAINT,
		       "in: session; again: segments sent twice; lost: bytes; closed: windows; server: mean time to answer");
	for (size_t i = 0; i < G_N_ELEMENTS(heads); i++)
		table_cell(t, INK_FAINT, g_strdup(heads[i]));
	for (guint i = 0; i < r->connections->len; i++)
		add_row(t, s, g_ptr_array_index(r->connections, i));
	table_print(t, out);
	more = style_plural(left_out, "more is left out", "more are left out");
	if (left_out > 0)
		words_sentence(s, out, INK_FAINT, more);
	g_string_append(out, "\n");
}
