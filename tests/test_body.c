/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_body.c - copies of bytes, settled in any order, against a plain model with one cell a byte. */
#include "cli/body.h"

#include <stdlib.h>
#include <string.h>

#include "cli/body_copy.h"
#include "tests/cm.h"

#define COPIES 7U
#define BODIES 3U

/* What is known of one copy of a byte. */
enum { HAS = 1, KEPT = 2, REFUSED = 4, LET_GO = 8 };

struct model {
	uint64_t size;
	uint8_t *final, *copy[COPIES];
	uint8_t *fate[COPIES]; /* HAS, KEPT, REFUSED, LET_GO of each byte */
	unsigned *last;        /* of those that were let go: 1 + the copy of the latest; 0: none */
	bool    *accepted, *conflict;
	/* as it was told */
	uint64_t *owner; /* number of the exchange; 0: nobody */
	bool     *is_owned_for_good;
};

/* One with a file, one without, and one without that forgets too soon. */
enum { KEEPS, HASHES, FORGETS };

struct plan {
	struct bits_range r;
	uint64_t sent;
	bool     over, let_go;
};

static struct model *model_new(uint64_t size)
{
	struct model *m = g_new0(struct model, 1);

	m->size = size;
	m->final = g_malloc0(size);
	m->accepted = g_new0(bool, size);
	m->conflict = g_new0(bool, size);
	m->last = g_new0(unsigned, size);
	m->owner = g_new0(uint64_t, size);
	m->is_owned_for_good = g_new0(bool, size);
	for (unsigned c = 0; c < COPIES; c++) {
		m->copy[c] = g_malloc0(size);
		m->fate[c] = g_malloc0(size);
	}
	return m;
}

static void model_free(struct model *m)
{
	for (unsigned c = 0; c < COPIES; c++) {
		g_free(m->copy[c]);
		g_free(m->fate[c]);
	}
	g_free(m->final);
	g_free(m->accepted);
	g_free(m->conflict);
	g_free(m->last);
	g_free(m->owner);
	g_free(m->is_owned_for_good);
	g_free(m);
}

/* A byte that is there and was accepted is in the file, or in conflict with one that was accepted before. */
static void model_set(struct model *m, unsigned c, uint64_t i, unsigned fate)
{
	m->fate[c][i] |= (uint8_t)fate;
	if ((m->fate[c][i] & (HAS | KEPT)) != (HAS | KEPT))
		return;
	if (!m->accepted[i]) {
		m->accepted[i] = true;
		m->final[i] = m->copy[c][i];
	} else if (m->final[i] != m->copy[c][i]) {
		m->conflict[i] = true;
	}
}

static bool model_byte(const struct model *m, uint64_t i, uint8_t *v)
{
	if (m->accepted[i]) {
		*v = m->final[i];
		return true;
	}
	for (unsigned c = COPIES; c-- > 0;) {
		if (m->fate[c][i] != HAS)
			continue;
		*v = m->copy[c][i];
		return true;
	}
	if (m->last[i])
		*v = m->copy[m->last[i] - 1][i];
	return m->last[i];
}

/* Nothing settles that copy any more. */
static void let_one_go(struct model *m, struct plan *p, unsigned c, struct body *bodies[BODIES])
{
	for (uint64_t i = p->r.from; i < p->r.to; i++) {
		if (m->fate[c][i] == HAS) {
			m->last[i] = c + 1;
			m->fate[c][i] |= LET_GO;
		}
	}
	p->let_go = true;
	for (unsigned b = 0; b < BODIES; b++)
		body_let_go(bodies[b], c + 1);
}

static void note_owner(uint64_t number, struct bits_range r, bool accepted, void *user)
{
	struct model *m = user;

	for (uint64_t i = r.from; i < r.to; i++) {
		assert_false(accepted && m->is_owned_for_good[i]);
		m->owner[i] = m->is_owned_for_good[i] ? m->owner[i] : number;
		m->is_owned_for_good[i] |= accepted;
	}
}

/* Whoever is said to own a byte brought it, and it is the byte. */
static void check_owners(const char *seed, const struct model *m)
{
	for (uint64_t i = 0; i < m->size; i++) {
		uint8_t want;
		bool is = model_byte(m, i, &want);
		const uint64_t c = m->owner[i] - 1;

		expect_in_row(seed, !is || (m->owner[i] > 0 && (m->fate[c][i] & HAS) && m->copy[c][i] == want));
		expect_in_row(seed, m->accepted[i] == m->is_owned_for_good[i]);
	}
}

static void send_some(GRand *g, struct model *m, struct plan *p, unsigned c, struct body *bodies[BODIES])
{
	uint64_t n = (uint64_t)g_rand_int_range(g, 1, (gint32)(m->size / 6)), at = p->r.from + p->sent;

	n = MIN(n, p->r.to - at);
	for (uint64_t i = at; i < at + n; i++)
		model_set(m, c, i, HAS);
	for (unsigned b = 0; b < BODIES; b++)
		body_bytes(bodies[b], c + 1, at, (struct bits_str){ (char *)m->copy[c] + at, n });
	p->sent += n;
	if (p->r.from + p->sent == p->r.to && g_rand_boolean(g)) {
		p->over = true;
		for (unsigned b = 0; b < BODIES; b++)
			body_over(bodies[b], c + 1);
	}
}

static void settle_some(GRand *g, struct model *m, struct plan *p, unsigned c, struct body *bodies[BODIES])
{
	struct bits_range r = p->r;
	bool kept = g_rand_int_range(g, 0, 3) > 0;

	if (g_rand_int_range(g, 0, 3) == 0) {
		r.from = (uint64_t)g_rand_int_range(g, (gint32)p->r.from, (gint32)p->r.to);
		r.to = (uint64_t)g_rand_int_range(g, (gint32)r.from, (gint32)p->r.to) + 1;
	}
	for (uint64_t i = r.from; i < r.to; i++)
		if (m->fate[c][i] & (KEPT | REFUSED))
			return; /* settled once, for good */
	for (uint64_t i = r.from; i < r.to; i++)
		model_set(m, c, i, kept ? KEPT : REFUSED);
	for (unsigned b = 0; b < BODIES; b++)
		body_settled(bodies[b], c + 1, r, kept, p->over);
}

static void fill(GRand *g, struct model *m, struct plan plans[COPIES])
{
	bool same = g_rand_int_range(g, 0, 4) > 0;

	for (uint64_t i = 0; i < m->size; i++)
		m->copy[0][i] = (uint8_t)g_rand_int(g);
	for (unsigned c = 1; c < COPIES; c++)
		memcpy(m->copy[c], m->copy[0], m->size);
	for (unsigned c = 0; c < COPIES; c++) {
		gint32 size = (gint32)m->size, from = g_rand_int_range(g, 0, 5) ? g_rand_int_range(g, 0, size - 1) : 0;

		plans[c] = (struct plan){ { (uint64_t)from, (uint64_t)g_rand_int_range(g, from + 1, size + 1) },
					  0, false, false };
		for (int k = 0; k < 3 && !same; k++)
			m->copy[c][g_rand_int_range(g, 0, size)] ^= 1;
	}
}

/* Main holds what was accepted, and what an open copy or the unanswered one has there: nothing else.  What that one has
 * aside is other than what it has there. */
static void check_held(const char *seed, const struct body *b)
{
	g_auto(ranges) held = { 0 }, told = holds_inside(&b->held, (struct bits_range){ 0, UINT64_MAX });

	bits_ranges_add_all(&held, &b->unanswered->in_main);
	for (guint i = 0; i < b->copies->len; i++)
		bits_ranges_add_all(&held, &body_copies_at(b->copies, i)->in_main);
	ranges_remove_all(&held, &b->accepted);
	expect_in_row(seed, bits_ranges_total(&held) == bits_ranges_total(&told));
	for (size_t i = 0; i < bits_ranges_count(&b->unanswered->aside); i++)
		expect_in_row(seed, !bits_ranges_overlaps(&b->unanswered->in_main, bits_ranges_get(&b->unanswered->aside, i)));
	for (size_t i = 0; i < bits_ranges_count(&held); i++)
		expect_in_row(seed, bits_ranges_covers(&told, bits_ranges_get(&held, i)));
	bits_ranges_add_all(&held, &b->accepted);
	expect_in_row(seed, bits_ranges_total(&held) == bits_ranges_total(&b->occupied));
}

static void check_bytes(const char *seed, const struct model *m, struct body *b)
{
	g_autofree uint8_t *have = g_malloc0(m->size);

	if (b->keeps)
		expect_in_row(seed, medium_read(b->main, 0, have, m->size, NULL));
	for (uint64_t i = 0; i < m->size; i++) {
		struct bits_range r = { i, i + 1 };
		uint8_t want;
		bool is = model_byte(m, i, &want);

		expect_in_row(seed, is == bits_ranges_covers(&b->occupied, r));
		expect_in_row(seed, m->accepted[i] == bits_ranges_covers(&b->accepted, r));
		expect_in_row(seed, !b->keeps || m->conflict[i] == bits_ranges_covers(&b->conflicts, r));
		expect_in_row(seed, !b->keeps || !is || have[i] == want);
	}
}

/* Gives whether the hash was known; then it must be right. */
static bool check_digest(const char *seed, const struct model *m, struct body *b)
{
	g_autofree uint8_t *bytes = g_malloc0(m->size);
	char want[DIGEST_HEX], have[DIGEST_HEX];
	uint8_t digest[32];
	uint64_t n = 0;

	while (n < m->size && model_byte(m, n, &bytes[n]))
		n++;
	gcry_md_hash_buffer(GCRY_MD_SHA256, digest, bytes, n);
	digest_hex_of(digest, want);
	if (!body_digest(b, n, have))
		return false;
	expect_in_row(seed, strcmp(want, have) == 0);
	return true;
}

static bool one_round(uint32_t seed, uint64_t size, uint64_t window)
{
	g_autofree char *name = g_strdup_printf("SEED=%u", seed);
	GRand *g = g_rand_new_with_seed(seed);
	struct model *m = model_new(size);
	struct plan plans[COPIES];
	struct body_room room = { 0 };
	struct bench bench = { 0 };
	struct spool spool;
	struct body *bodies[BODIES];
	bool known = true, lets_go = g_rand_boolean(g);

	spool_init(&spool, g_get_tmp_dir());
	for (unsigned b = 0; b < BODIES; b++)
		bodies[b] = body_new(spool_leaf_new(&spool, &bench), &spool, &room, b == KEEPS);
	bodies[FORGETS]->window = window;
	for (unsigned b = 0; b < BODIES; b++)
		bodies[b]->shreds = (unsigned)g_rand_int_range(g, 0, 3);
	bodies[KEEPS]->owned = note_owner;
	bodies[KEEPS]->user = m;
	fill(g, m, plans);
	for (int step = 0; step < 60; step++) {
		unsigned c = (unsigned)g_rand_int_range(g, 0, MIN(step / 4 + 1, (int)COPIES));

		if (lets_go && g_rand_int_range(g, 0, 12) == 0)
			let_one_go(m, &plans[c], c, bodies);
		else if (plans[c].r.from + plans[c].sent < plans[c].r.to && g_rand_int_range(g, 0, 3))
			send_some(g, m, &plans[c], c, bodies);
		else if (!plans[c].let_go)
			settle_some(g, m, &plans[c], c, bodies);
		for (unsigned b = 0; b < BODIES; b++)
			check_held(name, bodies[b]);
	}
	for (unsigned b = 0; b < BODIES; b++) {
		body_end(bodies[b]);
		check_bytes(name, m, bodies[b]);
		known = check_digest(name, m, bodies[b]);
		expect_in_row(name, known || b == FORGETS);
		if (b == KEEPS)
			check_owners(name, m);
		body_free(bodies[b]);
	}
	spool_clear(&spool);
	model_free(m);
	g_rand_free(g);
	return known;
}

/* SEED=n repeats the round that a failure names. */
static uint32_t rounds(uint32_t all, uint32_t *first)
{
	*first = getenv("SEED") ? (uint32_t)atoi(getenv("SEED")) : 1;
	return getenv("SEED") ? 1 : all;
}

static void any_order_of_copies_and_answers_gives_the_bytes_of_the_model(void **state)
{
	uint32_t first, n = rounds(500, &first);

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		one_round(first + i, 9000, 700);
}

/* Slots of the spool are given back and used again under the bytes of others. */
static void a_window_too_small_costs_the_hash_but_never_its_truth(void **state)
{
	uint32_t first, n = rounds(25, &first), known = 0;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		known += one_round(first + i, 500000, 70000);
	assert_true(n == 1 || known > n / 4);
}

/* What is settled costs merged ranges only, whatever was sent. */
static void nothing_but_ranges_stays_of_settled_fragments(void **state)
{
	static uint8_t data[65536];
	struct body_room room = { 0 };
	struct bench bench = { 0 };
	struct spool spool;
	struct body *b;

	(void)state;
	spool_init(&spool, g_get_tmp_dir());
	b = body_new(spool_leaf_new(&spool, &bench), &spool, &room, false);
	for (uint64_t i = 0; i < 1000; i++) {
		body_bytes(b, i + 1, i * sizeof(data), (struct bits_str){ (char *)data, sizeof(data) });
		body_over(b, i + 1);
		body_settled(b, i + 1, (struct bits_range){ i * sizeof(data), (i + 1) * sizeof(data) }, true, true);
	}
	assert_int_equal(b->copies->len, 0);
	assert_int_equal(b->lane.marks->len, 0);
	assert_int_equal(bits_ranges_count(&b->accepted), 1);
	assert_true(spool.slots < 4);
	body_free(b);
	spool_clear(&spool);
}

static void a_long_fragment_keeps_no_more_than_its_window(void **state)
{
	static uint8_t data[65536];
	struct body_room room = { 0 };
	struct bench bench = { 0 };
	struct spool spool;
	struct body *b;
	uint64_t n = 40 * BODY_WINDOW / sizeof(data);
	char hex[DIGEST_HEX];

	(void)state;
	spool_init(&spool, g_get_tmp_dir());
	b = body_new(spool_leaf_new(&spool, &bench), &spool, &room, false);
	for (uint64_t i = 0; i < n; i++)
		body_bytes(b, 1, i * sizeof(data), (struct bits_str){ (char *)data, sizeof(data) });
	assert_true(spool.slots * (uint64_t)MEDIUM_PIECE <= 3 * BODY_WINDOW);
	body_end(b);
	assert_true(body_digest(b, n * sizeof(data), hex));
	body_free(b);
	spool_clear(&spool);
}

/* An offset is the client's word: bytes far away wait aside, and do the file no harm when they are refused. */
static void refused_bytes_far_away_do_no_harm(void **state)
{
	static const struct bits_range far = { UINT64_C(1) << 40, (UINT64_C(1) << 40) + 1 };
	struct body_room room = { 0 };
	struct bench bench = { 0 };
	struct spool spool;
	struct body *b;
	char hex[DIGEST_HEX];

	(void)state;
	spool_init(&spool, g_get_tmp_dir());
	b = body_new(spool_leaf_new(&spool, &bench), &spool, &room, true);
	body_bytes(b, 1, 0, BITS_STR("abc"));
	body_settled(b, 1, (struct bits_range){ 0, 3 }, true, true);
	body_bytes(b, 2, far.from, BITS_STR("z"));
	body_settled(b, 2, far, false, true);
	body_bytes(b, 3, 3, BITS_STR("def"));
	body_settled(b, 3, (struct bits_range){ 3, 6 }, true, true);
	body_end(b);
	assert_null(b->error);
	assert_int_equal(body_length(b), 6);
	assert_true(body_digest(b, 6, hex));
	assert_string_equal(hex, "bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721");
	body_free(b);
	spool_clear(&spool);
}

/* Blocks and pages begin at multiples; behind the last byte there is none. */
static void two_copies_of_the_last_byte_there_can_be(void **state)
{
	const uint64_t at = UINT64_MAX - 2;
	struct body_room room = { 0 };
	struct bench bench = { 0 };
	struct spool spool;
	struct body *b;

	(void)state;
	spool_init(&spool, g_get_tmp_dir());
	b = body_new(spool_leaf_new(&spool, &bench), &spool, &room, false);
	body_bytes(b, 1, at, BITS_STR("x"));
	body_bytes(b, 2, at, BITS_STR("y"));
	body_settled(b, 2, (struct bits_range){ at, at + 1 }, false, true);
	body_end(b);
	assert_null(b->error);
	assert_int_equal(body_length(b), at + 1);
	body_free(b);
	spool_clear(&spool);
}

/* However many were let go, and whether they were alike: the unanswered copy holds a byte once. */
static void what_was_let_go_is_held_once(void **state)
{
	static const char *const copies[] = { "aaaa", "aaaa", "bbbb", "aabb", "bbbb" };
	const struct bits_range all = { 0, 4 };
	g_auto(ranges) freed = { 0 };
	struct body_room room = { 0 };
	struct bench bench = { 0 };
	struct spool spool;
	struct body *b;

	(void)state;
	spool_init(&spool, g_get_tmp_dir());
	b = body_new(spool_leaf_new(&spool, &bench), &spool, &room, true);
	for (unsigned i = 0; i < G_N_ELEMENTS(copies); i++)
		body_bytes(b, i + 1, 0, bits_str_of(copies[i]));
	for (unsigned i = 0; i < G_N_ELEMENTS(copies); i++) {
		body_let_go(b, i + 1);
		check_held(copies[i], b);
	}
	holds_take(&b->held, all, &freed);
	assert_true(bits_ranges_covers(&freed, all));
	body_free(b);
	spool_clear(&spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order_of_copies_and_answers_gives_the_bytes_of_the_model),
		cmocka_unit_test(a_window_too_small_costs_the_hash_but_never_its_truth),
		cmocka_unit_test(nothing_but_ranges_stays_of_settled_fragments),
		cmocka_unit_test(a_long_fragment_keeps_no_more_than_its_window),
		cmocka_unit_test(refused_bytes_far_away_do_no_harm),
		cmocka_unit_test(two_copies_of_the_last_byte_there_can_be),
		cmocka_unit_test(what_was_let_go_is_held_once),
	};

	gcry_check_version(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
