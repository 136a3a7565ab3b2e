/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_registry.c - which session a request belongs to. */
#include "core/bits_private.h"

#include "tests/talk.h"

#define NAMED(w, name)                                                                                              \
	TALK_REQUEST(w, "Create-Session", "/in/a.bin",                                                              \
	             "BITS-Supported-Protocols: {7df0354d-249b-430f-820d-3d2a9bef4931}\nContent-Name: " name "\n"       \
	             "Content-Length: 0\n\n")
#define BEGIN CREATE("") CREATED("")
#define AT(words, id, path) FRAGMENT_OF(words, id, path, "0-9/20", 10)

struct row {
	const char *name, *talk;
	const char *tells[4];
	const char *never;
};

static void expect_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expect_story(rows[i].name, rows[i].talk, rows[i].tells, G_N_ELEMENTS(rows[i].tells), rows[i].never);
}

static void finds_the_session_of_a_request(void **state)
{
	static const struct row rows[] = {
		{ "the same GUID", BEGIN AT("", TALK_ID, "/in/a.bin"), { "Fragment session 1" }, "session 2" },
		{ "in another case and without braces", CREATE("") CREATED_AS("", "{aaaa2222-3333-4444-5555-666677778888}")
		  AT("", "AAAA2222-3333-4444-5555-666677778888", "/in/a.bin"), { "Fragment session 1" }, "session 2" },
		{ "on another connection", BEGIN AT("on B", TALK_ID, "/in/a.bin"), { "Fragment session 1" }, "session 2" },
		{ "a GUID follows its client to another path", BEGIN AT("", TALK_ID, "/elsewhere"), { "Fragment session 1" }, "session 2" },
		{ "another GUID is another session", BEGIN AT("", TALK_OTHER, "/in/a.bin"), { "Fragment session 2" }, NULL },
		{ "an id that is no GUID, the same path", CREATE("") CREATED_AS("", "1") AT("", "1", "/in/a.bin"),
		  { "Fragment session 1" }, "session 2" },
		{ "an id that is no GUID on another path is another upload", CREATE("") CREATED_AS("", "1") AT("", "1", "/in/b.bin"),
		  { "Fragment session 2" }, NULL },
		{ "a GUID follows its path to another client", BEGIN AT("on peer", TALK_ID, "/in/a.bin"), { "Fragment session 1" },
		  "session 2" },
		{ "... whose Create-Session is not in the capture", AT("", "1", "/in/a.bin") ACK("") AT("", "1", "/in/a.bin") ACK("")
		  AT("on B", "1", "/in/a.bin"), { "frame 5 Fragment session 1" }, "session 2" },
		{ "an id that is no GUID from another client is another upload",
		  CREATE("") CREATED_AS("", "1") AT("on peer", "1", "/in/a.bin"), { "Fragment session 2" }, NULL },
		{ "an id that is no GUID keeps its case", CREATE("") CREATED_AS("", "x") AT("", "X", "/in/a.bin"),
		  { "Fragment session 2" }, NULL },
		{ "behind a proxy the same GUID is another session, and says so", BEGIN AT("on back", TALK_ID, "/in/a.bin"),
		  { "Fragment session 2", "same as 1" }, NULL },
		{ "an unknown id joins a Create-Session whose Ack is missing", CREATE("") AT("on B", TALK_ID, "/in/a.bin"),
		  { "Fragment session 1" }, "session 2" },
		{ "... of the same path alone", CREATE("") AT("on B", TALK_ID, "/in/b.bin"), { "Fragment session 2" }, NULL },
		{ "no id: the session of the connection", BEGIN ">>>\nBITS_POST /in/a.bin HTTP/1.1\nBITS-Packet-Type: Fragment\n"
		  "Content-Range: bytes 0-9/10\nContent-Length: 10\n\n{10}\n", { "Fragment session 1" }, NULL },
		{ "no id and another path: of no session", BEGIN ">>>\nBITS_POST /in/b.bin HTTP/1.1\nBITS-Packet-Type: Fragment\n"
		  "Content-Range: bytes 0-9/10\nContent-Length: 10\n\n{10}\n", { "Fragment\n" }, NULL },
		{ "a Ping before anything belongs to nothing", PING("") ACK(""), { "request #1 frame 1 Ping\n" }, "session" },
		{ "a Ping between Fragments counts with its connection's", BEGIN PING("") ACK(""), { "Ping session 1" }, NULL },
		{ "two Creates under way at once are two uploads", CREATE("") CREATE("on B") CREATED("") CREATED_AS("on B", TALK_OTHER),
		  { "ended 1 " TALK_ID, "ended 2 " TALK_OTHER }, NULL },
		{ "a Create whose connection died comes again as the same session", CREATE("") "!!! rst server\n" CREATE("on B")
		  CREATED("on B"), { "created session 1" }, "session 2" },
		{ "... of the same name", NAMED("", "a.doc") "!!! rst server\n" NAMED("on B", "a.doc") CREATED("on B"), { "created session 1" },
		  "session 2" },
		{ "... whose name is the last that was told", NAMED("", "a.doc") ANSWER("", "401", "") CREATE("on B") CREATED("on B"),
		  { "ended 1 " TALK_ID " a.bin" }, "session 2" },
		{ "... but not where it names another file", NAMED("", "a.doc") "!!! rst server\n" NAMED("on B", "A.DOC") CREATED("on B"),
		  { "created session 2" }, "content-name-changed" },
		{ "an imitation keeps together by its own id",
		  ">>>\nBITS_POST /one HTTP/1.1\nX-Session-Id: 7\n\n>>>\nBITS_POST /two HTTP/1.1\nX-Session-Id: 7\n\n",
		  { "frame 2 Imitation session 1" }, "session 2" },
		{ "a notification is of no session",
		  ">>>\nPOST /app HTTP/1.1\nBITS-Original-Request-URL: http://up.example/a\nContent-Length: 0\n\n", { "frame 1 Notification\n" }, "session 1" },
	};

	(void)state;
	expect_rows(rows, G_N_ELEMENTS(rows));
}

/* Packets, exported PDUs and the two sides of a proxy. */
static void knows_what_is_told_twice(void **state)
{
	static const struct row rows[] = {
		{ "exported PDUs tell of the same session once more", BEGIN AT("", TALK_ID, "/in/a.bin") ACK("") CREATE("on pdu")
		  CREATED("on pdu") AT("on pdu", TALK_ID, "/in/a.bin"), { "Fragment session 1", "Fragment session 2", "twin of 1" },
		  "session 3" },
		{ "... whichever of them comes first", CREATE("on pdu") CREATE("") CREATED("") CREATED("on pdu"), { "twin of 1" },
		  "session 3" },
		{ "... also where they come in turns", CREATE("") CREATE("on pdu") CREATED("") CREATED("on pdu")
		  AT("", TALK_ID, "/in/a.bin") AT("on pdu", TALK_ID, "/in/a.bin"), { "Fragment session 1", "Fragment session 2", "twin of 1" },
		  NULL },
		{ "... and no connection of the farm", CREATE("") CREATED("") AT("on pdu2", TALK_ID, "/in/b.bin"),
		  { "Fragment session 2", "twin of 1" }, NULL },
		{ "... with an id that is no GUID, at the same time", CREATE("") CREATED_AS("", "1") CREATE("on pdu")
		  CREATED_AS("on pdu", "1"), { "twin of 1" }, NULL },
		{ "... but not where such an id comes later", CREATE("") CREATED_AS("", "1") CREATE("on pdu late 2000")
		  CREATED_AS("on pdu", "1"), { "ended 2" }, "twin" },
		{ "... of two uploads with one id the nearer", CREATE("") CREATED_AS("", "1") CREATE("on B") CREATED_AS("on B", "1")
		  CREATE("on pdu") CREATED_AS("on pdu", "1"), { "twin of 2" }, NULL },
		{ "... one that has no id", CREATE("") CREATE("on pdu") ANSWER("", "403", "") ANSWER("on pdu", "403", ""),
		  { "twin of 1" }, "session 3" },
		{ "... of an imitation", ">>>\nBITS_POST /one HTTP/1.1\nX-Session-Id: 7\n\n"
		  ">>> on pdu\nBITS_POST /one HTTP/1.1\nX-Session-Id: 7\n\n", { "twin of 1" }, "session 3" },
		{ "... and another export a third time", CREATE("") CREATED("") CREATE("on pdu") CREATED("on pdu") CREATE("on export")
		  CREATED("on export"), { "ended 3", "twin of 1", "twin of 2" }, NULL },
		{ "... of both sides of a proxy", CREATE("") CREATED("") CREATE("on back") CREATED("on back") CREATE("on pdu") CREATED("on pdu")
		  CREATE("on pduback") CREATED("on pduback"), { "same as 1", "twin of 1", "twin of 2" }, NULL },
		{ "... the other side of a proxy alone", CREATE("") CREATED("") CREATE("on pduback") CREATED("on pduback"), { "same as 1" },
		  "twin" },
	};

	(void)state;
	expect_rows(rows, G_N_ELEMENTS(rows));
}

/* ... and the Ack that did so is missing, or comes late. */
static void an_id_may_be_given_out_again(void **state)
{
	static const struct row rows[] = {
		{ "an id given out again, and the Ack that did so is missing: whoever had heard it goes on with the new one",
		  CREATE("") CREATED_AS("", "1") AT("", "1", "/in/a.bin") ACK_AT("", "10") "!!! rst server\n" CREATE("on B")
		  "!!! lost server 90 on B\n" AT("on B", "1", "/in/a.bin"), { "frame 6 Create-Session session 2", "frame 8 Fragment session 2" },
		  NULL },
		{ "... who had heard nothing goes on with the old one", CREATE("") CREATED_AS("", "1") AT("", "1", "/in/a.bin")
		  ACK_AT("", "10") "!!! rst server\n" CREATE("on B") AT("on B blind", "1", "/in/a.bin"), { "frame 7 Fragment session 1" }, NULL },
		{ "... who created elsewhere too", CREATE("") CREATED_AS("", "1") AT("", "1", "/in/a.bin") ACK_AT("", "10") CREATE("on B")
		  "!!! lost server 90 on B\n" AT("", "1", "/in/a.bin"), { "frame 7 Fragment session 1" }, NULL },
		{ "... and so does a client that was told that the server had forgotten the old one",
		  CREATE("") CREATED_AS("", "1") AT("", "1", "/in/a.bin") ANSWER("", "500", "BITS-Error-Code: 0x8020001F\n") CREATE("")
		  "!!! lost server 90\n" AT("", "1", "/in/a.bin"), { "frame 7 Fragment session 2" }, "session-not-found-ignored" },
		{ "two live uploads under one id: what comes on the connection of the older may be of either",
		  CREATE("") CREATED_AS("", "1") CREATE("on B") CREATED_AS("on B", "1") AT("", "1", "/in/a.bin") ACK_AT("", "10")
		  FRAGMENT_OF("", "1", "/in/a.bin", "10-19/20", 10) ACK_AT("", "20"), { "ended 2 1 a.bin: open, partial 20" }, "complete 20" },
		{ "... and on that of the newer is of that", CREATE("") CREATED_AS("", "1") CREATE("on B") CREATED_AS("on B", "1")
		  AT("on B", "1", "/in/a.bin") ACK_AT("on B", "10") FRAGMENT_OF("on B", "1", "/in/a.bin", "10-19/20", 10) ACK_AT("on B", "20"),
		  { "ended 2 1 a.bin: open, complete 20" }, NULL },
		{ "the inner side of a proxy, whose Ack is fed late", CREATE("") CREATE("on peer") CREATED("") "!!! lost server 90 on peer\n"
		  AT("on peer", TALK_ID, "/in/a.bin"), { "frame 5 Fragment session 2" }, NULL },
	};

	(void)state;
	expect_rows(rows, G_N_ELEMENTS(rows));
}

static void an_ended_session_is_not_taken_up_again(void **state)
{
	g_autoptr(GString) talk = g_string_new(BEGIN CLOSE("") ACK(""));
	g_autofree char   *story = NULL;

	(void)state;
	for (unsigned i = 1; i <= COURSE_LINGERING_MAX; i++) {
		g_autofree char *id = g_strdup_printf("{%08x-3333-4444-5555-666677778888}", i);

		g_string_append_printf(talk, CREATE("") CREATED_AS("", "%s")
		                       TALK_REQUEST("", "Close-Session", "/in/a.bin", "BITS-Session-Id: %s\nContent-Length: 0\n\n")
		                       ACK(""), id, id);
	}
	g_string_append(talk, AT("", TALK_ID, "/in/a.bin"));
	story = specimen_told(talk->str);
	assert_non_null(strstr(story, "Fragment session 66\n"));
	assert_non_null(strstr(story, "ended 66 " TALK_ID));
}

/* ---- white box ------------------------------------------------------------------------------------------------- */

/* A Create-Session of this connection that is given this id; its session. */
static struct session *create_as(struct bits_tracker *t, struct conn *c, struct bits_str id)
{
	struct bits_message m = { .packet = BITS_PACKET_CREATE_SESSION, .target = BITS_STR("/in/a.bin") };
	struct exchange    *x = exchange_new(c);
	struct session     *s;

	x->pub.request = &m;
	s = registry_of_request(t, c, x);
	exchange_set_session(x, s);
	session_learn_request(s, &m, &x->pub.ends);
	if (id.n > 0)
		registry_created(t, x, id);
	s->pub.state = BITS_STATE_RECEIVE;
	x->pub.request = NULL; /* no copy: not its to free */
	exchange_unref(x);
	return s;
}

static struct session *create_as_one(struct bits_tracker *t, struct conn *c)
{
	return create_as(t, c, BITS_STR("1"));
}

/* The session of a Fragment of this connection that names the id "1". */
static struct session *session_of_one(struct bits_tracker *t, struct conn *c)
{
	struct bits_message m = { .packet = BITS_PACKET_FRAGMENT, .target = BITS_STR("/in/a.bin"),
		                  .has = BITS_FIELD_BIT(BITS_FIELD_SESSION_ID) };
	struct exchange    *x = exchange_new(c);
	struct session     *s;

	m.text[BITS_FIELD_SESSION_ID] = BITS_STR("1");
	x->pub.request = &m;
	s = registry_of_request(t, c, x);
	x->pub.request = NULL;
	exchange_unref(x);
	return s;
}

/* Some servers have but one id: only the latest sessions under it are looked at. */
static void looks_at_the_latest_sessions_of_an_id(void **state)
{
	const struct bits_sink sink = { .packet = NULL };
	struct bits_tracker   *t = bits_tracker_new(&sink, NULL, NULL);
	struct conn            first = { .ordinal = 1, .ends = { .client = { { .family = 4, .bytes = { 10, 0, 0, 2 } }, 40000 } } };
	struct conn            other = { .ordinal = 2, .ends = { .client = { { .family = 4, .bytes = { 10, 0, 0, 3 } }, 40000 } } };
	struct session        *s = create_as_one(t, &first), *latest = s;

	(void)state;
	assert_string_equal(s->pub.id, "1");
	for (unsigned i = 1; i < REGISTRY_SAME_ID_MAX; i++) {
		latest = create_as_one(t, &other);
		assert_int_equal(latest->pub.ordinal, i + 1);
		assert_ptr_equal(session_of_one(t, &other), latest);
	}
	assert_ptr_equal(session_of_one(t, &first), s); /* the oldest that is looked at */
	create_as_one(t, &other);
	assert_ptr_not_equal(session_of_one(t, &first), s); /* now one too old */
	bits_tracker_free(t);
}

static void forgets_a_session_for_good(void **state)
{
	const struct bits_sink sink = { .packet = NULL };
	struct bits_tracker   *t = bits_tracker_new(&sink, NULL, NULL);
	struct conn            c = { .ordinal = 1 };
	struct session        *s = create_as_one(t, &c);

	(void)state;
	assert_ptr_equal(session_of_one(t, &c), s);
	registry_forget(t, s);
	assert_null(s->bearer);
	assert_ptr_not_equal(session_of_one(t, &c), s);
	bits_tracker_free(t);
}

/* What has ended takes no more bytes: under its id, or where it was created without one, comes another session. */
static void an_ended_session_is_not_gone_on_with(void **state)
{
	static const struct {
		const char *name, *id;
	} cases[] = {
		{ "with an id", "1" },
		{ "without one", "" },
	};
	const struct bits_sink sink = { .packet = NULL };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_tracker *t = bits_tracker_new(&sink, NULL, NULL);
		struct conn          c = { .ordinal = 1 };
		struct session      *s = session_ref(create_as(t, &c, bits_str_of(cases[i].id)));

		s->pub.state = BITS_STATE_COMPLETE;
		course_end(t, s);
		expect_in_row(cases[i].name, session_of_one(t, &c) != s);
		expect_in_row(cases[i].name, t->ended.length == strlen(cases[i].id));
		session_unref(s);
		bits_tracker_free(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_session_of_a_request),
		cmocka_unit_test(knows_what_is_told_twice),
		cmocka_unit_test(an_id_may_be_given_out_again),
		cmocka_unit_test(an_ended_session_is_not_taken_up_again),
		cmocka_unit_test(looks_at_the_latest_sessions_of_an_id),
		cmocka_unit_test(forgets_a_session_for_good),
		cmocka_unit_test(an_ended_session_is_not_gone_on_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
