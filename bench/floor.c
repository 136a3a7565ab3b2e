/* SPDX-License-Identifier: GPL-2.0-or-later */
/* floor.c - the least that a program must do that does what bitspect does, and nothing else.
 *
 *   floor look CAPTURE          reads it, and looks at the headers of each frame and the checksum of each segment of HTTP
 *   floor write CAPTURE DIR     ... hashes what goes to port 80, and writes it into one file
 *   floor files CAPTURE DIR N   ... hashes that, and makes 2 N files: a body of 8 KiB and a sheet of 512 bytes each, under a
 *                               temporary name, written, renamed, closed
 *
 * CAPTURE is one that `generate` made: pcap of this byte order, Ethernet, IPv4 without options, HTTP at ports 80 and 8080. */
#include <fcntl.h>
#include <gcrypt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE   ((size_t)256 << 10)
#define PIECE       ((size_t)64 << 10)
#define FILE_HEADER 24 /* bytes, of pcap; ... */
#define RECORD      16 /* ... before each frame */
#define IP          14
#define BODY        8192
#define SHEET       512

static void fail(const char *what)
{
	perror(what);
	exit(5);
}

/* ---- look ------------------------------------------------------------------------------------------------------ */

struct seen {
	uint64_t frames, segments, wrong;
	void   (*take)(struct seen *seen, const uint8_t *p, size_t n); /* the payload of a segment to port 80; NULL */

	gcry_md_hd_t hash;
	int          out; /* -1: none */
	uint8_t      piece[PIECE];
	size_t       n;
	uint64_t     bytes;
};

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static unsigned get16(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
__attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#endif
static uint64_t sum_of(const uint8_t *p, size_t n)
{
	uint64_t sum = 0;
	uint8_t  last[4] = { 0 };

	for (; n >= 4; p += 4, n -= 4)
		sum += get32(p);
	memcpy(last, p, n);
	return sum + get32(last);
}

static int is_right(const uint8_t *ip, unsigned header, unsigned n)
{
	const uint8_t rest[4] = { 0, 6, (uint8_t)(n >> 8), (uint8_t)n };
	uint64_t      sum = sum_of(ip + header, n) + get32(ip + 12) + get32(ip + 16) + get32(rest);

	while (sum >> 16 != 0)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return sum == 0xFFFF;
}

static int is_http(const uint8_t *tcp)
{
	unsigned from = get16(tcp), to = get16(tcp + 2);

	return from == 80 || to == 80 || from == 8080 || to == 8080;
}

static void look_at(struct seen *seen, const uint8_t *frame, uint32_t n)
{
	const uint8_t *ip = frame + IP, *tcp = ip + 20;
	unsigned       length = get16(ip + 2), header;

	seen->frames++;
	if (n < IP + 40 || get16(frame + 12) != 0x0800 || ip[9] != 6 || length < 40 || IP + length > n || !is_http(tcp))
		return;
	header = 20 + (tcp[12] >> 4) * 4U;
	seen->segments++;
	seen->wrong += !is_right(ip, 20, length - 20);
	if (seen->take != NULL && get16(tcp + 2) == 80 && length > header)
		seen->take(seen, ip + header, length - header);
}

/* The frames that are whole in p[0, n); gives how many bytes those are. */
static size_t look_at_all(struct seen *seen, const uint8_t *p, size_t n)
{
	size_t at = 0;

	while (n - at >= RECORD && n - at - RECORD >= get32(p + at + 8)) {
		look_at(seen, p + at + RECORD, get32(p + at + 8));
		at += RECORD + get32(p + at + 8);
	}
	return at;
}

static void look(int in, struct seen *seen)
{
	static uint8_t buffer[2 * READ_SIZE];
	size_t         have = 0, done;
	ssize_t        got;

	if (read(in, buffer, FILE_HEADER) != FILE_HEADER)
		fail("read");
	while ((got = read(in, buffer + have, READ_SIZE)) > 0) {
		have += (size_t)got;
		done = look_at_all(seen, buffer, have);
		have -= done;
		memmove(buffer, buffer + done, have);
	}
	printf("%" PRIu64 " frames, %" PRIu64 " segments, %" PRIu64 " wrong, %" PRIu64 " bytes taken\n", seen->frames, seen->segments,
	       seen->wrong, seen->bytes);
}

/* ---- write, files ---------------------------------------------------------------------------------------------- */

static void make(const char *path, const uint8_t *bytes, size_t n)
{
	char temporary[4096];
	int  out;

	snprintf(temporary, sizeof temporary, "%s.part", path);
	out = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (out < 0 || write(out, bytes, n) != (ssize_t)n || rename(temporary, path) != 0 || close(out) != 0)
		fail(path);
}

static void make_pair(const char *folder, unsigned i, const uint8_t *bytes)
{
	char path[2048];

	snprintf(path, sizeof path, "%s/%u.bin", folder, i);
	make(path, bytes, BODY);
	snprintf(path, sizeof path, "%s/%u.csv", folder, i);
	make(path, bytes, SHEET);
}

static void take_piece(struct seen *seen)
{
	gcry_md_write(seen->hash, seen->piece, seen->n);
	if (seen->out >= 0 && write(seen->out, seen->piece, seen->n) != (ssize_t)seen->n)
		fail("write");
	seen->n = 0;
}

static void take(struct seen *seen, const uint8_t *p, size_t n)
{
	seen->bytes += n;
	if (seen->n + n > PIECE)
		take_piece(seen);
	memcpy(seen->piece + seen->n, p, n);
	seen->n += n;
}

/* out < 0: nothing is written; pairs 0: no files are made. */
static void look_and_take(int in, int out, const char *folder, unsigned pairs)
{
	static struct seen seen = { .take = take };

	seen.out = out;
	if (gcry_md_open(&seen.hash, GCRY_MD_SHA256, 0) != 0)
		fail("gcry_md_open");
	look(in, &seen);
	take_piece(&seen);
	for (unsigned i = 0; i < pairs; i++)
		make_pair(folder, i, seen.piece);
	printf("%02x, %u pairs\n", gcry_md_read(seen.hash, 0)[0], pairs);
	gcry_md_close(seen.hash);
}

static int make_file(const char *folder)
{
	char path[2048];
	int  out;

	snprintf(path, sizeof path, "%s/body", folder);
	out = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (out < 0)
		fail(path);
	return out;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	int         in = argc > 2 ? open(argv[2], O_RDONLY) : -1;

	if (in < 0) {
		fprintf(stderr, "usage: floor look CAPTURE | floor write CAPTURE DIR | floor files CAPTURE DIR N\n");
		return 2;
	}
	if (strcmp(what, "look") == 0 && argc == 3)
		look(in, &(struct seen){ .out = -1 });
	else if (strcmp(what, "write") == 0 && argc == 4)
		look_and_take(in, make_file(argv[3]), argv[3], 0);
	else if (strcmp(what, "files") == 0 && argc == 5)
		look_and_take(in, -1, argv[3], (unsigned)strtoul(argv[4], NULL, 10));
	else
		return 2;
	return 0;
}
