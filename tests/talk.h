/* talk.h - the packets of a conversation as literals, for tables of short conversations (specimen.h explains the
 * notation).  `words` are those of the specimen's marker, "on B blind" for example. */
#ifndef TESTS_TALK_H
#define TESTS_TALK_H

#include <string.h>

#include "tests/cm.h"
#include "tests/specimen.h"

#define TALK_ID    "{11112222-3333-4444-5555-666677778888}"
#define TALK_OTHER "{99992222-3333-4444-5555-666677778888}"

#define TALK_REQUEST(words, packet, path, fields)                                                 \
	">>> " words "\nBITS_POST " path " HTTP/1.1\nHost: up.example\nBITS-Packet-Type: " packet \
	"\n" fields

#define CREATE_AT(words, path)                                                                                      \
	TALK_REQUEST(words, "Create-Session", path,                                                                 \
	             "BITS-Supported-Protocols: {7df0354d-249b-430f-820d-3d2a9bef4931}\nContent-Length: 0\n\n")
#define CREATE(words) CREATE_AT(words, "/in/a.bin")
#define PING(words)   TALK_REQUEST(words, "Ping", "/in/a.bin", "Content-Length: 0\n\n")

#define FRAGMENT_OF(words, id, path, range, n)                                                           \
	TALK_REQUEST(words, "Fragment", path,                                                            \
	             "BITS-Session-Id: " id "\nContent-Range: bytes " range "\nContent-Length: " #n "\n\n{" #n "}\n")
#define FRAGMENT(words, range, n) FRAGMENT_OF(words, TALK_ID, "/in/a.bin", range, n)

#define CLOSE(words)  TALK_REQUEST(words, "Close-Session", "/in/a.bin", "BITS-Session-Id: " TALK_ID "\nContent-Length: 0\n\n")
#define CANCEL(words) TALK_REQUEST(words, "Cancel-Session", "/in/a.bin", "BITS-Session-Id: " TALK_ID "\nContent-Length: 0\n\n")
#define GET(words)    ">>> " words "\nGET /in/a.bin HTTP/1.1\nHost: up.example\n\n"

#define ANSWER(words, status, fields) \
	"<<< " words "\nHTTP/1.1 " status " Text\nBITS-Packet-Type: Ack\n" fields "Content-Length: 0\n\n"
#define CREATED_AS(words, id)                                                         \
	ANSWER(words, "200",                                                          \
	       "BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}\n"              \
	       "BITS-Session-Id: " id "\nAccept-Encoding: identity\n")
#define CREATED(words)        CREATED_AS(words, TALK_ID)
#define ACK(words)            ANSWER(words, "200", "")
#define ACK_AT(words, offset) ANSWER(words, "200", "BITS-Received-Content-Range: " offset "\n")

/* The story of `talk` has every line of `tells` and none of `never` (either may be NULL, ends with NULL where shorter). */
static inline void expect_story(const char *row, const char *talk, const char *const *tells, size_t n_tells,
                                const char *never)
{
	g_autofree char *story = specimen_told(talk);

	for (size_t i = 0; i < n_tells && tells[i] != NULL; i++)
		if (strstr(story, tells[i]) == NULL)
			fail_msg("row \"%s\": not told: %s\n%s", row, tells[i], story);
	if (never != NULL && strstr(story, never) != NULL)
		fail_msg("row \"%s\": should never be told: %s\n%s", row, never, story);
}

#endif
