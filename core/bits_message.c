/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_message.c - a head becomes a message: one alias table says which header is which field and how it is read. */
#include "core/bits_message.h"

#include <string.h>

/* ---- readers: value text into the message; false: cannot be read ----------------------------------------------- */

static bool read_packet_type(struct bits_message *m, struct bits_str v)
{
	m->packet = bits_packet_parse(v);
	return m->packet != BITS_PACKET_UNKNOWN;
}

/* Larger numbers are no offset of any file, and nobody who reads our records could take them. */
static bool take_number(struct bits_str *v, uint64_t *value)
{
	return bits_take_u64(v, value) && *value <= INT64_MAX;
}

static bool read_whole_number(uint64_t *out, struct bits_str v)
{
	uint64_t value;

	if (!take_number(&v, &value) || v.n > 0)
		return false;
	*out = value;
	return true;
}

static bool read_content_length(struct bits_message *m, struct bits_str v)
{
	struct bits_str first = bits_str_trim(bits_str_split(&v, ',')); /* "5, 5": RFC 9112 6.3 */

	return read_whole_number(&m->content_length, first);
}

static bool read_received(struct bits_message *m, struct bits_str v)
{
	return read_whole_number(&m->received, v);
}

static bool read_fallback_timeout(struct bits_message *m, struct bits_str v)
{
	return read_whole_number(&m->fallback_timeout_s, v);
}

static bool read_content_range(struct bits_message *m, struct bits_str v)
{
	return bits_range_parse(&m->range, &m->total, &m->range_star, v);
}

/* Hexadecimal as 0x..., x... (so [MC-BUP] prints it) or bare (gobits), perhaps with a C suffix. */
static bool read_hex(uint32_t *out, struct bits_str v)
{
	uint32_t value;

	if (!bits_take_nocase(&v, "0x"))
		bits_take_nocase(&v, "x");
	if (!bits_take_hex32(&v, &value))
		return false;
	bits_take_nocase(&v, "L");
	if (v.n > 0)
		return false;
	*out = value;
	return true;
}

static bool read_error_code(struct bits_message *m, struct bits_str v)
{
	return read_hex(&m->error_code, v);
}

static bool read_error_context(struct bits_message *m, struct bits_str v)
{
	return read_hex(&m->error_context, v);
}

/* ---- the alias table ------------------------------------------------------------------------------------------- */

struct alias {
	struct bits_str name;
	enum bits_field field;
	bool            unusual; /* not the name that Windows and most others write */
	bool (*read)(struct bits_message *m, struct bits_str value); /* NULL: text is all we want */
};

/* The shorter names first (row_of). */
static const struct alias aliases[] = {
#define NAME(literal) { literal, sizeof literal - 1 } /* BITS_STR is no constant to C */
	{ NAME("Via"), BITS_FIELD_VIA, false, NULL },
	{ NAME("Host"), BITS_FIELD_HOST, false, NULL },
	{ NAME("Server"), BITS_FIELD_SERVER, false, NULL },
	{ NAME("Expect"), BITS_FIELD_EXPECT, false, NULL },
	{ NAME("BITS-Error"), BITS_FIELD_ERROR_CODE, true, read_error_code },
	{ NAME("User-Agent"), BITS_FIELD_USER_AGENT, false, NULL },
	{ NAME("BITS-Host-Id"), BITS_FIELD_HOST_ID, false, NULL },
	{ NAME("Content-Name"), BITS_FIELD_CONTENT_NAME, false, NULL },
	{ NAME("X-Session-Id"), BITS_FIELD_X_SESSION_ID, false, NULL },
	{ NAME("BITS-Protocol"), BITS_FIELD_PROTOCOL, false, NULL },
	{ NAME("Content-Range"), BITS_FIELD_CONTENT_RANGE, false, read_content_range },
	{ NAME("Authorization"), BITS_FIELD_AUTHORIZATION, false, NULL },
	{ NAME("BITS-Reply-URL"), BITS_FIELD_REPLY_URL, false, NULL },
	{ NAME("Content-Length"), BITS_FIELD_CONTENT_LENGTH, false, read_content_length },
	{ NAME("BITS-Session-Id"), BITS_FIELD_SESSION_ID, false, NULL },
	{ NAME("BITS-Error-Code"), BITS_FIELD_ERROR_CODE, false, read_error_code },
	{ NAME("Accept-Encoding"), BITS_FIELD_ACCEPT_ENCODING, false, NULL },
	{ NAME("X-Forwarded-For"), BITS_FIELD_X_FORWARDED_FOR, false, NULL },
	{ NAME("BITS-Packet-Type"), BITS_FIELD_PACKET_TYPE, false, read_packet_type },
	{ NAME("Content-Encoding"), BITS_FIELD_CONTENT_ENCODING, false, NULL },
	{ NAME("WWW-Authenticate"), BITS_FIELD_WWW_AUTHENTICATE, false, NULL },
	/* [MC-BUP] 2.2.1 has this once; a misprint, but unmistakable */
	{ NAME("BITS-Package-Type"), BITS_FIELD_PACKET_TYPE, true, read_packet_type },
	{ NAME("Transfer-Encoding"), BITS_FIELD_TRANSFER_ENCODING, false, NULL },
	{ NAME("BITS-Error-Context"), BITS_FIELD_ERROR_CONTEXT, false, read_error_context },
	{ NAME("Proxy-Authenticate"), BITS_FIELD_PROXY_AUTHENTICATE, false, NULL },
	{ NAME("Proxy-Authorization"), BITS_FIELD_PROXY_AUTHORIZATION, false, NULL },
	{ NAME("X-Http-Method-Override"), BITS_FIELD_METHOD_OVERRIDE, false, NULL },
	{ NAME("BITS-Supported-Protocols"), BITS_FIELD_SUPPORTED_PROTOCOLS, false, NULL },
	{ NAME("BITS-Static-Response-URL"), BITS_FIELD_STATIC_URL, false, NULL },
	{ NAME("BITS-Original-Request-URL"), BITS_FIELD_ORIGINAL_URL, false, NULL },
	{ NAME("BITS-Request-DataFile-Name"), BITS_FIELD_REQUEST_DATA, false, NULL },
	{ NAME("BITS-Received-Content-Range"), BITS_FIELD_RECEIVED, false, read_received },
	{ NAME("BITS-Recieved-Content-Range"), BITS_FIELD_RECEIVED, true, read_received }, /* gobits, on 416 */
	{ NAME("BITS-Response-DataFile-Name"), BITS_FIELD_RESPONSE_DATA, false, NULL },
	{ NAME("BITS-Request-DataEntity-Name"), BITS_FIELD_REQUEST_DATA, true, NULL },
	{ NAME("BITS-Host-Id-Fallback-Timeout"), BITS_FIELD_FALLBACK_TIMEOUT, false, read_fallback_timeout },
	{ NAME("BITS-Response-DataEntity-Name"), BITS_FIELD_RESPONSE_DATA, true, NULL },
	{ NAME("BITS-Copy-File-To-Destination"), BITS_FIELD_COPY_FILE, false, NULL },
#undef NAME
};

const char *bits_field_name(enum bits_field f)
{
	for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++)
		if (aliases[i].field == f && !aliases[i].unusual)
			return aliases[i].name.p;
	return NULL;
}

/* The first row whose name is as long as that, or longer. */
static size_t row_of(size_t length)
{
	size_t from = 0, to = G_N_ELEMENTS(aliases);

	while (from < to) {
		size_t middle = (from + to) / 2;

		if (aliases[middle].name.n < length)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Every header of every message is looked up, and most of them are none of ours: few names have its length. */
static const struct alias *alias_of(struct bits_str name)
{
	for (size_t i = row_of(name.n); i < G_N_ELEMENTS(aliases) && aliases[i].name.n == name.n; i++)
		if (bits_str_eq_nocase(name, aliases[i].name))
			return &aliases[i];
	return NULL;
}

/* The first occurrence is taken; a second one with another value is a fact for the rows. */
static void read_field(struct bits_message *m, const struct alias *a, struct bits_str value)
{
	uint64_t bit = BITS_FIELD_BIT(a->field);

	if (m->has & bit) {
		bool same_name = ((m->alias & bit) != 0) == a->unusual;

		/* [MC-BUP]'s BITS-Error beside the win32 pages' BITS-Error-Code are two headers */
		if (same_name && !bits_str_eq_nocase(m->text[a->field], value))
			m->differs |= bit;
		return;
	}
	/* An empty error header counts as absent (reference 7.0, rows 102 and 105-107). */
	if (value.n == 0 && (a->field == BITS_FIELD_ERROR_CODE || a->field == BITS_FIELD_ERROR_CONTEXT))
		return;
	m->has |= bit;
	m->text[a->field] = value;
	if (a->unusual)
		m->alias |= bit;
	if (a->read != NULL && !a->read(m, value))
		m->bad |= bit;
}

/* ---- what kind of message -------------------------------------------------------------------------------------- */

#define ANY_BITS_FIELD ((BITS_FIELD_BIT(BITS_FIELD_COPY_FILE) << 1) - 1)

static bool is_notification(const struct bits_message *m)
{
	return bits_message_has(m, BITS_FIELD_ORIGINAL_URL) || bits_message_has(m, BITS_FIELD_REQUEST_DATA);
}

static void classify_request(struct bits_message *m)
{
	bool native = bits_str_eq_nocase(m->method, BITS_STR("BITS_POST"));
	bool tunnelled = bits_str_eq_nocase(m->text[BITS_FIELD_METHOD_OVERRIDE], BITS_STR("BITS_POST"));
	bool typed = bits_message_has(m, BITS_FIELD_PACKET_TYPE);

	if (native && !typed && (m->has & ANY_BITS_FIELD) == 0) {
		m->dialect = BITS_DIALECT_IMITATION;
		m->packet = BITS_PACKET_IMITATION;
	} else if (native || tunnelled || typed) {
		m->dialect = native ? BITS_DIALECT_BITS : tunnelled ? BITS_DIALECT_OVERRIDE : BITS_DIALECT_POST;
		/* a request that calls itself Ack is of no known type (reference 7.1, row 11) */
		if (!typed || m->packet == BITS_PACKET_ACK)
			m->packet = BITS_PACKET_UNKNOWN;
	} else if (is_notification(m)) {
		m->packet = BITS_PACKET_NOTIFICATION;
	}
}

/* The bytes of BITS-Reply-URL and so on are all the same to us; what an answer answers is the tracker's business. */
static void classify_answer(struct bits_message *m)
{
	if (!bits_message_has(m, BITS_FIELD_PACKET_TYPE))
		m->packet = BITS_PACKET_NONE;
}

void bits_message_decode(struct bits_message *m, const struct bits_http_head *head)
{
	struct bits_http_walk  walk = { 0 };
	struct bits_http_field field;
	const struct alias    *a;

	memset(m, 0, sizeof *m);
	m->is_request = head->is_request;
	m->method = head->method;
	m->target = head->target;
	m->reason = head->reason;
	m->status = head->status;
	m->major = head->major;
	m->minor = head->minor;
	m->head = head->text;
	m->total = BITS_SIZE_UNKNOWN;
	while (bits_http_walk(head, &walk, &field))
		if ((a = alias_of(field.name)) != NULL)
			read_field(m, a, field.value);
	if (bits_message_has(m, BITS_FIELD_TRANSFER_ENCODING))
		m->chunked = bits_http_framing_of(head).body == BITS_HTTP_BODY_CHUNKED;
	if (m->is_request)
		classify_request(m);
	else
		classify_answer(m);
}

/* A view into one text as the same view into a copy of it. */
static struct bits_str rebased(struct bits_str view, const char *from, const char *to)
{
	return view.p != NULL ? (struct bits_str){ to + (view.p - from), view.n } : view;
}

/* Its text lies behind it. */
struct bits_message *bits_message_copy(const struct bits_message *m)
{
	struct bits_message *copy = g_malloc(sizeof *m + m->head.n);
	const char          *from = m->head.p, *to = memcpy(copy + 1, from, m->head.n);

	*copy = *m;
	for (size_t i = 0; i < BITS_N_FIELDS; i++)
		copy->text[i] = rebased(m->text[i], from, to);
	copy->method = rebased(m->method, from, to);
	copy->target = rebased(m->target, from, to);
	copy->reason = rebased(m->reason, from, to);
	copy->head.p = to;
	return copy;
}

void bits_message_free(struct bits_message *m)
{
	g_free(m);
}

/* ---- single values --------------------------------------------------------------------------------------------- */

static void skip_spaces(struct bits_str *s)
{
	*s = bits_str_trim(*s);
}

bool bits_range_parse(struct bits_range *out, uint64_t *total, bool *star, struct bits_str text)
{
	uint64_t first = 0, last = 0, size;
	bool     is_star = false;

	if (!bits_take_nocase(&text, "bytes") || !bits_take_spaces(&text))
		return false;
	if (bits_take(&text, "*")) {
		is_star = true;
	} else {
		if (!take_number(&text, &first))
			return false;
		skip_spaces(&text);
		if (!bits_take(&text, "-"))
			return false;
		skip_spaces(&text);
		if (!take_number(&text, &last) || last == INT64_MAX) /* its end is beyond */
			return false;
	}
	skip_spaces(&text);
	if (!bits_take(&text, "/"))
		return false;
	skip_spaces(&text);
	if (bits_take(&text, "*"))
		size = BITS_SIZE_UNKNOWN;
	else if (!take_number(&text, &size))
		return false;
	if (text.n > 0)
		return false;
	*out = is_star ? (struct bits_range){ 0, 0 } : (struct bits_range){ first, last + 1 };
	*total = size;
	*star = is_star;
	return true;
}

/* Every list is walked by several rules: no call for each byte, and what GUIDs are made of lies above all of these. */
static bool is_separator(char c)
{
	return (unsigned char)c <= ',' && (c == ' ' || c == ',' || c == '\t' || c == '\r' || c == '\n' || c == '\0');
}

bool bits_protocol_next(struct bits_str *list, struct bits_str *protocol)
{
	size_t n = 0;

	while (list->n > 0 && is_separator(list->p[0])) {
		list->p++;
		list->n--;
	}
	while (n < list->n && !is_separator(list->p[n]))
		n++;
	if (n == 0)
		return false;
	*protocol = (struct bits_str){ list->p, n };
	list->p += n;
	list->n -= n;
	return true;
}

bool bits_message_says_empty(const struct bits_message *m)
{
	struct bits_str range = m->text[BITS_FIELD_CONTENT_RANGE];
	bool is_of_nothing = bits_message_good(m, BITS_FIELD_CONTENT_RANGE)
	                         ? m->total == 0
	                         : range.n >= 2 && range.p[range.n - 2] == '/' && range.p[range.n - 1] == '0';

	return is_of_nothing && bits_message_good(m, BITS_FIELD_CONTENT_LENGTH) && m->content_length == 0;
}

static struct bits_str without_braces(struct bits_str id)
{
	if (id.n >= 2 && id.p[0] == '{' && id.p[id.n - 1] == '}')
		return (struct bits_str){ id.p + 1, id.n - 2 };
	return id;
}

static uint8_t is_hex_digit(uint8_t c)
{
	return (uint8_t)(c - '0') < 10 || (uint8_t)((c | 0x20) - 'a') < 6;
}

#define GUID_LENGTH 36 /* bytes, without braces */

/* Every id is asked several times: the digits are counted, without a branch for each. */
bool bits_is_guid(struct bits_str id)
{
	uint8_t digits = 0;

	id = without_braces(id);
	if (id.n != GUID_LENGTH || id.p[8] != '-' || id.p[13] != '-' || id.p[18] != '-' || id.p[23] != '-')
		return false;
	for (size_t i = 0; i < GUID_LENGTH; i++)
		digits = (uint8_t)(digits + is_hex_digit((uint8_t)id.p[i]));
	return digits == GUID_LENGTH - 4;
}

bool bits_session_id_eq(struct bits_str a, struct bits_str b)
{
	if (bits_str_eq(a, b))
		return true;
	return bits_is_guid(a) && bits_is_guid(b) && bits_str_eq_nocase(without_braces(a), without_braces(b));
}

char *bits_session_id_key(struct bits_str id)
{
	char *key;

	if (!bits_is_guid(id))
		return bits_str_dup(id);
	key = bits_str_dup(without_braces(id));
	for (size_t i = 0; i < GUID_LENGTH; i++)
		key[i] |= 0x20; /* lower case: digits and hyphens have the bit */
	return key;
}

uint64_t bits_message_held(const struct bits_message *m)
{
	return sizeof *m + m->head.n;
}
