/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.h - the command line as values: which command, which captures, how to show the result.
 *
 * One table lists every option and the commands that have it; an option that a command does not have is unknown to
 * it.  Nothing is opened here. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_ERROR (options_error_quark())
GQuark options_error_quark(void);
enum options_error { OPTIONS_ERROR_USAGE };

/* One bit a command, for the table of options. */
enum {
	ON_REPORT  = 1 << 0,
	ON_PACKETS = 1 << 1,
	ON_CHECK   = 1 << 2,
	ON_EXTRACT = 1 << 3,
	ON_RULES   = 1 << 4,
	ON_LADDER  = 1 << 5,
	ON_CUT     = 1 << 6,
	ON_JUDGING = ON_REPORT | ON_PACKETS | ON_CHECK | ON_LADDER | ON_EXTRACT, /* commands that tell what captures hold */
	ON_READING = ON_JUDGING | ON_CUT,                                        /* ... that read captures                */
	ON_TELLING = ON_JUDGING | ON_RULES,                                      /* ... that print records or text        */
	ON_ALL     = ON_READING | ON_RULES,
};

enum options_form { FORM_TEXT, FORM_NDJSON, FORM_SVG, FORM_MARKDOWN };
enum options_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
#define FAIL_NEVER (-1)

struct options {
	char      *list;     /* --files-from: a file with further operands; NULL                                */
	GPtrArray *operands; /* of char *: captures, or names of rules; owned                                  */
	enum options_form  form;
	enum options_color color;
	int   fail_on;       /* the least enum bits_severity that makes exit status 1, or FAIL_NEVER            */
	char *output;        /* -o; NULL: standard output                                                       */
	char *session;       /* --session: an ordinal or an id; NULL: all                                       */
	char *written;       /* -w: the capture that is made; "-": on standard output; NULL                     */
	char *dir;           /* -d; NULL                                                                        */
	struct filter *filter; /* -f; NULL: every frame passes; owned                                           */
	bool  quiet, no_hash, undecided, connections, force, help, version;
};

struct command;
struct filter;

/* Read argv (without program and command name) as options of the command.  NULL and *error (OPTIONS_ERROR_USAGE, or
 * GLib's own domain) where it makes no sense; the message is one line for a person. */
struct options *options_parse(const struct command *c, const char *const *argv,
			      GError **error) G_GNUC_WARN_UNUSED_RESULT;
void            options_free(struct options *o);
typedef struct options options_handle;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(options_handle, options_free)

/* The page that --help shows; the caller frees it with g_free. */
char *options_help(const struct command *c);

/* How many edits (insert, drop, change, swap of neighbours) lead from a to b: for "did you mean". */
unsigned options_distance(const char *a, const char *b);

/* Does --session (NULL: every session) mean the session with this ordinal and this id (NULL: none)? */
bool options_wants(const char *wanted, uint64_t ordinal, const char *id);

#endif
