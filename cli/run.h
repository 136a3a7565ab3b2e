/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run.h - one reading of the captures: files in, the tracker's calls out, and at the end what became of it all. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/capture_names.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/record.h"

/* Everything that may be worth an exit status; which of them wins depends on the command. */
enum {
	TROUBLE_FINDINGS = 1 << 0,
	TROUBLE_INPUT    = 1 << 1,
	TROUBLE_DAMAGE   = 1 << 2,
	TROUBLE_OUTPUT   = 1 << 3,
};

struct run {
	const struct options *options;
	struct record_context names;
	GPtrArray *captures; /* of char *, in reading order                                      */
	struct capture_names *called; /* what text calls them                                    */
	GPtrArray *inputs;   /* of json_t: the `input` records                                   */
	GArray    *readings; /* of struct reading (run.c): what the second reading has to know   */
	GPtrArray *connections; /* of json_t: the `connection` records (connections.h)           */
	json_t    *stats;    /* the `stats` record; NULL before the end                          */
	bool       dropped;  /* some capture says that frames are missing from it                */
	uint64_t   filtered; /* frames that -f did not pass                                      */
	uint64_t   connections_left_out; /* there were too many (connections.h)                  */
	uint64_t   findings_left_out; /* because their session has too many (ledger.h)           */
	uint64_t   conflicts_left_out; /* bytes: there were too many to list, or to keep (body.h) */
	int64_t    first_ns, last_ns; /* of all frames so far; BITS_TIME_UNKNOWN                 */
	unsigned   troubles; /* TROUBLE_...                                                      */
	uint64_t   damages;  /* places that were named, or would have been                       */
	unsigned   crowded;  /* captures that had no room beside others (CAPTURE_ERROR_CROWDED)  */
	bool (*is_over)(void *user); /* nobody wants the rest; may be NULL                       */
	void (*facts_told)(const struct conn_facts *f, void *user); /* as pump_measure has it; NULL: not measured */
	void     (*facts_over)(void *user); /* all of them are told, and all sessions have ended; may be NULL */
	void      *facts_user;
	void (*frame_told)(uint32_t file, uint32_t frame, uint64_t conn, void *user); /* run_again, as pump_tell_frames has it */
	void      *frame_user;
	struct output *out;          /* of run_open_output; begun when a capture is open         */
};

void run_init(struct run *r, const struct options *o);

/* What text has to call the capture of that ordinal; NULL where nobody needs to be told (capture_names_tell). */
const char *run_tell_capture(const struct run *r, uint32_t file);
void run_clear(struct run *r);

/* Read all captures into the sink.  Unreadable and damaged ones are named on standard error as they come, and the
 * others are read all the same.  Where an output (-o, -w) would be written over one of them, nothing is read. */
void run_captures(struct run *r, const struct bits_sink *sink, void *user);

/* What run_captures read, once more, frame after frame in the same order: with the ordinal of the connection that the
 * exchanges of the first reading named; 0: of none.  Only what -f passes.  False ends it.  A capture that is gone, or has
 * fewer frames by now, is named; what was found damaged is read as before and not told again. */
void run_again(struct run *r, bool (*take)(const struct frame *f, uint64_t conn, void *user), void *user);

/* Does this finding's record count for --fail-on?  Then it is noted. */
void run_weigh(struct run *r, const json_t *finding);
/* The same of a proven one of that severity; -1: of none. */
void run_weigh_severity(struct run *r, int severity);

/* Nothing of what was read is the session that --session means: one line says so, and which ones there are.  No trouble:
 * nothing found is also done.  Silent where nothing could be read, which was said already. */
void run_miss_session(const struct run *r);

/* The last records of every run: `connection`s where they were asked for, `input` and `stats`. */
void run_print_end(const struct run *r, struct output *out);

int run_exit_status(unsigned troubles, bool findings_before_damage);

/* Open the output, or say why not; close it and note what went wrong. */
bool run_open_output(struct run *r, struct output *out);
void run_close_output(struct run *r, struct output *out);

#endif
