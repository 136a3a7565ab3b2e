/* bits_message.h - one HTTP head read as a BITS packet.  [MC-BUP] 2.2.
 *
 * A header that is broken is still a message: `has` says what is there, `bad` what is there but cannot be read, and a
 * rule row decides what either means. */
#ifndef BITS_MESSAGE_H
#define BITS_MESSAGE_H

#include "core/bits_http.h"
#include "core/bits_names.h"
#include "core/bits_range.h"

/* Every header that we read. */
enum bits_field {
	BITS_FIELD_PACKET_TYPE,         /* BITS-Packet-Type, 2.2.1.2                                      */
	BITS_FIELD_SUPPORTED_PROTOCOLS, /* BITS-Supported-Protocols, 2.2.2.2                              */
	BITS_FIELD_PROTOCOL,            /* BITS-Protocol, 2.2.3.2                                         */
	BITS_FIELD_SESSION_ID,          /* BITS-Session-Id, 2.2.1.2                                       */
	BITS_FIELD_HOST_ID,             /* BITS-Host-Id, 2.2.3.2                                          */
	BITS_FIELD_FALLBACK_TIMEOUT,    /* BITS-Host-Id-Fallback-Timeout, seconds, 2.2.3.2                */
	BITS_FIELD_RECEIVED,            /* BITS-Received-Content-Range, 2.2.7.2; gobits: Recieved         */
	BITS_FIELD_REPLY_URL,           /* BITS-Reply-URL, 2.2.7.2                                        */
	BITS_FIELD_ERROR_CODE,          /* BITS-Error-Code (win32) or BITS-Error ([MC-BUP] 2.2.1.2)       */
	BITS_FIELD_ERROR_CONTEXT,       /* BITS-Error-Context, 2.2.1.2                                    */
	BITS_FIELD_ORIGINAL_URL,        /* BITS-Original-Request-URL, 2.2.12.2                            */
	BITS_FIELD_REQUEST_DATA,        /* BITS-Request-DataFile-Name, or ...DataEntity-Name              */
	BITS_FIELD_RESPONSE_DATA,       /* BITS-Response-DataFile-Name, or ...DataEntity-Name             */
	BITS_FIELD_STATIC_URL,          /* BITS-Static-Response-URL, 2.2.13.2                             */
	BITS_FIELD_COPY_FILE,           /* BITS-Copy-File-To-Destination, 2.2.13.2                        */
	BITS_FIELD_CONTENT_NAME,        /* Content-Name, 2.2.1.1                                          */
	BITS_FIELD_CONTENT_RANGE,       /* Content-Range, 2.2.6.1                                         */
	BITS_FIELD_CONTENT_LENGTH,      /* Content-Length, 2.2.1.1                                        */
	BITS_FIELD_CONTENT_ENCODING,    /* Content-Encoding, 2.2.6.1                                      */
	BITS_FIELD_ACCEPT_ENCODING,     /* Accept-Encoding, 2.2.3.1                                       */
	BITS_FIELD_TRANSFER_ENCODING,
	BITS_FIELD_METHOD_OVERRIDE,     /* X-Http-Method-Override: the OneDrive dialect                   */
	BITS_FIELD_X_SESSION_ID,        /* X-Session-Id: an imitation                                     */
	BITS_FIELD_HOST,
	BITS_FIELD_USER_AGENT,
	BITS_FIELD_SERVER,
	BITS_FIELD_VIA,
	BITS_FIELD_X_FORWARDED_FOR,
	BITS_FIELD_AUTHORIZATION,
	BITS_FIELD_PROXY_AUTHORIZATION,
	BITS_FIELD_WWW_AUTHENTICATE,
	BITS_FIELD_PROXY_AUTHENTICATE,
	BITS_FIELD_EXPECT,
	BITS_N_FIELDS,
};
#define BITS_FIELD_BIT(f) (UINT64_C(1) << (f))

/* The wire's name of a field, in Microsoft's spelling; static. */
const char *bits_field_name(enum bits_field f);

#define BITS_SIZE_UNKNOWN UINT64_MAX

struct bits_message {
	uint64_t has;      /* BITS_FIELD_BITs: the header is there                                            */
	uint64_t bad;      /* ... and its value cannot be read (implies has)                                  */
	uint64_t differs;  /* ... and it came again with another value; the first is taken                    */
	uint64_t alias;    /* ... under the less usual of its names (BITS-Error, BITS-Recieved-Content-Range) */
	struct bits_str text[BITS_N_FIELDS]; /* values, trimmed, first occurrence; empty without `has`        */

	bool              is_request;
	enum bits_packet  packet;
	enum bits_dialect dialect;             /* requests                                                    */
	struct bits_str   method, target;      /* requests                                                    */
	struct bits_str   reason;              /* answers                                                     */
	unsigned          status;              /* answers; 0 in requests                                      */
	unsigned          major, minor;        /* HTTP version                                                */

	struct bits_range range;               /* Content-Range [from, to); empty unless has and not bad      */
	uint64_t          total;               /* its "/size", or BITS_SIZE_UNKNOWN ("*")                     */
	bool              range_star;          /* "bytes *" in place of a range: well formed, but names no bytes               */
	/* No number is greater than INT64_MAX: such a one is bad. */
	uint64_t          content_length;      /* if has and not bad                                          */
	bool              chunked;             /* Transfer-Encoding ends in chunked                           */
	uint64_t          received;            /* if has and not bad: offset of the next byte wanted          */
	uint32_t          error_code;          /* if has and not bad (an empty value counts as absent)        */
	uint32_t          error_context;
	uint64_t          fallback_timeout_s;

	struct bits_str   head; /* the text that every view above points into                                 */
};

/* Read a head.  Cannot fail: what is not BITS has packet NONE.  Views point where the head's do. */
void bits_message_decode(struct bits_message *m, const struct bits_http_head *head);

/* A copy that owns its text.  bits_message_free(NULL) is fine. */
struct bits_message *bits_message_copy(const struct bits_message *m);
void                 bits_message_free(struct bits_message *m);
/* Memory that a copy takes, in bytes. */
uint64_t             bits_message_held(const struct bits_message *m);

static inline bool bits_message_has(const struct bits_message *m, enum bits_field f)
{
	return (m->has & BITS_FIELD_BIT(f)) != 0;
}

/* There and readable. */
static inline bool bits_message_good(const struct bits_message *m, enum bits_field f)
{
	return ((m->has & ~m->bad) & BITS_FIELD_BIT(f)) != 0;
}

/* "bytes first-last/total" ([MC-BUP] 2.2.6.1, RFC 2616 14.16); the unit in any case, white space generously.  False:
 * not of this shape, or an offset beyond INT64_MAX.  Backward or past the size is still well formed. */
bool bits_range_parse(struct bits_range *out, uint64_t *total, bool *star, struct bits_str text);

/* A Fragment of an empty upload, which has no range that could say so: with total 0, and a Content-Length that says that
 * there is no body, every spelling means it (reference 7.0). */
bool bits_message_says_empty(const struct bits_message *m);

/* The next element of BITS-Supported-Protocols; separators are spaces and commas (2.2.2.2).  False at the end. */
bool bits_protocol_next(struct bits_str *list, struct bits_str *protocol);

/* Is it 8-4-4-4-12 hexadecimal digits, in braces or not?  [MS-DTYP] 2.3.4.3 */
bool bits_is_guid(struct bits_str id);

/* Are these the same id, in whatever spelling? */
bool bits_session_id_eq(struct bits_str a, struct bits_str b);

/* The form in which ids are compared: a GUID in lower case without braces, any other id as it is (reference 7.0).
 * The caller frees it with g_free. */
char *bits_session_id_key(struct bits_str id);

/* The scheme of an Authorization or WWW-Authenticate value: its first word. */
struct bits_str bits_auth_scheme(struct bits_str value);

/* Who the credentials say they are, never with a password: the user of Basic, Digest and NTLM type 3 (DOMAIN\user@HOST).
 * NULL where the value names nobody.  The caller frees it with g_free; the bytes are as on the wire. */
char *bits_auth_user(struct bits_str value);

/* The URL of a request, as a person would write it: an absolute target as it stands, otherwise "http://", or "https://"
 * where the connection is_secure, + Host (or the server's address where there is none) + target.  The caller frees it with g_free. */
char *bits_message_url(const struct bits_message *m, const struct bits_ends *ends);

/* The address as text, "10.0.0.1" or "fd77::1", empty where none is known; the caller frees it with g_free. */
char *bits_addr_text(const struct bits_addr *a);
/* The same, behind what is in `out`. */
void bits_addr_append(GString *out, const struct bits_addr *a);
/* "10.0.0.1:80" or "[fd77::1]:80", behind what is in `out`; nothing where the address is not known. */
void bits_end_append(GString *out, const struct bits_end *end);

#endif
