/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_feed.h - the two byte streams of a connection on the first pass: what Wireshark hands over, in the order of the
 * stream, to the core; and which bytes turned out to be whose message.
 *
 * Wireshark's TCP hands over a segment that comes too early, and one that comes again, and, asked to, bytes that it
 * handed over before.  Offsets (`at`) are 64 bit and never wrap. */
#ifndef PLUGIN_BITS_FEED_H
#define PLUGIN_BITS_FEED_H

#include <glib.h>

#include "core/bits_conn.h"
#include "core/bits_message.h"
#include "plugin/bits_told.h"

#define FEED_EARLY_MAX (UINT64_C(1) << 20) /* bytes of a direction that wait behind a hole; then it is given up */
#define FEED_EARLY_PIECES 4096U            /* ... and segments: as many as the command line keeps (wire/stream.h)  */
#define FEED_PATIENCE  64                  /* frames of the capture after which an acknowledged hole is given up:
                                            * no tap brings frames in more disorder                            */

/* Body bytes [at, at + n) of the stream lie at file_offset of their file; BITS_SIZE_UNKNOWN: in none. */
struct feed_run {
	uint64_t at, n, file_offset;
};

struct feed_message {
	uint64_t            first, head_end, end; /* offsets; end: of what is known of it so far                */
	bool                ended;                /* nothing of it is to come                                   */
	bool                is_request, is_interim;
	enum bits_packet    packet;               /* as its own head says; an answer without BITS headers: NONE */
	enum bits_packet    asked;                /* an answer: the packet of its request, if that is known     */
	uint64_t            number;               /* of a request: told_exchange; 0: no BITS                    */
	enum bits_http_body body;
	uint64_t            length;               /* BITS_HTTP_BODY_LENGTH                                      */
	uint32_t            first_frame;
	GBytes             *head;                 /* its text                                                   */
	GArray             *runs;                 /* of struct feed_run, in order                             */
};

struct bits_feed;

/* Bytes [at, at + data.n) of direction d that had come too early were fed: what they are is known now. */
typedef void (*bits_feed_late)(struct bits_feed *s, unsigned d, uint32_t frame, uint64_t at, struct bits_str data,
                               void *user);

/* ends[d] sends direction d. */
struct bits_feed *bits_feed_new(struct told *told, uint64_t ordinal, const struct bits_end ends[2], bool from_start,
                                    bits_feed_late late, void *user);
/* The sequence number of the first byte of direction d, where that is known.  Otherwise it is learned from the first number
 * that is asked for, which may be an acknowledgment of bytes that the capture does not have.  Before anything is fed. */
void                bits_feed_begin_at(struct bits_feed *s, unsigned d, uint32_t seq);
/* TLS carries it, or may do.  Before anything is fed. */
void                bits_feed_set_secure(struct bits_feed *s);
void                bits_feed_free(struct bits_feed *s);
uint64_t            bits_feed_ordinal(const struct bits_feed *s);

/* The offset of a sequence number in direction d: of the 32-bit numbers that mean it, the one nearest to what was seen of
 * d before.  The first one ever is where the next bytes begin (bits_feed_next); of nothing yet: 0 on a connection from its
 * start, else a large number. */
uint64_t bits_feed_at(struct bits_feed *s, unsigned d, uint32_t seq);

/* The end of what was fed of direction d. */
uint64_t bits_feed_fed(const struct bits_feed *s, unsigned d);

/* Where the next bytes of direction d begin, if nobody says it (under TLS): where we asked them to, else behind what was
 * fed.  bits_feed_expect asks: once. */
uint64_t bits_feed_next(struct bits_feed *s, unsigned d);
void     bits_feed_expect(struct bits_feed *s, unsigned d, uint64_t at);

/* Bytes from w->at on, and `missing` more that the capture cut off (snaplen).  What was fed before is passed over; what
 * comes too early waits.  is_gathered: TCP put them together from several segments. */
void bits_feed_data(struct bits_feed *s, unsigned d, struct bits_str data, uint64_t missing, const struct bits_where *w,
		    bool is_gathered);

/* Do the bytes from `at` on wait for others? */
bool bits_feed_is_early(const struct bits_feed *s, unsigned d, uint64_t at);

/* Do others wait for the bytes from `at` on? */
bool bits_feed_fills_hole(const struct bits_feed *s, unsigned d, uint64_t at);

/* The byte at w->at came in a segment of its own that nobody pushed: is it a keep-alive's?  Then it is none of the stream, must
 * not be fed, and is passed over where it is gathered with others.  data: the byte, or nothing if the capture cut it off. */
bool bits_feed_probe(struct bits_feed *s, unsigned d, struct bits_str data, const struct bits_where *w);

/* A frame without bytes: an ACK (w->heard), perhaps with a FIN (w->at: end of the stream). */
void bits_feed_heard(struct bits_feed *s, unsigned d, const struct bits_where *w, bool fin);

/* A frame with a whole header, whose n bytes begin at w->at, went through TCP: did it bring anything?  If not, they were sent
 * again. */
void bits_feed_seen(struct bits_feed *s, unsigned d, uint64_t n, const struct bits_where *w);

/* A RST of direction d, whose number means `at`.  Where that is the very next byte that the other side waits for it ends the
 * connection; any other one only where d is not heard of again (RFC 5961 3.2). */
void bits_feed_reset(struct bits_feed *s, unsigned d, uint64_t at, const struct bits_where *w);

/* The capture ends: so does the connection, with its latest frame.  A RST that may have been heeded ended it then. */
void bits_feed_finish(struct bits_feed *s);

/* Gone, by a FIN or RST of direction `by`.  Twice is once. */
void bits_feed_close(struct bits_feed *s, enum bits_tcp_end how, unsigned by, const struct bits_where *w);
bool bits_feed_is_closed(const struct bits_feed *s);
/* Bytes came after that. */
bool bits_feed_goes_on(const struct bits_feed *s);

/* Messages of direction d that have a byte in [from, to), oldest first: calls fn for each. */
void bits_feed_each(struct bits_feed *s, unsigned d, uint64_t from, uint64_t to,
                      void (*fn)(const struct feed_message *m, void *user), void *user);

/* The latest message of direction d; NULL: none, or it was forgotten. */
const struct feed_message *bits_feed_latest(const struct bits_feed *s, unsigned d);
/* The latest frame that brought bytes of direction d; 0: none did. */
uint32_t bits_feed_latest_frame(const struct bits_feed *s, unsigned d);
/* Nothing of direction d is to come: its FIN was told, or the connection is gone. */
bool bits_feed_is_at_end(const struct bits_feed *s, unsigned d);

/* Nobody will ask again what lies before that offset. */
void bits_feed_forget(struct bits_feed *s, unsigned d, uint64_t before);

/* Shown as a whole, or not at all: what more of direction d should be handed over together with the bytes from *from on?
 * Among bytes [begin, fed). */
enum feed_wish { FEED_WISH_NOTHING, FEED_WISH_BYTES, FEED_WISH_MORE, FEED_WISH_REST };
enum feed_wish bits_feed_wish(const struct bits_feed *s, unsigned d, uint64_t begin, uint64_t *from, uint64_t *bytes);

#endif
