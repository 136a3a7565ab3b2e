/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_tracker.c - the front door: what events become, and what it holds back. */
#include "core/bits_private.h"

#include "tests/talk.h"

#define BEGIN CREATE("") CREATED("")

#define CREATED_ANEW(words)                                                                                      \
	ANSWER(words, "200", "BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}\nBITS-Session-Id: " TALK_ID     \
	       "\nDate: today\nAccept-Encoding: identity\n")

static void tells_what_events_mean(void **state)
{
	static const struct {
		const char *name, *talk;
		const char *tells[4];
		const char *never;
	} cases[] = {
		{ "plain HTTP is nobody's business", GET("") ACK(""), { NULL }, "answer" },
		{ "an interim answer answers nothing", PING("") "<<<\nHTTP/1.1 100 Continue\n\n" ACK(""),
		  { "answer #1 frame 3 200 to frame 1" }, "frame 2" },
		{ "a GET between two packets keeps the pairs right", PING("") ACK("") GET("") "<<<\nHTTP/1.1 304 Not\n\n" PING("") ACK(""),
		  { "answer #1 frame 2 200 to frame 1", "answer #2 frame 6 200 to frame 5" }, "304" },
		{ "a HEAD between: its answer has no body, whatever its length says",
		  ">>>\nHEAD /in/a.bin HTTP/1.1\n\n<<<\nHTTP/1.1 200 OK\nContent-Length: 50\n\n" PING("") ACK(""),
		  { "answer #1 frame 4 200 to frame 3: pong" }, "head-lost" },
		{ "an Ack that nobody asked for, on a connection known from its SYN", PING("") ACK("") ACK(""),
		  { "answer #2 frame 3 200 to nothing seen", "finding error server response-without-request" }, NULL },
		{ "the same where the capture began later: nobody is accused", "!!! midstream A\n" PING("") ACK("") ACK(""), { NULL },
		  "finding error" },
		{ "an answer that is no Ack and answers nothing is not told", PING("") ACK("") "<<<\nHTTP/1.1 408 Timeout\nContent-Length: 0\n\n",
		  { NULL }, "408" },
		{ "bytes passed over before the first packet are told once it is BITS", 
		  "!!! midstream A\n>>>\n{30}\n<<<\n{30}\n" PING("") ACK(""), { "finding note none head-lost frames 1" }, NULL },
		{ "bytes passed over on a connection that is not BITS are not told",
		  "!!! midstream A\n>>>\n{30}\n<<<\n{30}\n" GET("") "<<<\nHTTP/1.1 304 Not\n\n", { NULL }, "finding" },
		{ "a capture that begins in a first line",
		  "!!! midstream A\n>>>\nTS_POST /in/a.bin HTTP/1.1\nBITS-Packet-Type: Ping\nContent-Length: 0\n\n" ACK(""),
		  { "finding undecided error client method-not-bits-post frames 1" }, "finding error" },
		{ "the next one is whole",
		  "!!! midstream A\n" PING("") ACK("") ">>>\nTS_POST /in/a.bin HTTP/1.1\nBITS-Packet-Type: Ping\nContent-Length: 0\n\n"
		  ACK(""), { "finding error client method-not-bits-post frames 3" }, NULL },
		{ "a server that says yes to everything creates nothing", CREATE("") "<<<\nHTTP/1.1 200 OK\nContent-Length: 0\n\n",
		  { "200 to frame 1: refused session 1" }, "step" },
		{ "an id that is given out while its session goes on", CREATE("") CREATED("") CREATE("on peer") CREATED_ANEW("on peer")
		  FRAGMENT("", "0-9/20", 10) ACK_AT("", "10"), { "finding error server session-id-not-unique frames" }, NULL },
		{ "... whose last answer came later, to what was sent before", CREATE("") CREATED("") CLOSE("") CREATE("on peer")
		  CREATED_ANEW("on peer") ACK(""), { "closed session 1" }, "session-id-not-unique" },
		{ "... within the Create-Session of another: a proxy that hands it on", CREATE("") CREATE("on peer") CREATED("on peer")
		  CREATED_ANEW("") FRAGMENT("", "0-9/20", 10) FRAGMENT("on peer", "0-9/20", 10) ACK_AT("on peer", "10") ACK_AT("", "10"),
		  { "created session 2" }, "session-id-not-unique" },
		{ "two Content-Lengths that differ", ">>>\nBITS_POST /a HTTP/1.1\nBITS-Packet-Type: Ping\nContent-Length: 0\nContent-Length: 1\n\n",
		  { "finding error client duplicate-framing-header frames 1" }, NULL },
		{ "... of a head that may be the middle of a body, and that nobody answered",
		  "!!! midstream A\n>>>\nBITS_POST /a HTTP/1.1\nBITS-Packet-Type: Ping\nContent-Length: 0\nContent-Length: 1\n\n",
		  { "finding undecided error client duplicate-framing-header frames 1" }, NULL },
		{ "a Create-Session without its protocols, at the beginning of what the capture has",
		  "!!! midstream A\n" TALK_REQUEST("", "Create-Session", "/a", "Content-Length: 0\n\n") CREATED(""),
		  { "finding error client protocols-missing frames 1" }, NULL },
		{ "... that was answered with received bytes: text of their Fragment",
		  "!!! midstream A\n" TALK_REQUEST("", "Create-Session", "/a", "Content-Length: 0\n\n") ACK_AT("", "700"),
		  { "finding undecided error client protocols-missing frames 1" }, "finding error" },
		{ "two Content-Lengths that agree", ">>>\nBITS_POST /a HTTP/1.1\nBITS-Packet-Type: Ping\nContent-Length: 0\nContent-Length: 0\n\n",
		  { NULL }, "finding" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_story(cases[i].name, cases[i].talk, cases[i].tells, G_N_ELEMENTS(cases[i].tells), cases[i].never);
}

static unsigned count(const char *story, const char *what)
{
	unsigned n = 0;

	for (const char *p = story; (p = strstr(p, what)) != NULL; p += strlen(what))
		n++;
	return n;
}

/* n answers whose senders had heard of requests that come later, then those requests, which had heard of no answer. */
static char *answers_first(unsigned n)
{
	g_autoptr(GString) talk = g_string_new(BEGIN "!!! ack client\n");
	const size_t       request = strlen("BITS_POST /in/a.bin HTTP/1.1\r\nHost: up.example\r\nBITS-Packet-Type: Ping\r\n"
	                                    "Content-Length: 0\r\n\r\n");

	for (unsigned i = 1; i <= n; i++)
		g_string_append_printf(talk, "<<< ahead %zu\nHTTP/1.1 200 OK\nBITS-Packet-Type: Ack\nContent-Length: 0\n\n", i * request);
	for (unsigned i = 0; i < n; i++)
		g_string_append(talk, PING("blind"));
	return specimen_told(talk->str);
}

static void holds_so_many_answers_until_their_requests_come(void **state)
{
	g_autofree char *story = answers_first(PAIRING_HELD_MAX);

	(void)state;
	assert_int_equal(count(story, "to nothing seen"), 0);
	assert_int_equal(count(story, ": pong"), PAIRING_HELD_MAX);
	assert_null(strstr(story, "(doubtful)"));
}

/* One more: the oldest goes as unseen, and the request that it answered is not given the next one's answer. */
static void lets_the_oldest_held_answer_go(void **state)
{
	g_autofree char *story = answers_first(PAIRING_HELD_MAX + 1);

	(void)state;
	assert_int_equal(count(story, "to nothing seen"), 1);
	assert_non_null(strstr(story, "frame 4 200 to nothing seen"));
	assert_int_equal(count(story, ": pong"), PAIRING_HELD_MAX);
	assert_null(strstr(story, "200 to frame 69")); /* the first Ping; the second one is answered by the second answer */
	assert_non_null(strstr(story, "frame 5 200 to frame 70"));
	assert_null(strstr(story, "finding error server"));
}

static void counts_what_it_saw(void **state)
{
	static const struct bits_ends ends = { .client = { { .family = 4, .bytes = { 10, 0, 0, 2 } }, 40000 } };
	const struct bits_sink        sink = { .packet = NULL };
	struct bits_tracker          *t = bits_tracker_new(&sink, NULL, NULL);
	struct bits_event             ev = { .type = BITS_EVENT_BODY, .where = { .conn = 5, .frame = 1 }, .ends = &ends,
		                             .data = BITS_STR("bytes of a connection that no head was seen of") };

	(void)state;
	bits_tracker_feed(t, &ev);
	ev.type = BITS_EVENT_CLOSE;
	bits_tracker_feed(t, &ev);
	assert_false(bits_tracker_is_answered(t, 5));
	assert_int_equal(bits_tracker_stats(t)->packets, 0);
	assert_int_equal(g_hash_table_size(t->conns), 0);
	ev.type = BITS_EVENT_TROUBLE; /* passed over before the first head: kept until it is known whose business it is */
	bits_tracker_feed(t, &ev);
	assert_int_equal(g_hash_table_size(t->conns), 1);
	assert_int_equal(bits_tracker_stats(t)->findings, 0);
	ev.type = BITS_EVENT_CLOSE;
	bits_tracker_feed(t, &ev);
	assert_int_equal(g_hash_table_size(t->conns), 0);
	bits_tracker_finish(t);
	bits_tracker_free(t);
	bits_tracker_free(NULL);
}

/* Only what is fed with the newest frame is news. */
static void knows_what_is_timely(void **state)
{
	struct bits_tracker t = { .newest = { .file = 1, .frame = 10 } };
	static const struct {
		const char       *name;
		struct bits_where w;
		bool              timely;
	} cases[] = {
		{ "of the newest frame", { .file = 1, .frame = 10 }, true },
		{ "of an earlier frame: it lay behind a hole", { .file = 1, .frame = 9 }, false },
		{ "of the same number in an earlier file", { .file = 0, .frame = 10 }, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_in_row(cases[i].name, is_timely(&t, cases[i].w.file, cases[i].w.frame) == cases[i].timely);
}

/* Captures that are read in turns: what was read later is later, whatever its file and its frame. */
static void count_left_open(const struct bits_finding *f, void *user)
{
	*(unsigned *)user += f->rule == BITS_RULE_SESSION_LEFT_OPEN;
}

/* A complete upload without its Close-Session, as far as the capture goes. */
static void calls_nothing_left_open_where_evidence_is_lacking(void **state)
{
	const struct bits_sink     sink = { .finding = count_left_open };
	unsigned                   told = 0;
	struct bits_tracker       *t = bits_tracker_new(&sink, &told, NULL);
	struct session            *s = session_new(1, BITS_STATE_WAIT_CLOSE);
	struct conn                c = { .ordinal = 1 };

	(void)state;
	s->memory->fragment = exchange_new(&c);
	s->memory->fragment->pub.request = g_new0(struct bits_message, 1);
	judge_session(t, s);
	assert_int_equal(told, 1);
	bits_tracker_lacks_evidence(t);
	judge_session(t, s);
	assert_int_equal(told, 1);
	memory_free(g_steal_pointer(&s->memory));
	session_unref(s);
	bits_tracker_free(t);
}

static void knows_what_is_earlier(void **state)
{
	static const struct {
		const char       *name;
		struct bits_where a, b;
		bool              earlier;
	} cases[] = {
		{ "an earlier frame", { .frame = 9 }, { .frame = 10 }, true },
		{ "the same frame", { .frame = 9 }, { .frame = 9 }, false },
		{ "an earlier file", { .frame = 9 }, { .file = 1, .frame = 3 }, true },
		{ "a later file", { .file = 1, .frame = 3 }, { .frame = 9 }, false },
		{ "a later file that was read first", { .file = 1, .frame = 3, .order = 7 }, { .frame = 9, .order = 8 }, true },
		{ "an earlier file that was read later", { .frame = 9, .order = 8 }, { .file = 1, .frame = 3, .order = 7 }, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_in_row(cases[i].name, is_earlier(&cases[i].a, &cases[i].b) == cases[i].earlier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_events_mean),
		cmocka_unit_test(holds_so_many_answers_until_their_requests_come),
		cmocka_unit_test(lets_the_oldest_held_answer_go),
		cmocka_unit_test(counts_what_it_saw),
		cmocka_unit_test(knows_what_is_timely),
		cmocka_unit_test(calls_nothing_left_open_where_evidence_is_lacking),
		cmocka_unit_test(knows_what_is_earlier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
