/* SPDX-License-Identifier: GPL-2.0-or-later */
/* style.c - a hostile peer chose the names that we print: a screen must show them, never obey them. */
#include "cli/style.h"

#include <langinfo.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 100U
#define WIDTH_LEAST   60U

unsigned style_width(int fd, unsigned otherwise, unsigned most)
{
	const char *wish = g_getenv("COLUMNS");
	unsigned columns = wish != NULL ? (unsigned)g_ascii_strtoull(wish, NULL, 10) : 0;
	struct winsize size;

	if (columns == 0 && ioctl(fd, TIOCGWINSZ, &size) == 0)
		columns = size.ws_col;
	return columns ? CLAMP(columns, WIDTH_LEAST, most) : otherwise;
}

static bool wants_color(enum options_color color, int fd)
{
	const char *none = g_getenv("NO_COLOR");

	if (color != COLOR_AUTO)
		return color == COLOR_ALWAYS;
	return isatty(fd) && !(none != NULL && *none) && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
}

void style_init(struct style *s, enum options_color color, int fd)
{
	s->color = wants_color(color, fd);
	s->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	s->width = style_width(fd, WIDTH_DEFAULT, WIDTH_DEFAULT);
	s->arrow = s->utf8 ? "→" : "->";
	s->dot = s->utf8 ? " · " : "; ";
	s->ellipsis = s->utf8 ? "…" : "...";
}

char *style_ink(const struct style *s, enum ink ink, const char *text)
{
	static const char *const codes[N_INKS] = {
		[INK_STRONG] = "1", [INK_FAINT] = "2", [INK_GOOD] = "32", [INK_WARN] = "33", [INK_BAD] = "1;31",
	};

	if (!s->color || codes[ink] == NULL || !*text)
		return g_strdup(text);
	return g_strdup_printf("\033[%sm%s\033[0m", codes[ink], text);
}

static bool is_harmless(const struct style *s, gunichar c)
{
	if (c < 0x80)
		return c >= 0x20 && c != 0x7f;
	switch (g_unichar_type(c)) {
	case G_UNICODE_FORMAT:
	case G_UNICODE_LINE_SEPARATOR: /* which isprint lets through */
	case G_UNICODE_PARAGRAPH_SEPARATOR:
		return false;
	default:
		return s->utf8 && g_unichar_isprint(c) && !g_unichar_iszerowidth(c);
	}
}

/* So most names are. */
static bool is_plain(const char *text)
{
	for (const char *p = text; *p; p++)
		if (*p < 0x20 || *p >= 0x7f)
			return false;
	return true;
}

void style_append_clean(const struct style *s, GString *out, const char *text)
{
	g_autofree char *valid = NULL;

	if (is_plain(text)) {
		g_string_append(out, text);
		return;
	}
	valid = g_utf8_make_valid(text, -1);
	for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (is_harmless(s, c))
			g_string_append_unichar(out, c);
		else
			g_string_append_printf(out, c < 0x80 ? "\\x%02x" : "\\u{%x}", c);
	}
}

char *style_clean(const struct style *s, const char *text)
{
	GString *out = g_string_new(NULL);

	style_append_clean(s, out, text);
	return g_string_free(out, FALSE);
}

/* Columns of the character that p begins with. */
static unsigned width_of(const char *p)
{
	if ((unsigned char)*p < 0x80)
		return 1;
	return g_unichar_iswide(g_utf8_get_char(p)) ? 2 : 1;
}

/* Bytes in front of which every one is a column. */
static unsigned plain_columns(const char *text)
{
	unsigned n = 0;

	while (text[n] != '\0' && (unsigned char)text[n] < 0x80)
		n++;
	return n;
}

unsigned style_columns(const char *text)
{
	unsigned n = plain_columns(text);

	for (const char *p = text + n; *p; p = g_utf8_next_char(p))
		n += width_of(p);
	return n;
}

/* The end of the longest front of text in that many columns. */
static const char *front(const char *text, unsigned columns)
{
	while (*text) {
		unsigned w = width_of(text);

		if (w > columns)
			break;
		columns -= w;
		text = g_utf8_next_char(text);
	}
	return text;
}

char *style_fit(const struct style *s, const char *text, unsigned columns)
{
	g_autofree char *clean = style_clean(s, text);
	unsigned have = style_columns(clean), mark = style_columns(s->ellipsis), head, left;
	const char *end, *tail;

	if (have <= columns)
		return g_steal_pointer(&clean);
	columns = MAX(columns, mark + 2);
	head = (columns - mark) * 2 / 3;
	end = front(clean, head);
	left = style_columns(end);
	for (tail = end; left > columns - mark - head; tail = g_utf8_next_char(tail))
		left -= width_of(tail);
	return g_strdup_printf("%.*s%s%s", (int)(end - clean), clean, s->ellipsis, tail);
}

char *style_cut(const struct style *s, const char *text, unsigned columns)
{
	g_autofree char *clean = style_clean(s, text);
	unsigned mark = style_columns(s->ellipsis);

	if (style_columns(clean) <= columns)
		return g_steal_pointer(&clean);
	return g_strdup_printf("%.*s%s", (int)(front(clean, columns - MIN(columns, mark)) - clean), clean, s->ellipsis);
}

/* By hand: a table of many rows is mostly numbers. */
static void append_digits(GString *out, uint64_t n, unsigned group)
{
	char text[32], *p = text + sizeof(text);

	for (unsigned digits = 0; digits == 0 || n > 0; digits++, n /= 10) {
		if (digits > 0 && digits % group == 0)
			*--p = ',';
		*--p = (char)('0' + n % 10);
	}
	g_string_append_len(out, p, text + sizeof(text) - p);
}

void style_append_number(GString *out, uint64_t n)
{
	append_digits(out, n, UINT_MAX);
}

void style_append_size(GString *out, uint64_t bytes)
{
	static const char *const units[] = { "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes / (1024.0 * 1024.0);
	size_t i = 0;

	if (value < 1.0) {
		append_digits(out, bytes, 3);
		g_string_append(out, " B");
		return;
	}
	for (; value >= 1024.0 && i + 1 < G_N_ELEMENTS(units); i++)
		value /= 1024.0;
	g_string_append_printf(out, "%.1f %s", value, units[i]);
}

char *style_count(uint64_t n)
{
	GString *out = g_string_new(NULL);

	append_digits(out, n, 3);
	return g_string_free(out, FALSE);
}

char *style_size(uint64_t bytes)
{
	GString *out = g_string_new(NULL);

	style_append_size(out, bytes);
	return g_string_free(out, FALSE);
}

char *style_duration(int64_t ns)
{
	double s = (double)ns / 1e9;

	if (ns < 0)
		return g_strdup("unknown time");
	if (s < 1.0)
		return g_strdup_printf("%.1f ms", s * 1e3);
	if (s < 60.0)
		return g_strdup_printf("%.2f s", s);
	if (s < 3600.0)
		return g_strdup_printf("%d min %02d s", (int)s / 60, (int)s % 60);
	return g_strdup_printf("%" G_GINT64_FORMAT " h %02d min", (int64_t)s / 3600, (int)((int64_t)s % 3600) / 60);
}

char *style_plural(uint64_t n, const char *one, const char *many)
{
	g_autofree char *count = style_count(n);

	return g_strconcat(count, " ", n == 1 ? one : many, NULL);
}

const char *style_times(uint64_t n, char buffer[32])
{
	if (n < 3)
		return n == 2 ? "twice" : "once";
	g_snprintf(buffer, 32, "%" G_GUINT64_FORMAT " times", n);
	return buffer;
}
