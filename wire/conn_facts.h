/* conn_facts.h - the course of one HTTP connection in numbers: who sent how much, what was sent again or lost, and where it
 * stood still.  A fixed size, whatever the connection carries.
 *
 * A pause lasts from one segment that brought something new to the next: bytes, an acknowledgment of more, a SYN, a FIN.
 * (Probes of a closed window, keep-alives and repetitions are part of it.)  It is a stall where a request was under way
 * during it, or another one ended it; the silence before a connection is closed is none.  A stall is
 *
 *   the network's  where bytes or a SYN came again in it, were lost, or waited behind a hole: also one of the capture;
 *   the client's   while a request is not whole, or where the next one was to come;
 *   the server's   while a whole request has no whole answer, or one that expects 100-continue has no answer and no body;
 *
 * but whoever had closed its receive window (zero) held the other one up, and has the stall.  That is what the capture
 * shows: a segment that was lost before it came to the tap, and was sent again, looks as if its sender had been late.  The longest one is kept; of
 * equals the first.  Times are those of the capture, so pauses between two taps, with clocks of their own, do not count.
 *
 * Server time is from the last byte of a BITS request to the first byte of its final answer.  Answers that came before the
 * end of their request, or by the clock before it, do not count. */
#ifndef WIRE_CONN_FACTS_H
#define WIRE_CONN_FACTS_H

#include "core/bits_conn.h"
#include "wire/segment.h"
#include "wire/stream.h"

enum stall_side { STALL_NOBODY, STALL_CLIENT, STALL_SERVER, STALL_NETWORK };

/* What one direction sent. */
struct flow_facts {
	uint64_t segments;
	uint64_t repeated;     /* segments with bytes that were there before, or a SYN again; one byte alone is a keep-alive */
	uint64_t zero_windows; /* segments that close its receive window                                                     */
	uint64_t lost;         /* bytes of it that the capture lacks                                                         */
};

struct stall {
	int64_t           ns;       /* 0: none */
	enum stall_side   whose;
	struct bits_where from, to; /* the segments around it */
};

struct conn_facts {
	uint64_t          ordinal;
	struct bits_ends  ends;        /* once has_sides */
	struct bits_where first, last; /* its segments; frame 0: none */
	enum bits_close   ended_by;
	uint64_t          requests;    /* heads of HTTP requests */
	struct {
		uint64_t n;            /* answers that count; 0: the times say nothing */
		int64_t  least, most, sum; /* ns */
	} server_time;
	struct stall      stall;

	/* how it is measured */
	struct bits_end   end[2];      /* who sends direction d */
	struct flow_facts flow[2];
	bool              has_sides, is_sending, is_answering; /* a request, a final answer is not whole */
	bool              is_asking;   /* whether it may send its body (100-continue), and has sent none */
	unsigned          client;      /* the direction of the requests, once has_sides */
	uint64_t          waiting;     /* requests begun whose final answer is not whole */
	struct bits_where since;       /* the latest segment with something new */
	uint64_t          requests_before; /* it */
	enum stall_side   due;         /* who had to move behind it; STALL_NOBODY: nothing is under way */
	bool              is_troubled; /* something was repeated, lost, or waited since then */
	bool              is_blind;    /* bytes were acknowledged since then that the capture lacks  */
	bool              has_syn[2], is_closed[2], was_closed[2]; /* receive windows: now, and at any time since then */
};

/* ends[d] is who sends direction d.  Freed with g_free. */
struct conn_facts *conn_facts_new(uint64_t ordinal, const struct bits_end ends[2]) G_GNUC_WARN_UNUSED_RESULT;

/* For bits_conn_set_watch, with the facts as `user`: requests and answers. */
const struct bits_conn_watch *conn_facts_watch(void);

/* How far the streams of a connection are, to tell what a segment changed. */
struct stream_state {
	uint64_t progress; /* changes whenever something new comes */
	uint64_t repeated; /* bytes that came again, of all connections */
};
struct stream_state conn_facts_look(const struct stream streams[2], const struct stream_totals *totals);
/* Direction d sent s, and its streams have taken it (the watch, too); `before` is how far they were. */
void conn_facts_segment(struct conn_facts *f, unsigned d, const struct segment *s, const struct stream streams[2],
                        struct stream_state before, const struct stream_totals *totals, const struct bits_where *w);
/* The same for a segment that came after the end. */
void conn_facts_late(struct conn_facts *f, unsigned d, const struct segment *s, const struct bits_where *w);
/* n bytes of direction d are lost. */
void conn_facts_lost(struct conn_facts *f, unsigned d, uint64_t n);

/* It went away; `by` as bits_conn_close has it. */
void conn_facts_end(struct conn_facts *f, enum bits_tcp_end how, unsigned by);

/* What that side sent; not before has_sides. */
const struct flow_facts *conn_facts_flow(const struct conn_facts *f, enum bits_side side);

#endif
