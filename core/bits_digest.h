/* bits_digest.h - what bytes were, without keeping them: 64-bit digests of 4 KiB blocks, to notice that the same part
 * of a file was sent twice with different content.
 *
 * A digest stands for a whole aligned block, or for a ragged end with exactly its range; two of the same range and
 * different value are a conflict, anything else is not compared.  XXH3, of a seed that whoever sends the
 * bytes does not know; `extract` compares the bytes themselves. */
#ifndef BITS_DIGEST_H
#define BITS_DIGEST_H

#include "core/bits_range.h"
#include "core/bits_str.h"

#define BITS_DIGEST_BLOCK 4096
#define BITS_DIGESTS_MAX  (UINT64_C(64) << 20) /* bytes of all digests together: of 32 GiB, where files have no holes */

/* The digests of one exchange's bytes, made as the bytes come; *books as below. */
struct bits_digester;
struct bits_digester *bits_digester_new(uint64_t seed, uint64_t *books); /* digests of the same seed may be compared */
void                  bits_digester_free(struct bits_digester *g);
/* Bytes at `offset`, which never falls; a jump ends the piece before it. */
void bits_digester_add(struct bits_digester *g, uint64_t offset, struct bits_str data);
/* No byte follows the last one. */
void bits_digester_flush(struct bits_digester *g);

/* The digests of one file's accepted bytes.  *books counts the bytes of the digests of all files and exchanges that share it, up
 * to BITS_DIGESTS_MAX: those that find no room are not compared.  Of ragged ends the latest 4096 are remembered. */
struct bits_digests;
struct bits_digests *bits_digests_new(uint64_t seed, uint64_t *books);
void                 bits_digests_free(struct bits_digests *s);

/* Do both know of all their pieces, the same and at least one, and of each the same digest? */
bool bits_digests_equal(const struct bits_digests *a, const struct bits_digests *b);

/* Take over what g knows of pieces within [.., below), and forget it there.  Ranges whose digest differs from one
 * already known are added to *conflicts.  Gives how many pieces found no room. */
uint64_t bits_digests_accept(struct bits_digests *s, struct bits_digester *g, uint64_t below, struct bits_ranges *conflicts);

#endif
