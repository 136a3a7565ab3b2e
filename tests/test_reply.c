/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_reply.c - requests that name no session, and are about one: the GET of its reply, the notification. */
#include "core/bits_private.h"

#include "tests/talk.h"

#define BEGIN         CREATE_AT("", "/in/a.bin") CREATED("")
#define LAST          FRAGMENT_OF("", TALK_ID, "/in/a.bin", "0-9/10", 10)
#define REPLY(url)    LAST ANSWER("", "200", "BITS-Received-Content-Range: 10\nBITS-Reply-URL: " url "\n")
#define DOWNLOAD(w, target) ">>> " w "\nGET " target " HTTP/1.1\nHost: up.example\n\n"
#define FILE_ANSWER(w) "<<< " w "\nHTTP/1.1 200 OK\nContent-Length: 3\n\n{3}\n"
#define NOTIFY(w, fields) ">>> " w "\nPOST /app HTTP/1.1\nHost: app\nContent-Length: 0\n" fields "\n\n"

struct row {
	const char *name, *talk;
	const char *tells[2];
	const char *never;
};

static void expect_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expect_story(rows[i].name, rows[i].talk, rows[i].tells, G_N_ELEMENTS(rows[i].tells), rows[i].never);
}

static void ties_the_download_of_a_reply(void **state)
{
	static const struct row rows[] = {
		{ "by an absolute URL, on the same connection", BEGIN REPLY("http://up.example/out/r.bin") DOWNLOAD("", "/out/r.bin") FILE_ANSWER(""),
		  { "request #3 frame 5 Get-Reply session 1", "answer #3 frame 6 200 to frame 5: pong session 1" }, NULL },
		{ "relative to the upload, on another connection", BEGIN REPLY("r.bin") DOWNLOAD("on B", "/in/r.bin"), { "Get-Reply session 1" }, NULL },
		{ "with backslashes, asked for percent-encoded", BEGIN REPLY("out\\r{1}.bin") DOWNLOAD("on B", "/in/out/r%7B1%7D.bin"),
		  { "Get-Reply session 1" }, NULL },
		{ "through a proxy: the absolute form", BEGIN REPLY("/out/r.bin") DOWNLOAD("on B", "http://other.example/out/r.bin"),
		  { "Get-Reply session 1" }, NULL },
		{ "twice, for two ranges", BEGIN REPLY("/r") DOWNLOAD("", "/r") FILE_ANSWER("") DOWNLOAD("", "/r") FILE_ANSWER(""),
		  { "request #3 frame 5 Get-Reply session 1", "request #4 frame 7 Get-Reply session 1" }, NULL },
		{ "another file", BEGIN REPLY("/r") DOWNLOAD("", "/q"), { NULL }, "Get-Reply" },
		{ "another client", BEGIN REPLY("/r") DOWNLOAD("on peer", "/r"), { NULL }, "Get-Reply" },
		{ "before there is a reply", BEGIN DOWNLOAD("", "/r") FILE_ANSWER("") REPLY("/r"), { NULL }, "Get-Reply" },
		{ "another method", BEGIN REPLY("/r") ">>>\nHEAD /r HTTP/1.1\nHost: up.example\n\n", { NULL }, "Get-Reply" },
		{ "it is no request of the session: nothing is outstanding", BEGIN REPLY("/r") DOWNLOAD("", "/r") CLOSE("blind"), { "Get-Reply" },
		  "pipelined" },
	};

	(void)state;
	expect_rows(rows, G_N_ELEMENTS(rows));
}

static void ties_the_notification(void **state)
{
	static const struct row rows[] = {
		{ "by the id in a path", BEGIN LAST NOTIFY("on back", "BITS-Original-Request-URL: http://x/y\n"
		  "BITS-Request-DataFile-Name: c:\\up\\" TALK_ID "\\a.bin"), { "Notification session 1" }, NULL },
		{ "by the URL", BEGIN LAST NOTIFY("on back", "BITS-Original-Request-URL: http://up.example/in/a.bin"), { "Notification session 1" }, NULL },
		{ "by a URL of nobody's", BEGIN LAST NOTIFY("on back", "BITS-Original-Request-URL: http://up.example/in/b.bin"),
		  { "Notification\n" }, "Notification session" },
		{ "the client itself does not notify", BEGIN LAST NOTIFY("on B", "BITS-Original-Request-URL: http://up.example/in/a.bin"),
		  { "Notification\n" }, "Notification session" },
	};

	(void)state;
	expect_rows(rows, G_N_ELEMENTS(rows));
}

/* What is told of the session after its last call would be told of nobody. */
static void an_answer_behind_the_end_is_of_no_session(void **state)
{
	struct session     s = { .has_ended = true, .refs = 2 };
	struct conn        c = { .ordinal = 1 };
	struct exchange   *x = exchange_new(&c);
	struct bits_sink   sink = { .packet = NULL };
	struct bits_tracker *t = bits_tracker_new(&sink, NULL, NULL);
	struct bits_message *m = g_new0(struct bits_message, 1);

	(void)state;
	m->packet = BITS_PACKET_GET_REPLY;
	x->is_bits = true;
	x->pub.request = m;
	exchange_set_about(x, &s);
	assert_ptr_equal(x->pub.session, &s.pub);
	course_finish(t, x, BITS_OUTCOME_PONG);
	assert_null(x->pub.session);
	exchange_unref(x);
	assert_int_equal(s.refs, 2);
	bits_tracker_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ties_the_download_of_a_reply),
		cmocka_unit_test(ties_the_notification),
		cmocka_unit_test(an_answer_behind_the_end_is_of_no_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
