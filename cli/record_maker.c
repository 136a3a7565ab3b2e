/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record_maker.c - keys in the order in which they are set, and bytes that may be anything. */
#include "cli/record_maker.h"

#include "cli/community.h"

json_t *value_number(uint64_t value)
{
	return value > INT64_MAX ? json_null() : json_integer((json_int_t)value);
}

void maker_set(struct maker *m, const char *key, json_t *value)
{
	json_object_set_new_nocheck(m->object, key, value); /* keys are ours */
}

/* Latin-1 maps every byte to the character of its number. */
static json_t *bytes_as_characters(struct bits_str s)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (size_t i = 0; i < s.n; i++)
		g_string_append_unichar(out, (unsigned char)s.p[i]);
	return json_stringn(out->str, out->len);
}

json_t *value_text(const char *text)
{
	json_t *value = json_string(text);

	return value != NULL ? value : bytes_as_characters(bits_str_of(text));
}

char *record_words(const char *bytes)
{
	g_autoptr(json_t) value = NULL;

	if (bytes == NULL || g_str_is_ascii(bytes)) /* as it stands, and most do */
		return g_strdup(bytes);
	value = value_text(bytes);
	return g_strdup(json_string_value(value));
}

void maker_set_str(struct maker *m, const char *key, struct bits_str s)
{
	json_t *value = s.n ? json_stringn(s.p, s.n) : json_string("");

	if (value == NULL) {
		value = bytes_as_characters(s);
		json_array_append_new(m->raw, json_string(key));
	}
	maker_set(m, key, value);
}

void maker_set_text(struct maker *m, const char *key, const char *text)
{
	if (text != NULL)
		maker_set_str(m, key, bits_str_of(text));
	else
		maker_set(m, key, json_null());
}

void maker_set_own_text(struct maker *m, const char *key, char *text)
{
	maker_set_text(m, key, text);
	g_free(text);
}

const char *record_capture(const struct record_context *c, const struct bits_where *w)
{
	return w->frame && w->file < c->captures->len ? g_ptr_array_index(c->captures, w->file) : NULL;
}

json_t *value_frame(const struct bits_where *w)
{
	return w->frame ? value_number(w->frame) : json_null();
}

json_t *value_range(struct bits_range r)
{
	json_t *pair = json_array();

	json_array_append_new(pair, value_number(r.from));
	json_array_append_new(pair, value_number(r.to));
	return pair;
}

json_t *value_ranges(const struct bits_ranges *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < bits_ranges_count(s); i++)
		json_array_append_new(list, value_range(bits_ranges_get(s, i)));
	return list;
}

static void set_end(struct maker *m, const char *ip, const char *port, const struct bits_end *end)
{
	bool known = end->addr.family != 0;

	maker_set_own_text(m, ip, known ? bits_addr_text(&end->addr) : NULL);
	maker_set(m, port, known ? json_integer(end->port) : json_null());
}

struct maker maker_new(void)
{
	return (struct maker){ json_object(), json_array() };
}

struct maker maker_begin(const char *type, const struct bits_where *w)
{
	struct maker m = maker_new();

	maker_set_text(&m, "event_type", type);
	maker_set_own_text(&m, "timestamp", record_time(w->frame ? w->time_ns : BITS_TIME_UNKNOWN));
	return m;
}

void maker_set_ends(struct maker *m, const struct bits_ends *ends, enum bits_side sender)
{
	const struct bits_end *from = sender == BITS_CLIENT ? &ends->client : &ends->server;
	const struct bits_end *to = sender == BITS_CLIENT ? &ends->server : &ends->client;

	set_end(m, "src_ip", "src_port", from);
	set_end(m, "dest_ip", "dest_port", to);
	maker_set_text(m, "proto", "TCP");
	maker_set_own_text(m, "community_id", community_id(from, to));
}

json_t *maker_finish(struct maker *m)
{
	if (json_array_size(m->raw))
		maker_set(m, "raw", m->raw);
	else
		json_decref(m->raw);
	return m->object;
}

struct maker maker_nest(struct maker *m, const char *key)
{
	struct maker inner = { json_object(), m->raw };

	maker_set(m, key, inner.object);
	return inner;
}

void maker_set_captures(struct maker *m, const struct record_context *c, const struct bits_where *at, unsigned n)
{
	bool several = false;
	json_t *names = json_array();

	for (unsigned i = 0; i < n; i++) {
		const char *name = record_capture(c, &at[i]);

		several |= at[i].frame && at[i].file != at[0].file;
		json_array_append_new(names, name != NULL ? value_text(name) : json_null());
	}
	if (several)
		maker_set(m, "captures", names);
	else
		json_decref(names);
}
