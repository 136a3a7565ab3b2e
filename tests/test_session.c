/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_session.c - the grid, and what a session learns of its names. */
#include "core/bits_private.h"

#include "tests/cm.h"

static void moves_over_the_grid(void **state)
{
	static const struct {
		const char       *name;
		enum bits_state   from, to;
		enum bits_outcome outcome;
	} cases[] = {
		{ "created", BITS_STATE_INIT, BITS_STATE_RECEIVE, BITS_OUTCOME_CREATED },
		{ "refused before it began", BITS_STATE_INIT, BITS_STATE_INIT, BITS_OUTCOME_REFUSED },
		{ "challenged", BITS_STATE_INIT, BITS_STATE_INIT, BITS_OUTCOME_CHALLENGED },
		{ "the last Fragment", BITS_STATE_RECEIVE, BITS_STATE_WAIT_CLOSE, BITS_OUTCOME_LAST },
		{ "416 changes nothing", BITS_STATE_RECEIVE, BITS_STATE_RECEIVE, BITS_OUTCOME_RESYNC },
		{ "closed early, and honoured ([MC-BUP] 3.2.5.1.2)", BITS_STATE_RECEIVE, BITS_STATE_COMPLETE, BITS_OUTCOME_CLOSED },
		{ "cancelled after the last Fragment", BITS_STATE_WAIT_CLOSE, BITS_STATE_CANCELLED, BITS_OUTCOME_CANCELLED },
		{ "disowned", BITS_STATE_WAIT_CLOSE, BITS_STATE_LOST, BITS_OUTCOME_DISOWNED },
		{ "seen from its middle", BITS_STATE_UNSEEN, BITS_STATE_RECEIVE, BITS_OUTCOME_MORE },
		{ "nothing moves what is complete", BITS_STATE_COMPLETE, BITS_STATE_COMPLETE, BITS_OUTCOME_MORE },
		{ "an unanswered request moves nothing", BITS_STATE_RECEIVE, BITS_STATE_RECEIVE, BITS_OUTCOME_UNANSWERED },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct session *s = session_new(1, cases[i].from);

		expect_in_row(cases[i].name, session_step(s, cases[i].outcome) == (cases[i].from != cases[i].to));
		expect_in_row(cases[i].name, s->pub.state == cases[i].to);
		session_unref(s);
	}
}

static void takes_its_name_from_the_request(void **state)
{
	static const struct {
		const char *name, *head, *file, *path;
	} cases[] = {
		{ "the last part of the path", "BITS_POST /a/b.txt HTTP/1.1\r\n\r\n", "b.txt", "/a/b.txt" },
		{ "without the query", "BITS_POST /a/q.bin?sig=a/b&x=../../etc HTTP/1.1\r\n\r\n", "q.bin", "/a/q.bin" },
		{ "of an absolute target", "BITS_POST http://h:8080/a/b HTTP/1.1\r\n\r\n", "b", "/a/b" },
		{ "Content-Name beats it", "BITS_POST /a/b HTTP/1.1\r\nContent-Name: ..\\c.doc\r\n\r\n", "..\\c.doc", "/a/b" },
		{ "a path that ends in a slash names nothing", "BITS_POST /a/ HTTP/1.1\r\n\r\n", NULL, "/a/" },
		{ "an absolute target without a path", "BITS_POST http://h HTTP/1.1\r\n\r\n", "h", "/" },
	};
	struct bits_ends ends = { .server = { { .family = 4, .bytes = { 10, 0, 0, 1 } }, 80 } };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct session       *s = session_new(1, BITS_STATE_INIT);
		struct bits_http_head head;
		struct bits_message   m;

		bits_http_head_parse(&head, bits_str_of(cases[i].head));
		bits_message_decode(&m, &head);
		session_learn_request(s, &m, &ends);
		expect_in_row(cases[i].name, g_strcmp0(s->pub.name, cases[i].file) == 0);
		expect_in_row(cases[i].name, g_strcmp0(s->path, cases[i].path) == 0);
		session_unref(s);
	}
}

static void learn(struct session *s, const char *text)
{
	static const struct bits_ends ends = { .server = { .port = 80 } };
	struct bits_http_head         head;
	struct bits_message           m;

	bits_http_head_parse(&head, bits_str_of(text));
	bits_message_decode(&m, &head);
	session_learn_request(s, &m, &ends);
}

/* Whose Create-Session was challenged need not be who came in. */
static void who_was_refused_uploads_nothing(void **state)
{
	struct session *s = session_new(1, BITS_STATE_INIT);

	(void)state;
	learn(s, "BITS_POST /in/a.bin HTTP/1.1\nUser-Agent: first\nContent-Name: alice.doc\nAuthorization: Basic YWxpY2U6eA==\n\n");
	assert_string_equal(s->pub.user, "alice");
	session_begin_again(s);
	learn(s, "BITS_POST /in/a.bin HTTP/1.1\nUser-Agent: second\n\n");
	assert_null(s->pub.user);
	assert_null(s->pub.auth);
	assert_string_equal(s->pub.user_agent, "second");
	assert_string_equal(s->pub.name, "a.bin");
	session_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves_over_the_grid),
		cmocka_unit_test(takes_its_name_from_the_request),
		cmocka_unit_test(who_was_refused_uploads_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
