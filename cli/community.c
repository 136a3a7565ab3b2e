/* SPDX-License-Identifier: GPL-2.0-or-later */
/* community.c - the hash that ties our records to the flows of other tools. */
#include "cli/community.h"

#include <gcrypt.h>
#include <glib.h>
#include <string.h>

#define PROTO_TCP 6

static size_t addr_length(const struct bits_addr *a)
{
	return a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
}

static void append_be16(GByteArray *to, uint16_t value)
{
	const uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };

	g_byte_array_append(to, bytes, sizeof(bytes));
}

char *community_id(const struct bits_end *a, const struct bits_end *b)
{
	size_t n = addr_length(&a->addr);
	int order = memcmp(a->addr.bytes, b->addr.bytes, n);
	const struct bits_end *low = order < 0 || (order == 0 && a->port < b->port) ? a : b;
	const struct bits_end *high = low == a ? b : a;
	static const uint8_t proto[] = { PROTO_TCP, 0 };
	g_autoptr(GByteArray) key = g_byte_array_new();
	g_autofree char *text = NULL;
	uint8_t digest[20];

	if (n == 0 || a->addr.family != b->addr.family)
		return NULL;
	append_be16(key, 0);
	g_byte_array_append(key, low->addr.bytes, (guint)n);
	g_byte_array_append(key, high->addr.bytes, (guint)n);
	g_byte_array_append(key, proto, sizeof(proto));
	append_be16(key, low->port);
	append_be16(key, high->port);
	gcry_md_hash_buffer(GCRY_MD_SHA1, digest, key->data, key->len);
	text = g_base64_encode(digest, sizeof(digest));
	return g_strconcat("1:", text, NULL);
}
