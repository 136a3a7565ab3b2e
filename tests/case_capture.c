/* SPDX-License-Identifier: GPL-2.0-or-later */
/* case_capture.c - all the conversations of docs/rules/ as one capture, so that a program that reads captures can be asked
 * what it says of them.
 *
 * usage: case_capture RULES_DIR CAPTURE      prints for each case: number, rule, kind, title; then its findings
 *
 * Case n has addresses of its own, 10.A.B.x with n = 256 A + B, and session ids of its own: nothing that it does can be
 * taken for another's. */
#include <stdio.h>
#include <string.h>

#include "tests/rule_cases.h"
#include "tests/specimen_actions.h"

#define ISN(d)      ((d) == 0 ? 1000U : 900000U)
#define ID_PART     "-5555-" /* of the session ids: the case's number takes its place */

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

struct line {
	uint64_t at[2], heard[2];
	uint8_t  host[2];
	uint16_t port[2];
	bool     from_start, is_open;
	GString *latest[2]; /* segment; owned */
};

struct writer {
	FILE    *file;
	unsigned number; /* of the case */
	int64_t  time_ns;
};

/* ---- frames ---------------------------------------------------------------------------------------------------- */

static void put16(GByteArray *a, uint32_t v)
{
	g_byte_array_append(a, (const guint8[]){ (guint8)(v >> 8), (guint8)v }, 2);
}

static void put32(GByteArray *a, uint32_t v)
{
	put16(a, v >> 16);
	put16(a, v);
}

static void write_host32(FILE *file, uint32_t v)
{
	fwrite(&v, sizeof v, 1, file);
}

static void write_frame(struct writer *w, const GByteArray *a)
{
	write_host32(w->file, (uint32_t)(w->time_ns / 1000000000));
	write_host32(w->file, (uint32_t)(w->time_ns % 1000000000));
	write_host32(w->file, a->len);
	write_host32(w->file, a->len);
	fwrite(a->data, 1, a->len, w->file);
}

static void put_address(GByteArray *a, const struct writer *w, uint8_t host)
{
	put16(a, 10 << 8 | w->number >> 8);
	put16(a, (w->number & 0xFF) << 8 | host);
}

static void write_segment(struct writer *w, const struct line *l, unsigned d, unsigned flags, uint64_t at, const char *data,
                          size_t n)
{
	g_autoptr(GByteArray) a = g_byte_array_new();

	put16(a, 0x4500);
	put16(a, (uint32_t)(40 + n));
	put32(a, 0x00004000);
	put32(a, 64 << 24 | 6 << 16);
	put_address(a, w, l->host[d]);
	put_address(a, w, l->host[!d]);
	put16(a, l->port[d]);
	put16(a, l->port[!d]);
	put32(a, (uint32_t)(ISN(d) + at));
	put32(a, flags & TCP_ACK ? (uint32_t)(ISN(!d) + 1 + l->heard[d]) : 0);
	put16(a, 5U << 12 | flags);
	put16(a, 0xFFFF);
	put32(a, 0);
	g_byte_array_append(a, (const guint8 *)data, (guint)n);
	write_frame(w, a);
}

/* ---- a connection ---------------------------------------------------------------------------------------------- */

/* As specimen.h has them. */
static void name_line(struct line *l, const char *name, unsigned conn)
{
	bool is_back = g_str_has_prefix(name, "back"), is_peer = g_str_has_prefix(name, "peer");

	l->host[0] = is_back ? 1 : is_peer ? 3 : 2;
	l->host[1] = is_back ? 9 : 1;
	l->port[0] = (uint16_t)(40000 + conn);
	l->port[1] = is_back ? 8080 : 80;
	l->from_start = true;
	l->latest[0] = g_string_new(NULL);
	l->latest[1] = g_string_new(NULL);
}

static void open_line(struct writer *w, struct line *l)
{
	if (l->is_open)
		return;
	l->is_open = true;
	if (!l->from_start)
		return;
	write_segment(w, l, 0, TCP_SYN, 0, NULL, 0);
	write_segment(w, l, 1, TCP_SYN | TCP_ACK, 0, NULL, 0);
	write_segment(w, l, 0, TCP_ACK, 1, NULL, 0);
}

/* Bytes [from, to) of a, whose first byte is at l->at. */
static void send_part(struct writer *w, struct line *l, const struct action *a, size_t from, size_t to)
{
	unsigned flags = TCP_PSH | (a->nohear ? 0 : TCP_ACK);

	for (size_t n; from < to; from += n) {
		n = MIN(SPECIMEN_SEGMENT, to - from);
		write_segment(w, l, a->d, flags, 1 + l->at[a->d] + from, a->bytes->str + from, n);
		g_string_assign(l->latest[a->d], "");
		g_string_append_len(l->latest[a->d], a->bytes->str + from, (gssize)n);
	}
}

static void send_bytes(struct writer *w, struct line *l, const struct action *a)
{
	size_t half = a->gap_ms > 0 ? a->bytes->len / 2 : 0;

	send_part(w, l, a, half, a->bytes->len);
	w->time_ns += half > 0 ? a->gap_ms * 1000000 : 0;
	send_part(w, l, a, 0, half);
	l->at[a->d] += a->bytes->len;
}

static void send_again(struct writer *w, struct line *l, const struct action *a)
{
	const GString *s = l->latest[a->d];

	write_segment(w, l, a->d, TCP_PSH | TCP_ACK, 1 + l->at[a->d] - s->len, s->str, s->len);
}

static void end_line(struct writer *w, struct line *l, const struct action *a)
{
	if (a->act == ACT_RST) {
		write_segment(w, l, a->d, TCP_RST | TCP_ACK, 1 + l->at[a->d], NULL, 0);
		return;
	}
	write_segment(w, l, a->d, TCP_FIN | TCP_ACK, 1 + l->at[a->d], NULL, 0);
	l->heard[!a->d] = l->at[a->d] + 1;
	write_segment(w, l, !a->d, TCP_FIN | TCP_ACK, 1 + l->at[!a->d], NULL, 0);
	l->heard[a->d] = l->at[!a->d] + 1;
	write_segment(w, l, a->d, TCP_ACK, 2 + l->at[a->d], NULL, 0);
}

static void write_action(struct writer *w, struct line *lines, const struct action *a)
{
	struct line *l = &lines[a->conn];

	if (a->act == ACT_MIDSTREAM) {
		l->from_start = false;
		return;
	}
	w->time_ns += a->late_ms * 1000000;
	open_line(w, l);
	if (!a->blind)
		l->heard[a->d] = l->at[!a->d] + a->ahead;
	if (a->act == ACT_BYTES)
		send_bytes(w, l, a);
	else if (a->act == ACT_LOST)
		l->at[a->d] += a->n;
	else if (a->act == ACT_AGAIN)
		send_again(w, l, a);
	else if (a->act == ACT_ACK)
		write_segment(w, l, a->d, TCP_ACK, 1 + l->at[a->d], NULL, 0);
	else
		end_line(w, l, a);
}

/* ---- cases ----------------------------------------------------------------------------------------------------- */

static void write_case(struct writer *w, const struct rule_case *c)
{
	g_autofree char  *part = g_strdup_printf("-%04x-", 0x1000 + w->number);
	g_auto(GStrv)     pieces = g_strsplit(c->conversation, ID_PART, -1);
	g_autofree char  *conversation = g_strjoinv(part, pieces);
	struct specimen  *s = specimen_parse(conversation);
	g_autofree struct line *lines = g_new0(struct line, s->names->len + 1);

	for (guint i = 0; i < s->names->len; i++)
		name_line(&lines[i], s->names->pdata[i], i);
	for (guint i = 0; i < s->actions->len; i++)
		write_action(w, lines, s->actions->pdata[i]);
	for (guint i = 0; i < 2 * s->names->len; i++)
		g_string_free(lines[i / 2].latest[i % 2], true);
	specimen_free(s);
}

static void write_file_header(FILE *file)
{
	static const uint32_t header[] = { 0xA1B23C4D, 4 << 16 | 2, 0, 0, 262144, 101 /* raw IP */ };

	for (size_t i = 0; i < G_N_ELEMENTS(header); i++)
		write_host32(file, header[i]);
}

int main(int argc, char **argv)
{
	g_autoptr(GPtrArray) cases = argc == 3 ? rule_cases_load(argv[1]) : NULL;
	struct writer        w = { .time_ns = INT64_C(1700000000000000000) };

	if (cases == NULL || (w.file = fopen(argv[2], "wb")) == NULL)
		return 2;
	write_file_header(w.file);
	for (w.number = 0; w.number < cases->len; w.number++) {
		const struct rule_case *c = cases->pdata[w.number];

		write_case(&w, c);
		printf("%u\t%s\t%s\t%s\n%s", w.number, c->rule, c->kind, c->title, c->expected);
		w.time_ns += INT64_C(1000000000);
	}
	return fclose(w.file) != 0;
}
