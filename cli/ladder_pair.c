/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ladder_pair.c - which of two sides is the client's, and what came before what. */
#include "cli/ladder_pair.h"

#include <string.h>

bool pair_same_addr(const struct bits_addr *a, const struct bits_addr *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static bool is_alone(const GArray *arrows)
{
	const struct arrow *first = arrows->len ? &g_array_index(arrows, struct arrow, 0) : NULL;

	for (guint i = 0; i < arrows->len; i++) {
		const struct arrow *a = &g_array_index(arrows, struct arrow, i);

		if (a->file != first->file || a->ends.server.port != first->ends.server.port ||
		    !pair_same_addr(&a->ends.client.addr, &first->ends.client.addr) ||
		    !pair_same_addr(&a->ends.server.addr, &first->ends.server.addr))
			return false;
	}
	return first != NULL;
}

static const struct arrow *end_of(const GArray *arrows, bool last)
{
	return &g_array_index(arrows, struct arrow, last ? arrows->len - 1 : 0);
}

static bool leads_to(const GArray *front, const GArray *back)
{
	return pair_same_addr(&end_of(front, false)->ends.server.addr, &end_of(back, false)->ends.client.addr);
}

/* What a proxy does for a request lies inside it; clocks of two taps shift that, but never turn it round. */
static bool encloses(const GArray *front, const GArray *back)
{
	return end_of(back, false)->time_ns != BITS_TIME_UNKNOWN &&
	       end_of(front, false)->time_ns <= end_of(back, false)->time_ns &&
	       end_of(back, true)->time_ns <= end_of(front, true)->time_ns;
}

/* A proxy mostly has one address on both sides; where it has not, the times must tell. */
static bool is_in_front(const GArray *front, const GArray *back)
{
	if (leads_to(front, back) != leads_to(back, front))
		return leads_to(front, back);
	return encloses(front, back);
}

static bool are_pair(const GArray *a, const GArray *b)
{
	return is_alone(a) && is_alone(b) && end_of(a, false)->file == end_of(b, false)->file &&
	       (is_in_front(a, b) || is_in_front(b, a));
}

bool pair_is_one(struct page_side sides[2])
{
	guint split;
	g_autoptr(GArray) a = NULL, b = NULL;

	if (sides[0].ladder == NULL || sides[1].ladder == NULL || sides[0].ladder->omitted || sides[1].ladder->omitted)
		return false;
	a = ladder_arrows(sides[0].ladder, &split);
	b = ladder_arrows(sides[1].ladder, &split);
	if (!are_pair(a, b))
		return false;
	if (!is_in_front(a, b)) {
		struct page_side first = sides[0];

		sides[0] = sides[1];
		sides[1] = first;
	}
	return true;
}

/* Append the back's arrows up to the answer to the request that is the same as `request`. */
static guint append_back(GArray *to, const GArray *back, guint from, const struct arrow *request)
{
	uint64_t number = 0;

	for (guint i = from; i < back->len; i++) {
		const struct arrow *a = &g_array_index(back, struct arrow, i);

		if (a->kind == ARROW_REQUEST && !number && a->packet == request->packet &&
		    a->range.from == request->range.from && a->range.to == request->range.to)
			number = a->number;
		if (!number || a->kind == ARROW_REQUEST || a->number != number)
			continue;
		g_array_append_vals(to, &g_array_index(back, struct arrow, from), i + 1 - from);
		return i + 1;
	}
	return from;
}

static const struct arrow *request_of(const GArray *arrows, guint before)
{
	uint64_t number = g_array_index(arrows, struct arrow, before).number;

	for (guint i = before; i-- > 0;)
		if (g_array_index(arrows, struct arrow, i).number == number)
			return &g_array_index(arrows, struct arrow, i);
	return NULL;
}

/* Frames of two taps lie in the file as they were written, and their clocks differ: what orders the two sides is that a
 * proxy answers when it has been answered. */
GArray *pair_interleave(const GArray *front, const GArray *back)
{
	GArray *both = g_array_sized_new(FALSE, FALSE, sizeof(struct arrow), front->len + back->len);
	guint next = 0;

	for (guint i = 0; i < front->len; i++) {
		const struct arrow *a = &g_array_index(front, struct arrow, i);
		const struct arrow *request = a->kind != ARROW_REQUEST ? request_of(front, i) : NULL;

		if (request != NULL)
			next = append_back(both, back, next, request);
		g_array_append_vals(both, a, 1);
	}
	if (next < back->len)
		g_array_append_vals(both, &g_array_index(back, struct arrow, next), back->len - next);
	return both;
}
