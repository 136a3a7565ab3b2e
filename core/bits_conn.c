/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_conn.c - framer, decoder and tracker joined for one connection. */
#include "core/bits_conn.h"

#include "core/bits_tracker.h"

struct bits_conn {
	struct bits_tracker *tracker;
	struct bits_http    *http;
	uint64_t             ordinal;
	bool                 from_start, has_begun[2], has_sides;
	unsigned             client; /* the direction of the requests, once has_sides */
	struct bits_end      end[2];
	struct bits_ends     ends;
	const struct bits_conn_watch *watch; /* or NULL */
	void                *watch_user;
	struct bits_event   *early[2]; /* of each direction the latest trouble before has_sides; owned; NULL: none */
};

static enum bits_side side_of(const struct bits_conn *c, unsigned d)
{
	return d == c->client ? BITS_CLIENT : BITS_SERVER;
}

/* Whose trouble it was is known by now. */
static void tell_early(struct bits_conn *c)
{
	for (unsigned d = 0; d < 2; d++) {
		if (c->early[d] == NULL)
			continue;
		c->early[d]->side = side_of(c, d);
		bits_tracker_feed(c->tracker, c->early[d]);
		g_clear_pointer(&c->early[d], g_free);
	}
}

static void learn_sides(struct bits_conn *c, unsigned client)
{
	if (c->has_sides)
		return;
	c->has_sides = true;
	c->client = client;
	c->ends.client = c->end[client];
	c->ends.server = c->end[!client];
	tell_early(c);
}

/* Made where it is used, and its place left as it came: the processor waits where it has to copy what was just written in
 * other portions, and most events are a segment of a body. */
static void begin_event(struct bits_event *ev, const struct bits_conn *c, enum bits_event_type type, unsigned d,
                        const struct bits_where *w)
{
	*ev = (struct bits_event){ .type = type, .side = side_of(c, d), .ends = &c->ends };
	ev->where = *w;
	if (w->conn != c->ordinal)
		ev->where.conn = c->ordinal;
}

static void watch_head(struct bits_conn *c, unsigned d, const struct bits_event *ev, enum bits_http_answer kind)
{
	const struct bits_exchange *x;
	struct bits_http_framing    framing;

	if (c->watch == NULL || c->watch->head == NULL)
		return;
	x = bits_tracker_under_way(c->tracker, c->ordinal, ev->side);
	framing = *ev->framing;
	if (kind == BITS_HTTP_BODYLESS)
		framing.body = BITS_HTTP_BODY_NONE;
	c->watch->head(d, ev->msg, &framing, x, &ev->where, ev->last, c->watch_user);
}

static enum bits_http_answer on_head(unsigned d, const struct bits_http_head *head,
                                     const struct bits_http_framing *framing, const struct bits_where *first,
                                     const struct bits_where *last, void *user)
{
	struct bits_conn   *c = user;
	struct bits_message msg;
	struct bits_where   end = *last;
	struct bits_event   ev;
	enum bits_http_answer kind;

	learn_sides(c, head->is_request ? d : !d);
	bits_message_decode(&msg, head);
	begin_event(&ev, c, BITS_EVENT_HEAD, d, first);
	end.conn = c->ordinal;
	ev.last = &end;
	ev.msg = &msg;
	ev.framing = framing;
	ev.from_start = c->from_start;
	ev.side_from_start = c->from_start || c->has_begun[d];
	bits_tracker_feed(c->tracker, &ev);
	if (!head->is_request && bits_tracker_is_answered(c->tracker, c->ordinal))
		bits_http_answered(c->http, !d, first->at);
	kind = head->is_request ? BITS_HTTP_AS_FRAMED : bits_tracker_answer_kind(c->tracker);
	watch_head(c, d, &ev, kind);
	return kind;
}

static void on_body(unsigned d, struct bits_str data, const struct bits_where *w, void *user)
{
	struct bits_conn *c = user;
	struct bits_event ev;

	begin_event(&ev, c, BITS_EVENT_BODY, d, w);
	ev.data = data;
	bits_tracker_feed(c->tracker, &ev);
	if (c->watch != NULL && c->watch->body != NULL)
		c->watch->body(d, &ev.where, data.n, c->watch_user);
}

static void on_lost(unsigned d, uint64_t n, const struct bits_where *w, void *user)
{
	struct bits_conn *c = user;
	struct bits_event ev;

	begin_event(&ev, c, BITS_EVENT_LOST, d, w);
	ev.lost = n;
	ev.in_body = true;
	bits_tracker_feed(c->tracker, &ev);
}

static void on_end(unsigned d, bool whole, const struct bits_where *last, void *user)
{
	struct bits_conn *c = user;
	struct bits_event ev;

	begin_event(&ev, c, BITS_EVENT_END, d, last);
	ev.whole = whole;
	bits_tracker_feed(c->tracker, &ev);
	if (c->watch != NULL && c->watch->end != NULL)
		c->watch->end(d, whole, &ev.where, c->watch_user);
}

static void on_trouble(unsigned d, enum bits_http_trouble what, uint64_t bytes, const struct bits_where *w, void *user)
{
	struct bits_conn *c = user;
	struct bits_event ev;

	begin_event(&ev, c, BITS_EVENT_TROUBLE, d, w);
	ev.trouble = what;
	ev.lost = bytes;
	if (c->has_sides) {
		bits_tracker_feed(c->tracker, &ev);
		return;
	}
	g_free(c->early[d]);
	c->early[d] = g_memdup2(&ev, sizeof ev);
}

static const struct bits_http_sink http_sink = { on_head, on_body, on_lost, on_end, on_trouble };

enum bits_sniff bits_conn_sniff(struct bits_str first_bytes)
{
	switch (bits_http_looks_like_head(first_bytes)) {
	case BITS_PARSE_OK:
		return BITS_SNIFF_HTTP;
	case BITS_PARSE_BAD:
		return BITS_SNIFF_NO;
	default:
		return BITS_SNIFF_MORE;
	}
}

struct bits_conn *bits_conn_new(struct bits_tracker *t, uint64_t ordinal, const struct bits_end ends[2], bool from_start)
{
	struct bits_conn *c = g_new0(struct bits_conn, 1);

	c->tracker = t;
	c->ordinal = ordinal;
	c->from_start = from_start;
	c->end[0] = ends[0];
	c->end[1] = ends[1];
	c->http = bits_http_new(&http_sink, c, from_start);
	return c;
}

void bits_conn_set_secure(struct bits_conn *c)
{
	c->ends.is_secure = true;
}

void bits_conn_free(struct bits_conn *c)
{
	if (c == NULL)
		return;
	bits_http_free(c->http);
	g_free(c->early[0]);
	g_free(c->early[1]);
	g_free(c);
}

void bits_conn_data(struct bits_conn *c, unsigned d, struct bits_str data, const struct bits_where *w,
                    bool starts_segment)
{
	bits_http_data(c->http, d, data, w, starts_segment);
}

/* The tracker hears of a hole even where the framer counts it through no body: an answer may have been in it. */
void bits_conn_lost(struct bits_conn *c, unsigned d, uint64_t n, const struct bits_where *w)
{
	struct bits_event ev;

	begin_event(&ev, c, BITS_EVENT_LOST, d, w);
	if (c->has_sides && !bits_http_is_in_body(c->http, d, n)) {
		ev.lost = n;
		bits_tracker_feed(c->tracker, &ev);
	}
	bits_http_lost(c->http, d, n, w);
}

void bits_conn_seam(struct bits_conn *c, unsigned d, const struct bits_where *w)
{
	struct bits_event ev;

	begin_event(&ev, c, BITS_EVENT_SEAM, d, w);
	if (c->has_sides)
		bits_tracker_feed(c->tracker, &ev);
	bits_http_seam(c->http, d);
}

void bits_conn_heard(struct bits_conn *c, unsigned d, const struct bits_where *w, bool fin)
{
	struct bits_event ev;

	bits_http_seen(c->http, d);
	if (!c->has_sides)
		return;
	begin_event(&ev, c, BITS_EVENT_HEARD, d, w);
	ev.fin = fin;
	bits_tracker_feed(c->tracker, &ev);
}

void bits_conn_again(struct bits_conn *c, unsigned d, uint64_t n, const struct bits_where *w)
{
	struct bits_event ev;

	if (!c->has_sides)
		return;
	begin_event(&ev, c, BITS_EVENT_AGAIN, d, w);
	ev.lost = n;
	bits_tracker_feed(c->tracker, &ev);
}

void bits_conn_began(struct bits_conn *c, unsigned d, const struct bits_where *w)
{
	struct bits_event ev;

	c->has_begun[d] = true;
	if (!c->has_sides)
		return;
	begin_event(&ev, c, BITS_EVENT_BEGAN, d, w);
	bits_tracker_feed(c->tracker, &ev);
}

void bits_conn_early(struct bits_conn *c, unsigned d, const struct bits_where *w)
{
	struct bits_event ev;

	begin_event(&ev, c, BITS_EVENT_EARLY, d, w);
	if (c->has_sides)
		bits_tracker_feed(c->tracker, &ev);
}

bool bits_conn_is_keep_alive(const struct bits_conn *c, unsigned d, struct bits_str data, const struct bits_where *w,
                             uint64_t acked)
{
	return acked == w->at + 1 && ((data.n > 0 && data.p[0] == 0) || bits_http_is_after_receipt(c->http, d, w));
}

static enum bits_close close_of(enum bits_tcp_end how, enum bits_side by)
{
	static const enum bits_close closes[][BITS_N_SIDES] = {
		[BITS_TCP_FIN] = { BITS_CLOSE_CLIENT_FIN, BITS_CLOSE_SERVER_FIN },
		[BITS_TCP_RST] = { BITS_CLOSE_CLIENT_RST, BITS_CLOSE_SERVER_RST },
		[BITS_TCP_CAPTURE_END] = { BITS_CLOSE_CAPTURE_END, BITS_CLOSE_CAPTURE_END },
		[BITS_TCP_EVICTED] = { BITS_CLOSE_EVICTED, BITS_CLOSE_EVICTED },
	};

	return closes[how][by];
}

void bits_conn_close(struct bits_conn *c, enum bits_tcp_end how, unsigned by, const struct bits_where *w)
{
	struct bits_event ev;

	bits_http_finish(c->http, c->client);
	bits_http_finish(c->http, !c->client);
	if (!c->has_sides) /* the tracker never heard of it */
		return;
	begin_event(&ev, c, BITS_EVENT_CLOSE, by, w);
	ev.where.at = BITS_AT_UNKNOWN; /* w may be a frame of the other side; what it brought was told before */
	ev.where.heard = BITS_HEARD_UNKNOWN;
	ev.how = close_of(how, ev.side);
	bits_tracker_feed(c->tracker, &ev);
}

bool bits_conn_is_hopeless(const struct bits_conn *c)
{
	return bits_http_is_hopeless(c->http, 0) && bits_http_is_hopeless(c->http, 1);
}

void bits_conn_set_watch(struct bits_conn *c, const struct bits_conn_watch *watch, void *user)
{
	c->watch = watch;
	c->watch_user = user;
}

bool bits_conn_is_between(const struct bits_conn *c, unsigned d)
{
	return bits_http_is_between(c->http, d);
}

uint64_t bits_conn_pending(const struct bits_conn *c, unsigned d)
{
	return bits_http_pending(c->http, d);
}

uint64_t bits_conn_held(const struct bits_conn *c)
{
	uint64_t n = sizeof *c + bits_http_held(c->http);

	for (unsigned d = 0; d < 2; d++)
		n += c->early[d] != NULL ? sizeof *c->early[d] : 0;
	return n;
}
