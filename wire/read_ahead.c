/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read_ahead.c - the kernel's copy of a capture's bytes costs as much as parsing them, decompressing them more; two cores do
 * both at once. */
#include "wire/read_ahead.h"

#include <errno.h>
#include <glib.h>

#include "wire/unpack.h"

struct read_ahead {
	struct unpack *unpack;
	GThread    *thread;
	struct load loads[2];
	GAsyncQueue *empty;  /* of struct load: to be filled; the read_ahead itself: stop */
	GAsyncQueue *filled; /* of struct load, in order                                  */
};

/* What stops it in the middle of a load is met again by the next one. */
static void fill(struct load *l, struct unpack *u)
{
	ssize_t got = 1;

	l->n = 0;
	while (l->n < LOAD_SIZE && got > 0) {
		got = unpack_read(u, l->mem + LOAD_HEADROOM + l->n, LOAD_SIZE - l->n);
		l->n += (size_t)MAX(got, 0);
	}
	l->error = got < 0 && l->n == 0 ? errno : 0;
}

static void *read_on(void *data)
{
	struct read_ahead *r = data;
	void              *next;

	while ((next = g_async_queue_pop(r->empty)) != r) {
		fill(next, r->unpack);
		g_async_queue_push(r->filled, next);
	}
	return NULL;
}

struct read_ahead *read_ahead_start(struct unpack *u)
{
	struct read_ahead *r = g_new0(struct read_ahead, 1);

	r->unpack = u;
	r->empty = g_async_queue_new();
	r->filled = g_async_queue_new();
	for (size_t i = 0; i < G_N_ELEMENTS(r->loads); i++) {
		r->loads[i].mem = g_malloc(LOAD_HEADROOM + LOAD_SIZE);
		g_async_queue_push(r->empty, &r->loads[i]);
	}
	r->thread = g_thread_new("read-ahead", read_on, r);
	return r;
}

void read_ahead_stop(struct read_ahead *r)
{
	if (r == NULL)
		return;
	g_async_queue_push_front(r->empty, r);
	g_thread_join(r->thread);
	g_async_queue_unref(r->empty);
	g_async_queue_unref(r->filled);
	for (size_t i = 0; i < G_N_ELEMENTS(r->loads); i++)
		g_free(r->loads[i].mem);
	g_free(r);
}

struct load *read_ahead_take(struct read_ahead *r)
{
	return g_async_queue_pop(r->filled);
}

void read_ahead_give_back(struct read_ahead *r, struct load *load)
{
	g_async_queue_push(r->empty, load);
}
