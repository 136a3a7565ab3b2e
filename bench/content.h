/* SPDX-License-Identifier: GPL-2.0-or-later */
/* content.h - bytes that look like chance and are known: byte `at` of the body numbered `number` is always the same one,
 * so that what was extracted can be compared with what was sent. */
#pragma once

#include <stddef.h>
#include <stdint.h>

void content_fill(uint8_t *p, size_t n, uint64_t number, uint64_t at);

/* The next number of a sequence (xorshift); *state must not be 0. */
uint64_t chance(uint64_t *state);
