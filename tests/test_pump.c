/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_pump.c - frames in, and what the core is fed.  The core's connections are stood in for by a recorder. */
#include "wire/pump.h"

#include <stdio.h>
#include <string.h>

#include "core/bits_conn.h"
#include "core/bits_tracker.h"
#include "tests/cm.h"
#include "tests/frames.h"
#include "wire/packet.h"
#include "wire/stream.h"

/* ---- the recorder ---------------------------------------------------------------------------------------------- */

static GString *story; /* one word an event: >text  <text  >?n (lost)  >ack  >fin  >=n (n bytes again)
                        * >+ (early)  end.  >late. (a RST after the end) and the like; >began (a SYN comes late);
                        * from the second connection on with its number in front */

static bool is_crowded; /* so much waits that the story leaves early bytes out */

struct bits_conn {
	uint64_t ordinal;
	unsigned client; /* the direction of 10.0.0.2 */
	uint64_t next[2];
	bool     begun[2];
	bool     is_hopeless; /* once somebody said CONNECT */
};

enum bits_sniff bits_conn_sniff(struct bits_str s)
{
	return s.n > 0 && g_ascii_isupper(s.p[0]) ? BITS_SNIFF_HTTP : BITS_SNIFF_NO;
}

struct bits_conn *bits_conn_new(struct bits_tracker *t, uint64_t ordinal, const struct bits_end ends[2], bool from_start)
{
	struct bits_conn *c = g_new0(struct bits_conn, 1);

	(void)t;
	c->ordinal = ordinal;
	c->client = ends[0].addr.bytes[3] == 2 ? 0 : 1;
	g_string_append_printf(story, "%s%lu ", from_start ? "new" : "middle", ordinal);
	return c;
}

static char sign(const struct bits_conn *c, unsigned d)
{
	return d == c->client ? '>' : '<';
}

static void tell_who(const struct bits_conn *c)
{
	if (c->ordinal > 1)
		g_string_append_printf(story, "%lu", c->ordinal);
}

bool bits_conn_is_between(const struct bits_conn *c, unsigned d)
{
	(void)c;
	(void)d;
	return true;
}

bool bits_conn_is_keep_alive(const struct bits_conn *c, unsigned d, struct bits_str data, const struct bits_where *w,
                             uint64_t acked)
{
	(void)c;
	(void)d;
	return data.p[0] == 'z' && acked == w->at + 1;
}

void bits_conn_set_secure(struct bits_conn *c)
{
	tell_who(c);
	g_string_append(story, "secure ");
}

void bits_conn_free(struct bits_conn *c)
{
	g_free(c);
}

static void check_order(struct bits_conn *c, unsigned d, const struct bits_where *w, uint64_t n)
{
	if (c->begun[d])
		assert_int_equal(w->at, c->next[d]);
	c->begun[d] = true;
	c->next[d] = w->at + n;
}

void bits_conn_data(struct bits_conn *c, unsigned d, struct bits_str data, const struct bits_where *w, bool starts)
{
	check_order(c, d, w, data.n);
	tell_who(c);
	c->is_hopeless |= data.n >= 7 && memcmp(data.p, "CONNECT", 7) == 0;
	g_string_append_printf(story, "%c%.*s%s ", sign(c, d), (int)data.n, data.p, starts ? "" : "~");
}

void bits_conn_lost(struct bits_conn *c, unsigned d, uint64_t n, const struct bits_where *w)
{
	check_order(c, d, w, n);
	tell_who(c);
	g_string_append_printf(story, "%c?%lu ", sign(c, d), n);
}

void bits_conn_heard(struct bits_conn *c, unsigned d, const struct bits_where *w, bool fin)
{
	(void)w;
	tell_who(c);
	g_string_append_printf(story, "%c%s ", sign(c, d), fin ? "fin" : "ack");
}

void bits_conn_again(struct bits_conn *c, unsigned d, uint64_t n, const struct bits_where *w)
{
	assert_true(w->at < c->next[d] || n > 1);
	tell_who(c);
	g_string_append_printf(story, "%c=%lu ", sign(c, d), n);
}

void bits_conn_began(struct bits_conn *c, unsigned d, const struct bits_where *w)
{
	(void)w;
	tell_who(c);
	g_string_append_printf(story, "%cbegan ", sign(c, d));
}

void bits_tracker_lacks_evidence(struct bits_tracker *t)
{
	(void)t;
}

void bits_conn_seam(struct bits_conn *c, unsigned d, const struct bits_where *w)
{
	assert_int_equal(w->at, c->begun[d] ? c->next[d] : 0);
	tell_who(c);
	g_string_append_printf(story, "%c| ", sign(c, d));
}

void bits_conn_early(struct bits_conn *c, unsigned d, const struct bits_where *w)
{
	assert_true(w->at > c->next[d]);
	if (is_crowded)
		return;
	tell_who(c);
	g_string_append_printf(story, "%c+ ", sign(c, d));
}

void bits_tracker_late_reset(struct bits_tracker *t, uint64_t conn, const struct bits_end *sender, const struct bits_where *w)
{
	(void)t;
	(void)w;
	g_string_append_printf(story, "%lu%clate. ", conn, sender->addr.bytes[3] == 2 ? '>' : '<');
}

void bits_conn_close(struct bits_conn *c, enum bits_tcp_end how, unsigned by, const struct bits_where *w)
{
	static const char *const names[] = { "closed", "reset", "end", "evicted" };

	(void)w;
	tell_who(c);
	g_string_append_printf(story, "%s%c ", names[how], how <= BITS_TCP_RST ? sign(c, by) : '.');
}

void bits_conn_set_watch(struct bits_conn *c, const struct bits_conn_watch *watch, void *user)
{
	(void)c;
	(void)watch;
	(void)user;
}

uint64_t bits_conn_held(const struct bits_conn *c)
{
	(void)c;
	return 1000;
}

bool bits_conn_is_hopeless(const struct bits_conn *c)
{
	return c->is_hopeless;
}

/* ---- frames ---------------------------------------------------------------------------------------------------- */

/* A frame as text: "> 5 9 A data" is from the client, seq 5, ack 9, flags among S A F R *, and its payload.  "2> ..." is
 * one of another client, known by its port.  "=> 7 data" is an exported PDU, of microsecond 7; with bars
 * behind the microsecond, of a later part of its telling. */
static uint64_t feed_pdu(struct pump *p, const char *line, uint32_t number)
{
	char                  from, bars[8] = "", payload[64] = "";
	long long             us;
	struct made           m = { .payload = payload };
	g_autoptr(GByteArray) bytes = NULL;
	struct frame          f;

	assert_true(sscanf(line, "=%c %lld%7[|]%63s", &from, &us, bars, payload) >= 3 ||
	            sscanf(line, "=%c %lld %63s", &from, &us, payload) >= 2);
	m.from = from == '<';
	m.n = strlen(payload);
	bytes = make_pdu(&m);
	f = frame_of(bytes, 252, number);
	f.time_ns = us * 1000;
	f.part = (uint32_t)strlen(bars);
	return pump_frame_conn(p, &f);
}

static uint64_t feed(struct pump *p, const char *line, uint32_t number)
{
	char                  from, flags[8] = "", payload[64] = "";
	unsigned              seq, ack;
	struct made           m = { .payload = payload };
	g_autoptr(GByteArray) bytes = NULL;
	struct frame          f;

	if (*line == '=')
		return feed_pdu(p, line, number);
	if (g_ascii_isdigit(*line))
		m.port = (uint16_t)(40000 + *line++ - '0');
	assert_true(sscanf(line, "%c %u %u %7s %63s", &from, &seq, &ack, flags, payload) >= 4);
	m.from = from == '<';
	m.seq = seq;
	m.ack = ack;
	m.n = strlen(payload);
	m.flags = (uint8_t)((strchr(flags, 'S') ? TCP_SYN : 0) | (strchr(flags, 'A') ? TCP_ACK : 0) |
	                    (strchr(flags, 'F') ? TCP_FIN : 0) | (strchr(flags, 'R') ? TCP_RST : 0) |
	                    (strchr(flags, 'P') ? TCP_PSH : 0));
	m.bad_checksum = strchr(flags, '*') != NULL;
	bytes = make_ethernet(&m);
	f = frame_of(bytes, 1, number);
	return pump_frame_conn(p, &f);
}

static char *play(const char *const *lines)
{
	struct pump *p = pump_new(NULL);
	uint32_t     number = 0;

	story = g_string_new(NULL);
	for (; *lines != NULL; lines++)
		feed(p, *lines, ++number);
	pump_finish(p);
	pump_free(p);
	return g_strchomp(g_string_free(story, false));
}

#define HANDSHAKE "> 99 0 S", "< 199 100 SA", "> 100 200 A"

/* Frames, and what the core is fed. */
struct play {
	const char *name;
	const char *lines[14];
	const char *story;
};

static void expect_stories(const struct play *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		g_autofree char *told = play(cases[i].lines);

		if (strcmp(told, cases[i].story) != 0)
			fail_msg("row \"%s\": \"%s\" instead of \"%s\"", cases[i].name, told, cases[i].story);
	}
}

static void feeds_whole_connections(void **state)
{
	static const struct play cases[] = {
		{ "a request, an answer, both ends",
		  { HANDSHAKE, "> 100 200 A GET", "< 200 103 A HTTP", "> 103 204 FA", "< 204 104 FA", "> 104 205 A" },
		  "new1 >GET <HTTP >fin <fin closed>" },
		{ "every frame twice",
		  { "> 99 0 S", "> 99 0 S", "< 199 100 SA", "< 199 100 SA", "> 100 200 A GET", "> 100 200 A GET",
		    "< 200 103 A HTTP", "< 200 103 A HTTP" },
		  "new1 >GET >=3 <HTTP <=4 end." },
		{ "an acknowledgment alone is news, once", { HANDSHAKE, "> 100 200 A GET", "< 200 103 A HTTP", "> 103 204 A", "> 103 204 A" },
		  "new1 >GET <HTTP >ack end." },
		{ "one FIN ends nothing", { HANDSHAKE, "> 100 200 FA GET", "< 200 104 A HTTP", "< 204 104 A MORE" },
		  "new1 >GET >fin <HTTP <MORE end." },
		{ "data in the SYN", { "> 99 0 S GET", "< 199 103 SA", "< 200 103 A HTTP" }, "new1 >GET >began <ack <began <HTTP end." },
		{ "a fitting reset", { HANDSHAKE, "> 100 200 A GET", "< 200 103 RA" }, "new1 >GET <ack reset<" },
		{ "resets in both directions", { HANDSHAKE, "> 100 200 A GET", "< 200 103 RA", "> 103 200 RA", "> 99999999 0 R" },
		  "new1 >GET <ack reset< 1>late." },
		{ "... is none where bytes came in between",
		  { HANDSHAKE, "> 100 200 A GET", "< 200 103 RA", "< 200 103 A HTTP", "> 103 204 RA" }, "new1 >GET <ack reset<" },
		{ "a reset before the first byte that nobody heeds", { HANDSHAKE, "< 200 100 RA", "> 100 200 A GET", "< 200 103 A HTTP" },
		  "new1 >GET <HTTP end." },
		{ "... whose receiver had not heard of it", { HANDSHAKE, "< 200 100 RA", "> 100 200 A GET" }, "new1 >GET reset<" },
		{ "... whose sender goes on itself", { HANDSHAKE, "> 100 200 R", "> 100 200 A GET" }, "new1 >GET end." },
		{ "... behind two FINs nothing begins", { HANDSHAKE, "> 100 200 FA", "< 200 101 FA", "> 100 200 A GET" }, "" },
		{ "... behind which something else comes", { HANDSHAKE, "< 200 100 RA", "> 300 200 A GET" }, "" },
		{ "a reset out of the window", { HANDSHAKE, "> 100 200 A GET", "< 99999999 103 RA", "< 200 103 A HTTP" },
		  "new1 >GET <ack <HTTP end." },
		{ "sequence numbers wrap", { "> 4294967293 0 S", "< 199 4294967294 SA", "> 4294967294 200 A ABC", "> 1 200 A DEF" },
		  "new1 >ABC >DEF end." },
		{ "a keep-alive is no data", { HANDSHAKE, "> 100 200 A ABC", "> 102 200 A Z", "> 103 200 A DEF" }, "new1 >ABC >DEF end." },
		{ "... nor the byte that the capture lacks",
		  { HANDSHAKE, "> 100 200 A AB", "< 200 103 A OK", "> 102 202 A z", "> 103 202 A DEF" }, "new1 >AB <OK >ack >+ >?1 >DEF end." },
		{ "... unless nobody had it yet", { HANDSHAKE, "> 100 200 A AB", "> 102 200 A z", "> 103 200 A DEF" }, "new1 >AB >z >DEF end." },
		{ "... or it is pushed: a copy of it", { HANDSHAKE, "> 100 200 A AB", "< 200 103 A OK", "> 102 202 PA z", "> 103 202 A DEF" },
		  "new1 >AB <OK >z >DEF end." },
		{ "a FIN that came before the bytes ahead of it", { HANDSHAKE, "> 103 200 FA DEF", "> 100 200 A ABC", "< 200 107 A HTTP" },
		  "new1 >ABC >DEF >fin <HTTP end." },
	};

	(void)state;
	expect_stories(cases, G_N_ELEMENTS(cases));
}

static void leaves_alone_what_is_not_http(void **state)
{
	static const struct play cases[] = {
		{ "not HTTP: nothing of it", { HANDSHAKE, "> 100 200 A ssh", "< 200 103 A Banner", "> 103 206 FA" }, "" },
		{ "the server speaks first, and it is not HTTP", { HANDSHAKE, "< 200 100 A 220-smtp", "> 100 208 A EHLO" }, "" },
		{ "a connection that turned into something else stays that", { HANDSHAKE, "> 100 200 A CONNECT", "< 200 107 A GET",
		  "> 99999999 203 A GET", "> 99 0 S" }, "new1 >CONNECT evicted." },
	};

	(void)state;
	expect_stories(cases, G_N_ELEMENTS(cases));
}

static void puts_frames_in_order_and_tells_holes(void **state)
{
	static const struct play cases[] = {
		{ "what was sent again, whole or with more behind it", { HANDSHAKE, "> 100 200 A ABCD", "> 100 200 A ABCD", "> 101 200 A BC",
		  "> 102 200 A CDEF", "> 106 200 A* GHI", "> 106 200 A* GHI" }, "new1 >ABCD >=4 >=2 >EF~ >GHI end." },
		{ "reordered", { HANDSHAKE, "> 103 200 A DEF", "> 100 200 A ABC", "< 200 106 A HTTP" }, "new1 >ABC >DEF <HTTP end." },
		{ "a hole at the end of the capture", { HANDSHAKE, "> 100 200 A ABC", "> 106 200 A GHI" }, "new1 >ABC >+ >?3 >GHI end." },
		{ "an overlap that begins inside a segment", { HANDSHAKE, "> 100 200 A ABC", "> 101 200 A BCDE" },
		  "new1 >ABC >DE~ end." },
		{ "bytes that the server acknowledged but the capture lacks", { HANDSHAKE, "> 100 200 A ABC", "< 200 110 A HTTP" },
		  "new1 >ABC <HTTP >?7 end." },
		{ "an early segment before the SYN-ACK", { "> 99 0 S", "> 103 200 A DEF", "< 199 100 SA", "> 100 200 A ABC" },
		  "new1 >ABC >DEF end." },
	};

	(void)state;
	expect_stories(cases, G_N_ELEMENTS(cases));
}

static void begins_wherever_the_capture_does(void **state)
{
	static const struct play cases[] = {
		{ "the capture begins in the middle of a body", { "> 500 200 A body", "> 504 200 A more", "< 200 508 A HTTP", "> 508 204 A GET" },
		  "middle1 <HTTP >GET end." },
		{ "data before its SYN", { "> 100 200 A GET", "> 99 0 S", "< 199 100 SA", "< 200 103 A HTTP" },
		  "middle1 >GET >began <ack <began >began <HTTP end." },
		{ "data before its SYN-ACK alone", { "> 100 200 A GET", "< 199 100 SA", "< 200 103 A HTTP" },
		  "middle1 >GET <ack <began >began <HTTP end." },
		{ "a SYN whose data are others", { "> 100 200 A GET", "> 98 0 S", "< 200 103 A HTTP" }, "middle1 >GET <HTTP end." },
		{ "only the client's direction, from its SYN", { "> 99 0 S", "> 100 200 A", "> 100 200 A GET", "> 103 204 A PUT" },
		  "new1 >GET >PUT end." },
		{ "only the client's direction, its first data is its first frame after the SYN",
		  { "> 99 0 S", "> 100 200 A GET", "> 103 204 A PUT" }, "new1 >GET >PUT end." },
		{ "only the server's direction, from its SYN", { "< 199 100 SA", "< 200 103 A HTTP" }, "new1 <HTTP end." },
		{ "only the client's direction, reordered", { "> 99 0 S", "> 100 200 A", "> 103 200 A DEF", "> 100 200 A ABC" },
		  "new1 >ABC >DEF end." },
		{ "only the client's direction, and nothing tells where the server's begins",
		  { "> 99 0 S", "> 103 200 A DEF", "> 100 200 A ABC" }, "middle1 >ABC >DEF end." },
		{ "in the middle, a head that comes late", { "> 503 200 A body", "> 500 200 A GET", "> 507 200 A PUT" },
		  "middle1 >GET >+ >?4 >PUT end." },
		{ "an acknowledgment overtakes what was sent before it", { "> 103 204 A", "> 100 200 A GET", "< 200 103 A HTTP" },
		  "middle1 >GET <HTTP end." },
		{ "the first bytes are missing, and the end comes before they are given up",
		  { "> 99 0 S", "> 103 200 A body", "> 107 200 A GET" }, "middle1 >GET end." },
		{ "the same, and what waits begins nothing", { "> 99 0 S", "> 103 200 A body", "> 107 200 A more" }, "" },
		{ "the same, when its ports are used again",
		  { "> 99 0 S", "> 103 200 A GET", "> 70099 0 S", "> 70100 300 A PUT" }, "middle1 >GET end. new2 2>PUT 2end." },
		{ "no handshake in the capture at all", { "> 100 200 A GET", "< 200 103 A HTTP" }, "middle1 >GET <HTTP end." },
	};

	(void)state;
	expect_stories(cases, G_N_ELEMENTS(cases));
}

static void tells_connections_of_the_same_ports_apart(void **state)
{
	static const struct play cases[] = {
		{ "the port is used again", { HANDSHAKE, "> 100 200 A GET", "> 70099 0 S", "< 80199 70100 SA", "> 70100 80200 A PUT" },
		  "new1 >GET end. new2 2>PUT 2end." },
		{ "used again, and the answer to its SYN is missing", { HANDSHAKE, "> 100 200 A GET", "> 70099 0 S", "> 70100 80200 A PUT" },
		  "new1 >GET end. new2 2>PUT 2end." },
		{ "used again, and only the server's side goes on", { HANDSHAKE, "> 100 200 A GET", "> 70099 0 S", "< 80200 70100 A HTTP" },
		  "new1 >GET end. middle2 2<HTTP 2end." },
		{ "used again, with numbers that follow", { HANDSHAKE, "> 100 200 A GET", "> 102 0 S", "< 80199 103 SA", "> 103 80200 A PUT" },
		  "new1 >GET end. new2 2>PUT 2end." },
		{ "a SYN that nobody answers", { HANDSHAKE, "> 100 200 A GET", "> 70099 0 S", "< 200 103 A", "> 103 200 A PUT",
		    "< 200 106 A HTTP" }, "new1 >GET <ack >PUT <HTTP end." },
		{ "the same, with the next number", { HANDSHAKE, "> 100 200 A GET", "> 102 0 S", "> 103 200 A PUT", "< 200 106 A HTTP" },
		  "new1 >GET >PUT <HTTP end." },
		{ "an answer to no SYN", { HANDSHAKE, "> 100 200 A GET", "< 80199 103 SA", "> 103 200 A PUT", "< 200 106 A HTTP" },
		  "new1 >GET >PUT <HTTP end." },
		{ "used again after its end, and a late copy of the old one",
		  { HANDSHAKE, "> 100 200 FA GET", "< 200 104 FA OK", "> 100 200 A GET", "> 90099 0 S", "< 95199 90100 SA",
		    "> 90100 95200 A PUT" },
		  "new1 >GET >fin <OK <fin closed> new2 2>PUT 2end." },
	};

	(void)state;
	expect_stories(cases, G_N_ELEMENTS(cases));
}

static void exported_pdus_are_connections_of_their_own(void **state)
{
	static const struct play cases[] = {
		{ "alone", { "=> 1 GET", "=< 2 HTTP", "=> 3 PUT" }, "middle1 >GET <HTTP >PUT end." },
		{ "beside the packets that they are of", { HANDSHAKE, "> 100 200 A GET", "=> 1 GET", "< 200 103 A HTTP", "=< 2 HTTP" },
		  "new1 >GET middle2 2>GET <HTTP 2<HTTP end. 2end." },
		{ "before them", { "=> 1 GET", "=< 2 HTTP", HANDSHAKE, "> 100 200 A GET", "< 200 103 A HTTP" },
		  "middle1 >GET <HTTP new2 2>GET 2<HTTP end. 2end." },
		{ "another file goes on with them", { "=> 1 GET", "=< 2 HTTP", "=> 3| PUT", "=< 4| OK", "=> 5||| GET" },
		  "middle1 >GET <HTTP <| >| >PUT <OK <| >| >GET end." },
		{ "... where it began", { "=> 1|| GET", "=> 2|| PUT" }, "middle1 >GET >PUT end." },
		{ "each twice", { "=> 1 GET", "=> 1 GET", "=< 2 HTTP", "=< 2 HTTP" }, "middle1 >GET <HTTP end." },
		{ "what was taken for a copy ends the connection", { "=> 1 PUT", "=> 1 PUT", "=> 2 abc", "=> 3 GET", "=< 4 OK", "=> 5 GET" },
		  "middle1 >PUT end. middle2 2<OK 2>GET 2end." },
		{ "whose packets are no HTTP", { HANDSHAKE, "> 100 200 A \026\003", "=> 1 GET", "> 102 200 A \027", "=> 2 PUT" },
		  "middle2 2>GET 2>PUT 2end." },
	};

	(void)state;
	expect_stories(cases, G_N_ELEMENTS(cases));
}

static void doubts_broken_segments(void **state)
{
	static const struct play cases[] = {
		{ "a broken segment acknowledges what nobody sent", { HANDSHAKE, "> 100 200 A GET", "< 200 90000103 A*", "< 200 103 A HTTP" },
		  "new1 >GET <HTTP end." },
		{ "a broken segment of a place where nobody is", { HANDSHAKE, "> 100 200 A GET", "> 90000000 200 A* XYZ", "< 200 103 A HTTP" },
		  "new1 >GET <HTTP end." },
		{ "a reset that its receiver answers, and goes on", { HANDSHAKE, "> 100 200 A GET", "< 300 0 R", "< 200 103 A HTTP", "> 103 204 A ABC" },
		  "new1 >GET <HTTP >ABC end." },
		{ "... that may have been heeded: what was in front of it is missing", { HANDSHAKE, "> 100 200 A GET", "< 300 0 R", "> 103 200 A ABC" },
		  "new1 >GET >ABC reset<" },
		{ "a broken reset ends nothing, either", { HANDSHAKE, "> 100 200 A GET", "< 200 103 A HTTP", "< 204 0 R*", "> 103 204 A ABC" },
		  "new1 >GET <HTTP >ABC end." },
		{ "one that was doubted of an earlier connection", { HANDSHAKE, "> 100 200 A GET", "< 300 0 R", "> 9000 0 S", "< 7000 9001 SA",
		  "> 9001 7001 A GET" }, "new1 >GET reset< new2 2>GET 2end." },
		{ "a broken reset", { HANDSHAKE, "> 100 200 A GET", "< 200 103 A HTTP", "< 204 0 R*", "< 204 103 A TWO" },
		  "new1 >GET <HTTP <TWO end." },
		{ "a bad copy gives way to a good one", { HANDSHAKE, "> 100 200 A* XXX", "> 100 200 A ABC" }, "new1 >ABC end." },
		{ "a card that fills checksums in", { HANDSHAKE, "> 100 200 A* ABC", "< 200 103 A HTTP", "> 103 204 A* DEF" },
		  "new1 >ABC <HTTP >DEF end." },
		{ "one broken segment where the others are sound", { HANDSHAKE, "> 100 200 A GET", "> 103 200 A* XXX", "> 106 200 A ABC",
		  "< 200 109 A HTTP" }, "new1 >GET >+ >XXX >ABC <HTTP end." },
		{ "an acknowledgment before the SYN says nothing about what comes behind it",
		  { "< 200 100 A", "> 99 0 S", "> 100 200 A* XXX", "> 100 200 A ABC" }, "middle1 >ABC end." },
		{ "a FIN behind bytes that only its acknowledgment clears",
		  { HANDSHAKE, "> 100 200 FA* GET", "< 200 104 A HTTP" }, "new1 >GET >fin <HTTP end." },
		{ "both FINs behind such bytes", { HANDSHAKE, "> 100 200 FA* GET", "< 200 104 FA HTTP", "> 104 205 A" },
		  "new1 >GET >fin <HTTP <fin closed>" },
	};

	(void)state;
	expect_stories(cases, G_N_ELEMENTS(cases));
}

/* Longer than any that an Ethernet carries: its receiver joined several, and left the first one's checksum. */
static void a_joined_segment_is_not_broken(void **state)
{
	static const struct {
		const char *name;
		size_t      length;
		uint64_t    broken;
	} cases[] = {
		{ "one of the usual length", 1460, 1460 },
		{ "a longer one", 1461, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		static const char *const lines[] = { HANDSHAKE, "> 100 200 A GET" };
		g_autofree char         *payload = g_strnfill(cases[i].length, 'x'), *ack = NULL;
		struct made              m = { .seq = 103, .ack = 200, .flags = TCP_ACK, .payload = payload, .n = cases[i].length,
			                       .bad_checksum = true };
		g_autoptr(GByteArray)    bytes = make_ethernet(&m);
		struct frame             f = frame_of(bytes, 1, 5);
		struct pump             *p = pump_new(NULL);

		story = g_string_new(NULL);
		for (uint32_t k = 0; k < G_N_ELEMENTS(lines); k++)
			feed(p, lines[k], k + 1);
		pump_frame_conn(p, &f);
		ack = g_strdup_printf("< 200 %zu A HTTP", 103 + cases[i].length);
		feed(p, ack, 6);
		pump_finish(p);
		expect_in_row(cases[i].name, pump_stats(p)->broken == cases[i].broken && pump_stats(p)->lost == 0);
		pump_free(p);
		g_string_free(story, true);
	}
}

/* An acknowledged hole is given up after 1000 further frames, not before. */
static void patience_has_an_end(void **state)
{
	struct pump *p = pump_new(NULL);
	static const char *const lines[] = { HANDSHAKE, "> 100 200 A ABC", "> 106 200 A GHI", "< 200 109 A HTTP" };
	uint32_t     number = 0;

	(void)state;
	story = g_string_new(NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
		feed(p, lines[i], ++number);
	for (unsigned i = 0; i < 999; i++)
		feed(p, "< 204 109 A", ++number);
	for (unsigned i = 0; i < 1000; i++) /* these are no frames in which it could still come */
		feed(p, "=> 1", ++number);
	assert_string_equal(story->str, "new1 >ABC >+ <HTTP ");
	feed(p, "< 204 109 A", ++number);
	assert_string_equal(story->str, "new1 >ABC >+ <HTTP >?3 >GHI ");
	pump_finish(p);
	pump_free(p);
	g_string_free(story, true);
}

/* What happens behind the end of that patience, without a further frame of the connection's own. */
static void what_follows_a_hole_given_up(void **state)
{
	static const struct {
		const char *name;
		const char *before[8], *idle, *after[2];
		const char *story;
	} cases[] = {
		{ "the FIN behind it counts",
		  { HANDSHAKE, "> 100 200 A GET", "> 106 200 FA GHI", "< 200 110 FA HTTP" }, "< 205 110 A", { NULL },
		  "new1 >GET >+ <HTTP <fin >?3 >GHI >fin closed<" },
		{ "where the first bytes were in it, a later segment may begin a message",
		  { HANDSHAKE, "> 103 200 A body", "< 200 107 A" }, "< 200 107 A", { "> 107 200 A GET" }, "middle1 >GET end." },
		{ "a second hole behind it is still one",
		  { HANDSHAKE, "> 103 200 A body", "> 110 200 A more", "< 200 114 A" }, "< 200 114 A", { "> 114 200 A GET" },
		  "middle1 >GET end." },
		{ "a second hole behind it, and it is filled",
		  { HANDSHAKE, "> 103 200 A body", "> 110 200 A GET", "< 200 113 A" }, "< 200 113 A", { "> 107 200 A END" },
		  "middle1 >END >GET end." },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct pump *p = pump_new(NULL);
		uint32_t     number = 0;

		story = g_string_new(NULL);
		for (size_t k = 0; k < 8 && cases[i].before[k] != NULL; k++)
			feed(p, cases[i].before[k], ++number);
		for (unsigned k = 0; k < 1000; k++)
			feed(p, cases[i].idle, ++number);
		for (size_t k = 0; k < 2 && cases[i].after[k] != NULL; k++)
			feed(p, cases[i].after[k], ++number);
		pump_finish(p);
		pump_free(p);
		g_strchomp(story->str);
		if (strcmp(story->str, cases[i].story) != 0)
			fail_msg("row \"%s\": \"%s\" instead of \"%s\"", cases[i].name, story->str, cases[i].story);
		g_string_free(story, true);
	}
}

/* ---- any order ------------------------------------------------------------------------------------------------- */

#define SHUFFLED 80

struct shuffle {
	char     lines[SHUFFLED][64];
	guint    ranks[SHUFFLED], n;
	GString *sent[2]; /* by each side */
};

/* A segment of direction d, once or twice; its rank is its place, more or less. */
static void deal_segment(struct shuffle *s, GRand *rand, guint d, guint seq[2])
{
	guint copies = g_rand_int_range(rand, 0, 4) == 0 ? 2 : 1, len = (guint)g_rand_int_range(rand, 1, 12);
	char  text[16] = "";

	memset(text, 'A' + (int)(s->n % 26), len);
	g_string_append(s->sent[d], text);
	for (; copies > 0; copies--, s->n++) {
		g_snprintf(s->lines[s->n], sizeof s->lines[0], "%c %u %u A %s", d ? '<' : '>', seq[d], seq[!d], text);
		s->ranks[s->n] = 10 * s->n + (guint)g_rand_int_range(rand, 0, 60);
	}
	seq[d] += len;
}

static gint by_rank(gconstpointer a, gconstpointer b, gpointer ranks)
{
	guint x = ((const guint *)ranks)[*(const guint *)a], y = ((const guint *)ranks)[*(const guint *)b];

	return x < y ? -1 : x > y;
}

static void feed_shuffled(struct pump *p, struct shuffle *s)
{
	guint order[SHUFFLED];

	for (guint i = 0; i < s->n; i++)
		order[i] = i;
	g_qsort_with_data(order, (gint)s->n, sizeof order[0], by_rank, s->ranks);
	feed(p, "> 99 0 S", 1);
	feed(p, "< 199 100 SA", 2);
	for (guint i = 0; i < s->n; i++)
		feed(p, s->lines[order[i]], 3 + i);
}

/* What the story says that one side sent. */
static char *told_of(const char *words, char side)
{
	g_auto(GStrv) split = g_strsplit(words, " ", -1);
	GString      *out = g_string_new(NULL);

	for (char **w = split; *w != NULL; w++)
		if (**w == side && g_ascii_isupper((*w)[1]))
			g_string_append(out, g_strdelimit(*w + 1, "~", '\0'));
	return g_string_free(out, false);
}

/* Frames of both directions, shuffled within a window, some twice: each side's bytes come out whole and in order. */
static void any_order_within_the_window_feeds_the_same(void **state)
{
	(void)state;
	for (guint seed = 1; seed <= 500; seed++) {
		g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
		struct shuffle   s = { .sent = { g_string_new(NULL), g_string_new(NULL) } };
		guint            seq[2] = { 100, 200 };
		struct pump     *p = pump_new(NULL);

		story = g_string_new(NULL);
		while (s.n < 60)
			deal_segment(&s, rand, (guint)g_rand_int_range(rand, 0, 2), seq);
		feed_shuffled(p, &s);
		pump_finish(p);
		assert_int_equal(pump_stats(p)->lost, 0);
		pump_free(p);
		for (guint d = 0; d < 2; d++) {
			g_autofree char *told = told_of(story->str, d ? '<' : '>');

			if (strcmp(s.sent[d]->str, told) != 0)
				fail_msg("seed %u: side %u: %s instead of %s", seed, d, told, s.sent[d]->str);
			g_string_free(s.sent[d], true);
		}
		g_string_free(story, true);
	}
}

/* ---- limits ---------------------------------------------------------------------------------------------------- */

static struct pump *feed_within(struct pump_limits limits, const char *const *lines)
{
	struct pump *p = pump_new_within(NULL, &limits);
	uint32_t     number = 0;

	story = g_string_new(NULL);
	for (; *lines != NULL; lines++)
		feed(p, *lines, ++number);
	return p;
}

/* Of a row, told to its end; the pump and the story go. */
static void expect_story(struct pump *p, const char *row, const char *expected)
{
	pump_finish(p);
	pump_free(p);
	g_strchomp(story->str);
	if (strcmp(story->str, expected) != 0)
		fail_msg("row \"%s\": \"%s\" instead of \"%s\"", row, story->str, expected);
	g_string_free(story, true);
}

/* Three fit. */
static void a_full_table_gives_the_oldest_up(void **state)
{
	static const struct {
		const char *name;
		const char *lines[12];
		uint64_t    evicted;
		const char *story;
	} cases[] = {
		{ "as many as fit", { "1> 100 0 A GET", "2> 100 0 A GET", "3> 100 0 A GET" }, 0,
		  "middle1 >GET middle2 2>GET middle3 3>GET end. 2end. 3end." },
		{ "one more: the oldest goes", { "1> 100 0 A GET", "2> 100 0 A GET", "3> 100 0 A GET", "4> 100 0 A GET" }, 1,
		  "middle1 >GET middle2 2>GET middle3 3>GET evicted. middle4 4>GET 2end. 3end. 4end." },
		{ "the oldest is who was silent longest",
		  { "1> 100 0 A GET", "2> 100 0 A GET", "3> 100 0 A GET", "1> 103 0 A PUT", "4> 100 0 A GET" }, 1,
		  "middle1 >GET middle2 2>GET middle3 3>GET >PUT 2evicted. middle4 4>GET end. 3end. 4end." },
		{ "what is no HTTP goes, too, and is told nobody",
		  { "1> 99 0 S", "2> 100 0 A GET", "3> 100 0 A GET", "4> 100 0 A GET" }, 1,
		  "middle2 2>GET middle3 3>GET middle4 4>GET 2end. 3end. 4end." },
		{ "one that has ended is no loss",
		  { "1> 100 200 FA GET", "1< 200 104 FA OK", "1> 104 203 A", "2> 100 0 A GET", "3> 100 0 A GET", "4> 100 0 A GET" }, 0,
		  "middle1 >GET >fin <OK <fin closed> middle2 2>GET middle3 3>GET middle4 4>GET 2end. 3end. 4end." },
		{ "its hole is told before its end",
		  { "1> 100 200 A GET", "1> 106 200 A GHI", "2> 100 0 A GET", "3> 100 0 A GET", "4> 100 0 A GET" }, 1,
		  "middle1 >GET >+ middle2 2>GET middle3 3>GET >?3 >GHI evicted. middle4 4>GET 2end. 3end. 4end." },
		{ "it comes back as another one",
		  { "1> 100 0 A GET", "2> 100 0 A GET", "3> 100 0 A GET", "4> 100 0 A GET", "1> 103 0 A PUT" }, 2,
		  "middle1 >GET middle2 2>GET middle3 3>GET evicted. middle4 4>GET 2evicted. middle5 5>PUT 3end. 4end. 5end." },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct pump *p = feed_within((struct pump_limits){ .connections = 3, .live = 3, .held = 1000, .framed = 100000 }, cases[i].lines);

		expect_in_row(cases[i].name, pump_stats(p)->evicted == cases[i].evicted);
		expect_story(p, cases[i].name, cases[i].story);
	}
}

/* A framer takes 1000 bytes here, and 3500 may be taken: a quarter of that is set free. */
static void framers_take_so_much_memory(void **state)
{
	static const struct {
		const char *name, *lines[8];
		unsigned    evicted;
		const char *story;
	} cases[] = {
		{ "three", { "1> 100 0 A GET", "2> 100 0 A GET", "3> 100 0 A GET" }, 0,
		  "middle1 >GET middle2 2>GET middle3 3>GET end. 2end. 3end." },
		{ "four: the two oldest go", { "1> 100 0 A GET", "2> 100 0 A GET", "3> 100 0 A GET", "4> 100 0 A GET" }, 2,
		  "middle1 >GET middle2 2>GET middle3 3>GET middle4 4>GET evicted. 2evicted. 3end. 4end." },
		{ "what is no HTTP stays", { "9> 99 0 S", "1> 100 0 A GET", "2> 100 0 A GET", "3> 100 0 A GET", "4> 100 0 A GET" }, 2,
		  "middle2 2>GET middle3 3>GET middle4 4>GET middle5 5>GET 2evicted. 3evicted. 4end. 5end." },
		{ "those that end make room", { "1> 100 200 FA GET", "1< 200 104 FA OK", "1> 104 203 A", "2> 100 0 A GET", "3> 100 0 A GET",
		    "4> 100 0 A GET" }, 0,
		  "middle1 >GET >fin <OK <fin closed> middle2 2>GET middle3 3>GET middle4 4>GET 2end. 3end. 4end." },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct pump *p = feed_within((struct pump_limits){ .connections = 9, .live = 9, .held = 1000, .framed = 3500 },
		                             cases[i].lines);

		expect_in_row(cases[i].name, pump_stats(p)->evicted == cases[i].evicted);
		expect_story(p, cases[i].name, cases[i].story);
	}
}

/* It goes while a hole of it is watched: what is overdue later is nobody's any more. */
static void whoever_goes_is_watched_no_longer(void **state)
{
	static const char *const lines[] = { "1> 100 200 A GET", "1> 106 200 A GHI", "1< 200 109 A HTTP", "2> 100 0 A GET", NULL };
	struct pump             *p = feed_within((struct pump_limits){ .connections = 1, .live = 1, .held = 1000, .framed = 100000 }, lines);

	(void)state;
	for (uint32_t i = 0; i < 2000; i++)
		feed(p, "2> 103 0 A", 5 + i);
	pump_finish(p);
	assert_int_equal(pump_stats(p)->evicted, 1);
	pump_free(p);
	assert_string_equal(story->str, "middle1 >GET >+ <HTTP >?3 >GHI evicted. middle2 2>GET 2end. ");
	g_string_free(story, true);
}

/* What so many pieces of ten bytes cost. */
static uint64_t cost_of(uint64_t pieces)
{
	static const struct stream_sink nowhere = { 0 };
	struct stream                   s = { 0 };
	struct stream_totals            totals = { 0 };
	uint64_t                        held;

	stream_set_base(&s, 1, 0);
	stream_add(&s, &(struct stream_bytes){ .at = 5, .p = (const uint8_t *)"0123456789", .n = 10 }, &totals, &nowhere, NULL);
	held = stream_held(&s);
	stream_clear(&s, &totals);
	return pieces * held;
}

#define BOTH_BEGIN "1> 100 0 A GET", "2> 100 0 A GET"

/* Five pieces of ten bytes may wait; when a sixth comes all but three go. */
static void who_holds_most_gives_its_holes_up(void **state)
{
	static const struct {
		const char *name;
		const char *lines[14];
		uint64_t    crowded_out;
		const char *story;
	} cases[] = {
		{ "as much as may wait",
		  { BOTH_BEGIN, "1> 200 0 A AAAAAAAAAA", "1> 210 0 A BBBBBBBBBB", "1> 220 0 A CCCCCCCCCC", "1> 230 0 A DDDDDDDDDD",
		    "2> 200 0 A XXXXXXXXXX" },
		  0, "" },
		{ "one more comes from who holds little: the other gives up, and it goes on",
		  { BOTH_BEGIN, "1> 200 0 A AAAAAAAAAA", "1> 210 0 A BBBBBBBBBB", "1> 220 0 A CCCCCCCCCC", "1> 230 0 A DDDDDDDDDD",
		    "2> 113 0 A XXXXXXXXXX", "2> 123 0 A YYYYYYYYYY", "2> 103 0 A VVVVVVVVVV" },
		  1, ">?97 >AAAAAAAAAA >BBBBBBBBBB >CCCCCCCCCC >DDDDDDDDDD 2>VVVVVVVVVV 2>XXXXXXXXXX 2>YYYYYYYYYY " },
		{ "no more holes than necessary",
		  { BOTH_BEGIN, "1> 200 0 A AAAAAAAAAA", "1> 220 0 A BBBBBBBBBB", "1> 240 0 A CCCCCCCCCC", "1> 260 0 A DDDDDDDDDD",
		    "2> 113 0 A XXXXXXXXXX", "2> 123 0 A YYYYYYYYYY" },
		  3, ">?97 >AAAAAAAAAA >?10 >BBBBBBBBBB >?10 >CCCCCCCCCC " },
		{ "of equals the older connection",
		  { BOTH_BEGIN, "2> 200 0 A XXXXXXXXXX", "2> 210 0 A YYYYYYYYYY", "2> 220 0 A ZZZZZZZZZZ", "1> 200 0 A AAAAAAAAAA",
		    "1> 210 0 A BBBBBBBBBB", "1> 220 0 A CCCCCCCCCC" },
		  1, ">?97 >AAAAAAAAAA >BBBBBBBBBB >CCCCCCCCCC " },
		{ "a server's direction",
		  { BOTH_BEGIN, "1< 0 103 A AAAAAAAAAA", "1< 110 103 A BBBBBBBBBB", "1< 120 103 A CCCCCCCCCC", "1< 130 103 A DDDDDDDDDD",
		    "2> 113 0 A XXXXXXXXXX", "2> 123 0 A YYYYYYYYYY", "2> 133 0 A ZZZZZZZZZZ" },
		  1, "<AAAAAAAAAA <?100 <BBBBBBBBBB <CCCCCCCCCC <DDDDDDDDDD " },
		{ "a FIN behind what was given up counts",
		  { "1> 100 200 A GET", "2> 100 0 A GET", "1< 200 103 FA HTTP", "1> 200 0 A AAAAAAAAAA", "1> 210 0 A BBBBBBBBBB",
		    "1> 220 0 A CCCCCCCCCC", "1> 230 205 FA DDDDDDDDDD", "2> 113 0 A XXXXXXXXXX", "2> 123 0 A YYYYYYYYYY" },
		  1, "<HTTP <fin >ack >?97 >AAAAAAAAAA >BBBBBBBBBB >CCCCCCCCCC >DDDDDDDDDD >fin closed< " },
		{ "alone, and far too much",
		  { BOTH_BEGIN, "1> 200 0 A AAAAAAAAAA", "1> 220 0 A BBBBBBBBBB", "1> 240 0 A CCCCCCCCCC", "1> 260 0 A DDDDDDDDDD",
		    "1> 280 0 A EEEEEEEEEE", "1> 300 0 A FFFFFFFFFF" },
		  3, ">?97 >AAAAAAAAAA >?10 >BBBBBBBBBB >?10 >CCCCCCCCCC " },
	};
	struct pump_limits limits = { .connections = 10, .live = 10, .held = cost_of(5), .framed = 100000 };

	(void)state;
	is_crowded = true;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct pump *p = feed_within(limits, cases[i].lines);
		const char  *begun = "middle1 >GET middle2 2>GET ";

		expect_in_row(cases[i].name, g_str_has_prefix(story->str, begun));
		if (strcmp(story->str + strlen(begun), cases[i].story) != 0)
			fail_msg("row \"%s\": \"%s\" instead of \"%s\"", cases[i].name, story->str, cases[i].story);
		expect_in_row(cases[i].name, pump_stats(p)->crowded_out == cases[i].crowded_out);
		pump_finish(p);
		pump_free(p);
		g_string_free(story, true);
	}
	is_crowded = false;
}

/* The ordinary limit, which no caller gives: 64 MiB, here of segments of 60 000 bytes, 15 behind each hole. */
static void sixty_four_mebibytes_may_wait(void **state)
{
	struct pump        *p = pump_new(NULL);
	g_autofree uint8_t *bytes = g_malloc0(60000);
	uint64_t            waiting = 0;
	uint32_t            number = 0;

	(void)state;
	story = g_string_new(NULL);
	for (uint16_t port = 1; port < 100 && pump_stats(p)->crowded_out == 0; port++)
		for (uint32_t i = 0; i < 16 && pump_stats(p)->crowded_out == 0; i++) {
			struct made           m = { .seq = i == 0 ? 100 : 100 + 60000 * i, .payload = i == 0 ? (const void *)"GET" : bytes,
				                    .n = i == 0 ? 3 : 60000, .port = port };
			g_autoptr(GByteArray) frame = make_ethernet(&m);
			struct frame          f = frame_of(frame, 1, ++number);

			pump_frame(p, &f);
			waiting += i == 0 ? 0 : 60000;
		}
	assert_in_range(waiting, (64 << 20) - 500000, (64 << 20) + 60000);
	pump_finish(p);
	pump_free(p);
	g_string_free(story, true);
}

/* Also those that bring the core nothing: whoever copies a connection wants all of it. */
static void every_frame_is_of_its_connection(void **state)
{
	static const struct {
		const char *name;
		const char *lines[14];
		const char *ordinals;
	} cases[] = {
		{ "from the SYN to the last ACK",
		  { HANDSHAKE, "> 100 200 A GET", "< 200 103 A HTTP", "> 103 204 FA", "< 204 104 FA", "> 104 205 A" },
		  "1 1 1 1 1 1 1 1" },
		{ "late copies of one that has ended",
		  { HANDSHAKE, "> 100 200 A GET", "< 200 103 RA", "> 100 200 A GET", "> 103 200 A", "> 103 200 R" }, "1 1 1 1 1 1 1 1" },
		{ "its ports are used again",
		  { HANDSHAKE, "> 100 200 A GET", "< 200 103 RA", "> 900000 0 S", "< 500000 900001 SA", "> 900001 500001 A" },
		  "1 1 1 1 1 2 2 2" },
		{ "... while it has not ended", { HANDSHAKE, "> 100 200 A GET", "> 900000 0 S", "< 500000 900001 SA" }, "1 1 1 1 2 2" },
		{ "a SYN that nobody answers", { HANDSHAKE, "> 100 200 A GET", "> 900000 0 S", "> 900000 0 S", "> 103 200 A GET" }, "1 1 1 1 2 2 1" },
		{ "... and an acknowledgment of nothing that was seen", { HANDSHAKE, "< 200 100 RA", "> 99999999 7 A" }, "1 1 1 1 0" },
		{ "two in turns", { "1> 100 0 A GET", "2> 100 0 A GET", "1> 103 0 A", "2> 103 0 A" }, "1 2 1 2" },
		{ "one that is not HTTP", { HANDSHAKE, "> 100 200 A ssh", "> 103 200 A more", "> 107 200 FA" }, "1 1 1 1 1 1" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) told = g_string_new(NULL);
		struct pump       *p = pump_new(NULL);

		story = g_string_new(NULL);
		for (uint32_t k = 0; cases[i].lines[k] != NULL; k++)
			g_string_append_printf(told, "%s%lu", k > 0 ? " " : "", feed(p, cases[i].lines[k], k + 1));
		pump_finish(p);
		pump_free(p);
		g_string_free(story, true);
		if (strcmp(told->str, cases[i].ordinals) != 0)
			fail_msg("row \"%s\": %s instead of %s", cases[i].name, told->str, cases[i].ordinals);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(feeds_whole_connections),
		cmocka_unit_test(leaves_alone_what_is_not_http),
		cmocka_unit_test(puts_frames_in_order_and_tells_holes),
		cmocka_unit_test(begins_wherever_the_capture_does),
		cmocka_unit_test(tells_connections_of_the_same_ports_apart),
		cmocka_unit_test(exported_pdus_are_connections_of_their_own),
		cmocka_unit_test(doubts_broken_segments),
		cmocka_unit_test(a_joined_segment_is_not_broken),
		cmocka_unit_test(patience_has_an_end),
		cmocka_unit_test(what_follows_a_hole_given_up),
		cmocka_unit_test(any_order_within_the_window_feeds_the_same),
		cmocka_unit_test(a_full_table_gives_the_oldest_up),
		cmocka_unit_test(framers_take_so_much_memory),
		cmocka_unit_test(whoever_goes_is_watched_no_longer),
		cmocka_unit_test(who_holds_most_gives_its_holes_up),
		cmocka_unit_test(sixty_four_mebibytes_may_wait),
		cmocka_unit_test(every_frame_is_of_its_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
