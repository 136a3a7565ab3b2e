/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_recycled.c - two uploads under one id, one after the other, and any run of messages lost: some servers make an id of
 * the client and the path, or have but one (reference 8, trap 27), and nobody has broken a rule. */
#include <glib.h>

#include "core/bits_conn.h"
#include "core/bits_tracker.h"
#include "tests/cm.h"

#define HALF     10 /* messages of one upload */
#define MESSAGES (2 * HALF)

struct seen {
	unsigned accusations, complete, mixed;
	unsigned kept_of[8]; /* bit u: the file of session i has bytes of upload u */
};

/* Its frame says which message it is. */
static void on_settled(const struct bits_exchange *x, struct bits_range r, bool kept, void *user)
{
	struct seen *y = user;

	(void)r;
	assert_true(x->session->ordinal < G_N_ELEMENTS(y->kept_of));
	if (kept)
		y->kept_of[x->session->ordinal] |= 1U << (x->request_at.first.frame - 1) / HALF;
}

static void on_finding(const struct bits_finding *f, void *user)
{
	((struct seen *)user)->accusations += !f->undecided && f->severity >= BITS_WARNING && f->fault <= BITS_FAULT_SERVER;
}

static void on_ended(const struct bits_session *s, void *user)
{
	struct seen *y = user;
	bool                is_complete = bits_session_file_state(s) == BITS_FILE_COMPLETE;

	y->complete += is_complete;
	y->mixed += is_complete && y->kept_of[s->ordinal] == 3;
}

static const struct bits_sink sink = { .settled = on_settled, .finding = on_finding, .ended = on_ended };
static const struct bits_end  ends[2] = { { { .family = 4, .bytes = { 10, 0, 0, 2 } }, 40000 }, { { .family = 4, .bytes = { 10, 0, 0, 1 } }, 80 } };

#define POST     "BITS_POST /a HTTP/1.1\r\nBITS-Packet-Type: "
#define ACK      "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\n"
#define PROTOCOL "{7df0354d-249b-430f-820d-3d2a9bef4931}"
#define EMPTY    "Content-Length: 0\r\n\r\n"

static char *message(unsigned i, const char *id, bool same_size)
{
	static const char *const letters[] = { "abcd", "uvwxyz" };
	unsigned                 u = i / HALF, size = u == 1 && !same_size ? 6 : 4, half = i % HALF < 4 ? 0 : size / 2;

	switch (i % HALF) {
	case 0:
		return g_strdup(POST "Create-Session\r\nBITS-Supported-Protocols: " PROTOCOL "\r\n" EMPTY);
	case 1:
		return g_strdup_printf(ACK "BITS-Protocol: " PROTOCOL "\r\nBITS-Session-Id: %s\r\n" EMPTY, id);
	case 2:
	case 4:
		return g_strdup_printf(POST "Fragment\r\nBITS-Session-Id: %s\r\nContent-Range: bytes %u-%u/%u\r\nContent-Length: %u\r\n\r\n%.*s",
		                       id, half, half + size / 2 - 1, size, size / 2, (int)size / 2, letters[u] + half);
	case 3:
	case 5:
		return g_strdup_printf(ACK "BITS-Session-Id: %s\r\nBITS-Received-Content-Range: %u\r\n" EMPTY, id,
		                       half == 0 && i % HALF == 3 ? size / 2 : size);
	case 6: /* a Ping, so that the Close-Session may be lost and its connection still go on */
		return g_strdup(POST "Ping\r\n" EMPTY);
	case 8:
		return g_strdup_printf(POST "Close-Session\r\nBITS-Session-Id: %s\r\n" EMPTY, id);
	default:
		return g_strdup_printf(ACK "BITS-Session-Id: %s\r\n" EMPTY, id);
	}
}

struct variant {
	const char *id;
	bool        same_size, two_connections, no_syn, late_syn; /* of the second connection */
};

/* n messages in that order, of which [from, to) are lost. */
static struct seen play(const struct variant *v, const unsigned *order, unsigned n, unsigned from, unsigned to)
{
	struct seen          seen = { 0 };
	struct bits_tracker *t = bits_tracker_new(&sink, &seen, NULL);
	struct bits_conn    *c[2] = { bits_conn_new(t, 1, ends, true), v->two_connections ? bits_conn_new(t, 2, ends, !v->no_syn) : NULL };
	uint64_t             at[2][2] = { { 0 } };
	struct bits_where    where = { .frame = 0 };

	for (unsigned i = 0; i < n; i++) {
		g_autofree char *said = message(order[i], v->id, v->same_size);
		unsigned         k = v->two_connections && order[i] >= HALF, side = i % 2;

		where = (struct bits_where){ .frame = order[i] + 1, .pos = BITS_POS_UNKNOWN, .at = at[k][side], .heard = at[k][!side] };
		if (i >= from && i < to)
			bits_conn_lost(c[k], side, strlen(said), &where);
		else
			bits_conn_data(c[k], side, bits_str_of(said), &where, true);
		at[k][side] += strlen(said);
		if (v->late_syn && k == 1)
			bits_conn_began(c[1], 0, &where);
	}
	for (unsigned k = 0; k < G_N_ELEMENTS(c) && c[k] != NULL; k++) {
		bits_conn_close(c[k], BITS_TCP_CAPTURE_END, 0, &where);
		bits_conn_free(c[k]);
	}
	bits_tracker_finish(t);
	bits_tracker_free(t);
	return seen;
}

static struct seen upload_twice(const struct variant *v, unsigned from, unsigned to)
{
	unsigned order[MESSAGES];

	for (unsigned i = 0; i < MESSAGES; i++)
		order[i] = i;
	return play(v, order, MESSAGES, from, to);
}

static void one_file_is_never_made_of_two(void **state)
{
	static const char *const ids[] = { "1", "-695073918668488697", "/a" };

	(void)state;
	for (unsigned n = 0; n < 4 * G_N_ELEMENTS(ids); n++) {
		struct variant v = { .id = ids[n / 4], .same_size = n & 1, .two_connections = n & 2 };

		expect_in_row("nothing is lost", upload_twice(&v, 0, 0).complete == 2);
		for (unsigned from = 0; from < MESSAGES; from++)
			for (unsigned to = from + 1; to <= MESSAGES; to++) {
				struct seen      seen = upload_twice(&v, from, to);
				g_autofree char *row = g_strdup_printf("id %s, %s size, %s, without [%u, %u)", v.id, v.same_size ? "same" : "another",
				                                       v.two_connections ? "two connections" : "one", from, to);

				expect_in_row(row, seen.accusations == 0 && seen.mixed == 0);
			}
	}
}

/* Even a GUID: the Ack that gives it out says so, where the request is missing. */
static void each_ack_begins_an_upload(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 4; n++) {
		struct variant v = { .id = "{11112222-3333-4444-5555-666677778888}", .same_size = n & 1, .two_connections = n & 2 };
		struct seen    seen = upload_twice(&v, HALF, HALF + 1);

		expect_in_row(v.same_size ? "same size" : "another size", seen.complete == 2 && seen.accusations == 0);
	}
}

/* ... or the Ack is missing, or comes behind a hole that is known later, and the request tells. */
static void each_request_does_where_somebody_had_ended_the_one_before(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		struct variant v = { .id = "{11112222-3333-4444-5555-666677778888}", .same_size = n & 1 };
		struct seen    seen = upload_twice(&v, HALF + 1, HALF + 2);

		expect_in_row(v.same_size ? "same size" : "another size", seen.complete == 2 && seen.accusations == 0);
	}
}

/* The price: what of one upload came behind a missing request is not called complete.  A GUID is nobody else's. */
static void who_it_is_may_not_be_known(void **state)
{
	static const unsigned ping_between[] = { 0, 1, 2, 3, 6, 7, 4, 5, 8, 9 };
	static const struct {
		const char *id;
		unsigned    complete;
	} cases[] = { { "1", 0 }, { "{11112222-3333-4444-5555-666677778888}", 1 } };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct variant v = { .id = cases[i].id, .same_size = true };
		struct seen    seen = play(&v, ping_between, G_N_ELEMENTS(ping_between), 4, 5);

		expect_in_row(v.id, seen.complete == cases[i].complete && seen.accusations == 0);
	}
}

/* The first Fragment of one upload comes on one connection, all else on another: was that seen from its beginning? */
static void a_connection_without_its_beginning_may_hide_requests(void **state)
{
	static const unsigned whole[] = { 0, 1, 2, 3, 14, 15, 18, 19 }; /* what comes on the second is of the second upload */
	static const struct {
		const char *name;
		bool        no_syn, late_syn;
		unsigned    complete;
	} cases[] = { { "from its SYN", false, false, 1 }, { "in the middle", true, false, 0 }, { "its SYN comes late", true, true, 1 } };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct variant v = { .id = "1", .same_size = true, .two_connections = true, .no_syn = cases[i].no_syn,
			             .late_syn = cases[i].late_syn };
		struct seen    seen = play(&v, whole, G_N_ELEMENTS(whole), 0, 0);

		expect_in_row(cases[i].name, seen.complete == cases[i].complete && seen.accusations == 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_file_is_never_made_of_two),
		cmocka_unit_test(each_ack_begins_an_upload),
		cmocka_unit_test(each_request_does_where_somebody_had_ended_the_one_before),
		cmocka_unit_test(who_it_is_may_not_be_known),
		cmocka_unit_test(a_connection_without_its_beginning_may_hide_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
