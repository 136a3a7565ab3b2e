/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unpack.c - one loop for all kinds: a step takes from the input what it can and puts what comes out where it is wanted;
 * between two members the next one's kind is told anew. */
#include "wire/unpack.h"

#include <errno.h>
#include <glib.h>
#include <lz4frame.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define IN_SIZE        ((size_t)256 << 10)
#define FIRST_READ     ((size_t)64 << 10) /* bytes; of many a file only its first frame is wanted           */
#define MAGIC          4                  /* bytes that tell every kind                                     */
#define WINDOW_LOG_MAX 27                 /* 128 MiB: with a larger zstd window a small file takes all memory */
#define ZSTD_BLOCK     3                  /* bytes of a block's header                                      */
#define LZ4_BLOCK      4

enum step { STEP_ON, STEP_MEMBER_ENDS, STEP_BROKEN };

/* One way of compressing.  `step` unpacks from u's input into to[0, n) and says in *made how much came out. */
struct kind {
	const char *name;
	uint8_t     magic[MAGIC], mask[MAGIC];
	void      (*begin)(struct unpack *u);
	enum step (*step)(struct unpack *u, uint8_t *to, size_t n, size_t *made);
};

struct unpack {
	struct file_in    *file;
	const struct kind *kind, *first; /* of the member under way, NULL between two; of the first member */
	bool        is_plain;            /* the file is not compressed                                     */
	bool        has_ended;
	uint8_t    *in;
	size_t      from, to;            /* in[from, to) is read and not yet unpacked                      */
	size_t      room;                /* bytes of it: more once it is known to be compressed            */
	size_t      touched;             /* in[0, touched) was ever written to                              */
	_Atomic uint64_t memory;         /* of all of it, when the latest read ended                       */
	uint64_t    offset;              /* of in[from] in the compressed file                             */
	const char *reason;              /* what the step says of data that it calls broken                */
	bool        is_refused;          /* ... which is sound, but not for us                             */
	char       *damage;
	size_t      hint;                /* bytes that the decompressor waits for; of zstd and lz4         */
	z_stream    gzip;
	bool        has_gzip;
	ZSTD_DStream *zstd;
	LZ4F_dctx    *lz4;
};

/* ---- the kinds ------------------------------------------------------------------------------------------------- */

static void take(struct unpack *u, size_t n)
{
	u->from += n;
	u->offset += n;
}

/* zstd and lz4 do not say what came out before an error in the same call.  So no call gets more than the rest of the block
 * under way, or the header of the next one: what a sound block holds is out before a broken one is looked at. */
static size_t one_block(const struct unpack *u, size_t header)
{
	size_t n = u->hint > header ? u->hint - header : MAX(u->hint, 1);

	return MIN(n, u->to - u->from);
}

static void begin_gzip(struct unpack *u)
{
	int result = u->has_gzip ? inflateReset(&u->gzip) : inflateInit2(&u->gzip, 16 + MAX_WBITS);

	g_assert(result == Z_OK); /* anything else is no memory */
	u->has_gzip = true;
}

static enum step step_gzip(struct unpack *u, uint8_t *to, size_t n, size_t *made)
{
	int result;

	u->gzip.next_in = u->in + u->from;
	u->gzip.avail_in = (uInt)(u->to - u->from);
	u->gzip.next_out = to;
	u->gzip.avail_out = (uInt)MIN(n, UINT32_MAX);
	result = inflate(&u->gzip, Z_SYNC_FLUSH);
	take(u, (size_t)(u->gzip.next_in - (u->in + u->from)));
	*made = (size_t)(u->gzip.next_out - to);
	u->reason = u->gzip.msg;
	if (result == Z_STREAM_END)
		return STEP_MEMBER_ENDS;
	return result == Z_OK || result == Z_BUF_ERROR ? STEP_ON : STEP_BROKEN;
}

static void begin_zstd(struct unpack *u)
{
	if (u->zstd == NULL)
		u->zstd = ZSTD_createDStream();
	g_assert(u->zstd != NULL);
	u->hint = ZSTD_initDStream(u->zstd);
	ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
}

static enum step step_zstd(struct unpack *u, uint8_t *to, size_t n, size_t *made)
{
	ZSTD_inBuffer  in = { u->in + u->from, one_block(u, ZSTD_BLOCK), 0 };
	ZSTD_outBuffer out = { to, n, 0 };
	size_t         result = ZSTD_decompressStream(u->zstd, &out, &in);

	take(u, in.pos);
	*made = out.pos;
	u->hint = result;
	if (!ZSTD_isError(result))
		return result == 0 ? STEP_MEMBER_ENDS : STEP_ON;
	u->is_refused = ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge;
	u->reason = u->is_refused ? "its window is larger than 128 MiB; decompress it first: zstd -d --long=31 FILE"
	                          : ZSTD_getErrorName(result);
	return STEP_BROKEN;
}

static void begin_lz4(struct unpack *u)
{
	if (u->lz4 == NULL)
		LZ4F_createDecompressionContext(&u->lz4, LZ4F_VERSION);
	g_assert(u->lz4 != NULL);
	LZ4F_resetDecompressionContext(u->lz4);
	u->hint = LZ4F_MIN_SIZE_TO_KNOW_HEADER_LENGTH;
}

static enum step step_lz4(struct unpack *u, uint8_t *to, size_t n, size_t *made)
{
	size_t taken = one_block(u, LZ4_BLOCK), result;

	*made = n;
	result = LZ4F_decompress(u->lz4, to, made, u->in + u->from, &taken, NULL);
	if (LZ4F_isError(result)) {
		*made = 0;
		u->reason = LZ4F_getErrorName(result);
		return STEP_BROKEN;
	}
	take(u, taken);
	u->hint = result;
	return result == 0 ? STEP_MEMBER_ENDS : STEP_ON;
}

/* clang-format off */
static const struct kind kinds[] = {
	/* name   magic                       mask                        */
	{ "gzip", { 0x1f, 0x8b, 0x08, 0x00 }, { 0xff, 0xff, 0xff, 0x00 }, begin_gzip, step_gzip },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, { 0xff, 0xff, 0xff, 0xff }, begin_zstd, step_zstd },
	{ "lz4",  { 0x04, 0x22, 0x4d, 0x18 }, { 0xff, 0xff, 0xff, 0xff }, begin_lz4,  step_lz4  },
	/* a skippable frame, zstd's or lz4's: pzstd begins with one */
	{ "zstd", { 0x50, 0x2a, 0x4d, 0x18 }, { 0xf0, 0xff, 0xff, 0xff }, begin_zstd, step_zstd },
};
/* clang-format on */

/* gzip's three bytes may be all that there is. */
static bool is_kind(const struct kind *k, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < MAGIC; i++)
		if (k->mask[i] != 0 && (i >= n || (p[i] & k->mask[i]) != k->magic[i]))
			return false;
	return true;
}

static const struct kind *kind_of(const struct unpack *u)
{
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (is_kind(&kinds[i], u->in + u->from, u->to - u->from))
			return &kinds[i];
	return NULL;
}

/* ---- the input ------------------------------------------------------------------------------------------------- */

/* More input behind what is left of it: > 0, 0 at the end, -1 and errno. */
static ssize_t refill(struct unpack *u)
{
	size_t  left = u->to - u->from;
	ssize_t got;

	if (u->first != NULL && u->room < IN_SIZE) {
		u->in = g_realloc(u->in, IN_SIZE);
		u->room = IN_SIZE;
	}
	memmove(u->in, u->in + u->from, left);
	u->from = 0;
	u->to = left;
	got = file_in_read(u->file, u->in + left, u->room - left);
	u->to += (size_t)MAX(got, 0);
	u->touched = MAX(u->touched, u->to);
	return got;
}

static ssize_t broken(struct unpack *u, const char *what, const char *reason)
{
	u->damage = g_strdup_printf("%s at offset %" G_GUINT64_FORMAT " of the compressed file%s%s%s", what, u->offset,
	                            reason != NULL ? " (" : "", reason != NULL ? reason : "", reason != NULL ? ")" : "");
	errno = EBADMSG;
	return -1;
}

static ssize_t cut_short(struct unpack *u)
{
	g_autofree char *what = g_strdup_printf("%s data cut short", u->first->name);

	return broken(u, what, NULL);
}

static ssize_t corrupt(struct unpack *u)
{
	g_autofree char *what = g_strdup_printf(u->is_refused ? "%s data that is not decompressed here" : "corrupt %s data", u->kind->name);

	return broken(u, what, u->reason);
}

/* ---- between two members --------------------------------------------------------------------------------------- */

/* Zeros fill a tape's block or a disk's sector: they are no damage. */
static ssize_t pass_padding(struct unpack *u)
{
	ssize_t got;

	do {
		while (u->from < u->to && u->in[u->from] == 0)
			take(u, 1);
		if (u->from < u->to)
			return broken(u, "something that is not compressed follows the compressed data", NULL);
		got = refill(u);
	} while (got > 0);
	u->has_ended = got == 0;
	return got;
}

/* 1: a member begins, or the file is not compressed at all; 0: the end; -1: errno. */
static ssize_t begin_member(struct unpack *u)
{
	ssize_t got = 1;

	while (u->to - u->from < MAGIC && got > 0)
		got = refill(u);
	if (got < 0)
		return -1;
	u->kind = kind_of(u);
	if (u->kind != NULL) {
		u->kind->begin(u);
		if (u->first == NULL)
			u->first = u->kind;
		return 1;
	}
	if (u->first != NULL)
		return pass_padding(u);
	u->is_plain = true;
	return 1;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

/* What was read to tell the kind, and then the file itself, without a copy. */
static ssize_t read_plain(struct unpack *u, uint8_t *to, size_t n)
{
	size_t left = MIN(u->to - u->from, n);

	if (left == 0)
		return file_in_read(u->file, to, n);
	memcpy(to, u->in + u->from, left);
	take(u, left);
	return (ssize_t)left;
}

/* As unpack_read, of the member under way; 0: it has ended, and nothing came out. */
static ssize_t read_member(struct unpack *u, uint8_t *to, size_t n)
{
	for (;;) {
		size_t    made = 0;
		enum step step = u->kind->step(u, to, n, &made);
		ssize_t   got;

		if (step == STEP_MEMBER_ENDS)
			u->kind = NULL;
		if (step == STEP_BROKEN)
			corrupt(u); /* told when what came out before it was taken */
		if (made > 0 || step == STEP_MEMBER_ENDS)
			return (ssize_t)made;
		if (step == STEP_BROKEN)
			return -1;
		if (u->from < u->to)
			continue;
		got = refill(u);
		if (got <= 0)
			return got < 0 ? -1 : cut_short(u);
	}
}

#define GZIP_MEMORY ((uint64_t)48 << 10) /* zlib.h: a window of 32 KiB, and some 7 KiB (zconf.h); rounded up */

/* lz4 does not say: it keeps a block of the input and one of the output, with the 64 KiB before that. */
static uint64_t lz4_memory(LZ4F_dctx *d)
{
	LZ4F_frameInfo_t info = { 0 };
	size_t           none = 0;

	if (LZ4F_isError(LZ4F_getFrameInfo(d, &info, NULL, &none)) || info.blockSizeID == LZ4F_default)
		return 0;
	return 2 * (((uint64_t)64 << 10) << 2 * (info.blockSizeID - LZ4F_max64KB)) + ((uint64_t)128 << 10);
}

static void note_memory(struct unpack *u)
{
	u->memory = sizeof *u + u->touched + (u->has_gzip ? GZIP_MEMORY : 0) + ZSTD_sizeof_DStream(u->zstd) +
	            (u->lz4 != NULL ? lz4_memory(u->lz4) : 0);
}

uint64_t unpack_memory(const struct unpack *u)
{
	return u->memory;
}

static ssize_t read_on(struct unpack *u, uint8_t *to, size_t n)
{
	ssize_t got = 0;

	while (got == 0 && !u->has_ended && !u->is_plain && u->damage == NULL) {
		if (u->kind == NULL && (got = begin_member(u)) <= 0)
			return got;
		got = u->is_plain ? 0 : read_member(u, to, n);
	}
	if (u->is_plain)
		return read_plain(u, to, n);
	if (got == 0 && u->damage != NULL) {
		errno = EBADMSG;
		return -1;
	}
	return got;
}

ssize_t unpack_read(struct unpack *u, uint8_t *to, size_t n)
{
	ssize_t got = read_on(u, to, n);

	if (!u->is_plain)
		note_memory(u);
	return got;
}

struct unpack *unpack_new(struct file_in *f)
{
	struct unpack *u = g_new0(struct unpack, 1);

	u->file = f;
	u->room = FIRST_READ;
	u->in = g_malloc(u->room);
	return u;
}

void unpack_free(struct unpack *u)
{
	if (u == NULL)
		return;
	if (u->has_gzip)
		inflateEnd(&u->gzip);
	ZSTD_freeDStream(u->zstd);
	LZ4F_freeDecompressionContext(u->lz4);
	g_free(u->damage);
	g_free(u->in);
	g_free(u);
}

const char *unpack_name(const struct unpack *u)
{
	return u->first != NULL ? u->first->name : NULL;
}

const char *unpack_damage(const struct unpack *u)
{
	return u->damage;
}
