/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_who.c - who takes part: addresses, URLs, and the user that credentials name.  Never a password. */
#include "core/bits_message.h"

#include <string.h>

/* By hand: a list of many sessions is full of addresses. */
static void append_decimal(GString *out, unsigned n)
{
	char text[10], *p = text + sizeof text;

	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	g_string_append_len(out, p, text + sizeof text - p);
}

static void append_dotted(GString *out, const uint8_t bytes[4])
{
	for (unsigned i = 0; i < 4; i++) {
		if (i > 0)
			g_string_append_c(out, '.');
		append_decimal(out, bytes[i]);
	}
}

/* RFC 5952: the longest run of at least two zero groups becomes "::". */
static void append_groups(GString *out, const uint8_t bytes[16])
{
	int  best = -1, best_n = 0;
	bool is_apart = true;

	for (int i = 0; i < 8; i++) {
		int n = 0;

		while (i + n < 8 && bytes[2 * (i + n)] == 0 && bytes[2 * (i + n) + 1] == 0)
			n++;
		if (n > best_n && n > 1) {
			best = i;
			best_n = n;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			g_string_append(out, "::");
			i += best_n - 1;
			is_apart = true;
			continue;
		}
		if (!is_apart)
			g_string_append_c(out, ':');
		g_string_append_printf(out, "%x", (unsigned)(bytes[2 * i] << 8 | bytes[2 * i + 1]));
		is_apart = false;
	}
}

void bits_addr_append(GString *out, const struct bits_addr *a)
{
	if (a->family == 4)
		append_dotted(out, a->bytes);
	else if (a->family == 6)
		append_groups(out, a->bytes);
}

void bits_end_append(GString *out, const struct bits_end *end)
{
	bool is_v6 = end->addr.family == 6;

	if (end->addr.family == 0)
		return;
	if (is_v6)
		g_string_append_c(out, '[');
	bits_addr_append(out, &end->addr);
	g_string_append(out, is_v6 ? "]:" : ":");
	append_decimal(out, end->port);
}

char *bits_addr_text(const struct bits_addr *a)
{
	GString *out = g_string_new(NULL);

	bits_addr_append(out, a);
	return g_string_free(out, false);
}

/* Has the target a scheme of its own (absolute form, RFC 9112 3.2.2)? */
static bool is_absolute(struct bits_str target)
{
	return bits_str_starts_nocase(target, BITS_STR("http://")) || bits_str_starts_nocase(target, BITS_STR("https://"));
}

static char *authority_of(const struct bits_message *m, const struct bits_end *server, uint16_t usual_port)
{
	g_autofree char *addr = NULL;
	bool             is_v6 = server->addr.family == 6;

	if (m->text[BITS_FIELD_HOST].n > 0)
		return bits_str_dup(m->text[BITS_FIELD_HOST]);
	addr = bits_addr_text(&server->addr);
	if (server->port == usual_port)
		return g_strdup_printf("%s%s%s", is_v6 ? "[" : "", addr, is_v6 ? "]" : "");
	return g_strdup_printf("%s%s%s:%u", is_v6 ? "[" : "", addr, is_v6 ? "]" : "", server->port);
}

char *bits_message_url(const struct bits_message *m, const struct bits_ends *ends)
{
	g_autofree char *target = bits_str_dup(m->target);
	g_autofree char *authority = NULL;

	if (is_absolute(m->target))
		return g_steal_pointer(&target);
	authority = authority_of(m, &ends->server, ends->is_secure ? 443 : 80);
	return g_strconcat(ends->is_secure ? "https://" : "http://", authority, target[0] == '/' ? "" : "/", target, NULL);
}

/* ---- credentials ----------------------------------------------------------------------------------------------- */

struct bits_str bits_auth_scheme(struct bits_str value)
{
	struct bits_str rest = bits_str_trim(value);

	return bits_str_split(&rest, ' ');
}

static guchar *decode_base64(struct bits_str text, gsize *n)
{
	g_autofree char *copy = bits_str_dup(text);

	return g_base64_decode(copy, n);
}

/* RFC 7617: user ":" password */
static char *user_of_basic(struct bits_str token)
{
	gsize              n;
	g_autofree guchar *plain = decode_base64(token, &n);
	struct bits_str    text = { (const char *)plain, n }, user;

	/* a token without a colon is no user, but may well be a secret */
	if (n == 0 || memchr(plain, ':', n) == NULL)
		return NULL;
	user = bits_str_split(&text, ':');
	return user.n > 0 ? bits_str_dup(user) : NULL;
}

/* RFC 7616: username="..." among the parameters */
static char *user_of_digest(struct bits_str params)
{
	while (params.n > 0) {
		struct bits_str item = bits_str_trim(bits_str_split(&params, ','));

		if (!bits_take_nocase(&item, "username="))
			continue;
		bits_take(&item, "\"");
		if (item.n > 0 && item.p[item.n - 1] == '"')
			item.n--;
		return bits_str_dup(item);
	}
	return NULL;
}

static uint32_t le(const guchar *p, unsigned bytes)
{
	uint32_t v = 0;

	for (unsigned i = bytes; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

/* [MS-NLMP] 2.2.1.3: a length (2 bytes), a maximum (2) and an offset (4) name each text of the message. */
static char *ntlm_text(const guchar *msg, gsize n, size_t descriptor, bool is_unicode)
{
	uint32_t length = le(msg + descriptor, 2), offset = le(msg + descriptor + 4, 4);

	if (offset > n || length > n - offset)
		return NULL;
	if (is_unicode)
		return g_convert((const char *)msg + offset, (gssize)(length & ~1U), "UTF-8", "UTF-16LE", NULL, NULL, NULL);
	return g_strndup((const char *)msg + offset, length);
}

#define NTLM_AUTHENTICATE      3
#define NTLM_DOMAIN_AT         28
#define NTLM_USER_AT           36
#define NTLM_WORKSTATION_AT    44
#define NTLM_FLAGS_AT          60
#define NTLM_HEADER_LENGTH     64
#define NTLM_NEGOTIATE_UNICODE 1

static char *user_of_ntlm_message(const guchar *msg, gsize n)
{
	g_autofree char *domain = NULL, *user = NULL, *host = NULL;
	bool             is_unicode;

	if (n < NTLM_HEADER_LENGTH || le(msg + 8, 4) != NTLM_AUTHENTICATE)
		return NULL;
	is_unicode = le(msg + NTLM_FLAGS_AT, 4) & NTLM_NEGOTIATE_UNICODE;
	domain = ntlm_text(msg, n, NTLM_DOMAIN_AT, is_unicode);
	user = ntlm_text(msg, n, NTLM_USER_AT, is_unicode);
	host = ntlm_text(msg, n, NTLM_WORKSTATION_AT, is_unicode);
	if (user == NULL || user[0] == '\0')
		return NULL;
	return g_strdup_printf("%s%s%s%s%s", domain ? domain : "", domain && domain[0] ? "\\" : "", user,
	                       host && host[0] ? "@" : "", host ? host : "");
}

/* NTLM alone, or inside a SPNEGO token of Negotiate: the message begins at its signature. */
static char *user_of_ntlm(struct bits_str token)
{
	gsize              n;
	g_autofree guchar *blob = decode_base64(token, &n);
	const guchar      *msg = n > 0 ? memmem(blob, n, "NTLMSSP", 8) : NULL;

	return msg ? user_of_ntlm_message(msg, n - (gsize)(msg - blob)) : NULL;
}

char *bits_auth_user(struct bits_str value)
{
	struct bits_str rest = bits_str_trim(value);
	struct bits_str scheme = bits_str_split(&rest, ' ');

	rest = bits_str_trim(rest);
	if (bits_str_eq_nocase(scheme, BITS_STR("Basic")))
		return user_of_basic(rest);
	if (bits_str_eq_nocase(scheme, BITS_STR("Digest")))
		return user_of_digest(rest);
	if (bits_str_eq_nocase(scheme, BITS_STR("NTLM")) || bits_str_eq_nocase(scheme, BITS_STR("Negotiate")))
		return user_of_ntlm(rest);
	return NULL;
}
