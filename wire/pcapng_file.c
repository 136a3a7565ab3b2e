/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pcapng_file.c - block after block: a table says what each type means to us, unknown ones are passed over. */
#include "wire/pcapng_file.h"

#include "wire/bytes.h"

#define BLOCK_LEAST      12
#define COMMENTS_MOST    64
#define COMMENTS_BYTES   65536U /* of all of them: one of these is as long as an option can be */
#define LINK_NONE        0xFFFF /* a link type that nobody has */
#define BYTE_ORDER_MAGIC 0x1A2B3C4Du
#define OLD_DROPS_UNKNOWN 0xFFFF
#define DROPS_MOST       (UINT64_C(1) << 40) /* nobody counts farther, and no sum of such numbers comes round to 0 */
#define OPTIONS_LIKELY   65536 /* a packet with more bytes of options has a wrong length instead */

enum {
	BLOCK_INTERFACE = 0x00000001,
	BLOCK_PACKET_OLD = 0x00000002, /* obsolete, but there are files */
	BLOCK_SIMPLE_PACKET = 0x00000003,
	BLOCK_STATISTICS = 0x00000005,
	BLOCK_ENHANCED_PACKET = 0x00000006,
	BLOCK_JOURNAL = 0x00000009, /* systemd */
	BLOCK_CUSTOM = 0x00000BAD,
	BLOCK_CUSTOM_PRIVATE = 0x40000BAD, /* not to be copied */
	BLOCK_SECTION = 0x0A0D0D0A, /* the same in either byte order */
};

enum {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_EPB_DROPCOUNT = 4,
	OPTION_IF_TSRESOL = 9,
	OPTION_IF_TSOFFSET = 14,
	OPTION_ISB_IFDROP = 5,
	OPTION_ISB_OSDROP = 7,
};

struct pcapng_interface {
	uint32_t link, snaplen;
	uint64_t units;    /* ticks a second: 10^n or 2^n                       */
	uint64_t tick_ns;  /* nanoseconds of one; 0: no whole number             */
	int64_t  offset_s; /* if_tsoffset                                       */
	uint64_t ifdrop, osdrop;
};

/* A block whose two lengths agree. */
struct block {
	uint32_t       type;
	const uint8_t *body;
	uint32_t       n;   /* bytes of the body */
	uint64_t       pos; /* of the body in the file */
};

bool pcapng_file_is(const uint8_t magic[4])
{
	return get_u32(magic, false) == BLOCK_SECTION;
}

void pcapng_file_init(struct pcapng_file *p, GPtrArray *comments)
{
	*p = (struct pcapng_file){ .interfaces = g_array_new(false, true, sizeof(struct pcapng_interface)),
		                   .comments = comments };
}

void pcapng_file_clear(struct pcapng_file *p)
{
	g_clear_pointer(&p->interfaces, g_array_unref);
}

/* ---- options --------------------------------------------------------------------------------------------------- */

struct option {
	uint16_t       code, n;
	const uint8_t *value;
};

/* The next option of [*p, end); false at the end of the list, or where it is broken. */
static bool next_option(const struct pcapng_file *f, const uint8_t **p, const uint8_t *end, struct option *o)
{
	size_t padded;

	if (end - *p < 4)
		return false;
	o->code = get_u16(*p, f->swap);
	o->n = get_u16(*p + 2, f->swap);
	o->value = *p + 4;
	padded = ((size_t)o->n + 3) & ~(size_t)3;
	if (o->code == OPTION_END || (size_t)(end - o->value) < o->n)
		return false;
	*p = (size_t)(end - o->value) < padded ? end : o->value + padded;
	return true;
}

static void keep_comment(struct pcapng_file *p, const struct option *o)
{
	if (o->code != OPTION_COMMENT || p->comments->len >= COMMENTS_MOST || o->n > COMMENTS_BYTES - p->comment_bytes)
		return;
	p->comment_bytes += o->n;
	g_ptr_array_add(p->comments, g_utf8_make_valid((const char *)o->value, o->n));
}

static void read_comments(struct pcapng_file *p, const uint8_t *at, const uint8_t *end)
{
	struct option o;

	while (next_option(p, &at, end, &o))
		keep_comment(p, &o);
}

/* ---- sections and interfaces ----------------------------------------------------------------------------------- */

static void begin_section(struct pcapng_file *p, const struct block *b)
{
	p->taps += p->interfaces->len;
	g_array_set_size(p->interfaces, 0);
	if (b->n >= 16)
		read_comments(p, b->body + 16, b->body + b->n);
}

/* A resolution that 64 bits cannot count is as good as none: the default stays. */
static uint64_t units_of(uint8_t tsresol)
{
	uint64_t units = 1;
	unsigned n = tsresol & 0x7F;

	if (tsresol & 0x80)
		return n < 64 ? UINT64_C(1) << n : 1000000;
	if (n > 19)
		return 1000000;
	while (n-- > 0)
		units *= 10;
	return units;
}

static void describe_interface(struct pcapng_file *p, const struct block *b, struct pcapng_interface *i)
{
	const uint8_t *at = b->body + 8, *end = b->body + b->n;
	struct option  o;

	i->link = get_u16(b->body, p->swap);
	i->snaplen = get_u32(b->body + 4, p->swap);
	while (next_option(p, &at, end, &o)) {
		if (o.code == OPTION_IF_TSRESOL && o.n == 1)
			i->units = units_of(o.value[0]);
		else if (o.code == OPTION_IF_TSOFFSET && o.n == 8)
			i->offset_s = (int64_t)get_u64(o.value, p->swap);
		keep_comment(p, &o);
	}
}

/* Interfaces are known by their numbers, so one whose block is too short to describe it has one, too. */
static void add_interface(struct pcapng_file *p, const struct block *b)
{
	struct pcapng_interface i = { .link = LINK_NONE, .units = 1000000 };

	if (p->interfaces->len >= PCAPNG_INTERFACES_MOST)
		return;
	if (b->n >= 8)
		describe_interface(p, b, &i);
	i.tick_ns = 1000000000 % i.units == 0 ? 1000000000 / i.units : 0;
	g_array_append_val(p->interfaces, i);
}

static struct pcapng_interface *interface_at(const struct pcapng_file *p, uint32_t index)
{
	return index < p->interfaces->len ? &g_array_index(p->interfaces, struct pcapng_interface, index) : NULL;
}

/* Kept as it is asked for with every frame. */
static void sum_drops(struct pcapng_file *p)
{
	p->has_drops = true;
	p->drops = MAX(p->counted, p->told);
}

static void tell_drops(struct pcapng_file *p, uint64_t n)
{
	p->told = MIN(p->told + MIN(n, DROPS_MOST), DROPS_MOST);
	sum_drops(p);
}

static void replace_counter(struct pcapng_file *p, uint64_t *counter, uint64_t value)
{
	value = MIN(value, DROPS_MOST);
	p->counted += value - *counter;
	*counter = value;
	sum_drops(p);
}

/* The latest counters of an interface replace the earlier ones. */
static void note_statistics(struct pcapng_file *p, const struct block *b)
{
	struct pcapng_interface *i = b->n >= 12 ? interface_at(p, get_u32(b->body, p->swap)) : NULL;
	const uint8_t           *at = b->body + 12, *end = b->body + b->n;
	struct option            o;

	if (i == NULL)
		return;
	while (next_option(p, &at, end, &o)) {
		if (o.n == 8 && o.code == OPTION_ISB_IFDROP)
			replace_counter(p, &i->ifdrop, get_u64(o.value, p->swap));
		else if (o.n == 8 && o.code == OPTION_ISB_OSDROP)
			replace_counter(p, &i->osdrop, get_u64(o.value, p->swap));
	}
}

/* ---- packets --------------------------------------------------------------------------------------------------- */

static int64_t divided_time(const struct pcapng_interface *i, uint64_t ticks)
{
	__int128 ns = (__int128)(ticks / i->units) + i->offset_s;

	ns = ns * 1000000000 + (__int128)(ticks % i->units) * 1000000000 / i->units;
	return ns > BITS_TIME_LIMIT || ns < -BITS_TIME_LIMIT ? BITS_TIME_UNKNOWN : (int64_t)ns;
}

/* Where a tick is a whole number of nanoseconds, as nearly always, nothing is divided for each packet. */
static int64_t time_of(const struct pcapng_interface *i, uint64_t ticks)
{
	uint64_t since;

	if (i->offset_s == 0 && i->tick_ns != 0 && !__builtin_mul_overflow(ticks, i->tick_ns, &since) &&
	    since <= BITS_TIME_LIMIT)
		return (int64_t)since;
	return divided_time(i, ticks);
}

static bool give(const struct pcapng_file *p, struct frame *f, uint32_t index, const struct block *b, uint32_t header,
                 uint32_t caplen, uint32_t wirelen)
{
	const struct pcapng_interface *i = interface_at(p, index);

	if (i == NULL || caplen > b->n - header)
		return false;
	f->tap = p->taps + index;
	f->link = i->link;
	f->snaplen = i->snaplen;
	f->caplen = caplen;
	f->wirelen = MAX(wirelen, caplen);
	f->bytes = b->body + header;
	f->pos = b->pos + header;
	return true;
}

/* The option of a packet says the same as a counter would, and may come without any. */
static void read_packet_options(struct pcapng_file *p, const uint8_t *at, const uint8_t *end)
{
	struct option o;

	while (next_option(p, &at, end, &o)) {
		keep_comment(p, &o);
		if (o.n != 8 || o.code != OPTION_EPB_DROPCOUNT)
			continue;
		tell_drops(p, get_u64(o.value, p->swap));
	}
}

static bool enhanced_packet(struct pcapng_file *p, const struct block *b, struct frame *f)
{
	const struct pcapng_interface *i = b->n >= 20 ? interface_at(p, get_u32(b->body, p->swap)) : NULL;
	uint32_t                       caplen;

	if (i == NULL)
		return false;
	caplen = get_u32(b->body + 12, p->swap);
	f->time_ns = time_of(i, (uint64_t)get_u32(b->body + 4, p->swap) << 32 | get_u32(b->body + 8, p->swap));
	if (!give(p, f, get_u32(b->body, p->swap), b, 20, caplen, get_u32(b->body + 16, p->swap)))
		return false;
	if (b->n - 20 > caplen + 3) /* anything but padding behind the packet is options */
		read_packet_options(p, b->body + 20 + ((caplen + 3) & ~3U), b->body + b->n);
	return true;
}

static bool old_packet(struct pcapng_file *p, const struct block *b, struct frame *f)
{
	const struct pcapng_interface *i = b->n >= 20 ? interface_at(p, get_u16(b->body, p->swap)) : NULL;
	uint16_t                       drops;

	if (i == NULL)
		return false;
	drops = get_u16(b->body + 2, p->swap);
	if (drops != OLD_DROPS_UNKNOWN && drops != 0) /* most wrote 0 and counted nothing */
		tell_drops(p, drops);
	f->time_ns = time_of(i, (uint64_t)get_u32(b->body + 4, p->swap) << 32 | get_u32(b->body + 8, p->swap));
	return give(p, f, get_u16(b->body, p->swap), b, 20, get_u32(b->body + 12, p->swap),
	            get_u32(b->body + 16, p->swap));
}

/* No time, and no captured length either: the wire's, the snaplen's or the block's, whichever is least. */
static bool simple_packet(struct pcapng_file *p, const struct block *b, struct frame *f)
{
	const struct pcapng_interface *i = b->n >= 4 ? interface_at(p, 0) : NULL;
	uint32_t                       wirelen, caplen;

	if (i == NULL)
		return false;
	wirelen = get_u32(b->body, p->swap);
	caplen = MIN(wirelen, b->n - 4);
	if (i->snaplen != 0)
		caplen = MIN(caplen, i->snaplen);
	f->time_ns = BITS_TIME_UNKNOWN;
	return give(p, f, 0, b, 4, caplen, wirelen);
}

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

/* A section header's own magic says in which byte order its length is. */
static bool section_swaps(const uint8_t *block, bool *swap)
{
	uint32_t magic = get_u32(block + 8, false);

	*swap = magic != BYTE_ORDER_MAGIC;
	return !*swap || magic == GUINT32_SWAP_LE_BE(BYTE_ORDER_MAGIC);
}

enum look { LOOK_BLOCK, LOOK_END, LOOK_CUT, LOOK_CORRUPT };

/* The block at the front of the source. */
static enum look look(struct pcapng_file *p, struct source *s, struct block *b)
{
	const uint8_t *at;
	uint32_t       length;
	bool           swap = p->swap;

	if (!source_need(s, BLOCK_LEAST))
		return source_have(s) == 0 ? LOOK_END : LOOK_CUT;
	at = source_bytes(s);
	b->type = get_u32(at, swap);
	if (b->type == BLOCK_SECTION && !section_swaps(at, &swap))
		return LOOK_CORRUPT;
	length = get_u32(at + 4, swap);
	if (length < BLOCK_LEAST || length % 4 != 0 || length > SOURCE_BLOCK_MOST)
		return LOOK_CORRUPT;
	if (!source_need(s, length))
		return LOOK_CUT;
	at = source_bytes(s);
	if (get_u32(at + length - 4, swap) != length)
		return LOOK_CORRUPT;
	p->swap = swap;
	b->body = at + 8;
	b->n = length - BLOCK_LEAST;
	b->pos = s->offset + 8;
	source_consume(s, length);
	source_fetch_next(s);
	return LOOK_BLOCK;
}

/* Blocks that capture files are made of: a word that is none of these begins no block to go on with. */
static bool is_known_type(uint32_t type)
{
	return type == BLOCK_SECTION || (type >= BLOCK_INTERFACE && type <= BLOCK_ENHANCED_PACKET);
}

/* Does a block begin here that can be trusted?  Takes nothing. */
static bool is_anchor(const struct pcapng_file *p, struct source *s)
{
	const uint8_t *at = source_bytes(s);
	bool           swap = p->swap;
	uint32_t       type = get_u32(at, swap), length;

	if (!is_known_type(type))
		return false;
	if (type == BLOCK_SECTION && !section_swaps(at, &swap))
		return false;
	length = get_u32(at + 4, swap);
	return length >= BLOCK_LEAST && length % 4 == 0 && length <= SOURCE_BLOCK_MOST && source_need(s, length) &&
	       get_u32(source_bytes(s) + length - 4, swap) == length;
}

/* Blocks lie on multiples of four bytes; a corrupt one may have shifted the rest, so every byte is tried. */
static void seek_anchor(struct pcapng_file *p, struct source *s)
{
	source_consume(s, 1);
	while (source_need(s, BLOCK_LEAST) && !is_anchor(p, s))
		source_consume(s, 1);
	if (!source_need(s, BLOCK_LEAST))
		source_consume(s, source_have(s));
}

/* Is the block at the front, which the file ends inside, just that, a packet that makes sense as far as it goes?  Then
 * nothing comes behind it, and a capture file that this packet may carry is not to be searched for blocks.  Else its
 * length is wrong. */
static bool is_cut_packet(const struct pcapng_file *p, const struct source *s)
{
	const uint8_t *at = source_bytes(s);
	uint64_t       length, caplen;

	if (source_have(s) < 32)
		return true;
	length = get_u32(at + 4, p->swap);
	caplen = get_u32(at + 20, p->swap);
	return get_u32(at, p->swap) == BLOCK_ENHANCED_PACKET && get_u32(at + 8, p->swap) < p->interfaces->len &&
	       caplen <= get_u32(at + 24, p->swap) && caplen + 32 <= length && length <= caplen + 32 + OPTIONS_LIKELY;
}

static enum capture_result damaged(struct source *s, uint64_t at, const char *what, GError **error)
{
	g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_DAMAGED,
	            "%s: %s at offset %" G_GUINT64_FORMAT "; everything readable before and behind it was kept", s->path,
	            what, at);
	return CAPTURE_DAMAGE;
}

/* One block; CAPTURE_END where it held no packet. */
static enum capture_result take(struct pcapng_file *p, struct source *s, const struct block *b, struct frame *f,
                                GError **error)
{
	bool (*read)(struct pcapng_file *p, const struct block *b, struct frame *f) = NULL;

	switch (b->type) {
	case BLOCK_SECTION:
		begin_section(p, b);
		break;
	case BLOCK_INTERFACE:
		add_interface(p, b);
		break;
	case BLOCK_STATISTICS:
		note_statistics(p, b);
		break;
	case BLOCK_ENHANCED_PACKET:
		read = enhanced_packet;
		break;
	case BLOCK_SIMPLE_PACKET:
		read = simple_packet;
		break;
	case BLOCK_PACKET_OLD:
		read = old_packet;
		break;
	case BLOCK_JOURNAL:
	case BLOCK_CUSTOM:
	case BLOCK_CUSTOM_PRIVATE:
		p->passed++;
		break;
	default: /* name resolution, secrets, whatever may come */
		break;
	}
	if (read == NULL)
		return CAPTURE_END;
	if (read(p, b, f))
		return CAPTURE_FRAME;
	return damaged(s, b->pos - 8, "a packet of no known interface, or longer than its block,", error);
}

enum capture_result pcapng_file_next(struct pcapng_file *p, struct source *s, struct frame *f, GError **error)
{
	for (;;) {
		struct block        b;
		uint64_t            at = s->offset;
		enum capture_result result;

		switch (look(p, s, &b)) {
		case LOOK_END:
			return CAPTURE_END;
		case LOOK_CUT:
			if (is_cut_packet(p, s))
				source_consume(s, source_have(s));
			else
				seek_anchor(p, s);
			return damaged(s, at, "cut short inside a block", error);
		case LOOK_CORRUPT:
			seek_anchor(p, s);
			return damaged(s, at, "a corrupt block", error);
		case LOOK_BLOCK:
			result = take(p, s, &b, f, error);
			if (result != CAPTURE_END)
				return result;
		}
	}
}
