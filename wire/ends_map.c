/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ends_map.c - open addressing with linear probing; what is removed leaves no gap. */
#include "wire/ends_map.h"

#include <string.h>

#include "core/bits_hash.h"
#include "wire/addr.h"
#include "wire/connection.h"

#define SIZE_LEAST 64 /* a power of two */

static bool is_full(const struct ends_map *m)
{
	return m->n >= m->size / 5 * 4;
}

static void make_room(struct ends_map *m, uint32_t size)
{
	m->size = size;
	m->keys = g_new0(struct ends_key, size);
	m->conns = g_new(struct connection *, size);
}

void ends_map_init(struct ends_map *m)
{
	*m = (struct ends_map){ .latest = ENDS_NOWHERE, .seed = bits_hash_seed() };
	make_room(m, SIZE_LEAST);
}

void ends_map_clear(struct ends_map *m)
{
	g_free(m->keys);
	g_free(m->conns);
	*m = (struct ends_map){ 0 };
}

/* ---- keys ------------------------------------------------------------------------------------------------------ */

static uint32_t number_of(const struct bits_addr *a)
{
	uint32_t n;

	memcpy(&n, a->bytes, sizeof n);
	return n;
}

static bool is_plain(const struct bits_addr *a)
{
	return a->family == 4 && a->telling == 0;
}

/* An IPv4 address has zeros behind it. */
static bool is_greater(const struct bits_end *a, const struct bits_end *b)
{
	for (unsigned half = 0; half < 2; half++)
		if (addr_half(&a->addr, half) != addr_half(&b->addr, half))
			return addr_half(&a->addr, half) > addr_half(&b->addr, half);
	return a->port > b->port;
}

unsigned ends_in_order(const struct bits_end *src, const struct bits_end *dst, struct bits_end end[2])
{
	unsigned d = is_greater(src, dst);

	end[d] = *src;
	end[!d] = *dst;
	return d;
}

/* Field by field: between them there is something that nobody set. */
static uint64_t hash_of_address(const struct ends_map *m, const struct bits_addr *a)
{
	uint8_t bytes[sizeof a->bytes + sizeof a->telling + sizeof a->family];

	memcpy(bytes, a->bytes, sizeof a->bytes);
	memcpy(bytes + sizeof a->bytes, &a->telling, sizeof a->telling);
	bytes[sizeof bytes - 1] = a->family;
	return bits_hash(m->seed, bytes, sizeof bytes);
}

static struct ends_key key_by_hash(const struct ends_map *m, const struct bits_end *src, const struct bits_end *dst,
                                   unsigned *d)
{
	const struct bits_end *end[2];
	uint64_t               hashes[2];

	*d = is_greater(src, dst);
	end[*d] = src;
	end[!*d] = dst;
	for (unsigned i = 0; i < 2; i++)
		hashes[i] = hash_of_address(m, &end[i]->addr);
	return (struct ends_key){ bits_hash(m->seed, hashes, sizeof hashes),
		                  (uint32_t)end[0]->port << 16 | end[1]->port, .is_used = 1 };
}

/* The order is that of is_greater: the numbers are what their first halves begin with, and zeros follow. */
static inline struct ends_key key_of(const struct ends_map *m, const struct bits_end *src, const struct bits_end *dst, unsigned *d)
{
	uint32_t from = number_of(&src->addr), to = number_of(&dst->addr), sport = src->port, dport = dst->port;

	if (!is_plain(&src->addr) || !is_plain(&dst->addr))
		return key_by_hash(m, src, dst, d);
	*d = from != to ? from > to : sport > dport;
	if (*d)
		return (struct ends_key){ (uint64_t)to << 32 | from, dport << 16 | sport, .is_used = 1, .is_whole = 1 };
	return (struct ends_key){ (uint64_t)from << 32 | to, sport << 16 | dport, .is_used = 1, .is_whole = 1 };
}

static inline bool same_key(const struct ends_key *a, const struct ends_key *b)
{
	return a->addrs == b->addrs && a->ports == b->ports && a->is_used && a->is_whole == b->is_whole;
}

static inline uint32_t home_of(const struct ends_map *m, const struct ends_key *k)
{
	uint64_t words[2] = { k->addrs, k->ports };

	return (uint32_t)bits_hash(m->seed, words, sizeof words) & (m->size - 1);
}

/* ---- places ---------------------------------------------------------------------------------------------------- */

static uint32_t next_place(const struct ends_map *m, uint32_t place)
{
	return (place + 1) & (m->size - 1);
}

static bool same_end(const struct bits_end *a, const struct bits_end *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

static bool has_ends(const struct connection *c, const struct bits_end *src, const struct bits_end *dst, unsigned d)
{
	return same_end(&c->end[d], src) && same_end(&c->end[!d], dst);
}

static inline bool is_at(const struct ends_map *m, uint32_t place, const struct ends_key *key, const struct bits_end *src,
                         const struct bits_end *dst, unsigned d)
{
	return same_key(&m->keys[place], key) && (key->is_whole || has_ends(m->conns[place], src, dst, d));
}

uint32_t ends_map_find(struct ends_map *m, const struct bits_end *src, const struct bits_end *dst, unsigned *d)
{
	struct ends_key key = key_of(m, src, dst, d);
	uint32_t        place = m->latest;

	if (place != ENDS_NOWHERE && is_at(m, place, &key, src, dst, *d))
		return place;
	for (place = home_of(m, &key); m->keys[place].is_used; place = next_place(m, place))
		if (is_at(m, place, &key, src, dst, *d))
			return m->latest = place;
	return ENDS_NOWHERE;
}

uint32_t ends_map_place_of(const struct ends_map *m, const struct connection *c)
{
	unsigned        d;
	struct ends_key key;
	uint32_t        place = m->latest;

	if (place != ENDS_NOWHERE && m->conns[place] == c)
		return place;
	key = key_of(m, &c->end[0], &c->end[1], &d);
	for (place = home_of(m, &key); !m->keys[place].is_used || m->conns[place] != c; place = next_place(m, place))
		;
	return place;
}

static uint32_t put(struct ends_map *m, const struct ends_key *k, struct connection *c)
{
	uint32_t place = home_of(m, k);

	while (m->keys[place].is_used)
		place = next_place(m, place);
	m->keys[place] = *k;
	m->conns[place] = c;
	return place;
}

static void grow(struct ends_map *m)
{
	struct ends_map old = *m;

	make_room(m, old.size * 2);
	for (uint32_t i = 0; i < old.size; i++)
		if (old.keys[i].is_used)
			put(m, &old.keys[i], old.conns[i]);
	g_free(old.keys);
	g_free(old.conns);
}

uint32_t ends_map_add(struct ends_map *m, struct connection *c)
{
	unsigned        d;
	struct ends_key key = key_of(m, &c->end[0], &c->end[1], &d);

	if (is_full(m))
		grow(m);
	m->n++;
	return m->latest = put(m, &key, c);
}

/* Whoever was put behind the gap because there was no room nearer to its home comes forward. */
void ends_map_remove(struct ends_map *m, uint32_t place)
{
	uint32_t gap = place, mask = m->size - 1;

	for (uint32_t i = next_place(m, gap); m->keys[i].is_used; i = next_place(m, i)) {
		if (((i - home_of(m, &m->keys[i])) & mask) < ((i - gap) & mask))
			continue; /* its home lies behind the gap */
		m->keys[gap] = m->keys[i];
		m->conns[gap] = m->conns[i];
		gap = i;
	}
	m->keys[gap] = (struct ends_key){ 0 };
	m->latest = ENDS_NOWHERE;
	m->n--;
}
