/* SPDX-License-Identifier: GPL-2.0-or-later */
/* program.h - the whole program behind main: a command line in, an exit status out. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

/* argv as main gets it; not changed.  The locale, SIGPIPE and libgcrypt are the caller's to set up. */
int program_run(int argc, char **argv);

#endif
