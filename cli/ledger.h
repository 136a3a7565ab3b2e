/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ledger.h - what a run says of its sessions, kept until the end and put in order: report, check, extract and ladder are
 * views of it.
 *
 *   findings, refusals, sessions that ended ──▶ slips (slips.h): 32 bytes each ──▶ counts, the ruling, who gets a row
 *                                           └─▶ journal (journal.h), mostly on disk ──▶ one entry after the other
 *
 * A slip holds what is asked of all sessions together.  Findings lie in the journal as lines of JSON, sessions as notes
 * (session_note.h); the notes of one session are a chain, which is read when that session is printed.  So neither the
 * records nor what they are made of are ever in memory all at once. */
#ifndef CLI_LEDGER_H
#define CLI_LEDGER_H

#include "cli/journal.h"
#include "cli/run.h"
#include "cli/session_note.h"
#include "cli/slips.h"

#define LEDGER_FINDINGS_MOST 10000 /* of a session: more are counted, but not shown, nor told one by one */

/* A session as it is printed.  The records are owned. */
struct ledger_entry {
	uint64_t           ordinal;
	struct ledger_slip slip;
	json_t            *session;
	GPtrArray         *findings; /* of json_t                     */
	json_t            *file;     /* of extract; else NULL         */
	char              *refusal;  /* "403 Forbidden to a Fragment, frame 6": what ended it, see ledger_answer; NULL: nothing */
};

struct ledger {
	struct run     *run;
	struct journal *journal;
	struct slips   *slips;    /* by ordinal                                                           */
	uint64_t        sessions; /* after ledger_close: how many there are to be told of                 */
	GPtrArray      *loose;    /* of json_t: findings of no session                                    */
	unsigned        doubted;  /* as a slip's, of those                                                */
	GByteArray     *draft;    /* of a note                                                            */
};

void ledger_init(struct ledger *l, struct run *r);
void ledger_clear(struct ledger *l);

/* The session is over; content is of its record. */
void ledger_session(struct ledger *l, const struct bits_session *s, const struct record_content *content);
/* An answer was seen.  Of a session the first refusal behind all that was accepted is remembered, and how many came behind
 * that: it is why the upload did not arrive, what is refused afterwards (a Close-Session) only follows from it. */
void ledger_answer(struct ledger *l, const struct bits_exchange *x);
/* Its record, a new reference; undecided ones are dropped without --undecided, and there may be too many: then NULL. */
json_t *ledger_finding(struct ledger *l, const struct bits_finding *f);
/* The same of a record that is there; ordinal: of its session, or 0.  False: it was one too many. */
bool ledger_keep(struct ledger *l, uint64_t ordinal, json_t *finding);

/* What was recorded of session `from` belongs to `into`: they are one. */
void ledger_joined(struct ledger *l, const struct bits_session *from, const struct bits_session *into);

/* After the captures: drop counters tell on the evidence, --fail-on is weighed, and where --session meant nothing of all
 * this, that is told. */
void ledger_close(struct ledger *l);

/* ---- after ledger_close ---- */

/* The slip of the first session behind *ordinal, which becomes its own; NULL: there is none.  Begin with 0. */
const struct ledger_slip *ledger_next(const struct ledger *l, uint64_t *ordinal);
/* A session that ledger_next gave, with all its records; the caller clears *e.  Where the journal cannot be read that is told, and
 * *e lacks what it cannot tell: session NULL at the worst. */
void ledger_open(const struct ledger *l, uint64_t ordinal, struct ledger_entry *e);
void ledger_entry_clear(struct ledger_entry *e);
/* Its findings alone, of json_t; the caller unrefs the array. */
GPtrArray *ledger_findings(const struct ledger *l, uint64_t ordinal);
/* The session alone, without its record: texts as they were on the wire, and all ranges empty (session_note_look).
 * bytes: where it lies.  False: as above. */
bool ledger_note(const struct ledger *l, uint64_t ordinal, struct session_note *note, GByteArray *bytes);

/* `session`, `finding`s, and `file` where there is one, per session; then the findings of none; then the end of the
 * run.  only_found: sessions without a finding are left out. */
void ledger_print(const struct ledger *l, struct output *out, bool only_found);

#endif
