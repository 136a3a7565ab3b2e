/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_fate.c - what answers do to bytes: accepted, refused, or unanswered.
 *
 * An answer settles its own request first; then an offset that it states accepts what older requests left unanswered
 * below it, and a successful Close-Session all of that.  Bytes that are fed after the answer share the fate. */
#include "core/bits_private.h"

#define ALL UINT64_MAX /* a Close-Session says of no byte that the server has it, and takes none that it refused; no offset *
                        * on the wire is as large (bits_message_good)                                                       */

/* One that was given up leaves its requests behind. */
static bool has_session(const struct exchange *x)
{
	return x->session != NULL && !x->session->has_ended;
}

/* ---- the claim of a Fragment ----------------------------------------------------------------------------------- */

static struct bits_range claim_of(const struct bits_message *m)
{
	if (!bits_message_good(m, BITS_FIELD_CONTENT_RANGE) || m->range_star)
		return (struct bits_range){ 0, 0 };
	return bits_range_cut(m->range, (struct bits_range){ 0, m->total });
}

/* What no answer accepted. */
static struct bits_range rest_of(const struct exchange *x)
{
	return (struct bits_range){ x->accepted_to, x->claim.to };
}

/* What is captured of x and not accepted stays unanswered for good. */
static void leave_open(struct exchange *x)
{
	for (size_t i = 0; i < bits_ranges_count(&x->copies); i++)
		bits_ranges_add(&x->session->pub.upload.open, bits_range_cut(bits_ranges_get(&x->copies, i), rest_of(x)));
}

static void tell_let_go(struct bits_tracker *t, const struct exchange *x)
{
	if (t->sink->let_go != NULL)
		t->sink->let_go(&x->pub, t->user);
}

static void let_go(struct bits_tracker *t, struct session *s, guint i)
{
	struct exchange *x = s->unsettled->pdata[i];

	leave_open(x);
	x->is_let_go = true;
	s->pub.evidence_partial = true; /* its answer may still come, and is not weighed then */
	if (x->pub.request_at.ended) /* else what is accepted already may still come */
		g_clear_pointer(&x->digester, bits_digester_free);
	tell_let_go(t, x);
	g_ptr_array_remove_index(s->unsettled, i);
	exchange_unref(x);
	t->stats.evicted++;
}

/* A capture of the client's direction alone settles nothing: the oldest is not waited for any longer. */
static void keep_unsettled(struct bits_tracker *t, struct session *s, struct exchange *x)
{
	g_ptr_array_add(s->unsettled, exchange_ref(x));
	if (s->unsettled->len > FATE_UNSETTLED_MAX)
		let_go(t, s, 0);
}

void fate_let_go(struct bits_tracker *t, struct session *s, const struct exchange *x)
{
	for (guint i = 0; i < s->unsettled->len;)
		if (s->unsettled->pdata[i] != x)
			let_go(t, s, i);
		else
			i++;
}

void fate_begin(struct bits_tracker *t, struct exchange *x)
{
	struct session            *s = x->session;
	const struct bits_message *m = x->pub.request;

	if (s == NULL || m->packet != BITS_PACKET_FRAGMENT)
		return;
	s->pub.fragments++;
	s->open_bodies++;
	if (bits_message_says_empty(m))
		s->pub.says_empty = true;
	else
		s->pub.says_bytes = true;
	if (bits_message_good(m, BITS_FIELD_CONTENT_RANGE))
		bits_upload_total(&s->pub.upload, m->total, false);
	x->claim = claim_of(m);
	x->accepted_to = x->offset = x->claim.from;
	if (bits_range_is_empty(x->claim))
		return;
	keep_unsettled(t, s, x);
	if (!t->options.no_digests)
		x->digester = bits_digester_new(t->seed, &t->digests);
}

/* ---- settling -------------------------------------------------------------------------------------------------- */

static void tell_settled(struct bits_tracker *t, struct exchange *x, struct bits_range r, bool kept)
{
	if (t->sink->settled != NULL)
		t->sink->settled(&x->pub, r, kept, t->user);
}

static void forget_unsettled(struct exchange *x)
{
	if (g_ptr_array_remove(x->session->unsettled, x))
		exchange_unref(x);
}

static void add_accepted(struct exchange *x, struct bits_range r)
{
	for (size_t i = 0; i < bits_ranges_count(&x->copies); i++)
		bits_ranges_add(&x->session->pub.upload.accepted, bits_range_cut(bits_ranges_get(&x->copies, i), r));
}

/* The same part of the file came with other bytes before, and both were accepted. */
static void tell_conflict(struct bits_tracker *t, struct exchange *x, const struct bits_ranges *conflicts)
{
	struct bits_finding f = finding_of(BITS_RULE_FRAGMENT_DATA_CONFLICT, x, BITS_CLIENT);
	size_t              n = bits_ranges_count(conflicts);

	/* an id that is no GUID may be another upload's by now */
	f.undecided = x->session->pub.may_be_two ||
	              (x->session->pub.connections > 1 && !(x->session->pub.id && bits_is_guid(bits_str_of(x->session->pub.id))));
	finding_at(&f, &x->pub.request_at.first);
	f.value[0] = bits_ranges_get(conflicts, 0).from;
	f.value[1] = bits_ranges_get(conflicts, n - 1).to;
	tell_finding(t, &f);
}

static void note_conflicts(struct bits_tracker *t, struct bits_ranges *known, const struct bits_ranges *conflicts)
{
	for (size_t i = 0; i < bits_ranges_count(conflicts); i++)
		if (bits_ranges_have_room(known, bits_ranges_get(conflicts, i), FATE_PIECES_MAX))
			bits_ranges_add(known, bits_ranges_get(conflicts, i));
		else
			t->stats.evicted++;
}

static void accept_digests(struct bits_tracker *t, struct exchange *x)
{
	struct session    *s = x->session;
	struct bits_ranges conflicts = { NULL };

	if (x->digester == NULL || !x->pub.request_at.ended)
		return;
	if (s->digests == NULL)
		s->digests = bits_digests_new(t->seed, &t->digests);
	t->stats.evicted += bits_digests_accept(s->digests, x->digester, x->accepted_to, &conflicts);
	if (x->accepted_to == x->claim.to)
		g_clear_pointer(&x->digester, bits_digester_free);
	if (bits_ranges_count(&conflicts) > 0) {
		note_conflicts(t, &s->pub.upload.conflicts, &conflicts);
		tell_conflict(t, x, &conflicts);
	}
	bits_ranges_clear(&conflicts);
}

/* The server holds what x carried below `upto`. */
static void accept(struct bits_tracker *t, struct exchange *x, uint64_t upto)
{
	struct bits_range r = { x->accepted_to, MIN(upto, x->claim.to) };

	if (bits_range_is_empty(r) || x->is_let_go)
		return;
	x->accepted_to = r.to;
	add_accepted(x, r);
	bits_upload_total(&x->session->pub.upload, x->pub.request->total, true);
	tell_settled(t, x, r, true);
	accept_digests(t, x);
	if (r.to == x->claim.to)
		forget_unsettled(x);
}

static void refuse(struct bits_tracker *t, struct exchange *x)
{
	if (x->is_let_go)
		return;
	x->fate = FATE_REFUSED;
	g_clear_pointer(&x->digester, bits_digester_free);
	if (bits_range_is_empty(x->claim))
		return;
	tell_settled(t, x, x->claim, false);
	forget_unsettled(x);
}

/* Nobody is sure that it was this one. */
static bool may_be_refused(const struct exchange *x)
{
	return x->pub.answer != NULL && !is_success(x->pub.answer->status);
}

/* Does it make a difference to y that an answer to x says so? */
static bool is_news_to(const struct exchange *y, const struct exchange *x, uint64_t n)
{
	if (y->pub.number >= x->pub.number || (n == ALL && may_be_refused(y)))
		return false;
	if (y->fate == FATE_WAITING)
		return y->pub.request_at.ended && (n == ALL ? !y->is_closed : n > y->stated);
	return !y->is_patched && n > y->accepted_to;
}

/* An answer to x says that the server holds [0, n).  What is accepted is unsettled no longer: the list changes. */
static void accept_older(struct bits_tracker *t, const struct exchange *x, uint64_t n)
{
	struct session      *s = x->session;
	g_autoptr(GPtrArray) older = g_ptr_array_new_with_free_func((GDestroyNotify)exchange_unref);

	for (guint i = 0; i < s->unsettled->len; i++)
		if (is_news_to(s->unsettled->pdata[i], x, n))
			g_ptr_array_add(older, exchange_ref(s->unsettled->pdata[i]));
	for (guint i = 0; i < older->len; i++) {
		struct exchange *y = older->pdata[i];

		if (y->fate == FATE_WAITING && n == ALL)
			y->is_closed = true;
		else if (y->fate == FATE_WAITING)
			y->stated = n;
		else
			accept(t, y, n);
	}
}

static bool has_received(const struct exchange *x)
{
	return x->pub.answer != NULL && bits_message_good(x->pub.answer, BITS_FIELD_RECEIVED);
}

static void decide_fragment(struct bits_tracker *t, struct exchange *x)
{
	struct bits_upload *u = &x->session->pub.upload;
	uint64_t            said = MIN(x->pub.request->range.to, x->pub.request->total);
	uint64_t            upto = has_received(x) ? x->pub.answer->received : said;

	if (is_success(x->pub.answer->status)) {
		x->fate = FATE_ACCEPTED;
		accept(t, x, upto);
		if (bits_message_good(x->pub.request, BITS_FIELD_CONTENT_RANGE) || has_received(x))
			u->acked = MAX(u->acked, upto);
	} else {
		refuse(t, x);
	}
	if (has_received(x) && (is_success(x->pub.answer->status) || x->pub.answer->status == 416)) {
		u->acked = MAX(u->acked, x->pub.answer->received);
		accept_older(t, x, x->pub.answer->received);
	}
}

/* The wait is over, and nobody knows of an answer that is its own. */
static void decide_unanswered(struct bits_tracker *t, struct exchange *x)
{
	x->fate = FATE_UNANSWERED;
	if (x->is_patched && !x->is_fitting)
		refuse(t, x);
	else if (!x->is_patched)
		accept(t, x, x->is_closed && !may_be_refused(x) ? ALL : x->stated);
}

void fate_confirm(struct bits_tracker *t, struct exchange *x, bool is_its_own)
{
	if (!has_session(x) || x->fate != FATE_UNANSWERED)
		return;
	if (!is_its_own) {
		refuse(t, x);
		return;
	}
	accept(t, x, x->pub.answer->received);
	x->session->pub.upload.acked = MAX(x->session->pub.upload.acked, x->pub.answer->received);
}

void fate_decide(struct bits_tracker *t, struct exchange *x)
{
	if (!has_session(x) || x->pub.request == NULL)
		return;
	if (x->pub.answer == NULL || x->pub.doubtful) {
		decide_unanswered(t, x);
	} else if (x->pub.request->packet == BITS_PACKET_FRAGMENT) {
		decide_fragment(t, x);
	} else if (x->pub.outcome == BITS_OUTCOME_CLOSED && is_success(x->pub.answer->status) && !x->is_sewn) {
		accept_older(t, x, ALL);
	}
}

/* ---- bytes ----------------------------------------------------------------------------------------------------- */

static uint64_t plus(uint64_t offset, uint64_t n)
{
	return n > UINT64_MAX - offset ? UINT64_MAX : offset + n;
}

/* Its URL may have 60 KiB, and stands in four places: whole, as a name, as a path and as the key of an id. */
static uint64_t texts_of(const struct session *s)
{
	const char *const texts[] = { s->pub.id,         s->pub.url,             s->pub.name, s->pub.reply_url, s->pub.host_id,
		                      s->pub.user_agent, s->pub.server_software, s->pub.via,  s->pub.user,      s->path,
		                      s->path,           s->reply_path };
	uint64_t          n = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		n += texts[i] != NULL ? strlen(texts[i]) : 0;
	return n;
}

void fate_weigh(struct bits_tracker *t, struct session *s)
{
	t->held -= s->held;
	s->held = s->has_ended ? 0 : texts_of(s) + bits_ranges_count(&s->pub.upload.seen) * FATE_PIECE_COST;
	t->held += s->held;
}

static bool has_room(const struct exchange *x, struct bits_range r)
{
	const struct bits_upload       *u = &x->session->pub.upload;
	const struct bits_ranges *const sets[] = { &x->copies, &u->seen, &u->accepted, &u->open };

	for (size_t i = 0; i < G_N_ELEMENTS(sets); i++)
		if (!bits_ranges_have_room(sets[i], r, FATE_PIECES_MAX))
			return false;
	return true;
}

/* Bytes that touch nothing, where there is too much of that: they are captured, but in no file.  What was accepted, or stayed
 * open, may have more pieces than what was seen, where another copy was refused. */
static bool leave_out(struct bits_tracker *t, struct exchange *x, struct bits_range r)
{
	if (has_room(x, r))
		return false;
	x->session->pub.evidence_partial = true;
	t->stats.evicted++;
	return true;
}

static void add_piece(struct bits_tracker *t, struct exchange *x, struct bits_range r)
{
	size_t pieces = bits_ranges_count(&x->copies), all = bits_ranges_count(&x->session->pub.upload.seen);

	bits_ranges_add(&x->copies, r);
	bits_ranges_add(&x->session->pub.upload.seen, r);
	if (bits_ranges_count(&x->session->pub.upload.seen) != all)
		fate_weigh(t, x->session);
	if (bits_ranges_count(&x->copies) > pieces && x->books != NULL) {
		x->held += sizeof r;
		t->held += sizeof r;
	}
}

/* Nearly always both grow by what comes next. */
static bool extend_pieces(struct exchange *x, struct bits_range r)
{
	struct bits_ranges *seen = &x->session->pub.upload.seen;

	if (!bits_ranges_end_at(&x->copies, r.from) || !bits_ranges_end_at(seen, r.from))
		return false;
	bits_ranges_extend(&x->copies, r.to);
	bits_ranges_extend(seen, r.to);
	return true;
}

static bool take_piece(struct bits_tracker *t, struct exchange *x, struct bits_range r)
{
	if (extend_pieces(x, r))
		return true;
	if (leave_out(t, x, r))
		return false;
	add_piece(t, x, r);
	return true;
}

void fate_bytes(struct bits_tracker *t, struct exchange *x, struct bits_str data, const struct bits_where *w)
{
	struct bits_range here = { x->offset, plus(x->offset, data.n) };
	struct bits_range r = bits_range_cut(here, x->claim);

	x->offset = here.to;
	if (bits_range_is_empty(r) || !has_session(x) || !take_piece(t, x, r))
		return;
	data.n = (size_t)(r.to - r.from); /* a body never begins before its claim */
	x->pub.body += data.n;
	if (x->fate == FATE_REFUSED)
		return;
	if (x->digester != NULL)
		bits_digester_add(x->digester, r.from, data);
	if (x->accepted_to > r.from)
		bits_ranges_add(&x->session->pub.upload.accepted,
		                (struct bits_range){ r.from, MIN(r.to, x->accepted_to) });
	if (x->is_let_go)
		bits_ranges_add(&x->session->pub.upload.open, bits_range_cut(r, rest_of(x)));
	if (t->sink->bytes != NULL)
		t->sink->bytes(&x->pub, r.from, data, w, t->user);
}

void fate_lost(struct exchange *x, uint64_t n)
{
	x->offset = plus(x->offset, n);
}

void fate_end(struct bits_tracker *t, struct exchange *x)
{
	if (!has_session(x) || x->pub.request->packet != BITS_PACKET_FRAGMENT)
		return;
	x->session->open_bodies--;
	if (x->is_let_go)
		tell_let_go(t, x);
	if (x->digester == NULL)
		return;
	bits_digester_flush(x->digester);
	accept_digests(t, x);
}

void fate_leave_fitting(struct bits_tracker *t, struct session *s)
{
	for (guint i = s->unsettled->len; i-- > 0;) {
		struct exchange *x = s->unsettled->pdata[i];

		if (x->is_patched && x->fate == FATE_UNANSWERED)
			refuse(t, x);
	}
}

void fate_close_session(struct session *s)
{
	for (guint i = 0; i < s->unsettled->len; i++) {
		leave_open(s->unsettled->pdata[i]);
		exchange_unref(s->unsettled->pdata[i]);
	}
	g_ptr_array_set_size(s->unsettled, 0);
}
