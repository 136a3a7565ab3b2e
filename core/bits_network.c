/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_network.c - the network as a party: what TCP had to send again, how long nothing moved for it, and resets that
 * neither end can have sent.  None of it is held against anybody else: these rows are told at the end of a session, and
 * only where neither client nor server broke a rule. */
#include "core/bits_judge.h"

#define MS_NS      INT64_C(1000000)
#define TWICE_NS   (1 * MS_NS)    /* a tap that sees a frame twice sees it within this; TCP waits longer            */
#define STALL_NS   (5000 * MS_NS) /* several retransmission timeouts in a row (RFC 6298 2)                          */
#define CROSSED_NS (1000 * MS_NS) /* two ends may give up for reasons of their own, but not at the same time        */
#define RESETS_MAX 64             /* connections that ended by a RST while a request waited: the oldest goes        */

/* A connection that is gone. */
struct reset {
	uint64_t          conn;
	struct bits_ends  ends;
	enum bits_side    side; /* that the RST names as its sender */
	struct bits_where at;
	struct session   *session; /* owned reference */
};

static bool is_open(const struct session *s)
{
	return s != NULL && s->memory != NULL;
}

/* Of most sessions nothing is known. */
static struct network *network_of(struct session *s)
{
	if (s->memory->network == NULL)
		s->memory->network = g_new0(struct network, 1);
	return s->memory->network;
}

/* ---- pauses ---------------------------------------------------------------------------------------------------- */

static void note_stall(struct session *s, enum stall_kind kind, const struct bits_where *from, const struct bits_where *to,
                       uint64_t repeats)
{
	int64_t ns = judge_between(from, to);

	if (ns >= STALL_NS && ns > network_of(s)->stall.ns)
		network_of(s)->stall = (struct network_stall){ kind, ns, repeats, *from, *to };
}

/* The copy of a side's latest segment, no later than a tap that has the frame twice would have it; or one of another tap,
 * which may be another capture. */
static bool is_second_look(const struct conn *c, const struct bits_event *ev)
{
	const struct bits_where *before = &c->pause.moved[ev->side];
	bool    is_latest = ev->where.at + ev->lost == c->fed[ev->side];
	int64_t between = judge_between(before, &ev->where);

	if (before->frame == 0)
		return false;
	return before->file != ev->where.file || before->tap != ev->where.tap || (is_latest && between >= 0 && between < TWICE_NS);
}

static void on_again(struct conn *c, const struct bits_event *ev)
{
	struct network *n;

	if (is_second_look(c, ev))
		return;
	c->pause.repeats++;
	if (!is_open(c->session))
		return;
	n = network_of(c->session);
	if (n->repeats++ == 0)
		n->first_repeat = ev->where;
	if (c->pause.since.frame != 0)
		note_stall(c->session, STALL_REPEATED, &c->pause.since, &ev->where, c->pause.repeats);
}

static void on_early(struct conn *c, const struct bits_event *ev)
{
	if (c->pause.early[ev->side].frame == 0)
		c->pause.early[ev->side] = ev->where;
}

/* What was missing has come, after what lay behind it: it was late, not lost by the capture. */
static void note_filled(struct conn *c, const struct bits_event *ev)
{
	struct bits_where *early = &c->pause.early[ev->side];

	if (early->frame == 0 || !is_earlier(early, &ev->where))
		return;
	if (is_open(c->session) && ev->type != BITS_EVENT_CLOSE)
		note_stall(c->session, STALL_MISSING, early, &ev->where, 0);
	early->frame = 0;
}

/* What had waited behind a hole is fed late, and comes from an older frame. */
static const struct bits_where *latest_of(const struct bits_event *ev)
{
	return ev->type == BITS_EVENT_HEAD && is_earlier(&ev->where, ev->last) ? ev->last : &ev->where;
}

/* Something new of either side. */
static void on_news(struct conn *c, const struct bits_event *ev)
{
	const struct bits_where *w = latest_of(ev);

	if (ev->type != BITS_EVENT_HEARD) {
		note_filled(c, ev);
		c->pause.moved[ev->side] = *w;
	}
	if (is_earlier(w, &c->pause.since))
		return;
	c->pause.since = *w;
	c->pause.repeats = 0;
}

void network_event(struct conn *c, const struct bits_event *ev)
{
	switch (ev->type) {
	case BITS_EVENT_AGAIN:
		on_again(c, ev);
		break;
	case BITS_EVENT_EARLY:
		on_early(c, ev);
		break;
	case BITS_EVENT_LOST: /* the capture's own hole: nobody knows what went on in it */
	case BITS_EVENT_TROUBLE:
	case BITS_EVENT_SEAM:
		c->pause = (struct pause){ .repeats = 0 };
		break;
	case BITS_EVENT_BEGAN:
		break;
	default:
		on_news(c, ev);
		break;
	}
}

/* ---- resets ---------------------------------------------------------------------------------------------------- */

static void reset_free(struct reset *r)
{
	session_unref(r->session);
	g_free(r);
}

void network_free_resets(GQueue *resets)
{
	struct reset *r;

	while ((r = g_queue_pop_head(resets)) != NULL)
		reset_free(r);
}

/* A request waits, no answer to it has begun, and neither side has said that it is done: nobody had a reason. */
void network_closed(struct bits_tracker *t, struct conn *c, const struct bits_event *ev)
{
	bool          is_reset = ev->how == BITS_CLOSE_CLIENT_RST || ev->how == BITS_CLOSE_SERVER_RST;
	struct reset *r;

	if (!is_reset || c->is_ending || g_queue_is_empty(&c->waiting) || !is_open(c->session))
		return;
	r = g_new(struct reset, 1);
	*r = (struct reset){ c->ordinal, c->ends, ev->how == BITS_CLOSE_CLIENT_RST ? BITS_CLIENT : BITS_SERVER, ev->where,
		             session_ref(c->session) };
	g_queue_push_tail(&t->resets, r);
	if (t->resets.length > RESETS_MAX)
		reset_free(g_queue_pop_head(&t->resets));
}

static bool is_crossed(const struct reset *r, const struct bits_end *sender, const struct bits_where *w)
{
	const struct bits_end *other = r->side == BITS_CLIENT ? &r->ends.server : &r->ends.client;
	int64_t                between = judge_between(&r->at, w);

	return same_end(other, sender) && between >= 0 && between <= CROSSED_NS;
}

void bits_tracker_late_reset(struct bits_tracker *t, uint64_t conn, const struct bits_end *sender, const struct bits_where *w)
{
	for (GList *l = t->resets.head; l != NULL; l = l->next) {
		struct reset *r = l->data;

		if (r->conn != conn)
			continue;
		if (is_open(r->session) && is_crossed(r, sender, w) && network_of(r->session)->reset[0].frame == 0) {
			network_of(r->session)->reset[0] = r->at;
			network_of(r->session)->reset[1] = *w;
		}
		return;
	}
}

/* ---- the verdict ----------------------------------------------------------------------------------------------- */

static struct bits_finding finding_at_end(struct session *s, enum bits_rule_id rule, const struct bits_where *w)
{
	struct bits_finding f = finding_of(rule, NULL, BITS_CLIENT);

	f.session = &s->pub;
	f.ends = s->pub.ends;
	finding_at(&f, w);
	return f;
}

static void tell_stall(struct bits_tracker *t, struct session *s, const struct network_stall *stall)
{
	struct bits_finding f = finding_at_end(s, BITS_RULE_NETWORK_STALL, &stall->to);

	finding_at(&f, &stall->from);
	f.variant = stall->kind == STALL_MISSING ? 2 : stall->repeats == 1 ? 0 : 1;
	f.value[0] = (uint64_t)(stall->ns / (1000 * MS_NS));
	f.value[1] = stall->repeats;
	tell_finding(t, &f);
}

static void tell_reset(struct bits_tracker *t, struct session *s, const struct network *n)
{
	struct bits_finding f = finding_at_end(s, BITS_RULE_NETWORK_RESET, &n->reset[1]);

	finding_at(&f, &n->reset[0]);
	f.value[0] = (uint64_t)(judge_between(&n->reset[0], &n->reset[1]) / MS_NS);
	tell_finding(t, &f);
}

static void tell_loss(struct bits_tracker *t, struct session *s, const struct network *n)
{
	struct bits_finding f = finding_at_end(s, BITS_RULE_NETWORK_LOSS, &n->first_repeat);

	f.variant = n->repeats == 1 ? 0 : 1;
	f.value[0] = n->repeats;
	tell_finding(t, &f);
}

void network_judge(struct bits_tracker *t, struct session *s)
{
	const struct network *n = s->memory->network;

	if (n == NULL || (s->blamed & (1U << BITS_FAULT_CLIENT | 1U << BITS_FAULT_SERVER)))
		return;
	if (n->reset[0].frame != 0)
		tell_reset(t, s, n);
	if (n->stall.ns > 0)
		tell_stall(t, s, &n->stall);
	else if (n->repeats > 0)
		tell_loss(t, s, n);
}
