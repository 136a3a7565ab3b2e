/* bits_session.h - one upload session: its identity, its state, who takes part, and the file.  [MC-BUP] 3.2.5.1. */
#ifndef BITS_SESSION_H
#define BITS_SESSION_H

#include "core/bits_rules.h"
#include "core/bits_upload.h"

struct bits_session {
	/* one line of the cache: what is asked of its neighbours when a session begins */
	uint64_t         ordinal;      /* from 1, in order of first packet                                          */
	struct bits_ends ends;         /* of the connection of its first packet                                     */
	enum bits_state  state;
	bool             refused;      /* the server never let it begin                                             */

	char            *id;           /* as the server gave it out, or as the client first used it; NULL: not seen */
	char            *url;          /* of its first request                                                      */
	char            *name;         /* Content-Name, else the last part of the URL's path; as on the wire        */
	char            *reply_url;    /* BITS-Reply-URL; NULL                                                      */
	char            *host_id;      /* BITS-Host-Id; NULL                                                        */
	enum bits_dialect dialect;

	char *user_agent, *server_software, *via, *auth, *user; /* NULL where unknown; `auth` is the scheme          */

	struct bits_where first, last; /* its first and latest packet                                               */
	uint64_t         fragments;    /* Fragment requests seen, challenged ones too                               */
	uint64_t         connections;  /* that carried a packet of it                                               */
	uint64_t         requests, answers;
	enum bits_close  ended_by;     /* how the last connection of it ended                                       */
	bool             evidence_partial; /* the capture lacks segments, requests or answers of it                 */
	bool             may_be_two;   /* its id is given out again by some servers, and requests are missing between its bytes: *
	                                * who sent them may have ended it and created another                        */
	bool             created_here; /* its successful Create Ack is in the capture                               */
	bool             says_empty;   /* a Fragment said that the file has 0 bytes                                 */
	bool             says_bytes;   /* ... and one anything else                                                   */
	bool             create_to_close_gapless; /* both on one connection, and nothing was lost between           */
	uint64_t         same_upload_as; /* ordinal of an earlier session: the other side of a proxy; 0             */
	bool             is_twin;      /* ... no, that same session, of which exported PDUs tell once more          */
	uint32_t         error_code;   /* the latest that the server stated; 0                                      */

	struct bits_upload upload;
	uint64_t         findings[BITS_N_SEVERITIES]; /* proven ones                                                */
	unsigned         at_fault;     /* 1 << enum bits_fault, of the proven errors                                */
};

enum bits_ending     bits_session_ending(const struct bits_session *s);
enum bits_file_state bits_session_file_state(const struct bits_session *s);

/* The size of the file: the upload's, or 0 for a closed upload without bytes, or BITS_SIZE_UNKNOWN. */
uint64_t bits_session_file_size(const struct bits_session *s);

#endif
