/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tellings.c - what followed what, as hashes of 64 bits. */
#include "wire/tellings.h"

#include "core/bits_hash.h"
#include "core/bits_http.h"
#include "core/bits_message.h"
#include "wire/capture.h"
#include "wire/exported_pdu.h"

#define ENTRIES_MOST (1u << 20) /* in the tables of all tellings: some 24 MiB */

struct tellings {
	GPtrArray *all;   /* of struct telling; owned */
	unsigned   entries; /* in their tables        */
	uint64_t   not_compared;
};

static void telling_free(gpointer p)
{
	struct telling *of = p;

	g_hash_table_unref(of->latest);
	g_hash_table_unref(of->pairs);
	g_free(of);
}

struct tellings *tellings_new(void)
{
	struct tellings *t = g_new0(struct tellings, 1);

	t->all = g_ptr_array_new_with_free_func(telling_free);
	return t;
}

void tellings_free(struct tellings *t)
{
	if (t == NULL)
		return;
	g_ptr_array_unref(t->all);
	g_free(t);
}

struct telling *tellings_begin(struct tellings *t, uint32_t ordinal)
{
	struct telling *of = g_new0(struct telling, 1);

	of->ordinal = ordinal;
	of->seed = bits_hash_seed();
	of->parts = 1;
	of->latest_ns = BITS_TIME_UNKNOWN;
	of->latest = g_hash_table_new(NULL, NULL);
	of->pairs = g_hash_table_new(NULL, NULL);
	g_ptr_array_add(t->all, of);
	return of;
}

/* ---- what followed what ---------------------------------------------------------------------------------------- */

#define NAMES_SESSION 1u /* the lowest bit of a head's hash */

static uint64_t hash_of_end(uint64_t seed, const struct bits_end *e)
{
	return bits_hash(seed ^ e->port, e->addr.bytes, e->addr.family == 4 ? 4 : 16);
}

/* Both directions are one connection. */
static gpointer connection_of(uint64_t seed, const struct exported_pdu *u)
{
	return GSIZE_TO_POINTER((gsize)(hash_of_end(seed, &u->src) + hash_of_end(seed, &u->dst)));
}

/* 0: no message begins here. */
static uint64_t head_of(uint64_t seed, const struct exported_pdu *u)
{
	struct bits_str       text = { (const char *)u->payload, u->captured };
	struct bits_http_head head;
	struct bits_message   m;
	uint64_t              hash;

	switch (bits_http_head_parse(&head, text)) {
	case BITS_PARSE_OK:
		break;
	case BITS_PARSE_MORE: /* its sender wrote it in pieces; or it is the text of a body */
		return bits_http_looks_like_head(text) == BITS_PARSE_OK ? bits_hash(seed, text.p, text.n) & ~(uint64_t)NAMES_SESSION : 0;
	case BITS_PARSE_BAD:
		return 0;
	}
	bits_message_decode(&m, &head);
	hash = bits_hash(seed, head.text.p, head.text.n) | NAMES_SESSION;
	return m.packet != BITS_PACKET_NONE && m.text[BITS_FIELD_SESSION_ID].n > 0 ? hash : hash ^ NAMES_SESSION;
}

/* The pair that f ends.  Who sent it to whom is left out: another tap may lie beyond a translation of addresses. */
static bool take_pair(uint64_t seed, GHashTable *latest, const struct frame *f, gpointer *pair)
{
	struct exported_pdu u;
	gpointer            connection;
	uint64_t            before, head;

	if (f->link != LINKTYPE_EXPORTED_PDU || exported_pdu_read(&u, f->bytes, f->caplen, f->caplen) != EXPORTED_PDU_TCP)
		return false;
	head = head_of(seed, &u);
	if (head == 0)
		return false;
	connection = connection_of(seed, &u);
	before = GPOINTER_TO_SIZE(g_hash_table_lookup(latest, connection));
	g_hash_table_insert(latest, connection, GSIZE_TO_POINTER((gsize)head));
	if (before == 0 || ((before | head) & NAMES_SESSION) == 0)
		return false;
	*pair = GSIZE_TO_POINTER((gsize)bits_hash(seed ^ head, &before, sizeof before));
	return true;
}

void tellings_note(struct tellings *t, struct telling *of, const struct frame *f)
{
	guint    before = g_hash_table_size(of->latest);
	gpointer pair;

	if (t->entries >= ENTRIES_MOST)
		return;
	if (take_pair(of->seed, of->latest, f, &pair) && g_hash_table_add(of->pairs, pair))
		t->entries++;
	t->entries += g_hash_table_size(of->latest) - before;
}

static bool is_told(const struct telling *of, GHashTable *latest, const struct frame *f)
{
	gpointer pair;

	return (take_pair(of->seed, latest, f, &pair) && g_hash_table_contains(of->pairs, pair)) || g_hash_table_size(latest) > ENTRIES_MOST;
}

/* What cannot be read, or not be remembered, was not seen to be new. */
static bool tells_again(const struct telling *of, const char *path)
{
	g_autoptr(capture_handle) c = capture_open(path, 0, NULL);
	g_autoptr(GHashTable)     latest = g_hash_table_new(NULL, NULL);
	struct frame              f;

	if (c == NULL)
		return true;
	for (;;) {
		g_autoptr(GError) error = NULL;

		switch (capture_next(c, &f, &error)) {
		case CAPTURE_FRAME:
			if (is_told(of, latest, &f))
				return true;
			break;
		case CAPTURE_DAMAGE:
			break;
		case CAPTURE_END:
			return false;
		}
	}
}

/* ---- which one ------------------------------------------------------------------------------------------------- */

static bool is_over(const struct telling *of, int64_t first_ns)
{
	return of->open == 0 && of->latest_ns != BITS_TIME_UNKNOWN && of->latest_ns <= first_ns;
}

static struct telling *only_one_over(const struct tellings *t, int64_t first_ns)
{
	struct telling *found = NULL;

	for (guint i = 0; i < t->all->len; i++) {
		struct telling *of = g_ptr_array_index(t->all, i);

		if (!is_over(of, first_ns))
			continue;
		if (found != NULL)
			return NULL;
		found = of;
	}
	return found;
}

struct telling *tellings_continued(struct tellings *t, const char *path, int64_t first_ns)
{
	struct telling *of = only_one_over(t, first_ns);

	if (of != NULL && t->entries >= ENTRIES_MOST) {
		t->not_compared++;
		return NULL;
	}
	if (of == NULL || tells_again(of, path))
		return NULL;
	of->parts++;
	return of;
}

uint64_t tellings_not_compared(const struct tellings *t)
{
	return t->not_compared;
}
