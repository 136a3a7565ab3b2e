/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scribe.c - the kernel's copy of what is written costs half as much as hashing it; two cores do both at once. */
#include "cli/scribe.h"

#include "cli/fd.h"

struct job {
	struct work work;
	int      fd;
	uint64_t offset;
	uint8_t *piece;
	size_t   n;
};

static void write_piece(struct work *w, GError **error)
{
	struct job *job = (struct job *)w;

	fd_write_at(job->fd, job->piece, job->n, job->offset, error);
}

static void job_free(struct work *w)
{
	g_free(((struct job *)w)->piece);
	g_free(w);
}

bool scribe_give(struct worker *w, struct work_account *a, int fd, uint64_t offset, uint8_t *piece, size_t n,
		 GError **error)
{
	struct job *job = g_new(struct job, 1);

	*job = (struct job){ { a, write_piece, job_free }, fd, offset, piece, n };
	return worker_give(w, &job->work, error);
}
