/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_registry.c - which session a request belongs to.
 *
 * Only requests and Create Acks bring ids: IIS leaves them out of every other Ack, and some servers put nonsense into a
 * Ping's.  Ids are unique per server at best; some servers give out the same one again and again, so an id alone never
 * decides (reference 8, traps 26-29). */
#include "core/bits_private.h"

static const struct bits_message *request_of(const struct exchange *x)
{
	return x->pub.request;
}

/* ---- by id ----------------------------------------------------------------------------------------------------- */

static struct given_id *id_of(const struct bits_tracker *t, const char *key)
{
	struct bits_name name = bits_name_of(t->seed, key);

	return g_hash_table_lookup(t->by_key, &name);
}

/* An id that is given out again and again must not cost more each time: its latest bearers are looked at, and no others. */
struct walk {
	const GList *at;
	unsigned     left;
};

static struct walk walk_of(const struct given_id *id)
{
	return (struct walk){ id != NULL ? id->bearers.tail : NULL, REGISTRY_SAME_ID_MAX };
}

/* The next one, newest first, so that a recycled id means its latest session; NULL: no more. */
static struct bearer *older_bearer(struct walk *w)
{
	const GList *l = w->at;

	if (l == NULL || w->left-- == 0)
		return NULL;
	w->at = l->prev;
	return l->data;
}

/* From there on the same ones come oldest first. */
static GList *oldest_looked_at(struct given_id *id)
{
	if (id->bearers.length <= REGISTRY_SAME_ID_MAX)
		return id->bearers.head;
	return g_queue_peek_nth_link(&id->bearers, id->bearers.length - REGISTRY_SAME_ID_MAX);
}

static void bearer_free(struct bearer *b)
{
	g_free(b->path);
	g_free(b);
}

/* Its id is forgotten with the last of its bearers. */
static void leave(struct bits_tracker *t, struct bearer *b)
{
	struct given_id *id = b->id;

	g_queue_unlink(&id->bearers, &b->link);
	bearer_free(b);
	if (id->bearers.length > 0)
		return;
	g_hash_table_remove(t->by_key, &id->name);
	g_free(id);
}

static struct given_id *id_for(struct bits_tracker *t, const char *key)
{
	struct bits_name name = bits_name_of(t->seed, key);
	struct given_id *id = g_hash_table_lookup(t->by_key, &name);
	size_t           n = strlen(key) + 1;

	if (id != NULL)
		return id;
	id = g_malloc(sizeof *id + n);
	g_queue_init(&id->bearers);
	memcpy(id->key, key, n);
	id->name = (struct bits_name){ name.hash, id->key };
	g_hash_table_insert(t->by_key, &id->name, id);
	return id;
}

static void enter(struct bits_tracker *t, struct session *s, const char *key)
{
	struct bearer *b = g_new0(struct bearer, 1);

	b->session = s;
	b->id = id_for(t, key);
	b->ordinal = s->pub.ordinal;
	b->ends = s->pub.ends;
	b->first_ns = s->pub.first.time_ns;
	b->link.data = b->ended.data = b;
	g_queue_push_tail_link(&b->id->bearers, &b->link);
	s->bearer = b;
}

static void take_id(struct bits_tracker *t, struct session *s)
{
	if (s->bearer != NULL)
		leave(t, s->bearer);
	s->bearer = NULL;
}

static bool same_path(const struct session *s, const char *path)
{
	return s->path != NULL && strcmp(s->path, path) == 0;
}

static const char *path_of(const struct bearer *b)
{
	return b->session != NULL ? b->session->path : b->path;
}

/* How well a session of the same id fits a request; 0: it is another upload.  A GUID is unique enough to follow a
 * client to another path or a path to another client; any other id only where both are the same: some servers give
 * out one constant id. */
static unsigned fit(const struct bearer *b, const struct exchange *x, const char *path, bool is_guid)
{
	bool client = same_addr(&b->ends.client.addr, &x->pub.ends.client.addr);
	bool url = path_of(b) != NULL && strcmp(path_of(b), path) == 0;

	if (!is_guid && !(url && client))
		return 0;
	return (client ? 2U : 0U) + (url ? 1U : 0U);
}

static struct bearer *find_on_server(const struct given_id *id, const struct exchange *x, const char *path, bool is_guid)
{
	struct walk    walk = walk_of(id);
	struct bearer *best = NULL, *b;
	unsigned       best_fit = 0;

	while ((b = older_bearer(&walk)) != NULL) {
		unsigned f = same_end(&b->ends.server, &x->pub.ends.server) ? fit(b, x, path, is_guid) : 0;

		if (f > best_fit) {
			best = b;
			best_fit = f;
		}
	}
	return best;
}

/* Another server of the farm: the host that BITS-Host-Id named, or the same URL. */
static struct session *find_on_farm(const struct given_id *id, const struct exchange *x, const char *path)
{
	struct bits_str host = request_of(x)->text[BITS_FIELD_HOST];
	struct walk     walk = walk_of(id);
	struct bearer  *b;

	while ((b = older_bearer(&walk)) != NULL) {
		struct session *s = b->session;

		if (s == NULL || !same_addr(&s->pub.ends.client.addr, &x->pub.ends.client.addr))
			continue;
		if (same_path(s, path) || (s->pub.host_id && bits_str_eq_nocase(bits_str_of(s->pub.host_id), host)))
			return s;
	}
	return NULL;
}

/* Ids that are no GUIDs are looked up with their path: then one constant id makes no endless list. */
static char *lookup_key(struct bits_str id, const char *path)
{
	g_autofree char *key = bits_session_id_key(id);

	return bits_is_guid(id) ? g_steal_pointer(&key) : g_strconcat(key, " ", path, NULL);
}

/* ---- sessions without an id yet -------------------------------------------------------------------------------- */

/* Where a Create-Session goes, and from where. */
struct creating_key {
	guint            hash;
	struct bits_addr client;
	struct bits_end  server;
	const char      *path;
};

/* What the registry keeps of it. */
struct creating {
	struct creating_key key; /* its path is ... */
	char                path[];
};

static uint64_t hash_addr(uint64_t seed, const struct bits_addr *a)
{
	return bits_hash(seed, a->bytes, a->family == 4 ? 4 : sizeof a->bytes);
}

static guint hash_creating(gconstpointer p)
{
	return ((const struct creating_key *)p)->hash;
}

static gboolean same_creating(gconstpointer a, gconstpointer b)
{
	const struct creating_key *x = a, *y = b;

	return same_addr(&x->client, &y->client) && same_end(&x->server, &y->server) && strcmp(x->path, y->path) == 0;
}

static struct creating_key creating_key(const struct bits_tracker *t, const struct exchange *x, const char *path)
{
	struct creating_key key = { 0, x->pub.ends.client.addr, x->pub.ends.server, path };
	uint64_t            hash = bits_hash(t->seed, path, strlen(path));

	hash = hash_addr(hash, &key.client);
	key.hash = (guint)hash_addr(hash ^ key.server.port, &key.server.addr);
	return key;
}

static void not_creating(struct bits_tracker *t, struct session *s)
{
	if (s->creating != NULL && g_hash_table_lookup(t->creating, s->creating) == s)
		g_hash_table_remove(t->creating, s->creating);
	g_clear_pointer(&s->creating, g_free);
}

static struct session *find_creating(struct bits_tracker *t, const struct exchange *x, const char *path)
{
	struct creating_key key = creating_key(t, x, path);

	return g_hash_table_lookup(t->creating, &key);
}

static struct session *open_creating(struct bits_tracker *t, const struct exchange *x, const struct creating_key *key)
{
	struct session  *s = course_open(t, x, BITS_STATE_INIT);
	size_t           n = strlen(key->path) + 1;
	struct creating *c = g_malloc(sizeof *c + n);

	c->key = *key;
	c->key.path = memcpy(c->path, key->path, n);
	s->creating = c;
	g_hash_table_replace(t->creating, &c->key, s);
	return s;
}

static bool names_another_file(const struct session *s, const struct exchange *x)
{
	struct bits_str name = request_of(x)->text[BITS_FIELD_CONTENT_NAME];

	return name.n > 0 && s->has_content_name && !bits_str_eq(name, bits_str_of(s->pub.name));
}

/* A Create-Session that was challenged, or whose connection died, comes again: one session, of whoever sent the last of them.  While
 * one still waits, a second is another upload; after a refusal so is the next attempt, and one that names another file always is. */
static struct session *session_of_create(struct bits_tracker *t, const struct exchange *x, const char *path)
{
	struct creating_key key = creating_key(t, x, path);
	struct session     *s = g_hash_table_lookup(t->creating, &key);
	bool                is_rivalled;

	if (s != NULL && s->pub.state == BITS_STATE_INIT && !s->pub.refused && s->waiting.length == 0 &&
	    !names_another_file(s, x)) {
		session_begin_again(s);
		return s;
	}
	is_rivalled = s != NULL && !s->pub.refused;
	if (s != NULL)
		not_creating(t, s);
	s = open_creating(t, x, &key);
	s->is_one_of_several = is_rivalled;
	return s;
}

/* ---- the other side of a proxy --------------------------------------------------------------------------------- */

/* The same id on two servers, from two clients, is one upload seen before and behind a proxy: a GUID by itself, any other
 * id where the path is the same and a proxy says that it was there. */
static bool is_other_side(const struct session *a, const struct session *b, bool is_guid)
{
	if (a == b || same_service(&a->pub.ends, &b->pub.ends))
		return false;
	if (is_guid)
		return true;
	return a->path != NULL && same_path(b, a->path) && (a->pub.via != NULL || b->pub.via != NULL) &&
	       !same_place(&a->pub.ends.client.addr, &b->pub.ends.client.addr);
}

static void tie_proxy_sides(struct session *s, bool is_guid)
{
	for (GList *l = oldest_looked_at(s->bearer->id); l != NULL; l = l->next) {
		struct session *other = ((struct bearer *)l->data)->session, *later;

		if (other == NULL || !is_other_side(s, other, is_guid))
			continue;
		later = other->pub.ordinal < s->pub.ordinal ? s : other;
		if (later->pub.same_upload_as == 0) {
			later->pub.same_upload_as = MIN(other->pub.ordinal, s->pub.ordinal);
			s->is_tied = other->is_tied = true;
		}
	}
}

/* ---- the same once more ---------------------------------------------------------------------------------------- */

#define TWIN_MAX_NS (1000 * INT64_C(1000000)) /* between two tellings of one session, where only the time tells which it is */
#define NAMELESS_MAX 1024                     /* sessions that one without an id is compared with */

static unsigned telling_of(const struct bits_ends *e)
{
	return e->server.addr.telling;
}

/* Packets tell of one of them, exported PDUs of the other; or two exports. */
static bool may_be_twins(const struct bits_ends *a, const struct bits_ends *b)
{
	return telling_of(a) != telling_of(b) && same_service(a, b) && same_place(&a->client.addr, &b->client.addr);
}

static int64_t time_between(int64_t one, int64_t other)
{
	return one == BITS_TIME_UNKNOWN || other == BITS_TIME_UNKNOWN ? INT64_MAX : one < other ? other - one : one - other;
}

/* Nothing of this weighs on what they are held to: each is judged as if it were alone. */
static void tie_twins(struct session *later, uint64_t earlier)
{
	if (later == NULL || later->pub.same_upload_as != 0)
		return;
	later->pub.same_upload_as = earlier;
	later->pub.is_twin = true;
}

/* Of those with its id the one that is nearest in time: a server may give out an id again. */
static void tie_twin_of_id(struct session *s, bool is_guid)
{
	const struct bearer *best = NULL;
	int64_t              least = INT64_MAX;

	for (GList *l = oldest_looked_at(s->bearer->id); l != NULL; l = l->next) {
		const struct bearer *other = l->data;
		int64_t              ns = time_between(s->bearer->first_ns, other->first_ns);

		if (may_be_twins(&s->pub.ends, &other->ends) && (is_guid || ns <= TWIN_MAX_NS) && (best == NULL || ns < least)) {
			best = other;
			least = ns;
		}
	}
	if (best != NULL && best->ordinal < s->pub.ordinal)
		tie_twins(s, best->ordinal);
	else if (best != NULL)
		tie_twins(best->session, s->pub.ordinal);
}

void registry_tie_nameless(struct bits_tracker *t, struct session *s)
{
	unsigned looked_at = 0;

	if (s->bearer != NULL || s->path == NULL || telling_of(&s->pub.ends) == 0)
		return;
	for (GList *l = t->sessions.head; l != NULL && looked_at < NAMELESS_MAX; l = l->next, looked_at++) {
		struct session *other = l->data;
		bool            is_later = other->pub.ordinal > s->pub.ordinal;

		if (other->bearer == NULL && may_be_twins(&s->pub.ends, &other->pub.ends) && same_path(other, s->path) &&
		    time_between(s->pub.first.time_ns, other->pub.first.time_ns) <= TWIN_MAX_NS) {
			tie_twins(is_later ? other : s, is_later ? s->pub.ordinal : other->pub.ordinal);
			return;
		}
	}
}

/* key: with the path of the request that brought it, which s may not have learned yet. */
static void give_id(struct bits_tracker *t, struct session *s, struct bits_str id, const char *key)
{
	take_id(t, s);
	g_free(s->pub.id);
	s->pub.id = bits_str_dup(id);
	enter(t, s, key);
	tie_twin_of_id(s, bits_is_guid(id));
	tie_proxy_sides(s, bits_is_guid(id));
}

/* ---- the front door -------------------------------------------------------------------------------------------- */

/* The Ack that gave out the id was missed?  Of several Create-Sessions to one URL nobody knows whose, but on one connection. */
static bool may_have_missed_its_ack(const struct session *s, const struct exchange *x)
{
	return s->bearer == NULL && (s->create_conn == x->pub.conn || !s->is_one_of_several);
}

/* Whether it was answered or not: who has sent that is through with s, as long as it succeeded. */
static bool was_to_end(const struct session *s)
{
	if (s->memory == NULL || s->memory->tried_to_end)
		return true;
	for (const GList *l = s->waiting.head; l != NULL; l = l->next) {
		enum bits_packet packet = request_of(l->data)->packet;

		if (packet == BITS_PACKET_CLOSE_SESSION || packet == BITS_PACKET_CANCEL_SESSION)
			return true;
	}
	return false;
}

/* Or that request is missing, or a Fragment comes for a file that is whole. */
static bool may_be_over(const struct session *s, const struct exchange *x)
{
	if (s->lacks_requests || was_to_end(s))
		return true;
	return request_of(x)->packet == BITS_PACKET_FRAGMENT && bits_session_file_state(&s->pub) == BITS_FILE_COMPLETE;
}

/* x was sent on the connection of the Create-Session that s waits with, by who had heard more since then: its answer. */
static bool follows_its_answer(const struct session *s, const struct exchange *x)
{
	const struct exchange *create = g_queue_peek_tail((GQueue *)&s->waiting);
	uint64_t               heard = x->pub.request_at.first.heard;

	return create != NULL && create->conn == x->conn && heard != BITS_HEARD_UNKNOWN &&
	       create->pub.request_at.first.heard != BITS_HEARD_UNKNOWN && heard > create->pub.request_at.first.heard;
}

/* Does x, under the id of s, go on with `next`, whose Create-Session waits?  No server is known that gives out a GUID again: there
 * the client of s has to have tried to end it first, and anybody else is a proxy, with a Create-Session of its own.  Any other id
 * may be given out again where s may be over, or was left behind. */
static bool is_succeeded(const struct session *s, const struct session *next, const struct exchange *x, struct bits_str id)
{
	bool is_guid = bits_is_guid(id);

	if (is_guid && same_addr(&s->pub.ends.client.addr, &x->pub.ends.client.addr))
		return was_to_end(s) && next->create_conn == x->pub.conn;
	return follows_its_answer(next, x) || (!is_guid && may_be_over(s, x));
}

/* The Ack that gave out the id of s once more was missed, or comes late. */
static struct session *successor_of(struct bits_tracker *t, const struct session *s, const struct exchange *x, struct bits_str id,
                                    const char *path)
{
	struct session *next = find_creating(t, x, path);

	if (next == NULL || next->pub.ordinal <= s->pub.ordinal || !may_have_missed_its_ack(next, x))
		return NULL;
	return is_succeeded(s, next, x, id) ? next : NULL;
}

/* An id that is no GUID, an upload that may be over, and now another size. */
static bool is_another_upload(const struct session *s, const struct exchange *x, struct bits_str id)
{
	uint64_t known = s->pub.upload.size, total = request_of(x)->total;

	return !bits_is_guid(id) && known != BITS_SIZE_UNKNOWN && total != BITS_SIZE_UNKNOWN && known != total && may_be_over(s, x);
}

static void note_doubts(struct session *s, int more)
{
	s->doubts += (unsigned)more;
	s->pub.may_be_two = s->doubts > 0;
}

/* An older session of this id that nobody ended has this connection, and s has not: x may be one of its packets. */
static bool may_be_of_older(const struct session *s, const struct conn *c)
{
	const GList *l = s->bearer->link.prev;

	if (session_has_conn(s, c->ordinal))
		return false;
	for (unsigned looked_at = 0; l != NULL && looked_at < REGISTRY_SAME_ID_MAX; l = l->prev, looked_at++) {
		const struct session *older = ((const struct bearer *)l->data)->session;

		if (older != NULL && !was_to_end(older) && session_has_conn(older, c->ordinal))
			return true;
	}
	return false;
}

/* Between what is known of s and x, which goes on with it, somebody may have ended it and created another, whom the server gave
 * the same id: requests are missing there, or may be. */
static void doubt_identity(struct session *s, const struct exchange *x, struct bits_str id)
{
	struct conn *c = x->conn;
	bool         is_new = !session_has_conn(s, c->ordinal);

	if (request_of(x)->packet != BITS_PACKET_FRAGMENT || bits_is_guid(id))
		return;
	if (may_be_of_older(s, c)) {
		note_doubts(s, 1);
		return;
	}
	if (s->pub.fragments == 0)
		return;
	if (is_new && !c->requests_from_start && c->doubted == NULL)
		c->doubted = session_ref(s);
	else if (!s->lacks_requests && !(is_new && (c->hole[BITS_CLIENT] || !c->requests_from_start)))
		return;
	note_doubts(s, 1);
}

void registry_began(struct conn *c)
{
	c->requests_from_start = true;
	if (c->doubted != NULL)
		note_doubts(c->doubted, -1);
	g_clear_pointer(&c->doubted, session_unref);
}

static bool gives_out(const struct bits_message *a, struct bits_str id)
{
	g_autofree char *given = bits_session_id_key(a->text[BITS_FIELD_SESSION_ID]), *key = bits_session_id_key(id);

	return is_success(a->status) && bits_message_has(a, BITS_FIELD_PROTOCOL) && !bits_message_has(a, BITS_FIELD_RECEIVED) &&
	       strcmp(given, key) == 0;
}

/* Its sender had heard an Ack that gives out the id of s, and s had Fragments before: the Create-Session is missing, and each
 * successful one begins an upload (reference 8, trap 27). */
static bool was_given_again(const struct session *s, const struct exchange *x, struct bits_str id)
{
	uint64_t heard = x->pub.request_at.first.heard;

	if (s->pub.fragments == 0 || heard == BITS_HEARD_UNKNOWN)
		return false;
	for (const GList *l = x->conn->held.head; l != NULL; l = l->next) {
		const struct exchange *held = l->data;

		if (held->pub.answer_at.head_end <= heard && gives_out(held->pub.answer, id))
			return true;
	}
	return false;
}

static struct session *session_of_id(struct bits_tracker *t, const struct exchange *x, struct bits_str id,
                                     const char *path)
{
	g_autofree char *key = lookup_key(id, path);
	struct given_id *given = id_of(t, key);
	struct bearer   *b = given != NULL ? find_on_server(given, x, path, bits_is_guid(id)) : NULL;
	struct session  *s, *next;

	if (b != NULL)
		s = b->session; /* one that was ended and told of can take no more bytes: what follows is a session of its own */
	else
		s = given != NULL ? find_on_farm(given, x, path) : NULL;
	if (s != NULL && was_given_again(s, x, id))
		s = NULL;
	next = s != NULL ? successor_of(t, s, x, id, path) : NULL;
	if (s != NULL && next == NULL && !is_another_upload(s, x, id)) {
		doubt_identity(s, x, id);
		return s;
	}
	s = next != NULL ? next : find_creating(t, x, path);
	if (s == NULL || !may_have_missed_its_ack(s, x))
		s = course_open(t, x, BITS_STATE_UNSEEN);
	give_id(t, s, id, key);
	return s;
}

/* An imitation has no ids that we know; its X-Session-Id, or its path, keeps its requests together. */
static struct session *session_of_imitation(struct bits_tracker *t, const struct exchange *x, const char *path)
{
	struct bits_str  id = request_of(x)->text[BITS_FIELD_X_SESSION_ID];
	g_autofree char *name = id.n > 0 ? bits_str_dup(id) : g_strdup(path);
	g_autofree char *key = g_strconcat("imitation ", name, NULL);
	struct walk      walk = walk_of(id_of(t, key));
	struct bearer   *b;
	struct session  *s;

	while ((b = older_bearer(&walk)) != NULL) {
		s = b->session;
		if (s != NULL && same_end(&s->pub.ends.server, &x->pub.ends.server))
			return s;
	}
	s = course_open(t, x, BITS_STATE_NONE);
	enter(t, s, key);
	tie_twin_of_id(s, false);
	return s;
}

struct session *registry_of_request(struct bits_tracker *t, struct conn *c, struct exchange *x)
{
	const struct bits_message *m = request_of(x);
	struct bits_str            id = m->text[BITS_FIELD_SESSION_ID];
	g_autofree char           *path = url_path(m->target);

	switch (m->packet) {
	case BITS_PACKET_CREATE_SESSION:
		return session_of_create(t, x, path);
	case BITS_PACKET_IMITATION:
		return session_of_imitation(t, x, path);
	case BITS_PACKET_NOTIFICATION:
		return NULL;
	case BITS_PACKET_PING: /* belongs to no session ([MC-BUP] 2.2.4.2); counted with its connection's (trap 29) */
		break;
	default:
		if (id.n > 0)
			return session_of_id(t, x, id, path);
	}
	if (c->session != NULL && !c->session->has_ended && same_path(c->session, path))
		return c->session;
	return NULL;
}

/* Its first packet followed the Ack that gave out its id, or no packet of it was answered yet. */
static bool may_be_created_by(const struct session *s, const struct exchange *create)
{
	return s->pub.state == BITS_STATE_UNSEEN || (!s->pub.created_here && is_earlier(sent_by(create), &s->pub.first));
}

/* Its first packet came from one who had heard the whole Ack to create: on that connection the Ack came late. */
static bool followed_the_ack(const struct session *s, const struct exchange *create)
{
	const struct bits_where *first = &s->pub.first;
	uint64_t                 end = create->pub.answer_at.head_end;

	return first->conn == create->pub.conn && first->heard != BITS_HEARD_UNKNOWN && end != BITS_AT_UNKNOWN && first->heard >= end;
}

/* A session that a request opened under this id before its Create-Session was known (another tap, another order, a
 * second copy of a lost segment). */
static struct session *opened_early(struct bits_tracker *t, const struct session *s, const struct exchange *create,
                                    const char *key)
{
	struct walk    walk = walk_of(id_of(t, key));
	struct bearer *b;

	while ((b = older_bearer(&walk)) != NULL) {
		struct session *other = b->session;

		if (other != NULL && other != s && may_be_created_by(other, create) &&
		    same_end(&other->pub.ends.server, &create->pub.ends.server) &&
		    (!session_has_conn(other, create->pub.conn) || followed_the_ack(other, create)))
			return other;
	}
	return NULL;
}

bool registry_created(struct bits_tracker *t, struct exchange *x, struct bits_str id)
{
	struct session  *s = x->session, *early;
	g_autofree char *key = lookup_key(id, s->path ? s->path : "");

	not_creating(t, s);
	if (s->bearer != NULL) /* its client goes on under another: two sessions, whatever the answer says */
		return strcmp(s->bearer->id->key, key) == 0;
	early = opened_early(t, s, x, key);
	if (early == NULL)
		give_id(t, s, id, key);
	if (early == NULL || s->pub.fragments > 0) /* which were sent without an id */
		return true;
	course_merge(t, x, early);
	return true;
}

const GList *registry_same_id(const struct session *s)
{
	return s->bearer != NULL ? s->bearer->id->bearers.tail : NULL;
}

void registry_forget(struct bits_tracker *t, struct session *s)
{
	take_id(t, s);
	not_creating(t, s);
}

/* As if nobody else had its id. */
static uint64_t text_of(const struct bearer *b)
{
	return strlen(b->id->key) + (b->path != NULL ? strlen(b->path) : 0);
}

void registry_bury(struct bits_tracker *t, struct session *s)
{
	struct bearer *b = g_steal_pointer(&s->bearer);

	not_creating(t, s);
	if (b == NULL)
		return;
	b->path = g_steal_pointer(&s->path);
	b->session = NULL;
	t->ended_bytes += text_of(b);
	g_queue_push_tail_link(&t->ended, &b->ended);
	while (t->ended.length > REGISTRY_ENDED_MAX || t->ended_bytes > REGISTRY_ENDED_BYTES) {
		struct bearer *oldest = g_queue_pop_head_link(&t->ended)->data;

		t->ended_bytes -= text_of(oldest);
		leave(t, oldest);
		t->stats.evicted++;
	}
}

void registry_init(struct bits_tracker *t)
{
	t->by_key = g_hash_table_new(bits_name_hash, bits_name_equal); /* the keys lie in the values, or in the sessions */
	t->creating = g_hash_table_new(hash_creating, same_creating);
}

void registry_clear(struct bits_tracker *t)
{
	GHashTableIter i;
	gpointer       value;

	g_hash_table_iter_init(&i, t->by_key);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		struct given_id *id = value;

		while (id->bearers.head != NULL)
			bearer_free(g_queue_pop_head_link(&id->bearers)->data);
		g_free(id);
	}
	g_hash_table_unref(t->by_key);
	g_hash_table_unref(t->creating);
}
