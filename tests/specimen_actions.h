/* specimen_actions.h - what a conversation consists of, for those who play it by other roads than the core's. */
#ifndef TESTS_SPECIMEN_ACTIONS_H
#define TESTS_SPECIMEN_ACTIONS_H

#include "tests/specimen.h"

#include <stdint.h>

enum act { ACT_BYTES, ACT_LOST, ACT_FIN, ACT_RST, ACT_ACK, ACT_AGAIN, ACT_MIDSTREAM, ACT_SEAM, ACT_DROPPED };

#define SPECIMEN_SEGMENT 1400 /* bytes of the longest segment */

struct action {
	enum act act;
	unsigned d;            /* direction: 0 client, 1 server */
	unsigned conn;         /* index of the connection       */
	GString *bytes;
	uint64_t n;
	bool     blind, nohear;
	uint32_t tap;
	uint64_t ahead;
	int64_t  late_ms;
	int64_t  gap_ms; /* > 0: the first half comes so long after the second */
};

struct specimen {
	char      *title, *expected;
	GPtrArray *actions; /* of struct action */
	GPtrArray *names;   /* of connections   */
};

#endif
