/* filter.h - a BPF expression, run on our own frames: tcpdump's language, whatever the capture's format.
 *
 * libpcap compiles it once for each link type.  As with tcpdump, an expression about IP or TCP does not look behind a
 * VLAN tag unless it says `vlan and ...`. */
#ifndef WIRE_FILTER_H
#define WIRE_FILTER_H

#include <glib.h>
#include <stdbool.h>

#include "wire/frame.h"

#define FILTER_ERROR (filter_error_quark())
GQuark filter_error_quark(void);
enum filter_error { FILTER_ERROR_EXPRESSION };

struct filter;

/* NULL and *error where the expression means nothing for Ethernet, or anything at all.  No name is resolved. */
struct filter *filter_new(const char *expression, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void           filter_free(struct filter *f); /* NULL is fine */
const char    *filter_expression(const struct filter *f);

/* An expression that means nothing for the frame's link type (`ether host` on raw IP) passes none of its frames. */
bool filter_passes(struct filter *f, const struct frame *frame);

#endif
