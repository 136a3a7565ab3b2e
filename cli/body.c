/* SPDX-License-Identifier: GPL-2.0-or-later */
/* body.c - a copy of a byte is provisional until an answer settles it, and two copies may differ: what is in the file
 * must not depend on which of them happened to be written last. */
#include "cli/body.h"

#include <string.h>

#include "cli/body_copy.h"
#include "cli/ranges.h"

#define BLOCK 4096U /* bytes: copies are compared, and put aside, by aligned blocks */

struct body *body_new(struct medium *main, struct spool *spool, struct body_room *room, bool keeps)
{
	struct body *b = g_new0(struct body, 1);

	b->main = main;
	b->spool = spool;
	b->keeps = keeps;
	b->room = room;
	b->window = BODY_WINDOW;
	b->shreds = BODY_SHREDS;
	b->copies = body_copies_new();
	b->unanswered = body_copy_new(0);
	digest_lane_init(&b->lane, &room->lanes);
	return b;
}

void body_free(struct body *b)
{
	if (b == NULL)
		return;
	b->room->conflicts -= bits_ranges_count(&b->conflicts);
	b->room->copies -= b->n_conflicts;
	g_ptr_array_unref(b->copies);
	body_copy_free(b->unanswered);
	medium_free(b->displaced);
	medium_free(b->main);
	digest_lane_clear(&b->lane);
	bits_ranges_clear(&b->accepted);
	bits_ranges_clear(&b->occupied);
	holds_clear(&b->held);
	bits_ranges_clear(&b->was_displaced);
	bits_ranges_clear(&b->retired);
	bits_ranges_clear(&b->conflicts);
	g_clear_error(&b->error);
	g_free(b);
}

/* The world's failures: the first one is kept and nothing more is tried. */

static bool put(struct body *b, struct medium *m, uint64_t offset, const uint8_t *p, size_t n)
{
	return b->error == NULL && medium_write(m, offset, p, n, &b->error);
}

static bool get(struct body *b, struct medium *m, uint64_t offset, uint8_t *p, size_t n)
{
	return b->error == NULL && medium_read(m, offset, p, n, &b->error);
}

static void wipe(struct body *b, struct medium *m, struct bits_range r)
{
	if (b->error == NULL && !medium_clear(m, r, &b->error))
		b->unhashable = true;
}

/* Take the front of r off, as far as the end of an aligned block of `size` bytes. */
static struct bits_range next_piece(struct bits_range *r, uint64_t size)
{
	struct bits_range piece = { r->from, r->from + MIN(r->to - r->from, size - r->from % size) };

	r->from = piece.to;
	return piece;
}

static size_t length_of(struct bits_range r)
{
	return (size_t)(r.to - r.from);
}

static void move_bytes(struct body *b, struct medium *to, struct medium *from, struct bits_range r)
{
	uint8_t piece[MEDIUM_PIECE];

	while (!bits_range_is_empty(r)) {
		struct bits_range p = next_piece(&r, sizeof(piece));

		if (!get(b, from, p.from, piece, length_of(p)) || !put(b, to, p.from, piece, length_of(p)))
			return;
	}
}

/* Hashing */

/* Hash on from main up to `to`; all of it is there, unless it was retired. */
static void hash_on(struct body *b, uint64_t to)
{
	uint8_t piece[MEDIUM_PIECE];
	struct bits_range r = { b->lane.at, to };

	if (!bits_range_is_empty(r) && bits_ranges_overlaps(&b->retired, r))
		b->unhashable = true;
	while (!bits_range_is_empty(r) && !b->unhashable) {
		struct bits_range p = next_piece(&r, sizeof(piece));

		if (!get(b, b->main, p.from, piece, length_of(p)))
			b->unhashable = true;
		else
			digest_lane_add(&b->lane, piece, length_of(p));
	}
}

/* Without a file to keep, nobody will ask for these bytes again. */
static void retire(struct body *b, uint64_t to)
{
	uint64_t from = ranges_prefix(&b->retired);

	if (b->keeps || to <= from)
		return;
	bits_ranges_add(&b->retired, (struct bits_range){ 0, to });
	wipe(b, b->main, (struct bits_range){ from / MEDIUM_PIECE * MEDIUM_PIECE, to });
}

/* Accepted bytes at the front of the file are final: hash them, forget what only a change there would need. */
static void settle_front(struct body *b)
{
	uint64_t front = ranges_prefix(&b->accepted);

	if (b->unhashable)
		return;
	if (b->lane.at < front)
		hash_on(b, front);
	digest_lane_settle(&b->lane, front);
	retire(b, digest_lane_base(&b->lane, front));
}

/* In a long Fragment, a mark every now and then bounds what must be kept to go back. */
static void mark_window(struct body *b)
{
	uint64_t last = 0;

	digest_lane_mark_before(&b->lane, b->lane.at, &last);
	if (b->keeps || b->lane.at - last < b->window)
		return;
	digest_lane_mark(&b->lane);
	if (digest_lane_mark_before(&b->lane, b->lane.at - b->window, &last))
		retire(b, last);
}

/* Main got bytes where it had none. */
static void hash_new(struct body *b, struct body_copy *c, struct bits_range r, const uint8_t *p)
{
	if (b->lane.at != r.from || b->unhashable)
		return;
	if (!c->marked || b->lane.marks->len == 0)
		digest_lane_mark(&b->lane);
	c->marked = true;
	digest_lane_add(&b->lane, p, length_of(r));
	mark_window(b);
}

/* Main changed, or has a hole now. */
static void hash_changed(struct body *b, struct bits_range r)
{
	digest_lane_cut(&b->lane, r.from);
}

/* Bytes arrive */

static bool is_behind_long_hole(const struct body *b, struct bits_range r)
{
	uint64_t end = ranges_end(&b->occupied);

	return b->keeps && r.to > end && r.to - end > BODY_HOLE_MAX;
}

static void refuse_long_hole(struct body *b, struct bits_range r)
{
	if (b->error == NULL)
		g_set_error(&b->error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
			    "bytes at offset %" G_GUINT64_FORMAT " lie behind a hole too long for a file", r.from);
}

/* c's copy of r is in main. */
static void hold(struct body *b, struct body_copy *c, struct bits_range r)
{
	bits_ranges_add(&c->in_main, r);
	holds_add(&b->held, r);
}

static void put_aside(struct body *b, struct body_copy *c, struct bits_range r, const uint8_t *p)
{
	if (c->leaf == NULL)
		c->leaf = spool_leaf_new(b->spool, NULL);
	if (!put(b, c->leaf, r.from, p, length_of(r)))
		b->unhashable = true;
	bits_ranges_add(&c->aside, r);
}

/* r is free: this copy is what main has.  Far away it waits aside until the server has accepted it: offsets are the
 * client's word, and a refused one must do the file no harm. */
static void place(struct body *b, struct body_copy *c, struct bits_range r, const uint8_t *p)
{
	if (is_behind_long_hole(b, r)) {
		put_aside(b, c, r, p);
		return;
	}
	if (!put(b, b->main, r.from, p, length_of(r)))
		b->unhashable = true;
	hash_new(b, c, r, p);
	bits_ranges_add(&b->occupied, r);
	hold(b, c, r);
}

static bool same_as_main(struct body *b, struct bits_range r, const uint8_t *p)
{
	uint8_t have[BLOCK];

	return !bits_ranges_overlaps(&b->retired, r) && get(b, b->main, r.from, have, length_of(r)) &&
	       memcmp(have, p, length_of(r)) == 0;
}

/* Another copy of r (within one block) is in main; `final` says that it was accepted. */
static void compare(struct body *b, struct body_copy *c, struct bits_range r, const uint8_t *p, bool final)
{
	if (final && !b->keeps)
		return;
	if (!same_as_main(b, r, p))
		put_aside(b, c, r, p);
	else if (!final)
		hold(b, c, r);
}

/* Blocks of which many pieces are accepted would make as many pieces of each copy. */
static void compare_all(struct body *b, struct body_copy *c, struct bits_range r, const uint8_t *p)
{
	uint64_t start = r.from;

	while (!bits_range_is_empty(r)) {
		struct bits_range block = next_piece(&r, BLOCK);
		g_auto(ranges) final = ranges_inside(&b->accepted, block);
		g_auto(ranges) open = ranges_outside(&b->accepted, block);

		if (bits_ranges_count(&final) > b->shreds) {
			put_aside(b, c, block, p + (block.from - start));
			continue;
		}
		for (size_t i = 0; i < bits_ranges_count(&final); i++)
			compare(b, c, bits_ranges_get(&final, i), p + (bits_ranges_get(&final, i).from - start), true);
		for (size_t i = 0; i < bits_ranges_count(&open); i++)
			compare(b, c, bits_ranges_get(&open, i), p + (bits_ranges_get(&open, i).from - start), false);
	}
}

static void arrive_among(struct body *b, struct body_copy *c, struct bits_range r, const uint8_t *p)
{
	g_auto(ranges) taken = ranges_inside(&b->occupied, r);
	g_auto(ranges) vacant = ranges_outside(&b->occupied, r);

	for (size_t i = 0; i < bits_ranges_count(&vacant); i++)
		place(b, c, bits_ranges_get(&vacant, i), p + (bits_ranges_get(&vacant, i).from - r.from));
	for (size_t i = 0; i < bits_ranges_count(&taken); i++)
		compare_all(b, c, bits_ranges_get(&taken, i), p + (bits_ranges_get(&taken, i).from - r.from));
}

/* Nearly always nothing is there yet. */
static void arrive(struct body *b, struct body_copy *c, struct bits_range r, const uint8_t *p)
{
	if (bits_ranges_overlaps(&b->occupied, r))
		arrive_among(b, c, r, p);
	else
		place(b, c, r, p);
}

/* Bytes are accepted */

static void tell_owner(struct body *b, const struct body_copy *c, struct bits_range r, bool accepted)
{
	if (b->owned != NULL)
		b->owned(c->number, r, accepted, b->user);
}

/* c's copy of r is in main. */
static void accept_main(struct body *b, const struct body_copy *c, struct bits_range r)
{
	bits_ranges_add(&b->accepted, r);
	holds_drop(&b->held, r);
	tell_owner(b, c, r, true);
}

/* Main's bytes r give way.  Whoever has them there may come to be accepted too: then they are a conflict. */
static void save_displaced(struct body *b, struct bits_range r)
{
	g_auto(ranges) lost = holds_inside(&b->held, r);

	if (!b->keeps || b->copies->len < 2 || bits_ranges_count(&lost) == 0)
		return;
	if (b->displaced == NULL)
		b->displaced = spool_leaf_new(b->spool, NULL);
	for (size_t i = 0; i < bits_ranges_count(&lost); i++)
		move_bytes(b, b->displaced, b->main, bits_ranges_get(&lost, i));
	bits_ranges_add_all(&b->was_displaced, &lost);
}

/* Main takes r from c's leaf. */
static void replace_main(struct body *b, struct body_copy *c, struct bits_range r)
{
	if (is_behind_long_hole(b, r)) {
		refuse_long_hole(b, r);
		return;
	}
	move_bytes(b, b->main, c->leaf, r);
	bits_ranges_remove(&b->retired, r);
	bits_ranges_add(&b->occupied, r);
	hash_changed(b, r);
}

static bool list_conflict(struct body *b, uint64_t at)
{
	struct bits_range r = { at, at + 1 };
	size_t n = bits_ranges_count(&b->conflicts);

	if (!bits_ranges_have_room(&b->conflicts, r, b->room->conflicts < BODY_CONFLICTS_ALL ? BODY_CONFLICTS_MOST : 0))
		return false;
	bits_ranges_add(&b->conflicts, r);
	b->room->conflicts = b->room->conflicts - n + bits_ranges_count(&b->conflicts);
	return true;
}

/* Bytes of one block in which a later accepted copy differs; *unlisted: those of them that found no room in the list. */
static uint64_t note_differences(struct body *b, struct bits_range r, const uint8_t *have, const uint8_t *other,
				 uint64_t *unlisted)
{
	uint64_t n = 0;

	*unlisted = 0;
	for (uint64_t i = 0; i < r.to - r.from; i++) {
		if (have[i] == other[i])
			continue;
		n++;
		*unlisted += !list_conflict(b, r.from + i);
	}
	return n;
}

/* At its place, in a file of this copy; false: there are too many of those. */
static bool keep_conflict(struct body *b, struct body_copy *c, struct bits_range p, const uint8_t *other)
{
	if (c->conflicting == NULL && b->n_conflicts < BODY_COPIES_MOST && b->room->copies < BODY_COPIES_ALL) {
		c->conflicting = b->conflict_new(++b->n_conflicts, b->user);
		b->room->copies++;
	}
	if (c->conflicting != NULL)
		put(b, c->conflicting, p.from, other, length_of(p));
	return c->conflicting != NULL;
}

/* c's copy of r, which is in `from`, was accepted, but an earlier one is in the file. */
static void conflict(struct body *b, struct body_copy *c, struct medium *from, struct bits_range r)
{
	uint8_t have[BLOCK], other[BLOCK];

	while (!bits_range_is_empty(r)) {
		struct bits_range p = next_piece(&r, BLOCK);
		uint64_t differ, unlisted;

		if (!get(b, b->main, p.from, have, length_of(p)) || !get(b, from, p.from, other, length_of(p)))
			return;
		differ = note_differences(b, p, have, other, &unlisted);
		if (differ > 0 && b->conflict_new != NULL && !keep_conflict(b, c, p, other))
			unlisted = differ;
		b->unlisted += unlisted;
	}
}

static void accept_aside(struct body *b, struct body_copy *c, struct bits_range r)
{
	g_auto(ranges) again = ranges_inside(&b->accepted, r);
	g_auto(ranges) first = ranges_outside(&b->accepted, r);

	for (size_t i = 0; i < bits_ranges_count(&again) && b->keeps; i++)
		conflict(b, c, c->leaf, bits_ranges_get(&again, i));
	for (size_t i = 0; i < bits_ranges_count(&first); i++) {
		save_displaced(b, bits_ranges_get(&first, i));
		replace_main(b, c, bits_ranges_get(&first, i));
		accept_main(b, c, bits_ranges_get(&first, i));
	}
}

/* r was in main when another copy was accepted: its bytes, or others. */
static void accept_again(struct body *b, struct body_copy *c, struct bits_range r)
{
	g_auto(ranges) differs = ranges_inside(&b->was_displaced, r);

	for (size_t i = 0; i < bits_ranges_count(&differs); i++)
		conflict(b, c, b->displaced, bits_ranges_get(&differs, i));
}

static void accept_held(struct body *b, struct body_copy *c, struct bits_range r)
{
	g_auto(ranges) again = ranges_inside(&b->accepted, r);
	g_auto(ranges) first = ranges_outside(&b->accepted, r);

	for (size_t i = 0; i < bits_ranges_count(&again); i++)
		accept_again(b, c, bits_ranges_get(&again, i));
	for (size_t i = 0; i < bits_ranges_count(&first); i++)
		accept_main(b, c, bits_ranges_get(&first, i));
}

static void accept(struct body *b, struct body_copy *c, struct bits_range r)
{
	g_auto(ranges) in_main = ranges_inside(&c->in_main, r);
	g_auto(ranges) aside = ranges_inside(&c->aside, r);

	for (size_t i = 0; i < bits_ranges_count(&in_main); i++)
		accept_held(b, c, bits_ranges_get(&in_main, i));
	for (size_t i = 0; i < bits_ranges_count(&aside); i++)
		accept_aside(b, c, bits_ranges_get(&aside, i));
	bits_ranges_remove(&c->in_main, r);
	bits_ranges_remove(&c->aside, r);
	if (c->conflicting != NULL && b->error == NULL && !medium_flush(c->conflicting, &b->error))
		b->unhashable = true;
	settle_front(b);
}

/* Bytes are refused */

/* What lies aside for r, if anything, takes its place when it is accepted, or at the end. */
static void make_hole(struct body *b, struct bits_range r)
{
	wipe(b, b->main, r);
	bits_ranges_remove(&b->occupied, r);
	bits_ranges_remove(&b->retired, r);
	hash_changed(b, r);
}

/* c does not hold r any more.  *freed: what nobody does then. */
static void let_loose(struct body *b, struct body_copy *c, struct bits_range r, struct bits_ranges *freed)
{
	g_auto(ranges) held = ranges_inside(&c->in_main, r);

	for (size_t i = 0; i < bits_ranges_count(&held); i++) {
		g_auto(ranges) open = ranges_outside(&b->accepted, bits_ranges_get(&held, i));

		for (size_t k = 0; k < bits_ranges_count(&open); k++)
			holds_take(&b->held, bits_ranges_get(&open, k), freed);
	}
	bits_ranges_remove(&c->in_main, r);
}

static void refuse(struct body *b, struct body_copy *c, struct bits_range r)
{
	g_auto(ranges) freed = { 0 };

	let_loose(b, c, r, &freed);
	bits_ranges_remove(&c->aside, r);
	for (size_t i = 0; i < bits_ranges_count(&freed); i++)
		make_hole(b, bits_ranges_get(&freed, i));
}

/* Some of the copy was settled before it came. */
static void arrive_late(struct body *b, struct body_copy *c, struct bits_range r, const uint8_t *p)
{
	g_auto(ranges) wanted = ranges_outside(&c->refused, r);
	g_auto(ranges) kept = ranges_inside(&c->kept, r);

	for (size_t i = 0; i < bits_ranges_count(&wanted); i++)
		arrive(b, c, bits_ranges_get(&wanted, i), p + (bits_ranges_get(&wanted, i).from - r.from));
	for (size_t i = 0; i < bits_ranges_count(&kept); i++)
		accept(b, c, bits_ranges_get(&kept, i));
}

/* Bytes are let go: they are in `unanswered`, instead of what that had there */

/* Without a byte the leaf gives its room back. */
static void drop_aside(struct body_copy *c, struct bits_range r)
{
	bits_ranges_remove(&c->aside, r);
	if (bits_ranges_count(&c->aside) == 0)
		g_clear_pointer(&c->leaf, medium_free);
}

/* r, which is not accepted, is in main. */
static void let_go_main(struct body *b, const struct body_copy *c, struct bits_range r)
{
	g_auto(ranges) twice = ranges_inside(&b->unanswered->in_main, r), freed = { 0 };

	for (size_t i = 0; i < bits_ranges_count(&twice); i++)
		holds_take(&b->held, bits_ranges_get(&twice, i), &freed);
	bits_ranges_add(&b->unanswered->in_main, r);
	drop_aside(b->unanswered, r);
	tell_owner(b, c, r, false);
}

/* Others have other bytes of r in main, or it lies far away. */
static void keep_aside(struct body *b, const struct body_copy *c, struct bits_range r)
{
	if (b->unanswered->leaf == NULL)
		b->unanswered->leaf = spool_leaf_new(b->spool, NULL);
	move_bytes(b, b->unanswered->leaf, c->leaf, r);
	bits_ranges_add(&b->unanswered->aside, r);
}

static void let_go_vacant(struct body *b, struct body_copy *c, struct bits_range r)
{
	if (is_behind_long_hole(b, r)) {
		keep_aside(b, c, r);
		return;
	}
	replace_main(b, c, r);
	hold(b, b->unanswered, r);
}

/* r, which is not accepted, lies aside. */
static void let_go_aside(struct body *b, struct body_copy *c, struct bits_range r)
{
	g_auto(ranges) freed = { 0 }, taken = { 0 }, vacant = { 0 };

	let_loose(b, b->unanswered, r, &freed);
	drop_aside(b->unanswered, r);
	taken = holds_inside(&b->held, r);
	vacant = ranges_outside(&taken, r);
	for (size_t i = 0; i < bits_ranges_count(&taken); i++)
		keep_aside(b, c, bits_ranges_get(&taken, i));
	for (size_t i = 0; i < bits_ranges_count(&vacant); i++)
		let_go_vacant(b, c, bits_ranges_get(&vacant, i));
	tell_owner(b, c, r, false);
}

static ranges not_accepted(const struct body *b, const struct bits_ranges *s)
{
	ranges out = { 0 };

	for (size_t i = 0; i < bits_ranges_count(s); i++) {
		g_auto(ranges) open = ranges_outside(&b->accepted, bits_ranges_get(s, i));

		bits_ranges_add_all(&out, &open);
	}
	return out;
}

static void let_go(struct body *b, struct body_copy *c)
{
	g_auto(ranges) in_main = not_accepted(b, &c->in_main), aside = not_accepted(b, &c->aside);

	for (size_t i = 0; i < bits_ranges_count(&in_main); i++)
		let_go_main(b, c, bits_ranges_get(&in_main, i));
	for (size_t i = 0; i < bits_ranges_count(&aside); i++)
		let_go_aside(b, c, bits_ranges_get(&aside, i));
}

/* What was displaced is of open copies. */
static void drop_if_done(struct body *b, struct body_copy *c)
{
	body_copies_drop_if_done(b->copies, c);
	if (b->copies->len > 0)
		return;
	g_clear_pointer(&b->displaced, medium_free);
	bits_ranges_clear(&b->was_displaced);
}

/* The front door */

void body_bytes(struct body *b, uint64_t number, uint64_t offset, struct bits_str data)
{
	struct bits_range r = { offset, offset + data.n };
	const uint8_t *p = (const uint8_t *)data.p;
	struct body_copy *c;

	if (data.n == 0 || b->error != NULL)
		return;
	c = body_copies_get(b->copies, number);
	if (bits_ranges_count(&c->refused) > 0 || bits_ranges_count(&c->kept) > 0)
		arrive_late(b, c, r, p);
	else
		arrive(b, c, r, p);
}

void body_settled(struct body *b, uint64_t number, struct bits_range r, bool kept, bool over)
{
	struct body_copy *c = over ? body_copies_find(b->copies, number) : body_copies_get(b->copies, number);

	if (c == NULL || bits_range_is_empty(r))
		return;
	bits_ranges_add(kept ? &c->kept : &c->refused, r);
	if (kept)
		accept(b, c, r);
	else
		refuse(b, c, r);
	c->over |= over;
	drop_if_done(b, c);
}

void body_over(struct body *b, uint64_t number)
{
	struct body_copy *c = body_copies_find(b->copies, number);

	if (c == NULL)
		return;
	c->over = true;
	drop_if_done(b, c);
}

void body_let_go(struct body *b, uint64_t number)
{
	struct body_copy *c = body_copies_find(b->copies, number);

	if (c == NULL)
		return;
	let_go(b, c);
	bits_ranges_clear(&c->in_main);
	bits_ranges_clear(&c->aside);
	drop_if_done(b, c); /* what is settled of it and has not come yet, stays so */
}

void body_rest(struct body *b)
{
	if (b->error == NULL && !medium_rest(b->main, &b->error))
		b->unhashable = true;
}

/* Nobody holds anything else where unanswered bytes lie aside: they are refused holes, or far away.  What would lie behind a
 * long hole is refused last, so that it costs no other byte. */
static void place_unanswered(struct body *b)
{
	g_auto(ranges) aside = not_accepted(b, &b->unanswered->aside);
	struct bits_range far = { 0, 0 };

	for (size_t i = 0; i < bits_ranges_count(&aside); i++)
		if (is_behind_long_hole(b, bits_ranges_get(&aside, i)))
			far = bits_ranges_get(&aside, i);
		else
			replace_main(b, b->unanswered, bits_ranges_get(&aside, i));
	if (b->keeps && b->error == NULL && !medium_flush(b->main, &b->error))
		b->unhashable = true;
	if (!bits_range_is_empty(far))
		refuse_long_hole(b, far);
}

/* What a later exchange brought hides what an earlier one did. */
void body_end(struct body *b)
{
	for (guint i = 0; i < b->copies->len; i++)
		let_go(b, body_copies_at(b->copies, i));
	g_ptr_array_set_size(b->copies, 0);
	place_unanswered(b);
}

bool body_digest(struct body *b, uint64_t size, char hex[DIGEST_HEX])
{
	digest_lane_cut(&b->lane, size);
	if (size && !bits_ranges_covers(&b->occupied, (struct bits_range){ 0, size }))
		return false;
	hash_on(b, size);
	if (b->unhashable)
		return false;
	digest_lane_finish(&b->lane, hex);
	return true;
}

uint64_t body_length(const struct body *b)
{
	return ranges_end(&b->occupied);
}
