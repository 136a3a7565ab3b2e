/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pcapng_write.c - a block is its body between two lengths that nobody knows before the body is there. */
#include "wire/pcapng_write.h"

#include <string.h>

#include "wire/pcapng_file.h"

#define BYTE_ORDER_MAGIC 0x1A2B3C4Du
#define UNITS            INT64_C(1000000000) /* a second, in ticks: nanoseconds */
#define RESOLUTION       9                   /* if_tsresol: 10^-9 s             */
#define OPTION_MOST      65532u              /* bytes that a length of 16 bits can tell, and padding */

/* Ticks have no sign.  An interface for frames before 1970 counts from here, the second before the earliest time that a
 * frame can have. */
#define LONG_AGO_S (-BITS_TIME_LIMIT / UNITS - 1)

enum {
	BLOCK_INTERFACE = 0x00000001,
	BLOCK_STATISTICS = 0x00000005,
	BLOCK_ENHANCED_PACKET = 0x00000006,
	BLOCK_SECTION = 0x0A0D0D0A,
};

enum {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_SHB_USERAPPL = 4,
	OPTION_IF_TSRESOL = 9,
	OPTION_IF_TSOFFSET = 14,
	OPTION_ISB_IFDROP = 5,
};

void pcapng_writer_init(struct pcapng_writer *w)
{
	*w = (struct pcapng_writer){ .out = g_byte_array_new(),
		                     .interfaces = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL) };
}

void pcapng_writer_clear(struct pcapng_writer *w)
{
	g_clear_pointer(&w->out, g_byte_array_unref);
	g_clear_pointer(&w->interfaces, g_hash_table_unref);
}

/* ---- numbers, options, blocks ---------------------------------------------------------------------------------- */

static void put(GByteArray *out, const void *p, size_t n)
{
	g_byte_array_append(out, p, (guint)n);
}

static void put_u16(GByteArray *out, uint16_t v)
{
	v = GUINT16_TO_LE(v);
	put(out, &v, sizeof v);
}

static void put_u32(GByteArray *out, uint32_t v)
{
	v = GUINT32_TO_LE(v);
	put(out, &v, sizeof v);
}

/* The halves of a time: the upper one comes first, whatever the byte order. */
static void put_ticks(GByteArray *out, uint64_t ticks)
{
	put_u32(out, (uint32_t)(ticks >> 32));
	put_u32(out, (uint32_t)ticks);
}

/* n bytes were put: what is missing to a multiple of four follows. */
static void pad(GByteArray *out, size_t n)
{
	static const uint8_t zeros[4];

	put(out, zeros, (4 - n % 4) % 4);
}

static void put_option(GByteArray *out, uint16_t code, const void *value, size_t n)
{
	put_u16(out, code);
	put_u16(out, (uint16_t)n);
	put(out, value, n);
	pad(out, n);
}

static void put_u64_option(GByteArray *out, uint16_t code, uint64_t value)
{
	value = GUINT64_TO_LE(value);
	put_option(out, code, &value, sizeof value);
}

static void put_text_option(GByteArray *out, uint16_t code, const char *text)
{
	put_option(out, code, text, MIN(strlen(text), OPTION_MOST));
}

/* Gives where the block begins. */
static guint begin_block(GByteArray *out, uint32_t type)
{
	guint at = out->len;

	put_u32(out, type);
	put_u32(out, 0);
	return at;
}

static void end_block(GByteArray *out, guint at)
{
	uint32_t length;

	put_u32(out, OPTION_END); /* every block of ours has options */
	length = GUINT32_TO_LE(out->len + 4 - at);
	put(out, &length, sizeof length);
	memcpy(out->data + at + 4, &length, sizeof length);
}

/* ---- interfaces ------------------------------------------------------------------------------------------------ */

static bool is_long_ago(const struct frame *f)
{
	return f->time_ns != BITS_TIME_UNKNOWN && f->time_ns < 0;
}

/* What an interface of ours is known by: file, interface in that file, and whether its clock begins long ago. */
static int64_t key_of(const struct frame *f)
{
	return (int64_t)((uint64_t)f->file << 33 | (uint64_t)f->tap << 1 | is_long_ago(f));
}

static void put_comment(GByteArray *out, const char *what, uint32_t number, const char *capture, const char *more)
{
	g_autofree char *name = g_utf8_make_valid(capture, -1);
	g_autofree char *text = g_strdup_printf("%s %u of %s%s", what, number, name, more);

	put_text_option(out, OPTION_COMMENT, text);
}

static void describe_interface(GByteArray *out, const struct frame *f, const char *capture)
{
	static const uint8_t resolution = RESOLUTION;
	guint                at = begin_block(out, BLOCK_INTERFACE);

	put_u16(out, (uint16_t)f->link);
	put_u16(out, 0);
	put_u32(out, f->snaplen);
	put_comment(out, "interface", f->tap, capture, "");
	put_option(out, OPTION_IF_TSRESOL, &resolution, sizeof resolution);
	if (is_long_ago(f))
		put_u64_option(out, OPTION_IF_TSOFFSET, (uint64_t)LONG_AGO_S);
	end_block(out, at);
}

/* Neither our memory nor a reader's grows with them. */
static void begin_anew(struct pcapng_writer *w)
{
	static const char *const none[] = { NULL };

	g_hash_table_remove_all(w->interfaces);
	pcapng_write_section(w, w->application, none);
}

/* The number of the frame's interface, which is described where it was not yet. */
static uint32_t interface_of(struct pcapng_writer *w, const struct frame *f, const char *capture)
{
	int64_t  key = key_of(f);
	gpointer number;

	if (g_hash_table_lookup_extended(w->interfaces, &key, NULL, &number))
		return GPOINTER_TO_UINT(number);
	if (g_hash_table_size(w->interfaces) >= PCAPNG_INTERFACES_MOST)
		begin_anew(w);
	describe_interface(w->out, f, capture);
	number = GUINT_TO_POINTER(g_hash_table_size(w->interfaces));
	g_hash_table_insert(w->interfaces, g_memdup2(&key, sizeof key), number);
	return GPOINTER_TO_UINT(number);
}

/* ---- the blocks ------------------------------------------------------------------------------------------------ */

void pcapng_write_section(struct pcapng_writer *w, const char *application, const char *const *comments)
{
	guint at = begin_block(w->out, BLOCK_SECTION);

	w->application = application;
	put_u32(w->out, BYTE_ORDER_MAGIC);
	put_u16(w->out, 1); /* version 1.0 */
	put_u16(w->out, 0);
	put_u32(w->out, UINT32_MAX); /* length of the section: not told */
	put_u32(w->out, UINT32_MAX);
	for (; *comments != NULL; comments++)
		put_text_option(w->out, OPTION_COMMENT, *comments);
	put_text_option(w->out, OPTION_SHB_USERAPPL, application);
	end_block(w->out, at);
}

static uint64_t ticks_of(const struct frame *f)
{
	if (f->time_ns == BITS_TIME_UNKNOWN)
		return 0;
	return (uint64_t)(f->time_ns - (is_long_ago(f) ? LONG_AGO_S * UNITS : 0));
}

void pcapng_write_frame(struct pcapng_writer *w, const struct frame *f, const char *capture)
{
	guint at;

	w->interface = interface_of(w, f, capture);
	w->ticks = ticks_of(f);
	at = begin_block(w->out, BLOCK_ENHANCED_PACKET);
	put_u32(w->out, w->interface);
	put_ticks(w->out, w->ticks);
	put_u32(w->out, f->caplen);
	put_u32(w->out, f->wirelen);
	put(w->out, f->bytes, f->caplen);
	pad(w->out, f->caplen);
	put_comment(w->out, "frame", f->number, capture, f->time_ns == BITS_TIME_UNKNOWN ? ", which has no time" : "");
	end_block(w->out, at);
}

void pcapng_write_drops(struct pcapng_writer *w, uint64_t drops, const char *comment)
{
	guint at = begin_block(w->out, BLOCK_STATISTICS);

	put_u32(w->out, w->interface);
	put_ticks(w->out, w->ticks);
	put_text_option(w->out, OPTION_COMMENT, comment);
	put_u64_option(w->out, OPTION_ISB_IFDROP, drops);
	end_block(w->out, at);
}
