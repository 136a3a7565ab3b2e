/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_digest.c - block digests, kept compactly: accepted blocks lie in pages of 512, one page for 2 MiB of file; those of the
 * first 2 MiB in smaller ones, because most files are small. */
#include "core/bits_digest.h"

#include <string.h>

#include "core/bits_hash.h"

#define FIRST_BLOCKS 16  /* of the first page; the next ones double what there is ...    */
#define PAGE_BLOCKS  512 /* ... up to so many, and then all have as many                 */
#define RAGGED_MAX   4096

struct piece {
	struct bits_range range;
	uint64_t          digest;
};

struct bits_digester {
	uint64_t      seed;
	XXH3_state_t *state;      /* NULL: no piece is under way                    */
	uint64_t      from, next; /* the piece under way: [from, next)              */
	GArray       *pieces;     /* of struct piece, rising; owned                 */
	guint         first;      /* of them, that is not accepted yet              */
	uint64_t     *books;      /* of all digests                                 */
	uint64_t      left_out;   /* pieces that found no room                      */
};

/* Offsets are the client's word, so that where a page lies in the table must not be. */
struct page_key {
	guint    hash;
	uint64_t first; /* number of its first block */
};

struct page {
	struct page_key key;
	size_t          n;        /* blocks                */
	uint64_t        digest[]; /* of each; 0: not known */
};

struct bits_digests {
	GHashTable *pages;  /* &key -> struct page; owned                                    */
	GArray     *ragged; /* of struct piece; the latest RAGGED_MAX, as a ring; owned      */
	guint       oldest; /* index in the ring, once it is full                           */
	uint64_t    seed;   /* of the table                                                 */
	uint64_t   *books;  /* bytes of all digests, those of other files too ...           */
	uint64_t    held;   /* ... and of these                                             */
	bool        lacks_some; /* the cap bit                                              */
};

struct bits_digester *bits_digester_new(uint64_t seed, uint64_t *books)
{
	struct bits_digester *g = g_new0(struct bits_digester, 1);

	g->seed = seed;
	g->books = books;
	g->pieces = g_array_new(false, false, sizeof(struct piece));
	return g;
}

void bits_digester_free(struct bits_digester *g)
{
	if (g == NULL)
		return;
	*g->books -= (g->pieces->len - g->first) * sizeof(struct piece);
	XXH3_freeState(g->state);
	g_array_unref(g->pieces);
	g_free(g);
}

static bool take_room(uint64_t *books, uint64_t size)
{
	bool has_room = size <= BITS_DIGESTS_MAX && *books <= BITS_DIGESTS_MAX - size;

	*books += has_room ? size : 0;
	return has_room;
}

/* The piece under way is over. */
static void end_piece(struct bits_digester *g)
{
	struct piece piece = { { g->from, g->next }, 0 };

	if (g->from == g->next)
		return;
	piece.digest = XXH3_64bits_digest(g->state) | 1; /* never 0, which means unknown */
	if (take_room(g->books, sizeof piece))
		g_array_append_val(g->pieces, piece);
	else
		g->left_out++;
	XXH3_64bits_reset_withSeed(g->state, g->seed);
	g->from = g->next;
}

/* A state is larger than all else that is kept of a body: one that is over has none. */
void bits_digester_flush(struct bits_digester *g)
{
	end_piece(g);
	g_clear_pointer(&g->state, XXH3_freeState);
}

static void begin_piece(struct bits_digester *g)
{
	if (g->state != NULL)
		return;
	g->state = XXH3_createState();
	XXH3_64bits_reset_withSeed(g->state, g->seed);
}

void bits_digester_add(struct bits_digester *g, uint64_t offset, struct bits_str data)
{
	begin_piece(g);
	if (offset != g->next) {
		end_piece(g);
		g->from = g->next = offset;
	}
	while (data.n > 0) {
		size_t n = MIN(data.n, BITS_DIGEST_BLOCK - g->next % BITS_DIGEST_BLOCK);

		XXH3_64bits_update(g->state, data.p, n);
		g->next += n;
		data.p += n;
		data.n -= n;
		if (g->next % BITS_DIGEST_BLOCK == 0)
			end_piece(g);
	}
}

static guint hash_page(gconstpointer p)
{
	return ((const struct page_key *)p)->hash;
}

static gboolean same_page(gconstpointer a, gconstpointer b)
{
	return ((const struct page_key *)a)->first == ((const struct page_key *)b)->first;
}

static struct page_key page_key(const struct bits_digests *s, uint64_t first)
{
	return (struct page_key){ (guint)bits_hash(s->seed, &first, sizeof first), first };
}

struct bits_digests *bits_digests_new(uint64_t seed, uint64_t *books)
{
	struct bits_digests *s = g_new0(struct bits_digests, 1);

	s->seed = seed;
	s->books = books;
	s->pages = g_hash_table_new_full(hash_page, same_page, NULL, g_free);
	s->ragged = g_array_new(false, false, sizeof(struct piece));
	return s;
}

void bits_digests_free(struct bits_digests *s)
{
	if (s == NULL)
		return;
	*s->books -= s->held;
	g_hash_table_unref(s->pages);
	g_array_unref(s->ragged);
	g_free(s);
}

/* [0, 16), [16, 32), [32, 64) ... [256, 512), [512, 1024), [1024, 1536) ... */
static struct bits_range page_around(uint64_t block)
{
	struct bits_range r = { 0, FIRST_BLOCKS };

	if (block >= PAGE_BLOCKS)
		return (struct bits_range){ block - block % PAGE_BLOCKS, block - block % PAGE_BLOCKS + PAGE_BLOCKS };
	while (block >= r.to)
		r = (struct bits_range){ r.to, 2 * r.to };
	return r;
}

static bool has_room(struct bits_digests *s, uint64_t size)
{
	if (!take_room(s->books, size)) {
		s->lacks_some = true;
		return false;
	}
	s->held += size;
	return true;
}

/* NULL when the cap bites. */
static struct page *add_page(struct bits_digests *s, struct page_key key, size_t n)
{
	size_t       size = sizeof(struct page) + n * sizeof(uint64_t);
	struct page *page;

	if (!has_room(s, size))
		return NULL;
	page = g_malloc0(size);
	page->key = key;
	page->n = n;
	g_hash_table_insert(s->pages, &page->key, page);
	return page;
}

/* The place of a whole block's digest; NULL when the cap bites. */
static uint64_t *block_slot(struct bits_digests *s, uint64_t block)
{
	struct bits_range blocks = page_around(block);
	struct page_key   key = page_key(s, blocks.from);
	struct page      *page = g_hash_table_lookup(s->pages, &key);

	if (page == NULL)
		page = add_page(s, key, (size_t)(blocks.to - blocks.from));
	return page != NULL ? &page->digest[block - blocks.from] : NULL;
}

/* True if it differs from what is known; otherwise it is known now, if there is room: else it counts in *left_out. */
static bool block_differs(struct bits_digests *s, const struct piece *p, uint64_t *left_out)
{
	uint64_t *slot = block_slot(s, p->range.from / BITS_DIGEST_BLOCK);

	if (slot == NULL) {
		(*left_out)++;
		return false;
	}
	if (*slot == 0)
		*slot = p->digest;
	return *slot != p->digest;
}

static bool ragged_differs(struct bits_digests *s, const struct piece *p, uint64_t *left_out)
{
	for (guint i = 0; i < s->ragged->len; i++) {
		const struct piece *known = &g_array_index(s->ragged, struct piece, i);

		if (known->range.from == p->range.from && known->range.to == p->range.to)
			return known->digest != p->digest;
	}
	if (s->ragged->len < RAGGED_MAX && has_room(s, sizeof *p)) {
		g_array_append_val(s->ragged, *p);
		return false;
	}
	if (s->ragged->len < RAGGED_MAX) {
		(*left_out)++;
		return false;
	}
	g_array_index(s->ragged, struct piece, s->oldest) = *p;
	s->oldest = (s->oldest + 1) % RAGGED_MAX;
	return false;
}

static bool is_whole_block(struct bits_range r)
{
	return r.from % BITS_DIGEST_BLOCK == 0 && r.to - r.from == BITS_DIGEST_BLOCK;
}

/* The next one within [.., below). */
static bool take_piece(struct bits_digester *g, uint64_t below, struct piece *p)
{
	if (g->first == g->pieces->len)
		return false;
	*p = g_array_index(g->pieces, struct piece, g->first);
	if (p->range.to > below)
		return false;
	g->first++;
	*g->books -= sizeof *p;
	return true;
}

/* What was taken gives its room back when it is half of all. */
static void drop_taken(struct bits_digester *g)
{
	if (g->first == 0 || g->first < g->pieces->len / 2)
		return;
	g_array_remove_range(g->pieces, 0, g->first);
	g->first = 0;
}

uint64_t bits_digests_accept(struct bits_digests *s, struct bits_digester *g, uint64_t below, struct bits_ranges *conflicts)
{
	uint64_t     left_out = g->left_out;
	struct piece p;

	g->left_out = 0;
	s->lacks_some |= left_out > 0;
	while (take_piece(g, below, &p))
		if (is_whole_block(p.range) ? block_differs(s, &p, &left_out) : ragged_differs(s, &p, &left_out))
			bits_ranges_add(conflicts, p.range);
	drop_taken(g);
	return left_out;
}

static bool pages_equal(const struct bits_digests *a, const struct bits_digests *b)
{
	GHashTableIter iter;
	gpointer       value;

	if (a->lacks_some || b->lacks_some || g_hash_table_size(a->pages) != g_hash_table_size(b->pages))
		return false;
	g_hash_table_iter_init(&iter, a->pages);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct page *page = value, *other;
		struct page_key    key = page_key(b, page->key.first);

		other = g_hash_table_lookup(b->pages, &key);

		if (other == NULL || memcmp(page->digest, other->digest, page->n * sizeof page->digest[0]) != 0)
			return false;
	}
	return true;
}

static bool pieces_equal(const struct piece *a, const struct piece *b)
{
	return a->range.from == b->range.from && a->range.to == b->range.to && a->digest == b->digest;
}

bool bits_digests_equal(const struct bits_digests *a, const struct bits_digests *b)
{
	if (a == NULL || b == NULL || a->ragged->len != b->ragged->len || !pages_equal(a, b))
		return false;
	for (guint i = 0; i < a->ragged->len; i++)
		if (!pieces_equal(&g_array_index(a->ragged, struct piece, i), &g_array_index(b->ragged, struct piece, i)))
			return false;
	return a->ragged->len + g_hash_table_size(a->pages) > 0;
}
