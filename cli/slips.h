/* slips.h - what is asked of all sessions together, a slip for each: a row that may be longer than memory.
 *
 * The pages that were used last lie in memory, the others in a temporary file that has no name.  Where that cannot be written
 * all of them stay in memory: nothing is lost for want of a disk. */
#ifndef CLI_SLIPS_H
#define CLI_SLIPS_H

#include "cli/spool.h"
#include "core/bits_rules.h"

#define SLIPS_PAGE 1024U /* slips of a page: 32 KiB         */
#define SLIPS_NEAR 128U  /* pages in memory: 131 072 slips */

/* What is kept of a session. */
struct ledger_slip {
	uint64_t latest;                      /* place of its latest note in the journal; 0: none                      */
	uint32_t findings[BITS_N_SEVERITIES]; /* proven ones                                                           */
	uint32_t kept;                        /* findings in the journal                                               */
	uint8_t  state, outcome;              /* enum bits_file_state, enum bits_ending                                */
	uint8_t  doubted;                     /* 1 << enum bits_fault, of errors and warnings that are left undecided  */
	uint8_t  has_ended : 1;               /* and is meant by --session                                             */
	uint8_t  has_findings : 1;            /* to be shown; undecided ones too                                       */
	uint8_t  is_partial : 1;              /* its evidence is                                                       */
	uint8_t  is_imitation : 1;
	uint8_t  is_same : 1;                 /* an earlier session is the same upload: the other side of a proxy, or  */
	uint8_t  is_twin : 1;                 /* ... that session once more: exported PDUs tell of it                  */
	uint8_t  is_refused : 1;              /* something was, and nothing accepted since                             */
};

struct slips_page;

struct slips {
	struct spool   spool;
	struct medium *rest;   /* NULL while all lie in memory                                      */
	uint64_t       n;      /* slips                                                             */
	GPtrArray     *pages;  /* of struct slips_page, by number; owned; NULL: it lies in `rest`   */
	GQueue         near;   /* of struct slips_page, all in memory, the one that was used last first */
	bool           is_full; /* the file takes no more                                           */
	GError        *error;  /* the first page that could not be read back; its slips are empty   */
};

/* dir: where the file is made, once there is need of one. */
void slips_init(struct slips *s, const char *dir);
void slips_clear(struct slips *s);

/* The slip of a session, from 1 on; those that nothing was said of are zero.  Valid while no more than SLIPS_NEAR / 2 others are
 * asked for. */
struct ledger_slip *slips_at(struct slips *s, uint64_t ordinal);

#endif
