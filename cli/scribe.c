/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scribe.c - the kernel's copy of what is written costs half as much as hashing it; two cores do both at once. */
#include "cli/scribe.h"

#include "cli/fd.h"

struct job {
	struct scribe_account *account;
	int      fd;
	uint64_t offset;
	uint8_t *piece;
	size_t   n;
};

struct scribe {
	GThread *thread; /* NULL before the first piece */
	GMutex   lock;   /* guards all below, and the accounts */
	GCond    changed;
	GQueue   jobs;   /* of struct job */
	bool     stops;
};

/* Waits for it; NULL: there will be none.  *dead: a piece before it failed, and it is not to be written. */
static struct job *next_job(struct scribe *s, bool *dead)
{
	struct job *job;

	g_mutex_lock(&s->lock);
	while (s->jobs.head == NULL && !s->stops)
		g_cond_wait(&s->changed, &s->lock);
	job = g_queue_peek_head(&s->jobs);
	*dead = job != NULL && job->account->error != NULL;
	g_mutex_unlock(&s->lock);
	return job;
}

/* A job leaves the queue when it is done: what waits and what is under way count alike. */
static void done(struct scribe *s, struct job *job, GError *error)
{
	g_mutex_lock(&s->lock);
	g_queue_pop_head(&s->jobs);
	job->account->pending--;
	if (error != NULL && job->account->error == NULL)
		job->account->error = g_steal_pointer(&error);
	g_cond_broadcast(&s->changed);
	g_mutex_unlock(&s->lock);
	g_clear_error(&error);
	g_free(job->piece);
	g_free(job);
}

static void *write_on(void *data)
{
	struct scribe *s = data;
	struct job *job;
	bool dead;

	while ((job = next_job(s, &dead)) != NULL) {
		GError *error = NULL;

		if (!dead)
			fd_write_at(job->fd, job->piece, job->n, job->offset, &error);
		done(s, job, error);
	}
	return NULL;
}

struct scribe *scribe_new(void)
{
	struct scribe *s = g_new0(struct scribe, 1);

	g_mutex_init(&s->lock);
	g_cond_init(&s->changed);
	return s;
}

void scribe_free(struct scribe *s)
{
	if (s == NULL)
		return;
	g_mutex_lock(&s->lock);
	s->stops = true;
	g_cond_broadcast(&s->changed);
	g_mutex_unlock(&s->lock);
	if (s->thread != NULL)
		g_thread_join(s->thread);
	g_mutex_clear(&s->lock);
	g_cond_clear(&s->changed);
	g_free(s);
}

/* With the lock held. */
static bool is_sound(const struct scribe_account *a, GError **error)
{
	if (a->error != NULL && error != NULL)
		*error = g_error_copy(a->error);
	return a->error == NULL;
}

bool scribe_give(struct scribe *s, struct scribe_account *a, int fd, uint64_t offset, uint8_t *piece, size_t n,
		 GError **error)
{
	struct job *job = g_new(struct job, 1);
	bool ok;

	*job = (struct job){ a, fd, offset, piece, n };
	if (s->thread == NULL)
		s->thread = g_thread_new("scribe", write_on, s);
	g_mutex_lock(&s->lock);
	while (s->jobs.length >= SCRIBE_PIECES)
		g_cond_wait(&s->changed, &s->lock);
	a->pending++;
	g_queue_push_tail(&s->jobs, job);
	g_cond_broadcast(&s->changed);
	ok = is_sound(a, error);
	g_mutex_unlock(&s->lock);
	return ok;
}

bool scribe_settle(struct scribe *s, struct scribe_account *a, GError **error)
{
	bool ok;

	g_mutex_lock(&s->lock);
	while (a->pending)
		g_cond_wait(&s->changed, &s->lock);
	ok = is_sound(a, error);
	g_mutex_unlock(&s->lock);
	return ok;
}
