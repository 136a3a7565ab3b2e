/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pcap_file.c - the classic capture format: one header, one link type, packet after packet. */
#include "wire/pcap_file.h"

#include "wire/bytes.h"

#define RECORD       16                  /* bytes of a packet's header                                      */
#define CAPLEN_MOST  ((uint32_t)16 << 20) /* no frame is longer; a larger length is damage, not a packet     */
#define LINK_MASK    0xffff              /* the bits above tell about the FCS, which we do not look at      */

#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO  0xa1b23c4du

static bool read_magic(struct pcap_file *p, const uint8_t magic[4])
{
	for (int swap = 0; swap < 2; swap++) {
		uint32_t value = get_u32(magic, swap != 0);

		p->swap = swap != 0;
		p->nano = value == MAGIC_NANO;
		if (p->nano || value == MAGIC_MICRO)
			return true;
	}
	return false;
}

bool pcap_file_is(const uint8_t magic[4])
{
	struct pcap_file p;

	return read_magic(&p, magic);
}

bool pcap_file_begin(struct pcap_file *p, struct source *s, GError **error)
{
	if (!source_need(s, PCAP_HEADER)) {
		g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_DAMAGED, "%s: cut short inside the file header, after %zu of %d bytes",
			    s->path, source_have(s), PCAP_HEADER);
		return false;
	}
	read_magic(p, source_bytes(s));
	p->snaplen = get_u32(source_bytes(s) + 16, p->swap);
	p->link = get_u32(source_bytes(s) + 20, p->swap) & LINK_MASK;
	source_consume(s, PCAP_HEADER);
	return true;
}

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

	if (!source_need(s, RECORD))
		return source_have(s) == 0 ? CAPTURE_END : damaged(s, "cut short inside a packet header", error);

	f->caplen = get_u32(source_bytes(s) + 8, p->swap);
	if (f->caplen > CAPLEN_MOST)
		return damaged(s, "a packet of impossible length", error);
	if (!source_need(s, RECORD + f->caplen))
		return damaged(s, "cut short inside a packet", error);

	const uint8_t *record = source_bytes(s);
	fraction = get_u32(record + 4, p->swap);
	f->time_ns = (int64_t)get_u32(record, p->swap) * 1000000000 + (int64_t)fraction * (p->nano ? 1 : 1000);
	f->wirelen = MAX(get_u32(record + 12, p->swap), f->caplen);
	f->link = p->link;
	f->snaplen = p->snaplen;
	f->tap = 0;
	f->pos = s->offset + RECORD;
	f->bytes = record + RECORD;
	source_consume(s, RECORD + f->caplen);
	return CAPTURE_FRAME;
}
