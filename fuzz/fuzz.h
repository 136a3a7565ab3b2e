/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz.h - what the targets share: the entry that libFuzzer calls, and a way to make decisions out of bytes.
 *
 * A target builds what it feeds from the input, so that a mutation of a byte is a small change of what happens, and holds
 * the code to more than not crashing: g_assert says what must hold for any input. */
#ifndef FUZZ_H
#define FUZZ_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Decisions, in order; zeros when the input is at its end. */
struct dice {
	const uint8_t *p, *end;
};

static inline struct dice dice_of(const uint8_t *data, size_t size)
{
	return (struct dice){ data, data + size };
}

static inline bool dice_has(const struct dice *d)
{
	return d->p < d->end;
}

static inline unsigned dice_8(struct dice *d)
{
	return d->p < d->end ? *d->p++ : 0;
}

static inline unsigned dice_16(struct dice *d)
{
	unsigned high = dice_8(d);

	return high << 8 | dice_8(d);
}

/* As many of n bytes as there are. */
static inline const uint8_t *dice_bytes(struct dice *d, size_t *n)
{
	const uint8_t *p = d->p;

	*n = MIN(*n, (size_t)(d->end - d->p));
	d->p += *n;
	return p;
}

/* Looks at all of them: they have to be there. */
void fuzz_touch(const uint8_t *p, size_t n);

/* The input as a file that can be opened by its name: a descriptor to close, and the name (g_free). */
int fuzz_file(const uint8_t *data, size_t size, char **path);

#endif
