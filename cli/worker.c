/* SPDX-License-Identifier: GPL-2.0-or-later */
/* worker.c - a queue and a lock. */
#include "cli/worker.h"

struct worker {
	const char *name;
	GThread    *thread; /* NULL before the first piece     */
	GMutex      lock;   /* guards all below, and the accounts */
	GCond       changed;
	GQueue      waiting; /* of struct work */
	bool        stops;
};

/* Waits for it; NULL: there will be none.  *dead: work before it failed, and it is not to be done. */
static struct work *next_work(struct worker *w, bool *dead)
{
	struct work *work;

	g_mutex_lock(&w->lock);
	while (w->waiting.head == NULL && !w->stops)
		g_cond_wait(&w->changed, &w->lock);
	work = g_queue_peek_head(&w->waiting);
	*dead = work != NULL && work->account->error != NULL;
	g_mutex_unlock(&w->lock);
	return work;
}

/* It leaves the queue when it is done: what waits and what is under way count alike. */
static void done(struct worker *w, struct work *work, GError *error)
{
	struct work_account *a = work->account;

	work->free(work);
	g_mutex_lock(&w->lock);
	g_queue_pop_head(&w->waiting);
	a->pending--;
	if (error != NULL && a->error == NULL)
		a->error = g_steal_pointer(&error);
	g_cond_broadcast(&w->changed);
	g_mutex_unlock(&w->lock);
	g_clear_error(&error);
}

static void *work_on(void *data)
{
	struct worker *w = data;
	struct work *work;
	bool dead;

	while ((work = next_work(w, &dead)) != NULL) {
		GError *error = NULL;

		if (!dead)
			work->run(work, &error);
		done(w, work, error);
	}
	return NULL;
}

struct worker *worker_new(const char *name)
{
	struct worker *w = g_new0(struct worker, 1);

	w->name = name;
	g_mutex_init(&w->lock);
	g_cond_init(&w->changed);
	return w;
}

void worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	g_mutex_lock(&w->lock);
	w->stops = true;
	g_cond_broadcast(&w->changed);
	g_mutex_unlock(&w->lock);
	if (w->thread != NULL)
		g_thread_join(w->thread);
	g_mutex_clear(&w->lock);
	g_cond_clear(&w->changed);
	g_free(w);
}

/* With the lock held. */
static bool is_sound(const struct work_account *a, GError **error)
{
	if (a->error != NULL && error != NULL)
		*error = g_error_copy(a->error);
	return a->error == NULL;
}

bool worker_give(struct worker *w, struct work *work, GError **error)
{
	struct work_account *a = work->account;
	bool ok;

	if (w->thread == NULL)
		w->thread = g_thread_new(w->name, work_on, w);
	g_mutex_lock(&w->lock);
	while (w->waiting.length >= WORKER_WAITING)
		g_cond_wait(&w->changed, &w->lock);
	a->pending++;
	g_queue_push_tail(&w->waiting, work);
	g_cond_broadcast(&w->changed);
	ok = is_sound(a, error);
	g_mutex_unlock(&w->lock);
	return ok;
}

bool worker_settle(struct worker *w, struct work_account *a, GError **error)
{
	bool ok;

	g_mutex_lock(&w->lock);
	while (a->pending)
		g_cond_wait(&w->changed, &w->lock);
	ok = is_sound(a, error);
	g_mutex_unlock(&w->lock);
	return ok;
}
