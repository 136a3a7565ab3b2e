/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_course.c - a session from its first packet to the last call about it. */
#include "core/bits_private.h"

#include "core/bits_conn.h"
#include "tests/talk.h"

#define BEGIN CREATE("") CREATED("")

static void goes_from_its_first_packet_to_its_end(void **state)
{
	static const struct {
		const char *name, *talk;
		const char *tells[4];
		const char *never;
	} cases[] = {
		{ "created and left open", BEGIN, { "step 1 init -> receive", ": open, none" }, NULL },
		{ "refused before it began", CREATE("") ANSWER("", "403", ""), { "refused session 1", ": refused, none" }, "step" },
		{ "refused, and created at the second attempt: two sessions", CREATE("") ANSWER("", "403", "") BEGIN,
		  { "ended 1 - a.bin: refused", "ended 2 " TALK_ID " a.bin: open" }, NULL },
		{ "challenged, and created by the next leg: one session", CREATE("") ANSWER("", "401", "") BEGIN,
		  { "challenged session 1", "created session 1", "ended 1 " TALK_ID }, "session 2" },
		{ "cancelled", BEGIN FRAGMENT("", "0-9/20", 10) ACK_AT("", "10") CANCEL("") ACK(""),
		  { "step 1 receive -> cancelled", ": cancelled, partial" }, NULL },
		{ "a Close that was refused closes nothing", BEGIN CLOSE("") ANSWER("", "500", ""), { ": open, none" }, "complete" },
		{ "disowned by the server, and taken up again after all",
		  BEGIN FRAGMENT("", "0-9/10", 10) ANSWER("", "500", "BITS-Error-Code: 0x8020001F\n") FRAGMENT("", "0-9/10", 10)
		  ACK_AT("", "10"), { "step 1 receive -> lost", "step 1 lost -> wait-close", ": open, complete" }, NULL },
		{ "without a Fragment between Create and Close on one connection: an empty file", BEGIN CLOSE("") ACK(""),
		  { ": closed, complete 0" }, NULL },
		{ "the same of a proxy, which has other connections: nobody knows", BEGIN
		  TALK_REQUEST("", "Close-Session", "/in/a.bin", "Via: 1.1 p\nBITS-Session-Id: " TALK_ID "\nContent-Length: 0\n\n") ACK(""),
		  { ": closed, none size unknown" }, NULL },
		{ "the same where frames were dropped: nobody knows", BEGIN "!!! dropped\n" CLOSE("") ACK(""), { ": closed, none size unknown" },
		  NULL },
		{ "... behind it: one of them may be of between", BEGIN CLOSE("") ACK("") "!!! dropped\n" PING("") ACK(""),
		  { ": closed, none size unknown" }, NULL },
		{ "the same with a hole between: nobody knows", BEGIN "!!! lost client 100\n" ACK("") CLOSE("") ACK(""),
		  { ": closed, none size unknown" }, NULL },
		{ "the same over two connections: nobody knows", BEGIN CLOSE("on B") ACK("on B"), { ": closed, none size unknown" }, NULL },
		{ "the same with bytes between that could not be read: nobody knows",
		  BEGIN ">>>\n{300}\n" ACK("") CLOSE("") ACK(""), { ": closed, none size unknown" }, NULL },
		{ "a doubtful answer moves nothing",
		  BEGIN FRAGMENT("", "0-4/15", 5) FRAGMENT("blind", "5-9/15", 5) "!!! lost server 90\n" FRAGMENT("", "10-14/15", 5)
		  ACK_AT("", "15"), { "last (doubtful)", ": open, unconfirmed 15" }, "wait-close" },
		{ "an upload from Create to Close", BEGIN FRAGMENT("", "0-9/10", 10) ACK_AT("", "10") CLOSE("") ACK(""),
		  { ": closed, complete 10" }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_story(cases[i].name, cases[i].talk, cases[i].tells, G_N_ELEMENTS(cases[i].tells), cases[i].never);
}

/* The Fragment's connection comes first in the capture, and brings the id; the Create-Session's frames come after it. */
static void a_create_session_joins_what_was_open(void **state)
{
	static const char talk[] = CREATE_AT("blind", "/in/a.bin")           /* session 1, waits for its Ack              */
		CREATE_AT("blind", "/in/a.bin")                              /* pipelined: an error, told of session 2    */
		FRAGMENT_OF("on B", TALK_OTHER, "/in/b.bin", "0-9/20", 10)   /* session 3 by its id                       */
		CREATED_AS("", TALK_OTHER) ACK("");
	static const char *const tells[] = { "joined 1 to 3", "ended 3 " TALK_OTHER };

	(void)state;
	expect_story("joins by the id of the Create Ack", talk, tells, G_N_ELEMENTS(tells), "ended 1");
}

/* Who asks for a name and password asks each client twice. */
static void a_challenged_create_session_joins_as_well(void **state)
{
	static const char talk[] = FRAGMENT("on B", "0-9/10", 10) /* session 1 by its id; its Ack comes late */
		CREATE("") ANSWER("", "401", "") BEGIN        /* session 2 until it is answered      */
		ACK_AT("on B", "10") CLOSE("on B") ACK("on B");
	static const char *const tells[] = { "joined 2 to 1", "ended 1 " TALK_ID " a.bin: closed, complete 10" };

	(void)state;
	expect_story("joins after a challenge", talk, tells, G_N_ELEMENTS(tells), "ended 2");
}

/* Two uploads of one client to one URL, at the same time: the Ack that created the first is missing. */
static void bytes_go_to_the_session_of_their_id(void **state)
{
	static const char talk[] = CREATE("") "!!! lost server 200\n" CREATE("on B")
		FRAGMENT("", "0-9/10", 10)                                  /* under the id that nobody saw given out */
		CREATED_AS("on B", TALK_OTHER) FRAGMENT_OF("on B", TALK_OTHER, "/in/a.bin", "0-4/10", 5) ACK_AT("on B", "5")
		ACK_AT("", "10");
	static const char *const tells[] = { TALK_OTHER " a.bin: open, partial 10 gaps [5,10)", TALK_ID " a.bin: open, complete 10" };

	(void)state;
	expect_story("two ids, two files", talk, tells, G_N_ELEMENTS(tells), TALK_OTHER " a.bin: open, complete");
}

/* ---- white box: caps, and what is kept of a dropped session ----------------------------------------------------- */

struct told {
	unsigned ended, joined;
	uint64_t last_ended;
};

static void on_ended(const struct bits_session *s, void *user)
{
	struct told *y = user;

	y->ended++;
	y->last_ended = s->ordinal;
}

static void on_joined(const struct bits_session *from, const struct bits_session *into, void *user)
{
	struct told *y = user;

	assert_int_not_equal(from->ordinal, into->ordinal);
	y->joined++;
}

static const struct bits_sink sink = { .ended = on_ended, .joined = on_joined };

static struct session *open_session(struct bits_tracker *t)
{
	static const struct bits_message create = { .packet = BITS_PACKET_CREATE_SESSION, .dialect = BITS_DIALECT_BITS };
	struct exchange                  x = { .pub = { .request = &create } };

	return course_open(t, &x, BITS_STATE_COMPLETE);
}

static void the_oldest_lingering_session_ends_first(void **state)
{
	struct told          y = { 0 };
	struct bits_tracker *t = bits_tracker_new(&sink, &y, NULL);

	(void)state;
	for (unsigned i = 0; i < COURSE_LINGERING_MAX; i++)
		course_let_linger(t, open_session(t));
	assert_int_equal(y.ended, 0);
	course_let_linger(t, open_session(t));
	assert_int_equal(y.ended, 1);
	assert_int_equal(y.last_ended, 1);
	course_let_linger(t, NULL);
	bits_tracker_finish(t);
	assert_int_equal(y.ended, COURSE_LINGERING_MAX + 1);
	bits_tracker_free(t);
}

static void what_is_not_over_does_not_linger(void **state)
{
	struct told          y = { 0 };
	struct bits_tracker *t = bits_tracker_new(&sink, &y, NULL);
	struct session      *s = open_session(t);

	(void)state;
	s->pub.state = BITS_STATE_WAIT_CLOSE;
	course_let_linger(t, s);
	assert_false(s->lingers);
	s->pub.state = BITS_STATE_COMPLETE;
	s->open_bodies = 1; /* a Fragment whose bytes are still coming */
	course_let_linger(t, s);
	assert_false(s->lingers);
	s->open_bodies = 0;
	course_let_linger(t, s);
	assert_true(s->lingers);
	assert_int_equal(t->lingering.length, 1);
	course_let_linger(t, s); /* twice is once */
	assert_int_equal(t->lingering.length, 1);
	bits_tracker_finish(t);
	bits_tracker_free(t);
}

/* A session that was given this id, and ended. */
static void end_one(struct bits_tracker *t, unsigned id)
{
	g_autofree char *text = g_strdup_printf("%u", id);
	struct exchange  create = { .session = open_session(t) };

	registry_created(t, &create, bits_str_of(text));
	course_end(t, create.session);
}

static void ids_of_ended_sessions_have_a_cap(void **state)
{
	struct told          y = { 0 };
	struct bits_tracker *t = bits_tracker_new(&sink, &y, NULL);

	(void)state;
	course_end(t, open_session(t)); /* without an id: nothing of it is kept */
	for (unsigned i = 0; i < REGISTRY_ENDED_MAX; i++)
		end_one(t, i);
	assert_int_equal(bits_tracker_stats(t)->evicted, 0);
	assert_int_equal(t->ended.length, REGISTRY_ENDED_MAX);
	assert_int_equal(g_hash_table_size(t->by_key), REGISTRY_ENDED_MAX);
	end_one(t, REGISTRY_ENDED_MAX);
	assert_int_equal(bits_tracker_stats(t)->evicted, 1);
	assert_int_equal(t->ended.length, REGISTRY_ENDED_MAX);
	assert_int_equal(g_hash_table_size(t->by_key), REGISTRY_ENDED_MAX);
	assert_int_equal(((struct bearer *)t->ended.head->data)->ordinal, 3);
	bits_tracker_free(t);
}

static void of_the_living_the_one_silent_longest_is_given_up(void **state)
{
	struct told          y = { 0 };
	struct bits_tracker *t = bits_tracker_new(&sink, &y, NULL);
	struct session      *first = open_session(t);

	(void)state;
	for (unsigned i = 1; i < COURSE_LIVE_MAX; i++)
		open_session(t);
	assert_int_equal(y.ended, 0);
	course_touch(t, first);
	open_session(t);
	assert_int_equal(y.ended, 1);
	assert_int_equal(y.last_ended, 2);
	assert_int_equal(bits_tracker_stats(t)->given_up, 1);
	course_let_linger(t, first); /* one that lingers may go, too */
	for (unsigned i = 0; i < COURSE_LIVE_MAX; i++)
		open_session(t);
	assert_int_equal(t->sessions.length, COURSE_LIVE_MAX);
	assert_int_equal(t->by_age.length, COURSE_LIVE_MAX);
	assert_int_equal(t->lingering.length, 0);
	bits_tracker_finish(t);
	assert_int_equal(y.ended, 2 * COURSE_LIVE_MAX + 1);
	bits_tracker_free(t);
}

static void too_many_bytes_of_messages_cost_the_others(void **state)
{
	struct told          y = { 0 };
	struct bits_tracker *t = bits_tracker_new(&sink, &y, NULL);
	struct session      *first = open_session(t);

	(void)state;
	open_session(t);
	open_session(t);
	t->held = COURSE_HELD_MAX;
	course_touch(t, first);
	assert_int_equal(y.ended, 0);
	t->held++;
	course_touch(t, first);
	assert_int_equal(y.ended, 2);
	assert_int_equal(t->sessions.length, 1);
	assert_int_equal(bits_tracker_stats(t)->given_up, 2);
	t->held = 0;
	bits_tracker_finish(t);
	bits_tracker_free(t);
}

/* What the sink hears of a session that is given up while its Fragment is under way. */
struct left {
	unsigned ended, late, findings, unanswered;
	bool     is_partial, is_complete;
};

static void on_left(const struct bits_session *s, void *user)
{
	struct left *y = user;

	if (y->ended++ > 0)
		return;
	y->is_partial = s->evidence_partial;
	y->is_complete = bits_session_file_state(s) == BITS_FILE_COMPLETE;
}

static void on_late_bytes(const struct bits_exchange *x, uint64_t offset, struct bits_str data, const struct bits_where *w, void *user)
{
	(void)offset;
	(void)data;
	(void)w;
	((struct left *)user)->late += ((struct left *)user)->ended > 0 && x->session->ordinal == 1;
}

static void on_late_settled(const struct bits_exchange *x, struct bits_range r, bool kept, void *user)
{
	(void)r;
	(void)kept;
	((struct left *)user)->late += ((struct left *)user)->ended > 0 && x->session->ordinal == 1;
}

static void on_late_step(const struct bits_session *s, enum bits_state from, void *user)
{
	(void)from;
	((struct left *)user)->late += ((struct left *)user)->ended > 0 && s->ordinal == 1;
}

static void on_left_finding(const struct bits_finding *f, void *user)
{
	((struct left *)user)->findings += f->severity > BITS_NOTE && !f->undecided;
}

static void on_left_unanswered(const struct bits_exchange *x, enum bits_close how, const struct bits_where *w, void *user)
{
	(void)x;
	(void)w;
	((struct left *)user)->unanswered += how == BITS_CLOSE_OPEN;
}

static void say(struct bits_conn *c, unsigned d, const char *bytes, struct bits_where *w)
{
	static uint64_t sent[2];

	w->frame++;
	w->order++;
	w->at = sent[d];
	w->heard = sent[!d];
	bits_conn_data(c, d, bits_str_of(bytes), w, true);
	sent[d] += strlen(bytes);
}

#define HEAD(packet, more) "BITS_POST /a HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: " packet "\r\n" more "\r\n"
#define ANSWER_OK(more)    "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\n" more "Content-Length: 0\r\n\r\n"
#define GUID               "{7df0354d-249b-430f-820d-3d2a9bef4931}"
#define OF_IT              "BITS-Session-Id: " GUID "\r\n"
#define OF_OTHER           "BITS-Session-Id: {0df0354d-249b-430f-820d-3d2a9bef4931}\r\n"
#define HALF(range)        "Content-Range: bytes " range "/10\r\nContent-Length: 5\r\n"

static void a_session_that_was_given_up_is_told_of_no_more_and_accuses_nobody(void **state)
{
	static const struct bits_sink of_left = {
		.ended = on_left, .bytes = on_late_bytes, .settled = on_late_settled, .step = on_late_step,
		.finding = on_left_finding, .unanswered = on_left_unanswered,
	};
	const struct bits_end ends[2] = { { { .family = 4, .bytes = { 10, 0, 0, 2 } }, 50000 },
	                                  { { .family = 4, .bytes = { 10, 0, 0, 1 } }, 80 } };
	struct left           y = { 0 };
	struct bits_tracker  *t = bits_tracker_new(&of_left, &y, NULL);
	struct bits_conn     *c = bits_conn_new(t, 1, ends, true);
	struct bits_where     w = { .conn = 1 };
	const struct conn    *core;

	(void)state;
	say(c, 0, HEAD("Create-Session", "BITS-Supported-Protocols: " GUID "\r\nContent-Length: 0\r\n"), &w);
	say(c, 1, ANSWER_OK(OF_IT "BITS-Protocol: " GUID "\r\n"), &w);
	say(c, 0, HEAD("Fragment", OF_IT HALF("0-4")) "01", &w);
	for (unsigned i = 0; i < COURSE_LIVE_MAX; i++)
		open_session(t);
	assert_int_equal(y.ended, 1);
	assert_int_equal(y.unanswered, 1);
	/* of what its connection kept nothing is left, not even what is under way: its head may be long */
	assert_non_null(core = g_hash_table_lookup(t->conns, &(gint64){ 1 }));
	assert_int_equal(core->recent.length, 0);
	assert_null(core->sending);
	assert_null(core->session);
	assert_true(y.is_partial);
	assert_false(y.is_complete);
	say(c, 0, "234", &w);
	say(c, 1, ANSWER_OK("BITS-Received-Content-Range: 5\r\n"), &w);
	say(c, 0, HEAD("Create-Session", "BITS-Supported-Protocols: " GUID "\r\nContent-Length: 0\r\n"), &w);
	say(c, 1, ANSWER_OK(OF_OTHER "BITS-Protocol: " GUID "\r\n"), &w);
	say(c, 0, HEAD("Fragment", OF_IT HALF("5-9")) "56789", &w); /* a session of its own by now */
	say(c, 1, ANSWER_OK("BITS-Received-Content-Range: 10\r\n"), &w);
	say(c, 0, HEAD("Close-Session", OF_IT "Content-Length: 0\r\n"), &w);
	say(c, 1, "HTTP/1.1 500 Gone\r\nBITS-Packet-Type: Ack\r\nBITS-Error-Code: 0x8020001F\r\nBITS-Error-Context: 0x5\r\nContent-Length: 0\r\n\r\n", &w);
	bits_conn_close(c, BITS_TCP_FIN, 0, &w);
	bits_tracker_finish(t);
	assert_int_equal(y.late, 0);
	assert_int_equal(y.findings, 0);
	bits_conn_free(c);
	bits_tracker_free(t);
}

/* What the books hold while the second attempt at a Create-Session waits, which says `agent` of itself. */
static uint64_t held_with(const char *agent)
{
	static const struct bits_end  ends[2] = { { .port = 1 }, { .port = 2 } };
	struct told                   y = { 0 };
	struct bits_tracker          *t = bits_tracker_new(&sink, &y, NULL);
	struct bits_conn             *c = bits_conn_new(t, 1, ends, true);
	static const char             first[] = HEAD("Create-Session", "Content-Length: 0\r\n");
	static const char             refused[] = "HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n";
	g_autofree char              *second = g_strdup_printf(HEAD("Create-Session", "User-Agent: %s\r\nContent-Length: 0\r\n"), agent);
	struct bits_where             w = { .frame = 1, .order = 1 };
	uint64_t                      held;

	bits_conn_data(c, 0, bits_str_of(first), &w, true);
	w = (struct bits_where){ .frame = 2, .order = 2, .heard = strlen(first) };
	bits_conn_data(c, 1, bits_str_of(refused), &w, true);
	w = (struct bits_where){ .frame = 3, .order = 3, .at = strlen(first), .heard = strlen(refused) };
	bits_conn_data(c, 0, bits_str_of(second), &w, true);
	held = t->held;
	bits_conn_close(c, BITS_TCP_CAPTURE_END, 0, &w);
	bits_conn_free(c);
	bits_tracker_finish(t);
	bits_tracker_free(t);
	return held;
}

/* It stands twice: in the request, and in what is known of the session. */
static void what_comes_again_is_weighed_again(void **state)
{
	g_autofree char *agent = g_strnfill(10000, 'x');

	(void)state;
	assert_true(held_with(agent) - held_with("x") >= 2 * 9999);
}

static void a_joined_session_loses_no_finding(void **state)
{
	struct told          y = { 0 };
	struct bits_tracker *t = bits_tracker_new(&sink, &y, NULL);
	struct conn          c = { .ordinal = 1 };
	struct session      *from = open_session(t), *into = open_session(t);
	struct exchange     *x = exchange_new(&c);
	struct bits_finding  f;

	(void)state;
	exchange_set_session(x, from);
	f = finding_of(BITS_RULE_PIPELINED_REQUEST, x, BITS_CLIENT);
	tell_finding(t, &f);
	from->pub.requests = 2;
	into->pub.requests = 1;
	course_merge(t, x, into);
	assert_int_equal(y.joined, 1);
	assert_ptr_equal(x->session, into);
	assert_int_equal(into->pub.findings[BITS_ERROR], 1);
	assert_int_equal(into->pub.at_fault, 1U << BITS_FAULT_CLIENT);
	assert_int_equal(into->pub.requests, 3);
	assert_int_equal(bits_tracker_stats(t)->sessions, 1);
	exchange_unref(x);
	bits_tracker_finish(t);
	assert_int_equal(y.ended, 1);
	assert_int_equal(y.last_ended, 2);
	bits_tracker_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_from_its_first_packet_to_its_end),
		cmocka_unit_test(a_create_session_joins_what_was_open),
		cmocka_unit_test(a_challenged_create_session_joins_as_well),
		cmocka_unit_test(bytes_go_to_the_session_of_their_id),
		cmocka_unit_test(the_oldest_lingering_session_ends_first),
		cmocka_unit_test(what_is_not_over_does_not_linger),
		cmocka_unit_test(ids_of_ended_sessions_have_a_cap),
		cmocka_unit_test(of_the_living_the_one_silent_longest_is_given_up),
		cmocka_unit_test(too_many_bytes_of_messages_cost_the_others),
		cmocka_unit_test(a_session_that_was_given_up_is_told_of_no_more_and_accuses_nobody),
		cmocka_unit_test(what_comes_again_is_weighed_again),
		cmocka_unit_test(a_joined_session_loses_no_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
