/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_http_head.c - the grammar of one HTTP/1.x head (RFC 9112 2-6), read as generously as real peers read it.
 *
 * No list of methods: BITS_POST is what most parsers trip over.  What must hold is the shape of the first line. */
#include "core/bits_http.h"

#include <stddef.h>
#include <string.h>

#define METHOD_MAX 32 /* bytes; the longest registered method has 17 (UPDATEREDIRECTREF) */

static bool is_token_char(char c)
{
	return g_ascii_isalnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* "HTTP/1.d" */
static bool take_version(struct bits_str *s, struct bits_http_head *head)
{
	if (!bits_take(s, "HTTP/1.") || s->n == 0 || !g_ascii_isdigit(s->p[0]))
		return false;
	head->major = 1;
	head->minor = (unsigned)(s->p[0] - '0');
	s->p++;
	s->n--;
	return true;
}

static bool take_method(struct bits_str *s, struct bits_str *method)
{
	size_t n = 0;

	while (n < s->n && n <= METHOD_MAX && is_token_char(s->p[n]))
		n++;
	if (n == 0 || n > METHOD_MAX)
		return false;
	*method = (struct bits_str){ s->p, n };
	s->p += n;
	s->n -= n;
	return bits_take_spaces(s);
}

/* method SP target SP HTTP/1.d: the target is what lies between the first and the last space, odd ones included. */
static bool parse_request_line(struct bits_http_head *head, struct bits_str line)
{
	struct bits_str version;
	size_t          cut;

	if (!take_method(&line, &head->method))
		return false;
	line = bits_str_trim(line);
	for (cut = line.n; cut > 0 && line.p[cut - 1] != ' ' && line.p[cut - 1] != '\t'; cut--)
		;
	version = (struct bits_str){ line.p + cut, line.n - cut };
	head->target = bits_str_trim((struct bits_str){ line.p, cut });
	head->is_request = true;
	return head->target.n > 0 && take_version(&version, head) && version.n == 0;
}

/* HTTP/1.d SP 3DIGIT [SP reason] */
static bool parse_status_line(struct bits_http_head *head, struct bits_str line)
{
	uint64_t        status;
	struct bits_str digits;

	if (!take_version(&line, head) || !bits_take_spaces(&line))
		return false;
	digits = line;
	if (!bits_take_u64(&line, &status) || digits.n - line.n != 3 || status < 100)
		return false;
	if (line.n > 0 && !bits_take_spaces(&line))
		return false;
	head->status = (unsigned)status;
	head->reason = bits_str_trim(line);
	return true;
}

bool bits_http_is_line_text(struct bits_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (g_ascii_iscntrl(s.p[i]) && s.p[i] != '\t' && s.p[i] != '\r')
			return false;
	return true;
}

/* What is refused here is refused in a part of it as well, before it is whole. */
static bool parse_first_line(struct bits_http_head *head, struct bits_str line)
{
	if (!bits_http_is_line_text(line) || line.n == 0 || line.p[0] == ' ' || line.p[0] == '\t')
		return false;
	line = bits_str_trim(line);
	return bits_str_starts(line, BITS_STR("HTTP/")) ? parse_status_line(head, line) : parse_request_line(head, line);
}

/* Length of the head that begins at s, its blank line included; 0 while that is not there. */
static size_t head_length(struct bits_str s)
{
	const char *p = s.p, *end = s.p + s.n;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p++;
		if (p < end && *p == '\n')
			return (size_t)(p + 1 - s.p);
		if (end - p >= 2 && p[0] == '\r' && p[1] == '\n')
			return (size_t)(p + 2 - s.p);
	}
	return 0;
}

static struct bits_str without_line_breaks_before(struct bits_str s)
{
	while (s.n > 0 && (s.p[0] == '\r' || s.p[0] == '\n')) {
		s.p++;
		s.n--;
	}
	return s;
}

/* Does a folded line follow (RFC 9112 5.2)? */
static bool is_folded(struct bits_str rest)
{
	return rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == '\t');
}

static bool is_blank(struct bits_str line)
{
	return (line.n == 0 || line.p[0] <= ' ') && bits_str_trim(line).n == 0;
}

bool bits_http_next(struct bits_str *rest, struct bits_http_field *field)
{
	struct bits_str line = bits_str_split(rest, '\n');
	const char     *colon;

	if (is_blank(line))
		return false;
	while (is_folded(*rest)) {
		struct bits_str more = bits_str_split(rest, '\n');

		line.n = (size_t)(more.p + more.n - line.p);
	}
	colon = memchr(line.p, ':', line.n);
	if (colon == NULL) {
		*field = (struct bits_http_field){ { NULL, 0 }, bits_str_trim(line) };
		return true;
	}
	field->name = bits_str_trim((struct bits_str){ line.p, (size_t)(colon - line.p) });
	field->value = bits_str_trim((struct bits_str){ colon + 1, (size_t)(line.p + line.n - colon - 1) });
	return true;
}

static void read_fields(struct bits_http_head *head)
{
	head->unread = head->fields;
	head->n_read = 0;
	while (head->n_read < BITS_HTTP_FIELDS_READ && bits_http_next(&head->unread, &head->read[head->n_read]))
		head->n_read++;
	if (head->n_read < BITS_HTTP_FIELDS_READ)
		head->unread = (struct bits_str){ NULL, 0 };
}

enum bits_parse bits_http_head_parse(struct bits_http_head *head, struct bits_str buf)
{
	struct bits_str text = without_line_breaks_before(buf), rest;
	size_t          length;

	memset(head, 0, offsetof(struct bits_http_head, read));
	length = text.n > 0 ? head_length(text) : 0;
	if (length == 0)
		return bits_http_looks_like_head(text) == BITS_PARSE_BAD ? BITS_PARSE_BAD : BITS_PARSE_MORE;
	head->text = (struct bits_str){ text.p, length };
	head->length = buf.n - text.n + length;
	rest = head->text;
	if (!parse_first_line(head, bits_str_split(&rest, '\n')))
		return BITS_PARSE_BAD;
	head->fields = rest;
	read_fields(head);
	return BITS_PARSE_OK;
}

/* A literal that buf begins with, or may yet. */
static enum bits_parse begins(struct bits_str buf, const char *literal)
{
	size_t n = MIN(buf.n, strlen(literal));

	if (n > 0 && memcmp(buf.p, literal, n) != 0)
		return BITS_PARSE_BAD;
	return literal[n] == '\0' ? BITS_PARSE_OK : BITS_PARSE_MORE;
}

/* A first line of which only a part is there. */
static enum bits_parse begins_request_line(struct bits_str part)
{
	struct bits_str method;

	if (take_method(&part, &method))
		return bits_http_is_line_text(part) ? BITS_PARSE_MORE : BITS_PARSE_BAD;
	/* all of it is the beginning of a method */
	for (size_t i = 0; i < part.n; i++)
		if (!is_token_char(part.p[i]))
			return BITS_PARSE_BAD;
	return part.n <= METHOD_MAX ? BITS_PARSE_MORE : BITS_PARSE_BAD;
}

enum bits_parse bits_http_looks_like_head(struct bits_str buf)
{
	struct bits_http_head head;
	struct bits_str       rest = without_line_breaks_before(buf);
	bool                  has_line = rest.n > 0 && memchr(rest.p, '\n', rest.n) != NULL;
	struct bits_str       line = bits_str_split(&rest, '\n');

	if (has_line)
		return parse_first_line(&head, line) ? BITS_PARSE_OK : BITS_PARSE_BAD;
	if (begins(line, "HTTP/1.") == BITS_PARSE_OK)
		return bits_http_is_line_text(line) ? BITS_PARSE_MORE : BITS_PARSE_BAD;
	if (begins(line, "HTTP/1.") == BITS_PARSE_MORE)
		return BITS_PARSE_MORE;
	return begins_request_line(line);
}

/* The last coding of a Transfer-Encoding list decides (RFC 9112 6.3). */
static bool ends_in_chunked(struct bits_str value)
{
	struct bits_str last = { NULL, 0 };

	while (value.n > 0)
		last = bits_str_trim(bits_str_split(&value, ','));
	return bits_str_eq_nocase(last, BITS_STR("chunked"));
}

struct framing_fields {
	bool     has_length, chunked, coded;
	uint64_t length;
};

static void read_length(struct bits_http_framing *f, struct framing_fields *seen, struct bits_str value)
{
	while (value.n > 0) {
		struct bits_str item = bits_str_trim(bits_str_split(&value, ','));
		uint64_t        length;

		if (!bits_take_u64(&item, &length) || item.n > 0)
			continue;
		if (seen->has_length && seen->length != length)
			f->lengths_differ = true;
		if (!seen->has_length)
			seen->length = length;
		seen->has_length = true;
	}
}

static void read_framing_fields(const struct bits_http_head *head, struct bits_http_framing *f,
                                struct framing_fields *seen)
{
	struct bits_http_walk  walk = { 0 };
	struct bits_http_field field;

	while (bits_http_walk(head, &walk, &field)) {
		if (bits_str_eq_nocase(field.name, BITS_STR("Content-Length")))
			read_length(f, seen, field.value);
		else if (bits_str_eq_nocase(field.name, BITS_STR("Transfer-Encoding"))) {
			seen->coded = true;
			seen->chunked = ends_in_chunked(field.value);
		} else if (bits_str_eq_nocase(field.name, BITS_STR("Expect")))
			f->expects |= bits_str_eq_nocase(field.value, BITS_STR("100-continue"));
	}
}

static bool has_no_body(const struct bits_http_head *head)
{
	return !head->is_request && (head->status < 200 || head->status == 204 || head->status == 304);
}

struct bits_http_framing bits_http_framing_of(const struct bits_http_head *head)
{
	struct bits_http_framing f = { .body = BITS_HTTP_BODY_NONE };
	struct framing_fields    seen = { 0 };

	read_framing_fields(head, &f, &seen);
	if (has_no_body(head))
		return f;
	/* Transfer-Encoding beats Content-Length.  A request that is coded but not chunked has no end that anybody could
	 * know; servers refuse it, and reading it as bodyless keeps us in step with them. */
	if (seen.chunked)
		f.body = BITS_HTTP_BODY_CHUNKED;
	else if (seen.coded)
		f.body = head->is_request ? BITS_HTTP_BODY_NONE : BITS_HTTP_BODY_CLOSE;
	else if (seen.has_length)
		f.body = seen.length > 0 ? BITS_HTTP_BODY_LENGTH : BITS_HTTP_BODY_NONE;
	else
		f.body = head->is_request ? BITS_HTTP_BODY_NONE : BITS_HTTP_BODY_CLOSE;
	f.length = f.body == BITS_HTTP_BODY_LENGTH ? seen.length : 0;
	return f;
}
