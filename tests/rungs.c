/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/rungs.h"

struct made {
	struct bits_message  request, answer;
	struct bits_exchange x;
};

static struct bits_where where_of(uint32_t frame)
{
	return (struct bits_where){ .frame = frame, .time_ns = (int64_t)frame * 1000000 };
}

static enum bits_outcome outcome_of(const struct rung *r)
{
	if (r->packet == BITS_PACKET_CLOSE_SESSION && r->status == 200)
		return BITS_OUTCOME_CLOSED;
	return r->status >= 400 ? BITS_OUTCOME_REFUSED : BITS_OUTCOME_MORE;
}

static void make(struct made *m, const struct rung *r)
{
	struct bits_exchange *x = &m->x;

	*m = (struct made){ .request = { .packet = r->packet, .is_request = true, .range = { r->from, r->to }, .total = 9000,
					 .target = bits_str_of(r->path != NULL ? r->path : "/a") },
			    .answer = { .packet = BITS_PACKET_ACK, .status = r->status } };
	if (r->to)
		m->request.has = BITS_FIELD_BIT(BITS_FIELD_CONTENT_RANGE);
	*x = (struct bits_exchange){ .number = r->number, .conn = r->conn, .session = r->session };
	x->ends.client = (struct bits_end){ { .family = 4, .bytes = { 10, 0, 0, r->client ? r->client : 2 } }, (uint16_t)(40000 + r->conn) };
	x->ends.server = (struct bits_end){ { .family = 4, .bytes = { 10, 0, 0, r->server ? r->server : 1 } }, 80 };
	x->ends.client.addr.telling = x->ends.server.addr.telling = r->telling;
	x->request = r->asked ? &m->request : NULL;
	x->request_at.first = where_of(r->asked);
	x->request_at.lost = r->lost;
}

void rung_ask(struct ladders *l, const struct rung *r)
{
	struct made m;

	make(&m, r);
	ladders_packet(l, &m.x, BITS_CLIENT);
}

void rung_answer(struct ladders *l, const struct rung *r)
{
	struct made m;

	make(&m, r);
	m.x.answer = &m.answer;
	m.x.answer_at.first = where_of(r->answered);
	m.x.outcome = outcome_of(r);
	ladders_packet(l, &m.x, BITS_SERVER);
}

void rung_exchange(struct ladders *l, const struct rung *r)
{
	rung_ask(l, r);
	rung_answer(l, r);
}

void rung_silence(struct ladders *l, const struct rung *r, enum bits_close how, uint32_t at)
{
	struct bits_where w = where_of(at);
	struct made m;

	make(&m, r);
	ladders_unanswered(l, &m.x, how, at ? &w : NULL);
}

void rung_whole(struct ladders *l, const struct rung *r)
{
	struct made m;

	make(&m, r);
	ladders_whole(l, &m.x, BITS_CLIENT);
}
