/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tracker.c - conversations that are nearly those of the protocol: packets of a small vocabulary on three connections.
 *
 * No file is called complete of which not every byte was accepted, no proven finding is without a frame, and a session ends
 * once.
 * Input: for each packet: a byte of which packet, two of its numbers, one of what happens on the way. */
#include "core/bits_conn.h"
#include "core/bits_tracker.h"
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>

#define CONNECTIONS 3

struct talk {
	struct bits_tracker *tracker;
	struct bits_conn    *conn[CONNECTIONS];
	uint64_t             at[CONNECTIONS][2], heard[CONNECTIONS][2];
	uint32_t             frame;
	GHashTable          *ended;
};

static void on_ended(const struct bits_session *s, void *user)
{
	struct talk *t = user;

	g_assert(g_hash_table_add(t->ended, GSIZE_TO_POINTER(s->ordinal)));
	if (bits_session_file_state(s) == BITS_FILE_COMPLETE && bits_session_file_size(s) > 0)
		g_assert(bits_ranges_covers(&s->upload.accepted, (struct bits_range){ 0, bits_session_file_size(s) }));
}

static void on_finding(const struct bits_finding *f, void *user)
{
	g_autofree char *text = bits_finding_text(f);

	(void)user;
	g_assert(text != NULL && *text != '\0');
}

static const char *const requests[] = {
	"Ping\r\nContent-Length: 0\r\n\r\n",
	"Create-Session\r\nBITS-Supported-Protocols: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\nContent-Length: 0\r\n\r\n",
	"Fragment\r\nBITS-Session-Id: {%u}\r\nContent-Range: bytes %u-%u/64\r\nContent-Length: %u\r\n\r\n",
	"Fragment\r\nBITS-Session-Id: {%u}\r\nContent-Range: bytes %u-%u/64\r\nContent-Length: %u\r\nExpect: 100-continue\r\n\r\n",
	"Close-Session\r\nBITS-Session-Id: {%u}\r\nContent-Length: 0\r\n\r\n",
	"Cancel-Session\r\nBITS-Session-Id: {%u}\r\nContent-Length: 0\r\n\r\n",
	"Nonsense\r\nBITS-Session-Id: {%u}\r\n\r\n",
};

static const char *const answers[] = {
	"200 OK\r\nBITS-Session-Id: {%u}\r\nBITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\nContent-Length: 0\r\n\r\n",
	"200 OK\r\nBITS-Packet-Type: Ack\r\nBITS-Session-Id: {%u}\r\nBITS-Received-Content-Range: %u\r\nContent-Length: 0\r\n\r\n",
	"416 Range\r\nBITS-Packet-Type: Ack\r\nBITS-Session-Id: {%u}\r\nBITS-Received-Content-Range: %u\r\nContent-Length: 0\r\n\r\n",
	"100 Continue\r\n\r\n",
	"401 No\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n",
	"500 Oh\r\nBITS-Packet-Type: Ack\r\nBITS-Error-Code: 0x8020001F\r\nBITS-Error-Context: 0x5\r\nContent-Length: 0\r\n\r\n",
	"413 Large\r\nContent-Length: 0\r\n\r\n",
};

static unsigned body_of(unsigned packet, unsigned a, unsigned b)
{
	return (packet == 2 || packet == 3) && b >= a ? b - a + 1 : 0;
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static GString *text_of(unsigned side, unsigned packet, unsigned id, unsigned a, unsigned b)
{
	GString *text = g_string_new(NULL);

	if (side == 1) {
		g_string_append(text, "HTTP/1.1 ");
		g_string_append_printf(text, answers[packet % G_N_ELEMENTS(answers)], id, a);
		return text;
	}
	packet %= G_N_ELEMENTS(requests);
	g_string_append(text, "BITS_POST /a HTTP/1.1\r\nHost: h\r\nBITS-Packet-Type: ");
	g_string_append_printf(text, requests[packet], id, a, b, body_of(packet, a, b));
	for (unsigned i = 0; i < body_of(packet, a, b); i++)
		g_string_append_c(text, (char)('a' + (a + i) % 26));
	return text;
}

static struct bits_conn *connection(struct talk *t, unsigned k)
{
	struct bits_end ends[2] = { { .addr.family = 4, .port = (uint16_t)(4000 + k) }, { .addr.family = 4, .port = 80 } };

	ends[0].addr.bytes[3] = 2;
	ends[1].addr.bytes[3] = 1;
	if (t->conn[k] == NULL) {
		t->conn[k] = bits_conn_new(t->tracker, t->frame * 10 + k + 1, ends, true);
		memset(t->at[k], 0, sizeof t->at[k]);
		memset(t->heard[k], 0, sizeof t->heard[k]);
	}
	return t->conn[k];
}

static void sew(struct talk *t, unsigned k, struct bits_where w)
{
	for (unsigned side = 0; side < 2; side++) {
		w.at = t->at[k][side];
		bits_conn_seam(t->conn[k], side, &w);
	}
}

static void say(struct talk *t, unsigned k, unsigned side, const GString *text, unsigned way)
{
	struct bits_conn *c = connection(t, k);
	struct bits_where w = { .frame = t->frame, .order = t->frame, .pos = t->frame * 1000, .conn = t->frame,
		                .at = t->at[k][side], .time_ns = t->frame * INT64_C(1000000) };

	if ((way & 3) != 1)
		t->heard[k][side] = t->at[k][!side];
	w.heard = t->heard[k][side];
	if ((way & 0x1C) == 4)
		bits_conn_lost(c, side, text->len, &w);
	else if ((way & 0x1C) == 8)
		bits_conn_data(c, side, (struct bits_str){ text->str, text->len / 2 }, &w, true);
	else
		bits_conn_data(c, side, (struct bits_str){ text->str, text->len }, &w, true);
	t->at[k][side] += (way & 0x1C) == 8 ? text->len / 2 : text->len;
	if ((way & 0xE0) == 0xC0)
		sew(t, k, w);
	if ((way & 0xE0) != 0xE0)
		return;
	bits_conn_close(c, (enum bits_tcp_end)(way & 3), side, &w);
	bits_conn_free(g_steal_pointer(&t->conn[k]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bits_sink sink = { .ended = on_ended, .finding = on_finding };
	struct dice            d = dice_of(data, size);
	struct talk            t = { .ended = g_hash_table_new(NULL, NULL) };
	struct bits_where      last = { 0 };

	t.tracker = bits_tracker_new(&sink, &t, NULL);
	for (t.frame = 1; dice_has(&d) && t.frame < 4096; t.frame++) {
		unsigned           what = dice_8(&d), a = dice_8(&d), b = dice_8(&d), way = dice_8(&d), side = what & 1;
		g_autoptr(GString) text = text_of(side, what >> 3, a >> 6, a & 63, b & 63);

		say(&t, (what >> 1 & 3) % CONNECTIONS, side, text, way);
	}
	for (unsigned k = 0; k < CONNECTIONS; k++)
		if (t.conn[k] != NULL) {
			bits_conn_close(t.conn[k], BITS_TCP_CAPTURE_END, 0, &last);
			bits_conn_free(t.conn[k]);
		}
	bits_tracker_finish(t.tracker);
	bits_tracker_free(t.tracker);
	g_hash_table_unref(t.ended);
	return 0;
}
