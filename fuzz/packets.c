/* SPDX-License-Identifier: GPL-2.0-or-later */
/* packets.c - every link type, tunnel, IP fragment and exported PDU: a row of frames through the pump.
 *
 * Input: a byte that chooses the link type; then frames: two bytes of length, of which the highest bit says that the
 * snaplen cut it, and the bytes. */
#include "core/bits_tracker.h"
#include "fuzz/fuzz.h"
#include "wire/pump.h"

static const uint16_t links[] = {
	0, 1, 6, 9, 10, 50, 51, 99, 100, 101, 104, 105, 107, 108, 109, 113, 119, 127, 138, 163, 192, 204, 205,
	209, 228, 229, 230, 239, 242, 252, 258, 276, 12, 14, 123, 131, 151, 158, 165, 166, 177, 200, 65000,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bits_sink sink = { 0 };
	struct dice            d = dice_of(data, size);
	uint32_t               link = links[dice_8(&d) % G_N_ELEMENTS(links)];
	struct bits_tracker   *t = bits_tracker_new(&sink, NULL, NULL);
	struct pump           *p = pump_new(t);
	struct frame           f = { .link = link };

	while (dice_has(&d)) {
		unsigned length = dice_16(&d);
		size_t   n = length & 0x7FFF;

		f.bytes = dice_bytes(&d, &n);
		f.caplen = (uint32_t)n;
		f.wirelen = f.caplen + (length & 0x8000 ? 1000 : 0);
		f.number++;
		f.order++;
		f.time_ns += 1000000;
		pump_frame(p, &f);
		f.pos += n;
	}
	pump_finish(p);
	g_assert(pump_stats(p)->frames == f.number);
	pump_free(p);
	bits_tracker_free(t);
	return 0;
}
