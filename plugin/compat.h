/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compat.h - what differs between the generations of Wireshark that the plugin is built for. */
#ifndef PLUGIN_COMPAT_H
#define PLUGIN_COMPAT_H

#include <ws_version.h>

#include <epan/packet.h>

#define WIRESHARK_IS_AT_LEAST(major, minor) \
	(WIRESHARK_VERSION_MAJOR > (major) ||  \
	 (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* What a heuristic dissector returns; never cast one into the other. */
#if WIRESHARK_IS_AT_LEAST(4, 4)
typedef bool heur_answer;
#else
typedef gboolean heur_answer;
#endif

/* 4.0 takes "BITS_POST http://host/..." for a header line and swallows it; and what comes through CONNECT to a port of
 * http's it shows as data.  packet-bits.c looks behind its back.  4.2 and later read the absolute form. */
#define HTTP_HIDES_REQUESTS (!WIRESHARK_IS_AT_LEAST(4, 2))

#endif
