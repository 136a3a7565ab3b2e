/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_told.h - what the core told about the capture, kept for the passes in which nothing is fed any more.
 *
 * Filled on the first pass, read on every pass.  One for a capture file; exchanges and sessions live as long as it. */
#ifndef PLUGIN_BITS_TOLD_H
#define PLUGIN_BITS_TOLD_H

#include <glib.h>

#include "core/bits_tracker.h"

/* Bytes r of the session's file were accepted from some exchange, or refused. */
struct told_settled {
	struct bits_range r;
	bool              kept;
};

/* A session as it stands by now; at its end for good. */
struct told_session {
	uint64_t             ordinal;
	char                *id, *name, *url; /* as on the wire; NULL where unknown                                  */
	enum bits_ending     outcome;
	enum bits_file_state state;
	uint64_t             size;      /* or BITS_SIZE_UNKNOWN                                                      */
	uint64_t             seen, acked;
	uint32_t             first_frame;
	GArray              *settled;   /* of struct told_settled: every call of the core, in order                  */
	const struct bits_session *live; /* until it ended                                                           */
	struct told_session *joined;    /* it turned out to be that one; or NULL                                     */
};

/* A finding on the packet that offends, or on a frame where no packet does. */
struct told_finding {
	enum bits_rule_id   rule;
	enum bits_severity  severity;
	enum bits_fault     fault;
	bool                undecided;
	char               *text;
	uint32_t            frames[BITS_FINDING_FRAMES]; /* the evidence, the offending packet first */
	unsigned            n_frames;
	struct told_session *session; /* or NULL */
};

/* Bytes r of an exchange were accepted; serial: in which order within the session. */
struct told_kept {
	struct bits_range r;
	unsigned          serial;
};

struct told_message {
	uint32_t   first_frame; /* of its first byte: the command line's number; 0: not seen           */
	uint32_t   shown_in;    /* the frame that shows it as a packet; 0: none does (yet)              */
	int64_t    time_ns;     /* of its first byte; BITS_TIME_UNKNOWN                                */
	GPtrArray *findings;    /* of struct told_finding; borrowed; NULL: none                         */
};

struct told_exchange {
	uint64_t             number;
	enum bits_packet     packet;    /* of the request; NONE: it is not in the capture               */
	struct told_session *session;   /* or NULL                                                      */
	struct told_message  request, answer;
	enum bits_outcome    outcome;
	bool                 doubtful;
	GArray              *kept;      /* of struct told_kept; NULL: none                              */
	bool                 forgotten; /* its bytes are in no file                                     */
};

struct told;

struct told *told_new(void);
void         told_free(struct told *t);

/* The tracker that tells; feed it through bits_conn.h. */
struct bits_tracker *told_tracker(struct told *t);
/* The capture is at its end: sessions are final.  Nothing may be fed after it. */
void told_finish(struct told *t);
bool told_is_finished(const struct told *t);

/* NULL for 0 and for what was never told. */
struct told_exchange *told_exchange(const struct told *t, uint64_t number);
/* The exchange whose answer began at offset `at` of connection conn, in that frame; NULL: none is known. */
struct told_exchange *told_exchange_of_answer(const struct told *t, uint64_t conn, uint32_t frame, uint64_t at);
/* A frame shows that answer as a packet, whether its request is known yet or not. */
void told_show_answer(struct told *t, uint64_t conn, uint32_t first_frame, uint64_t at, uint32_t frame);
bool told_is_answer_shown(const struct told *t, uint64_t conn, uint32_t first_frame, uint64_t at);
/* Findings that name this frame and no packet, of struct told_finding; NULL: none. */
const GPtrArray *told_loose_findings(const struct told *t, uint32_t frame);

/* Where in its file the body bytes that the tracker was fed last belong; BITS_SIZE_UNKNOWN: in none. */
uint64_t told_file_offset(const struct told *t, uint64_t number, uint64_t at);

/* s, or what it turned out to be, brought up to date. */
const struct told_session *told_session_now(struct told_session *s);

#endif
