/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_tree.c - see bits_tree.h. */
#include "plugin/bits_tree.h"

#include <epan/expert.h>
#include <epan/proto.h>
#include <epan/strutil.h>

#define EN_DASH "\xe2\x80\x93"

/* ---- fields ---------------------------------------------------------------------------------------------------- */

enum value { VALUE_TEXT, VALUE_NUMBER, VALUE_HRESULT, VALUE_CONTEXT, VALUE_RANGE, VALUE_LIST, VALUE_NOT_OURS };

/* A header each, in the order of enum bits_field; credentials are http's, which knows how to read them. */
static const struct header {
	const char *abbrev, *name;
	enum value value;
} headers[BITS_N_FIELDS] = {
	/* clang-format off */
	[BITS_FIELD_PACKET_TYPE]         = { "bits.packet_type",         "Packet type",         VALUE_TEXT },
	[BITS_FIELD_SUPPORTED_PROTOCOLS] = { "bits.supported_protocol",  "Supported protocol",  VALUE_LIST },
	[BITS_FIELD_PROTOCOL]            = { "bits.protocol",            "Protocol",            VALUE_TEXT },
	[BITS_FIELD_SESSION_ID]          = { "bits.session_id",          "Session id",          VALUE_TEXT },
	[BITS_FIELD_HOST_ID]             = { "bits.host_id",             "Host id",             VALUE_TEXT },
	[BITS_FIELD_FALLBACK_TIMEOUT]    = { "bits.fallback_timeout",    "Host id fallback timeout (s)", VALUE_NUMBER },
	[BITS_FIELD_RECEIVED]            = { "bits.received",            "Received, next offset wanted", VALUE_NUMBER },
	[BITS_FIELD_REPLY_URL]           = { "bits.reply_url",           "Reply URL",           VALUE_TEXT },
	[BITS_FIELD_ERROR_CODE]          = { "bits.error_code",          "Error code",          VALUE_HRESULT },
	[BITS_FIELD_ERROR_CONTEXT]       = { "bits.error_context",       "Error context",       VALUE_CONTEXT },
	[BITS_FIELD_ORIGINAL_URL]        = { "bits.original_url",        "Original request URL", VALUE_TEXT },
	[BITS_FIELD_REQUEST_DATA]        = { "bits.request_data",        "Request data file",   VALUE_TEXT },
	[BITS_FIELD_RESPONSE_DATA]       = { "bits.response_data",       "Response data file",  VALUE_TEXT },
	[BITS_FIELD_STATIC_URL]          = { "bits.static_response_url", "Static response URL", VALUE_TEXT },
	[BITS_FIELD_COPY_FILE]           = { "bits.copy_file",           "Copy file to destination", VALUE_TEXT },
	[BITS_FIELD_CONTENT_NAME]        = { "bits.content_name",        "Content name",        VALUE_TEXT },
	[BITS_FIELD_CONTENT_RANGE]       = { "bits.range",               "Range",               VALUE_RANGE },
	[BITS_FIELD_CONTENT_LENGTH]      = { "bits.content_length",      "Content length",      VALUE_NUMBER },
	[BITS_FIELD_CONTENT_ENCODING]    = { "bits.content_encoding",    "Content encoding",    VALUE_TEXT },
	[BITS_FIELD_ACCEPT_ENCODING]     = { "bits.accept_encoding",     "Accept encoding",     VALUE_TEXT },
	[BITS_FIELD_TRANSFER_ENCODING]   = { "bits.transfer_encoding",   "Transfer encoding",   VALUE_TEXT },
	[BITS_FIELD_METHOD_OVERRIDE]     = { "bits.method_override",     "Method override",     VALUE_TEXT },
	[BITS_FIELD_X_SESSION_ID]        = { "bits.x_session_id",        "X-Session-Id",        VALUE_TEXT },
	[BITS_FIELD_HOST]                = { "bits.host",                "Host",                VALUE_TEXT },
	[BITS_FIELD_USER_AGENT]          = { "bits.user_agent",          "User agent",          VALUE_TEXT },
	[BITS_FIELD_SERVER]              = { "bits.server",              "Server",              VALUE_TEXT },
	[BITS_FIELD_VIA]                 = { "bits.via",                 "Via",                 VALUE_TEXT },
	[BITS_FIELD_X_FORWARDED_FOR]     = { "bits.x_forwarded_for",     "X-Forwarded-For",     VALUE_TEXT },
	[BITS_FIELD_AUTHORIZATION]       = { NULL, NULL, VALUE_NOT_OURS },
	[BITS_FIELD_PROXY_AUTHORIZATION] = { NULL, NULL, VALUE_NOT_OURS },
	[BITS_FIELD_WWW_AUTHENTICATE]    = { NULL, NULL, VALUE_NOT_OURS },
	[BITS_FIELD_PROXY_AUTHENTICATE]  = { NULL, NULL, VALUE_NOT_OURS },
	[BITS_FIELD_EXPECT]              = { "bits.expect",              "Expect",              VALUE_TEXT },
	/* clang-format on */
};

static int hf_header[BITS_N_FIELDS];

/* -1: not registered yet, as 4.0 wants it. */
static int hf_method = -1, hf_uri = -1, hf_status = -1, hf_range_first = -1, hf_range_last = -1, hf_range_total = -1;
static int hf_malformed = -1, hf_again = -1, hf_session = -1, hf_session_name = -1, hf_request_in = -1,
	   hf_response_in = -1;
static int hf_first_frame = -1, hf_time = -1, hf_result = -1, hf_outcome = -1, hf_state = -1, hf_size = -1,
	   hf_seen = -1;
static int hf_acked = -1, hf_finding = -1, hf_undecided = -1, hf_severity = -1, hf_fault = -1, hf_text = -1;
static int hf_doubtful = -1, hf_evidence = -1, hf_data_offset = -1, hf_data_length = -1, hf_data_head_in = -1;

static int hf_http_method, hf_http_uri, hf_http_version, hf_http_request; /* http's own */

static int proto_bits, proto_bits_data;
static int ett_bits = -1, ett_data = -1, ett_line = -1, ett_finding = -1, ett_session = -1;

static expert_field ei_rule[BITS_N_RULES];
static expert_field ei_malformed = EI_INIT, ei_again = EI_INIT, ei_head_elsewhere = EI_INIT;

static hf_register_info own_fields[] = {
	/* clang-format off */
	{ &hf_method,       { "Method", "bits.method", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
	{ &hf_uri,          { "URI", "bits.uri", FT_STRING, BASE_NONE, NULL, 0, "As in the request line", HFILL } },
	{ &hf_status,       { "Status", "bits.status", FT_UINT16, BASE_DEC, NULL, 0, NULL, HFILL } },
	{ &hf_range_first,  { "First byte", "bits.range.first", FT_UINT64, BASE_DEC, NULL, 0, NULL, HFILL } },
	{ &hf_range_last,   { "Last byte", "bits.range.last", FT_UINT64, BASE_DEC, NULL, 0, "Inclusive, as on the wire", HFILL } },
	{ &hf_range_total,  { "Total", "bits.range.total", FT_UINT64, BASE_DEC, NULL, 0, "Size of the whole file", HFILL } },
	{ &hf_malformed,    { "Malformed header", "bits.malformed", FT_STRING, BASE_NONE, NULL, 0,
	                      "Name of a header whose value cannot be read", HFILL } },
	{ &hf_again,        { "Header again", "bits.header_again", FT_STRING, BASE_NONE, NULL, 0,
	                      "A header that was there before: the first one counts", HFILL } },
	{ &hf_session,      { "Session", "bits.session", FT_UINT64, BASE_DEC, NULL, 0, "Ordinal in this capture", HFILL } },
	{ &hf_session_name, { "File name", "bits.session.name", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
	{ &hf_request_in,   { "Request in", "bits.request_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0, NULL, HFILL } },
	{ &hf_response_in,  { "Response in", "bits.response_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0, NULL, HFILL } },
	{ &hf_first_frame,  { "First frame", "bits.first_frame", FT_FRAMENUM, BASE_NONE, NULL, 0, "Where its first byte is", HFILL } },
	{ &hf_time,         { "Time since request", "bits.time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0,
	                      "From first byte to first byte", HFILL } },
	{ &hf_result,       { "Result", "bits.result", FT_STRING, BASE_NONE, NULL, 0, "What this exchange did to its session", HFILL } },
	{ &hf_doubtful,     { "Doubtful", "bits.doubtful", FT_BOOLEAN, BASE_NONE, NULL, 0,
	                      "Which answer belongs to which request cannot be told", HFILL } },
	{ &hf_outcome,      { "Outcome", "bits.outcome", FT_STRING, BASE_NONE, NULL, 0, "How the session stands at its end", HFILL } },
	{ &hf_state,        { "File", "bits.upload.state", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
	{ &hf_size,         { "Size", "bits.upload.size", FT_UINT64, BASE_DEC, NULL, 0, NULL, HFILL } },
	{ &hf_seen,         { "Seen", "bits.upload.seen", FT_UINT64, BASE_DEC, NULL, 0, "Distinct bytes in the capture", HFILL } },
	{ &hf_acked,        { "Acknowledged", "bits.upload.acked", FT_UINT64, BASE_DEC, NULL, 0, "The server holds so many bytes", HFILL } },
	{ &hf_finding,      { "Finding", "bits.finding", FT_STRING, BASE_NONE, NULL, 0, "The rule that this packet breaks", HFILL } },
	{ &hf_undecided,    { "Undecided", "bits.undecided", FT_STRING, BASE_NONE, NULL, 0, "A rule that the evidence cannot decide", HFILL } },
	{ &hf_severity,     { "Severity", "bits.finding.severity", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
	{ &hf_fault,        { "Fault", "bits.finding.fault", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
	{ &hf_text,         { "Text", "bits.finding.text", FT_STRING, BASE_NONE, NULL, 0, NULL, HFILL } },
	{ &hf_evidence,     { "Evidence", "bits.finding.frame", FT_FRAMENUM, BASE_NONE, NULL, 0, NULL, HFILL } },
	{ &hf_data_offset,  { "Offset in the file", "bits.data.offset", FT_UINT64, BASE_DEC, NULL, 0, NULL, HFILL } },
	{ &hf_data_length,  { "Bytes", "bits.data.length", FT_UINT32, BASE_DEC, NULL, 0, NULL, HFILL } },
	{ &hf_data_head_in, { "Head in", "bits.data.head_in", FT_FRAMENUM, BASE_NONE, NULL, 0, NULL, HFILL } },
	/* clang-format on */
};

static enum ftenum type_of(enum value value)
{
	switch (value) {
	case VALUE_NUMBER:
		return FT_UINT64;
	case VALUE_HRESULT:
	case VALUE_CONTEXT:
		return FT_UINT32;
	default:
		return FT_STRING;
	}
}

static void register_headers(int proto)
{
	static hf_register_info fields[BITS_N_FIELDS];
	int n = 0;

	for (unsigned f = 0; f < BITS_N_FIELDS; f++) {
		const struct header *h = &headers[f];
		bool is_hex = h->value == VALUE_HRESULT || h->value == VALUE_CONTEXT;
		int base = h->value == VALUE_NUMBER ? BASE_DEC : is_hex ? BASE_HEX : BASE_NONE;

		hf_header[f] = -1;
		if (h->abbrev == NULL)
			continue;
		fields[n++] = (hf_register_info){
			&hf_header[f],
			{h->name, h->abbrev, type_of(h->value), base, NULL, 0, bits_field_name(f), HFILL}};
	}
	proto_register_field_array(proto, fields, n);
}

/* One expert info a row: nobody keeps a second list. */
static void register_experts(int proto)
{
	static const int severities[] = {[BITS_NOTE] = PI_NOTE, [BITS_WARNING] = PI_WARN, [BITS_ERROR] = PI_ERROR};
	static ei_register_info rows[BITS_N_RULES];
	static ei_register_info own[] = {
		{&ei_malformed,
		 {"bits.malformed.value", PI_MALFORMED, PI_WARN, "The value of this header cannot be read", EXPFILL}},
		{&ei_again,
		 {"bits.header_again.differs", PI_PROTOCOL, PI_NOTE, "This header is there twice; the first one counts",
		  EXPFILL}},
		{&ei_head_elsewhere,
		 {"bits.head_elsewhere", PI_REASSEMBLE, PI_NOTE,
		  "The head of this packet lies in several frames, which TCP did not put together", EXPFILL}},
	};
	expert_module_t *module = expert_register_protocol(proto);

	for (unsigned i = 0; i < BITS_N_RULES; i++) {
		const struct bits_rule *row = bits_rule_get(i);

		ei_rule[i] = (expert_field)EI_INIT;
		rows[i] = (ei_register_info){&ei_rule[i],
					     {g_strconcat("bits.rule.", row->name, NULL), PI_PROTOCOL,
					      severities[row->severity], row->statement, EXPFILL}};
	}
	expert_register_field_array(module, rows, BITS_N_RULES);
	expert_register_field_array(module, own, G_N_ELEMENTS(own));
}

void bits_tree_register(int proto, int proto_data)
{
	static int *trees[] = {&ett_bits, &ett_data, &ett_line, &ett_finding, &ett_session};

	proto_bits = proto;
	proto_bits_data = proto_data;
	register_headers(proto);
	proto_register_field_array(proto, own_fields, G_N_ELEMENTS(own_fields));
	proto_register_subtree_array(trees, G_N_ELEMENTS(trees));
	register_experts(proto);
}

void bits_tree_handoff(void)
{
	hf_http_method = proto_registrar_get_id_byname("http.request.method");
	hf_http_uri = proto_registrar_get_id_byname("http.request.uri");
	hf_http_version = proto_registrar_get_id_byname("http.request.version");
	hf_http_request = proto_registrar_get_id_byname("http.request");
}

/* ---- one packet ------------------------------------------------------------------------------------------------ */

/* A head being drawn: its views point into `base`, which is the beginning of tvb. */
struct sheet {
	tvbuff_t *tvb;
	packet_info *pinfo;
	proto_tree *tree;
	const char *base;
	struct bits_message msg;
	struct bits_http_head head;
};

static int offset_of(const struct sheet *s, struct bits_str view)
{
	return view.p == NULL ? 0 : (int)(view.p - s->base);
}

/* As on the wire, in the encoding that shows every byte. */
static proto_item *add_text(struct sheet *s, proto_tree *tree, int hf, struct bits_str view)
{
	return proto_tree_add_item(tree, hf, s->tvb, offset_of(s, view), (int)view.n, ENC_UTF_8);
}

static void add_range(struct sheet *s, enum bits_field f)
{
	struct bits_str rest = s->msg.text[f], first, last, total;
	proto_item *item = add_text(s, s->tree, hf_header[f], rest);
	proto_tree *tree = proto_item_add_subtree(item, ett_line);

	if (s->msg.range_star || s->msg.range.to == 0)
		return;
	while (rest.n > 0 && !g_ascii_isdigit(rest.p[0]))
		rest = (struct bits_str){rest.p + 1, rest.n - 1};
	first = bits_str_trim(bits_str_split(&rest, '-'));
	last = bits_str_trim(bits_str_split(&rest, '/'));
	total = bits_str_trim(rest);
	proto_tree_add_uint64(tree, hf_range_first, s->tvb, offset_of(s, first), (int)first.n, s->msg.range.from);
	proto_tree_add_uint64(tree, hf_range_last, s->tvb, offset_of(s, last), (int)last.n, s->msg.range.to - 1);
	if (s->msg.total != BITS_SIZE_UNKNOWN)
		proto_tree_add_uint64(tree, hf_range_total, s->tvb, offset_of(s, total), (int)total.n, s->msg.total);
}

static void add_list(struct sheet *s, enum bits_field f)
{
	struct bits_str list = s->msg.text[f], element;

	while (bits_protocol_next(&list, &element))
		add_text(s, s->tree, hf_header[f], element);
}

static uint64_t number_of(const struct bits_message *m, enum bits_field f)
{
	switch (f) {
	case BITS_FIELD_CONTENT_LENGTH:
		return m->content_length;
	case BITS_FIELD_RECEIVED:
		return m->received;
	default:
		return m->fallback_timeout_s;
	}
}

static void add_coded(struct sheet *s, enum bits_field f, uint32_t code, const char *name)
{
	struct bits_str view = s->msg.text[f];

	proto_tree_add_uint_format_value(s->tree, hf_header[f], s->tvb, offset_of(s, view), (int)view.n, code,
					 "0x%08x%s%s%s", code, name ? " (" : "", name ? name : "", name ? ")" : "");
}

static void add_bad(struct sheet *s, enum bits_field f)
{
	struct bits_str view = s->msg.text[f];
	proto_item *item =
		proto_tree_add_string_format(s->tree, hf_malformed, s->tvb, offset_of(s, view), (int)view.n,
					     bits_field_name(f), "%s cannot be read: %s", bits_field_name(f),
					     tvb_format_text(s->pinfo->pool, s->tvb, offset_of(s, view), (int)view.n));

	expert_add_info(s->pinfo, item, &ei_malformed);
}

static void add_header(struct sheet *s, enum bits_field f)
{
	struct bits_str view = s->msg.text[f];

	if (!bits_message_good(&s->msg, f)) {
		add_bad(s, f);
		return;
	}
	switch (headers[f].value) {
	case VALUE_TEXT:
		add_text(s, s->tree, hf_header[f], view);
		return;
	case VALUE_NUMBER:
		proto_tree_add_uint64(s->tree, hf_header[f], s->tvb, offset_of(s, view), (int)view.n,
				      number_of(&s->msg, f));
		return;
	case VALUE_HRESULT:
		if (view.n > 0)
			add_coded(s, f, s->msg.error_code, bits_hresult_name(s->msg.error_code));
		return;
	case VALUE_CONTEXT:
		if (view.n > 0)
			add_coded(s, f, s->msg.error_context, bits_error_context_name(s->msg.error_context));
		return;
	case VALUE_RANGE:
		add_range(s, f);
		return;
	case VALUE_LIST:
		add_list(s, f);
		return;
	case VALUE_NOT_OURS:
		return;
	}
}

/* Which field a header line is; BITS_N_FIELDS: none of ours, or the same one again. */
static enum bits_field field_at(const struct sheet *s, struct bits_str value)
{
	for (unsigned f = 0; f < BITS_N_FIELDS; f++)
		if (bits_message_has(&s->msg, f) && s->msg.text[f].p == value.p)
			return f;
	return BITS_N_FIELDS;
}

static bool is_ours(struct bits_str name)
{
	return bits_str_starts_nocase(name, BITS_STR("BITS-")) || bits_str_eq_nocase(name, BITS_STR("Content-Range")) ||
	       bits_str_eq_nocase(name, BITS_STR("Content-Length"));
}

/* In the order of the wire. */
static void add_headers(struct sheet *s)
{
	struct bits_str rest = s->head.fields;
	struct bits_http_field line;

	while (bits_http_next(&rest, &line)) {
		enum bits_field f = field_at(s, line.value);

		if (f < BITS_N_FIELDS)
			add_header(s, f);
		else if (is_ours(line.name) && line.value.n > 0)
			expert_add_info(s->pinfo,
					add_text(s, s->tree, hf_again,
						 (struct bits_str){line.name.p, (size_t)(line.value.p + line.value.n -
											 line.name.p)}),
					&ei_again);
	}
}

static struct bits_str first_line(const struct sheet *s)
{
	struct bits_str rest = s->head.text;

	return bits_str_trim(bits_str_split(&rest, '\n'));
}

static struct bits_str version_in(struct bits_str line)
{
	for (size_t i = line.n; i-- > 0;)
		if (line.p[i] == ' ')
			return (struct bits_str){line.p + i + 1, line.n - i - 1};
	return (struct bits_str){line.p + line.n, 0};
}

/* http never sees this line: it knows no such method, and is not told of one that is not there. */
static void add_http_line(struct sheet *s, proto_tree *tree, struct bits_str line)
{
	proto_item *item;

	if (hf_http_method <= 0 || hf_http_request <= 0)
		return;
	add_text(s, tree, hf_http_method, s->head.method);
	add_text(s, tree, hf_http_uri, s->head.target);
	add_text(s, tree, hf_http_version, version_in(line));
	item = proto_tree_add_boolean(tree, hf_http_request, s->tvb, 0, 0, TRUE);
	proto_item_set_hidden(item);
}

static void add_first_line(struct sheet *s)
{
	struct bits_str line = first_line(s);
	proto_tree *tree =
		proto_tree_add_subtree(s->tree, s->tvb, offset_of(s, line), (int)line.n, ett_line, NULL,
				       tvb_format_text(s->pinfo->pool, s->tvb, offset_of(s, line), (int)line.n));

	if (s->head.is_request) {
		add_text(s, tree, hf_method, s->head.method);
		add_text(s, tree, hf_uri, s->head.target);
		add_http_line(s, tree, line);
	} else {
		struct bits_str rest = line;

		bits_str_split(&rest, ' ');
		proto_tree_add_uint(tree, hf_status, s->tvb, offset_of(s, rest), 3, s->head.status);
	}
}

/* ---- what the core told ---------------------------------------------------------------------------------------- */

static void add_frame(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t frame)
{
	if (frame != 0)
		proto_item_set_generated(proto_tree_add_uint(tree, hf, tvb, 0, 0, frame));
}

static void add_number(proto_tree *tree, int hf, tvbuff_t *tvb, uint64_t value)
{
	proto_item_set_generated(proto_tree_add_uint64(tree, hf, tvb, 0, 0, value));
}

static void add_word(proto_tree *tree, int hf, tvbuff_t *tvb, const char *word)
{
	if (word != NULL)
		proto_item_set_generated(proto_tree_add_string(tree, hf, tvb, 0, 0, word));
}

/* Whatever stood on the wire: a tree takes UTF-8 alone. */
static void add_wire_text(proto_tree *tree, int hf, tvbuff_t *tvb, const char *text)
{
	g_autofree char *valid = text != NULL ? g_utf8_make_valid(text, -1) : NULL;

	add_word(tree, hf, tvb, valid);
}

static void add_session(proto_tree *tree, tvbuff_t *tvb, struct told_session *told)
{
	const struct told_session *s = told_session_now(told);
	proto_item *item;

	if (s == NULL)
		return;
	item = proto_tree_add_uint64(tree, hf_session, tvb, 0, 0, s->ordinal);
	proto_item_set_generated(item);
	tree = proto_item_add_subtree(item, ett_session);
	add_wire_text(tree, hf_session_name, tvb, s->name);
	add_word(tree, hf_outcome, tvb, bits_ending_name(s->outcome));
	add_word(tree, hf_state, tvb, bits_file_state_name(s->state));
	if (s->size != BITS_SIZE_UNKNOWN)
		add_number(tree, hf_size, tvb, s->size);
	add_number(tree, hf_seen, tvb, s->seen);
	add_number(tree, hf_acked, tvb, s->acked);
}

/* What is undecided has neither severity nor party: who filters by them finds what is proven. */
static void add_finding(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, const struct told_finding *f)
{
	const struct bits_rule *row = bits_rule_get(f->rule);
	proto_item *item =
		proto_tree_add_string_format(tree, f->undecided ? hf_undecided : hf_finding, tvb, 0, 0, row->name,
					     "%s%s: %s", f->undecided ? "Undecided, " : "", row->name, f->text);
	proto_tree *sub = proto_item_add_subtree(item, ett_finding);

	proto_item_set_generated(item);
	if (!f->undecided) {
		expert_add_info_format(pinfo, item, &ei_rule[f->rule], "%s: %s", row->name, f->text);
		add_word(sub, hf_severity, tvb, bits_severity_name(f->severity));
		add_word(sub, hf_fault, tvb, bits_fault_name(f->fault));
	}
	add_word(sub, hf_text, tvb, f->text);
	for (unsigned i = 0; i < f->n_frames; i++)
		add_frame(sub, hf_evidence, tvb, f->frames[i]);
}

static void add_findings(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, const GPtrArray *findings)
{
	for (guint i = 0; findings != NULL && i < findings->len; i++)
		add_finding(tree, tvb, pinfo, findings->pdata[i]);
}

static void add_loose_findings(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, const struct drawing *what)
{
	if (what->is_first)
		add_findings(tree, tvb, pinfo, told_loose_findings(what->told, pinfo->num));
}

static void add_time(proto_tree *tree, tvbuff_t *tvb, const struct told_exchange *x)
{
	int64_t ns;
	nstime_t t;

	if (x->request.time_ns == BITS_TIME_UNKNOWN || x->answer.time_ns == BITS_TIME_UNKNOWN)
		return;
	ns = x->answer.time_ns - x->request.time_ns;
	t.secs = (time_t)(ns / 1000000000);
	t.nsecs = (int)(ns % 1000000000);
	proto_item_set_generated(proto_tree_add_time(tree, hf_time, tvb, 0, 0, &t));
}

static void add_told(struct sheet *s, const struct drawing *what, const struct told_exchange *x, bool is_request)
{
	add_frame(s->tree, hf_first_frame, s->tvb, what->note->first_frame);
	if (x == NULL)
		return;
	if (is_request) {
		add_frame(s->tree, hf_response_in, s->tvb, x->answer.shown_in);
	} else if (x->packet != BITS_PACKET_NONE) {
		add_frame(s->tree, hf_request_in, s->tvb, x->request.shown_in);
		add_time(s->tree, s->tvb, x);
		add_word(s->tree, hf_result, s->tvb, bits_outcome_name(x->outcome));
	}
	if (x->doubtful)
		proto_item_set_generated(proto_tree_add_boolean(s->tree, hf_doubtful, s->tvb, 0, 0, TRUE));
	add_session(s->tree, s->tvb, x->session);
	add_findings(s->tree, s->tvb, s->pinfo, is_request ? x->request.findings : x->answer.findings);
}

/* ---- the Info column ------------------------------------------------------------------------------------------- */

static const char *printable(packet_info *pinfo, const struct sheet *s, struct bits_str view)
{
	return tvb_format_text(pinfo->pool, s->tvb, offset_of(s, view), (int)view.n);
}

static void append_range(wmem_strbuf_t *info, const struct bits_message *m)
{
	if (!bits_message_has(m, BITS_FIELD_CONTENT_RANGE))
		return;
	if (!bits_message_good(m, BITS_FIELD_CONTENT_RANGE) || m->range_star) {
		wmem_strbuf_append(info, " (range cannot be read)");
		return;
	}
	wmem_strbuf_append_printf(info, " %" PRIu64 EN_DASH "%" PRIu64, m->range.from, m->range.to - 1);
	if (m->total != BITS_SIZE_UNKNOWN)
		wmem_strbuf_append_printf(info, "/%" PRIu64, m->total);
	else
		wmem_strbuf_append(info, "/*");
}

static const char *name_of_request(const struct bits_message *m)
{
	return m->packet == BITS_PACKET_UNKNOWN ? "Unknown packet" : bits_packet_name(m->packet);
}

static const char *info_of_request(const struct sheet *s)
{
	const struct bits_message *m = &s->msg;
	wmem_strbuf_t *info = wmem_strbuf_new(s->pinfo->pool, name_of_request(m));

	append_range(info, m);
	wmem_strbuf_append_printf(info, " %s", printable(s->pinfo, s, m->target));
	if (m->text[BITS_FIELD_SESSION_ID].n > 0)
		wmem_strbuf_append_printf(info, " %s", printable(s->pinfo, s, m->text[BITS_FIELD_SESSION_ID]));
	return wmem_strbuf_get_str(info);
}

static void append_error(wmem_strbuf_t *info, const struct bits_message *m)
{
	const char *name;

	if (!bits_message_good(m, BITS_FIELD_ERROR_CODE) || m->text[BITS_FIELD_ERROR_CODE].n == 0 || m->error_code == 0)
		return; /* "S_OK" beside a 416 would say what nobody meant */
	name = bits_hresult_name(m->error_code);
	if (name != NULL)
		wmem_strbuf_append_printf(info, ", %s", name);
	else
		wmem_strbuf_append_printf(info, ", error 0x%08x", m->error_code);
}

static const char *info_of_answer(const struct sheet *s, const struct told_exchange *x)
{
	const struct bits_message *m = &s->msg;
	wmem_strbuf_t *info = wmem_strbuf_new(s->pinfo->pool, m->packet == BITS_PACKET_ACK ? "Ack" : "Response");

	wmem_strbuf_append_printf(info, " %u", m->status);
	if (x != NULL && x->packet != BITS_PACKET_NONE)
		wmem_strbuf_append_printf(info, " for %s", bits_packet_name(x->packet));
	if (bits_message_good(m, BITS_FIELD_RECEIVED))
		wmem_strbuf_append_printf(info, ", next %" PRIu64, m->received);
	if (x != NULL && x->packet == BITS_PACKET_CREATE_SESSION && m->text[BITS_FIELD_SESSION_ID].n > 0)
		wmem_strbuf_append_printf(info, ", session %s", printable(s->pinfo, s, m->text[BITS_FIELD_SESSION_ID]));
	append_error(info, m);
	return wmem_strbuf_get_str(info);
}

static void show_in_columns(packet_info *pinfo, struct drawing *what, const char *info)
{
	col_set_str(pinfo->cinfo, COL_PROTOCOL, "BITS");
	if (!what->has_info)
		col_clear(pinfo->cinfo, COL_INFO); /* TCP's; not what stands behind a fence */
	col_append_fstr(pinfo->cinfo, COL_INFO, "%s%s", what->has_info ? "; " : "", info);
	what->has_info = true;
}

/* ---- the front door -------------------------------------------------------------------------------------------- */

static struct told_exchange *exchange_of(const struct drawing *what)
{
	const struct note *n = what->note;

	return n->kind == NOTE_REQUEST || (n->kind == NOTE_DATA && !n->is_answer)
		       ? told_exchange(what->told, n->number)
		       : told_exchange_of_answer(what->told, n->conn, n->first_frame, n->at);
}

void bits_tree_packet(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct drawing *what)
{
	const struct note *note = what->note;
	struct told_exchange *x = exchange_of(what);
	struct sheet s = {.tvb = tvb, .pinfo = pinfo};
	const char *info;
	proto_item *item;

	s.base = (const char *)tvb_get_ptr(tvb, 0, (int)note->head_length);
	if (bits_http_head_parse(&s.head, (struct bits_str){s.base, note->head_length}) != BITS_PARSE_OK)
		return; /* the note was about other bytes: nothing is known of these */
	bits_message_decode(&s.msg, &s.head);
	info = s.head.is_request ? info_of_request(&s) : info_of_answer(&s, x);
	show_in_columns(pinfo, what, info);
	item = proto_tree_add_protocol_format(
		tree, proto_bits, tvb, 0, (int)MIN(note->length, tvb_captured_length(tvb)), "BITS Upload, %s", info);
	if (note->head != NULL)
		expert_add_info(pinfo, item, &ei_head_elsewhere);
	s.tree = proto_item_add_subtree(item, ett_bits);
	add_first_line(&s);
	add_headers(&s);
	add_told(&s, what, x, s.head.is_request);
	add_loose_findings(s.tree, tvb, pinfo, what);
}

void bits_tree_nothing(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct drawing *what)
{
	proto_item *item;

	if (!what->is_first || told_loose_findings(what->told, pinfo->num) == NULL)
		return;
	item = proto_tree_add_protocol_format(tree, proto_bits_data, tvb, 0, -1, "BITS Upload, beside its packets");
	add_loose_findings(proto_item_add_subtree(item, ett_data), tvb, pinfo, what);
}

void bits_tree_beside_http(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct drawing *what)
{
	const struct told_exchange *x = told_exchange(what->told, what->note->number);
	proto_item *item;

	if (x == NULL) {
		bits_tree_nothing(tvb, pinfo, tree, what);
		return;
	}
	item = proto_tree_add_protocol_format(tree, proto_bits_data, tvb, 0, -1, "BITS Upload, %s%s", bits_packet_name(x->packet),
					      what->note->is_answer ? " answered" : "");
	tree = proto_item_add_subtree(item, ett_data);
	add_session(tree, tvb, x->session);
	add_findings(tree, tvb, pinfo, what->note->is_answer ? x->answer.findings : x->request.findings);
	add_loose_findings(tree, tvb, pinfo, what);
}

/* "Fragment data, bytes 5544-6991 of the file" */
static const char *info_of_data(packet_info *pinfo, const struct note *note, const struct told_exchange *x)
{
	const char *name = x != NULL && x->packet != BITS_PACKET_NONE ? bits_packet_name(x->packet) : "HTTP";
	const struct feed_run *first =
		note->runs != NULL && note->runs->len > 0 ? &g_array_index(note->runs, struct feed_run, 0) : NULL;
	const struct feed_run *last =
		first != NULL ? &g_array_index(note->runs, struct feed_run, note->runs->len - 1) : NULL;

	if (first == NULL || first->file_offset == BITS_SIZE_UNKNOWN || last->file_offset == BITS_SIZE_UNKNOWN)
		return wmem_strdup_printf(pinfo->pool, "%s data", name);
	return wmem_strdup_printf(pinfo->pool, "%s data, bytes %" PRIu64 EN_DASH "%" PRIu64 " of the file", name,
				  first->file_offset, last->file_offset + last->n - 1);
}

void bits_tree_data(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct drawing *what)
{
	const struct note *note = what->note;
	const struct told_exchange *x = exchange_of(what);
	const char *info = info_of_data(pinfo, note, x);
	uint32_t shown_in = x == NULL ? 0 : note->is_answer ? x->answer.shown_in : x->request.shown_in;
	proto_item *item;

	if (!what->has_packet)
		show_in_columns(pinfo, what,
				shown_in != 0 && shown_in != pinfo->num ? wmem_strdup_printf(pinfo->pool, "%s, head in %u", info, shown_in)
					      : info);
	item = proto_tree_add_protocol_format(tree, proto_bits_data, tvb, 0, -1, "BITS Upload, %s", info);
	tree = proto_item_add_subtree(item, ett_data);
	if (shown_in == pinfo->num)
		expert_add_info(pinfo, item, &ei_head_elsewhere);
	else
		add_frame(tree, hf_data_head_in, tvb, shown_in);
	for (guint i = 0; note->runs != NULL && i < note->runs->len; i++) {
		const struct feed_run *run = &g_array_index(note->runs, struct feed_run, i);

		if (run->file_offset != BITS_SIZE_UNKNOWN)
			add_number(tree, hf_data_offset, tvb, run->file_offset);
		proto_item_set_generated(
			proto_tree_add_uint(tree, hf_data_length, tvb, (int)run->at, (int)run->n, (uint32_t)run->n));
	}
	add_loose_findings(tree, tvb, pinfo, what);
}
