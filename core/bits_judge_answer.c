/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_judge_answer.c - what an answer has to look like by itself and beside its request: the form of an Ack, what a
 * Create-Session is given, its reply URL, and what a notification is answered (reference 7.1, 7.2, 7.3 and 7.7; how errors
 * are reported stands in bits_judge_errors.c). */
#include "core/bits_judge.h"

#include <string.h>

#define SESSION_ID_MAX 100
#define REPLY_URL_MAX  2200

/* ---- is it an Ack at all --------------------------------------------------------------------------------------- */

#define BITS_ANSWER_FIELDS                                                                            \
	(BITS_FIELD_BIT(BITS_FIELD_PACKET_TYPE) | BITS_FIELD_BIT(BITS_FIELD_PROTOCOL) |               \
	 BITS_FIELD_BIT(BITS_FIELD_SESSION_ID) | BITS_FIELD_BIT(BITS_FIELD_SUPPORTED_PROTOCOLS) |     \
	 BITS_FIELD_BIT(BITS_FIELD_RECEIVED) | BITS_FIELD_BIT(BITS_FIELD_HOST_ID) |                   \
	 BITS_FIELD_BIT(BITS_FIELD_ERROR_CODE) | BITS_FIELD_BIT(BITS_FIELD_ERROR_CONTEXT))

static bool speaks_no_bits(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->status;
	return h->success && (h->a->has & BITS_ANSWER_FIELDS) == 0;
}

/* No Ack, and told by its Via, or by a Server header that is not that of this server's Acks. */
bool judge_is_intermediary(const struct hearing *h)
{
	struct bits_str server = h->a->text[BITS_FIELD_SERVER];
	const char     *known = h->s ? h->s->pub.server_software : NULL;

	if ((h->a->has & BITS_ANSWER_FIELDS) != 0)
		return false;
	return has(h->a, BITS_FIELD_VIA) || has(h->a, BITS_FIELD_PROXY_AUTHENTICATE) ||
	       (server.n > 0 && known != NULL && !bits_str_eq(server, bits_str_of(known)));
}

static bool is_foreign_answer(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->status;
	return judge_is_intermediary(h) && !judge_found(h, BITS_RULE_SERVER_NOT_BITS);
}

static bool lacks_packet_type(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->status;
	f->word[0] = packet_word(h->q);
	if (!h->success)
		f->severity = BITS_NOTE;
	return !is_ack(h->a) && !judge_found(h, BITS_RULE_SERVER_NOT_BITS) && !judge_is_intermediary(h);
}

static bool has_other_packet_type(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_PACKET_TYPE];
	return is_ack(h->a) && h->a->packet != BITS_PACKET_ACK;
}

/* ---- its form -------------------------------------------------------------------------------------------------- */

static bool is_old_http(const struct hearing *h, struct bits_finding *f)
{
	f->variant = 1;
	f->value[0] = h->a->major;
	f->value[1] = h->a->minor;
	if (h->is_proxied) {
		f->severity = BITS_NOTE;
		f->fault = BITS_FAULT_INTERMEDIARY;
	}
	f->undecided = !h->is_proxied;
	return h->s == NULL && is_ack(h->a) && (h->a->major != 1 || h->a->minor != 1);
}

static bool has_body(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->content_length;
	f->value[1] = h->a->status;
	if (!h->success)
		f->severity = BITS_NOTE;
	return is_ack(h->a) && good(h->a, BITS_FIELD_CONTENT_LENGTH) && h->a->content_length > 0;
}

static bool lacks_length(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->status;
	return is_ack(h->a) && h->a->status != 204 && h->a->status != 304 && /* these have no body by their status */
	       !has(h->a, BITS_FIELD_CONTENT_LENGTH) && !has(h->a, BITS_FIELD_TRANSFER_ENCODING);
}

static bool is_other_success(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->status;
	return h->success && h->a->status > 201;
}

static bool is_created(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = packet_word(h->q);
	return h->a->status == 201;
}

static bool is_ping_refused(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->status;
	return is_ack(h->a) && !h->success;
}

/* A request that a row says has to be refused (reference 7.0, row 113). */
static bool is_invalid_accepted(const struct hearing *h, struct bits_finding *f)
{
	static const enum bits_rule_id invalid[] = {
		BITS_RULE_METHOD_CASE,         BITS_RULE_BITS_POST_WITHOUT_PACKET_TYPE, BITS_RULE_PACKET_TYPE_UNKNOWN,
		BITS_RULE_CONTENT_LENGTH_MISSING, BITS_RULE_CONTROL_PACKET_BODY,        BITS_RULE_PROTOCOLS_MISSING,
		BITS_RULE_PROTOCOLS_MALFORMED, BITS_RULE_PROTOCOLS_UNKNOWN,             BITS_RULE_SESSION_ID_MISSING,
		BITS_RULE_RANGE_MISSING,       BITS_RULE_RANGE_MALFORMED,               BITS_RULE_RANGE_STAR,
		BITS_RULE_RANGE_INVERTED,      BITS_RULE_RANGE_BEYOND_TOTAL,            BITS_RULE_RANGE_LENGTH_MISMATCH,
		BITS_RULE_TOTAL_CHANGED,
	};

	f->value[0] = h->a->status;
	if (!h->success || h->is_proxied || h->q->dialect != BITS_DIALECT_BITS)
		return false;
	for (unsigned i = 0; i < h->n_found; i++)
		for (size_t j = 0; j < G_N_ELEMENTS(invalid); j++)
			if (h->found[i].rule == invalid[j] && h->found[i].severity > BITS_NOTE && !h->found[i].undecided)
				return true;
	return false;
}

void judge_answer_form(struct hearing *h)
{
	static const struct charge charges[] = {
		{ BITS_RULE_SERVER_NOT_BITS, ON(CREATE_SESSION), speaks_no_bits },
		{ BITS_RULE_NON_ACK_RESPONSE, ON_PACKETS, is_foreign_answer },
		{ BITS_RULE_ACK_PACKET_TYPE_MISSING, ON_PACKETS, lacks_packet_type },
		{ BITS_RULE_ACK_PACKET_TYPE_VALUE, ON_BITS, has_other_packet_type },
		{ BITS_RULE_HTTP_VERSION, ON_BITS, is_old_http },
		{ BITS_RULE_ACK_BODY, ON_BITS, has_body },
		{ BITS_RULE_ACK_CONTENT_LENGTH_MISSING, ON_BITS, lacks_length },
		{ BITS_RULE_UNEXPECTED_2XX, ON_PACKETS, is_other_success },
		{ BITS_RULE_CREATED_OUTSIDE_CREATE, ON_PACKETS & ~ON(CREATE_SESSION), is_created },
		{ BITS_RULE_PING_NOT_200, ON(PING), is_ping_refused },
		{ BITS_RULE_INVALID_REQUEST_ACCEPTED, ON_BITS, is_invalid_accepted },
	};

	judge_all(h, BITS_SERVER, charges, G_N_ELEMENTS(charges));
}

/* ---- what a Create-Session is given ---------------------------------------------------------------------------- */

static bool creates(const struct hearing *h)
{
	return h->success && !judge_found(h, BITS_RULE_SERVER_NOT_BITS);
}

static bool lacks_protocol(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->status;
	return creates(h) && h->a->text[BITS_FIELD_PROTOCOL].n == 0;
}

static bool is_not_offered(const struct hearing *h, struct bits_finding *f)
{
	struct bits_str list = h->q->text[BITS_FIELD_SUPPORTED_PROTOCOLS], rest = list, one;

	f->word[0] = h->a->text[BITS_FIELD_PROTOCOL];
	if (h->q->differs & BITS_FIELD_BIT(BITS_FIELD_SUPPORTED_PROTOCOLS)) /* the list goes on in another header */
		return false;
	return creates(h) && bits_protocol_next(&rest, &one) && f->word[0].n > 0 && !judge_offers(list, f->word[0]);
}

static bool names_protocol(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->status;
	return !h->success && h->a->text[BITS_FIELD_PROTOCOL].n > 0;
}

static bool lacks_session_id(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->status;
	return creates(h) && h->a->text[BITS_FIELD_SESSION_ID].n == 0;
}

static bool has_long_id(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->text[BITS_FIELD_SESSION_ID].n;
	return creates(h) && f->value[0] > SESSION_ID_MAX;
}

static bool has_illegal_id(const struct hearing *h, struct bits_finding *f)
{
	struct bits_str id = h->a->text[BITS_FIELD_SESSION_ID];

	f->word[0] = id;
	for (size_t i = 0; i < id.n && creates(h); i++)
		if (g_ascii_iscntrl(id.p[i]) && id.p[i] != '\t')
			return true;
	return false;
}

static bool has_no_guid(const struct hearing *h, struct bits_finding *f)
{
	struct bits_str id = h->a->text[BITS_FIELD_SESSION_ID];

	f->word[0] = id;
	return creates(h) && id.n > 0 && !(bits_is_guid(id) && id.p[0] == '{') &&
	       !judge_found(h, BITS_RULE_SESSION_ID_TOO_LONG) && !judge_found(h, BITS_RULE_SESSION_ID_ILLEGAL);
}

static bool lacks_accept_encoding(const struct hearing *h, struct bits_finding *f)
{
	(void)f;
	return creates(h) && h->a->text[BITS_FIELD_ACCEPT_ENCODING].n == 0;
}

static bool accepts_other_encoding(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_ACCEPT_ENCODING];
	return creates(h) && f->word[0].n > 0 && !bits_str_eq_nocase(f->word[0], BITS_STR("identity"));
}

static bool has_timeout_alone(const struct hearing *h, struct bits_finding *f)
{
	(void)f;
	return creates(h) && has(h->a, BITS_FIELD_FALLBACK_TIMEOUT) && h->a->text[BITS_FIELD_HOST_ID].n == 0;
}

static bool has_broken_timeout(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_FALLBACK_TIMEOUT];
	return creates(h) && has(h->a, BITS_FIELD_FALLBACK_TIMEOUT) &&
	       (is_bad(h->a, BITS_FIELD_FALLBACK_TIMEOUT) || h->a->fallback_timeout_s == 0);
}

/* RFC 1738 host or an IPv6 address, in brackets or not: no scheme, no port, no path. */
bool judge_is_host(struct bits_str host)
{
	unsigned colons = 0;

	for (size_t i = 0; i < host.n; i++) {
		colons += host.p[i] == ':';
		if (!g_ascii_isalnum(host.p[i]) && strchr("-._:[]%", host.p[i]) == NULL)
			return false;
	}
	return colons != 1;
}

static bool has_broken_host(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_HOST_ID];
	return creates(h) && !judge_is_host(f->word[0]);
}

void judge_creation(struct hearing *h)
{
	static const struct charge charges[] = {
		{ BITS_RULE_CREATE_ACK_PROTOCOL_MISSING, ON(CREATE_SESSION), lacks_protocol },
		{ BITS_RULE_CREATE_ACK_PROTOCOL_NOT_OFFERED, ON(CREATE_SESSION), is_not_offered },
		{ BITS_RULE_CREATE_ACK_PROTOCOL_ON_ERROR, ON(CREATE_SESSION), names_protocol },
		{ BITS_RULE_CREATE_ACK_SESSION_ID_MISSING, ON(CREATE_SESSION), lacks_session_id },
		{ BITS_RULE_SESSION_ID_TOO_LONG, ON(CREATE_SESSION), has_long_id },
		{ BITS_RULE_SESSION_ID_ILLEGAL, ON(CREATE_SESSION), has_illegal_id },
		{ BITS_RULE_SESSION_ID_NOT_GUID, ON(CREATE_SESSION), has_no_guid },
		{ BITS_RULE_ACCEPT_ENCODING_MISSING, ON(CREATE_SESSION), lacks_accept_encoding },
		{ BITS_RULE_ACCEPT_ENCODING_NOT_IDENTITY, ON(CREATE_SESSION), accepts_other_encoding },
		{ BITS_RULE_FALLBACK_TIMEOUT_ALONE, ON(CREATE_SESSION), has_timeout_alone },
		{ BITS_RULE_FALLBACK_TIMEOUT_MALFORMED, ON(CREATE_SESSION), has_broken_timeout },
		{ BITS_RULE_HOST_ID_MALFORMED, ON(CREATE_SESSION), has_broken_host },
	};

	judge_all(h, BITS_SERVER, charges, G_N_ELEMENTS(charges));
}

/* ---- BITS-Reply-URL -------------------------------------------------------------------------------------------- */

static bool is_absolute_url(struct bits_str url)
{
	return bits_str_starts_nocase(url, BITS_STR("http://")) || bits_str_starts_nocase(url, BITS_STR("https://"));
}

static bool has_reply_early(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->q->range.to;
	f->value[1] = h->q->total;
	return h->success && h->a->text[BITS_FIELD_REPLY_URL].n > 0 && has_plain_range(h->q) &&
	       h->q->range.to < h->q->total;
}

static bool has_long_reply(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->text[BITS_FIELD_REPLY_URL].n;
	return f->value[0] > REPLY_URL_MAX;
}

static bool has_relative_reply(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_REPLY_URL];
	return f->word[0].n > 0 && !is_absolute_url(f->word[0]);
}

/* ---- the notification leg ---------------------------------------------------------------------------------------- */

static bool is_by_reference(const struct hearing *h)
{
	return has(h->q, BITS_FIELD_REQUEST_DATA) || has(h->q, BITS_FIELD_RESPONSE_DATA);
}

static bool lacks_original_url(const struct hearing *h, struct bits_finding *f)
{
	(void)f;
	return h->q->text[BITS_FIELD_ORIGINAL_URL].n == 0;
}

static bool has_one_path(const struct hearing *h, struct bits_finding *f)
{
	(void)f;
	return has(h->q, BITS_FIELD_REQUEST_DATA) != has(h->q, BITS_FIELD_RESPONSE_DATA);
}

static bool has_path_and_body(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->q->content_length;
	return is_by_reference(h) && good(h->q, BITS_FIELD_CONTENT_LENGTH) && h->q->content_length > 0;
}

static bool has_relative_static_url(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_STATIC_URL];
	return f->word[0].n > 0 && !is_absolute_url(f->word[0]);
}

static bool has_static_url_and_body(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->a->content_length;
	return has(h->a, BITS_FIELD_STATIC_URL) && good(h->a, BITS_FIELD_CONTENT_LENGTH) && h->a->content_length > 0;
}

/* The application had taken it before. */
static bool is_notified_again(const struct hearing *h, struct bits_finding *f)
{
	(void)f;
	return h->about != NULL && h->about->memory->notified;
}

void judge_notification(struct hearing *h)
{
	static const struct charge of_request[] = {
		{ BITS_RULE_NOTIFY_ORIGINAL_URL_MISSING, ON(NOTIFICATION), lacks_original_url },
		{ BITS_RULE_NOTIFY_PATHS_INCOMPLETE, ON(NOTIFICATION), has_one_path },
		{ BITS_RULE_NOTIFY_REFERENCE_WITH_BODY, ON(NOTIFICATION), has_path_and_body },
		{ BITS_RULE_NOTIFY_DUPLICATE, ON(NOTIFICATION), is_notified_again },
	};
	static const struct charge of_answer[] = {
		{ BITS_RULE_NOTIFY_STATIC_URL_RELATIVE, ON(NOTIFICATION), has_relative_static_url },
		{ BITS_RULE_NOTIFY_STATIC_URL_WITH_BODY, ON(NOTIFICATION), has_static_url_and_body },
		{ BITS_RULE_REPLY_URL_EARLY, ON(FRAGMENT), has_reply_early },
		{ BITS_RULE_REPLY_URL_TOO_LONG, ON(FRAGMENT), has_long_reply },
		{ BITS_RULE_REPLY_URL_NOT_HTTP_URL, ON(FRAGMENT), has_relative_reply },
	};

	judge_all(h, BITS_CLIENT, of_request, G_N_ELEMENTS(of_request));
	judge_all(h, BITS_SERVER, of_answer, G_N_ELEMENTS(of_answer));
}
