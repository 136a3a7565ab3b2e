/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_pump_packets.c - fragments in, and where the bytes that the core is fed are said to be from.  The core's connections are
 * stood in for by a recorder that looks every byte up in the capture. */
#include "wire/pump.h"

#include <string.h>

#include "core/bits_conn.h"
#include "tests/cm.h"
#include "tests/frames.h"
#include "tests/wraps.h"

/* ---- the recorder ---------------------------------------------------------------------------------------------- */

static GByteArray *capture; /* the bytes of all frames                                 */
static GArray     *starts;  /* of guint: where frame i + 1 begins                       */
static GString    *stream;  /* what the core was fed, in order; '?' for each lost byte  */

struct bits_conn {
	int unused;
};

enum bits_sniff bits_conn_sniff(struct bits_str s)
{
	return s.n > 0 && s.p[0] != 0x16 ? BITS_SNIFF_HTTP : BITS_SNIFF_NO; /* 0x16: TLS */
}

struct bits_conn *bits_conn_new(struct bits_tracker *t, uint64_t ordinal, const struct bits_end ends[2], bool from_start)
{
	(void)t;
	(void)ordinal;
	(void)ends;
	(void)from_start;
	return g_new0(struct bits_conn, 1);
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
	(void)data;
	(void)w;
	(void)acked;
	return false;
}

void bits_conn_set_secure(struct bits_conn *c)
{
	(void)c;
}

void bits_conn_free(struct bits_conn *c)
{
	g_free(c);
}

void bits_conn_data(struct bits_conn *c, unsigned d, struct bits_str data, const struct bits_where *w, bool begins)
{
	guint start = g_array_index(starts, guint, w->frame - 1);
	guint end = w->frame < starts->len ? g_array_index(starts, guint, w->frame) : capture->len;

	(void)c;
	(void)d;
	(void)begins;
	assert_true(w->pos >= start && w->pos + data.n <= end);
	assert_memory_equal(capture->data + w->pos, data.p, data.n);
	g_string_append_len(stream, data.p, (gssize)data.n);
}

void bits_conn_lost(struct bits_conn *c, unsigned d, uint64_t n, const struct bits_where *w)
{
	(void)c;
	(void)d;
	(void)w;
	for (uint64_t i = 0; i < n; i++)
		g_string_append_c(stream, '?');
}

void bits_conn_heard(struct bits_conn *c, unsigned d, const struct bits_where *w, bool fin)
{
	(void)c;
	(void)d;
	(void)w;
	(void)fin;
}

static unsigned disorder; /* what the network is said to have done */

void bits_conn_began(struct bits_conn *c, unsigned d, const struct bits_where *w)
{
	(void)c;
	(void)d;
	(void)w;
}

void bits_conn_again(struct bits_conn *c, unsigned d, uint64_t n, const struct bits_where *w)
{
	(void)c;
	(void)d;
	(void)n;
	(void)w;
	disorder++;
}

void bits_tracker_lacks_evidence(struct bits_tracker *t)
{
	(void)t;
}

void bits_conn_seam(struct bits_conn *c, unsigned d, const struct bits_where *w)
{
	(void)c;
	(void)d;
	(void)w;
}

void bits_conn_early(struct bits_conn *c, unsigned d, const struct bits_where *w)
{
	(void)c;
	(void)d;
	(void)w;
	disorder++;
}

void bits_tracker_late_reset(struct bits_tracker *t, uint64_t conn, const struct bits_end *sender, const struct bits_where *w)
{
	(void)t;
	(void)conn;
	(void)sender;
	(void)w;
}

void bits_conn_close(struct bits_conn *c, enum bits_tcp_end how, unsigned by, const struct bits_where *w)
{
	(void)c;
	(void)how;
	(void)by;
	(void)w;
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
	return 0;
}

bool bits_conn_is_hopeless(const struct bits_conn *c)
{
	(void)c;
	return false;
}

/* ---- frames ---------------------------------------------------------------------------------------------------- */

static struct pump *begin(void)
{
	capture = g_byte_array_new();
	starts = g_array_new(FALSE, FALSE, sizeof(guint));
	stream = g_string_new(NULL);
	disorder = 0;
	return pump_new(NULL);
}

static void end(struct pump *p)
{
	pump_free(p);
	g_byte_array_unref(capture);
	g_array_unref(starts);
	g_string_free(stream, TRUE);
}

/* A frame of raw IP, of which the capture has so many bytes. */
static uint64_t feed_cut(struct pump *p, const GByteArray *packet, guint captured)
{
	guint        start = capture->len;
	struct frame f;

	g_byte_array_append(capture, packet->data, captured);
	g_array_append_val(starts, start);
	f = frame_of(packet, 101, starts->len);
	f.pos = start;
	f.caplen = captured;
	return pump_frame_conn(p, &f);
}

static uint64_t feed(struct pump *p, const GByteArray *packet)
{
	return feed_cut(p, packet, packet->len);
}

static GByteArray *segment_of(const char *text, uint32_t at, size_t n)
{
	struct made m = { .seq = 1000 + at, .ack = 1, .flags = 0x10, .payload = text + at, .n = n };

	return make_ipv4(&m);
}

static void feed_syn(struct pump *p)
{
	struct made           m = { .seq = 999, .flags = 2 };
	g_autoptr(GByteArray) a = make_ipv4(&m);

	feed(p, a);
}

/* ---- tests ----------------------------------------------------------------------------------------------------- */

/* Feeds the fragments of a packet, cut at these places, in this order; wrapped, if that is asked for. */
static uint64_t feed_fragments(struct pump *p, const GByteArray *packet, const guint *cuts, const guint *order, guint n,
                               const char *headers, uint16_t id)
{
	uint64_t conn = 0;

	for (guint i = 0; i < n; i++) {
		guint                 k = order[i];
		g_autoptr(GByteArray) a = make_fragment(packet, k == 0 ? 0 : cuts[k - 1], k + 1 < n ? cuts[k] : packet->len - 20, id);

		wrap(a, headers);
		conn = feed(p, a);
	}
	return conn;
}

#define TEXT "POST /the/quick/brown/fox/jumps/over/the/lazy/dog HTTP/1.1 and so on, and so on"

static void every_byte_is_of_the_fragment_that_brought_it(void **state)
{
	static const guint orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 }, { 2, 0, 1 } };
	static const char *const headers[] = { "", "ip:2F gre:0800", "ip:11 udp:12B5 vxlan eth:0800" };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(orders); i++)
		for (size_t k = 0; k < G_N_ELEMENTS(headers); k++) {
			struct pump          *p = begin();
			g_autoptr(GByteArray) a = segment_of(TEXT, 0, strlen(TEXT));

			feed_syn(p);
			assert_int_equal(feed_fragments(p, a, (const guint[]){ 24, 56 }, orders[i], 3, headers[k], 7), 1);
			assert_string_equal(stream->str, TEXT);
			assert_int_equal(pump_stats(p)->ip_fragments, 3);
			assert_int_equal(pump_stats(p)->datagrams, 1);
			assert_int_equal(pump_stats(p)->datagrams_given_up, 0);
			end(p);
		}
}

/* The outer packet is in fragments, too, and each of them has a part of two fragments of the inner one. */
static void fragments_may_lie_in_fragments(void **state)
{
	struct pump          *p = begin();
	g_autoptr(GByteArray) a = segment_of(TEXT, 0, strlen(TEXT));

	(void)state;
	feed_syn(p);
	for (guint i = 0; i < 2; i++) {
		g_autoptr(GByteArray) inner = make_fragment(a, i == 0 ? 0 : 48, i == 0 ? 48 : a->len - 20, 7);

		wrap(inner, "ip:2F gre:0800");
		feed_fragments(p, inner, (const guint[]){ 32, 40 }, (const guint[]){ 1, 2, 0 }, 3, "", (uint16_t)(8 + i));
	}
	assert_string_equal(stream->str, TEXT);
	assert_int_equal(pump_stats(p)->datagrams, 3);
	assert_int_equal(pump_stats(p)->ip_fragments, 6);
	end(p);
}

static GByteArray *ipv6_fragment(const GByteArray *v4, guint from, guint to)
{
	GByteArray *a = g_byte_array_new();
	guint       more = 20 + to < v4->len;
	guint8      header[8] = { 6, 0, (guint8)(from >> 8), (guint8)(from | more), 0, 0, 0, 9 };

	g_byte_array_append(a, header, sizeof header);
	g_byte_array_append(a, v4->data + 20 + from, to - from);
	wrap(a, "ip6:3C options:2C");
	return a;
}

/* Behind an extension header; what the datagram carries says its first fragment alone (RFC 8200 4.5). */
static void ipv6_packets_are_put_together(void **state)
{
	struct pump          *p = begin();
	g_autoptr(GByteArray) a = segment_of(TEXT, 0, strlen(TEXT)), last = ipv6_fragment(a, 40, a->len - 20),
			     first = ipv6_fragment(a, 0, 40);

	(void)state;
	last->data[48] = 17;
	feed(p, last);
	feed(p, first);
	pump_finish(p);
	assert_string_equal(stream->str, TEXT);
	end(p);
}

/* Known bytes are used, others are lost, and none is invented. */
static void what_a_snaplen_cut_off_is_a_hole(void **state)
{
	static const struct {
		const char *name;
		guint       captured[3]; /* payload bytes of each fragment: 20, 16, and the rest */
	} cases[] = {
		{ "nothing cut", { 20, 16, 43 } },
		{ "the end of the middle one", { 20, 8, 43 } },
		{ "all of the middle one", { 20, 0, 43 } },
		{ "the end of the first one", { 10, 16, 43 } },
		{ "ends of all", { 10, 10, 20 } },
		{ "all of the last two", { 1, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		static const guint    payload[] = { 0, 20, 36 };
		struct pump          *p = begin();
		g_autoptr(GByteArray) a = segment_of(TEXT, 0, strlen(TEXT));
		char                  expected[] = TEXT;

		feed_syn(p);
		for (guint k = 0; k < 3; k++) {
			guint                 from = payload[k], to = k < 2 ? payload[k + 1] : (guint)strlen(TEXT);
			g_autoptr(GByteArray) part = make_fragment(a, k == 0 ? 0 : 20 + from, 20 + to, 7);
			guint                 known = MIN(cases[i].captured[k], to - from);

			memset(expected + from + known, '?', to - from - known);
			feed_cut(p, part, part->len - (to - from - known));
		}
		pump_finish(p);
		expect_in_row(cases[i].name, strcmp(stream->str, expected) == 0);
		end(p);
	}
}

/* Where the end of the TCP header is missing nothing is known of its segment. */
static void a_cut_header_is_malformed(void **state)
{
	struct pump          *p = begin();
	g_autoptr(GByteArray) a = segment_of(TEXT, 0, strlen(TEXT)), first = make_fragment(a, 0, 40, 7),
			     last = make_fragment(a, 40, a->len - 20, 7);

	(void)state;
	feed_syn(p);
	feed_cut(p, first, 30);
	feed(p, last);
	pump_finish(p);
	assert_string_equal(stream->str, "");
	assert_int_equal(pump_stats(p)->malformed, 1);
	end(p);
}

/* The capture lacks a fragment, but its receiver may have had it. */
static void one_that_is_not_whole_is_read_at_the_end(void **state)
{
	static const struct {
		const char *name;
		guint       missing;
		const char *stream;
	} cases[] = {
		{ "the last two", 2, "POST /the/quick/brow" },
		{ "the middle", 1, "POST /the/quick/brow????????????????" "/the/lazy/dog HTTP/1.1 and so on, and so on" },
		{ "the first", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		static const guint    cuts[] = { 0, 40, 56 };
		struct pump          *p = begin();
		g_autoptr(GByteArray) a = segment_of(TEXT, 0, strlen(TEXT));

		feed_syn(p);
		for (guint k = 0; k < 3; k++) {
			g_autoptr(GByteArray) part = make_fragment(a, cuts[k], k < 2 ? cuts[k + 1] : a->len - 20, 7);

			if (k != cases[i].missing && (k != 1 || cases[i].missing != 2))
				feed(p, part);
		}
		assert_int_equal(stream->len, 0);
		pump_finish(p);
		expect_in_row(cases[i].name, strcmp(stream->str, cases[i].stream) == 0);
		expect_in_row(cases[i].name, pump_stats(p)->datagrams_given_up == 1);
		expect_in_row(cases[i].name, pump_stats(p)->malformed + pump_stats(p)->not_tcp == 0);
		end(p);
	}
}

/* The bytes of its last fragment are missing, and came again: the network sent nothing twice that the capture does not show,
 * and nothing too early. */
static void one_that_is_read_late_accuses_nobody(void **state)
{
	struct pump          *p = begin();
	g_autoptr(GByteArray) a = segment_of(TEXT, 0, 40), part = make_fragment(a, 0, 40, 7), b = segment_of(TEXT, 40, 20);

	(void)state;
	feed_syn(p);
	feed(p, part);
	feed(p, a);
	feed(p, b);
	pump_finish(p);
	assert_int_equal(stream->len, 60);
	assert_int_equal(disorder, 0);
	end(p);
}

/* Without its end no checksum can be right: that does not make its bytes bad. */
static void the_bytes_of_half_a_segment_are_not_bad(void **state)
{
	struct pump          *p = begin();
	g_autoptr(GByteArray) a = segment_of(TEXT, 0, 40), part = make_fragment(a, 0, 40, 7), syn = NULL;
	struct made           m = { .seq = 999, .flags = 2, .port = 41000 };
	struct frame          late;

	(void)state;
	feed_syn(p);
	feed(p, part);
	syn = make_ipv4(&m);
	late = frame_of(syn, 101, starts->len + 1);
	late.time_ns = FRAGMENTS_PATIENCE_NS * 2;
	pump_frame(p, &late);
	assert_string_equal(stream->str, "POST /the/quick/brow");
	pump_finish(p);
	assert_string_equal(stream->str, "POST /the/quick/brow");
	assert_int_equal(pump_stats(p)->lost, 0);
	end(p);
}

/* Of frames without interest the connection is known as of any other, also of the one behind which something else is read. */
static void a_frame_is_told_its_own_connection(void **state)
{
	struct made           other = { .seq = 1000, .flags = 0x10, .port = 41000, .payload = "\x16\x03 no HTTP", .n = 10 };
	struct made           m = { .seq = 999, .flags = 2, .port = 41000 };
	struct pump          *p = begin();
	g_autoptr(GByteArray) a = segment_of(TEXT, 0, 40), part = make_fragment(a, 0, 40, 7), syn = make_ipv4(&m), data = make_ipv4(&other);
	struct frame          late;

	(void)state;
	assert_int_equal(feed(p, syn), 1);
	assert_int_equal(feed(p, data), 1);
	assert_int_equal(feed(p, part), 0); /* of another connection, and it will be given up */
	assert_int_equal(feed(p, data), 1);
	late = frame_of(data, 101, starts->len + 1);
	late.time_ns = FRAGMENTS_PATIENCE_NS * 2;
	assert_int_equal(pump_frame_conn(p, &late), 1);
	assert_int_equal(pump_stats(p)->connections, 2);
	assert_int_equal(pump_stats(p)->http_connections, 1);
	pump_finish(p);
	end(p);
}

/* What comes behind its end would be lost, if that were taken for the end of the stream. */
static void half_a_segment_ends_nothing(void **state)
{
	struct made           m = { .seq = 1000, .ack = 1, .flags = 0x11, .payload = TEXT, .n = 40 };
	struct pump          *p = begin();
	g_autoptr(GByteArray) a = make_ipv4(&m), part = make_fragment(a, 0, 40, 7), b = segment_of(TEXT, 0, 40), syn = NULL;
	struct frame          late;

	(void)state;
	feed_syn(p);
	feed(p, part);
	m = (struct made){ .seq = 999, .flags = 2, .port = 41000 };
	syn = make_ipv4(&m);
	late = frame_of(syn, 101, starts->len + 1);
	late.time_ns = FRAGMENTS_PATIENCE_NS * 2;
	pump_frame(p, &late);
	m = (struct made){ .from = 1, .seq = 1, .ack = 1021, .flags = 0x11 };
	g_byte_array_unref(g_steal_pointer(&syn));
	syn = make_ipv4(&m);
	feed(p, syn);
	feed(p, b);
	pump_finish(p);
	assert_memory_equal(stream->str, TEXT, 40);
	assert_int_equal(stream->len, 40);
	end(p);
}

/* The end of the packet around it is missing: where the inner datagram ends its own header says all the same. */
static void the_last_fragment_may_lie_in_half_a_packet(void **state)
{
	struct pump          *p = begin();
	g_autoptr(GByteArray) a = segment_of(TEXT, 0, strlen(TEXT)), inner = make_fragment(a, 0, 40, 7),
			     last = make_fragment(a, 40, a->len - 20, 7), half = NULL;
	size_t                known = strlen(TEXT) - 20;

	(void)state;
	feed_syn(p);
	wrap(last, "ip:04");
	half = make_fragment(last, 0, 56, 8); /* 36 bytes of the inner fragment */
	feed(p, half);
	feed(p, inner);
	pump_finish(p);
	assert_int_equal(stream->len, strlen(TEXT));
	assert_memory_equal(stream->str, TEXT, 20 + 36);
	assert_int_equal(stream->str[20 + 36], '?');
	assert_int_equal(pump_stats(p)->lost, known - 36);
	end(p);
}

static void on_frame(uint32_t file, uint32_t frame, uint64_t conn, void *user)
{
	(void)file;
	g_string_append_printf(user, "%u:%lu ", frame, conn);
}

static void all_frames_of_a_datagram_are_told(void **state)
{
	struct pump          *p = begin();
	g_autoptr(GByteArray) a = segment_of(TEXT, 0, 30), b = segment_of(TEXT, 30, 30), part = make_fragment(b, 0, 24, 9);
	g_autoptr(GString)    told = g_string_new(NULL);

	(void)state;
	pump_tell_frames(p, on_frame, told);
	feed_syn(p);
	assert_int_equal(feed_fragments(p, a, (const guint[]){ 24, 40 }, (const guint[]){ 2, 0, 1 }, 3, "", 7), 1);
	assert_string_equal(told->str, "3:1 4:1 2:1 ");
	assert_int_equal(feed_fragments(p, a, (const guint[]){ 24 }, (const guint[]){ 0, 1 }, 2, "", 7), 1); /* again */
	assert_int_equal(feed(p, part), 0);
	pump_finish(p);
	assert_string_equal(told->str, "3:1 4:1 2:1 7:1 ");
	end(p);
}

/* ---- copies that differ ---------------------------------------------------------------------------------------- */

enum { SEQ_AT = 20 + 4, TEXT_AT = 20 + 20 }; /* in a packet */

/* The packet of TEXT with its checksum, but other bytes of its text (a letter) or of its sequence number (a digit). */
static GByteArray *forged(char as)
{
	GByteArray *a = segment_of(TEXT, 0, strlen(TEXT));

	if (g_ascii_isdigit(as))
		a->data[SEQ_AT] = (uint8_t)as;
	else if (as != 'T')
		memset(a->data + TEXT_AT + 10, as, 10);
	return a;
}

static void feed_part(struct pump *p, const char *part)
{
	static const guint    cuts[] = { 0, 24, 56 }; /* of 20 bytes of header and then text */
	g_autoptr(GByteArray) a = forged(part[0]), f = NULL;
	guint                 k = (guint)(part[1] - '0');

	f = make_fragment(a, cuts[k], k < 2 ? cuts[k + 1] : a->len - 20, 7);
	feed(p, f);
}

static void feed_syn_as(struct pump *p, bool is_offloaded)
{
	struct made           m = { .seq = 999, .flags = 2 };
	g_autoptr(GByteArray) a = make_ipv4(&m);

	a->data[20 + 16] ^= is_offloaded ? 0x55 : 0;
	feed(p, a);
}

static void feed_acknowledgment(struct pump *p)
{
	struct made           m = { .from = 1, .seq = 1, .ack = 1000 + (uint32_t)strlen(TEXT), .flags = 0x10 };
	g_autoptr(GByteArray) a = make_ipv4(&m);

	feed(p, a);
}

/* T: the true packet; other letters and digits: forged ones; which of three parts.  Then the receiver acknowledges all. */
static void the_checksum_says_which_copy_was_sent(void **state)
{
	static const struct {
		const char *name;
		const char *parts[6];
		bool        is_offloaded;
		char        as; /* what the ten bytes are; '?': all of the fragment that has them */
		unsigned    conflicting, malformed;
	} cases[] = {
		{ "the first copy is true", { "T0", "T1", "x1", "T2" }, false, 'T', 10, 0 },
		{ "the last copy is true", { "x1", "T0", "T1", "T2" }, false, 'T', 10, 0 },
		{ "the last of three", { "x1", "y1", "T1", "T0", "T2" }, false, 'T', 20, 0 },
		{ "the true one came when all was there", { "x1", "T0", "T2", "T1" }, false, 'T', 10, 0 },
		{ "... and again", { "x1", "T0", "T2", "T1", "T1" }, false, 'T', 10, 0 },
		{ "neither fits", { "x1", "T0", "y1", "T2" }, false, '?', 10, 0 },
		{ "neither fitted, then one came that does", { "x1", "T0", "y1", "T2", "T1" }, false, 'T', 20, 0 },
		{ "nobody filled the checksum in", { "x1", "T0", "y1", "T2" }, true, 'x', 10, 0 },
		{ "its header: the last copy is true", { "50", "T0", "T1", "T2" }, false, 'T', 1, 0 },
		{ "its header: neither fits", { "50", "60", "T1", "T2", "T0" }, false, 'T', 2, 1 },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct pump     *p = begin();
		g_autofree char *expected = g_strdup(TEXT);

		if (cases[i].as == '?')
			memset(expected + 4, '?', 32);
		else if (cases[i].as != 'T')
			memset(expected + 10, cases[i].as, 10);
		feed_syn_as(p, cases[i].is_offloaded);
		for (size_t k = 0; k < 6 && cases[i].parts[k] != NULL; k++)
			feed_part(p, cases[i].parts[k]);
		feed_acknowledgment(p);
		pump_finish(p);
		expect_in_row(cases[i].name, strcmp(stream->str, expected) == 0);
		expect_in_row(cases[i].name, pump_stats(p)->datagrams_conflicting == cases[i].conflicting);
		expect_in_row(cases[i].name, pump_stats(p)->malformed == cases[i].malformed);
		expect_in_row(cases[i].name, disorder == 0);
		end(p);
	}
}

/* Segments in fragments in any order, twice, in tunnels in fragments: the same stream, each byte from where it is. */
static void any_order_gives_the_same_stream(void **state)
{
	static const char *const headers[] = { "", "ip:2F gre:0800", "ip:29 ip6:04", "ip:11 udp:0868 gtp" };
	g_autoptr(GRand)         rand = g_rand_new_with_seed(11);
	g_autofree char         *text = g_strnfill(4000, 'x');

	(void)state;
	for (guint i = 0; i < 4000; i++)
		text[i] = (char)('a' + i * 7 % 26);
	for (unsigned round = 0; round < 100; round++) {
		struct pump          *p = begin();
		g_autoptr(GPtrArray)  frames = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
		uint16_t              id = 0;

		feed_syn(p);
		for (uint32_t at = 0; at < 4000; at += 400) {
			g_autoptr(GByteArray) a = segment_of(text, at, 400);
			guint                 step = (guint)g_rand_int_range(rand, 2, 40) * 8, n;

			wrap(a, headers[g_rand_int_range(rand, 0, 4)]);
			n = a->len - 20;
			id++;
			for (guint from = 0; from < n; from += step)
				for (int copies = g_rand_int_range(rand, 1, 3); copies > 0; copies--)
					g_ptr_array_add(frames, make_fragment(a, from, MIN(from + step + (guint)copies * 8 - 8, n), id));
		}
		for (guint i = frames->len; i > 1; i--) {
			guint    k = (guint)g_rand_int_range(rand, (gint32)MAX(i, 60) - 60, (gint32)i);
			gpointer swap = frames->pdata[k];

			frames->pdata[k] = frames->pdata[i - 1];
			frames->pdata[i - 1] = swap;
		}
		for (guint i = 0; i < frames->len; i++)
			feed(p, frames->pdata[i]);
		pump_finish(p);
		assert_string_equal(stream->str, text);
		assert_int_equal(pump_stats(p)->lost, 0);
		end(p);
	}
}

/* Numbers that no host sends. */
static void hostile_fragments_do_no_harm(void **state)
{
	struct pump          *p = begin();
	g_autoptr(GByteArray) a = segment_of(TEXT, 0, 40);

	(void)state;
	for (guint place = 0; place < 0x4000; place++) {
		g_autoptr(GByteArray) part = make_fragment(a, 0, 48, 7);

		part->data[6] = (guint8)(place >> 8);
		part->data[7] = (guint8)place;
		feed(p, part);
	}
	pump_finish(p);
	assert_true(pump_stats(p)->malformed > 0); /* beyond 64 KiB */
	end(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_is_of_the_fragment_that_brought_it),
		cmocka_unit_test(fragments_may_lie_in_fragments),
		cmocka_unit_test(ipv6_packets_are_put_together),
		cmocka_unit_test(what_a_snaplen_cut_off_is_a_hole),
		cmocka_unit_test(a_cut_header_is_malformed),
		cmocka_unit_test(one_that_is_not_whole_is_read_at_the_end),
		cmocka_unit_test(one_that_is_read_late_accuses_nobody),
		cmocka_unit_test(the_bytes_of_half_a_segment_are_not_bad),
		cmocka_unit_test(half_a_segment_ends_nothing),
		cmocka_unit_test(a_frame_is_told_its_own_connection),
		cmocka_unit_test(the_last_fragment_may_lie_in_half_a_packet),
		cmocka_unit_test(all_frames_of_a_datagram_are_told),
		cmocka_unit_test(any_order_gives_the_same_stream),
		cmocka_unit_test(the_checksum_says_which_copy_was_sent),
		cmocka_unit_test(hostile_fragments_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
