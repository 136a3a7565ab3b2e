/* bits_upload.h - which bytes of one uploaded file were seen, and which of them are in it.  Holds no bytes.
 *
 * Every captured copy of a byte is accepted, refused or unanswered.  A copy lives in its exchange until its fate is
 * known; accepted copies merge here.  [MC-BUP] 2.2.6, 2.2.7. */
#ifndef BITS_UPLOAD_H
#define BITS_UPLOAD_H

#include "core/bits_message.h"

struct bits_upload {
	uint64_t           size;     /* "/total" of the Fragments; BITS_SIZE_UNKNOWN until one says it                */
	bool               size_accepted; /* ... and a Fragment that said it was accepted                              */
	uint64_t           acked;    /* greatest offset that an answer stated or implied: the server holds [0, acked) */
	struct bits_ranges seen;     /* captured, whatever the answer                                                 */
	struct bits_ranges accepted; /* in the file for good                                                          */
	struct bits_ranges open;     /* captured and unanswered: in the file for want of better; may overlap accepted */
	struct bits_ranges conflicts; /* accepted twice with different bytes: known by block (see bits_digest.h)      */
};

void bits_upload_init(struct bits_upload *u);
void bits_upload_clear(struct bits_upload *u);

/* A Fragment says that the file has `total` bytes.  An accepted total beats one that was only said; of two accepted
 * totals the greater counts, so that nothing is called complete too early. */
void bits_upload_total(struct bits_upload *u, uint64_t total, bool accepted);

/* Bytes without a byte of [0, size) missing from `accepted`, or from `accepted` and `open`; where accepted bytes lie beyond
 * the size, nobody knows it, and nothing is complete.  closed_empty: a closed upload that is known to have had no bytes
 * at all. */
enum bits_file_state bits_upload_state(const struct bits_upload *u, bool closed_empty);

/* [0, size) without what is accepted or open, in order; the caller clears it.  Empty while the size is unknown. */
struct bits_ranges bits_upload_gaps(const struct bits_upload *u);

#endif
