/* SPDX-License-Identifier: GPL-2.0-or-later */
/* print_streams.c - a line for each direction of each TCP connection of a capture:
 *
 *   stream SENDER PORT RECEIVER PORT BYTES LOST SHA256
 *
 * and before them one for each frame: frame NUMBER NANOSECONDS, "-" where it has no time
 *
 * usage: print_streams CAPTURE */
#include "tests/streams_of.h"

#include <gio/gio.h>
#include <inttypes.h>
#include <stdio.h>

static void print_end(const struct bits_end *e)
{
	g_autoptr(GInetAddress) a =
		g_inet_address_new_from_bytes(e->addr.bytes, e->addr.family == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
	g_autofree char *text = g_inet_address_to_string(a);

	printf("%s %u ", text, e->port);
}

static void print_frame(const struct frame *f)
{
	if (f->time_ns == BITS_TIME_UNKNOWN)
		printf("frame %u -\n", f->number);
	else
		printf("frame %u %" PRId64 "\n", f->number, f->time_ns);
}

int main(int argc, char **argv)
{
	g_autoptr(GPtrArray) streams = argc == 2 ? streams_of(argv[1], print_frame) : NULL;

	if (streams == NULL)
		return 2;
	for (guint i = 0; i < streams->len; i++)
		for (unsigned d = 0; d < 2; d++) {
			const struct recorded *r = streams->pdata[i];
			g_autofree char *sum =
				g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)r->stream[d]->str, r->stream[d]->len);

			printf("stream ");
			print_end(&r->end[d]);
			print_end(&r->end[!d]);
			printf("%zu %lu %s\n", r->stream[d]->len, r->lost[d], sum);
		}
	return 0;
}
