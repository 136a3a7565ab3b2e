/* SPDX-License-Identifier: GPL-2.0-or-later */
/* twins.c - a ring of the latest frames, and a table that finds them by their hash. */
#include "wire/twins.h"

#include <string.h>

#include "core/bits_hash.h"

#define LATEST  4096 /* frames that are remembered                     */
#define BUCKETS 8192 /* a power of two                                 */
#define NOBODY  UINT16_MAX
#define ODD     UINT64_C(0x9E3779B97F4A7C15)
#define LOOKED_AT 256 /* of a bucket: whoever repeats one frame thousands of times makes us look at no more of them */

struct twin {
	XXH128_hash_t hash;
	int64_t       time_ns;
	uint32_t      caplen, wirelen, link;
	uint32_t      file;    /* that showed it first                       */
	uint32_t      taken;   /* the latest other file that showed it; file: none */
	uint16_t      next;    /* in its bucket                              */
};

struct twins {
	struct twin latest[LATEST];
	uint16_t    first[BUCKETS], last[BUCKETS];
	uint64_t    n;         /* frames so far: the next goes to latest[n % LATEST] */
	int64_t     newest_ns;
	uint64_t    seed;      /* nobody can make two frames that are taken for one */
};

struct twins *twins_new(void)
{
	struct twins *t = g_new0(struct twins, 1);

	memset(t->first, 0xFF, sizeof t->first);
	memset(t->last, 0xFF, sizeof t->last);
	t->newest_ns = BITS_TIME_UNKNOWN;
	t->seed = bits_hash_seed();
	return t;
}

void twins_free(struct twins *t)
{
	g_free(t);
}

/* Of frames that differ in nothing but their time, too, each lies somewhere else. */
static size_t bucket_of(const struct twin *w)
{
	return w->hash.low64 % BUCKETS;
}

static struct twin *find(struct twins *t, const struct twin *w)
{
	unsigned looked_at = 0;

	for (uint16_t i = t->first[bucket_of(w)]; i != NOBODY && looked_at++ < LOOKED_AT; i = t->latest[i].next) {
		struct twin *o = &t->latest[i];

		if (o->time_ns == w->time_ns && o->file != w->file && o->taken != w->file && o->caplen == w->caplen &&
		    o->wirelen == w->wirelen && o->link == w->link && XXH128_isEqual(o->hash, w->hash))
			return o;
	}
	return NULL;
}

/* The oldest of all, which is the first of its bucket. */
static void forget(struct twins *t, uint16_t index)
{
	size_t bucket = bucket_of(&t->latest[index]);

	t->first[bucket] = t->latest[index].next;
	if (t->first[bucket] == NOBODY)
		t->last[bucket] = NOBODY;
}

/* Behind those of its bucket: of two copies the earlier one is taken first. */
static void remember(struct twins *t, const struct twin *w)
{
	uint16_t index = (uint16_t)(t->n % LATEST);
	size_t   bucket = bucket_of(w);

	if (t->n++ >= LATEST)
		forget(t, index);
	t->latest[index] = *w;
	t->latest[index].next = NOBODY;
	if (t->last[bucket] != NOBODY)
		t->latest[t->last[bucket]].next = index;
	else
		t->first[bucket] = index;
	t->last[bucket] = index;
	t->newest_ns = MAX(t->newest_ns, w->time_ns);
}

bool twins_find(struct twins *t, const struct frame *f, uint32_t *file)
{
	struct twin  w = { .time_ns = f->time_ns, .caplen = f->caplen, .wirelen = f->wirelen, .link = f->link, .file = f->file,
		           .taken = f->file };
	struct twin *other;

	if (f->time_ns == BITS_TIME_UNKNOWN)
		return false;
	w.hash = XXH3_128bits_withSeed(f->bytes, f->caplen, t->seed + (uint64_t)f->time_ns * ODD);
	other = find(t, &w);
	if (other == NULL) {
		remember(t, &w);
		return false;
	}
	other->taken = f->file;
	*file = other->file;
	return true;
}

bool twins_has(struct twins *t, const struct frame *f)
{
	uint32_t file;

	return twins_find(t, f, &file);
}

bool twins_is_past(const struct twins *t, int64_t time_ns)
{
	return t->newest_ns < time_ns;
}
