/* SPDX-License-Identifier: GPL-2.0-or-later */
/* folder.h - the extraction folder: DIR, DIR/files, DIR/sources, and nothing outside of them.
 *
 * Every file is made new, with mode 0600, beneath a directory that was opened once; links are never followed.  A file
 * bears a name with ".partial" until it is whole, so that a crash leaves nothing that looks complete. */
#ifndef CLI_FOLDER_H
#define CLI_FOLDER_H

#include <stdio.h>

#include "cli/digest_lane.h"
#include "cli/medium.h"
#include "cli/sheet.h"
#include "cli/sums.h"
#include "cli/worker.h"

/* Whoever sums a file up reads its holes as well, and an offset is the client's word: of all files of a run together so many
 * bytes of holes are read. */
#define FOLDER_FILE_HOLES     (UINT64_C(64) << 30)
#define FOLDER_CONFLICT_HOLES (UINT64_C(8) << 30)

enum folder_sum {
	FOLDER_SUM_FILE,
	FOLDER_SUM_CONFLICT, /* a copy of bytes that differ from those of a file */
	FOLDER_N_SUMS,
};

struct folder {
	char      *path;
	int        dir, files, sources; /* descriptors                                */
	bool       force;      /* a file of the same name gives way                   */
	struct sums sums;
	uint64_t   rooms[FOLDER_N_SUMS]; /* bytes of holes that may still be read for them */
	uint64_t   unsummed;   /* files without a line: there was no more room        */
};

/* DIR is made where it is missing.  One that is not empty is refused without force. */
bool folder_open(struct folder *f, const char *path, bool force, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void folder_close(struct folder *f);
/* Nothing will be written: what folder_open made goes away again, as far as it is empty. */
void folder_abandon(struct folder *f);

/* A new file in DIR/files, as a medium.  The bench must outlive it. */
struct medium *folder_file_new(struct folder *f, const char *name, struct bench *bench,
			       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Cut DIR/files/name to that many bytes. */
bool folder_truncate(struct folder *f, const char *name, uint64_t size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool folder_rename(struct folder *f, const char *from, const char *to, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void folder_remove(struct folder *f, const char *name);
/* Something is wrong with it: it has no line. */
void folder_no_sum(struct folder *f, const char *name);
/* Note its line for SHA256SUMS; hex NULL: read the file for it, if there is room. */
bool folder_sum(struct folder *f, enum folder_sum kind, const char *name, const char *hex,
		GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A new file of text in DIR/sources; it gets its name and its line for SHA256SUMS when it is published. */
struct sheet *folder_sheet_new(struct folder *f, const char *name, struct worker *hasher,
			       GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool folder_sheet_publish(struct folder *f, struct sheet *s, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A new file in DIR itself for text; it gets its name with folder_publish, which closes it. */
FILE *folder_draft(struct folder *f, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool  folder_publish(struct folder *f, const char *name, FILE *draft, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool  folder_write_sums(struct folder *f, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
