/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record_run.c - what was read: the last records of every run. */
#include "cli/record_maker.h"

json_t *record_input(const struct capture_info *info)
{
	struct maker m = maker_new();
	json_t *links = json_array(), *comments = json_array();

	for (guint i = 0; i < info->links->len; i++)
		json_array_append_new(links, json_integer(g_array_index(info->links, uint32_t, i)));
	for (guint i = 0; i < info->comments->len; i++)
		json_array_append_new(comments, json_string(g_ptr_array_index(info->comments, i)));
	maker_set_text(&m, "event_type", "input");
	maker_set_own_text(&m, "timestamp", record_time(info->first_ns));
	maker_set_own_text(&m, "end", record_time(info->last_ns));
	maker_set_text(&m, "capture", info->path);
	maker_set_text(&m, "format", info->format);
	maker_set_text(&m, "compression", info->compression);
	maker_set(&m, "size", value_number(info->size));
	maker_set(&m, "link_types", links);
	maker_set(&m, "frames", value_number(info->frames));
	maker_set(&m, "drops", info->has_drops ? value_number(info->drops) : json_null());
	maker_set(&m, "cut_by_snaplen", json_boolean(info->is_cut));
	maker_set(&m, "comments", comments);
	maker_set_text(&m, "damage", info->damage);
	return maker_finish(&m);
}

static const struct {
	const char        *key;
	enum packet_result result;
} unread_rows[] = {
	{ "frames_of_unknown_link", PACKET_UNKNOWN_LINK },
	{ "frames_of_unknown_protocol", PACKET_NOT_IP },
	{ "frames_not_tcp", PACKET_NOT_TCP },
	{ "encrypted_frames", PACKET_ENCRYPTED },
};

static json_t *unread_record(const char *key, const char *kind, json_t *number, const char *name, uint64_t packets)
{
	return json_pack("{s:s, s:s?, s:o, s:s?, s:I}", "counter", key, "kind", kind, "number", number, "name", name, "packets",
			 (json_int_t)packets);
}

/* What the counters of frames that were not read are made of. */
static json_t *unread_list(const struct pump_stats *wire)
{
	json_t *list = json_array();

	for (size_t i = 0; i < G_N_ELEMENTS(unread_rows); i++) {
		const struct unread_tally *t = &wire->unread[unread_rows[i].result];

		for (size_t k = 0; k < t->n; k++)
			json_array_append_new(list, unread_record(unread_rows[i].key, unread_kind_name(t->row[k].what.kind),
								  json_integer(t->row[k].what.number),
								  unread_name(t->row[k].what), t->row[k].packets));
		if (t->others > 0)
			json_array_append_new(list, unread_record(unread_rows[i].key, NULL, json_null(), NULL, t->others));
	}
	return list;
}

struct counter {
	const char *key;
	uint64_t value;
};

json_t *record_stats(const struct record_totals *t)
{
	struct maker m = maker_new();
	const struct counter rows[] = {
		{ "captures", t->captures },
		{ "frames", t->wire->frames },
		{ "duplicate_frames", t->duplicates },
		{ "bytes", t->wire->bytes },
		{ "segments", t->wire->segments },
		{ "connections", t->wire->connections },
		{ "http_connections", t->wire->http_connections },
		{ "packets", t->bits->packets },
		{ "sessions", t->bits->sessions },
		{ "damaged_captures", t->damaged },
		{ "retransmitted_bytes", t->wire->retransmitted },
		{ "lost_bytes", t->wire->lost },
		{ "conflicting_bytes", t->wire->conflicting },
		{ "frames_of_unknown_link", t->wire->unknown_link },
		{ "frames_of_unknown_protocol", t->wire->unknown_proto },
		{ "frames_not_tcp", t->wire->not_tcp },
		{ "encrypted_frames", t->wire->encrypted },
		{ "ip_fragments", t->wire->ip_fragments },
		{ "ip_datagrams", t->wire->datagrams },
		{ "ip_datagrams_given_up", t->wire->datagrams_given_up },
		{ "ip_bytes_conflicting", t->wire->datagrams_conflicting },
		{ "malformed_frames", t->wire->malformed },
		{ "crowded_out_holes", t->wire->crowded_out },
		{ "evicted_connections", t->wire->evicted },
		{ "evicted_entries", t->bits->evicted },
	};
	const struct counter rare[] = { /* told only where there are any */
		{ "broken_bytes", t->wire->broken },
		{ "sessions_given_up", t->bits->given_up },
		{ "findings_left_out", t->findings_left_out },
		{ "conflicts_left_out", t->conflicts_left_out },
		{ "exports_not_compared", t->not_compared },
		{ "connections_left_out", t->connections_left_out },
	};

	maker_set_text(&m, "event_type", "stats");
	maker_set_own_text(&m, "timestamp", record_time(t->first_ns));
	maker_set_own_text(&m, "end", record_time(t->last_ns));
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		maker_set(&m, rows[i].key, value_number(rows[i].value));
	for (size_t i = 0; i < G_N_ELEMENTS(rare); i++)
		if (rare[i].value > 0)
			maker_set(&m, rare[i].key, value_number(rare[i].value));
	if (t->filter != NULL)
		maker_set(&m, "filter", json_pack("{s:s, s:I}", "expression", t->filter, "frames_left_out", (json_int_t)t->filtered));
	maker_set(&m, "unread", unread_list(t->wire));
	return maker_finish(&m);
}
