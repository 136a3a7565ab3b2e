/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fragments.c - IP fragments in any order, cut, twice, overlapping, of a few datagrams; the table's books are kept.
 *
 * Input: for each fragment: a byte that chooses the datagram and whether others follow, one of its place, two of its
 * length and how much of it was captured, then its bytes. */
#include "fuzz/fuzz.h"
#include "wire/ip_fragments.h"

static void check(const struct ip_fragments *t)
{
	uint64_t held = 0;

	for (GList *l = t->by_age.head; l != NULL; l = l->next)
		held += datagram_cost(l->data);
	g_assert(held == t->held && g_hash_table_size(t->by_key) == t->by_age.length);
}

/* Each span lies behind the one before, and its bytes are there. */
static void walk(const struct datagram *d)
{
	struct rest      r = datagram_rest(d);
	struct origin    o = { .datagram = d };
	struct span      s;

	for (uint32_t done = 0; origin_span(&o, r.p + done, 65536 - done, &s); done = (uint32_t)(s.p - r.p) + s.n) {
		g_assert(s.p >= r.p + done && s.n > 0 && s.where.frame > 0);
		fuzz_touch(s.p, s.n);
		g_assert(datagram_is_contested(d, s.p, s.n) == s.is_contested);
	}
}

static void give_up(struct ip_fragments *t, bool all)
{
	struct datagram *d;

	while ((d = ip_fragments_overdue(t, all)) != NULL) {
		walk(d);
		datagram_free(d);
	}
}

static void add(struct ip_fragments *t, struct dice *d, uint32_t number)
{
	unsigned       what = dice_8(d), place = dice_8(d), length = dice_8(d), lacks = dice_8(d);
	size_t         n = length > lacks ? length - lacks : 0;
	const uint8_t *bytes = dice_bytes(d, &n);
	struct frame   f = { .number = number, .order = number, .bytes = bytes, .caplen = (uint32_t)n, .wirelen = length,
		             .time_ns = number * INT64_C(1000000) };
	struct packet  k = { .layers = 1, .rest = { bytes, (uint32_t)n, length } };
	struct segment s = { .src.addr.family = what & 2 ? 6 : 4, .dst.addr.family = what & 2 ? 6 : 4 };
	struct origin  o = { .frame = &f };
	struct datagram *whole;

	k.fragment = (struct ip_fragment){ .id = what >> 4, .offset = place * 8, .proto = 6, .more = what & 1 };
	if (ip_fragments_add(t, &k, &s, &o, &whole) != FRAGMENT_WAITS)
		walk(whole);
	check(t);
	ip_fragments_tick(t, number, f.time_ns);
	give_up(t, false);
	check(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dice         d = dice_of(data, size);
	struct ip_fragments t;
	uint32_t            number = 0;

	ip_fragments_init(&t, &(struct ip_fragments_limits){ .datagrams = 8, .held = 8192 });
	while (dice_has(&d))
		add(&t, &d, ++number);
	give_up(&t, true);
	g_assert(t.held == 0);
	ip_fragments_clear(&t);
	return 0;
}
