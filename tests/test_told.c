/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_told.c - what the core told is kept for later passes. */
#include "plugin/bits_told.h"

#include <string.h>

#include "core/bits_conn.h"
#include "tests/cm.h"

#define ID   "{11112222-3333-4444-5555-666677778888}"
#define PROTOCOL "{7df0354d-249b-430f-820d-3d2a9bef4931}"
#define MAKE "BITS_POST /in/a.bin HTTP/1.1\r\nBITS-Packet-Type: Create-Session\r\nBITS-Supported-Protocols: " PROTOCOL "\r\nContent-Length: 0\r\n\r\n"
#define MADE "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Protocol: " PROTOCOL "\r\nBITS-Session-Id: " ID \
	"\r\nAccept-Encoding: identity\r\nContent-Length: 0\r\n\r\n"
#define PART                                                                                                  \
	"BITS_POST /in/a.bin HTTP/1.1\r\nBITS-Packet-Type: Fragment\r\nBITS-Session-Id: " ID "\r\n"          \
	"Content-Range: bytes 0-9/20\r\nContent-Length: 10\r\n\r\n"
#define ACK   "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\nContent-Length: 0\r\n\r\n"
#define NO    "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"

struct line {
	struct told      *told;
	struct bits_conn *conn;
	uint64_t          at[2];
	uint32_t          frame;
	bool              is_blind;
};

static void line_open(struct line *l)
{
	static const struct bits_end ends[2] = { { { .family = 4, .bytes = { 10, 0, 0, 2 } }, 40000 }, { { .family = 4, .bytes = { 10, 0, 0, 1 } }, 80 } };

	*l = (struct line){ .told = told_new() };
	l->conn = bits_conn_new(told_tracker(l->told), 7, ends, true);
}

static void send(struct line *l, unsigned d, const char *bytes)
{
	struct bits_where w = { .frame = ++l->frame, .at = l->at[d], .heard = l->is_blind ? 0 : l->at[!d],
		                .time_ns = (int64_t)l->frame * 1000 };

	bits_conn_data(l->conn, d, bits_str_of(bytes), &w, true);
	l->at[d] += strlen(bytes);
}

static void line_close(struct line *l)
{
	struct bits_where w = { .frame = l->frame };

	bits_conn_close(l->conn, BITS_TCP_FIN, 0, &w);
	bits_conn_free(l->conn);
	told_finish(l->told);
}

static void keeps_exchanges_by_number_and_by_answer(void **state)
{
	struct line                 l;
	const struct told_exchange *x;
	uint64_t                    answer_at;

	(void)state;
	line_open(&l);
	send(&l, 0, MAKE);
	assert_int_equal(told_exchange(l.told, 1)->packet, BITS_PACKET_CREATE_SESSION);
	assert_int_equal(told_exchange(l.told, 1)->request.first_frame, 1);
	assert_int_equal(told_exchange(l.told, 1)->answer.first_frame, 0);
	answer_at = l.at[1];
	send(&l, 1, MADE);
	x = told_exchange(l.told, 1);
	assert_ptr_equal(told_exchange_of_answer(l.told, 7, 2, answer_at), x);
	assert_null(told_exchange_of_answer(l.told, 7, 2, answer_at + 1));
	assert_null(told_exchange_of_answer(l.told, 8, 2, answer_at));
	assert_null(told_exchange(l.told, 0));
	assert_null(told_exchange(l.told, 2));
	assert_int_equal(x->outcome, BITS_OUTCOME_CREATED);
	assert_int_equal(x->answer.time_ns - x->request.time_ns, 1000);
	line_close(&l);
	told_free(l.told);
	told_free(NULL);
}

/* An answer may be shown before anybody knows what it answers. */
static void a_frame_shows_an_answer_whenever_that_is_known(void **state)
{
	struct line l;
	uint64_t    at;

	(void)state;
	line_open(&l);
	send(&l, 0, MAKE);
	at = l.at[1];
	told_show_answer(l.told, 7, 2, at, 3); /* put together in frame 3 */
	send(&l, 1, MADE);
	assert_int_equal(told_exchange(l.told, 1)->answer.shown_in, 3);
	told_show_answer(l.told, 7, 2, at, 4);
	assert_int_equal(told_exchange(l.told, 1)->answer.shown_in, 4);
	line_close(&l);
	told_free(l.told);
}

static void a_session_is_up_to_date_until_it_ends_and_final_after(void **state)
{
	struct line                l;
	struct told_session       *s;
	const struct told_session *now;

	(void)state;
	line_open(&l);
	send(&l, 0, MAKE);
	send(&l, 1, MADE);
	s = told_exchange(l.told, 1)->session;
	now = told_session_now(s);
	assert_string_equal(now->id, ID);
	assert_string_equal(now->name, "a.bin");
	assert_string_equal(now->url, "http://10.0.0.1/in/a.bin");
	assert_int_equal(now->size, BITS_SIZE_UNKNOWN);
	send(&l, 0, PART "0123456789");
	assert_int_equal(told_session_now(s)->seen, 10);
	assert_int_equal(told_session_now(s)->size, 20);
	assert_int_equal(told_session_now(s)->acked, 0);
	send(&l, 1, ACK);
	assert_int_equal(told_session_now(s)->acked, 10);
	assert_false(told_is_finished(l.told));
	line_close(&l);
	assert_true(told_is_finished(l.told));
	assert_null(s->live);
	assert_int_equal(told_session_now(s)->state, BITS_FILE_PARTIAL);
	assert_int_equal(told_session_now(s)->outcome, BITS_ENDING_OPEN);
	assert_null(told_session_now(NULL));
	told_finish(l.told); /* twice is once */
	told_free(l.told);
}

static void knows_where_bytes_belong_and_what_became_of_them(void **state)
{
	struct line l;
	uint64_t    body_at;

	(void)state;
	line_open(&l);
	send(&l, 0, MAKE);
	send(&l, 1, MADE);
	body_at = l.at[0] + strlen(PART);
	send(&l, 0, PART "0123456789");
	assert_int_equal(told_file_offset(l.told, 2, body_at), 0);
	assert_int_equal(told_file_offset(l.told, 2, body_at + 1), BITS_SIZE_UNKNOWN); /* no call was about that byte */
	assert_int_equal(told_file_offset(l.told, 1, body_at), BITS_SIZE_UNKNOWN);
	assert_int_equal(told_file_offset(l.told, 0, body_at), BITS_SIZE_UNKNOWN);
	send(&l, 1, ACK);
	assert_int_equal(told_exchange(l.told, 2)->kept->len, 1);
	assert_int_equal(g_array_index(told_exchange(l.told, 2)->kept, struct told_kept, 0).r.to, 10);
	assert_false(told_exchange(l.told, 2)->forgotten);
	send(&l, 0, PART "0123456789");
	send(&l, 1, NO);
	assert_true(told_exchange(l.told, 3)->forgotten);
	assert_null(told_exchange(l.told, 3)->kept);
	assert_int_equal(told_exchange(l.told, 3)->session->settled->len, 2);
	assert_true(g_array_index(told_exchange(l.told, 3)->session->settled, struct told_settled, 0).kept);
	assert_false(g_array_index(told_exchange(l.told, 3)->session->settled, struct told_settled, 1).kept);
	line_close(&l);
	told_free(l.told);
}

static void keeps_findings_on_their_packet_or_on_their_frame(void **state)
{
	struct line                l;
	const struct told_finding *f;
	const GPtrArray           *loose;

	(void)state;
	line_open(&l);
	send(&l, 0, MAKE);
	send(&l, 1, MADE);
	send(&l, 0, PART "0123456789");
	l.is_blind = true;
	send(&l, 0, PART "0123456789"); /* nothing heard since the very first byte */
	l.is_blind = false;
	send(&l, 1, ACK);
	assert_null(told_exchange(l.told, 1)->request.findings);
	assert_null(told_exchange(l.told, 3)->answer.findings);
	assert_int_equal(told_exchange(l.told, 3)->request.findings->len, 1);
	f = told_exchange(l.told, 3)->request.findings->pdata[0];
	assert_int_equal(f->rule, BITS_RULE_PIPELINED_REQUEST);
	assert_int_equal(f->fault, BITS_FAULT_CLIENT);
	assert_int_equal(f->frames[0], 4);
	assert_int_equal(f->session->ordinal, 1);
	assert_null(told_loose_findings(l.told, 6));
	send(&l, 1, "no answer at all\r\n\r\n");
	line_close(&l);
	assert_int_equal(told_session_now(f->session)->seen, 10); /* asked for the first time after its end */
	loose = told_loose_findings(l.told, 6);
	assert_non_null(loose);
	assert_int_equal(((struct told_finding *)loose->pdata[0])->rule, BITS_RULE_HEAD_LOST);
	told_free(l.told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_exchanges_by_number_and_by_answer),
		cmocka_unit_test(a_frame_shows_an_answer_whenever_that_is_known),
		cmocka_unit_test(a_session_is_up_to_date_until_it_ends_and_final_after),
		cmocka_unit_test(knows_where_bytes_belong_and_what_became_of_them),
		cmocka_unit_test(keeps_findings_on_their_packet_or_on_their_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
