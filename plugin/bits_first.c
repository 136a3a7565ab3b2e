/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_first.c - see bits_first.h. */
#include "plugin/bits_first.h"

#include "plugin/bits_taps.h"

/* Some bytes of a frame, to be noted. */
struct noting {
	struct scene *scene;
	struct bits_feed *feed;
	unsigned d;
	uint32_t frame;
	struct bits_str data; /* as many as the capture has */
	uint64_t begin, end;  /* of them, in the stream     */
	uint64_t noted;       /* up to here                 */
	packet_info *late;    /* not NULL: their own frame is gone, and this one tells of them */
};

static struct bits_str bytes_at(const struct noting *n, uint64_t at, uint64_t length)
{
	uint64_t offset = MIN(at - n->begin, n->data.n);

	return (struct bits_str){n->data.p + offset, (size_t)MIN(length, n->data.n - offset)};
}

static void note(struct noting *n, struct note what)
{
	struct bits_str bytes = bytes_at(n, n->noted, what.length);

	notes_add(n->scene->notes, n->frame, what, bytes);
	n->noted += what.length;
	if (n->late != NULL)
		bits_taps_tell(n->late, n->scene->told, &what, bytes);
}

static void note_nothing(struct noting *n, uint64_t upto)
{
	if (upto > n->noted)
		note(n, (struct note){.kind = NOTE_NOTHING, .length = (uint32_t)(upto - n->noted)});
}

static GArray *runs_between(const struct feed_message *m, uint64_t from, uint64_t to)
{
	GArray *runs = NULL;

	for (guint i = 0; i < m->runs->len; i++) {
		struct feed_run run = g_array_index(m->runs, struct feed_run, i);
		struct bits_range here =
			bits_range_cut((struct bits_range){run.at, run.at + run.n}, (struct bits_range){from, to});

		if (bits_range_is_empty(here))
			continue;
		if (runs == NULL)
			runs = g_array_new(false, false, sizeof run);
		if (run.file_offset != BITS_SIZE_UNKNOWN)
			run.file_offset += here.from - run.at;
		run.at = here.from - from;
		run.n = here.to - here.from;
		g_array_append_val(runs, run);
	}
	return runs;
}

static bool is_bits(const struct feed_message *m)
{
	return !m->is_interim && (m->packet != BITS_PACKET_NONE || m->asked != BITS_PACKET_NONE);
}

static enum note_kind kind_of(const struct feed_message *m, bool has_head, bool is_put_together)
{
	if (!has_head && !(is_bits(m) && is_put_together))
		return NOTE_DATA;
	if (!is_bits(m))
		return NOTE_HTTP;
	return m->is_request ? NOTE_REQUEST : NOTE_ANSWER;
}

static struct told_exchange *exchange_of(const struct scene *scene, const struct bits_feed *feed, const struct feed_message *m)
{
	return m->is_request ? told_exchange(scene->told, m->number)
			     : told_exchange_of_answer(scene->told, bits_feed_ordinal(feed), m->first_frame, m->first);
}

static bool is_shown(const struct scene *scene, const struct bits_feed *feed, const struct feed_message *m)
{
	const struct told_exchange *x;

	if (!m->is_request) /* its request may be told of later */
		return told_is_answer_shown(scene->told, bits_feed_ordinal(feed), m->first_frame, m->first);
	x = exchange_of(scene, feed, m);
	return x != NULL && x->request.shown_in != 0;
}

static bool ends_head(const struct feed_message *m, uint64_t from, uint64_t to)
{
	return m->head_end > from && m->head_end <= to;
}

/* Its head lies in several frames, which nobody gathered; or it was to be shown with a body that this frame fills up, and nobody
 * hands over. */
static bool is_put_together(const struct noting *n, const struct feed_message *m, uint64_t from, uint64_t to)
{
	return ends_head(m, from, to) || (n->late == NULL && m->ended);
}

static void note_where_shown(const struct scene *scene, const struct bits_feed *feed, const struct feed_message *m,
			     uint32_t frame)
{
	struct told_exchange *x = exchange_of(scene, feed, m);

	if (!m->is_request)
		told_show_answer(scene->told, bits_feed_ordinal(feed), m->first_frame, m->first, frame);
	else if (x != NULL)
		x->request.shown_in = frame;
}

static void note_message(const struct feed_message *m, void *user)
{
	struct noting *n = user;
	uint64_t from = MAX(m->first, n->noted), to = m->ended ? MIN(m->end, n->end) : n->end;
	bool is_new = !is_shown(n->scene, n->feed, m); /* its head may have come again, with more behind it */
	bool has_head = is_new && m->first >= n->noted && m->head_end <= n->end;
	struct note what = {.number = m->number,
			    .conn = bits_feed_ordinal(n->feed),
			    .at = m->first,
			    .first_frame = m->first_frame,
			    .is_answer = !m->is_request};

	if (to <= from)
		return;
	note_nothing(n, from);
	what.kind = kind_of(m, has_head, is_new && is_put_together(n, m, from, to));
	what.length = (uint32_t)(to - from);
	if (has_head)
		what.head_length = (uint32_t)(m->head_end - m->first);
	else if (what.kind != NOTE_DATA)
		what.head_length = (uint32_t)g_bytes_get_size(what.head = g_bytes_ref(m->head));
	what.runs = runs_between(m, from, to);
	if (is_new && (what.kind != NOTE_DATA || ends_head(m, from, to)))
		note_where_shown(n->scene, n->feed, m, n->frame);
	note(n, what);
}

/* What cannot be drawn before more has come: its beginning; or the end of what is here. */
static uint64_t find_wish(struct noting *n, struct note *wait, bool can_wait)
{
	uint64_t from = n->end;

	*wait = (struct note){.kind = NOTE_WAIT};
	if (!can_wait)
		return n->end;
	wait->wish = bits_feed_wish(n->feed, n->d, n->begin, &from, &wait->wish_bytes);
	if (from >= n->end) /* in bytes that had waited for these: they have notes of their own */
		wait->wish = FEED_WISH_NOTHING;
	return wait->wish == FEED_WISH_NOTHING ? n->end : from;
}

static void note_all(struct noting *n, bool can_wait, bool *waits)
{
	struct note wait;
	uint64_t end = n->end;

	n->end = find_wish(n, &wait, can_wait);
	*waits = wait.wish != FEED_WISH_NOTHING;
	bits_feed_each(n->feed, n->d, n->begin, n->end, note_message, n);
	note_nothing(n, n->end);
	if (wait.wish == FEED_WISH_NOTHING)
		return;
	wait.length = (uint32_t)(end - n->end);
	bits_feed_expect(n->feed, n->d, n->end);
	note(n, wait);
}

/* ---- the front door -------------------------------------------------------------------------------------------- */

void first_late(struct bits_feed *f, unsigned d, uint32_t frame, uint64_t at, struct bits_str data, void *user)
{
	struct scene *scene = user;
	struct noting n = {scene, f, d, frame, data, at, at + data.n, at, scene->feeding};

	if (visit_tcp_reorders()) /* and hands them over in their turn */
		return;
	bits_feed_each(f, d, n.begin, n.end, note_message, &n);
	note_nothing(&n, n.end);
}

/* Their last byte is a segment of its own. */
static bool ends_in_keep_alive(const struct visit *v, struct bits_str data, guint all, struct bits_where w)
{
	struct bits_str last = {NULL, 0};

	if (!v->may_be_keep_alive || all == 0)
		return false;
	if (data.n == all)
		last = (struct bits_str){data.p + all - 1, 1};
	w.at += all - 1;
	return bits_feed_probe(v->feed, v->d, last, &w);
}

bool first_probe(struct visit *v, packet_info *pinfo, tvbuff_t *tvb, const struct visit_header *h)
{
	struct bits_where w = visit_where(v, pinfo);

	w.at = bits_feed_at(v->feed, v->d, h->seq);
	return h->may_be_keep_alive && bits_feed_probe(v->feed, v->d, (struct bits_str){bytes_of(tvb).p + h->payload, 1}, &w);
}

static void hear(struct scene *scene, struct visit *v, packet_info *pinfo, tvbuff_t *tvb, const struct bits_where *w)
{
	struct bits_str data = bytes_of(tvb);

	scene->feeding = pinfo;
	bits_feed_data(v->feed, v->d, data, tvb_reported_length(tvb) - data.n, w, v->is_gathered);
	scene->feeding = NULL;
}

void first_hear(struct scene *scene, struct visit *v, packet_info *pinfo, tvbuff_t *tvb, uint64_t at)
{
	struct bits_where w = visit_where(v, pinfo);

	w.at = at;
	hear(scene, v, pinfo, tvb, &w);
}

void first_feed(struct scene *scene, struct visit *v, packet_info *pinfo, tvbuff_t *tvb, uint64_t at, bool is_last)
{
	guint all = tvb_reported_length(tvb);
	struct bits_str data = bytes_of(tvb);
	struct bits_where w = visit_where(v, pinfo);
	struct noting n = {scene, v->feed, v->d, pinfo->num, data, at, at + all, at, NULL};

	w.at = at;
	/* what was fed has its notes; but what this frame fills in stands before what waited for it */
	bits_feed_forget(v->feed, v->d, MIN(at, bits_feed_fed(v->feed, v->d)));
	if (!ends_in_keep_alive(v, data, all, w))
		hear(scene, v, pinfo, tvb, &w);
	if (!bits_feed_is_early(v->feed, v->d, at))
		note_all(&n, pinfo->can_desegment > 0 && !is_last, &v->owned->waits[v->d]);
}

/* A RST far from where its sender's stream is may be anybody's. */
static bool fits(struct visit *v, const struct visit_header *h)
{
	uint64_t at = bits_feed_at(v->feed, v->d, h->seq), fed = bits_feed_fed(v->feed, v->d);
	bool is_in_stream = (gint32)(h->seq - v->tcpd->fwd->base_seq) > 0;

	return is_in_stream && at + FEED_EARLY_MAX >= fed && at <= fed + FEED_EARLY_MAX;
}

static void note_seen(struct visit *v, const struct visit_header *h, struct bits_where w)
{
	w.at = bits_feed_at(v->feed, v->d, h->seq);
	bits_feed_seen(v->feed, v->d, (uint64_t)h->length, &w);
}

static void reset(struct scene *scene, struct visit *v, const packet_info *pinfo, const struct visit_header *h,
		  const struct bits_where *w)
{
	struct bits_end sender = visit_sender(pinfo);

	if (bits_feed_goes_on(v->feed))
		return;
	if (bits_feed_is_closed(v->feed))
		bits_tracker_late_reset(told_tracker(scene->told), w->conn, &sender, w);
	else
		bits_feed_reset(v->feed, v->d, bits_feed_at(v->feed, v->d, h->seq), w);
}

/* TCP keeps the beginning of an answer back for the rest of it, which will not come: the frame that ends it shows it. */
static void note_kept_back(struct scene *scene, struct bits_feed *f, unsigned d, uint32_t frame)
{
	const struct feed_message *m = bits_feed_latest(f, d);
	struct note what = {.kind = NOTE_ANSWER, .conn = bits_feed_ordinal(f), .is_answer = true};

	if (m == NULL || m->is_request || !bits_feed_is_at_end(f, d) || !is_bits(m) || is_shown(scene, f, m))
		return;
	what.at = m->first;
	what.first_frame = m->first_frame;
	what.head = g_bytes_ref(m->head);
	what.head_length = (uint32_t)g_bytes_get_size(m->head);
	note_where_shown(scene, f, m, frame);
	notes_add(scene->notes, frame, what, (struct bits_str){NULL, 0});
}

void first_acknowledge(struct scene *scene, struct visit *v, packet_info *pinfo, const struct visit_header *h)
{
	struct bits_where w = visit_where(v, pinfo);
	bool has_fin = h != NULL && h->has_fin;

	if (h != NULL && !h->has_ack)
		w.heard = BITS_HEARD_UNKNOWN;
	if (has_fin)
		w.at = bits_feed_at(v->feed, v->d, h->seq + (guint32)h->length);
	scene->feeding = pinfo;
	if (w.heard != BITS_HEARD_UNKNOWN || has_fin)
		bits_feed_heard(v->feed, v->d, &w, has_fin);
	if (h != NULL && h->length > 0)
		note_seen(v, h, w);
	if (h != NULL && h->has_rst && fits(v, h))
		reset(scene, v, pinfo, h, &w);
	if (h != NULL && (has_fin || h->has_rst))
		for (unsigned d = 0; d < 2; d++)
			note_kept_back(scene, v->feed, d, pinfo->num);
	scene->feeding = NULL;
}

/* No frame is left to show what was kept back but the latest that brought some of it. */
void first_finish(struct scene *scene, struct bits_feed *f)
{
	bits_feed_finish(f);
	for (unsigned d = 0; d < 2; d++)
		note_kept_back(scene, f, d, bits_feed_latest_frame(f, d));
}
