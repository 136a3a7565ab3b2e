/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record_session.c - one session, who took part in it, and its file; the record of an extracted file is made of it. */
#include "cli/record_maker.h"

char *record_end(const struct bits_end *end, bool with_port)
{
	GString *out;

	if (end->addr.family == 0)
		return NULL;
	out = g_string_new(NULL);
	if (with_port)
		bits_end_append(out, end);
	else
		bits_addr_append(out, &end->addr);
	return g_string_free(out, FALSE);
}

static void set_who(struct maker *m, const struct bits_session *s)
{
	struct maker who = maker_nest(m, "who");

	maker_set_text(&who, "user_agent", s->user_agent);
	maker_set_text(&who, "server_software", s->server_software);
	maker_set_text(&who, "via", s->via);
	maker_set_text(&who, "auth", s->auth);
	maker_set_text(&who, "user", s->user);
}

static void set_session_bits(struct maker *m, const struct bits_session *s)
{
	struct maker bits = maker_nest(m, "bits");

	maker_set(&bits, "session", value_number(s->ordinal));
	maker_set_text(&bits, "session_id", s->id);
	maker_set_text(&bits, "url", s->url);
	maker_set_text(&bits, "name", s->name);
	maker_set_text(&bits, "dialect", bits_dialect_name(s->dialect));
	maker_set_text(&bits, "outcome", bits_ending_name(bits_session_ending(s)));
	maker_set(&bits, "fragments", value_number(s->fragments));
	maker_set_text(&bits, "reply_url", s->reply_url);
}

static json_t *conflicts_json(const struct record_context *c, const struct bits_session *s,
			      const struct record_content *content)
{
	if (content->conflicts != NULL)
		return value_ranges(content->conflicts);
	return c->no_hash ? json_null() : value_ranges(&s->upload.conflicts);
}

static void set_content(struct maker *m, const struct record_context *c, const struct bits_session *s,
			const struct record_content *content)
{
	struct maker file = maker_nest(m, "file");
	struct bits_ranges gaps = bits_upload_gaps(&s->upload);

	maker_set_text(&file, "state", bits_file_state_name(bits_session_file_state(s)));
	maker_set(&file, "size", value_number(bits_session_file_size(s)));
	maker_set(&file, "seen", value_number(bits_ranges_total(&s->upload.seen)));
	maker_set(&file, "acked", value_number(s->upload.acked));
	maker_set(&file, "gaps", value_ranges(&gaps));
	maker_set(&file, "conflicts", conflicts_json(c, s, content));
	maker_set_text(&file, "sha256", content->sha256);
	bits_ranges_clear(&gaps);
}

/* Findings may still come: whoever collects them fills these in. */
static void set_blank_findings(struct maker *m)
{
	struct maker counts = maker_nest(m, "findings");

	for (int s = BITS_ERROR; s >= BITS_NOTE; s--)
		maker_set(&counts, bits_severity_name((enum bits_severity)s), json_integer(0));
	maker_set(m, "at_fault", json_array());
}

static json_t *first_and_last(const struct bits_session *s)
{
	json_t *frames = json_array();

	json_array_append_new(frames, value_frame(&s->first));
	json_array_append_new(frames, value_frame(&s->last));
	return frames;
}

json_t *record_session(const struct record_context *c, const struct bits_session *s,
		       const struct record_content *content)
{
	struct maker m = maker_begin("session", &s->first);
	const struct bits_where ends[] = { s->first, s->last };

	maker_set_own_text(&m, "end", record_time(s->last.frame ? s->last.time_ns : BITS_TIME_UNKNOWN));
	maker_set(&m, "frame", value_frame(&s->first));
	maker_set_text(&m, "capture", record_capture(c, &s->first));
	maker_set_ends(&m, &s->ends, BITS_CLIENT);
	maker_set(&m, "frames", first_and_last(s));
	maker_set_captures(&m, c, ends, G_N_ELEMENTS(ends));
	maker_set_own_text(&m, "client", record_end(&s->ends.client, false));
	maker_set_own_text(&m, "server", record_end(&s->ends.server, true));
	maker_set(&m, "connections", value_number(s->connections));
	maker_set_text(&m, "ended_by", bits_close_name(s->ended_by));
	set_who(&m, s);
	set_session_bits(&m, s);
	set_content(&m, c, s, content);
	set_blank_findings(&m);
	maker_set_text(&m, "evidence", s->evidence_partial ? "partial" : "whole");
	maker_set(&m, "same_upload_as", s->same_upload_as ? value_number(s->same_upload_as) : json_null());
	return maker_finish(&m);
}

/* The keys that a file's record takes over from its session's. */
static const char *const file_envelope[] = { "timestamp", "frame", "capture", "src_ip", "src_port",
					     "dest_ip",   "dest_port", "proto", "community_id" };
static const char *const file_identity[] = { "session", "session_id", "url", "name" };

json_t *record_file(json_t *session, const struct record_place *place)
{
	struct maker m = maker_new();
	json_t *bits = json_object_get(session, "bits"), *file = json_copy(json_object_get(session, "file"));
	json_t *names = json_array(), *raw = json_object_get(session, "raw");

	maker_set_text(&m, "event_type", "file");
	for (size_t i = 0; i < G_N_ELEMENTS(file_envelope); i++)
		json_object_set(m.object, file_envelope[i], json_object_get(session, file_envelope[i]));
	for (size_t i = 0; i < G_N_ELEMENTS(file_identity); i++)
		json_object_set(m.object, file_identity[i], json_object_get(bits, file_identity[i]));
	for (guint i = 0; i < place->others->len; i++)
		json_array_append_new(names, json_string(g_ptr_array_index(place->others, i)));
	json_object_set_new(file, "stored", place->stored != NULL ? json_string(place->stored) : json_null());
	json_object_set_new(file, "stored_conflicts", names);
	json_object_set_new(file, "sources", place->sources != NULL ? json_string(place->sources) : json_null());
	maker_set(&m, "file", file);
	if (raw != NULL)
		json_array_extend(m.raw, raw);
	return maker_finish(&m);
}
