/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_feed.c - see bits_feed.h. */
#include "plugin/bits_feed.h"

#include <string.h>

#define MIDSTREAM_BASE (UINT64_C(1) << 40) /* offset of the first byte seen of a stream whose SYN was not */

/* A segment that came before the bytes in front of it. */
struct early {
	struct bits_where w;
	GBytes *bytes;
	uint64_t missing;
};

struct way {
	bool has_scale, is_begun, fin_seen, fin_told;
	uint32_t scale_seq; /* this sequence number ... */
	uint64_t scale_at;  /* ... is this offset       */
	uint64_t fed, fin_at, fin_heard;
	uint64_t expected; /* BITS_AT_UNKNOWN: nothing was asked for */
	uint64_t heard;    /* greatest offset of the other way that its sender acknowledged */
	uint64_t first_heard; /* what its sender had acknowledged by its first bytes; 0: nobody knows */
	uint64_t probed;   /* place of the latest keep-alive's byte; BITS_AT_UNKNOWN: none  */
	GQueue early;      /* of struct early, by offset            */
	uint64_t early_bytes, early_end; /* of all that ever waited: nothing lies behind it */
	uint32_t news_in;  /* the latest frame that brought bytes   */
	uint32_t acked_in; /* the frame that acknowledged the hole before them; 0: none did */
	GQueue messages; /* of struct feed_message, oldest first */
};

struct bits_feed {
	struct told *told;
	struct bits_conn *conn;
	uint64_t ordinal;
	bits_feed_late late;
	void *user;
	bool from_start, is_closed, goes_on;
	int first_fin; /* direction; -1: none yet */
	unsigned doubted_reset; /* 1 + the direction of a RST that may have been heeded; 0 */
	struct bits_where latest; /* frame of either direction: with it the connection ends where the capture does */
	struct way way[2];
};

static void free_early(void *p)
{
	struct early *e = p;

	g_bytes_unref(e->bytes);
	g_free(e);
}

static void free_message(void *p)
{
	struct feed_message *m = p;

	g_bytes_unref(m->head);
	g_array_unref(m->runs);
	g_free(m);
}

/* ---- the watch: where messages lie ----------------------------------------------------------------------------- */

static void on_head(unsigned d, const struct bits_message *msg, const struct bits_http_framing *framing,
		    const struct bits_exchange *x, const struct bits_where *first, const struct bits_where *last,
		    void *user)
{
	struct bits_feed *s = user;
	struct feed_message *m = g_new0(struct feed_message, 1);

	m->first = first->at;
	m->head_end = m->end = last->at + 1;
	m->is_request = msg->is_request;
	m->is_interim = !msg->is_request && msg->status < 200;
	m->packet = msg->packet;
	m->asked = x != NULL && x->request != NULL && x->request->packet != BITS_PACKET_GET_REPLY ? x->request->packet
												       : BITS_PACKET_NONE;
	m->number = x != NULL ? x->number : 0;
	m->body = framing->body;
	m->length = framing->length;
	m->first_frame = first->frame;
	m->head = g_bytes_new(msg->head.p, msg->head.n);
	m->runs = g_array_new(false, false, sizeof(struct feed_run));
	g_queue_push_tail(&s->way[d].messages, m);
}

static void on_body(unsigned d, const struct bits_where *w, uint64_t n, void *user)
{
	struct bits_feed *s = user;
	struct feed_message *m = g_queue_peek_tail(&s->way[d].messages);
	struct feed_run run = {w->at, n, BITS_SIZE_UNKNOWN};

	if (m == NULL || m->ended)
		return;
	m->end = MAX(m->end, w->at + n);
	if (!m->is_request || m->number == 0)
		return;
	run.file_offset = told_file_offset(s->told, m->number, w->at);
	g_array_append_val(m->runs, run);
}

static void on_end(unsigned d, bool whole, const struct bits_where *last, void *user)
{
	struct bits_feed *s = user;
	struct feed_message *m = g_queue_peek_tail(&s->way[d].messages);

	if (m == NULL)
		return;
	m->ended = true;
	(void)whole;
	m->end = MAX(m->head_end, last->at + 1);
}

static const struct bits_conn_watch watch = {on_head, on_body, on_end};

/* ---- feeding --------------------------------------------------------------------------------------------------- */

static void feed(struct bits_feed *s, unsigned d, struct bits_str data, uint64_t missing, struct bits_where w)
{
	struct way *way = &s->way[d];

	bits_conn_data(s->conn, d, data, &w, true);
	way->news_in = MAX(way->news_in, w.frame);
	way->fed = w.at + data.n;
	if (missing == 0)
		return;
	w.at = way->fed;
	bits_conn_lost(s->conn, d, missing, &w);
	way->fed += missing;
}

/* Without what was fed before. */
static void feed_news(struct bits_feed *s, unsigned d, struct bits_str data, uint64_t missing, struct bits_where w)
{
	uint64_t old = s->way[d].fed - w.at;

	if (old >= data.n + missing)
		return;
	if (old > data.n) {
		missing -= old - data.n;
		old = data.n;
	}
	data.p += old;
	data.n -= (size_t)old;
	w.at += old;
	feed(s, d, data, missing, w);
}

static void release_early(struct bits_feed *s, unsigned d)
{
	struct way *way = &s->way[d];
	struct early *e;

	while ((e = g_queue_peek_head(&way->early)) != NULL && e->w.at <= way->fed) {
		struct bits_str data;

		way->acked_in = 0; /* another hole, if there is one */
		g_queue_pop_head(&way->early);
		data.p = g_bytes_get_data(e->bytes, &data.n);
		way->early_bytes -= data.n + e->missing;
		feed_news(s, d, data, e->missing, e->w);
		s->late(s, d, e->w.frame, e->w.at, data, s->user);
		free_early(e);
	}
}

/* The capture does not have what lies before the earliest segment that waits. */
static void give_up_hole(struct bits_feed *s, unsigned d)
{
	struct way *way = &s->way[d];
	struct early *e = g_queue_peek_head(&way->early);
	struct bits_where w;

	if (e == NULL)
		return;
	w = e->w;
	w.at = way->fed;
	bits_conn_lost(s->conn, d, e->w.at - way->fed, &w);
	way->fed = e->w.at;
	release_early(s, d);
}

/* By offset; what comes early comes mostly in order. */
static void insert_early(struct way *way, struct early *e)
{
	GList *before = way->early.tail;

	while (before != NULL && ((struct early *)before->data)->w.at > e->w.at)
		before = before->prev;
	g_queue_insert_after(&way->early, before, e);
}

/* Do all bytes [from, to) wait already?  Mostly they lie behind all that do. */
static bool has_early(const struct way *way, uint64_t from, uint64_t to)
{
	if (to > way->early_end)
		return false;
	for (const GList *l = way->early.head; l != NULL && from < to; l = l->next) {
		const struct early *e = l->data;

		if (e->w.at <= from)
			from = MAX(from, e->w.at + g_bytes_get_size(e->bytes) + e->missing);
	}
	return from >= to;
}

static void keep_early(struct bits_feed *s, unsigned d, struct bits_str data, uint64_t missing,
		       const struct bits_where *w)
{
	struct way *way = &s->way[d];
	struct early *e = g_new0(struct early, 1);

	e->w = *w;
	e->bytes = g_bytes_new(data.p, data.n);
	e->missing = missing;
	insert_early(way, e);
	way->early_bytes += data.n + missing;
	way->early_end = MAX(way->early_end, w->at + data.n + missing);
	way->news_in = w->frame;
	bits_conn_early(s->conn, d, w);
	while (way->early_bytes > FEED_EARLY_MAX || way->early.length > FEED_EARLY_PIECES)
		give_up_hole(s, d);
}

/* d has heard so much of the other direction: what is missing there will hardly come any more. */
static void heed(struct bits_feed *s, unsigned d, const struct bits_where *w)
{
	struct way *other = &s->way[!d];
	struct early *e = g_queue_peek_head(&other->early);

	if (w->heard == BITS_HEARD_UNKNOWN)
		return;
	s->way[d].heard = MAX(s->way[d].heard, w->heard);
	if (e != NULL && other->acked_in == 0 && w->heard >= e->w.at)
		other->acked_in = w->frame;
}

/* Holes that were acknowledged long ago. */
static void lose_patience(struct bits_feed *s, uint32_t frame)
{
	for (unsigned d = 0; d < 2; d++)
		if (s->way[d].acked_in != 0 && frame - s->way[d].acked_in > FEED_PATIENCE)
			give_up_hole(s, d);
}

/* A FIN behind bytes that are missing ends nothing yet. */
static void tell_fins(struct bits_feed *s, const struct bits_where *w)
{
	for (unsigned d = 0; d < 2; d++) {
		struct way *way = &s->way[d];
		struct bits_where end = *w;

		if (!way->fin_seen || way->fin_told || way->fed < way->fin_at)
			continue;
		way->fin_told = true;
		end.at = way->fin_at;
		end.heard = way->fin_heard;
		bits_conn_heard(s->conn, d, &end, true);
	}
}

/* Both directions are over, and everything up to their FINs was fed. */
static void close_if_over(struct bits_feed *s, const struct bits_where *w)
{
	tell_fins(s, w);
	if (s->way[0].fin_told && s->way[1].fin_told)
		bits_feed_close(s, BITS_TCP_FIN, (unsigned)s->first_fin, w);
}

/* ---- the front door -------------------------------------------------------------------------------------------- */

struct bits_feed *bits_feed_new(struct told *told, uint64_t ordinal, const struct bits_end ends[2], bool from_start,
				bits_feed_late late, void *user)
{
	struct bits_feed *s = g_new0(struct bits_feed, 1);

	s->late = late;
	s->user = user;
	s->way[0].expected = s->way[1].expected = BITS_AT_UNKNOWN;
	s->way[0].probed = s->way[1].probed = BITS_AT_UNKNOWN;
	s->told = told;
	s->ordinal = ordinal;
	s->from_start = from_start;
	s->first_fin = -1;
	s->conn = bits_conn_new(told_tracker(told), ordinal, ends, from_start);
	bits_conn_set_watch(s->conn, &watch, s);
	return s;
}

void bits_feed_begin_at(struct bits_feed *s, unsigned d, uint32_t seq)
{
	s->way[d].has_scale = true;
	s->way[d].scale_seq = seq;
	s->way[d].scale_at = 0;
}

void bits_feed_set_secure(struct bits_feed *s)
{
	bits_conn_set_secure(s->conn);
}

void bits_feed_free(struct bits_feed *s)
{
	if (s == NULL)
		return;
	bits_conn_free(s->conn);
	for (unsigned d = 0; d < 2; d++) {
		g_queue_clear_full(&s->way[d].early, free_early);
		g_queue_clear_full(&s->way[d].messages, free_message);
	}
	g_free(s);
}

uint64_t bits_feed_ordinal(const struct bits_feed *s)
{
	return s->ordinal;
}

/* Where the first number that anybody names lies. */
static uint64_t first_at(struct bits_feed *s, unsigned d)
{
	return s->way[d].is_begun ? bits_feed_next(s, d) : s->from_start ? 0 : MIDSTREAM_BASE;
}

uint64_t bits_feed_at(struct bits_feed *s, unsigned d, uint32_t seq)
{
	struct way *way = &s->way[d];
	int32_t step;

	if (!way->has_scale) {
		way->has_scale = true;
		way->scale_seq = seq;
		way->scale_at = first_at(s, d);
	}
	step = (int32_t)(seq - way->scale_seq);
	if (step < 0 && (uint64_t) - (int64_t)step > way->scale_at)
		return 0; /* before the first byte of the stream: a keep-alive */
	if (step > 0) {
		way->scale_seq = seq;
		way->scale_at += (uint32_t)step;
		return way->scale_at;
	}
	return way->scale_at - (uint64_t) - (int64_t)step;
}

uint64_t bits_feed_fed(const struct bits_feed *s, unsigned d)
{
	return s->way[d].fed;
}

uint64_t bits_feed_next(struct bits_feed *s, unsigned d)
{
	uint64_t at = s->way[d].expected == BITS_AT_UNKNOWN ? s->way[d].fed : s->way[d].expected;

	s->way[d].expected = BITS_AT_UNKNOWN;
	return at;
}

void bits_feed_expect(struct bits_feed *s, unsigned d, uint64_t at)
{
	s->way[d].expected = at;
}

/* Direction d sent something else than a RST. */
static void weigh_reset(struct bits_feed *s, unsigned d, const struct bits_where *w)
{
	if (s->doubted_reset == d + 1)
		s->doubted_reset = 0;
	s->latest = *w;
}

static void add(struct bits_feed *s, unsigned d, struct bits_str data, uint64_t missing, const struct bits_where *w)
{
	struct way *way = &s->way[d];

	if (w->at > way->fed) {
		if (!has_early(way, w->at, w->at + data.n + missing))
			keep_early(s, d, data, missing, w);
		return;
	}
	feed_news(s, d, data, missing, *w);
	release_early(s, d);
}

/* What lies before the byte of a keep-alive, and what lies behind it. */
static void add_but_probed(struct bits_feed *s, unsigned d, struct bits_str data, uint64_t missing, struct bits_where w)
{
	size_t before = (size_t)(s->way[d].probed - w.at);

	add(s, d, (struct bits_str){data.p, before}, 0, &w);
	w.at += before + 1;
	data.p += before + 1;
	data.n -= before + 1;
	if (data.n + missing > 0)
		add(s, d, data, missing, &w);
}

/* In the middle of a stream.  What the other side had heard before it sent its own first bytes came before we were here. */
static void begin(struct bits_feed *s, unsigned d, const struct bits_where *w)
{
	struct way *way = &s->way[d];

	way->fed = MAX(w->at, s->way[!d].first_heard);
	if (!s->way[!d].is_begun && w->heard != BITS_HEARD_UNKNOWN)
		way->first_heard = w->heard;
}

void bits_feed_data(struct bits_feed *s, unsigned d, struct bits_str data, uint64_t missing, const struct bits_where *w,
		    bool is_gathered)
{
	struct way *way = &s->way[d];

	s->goes_on |= s->is_closed;
	if (s->is_closed)
		return;
	weigh_reset(s, d, w);
	heed(s, d, w);
	lose_patience(s, w->frame);
	if (!way->is_begun && !s->from_start)
		begin(s, d, w);
	way->is_begun = true;
	if (is_gathered && way->probed >= way->fed && way->probed - w->at < data.n)
		add_but_probed(s, d, data, missing, *w);
	else
		add(s, d, data, missing, w);
	close_if_over(s, w);
}

/* Before the first byte of all there is no other place: no message begins with a NUL. */
static bool is_before_stream(const struct bits_feed *s, unsigned d, struct bits_str data, const struct bits_where *w)
{
	return s->from_start && !s->way[d].is_begun && w->at == 0 && data.n == 1 && data.p[0] == '\0';
}

bool bits_feed_probe(struct bits_feed *s, unsigned d, struct bits_str data, const struct bits_where *w)
{
	struct way *way = &s->way[d];

	if (!s->is_closed && is_before_stream(s, d, data, w))
		return true;
	if (s->is_closed || !way->is_begun || w->at < way->fed ||
	    !bits_conn_is_keep_alive(s->conn, d, data, w, s->way[!d].heard))
		return false;
	way->probed = w->at;
	return true;
}

bool bits_feed_is_early(const struct bits_feed *s, unsigned d, uint64_t at)
{
	return at > s->way[d].fed;
}

bool bits_feed_fills_hole(const struct bits_feed *s, unsigned d, uint64_t at)
{
	const struct early *e = g_queue_peek_tail((GQueue *)&s->way[d].early);

	return e != NULL && e->w.at > at;
}

void bits_feed_heard(struct bits_feed *s, unsigned d, const struct bits_where *w, bool fin)
{
	struct way *way = &s->way[d];
	bool is_news = w->heard != BITS_HEARD_UNKNOWN && w->heard > way->heard;

	if (s->is_closed)
		return;
	weigh_reset(s, d, w);
	heed(s, d, w);
	lose_patience(s, w->frame);
	if (fin && !way->fin_seen) {
		way->fin_seen = true;
		way->fin_at = w->at;
		way->fin_heard = w->heard;
		if (s->first_fin < 0)
			s->first_fin = (int)d;
	}
	if (is_news)
		bits_conn_heard(s->conn, d, w, false);
	close_if_over(s, w);
}

void bits_feed_seen(struct bits_feed *s, unsigned d, uint64_t n, const struct bits_where *w)
{
	const struct way *way = &s->way[d];

	s->goes_on |= s->is_closed;
	if (s->is_closed || n < 2 || way->news_in == w->frame || !way->is_begun)
		return;
	if (w->at + n <= way->fed || has_early(way, w->at, w->at + n))
		bits_conn_again(s->conn, d, n, w);
}

static bool is_heeded(const struct bits_feed *s, unsigned d, uint64_t at)
{
	const struct way *way = &s->way[d];

	return at == way->fed || (at == way->early_end && at > way->fed) || at == s->way[!d].heard ||
	       (way->fin_seen && at == way->fin_at + 1);
}

void bits_feed_reset(struct bits_feed *s, unsigned d, uint64_t at, const struct bits_where *w)
{
	if (is_heeded(s, d, at)) {
		bits_feed_close(s, BITS_TCP_RST, d, w);
		return;
	}
	s->doubted_reset = d + 1;
	s->latest = *w;
}

/* The capture has less than lies before a FIN, or than the other side acknowledged; a FIN that is missing has a number too. */
static void lose_end(struct bits_feed *s, unsigned d, const struct bits_where *w)
{
	const struct way *way = &s->way[d];
	uint64_t heard = s->way[!d].heard, end = way->fin_seen ? way->fin_at : heard > way->fed + 1 ? heard : way->fed;
	struct bits_where where = *w;

	if (!way->is_begun || end <= way->fed)
		return;
	where.at = way->fed;
	bits_conn_lost(s->conn, d, end - way->fed, &where);
}

void bits_feed_close(struct bits_feed *s, enum bits_tcp_end how, unsigned by, const struct bits_where *w)
{
	if (s->is_closed)
		return;
	s->is_closed = true;
	for (unsigned d = 0; d < 2; d++) {
		while (!g_queue_is_empty(&s->way[d].early))
			give_up_hole(s, d);
		lose_end(s, d, w);
	}
	bits_conn_close(s->conn, how, by, w);
}

void bits_feed_finish(struct bits_feed *s)
{
	if (s->doubted_reset > 0)
		bits_feed_close(s, BITS_TCP_RST, s->doubted_reset - 1, &s->latest);
	else
		bits_feed_close(s, BITS_TCP_CAPTURE_END, 0, &s->latest);
}

bool bits_feed_is_closed(const struct bits_feed *s)
{
	return s->is_closed;
}

bool bits_feed_goes_on(const struct bits_feed *s)
{
	return s->goes_on;
}

/* ---- what was found -------------------------------------------------------------------------------------------- */

static void forget_runs(struct feed_message *m, uint64_t before)
{
	guint n = 0;

	while (n < m->runs->len &&
	       g_array_index(m->runs, struct feed_run, n).at + g_array_index(m->runs, struct feed_run, n).n <= before)
		n++;
	if (n > 0)
		g_array_remove_range(m->runs, 0, n);
}

void bits_feed_forget(struct bits_feed *s, unsigned d, uint64_t before)
{
	struct way *way = &s->way[d];
	struct feed_message *m;

	while ((m = g_queue_peek_head(&way->messages)) != NULL && m->ended && m->end <= before)
		free_message(g_queue_pop_head(&way->messages));
	if (m != NULL)
		forget_runs(m, before);
}

void bits_feed_each(struct bits_feed *s, unsigned d, uint64_t from, uint64_t to,
		    void (*fn)(const struct feed_message *m, void *user), void *user)
{
	struct way *way = &s->way[d];

	for (GList *l = way->messages.head; l != NULL; l = l->next) {
		const struct feed_message *m = l->data;

		if (m->first < to && (m->end > from || !m->ended))
			fn(m, user);
	}
}

const struct feed_message *bits_feed_latest(const struct bits_feed *s, unsigned d)
{
	return g_queue_peek_tail((GQueue *)&s->way[d].messages);
}

uint32_t bits_feed_latest_frame(const struct bits_feed *s, unsigned d)
{
	return s->way[d].news_in;
}

bool bits_feed_is_at_end(const struct bits_feed *s, unsigned d)
{
	return s->is_closed || s->way[d].fin_told;
}

/* Requests of BITS are shown at their head: their bodies are the upload, and may be as long as a file. */
static bool is_shown_whole(const struct feed_message *m)
{
	return m->is_request ? m->packet == BITS_PACKET_NONE : !m->is_interim;
}

static enum feed_wish wish_of(const struct feed_message *m, uint64_t fed, uint64_t *bytes)
{
	switch (m->body) {
	case BITS_HTTP_BODY_LENGTH:
		if (m->length > UINT32_MAX || m->head_end + m->length <= fed)
			return FEED_WISH_NOTHING;
		*bytes = m->head_end + m->length - fed;
		return FEED_WISH_BYTES;
	case BITS_HTTP_BODY_CHUNKED:
		return FEED_WISH_MORE;
	case BITS_HTTP_BODY_CLOSE: /* an Ack is wanted when it comes, not when its connection ends */
		return m->asked == BITS_PACKET_NONE && m->packet == BITS_PACKET_NONE ? FEED_WISH_REST
										     : FEED_WISH_NOTHING;
	default:
		return FEED_WISH_NOTHING;
	}
}

enum feed_wish bits_feed_wish(const struct bits_feed *s, unsigned d, uint64_t begin, uint64_t *from, uint64_t *bytes)
{
	const struct way *way = &s->way[d];
	const struct feed_message *m = bits_feed_latest(s, d);
	uint64_t pending = bits_conn_pending(s->conn, d);

	if (s->is_closed || !g_queue_is_empty((GQueue *)&way->early))
		return FEED_WISH_NOTHING;
	if (m != NULL && !m->ended) {
		*from = m->first;
		return m->first >= begin && is_shown_whole(m) ? wish_of(m, way->fed, bytes) : FEED_WISH_NOTHING;
	}
	*from = way->fed - pending;
	return pending > 0 && *from >= begin ? FEED_WISH_MORE : FEED_WISH_NOTHING;
}
