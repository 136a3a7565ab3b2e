/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/packers.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/cm.h"

static guint8 *room(GByteArray *to, gsize n)
{
	guint before = to->len;

	g_byte_array_set_size(to, before + (guint)n);
	return to->data + before;
}

static void give_back(GByteArray *to, gsize had, gsize used)
{
	g_byte_array_set_size(to, to->len - (guint)(had - used));
}

static void pack_gzip(GByteArray *to, const void *bytes, gsize n, gboolean checks)
{
	z_stream z = { 0 };
	gsize    most;

	(void)checks; /* it always has them */
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	most = deflateBound(&z, n);
	z.next_in = (Bytef *)(gsize)bytes;
	z.avail_in = (uInt)n;
	z.next_out = room(to, most);
	z.avail_out = (uInt)most;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	give_back(to, most, z.total_out);
	deflateEnd(&z);
}

/* In a stream, as `zstd` packs what comes through a pipe: the frame does not say its size, and has a window. */
static void pack_zstd_with(GByteArray *to, const void *bytes, gsize n, gboolean checks, int log)
{
	ZSTD_CCtx     *c = ZSTD_createCCtx();
	gsize          most = ZSTD_compressBound(n) + 1024;
	ZSTD_inBuffer  in = { bytes, n, 0 };
	ZSTD_outBuffer out = { room(to, most), most, 0 };

	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, checks);
	if (log != 0)
		ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, log);
	assert_false(ZSTD_isError(ZSTD_compressStream2(c, &out, &in, ZSTD_e_continue)));
	assert_int_equal(ZSTD_compressStream2(c, &out, &in, ZSTD_e_end), 0);
	give_back(to, most, out.pos);
	ZSTD_freeCCtx(c);
}

static void pack_zstd(GByteArray *to, const void *bytes, gsize n, gboolean checks)
{
	pack_zstd_with(to, bytes, n, checks, 0);
}

void pack_zstd_window(GByteArray *to, const void *bytes, gsize n, int log)
{
	pack_zstd_with(to, bytes, n, FALSE, log);
}

static void pack_lz4(GByteArray *to, const void *bytes, gsize n, gboolean checks)
{
	LZ4F_preferences_t p = { 0 };
	gsize              most, used;

	p.frameInfo.blockSizeID = LZ4F_max64KB;
	p.frameInfo.contentChecksumFlag = checks ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum;
	p.frameInfo.blockChecksumFlag = checks ? LZ4F_blockChecksumEnabled : LZ4F_noBlockChecksum;
	most = LZ4F_compressFrameBound(n, &p);
	used = LZ4F_compressFrame(room(to, most), most, bytes, n, &p);
	assert_false(LZ4F_isError(used));
	give_back(to, most, used);
}

const struct packer packers[3] = { { "gzip", pack_gzip }, { "zstd", pack_zstd }, { "lz4", pack_lz4 } };
