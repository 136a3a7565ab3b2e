/* sums.h - the lines of SHA256SUMS, put in order at the end: however many files there are, most of them lie in the spool; where
 * that cannot be written all of them stay in memory. */
#ifndef CLI_SUMS_H
#define CLI_SUMS_H

#include <stdio.h>

#include "cli/digest_lane.h"
#include "cli/tape.h"

#define SUMS_NAME 208 /* bytes of a name with its NUL; a longer one has no line */

struct sums {
	struct spool spool;
	struct tape  lines;
	GPtrArray   *memory; /* of struct line; owned: all of them, where the spool takes no more; NULL */
	uint64_t     sorted; /* lines, when they were put in order last   */
	GError      *error;  /* of the first line that could not be read back */
};

/* dir: where the spool is made, once there is need of one. */
void sums_init(struct sums *s, const char *dir);
void sums_clear(struct sums *s);

#define NO_SUM "" /* the name has no line, nor keeps an earlier one */

/* hex: 64 digits, and whatever follows them; or NO_SUM.  name: relative to SHA256SUMS. */
void sums_add(struct sums *s, const char *hex, const char *name);
uint64_t sums_count(const struct sums *s);

void sums_sort(struct sums *s);
/* Is it one of those that were there when sums_sort was last called? */
bool sums_has(struct sums *s, const char *name);

/* In the order of their names.  False and *error where one cannot be read back. */
bool sums_write(struct sums *s, FILE *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
