/* SPDX-License-Identifier: GPL-2.0-or-later */
/* worker.h - a thread that does work while more of it is being made.
 *
 * Work is done in the order in which it was given, by one giver.  Waking a thread costs as much as a good part of a piece: it
 * is woken for as many of them as it was made for, or when somebody settles; at most WORKER_WAITING wait, then the giver does,
 * until half of them are done. */
#ifndef CLI_WORKER_H
#define CLI_WORKER_H

#include <glib.h>
#include <stdbool.h>

#define WORKER_WAITING 8U

/* What is known of work that belongs together.  Zero-initialised; must outlive it. */
struct work_account {
	unsigned pending; /* pieces given and not yet done */
};

/* The head of every kind of work. */
struct work {
	struct work_account *account;
	void (*run)(struct work *w); /* in the thread; frees it */
};

struct worker;

/* Has this process another processor?  Without one a thread only costs. */
bool worker_helps(void);

/* name: of its thread, static; batch: pieces for which it is woken, from 1, less than WORKER_WAITING. */
struct worker *worker_new(const char *name, unsigned batch);
void           worker_free(struct worker *w); /* every account is settled; NULL is fine */

/* Some time `work` is run. */
void worker_give(struct worker *w, struct work *work);
/* Wait until nothing of the account is pending. */
void worker_settle(struct worker *w, struct work_account *a);

#endif
