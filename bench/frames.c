/* SPDX-License-Identifier: GPL-2.0-or-later */
/* frames.c - the bytes of a capture: its format, the headers and their checksums. */
#include "frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_GAP_US 12
#define START_US     UINT64_C(1700000000000000)

static uint64_t now_us = START_US;
static bool     is_pcapng;

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

void capture_begin(bool pcapng)
{
	static const uint32_t pcap[] = { 0xA1B2C3D4, 2 | 4 << 16, 0, 0, 262144, 1 };
	static const uint32_t section[] = { 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, UINT32_MAX, UINT32_MAX, 28 };
	static const uint32_t interface[] = { 1, 20, 1, 262144, 20 };
	static char           buffer[1 << 20];

	setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
	is_pcapng = pcapng;
	if (!pcapng) {
		write_all(pcap, sizeof pcap);
		return;
	}
	write_all(section, sizeof section);
	write_all(interface, sizeof interface);
}

bool capture_end(void)
{
	return fflush(stdout) == 0;
}

static void write_pcapng(const uint8_t *bytes, uint32_t n)
{
	uint32_t padded = (n + 3) & ~3U, size = 32 + padded;
	uint32_t header[] = { 6, size, 0, (uint32_t)(now_us >> 32), (uint32_t)now_us, n, n };

	write_all(header, sizeof header);
	write_all(bytes, n);
	write_all("\0\0\0", padded - n);
	write_all(&size, sizeof size);
}

static void write_pcap(const uint8_t *bytes, uint32_t n)
{
	uint32_t header[] = { (uint32_t)(now_us / 1000000), (uint32_t)(now_us % 1000000), n, n };

	write_all(header, sizeof header);
	write_all(bytes, n);
}

void frame_write(const struct frame *frame)
{
	(is_pcapng ? write_pcapng : write_pcap)(frame->bytes, (uint32_t)frame->size);
	now_us += FRAME_GAP_US;
}

/* Ethernet and IPv4 around n bytes of protocol `proto`, of which the checksum will lie at `sum`. */
static void wrap(struct frame *out, const struct side *from, const struct side *to, uint8_t proto, size_t n, size_t sum)
{
	uint8_t *ip = out->bytes + 14, *inner = ip + 20;

	memcpy(out->bytes, "\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0", 14);
	memcpy(ip, "\x45\0\0\0\0\0\x40\0\x40\0\0", 12);
	be16(ip + 2, (uint32_t)(20 + n));
	ip[9] = proto;
	memcpy(ip + 12, from->ip, 4);
	memcpy(ip + 16, to->ip, 4);
	be16(ip + 10, fold(sum16(ip, 20, 0)));
	be16(inner + sum, fold(sum16(inner, n, sum16(ip + 12, 8, proto + (uint32_t)n))));
	out->size = 34 + n;
}

void frame_make(struct frame *out, struct side *from, const struct side *to, unsigned flags, const uint8_t *payload,
                size_t n)
{
	uint8_t *tcp = out->bytes + 34;

	memset(tcp, 0, 32);
	be16(tcp, from->port);
	be16(tcp + 2, to->port);
	be32(tcp + 4, from->seq);
	be32(tcp + 8, flags & ACK ? to->seq - to->behind : 0);
	tcp[12] = 8 << 4;
	tcp[13] = (uint8_t)flags;
	be16(tcp + 14, 65535);
	memcpy(tcp + 20, "\1\1\x08\x0a", 4);
	if (n > 0)
		memcpy(tcp + 32, payload, n);
	wrap(out, from, to, 6, 32 + n, 16);
	from->seq += (uint32_t)n + (flags & (SYN | FIN) ? 1 : 0);
}

void send_segment(struct side *from, const struct side *to, unsigned flags, const uint8_t *payload, size_t n)
{
	static struct frame frame;

	frame_make(&frame, from, to, flags, payload, n);
	frame_write(&frame);
}

void send_datagram(const struct side *from, const struct side *to, const uint8_t *payload, size_t n)
{
	static struct frame frame;
	uint8_t            *udp = frame.bytes + 34;

	be16(udp, from->port);
	be16(udp + 2, to->port);
	be16(udp + 4, (uint32_t)(8 + n));
	be16(udp + 6, 0);
	memcpy(udp + 8, payload, n);
	wrap(&frame, from, to, 17, 8 + n, 6);
	frame_write(&frame);
}
