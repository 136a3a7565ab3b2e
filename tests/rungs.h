/* rungs.h - packets made by hand, as the tracker would tell of them, for the ladders that they belong to. */
#ifndef TESTS_RUNGS_H
#define TESTS_RUNGS_H

#include "cli/ladder.h"

/* Client 10.0.0.`client`:40000 + conn, server 10.0.0.`server`:80; frames are milliseconds too.  0 is 2, and 1. */
struct rung {
	struct bits_session *session; /* NULL: none                                      */
	uint64_t    number, conn;
	enum bits_packet packet;
	uint64_t    from, to;         /* of a Fragment                                   */
	uint32_t    asked, answered;  /* frames; asked 0: an answer to something unseen  */
	unsigned    status;
	uint64_t    lost;
	uint8_t     client, server;
	const char *path;             /* NULL: "/a"                                      */
	uint16_t    telling;          /* as exported PDUs say                            */
};

void rung_ask(struct ladders *l, const struct rung *r);
void rung_answer(struct ladders *l, const struct rung *r);
/* Both. */
void rung_exchange(struct ladders *l, const struct rung *r);
/* Nobody answered; at: frame of the connection's end, 0 where an answer may be missing. */
void rung_silence(struct ladders *l, const struct rung *r, enum bits_close how, uint32_t at);
/* The request is over: r->lost of its bytes are missing. */
void rung_whole(struct ladders *l, const struct rung *r);

#endif
