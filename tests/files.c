/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/files.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/cm.h"

struct file file_new(void)
{
	return (struct file){ .a = g_byte_array_new() };
}

void file_clear(struct file *f)
{
	g_clear_pointer(&f->a, g_byte_array_unref);
}

static void put(struct file *f, const void *p, size_t n)
{
	g_byte_array_append(f->a, p, (guint)n);
}

void put_u16(struct file *f, uint16_t v)
{
	if (f->swap)
		v = GUINT16_SWAP_LE_BE(v);
	put(f, &v, sizeof v);
}

void put_u32(struct file *f, uint32_t v)
{
	v = f->swap ? GUINT32_SWAP_LE_BE(v) : v;
	put(f, &v, sizeof v);
}

void put_u64(struct file *f, uint64_t v)
{
	v = f->swap ? GUINT64_SWAP_LE_BE(v) : v;
	put(f, &v, sizeof v);
}

void put_text(struct file *f, const char *s)
{
	put(f, s, strlen(s));
}

static void pad(struct file *f)
{
	static const uint8_t zeros[4];

	put(f, zeros, (4 - (f->a->len - f->block) % 4) % 4);
}

/* ---- pcap ------------------------------------------------------------------------------------------------------ */

void put_pcap_header(struct file *f, uint32_t magic, uint32_t link)
{
	put_u32(f, magic);
	put_u16(f, 2);
	put_u16(f, 4);
	put_u32(f, 0);
	put_u32(f, 0);
	put_u32(f, 65535);
	put_u32(f, link);
}

void put_pcap_packet(struct file *f, uint32_t s, uint32_t fraction, const char *text, uint32_t wirelen)
{
	put_u32(f, s);
	put_u32(f, fraction);
	put_u32(f, (uint32_t)strlen(text));
	put_u32(f, wirelen);
	put_text(f, text);
}

/* ---- pcapng ---------------------------------------------------------------------------------------------------- */

void put_block(struct file *f, uint32_t type)
{
	f->block = f->a->len;
	put_u32(f, type);
	put_u32(f, 0);
}

void end_block(struct file *f)
{
	pad(f);
	put_u32(f, f->a->len + 4 - f->block);
	memcpy(f->a->data + f->block + 4, f->a->data + f->a->len - 4, 4);
}

void put_option(struct file *f, uint16_t code, const void *value, uint16_t n)
{
	put_u16(f, code);
	put_u16(f, n);
	put(f, value, n);
	pad(f);
}

static void put_u64_option(struct file *f, uint16_t code, uint64_t value)
{
	put_u16(f, code);
	put_u16(f, 8);
	put_u64(f, value);
}

void put_section(struct file *f, const char *comment)
{
	put_block(f, 0x0A0D0D0A);
	put_u32(f, 0x1A2B3C4D);
	put_u16(f, 1);
	put_u16(f, 0);
	put_u64(f, UINT64_MAX);
	if (comment != NULL)
		put_option(f, 1, comment, (uint16_t)strlen(comment));
	put_u32(f, 0);
	end_block(f);
}

void put_interface(struct file *f, uint16_t link, uint32_t snaplen, int tsresol, int64_t offset_s)
{
	uint8_t resolution = (uint8_t)tsresol;

	put_block(f, 1);
	put_u16(f, link);
	put_u16(f, 0);
	put_u32(f, snaplen);
	if (tsresol >= 0)
		put_option(f, 9, &resolution, 1);
	if (offset_s != 0)
		put_u64_option(f, 14, (uint64_t)offset_s);
	end_block(f);
}

void put_enhanced(struct file *f, uint32_t index, uint64_t ticks, const char *text, uint32_t wirelen)
{
	put_block(f, 6);
	put_u32(f, index);
	put_u32(f, (uint32_t)(ticks >> 32));
	put_u32(f, (uint32_t)ticks);
	put_u32(f, (uint32_t)strlen(text));
	put_u32(f, wirelen);
	put_text(f, text);
	end_block(f);
}

void put_simple(struct file *f, const char *text, uint32_t wirelen)
{
	put_block(f, 3);
	put_u32(f, wirelen);
	put_text(f, text);
	end_block(f);
}

void put_statistics(struct file *f, uint32_t index, uint64_t ifdrop, uint64_t osdrop)
{
	put_block(f, 5);
	put_u32(f, index);
	put_u64(f, 0);
	put_u64_option(f, 5, ifdrop);
	put_u64_option(f, 7, osdrop);
	end_block(f);
}

/* ---- on disk, and back ----------------------------------------------------------------------------------------- */

char *write_temporary(const void *bytes, gsize n)
{
	char *path = NULL;
	int   fd = g_file_open_tmp("bitspect-XXXXXX", &path, NULL);

	assert_true(fd >= 0);
	close(fd);
	assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
	return path;
}

struct source *source_over(const void *bytes, gsize n)
{
	g_autofree char *path = write_temporary(bytes, n);
	struct source   *s = source_open(path, NULL);

	g_unlink(path);
	assert_non_null(s);
	return s;
}

void tell_frame(GString *s, const struct frame *f)
{
	g_string_append_printf(s, "%u:%u:%.*s", f->tap, f->link, (int)f->caplen, (const char *)f->bytes);
	if (f->wirelen != f->caplen)
		g_string_append_printf(s, "/%u", f->wirelen);
	if (f->time_ns == BITS_TIME_UNKNOWN)
		g_string_append(s, "@- ");
	else
		g_string_append_printf(s, "@%" G_GINT64_FORMAT " ", f->time_ns);
}
