/* set.h - many captures as one row of frames, in the order of their time.
 *
 * Inside one capture its own order holds, whatever its clock says: it is never sorted.  Between captures the one is read on
 * whose frame has the least time, where the time of a frame is the latest that its capture has shown so far; where these are
 * equal, the capture that began first, then the one whose name comes first.  So captures that follow each other (a ring) are
 * read one after the other, and those that overlap (two taps) in turns.
 *
 * A capture is opened when its turn comes: of five thousand that follow each other one is open, or two.  Where they overlap,
 * those beyond the sixteenth do without a descriptor between two reads, and with little memory.  At most 1024 may overlap,
 * and together they may take 160 MiB of memory (the window of a zstd frame counts, and the longest packet); a further one is
 * refused, as is what cannot be opened any more, and one that grows beyond that is read no further.  What can be read only once (standard input, a pipe) is open
 * from the start.
 *
 * A frame that an overlapping capture has as well is seen once: in an overlapping ring the same tap's frame lies in two files.
 * The same is what has the same time, link type, lengths and captured bytes (by a 128-bit hash), in another capture, among the
 * latest 4096 frames of the set; so each copy of the other capture takes one away, and copies inside one capture stay.  Frames
 * without a time are never the same. */
#ifndef WIRE_SET_H
#define WIRE_SET_H

#include "wire/capture.h"

/* What happens while frames are asked for; `user` last.  A member may be NULL. */
struct set_watch {
	/* The turn of this capture has come; its frames have `ordinal` as their file; first_ns is not known of one that came
	 * alone.  `error` (else NULL) where it cannot be opened: the others are read, and the next one gets its ordinal, unless
	 * its place in the set was known. */
	void (*opened)(const char *path, uint32_t ordinal, int64_t first_ns, const GError *error, void *user);
	void (*damaged)(const struct capture_info *info, const GError *error, void *user);
	void (*ended)(const struct capture_info *info, uint32_t ordinal, void *user);
};

struct set;

struct set *set_new(const struct set_watch *watch, void *user); /* *watch is copied */
void        set_free(struct set *s);                            /* NULL is fine     */
typedef struct set set_handle;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(set_handle, set_free)

/* One more, before the first set_next.  Where there are several the first frame of each is looked at; what is no capture is
 * refused (capture_open). */
bool set_add(struct set *s, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One more of which an earlier set said when it begins, in that set's order: it is not looked at before its turn, and has the
 * same ordinal. */
void set_add_known(struct set *s, const char *path, int64_t first_ns);

/* Captures in it. */
unsigned set_size(const struct set *s);
/* Their names; in the order in which their turns come, once set_next was called. */
const char *set_path(const struct set *s, unsigned i);

/* The next frame; false: there is none.  Borrowed until the next call. */
bool set_next(struct set *s, struct frame *f) G_GNUC_WARN_UNUSED_RESULT;

/* Frames so far that were seen before in another capture, and not given again. */
uint64_t set_duplicates(const struct set *s);
/* Captures of exported PDUs that may have gone on with others: there were too many messages to compare (tellings.h). */
uint64_t set_not_compared(const struct set *s);
/* Does the next frame possibly wait for somebody who sends it? */
bool set_waits(const struct set *s);

#endif
