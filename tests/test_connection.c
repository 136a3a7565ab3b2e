/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_connection.c - what single segments mean to a connection of which more or less is known. */
#include "wire/connection.h"

#include <string.h>

#include "tests/cm.h"

#define S TCP_SYN
#define A TCP_ACK

/* A segment whose checksum nobody can check: not all of it was captured. */
static struct segment segment_of(uint8_t flags, uint32_t seq, uint32_t ack)
{
	return (struct segment){ .flags = flags, .seq = seq, .ack = ack, .tcp = (const uint8_t *)"", .tcp_length = 1 };
}

static struct connection *made_connection(void)
{
	return connection_new((struct bits_end[2]){ { .port = 1 }, { .port = 2 } }, 7);
}

/* Direction 0 begins at sequence number 1000000, and 500 bytes of it are released. */
static void a_segment_fits_or_does_not(void **state)
{
	static const struct {
		const char          *name;
		bool                 is_known;
		uint64_t             base_at;
		enum connection_kind kind;
		uint8_t              flags;
		uint32_t             seq;
		bool                 fits;
	} cases[] = {
		{ "nothing is known yet", false, 0, CONN_UNDECIDED, S, 5, true },
		{ "its own SYN again", true, 0, CONN_HTTP, S, 999999, true },
		{ "another SYN", true, 0, CONN_HTTP, S, 1000000, false },
		{ "its own SYN again, when all is over", true, 0, CONN_DEAD, S, 999999, true },
		{ "the SYN of data that came before it", true, STREAM_MIDDLE, CONN_HTTP, S, 1000499, true },
		{ "a SYN behind that data", true, STREAM_MIDDLE, CONN_HTTP, S, 1000500, false },
		{ "a SYN a window before that data, nearly", true, STREAM_MIDDLE, CONN_HTTP, S, 1000500U - (1 << 20), true },
		{ "a SYN a window before that data", true, STREAM_MIDDLE, CONN_HTTP, S, 1000499U - (1 << 20), false },
		{ "anything but a SYN, while it lives", true, 0, CONN_HTTP, A, 3000000000, true },
		{ "not HTTP, and far away", true, 0, CONN_OTHER, A, 3000000000, true },
		{ "a late copy", true, 0, CONN_DEAD, A, 1000000, true },
		{ "as far ahead as the afterlife goes", true, 0, CONN_DEAD, A, 1000500 + (16 << 20) - 1, true },
		{ "one byte farther", true, 0, CONN_DEAD, A, 1000500 + (16 << 20), false },
		{ "as far back as the afterlife goes", true, 0, CONN_DEAD, A, 1000501U - (16 << 20), true },
		{ "one byte farther back", true, 0, CONN_DEAD, A, 1000500U - (16 << 20), false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct connection *c = made_connection();
		struct segment     s = segment_of(cases[i].flags, cases[i].seq, 0);

		if (cases[i].is_known) {
			stream_set_base(&c->live->stream[0], 1000000, cases[i].base_at);
			c->live->stream[0].next += 500;
		}
		c->kind = cases[i].kind;
		expect_in_row(cases[i].name, connection_fits(c, 0, &s) == cases[i].fits);
		connection_free(c);
	}
}

/* What both streams know of their beginning: "0:100" from the SYN on, sequence number 100; "m:100" in the middle. */
static char *scales_of(const struct connection *c)
{
	GString *s = g_string_new(NULL);

	for (unsigned d = 0; d < 2; d++) {
		const struct stream *st = &c->live->stream[d];

		if (!st->is_known)
			g_string_append(s, "- ");
		else
			g_string_append_printf(s, "%s%s:%u ", st->base_at == 0 ? "0" : "m",
			                       st->from_syn == (st->base_at == 0) ? "" : "?", st->base_seq);
	}
	return g_strchomp(g_string_free(s, false));
}

static void learns_where_streams_begin(void **state)
{
	static const struct {
		const char *name;
		struct {
			unsigned d;
			uint8_t  flags;
			uint32_t seq, ack;
		} segments[4];
		unsigned    n;
		const char *scales;
	} cases[] = {
		{ "a SYN", { { 0, S, 99, 0 } }, 1, "0:100 -" },
		{ "the answer to a SYN that was not captured", { { 1, S | A, 199, 100 } }, 1, "0:100 0:200" },
		{ "a handshake", { { 0, S, 99, 0 }, { 1, S | A, 199, 100 }, { 0, A, 100, 200 } }, 3, "0:100 0:200" },
		{ "a SYN, and what follows the answer to it", { { 0, S, 99, 0 }, { 0, A, 100, 200 } }, 2, "0:100 0:200" },
		{ "a SYN, and something later", { { 0, S, 99, 0 }, { 0, A, 150, 200 } }, 2, "0:100 m:200" },
		{ "the middle", { { 0, A, 150, 200 } }, 1, "m:150 m:200" },
		{ "the middle, without an acknowledgment", { { 0, 0, 150, 200 } }, 1, "m:150 -" },
		{ "a SYN that comes behind an acknowledgment of it", { { 1, A, 200, 100 }, { 0, S, 99, 0 } }, 2, "0:100 m:200" },
		{ "later segments teach nothing new", { { 0, A, 150, 200 }, { 0, A, 170, 300 }, { 1, A, 300, 170 } }, 3, "m:150 m:200" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct connection *c = made_connection();
		g_autofree char   *scales = NULL;

		for (unsigned k = 0; k < cases[i].n; k++) {
			struct segment s = segment_of(cases[i].segments[k].flags, cases[i].segments[k].seq, cases[i].segments[k].ack);

			connection_learn(c, cases[i].segments[k].d, &s);
			expect_in_row(cases[i].name, c->live->stream[cases[i].segments[k].d].is_seen);
		}
		scales = scales_of(c);
		if (strcmp(scales, cases[i].scales) != 0)
			fail_msg("row \"%s\": \"%s\" instead of \"%s\"", cases[i].name, scales, cases[i].scales);
		connection_free(c);
	}
}

/* Direction 1 begins at sequence number 1000, and has sent 500 bytes. */
static void believes_an_acknowledgment_or_not(void **state)
{
	static const struct {
		const char *name;
		uint8_t     flags;
		uint32_t    ack;
		bool        is_broken, is_offloaded;
		uint64_t    heard;
	} cases[] = {
		{ "no acknowledgment", 0, 1200, false, false, BITS_HEARD_UNKNOWN },
		{ "of what was sent", A, 1200, false, false, 200 },
		{ "of all that was sent", A, 1500, false, false, 500 },
		{ "of more: the capture lacks frames", A, 1600, false, false, 600 },
		{ "of what lies before the beginning", A, 900, false, false, BITS_HEARD_UNKNOWN },
		{ "farther ahead than any stream is", A, 1500 + (1U << 30), false, false, BITS_HEARD_UNKNOWN },
		{ "a broken segment of what was sent", A, 1500, true, false, 500 },
		{ "a broken segment of more", A, 1501, true, false, BITS_HEARD_UNKNOWN },
		{ "of more, and the card fills checksums in", A, 1501, true, true, 501 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct connection *c = made_connection();
		struct segment     s = segment_of(cases[i].flags, 1, cases[i].ack);

		s.tcp_length = cases[i].is_broken ? 0 : 1;
		stream_set_base(&c->live->stream[1], 1000, 0);
		c->live->stream[1].next = c->live->stream[1].end = 500;
		c->live->stream[0].is_offloaded = cases[i].is_offloaded;
		expect_in_row(cases[i].name, connection_heard(c, 0, &s) == cases[i].heard);
		connection_free(c);
	}
}

/* Two FINs; the stream begins at 1000. */
static void the_first_fin_that_is_near_stands(void **state)
{
	static const struct {
		const char *name;
		uint8_t     flags;
		uint32_t    seq, length;
		bool        has_fin;
		uint64_t    fin_at;
	} cases[] = {
		{ "none", A, 1000, 5, false, 0 },
		{ "a bare one", A | TCP_FIN, 1000, 0, true, 0 },
		{ "behind bytes of its own", A | TCP_FIN, 1010, 5, true, 15 },
		{ "before the beginning", A | TCP_FIN, 999, 0, false, 0 },
		{ "far away", A | TCP_FIN, 1000 + (1U << 30), 0, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct connection *c = made_connection();
		struct segment     s = segment_of(cases[i].flags, cases[i].seq, 0), again = segment_of(A | TCP_FIN, 1100, 0);

		s.length = cases[i].length;
		stream_set_base(&c->live->stream[0], 1000, 0);
		connection_note_fin(c, 0, &s);
		expect_in_row(cases[i].name, c->live->stream[0].has_fin == cases[i].has_fin && c->live->stream[0].fin_at == cases[i].fin_at);
		expect_in_row(cases[i].name, c->live->stream[0].end == cases[i].fin_at);
		connection_note_fin(c, 0, &again);
		expect_in_row(cases[i].name, c->live->stream[0].fin_at == (cases[i].has_fin ? cases[i].fin_at : 100));
		connection_free(c);
	}
}

/* Direction 0 begins at 5000000; 2 MiB are released, 100 bytes more were sent. */
static void a_reset_counts_where_it_lies_in_the_window(void **state)
{
	static const uint32_t next = 5000000 + (2 << 20);
	static const struct {
		const char *name;
		uint8_t     flags;
		int32_t     from_next;
		bool        counts;
	} cases[] = {
		{ "at the next byte", TCP_RST, 0, true },
		{ "no reset at all", A, 0, false },
		{ "as far back as a window", TCP_RST, -(1 << 20), true },
		{ "one byte farther back", TCP_RST, -(1 << 20) - 1, false },
		{ "as far ahead as the smallest window", TCP_RST, 100 + 65535, true },
		{ "one byte farther", TCP_RST, 100 + 65536, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct connection *c = made_connection();
		struct segment     s = segment_of(cases[i].flags, next + (uint32_t)cases[i].from_next, 0);

		stream_set_base(&c->live->stream[0], 5000000, 0);
		c->live->stream[0].next = 2 << 20;
		c->live->stream[0].end = c->live->stream[0].next + 100;
		expect_in_row(cases[i].name, connection_is_reset_by(c, 0, &s) == cases[i].counts);
		connection_free(c);
	}
}

/* Direction 0: 1000 bytes are released and 900 acknowledged, 100 bytes more were sent; then its FIN. */
static void a_reset_is_heeded_where_the_other_side_stands(void **state)
{
	static const struct {
		const char *name;
		uint32_t    seq;
		bool        has_fin, is_heeded;
	} cases[] = {
		{ "at what is acknowledged", 5900, false, true },
		{ "behind what was released", 6000, false, true },
		{ "behind what was sent", 6100, false, true },
		{ "behind its FIN", 6101, true, true },
		{ "there, without a FIN", 6101, false, false },
		{ "in the window, but not the next", 6300, false, false },
		{ "before what is acknowledged", 5800, false, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		uint8_t            header[20] = { [12] = 5 << 4, [13] = TCP_RST, [16] = 0x12, [17] = 0x34 };
		struct connection *c = made_connection();
		struct stream     *st = &c->live->stream[0];
		struct segment     s = segment_of(TCP_RST, cases[i].seq, 0);

		s.tcp = header;
		s.tcp_captured = 0; /* nobody knows whether its checksum is right */
		s.tcp_length = sizeof header;
		stream_set_base(st, 5000, 0);
		st->next = 1000;
		st->end = 1100;
		st->acked = 900;
		st->sound = 100;
		st->has_fin = cases[i].has_fin;
		st->fin_at = 1100;
		expect_in_row(cases[i].name, connection_is_reset_by(c, 0, &s));
		expect_in_row(cases[i].name, connection_heeds(c, 0, &s) == cases[i].is_heeded);
		s.tcp_captured = sizeof header; /* it is wrong */
		expect_in_row(cases[i].name, !connection_is_reset_by(c, 0, &s));
		connection_free(c);
	}
}

static void knows_whether_it_has_the_start(void **state)
{
	static const struct {
		const char *name;
		bool        known[2], syn[2], is;
	} cases[] = {
		{ "both from their SYN", { true, true }, { true, true }, true },
		{ "one of them is not in the capture", { true, false }, { true, false }, true },
		{ "the other one is not", { false, true }, { false, true }, true },
		{ "one begins in the middle", { true, true }, { true, false }, false },
		{ "both do", { true, true }, { false, false }, false },
		{ "nothing is known", { false, false }, { false, false }, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct connection *c = made_connection();

		for (unsigned d = 0; d < 2; d++) {
			c->live->stream[d].is_known = cases[i].known[d];
			c->live->stream[d].from_syn = cases[i].syn[d];
		}
		expect_in_row(cases[i].name, connection_is_from_start(c) == cases[i].is);
		connection_free(c);
	}
}

static void no_bytes(const struct stream_bytes *b, void *user)
{
	(void)b, (void)user;
}

static void no_loss(uint64_t at, uint64_t n, const struct bits_where *w, void *user)
{
	(void)at, (void)n, (void)w, (void)user;
}

/* One byte behind a hole. */
static void hold_one(struct connection *c, unsigned d, uint32_t file, uint32_t frame, struct stream_totals *totals)
{
	static const struct stream_sink nowhere = { no_bytes, no_loss };
	struct stream_bytes             b = { .at = 10, .p = (const uint8_t *)"x", .n = 1, .where = { .file = file, .frame = frame } };

	stream_set_base(&c->live->stream[d], 1, 0);
	stream_add(&c->live->stream[d], &b, totals, &nowhere, NULL);
}

static void note_heard(const struct stream_bytes *b, void *user)
{
	*(uint64_t *)user = b->where.heard;
}

/* The client's segment [10, 11) came before the server's SYN was seen, and waits: its acknowledgment was read on another scale. */
static void what_waits_heard_what_it_heard(void **state)
{
	static const struct {
		const char *name;
		bool        has_ack;
		uint32_t    acked, syn;
		uint64_t    heard;
	} cases[] = {
		{ "as many bytes as the SYN-ACK leaves", true, 289, 199, 89 },
		{ "none of them", true, 200, 199, 0 },
		{ "less than none: numbers of something else", true, 150, 199, 0 },
		{ "the numbers wrap", true, 50, 4294967195U, 150 },
		{ "nothing", false, 289, 199, BITS_HEARD_UNKNOWN },
	};
	static const struct stream_sink sink = { note_heard, no_loss };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct connection   *c = made_connection();
		struct stream_totals totals = { 0 };
		uint64_t             heard = 7;
		struct segment       syn = segment_of(S, 99, 0), answer = segment_of(S | A, cases[i].syn, 100),
			       early = segment_of(cases[i].has_ack ? A : 0, 110, cases[i].acked);
		struct stream_bytes b = { .at = 10, .p = (const uint8_t *)"x", .n = 1 };

		connection_learn(c, 0, &syn);
		connection_learn(c, 0, &early);
		b.where.heard = connection_heard(c, 0, &early);
		stream_add(&c->live->stream[0], &b, &totals, &sink, &heard);
		connection_learn(c, 1, &answer);
		b = (struct stream_bytes){ .at = 0, .p = (const uint8_t *)"0123456789", .n = 10 };
		stream_add(&c->live->stream[0], &b, &totals, &sink, &heard);
		expect_in_row(cases[i].name, heard == cases[i].heard);
		connection_free(c);
	}
}

static void the_older_hole_is_the_one_that_waits_longer(void **state)
{
	static const struct {
		const char *name;
		uint32_t    file[2], frame[2]; /* of the bytes behind each hole; frame 0: no hole */
		unsigned    older;
	} cases[] = {
		{ "only one has a hole", { 0, 0 }, { 5, 0 }, 0 },
		{ "only the other has", { 0, 0 }, { 0, 5 }, 1 },
		{ "the first is older", { 0, 0 }, { 5, 6 }, 0 },
		{ "the second is older", { 0, 0 }, { 6, 5 }, 1 },
		{ "captures come one after the other", { 1, 0 }, { 5, 6 }, 1 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct connection   *c = made_connection();
		struct stream_totals totals = { 0 };

		for (unsigned d = 0; d < 2; d++)
			if (cases[i].frame[d] != 0)
				hold_one(c, d, cases[i].file[d], cases[i].frame[d], &totals);
		expect_in_row(cases[i].name, connection_older_hole(c) == cases[i].older);
		connection_forget(c, &totals);
		expect_in_row(cases[i].name, totals.held == 0);
		connection_free(c);
	}
}

/* The same ends, but nothing of what was known; that a hole of it is watched is the watcher's business. */
static void renewed_it_knows_nothing(void **state)
{
	struct connection   *c = made_connection(), *fresh = connection_new(c->end, 8);
	struct stream_totals totals = { 0 };

	(void)state;
	hold_one(c, 1, 0, 5, &totals);
	c->live->stream[1].in_queue = true;
	c->kind = CONN_DEAD;
	c->first_fin = 1;
	c->live->told_heard[0] = 17;
	connection_renew(c, 8, &totals);
	assert_int_equal(totals.held, 0);
	assert_true(c->live->stream[1].in_queue);
	c->live->stream[1].in_queue = false;
	assert_memory_equal(c->live->stream, fresh->live->stream, sizeof c->live->stream);
	assert_int_equal(c->kind, fresh->kind);
	assert_int_equal(c->ordinal, fresh->ordinal);
	assert_int_equal(c->first_fin, fresh->first_fin);
	assert_int_equal(c->live->told_heard[0], 0);
	connection_free(c);
	connection_free(fresh);
}

/* Direction 0 began with number 1000 and is 500 bytes on; nothing is known of direction 1. */
static void what_is_retired_knows_its_late_copies(void **state)
{
	static const struct {
		const char     *name;
		uint64_t        base_at;
		uint8_t         kind;
		unsigned        d;
		uint32_t        seq;
		uint8_t         flags;
	} cases[] = {
		{ "dead, its SYN again", 0, CONN_DEAD, 0, 999, TCP_SYN },
		{ "dead, another SYN", 0, CONN_DEAD, 0, 1499, TCP_SYN },
		{ "dead, bytes again", 0, CONN_DEAD, 0, 1100, TCP_ACK },
		{ "dead, bytes from far away", 0, CONN_DEAD, 0, 1500 + (16 << 20), TCP_ACK },
		{ "dead, bytes from far behind", 0, CONN_DEAD, 0, 1499U - (16U << 20), TCP_ACK },
		{ "not HTTP, its SYN again", 0, CONN_OTHER, 0, 999, TCP_SYN },
		{ "not HTTP, another SYN", 0, CONN_OTHER, 0, 5000, TCP_SYN },
		{ "seen from its middle, a SYN from before", STREAM_MIDDLE, CONN_DEAD, 0, 1400, TCP_SYN },
		{ "seen from its middle, a SYN from behind", STREAM_MIDDLE, CONN_DEAD, 0, 1500, TCP_SYN },
		{ "the direction that nothing is known of", 0, CONN_DEAD, 1, 7, TCP_ACK },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct connection   *c = connection_new((const struct bits_end[2]){ { .port = 1 }, { .port = 2 } }, 1);
		struct segment       s = { .seq = cases[i].seq, .flags = cases[i].flags, .length = 1 };
		struct stream_totals totals = { 0 };
		bool                 fitted;

		stream_set_base(&c->live->stream[0], 1000, cases[i].base_at);
		c->live->stream[0].next += 500;
		c->kind = cases[i].kind;
		fitted = connection_fits(c, cases[i].d, &s);
		connection_retire(c, &totals);
		assert_null(c->live);
		expect_in_row(cases[i].name, connection_fits(c, cases[i].d, &s) == fitted);
		connection_renew(c, 2, &totals);
		expect_in_row(cases[i].name, c->live != NULL && connection_fits(c, cases[i].d, &s));
		connection_forget(c, &totals);
		connection_free(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_retired_knows_its_late_copies),
		cmocka_unit_test(a_segment_fits_or_does_not),
		cmocka_unit_test(learns_where_streams_begin),
		cmocka_unit_test(believes_an_acknowledgment_or_not),
		cmocka_unit_test(the_first_fin_that_is_near_stands),
		cmocka_unit_test(a_reset_counts_where_it_lies_in_the_window),
		cmocka_unit_test(a_reset_is_heeded_where_the_other_side_stands),
		cmocka_unit_test(knows_whether_it_has_the_start),
		cmocka_unit_test(what_waits_heard_what_it_heard),
		cmocka_unit_test(the_older_hole_is_the_one_that_waits_longer),
		cmocka_unit_test(renewed_it_knows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
