/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source_lines.h - the provenance of one uploaded file as lines: one JSON object for each run of bytes.
 *
 *   {"range":[0,1448],"capture":"a.pcap","frames":[24],"timestamp":"2026-…Z","connection":1,"offset":3270}
 *
 * range: of the file; offset: of its first byte in the (decompressed) capture; connection: its ordinal in this run. */
#ifndef CLI_SOURCE_LINES_H
#define CLI_SOURCE_LINES_H

#include "cli/record.h"
#include "cli/sheet.h"
#include "cli/sources.h"

/* Every line for the bytes in front of `size`. */
bool source_lines_write(struct sources *s, uint64_t size, const struct record_context *names, struct sheet *sheet,
			GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
