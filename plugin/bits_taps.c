/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_taps.c - see bits_taps.h.
 *
 * There is no last call for an entry, so that it has to be right after every one. */
#include "plugin/bits_taps.h"

#include <epan/export_object.h>
#include <epan/tap.h>
#include <string.h>

#include "plugin/bits_image.h"

struct upload {
	export_object_entry_t *entry; /* the list's; its bytes are the image's while that lives */
	struct image image;
};

/* What a frame tells; bytes: NULL for an answer. */
struct event {
	struct told_session *session;
	const struct told_exchange *x;
	uint64_t offset;
	const guint8 *bytes;
	uint32_t n;
};

static int tap_export;
static GHashTable *uploads; /* struct told_session -> struct upload, owned; NULL: nobody exports */

/* The entry, and now the bytes, are whoever's the list is. */
static void free_upload(gpointer p)
{
	struct upload *u = p;

	u->image.bytes = NULL;
	image_clear(&u->image);
	g_free(u);
}

/* ---- entries --------------------------------------------------------------------------------------------------- */

/* A list forgets nothing: an upload may have had bytes when it was listed, all of which were refused later.  And in one
 * pass nobody knows yet that no answer will come. */
static const char *suffix_of(const struct image *i, const struct told_session *s)
{
	bool is_all_there = s->size != BITS_SIZE_UNKNOWN && bits_ranges_covers(&i->covered, (struct bits_range){ 0, s->size });

	if (s->state == BITS_FILE_COMPLETE && is_all_there) /* what nobody handed over is not */
		return "";
	if (i->end == 0)
		return ".refused";
	return is_all_there && s->state != BITS_FILE_PARTIAL ? ".unconfirmed" : ".partial";
}

static void describe(struct upload *u, const struct told_session *s)
{
	const struct image *i = &u->image;
	const char *suffix = suffix_of(i, s);

	g_free(u->entry->filename);
	u->entry->filename = g_strconcat(s->name != NULL && s->name[0] != '\0' ? s->name : "unnamed", suffix, NULL);
	g_free(u->entry->content_type);
	u->entry->content_type = g_strdup_printf("BITS upload, %s%s", suffix[0] == '\0' ? "complete" : suffix + 1,
						 i->is_cut ? ", cut at a long hole" : "");
	u->entry->payload_data = i->bytes;
	/* bytes beyond the end belong to an attempt that stands for nothing */
	u->entry->payload_len = s->state >= BITS_FILE_UNCONFIRMED ? (size_t)MIN(s->size, i->end) : i->end;
}

/* "up.example:8080" of "http://up.example:8080/in/a.bin" */
static char *host_of(const struct told_session *s)
{
	const char *begin = s->url != NULL ? strstr(s->url, "://") : NULL;

	return begin == NULL ? NULL : g_strndup(begin + 3, strcspn(begin + 3, "/?#"));
}

static struct upload *upload_of(export_object_list_t *list, packet_info *pinfo, const struct told_session *s)
{
	struct upload *u = g_hash_table_lookup(uploads, s);

	if (u != NULL)
		return u;
	u = g_new0(struct upload, 1);
	image_init(&u->image);
	u->entry = g_new0(export_object_entry_t, 1);
	u->entry->pkt_num = s->first_frame != 0 ? s->first_frame : pinfo->num;
	u->entry->hostname = host_of(s);
	list->add_entry(list->gui_data, u->entry);
	g_hash_table_insert(uploads, (gpointer)s, u);
	return u;
}

/* What has no byte is a file all the same where it is known to be an empty one. */
static bool is_listed(const struct told_session *s, const struct event *e)
{
	bool has_bytes = e->bytes != NULL && !e->x->forgotten;

	return has_bytes || s->state == BITS_FILE_COMPLETE || g_hash_table_lookup(uploads, s) != NULL;
}

static tap_packet_status on_event(void *tapdata, packet_info *pinfo, epan_dissect_t *edt, const void *data,
				  tap_flags_t flags)
{
	const struct event *e = data;
	const struct told_session *s = told_session_now(e->session);
	struct upload *u;

	(void)edt;
	(void)flags;
	if (uploads == NULL)
		uploads = g_hash_table_new_full(NULL, NULL, NULL, free_upload);
	if (!is_listed(s, e))
		return TAP_PACKET_DONT_REDRAW;
	u = upload_of(tapdata, pinfo, s);
	image_settle(&u->image, s);
	if (e->bytes != NULL)
		image_add(&u->image, e->x, e->offset, (struct bits_str){ (const char *)e->bytes, e->n });
	describe(u, s);
	return TAP_PACKET_REDRAW;
}

void bits_taps_forget(void)
{
	g_clear_pointer(&uploads, g_hash_table_unref);
}

void bits_taps_register(int proto)
{
	tap_export = register_export_object(proto, on_event, bits_taps_forget);
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

static void tell(packet_info *pinfo, const struct event *e)
{
	tap_queue_packet(tap_export, pinfo, wmem_memdup(pinfo->pool, e, sizeof *e));
}

static void tell_run(packet_info *pinfo, const struct told_exchange *x, const struct feed_run *run,
		     struct bits_str bytes)
{
	struct event e = {.session = x->session, .x = x, .offset = run->file_offset};

	if (run->file_offset == BITS_SIZE_UNKNOWN || run->at >= bytes.n)
		return;
	e.n = (guint32)MIN(run->n, bytes.n - run->at);
	e.bytes = wmem_memdup(pinfo->pool, bytes.p + run->at, e.n);
	tell(pinfo, &e);
}

void bits_taps_tell(packet_info *pinfo, const struct told *told, const struct note *note, struct bits_str bytes)
{
	bool is_answer = note->kind == NOTE_ANSWER || (note->kind == NOTE_DATA && note->is_answer);
	const struct told_exchange *x;

	if (!have_tap_listener(tap_export))
		return;
	x = is_answer ? told_exchange_of_answer(told, note->conn, note->first_frame, note->at)
		      : told_exchange(told, note->number);
	if (x == NULL || x->session == NULL)
		return;
	if (is_answer)
		tell(pinfo, &(struct event){.session = x->session, .x = x});
	for (guint i = 0; note->runs != NULL && i < note->runs->len; i++)
		tell_run(pinfo, x, &g_array_index(note->runs, struct feed_run, i), bytes);
}
