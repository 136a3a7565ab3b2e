/* SPDX-License-Identifier: GPL-2.0-or-later */
/* commands.h - the commands as rows: what each is called, what it says of itself, and who runs it. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/options.h"

/* Exit statuses; scripts depend on them. */
enum {
	EXIT_OK       = 0,
	EXIT_FINDINGS = 1,
	EXIT_USAGE    = 2,
	EXIT_INPUT    = 3,
	EXIT_DAMAGE   = 4,
	EXIT_OUTPUT   = 5,
};

struct command {
	const char *name;
	unsigned    bit;      /* ON_... of options.h                  */
	int         fail_on;  /* default of --fail-on                 */
	const char *operands; /* "CAPTURE..."                         */
	const char *summary;  /* one line                             */
	const char *details;  /* for --help; several lines            */
	int (*run)(const struct command *c, const struct options *o); /* gives the exit status */
};

int cmd_report(const struct command *c, const struct options *o);
int cmd_packets(const struct command *c, const struct options *o);
int cmd_check(const struct command *c, const struct options *o);
int cmd_ladder(const struct command *c, const struct options *o);
int cmd_extract(const struct command *c, const struct options *o);
int cmd_cut(const struct command *c, const struct options *o);
int cmd_rules(const struct command *c, const struct options *o);

#endif
