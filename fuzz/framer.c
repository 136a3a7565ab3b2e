/* SPDX-License-Identifier: GPL-2.0-or-later */
/* framer.c - HTTP messages on both directions of a connection, with holes: however a segment is cut, the same is told.
 *
 * Input: for each segment: a byte (direction, a hole before it, the answer of the owner, where it is cut), its length, its
 * bytes. */
#include "core/bits_http.h"
#include "fuzz/fuzz.h"

struct tale {
	uint64_t hash;
	unsigned answer; /* of the owner, for each answer's head */
};

static void tell(struct tale *t, const void *p, size_t n)
{
	const uint8_t *bytes = p;

	for (size_t i = 0; i < n; i++)
		t->hash = (t->hash ^ bytes[i]) * UINT64_C(1099511628211);
}

static void tell_number(struct tale *t, uint64_t n)
{
	tell(t, &n, sizeof n);
}

static enum bits_http_answer on_head(unsigned d, const struct bits_http_head *head, const struct bits_http_framing *framing,
                                     const struct bits_where *first, const struct bits_where *last, void *user)
{
	struct tale          *t = user;
	struct bits_str       rest = head->fields;
	struct bits_http_field field;

	tell_number(t, d + 10);
	tell(t, head->text.p, head->text.n);
	tell_number(t, framing->length);
	tell_number(t, first->at);
	tell_number(t, last->at);
	while (bits_http_next(&rest, &field))
		tell_number(t, field.name.n + field.value.n);
	return head->is_request ? BITS_HTTP_AS_FRAMED : (enum bits_http_answer)(t->answer % 3);
}

static void on_body(unsigned d, struct bits_str data, const struct bits_where *w, void *user)
{
	(void)w;
	for (size_t i = 0; i < data.n; i++) { /* adjacent calls may merge */
		tell_number(user, d + 20);
		tell(user, data.p + i, 1);
	}
}

static void on_lost(unsigned d, uint64_t n, const struct bits_where *w, void *user)
{
	tell_number(user, d + 30);
	tell_number(user, n);
	tell_number(user, w->at);
}

static void on_end(unsigned d, bool whole, const struct bits_where *last, void *user)
{
	tell_number(user, d + 40 + whole);
	tell_number(user, last->at);
}

static void on_trouble(unsigned d, enum bits_http_trouble what, uint64_t bytes, const struct bits_where *w, void *user)
{
	tell_number(user, d + 50);
	tell_number(user, what);
	tell_number(user, bytes);
	tell_number(user, w->at);
}

static const struct bits_http_sink sink = { on_head, on_body, on_lost, on_end, on_trouble };

static void feed(struct bits_http *h, unsigned d, const uint8_t *p, size_t n, const struct bits_where *w, size_t piece)
{
	struct bits_where here = *w;

	for (size_t done = 0; done < n;) {
		size_t part = MIN(piece, n - done);

		here.at = w->at + done;
		here.pos = w->pos + done;
		bits_http_data(h, d, (struct bits_str){ (const char *)p + done, part }, &here, done == 0);
		done += part;
	}
}

static uint64_t play(const uint8_t *data, size_t size, bool is_cut)
{
	struct dice       d = dice_of(data, size);
	struct tale       t = { .answer = dice_8(&d) };
	struct bits_http *h = bits_http_new(&sink, &t, t.answer & 4);
	uint64_t          at[2] = { 0, 0 };

	for (uint32_t frame = 1; dice_has(&d); frame++) {
		unsigned          what = dice_8(&d), side = what & 1;
		size_t            n = dice_8(&d) * (what & 4 ? 16 : 1);
		const uint8_t    *p = dice_bytes(&d, &n);
		struct bits_where w = { .frame = frame, .order = frame, .at = at[side], .heard = at[!side], .pos = frame * 10000 };

		if (what & 2) {
			bits_http_lost(h, side, what >> 3, &w);
			at[side] = w.at = w.at + (what >> 3);
		}
		feed(h, side, p, n, &w, is_cut ? 1 + (what >> 4) : MAX(n, 1));
		at[side] += n;
	}
	bits_http_finish(h, 0);
	bits_http_finish(h, 1);
	bits_http_free(h);
	return t.hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_assert(play(data, size, false) == play(data, size, true));
	return 0;
}
