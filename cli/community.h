/* SPDX-License-Identifier: GPL-2.0-or-later */
/* community.h - Community ID v1: one text for a connection, the same in every tool and from either end. */
#ifndef CLI_COMMUNITY_H
#define CLI_COMMUNITY_H

#include "core/bits_where.h"

/* Seed 0, TCP.  The caller frees it with g_free; NULL where an address is unknown or the families differ. */
char *community_id(const struct bits_end *a, const struct bits_end *b);

#endif
