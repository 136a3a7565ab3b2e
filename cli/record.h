/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record.h - what a run found, as the records that `-T ndjson` prints, one object a line, keys in a fixed order.
 *
 * The text that a person reads is made from the same records.  docs/record.schema.json describes every one of them.
 * Unknown is null.  Text that is not UTF-8 is taken byte by byte, each byte as the character of that number, and `raw`
 * names its key. */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include <glib.h>
#include <jansson.h>

#include "core/bits_tracker.h"
#include "wire/capture.h"
#include "wire/pump.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

struct conn_facts;

/* What every record needs to know of the run. */
struct record_context {
	const GPtrArray *captures; /* of char *: the captures by ordinal, as the user named them */
	bool             no_hash;
};

/* Where a session's file lies, as names below the extraction folder. */
struct record_place {
	const char      *stored;  /* NULL: there is no file                     */
	const GPtrArray *others;  /* of char *: copies that conflict            */
	const char      *sources; /* of its provenance; NULL                    */
};

/* The hash and the differing copies of a session's file, and its place, where a command has them. */
struct record_content {
	const char               *sha256;    /* NULL: unknown                                   */
	const struct bits_ranges *conflicts; /* NULL: those that the tracker knows of           */
	const struct record_place *place;     /* NULL: it is not extracted                       */
};

/* All of these give a new reference. */
json_t *record_packet(const struct record_context *c, const struct bits_exchange *x, enum bits_side side);
json_t *record_session(const struct record_context *c, const struct bits_session *s,
		       const struct record_content *content);
json_t *record_finding(const struct record_context *c, const struct bits_finding *f);
/* Of a session's record. */
json_t *record_file(json_t *session, const struct record_place *place);
/* Of a connection and the ordinals (uint64_t) of the sessions that it carried; NULL: none. */
json_t *record_connection(const struct record_context *c, const struct conn_facts *f, const GArray *sessions);
json_t *record_rule(const struct bits_rule *r);
json_t *record_input(const struct capture_info *info);

/* What is known of a packet only when it is over. */
void record_packet_over(json_t *packet, const struct bits_exchange *x, enum bits_side side);

struct record_totals {
	const struct pump_stats         *wire;
	const struct bits_tracker_stats *bits;
	uint64_t captures, damaged;
	int64_t  first_ns, last_ns;
	uint64_t duplicates; /* frames that two captures have, and that were taken once */
	uint64_t findings_left_out;
	uint64_t not_compared; /* exports of PDUs, of which nobody knows whether they go on with others (tellings.h) */
	uint64_t conflicts_left_out;
	uint64_t connections_left_out;
	const char *filter; /* what chose the frames; NULL: nothing did ... */
	uint64_t filtered;  /* ... and how many it left out                 */
};
json_t *record_stats(const struct record_totals *t);

/* One line of NDJSON without its line feed; the caller frees it with g_free. */
char *record_line(const json_t *record);

/* Reading records: path is "bits.session"; a missing or null value is NULL, 0, or `unknown`. */
const json_t *record_at(const json_t *record, const char *path);
const char   *record_text(const json_t *record, const char *path);
const char   *record_text_or(const json_t *record, const char *path, const char *otherwise);
bool          record_is(const json_t *record, const char *path, const char *text);
uint64_t      record_number(const json_t *record, const char *path, uint64_t unknown);
/* What it takes, about, in bytes: more than its line, because each value is a block of memory of its own. */
uint64_t      record_weight(const json_t *record);
/* Of a finding's record: enum bits_severity, or -1. */
int           record_severity(const json_t *finding);
/* A time of a record, in ns since the epoch; BITS_TIME_UNKNOWN where it is null. */
int64_t       record_when(const json_t *record, const char *path);
int64_t       value_when(const json_t *value);

/* Bytes of the wire as they stand in a record; the caller frees it with g_free; NULL for NULL. */
char *record_words(const char *bytes);
/* "10.0.0.2", "10.0.0.1:80", "[fd77::1]:80"; the caller frees it with g_free; NULL for an unknown address. */
char *record_end(const struct bits_end *end, bool with_port);

/* "2026-11-22T08:13:56.280994000Z"; the caller frees it with g_free; NULL for BITS_TIME_UNKNOWN. */
char *record_time(int64_t ns);

#endif
