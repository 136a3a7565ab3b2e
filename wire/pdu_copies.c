/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pdu_copies.c - rows of hashes.
 *
 * In the run where a message begins the first row is news, and the others tell how often all of it is there.  Behind that the
 * last row is: what has no copy is never news, so that nothing is told that a single PDU could contradict. */
#include "wire/pdu_copies.h"

#include "core/bits_hash.h"
#include "core/bits_where.h"

static bool is_whole(const struct pdu_copies *c)
{
	return c->at == c->n;
}

static void begin_row(struct pdu_copies *c)
{
	c->n = c->at = c->rows = 0;
}

/* The row is over: is it there as often as it should be?  The first one of a message says how often that is. */
static bool close_row(struct pdu_copies *c)
{
	unsigned *times = &c->times[c->d];
	bool      is_sound = is_whole(c) && (c->decides || *times < 2 || c->rows % *times == 0);

	if (c->decides)
		*times = c->rows;
	c->decides = false;
	return is_sound;
}

static bool is_tracked(const struct pdu_copies *c)
{
	return c->decides || c->times[c->d] > 1;
}

/* The next one of the row that comes first. */
static enum pdu_copy extend(struct pdu_copies *c, uint64_t hash)
{
	if (c->n > 0 && c->is_single) /* what was taken for single ones was the beginning of this row, maybe */
		return PDU_UNSOUND;
	if (c->n == PDU_RUN_MOST && !c->decides)
		return PDU_UNSOUND;
	if (c->n == PDU_RUN_MOST) { /* so long a run, and nothing in it came again: its time says nothing */
		c->decides = false;
		c->times[c->d] = 1;
		begin_row(c);
		return PDU_NEWS;
	}
	c->row[c->n++] = hash;
	c->at = c->n;
	c->rows = 1;
	return c->decides ? PDU_NEWS : PDU_KNOWN;
}

/* The next one of a further row. */
static enum pdu_copy repeat(struct pdu_copies *c, uint64_t hash)
{
	bool is_last = !c->decides && (c->rows + 1) % c->times[c->d] == 0;

	if (is_whole(c))
		c->at = 0;
	if (c->row[c->at] != hash)
		return PDU_UNSOUND;
	c->at++;
	c->rows += is_whole(c);
	return is_last ? PDU_NEWS : PDU_KNOWN;
}

/* Frames of one microsecond that are told apart by nanoseconds: each PDU is followed by its copies. */
static enum pdu_copy begin_next(struct pdu_copies *c, uint64_t hash)
{
	if (c->n > 1 || !close_row(c))
		return PDU_UNSOUND;
	begin_row(c);
	c->is_single = true;
	return extend(c, hash);
}

static enum pdu_copy look_in_run(struct pdu_copies *c, uint64_t hash)
{
	bool is_other = c->n == 0 || (is_whole(c) && c->row[0] != hash);

	if (!is_tracked(c))
		return PDU_NEWS;
	if (is_other && c->rows > 1)
		return begin_next(c, hash);
	return is_other ? extend(c, hash) : repeat(c, hash);
}

/* Is all of this told once more, from the beginning? */
static bool is_told_again(struct pdu_copies *c, uint64_t hash, int64_t time_us)
{
	if (time_us > c->latest_us)
		c->is_again = false;
	else if (time_us < c->latest_us && hash == c->first)
		c->is_again = true;
	return c->is_again;
}

static void begin(struct pdu_copies *c, uint64_t hash, int64_t time_us)
{
	c->is_begun = true;
	c->first = hash;
	c->latest_us = time_us;
}

/* What is known of the messages is void. */
static enum pdu_copy give_up(struct pdu_copies *c, unsigned d)
{
	begin_row(c);
	c->decides = false;
	c->times[0] = c->times[1] = 0;
	c->is_muted[d] = true;
	return PDU_UNSOUND;
}

static enum pdu_copy look(struct pdu_copies *c, const struct pdu_seen *u, uint64_t hash, int64_t time_us)
{
	unsigned      before = c->d;
	enum pdu_copy is;

	if (u->begins)
		c->is_muted[!u->d] = false;
	if (c->is_muted[u->d])
		return PDU_KNOWN;
	if (c->n == 0 || u->d != c->d || time_us != c->time_us) {
		if (!close_row(c))
			return give_up(c, before);
		begin_row(c);
		c->is_single = false;
		c->d = u->d;
		c->time_us = time_us;
		c->decides = u->begins;
	}
	is = look_in_run(c, hash);
	return is == PDU_UNSOUND ? give_up(c, u->d) : is;
}

enum pdu_copy pdu_copies_look(struct pdu_copies *c, const struct pdu_seen *u)
{
	int64_t       time_us = u->time_ns / 1000; /* a copy may have been written with less of it */
	uint64_t      hash;

	if (u->time_ns == BITS_TIME_UNKNOWN)
		return PDU_NEWS;
	hash = bits_hash(u->seed ^ ((uint64_t)time_us * 2 + u->d), u->payload, u->n);
	if (!c->is_begun)
		begin(c, hash, time_us);
	else if (is_told_again(c, hash, time_us))
		return PDU_KNOWN;
	c->latest_us = MAX(c->latest_us, time_us);
	return look(c, u, hash, time_us);
}
