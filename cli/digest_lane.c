/* SPDX-License-Identifier: GPL-2.0-or-later */
/* digest_lane.c - reading a file again only to hash it costs as much as everything else: most uploads come in order and
 * are accepted, so the hash is done when the last byte is. */
#include "cli/digest_lane.h"

#include <string.h>

/* What had been hashed by then; of a mark, and of the worker as long as it has not come there. */
struct state {
	gatomicrefcount refs;
	gcry_md_hd_t    md; /* NULL: it has not */
};

struct digest_mark {
	uint64_t      at;
	struct state *state; /* owned reference; NULL: the beginning of the file */
};

static void state_unref(struct state *s)
{
	if (s == NULL || !g_atomic_ref_count_dec(&s->refs))
		return;
	if (s->md != NULL)
		gcry_md_close(s->md);
	g_free(s);
}

static struct digest_mark *mark_at(const struct digest_lane *l, guint i)
{
	return &g_array_index(l->marks, struct digest_mark, i);
}

static void drop_mark(struct digest_lane *l, guint i)
{
	state_unref(mark_at(l, i)->state);
	g_array_remove_index(l->marks, i);
	l->room->marks--;
}

/* libgcrypt fails here only without memory, or when SHA-256 is switched off: nothing to go on with. */
static void must(gcry_error_t e)
{
	if (e)
		g_error("SHA-256 is not to be had: %s", gcry_strerror(e));
}

/* ---- behind its owner's back ----------------------------------------------------------------------------------- */

/* Bytes to be hashed, and then a mark to be made. */
struct job {
	struct work   work;
	gcry_md_hd_t  md;
	uint8_t      *piece; /* NULL: none */
	size_t        n;
	struct state *mark;  /* NULL: none; owned reference */
};

static void hash_piece(struct work *w)
{
	struct job *job = (struct job *)w;

	gcry_md_write(job->md, job->piece, job->n);
	if (job->mark != NULL)
		must(gcry_md_copy(&job->mark->md, job->md));
	state_unref(job->mark);
	g_free(job->piece);
	g_free(job);
}

/* What was gathered, and a mark behind it, or NULL. */
static void give(struct digest_lane *l, struct state *mark)
{
	struct job *job = g_new(struct job, 1);

	*job = (struct job){ { &l->given, hash_piece }, l->md, g_steal_pointer(&l->piece), l->n, mark };
	if (mark != NULL)
		g_atomic_ref_count_inc(&mark->refs);
	l->n = 0;
	l->is_given = true;
	l->room->pieces -= job->piece != NULL;
	worker_give(l->worker, &job->work);
}

static void gather(struct digest_lane *l, const uint8_t *p, size_t n)
{
	while (n > 0) {
		size_t part = MIN(n, DIGEST_PIECE - l->n);

		if (l->piece == NULL) {
			l->piece = g_malloc(DIGEST_PIECE);
			l->room->pieces++;
		}
		memcpy(l->piece + l->n, p, part);
		l->n += part;
		p += part;
		n -= part;
		if (l->n == DIGEST_PIECE)
			give(l, NULL);
	}
}

/* Now md is that of [0, at). */
static void catch_up(struct digest_lane *l)
{
	if (l->is_given)
		worker_settle(l->worker, &l->given);
	l->is_given = false;
	if (l->n > 0)
		gcry_md_write(l->md, l->piece, l->n);
	l->n = 0;
	l->room->pieces -= l->piece != NULL;
	g_clear_pointer(&l->piece, g_free);
}

/* ---- the lane -------------------------------------------------------------------------------------------------- */

void digest_lane_init(struct digest_lane *l, struct digest_room *room)
{
	*l = (struct digest_lane){ .room = room, .marks = g_array_new(FALSE, FALSE, sizeof(struct digest_mark)) };
	must(gcry_md_open(&l->md, GCRY_MD_SHA256, 0));
}

void digest_lane_clear(struct digest_lane *l)
{
	catch_up(l);
	while (l->marks->len)
		drop_mark(l, l->marks->len - 1);
	g_array_unref(l->marks);
	gcry_md_close(l->md);
}

static bool gathers(const struct digest_lane *l)
{
	return l->worker != NULL && l->at >= DIGEST_AHEAD && (l->piece != NULL || l->room->pieces < DIGEST_PIECES_MOST);
}

void digest_lane_add(struct digest_lane *l, const uint8_t *p, size_t n)
{
	if (gathers(l)) {
		gather(l, p, n);
	} else {
		catch_up(l);
		gcry_md_write(l->md, p, n);
	}
	l->at += n;
}

/* Nobody waits for the worker: most marks are never gone back to. */
static struct state *state_now(struct digest_lane *l)
{
	struct state *s = g_new0(struct state, 1);

	g_atomic_ref_count_init(&s->refs);
	if (l->is_given || l->n > 0)
		give(l, s);
	else
		must(gcry_md_copy(&s->md, l->md));
	return s;
}

/* The first mark is the one that everything can go back to; of the others the oldest is the least likely. */
void digest_lane_mark(struct digest_lane *l)
{
	struct digest_mark m = { .at = l->at };

	if (l->marks->len && mark_at(l, l->marks->len - 1)->at == l->at)
		return;
	if (l->at > 0)
		m.state = state_now(l);
	g_array_append_val(l->marks, m);
	l->room->marks++;
	while (l->marks->len > (l->room->marks > DIGEST_MARKS_MOST ? 3 : DIGEST_MARKS))
		drop_mark(l, 1);
}

static void go_back(struct digest_lane *l, const struct digest_mark *m)
{
	l->at = m->at;
	if (m->state == NULL) {
		gcry_md_reset(l->md);
		return;
	}
	gcry_md_close(l->md);
	must(gcry_md_copy(&l->md, m->state->md));
}

void digest_lane_cut(struct digest_lane *l, uint64_t offset)
{
	static const struct digest_mark beginning = { 0 };

	if (l->at <= offset)
		return;
	catch_up(l);
	while (l->marks->len && mark_at(l, l->marks->len - 1)->at > offset)
		drop_mark(l, l->marks->len - 1);
	go_back(l, l->marks->len > 0 ? mark_at(l, l->marks->len - 1) : &beginning);
}

void digest_lane_settle(struct digest_lane *l, uint64_t offset)
{
	while (l->marks->len > 1 && mark_at(l, 1)->at <= offset)
		drop_mark(l, 0);
	if (l->at <= offset)
		while (l->marks->len)
			drop_mark(l, 0);
}

bool digest_lane_mark_before(const struct digest_lane *l, uint64_t offset, uint64_t *at)
{
	for (guint i = l->marks->len; i-- > 0;) {
		if (mark_at(l, i)->at > offset)
			continue;
		*at = mark_at(l, i)->at;
		return true;
	}
	return false;
}

uint64_t digest_lane_base(const struct digest_lane *l, uint64_t settled)
{
	uint64_t at;

	if (l->at <= settled)
		return l->at;
	return digest_lane_mark_before(l, settled, &at) ? at : 0;
}

void digest_hex_of(const uint8_t digest[32], char hex[DIGEST_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 32; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[64] = '\0';
}

void digest_lane_finish(struct digest_lane *l, char hex[DIGEST_HEX])
{
	catch_up(l);
	digest_hex_of(gcry_md_read(l->md, GCRY_MD_SHA256), hex);
}
