/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ledger.h - the records of a run's sessions and findings, kept until the end and put in order: report, check and
 * extract are three views of it. */
#ifndef CLI_LEDGER_H
#define CLI_LEDGER_H

#include "cli/run.h"

struct ledger_entry {
	uint64_t   ordinal;
	json_t    *session;  /* NULL until the session ended */
	bool       is_twin;  /* that session once more, not the other side of a proxy: exported PDUs tell of it */
	GPtrArray *findings; /* of json_t                    */
	json_t    *file;     /* of extract; else NULL        */
	char      *refusal;  /* "403 Forbidden to a Fragment, frame 6": its latest answer that refused anything; NULL: none */
	unsigned   doubted;  /* 1 << enum bits_fault, of errors and warnings that the evidence leaves undecided */
};

struct ledger {
	struct run *run;
	GHashTable *by_ordinal; /* of struct ledger_entry                             */
	GPtrArray  *entries;    /* the same, by ordinal after ledger_close; borrowed  */
	GPtrArray  *loose;      /* of json_t: findings of no session                  */
	unsigned    doubted;    /* as an entry's, of those                            */
};

void ledger_init(struct ledger *l, struct run *r);
void ledger_clear(struct ledger *l);

struct ledger_entry *ledger_entry(struct ledger *l, uint64_t ordinal);
/* Takes the record over. */
void ledger_session(struct ledger *l, const struct bits_session *s, json_t *record);
/* An answer was seen: where it refuses anything, its session remembers why. */
void ledger_answer(struct ledger *l, const struct bits_exchange *x);
/* Makes the record, which is the ledger's; undecided ones are dropped without --undecided: then NULL. */
json_t *ledger_finding(struct ledger *l, const struct bits_finding *f);

/* What was recorded of session `from` belongs to `into`: they are one. */
void ledger_joined(struct ledger *l, const struct bits_session *from, const struct bits_session *into);

/* After the captures: what --session does not mean is dropped (and one that means nothing is told), findings are counted into their sessions, drop counters
 * tell on the evidence, and --fail-on is weighed. */
void ledger_close(struct ledger *l);

/* `session`, `finding`s, and `file` where there is one, per session; then the findings of none; then the end of the
 * run.  only_found: sessions without a finding are left out. */
void ledger_print(const struct ledger *l, struct output *out, bool only_found);

#endif
