/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record_connection.c - the course of one connection: wire/conn_facts.h says what each number means. */
#include "cli/record_maker.h"
#include "wire/conn_facts.h"

static void set_flow(struct maker *m, const char *key, const struct flow_facts *flow)
{
	struct maker inner = maker_nest(m, key);

	maker_set(&inner, "segments", value_number(flow->segments));
	maker_set(&inner, "retransmissions", value_number(flow->repeated));
	maker_set(&inner, "lost_bytes", value_number(flow->lost));
	maker_set(&inner, "zero_windows", value_number(flow->zero_windows));
}

static void set_server_time(struct maker *m, const struct conn_facts *f)
{
	struct maker inner = maker_nest(m, "server_time");
	int64_t n = (int64_t)f->server_time.n;

	maker_set(&inner, "answers", value_number(f->server_time.n));
	maker_set(&inner, "least_ns", n ? json_integer(f->server_time.least) : json_null());
	maker_set(&inner, "mean_ns", n ? json_integer(f->server_time.sum / n) : json_null());
	maker_set(&inner, "most_ns", n ? json_integer(f->server_time.most) : json_null());
}

static json_t *two_frames(const struct bits_where *a, const struct bits_where *b)
{
	json_t *frames = json_array();

	json_array_append_new(frames, value_frame(a));
	json_array_append_new(frames, value_frame(b));
	return frames;
}

static void set_stall(struct maker *m, const struct record_context *c, const struct stall *stall)
{
	static const char *const sides[] = { [STALL_CLIENT] = "client", [STALL_SERVER] = "server", [STALL_NETWORK] = "network" };
	const struct bits_where around[] = { stall->from, stall->to };
	struct maker inner;

	if (stall->ns == 0) {
		maker_set(m, "longest_stall", json_null());
		return;
	}
	inner = maker_nest(m, "longest_stall");
	maker_set(&inner, "ns", json_integer(stall->ns));
	maker_set_text(&inner, "whose", sides[stall->whose]);
	maker_set(&inner, "frames", two_frames(&stall->from, &stall->to));
	maker_set_captures(&inner, c, around, G_N_ELEMENTS(around));
}

json_t *record_connection(const struct record_context *c, const struct conn_facts *f, const GArray *sessions)
{
	struct maker m = maker_begin("connection", &f->first);
	const struct bits_where around[] = { f->first, f->last };
	json_t *ordinals = json_array();

	for (guint i = 0; sessions != NULL && i < sessions->len; i++)
		json_array_append_new(ordinals, value_number(g_array_index(sessions, uint64_t, i)));
	maker_set_own_text(&m, "end", record_time(f->last.time_ns));
	maker_set(&m, "frame", value_frame(&f->first));
	maker_set_text(&m, "capture", record_capture(c, &f->first));
	maker_set_ends(&m, &f->ends, BITS_CLIENT);
	maker_set(&m, "frames", two_frames(&f->first, &f->last));
	maker_set_captures(&m, c, around, G_N_ELEMENTS(around));
	maker_set(&m, "connection", value_number(f->ordinal));
	maker_set(&m, "sessions", ordinals);
	maker_set_text(&m, "ended_by", bits_close_name(f->ended_by));
	set_flow(&m, "sent_by_client", conn_facts_flow(f, BITS_CLIENT));
	set_flow(&m, "sent_by_server", conn_facts_flow(f, BITS_SERVER));
	maker_set(&m, "requests", value_number(f->requests));
	set_server_time(&m, f);
	set_stall(&m, c, &f->stall);
	return maker_finish(&m);
}
