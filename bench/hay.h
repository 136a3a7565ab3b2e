/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hay.h - a network on which few upload anything. */
#pragma once

#include <stdint.h>

/* About `size` bytes of frames in `connections` TCP connections (an even hundred), and the UDP that goes with them.
 * A hundredth of the bytes are uploads, and of the connections. */
void hay(uint64_t size, uint64_t connections);
