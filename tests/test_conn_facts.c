/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_conn_facts.c - conversations as a few segments, through the pump and the core, and the numbers that come out. */
#include "wire/conn_facts.h"

#include <stdio.h>
#include <string.h>

#include "core/bits_names.h"
#include "core/bits_tracker.h"
#include "tests/cm.h"
#include "tests/frames.h"
#include "wire/pump.h"

/* One segment, ms after the one before: "> seq ack flags text" as test_pump.c has it, | for a line's end.  Among the flags
 * Z: it closes its window, T: seen by another tap.  Sequence numbers begin at 100 and 200. */
struct step {
	unsigned    ms;
	const char *line;
};

#define HEAD    "BITS_POST /a HTTP/1.1|BITS-Packet-Type: Ping|Content-Length: 4||" /* 68 bytes: from 100 to 168 */
#define REQUEST HEAD "body"                                                        /* 72       */
#define ASKING  "BITS_POST /a HTTP/1.1|BITS-Packet-Type: Ping|Content-Length: 4|Expect: 100-continue||" /* 90 */
#define CONTINUE "HTTP/1.1 100 Continue||"                                         /* 25       */
#define ANSWER  "HTTP/1.1 200 OK|Content-Length: 2||ok"                            /* 40 bytes: from 200 to 240 */
#define HANDSHAKE { 0, "> 99 0 S" }, { 1, "< 199 100 SA" }, { 1, "> 100 200 A" }

static char *told; /* of the latest connections, a line each */

static void append_flow(GString *s, const struct flow_facts *f)
{
	g_string_append_printf(s, " %lu/%lu/%lu/%lu", f->segments, f->repeated, f->zero_windows, f->lost);
}

/* "1 client-fin, client segments/repeated/zero windows/lost, server ..., requests, n*mean ms, stall ms whose from-to" */
static void tell(const struct conn_facts *f, void *user)
{
	static const char *const sides[] = { "nobody", "client", "server", "network" };
	GString *s = user;

	g_string_append_printf(s, "%s%lu %s,", s->len > 0 ? "; " : "", f->ordinal, bits_close_name(f->ended_by));
	append_flow(s, conn_facts_flow(f, BITS_CLIENT));
	append_flow(s, conn_facts_flow(f, BITS_SERVER));
	g_string_append_printf(s, ", %lu asked, %lu served in", f->requests, f->server_time.n);
	if (f->server_time.n > 0)
		g_string_append_printf(s, " %ld-%ld", f->server_time.least / 1000000, f->server_time.most / 1000000);
	if (f->stall.ns > 0)
		g_string_append_printf(s, ", %ld ms %s %u-%u", f->stall.ns / 1000000, sides[f->stall.whose], f->stall.from.frame,
		                       f->stall.to.frame);
	assert_int_equal(f->ends.server.port, 80);
	assert_int_equal(f->last.conn, f->ordinal);
}

static void feed(struct pump *p, const struct step *t, uint32_t number, int64_t now_ns)
{
	char                  from, flags[8] = "", payload[200] = "";
	unsigned              seq, ack;
	struct made           m = { .payload = payload };
	g_autoptr(GByteArray) bytes = NULL;
	g_autoptr(GString)    text = NULL;
	struct frame          f;

	assert_true(sscanf(t->line, "%c %u %u %7s %199[^\n]", &from, &seq, &ack, flags, payload) >= 4);
	text = g_string_new(payload);
	g_string_replace(text, "|", "\r\n", 0);
	m = (struct made){ .from = from == '<', .seq = seq, .ack = ack, .payload = text->str, .n = text->len };
	m.flags = (uint8_t)((strchr(flags, 'S') ? TCP_SYN : 0) | (strchr(flags, 'A') ? TCP_ACK : 0) |
	                    (strchr(flags, 'F') ? TCP_FIN : 0) | (strchr(flags, 'R') ? TCP_RST : 0));
	m.window = strchr(flags, 'Z') ? 0 : 1000;
	bytes = make_ethernet(&m);
	f = frame_of(bytes, 1, number);
	f.time_ns = now_ns;
	f.tap = strchr(flags, 'T') != NULL;
	pump_frame(p, &f);
}

static void play(const struct step *steps)
{
	const struct bits_sink            sink = { .packet = NULL };
	const struct bits_tracker_options options = { 0 };
	g_autoptr(bits_tracker_handle)    t = bits_tracker_new(&sink, NULL, &options);
	struct pump                      *p = pump_new(t);
	GString                          *s = g_string_new(NULL);
	int64_t                           now_ns = INT64_C(1700000000000000000);

	pump_measure(p, tell, s);
	for (uint32_t i = 0; steps[i].line != NULL; i++) {
		now_ns += (int64_t)steps[i].ms * 1000000;
		feed(p, &steps[i], i + 1, now_ns);
	}
	pump_finish(p);
	bits_tracker_finish(t);
	pump_free(p);
	g_free(told);
	told = g_string_free(s, false);
}

struct conversation {
	const char *name;
	struct step steps[14];
	const char *story;
};

static void expect_stories(const struct conversation *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		play(cases[i].steps);
		if (strcmp(told, cases[i].story) != 0)
			fail_msg("row \"%s\": \"%s\" instead of \"%s\"", cases[i].name, told, cases[i].story);
	}
}

static void counts_what_each_side_sent(void **state)
{
	static const struct conversation cases[] = {
		{ "from the SYN to the last ACK",
		  { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 1, "< 200 172 A " ANSWER }, { 1, "> 172 240 FA" }, { 1, "< 240 173 FA" },
		    { 1, "> 173 241 A" } },
		  "1 client-fin, 5/0/0/0 3/0/0/0, 1 asked, 1 served in 1-1, 2 ms client 2-4" },
		{ "a SYN again", { { 0, "> 99 0 S" }, { 1, "> 99 0 S" }, { 1, "< 199 100 SA" }, { 1, "> 100 200 A " REQUEST } },
		  "1 capture-end, 3/1/0/0 1/0/0/0, 1 asked, 0 served in, 1 ms client 3-4" },
		{ "bytes again", { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 1, "> 100 200 A " REQUEST } },
		  "1 capture-end, 4/1/0/0 1/0/0/0, 1 asked, 0 served in, 2 ms client 2-4" },
		{ "bytes again after the end",
		  { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 1, "< 200 172 RA" }, { 1, "> 100 200 A " REQUEST } },
		  "1 server-rst, 4/1/0/0 2/0/0/0, 1 asked, 0 served in, 2 ms client 2-4" },
		{ "a keep-alive is none", { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 1, "> 171 200 A y" } },
		  "1 capture-end, 4/0/0/0 1/0/0/0, 1 asked, 0 served in, 2 ms client 2-4" },
		{ "bytes that never came", { HANDSHAKE, { 1, "> 100 200 A " HEAD }, { 1, "> 170 200 A dy" }, { 1, "< 200 172 A " ANSWER } },
		  "1 capture-end, 4/0/0/2 2/0/0/0, 1 asked, 0 served in, 2 ms client 2-4" },
		{ "closed windows", { HANDSHAKE, { 1, "> 100 200 A " HEAD }, { 1, "< 200 168 AZ" }, { 1, "< 200 168 AZ" } },
		  "1 capture-end, 3/0/0/0 3/0/2/0, 1 asked, 0 served in, 2 ms client 2-4" },
		{ "the window of a RST means nothing", { HANDSHAKE, { 1, "> 100 200 A " HEAD }, { 1, "< 200 168 RAZ" } },
		  "1 server-rst, 3/0/0/0 2/0/0/0, 1 asked, 0 served in, 2 ms client 2-4" },
		{ "the same ports again",
		  { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 1, "< 200 172 RA" }, { 1, "> 900000 0 S" }, { 1, "> 900001 0 A " REQUEST } },
		  "1 server-rst, 3/0/0/0 2/0/0/0, 1 asked, 0 served in, 2 ms client 2-4; 2 capture-end, 2/0/0/0 0/0/0/0, 1 asked, 0 served in, 1 ms client 6-7" },
		{ "not HTTP", { HANDSHAKE, { 1, "> 100 200 A ssh" } }, "" },
	};

	(void)state;
	expect_stories(cases, G_N_ELEMENTS(cases));
}

static void times_what_the_server_took(void **state)
{
	static const struct conversation cases[] = {
		{ "from the last byte of the request to the first of the answer",
		  { HANDSHAKE, { 5, "> 100 200 A " HEAD }, { 5, "> 168 200 A body" }, { 7, "< 200 172 A HTTP/1.1 200 OK|" },
		    { 9, "< 217 172 A Content-Length: 2||ok" } },
		  "1 capture-end, 4/0/0/0 3/0/0/0, 1 asked, 1 served in 7-7, 9 ms server 6-7" },
		{ "the least and the most of two",
		  { HANDSHAKE, { 5, "> 100 200 A " REQUEST }, { 7, "< 200 172 A " ANSWER }, { 5, "> 172 240 A " REQUEST },
		    { 3, "< 240 244 A " ANSWER } },
		  "1 capture-end, 4/0/0/0 3/0/0/0, 2 asked, 2 served in 3-7, 7 ms server 4-5" },
		{ "an interim answer is none", { HANDSHAKE, { 1, "> 100 200 A " ASKING }, { 4, "< 200 190 A " CONTINUE },
		  { 1, "> 190 225 A body" }, { 6, "< 225 194 A " ANSWER } },
		  "1 capture-end, 4/0/0/0 3/0/0/0, 1 asked, 1 served in 6-6, 6 ms server 6-7" },
		{ "an answer before the end of its request", { HANDSHAKE, { 1, "> 100 200 A " HEAD }, { 1, "< 200 168 A " ANSWER } },
		  "1 capture-end, 3/0/0/0 2/0/0/0, 1 asked, 0 served in, 2 ms client 2-4" },
	};

	(void)state;
	expect_stories(cases, G_N_ELEMENTS(cases));
}

static void says_whose_the_longest_stall_was(void **state)
{
	static const struct conversation cases[] = {
		{ "the body came late", { HANDSHAKE, { 1, "> 100 200 A " HEAD }, { 1, "< 200 168 A" }, { 50, "> 168 200 A body" } },
		  "1 capture-end, 4/0/0/0 2/0/0/0, 1 asked, 0 served in, 50 ms client 5-6" },
		{ "the answer came late", { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 50, "< 200 172 A " ANSWER } },
		  "1 capture-end, 3/0/0/0 2/0/0/0, 1 asked, 1 served in 50-50, 50 ms server 4-5" },
		{ "the rest of the answer came late",
		  { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 1, "< 200 172 A HTTP/1.1 200 OK|" },
		    { 50, "< 217 172 A Content-Length: 2||ok" } },
		  "1 capture-end, 3/0/0/0 3/0/0/0, 1 asked, 1 served in 1-1, 50 ms server 5-6" },
		{ "the next request came late",
		  { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 1, "< 200 172 A " ANSWER }, { 50, "> 172 240 A " REQUEST } },
		  "1 capture-end, 4/0/0/0 2/0/0/0, 2 asked, 1 served in 1-1, 50 ms client 5-6" },
		{ "nobody stalls before the end",
		  { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 1, "< 200 172 A " ANSWER }, { 50, "> 172 240 FA" } },
		  "1 capture-end, 4/0/0/0 2/0/0/0, 1 asked, 1 served in 1-1, 2 ms client 2-4" },
		{ "keep-alives and copies bring nothing new",
		  { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 20, "> 171 200 A y" }, { 20, "< 200 172 A" }, { 20, "< 199 172 A" },
		    { 20, "< 200 172 A " ANSWER } },
		  "1 capture-end, 4/0/0/0 4/0/0/0, 1 asked, 1 served in 80-80, 40 ms server 4-6" },
		{ "sent again: the network's", { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 50, "> 100 200 A " REQUEST }, { 1, "< 200 172 A" } },
		  "1 capture-end, 4/1/0/0 2/0/0/0, 1 asked, 0 served in, 51 ms network 4-6" },
		{ "a hole: the network's",
		  { HANDSHAKE, { 1, "> 100 200 A " HEAD }, { 1, "> 170 200 A dy" }, { 50, "> 168 200 A bo" }, { 1, "< 200 172 A" } },
		  "1 capture-end, 5/0/0/0 2/0/0/0, 1 asked, 0 served in, 50 ms network 5-6" },
		{ "the server closed its window",
		  { HANDSHAKE, { 1, "> 100 200 A " HEAD }, { 1, "< 200 168 AZ" }, { 20, "< 200 168 A" }, { 50, "> 168 200 A body" } },
		  "1 capture-end, 4/0/0/0 3/0/1/0, 1 asked, 0 served in, 70 ms server 5-7" },
		{ "the client closed its window",
		  { HANDSHAKE, { 1, "> 100 200 AZ " REQUEST }, { 50, "< 200 172 A " ANSWER } },
		  "1 capture-end, 3/0/1/0 2/0/0/0, 1 asked, 1 served in 50-50, 50 ms client 4-5" },
		{ "it may send its body", { HANDSHAKE, { 1, "> 100 200 A " ASKING }, { 50, "< 200 190 A " CONTINUE }, { 1, "> 190 225 A body" } },
		  "1 capture-end, 4/0/0/0 2/0/0/0, 1 asked, 0 served in, 50 ms server 4-5" },
		{ "it may, and does not",
		  { HANDSHAKE, { 1, "> 100 200 A " ASKING }, { 1, "< 200 190 A " CONTINUE }, { 50, "> 190 225 A body" } },
		  "1 capture-end, 4/0/0/0 2/0/0/0, 1 asked, 0 served in, 50 ms client 5-6" },
		{ "the capture lacks the answer, and the next request says so",
		  { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 50, "> 172 240 A " REQUEST }, { 1, "< 240 244 A " ANSWER } },
		  "1 capture-end, 4/0/0/0 2/0/0/40, 2 asked, 1 served in 1-1, 2 ms client 2-4" },
		{ "the capture lacks the answer, which was heard at once",
		  { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 1, "> 172 240 A" }, { 50, "> 172 240 A " REQUEST }, { 1, "< 240 244 A " ANSWER } },
		  "1 capture-end, 5/0/0/0 2/0/0/40, 2 asked, 1 served in 1-1, 2 ms client 2-4" },
		{ "of equals the first",
		  { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 50, "< 200 172 A " ANSWER }, { 50, "> 172 240 A " REQUEST } },
		  "1 capture-end, 4/0/0/0 2/0/0/0, 2 asked, 1 served in 50-50, 50 ms server 4-5" },
		{ "two taps are two clocks", { HANDSHAKE, { 1, "> 100 200 A " REQUEST }, { 50, "< 200 172 AT " ANSWER } },
		  "1 capture-end, 3/0/0/0 2/0/0/0, 1 asked, 1 served in 50-50, 2 ms client 2-4" },
	};

	(void)state;
	expect_stories(cases, G_N_ELEMENTS(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_each_side_sent),
		cmocka_unit_test(times_what_the_server_took),
		cmocka_unit_test(says_whose_the_longest_stall_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
