/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ip_fragments.c - a hash table and a queue by age. */
#include "wire/ip_fragments.h"

#include "core/bits_hash.h"
#include "wire/addr.h"

static guint hash_key(gconstpointer p)
{
	return ((const struct datagram_key *)p)->hash;
}

static struct datagram_key key_of(const struct ip_fragments *t, const struct packet *k, const struct segment *s)
{
	struct datagram_key key = { s->src.addr, s->dst.addr, k->fragment.id, s->src.addr.family == 6 ? 0 : k->fragment.proto, 0 };
	uint64_t            words[5] = { (uint64_t)key.id << 8 | key.proto };

	for (unsigned half = 0; half < 2; half++) {
		words[1 + half] = addr_half(&key.src, half);
		words[3 + half] = addr_half(&key.dst, half);
	}
	key.hash = (guint)bits_hash(t->seed, words, sizeof words);
	return key;
}

static gboolean same_key(gconstpointer a, gconstpointer b)
{
	const struct datagram_key *x = a, *y = b;

	return x->id == y->id && x->proto == y->proto && addr_equal(&x->src, &y->src) && addr_equal(&x->dst, &y->dst);
}

void ip_fragments_init(struct ip_fragments *t, const struct ip_fragments_limits *limits)
{
	*t = (struct ip_fragments){ .limits = *limits, .now_ns = BITS_TIME_UNKNOWN, .seed = bits_hash_seed() };
	t->by_key = g_hash_table_new(hash_key, same_key);
}

/* From now on the caller's. */
static void take_out(struct ip_fragments *t, struct datagram *d)
{
	g_hash_table_remove(t->by_key, &d->key);
	g_queue_unlink(&t->by_age, &d->link);
	t->held -= datagram_cost(d);
}

static void free_replaced(struct ip_fragments *t)
{
	while (t->replaced.head != NULL)
		datagram_free(g_queue_pop_head_link(&t->replaced)->data);
}

void ip_fragments_clear(struct ip_fragments *t)
{
	free_replaced(t);
	while (t->by_age.head != NULL) {
		struct datagram *d = t->by_age.head->data;

		take_out(t, d);
		datagram_free(d);
	}
	g_hash_table_unref(t->by_key);
}

void ip_fragments_tick(struct ip_fragments *t, uint64_t frames, int64_t time_ns)
{
	t->now = frames;
	t->now_ns = time_ns;
}

static bool is_joined(const struct datagram *d)
{
	return d->bytes != NULL;
}

static struct datagram *begin(struct ip_fragments *t, const struct datagram_key *key)
{
	struct datagram *d = datagram_new(key);

	d->since = t->now;
	d->since_ns = t->now_ns;
	g_hash_table_insert(t->by_key, &d->key, d);
	g_queue_push_tail_link(&t->by_age, &d->link);
	t->held += datagram_cost(d);
	return d;
}

static void give_up(struct ip_fragments *t, struct datagram *d)
{
	take_out(t, d);
	t->given_up++;
	datagram_free(d);
}

static enum fragment_fate grow(struct ip_fragments *t, const struct packet *k, const struct origin *o, struct datagram *d)
{
	uint64_t before = datagram_cost(d), conflicts = d->conflicting;
	bool     is_sane = datagram_add(d, &k->fragment, k->rest, o);

	d->layers = MAX(d->layers, k->layers);
	t->conflicting += d->conflicting - conflicts;
	if (is_sane && datagram_is_whole(d))
		datagram_join(d);
	t->held = t->held - before + datagram_cost(d);
	if (!is_sane)
		give_up(t, d);
	else if (is_joined(d))
		t->whole++;
	return is_sane && is_joined(d) ? FRAGMENT_WHOLE : FRAGMENT_WAITS;
}

static bool mend(struct ip_fragments *t, const struct packet *k, const struct origin *o, struct datagram *d)
{
	uint64_t before = datagram_cost(d), conflicts = d->conflicting;
	bool     is_mended = datagram_mend(d, &k->fragment, k->rest, o);

	t->conflicting += d->conflicting - conflicts;
	t->held = t->held - before + datagram_cost(d);
	return is_mended;
}

enum fragment_fate ip_fragments_add(struct ip_fragments *t, const struct packet *k, const struct segment *s,
                                    const struct origin *o, struct datagram **d)
{
	struct datagram_key key = key_of(t, k, s);

	*d = g_hash_table_lookup(t->by_key, &key);
	if (*d != NULL && is_joined(*d)) {
		if (datagram_has(*d, &k->fragment, k->rest, o))
			return FRAGMENT_AGAIN;
		if (mend(t, k, o, *d))
			return FRAGMENT_WHOLE;
		take_out(t, *d); /* its number is used anew: perhaps by a fragment inside itself */
		g_queue_push_tail_link(&t->replaced, &(*d)->link);
		*d = NULL;
	}
	if (*d == NULL)
		*d = begin(t, &key);
	return grow(t, k, o, *d);
}

static bool is_old(const struct ip_fragments *t, const struct datagram *d)
{
	if (t->now_ns != BITS_TIME_UNKNOWN && d->since_ns != BITS_TIME_UNKNOWN)
		return t->now_ns - d->since_ns > FRAGMENTS_PATIENCE_NS;
	return t->now - d->since > FRAGMENTS_PATIENCE_FRAMES;
}

struct datagram *ip_fragments_overdue(struct ip_fragments *t, bool all)
{
	free_replaced(t);
	while (t->by_age.head != NULL) {
		struct datagram *d = t->by_age.head->data;

		if (!all && t->by_age.length <= t->limits.datagrams && t->held <= t->limits.held && !is_old(t, d))
			return NULL;
		take_out(t, d);
		if (!is_joined(d)) {
			t->given_up++;
			datagram_join(d);
			return d;
		}
		datagram_free(d);
	}
	return NULL;
}
