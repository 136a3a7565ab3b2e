/* bits_names.h - values and their names, both ways.  Every function returns static text. */
#ifndef BITS_NAMES_H
#define BITS_NAMES_H

#include "core/bits_str.h"
#include "core/bits_where.h"

/* [MC-BUP] 2.2.1.2; the last four are no packets of the protocol but have to be called something. */
enum bits_packet {
	BITS_PACKET_NONE, /* not BITS at all                                                              */
	BITS_PACKET_PING,
	BITS_PACKET_CREATE_SESSION,
	BITS_PACKET_FRAGMENT,
	BITS_PACKET_CLOSE_SESSION,
	BITS_PACKET_CANCEL_SESSION,
	BITS_PACKET_ACK,
	BITS_PACKET_UNKNOWN,      /* a BITS-Packet-Type of another value                                  */
	BITS_PACKET_IMITATION,    /* BITS_POST without a packet type                                      */
	BITS_PACKET_NOTIFICATION, /* server to application, [MC-BUP] 2.2.12                               */
	BITS_PACKET_GET_REPLY,    /* the GET of a BITS-Reply-URL: known by its session, not by its head   */
	BITS_N_PACKETS,
};
const char      *bits_packet_name(enum bits_packet p);  /* "Create-Session", ...: the wire's spelling    */
enum bits_packet bits_packet_parse(struct bits_str value); /* any case; UNKNOWN for other values         */

enum bits_dialect {
	BITS_DIALECT_NONE,
	BITS_DIALECT_BITS,      /* BITS_POST                                            */
	BITS_DIALECT_OVERRIDE,  /* POST and X-Http-Method-Override: BITS_POST           */
	BITS_DIALECT_POST,      /* another method and a packet type                     */
	BITS_DIALECT_IMITATION, /* BITS_POST and no packet type                         */
};
const char *bits_dialect_name(enum bits_dialect d); /* "bits", "override", "post", "imitation"; NULL for NONE */

/* What a finished exchange did to its session (the columns of the grid, bits_session.c). */
enum bits_outcome {
	BITS_OUTCOME_PENDING,    /* still waiting for its final answer                                        */
	BITS_OUTCOME_CREATED,    /* Create-Session, 2xx                                                       */
	BITS_OUTCOME_MORE,       /* Fragment, 2xx, more to come                                               */
	BITS_OUTCOME_LAST,       /* Fragment, 2xx, the server holds everything                                */
	BITS_OUTCOME_RESYNC,     /* Fragment, 416                                                             */
	BITS_OUTCOME_CLOSED,     /* Close-Session, 2xx                                                        */
	BITS_OUTCOME_CANCELLED,  /* Cancel-Session, 2xx                                                       */
	BITS_OUTCOME_PONG,       /* Ping, or a packet of unknown type, 2xx                                    */
	BITS_OUTCOME_REFUSED,    /* any other final status                                                    */
	BITS_OUTCOME_CHALLENGED, /* 401, 407                                                                  */
	BITS_OUTCOME_DISOWNED,   /* BG_E_SESSION_NOT_FOUND                                                    */
	BITS_OUTCOME_UNANSWERED, /* the wait ended without an answer                                          */
	BITS_N_OUTCOMES,
};
const char *bits_outcome_name(enum bits_outcome o); /* "created", ... */

enum bits_state {
	BITS_STATE_NONE,
	BITS_STATE_INIT,       /* a Create-Session was sent                                   */
	BITS_STATE_RECEIVE,    /* the server takes Fragments                                  */
	BITS_STATE_WAIT_CLOSE, /* it has them all                                             */
	BITS_STATE_COMPLETE,
	BITS_STATE_CANCELLED,
	BITS_STATE_LOST,       /* the server disowned it                                      */
	BITS_STATE_UNSEEN,     /* the capture began after its Create-Session                  */
	BITS_N_STATES,
};
const char *bits_state_name(enum bits_state s);

/* How a session stands at its end, as reports say it (output.md: session.bits.outcome). */
enum bits_ending { BITS_ENDING_OPEN, BITS_ENDING_CLOSED, BITS_ENDING_CANCELLED, BITS_ENDING_REFUSED, BITS_ENDING_LOST };
const char *bits_ending_name(enum bits_ending e);

enum bits_file_state { BITS_FILE_NONE, BITS_FILE_PARTIAL, BITS_FILE_UNCONFIRMED, BITS_FILE_COMPLETE };
const char *bits_file_state_name(enum bits_file_state s);

const char *bits_close_name(enum bits_close c); /* "client-fin", "capture-end", ...; NULL for OPEN */

/* HRESULTs: "BG_E_SESSION_NOT_FOUND"; 0x80190000 + n is "BG_E_HTTP_ERROR_n".  NULL where nothing is known. */
const char *bits_hresult_name(uint32_t code);
const char *bits_error_context_name(uint32_t context);

#define BITS_HRESULT_SESSION_NOT_FOUND 0x8020001FU

#endif
