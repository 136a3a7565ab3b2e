/* SPDX-License-Identifier: GPL-2.0-or-later */
/* safe_name.h - a name that any file system and shell takes for a name, from one that a peer chose. */
#ifndef CLI_SAFE_NAME_H
#define CLI_SAFE_NAME_H

#define SAFE_NAME_MAX 100 /* bytes */

/* ASCII letters, digits, '.', '_' and '-' only; no path, no dot in front or at the end, no device name of Windows, at
 * most SAFE_NAME_MAX bytes with the extension kept; "unnamed" for NULL and for what leaves nothing.  The caller frees
 * it with g_free. */
char *safe_name(const char *name);

#endif
