/* bits_rules.h - every rule of the protocol as a row: the one list that the checker, the reports, the catalogue and
 * Wireshark's expert infos read. */
#ifndef BITS_RULES_H
#define BITS_RULES_H

#include "core/bits_where.h"

enum bits_severity { BITS_NOTE, BITS_WARNING, BITS_ERROR, BITS_N_SEVERITIES };
enum bits_fault {
	BITS_FAULT_NONE,
	BITS_FAULT_CLIENT,
	BITS_FAULT_SERVER,
	BITS_FAULT_APPLICATION,
	BITS_FAULT_INTERMEDIARY,
	BITS_FAULT_NETWORK,
	BITS_FAULT_SENDER, /* in a row only: by the direction of the offending message */
	BITS_N_FAULTS,
};
const char *bits_severity_name(enum bits_severity s); /* "error"  */
const char *bits_fault_name(enum bits_fault f);       /* "client" */

/* The names are those of the protocol reference; the order is that of the table. */
enum bits_rule_id {
	BITS_RULE_OUTSTANDING_REQUEST,
	BITS_RULE_PIPELINED_REQUEST,
	BITS_RULE_PARALLEL_CONNECTION,
	BITS_RULE_PIPELINED_OTHER_SESSION,
	BITS_RULE_REQUEST_ABANDONED,
	BITS_RULE_RESPONSE_WITHOUT_REQUEST,
	BITS_RULE_DUPLICATE_FRAMING_HEADER,
	BITS_RULE_HEAD_TOO_LONG,
	BITS_RULE_HEAD_LOST,
	BITS_RULE_FRAGMENT_DATA_CONFLICT,
	BITS_N_RULES,
};

/* What a row needs of the evidence; where the capture lacks it, the row is silent or undecided. */
enum bits_needs {
	BITS_NEEDS_NOTHING   = 0,
	BITS_NEEDS_HEARD     = 1 << 0, /* what the sender's TCP had acknowledged                   */
	BITS_NEEDS_ONE_CONN  = 1 << 1, /* both messages on one connection                          */
	BITS_NEEDS_PAIRS     = 1 << 2, /* the pairing of requests and answers is beyond doubt      */
	BITS_NEEDS_GAPLESS   = 1 << 3, /* the connection from its SYN, both directions, no hole    */
	BITS_NEEDS_DIGESTS   = 1 << 4, /* block digests (not with --no-hash)                       */
};

struct bits_rule {
	const char        *name;      /* stable: scripts and filters use it                              */
	enum bits_severity severity;  /* before excuses                                                  */
	enum bits_fault    fault;
	const char        *clause;    /* where the rule stands                                           */
	unsigned           needs;     /* of enum bits_needs                                              */
	const char        *statement; /* the rule in one sentence, for the catalogue                     */
	const char        *text[4];   /* the finding's sentence, and variants of it where the evidence is another;  *
	                               * %1 ... %4 are the finding's values, see bits_finding_text                 */
};

const struct bits_rule *bits_rule_get(enum bits_rule_id id);
/* By name; NULL for an unknown one. */
const struct bits_rule *bits_rule_find(const char *name);

#define BITS_FINDING_FRAMES 4
#define BITS_FINDING_VALUES 4

struct bits_exchange;
struct bits_session;

/* One rule broken once, or perhaps (undecided). */
struct bits_finding {
	enum bits_rule_id           rule;
	enum bits_severity          severity;  /* after excuses                                               */
	enum bits_fault             fault;     /* never SENDER                                                */
	bool                        undecided; /* the evidence does not suffice: no accusation                */
	const struct bits_session  *session;   /* NULL: of no session                                         */
	const struct bits_exchange *exchange;  /* the offending one; NULL where there is none                 */
	enum bits_side              side;      /* whose message of it offends                                 */
	struct bits_ends            ends;      /* of its connection                                           */
	struct bits_where           at[BITS_FINDING_FRAMES]; /* the evidence, the offending packet first      */
	unsigned                    n_at;
	unsigned                    variant;   /* which of the row's sentences                                */
	uint64_t                    value[BITS_FINDING_VALUES]; /* for the sentence                           */
	const struct bits_rule     *follows[4]; /* rules that this one dragged along; NULL-terminated         */
};

/* The sentence with its values; the caller frees it with g_free. */
char *bits_finding_text(const struct bits_finding *f);

#endif
