/* SPDX-License-Identifier: GPL-2.0-or-later */
/* safe_name.c - the name of an uploaded file is the first thing that an attacker writes. */
#include "cli/safe_name.h"

#include <glib.h>
#include <string.h>

#define EXTENSION_MAX 16U /* bytes, with its dot */

static const char *last_part(const char *name)
{
	const char *part = name;

	for (const char *p = name; *p; p++)
		if (*p == '/' || *p == '\\')
			part = p + 1;
	return part;
}

/* CON.txt is as much a device as CON is. */
static gboolean is_device(const char *name)
{
	static const char *const devices[] = { "CON", "PRN", "AUX", "NUL", "COM", "LPT" };
	size_t stem = strcspn(name, ".");

	for (size_t i = 0; i < G_N_ELEMENTS(devices); i++) {
		gboolean numbered = i >= 4;

		if (g_ascii_strncasecmp(name, devices[i], 3) != 0 || stem != (numbered ? 4 : 3))
			continue;
		if (!numbered || g_ascii_isdigit(name[3]))
			return TRUE;
	}
	return FALSE;
}

static void shorten(GString *s)
{
	const char *dot = strrchr(s->str, '.');
	g_autofree char *extension = dot != NULL && strlen(dot) <= EXTENSION_MAX ? g_strdup(dot) : g_strdup("");

	if (s->len <= SAFE_NAME_MAX)
		return;
	g_string_truncate(s, SAFE_NAME_MAX - strlen(extension));
	g_string_append(s, extension);
}

char *safe_name(const char *name)
{
	GString *s = g_string_new(name != NULL ? last_part(name) : NULL);

	for (gsize i = 0; i < s->len; i++)
		if (!g_ascii_isalnum(s->str[i]) && strchr("._-", s->str[i]) == NULL)
			s->str[i] = '_';
	if (s->len == 0)
		g_string_append(s, "unnamed");
	if (is_device(s->str))
		g_string_prepend_c(s, '_');
	if (s->str[0] == '.')
		s->str[0] = '_';
	shorten(s);
	if (s->str[s->len - 1] == '.')
		s->str[s->len - 1] = '_';
	return g_string_free(s, FALSE);
}
