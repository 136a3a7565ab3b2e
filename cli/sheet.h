/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sheet.h - a text file that is written from its first byte to its last, and hashed on the way. */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include "cli/digest_lane.h"

struct sheet;

/* A new file in this directory, which is borrowed; it bears a name with ".partial" until it is published.  replaces: one of
 * that name gives way.  The hasher may be NULL. */
struct sheet *sheet_new(int dir, const char *name, bool replaces, struct worker *hasher,
			GError **error) G_GNUC_WARN_UNUSED_RESULT;
void          sheet_free(struct sheet *s); /* NULL is fine */
typedef struct sheet sheet_handle;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sheet_handle, sheet_free)

bool sheet_add(struct sheet *s, const char *text, size_t n, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* It gets its name; gives the SHA-256 of all of it. */
bool sheet_publish(struct sheet *s, char hex[DIGEST_HEX], GError **error) G_GNUC_WARN_UNUSED_RESULT;

const char *sheet_name(const struct sheet *s);

#endif
