/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words.h - the sentences of the screens, made from records: the verdict, a session's file, a finding. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "cli/ledger.h"

/* All of these give text that the caller frees with g_free. */

/* "2 uploads complete · 1 partial"; NULL where there is no session at all. */
char *words_uploads(const struct style *s, const struct ledger *l);
/* "client broke pipelined-request twice (frames 41, 44)", or "no rule broken", or "no error, 1 warning". */
char *words_ruling(const struct style *s, const struct ledger *l);
/* The same with what it says of the other party: "; the server answered correctly" where the evidence is whole, "; nothing
 * is held against the server" where it is not, "; 2 warnings against the server". */
char *words_verdict(const struct style *s, const struct ledger *l);
/* ... for one session. */
char *words_verdict_of(const struct style *s, const struct ledger_entry *e);
enum ink words_ruling_ink(const char *ruling);
/* "same upload as session 1, seen on the other side of a proxy"; NULL where it is the first or the only one. */
char *words_same_upload(const struct ledger_entry *e);
/* "complete, not closed" */
char *words_state(const json_t *session);
enum ink words_state_ink(const json_t *session);
/* The same of a session whose record is not at hand, behind what is in `out`. */
void words_slip_state(GString *out, const struct ledger_slip *slip);
enum ink words_slip_ink(const struct ledger_slip *slip);
/* The size of its file, "?" where it is not known. */
void words_file_size(GString *out, uint64_t size);
/* "400,000 B in 8 fragments, every byte accepted" */
char *words_file(const json_t *session);
/* "[5, 10), [20, 30) and 3 more"; NULL for an empty list. */
char *words_ranges(const json_t *ranges, bool with_length);
/* "frames 41, 44", with the captures that have them where the run has several: "frames 41, 44 of a.pcap, 3 of b.pcap". */
char *words_frames(const struct style *s, const json_t *finding, const struct capture_names *names);
/* " of a.pcap", to follow the number of a frame; "" where the run has one capture. */
char *words_of_capture(const struct style *s, const struct capture_names *names, const char *capture);
/* The finding in at most two lines, each behind the indent. */
void words_finding(const struct style *s, GString *out, const json_t *finding, const struct capture_names *names);
/* What was not looked into, and may hold an upload; of what most captures hold, only where none was found.  `stats` is the
 * run's. */
void words_unread(const struct style *s, GString *out, const json_t *stats);
/* One line for every capture. */
void words_captures(const struct style *s, GString *out, const struct run *r);
/* A table of the run's connections; nothing where it has none. */
void words_connections(const struct style *s, GString *out, const struct run *r);
/* "  label      text\n", cut to the width; `ink` for the text. */
void words_line(const struct style *s, GString *out, const char *label, enum ink ink, const char *text);
/* The same, never cut: a hash and a filter are of use as a whole only, a terminal may break their line. */
void words_whole(const struct style *s, GString *out, const char *label, enum ink ink, const char *text);
/* Text that may take several lines, broken between words. */
void words_paragraph(const struct style *s, GString *out, const char *label, const char *text);
/* The same without label and indent: the first lines of a screen. */
void words_sentence(const struct style *s, GString *out, enum ink ink, const char *text);

/* Lines (char *) of at most that many columns, broken between words where there are any; the caller unrefs the array. */
GPtrArray *words_break(const char *text, unsigned columns);

enum ink words_severity_ink(const char *severity);

/* Text behind what is there, with `between` where there is something. */
void words_append(GString *out, const char *between, const char *text);

#endif
