/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pcap_file.c - one header, one link type, packet after packet; a table of the magics and the layouts behind each. */
#include "wire/pcap_file.h"

#include "wire/bytes.h"

#define CAPLEN_MOST ((uint32_t)16 << 20) /* no frame is longer; a larger length is damage, not a packet       */
#define LINK_MASK   0xffff               /* the bits above tell about the FCS, which we do not look at        */
#define COMMON      16                   /* bytes of a packet's header: time, both lengths                    */
#define DAY         86400u               /* seconds                                                           */
#define TRIED       16                   /* packets at most, to tell a layout                                 */
#define TRIED_BYTES ((size_t)64 << 10)   /* ... within these                                                  */

/* clang-format off */
static const struct variant {
	uint32_t magic;
	bool     nano;
	uint32_t more;       /* bytes of the file header behind the common ones           */
	uint32_t headers[3]; /* of a packet, in bytes, the shortest first; 0: no further  */
} variants[] = {
	/* magic       ns     more  headers                                                        */
	{ 0xa1b2c3d4u, false, 0,    { COMMON, COMMON + 4, COMMON + 8 } }, /* common, Nokia, Red Hat 6 */
	{ 0xa1b23c4du, true,  0,    { COMMON } },
	{ 0xa1b2cd34u, false, 0,    { COMMON + 8, COMMON + 12 } },        /* Kuznetzov, SuSE 6        */
	{ 0x1c0001acu, true,  4,    { COMMON } },                         /* Ixia lcap, hardware      */
	{ 0x1c0001abu, false, 4,    { COMMON } },                         /* ... software             */
};
/* clang-format on */

static const struct variant *variant_of(const uint8_t magic[4], bool *swap)
{
	for (size_t i = 0; i < G_N_ELEMENTS(variants); i++)
		for (int s = 0; s < 2; s++) {
			*swap = s != 0;
			if (get_u32(magic, *swap) == variants[i].magic)
				return &variants[i];
		}
	return NULL;
}

bool pcap_file_is(const uint8_t magic[4])
{
	bool swap;

	return variant_of(magic, &swap) != NULL;
}

/* ---- which layout ---------------------------------------------------------------------------------------------- */

/* Before 2.3 they stood in the order of the wire's first; some wrote 2.3 and did not mean it; DG/UX wrote 543.0. */
static void note_version(struct pcap_file *p, uint16_t major, uint16_t minor)
{
	p->lengths = PCAP_CAPLEN_FIRST;
	if (major == 543 || (major == 2 && minor < 3))
		p->lengths = PCAP_WIRELEN_FIRST;
	else if (major == 2 && minor == 3)
		p->lengths = PCAP_LESSER_IS_CAPLEN;
}

static void read_lengths(const struct pcap_file *p, const uint8_t *record, uint32_t *caplen, uint32_t *wirelen)
{
	uint32_t first = get_u32(record + 8, p->swap), second = get_u32(record + 12, p->swap);
	bool     wire_first = p->lengths == PCAP_WIRELEN_FIRST || (p->lengths == PCAP_LESSER_IS_CAPLEN && first > second);

	*caplen = wire_first ? second : first;
	*wirelen = wire_first ? first : second;
}

static bool is_plausible(const struct pcap_file *p, const uint8_t *record)
{
	uint32_t caplen, wirelen;

	read_lengths(p, record, &caplen, &wirelen);
	return get_u32(record + 4, p->swap) < 1000000 && caplen <= wirelen && caplen <= CAPLEN_MOST;
}

/* What comes behind the last whole packet: nothing, or a header that begins with a time near the packet before. */
static bool is_cut_header(const struct pcap_file *p, const uint8_t *at, size_t left, uint32_t before)
{
	return left < 4 || get_u32(at, p->swap) - before + DAY <= 2 * DAY;
}

/* Do packets with such headers make sense, as far as they can be seen?  Then *n is how many they are, and *left how much is left
 * over of a file that ends there. */
static bool fits(const struct pcap_file *p, const struct source *s, uint32_t header, unsigned *n, size_t *left)
{
	const uint8_t *at = source_bytes(s);
	uint32_t       caplen, wirelen, seconds = 0;

	*left = source_have(s);
	for (*n = 0; *n < TRIED && *left >= header; (*n)++) {
		if (!is_plausible(p, at))
			return false;
		read_lengths(p, at, &caplen, &wirelen);
		if (*left - header < caplen) {
			++*n; /* its header makes sense */
			return true;
		}
		seconds = get_u32(at, p->swap);
		at += header + caplen;
		*left -= header + caplen;
	}
	return *n == 0 || *n == TRIED || !s->eof || is_cut_header(p, at, *left, seconds);
}

/* The first layout, unless it makes no sense and another one makes all: two headers, or one that ends with the file.  A
 * damaged file makes no sense in any.  A header that is taken for shorter than it is shows at once: the next packet's
 * seconds stand where its fraction should be. */
static void choose_layout(struct pcap_file *p, struct source *s, const struct variant *v)
{
	unsigned n;
	size_t   left;

	if (v->headers[1] == 0 || p->lengths != PCAP_CAPLEN_FIRST)
		return;
	if (!source_waits(s))
		source_need(s, TRIED_BYTES);
	for (size_t i = 0; i < G_N_ELEMENTS(v->headers) && v->headers[i] != 0; i++)
		if (fits(p, s, v->headers[i], &n, &left) && (i == 0 || n >= 2 || (n == 1 && left == 0))) {
			p->header = v->headers[i];
			return;
		}
}

bool pcap_file_begin(struct pcap_file *p, struct source *s, GError **error)
{
	const struct variant *v = variant_of(source_bytes(s), &p->swap);
	uint32_t              header = PCAP_HEADER + v->more;
	const uint8_t        *at;

	*p = (struct pcap_file){ .swap = p->swap, .nano = v->nano, .header = v->headers[0] };
	if (!source_need(s, header)) {
		g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_DAMAGED, "%s: cut short inside the file header, after %zu of %u bytes",
			    s->path, source_have(s), header);
		return false;
	}
	at = source_bytes(s);
	note_version(p, get_u16(at + 4, p->swap), get_u16(at + 6, p->swap));
	p->snaplen = get_u32(at + 16, p->swap);
	p->link = get_u32(at + 20, p->swap) & LINK_MASK;
	source_consume(s, header);
	choose_layout(p, s, v);
	return true;
}

/* ---- packets --------------------------------------------------------------------------------------------------- */

/* Whatever is left is not looked at. */
static enum capture_result damaged(struct source *s, const char *what, GError **error)
{
	g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_DAMAGED,
		    "%s: %s at offset %" G_GUINT64_FORMAT "; everything before it was kept", s->path, what, s->offset);
	while (source_need(s, 1))
		source_consume(s, source_have(s));
	return CAPTURE_DAMAGE;
}

enum capture_result pcap_file_next(struct pcap_file *p, struct source *s, struct frame *f, GError **error)
{
	uint32_t fraction;

	if (!source_need(s, p->header))
		return source_have(s) == 0 ? CAPTURE_END : damaged(s, "cut short inside a packet header", error);

	read_lengths(p, source_bytes(s), &f->caplen, &f->wirelen);
	if (f->caplen > CAPLEN_MOST)
		return damaged(s, "a packet of impossible length", error);
	if (!source_need(s, p->header + f->caplen))
		return damaged(s, "cut short inside a packet", error);

	const uint8_t *record = source_bytes(s);
	fraction = get_u32(record + 4, p->swap);
	f->time_ns = (int64_t)get_u32(record, p->swap) * 1000000000 + (int64_t)fraction * (p->nano ? 1 : 1000);
	f->wirelen = MAX(f->wirelen, f->caplen);
	f->link = p->link;
	f->snaplen = p->snaplen;
	f->tap = 0;
	f->pos = s->offset + p->header;
	f->bytes = record + p->header;
	source_consume(s, p->header + f->caplen);
	source_fetch_next(s);
	return CAPTURE_FRAME;
}
