/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/frames.h"

#include <string.h>

static void be16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void be32(uint8_t *p, uint32_t v)
{
	be16(p, v >> 16);
	be16(p + 2, v & 0xFFFF);
}

static uint32_t sum16(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	return sum;
}

static uint32_t fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return ~sum & 0xFFFF;
}

GByteArray *make_ipv4(const struct made *m)
{
	static const uint8_t ends[2][4] = { { 10, 0, 0, 2 }, { 10, 0, 0, 1 } };
	GByteArray          *a = g_byte_array_new();
	uint8_t              h[40] = { 0x45, [8] = 64, [9] = 6, [32] = 5 << 4 };
	size_t               total = sizeof h + m->n;
	uint16_t             client = m->port != 0 ? m->port : 40000;

	be16(h + 2, (uint32_t)total);
	memcpy(h + 12, ends[m->from], 4);
	memcpy(h + 16, ends[!m->from], 4);
	be16(h + 20, m->from ? 80 : client);
	be16(h + 22, m->from ? client : 80);
	be32(h + 24, m->seq);
	be32(h + 28, m->ack);
	h[33] = m->flags;
	be16(h + 34, m->window);
	g_byte_array_append(a, h, sizeof h);
	if (m->n > 0)
		g_byte_array_append(a, m->payload, (guint)m->n);
	be16(a->data + 36, fold(sum16(a->data + 20, total - 20, sum16(h + 12, 8, 6 + (uint32_t)total - 20))));
	if (m->bad_checksum)
		a->data[36] ^= 0x55;
	return a;
}

GByteArray *make_ethernet(const struct made *m)
{
	static const uint8_t header[14] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
	GByteArray          *a = make_ipv4(m);

	g_byte_array_prepend(a, header, sizeof header);
	return a;
}

static void append_tag(GByteArray *a, uint16_t number, const uint8_t *value, uint16_t n)
{
	uint8_t head[4];

	be16(head, number);
	be16(head + 2, n);
	g_byte_array_append(a, head, sizeof head);
	if (n > 0)
		g_byte_array_append(a, value, n);
}

GByteArray *make_pdu(const struct made *m)
{
	const uint8_t ends[2][4] = { { 10, 0, 0, 2 }, { 10, 0, 0, 1 } };
	uint8_t       port[4] = { 0 }, type[4] = { [3] = 2 };
	GByteArray   *a = g_byte_array_new();

	append_tag(a, 12, (const uint8_t *)"http\0\0\0", 8);
	append_tag(a, 20, ends[m->from], 4);
	append_tag(a, 21, ends[!m->from], 4);
	append_tag(a, 24, type, 4);
	for (uint16_t end = 0; end < 2; end++) {
		be16(port + 2, end == m->from ? (m->port ? m->port : 40000) : 80);
		append_tag(a, 25 + end, port, 4);
	}
	append_tag(a, 0, NULL, 0);
	if (m->n > 0)
		g_byte_array_append(a, m->payload, (guint)m->n);
	return a;
}

GByteArray *make_fragment(const GByteArray *packet, guint from, guint to, uint16_t id)
{
	GByteArray *a = g_byte_array_new();

	g_byte_array_append(a, packet->data, 20);
	g_byte_array_append(a, packet->data + 20 + from, to - from);
	be16(a->data + 2, a->len);
	be16(a->data + 4, id);
	be16(a->data + 6, from / 8 | (20 + to < packet->len ? 0x2000 : 0));
	return a;
}

struct frame frame_of(const GByteArray *bytes, uint32_t link, uint32_t number)
{
	return (struct frame){ .number = number, .link = link, .pos = number * 1000, .time_ns = number * INT64_C(1000000),
		               .caplen = bytes->len, .wirelen = bytes->len, .bytes = bytes->data };
}
