/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_reply.c - what goes on around an upload-reply session, in requests that name no session: the download of the reply
 * and the notification of the server application (reference 2.6). */
#include "core/bits_judge.h"

#include <string.h>

#define SESSIONS_MAX 64 /* that a request is held against, newest first */

/* ---- the reply ------------------------------------------------------------------------------------------------- */

static char *decoded(const char *path)
{
	char *out = g_uri_unescape_string(path, NULL);

	return out != NULL ? out : g_strdup(path);
}

/* IIS gives a path relative to the directory of the upload, with backslashes. */
char *reply_path(const char *upload_path, struct bits_str url)
{
	g_autofree char *text = bits_str_dup(url), *path = NULL;
	const char      *slash = strrchr(upload_path, '/');

	for (char *p = text; *p != '\0'; p++)
		if (*p == '\\')
			*p = '/';
	path = url_path(bits_str_of(text));
	if (path[0] == '/' || slash == NULL)
		return decoded(path);
	g_free(g_steal_pointer(&text));
	text = g_strdup_printf("%.*s/%s", (int)(slash - upload_path), upload_path, path);
	return decoded(text);
}

/* In any case; an id that is no GUID may stand in any path. */
static bool names_session(const struct session *s, struct bits_str text)
{
	g_autofree char *key = s->pub.id ? bits_session_id_key(bits_str_of(s->pub.id)) : NULL;
	g_autofree char *path = bits_str_dup(text);
	g_autofree char *low = g_ascii_strdown(path, -1);

	return key != NULL && bits_is_guid(bits_str_of(key)) && strstr(low, key) != NULL;
}

/* A reply whose path names the session is gone with it. */
static bool is_scoped(const struct session *s)
{
	return names_session(s, bits_str_of(s->reply_path));
}

void reply_judge(struct bits_tracker *t, struct session *s, const struct exchange *x)
{
	const struct exchange *end = s->memory->ended;
	struct bits_finding    f;

	s->memory->reply_seen = true;
	if (end == NULL || !is_scoped(s) || !judge_was_delivered(end, x))
		return;
	f = finding_of(BITS_RULE_REPLY_AFTER_CLOSE, x, BITS_CLIENT);
	f.undecided = end->pub.conn != x->pub.conn;
	finding_at(&f, &x->pub.request_at.first);
	finding_at(&f, &end->pub.answer_at.first);
	tell_finding(t, &f);
}

static struct session *session_of_reply(const struct bits_tracker *t, const struct bits_addr *client, struct bits_str target)
{
	g_autofree char *raw = NULL, *path = NULL;
	unsigned         looked_at = 0;

	if (t->n_replies == 0)
		return NULL;
	raw = url_path(target);
	path = decoded(raw);
	for (GList *l = t->sessions.tail; l != NULL && looked_at < SESSIONS_MAX; l = l->prev, looked_at++) {
		struct session *s = l->data;

		if (s->reply_path != NULL && same_addr(&s->pub.ends.client.addr, client) && strcmp(s->reply_path, path) == 0)
			return s;
	}
	return NULL;
}

struct session *reply_downloaded(const struct bits_tracker *t, const struct exchange *x, const struct bits_message *m)
{
	return bits_str_eq(m->method, BITS_STR("GET")) ? session_of_reply(t, &x->pub.ends.client.addr, m->target) : NULL;
}

bool bits_tracker_knows_reply(const struct bits_tracker *t, const struct bits_addr *client, struct bits_str target)
{
	return session_of_reply(t, client, target) != NULL;
}

/* ---- the notification ------------------------------------------------------------------------------------------ */

/* It is the upload server that asks the application. */
static bool has_path_of(const struct session *s, const struct exchange *x, struct bits_str url)
{
	g_autofree char *path = url_path(url);

	return url.n > 0 && same_addr(&s->pub.ends.server.addr, &x->pub.ends.client.addr) && s->path != NULL &&
	       strcmp(s->path, path) == 0 && s->memory->ended == NULL;
}

struct session *reply_notified(struct bits_tracker *t, const struct exchange *x)
{
	const struct bits_message *m = x->pub.request;
	struct session            *by_url = NULL;
	unsigned                   looked_at = 0;

	for (GList *l = t->sessions.tail; l != NULL && looked_at < SESSIONS_MAX; l = l->prev, looked_at++) {
		struct session *s = l->data;

		if (s->pub.ends.server.addr.telling != x->pub.ends.server.addr.telling)
			continue;
		if (names_session(s, m->text[BITS_FIELD_REQUEST_DATA]) || names_session(s, m->text[BITS_FIELD_RESPONSE_DATA]))
			return s;
		if (by_url == NULL && has_path_of(s, x, m->text[BITS_FIELD_ORIGINAL_URL]))
			by_url = s;
	}
	return by_url;
}
