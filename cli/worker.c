/* SPDX-License-Identifier: GPL-2.0-or-later */
/* worker.c - a queue and a lock. */
#include "cli/worker.h"

#include <sched.h>

struct worker {
	const char *name;
	unsigned    batch;
	GThread    *thread;  /* NULL before the first piece                        */
	GMutex      lock;    /* guards all below, and the accounts                 */
	GCond       given;   /* the thread waits for it, while it sleeps           */
	GCond       done;    /* the giver does, while is_full or `settled` is set  */
	GQueue      waiting; /* of struct work                                     */
	bool        sleeps, stops, is_full;
	const struct work_account *settled; /* whose end is waited for; NULL       */
};

bool worker_helps(void)
{
	cpu_set_t ours;

	return sched_getaffinity(0, sizeof ours, &ours) != 0 || CPU_COUNT(&ours) > 1; /* it fails where there are very many */
}

/* Waits for it; NULL: there will be none. */
static struct work *next_work(struct worker *w)
{
	struct work *work;

	g_mutex_lock(&w->lock);
	while (w->waiting.head == NULL && !w->stops) {
		w->sleeps = true;
		g_cond_wait(&w->given, &w->lock);
		w->sleeps = false;
	}
	work = g_queue_peek_head(&w->waiting);
	g_mutex_unlock(&w->lock);
	return work;
}

/* It leaves the queue when it is done: what waits and what is under way count alike. */
static void note_done(struct worker *w, struct work_account *a)
{
	g_mutex_lock(&w->lock);
	g_queue_pop_head(&w->waiting);
	a->pending--;
	if ((w->is_full && w->waiting.length <= WORKER_WAITING / 2) || (w->settled == a && a->pending == 0))
		g_cond_signal(&w->done);
	g_mutex_unlock(&w->lock);
}

static void *work_on(void *data)
{
	struct worker *w = data;
	struct work *work;

	while ((work = next_work(w)) != NULL) {
		struct work_account *a = work->account;

		work->run(work);
		note_done(w, a);
	}
	return NULL;
}

struct worker *worker_new(const char *name, unsigned batch)
{
	struct worker *w = g_new0(struct worker, 1);

	w->name = name;
	w->batch = batch;
	g_mutex_init(&w->lock);
	g_cond_init(&w->given);
	g_cond_init(&w->done);
	return w;
}

void worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	g_mutex_lock(&w->lock);
	w->stops = true;
	g_cond_signal(&w->given);
	g_mutex_unlock(&w->lock);
	if (w->thread != NULL)
		g_thread_join(w->thread);
	g_mutex_clear(&w->lock);
	g_cond_clear(&w->given);
	g_cond_clear(&w->done);
	g_free(w);
}

void worker_give(struct worker *w, struct work *work)
{
	if (w->thread == NULL)
		w->thread = g_thread_new(w->name, work_on, w);
	g_mutex_lock(&w->lock);
	for (w->is_full = w->waiting.length >= WORKER_WAITING; w->is_full; w->is_full = w->waiting.length > WORKER_WAITING / 2)
		g_cond_wait(&w->done, &w->lock);
	work->account->pending++;
	g_queue_push_tail(&w->waiting, work);
	if (w->sleeps && w->waiting.length >= w->batch)
		g_cond_signal(&w->given);
	g_mutex_unlock(&w->lock);
}

void worker_settle(struct worker *w, struct work_account *a)
{
	g_mutex_lock(&w->lock);
	if (a->pending && w->sleeps)
		g_cond_signal(&w->given);
	for (w->settled = a; a->pending;)
		g_cond_wait(&w->done, &w->lock);
	w->settled = NULL;
	g_mutex_unlock(&w->lock);
}
