/* SPDX-License-Identifier: GPL-2.0-or-later */
/* foreign.c - one table of magics, so that nobody who has a capture is told that it is none. */
#include "wire/foreign.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "wire/bytes.h"

#define CONVERT "; convert it first: editcap -F pcapng FILE capture.pcapng"
#define M(text) text, sizeof(text) - 1

/* clang-format off */
static const struct {
	size_t      at; /* offset of the magic */
	const char *magic;
	size_t      n;
	const char *advice;
} rows[] = {
	/* packed; gzip, zstd and lz4 are unpacked, and what is seen of them here lies in another one */
	{ 0, M("\x1f\x8b"),                 "compressed with gzip once more; decompress it first: gzip -dc FILE > capture.pcap.gz" },
	{ 0, M("\x28\xb5\x2f\xfd"),         "compressed with zstd once more; decompress it first: zstd -dc FILE > capture.pcap.zst" },
	{ 0, M("\x04\x22\x4d\x18"),         "compressed with lz4 once more; decompress it first: lz4 -dc FILE > capture.pcap.lz4" },
	{ 0, M("\x02\x21\x4c\x18"),         "compressed with lz4's old format; decompress it first: lz4 -dc FILE > capture.pcap" },
	{ 0, M("BZh"),                      "compressed with bzip2; decompress it first: bzip2 -dc FILE > capture.pcap" },
	{ 0, M("\xfd" "7zXZ"),              "compressed with xz; decompress it first: xz -dc FILE > capture.pcap" },
	{ 0, M("\x1f\x9d"),                 "compressed with compress; decompress it first: gzip -dc FILE > capture.pcap" },
	{ 0, M("PK\x03\x04"),               "a ZIP archive; unpack it first" },
	{ 0, M("7z\xbc\xaf\x27\x1c"),       "a 7z archive; unpack it first" },
	{ 0, M("Rar!\x1a\x07"),             "a RAR archive; unpack it first" },
	{ 257, M("ustar"),                  "a tar archive; unpack it first: tar -xf FILE" },
	/* captures that Wireshark reads */
	{ 0, M("snoop\0\0\0"),              "a snoop capture" CONVERT },
	{ 0, M("GMBU"),                     "a Network Monitor capture" CONVERT },
	{ 0, M("RTSS"),                     "a Network Monitor capture" CONVERT },
	{ 0, M("\x00\x00\x02\x00\x12\x05\x00\x10"), "a K12 (rf5) capture" CONVERT },
	{ 0, M("+---------+---------------+----------+"), "a K12 text capture" CONVERT },
	{ 0, M("iptrace 1.0"),              "an iptrace capture" CONVERT },
	{ 0, M("iptrace 2.0"),              "an iptrace capture" CONVERT },
	{ 0, M("btsnoop\0"),                "a btsnoop capture" CONVERT },
	{ 0, M("\x01\x10\x4c\x00"),         "a LANalyzer capture" CONVERT },
	{ 0, M("\x07\x10\x4c\x00"),         "a LANalyzer capture" CONVERT },
	{ 0, M("VL\0\0"),                   "a NetXRay capture" CONVERT },
	{ 0, M("XCP\0"),                    "a NetXRay or Windows Sniffer capture" CONVERT },
	{ 0, M("TRSNIFF data    \x1a"),     "a Sniffer capture" CONVERT },
	{ 0, M("\xaa\xaa\xaa\xaa"),         "a 5Views capture" CONVERT },
	{ 0, M("\x42\xd2\x00\x34\x12\x66\x22\x88"), "a RADCOM capture" CONVERT },
	{ 0, M("\x54\x52\x00\x64\x00"),     "a nettl trace" CONVERT },
	{ 0, M("\x05VNF"),                  "a Visual Networks capture" CONVERT },
	{ 0, M("ObserverPktBuffe"),         "an Observer capture" CONVERT },
	{ 0, M("\x7fver"),                  "an EtherPeek or OmniPeek capture" CONVERT },
	{ 0, M("cpse"),                     "a Capsa capture" CONVERT },
	{ 0, M("EyeSDN"),                   "an EyeSDN trace" CONVERT },
	{ 0, M("V0208"),                    "an Aethra capture" CONVERT },
	{ 0, M("Session Transcript"),       "a DCT2000 trace" CONVERT },
	{ 0, M("#Format=4"),                "a Daintree capture" CONVERT },
	{ 0, M("LOGG"),                     "a BLF log" CONVERT },
};
/* clang-format on */

/* Seconds since 1970 within the years in which captures are made: 1990 to 2100. */
static bool is_plausible_time(uint32_t seconds)
{
	return seconds > 631152000u && seconds < 4102444800u;
}

static uint16_t get_le16(const uint8_t *p)
{
	return get_u16(p, G_BYTE_ORDER == G_BIG_ENDIAN);
}

static uint32_t get_le32(const uint8_t *p)
{
	return get_u32(p, G_BYTE_ORDER == G_BIG_ENDIAN);
}

/* Records of ERF: a time of 64 bits with the seconds above (0 where it was lost), a type, flags, its own length and, after
 * two bytes, that of the packet inside. */
static bool is_erf(const uint8_t *p, size_t n)
{
	uint32_t seconds, type, length;

	if (n < 16)
		return false;
	seconds = get_le32(p + 4);
	type = p[8] & 0x7f;
	length = get_be16(p + 10);
	return (seconds == 0 || is_plausible_time(seconds)) && type >= 1 && type <= 48 && length >= 16 &&
	       length <= get_be16(p + 14) + 96u;
}

/* A CommView record says year, month, day, hour, minute, second and microsecond, each in a field of its own. */
static bool is_commview_date(const uint8_t *p)
{
	uint32_t year = get_le16(p);

	return year >= 1990 && year < 2100 && p[2] >= 1 && p[2] <= 12 && p[3] >= 1 && p[3] <= 31 && p[4] < 24 && p[5] < 60 &&
	       p[6] < 61 && get_le32(p + 7) < 1000000;
}

/* Behind two lengths of 16 bits and a version, or behind one of 32 bits. */
static bool is_commview(const uint8_t *p, size_t n)
{
	return n >= 24 && get_le16(p) > 0 && (is_commview_date(p + 5) || is_commview_date(p + 4));
}

/* pppd's record file begins with the time of day; a step of time or data of one direction follows. */
static bool is_pppdump(const uint8_t *p, size_t n)
{
	return n >= 6 && p[0] == 7 && p[5] >= 1 && p[5] <= 7 && is_plausible_time(get_be32(p + 1));
}

static const struct {
	bool (*is)(const uint8_t *p, size_t n);
	const char *advice;
} guesses[] = {
	{ is_erf, "what seems to be an ERF capture" CONVERT },
	{ is_commview, "what seems to be a CommView capture" CONVERT },
	{ is_pppdump, "what seems to be a pppd record file" CONVERT },
};

const char *foreign_advice(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (n >= rows[i].at + rows[i].n && memcmp(p + rows[i].at, rows[i].magic, rows[i].n) == 0)
			return rows[i].advice;
	for (size_t i = 0; i < G_N_ELEMENTS(guesses); i++)
		if (guesses[i].is(p, n))
			return guesses[i].advice;
	return NULL;
}
