/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_taps.h - File > Export Objects > BITS: one entry an upload, with the bytes that the command line extracts. */
#ifndef PLUGIN_BITS_TAPS_H
#define PLUGIN_BITS_TAPS_H

#include "plugin/compat.h"

#include "plugin/bits_notes.h"

void bits_taps_register(int proto);
/* The capture is closed: what was told of it is gone. */
void bits_taps_forget(void);

/* Something of an upload was drawn, or came to be known of a frame that is gone: note's runs, whose bytes are `bytes` from
 * the note's first one on; or its answer, which may have settled bytes.  Costs nothing while nobody exports. */
void bits_taps_tell(packet_info *pinfo, const struct told *told, const struct note *note, struct bits_str bytes);

#endif
