/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_conn.c - framer, decoder and tracker joined: two byte streams in, a story out. */
#include "core/bits_conn.h"

#include <glib.h>

#include "core/bits_tracker.h"
#include "tests/cm.h"

#define PING "BITS_POST /a HTTP/1.1\r\nBITS-Packet-Type: Ping\r\nContent-Length: 0\r\n\r\n"
#define ACK  "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n"
#define MAKE "BITS_POST /a HTTP/1.1\r\nBITS-Packet-Type: Create-Session\r\nContent-Length: 0\r\n\r\n"
#define MADE "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Session-Id: {1}\r\nContent-Length: 0\r\n\r\n"

static void sniffs_first_bytes(void **state)
{
	static const struct {
		const char     *name, *bytes;
		enum bits_sniff verdict;
	} cases[] = {
		{ "a BITS request", "BITS_POST /a HTTP/1.1\r\n", BITS_SNIFF_HTTP },
		{ "an answer", "HTTP/1.1 200 OK\r\n", BITS_SNIFF_HTTP },
		{ "any token may be a method", "M-SEARCH * HTTP/1.1\r\n", BITS_SNIFF_HTTP },
		{ "the beginning of a method", "BITS_PO", BITS_SNIFF_MORE },
		{ "nothing yet", "", BITS_SNIFF_MORE },
		{ "TLS", "\x16\x03\x01\x02", BITS_SNIFF_NO },
		{ "SSH", "SSH-2.0-OpenSSH_9.2\r\n", BITS_SNIFF_NO },
		{ "SMTP", "220 mail.example ESMTP\r\n", BITS_SNIFF_NO },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		expect_in_row(cases[i].name, bits_conn_sniff(bits_str_of(cases[i].bytes)) == cases[i].verdict);
}

/* ---- a connection ---------------------------------------------------------------------------------------------- */

struct seen {
	unsigned         requests, answers;
	struct bits_ends ends;
	enum bits_close  ended_by, left_by; /* of the session; of the request that nobody answered */
	unsigned         unanswered;
	uint32_t         left_at;           /* the frame                                           */
	uint32_t         answer_frame;      /* of the latest answer                                */
	unsigned         lost_heads, unasked, pipelined, odd_methods, two_lengths;
	enum bits_side   lost_side;         /* whose head was lost                                 */
	bool             partial;
	unsigned         accusations, complete; /* proven errors and warnings; files */
};

static void on_packet(const struct bits_exchange *x, enum bits_side side, void *user)
{
	struct seen *y = user;

	y->requests += side == BITS_CLIENT;
	y->answers += side == BITS_SERVER;
	if (side == BITS_SERVER)
		y->answer_frame = x->answer_at.first.frame;
	y->ends = x->ends;
}

static void on_finding(const struct bits_finding *f, void *user)
{
	struct seen *y = user;

	y->accusations += !f->undecided && f->severity >= BITS_WARNING && f->fault <= BITS_FAULT_SERVER;
	y->lost_heads += f->rule == BITS_RULE_HEAD_LOST;
	y->odd_methods += f->rule == BITS_RULE_METHOD_NOT_BITS_POST;
	y->pipelined += f->rule == BITS_RULE_PIPELINED_REQUEST;
	y->two_lengths += f->rule == BITS_RULE_DUPLICATE_FRAMING_HEADER && f->side == BITS_SERVER && !f->undecided;
	if (f->rule == BITS_RULE_HEAD_LOST)
		y->lost_side = f->side;
	y->unasked += f->rule == BITS_RULE_RESPONSE_WITHOUT_REQUEST;
}

static void on_ended(const struct bits_session *s, void *user)
{
	((struct seen *)user)->ended_by = s->ended_by;
	((struct seen *)user)->partial = s->evidence_partial;
	((struct seen *)user)->complete += bits_session_file_state(s) == BITS_FILE_COMPLETE;
}

static void on_unanswered(const struct bits_exchange *x, enum bits_close how, const struct bits_where *w, void *user)
{
	struct seen *y = user;

	assert_non_null(x->request);
	assert_null(x->answer);
	y->unanswered++;
	y->left_by = how;
	y->left_at = w ? w->frame : 0;
}

static const struct bits_sink sink = { .packet = on_packet, .unanswered = on_unanswered, .finding = on_finding,
	                               .ended = on_ended };
static const struct bits_end  ends[2] = { { { .family = 4, .bytes = { 10, 0, 0, 1 } }, 80 }, { { .family = 4, .bytes = { 10, 0, 0, 2 } }, 40000 } };

struct wire {
	struct seen          seen;
	struct bits_tracker *t;
	struct bits_conn    *c;
	uint64_t             at[2];
	uint32_t             frame;
};

static void wire_open(struct wire *w)
{
	*w = (struct wire){ 0 };
	w->t = bits_tracker_new(&sink, &w->seen, NULL);
	w->c = bits_conn_new(w->t, 1, ends, true);
}

static struct bits_where wire_where(struct wire *w, unsigned d)
{
	return (struct bits_where){ .frame = ++w->frame, .pos = BITS_POS_UNKNOWN, .at = w->at[d], .heard = w->at[!d] };
}

static void wire_send(struct wire *w, unsigned d, const char *bytes)
{
	struct bits_where where = wire_where(w, d);

	bits_conn_data(w->c, d, bits_str_of(bytes), &where, true);
	w->at[d] += strlen(bytes);
}

static void wire_close(struct wire *w, enum bits_tcp_end how, unsigned by)
{
	struct bits_where where = wire_where(w, by);

	bits_conn_close(w->c, how, by, &where);
	bits_conn_free(w->c);
	bits_tracker_finish(w->t);
	bits_tracker_free(w->t);
}

/* Whoever the front calls 0: the client is the one who sends requests. */
static void learns_who_is_the_client(void **state)
{
	(void)state;
	for (unsigned client = 0; client < 2; client++) {
		struct wire w;

		wire_open(&w);
		wire_send(&w, client, PING);
		wire_send(&w, !client, ACK);
		assert_int_equal(w.seen.requests, 1);
		assert_int_equal(w.seen.answers, 1);
		assert_int_equal(w.seen.ends.client.port, ends[client].port);
		assert_int_equal(w.seen.ends.server.port, ends[!client].port);
		wire_close(&w, BITS_TCP_FIN, client);
	}
}

/* The capture begins in a body: whose it was is known when the first head comes, and not before. */
static void bytes_before_the_first_head_are_the_senders(void **state)
{
	static const struct {
		const char    *name;
		unsigned       client, sender;
		enum bits_side side;
	} cases[] = {
		{ "the client is 0, and sent them", 0, 0, BITS_CLIENT },
		{ "the client is 1, and sent them", 1, 1, BITS_CLIENT },
		{ "the client is 0, the server sent them", 0, 1, BITS_SERVER },
		{ "the client is 1, the server sent them", 1, 0, BITS_SERVER },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct wire w;

		wire_open(&w);
		bits_conn_free(w.c);
		w.c = bits_conn_new(w.t, 1, ends, false);
		wire_send(&w, cases[i].sender, "the middle of some text\nthat is no head\n");
		if (cases[i].sender == cases[i].client)
			w.at[!cases[i].sender] += 200; /* an answer: unseen, but acknowledged by what follows */
		assert_int_equal(w.seen.lost_heads, 0);
		wire_send(&w, cases[i].client, PING);
		wire_send(&w, !cases[i].client, ACK);
		expect_in_row(cases[i].name, w.seen.lost_heads == 1 && w.seen.lost_side == cases[i].side);
		expect_in_row(cases[i].name, w.seen.ends.client.port == ends[cases[i].client].port);
		expect_in_row(cases[i].name, w.seen.ends.server.port == ends[!cases[i].client].port);
		wire_close(&w, BITS_TCP_FIN, cases[i].client);
	}
}

static void says_how_it_ended(void **state)
{
	static const struct {
		const char       *name;
		enum bits_tcp_end how;
		unsigned          by;
		enum bits_close   close;
	} cases[] = {
		{ "the client's FIN came first", BITS_TCP_FIN, 1, BITS_CLOSE_CLIENT_FIN },
		{ "the server's FIN came first", BITS_TCP_FIN, 0, BITS_CLOSE_SERVER_FIN },
		{ "the client reset it", BITS_TCP_RST, 1, BITS_CLOSE_CLIENT_RST },
		{ "the server reset it", BITS_TCP_RST, 0, BITS_CLOSE_SERVER_RST },
		{ "the capture ended", BITS_TCP_CAPTURE_END, 0, BITS_CLOSE_CAPTURE_END },
		{ "a table was full", BITS_TCP_EVICTED, 1, BITS_CLOSE_EVICTED },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct wire w;

		wire_open(&w);
		wire_send(&w, 1, MAKE);
		wire_send(&w, 0, MADE);
		wire_close(&w, cases[i].how, cases[i].by);
		expect_in_row(cases[i].name, w.seen.ended_by == cases[i].close);
		expect_in_row(cases[i].name, !w.seen.partial);
	}
}

/* Nobody answered: that is said only of a connection that the capture has as a whole. */
static void says_what_was_never_answered(void **state)
{
	static const struct {
		const char       *name;
		bool              answered;
		uint64_t          lost; /* bytes of the server that the capture lacks */
		enum bits_tcp_end how;
		unsigned          told;
		enum bits_close   left_by;
		uint32_t          left_at;
	} cases[] = {
		{ "the server reset it", false, 0, BITS_TCP_RST, 1, BITS_CLOSE_SERVER_RST, 2 },
		{ "the server's FIN came first", false, 0, BITS_TCP_FIN, 1, BITS_CLOSE_SERVER_FIN, 2 },
		{ "the capture ended", false, 0, BITS_TCP_CAPTURE_END, 1, BITS_CLOSE_CAPTURE_END, 2 },
		{ "the answer may lie in a hole", false, 100, BITS_TCP_FIN, 1, BITS_CLOSE_OPEN, 0 },
		{ "there is an answer", true, 0, BITS_TCP_FIN, 0, BITS_CLOSE_OPEN, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct wire w;

		wire_open(&w);
		wire_send(&w, 1, MAKE);
		if (cases[i].answered)
			wire_send(&w, 0, MADE);
		if (cases[i].lost) {
			struct bits_where where = wire_where(&w, 0);

			bits_conn_lost(w.c, 0, cases[i].lost, &where);
			w.at[0] += cases[i].lost;
		}
		wire_close(&w, cases[i].how, 0);
		expect_in_row(cases[i].name, w.seen.unanswered == cases[i].told);
		expect_in_row(cases[i].name, w.seen.left_by == cases[i].left_by);
		expect_in_row(cases[i].name, w.seen.left_at == cases[i].left_at);
	}
}

/* The frame that completes an end is mostly the other side's: what that side has heard is not what the first one has. */
static void the_last_frame_may_be_the_other_sides(void **state)
{
	struct wire       w;
	struct bits_where where;

	(void)state;
	wire_open(&w);
	wire_send(&w, 1, "BITS_POST /a-long-path-so-that-the-client-sends-more-bytes-than-the-server-does/and-more/and-more/and-more HTTP/1.1\r\n"
	                 "BITS-Packet-Type: Ping\r\nContent-Length: 0\r\n\r\n");
	wire_send(&w, 0, ACK);
	wire_send(&w, 0, ACK); /* nobody asked */
	where = wire_where(&w, 0);
	bits_conn_close(w.c, BITS_TCP_FIN, 1, &where);
	bits_conn_free(w.c);
	assert_int_equal(w.seen.unasked, 1);
	bits_tracker_finish(w.t);
	bits_tracker_free(w.t);
}

/* To know where a stream ends is not to have it: what is missing before its end may have asked for anything. */
static void the_end_of_a_stream_is_not_the_stream(void **state)
{
	struct wire       w;
	struct bits_where where;

	(void)state;
	wire_open(&w);
	wire_send(&w, 1, PING);
	wire_send(&w, 0, ACK);
	w.at[1] += 500;
	wire_send(&w, 0, ACK); /* has heard of 500 bytes that nobody saw */
	where = wire_where(&w, 1);
	bits_conn_heard(w.c, 1, &where, true);
	wire_close(&w, BITS_TCP_CAPTURE_END, 1);
	assert_int_equal(w.seen.answers, 2);
	assert_int_equal(w.seen.unasked, 0);
}

/* Between two messages nothing can tell what was lost: the tracker hears of it, and the framer waits for a head that it
 * can trust. */
static void a_hole_between_messages_is_told(void **state)
{
	struct wire       w;
	struct bits_where where;

	(void)state;
	wire_open(&w);
	wire_send(&w, 1, MAKE);
	wire_send(&w, 0, MADE);
	where = wire_where(&w, 1);
	bits_conn_lost(w.c, 1, 100, &where);
	w.at[1] += 100;
	wire_send(&w, 0, ACK);
	wire_send(&w, 1, PING);
	wire_send(&w, 0, ACK);
	assert_int_equal(w.seen.requests, 2);
	wire_close(&w, BITS_TCP_FIN, 1);
	assert_true(w.seen.partial);
	assert_int_equal(w.seen.lost_heads, 1);
}

/* A body that might be the beginning of a head is held until more comes: what comes is of another frame. */
static void undecided_bytes_lend_nobody_their_frame(void **state)
{
	struct wire       w;
	struct bits_where where;
	uint32_t          frame;

	(void)state;
	wire_open(&w);
	where = wire_where(&w, 1);
	bits_conn_lost(w.c, 1, 100, &where);
	w.at[1] += 100;
	wire_send(&w, 0, "HTTP/1.1 401 No\r\nContent-Length: 12\r\n\r\nUnauthorized");
	wire_send(&w, 1, MAKE);
	frame = w.frame + 1;
	wire_send(&w, 0, MADE);
	wire_send(&w, 1, PING);
	wire_send(&w, 0, ACK);
	assert_int_equal(w.seen.answers, 2);
	assert_int_equal(w.seen.answer_frame, frame + 2);
	assert_int_equal(w.seen.pipelined, 0);
	wire_close(&w, BITS_TCP_FIN, 1);
}

/* Its sender had not heard of the refusal: letters may begin a head, but not here. */
static void a_refused_body_may_come_nevertheless(void **state)
{
	struct wire       w;
	struct bits_where body;

	(void)state;
	wire_open(&w);
	wire_send(&w, 1, "BITS_POST /a HTTP/1.1\r\nBITS-Packet-Type: Ping\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
	body = wire_where(&w, 1);
	wire_send(&w, 0, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
	bits_conn_data(w.c, 1, BITS_STR("hello"), &body, true);
	w.at[1] += 5;
	wire_send(&w, 1, PING);
	wire_send(&w, 0, ACK);
	assert_int_equal(w.seen.requests, 2);
	assert_int_equal(w.seen.odd_methods, 0);
	assert_int_equal(w.seen.pipelined, 0);
	wire_close(&w, BITS_TCP_FIN, 1);
}

/* The head is missing; what the server was heard to say is that its body may come. */
static void what_follows_a_100_is_a_body(void **state)
{
	struct wire       w;
	struct bits_where where;

	(void)state;
	wire_open(&w);
	where = wire_where(&w, 1);
	bits_conn_lost(w.c, 1, 100, &where);
	w.at[1] += 100;
	wire_send(&w, 0, "HTTP/1.1 100 Continue\r\n\r\n");
	wire_send(&w, 1, PING);
	assert_int_equal(w.seen.requests, 0);
	wire_send(&w, 0, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	wire_send(&w, 1, PING); /* behind a final answer it is one */
	assert_int_equal(w.seen.requests, 1);
	wire_close(&w, BITS_TCP_FIN, 1);
}

#define CREATE() "BITS_POST /a HTTP/1.1\r\nBITS-Packet-Type: Create-Session\r\nBITS-Supported-Protocols: " PROTOCOL                 \
	"\r\nContent-Length: 0\r\n\r\n"
#define CREATED(id) "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Protocol: " PROTOCOL "\r\nBITS-Session-Id: " id                     \
	"\r\nContent-Length: 0\r\n\r\n"
#define FRAGMENT(id, range, n, body) "BITS_POST /a HTTP/1.1\r\nBITS-Packet-Type: Fragment\r\nBITS-Session-Id: " id                       \
	"\r\nContent-Range: bytes " range "\r\nContent-Length: " n "\r\n\r\n" body
#define CLOSE(id) "BITS_POST /a HTTP/1.1\r\nBITS-Packet-Type: Close-Session\r\nBITS-Session-Id: " id "\r\nContent-Length: 0\r\n\r\n"
#define KEPT(id, n) "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Session-Id: " id "\r\nBITS-Received-Content-Range: " n             \
	"\r\nContent-Length: 0\r\n\r\n"
#define DONE(id) "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Session-Id: " id "\r\nContent-Length: 0\r\n\r\n"
#define GUID "{11112222-3333-4444-5555-666677778888}"
#define PROTOCOL "{7df0354d-249b-430f-820d-3d2a9bef4931}"

/* Everybody had heard all that was said; but the tap has the Ack at `late` behind the request that follows it. */
static void an_ack_that_the_tap_has_late_accuses_nobody(void **state)
{
	static const struct {
		const char *name;
		unsigned    late, complete;
		const char *said[14]; /* in turns: requests and answers */
	} cases[] = {
		{ "an id that is given out again", 7, 2,
		  { CREATE(), CREATED("1"), FRAGMENT("1", "0-3/4", "4", "abcd"), KEPT("1", "4"), CLOSE("1"), DONE("1"), CREATE(),
		    CREATED("1"), FRAGMENT("1", "0-2/6", "3", "xyz"), KEPT("1", "3"), FRAGMENT("1", "3-5/6", "3", "uvw"), KEPT("1", "6"),
		    CLOSE("1"), DONE("1") } },
		{ "in order", 99, 2,
		  { CREATE(), CREATED("1"), FRAGMENT("1", "0-3/4", "4", "abcd"), KEPT("1", "4"), CLOSE("1"), DONE("1"), CREATE(),
		    CREATED("1"), FRAGMENT("1", "0-2/6", "3", "xyz"), KEPT("1", "3"), FRAGMENT("1", "3-5/6", "3", "uvw"), KEPT("1", "6"),
		    CLOSE("1"), DONE("1") } },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct wire w;
		struct bits_where here[G_N_ELEMENTS(cases[i].said)];
		unsigned n = 0;

		wire_open(&w);
		for (; n < G_N_ELEMENTS(cases[i].said) && cases[i].said[n] != NULL; n++) {
			here[n] = wire_where(&w, n % 2);
			w.at[n % 2] += strlen(cases[i].said[n]);
		}
		for (unsigned k = 0; k < n; k++) {
			unsigned m = k == cases[i].late ? k + 1 : k == cases[i].late + 1 ? k - 1 : k;

			bits_conn_data(w.c, m % 2, bits_str_of(cases[i].said[m]), &here[m], true);
		}
		wire_close(&w, BITS_TCP_CAPTURE_END, 0);
		expect_in_row(cases[i].name, w.seen.accusations == 0 && w.seen.complete == cases[i].complete);
	}
}

/* One file is never made of two: the Close-Session has no answer, and the Ack that gives out the same id again waits behind it. */
static void an_id_given_out_again_behind_a_hole_is_another_upload(void **state)
{
	struct wire       w;
	struct bits_conn *other;
	struct bits_where there = { .frame = 100, .pos = BITS_POS_UNKNOWN };

	(void)state;
	wire_open(&w);
	wire_send(&w, 0, CREATE());
	wire_send(&w, 1, CREATED("1"));
	wire_send(&w, 0, FRAGMENT("1", "0-2/3", "3", "abc"));
	wire_send(&w, 1, KEPT("1", "3"));
	wire_send(&w, 0, CLOSE("1"));
	wire_send(&w, 0, CREATE());
	other = bits_conn_new(w.t, 2, ends, true);
	bits_conn_data(other, 0, bits_str_of(FRAGMENT("1", "0-4/5", "5", "vwxyz")), &there, true);
	there.heard = strlen(FRAGMENT("1", "0-4/5", "5", "vwxyz"));
	bits_conn_data(other, 1, bits_str_of(KEPT("1", "5")), &there, true);
	bits_conn_close(other, BITS_TCP_CAPTURE_END, 0, &there);
	bits_conn_free(other);
	wire_close(&w, BITS_TCP_CAPTURE_END, 0);
	assert_int_equal(w.seen.complete, 2);
}

/* Two uploads of one client to one URL at once: which of them the late Ack is about, its connection tells. */
static void a_late_ack_finds_the_session_that_had_heard_it(void **state)
{
	struct wire       w;
	struct bits_conn *other;
	struct bits_where ack, there = { .frame = 100, .pos = BITS_POS_UNKNOWN };
	uint64_t          n = strlen(CREATED(GUID));

	(void)state;
	wire_open(&w);
	other = bits_conn_new(w.t, 2, ends, true);
	wire_send(&w, 0, CREATE());
	bits_conn_data(other, 0, bits_str_of(CREATE()), &there, true);
	ack = wire_where(&w, 1);
	w.at[1] += n;
	wire_send(&w, 0, FRAGMENT(GUID, "0-3/6", "4", "abcd"));
	bits_conn_data(w.c, 1, bits_str_of(CREATED(GUID)), &ack, true);
	wire_send(&w, 1, KEPT(GUID, "4"));
	wire_send(&w, 0, FRAGMENT(GUID, "4-5/6", "2", "ef"));
	wire_send(&w, 1, KEPT(GUID, "6"));
	bits_conn_close(other, BITS_TCP_CAPTURE_END, 0, &there);
	bits_conn_free(other);
	wire_close(&w, BITS_TCP_CAPTURE_END, 0);
	assert_int_equal(w.seen.accusations, 0);
	assert_int_equal(w.seen.complete, 1);
}

/* The middle of a file comes on another connection, and waits there behind bytes that are missing, or for another server. */
static void a_fragment_may_wait_on_another_connection(void **state)
{
	static const struct {
		const char *name;
		bool        is_early, comes, to_another_server, is_accused;
	} cases[] = {
		{ "something waits there", true, false, false, false },
		{ "it has come, and was something else", true, true, false, true },
		{ "nothing waits there", false, false, false, true },
		{ "it waits for another server", true, false, true, true },
	};
	struct bits_end elsewhere[2] = { ends[0], ends[1] };

	(void)state;
	elsewhere[1].addr.bytes[3] = 9;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct wire       w;
		struct bits_conn *other;
		struct bits_where there = { .frame = 100, .pos = BITS_POS_UNKNOWN }, early = there;

		wire_open(&w);
		other = bits_conn_new(w.t, 2, cases[i].to_another_server ? elsewhere : ends, true);
		bits_conn_data(other, 0, bits_str_of(PING), &there, true);
		early.at = there.at = strlen(PING);
		wire_send(&w, 0, CREATE());
		wire_send(&w, 1, CREATED(GUID));
		wire_send(&w, 0, FRAGMENT(GUID, "0-1/6", "2", "ab"));
		wire_send(&w, 1, KEPT(GUID, "2"));
		early.at += 5;
		if (cases[i].is_early)
			bits_conn_early(other, 0, &early);
		if (cases[i].comes)
			bits_conn_data(other, 0, bits_str_of(PING), &there, true);
		wire_send(&w, 0, FRAGMENT(GUID, "4-5/6", "2", "ef"));
		wire_send(&w, 1, KEPT(GUID, "6"));
		bits_conn_close(other, BITS_TCP_CAPTURE_END, 0, &there);
		bits_conn_free(other);
		wire_close(&w, BITS_TCP_CAPTURE_END, 0);
		expect_in_row(cases[i].name, (w.seen.accusations > 0) == cases[i].is_accused);
	}
}

/* Its end waits behind a later segment of the server's: that is no hole. */
static void the_end_of_an_ack_may_come_late(void **state)
{
	struct wire       w;
	struct bits_where here[5];

	(void)state;
	wire_open(&w);
	wire_send(&w, 0, PING);
	here[0] = wire_where(&w, 1);
	bits_conn_data(w.c, 1, (struct bits_str){ ACK, 20 }, &here[0], true);
	w.at[1] += strlen(ACK);
	wire_send(&w, 0, MAKE);
	here[1] = wire_where(&w, 1);
	bits_conn_early(w.c, 1, &here[1]);
	here[2] = here[1];
	here[2].at = 20;
	bits_conn_heard(w.c, 1, &here[2], false);
	here[2].heard = here[0].heard;
	bits_conn_data(w.c, 1, (struct bits_str){ ACK + 20, strlen(ACK) - 20 }, &here[2], true);
	bits_conn_data(w.c, 1, bits_str_of(MADE), &here[1], true);
	wire_close(&w, BITS_TCP_CAPTURE_END, 0);
	assert_int_equal(w.seen.answers, 2);
	assert_int_equal(w.seen.unasked + w.seen.unanswered, 0);
}

/* The tap had them in disorder: the answer waits for its request, with all that is to be said of it. */
static void an_answer_before_its_request_is_judged_like_any_other(void **state)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n";
	struct wire       w;

	(void)state;
	wire_open(&w);
	bits_conn_data(w.c, 1, bits_str_of(answer), &(struct bits_where){ .frame = 1, .at = 0, .heard = strlen(PING) }, true);
	assert_int_equal(w.seen.answers, 0);
	bits_conn_data(w.c, 0, bits_str_of(PING), &(struct bits_where){ .frame = 2, .at = 0, .heard = 0 }, true);
	assert_int_equal(w.seen.answers, 1);
	assert_int_equal(w.seen.two_lengths, 1);
	wire_close(&w, BITS_TCP_CAPTURE_END, 0);
}

/* "GE" of the client at 0, "OK" of the server at 0, which had heard three bytes; then one byte of the client at 2. */
static void a_keep_alive_is_known_by_what_both_had_heard(void **state)
{
	static const struct {
		const char *name;
		char        byte;
		uint64_t    at, heard, acked; /* the byte's place, what its sender had heard; what was acknowledged */
		bool        is;
	} cases[] = {
		{ "its sender had heard who had it", 'x', 2, 2, 3, true },
		{ "... half of what that one said", 'x', 2, 1, 3, true },
		{ "its sender had heard nothing since: sent again, perhaps", 'x', 2, 0, 3, false },
		{ "... or nobody knows", 'x', 2, BITS_HEARD_UNKNOWN, 3, false },
		{ "... or of bytes that nobody saw", 'x', 2, 9, 3, false },
		{ "... but it is 0, and acknowledged", 0, 2, 0, 3, true },
		{ "more than it was acknowledged: nobody probes there", 'x', 2, 2, 4, false },
		{ "it was not acknowledged", 0, 2, 2, 2, false },
		{ "who spoke did not have it", 'x', 3, 2, 4, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct wire       w;
		struct bits_where here = { .at = cases[i].at, .heard = cases[i].heard };

		wire_open(&w);
		bits_conn_data(w.c, 0, bits_str_of("GE"), &(struct bits_where){ .frame = 1, .at = 0, .heard = 0 }, true);
		bits_conn_data(w.c, 1, bits_str_of("OK"), &(struct bits_where){ .frame = 2, .at = 0, .heard = 3 }, true);
		expect_in_row(cases[i].name, bits_conn_is_keep_alive(w.c, 0, (struct bits_str){ &cases[i].byte, 1 }, &here,
		                                                     cases[i].acked) == cases[i].is);
		wire_close(&w, BITS_TCP_CAPTURE_END, 0);
	}
}

static void gives_up_on_what_is_no_http(void **state)
{
	struct wire w;

	(void)state;
	wire_open(&w);
	assert_false(bits_conn_is_hopeless(w.c));
	wire_send(&w, 1, "\x16\x03\x01\x02 hello");
	assert_false(bits_conn_is_hopeless(w.c)); /* one direction proves nothing of the other */
	wire_send(&w, 0, "\x16\x03\x01\x02 hello");
	assert_true(bits_conn_is_hopeless(w.c));
	wire_close(&w, BITS_TCP_FIN, 1);
}

static void never_gives_up_on_a_tunnel(void **state)
{
	static const char tls[] = "\x16\x03\x01\x02 no text\r\n\r\n";
	struct wire       w;

	(void)state;
	wire_open(&w);
	wire_send(&w, 1, "CONNECT a:80 HTTP/1.1\r\n\r\n");
	wire_send(&w, 0, "HTTP/1.1 200 OK\r\n\r\n");
	wire_send(&w, 1, tls);
	wire_send(&w, 0, tls);
	assert_false(bits_conn_is_hopeless(w.c));
	wire_send(&w, 1, PING); /* it may carry HTTP at any time */
	wire_send(&w, 0, ACK);
	assert_int_equal(w.seen.requests, 1);
	assert_int_equal(w.seen.answers, 1);
	wire_close(&w, BITS_TCP_FIN, 1);
	bits_conn_free(NULL);
}

/* ---- the watch ------------------------------------------------------------------------------------------------- */

static void watch_head(unsigned d, const struct bits_message *msg, const struct bits_http_framing *framing,
                       const struct bits_exchange *x, const struct bits_where *first, const struct bits_where *last,
                       void *user)
{
	g_string_append_printf(user, "%u head [%lu,%lu] %s %u #%lu body %d\n", d, first->at, last->at,
	                       msg->packet ? bits_packet_name(msg->packet) : "HTTP", msg->status, x ? x->number : 99, framing->body);
}

static void watch_body(unsigned d, const struct bits_where *w, uint64_t n, void *user)
{
	g_string_append_printf(user, "%u body %lu+%lu\n", d, w->at, n);
}

static void watch_end(unsigned d, bool whole, const struct bits_where *last, void *user)
{
	g_string_append_printf(user, "%u end %lu%s\n", d, last->at, whole ? "" : " cut");
}

static const struct bits_conn_watch watch = { watch_head, watch_body, watch_end };

static void a_watch_sees_where_messages_lie(void **state)
{
	g_autoptr(GString) told = g_string_new(NULL);
	struct wire        w;

	(void)state;
	wire_open(&w);
	bits_conn_set_watch(w.c, &watch, told);
	wire_send(&w, 1, "HEAD /a HTTP/1.1\r\n\r\n" PING);
	wire_send(&w, 0, "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" ACK);
	wire_send(&w, 1, "POST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nab");
	assert_int_equal(bits_conn_pending(w.c, 1), 0);
	wire_send(&w, 1, "cPOST /");
	assert_int_equal(bits_conn_pending(w.c, 1), 6);
	wire_close(&w, BITS_TCP_FIN, 1);
	assert_string_equal(told->str, "1 head [0,19] HTTP 0 #0 body 0\n1 end 19\n"
	                               "1 head [20,87] Ping 0 #1 body 0\n1 end 87\n"
	                               "0 head [0,17] HTTP 100 #99 body 0\n0 end 17\n"
	                               "0 head [18,55] HTTP 200 #0 body 0\n0 end 55\n"
	                               "0 head [56,116] Ack 200 #1 body 0\n0 end 116\n"
	                               "1 head [88,126] HTTP 0 #0 body 1\n1 body 127+2\n1 body 129+1\n1 end 129\n");
}

/* The body that was announced stays away: the message ends with its head, not with what stands in the body's place. */
static void a_body_that_never_came_has_no_bytes(void **state)
{
#define EXPECTS "BITS_POST /a HTTP/1.1\r\nBITS-Packet-Type: Ping\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
	const size_t       end = strlen(EXPECTS);
	g_autofree char   *wanted = g_strdup_printf("1 head [0,%zu] Ping 0 #1 body 1\n0 head [0,60] Ack 200 #1 body 0\n0 end 60\n"
	                                            "1 end %zu cut\n1 head [%zu,%zu] Ping 0 #2 body 0\n1 end %zu\n", end - 1, end - 1,
	                                            end, end + strlen(PING) - 1, end + strlen(PING) - 1);

	(void)state;
	for (size_t cut = 1; cut < strlen(PING); cut++) {
		g_autoptr(GString) told = g_string_new(NULL);
		g_autofree char   *begin = g_strndup(PING, cut);
		struct wire        w;

		wire_open(&w);
		bits_conn_set_watch(w.c, &watch, told);
		wire_send(&w, 1, EXPECTS);
		wire_send(&w, 0, ACK);
		wire_send(&w, 1, begin);
		wire_send(&w, 1, &PING[cut]);
		wire_close(&w, BITS_TCP_FIN, 1);
		assert_string_equal(told->str, wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sniffs_first_bytes),
		cmocka_unit_test(learns_who_is_the_client),
		cmocka_unit_test(bytes_before_the_first_head_are_the_senders),
		cmocka_unit_test(says_how_it_ended),
		cmocka_unit_test(says_what_was_never_answered),
		cmocka_unit_test(the_last_frame_may_be_the_other_sides),
		cmocka_unit_test(the_end_of_a_stream_is_not_the_stream),
		cmocka_unit_test(a_hole_between_messages_is_told),
		cmocka_unit_test(undecided_bytes_lend_nobody_their_frame),
		cmocka_unit_test(a_refused_body_may_come_nevertheless),
		cmocka_unit_test(what_follows_a_100_is_a_body),
		cmocka_unit_test(an_ack_that_the_tap_has_late_accuses_nobody),
		cmocka_unit_test(an_id_given_out_again_behind_a_hole_is_another_upload),
		cmocka_unit_test(a_late_ack_finds_the_session_that_had_heard_it),
		cmocka_unit_test(the_end_of_an_ack_may_come_late),
		cmocka_unit_test(a_fragment_may_wait_on_another_connection),
		cmocka_unit_test(an_answer_before_its_request_is_judged_like_any_other),
		cmocka_unit_test(a_keep_alive_is_known_by_what_both_had_heard),
		cmocka_unit_test(gives_up_on_what_is_no_http),
		cmocka_unit_test(never_gives_up_on_a_tunnel),
		cmocka_unit_test(a_watch_sees_where_messages_lie),
		cmocka_unit_test(a_body_that_never_came_has_no_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
