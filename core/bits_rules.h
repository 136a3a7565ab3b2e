/* bits_rules.h - every rule of the protocol as a row: the one list that the checker, the reports, the catalogue and
 * Wireshark's expert infos read. */
#ifndef BITS_RULES_H
#define BITS_RULES_H

#include "core/bits_str.h"
#include "core/bits_where.h"

enum bits_severity { BITS_NOTE, BITS_WARNING, BITS_ERROR, BITS_N_SEVERITIES };
enum bits_fault {
	BITS_FAULT_NONE,
	BITS_FAULT_CLIENT,
	BITS_FAULT_SERVER,
	BITS_FAULT_APPLICATION,
	BITS_FAULT_INTERMEDIARY,
	BITS_FAULT_NETWORK,
	BITS_FAULT_SENDER, /* in a row only: by the direction of the offending message */
	BITS_N_FAULTS,
};
const char *bits_severity_name(enum bits_severity s); /* "error"  */
const char *bits_fault_name(enum bits_fault f);       /* "client" */

/* The chapters of the catalogue: those of the protocol reference, section 7. */
enum bits_chapter {
	BITS_CHAPTER_EXCHANGE,     /* exchange and HTTP framing              */
	BITS_CHAPTER_CREATION,     /* session creation                       */
	BITS_CHAPTER_IDENTITY,     /* session identity                       */
	BITS_CHAPTER_FRAGMENTS,    /* Fragment requests                      */
	BITS_CHAPTER_ACKS,         /* Fragment Acks and reply                */
	BITS_CHAPTER_ENDING,       /* ending a session                       */
	BITS_CHAPTER_ERRORS,       /* error reporting                        */
	BITS_CHAPTER_ACCESS,       /* authentication, intermediaries, timing */
	BITS_CHAPTER_NOTIFICATION, /* the notification leg                   */
	BITS_CHAPTER_NETWORK,      /* what the network did                  */
	BITS_CHAPTER_CAPTURE,      /* what the capture holds                 */
	BITS_N_CHAPTERS,
};
const char *bits_chapter_name(enum bits_chapter c); /* "Exchange and HTTP framing" */

/* The names are those of the protocol reference; the order is that of the table. */
enum bits_rule_id {
	/* exchange and HTTP framing */
	BITS_RULE_OUTSTANDING_REQUEST,
	BITS_RULE_PIPELINED_REQUEST,
	BITS_RULE_PARALLEL_CONNECTION,
	BITS_RULE_PIPELINED_OTHER_SESSION,
	BITS_RULE_REQUEST_ABANDONED,
	BITS_RULE_RESPONSE_WITHOUT_REQUEST,
	BITS_RULE_HTTP_VERSION,
	BITS_RULE_METHOD_NOT_BITS_POST,
	BITS_RULE_POST_WITHOUT_OVERRIDE,
	BITS_RULE_METHOD_OVERRIDE_TUNNEL,
	BITS_RULE_METHOD_CASE,
	BITS_RULE_IMITATION,
	BITS_RULE_BITS_POST_WITHOUT_PACKET_TYPE,
	BITS_RULE_PACKET_TYPE_UNKNOWN,
	BITS_RULE_DUPLICATE_HEADER,
	BITS_RULE_DUPLICATE_FRAMING_HEADER,
	BITS_RULE_ACK_PACKET_TYPE_MISSING,
	BITS_RULE_ACK_PACKET_TYPE_VALUE,
	BITS_RULE_CONTENT_LENGTH_MISSING,
	BITS_RULE_CONTENT_LENGTH_MALFORMED,
	BITS_RULE_CHUNKED_REQUEST,
	BITS_RULE_CONTROL_PACKET_BODY,
	BITS_RULE_ACK_BODY,
	BITS_RULE_ACK_CONTENT_LENGTH_MISSING,
	BITS_RULE_HEADER_TOO_LONG,
	BITS_RULE_HEAD_TOO_LONG,
	BITS_RULE_BODY_TRUNCATED,
	BITS_RULE_UNEXPECTED_2XX,
	BITS_RULE_CREATED_OUTSIDE_CREATE,
	/* session creation */
	BITS_RULE_SERVER_NOT_BITS,
	BITS_RULE_PROTOCOLS_MISSING,
	BITS_RULE_PROTOCOLS_MALFORMED,
	BITS_RULE_PROTOCOLS_UNKNOWN,
	BITS_RULE_PROTOCOLS_COMMA,
	BITS_RULE_PROTOCOLS_TOO_MANY,
	BITS_RULE_CREATE_WITH_SESSION_ID,
	BITS_RULE_CREATE_ACK_PROTOCOL_MISSING,
	BITS_RULE_CREATE_ACK_PROTOCOL_NOT_OFFERED,
	BITS_RULE_CREATE_ACK_PROTOCOL_ON_ERROR,
	BITS_RULE_CREATE_ACK_SESSION_ID_MISSING,
	BITS_RULE_SESSION_ID_TOO_LONG,
	BITS_RULE_SESSION_ID_ILLEGAL,
	BITS_RULE_SESSION_ID_NOT_GUID,
	BITS_RULE_SESSION_ID_NOT_UNIQUE,
	BITS_RULE_SESSION_ID_RECYCLED,
	BITS_RULE_ACCEPT_ENCODING_MISSING,
	BITS_RULE_ACCEPT_ENCODING_NOT_IDENTITY,
	BITS_RULE_FALLBACK_TIMEOUT_ALONE,
	BITS_RULE_FALLBACK_TIMEOUT_MALFORMED,
	BITS_RULE_HOST_ID_MALFORMED,
	BITS_RULE_HOST_ID_IGNORED,
	BITS_RULE_HOST_ID_WITHOUT_PING,
	BITS_RULE_HOST_FALLBACK_EARLY,
	BITS_RULE_SESSION_ABANDONED,
	/* session identity */
	BITS_RULE_SESSION_ID_MISSING,
	BITS_RULE_SESSION_UNKNOWN_IN_CAPTURE,
	BITS_RULE_SESSION_NEVER_CREATED,
	BITS_RULE_ACK_SESSION_ID_MISMATCH,
	BITS_RULE_ACK_SESSION_ID_MISSING,
	BITS_RULE_SESSION_ID_SPELLING,
	BITS_RULE_SESSION_URL_CHANGED,
	BITS_RULE_SESSION_HOST_CHANGED,
	BITS_RULE_UNKNOWN_SESSION_ACCEPTED,
	BITS_RULE_SESSION_NOT_FOUND_IGNORED,
	/* Fragment requests */
	BITS_RULE_RANGE_MISSING,
	BITS_RULE_RANGE_MALFORMED,
	BITS_RULE_RANGE_STAR,
	BITS_RULE_RANGE_INVERTED,
	BITS_RULE_RANGE_BEYOND_TOTAL,
	BITS_RULE_RANGE_LENGTH_MISMATCH,
	BITS_RULE_TOTAL_CHANGED,
	BITS_RULE_FIRST_FRAGMENT_NOT_ZERO,
	BITS_RULE_FRAGMENT_GAP,
	BITS_RULE_FRAGMENT_OVERLAP,
	BITS_RULE_FRAGMENT_DUPLICATE,
	BITS_RULE_FRAGMENT_DATA_CONFLICT,
	BITS_RULE_FRAGMENT_IGNORES_SERVER_OFFSET,
	BITS_RULE_FRAGMENT_EMPTY,
	BITS_RULE_CONTENT_ENCODING_IDENTITY,
	BITS_RULE_CONTENT_ENCODING_NOT_OFFERED,
	BITS_RULE_CONTENT_NAME_ILLEGAL,
	BITS_RULE_CONTENT_NAME_CHANGED,
	BITS_RULE_CONTENT_NAME_MISSING,
	BITS_RULE_FRAGMENT_SIZE_WINDOWS,
	BITS_RULE_FRAGMENT_NOT_REDUCED_AFTER_413,
	BITS_RULE_FRAGMENT_AFTER_COMPLETE,
	/* Fragment Acks and reply */
	BITS_RULE_RCR_MISSING,
	BITS_RULE_RCR_MALFORMED,
	BITS_RULE_RCR_IS_LAST_BYTE,
	BITS_RULE_RCR_BEYOND_TOTAL,
	BITS_RULE_RCR_UNEXPECTED,
	BITS_RULE_RCR_REGRESS,
	BITS_RULE_GAP_ACCEPTED,
	BITS_RULE_NEEDLESS_416,
	BITS_RULE_OVERLAP_ANSWERED_200,
	BITS_RULE_OVERLAP_ANSWERED_416,
	BITS_RULE_DUPLICATE_ANSWERED_200,
	BITS_RULE_DUPLICATE_ANSWERED_416,
	BITS_RULE_TOTAL_CHANGE_ACCEPTED,
	BITS_RULE_REPLY_URL_EARLY,
	BITS_RULE_REPLY_URL_TOO_LONG,
	BITS_RULE_REPLY_URL_NOT_HTTP_URL,
	BITS_RULE_CLOSE_BEFORE_REPLY,
	BITS_RULE_REPLY_AFTER_CLOSE,
	/* ending a session */
	BITS_RULE_CLOSE_INCOMPLETE,
	BITS_RULE_CLOSE_WITHOUT_FRAGMENT,
	BITS_RULE_CANCEL_AFTER_COMPLETE,
	BITS_RULE_PACKET_AFTER_END,
	BITS_RULE_CLOSE_RETRY_AFTER_FINAL_STATUS,
	BITS_RULE_SESSION_LEFT_OPEN,
	BITS_RULE_CLOSE_COMMIT_MISSING,
	/* error reporting */
	BITS_RULE_ERROR_CODE_ON_SUCCESS,
	BITS_RULE_ERROR_CODE_MISSING,
	BITS_RULE_ERROR_CONTEXT_WITHOUT_CODE,
	BITS_RULE_ERROR_CONTEXT_MISSING,
	BITS_RULE_ERROR_CONTEXT_VALUE,
	BITS_RULE_ERROR_CODE_MALFORMED,
	BITS_RULE_ERROR_CODE_SUCCESS_SEVERITY,
	BITS_RULE_ERROR_STATUS_MISMATCH,
	BITS_RULE_ERROR_CODE_FOREIGN,
	BITS_RULE_ERROR_HEADER_NAME,
	BITS_RULE_PING_NOT_200,
	BITS_RULE_INVALID_REQUEST_ACCEPTED,
	/* authentication, intermediaries, timing */
	BITS_RULE_AUTH_CHALLENGE,
	BITS_RULE_AUTH_LOOP,
	BITS_RULE_BASIC_AUTH_CLEARTEXT,
	BITS_RULE_REDIRECTED,
	BITS_RULE_NON_ACK_RESPONSE,
	BITS_RULE_RESPONSE_SLOW,
	BITS_RULE_REQUEST_SLOW,
	BITS_RULE_RETRY_TOO_FAST,
	BITS_RULE_NO_PING_ON_NEW_CONNECTION,
	/* the notification leg */
	BITS_RULE_NOTIFY_ORIGINAL_URL_MISSING,
	BITS_RULE_NOTIFY_PATHS_INCOMPLETE,
	BITS_RULE_NOTIFY_REFERENCE_WITH_BODY,
	BITS_RULE_NOTIFY_STATIC_URL_RELATIVE,
	BITS_RULE_NOTIFY_STATIC_URL_WITH_BODY,
	BITS_RULE_NOTIFY_SLOW,
	BITS_RULE_NOTIFY_DUPLICATE,
	/* the network */
	BITS_RULE_NETWORK_LOSS,
	BITS_RULE_NETWORK_STALL,
	BITS_RULE_NETWORK_RESET,
	/* what the capture holds */
	BITS_RULE_HEAD_LOST,
	BITS_N_RULES,
};

/* What a row needs of the evidence; where the capture lacks it, the row is silent or undecided. */
enum bits_needs {
	BITS_NEEDS_NOTHING   = 0,
	BITS_NEEDS_HEARD     = 1 << 0, /* what the sender's TCP had acknowledged                               */
	BITS_NEEDS_ONE_CONN  = 1 << 1, /* both messages on one connection                                      */
	BITS_NEEDS_PAIRS     = 1 << 2, /* the pairing of requests and answers is beyond doubt                  */
	BITS_NEEDS_GAPLESS   = 1 << 3, /* the connection from its SYN, both directions, no hole                */
	BITS_NEEDS_DIGESTS   = 1 << 4, /* block digests (not with --no-hash)                                   */
	BITS_NEEDS_ANSWER    = 1 << 5, /* the final answer, because a challenge changes what the request means */
	BITS_NEEDS_CREATION  = 1 << 6, /* the session's Create-Session and its Ack                             */
	BITS_NEEDS_IN_TURN   = 1 << 7, /* no other request of the session waited when this one was sent        */
	BITS_NEEDS_NO_LOSS   = 1 << 8, /* nothing lost between this and the session's latest packet, on the    *
	                                * same connection                                                      */
	BITS_NEEDS_CONFIRMED = 1 << 9, /* the other side's own answer says so, or nothing of the session can   *
	                                * be missing                                                           */
	BITS_NEEDS_TIME      = 1 << 10, /* the capture's clock                                                 */
};
#define BITS_N_NEEDS 11
const char *bits_needs_name(unsigned bit); /* in words, for the catalogue; bit: its number, from 0 */

/* How a row is told. */
enum bits_rule_flags {
	BITS_RULE_ONCE         = 1 << 0, /* once a session, not for each message                              */
	BITS_RULE_OF_CHALLENGED = 1 << 1, /* holds for a request that was answered by 401 or 407 too           */
};

struct bits_rule {
	const char        *name;      /* stable: scripts and filters use it                              */
	enum bits_chapter  chapter;
	enum bits_severity severity;  /* before excuses                                                  */
	enum bits_fault    fault;
	const char        *clause;    /* where the rule stands                                           */
	unsigned           needs;     /* of enum bits_needs                                              */
	unsigned           flags;     /* of enum bits_rule_flags                                         */
	const char        *statement; /* the rule in one sentence, for the catalogue                     */
	const char        *text[4];   /* the finding's sentence, and variants of it where the evidence is another; *
	                               * %1 ... %4 are the finding's values, %a and %b its words         */
	const char        *reading;   /* where the documents disagree: which reading was taken, and why; or NULL */
	const char        *excuse;    /* what lowers it, or silences it; or NULL                         */
	enum bits_rule_id  follows[6]; /* what this fault drags along; 0 ends it (no rule drags row 0)   */
};

const struct bits_rule *bits_rule_get(enum bits_rule_id id);
/* By name; NULL for an unknown one. */
const struct bits_rule *bits_rule_find(const char *name);

#define BITS_FINDING_FRAMES 4
#define BITS_FINDING_VALUES 4
#define BITS_FINDING_WORDS  2

struct bits_exchange;
struct bits_session;

/* One rule broken once, or perhaps (undecided). */
struct bits_finding {
	enum bits_rule_id           rule;
	enum bits_severity          severity;  /* after excuses                                               */
	enum bits_fault             fault;     /* never SENDER                                                */
	bool                        undecided; /* the evidence does not suffice: no accusation                */
	const struct bits_session  *session;   /* NULL: of no session                                         */
	const struct bits_exchange *exchange;  /* the offending one; NULL where there is none                 */
	enum bits_side              side;      /* whose message of it offends                                 */
	struct bits_ends            ends;      /* of its connection                                           */
	struct bits_where           at[BITS_FINDING_FRAMES]; /* the evidence, the offending packet first      */
	unsigned                    n_at;
	unsigned                    variant;   /* which of the row's sentences                                */
	uint64_t                    value[BITS_FINDING_VALUES]; /* for the sentence                           */
	struct bits_str             word[BITS_FINDING_WORDS];   /* of the wire, for the sentence; borrowed    */
	const struct bits_rule     *follows[7]; /* rules that this one dragged along; NULL-terminated         */
};

/* The sentence with its values, words of the wire made printable and cut after 64 bytes; the caller frees it with
 * g_free. */
char *bits_finding_text(const struct bits_finding *f);

#endif
