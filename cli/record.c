/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record.c - the one model of a run's results: scripts read it as it is, the screens are made from it. */
#include "cli/record.h"

#include <stdlib.h>
#include <time.h>

#include "cli/community.h"

/* One object that is being filled. */
struct maker {
	json_t *object; /* where keys go now             */
	json_t *raw;    /* names of keys with odd bytes  */
};

char *record_time(int64_t ns)
{
	const int64_t second = INT64_C(1000000000);
	time_t seconds;
	int64_t rest = ns % second;
	struct tm tm;
	char day[32];

	if (ns == BITS_TIME_UNKNOWN)
		return NULL;
	rest += rest < 0 ? second : 0; /* before 1970 the fraction still counts forward */
	seconds = (time_t)((ns - rest) / second);
	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	return g_strdup_printf("%s.%09dZ", day, (int)rest);
}

static json_t *number(uint64_t value)
{
	return value > INT64_MAX ? json_null() : json_integer((json_int_t)value);
}

static void set(struct maker *m, const char *key, json_t *value)
{
	json_object_set_new(m->object, key, value);
}

/* Latin-1 maps every byte to the character of its number. */
static json_t *bytes_as_characters(struct bits_str s)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (size_t i = 0; i < s.n; i++)
		g_string_append_unichar(out, (unsigned char)s.p[i]);
	return json_stringn(out->str, out->len);
}

static json_t *text_json(const char *text)
{
	json_t *value = json_string(text);

	return value != NULL ? value : bytes_as_characters(bits_str_of(text));
}

static void set_str(struct maker *m, const char *key, struct bits_str s)
{
	json_t *value = s.n ? json_stringn(s.p, s.n) : json_string("");

	if (value == NULL) {
		value = bytes_as_characters(s);
		json_array_append_new(m->raw, json_string(key));
	}
	set(m, key, value);
}

static void set_text(struct maker *m, const char *key, const char *text)
{
	if (text != NULL)
		set_str(m, key, bits_str_of(text));
	else
		set(m, key, json_null());
}

static void set_own_text(struct maker *m, const char *key, char *text)
{
	set_text(m, key, text);
	g_free(text);
}

static const char *capture_name(const struct record_context *c, const struct bits_where *w)
{
	return w->frame && w->file < c->captures->len ? g_ptr_array_index(c->captures, w->file) : NULL;
}

static json_t *frame_number(const struct bits_where *w)
{
	return w->frame ? number(w->frame) : json_null();
}

static json_t *range_json(struct bits_range r)
{
	json_t *pair = json_array();

	json_array_append_new(pair, number(r.from));
	json_array_append_new(pair, number(r.to));
	return pair;
}

static json_t *ranges_json(const struct bits_ranges *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < bits_ranges_count(s); i++)
		json_array_append_new(list, range_json(bits_ranges_get(s, i)));
	return list;
}

static void set_end(struct maker *m, const char *ip, const char *port, const struct bits_end *end)
{
	bool known = end->addr.family != 0;

	set_own_text(m, ip, known ? bits_addr_text(&end->addr) : NULL);
	set(m, port, known ? json_integer(end->port) : json_null());
}

static struct maker begin(const char *type, const struct bits_where *w)
{
	struct maker m = { json_object(), json_array() };

	set_text(&m, "event_type", type);
	set_own_text(&m, "timestamp", record_time(w->frame ? w->time_ns : BITS_TIME_UNKNOWN));
	return m;
}

static void set_ends(struct maker *m, const struct bits_ends *ends, enum bits_side sender)
{
	const struct bits_end *from = sender == BITS_CLIENT ? &ends->client : &ends->server;
	const struct bits_end *to = sender == BITS_CLIENT ? &ends->server : &ends->client;

	set_end(m, "src_ip", "src_port", from);
	set_end(m, "dest_ip", "dest_port", to);
	set_text(m, "proto", "TCP");
	set_own_text(m, "community_id", community_id(from, to));
}

static json_t *finish(struct maker *m)
{
	if (json_array_size(m->raw))
		set(m, "raw", m->raw);
	else
		json_decref(m->raw);
	return m->object;
}

/* Fill a nested object with the same list of odd names. */
static struct maker nest(struct maker *m, const char *key)
{
	struct maker inner = { json_object(), m->raw };

	set(m, key, inner.object);
	return inner;
}

/* packet */

static void set_field(struct maker *m, const char *key, const struct bits_message *msg, enum bits_field f)
{
	if (bits_message_has(msg, f))
		set_str(m, key, msg->text[f]);
	else
		set(m, key, json_null());
}

static void set_code(struct maker *m, const char *key, const struct bits_message *msg, enum bits_field f, uint32_t code,
		     const char *format)
{
	set_own_text(m, key, bits_message_good(msg, f) ? g_strdup_printf(format, code) : NULL);
}

static json_t *if_good(const struct bits_message *msg, enum bits_field f, uint64_t value)
{
	return bits_message_good(msg, f) ? number(value) : json_null();
}

static json_t *protocols(struct maker *m, const struct bits_message *msg)
{
	struct bits_str list = msg->text[BITS_FIELD_SUPPORTED_PROTOCOLS], one;
	struct maker item = { json_object(), m->raw };
	json_t *all = json_array();

	while (bits_protocol_next(&list, &one)) {
		set_str(&item, "supported_protocols", one);
		json_array_append(all, json_object_get(item.object, "supported_protocols"));
	}
	json_decref(item.object);
	return all;
}

static void set_request_line(struct maker *m, const struct bits_message *msg, const struct bits_exchange *x)
{
	if (!msg->is_request) {
		set(m, "method", json_null());
		set(m, "url", json_null());
		return;
	}
	set_str(m, "method", msg->method);
	set_own_text(m, "url", bits_message_url(msg, &x->ends.server));
}

static void set_numbers(struct maker *m, const struct bits_message *msg)
{
	bool ranged = bits_message_good(msg, BITS_FIELD_CONTENT_RANGE);

	set(m, "range", ranged && !msg->range_star ? range_json(msg->range) : json_null());
	set(m, "total", ranged ? number(msg->total) : json_null());
	set(m, "content_length", if_good(msg, BITS_FIELD_CONTENT_LENGTH, msg->content_length));
	set(m, "status", msg->is_request ? json_null() : json_integer(msg->status));
	set(m, "received", if_good(msg, BITS_FIELD_RECEIVED, msg->received));
}

static void set_errors(struct maker *m, const struct bits_message *msg)
{
	bool known = bits_message_good(msg, BITS_FIELD_ERROR_CODE);

	set_code(m, "error_code", msg, BITS_FIELD_ERROR_CODE, msg->error_code, "0x%08X");
	set_text(m, "error_name", known ? bits_hresult_name(msg->error_code) : NULL);
	set_code(m, "error_context", msg, BITS_FIELD_ERROR_CONTEXT, msg->error_context, "0x%X");
}

static void set_bits(struct maker *m, const struct bits_exchange *x, const struct bits_message *msg)
{
	bool answer = !msg->is_request;

	set_text(m, "packet_type", bits_packet_name(msg->packet));
	set(m, "is_request", json_boolean(msg->is_request));
	set(m, "session", x->session != NULL ? number(x->session->ordinal) : json_null());
	set_field(m, "session_id", msg, BITS_FIELD_SESSION_ID);
	set_request_line(m, msg, x);
	set_numbers(m, msg);
	set_field(m, "protocol", msg, BITS_FIELD_PROTOCOL);
	set(m, "supported_protocols", protocols(m, msg));
	set_field(m, "host_id", msg, BITS_FIELD_HOST_ID);
	set_field(m, "reply_url", msg, BITS_FIELD_REPLY_URL);
	set_errors(m, msg);
	set(m, "request_frame", answer && x->request != NULL ? frame_number(&x->request_at.first) : json_null());
	set(m, "response_time_ns", json_null());
}

json_t *record_packet(const struct record_context *c, const struct bits_exchange *x, enum bits_side side)
{
	const struct bits_span *at = side == BITS_CLIENT ? &x->request_at : &x->answer_at;
	struct maker m = begin("packet", &at->first), bits;

	set(&m, "frame", frame_number(&at->first));
	set_text(&m, "capture", capture_name(c, &at->first));
	set_ends(&m, &x->ends, side);
	set(&m, "last_frame", json_null());
	bits = nest(&m, "bits");
	set_bits(&bits, x, side == BITS_CLIENT ? x->request : x->answer);
	return finish(&m);
}

static json_t *response_time(const struct bits_exchange *x)
{
	int64_t asked = x->request_at.last.time_ns, answered = x->answer_at.first.time_ns;

	if (x->request == NULL || asked == BITS_TIME_UNKNOWN || answered == BITS_TIME_UNKNOWN)
		return json_null();
	return json_integer(answered - asked);
}

void record_packet_over(json_t *packet, const struct bits_exchange *x, enum bits_side side)
{
	const struct bits_span *at = side == BITS_CLIENT ? &x->request_at : &x->answer_at;

	json_object_set_new(packet, "last_frame", frame_number(&at->last));
	if (side == BITS_SERVER)
		json_object_set_new(json_object_get(packet, "bits"), "response_time_ns", response_time(x));
}

/* session */

/* "10.0.0.2", "10.0.0.1:80", "[fd77::1]:80"; NULL for an unknown address. */
static char *end_text(const struct bits_end *end, bool with_port)
{
	g_autofree char *addr = end->addr.family ? bits_addr_text(&end->addr) : NULL;

	if (addr == NULL || !with_port)
		return g_steal_pointer(&addr);
	return g_strdup_printf(end->addr.family == 6 ? "[%s]:%u" : "%s:%u", addr, end->port);
}

static void set_who(struct maker *m, const struct bits_session *s)
{
	struct maker who = nest(m, "who");

	set_text(&who, "user_agent", s->user_agent);
	set_text(&who, "server_software", s->server_software);
	set_text(&who, "via", s->via);
	set_text(&who, "auth", s->auth);
	set_text(&who, "user", s->user);
}

static void set_session_bits(struct maker *m, const struct bits_session *s)
{
	struct maker bits = nest(m, "bits");

	set(&bits, "session", number(s->ordinal));
	set_text(&bits, "session_id", s->id);
	set_text(&bits, "url", s->url);
	set_text(&bits, "name", s->name);
	set_text(&bits, "dialect", bits_dialect_name(s->dialect));
	set_text(&bits, "outcome", bits_ending_name(bits_session_ending(s)));
	set(&bits, "fragments", number(s->fragments));
	set_text(&bits, "reply_url", s->reply_url);
}

static json_t *conflicts_json(const struct record_context *c, const struct bits_session *s,
			      const struct record_content *content)
{
	if (content->conflicts != NULL)
		return ranges_json(content->conflicts);
	return c->no_hash ? json_null() : ranges_json(&s->upload.conflicts);
}

static void set_content(struct maker *m, const struct record_context *c, const struct bits_session *s,
			const struct record_content *content)
{
	struct maker file = nest(m, "file");
	struct bits_ranges gaps = bits_upload_gaps(&s->upload);

	set_text(&file, "state", bits_file_state_name(bits_session_file_state(s)));
	set(&file, "size", number(bits_session_file_size(s)));
	set(&file, "seen", number(bits_ranges_total(&s->upload.seen)));
	set(&file, "acked", number(s->upload.acked));
	set(&file, "gaps", ranges_json(&gaps));
	set(&file, "conflicts", conflicts_json(c, s, content));
	set_text(&file, "sha256", content->sha256);
	bits_ranges_clear(&gaps);
}

/* Findings may still come: whoever collects them fills these in. */
static void set_blank_findings(struct maker *m)
{
	struct maker counts = nest(m, "findings");

	for (int s = BITS_ERROR; s >= BITS_NOTE; s--)
		set(&counts, bits_severity_name((enum bits_severity)s), json_integer(0));
	set(m, "at_fault", json_array());
}

static json_t *first_and_last(const struct bits_session *s)
{
	json_t *frames = json_array();

	json_array_append_new(frames, frame_number(&s->first));
	json_array_append_new(frames, frame_number(&s->last));
	return frames;
}

/* Only where the frames lie in several files. */
static void set_captures(struct maker *m, const struct record_context *c, const struct bits_where *at, unsigned n)
{
	bool several = false;
	json_t *names = json_array();

	for (unsigned i = 0; i < n; i++) {
		const char *name = capture_name(c, &at[i]);

		several |= at[i].frame && at[i].file != at[0].file;
		json_array_append_new(names, name != NULL ? text_json(name) : json_null());
	}
	if (several)
		set(m, "captures", names);
	else
		json_decref(names);
}

json_t *record_session(const struct record_context *c, const struct bits_session *s,
		       const struct record_content *content)
{
	struct maker m = begin("session", &s->first);
	const struct bits_where ends[] = { s->first, s->last };

	set_own_text(&m, "end", record_time(s->last.frame ? s->last.time_ns : BITS_TIME_UNKNOWN));
	set(&m, "frame", frame_number(&s->first));
	set_text(&m, "capture", capture_name(c, &s->first));
	set_ends(&m, &s->ends, BITS_CLIENT);
	set(&m, "frames", first_and_last(s));
	set_captures(&m, c, ends, G_N_ELEMENTS(ends));
	set_own_text(&m, "client", end_text(&s->ends.client, false));
	set_own_text(&m, "server", end_text(&s->ends.server, true));
	set(&m, "connections", number(s->connections));
	set_text(&m, "ended_by", bits_close_name(s->ended_by));
	set_who(&m, s);
	set_session_bits(&m, s);
	set_content(&m, c, s, content);
	set_blank_findings(&m);
	set_text(&m, "evidence", s->evidence_partial ? "partial" : "whole");
	set(&m, "same_upload_as", s->same_upload_as ? number(s->same_upload_as) : json_null());
	return finish(&m);
}

/* finding */

static json_t *frames_json(const struct bits_finding *f)
{
	json_t *frames = json_array();

	for (unsigned i = 0; i < f->n_at; i++)
		json_array_append_new(frames, frame_number(&f->at[i]));
	return frames;
}

static json_t *follows_json(const struct bits_finding *f)
{
	json_t *names = json_array();

	for (size_t i = 0; i < G_N_ELEMENTS(f->follows) && f->follows[i] != NULL; i++)
		json_array_append_new(names, json_string(f->follows[i]->name));
	return names;
}

/* Ready to paste; of one capture only: a display filter knows no other. */
static char *wireshark_filter(const struct bits_finding *f)
{
	g_autoptr(GString) list = g_string_new(NULL);

	for (unsigned i = 0; i < f->n_at; i++)
		if (f->at[i].frame && f->at[i].file == f->at[0].file)
			g_string_append_printf(list, "%s%u", list->len ? ", " : "", f->at[i].frame);
	return list->len ? g_strdup_printf("frame.number in {%s}", list->str) : NULL;
}

json_t *record_finding(const struct record_context *c, const struct bits_finding *f)
{
	const struct bits_rule *rule = bits_rule_get(f->rule);
	const struct bits_where nowhere = { 0 };
	const struct bits_where *at = f->n_at ? &f->at[0] : &nowhere;
	struct maker m = begin("finding", at);

	set(&m, "frame", frame_number(at));
	set_text(&m, "capture", capture_name(c, at));
	set_ends(&m, &f->ends, f->side);
	set_text(&m, "rule", rule->name);
	set_text(&m, "severity", bits_severity_name(f->severity));
	set_text(&m, "fault", bits_fault_name(f->fault));
	set_text(&m, "decision", f->undecided ? "undecided" : "proven");
	set(&m, "session", f->session != NULL ? number(f->session->ordinal) : json_null());
	set(&m, "frames", frames_json(f));
	set_captures(&m, c, f->at, f->n_at);
	set_own_text(&m, "text", bits_finding_text(f));
	set_text(&m, "clause", rule->clause);
	set(&m, "follows", follows_json(f));
	set_own_text(&m, "wireshark_filter", wireshark_filter(f));
	return finish(&m);
}

/* file, rule, input, stats */

/* The keys that a file's record takes over from its session's. */
static const char *const file_envelope[] = { "timestamp", "frame", "capture", "src_ip", "src_port",
					     "dest_ip",   "dest_port", "proto", "community_id" };
static const char *const file_identity[] = { "session", "session_id", "url", "name" };

json_t *record_file(json_t *session, const char *stored, const GPtrArray *others)
{
	struct maker m = { json_object(), json_array() };
	json_t *bits = json_object_get(session, "bits"), *file = json_copy(json_object_get(session, "file"));
	json_t *names = json_array(), *raw = json_object_get(session, "raw");

	set_text(&m, "event_type", "file");
	for (size_t i = 0; i < G_N_ELEMENTS(file_envelope); i++)
		json_object_set(m.object, file_envelope[i], json_object_get(session, file_envelope[i]));
	for (size_t i = 0; i < G_N_ELEMENTS(file_identity); i++)
		json_object_set(m.object, file_identity[i], json_object_get(bits, file_identity[i]));
	for (guint i = 0; i < others->len; i++)
		json_array_append_new(names, json_string(g_ptr_array_index(others, i)));
	json_object_set_new(file, "stored", stored != NULL ? json_string(stored) : json_null());
	json_object_set_new(file, "stored_conflicts", names);
	set(&m, "file", file);
	if (raw != NULL)
		json_array_extend(m.raw, raw);
	return finish(&m);
}

static json_t *needs_json(unsigned needs)
{
	static const char *const names[] = { "heard", "one-connection", "pairs", "gapless", "digests" };
	json_t *list = json_array();

	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
		if (needs & (1U << i))
			json_array_append_new(list, json_string(names[i]));
	return list;
}

json_t *record_rule(const struct bits_rule *r)
{
	struct maker m = { json_object(), json_array() };

	set_text(&m, "event_type", "rule");
	set_text(&m, "rule", r->name);
	set_text(&m, "severity", bits_severity_name(r->severity));
	set_text(&m, "fault", bits_fault_name(r->fault));
	set_text(&m, "clause", r->clause);
	set(&m, "needs", needs_json(r->needs));
	set_text(&m, "statement", r->statement);
	return finish(&m);
}

json_t *record_input(const struct capture_info *info)
{
	struct maker m = { json_object(), json_array() };
	json_t *links = json_array(), *comments = json_array();

	for (guint i = 0; i < info->links->len; i++)
		json_array_append_new(links, json_integer(g_array_index(info->links, uint32_t, i)));
	for (guint i = 0; i < info->comments->len; i++)
		json_array_append_new(comments, json_string(g_ptr_array_index(info->comments, i)));
	set_text(&m, "event_type", "input");
	set_own_text(&m, "timestamp", record_time(info->first_ns));
	set_own_text(&m, "end", record_time(info->last_ns));
	set_text(&m, "capture", info->path);
	set_text(&m, "format", info->format);
	set(&m, "size", number(info->size));
	set(&m, "link_types", links);
	set(&m, "frames", number(info->frames));
	set(&m, "drops", info->has_drops ? number(info->drops) : json_null());
	set(&m, "cut_by_snaplen", json_boolean(info->is_cut));
	set(&m, "comments", comments);
	set_text(&m, "damage", info->damage);
	return finish(&m);
}

json_t *record_stats(const struct record_totals *t)
{
	struct maker m = { json_object(), json_array() };
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {
		{ "captures", t->captures },
		{ "frames", t->wire->frames },
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
		{ "ip_fragments", t->wire->ip_fragments },
		{ "malformed_frames", t->wire->malformed },
		{ "evicted_connections", t->wire->evicted },
		{ "evicted_entries", t->bits->evicted },
	};

	set_text(&m, "event_type", "stats");
	set_own_text(&m, "timestamp", record_time(t->first_ns));
	set_own_text(&m, "end", record_time(t->last_ns));
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		set(&m, rows[i].key, number(rows[i].value));
	return finish(&m);
}

/* Lines, and reading */

/* Terminals take U+0080 to U+009F for commands; JSON may spell them out. */
static char *spell_controls(const char *line)
{
	GString *out = g_string_new(NULL);

	for (const unsigned char *p = (const unsigned char *)line; *p; p++) {
		if (*p == 0x7f) {
			g_string_append(out, "\\u007f");
		} else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
			g_string_append_printf(out, "\\u%04x", p[1]);
			p++;
		} else {
			g_string_append_c(out, (char)*p);
		}
	}
	return g_string_free(out, FALSE);
}

char *record_line(const json_t *record)
{
	char *line = json_dumps(record, JSON_COMPACT | JSON_PRESERVE_ORDER);
	char *safe = spell_controls(line);

	free(line);
	return safe;
}

const json_t *record_at(const json_t *record, const char *path)
{
	g_auto(GStrv) keys = g_strsplit(path, ".", -1);

	for (char **k = keys; *k != NULL && record != NULL; k++)
		record = json_object_get(record, *k);
	return json_is_null(record) ? NULL : record;
}

const char *record_text(const json_t *record, const char *path)
{
	return json_string_value(record_at(record, path));
}

uint64_t record_number(const json_t *record, const char *path, uint64_t unknown)
{
	const json_t *value = record_at(record, path);

	return json_is_integer(value) ? (uint64_t)json_integer_value(value) : unknown;
}

int64_t record_when(const json_t *record, const char *path)
{
	const char *text = record_text(record, path), *rest;
	struct tm tm = { 0 };

	rest = text != NULL ? strptime(text, "%Y-%m-%dT%H:%M:%S.", &tm) : NULL;
	if (rest == NULL)
		return BITS_TIME_UNKNOWN;
	return (int64_t)timegm(&tm) * INT64_C(1000000000) + (int64_t)g_ascii_strtoll(rest, NULL, 10);
}
