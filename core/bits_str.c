/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_str.c - slices and takers.  ASCII only: the wire knows no locale. */
#include "core/bits_str.h"

#include <glib.h>
#include <string.h>

struct bits_str bits_str_of(const char *text)
{
	return (struct bits_str){ text, text ? strlen(text) : 0 };
}

bool bits_str_eq(struct bits_str a, struct bits_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Bytes at the front that are the same in both, counted in eights. */
static size_t same_words(struct bits_str a, struct bits_str b)
{
	size_t   i = 0;
	uint64_t x, y;

	for (; i + sizeof x <= a.n; i += sizeof x) {
		memcpy(&x, a.p + i, sizeof x);
		memcpy(&y, b.p + i, sizeof y);
		if (x != y)
			break;
	}
	return i;
}

bool bits_str_eq_nocase(struct bits_str a, struct bits_str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = same_words(a, b); i < a.n; i++)
		if (a.p[i] != b.p[i] && lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool bits_str_starts(struct bits_str s, struct bits_str prefix)
{
	return s.n >= prefix.n && bits_str_eq((struct bits_str){ s.p, prefix.n }, prefix);
}

bool bits_str_starts_nocase(struct bits_str s, struct bits_str prefix)
{
	return s.n >= prefix.n && bits_str_eq_nocase((struct bits_str){ s.p, prefix.n }, prefix);
}

static void drop(struct bits_str *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct bits_str bits_str_trim(struct bits_str s)
{
	while (s.n > 0 && is_space(s.p[0]))
		drop(&s, 1);
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct bits_str bits_str_split(struct bits_str *s, char c)
{
	const char     *at = s->n > 0 ? memchr(s->p, c, s->n) : NULL;
	struct bits_str head = *s;

	if (at == NULL) {
		*s = (struct bits_str){ NULL, 0 };
		return head;
	}
	head.n = (size_t)(at - s->p);
	drop(s, head.n + 1);
	return head;
}

char *bits_str_dup(struct bits_str s)
{
	char *copy = g_malloc(s.n + 1);

	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

bool bits_take(struct bits_str *s, const char *literal)
{
	struct bits_str want = bits_str_of(literal);

	if (!bits_str_starts(*s, want))
		return false;
	drop(s, want.n);
	return true;
}

bool bits_take_nocase(struct bits_str *s, const char *literal)
{
	struct bits_str want = bits_str_of(literal);

	if (!bits_str_starts_nocase(*s, want))
		return false;
	drop(s, want.n);
	return true;
}

bool bits_take_spaces(struct bits_str *s)
{
	size_t n = 0;

	while (n < s->n && is_space(s->p[n]))
		n++;
	if (n == 0)
		return false;
	drop(s, n);
	return true;
}

bool bits_take_u64(struct bits_str *s, uint64_t *value)
{
	uint64_t v = 0;
	size_t   n = 0;

	for (; n < s->n && g_ascii_isdigit(s->p[n]); n++) {
		uint64_t digit = (uint64_t)(s->p[n] - '0');

		if (v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	if (n == 0)
		return false;
	drop(s, n);
	*value = v;
	return true;
}

bool bits_take_hex32(struct bits_str *s, uint32_t *value)
{
	uint32_t v = 0;
	size_t   n = 0;

	for (; n < s->n && g_ascii_isxdigit(s->p[n]); n++) {
		if (v >> 28 != 0)
			return false;
		v = v << 4 | (uint32_t)g_ascii_xdigit_value(s->p[n]);
	}
	if (n == 0)
		return false;
	drop(s, n);
	*value = v;
	return true;
}
