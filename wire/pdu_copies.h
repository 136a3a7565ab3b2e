/* pdu_copies.h - does an exported PDU tell of what another one told already?
 *
 * Captures are joined, with themselves or with a copy, and of packets TCP's numbers tell which came twice.  PDUs have none,
 * and a body may have the same bytes twice by right: two records of zeros out of one frame.  So a message is believed to be
 * there several times where its first run is (a run: PDUs of one direction and one microsecond, one behind the other, that are
 * the same row several times over, or a row of which each is there several times), and then only while every further run of
 * it is so, too.  Where that turns out wrong, what is known of the connection cannot be trusted any more, and of the direction
 * nothing until the other one begins a message: a body may look like one.
 *
 * What stands one behind the other (mergecap -a) is told by the time that goes back to the first PDU of the connection. */
#ifndef WIRE_PDU_COPIES_H
#define WIRE_PDU_COPIES_H

#include <stdbool.h>
#include <stdint.h>

#define PDU_RUN_MOST 32 /* PDUs of a run that are compared */

/* The PDUs of a connection; all zero at its beginning. */
struct pdu_copies {
	bool     is_begun, is_again; /* again: what stands behind what was told is being told anew     */
	uint64_t first;              /* hash of its first PDU and its time                             */
	int64_t  latest_us;          /* of all so far                                                  */

	/* the run under way */
	unsigned d;
	int64_t  time_us;
	uint64_t row[PDU_RUN_MOST];  /* hashes of what is there several times, maybe                   */
	unsigned n, at, rows;        /* how many; how many of them the row under way has; whole rows   */
	bool     decides;            /* a message begins in it                                         */
	bool     is_single;          /* a whole row of one PDU went before in the same microsecond     */

	unsigned times[2];           /* so often is each PDU of a direction's message there; 0: once   */
	bool     is_muted[2];        /* nothing of this direction until the other begins a message     */
};

/* In the order of the capture.  begins: a message may begin here, and this looks like one.  time_ns may be unknown. */
enum pdu_copy {
	PDU_NEWS,
	PDU_KNOWN,   /* nothing new, or what comes again at once and is looked at then */
	PDU_UNSOUND, /* PDUs were taken for copies that were none, or may have been: forget the connection, and ask anew */
};
struct pdu_seen {
	unsigned       d;       /* direction */
	bool           begins;
	int64_t        time_ns;
	const uint8_t *payload;
	uint32_t       n;
	uint64_t       seed;    /* the same of all PDUs of a connection: nobody can make two that are taken for one */
};
enum pdu_copy pdu_copies_look(struct pdu_copies *c, const struct pdu_seen *u);

#endif
