/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_judge_request.c - what a request has to look like by itself: HTTP, the headers of a packet, the range of a
 * Fragment (reference 7.1, 7.2 and 7.4). */
#include "core/bits_judge.h"

#include <string.h>

#define HEADER_VALUE_MAX  4096
#define PROTOCOLS_MAX     100
#define CONTENT_NAME_MAX  260
#define PROTOCOL_BITS_1_5 "7df0354d-249b-430f-820d-3d2a9bef4931" /* the only one there is, [MC-BUP] 1.7.1 */

static bool is_dialect(const struct hearing *h)
{
	return h->q->dialect == BITS_DIALECT_OVERRIDE || h->q->dialect == BITS_DIALECT_POST;
}

/* ---- the request line ------------------------------------------------------------------------------------------ */

/* What belongs to a session is judged at its end, when the other side of a proxy is known (bits_judge.c). */
static bool is_old_http(const struct hearing *h, struct bits_finding *f)
{
	f->value[0] = h->q->major;
	f->value[1] = h->q->minor;
	if (h->is_proxied) {
		f->severity = BITS_NOTE;
		f->fault = BITS_FAULT_INTERMEDIARY;
	}
	f->undecided = !h->is_proxied; /* a proxy's connection to its server looks the same */
	return h->s == NULL && (h->q->major != 1 || h->q->minor != 1);
}

/* Where the capture begins in a first line, the method is what is left of it. */
static bool has_other_method(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->q->method;
	f->undecided = h->x->is_unsure;
	return h->q->dialect == BITS_DIALECT_POST && !bits_str_eq(h->q->method, BITS_STR("POST"));
}

static bool is_plain_post(const struct hearing *h, struct bits_finding *f)
{
	f->undecided = h->x->is_unsure;
	return h->q->dialect == BITS_DIALECT_POST && bits_str_eq(h->q->method, BITS_STR("POST"));
}

static bool is_tunnelled(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->q->method;
	return h->q->dialect == BITS_DIALECT_OVERRIDE;
}

static bool has_lower_case_method(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->q->method;
	return (h->q->dialect == BITS_DIALECT_BITS || h->q->dialect == BITS_DIALECT_IMITATION) &&
	       !bits_str_eq(h->q->method, BITS_STR("BITS_POST"));
}

/* ---- headers of any packet ------------------------------------------------------------------------------------- */

static bool holds_always(const struct hearing *h, struct bits_finding *f)
{
	(void)h;
	(void)f;
	return true;
}

static bool lacks_packet_type(const struct hearing *h, struct bits_finding *f)
{
	(void)f;
	return !has(h->q, BITS_FIELD_PACKET_TYPE);
}

static bool has_unknown_packet_type(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->q->text[BITS_FIELD_PACKET_TYPE];
	return has(h->q, BITS_FIELD_PACKET_TYPE);
}

/* The first of the fields in `mask`; false: none. */
static bool first_of(uint64_t mask, struct bits_finding *f)
{
	for (unsigned i = 0; mask != 0 && i < BITS_N_FIELDS; i++)
		if (mask & BITS_FIELD_BIT(i)) {
			f->word[0] = bits_str_of(bits_field_name((enum bits_field)i));
			return true;
		}
	return false;
}

#define SINGLE_BITS_FIELDS \
	(((BITS_FIELD_BIT(BITS_FIELD_COPY_FILE) << 1) - 1) & ~BITS_FIELD_BIT(BITS_FIELD_SUPPORTED_PROTOCOLS))

static bool has_two_values(const struct hearing *h, struct bits_finding *f)
{
	return first_of(h->q->differs & SINGLE_BITS_FIELDS, f);
}

static bool ack_has_two_values(const struct hearing *h, struct bits_finding *f)
{
	return first_of(h->a->differs & SINGLE_BITS_FIELDS, f);
}

static bool has_two_lengths(const struct hearing *h, struct bits_finding *f)
{
	return h->x->two_lengths[f->side];
}

static bool has_long_value(const struct bits_message *m, struct bits_finding *f)
{
	for (unsigned i = 0; m->head.n > HEADER_VALUE_MAX && i <= BITS_FIELD_CONTENT_ENCODING; i++) {
		if (m->text[i].n <= HEADER_VALUE_MAX)
			continue;
		f->value[0] = m->text[i].n;
		f->word[0] = bits_str_of(bits_field_name((enum bits_field)i));
		return true;
	}
	return false;
}

static bool has_long_header(const struct hearing *h, struct bits_finding *f)
{
	return has_long_value(h->q, f);
}

static bool ack_has_long_header(const struct hearing *h, struct bits_finding *f)
{
	return has_long_value(h->a, f);
}

static bool lacks_length(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = packet_word(h->q);
	return !has(h->q, BITS_FIELD_CONTENT_LENGTH) && !has(h->q, BITS_FIELD_TRANSFER_ENCODING);
}

static bool is_broken_length(const struct bits_message *m, struct bits_finding *f)
{
	f->word[0] = m->text[BITS_FIELD_CONTENT_LENGTH];
	return is_bad(m, BITS_FIELD_CONTENT_LENGTH);
}

static bool has_broken_length(const struct hearing *h, struct bits_finding *f)
{
	return is_broken_length(h->q, f);
}

static bool ack_has_broken_length(const struct hearing *h, struct bits_finding *f)
{
	return is_ack(h->a) && is_broken_length(h->a, f);
}

static bool is_chunked(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = packet_word(h->q);
	if (is_dialect(h) || h->is_proxied)
		f->severity = BITS_NOTE;
	return has(h->q, BITS_FIELD_TRANSFER_ENCODING);
}

static bool has_body(const struct hearing *h, struct bits_finding *f)
{
	const struct bits_message *q = h->q;

	f->word[0] = packet_word(q);
	f->value[0] = good(q, BITS_FIELD_CONTENT_LENGTH) ? q->content_length : h->x->pub.request_at.body;
	return f->value[0] > 0;
}

/* died_of is known only of a connection without a hole. */
static bool is_truncated(const struct hearing *h, struct bits_finding *f)
{
	const struct exchange *x = h->x;
	bool                   by_client = x->died_of == BITS_CLOSE_CLIENT_FIN || x->died_of == BITS_CLOSE_CLIENT_RST;

	if (x->pub.answer != NULL || x->died_of < BITS_CLOSE_CLIENT_FIN || x->died_of > BITS_CLOSE_SERVER_RST)
		return false;
	f->fault = by_client ? BITS_FAULT_CLIENT : BITS_FAULT_SERVER;
	f->value[0] = x->pub.request_at.body;
	f->value[1] = h->q->content_length;
	return good(h->q, BITS_FIELD_CONTENT_LENGTH) && x->pub.request_at.body < h->q->content_length;
}

static bool has_session_id(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->q->text[BITS_FIELD_SESSION_ID];
	return f->word[0].n > 0;
}

static bool lacks_session_id(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = packet_word(h->q);
	return h->q->text[BITS_FIELD_SESSION_ID].n == 0;
}

/* ---- Create-Session -------------------------------------------------------------------------------------------- */

static bool lacks_protocols(const struct hearing *h, struct bits_finding *f)
{
	struct bits_str list = h->q->text[BITS_FIELD_SUPPORTED_PROTOCOLS], one;

	(void)f;
	return !bits_protocol_next(&list, &one);
}

static bool has_broken_protocol(const struct hearing *h, struct bits_finding *f)
{
	struct bits_str list = h->q->text[BITS_FIELD_SUPPORTED_PROTOCOLS], one, bare = { NULL, 0 };

	while (bits_protocol_next(&list, &one)) {
		f->word[0] = one;
		if (!bits_is_guid(one))
			return true;
		if (one.p[0] != '{' && bare.n == 0)
			bare = one;
	}
	f->word[0] = bare;
	f->variant = 1;
	f->severity = BITS_WARNING;
	return bare.n > 0;
}

static bool has_unknown_protocols(const struct hearing *h, struct bits_finding *f)
{
	struct bits_str list = h->q->text[BITS_FIELD_SUPPORTED_PROTOCOLS];

	f->word[0] = list;
	if (h->q->differs & BITS_FIELD_BIT(BITS_FIELD_SUPPORTED_PROTOCOLS)) /* the list goes on in another header */
		return false;
	return list.n > 0 && !judge_found(h, BITS_RULE_PROTOCOLS_MALFORMED) && !judge_found(h, BITS_RULE_PROTOCOLS_MISSING) &&
	       !judge_offers(list, BITS_STR(PROTOCOL_BITS_1_5));
}

static bool has_comma(const struct hearing *h, struct bits_finding *f)
{
	struct bits_str list = h->q->text[BITS_FIELD_SUPPORTED_PROTOCOLS];

	(void)f;
	return list.n > 0 && memchr(list.p, ',', list.n) != NULL;
}

static bool has_many_protocols(const struct hearing *h, struct bits_finding *f)
{
	struct bits_str list = h->q->text[BITS_FIELD_SUPPORTED_PROTOCOLS], one;

	f->value[0] = 0;
	while (bits_protocol_next(&list, &one))
		f->value[0]++;
	return f->value[0] > PROTOCOLS_MAX;
}

/* ---- Fragment: names and encodings ----------------------------------------------------------------------------- */

static bool says_identity(const struct hearing *h, struct bits_finding *f)
{
	(void)f;
	return bits_str_eq_nocase(h->q->text[BITS_FIELD_CONTENT_ENCODING], BITS_STR("identity"));
}

/* Is `coding` one of a comma-separated list, parameters left out? */
static bool lists_coding(struct bits_str list, struct bits_str coding)
{
	while (list.n > 0) {
		struct bits_str one = bits_str_split(&list, ','), name = bits_str_trim(bits_str_split(&one, ';'));

		if (bits_str_eq_nocase(name, coding) || bits_str_eq(name, BITS_STR("*")))
			return true;
	}
	return false;
}

static bool is_not_offered(const struct hearing *h, struct bits_finding *f)
{
	struct bits_str coding = h->q->text[BITS_FIELD_CONTENT_ENCODING], offered = bits_str_of(h->m->accept_encoding),
			before = bits_str_of(h->m->content_encoding);

	if (coding.n == 0 || bits_str_eq_nocase(coding, BITS_STR("identity")))
		return false;
	f->word[0] = coding;
	f->word[1] = offered;
	if (offered.n > 0 && !lists_coding(offered, coding))
		return true;
	f->variant = 1;
	f->word[1] = before;
	return before.n > 0 && !bits_str_eq_nocase(before, coding);
}

static bool is_illegal_name(const struct hearing *h, struct bits_finding *f)
{
	struct bits_str name = h->q->text[BITS_FIELD_CONTENT_NAME];
	bool            is_utf8;

	f->word[0] = name;
	if (bits_str_starts(name, BITS_STR("=?")))
		return false;
	is_utf8 = name.n > 0 && g_utf8_validate(name.p, (gssize)name.n, NULL);
	for (size_t i = 0; i < name.n; i++) {
		/* the second byte of a character in a code page of East Asia may look like any of them */
		bool may_be_half = !is_utf8 && i > 0 && (unsigned char)name.p[i - 1] >= 0x80;

		if (name.p[i] != '\0' && strchr("\\/:*?\"<>|", name.p[i]) != NULL && !may_be_half)
			return true;
	}
	return is_utf8 && g_utf8_strlen(name.p, (gssize)name.n) > CONTENT_NAME_MAX;
}

static bool has_other_name(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->q->text[BITS_FIELD_CONTENT_NAME];
	f->word[1] = bits_str_of(h->m->content_name);
	if (!judge_is_same_session(h) || (!h->is_next && !h->s->pub.created_here)) /* put together from pieces it may be two */
		return false;
	return f->word[0].n > 0 && f->word[1].n > 0 && !bits_str_eq(f->word[0], f->word[1]);
}

/* The version in "Microsoft BITS/7.8", times 10; 0: another client. */
static unsigned bits_version(struct bits_str agent)
{
	uint64_t major = 0, minor = 0;

	if (!bits_take_nocase(&agent, "Microsoft BITS/") || !bits_take_u64(&agent, &major) || !bits_take(&agent, ".") ||
	    !bits_take_u64(&agent, &minor) || major > 100 || minor > 9)
		return 0;
	return (unsigned)(major * 10 + minor);
}

static bool lacks_name(const struct hearing *h, struct bits_finding *f)
{
	unsigned version = bits_version(h->q->text[BITS_FIELD_USER_AGENT]);

	f->word[0] = h->q->text[BITS_FIELD_USER_AGENT];
	return version > 0 && version < 70 && h->m->fragment == NULL && h->q->text[BITS_FIELD_CONTENT_NAME].n == 0;
}

static bool has_unusual_size(const struct hearing *h, struct bits_finding *f)
{
	const struct bits_message *q = h->q;
	unsigned                   version = bits_version(q->text[BITS_FIELD_USER_AGENT]);
	uint64_t                   n = q->content_length;
	bool                       is_last = q->range.to >= q->total;

	f->value[0] = n;
	f->word[0] = q->text[BITS_FIELD_USER_AGENT];
	if (version == 0 || !good(q, BITS_FIELD_CONTENT_RANGE) || !good(q, BITS_FIELD_CONTENT_LENGTH) || n == 0)
		return false;
	if (version < 67) /* BITS 2.5 */
		return n > 128 * 1024;
	return n > 13 * 1024 * 1024 || (n < 5 * 1024 && !is_last && has_plain_range(q));
}

/* ---- Fragment: the range --------------------------------------------------------------------------------------- */

static void excuse_empty(const struct hearing *h, struct bits_finding *f)
{
	if (bits_message_says_empty(h->q))
		f->severity = BITS_NOTE;
}

static bool lacks_range(const struct hearing *h, struct bits_finding *f)
{
	(void)f;
	return !has(h->q, BITS_FIELD_CONTENT_RANGE);
}

static bool has_broken_range(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->q->text[BITS_FIELD_CONTENT_RANGE];
	excuse_empty(h, f);
	return is_bad(h->q, BITS_FIELD_CONTENT_RANGE);
}

static bool has_star(const struct hearing *h, struct bits_finding *f)
{
	const struct bits_message *q = h->q;

	f->word[0] = q->text[BITS_FIELD_CONTENT_RANGE];
	excuse_empty(h, f);
	return good(q, BITS_FIELD_CONTENT_RANGE) && (q->range_star || q->total == BITS_SIZE_UNKNOWN);
}

/* A range that names bytes: the numbers of the sentences are as on the wire. */
static bool names_bytes(const struct hearing *h, struct bits_finding *f)
{
	const struct bits_message *q = h->q;

	f->value[0] = q->range.from;
	f->value[1] = q->range.to - 1;
	f->value[2] = q->total;
	excuse_empty(h, f);
	return good(q, BITS_FIELD_CONTENT_RANGE) && !q->range_star;
}

static bool runs_backward(const struct hearing *h, struct bits_finding *f)
{
	return names_bytes(h, f) && h->q->range.to <= h->q->range.from;
}

static bool goes_beyond_total(const struct hearing *h, struct bits_finding *f)
{
	return names_bytes(h, f) && h->q->range.to > h->q->range.from && h->q->total != BITS_SIZE_UNKNOWN &&
	       h->q->range.to > h->q->total;
}

static bool has_other_length(const struct hearing *h, struct bits_finding *f)
{
	const struct bits_message *q = h->q;

	if (!names_bytes(h, f) || q->range.to <= q->range.from || !good(q, BITS_FIELD_CONTENT_LENGTH) || bits_message_says_empty(q))
		return false;
	f->value[0] = q->range.to - q->range.from;
	f->value[1] = q->content_length;
	return f->value[0] != f->value[1];
}

static bool is_empty_fragment(const struct hearing *h, struct bits_finding *f)
{
	(void)f;
	return good(h->q, BITS_FIELD_CONTENT_LENGTH) && h->q->content_length == 0;
}

/* ---- tables ---------------------------------------------------------------------------------------------------- */

void judge_request_form(struct hearing *h)
{
	static const struct charge of_request[] = {
		{ BITS_RULE_HTTP_VERSION, ON_BITS, is_old_http },
		{ BITS_RULE_METHOD_NOT_BITS_POST, ON_BITS, has_other_method },
		{ BITS_RULE_POST_WITHOUT_OVERRIDE, ON_BITS, is_plain_post },
		{ BITS_RULE_METHOD_OVERRIDE_TUNNEL, ON_BITS, is_tunnelled },
		{ BITS_RULE_METHOD_CASE, ON_BITS | ON(IMITATION), has_lower_case_method },
		{ BITS_RULE_IMITATION, ON(IMITATION), holds_always },
		{ BITS_RULE_BITS_POST_WITHOUT_PACKET_TYPE, ON(UNKNOWN), lacks_packet_type },
		{ BITS_RULE_PACKET_TYPE_UNKNOWN, ON(UNKNOWN), has_unknown_packet_type },
		{ BITS_RULE_DUPLICATE_HEADER, ON_BITS, has_two_values },
		{ BITS_RULE_DUPLICATE_FRAMING_HEADER, ON_BITS | ON(NOTIFICATION), has_two_lengths },
		{ BITS_RULE_CONTENT_LENGTH_MISSING, ON_BITS, lacks_length },
		{ BITS_RULE_CONTENT_LENGTH_MALFORMED, ON_BITS, has_broken_length },
		{ BITS_RULE_CHUNKED_REQUEST, ON_BITS, is_chunked },
		{ BITS_RULE_CONTROL_PACKET_BODY, ON_CONTROL, has_body },
		{ BITS_RULE_HEADER_TOO_LONG, ON_BITS, has_long_header },
		{ BITS_RULE_BODY_TRUNCATED, ON_BITS, is_truncated },
		{ BITS_RULE_PROTOCOLS_MISSING, ON(CREATE_SESSION), lacks_protocols },
		{ BITS_RULE_PROTOCOLS_MALFORMED, ON(CREATE_SESSION), has_broken_protocol },
		{ BITS_RULE_PROTOCOLS_UNKNOWN, ON(CREATE_SESSION), has_unknown_protocols },
		{ BITS_RULE_PROTOCOLS_COMMA, ON(CREATE_SESSION), has_comma },
		{ BITS_RULE_PROTOCOLS_TOO_MANY, ON(CREATE_SESSION), has_many_protocols },
		{ BITS_RULE_CREATE_WITH_SESSION_ID, ON(CREATE_SESSION), has_session_id },
		{ BITS_RULE_SESSION_ID_MISSING, ON_SESSION, lacks_session_id },
		{ BITS_RULE_CONTENT_ENCODING_IDENTITY, ON(FRAGMENT), says_identity },
		{ BITS_RULE_CONTENT_ENCODING_NOT_OFFERED, ON(FRAGMENT), is_not_offered },
		{ BITS_RULE_CONTENT_NAME_ILLEGAL, ON_BITS, is_illegal_name },
		{ BITS_RULE_CONTENT_NAME_CHANGED, ON_BITS, has_other_name },
		{ BITS_RULE_CONTENT_NAME_MISSING, ON(FRAGMENT), lacks_name },
		{ BITS_RULE_FRAGMENT_SIZE_WINDOWS, ON(FRAGMENT), has_unusual_size },
	};
	static const struct charge of_answer[] = {
		{ BITS_RULE_CONTENT_LENGTH_MALFORMED, ON_BITS, ack_has_broken_length },
		{ BITS_RULE_DUPLICATE_HEADER, ON_BITS, ack_has_two_values },
		{ BITS_RULE_DUPLICATE_FRAMING_HEADER, ON_BITS | ON(NOTIFICATION), has_two_lengths },
		{ BITS_RULE_HEADER_TOO_LONG, ON_BITS, ack_has_long_header },
	};

	judge_all(h, BITS_CLIENT, of_request, G_N_ELEMENTS(of_request));
	judge_all(h, BITS_SERVER, of_answer, G_N_ELEMENTS(of_answer));
}

void judge_range_form(struct hearing *h)
{
	static const struct charge charges[] = {
		{ BITS_RULE_RANGE_MISSING, ON(FRAGMENT), lacks_range },
		{ BITS_RULE_RANGE_MALFORMED, ON(FRAGMENT), has_broken_range },
		{ BITS_RULE_RANGE_STAR, ON(FRAGMENT), has_star },
		{ BITS_RULE_RANGE_INVERTED, ON(FRAGMENT), runs_backward },
		{ BITS_RULE_RANGE_BEYOND_TOTAL, ON(FRAGMENT), goes_beyond_total },
		{ BITS_RULE_RANGE_LENGTH_MISMATCH, ON(FRAGMENT), has_other_length },
		{ BITS_RULE_FRAGMENT_EMPTY, ON(FRAGMENT), is_empty_fragment },
	};

	judge_all(h, BITS_CLIENT, charges, G_N_ELEMENTS(charges));
}
