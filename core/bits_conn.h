/* bits_conn.h - one TCP (or TLS) connection, as both fronts feed it: two byte streams in, events to the tracker out.
 *
 * Joins the framer (bits_http.h), the decoder (bits_message.h) and the tracker (bits_tracker.h), so that no front
 * has to, and so that both do it alike.  A front numbers the two directions 0 and 1 as it likes; which of them is the
 * client is learned from the first HTTP head.  Any cut of the streams gives the same events. */
#ifndef BITS_CONN_H
#define BITS_CONN_H

#include <glib.h>

#include "core/bits_str.h"
#include "core/bits_where.h"

struct bits_exchange;
struct bits_http_framing;
struct bits_message;
struct bits_tracker;
struct bits_conn;

/* Can a stream that begins with these bytes be HTTP/1.x?  Cheap: a connection that cannot costs its front one table
 * entry and this call.  MORE: too few bytes to tell. */
enum bits_sniff { BITS_SNIFF_NO, BITS_SNIFF_MORE, BITS_SNIFF_HTTP };
enum bits_sniff bits_conn_sniff(struct bits_str first_bytes);

/* ends[d] is who sends direction d.  `from_start` says that both directions are known from their first byte (a SYN was
 * seen); otherwise the framer trusts a head only where the other side confirms it.  `t` must outlive the connection. */
struct bits_conn *bits_conn_new(struct bits_tracker *t, uint64_t ordinal, const struct bits_end ends[2], bool from_start);
/* What is fed came out of TLS, or may have.  Before anything is fed. */
void              bits_conn_set_secure(struct bits_conn *c);
void              bits_conn_free(struct bits_conn *c); /* after bits_conn_close; NULL is fine */

/* The next bytes of direction d, in order.  `w` is where the first of them was seen; the others follow it in the same
 * frame (at, pos and the bytes count up together).  `starts_segment`: data begins at the first byte of a TCP segment's
 * payload, the only place where a lost framer may take up again. */
void bits_conn_data(struct bits_conn *c, unsigned d, struct bits_str data, const struct bits_where *w, bool starts_segment);

/* The capture does not have the next n bytes of direction d.  `w` is where the hole was found out: at = the first lost
 * byte, frame and time = those of the frame behind the hole, or of the last one before it. */
void bits_conn_lost(struct bits_conn *c, unsigned d, uint64_t n, const struct bits_where *w);

/* Another recording goes on with the connection behind w, the end of direction d so far (at); nobody knows whether what came
 * between is missing.  Call it for both directions before anything else of that recording.  What is under way counts only
 * where its answer fits. */
void bits_conn_seam(struct bits_conn *c, unsigned d, const struct bits_where *w);

/* A frame of direction d that brought no new bytes but news: its TCP acknowledged more than before (w->heard), or
 * says that it will send no more (fin; w->at is then the end of its stream).  Call it for a frame's ACK before
 * bits_conn_data for its payload only where the payload does not follow at once; never for mere repetitions. */
void bits_conn_heard(struct bits_conn *c, unsigned d, const struct bits_where *w, bool fin);

/* A frame of direction d whose bytes, n of them and more than one (a keep-alive has one), were all there before: its TCP
 * sent them again.  w->at: the first of them. */
void bits_conn_again(struct bits_conn *c, unsigned d, uint64_t n, const struct bits_where *w);
/* The SYN of direction d came late: what was fed first of it was its first byte. */
void bits_conn_began(struct bits_conn *c, unsigned d, const struct bits_where *w);
/* A frame whose bytes wait for others before them: these are fed later, or given to bits_conn_lost. */
void bits_conn_early(struct bits_conn *c, unsigned d, const struct bits_where *w);

/* Is a byte of direction d, which was not fed before and came in a segment of its own without PSH, SYN or FIN, a keep-alive's
 * (RFC 1122 4.2.3.6)?  That one has any value, mostly 0, and must not stand for the true byte where the capture lacks it.
 * w: its place.  data: the byte, or nothing if the capture cut it off.  acked: how far the other side had acknowledged d. */
bool bits_conn_is_keep_alive(const struct bits_conn *c, unsigned d, struct bits_str data, const struct bits_where *w,
                             uint64_t acked);

/* The connection is gone: every message in flight ends here.  `by` is the direction whose FIN or RST came first
 * (ignored for CAPTURE_END and EVICTED); w is the frame that ended it, whoever sent that.  Once only; nothing may be fed after it. */
enum bits_tcp_end { BITS_TCP_FIN, BITS_TCP_RST, BITS_TCP_CAPTURE_END, BITS_TCP_EVICTED };
void bits_conn_close(struct bits_conn *c, enum bits_tcp_end how, unsigned by, const struct bits_where *w);

/* Where messages lie in the two streams, for a front that draws them: called after the tracker has been told, `user` last,
 * NULL members mean "don't care".  Any cut of the streams gives the same calls (adjacent body calls may merge).
 *   head  x: the exchange under way (its request or its final answer is msg); NULL for an interim answer.  What is not
 *         BITS has number 0.  framing as bits_tracker has decided it: an answer to HEAD has no body.
 *   body  n bytes from w on belong to the message under way; chunk lines and trailers are told of by nobody.
 *   end   `last` is the message's last byte. */
struct bits_conn_watch {
	void (*head)(unsigned d, const struct bits_message *msg, const struct bits_http_framing *framing,
	             const struct bits_exchange *x, const struct bits_where *first, const struct bits_where *last, void *user);
	void (*body)(unsigned d, const struct bits_where *w, uint64_t n, void *user);
	void (*end)(unsigned d, bool whole, const struct bits_where *last, void *user);
};
void bits_conn_set_watch(struct bits_conn *c, const struct bits_conn_watch *watch, void *user); /* watch: borrowed */

/* As bits_http_is_between. */
bool bits_conn_is_between(const struct bits_conn *c, unsigned d);

/* As bits_http_pending. */
uint64_t bits_conn_pending(const struct bits_conn *c, unsigned d);

/* Memory that it takes, in bytes: what is kept of its messages is the tracker's. */
uint64_t bits_conn_held(const struct bits_conn *c);

/* Nothing can come of this connection: neither direction began with HTTP.  A front may then drop it after
 * bits_conn_close and look at no further byte of it. */
bool bits_conn_is_hopeless(const struct bits_conn *c);

#endif
