/* command.h - a command run in a folder of its own, with what it told on both of its outputs. */
#ifndef TESTS_COMMAND_H
#define TESTS_COMMAND_H

#include <glib.h>

#include "cli/commands.h"

struct told {
	int   status;
	char *out, *err; /* standard output and standard error */
};

/* Group set-up and tear-down: a new folder becomes the current one, with a link `samples` in it.  Text is made for 100
 * columns without colours and in ASCII. */
int command_set_up(void **state);
int command_tear_down(void **state);

/* The line is what follows `bitspect COMMAND`, cut at blanks.  Options that the command refuses fail the test. */
struct told command_run(const struct command *c, const char *line);
/* The whole program: the line begins with what follows `bitspect`. */
struct told command_program(const char *line);
void        command_forget(struct told *t);
typedef struct told told;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(told, command_forget)

/* How many lines of NDJSON are records of this type. */
unsigned command_records(const char *ndjson, const char *event_type);
/* How often part occurs in text. */
unsigned command_times(const char *text, const char *part);
/* The file's text; the caller frees it with g_free; NULL where there is none. */
char *command_file(const char *path);

#endif
