/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_session.c - the grid of states, and what a session says of itself. */
#include "core/bits_session.h"

#include "core/bits_private.h"

/* [MC-BUP] 3.2.5.1, seen from the wire.  A blank is a step that the specification does not have: the state stays, and
 * the blank is a fact for the rows.  PONG, CHALLENGED and UNANSWERED never move anything and have no column. */
#define ST(x) BITS_STATE_##x
static const uint8_t next_state[BITS_N_STATES][BITS_N_OUTCOMES] = {
/* clang-format off */
#define OC(x) [BITS_OUTCOME_##x]
	[ST(INIT)]       = { OC(CREATED) = ST(RECEIVE), OC(MORE) = ST(RECEIVE), OC(LAST) = ST(WAIT_CLOSE), OC(RESYNC) = ST(RECEIVE),
	                     OC(CLOSED) = ST(COMPLETE), OC(CANCELLED) = ST(CANCELLED), OC(DISOWNED) = ST(LOST) },
	[ST(RECEIVE)]    = { OC(MORE) = ST(RECEIVE), OC(LAST) = ST(WAIT_CLOSE), OC(RESYNC) = ST(RECEIVE),
	                     OC(CLOSED) = ST(COMPLETE), OC(CANCELLED) = ST(CANCELLED), OC(DISOWNED) = ST(LOST) },
	[ST(WAIT_CLOSE)] = { OC(MORE) = ST(WAIT_CLOSE), OC(LAST) = ST(WAIT_CLOSE), OC(RESYNC) = ST(WAIT_CLOSE),
	                     OC(CLOSED) = ST(COMPLETE), OC(CANCELLED) = ST(CANCELLED), OC(DISOWNED) = ST(LOST) },
	[ST(UNSEEN)]     = { OC(CREATED) = ST(RECEIVE), OC(MORE) = ST(RECEIVE), OC(LAST) = ST(WAIT_CLOSE), OC(RESYNC) = ST(RECEIVE),
	                     OC(CLOSED) = ST(COMPLETE), OC(CANCELLED) = ST(CANCELLED), OC(DISOWNED) = ST(LOST) },
	/* a disowned session that the server takes up again after all: its own word counts */
	[ST(LOST)]       = { OC(CREATED) = ST(RECEIVE), OC(MORE) = ST(RECEIVE), OC(LAST) = ST(WAIT_CLOSE),
	                     OC(CLOSED) = ST(COMPLETE), OC(CANCELLED) = ST(CANCELLED) },
#undef OC
/* clang-format on */
};

bool session_step(struct session *s, enum bits_outcome outcome)
{
	enum bits_state next = (enum bits_state)next_state[s->pub.state][outcome];

	if (next == BITS_STATE_NONE || next == s->pub.state)
		return false;
	s->pub.state = next;
	return true;
}

enum bits_ending bits_session_ending(const struct bits_session *s)
{
	switch (s->state) {
	case BITS_STATE_COMPLETE:
		return BITS_ENDING_CLOSED;
	case BITS_STATE_CANCELLED:
		return BITS_ENDING_CANCELLED;
	case BITS_STATE_LOST:
		return BITS_ENDING_LOST;
	case BITS_STATE_INIT:
		return s->refused ? BITS_ENDING_REFUSED : BITS_ENDING_OPEN;
	default:
		return BITS_ENDING_OPEN;
	}
}

/* output.md: a closed upload has no bytes when its Fragments say total 0 and nothing else, or when no Fragment was seen
 * and none can have been missed: Create-Session and Close-Session on one connection without a hole between them. */
static bool is_closed_empty(const struct bits_session *s)
{
	if (s->state != BITS_STATE_COMPLETE || s->dialect == BITS_DIALECT_IMITATION)
		return false;
	if (s->fragments > 0)
		return s->says_empty && !s->says_bytes;
	return s->create_to_close_gapless;
}

/* What may have been put together of two files is neither of them. */
enum bits_file_state bits_session_file_state(const struct bits_session *s)
{
	enum bits_file_state state = bits_upload_state(&s->upload, is_closed_empty(s));

	return s->may_be_two && state > BITS_FILE_PARTIAL ? BITS_FILE_PARTIAL : state;
}

uint64_t bits_session_file_size(const struct bits_session *s)
{
	return is_closed_empty(s) ? 0 : s->upload.size;
}

static void keep_text(char **where, struct bits_str text)
{
	if (*where == NULL && text.n > 0)
		*where = bits_str_dup(text);
}

/* The last part of a URL's path, without query and fragment; empty where the path ends in a slash. */
static struct bits_str name_in_url(struct bits_str target)
{
	struct bits_str path = target, rest = target;

	path = bits_str_split(&rest, '?');
	rest = path;
	path = bits_str_split(&rest, '#');
	for (size_t i = path.n; i-- > 0;)
		if (path.p[i] == '/')
			return (struct bits_str){ path.p + i + 1, path.n - i - 1 };
	return path;
}

/* A Content-Name in any request beats the name in the URL (only old clients send it in Create-Session). */
static void keep_name(struct session *s, const struct bits_message *m)
{
	if (m->text[BITS_FIELD_CONTENT_NAME].n > 0 && !s->has_content_name) {
		g_clear_pointer(&s->pub.name, g_free);
		keep_text(&s->pub.name, m->text[BITS_FIELD_CONTENT_NAME]);
		s->has_content_name = true;
	}
	keep_text(&s->pub.name, name_in_url(m->target));
}

static void keep_credentials(struct session *s, struct bits_str value)
{
	if (value.n == 0)
		return;
	keep_text(&s->pub.auth, bits_auth_scheme(value));
	if (s->pub.user == NULL)
		s->pub.user = bits_auth_user(value);
}

void session_learn_request(struct session *s, const struct bits_message *m, const struct bits_ends *ends)
{
	if (s->pub.url == NULL)
		s->pub.url = bits_message_url(m, ends);
	if (s->path == NULL)
		s->path = url_path(m->target);
	keep_name(s, m);
	keep_text(&s->pub.user_agent, m->text[BITS_FIELD_USER_AGENT]);
	keep_text(&s->pub.via, m->text[BITS_FIELD_VIA]);
	s->is_proxied |= m->text[BITS_FIELD_VIA].n > 0 || (m->target.n > 0 && m->target.p[0] != '/');
	keep_credentials(s, m->text[BITS_FIELD_AUTHORIZATION]);
	keep_credentials(s, m->text[BITS_FIELD_PROXY_AUTHORIZATION]);
}

void session_begin_again(struct session *s)
{
	char **claims[] = { &s->pub.name, &s->pub.user_agent, &s->pub.auth, &s->pub.user };

	for (size_t i = 0; i < G_N_ELEMENTS(claims); i++)
		g_clear_pointer(claims[i], g_free);
	s->has_content_name = false;
}

void session_learn_answer(struct session *s, const struct bits_message *m)
{
	/* an intermediary's error page is no evidence of the server's software */
	if (bits_message_has(m, BITS_FIELD_PACKET_TYPE) || m->status < 400)
		keep_text(&s->pub.server_software, m->text[BITS_FIELD_SERVER]);
	keep_text(&s->pub.via, m->text[BITS_FIELD_VIA]);
	s->is_proxied |= m->text[BITS_FIELD_VIA].n > 0;
	keep_text(&s->pub.reply_url, m->text[BITS_FIELD_REPLY_URL]);
	keep_text(&s->pub.host_id, m->text[BITS_FIELD_HOST_ID]);
	if (bits_message_good(m, BITS_FIELD_ERROR_CODE) && m->status >= 400)
		s->pub.error_code = m->error_code;
}

/* The path of a target, without scheme, authority and query: what stays the same behind a proxy or a Host-Id. */
struct bits_str url_path_in(struct bits_str target)
{
	struct bits_str rest;

	if (bits_take_nocase(&target, "http://") || bits_take_nocase(&target, "https://")) {
		rest = target;
		bits_str_split(&rest, '/');
		target = rest.p ? (struct bits_str){ rest.p - 1, rest.n + 1 } : BITS_STR("/");
	}
	rest = target;
	return bits_str_split(&rest, '?');
}

char *url_path(struct bits_str target)
{
	return bits_str_dup(url_path_in(target));
}

struct session *session_new(uint64_t ordinal, enum bits_state state)
{
	struct session *s = g_new0(struct session, 1);

	s->pub.ordinal = ordinal;
	s->pub.state = state;
	s->pub.evidence_partial = state == BITS_STATE_UNSEEN;
	bits_upload_init(&s->pub.upload);
	s->refs = 1;
	s->unsettled = g_ptr_array_new();
	s->memory = memory_new();
	return s;
}

static gpointer conn_key(uint64_t conn)
{
	return GSIZE_TO_POINTER(conn + 1);
}

/* Most sessions keep to one connection. */
void session_add_conn(struct session *s, uint64_t conn)
{
	if (session_has_conn(s, conn))
		return;
	if (s->pub.connections++ == 0) {
		s->first_conn = conn;
		return;
	}
	if (s->other_conns == NULL)
		s->other_conns = g_hash_table_new(NULL, NULL);
	g_hash_table_add(s->other_conns, conn_key(conn));
}

void session_each_conn(const struct session *s, void (*each)(uint64_t conn, void *user), void *user)
{
	GHashTableIter i;
	gpointer       key;

	if (s->pub.connections > 0)
		each(s->first_conn, user);
	if (s->other_conns == NULL)
		return;
	g_hash_table_iter_init(&i, s->other_conns);
	while (g_hash_table_iter_next(&i, &key, NULL))
		each(GPOINTER_TO_SIZE(key) - 1, user);
}

bool session_has_conn(const struct session *s, uint64_t conn)
{
	return (s->pub.connections > 0 && s->first_conn == conn) ||
	       (s->other_conns != NULL && g_hash_table_contains(s->other_conns, conn_key(conn)));
}

static void free_texts(struct session *s)
{
	char **texts[] = { &s->pub.url, &s->pub.name, &s->pub.reply_url, &s->pub.host_id, &s->pub.user_agent,
		           &s->pub.server_software, &s->pub.via, &s->pub.auth, &s->pub.user, &s->reply_path };

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		g_clear_pointer(texts[i], g_free);
}

/* Of a session that has ended the registry takes what it needs; late findings name it by its ordinal and its id. */
void session_shrink(struct session *s)
{
	bits_upload_clear(&s->pub.upload);
	g_clear_pointer(&s->digests, bits_digests_free);
	g_clear_pointer(&s->other_conns, g_hash_table_unref);
	g_clear_pointer(&s->unsettled, g_ptr_array_unref);
	free_texts(s);
}

struct session *session_ref(struct session *s)
{
	s->refs++;
	return s;
}

void session_unref(struct session *s)
{
	if (s == NULL || --s->refs > 0)
		return;
	session_shrink(s);
	memory_free(s->memory);
	g_assert(s->waiting.head == NULL); /* who waits in it holds it */
	g_free(s->pub.id);
	g_free(s->path);
	g_free(s->creating);
	g_free(s);
}
