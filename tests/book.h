/* book.h - a ledger without its run's machinery, and records made by hand, for what is said of them. */
#ifndef TESTS_BOOK_H
#define TESTS_BOOK_H

#include "cli/words.h"

/* 60 columns, ASCII, no colour. */
extern const struct style ascii;

struct book {
	struct run run;
	struct ledger ledger;
};

struct book *book_new(void);
void         book_free(struct book *b);
typedef struct book book;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(book, book_free)

/* A further session, without findings; valid until the next one. */
struct ledger_slip *book_add(struct book *b, enum bits_file_state state, enum bits_ending outcome);
/* A finding of the latest one; takes the record over. */
void book_find(struct book *b, json_t *finding);
/* words_verdict_of the latest one; the caller frees it. */
char *book_verdict(const struct book *b);

/* New references: a session of 3,000 bytes in 2 fragments, and a finding of pipelined-request in that frame and in 7. */
json_t *book_session(const char *state, const char *outcome);
json_t *book_finding(const char *severity, const char *fault, const char *decision, int frame);

#endif
