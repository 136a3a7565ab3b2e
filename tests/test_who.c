/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/bits_message.h"

#include <string.h>

#include "tests/cm.h"

static void writes_addresses(void **state)
{
	static const struct {
		const char      *text, *end;
		struct bits_addr addr;
	} cases[] = {
		{ "10.77.0.255", "10.77.0.255:65535", { .family = 4, .bytes = { 10, 77, 0, 255 } } },
		{ "::", "[::]:65535", { .family = 6, .bytes = { 0 } } },
		{ "fd77::1", "[fd77::1]:65535", { .family = 6, .bytes = { 0xfd, 0x77, [15] = 1 } } },
		{ "1:0:2::3:4", "[1:0:2::3:4]:65535", { .family = 6, .bytes = { 0, 1, 0, 0, 0, 2, [13] = 3, [15] = 4 } } },
		{ "2001:db8:0:1:1:1:1:1", "[2001:db8:0:1:1:1:1:1]:65535", { .family = 6, .bytes = { 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1 } } },
		{ "1::", "[1::]:65535", { .family = 6, .bytes = { 0, 1 } } },
		{ "", "", { .family = 0, .bytes = { 0 } } },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct bits_end end = { .addr = cases[i].addr, .port = 65535 };
		g_autofree char *text = bits_addr_text(&cases[i].addr);
		g_autoptr(GString) behind = g_string_new("from ");

		assert_string_equal(text, cases[i].text);
		bits_end_append(behind, &end);
		assert_string_equal(behind->str + strlen("from "), cases[i].end);
	}
}

static void writes_urls(void **state)
{
	static const struct {
		const char *name, *head;
		uint16_t    port;
		bool        is_secure;
		const char *url;
	} cases[] = {
		{ "origin form and Host", "BITS_POST /a/b?c HTTP/1.1\r\nHost: h:8080\r\n\r\n", 81, false, "http://h:8080/a/b?c" },
		{ "out of TLS", "BITS_POST /a HTTP/1.1\r\nHost: h\r\n\r\n", 443, true, "https://h/a" },
		{ "absolute form stands as it is", "BITS_POST http://p/a HTTP/1.1\r\nHost: h\r\n\r\n", 443, true, "http://p/a" },
		{ "no Host: the server's address", "BITS_POST /a HTTP/1.0\r\n\r\n", 81, false, "http://10.0.0.1:81/a" },
		{ "the usual port is left out", "BITS_POST /a HTTP/1.0\r\n\r\n", 80, false, "http://10.0.0.1/a" },
		{ "... of TLS", "BITS_POST /a HTTP/1.0\r\n\r\n", 443, true, "https://10.0.0.1/a" },
		{ "which is not the other one's", "BITS_POST /a HTTP/1.0\r\n\r\n", 80, true, "https://10.0.0.1:80/a" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_http_head head;
		struct bits_message   m;
		g_autofree char      *url = NULL;
		struct bits_ends      ends = { .server = { { .family = 4, .bytes = { 10, 0, 0, 1 } }, cases[i].port }, .is_secure = cases[i].is_secure };

		bits_http_head_parse(&head, bits_str_of(cases[i].head));
		bits_message_decode(&m, &head);
		url = bits_message_url(&m, &ends);
		expect_in_row(cases[i].name, strcmp(url, cases[i].url) == 0);
	}
}

static void names_users_and_never_passwords(void **state)
{
	/* "user:secret"; an NTLM type 3 of DOM\joe@PC in UTF-16; the same inside another token; a type 1 */
	static const struct {
		const char *name, *value, *user;
	} cases[] = {
		{ "Basic", "Basic dXNlcjpzZWNyZXQ=", "user" },
		{ "Basic without a user", "Basic OnNlY3JldA==", NULL },
		{ "Basic without a colon: an API key, perhaps", "Basic c2stc2VjcmV0LXRva2Vu", NULL },
		{ "Digest", "Digest realm=\"r\", username=\"joe\", nonce=\"n\"", "joe" },
		{ "a token that is nobody's", "Negotiate YII=", NULL },
		{ "an unknown scheme", "Bearer dXNlcjpzZWNyZXQ=", NULL },
		{ "nothing", "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *user = bits_auth_user(bits_str_of(cases[i].value));

		expect_in_row(cases[i].name, g_strcmp0(user, cases[i].user) == 0);
	}
}

static void put(guchar *msg, size_t descriptor, size_t at, const char *text)
{
	size_t n = strlen(text);

	msg[descriptor] = (guchar)(2 * n);
	msg[descriptor + 4] = (guchar)at;
	for (size_t i = 0; i < n; i++)
		msg[at + 2 * i] = (guchar)text[i];
}

static char *ntlm_header(guchar *msg, size_t n)
{
	g_autofree char *base64 = g_base64_encode(msg, n);

	return g_strconcat("NTLM ", base64, NULL);
}

static void reads_ntlm_type_3(void **state)
{
	guchar           msg[90] = "NTLMSSP";
	g_autofree char *value = NULL, *user = NULL, *broken = NULL;

	(void)state;
	msg[8] = 3;
	msg[60] = 1; /* Unicode */
	put(msg, 28, 64, "DOM");
	put(msg, 36, 70, "joe");
	put(msg, 44, 76, "PC");
	value = ntlm_header(msg, sizeof msg);
	user = bits_auth_user(bits_str_of(value));
	assert_string_equal(user, "DOM\\joe@PC");
	msg[36 + 4] = 250; /* the user lies beyond the message */
	broken = ntlm_header(msg, sizeof msg);
	assert_null(bits_auth_user(bits_str_of(broken)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_addresses),
		cmocka_unit_test(writes_urls),
		cmocka_unit_test(names_users_and_never_passwords),
		cmocka_unit_test(reads_ntlm_type_3),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
