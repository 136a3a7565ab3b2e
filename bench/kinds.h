/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kinds.h - what is said in the conversations. */
#pragma once

#include "talk.h"

extern const struct kind kind_upload; /* Create-Session, Fragments of `piece` bytes, Close-Session; the file is /in/NUMBER.bin */

/* Other traffic: `size` bytes of the server in answers, records, datagrams of `piece`. */
extern const struct kind kind_page, kind_tls, kind_quic, kind_lookup;
