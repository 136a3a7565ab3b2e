/* SPDX-License-Identifier: GPL-2.0-or-later */
/* generate.c - makes captures of BITS uploads to measure with: the same arguments give the same bytes.
 *
 *   generate bulk MIB FRAGMENT_KIB > out.pcap    one upload of MIB mebibytes in Fragments of FRAGMENT_KIB kibibytes
 *
 * Ethernet, IPv4, TCP with valid checksums, segments of 1448 bytes, an ACK of the server for every second one. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MSS         1448
#define HEADERS     (14 + 20 + 32) /* Ethernet, IPv4, TCP with the timestamp option */
#define FRAME_GAP_US 12

struct side {
	uint8_t  ip[4];
	uint16_t port;
	uint32_t seq;
};

static uint64_t now_us = UINT64_C(1700000000000000);
static uint64_t random_state = UINT64_C(0x9E3779B97F4A7C15);

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void fill(uint8_t *p, size_t n)
{
	for (; n >= 8; p += 8, n -= 8) {
		uint64_t v = next_random();

		memcpy(p, &v, 8);
	}
	for (; n > 0; n--)
		*p++ = (uint8_t)next_random();
}

static void be16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void be32(uint8_t *p, uint32_t v)
{
	be16(p, v >> 16);
	be16(p + 2, v);
}

static uint32_t sum16(const uint8_t *p, size_t n, uint32_t sum)
{
	for (; n > 1; p += 2, n -= 2)
		sum += (uint32_t)(p[0] << 8 | p[1]);
	return n > 0 ? sum + (uint32_t)(p[0] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return (uint16_t)~sum;
}

static void write_all(const void *p, size_t n)
{
	if (fwrite(p, 1, n, stdout) != n) {
		perror("generate");
		exit(5);
	}
}

static void write_record_header(size_t n)
{
	uint32_t header[4] = { (uint32_t)(now_us / 1000000), (uint32_t)(now_us % 1000000), (uint32_t)n, (uint32_t)n };

	write_all(header, sizeof header);
	now_us += FRAME_GAP_US;
}

enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

/* One frame of `from`; payload may be NULL for a frame without one. */
static void send_frame(struct side *from, const struct side *to, unsigned flags, const uint8_t *payload, size_t n)
{
	static uint8_t frame[HEADERS + MSS];
	uint8_t       *ip = frame + 14, *tcp = ip + 20;
	uint32_t       sum;

	memset(frame, 0, HEADERS);
	memcpy(frame, "\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0", 14);
	memcpy(ip, "\x45\0\0\0\0\0\x40\0\x40\6", 10);
	be16(ip + 2, (uint32_t)(20 + 32 + n));
	memcpy(ip + 12, from->ip, 4);
	memcpy(ip + 16, to->ip, 4);
	be16(ip + 10, fold(sum16(ip, 20, 0)));
	be16(tcp, from->port);
	be16(tcp + 2, to->port);
	be32(tcp + 4, from->seq);
	be32(tcp + 8, flags & ACK ? to->seq : 0);
	tcp[12] = 8 << 4;
	tcp[13] = (uint8_t)flags;
	be16(tcp + 14, 65535);
	memcpy(tcp + 20, "\1\1\x08\x0a", 4);
	if (n > 0)
		memcpy(tcp + 32, payload, n);
	sum = sum16(ip + 12, 8, 6 + 32 + (uint32_t)n);
	be16(tcp + 16, fold(sum16(tcp, 32 + n, sum)));
	write_record_header(HEADERS + n);
	write_all(frame, HEADERS + n);
	from->seq += (uint32_t)n + (flags & (SYN | FIN) ? 1 : 0);
}

static void send_text(struct side *from, const struct side *to, const char *text)
{
	send_frame(from, to, PSH | ACK, (const uint8_t *)text, strlen(text));
}

static void handshake(struct side *client, struct side *server)
{
	send_frame(client, server, SYN, NULL, 0);
	send_frame(server, client, SYN | ACK, NULL, 0);
	send_frame(client, server, ACK, NULL, 0);
}

static void goodbye(struct side *client, struct side *server)
{
	send_frame(client, server, FIN | ACK, NULL, 0);
	send_frame(server, client, FIN | ACK, NULL, 0);
	send_frame(client, server, ACK, NULL, 0);
}

#define REQUEST                                                                                                        \
	"BITS_POST /in/bulk.bin HTTP/1.1\r\nHost: 10.0.0.1\r\nUser-Agent: Microsoft BITS/7.8\r\nBITS-Packet-Type: "
#define SESSION "\r\nBITS-Session-Id: {11112222-3333-4444-5555-666677778888}"
#define ANSWER  "HTTP/1.1 200 OK\r\nServer: Microsoft-IIS/10.0\r\nBITS-Packet-Type: Ack" SESSION

static void send_body(struct side *client, struct side *server, uint64_t n)
{
	uint8_t  segment[MSS];
	unsigned count = 0;

	while (n > 0) {
		size_t part = n < MSS ? (size_t)n : MSS;

		fill(segment, part);
		send_frame(client, server, ACK, segment, part);
		if (++count % 2 == 0)
			send_frame(server, client, ACK, NULL, 0);
		n -= part;
	}
}

static void upload(struct side *client, struct side *server, uint64_t size, uint64_t fragment)
{
	char text[1024];

	send_text(client, server, REQUEST "Create-Session\r\nBITS-Supported-Protocols: "
	                                  "{7df0354d-249b-430f-820d-3d2a9bef4931}\r\nContent-Length: 0\r\n\r\n");
	send_text(server, client, ANSWER "\r\nBITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\n"
	                                 "Accept-Encoding: identity\r\nContent-Length: 0\r\n\r\n");
	for (uint64_t from = 0; from < size; from += fragment) {
		uint64_t to = from + fragment < size ? from + fragment : size;

		snprintf(text, sizeof text,
		         REQUEST "Fragment" SESSION "\r\nContent-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64
		                 "\r\nContent-Length: %" PRIu64 "\r\n\r\n",
		         from, to - 1, size, to - from);
		send_text(client, server, text);
		send_body(client, server, to - from);
		snprintf(text, sizeof text, ANSWER "\r\nBITS-Received-Content-Range: %" PRIu64 "\r\nContent-Length: 0\r\n\r\n", to);
		send_text(server, client, text);
	}
	send_text(client, server, REQUEST "Close-Session" SESSION "\r\nContent-Length: 0\r\n\r\n");
	send_text(server, client, ANSWER "\r\nContent-Length: 0\r\n\r\n");
}

static void write_file_header(void)
{
	uint32_t header[6] = { 0xA1B2C3D4, 2 | 4 << 16, 0, 0, 262144, 1 };

	write_all(header, sizeof header);
}

int main(int argc, char **argv)
{
	struct side client = { { 10, 0, 0, 2 }, 49152, 1000 }, server = { { 10, 0, 0, 1 }, 80, 5000 };
	static char buffer[1 << 20];

	if (argc != 4 || strcmp(argv[1], "bulk") != 0) {
		fprintf(stderr, "usage: generate bulk MIB FRAGMENT_KIB > out.pcap\n");
		return 2;
	}
	setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
	write_file_header();
	handshake(&client, &server);
	upload(&client, &server, strtoull(argv[2], NULL, 10) << 20, strtoull(argv[3], NULL, 10) << 10);
	goodbye(&client, &server);
	return fflush(stdout) == 0 ? 0 : 5;
}
