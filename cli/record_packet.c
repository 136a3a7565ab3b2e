/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record_packet.c - one BITS packet: its fields as they were on the wire, and what it answers. */
#include "cli/record_maker.h"

static void set_field(struct maker *m, const char *key, const struct bits_message *msg, enum bits_field f)
{
	if (bits_message_has(msg, f))
		maker_set_str(m, key, msg->text[f]);
	else
		maker_set(m, key, json_null());
}

static void set_code(struct maker *m, const char *key, const struct bits_message *msg, enum bits_field f, uint32_t code,
		     const char *format)
{
	maker_set_own_text(m, key, bits_message_good(msg, f) ? g_strdup_printf(format, code) : NULL);
}

static json_t *if_good(const struct bits_message *msg, enum bits_field f, uint64_t value)
{
	return bits_message_good(msg, f) ? value_number(value) : json_null();
}

static json_t *protocols(struct maker *m, const struct bits_message *msg)
{
	struct bits_str list = msg->text[BITS_FIELD_SUPPORTED_PROTOCOLS], one;
	struct maker item = { json_object(), m->raw };
	json_t *all = json_array();

	while (bits_protocol_next(&list, &one)) {
		maker_set_str(&item, "supported_protocols", one);
		json_array_append(all, json_object_get(item.object, "supported_protocols"));
	}
	json_decref(item.object);
	return all;
}

static void set_request_line(struct maker *m, const struct bits_message *msg, const struct bits_exchange *x)
{
	if (!msg->is_request) {
		maker_set(m, "method", json_null());
		maker_set(m, "url", json_null());
		return;
	}
	maker_set_str(m, "method", msg->method);
	maker_set_own_text(m, "url", bits_message_url(msg, &x->ends));
}

static void set_numbers(struct maker *m, const struct bits_message *msg)
{
	bool ranged = bits_message_good(msg, BITS_FIELD_CONTENT_RANGE);

	maker_set(m, "range", ranged && !msg->range_star ? value_range(msg->range) : json_null());
	maker_set(m, "total", ranged ? value_number(msg->total) : json_null());
	maker_set(m, "content_length", if_good(msg, BITS_FIELD_CONTENT_LENGTH, msg->content_length));
	maker_set(m, "status", msg->is_request ? json_null() : json_integer(msg->status));
	maker_set(m, "received", if_good(msg, BITS_FIELD_RECEIVED, msg->received));
}

static void set_errors(struct maker *m, const struct bits_message *msg)
{
	bool known = bits_message_good(msg, BITS_FIELD_ERROR_CODE);

	set_code(m, "error_code", msg, BITS_FIELD_ERROR_CODE, msg->error_code, "0x%08X");
	maker_set_text(m, "error_name", known ? bits_hresult_name(msg->error_code) : NULL);
	set_code(m, "error_context", msg, BITS_FIELD_ERROR_CONTEXT, msg->error_context, "0x%X");
}

static void set_bits(struct maker *m, const struct bits_exchange *x, const struct bits_message *msg)
{
	bool answer = !msg->is_request;

	maker_set_text(m, "packet_type", bits_packet_name(msg->packet));
	maker_set(m, "is_request", json_boolean(msg->is_request));
	maker_set(m, "session", x->session != NULL ? value_number(x->session->ordinal) : json_null());
	set_field(m, "session_id", msg, BITS_FIELD_SESSION_ID);
	set_request_line(m, msg, x);
	set_numbers(m, msg);
	set_field(m, "protocol", msg, BITS_FIELD_PROTOCOL);
	maker_set(m, "supported_protocols", protocols(m, msg));
	set_field(m, "host_id", msg, BITS_FIELD_HOST_ID);
	set_field(m, "reply_url", msg, BITS_FIELD_REPLY_URL);
	set_errors(m, msg);
	maker_set(m, "request_frame", answer && x->request != NULL ? value_frame(&x->request_at.first) : json_null());
	maker_set(m, "response_time_ns", json_null());
}

json_t *record_packet(const struct record_context *c, const struct bits_exchange *x, enum bits_side side)
{
	const struct bits_span *at = side == BITS_CLIENT ? &x->request_at : &x->answer_at;
	struct maker m = maker_begin("packet", &at->first), bits;

	maker_set(&m, "frame", value_frame(&at->first));
	maker_set_text(&m, "capture", record_capture(c, &at->first));
	maker_set_ends(&m, &x->ends, side);
	maker_set(&m, "last_frame", json_null());
	bits = maker_nest(&m, "bits");
	set_bits(&bits, x, side == BITS_CLIENT ? x->request : x->answer);
	return maker_finish(&m);
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

	json_object_set_new(packet, "last_frame", value_frame(&at->last));
	if (side == BITS_SERVER)
		json_object_set_new(json_object_get(packet, "bits"), "response_time_ns", response_time(x));
}
