/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_taps.c - see bits_taps.h.
 *
 * There is no last call for an entry, so that it has to be right after every one: each upload keeps the copies that it
 * was given, and where they overlap, or some were refused, its image is made anew.  Memory follows the captured bytes,
 * not what a Content-Range claims. */
#include "plugin/bits_taps.h"

#include <epan/export_object.h>
#include <epan/tap.h>
#include <string.h>

#define HOLE_MAX (UINT64_C(1) << 20) /* bytes of hole that an image may have besides as many as it has of data */

/* Bytes of one exchange. */
struct copy {
	const struct told_exchange *x;
	uint64_t offset;
	GBytes *bytes;
};

struct upload {
	export_object_entry_t *entry; /* the list's */
	GArray *copies;               /* of struct copy */
	struct bits_ranges covered;   /* by the image */
	uint64_t n_bytes;             /* of all copies */
	size_t room;                  /* allocated for entry->payload_data */
	unsigned forgotten, kept;     /* as the session had it when the image was made */
	bool overlaps;
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

static void free_copy(gpointer p)
{
	g_bytes_unref(((struct copy *)p)->bytes);
}

static void free_upload(gpointer p)
{
	struct upload *u = p;

	g_array_unref(u->copies);
	bits_ranges_clear(&u->covered);
	g_free(u);
}

/* ---- the image ------------------------------------------------------------------------------------------------- */

/* Zeros up to `end`; false where a hole were too large to be made. */
static bool reach(struct upload *u, uint64_t end)
{
	export_object_entry_t *e = u->entry;

	if (end <= e->payload_len)
		return true;
	if (end - bits_ranges_total(&u->covered) > 2 * u->n_bytes + HOLE_MAX)
		return false;
	if (end > u->room) {
		u->room = MAX((size_t)end, 2 * u->room);
		e->payload_data = g_realloc(e->payload_data, u->room);
	}
	memset(e->payload_data + e->payload_len, 0, (size_t)end - e->payload_len);
	e->payload_len = (size_t)end;
	return true;
}

static void put(struct upload *u, const struct copy *c, struct bits_range r)
{
	struct bits_range here = {c->offset, c->offset + g_bytes_get_size(c->bytes)};
	struct bits_range both = bits_range_cut(here, r);

	if (bits_range_is_empty(both) || !reach(u, both.to))
		return;
	bits_ranges_add(&u->covered, both);
	memcpy(u->entry->payload_data + both.from,
	       (const guint8 *)g_bytes_get_data(c->bytes, NULL) + (both.from - here.from),
	       (size_t)(both.to - both.from));
}

static const struct bits_range everything = {0, UINT64_MAX};

static gint by_number(gconstpointer a, gconstpointer b)
{
	const struct copy *x = a, *y = b;

	return x->x->number < y->x->number ? -1 : x->x->number > y->x->number;
}

struct layer {
	const struct copy *copy;
	struct told_kept kept;
};

/* The one accepted first comes last, on top. */
static gint latest_first(gconstpointer a, gconstpointer b)
{
	const struct layer *x = a, *y = b;

	return x->kept.serial > y->kept.serial ? -1 : x->kept.serial < y->kept.serial;
}

static void collect_layers(GArray *layers, const struct copy *c)
{
	for (guint i = 0; c->x->kept != NULL && i < c->x->kept->len; i++) {
		struct layer l = {c, g_array_index(c->x->kept, struct told_kept, i)};

		g_array_append_val(layers, l);
	}
}

/* At each offset the first accepted copy, else the latest unanswered one. */
static void make_image(struct upload *u, const struct told_session *s)
{
	g_autoptr(GArray) layers = g_array_new(false, false, sizeof(struct layer));

	bits_ranges_clear(&u->covered);
	u->entry->payload_len = 0;
	u->forgotten = s->forgotten;
	u->kept = s->kept;
	g_array_sort(u->copies, by_number);
	for (guint i = 0; i < u->copies->len; i++) {
		const struct copy *c = &g_array_index(u->copies, struct copy, i);

		if (!c->x->forgotten)
			put(u, c, everything);
		collect_layers(layers, c);
	}
	g_array_sort(layers, latest_first);
	for (guint i = 0; i < layers->len; i++)
		put(u, g_array_index(layers, struct layer, i).copy, g_array_index(layers, struct layer, i).kept.r);
}

/* ---- entries --------------------------------------------------------------------------------------------------- */

/* NONE: an upload that had bytes when it was listed, all of which were refused later; a list forgets nothing. */
static char *name_of(const struct told_session *s)
{
	static const char *const suffixes[] = {
		[BITS_FILE_COMPLETE] = "",
		[BITS_FILE_UNCONFIRMED] = ".unconfirmed",
		[BITS_FILE_PARTIAL] = ".partial",
		[BITS_FILE_NONE] = ".refused",
	};

	return g_strconcat(s->name != NULL && s->name[0] != '\0' ? s->name : "unnamed", suffixes[s->state], NULL);
}

static void describe(struct upload *u, const struct told_session *s)
{
	g_free(u->entry->filename);
	u->entry->filename = name_of(s);
	g_free(u->entry->content_type);
	u->entry->content_type = g_strdup_printf("BITS upload, %s", bits_file_state_name(s->state));
	/* bytes beyond the end belong to an attempt that stands for nothing */
	if (s->state >= BITS_FILE_UNCONFIRMED && s->size < u->entry->payload_len)
		u->entry->payload_len = (size_t)s->size;
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
	u->copies = g_array_new(false, false, sizeof(struct copy));
	g_array_set_clear_func(u->copies, free_copy);
	u->entry = g_new0(export_object_entry_t, 1);
	u->entry->pkt_num = s->first_frame != 0 ? s->first_frame : pinfo->num;
	u->entry->hostname = host_of(s);
	list->add_entry(list->gui_data, u->entry);
	g_hash_table_insert(uploads, (gpointer)s, u);
	return u;
}

static void take_copy(struct upload *u, const struct event *e)
{
	struct bits_range here = {e->offset, e->offset + e->n};
	struct copy c = {e->x, e->offset, g_bytes_new(e->bytes, e->n)};

	u->overlaps |= bits_ranges_overlaps(&u->covered, here);
	u->n_bytes += e->n;
	g_array_append_val(u->copies, c);
	if (!u->overlaps && !e->x->forgotten)
		put(u, &c, everything);
}

static bool is_outdated(const struct upload *u, const struct told_session *s)
{
	return u->forgotten != s->forgotten || (u->overlaps && u->kept != s->kept);
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
	bool had_overlap;
	struct upload *u;

	(void)edt;
	(void)flags;
	if (uploads == NULL)
		uploads = g_hash_table_new_full(NULL, NULL, NULL, free_upload);
	if (!is_listed(s, e))
		return TAP_PACKET_DONT_REDRAW;
	u = upload_of(tapdata, pinfo, s);
	had_overlap = u->overlaps;
	if (e->bytes != NULL)
		take_copy(u, e);
	if (is_outdated(u, s) || (u->overlaps && (!had_overlap || e->bytes != NULL)))
		make_image(u, s);
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
