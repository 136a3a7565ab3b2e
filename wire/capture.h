/* capture.h - a capture file as a row of frames: pcap or pcapng, told apart by content, compressed or not.
 *
 * Read with read(2) into one large buffer, never mapped: a file may shrink or grow while it is read.  Damage is
 * reported, not fatal: what came before it has been handed out, and where the format allows it reading goes on behind. */
#ifndef WIRE_CAPTURE_H
#define WIRE_CAPTURE_H

#include <glib.h>
#include <stdbool.h>

#include "wire/frame.h"

#define CAPTURE_ERROR (capture_error_quark())
GQuark capture_error_quark(void);
enum capture_error {
	CAPTURE_ERROR_UNREADABLE, /* missing, a directory, no permission, an I/O error                        */
	CAPTURE_ERROR_NO_CAPTURE, /* readable, but nothing that we know: the message names a remedy           */
	CAPTURE_ERROR_FOREIGN,    /* a capture that we do not read, or packed as we do not unpack: evidence   *
	                           * that is missing; the message names the remedy                            */
	CAPTURE_ERROR_CROWDED,    /* sound, but no room for it beside those that overlap with it in time (set.h) */
	CAPTURE_ERROR_DAMAGED,    /* cut short or corrupt: the message says at which offset and what was kept */
};

/* What the file itself says, complete once capture_next has returned CAPTURE_END. */
struct capture_info {
	const char *path;          /* as the user named it                                                 */
	const char *format;        /* "pcap", "pcapng"; static                                             */
	const char *compression;   /* "gzip", "zstd", "lz4"; NULL: none; static                            */
	uint64_t    size;          /* bytes read, decompressed                                             */
	uint32_t    frames;
	int64_t     first_ns, last_ns; /* least and greatest timestamp; BITS_TIME_UNKNOWN where none       */
	GArray     *links;         /* of uint32_t LINKTYPE_*, each once, in order of appearance            */
	bool        has_drops;     /* the file has drop counters (pcapng ISB)                              */
	uint64_t    drops;         /* sum over interfaces of the last counter of each                      */
	bool        is_cut;        /* some frame was cut by a snaplen                                      */
	GPtrArray  *comments;      /* of char *, UTF-8 made valid: section and frame comments, at most 64 and 64 KiB */
	char       *damage;        /* first damage, as the message said it; NULL for a sound file          */
};

struct capture;

/* "-" is standard input.  NULL and *error where the file cannot be read as a capture at all. */
struct capture *capture_open(const char *path, uint32_t ordinal, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void            capture_free(struct capture *c);
typedef struct capture capture_handle;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(capture_handle, capture_free)

/* Can it be read only once, as standard input or a pipe? */
bool capture_is_once(const struct capture *c);
/* Many captures are open: source_spare.  To be called before its first frame is asked for. */
void capture_spare(struct capture *c);

/* Bytes that it takes by now, of memory that was ever written to. */
uint64_t capture_memory(const struct capture *c);
/* It is not read any further: that is its damage, unless it has another one. */
void capture_give_up(struct capture *c, const GError *why);

enum capture_result {
	CAPTURE_FRAME,   /* *f is filled                                                                    */
	CAPTURE_END,     /* no more frames                                                                  */
	CAPTURE_DAMAGE,  /* *error says what; call again: frames behind the damage, or CAPTURE_END           */
};
enum capture_result capture_next(struct capture *c, struct frame *f, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Valid as long as c. */
const struct capture_info *capture_info(const struct capture *c);

#endif
