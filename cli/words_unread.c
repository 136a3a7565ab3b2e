/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words_unread.c - what was not looked into, so that nobody takes "no upload" for "there was none". */
#include "cli/words.h"

#define UNREAD_NAMED 6 /* more of one counter are summed up */

/* "UDP", "IP protocol 253": what it is called, or its number. */
static char *unread_text(const json_t *row)
{
	const char *kind = record_text(row, "kind"), *name = record_text(row, "name");

	if (kind == NULL)
		return g_strdup("others");
	return name != NULL ? g_strdup(name) : g_strdup_printf("%s %" G_GUINT64_FORMAT, kind, record_number(row, "number", 0));
}

/* What a counter is made of: "UDP 17, ICMP 2"; "" where nobody says. */
static char *unread_names(const json_t *stats, const char *counter)
{
	const json_t *list = record_at(stats, "unread");
	GString *out = g_string_new(NULL);
	unsigned named = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);
		g_autofree char *text = NULL;

		if (g_strcmp0(record_text(row, "counter"), counter) != 0 || named++ >= UNREAD_NAMED)
			continue;
		text = unread_text(row);
		g_string_append_printf(out, "%s%s (%" G_GUINT64_FORMAT ")", out->len ? ", " : "", text,
				       record_number(row, "packets", 0));
	}
	if (named > UNREAD_NAMED)
		g_string_append(out, ", ...");
	return g_string_free(out, FALSE);
}

/* What is no HTTP may be TLS, of which nothing is known here. */
static void append_not_http(const struct style *s, GString *out, const json_t *stats)
{
	uint64_t n = record_number(stats, "connections", 0) - record_number(stats, "http_connections", 0);
	g_autofree char *connections = style_plural(n, "TCP connection", "TCP connections"), *text = NULL;

	text = g_strdup_printf("%s without HTTP in the clear; what is TLS can be read as tshark -U \"OSI layer 7\" exports it decrypted",
			       connections);
	if (n)
		words_paragraph(s, out, "not read", text);
}

/* Whatever is said to be missing may be among these. */
static void append_filtered(const struct style *s, GString *out, const json_t *stats)
{
	uint64_t n = record_number(stats, "filter.frames_left_out", 0);
	g_autofree char *frames = style_plural(n, "frame", "frames"), *text = NULL;

	text = g_strdup_printf("%s that '%s' does not pass", frames, record_text_or(stats, "filter.expression", ""));
	if (n)
		words_paragraph(s, out, "not read", text);
}

void words_unread(const struct style *s, GString *out, const json_t *stats)
{
	static const struct {
		const char *counter, *what;
		bool always; /* false: only where no session was found; most captures hold such frames */
	} kinds[] = {
		{ "frames_of_unknown_link", "of a link type that is not read", true },
		{ "encrypted_frames", "encrypted, compressed or in pieces", true },
		{ "malformed_frames", "whose lengths do not fit, cut inside a header, or of more than 16 layers", false },
		{ "frames_of_unknown_protocol", "without IP, or of a tunnel that is not opened", false },
		{ "frames_not_tcp", "over IP but not TCP, nor in a tunnel that is opened", false },
	};
	bool found = record_number(stats, "sessions", 0) > 0;

	append_filtered(s, out, stats);
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		uint64_t n = record_number(stats, kinds[i].counter, 0);
		g_autofree char *frames = style_plural(n, "frame", "frames"), *text = NULL,
				*names = unread_names(stats, kinds[i].counter);

		text = g_strdup_printf("%s %s%s%s", frames, kinds[i].what, *names ? ": " : "", names);
		if (n && (kinds[i].always || !found))
			words_paragraph(s, out, "not read", text);
	}
	if (!found)
		append_not_http(s, out, stats);
}
