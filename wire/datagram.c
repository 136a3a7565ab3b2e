/* SPDX-License-Identifier: GPL-2.0-or-later */
/* datagram.c - fragments take the memory of their bytes; a buffer for all of a datagram is made when it is whole, so that a
 * small fragment far behind costs no more than it has. */
#include "wire/datagram.h"

#include <string.h>

#define OPEN_LENGTH 65536 /* more than any header can say */

/* Bytes [from, to), of one frame. */
struct piece {
	uint32_t          from, to;
	uint32_t          at;    /* of the first one in the store */
	struct bits_where where; /* of the first one              */
};

static const struct piece *piece_at(const struct datagram *d, guint i)
{
	return &g_array_index(d->pieces, struct piece, i);
}

/* The first piece that ends behind this byte. */
static guint first_behind(const struct datagram *d, uint32_t at)
{
	guint low = 0, high = d->pieces->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (piece_at(d, middle)->to > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* ---- where bytes are from -------------------------------------------------------------------------------------- */

static struct bits_where where_in_frame(const struct frame *f, const uint8_t *p)
{
	return (struct bits_where){ .file = f->file, .tap = f->tap, .frame = f->number, .order = f->order,
		                    .pos = f->pos + (uint64_t)(p - f->bytes), .at = BITS_AT_UNKNOWN,
		                    .heard = BITS_HEARD_UNKNOWN, .time_ns = f->time_ns };
}

static bool span_of_frame(const struct frame *f, const uint8_t *p, uint32_t n, struct span *r)
{
	const uint8_t *end = f->bytes + f->caplen;

	if (p >= end || n == 0)
		return false;
	*r = (struct span){ p, MIN(n, (uint32_t)(end - p)), where_in_frame(f, p), false };
	return true;
}

static struct bits_where where_behind(struct bits_where w, uint32_t n)
{
	w.pos += n;
	return w;
}

static const struct piece *rival_at(const struct datagram *d, guint i)
{
	return &g_array_index(d->rivals, struct piece, i);
}

static guint rivals_of(const struct datagram *d)
{
	return d->rivals == NULL ? 0 : d->rivals->len;
}

/* The last rival that has this byte; NULL: none.  *end: at most, and no other one begins or ends in front of it. */
static const struct piece *rival_of(const struct datagram *d, uint32_t at, uint32_t *end)
{
	const struct piece *found = NULL;

	for (guint i = 0; i < rivals_of(d); i++) {
		const struct piece *r = rival_at(d, i);

		if (r->from <= at && at < r->to)
			found = r;
		if (r->from > at)
			*end = MIN(*end, r->from);
		else if (r->to > at)
			*end = MIN(*end, r->to);
	}
	return found;
}

static bool span_of_datagram(const struct datagram *d, const uint8_t *p, uint32_t n, struct span *r)
{
	uint32_t            at = (uint32_t)(p - d->bytes), from, to;
	guint               i = first_behind(d, at);
	const struct piece *piece, *rival;

	if (i == d->pieces->len)
		return false;
	piece = piece_at(d, i);
	from = MAX(piece->from, at);
	if (from - at >= n)
		return false;
	to = MIN(piece->to, at + n);
	rival = rival_of(d, from, &to);
	if (rival != NULL && d->copy == COPY_LAST)
		piece = rival;
	*r = (struct span){ d->bytes + from, to - from, where_behind(piece->where, from - piece->from),
		            rival != NULL && d->copy == COPY_CONTESTED };
	return true;
}

bool origin_span(const struct origin *o, const uint8_t *p, uint32_t n, struct span *r)
{
	return o->datagram != NULL ? span_of_datagram(o->datagram, p, n, r) : span_of_frame(o->frame, p, n, r);
}

/* ---- fragments ------------------------------------------------------------------------------------------------- */

struct datagram *datagram_new(const struct datagram_key *key)
{
	struct datagram *d = g_new0(struct datagram, 1);

	d->key = *key;
	d->length = DATAGRAM_OPEN;
	d->pieces = g_array_new(FALSE, FALSE, sizeof(struct piece));
	d->store = g_byte_array_new();
	d->link.data = d;
	return d;
}

void datagram_free(struct datagram *d)
{
	bits_ranges_clear(&d->seen);
	g_array_unref(d->pieces);
	g_clear_pointer(&d->store, g_byte_array_unref);
	g_clear_pointer(&d->rivals, g_array_unref);
	g_clear_pointer(&d->rival_store, g_byte_array_unref);
	g_free(d->bytes);
	g_free(d);
}

static void insert(struct datagram *d, guint i, uint32_t from, uint32_t to, const struct span *r, uint32_t skip)
{
	struct piece piece = { from, to, d->store->len, where_behind(r->where, skip) };

	g_byte_array_append(d->store, r->p + skip, to - from);
	g_array_insert_val(d->pieces, i, piece);
}

static bool has_rival(const struct datagram *d, uint32_t from, uint32_t to)
{
	for (guint i = 0; i < rivals_of(d); i++)
		if (rival_at(d, i)->from < to && rival_at(d, i)->to > from)
			return true;
	return false;
}

/* Two copies of n bytes at `from`; where: of the later one, which is a rival where it differs from any earlier one. */
static void compare_copies(struct datagram *d, uint32_t from, const uint8_t *old, const uint8_t *fresh, uint32_t n,
                           struct bits_where where)
{
	struct piece rival = { from, from + n, 0, where };
	uint64_t     before = d->conflicting;

	for (uint32_t i = 0; i < n; i++)
		d->conflicting += old[i] != fresh[i];
	if (d->conflicting == before && !has_rival(d, rival.from, rival.to))
		return;
	if (d->rivals == NULL) {
		d->rivals = g_array_new(FALSE, FALSE, sizeof(struct piece));
		d->rival_store = g_byte_array_new();
	}
	rival.at = d->rival_store->len;
	g_byte_array_append(d->rival_store, fresh, n);
	g_array_append_val(d->rivals, rival);
}

/* The span lies at `from`: what is not known yet of it becomes pieces. */
static void add_span(struct datagram *d, uint32_t from, const struct span *r)
{
	uint32_t start = from, end = from + r->n;

	for (guint i = first_behind(d, from); from < end; i++) {
		const struct piece *old = i < d->pieces->len ? piece_at(d, i) : NULL;
		uint32_t            gap_end = old != NULL && old->from < end ? MAX(old->from, from) : end, both;

		if (from < gap_end) {
			insert(d, i, from, gap_end, r, from - start);
			from = gap_end;
			continue;
		}
		both = MIN(old->to, end) - from;
		compare_copies(d, from, d->store->data + old->at + (from - old->from), r->p + (from - start), both,
		               where_behind(r->where, from - start));
		from += both;
	}
}

static bool is_sane(const struct datagram *d)
{
	return d->pieces->len < DATAGRAM_PIECES && rivals_of(d) < DATAGRAM_RIVALS;
}

bool datagram_add(struct datagram *d, const struct ip_fragment *f, struct rest bytes, const struct origin *o)
{
	const uint8_t *p = bytes.p;
	struct span   r;

	if (!f->more && d->length == DATAGRAM_OPEN)
		d->length = f->offset + bytes.length;
	if (f->offset == 0 && !bits_ranges_covers(&d->seen, (struct bits_range){ 0, 1 }))
		d->proto = f->proto;
	bits_ranges_add(&d->seen, (struct bits_range){ f->offset, f->offset + bytes.length });
	while (is_sane(d) && origin_span(o, p, bytes.length - (uint32_t)(p - bytes.p), &r)) {
		add_span(d, f->offset + (uint32_t)(r.p - bytes.p), &r);
		p = r.p + r.n;
	}
	return is_sane(d);
}

bool datagram_is_whole(const struct datagram *d)
{
	return d->length != DATAGRAM_OPEN && bits_ranges_covers(&d->seen, (struct bits_range){ 0, d->length });
}

/* ---- joined ---------------------------------------------------------------------------------------------------- */

static uint32_t known_end(const struct datagram *d)
{
	return d->pieces->len == 0 ? 0 : piece_at(d, d->pieces->len - 1)->to;
}

static void put_in_place(struct datagram *d)
{
	d->bytes = g_malloc0(known_end(d) + 1); /* so that there is a pointer to nothing, too */
	for (guint i = 0; i < d->pieces->len; i++) {
		const struct piece *piece = piece_at(d, i);

		memcpy(d->bytes + piece->from, d->store->data + piece->at, piece->to - piece->from);
	}
	g_clear_pointer(&d->store, g_byte_array_unref);
}

static uint32_t seen_end(const struct datagram *d)
{
	size_t n = bits_ranges_count(&d->seen);

	return n == 0 ? 0 : (uint32_t)bits_ranges_get(&d->seen, n - 1).to;
}

struct rest datagram_rest(const struct datagram *d)
{
	uint32_t length = d->length != DATAGRAM_OPEN ? d->length : OPEN_LENGTH, known = 0;

	for (guint i = 0; i < d->pieces->len && piece_at(d, i)->from == known; i++)
		known = piece_at(d, i)->to;
	return (struct rest){ d->bytes, MIN(known, length), length }; /* the last fragment may have come behind longer ones */
}

void datagram_trim(const struct datagram *d, struct segment *s)
{
	uint32_t payload = (uint32_t)(s->payload - d->bytes), seen = seen_end(d);

	if (d->length != DATAGRAM_OPEN || s->tcp + s->tcp_length != d->bytes + OPEN_LENGTH)
		return;
	s->length = seen > payload ? seen - payload : 0;
	s->flags &= (uint8_t)~TCP_FIN;
}

/* ---- copies that differ ---------------------------------------------------------------------------------------- */

static void swap_bytes(uint8_t *a, uint8_t *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint8_t c = a[i];

		a[i] = b[i];
		b[i] = c;
	}
}

static void swap_rival(struct datagram *d, guint i)
{
	const struct piece *r = rival_at(d, i);

	swap_bytes(d->bytes + r->from, d->rival_store->data + r->at, r->to - r->from);
}

/* In the order in which they came, so that the last one stands; and back. */
static void put_last(struct datagram *d)
{
	for (guint i = 0; i < rivals_of(d); i++)
		swap_rival(d, i);
}

static void put_first(struct datagram *d)
{
	for (guint i = rivals_of(d); i > 0; i--)
		swap_rival(d, i - 1);
}

/* Of the segment that it carries, perhaps in a tunnel; UNKNOWN: it carries none, or not all of one. */
static enum checksum checksum_of(const struct datagram *d)
{
	struct segment s = { .src.addr = d->key.src, .dst.addr = d->key.dst };
	struct packet  k;

	packet_begin_datagram(&k, &s, datagram_rest(d), d->proto, d->layers);
	return packet_read(&k, &s) == PACKET_TCP ? segment_checksum(&s) : CHECKSUM_UNKNOWN;
}

static bool is_right_with_the_last(struct datagram *d)
{
	put_last(d);
	if (checksum_of(d) == CHECKSUM_VALID)
		return true;
	put_first(d);
	return false;
}

void datagram_join(struct datagram *d)
{
	put_in_place(d);
	if (d->rivals != NULL && checksum_of(d) == CHECKSUM_INVALID)
		d->copy = is_right_with_the_last(d) ? COPY_LAST : COPY_CONTESTED;
}

static void add_rivals(struct datagram *d, uint32_t from, const struct span *r)
{
	struct span mine;

	for (uint32_t done = 0; span_of_datagram(d, d->bytes + from + done, r->n - done, &mine); done += mine.n) {
		done = (uint32_t)(mine.p - d->bytes) - from;
		compare_copies(d, from + done, mine.p, r->p + done, mine.n, where_behind(r->where, done));
	}
}

static void forget_rivals(struct datagram *d, guint n, guint bytes, uint64_t conflicting)
{
	if (d->rivals == NULL)
		return;
	g_array_set_size(d->rivals, n);
	g_byte_array_set_size(d->rival_store, bytes);
	d->conflicting = conflicting;
}

bool datagram_mend(struct datagram *d, const struct ip_fragment *f, struct rest bytes, const struct origin *o)
{
	guint          n = rivals_of(d), stored = n == 0 ? 0 : d->rival_store->len;
	uint64_t       conflicting = d->conflicting;
	const uint8_t *p = bytes.p;
	struct span    r;

	if (f->offset + bytes.length > d->length || d->copy == COPY_LAST || checksum_of(d) != CHECKSUM_INVALID)
		return false;
	for (; is_sane(d) && origin_span(o, p, bytes.length - (uint32_t)(p - bytes.p), &r); p = r.p + r.n)
		add_rivals(d, f->offset + (uint32_t)(r.p - bytes.p), &r);
	if (is_sane(d) && is_right_with_the_last(d))
		d->copy = COPY_LAST;
	else
		forget_rivals(d, n, stored, conflicting);
	return d->copy == COPY_LAST;
}

bool datagram_is_contested(const struct datagram *d, const uint8_t *p, uint32_t n)
{
	struct span r;

	for (uint32_t done = 0; span_of_datagram(d, p + done, n - done, &r); done = (uint32_t)(r.p - p) + r.n)
		if (r.is_contested)
			return true;
	return false;
}

/* ---- what is asked of one that is joined ------------------------------------------------------------------------ */

/* Is every byte of the span known, and the same? */
static bool has_span(const struct datagram *d, uint32_t from, const struct span *r)
{
	for (uint32_t done = 0; done < r->n;) {
		struct span mine;

		if (!span_of_datagram(d, d->bytes + from + done, r->n - done, &mine) || mine.p != d->bytes + from + done ||
		    memcmp(mine.p, r->p + done, mine.n) != 0)
			return false;
		done += mine.n;
	}
	return true;
}

bool datagram_has(const struct datagram *d, const struct ip_fragment *f, struct rest bytes, const struct origin *o)
{
	uint32_t       end = f->offset + bytes.length;
	const uint8_t *p = bytes.p;
	struct span    r;

	if (end > d->length || f->more == (end == d->length))
		return false;
	for (; origin_span(o, p, bytes.length - (uint32_t)(p - bytes.p), &r); p = r.p + r.n)
		if (!has_span(d, f->offset + (uint32_t)(r.p - bytes.p), &r))
			return false;
	return true;
}

void datagram_frames(const struct datagram *d, void (*frame)(const struct bits_where *w, void *user), void *user)
{
	for (guint i = 0; i < d->pieces->len; i++)
		frame(&piece_at(d, i)->where, user);
	for (guint i = 0; i < rivals_of(d); i++)
		frame(&rival_at(d, i)->where, user);
}

uint64_t datagram_cost(const struct datagram *d)
{
	uint64_t bytes = d->store != NULL ? d->store->len : known_end(d);

	bytes += d->rivals != NULL ? d->rival_store->len : 0;
	return sizeof *d + bytes + (d->pieces->len + rivals_of(d)) * sizeof(struct piece) +
	       bits_ranges_count(&d->seen) * sizeof(struct bits_range);
}
