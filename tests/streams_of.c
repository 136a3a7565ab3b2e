/* SPDX-License-Identifier: GPL-2.0-or-later */
/* streams_of.c - see streams_of.h.  Stands in for the core's connections, so that everything is HTTP. */
#include "tests/streams_of.h"

#include "core/bits_conn.h"
#include "core/bits_tracker.h"
#include "wire/capture.h"
#include "wire/pump.h"

struct bits_conn {
	struct recorded *r; /* of `all` */
};

static GPtrArray *all;

enum bits_sniff bits_conn_sniff(struct bits_str first_bytes)
{
	return first_bytes.n > 0 ? BITS_SNIFF_HTTP : BITS_SNIFF_MORE;
}

struct bits_conn *bits_conn_new(struct bits_tracker *t, uint64_t ordinal, const struct bits_end ends[2], bool from_start)
{
	struct bits_conn *c = g_new0(struct bits_conn, 1);
	struct recorded  *r = c->r = g_new0(struct recorded, 1);

	(void)t;
	(void)ordinal;
	r->from_start = from_start;
	for (unsigned d = 0; d < 2; d++) {
		r->end[d] = ends[d];
		r->stream[d] = g_string_new(NULL);
	}
	r->pieces = g_array_new(false, false, sizeof(struct piece));
	g_ptr_array_add(all, r);
	return c;
}

void bits_conn_free(struct bits_conn *c)
{
	g_free(c);
}

void bits_conn_data(struct bits_conn *c, unsigned d, struct bits_str data, const struct bits_where *w, bool starts_segment)
{
	struct recorded *r = c->r;
	struct piece     piece = { d, r->stream[d]->len, data.n };

	(void)starts_segment;
	g_array_append_val(r->pieces, piece);
	g_string_append_len(r->stream[d], data.p, (gssize)data.n);
	r->frames[0] = r->frames[0] == 0 ? w->frame : MIN(r->frames[0], w->frame);
	r->frames[1] = MAX(r->frames[1], w->frame);
}

void bits_conn_lost(struct bits_conn *c, unsigned d, uint64_t n, const struct bits_where *w)
{
	(void)w;
	c->r->lost[d] += n;
}

void bits_conn_heard(struct bits_conn *c, unsigned d, const struct bits_where *w, bool fin)
{
	(void)c;
	(void)d;
	(void)w;
	(void)fin;
}

void bits_conn_began(struct bits_conn *c, unsigned d, const struct bits_where *w)
{
	bits_conn_heard(c, d, w, false);
}

void bits_conn_again(struct bits_conn *c, unsigned d, uint64_t n, const struct bits_where *w)
{
	(void)n;
	bits_conn_heard(c, d, w, false);
}

void bits_tracker_lacks_evidence(struct bits_tracker *t)
{
	(void)t;
}

void bits_conn_seam(struct bits_conn *c, unsigned d, const struct bits_where *w)
{
	bits_conn_heard(c, d, w, false);
}

void bits_conn_early(struct bits_conn *c, unsigned d, const struct bits_where *w)
{
	bits_conn_heard(c, d, w, false);
}

void bits_conn_close(struct bits_conn *c, enum bits_tcp_end how, unsigned by, const struct bits_where *w)
{
	(void)how;
	bits_conn_heard(c, by, w, false);
}

void bits_conn_set_watch(struct bits_conn *c, const struct bits_conn_watch *watch, void *user)
{
	(void)c;
	(void)watch;
	(void)user;
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

void bits_tracker_late_reset(struct bits_tracker *t, uint64_t conn, const struct bits_end *sender, const struct bits_where *w)
{
	(void)t;
	(void)conn;
	(void)sender;
	(void)w;
}

static void recorded_free(void *p)
{
	struct recorded *r = p;

	for (unsigned d = 0; d < 2; d++)
		g_string_free(r->stream[d], true);
	g_array_unref(r->pieces);
	g_free(r);
}

GPtrArray *streams_of(const char *path, void (*seen)(const struct frame *f))
{
	g_autoptr(GError) error = NULL;
	struct capture   *capture = capture_open(path, 0, &error);
	struct pump      *pump = pump_new(NULL);
	struct frame      f;
	enum capture_result result;

	if (capture == NULL)
		g_error("%s", error->message);
	all = g_ptr_array_new_with_free_func(recorded_free);
	while ((result = capture_next(capture, &f, &error)) != CAPTURE_END) {
		if (result == CAPTURE_FRAME && seen != NULL)
			seen(&f);
		if (result == CAPTURE_FRAME)
			pump_frame(pump, &f);
		g_clear_error(&error);
	}
	pump_finish(pump);
	pump_free(pump);
	capture_free(capture);
	return all;
}
