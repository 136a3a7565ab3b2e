/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/wraps.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NOWHERE (-1)

/* Where the number of what follows lies, in how many bytes; where the length of what follows lies, and what is added to it. */
static const struct word {
	const char *name, *bytes; /* in hex */
	int         type_at, type_size, length_at, length_adds;
} words[] = {
	/* name     bytes                                                                          type    length */
	{ "eth", "020000000001 020000000002 0000", 12, 2, NOWHERE, 0 },
	{ "802.3", "020000000001 020000000002 0000", NOWHERE, 0, 12, 0 },
	{ "tag", "0007 0000", 2, 2, NOWHERE, 0 },
	{ "snap", "AAAA03 000000 0000", 6, 2, NOWHERE, 0 },
	{ "itag", "00000007", NOWHERE, 0, NOWHERE, 0 },
	{ "sll", "0000 0001 0006 0101010101010000 0000", 14, 2, NOWHERE, 0 },
	{ "sll2", "0000 0000 00000001 0001 00 06 0101010101010000", 0, 2, NOWHERE, 0 },
	{ "fddi", "50 020000000001 020000000002", NOWHERE, 0, NOWHERE, 0 },
	{ "ring", "10 40 020000000001 020000000002", NOWHERE, 0, NOWHERE, 0 },
	{ "ring-route", "10 40 020000000001 820000000002 0680 0011 0022", NOWHERE, 0, NOWHERE, 0 },
	{ "firewire", "0101010101010101 0202020202020202 0000", 16, 2, NOWHERE, 0 },
	{ "ipoib", "6000000000000000 00000000000000000000000000000000 00000000000000000000000000000000 0000 0000", 40, 2, NOWHERE, 0 },
	{ "ppp", "FF03 0000", 2, 2, NOWHERE, 0 },
	{ "ppp-bare", "0000", 0, 2, NOWHERE, 0 },
	{ "ppp-short", "00", 0, 1, NOWHERE, 0 },
	{ "pppoe", "11 00 0001 0000", NOWHERE, 0, 4, 0 },
	{ "c-hdlc", "0F00 0000", 2, 2, NOWHERE, 0 },
	{ "mpls", "00010040", NOWHERE, 0, NOWHERE, 0 },
	{ "mpls-last", "00010140", NOWHERE, 0, NOWHERE, 0 },
	{ "radiotap", "0000 0800 00000000", NOWHERE, 0, NOWHERE, 0 },
	{ "wifi", "0801 0000 020000000001 020000000002 020000000003 0010", NOWHERE, 0, NOWHERE, 0 },
	{ "wifi-qos", "8801 0000 020000000001 020000000002 020000000003 0010 0000", NOWHERE, 0, NOWHERE, 0 },
	{ "wifi-qos-ht", "8881 0000 020000000001 020000000002 020000000003 0010 0000 00000000", NOWHERE, 0, NOWHERE, 0 },
	{ "wifi-4", "0803 0000 020000000001 020000000002 020000000003 0010 020000000004", NOWHERE, 0, NOWHERE, 0 },
	{ "wifi-amsdu", "8801 0000 020000000001 020000000002 020000000003 0010 8000", NOWHERE, 0, NOWHERE, 0 },
	{ "subframe", "020000000001 020000000002 0000", NOWHERE, 0, 12, 0 },
	{ "ip", "45 00 0000 0000 0000 40 00 0000 C0A80001 C0A80002", 9, 1, 2, 20 },
	{ "ip6", "60000000 0000 00 40 FD000000000000000000000000000001 FD000000000000000000000000000002", 6, 1, 4, 0 },
	{ "options", "00 00 0104 00000000", 0, 1, NOWHERE, 0 },
	{ "ah", "00 04 0000 00000001 00000001 000000000000000000000000", 0, 1, NOWHERE, 0 },
	{ "udp", "C000 0000 0000 0000", 2, 2, 4, 8 },
	{ "gre", "0000 0000", 2, 2, NOWHERE, 0 },
	{ "gre-cks", "B000 0000 00000000 00000007 00000001", 2, 2, NOWHERE, 0 },
	{ "gre-route", "4000 0000 00000000 08000004 01020304 00000000", 2, 2, NOWHERE, 0 },
	{ "gre-seq", "1000 0000 00000001", 2, 2, NOWHERE, 0 },
	{ "pptp", "3081 880B 0000 0001 00000001 00000001", NOWHERE, 0, 4, 0 },
	{ "etherip", "3000", NOWHERE, 0, NOWHERE, 0 },
	{ "erspan2", "1007 0001 00000000", NOWHERE, 0, NOWHERE, 0 },
	{ "erspan3", "2007 0001 00000000 0000 0000", NOWHERE, 0, NOWHERE, 0 },
	{ "erspan3-more", "2007 0001 00000000 0000 0001 0000000000000000", NOWHERE, 0, NOWHERE, 0 },
	{ "erspan3-ip", "2007 0001 00000000 0000 0800", NOWHERE, 0, NOWHERE, 0 },
	{ "vxlan", "08000000 00000700", NOWHERE, 0, NOWHERE, 0 },
	{ "gpe", "0C000000 00000700", 3, 1, NOWHERE, 0 },
	{ "nsh", "0046 0100 00000000 000000000000000000000000 00000000", 3, 1, NOWHERE, 0 },
	{ "geneve", "0000 0000 00000700", 2, 2, NOWHERE, 0 },
	{ "geneve-options", "0240 0000 00000700 0101000100000000", 2, 2, NOWHERE, 0 },
	{ "gtp", "30FF 0000 00000007", NOWHERE, 0, 2, 0 },
	{ "gtp-seq", "32FF 0000 00000007 0001 00 00", NOWHERE, 0, 2, 4 },
	{ "gtp-more", "34FF 0000 00000007 0000 00 85 02100001 00000085 01000000", NOWHERE, 0, 2, 16 },
	{ "l2tp", "0002 0001 0001", NOWHERE, 0, NOWHERE, 0 },
	{ "l2tp-all", "4A02 0000 0001 0001 0001 0000 0002 0000", NOWHERE, 0, 2, 16 },
};

static GByteArray *bytes_of(const char *hex)
{
	GByteArray *a = g_byte_array_new();

	for (; *hex != '\0'; hex++) {
		guint8 byte;

		if (!g_ascii_isxdigit(hex[0]))
			continue;
		byte = (guint8)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
		g_byte_array_append(a, &byte, 1);
		hex++;
	}
	return a;
}

static void put(GByteArray *a, int at, int size, guint64 value)
{
	for (int i = 0; at != NOWHERE && i < size; i++)
		a->data[at + i] = (guint8)(value >> 8 * (size - 1 - i));
}

static const struct word *word_named(const char *name, size_t n)
{
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (strlen(words[i].name) == n && strncmp(words[i].name, name, n) == 0)
			return &words[i];
	g_error("no such header: %s", name);
}

static GByteArray *header_of(const char *text, guint length)
{
	const struct word *w = word_named(text, strcspn(text, ":"));
	const char        *number = strchr(text, ':');
	GByteArray        *h = bytes_of(w->bytes);

	if (number != NULL)
		put(h, w->type_at, w->type_size, strtoull(number + 1, NULL, 16));
	put(h, w->length_at, 2, length + (guint)w->length_adds);
	return h;
}

/* Without the spaces between parentheses. */
static char *joined(const char *text)
{
	GString *s = g_string_new(NULL);
	bool     is_inside = false;

	for (; *text != '\0'; text++) {
		is_inside = *text == '(' || (is_inside && *text != ')');
		if (*text != ' ' || !is_inside)
			g_string_append_c(s, *text);
	}
	return g_string_free(s, FALSE);
}

void wrap(GByteArray *packet, const char *text)
{
	g_autofree char *whole = joined(text);
	g_auto(GStrv) list = g_strsplit(whole, " ", -1);

	for (guint i = g_strv_length(list); i-- > 0;) {
		g_autoptr(GByteArray) h = NULL;

		if (*list[i] == '\0')
			continue;
		h = *list[i] == '(' ? bytes_of(list[i]) : header_of(list[i], packet->len);
		g_byte_array_prepend(packet, h->data, h->len);
	}
}
