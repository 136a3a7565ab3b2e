/* files.h - made capture files, piece by piece, in either byte order, and what was read back as text. */
#ifndef TESTS_FILES_H
#define TESTS_FILES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/frame.h"
#include "wire/source.h"

struct file {
	GByteArray *a;
	bool        swap;  /* what is put from now on is of the other byte order */
	guint       block; /* where the latest block begins                      */
};

/* Nothing in it, in this machine's byte order. */
struct file file_new(void);
void        file_clear(struct file *f);

void put_u16(struct file *f, uint16_t v);
void put_u32(struct file *f, uint32_t v);
void put_u64(struct file *f, uint64_t v);
void put_text(struct file *f, const char *s); /* without its NUL, unpadded */

/* ---- pcap ---- */

void put_pcap_header(struct file *f, uint32_t magic, uint32_t link);
void put_pcap_packet(struct file *f, uint32_t s, uint32_t fraction, const char *text, uint32_t wirelen);

/* ---- pcapng ---- */

void put_block(struct file *f, uint32_t type); /* what is put until end_block is its body */
void end_block(struct file *f);                /* pads it, and sets both lengths          */
void put_option(struct file *f, uint16_t code, const void *value, uint16_t n);

void put_section(struct file *f, const char *comment);
/* tsresol is if_tsresol's byte; -1: no such option */
void put_interface(struct file *f, uint16_t link, uint32_t snaplen, int tsresol, int64_t offset_s);
void put_enhanced(struct file *f, uint32_t index, uint64_t ticks, const char *text, uint32_t wirelen);
void put_simple(struct file *f, const char *text, uint32_t wirelen);
void put_statistics(struct file *f, uint32_t index, uint64_t ifdrop, uint64_t osdrop);

/* ---- on disk, and back ---- */

/* A temporary file of these bytes; the caller unlinks and frees the name. */
char *write_temporary(const void *bytes, gsize n);
/* A source over such a file, of which only the open descriptor is left. */
struct source *source_over(const void *bytes, gsize n);

/* One word a frame, and a space: tap:link:bytes/wirelen@time; without /wirelen where all was captured, @- without a time. */
void tell_frame(GString *s, const struct frame *f);

#endif
