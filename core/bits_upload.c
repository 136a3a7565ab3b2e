/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_upload.c - the piece map: output.md's "what is in the file", for ranges. */
#include "core/bits_upload.h"

void bits_upload_init(struct bits_upload *u)
{
	*u = (struct bits_upload){ .size = BITS_SIZE_UNKNOWN };
}

void bits_upload_clear(struct bits_upload *u)
{
	bits_ranges_clear(&u->seen);
	bits_ranges_clear(&u->accepted);
	bits_ranges_clear(&u->open);
	bits_ranges_clear(&u->conflicts);
}

void bits_upload_total(struct bits_upload *u, uint64_t total, bool accepted)
{
	if (total == BITS_SIZE_UNKNOWN)
		return;
	if (u->size == BITS_SIZE_UNKNOWN || (accepted && !u->size_accepted))
		u->size = total;
	else if (accepted && total > u->size)
		u->size = total;
	u->size_accepted |= accepted;
}

static bool in_either(const struct bits_upload *u, struct bits_range r)
{
	struct bits_ranges both = { NULL };
	bool               covers;

	bits_ranges_add_all(&both, &u->accepted);
	bits_ranges_add_all(&both, &u->open);
	covers = bits_ranges_covers(&both, r);
	bits_ranges_clear(&both);
	return covers;
}

/* A "*" in place of the total, or another total, brought accepted bytes where the file should have ended. */
static bool contradicts_size(const struct bits_upload *u)
{
	size_t n = bits_ranges_count(&u->accepted);

	return n > 0 && bits_ranges_get(&u->accepted, n - 1).to > u->size;
}

enum bits_file_state bits_upload_state(const struct bits_upload *u, bool closed_empty)
{
	struct bits_range whole = { 0, u->size };

	if (closed_empty)
		return BITS_FILE_COMPLETE;
	if (bits_ranges_count(&u->accepted) + bits_ranges_count(&u->open) == 0)
		return BITS_FILE_NONE;
	if (u->size == BITS_SIZE_UNKNOWN || contradicts_size(u))
		return BITS_FILE_PARTIAL;
	if (bits_ranges_covers(&u->accepted, whole))
		return BITS_FILE_COMPLETE;
	return in_either(u, whole) ? BITS_FILE_UNCONFIRMED : BITS_FILE_PARTIAL;
}

struct bits_ranges bits_upload_gaps(const struct bits_upload *u)
{
	struct bits_ranges gaps = { NULL };

	if (u->size == BITS_SIZE_UNKNOWN)
		return gaps;
	bits_ranges_add(&gaps, (struct bits_range){ 0, u->size });
	for (size_t i = 0; i < bits_ranges_count(&u->accepted); i++)
		bits_ranges_remove(&gaps, bits_ranges_get(&u->accepted, i));
	for (size_t i = 0; i < bits_ranges_count(&u->open); i++)
		bits_ranges_remove(&gaps, bits_ranges_get(&u->open, i));
	return gaps;
}
