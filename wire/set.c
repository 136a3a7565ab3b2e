/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set.c - a merge whose members are opened when their turn comes.
 *
 * `waiting` has those whose turn has not come, in order of their first frames; `open` those that are under way, the one whose
 * frame comes next in front.  The front is read on when its frame has been given, and then moves back to where it belongs:
 * mostly not at all, or behind one neighbour. */
#include "wire/set.h"

#include <string.h>

#include "wire/exported_pdu.h"
#include "wire/tellings.h"
#include "wire/twins.h"

#define OPEN_MOST   1024 /* captures that overlap at one time: each takes some 100 KiB, or what its decompressor needs */
#define MEMORY_MOST  ((uint64_t)160 << 20) /* bytes, of captures that overlap; one alone may need more: a window of 128 MiB, a block */
#define OPEN_AT_EASE 16  /* ... with a descriptor, and a thread where they are compressed                              */

struct member {
	char           *path;
	int64_t         first_ns;
	struct capture *ahead;   /* open, and no frame of it was asked for: it came alone; NULL */
	struct capture *capture; /* NULL: not open                                     */
	uint64_t        memory;  /* capture_memory, as far as the set knows            */
	bool            is_too_large; /* ... while there are others: then not read on  */
	bool            is_refused;   /* a pipe for which there was no room: not read  */
	uint32_t        ordinal;
	int64_t         latest_ns; /* of its frames so far                             */
	struct telling *telling;  /* of its exported PDUs; NULL: none came             */
	uint32_t        part;     /* of that telling (struct frame)                    */
	bool            is_copy;  /* it began with a PDU that another one has as well  */
	struct frame    frame;     /* the next one                                     */
};

struct set {
	struct set_watch watch;
	void      *user;
	GPtrArray *members; /* of struct member; owned; sorted when the first frame is asked for */
	bool       is_known;  /* in order already                                                */
	bool       is_begun;
	guint      waiting;   /* members[waiting...] wait for their turn                         */
	uint32_t   ordinals;  /* given out                                                       */
	GPtrArray *open;      /* of struct member, borrowed                                      */
	uint64_t   memory;    /* of those that are open                                          */
	bool       is_given;  /* the frame of open[0] was given                                  */
	bool       waits;     /* that capture is sent by somebody                                */
	uint64_t   order;
	struct twins *twins;  /* NULL: one capture alone; ...                                    */
	struct tellings *tellings; /* ... likewise                                               */
	uint64_t   duplicates;
};

static void member_free(gpointer p)
{
	struct member *m = p;

	capture_free(m->ahead);
	capture_free(m->capture);
	g_free(m->path);
	g_free(m);
}

struct set *set_new(const struct set_watch *watch, void *user)
{
	struct set *s = g_new0(struct set, 1);

	s->watch = *watch;
	s->user = user;
	s->members = g_ptr_array_new_with_free_func(member_free);
	s->open = g_ptr_array_new();
	return s;
}

void set_free(struct set *s)
{
	if (s == NULL)
		return;
	g_ptr_array_unref(s->open);
	g_ptr_array_unref(s->members);
	twins_free(s->twins);
	tellings_free(s->tellings);
	g_free(s);
}

/* ---- members --------------------------------------------------------------------------------------------------- */

static struct member *add(struct set *s, const char *path, int64_t first_ns)
{
	struct member *m = g_new0(struct member, 1);

	g_assert(!s->is_begun);
	m->path = g_strdup(path);
	m->first_ns = first_ns;
	m->latest_ns = BITS_TIME_UNKNOWN;
	g_ptr_array_add(s->members, m);
	return m;
}

void set_add_known(struct set *s, const char *path, int64_t first_ns)
{
	s->is_known = true;
	add(s, path, first_ns);
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

static GError *too_large(const char *path)
{
	return g_error_new(CAPTURE_ERROR, CAPTURE_ERROR_CROWDED,
	                   "%s: captures that overlap in time would take more than %u MiB of memory together; decompress it first, or "
	                   "join some of them: mergecap -w OUT.pcapng FILE...",
	                   path, (unsigned)(MEMORY_MOST >> 20));
}

/* One alone may grow. */
static bool is_too_much(const struct set *s, const struct member *m, uint64_t more)
{
	return s->memory > m->memory && s->memory + more > MEMORY_MOST;
}

static void tell_damage(struct set *s, const struct member *m, const GError *error)
{
	if (s != NULL && s->watch.damaged != NULL)
		s->watch.damaged(capture_info(m->capture), error, s->user);
}

/* It may have grown with the frame that was just read: a larger window, a larger packet. */
static void note_memory(struct set *s, struct member *m)
{
	uint64_t now = capture_memory(m->capture);

	m->is_too_large = now > m->memory && is_too_much(s, m, now - m->memory);
	s->memory = s->memory - m->memory + now;
	m->memory = now;
}

static void give_up(struct set *s, struct member *m)
{
	g_autoptr(GError) error = too_large(m->path);

	capture_give_up(m->capture, error);
	tell_damage(s, m, error);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

/* Its next frame; false where it has none.  Damage is told on the way. */
static bool load_into(struct set *s, struct member *m, struct frame *f)
{
	GError             *error = NULL;
	enum capture_result result;

	while ((result = capture_next(m->capture, f, &error)) == CAPTURE_DAMAGE) {
		tell_damage(s, m, error);
		g_clear_error(&error);
	}
	return result == CAPTURE_FRAME;
}

static bool load(struct set *s, struct member *m)
{
	if (m->is_too_large && is_too_much(s, m, 0)) {
		give_up(s, m);
		return false;
	}
	if (!load_into(s, m, &m->frame))
		return false;
	note_memory(s, m);
	m->latest_ns = MAX(m->latest_ns, m->frame.time_ns); /* an unknown time is less than any */
	return true;
}

/* The time of the first frame, of a capture that can be opened again. */
static int64_t first_of(struct capture *c)
{
	struct member m = { .capture = c };

	return load_into(NULL, &m, &m.frame) ? m.frame.time_ns : BITS_TIME_UNKNOWN;
}

/* There are others: when does it begin? */
static void look_at(struct member *m)
{
	if (m->ahead == NULL)
		return;
	m->first_ns = first_of(m->ahead);
	g_clear_pointer(&m->ahead, capture_free);
}

bool set_add(struct set *s, const char *path, GError **error)
{
	struct capture *c = capture_open(path, 0, error);
	struct member  *m;

	if (c == NULL)
		return false;
	m = add(s, path, BITS_TIME_UNKNOWN);
	*(capture_is_once(c) ? &m->capture : &m->ahead) = c;
	if (s->members->len > 1) {
		look_at(s->members->pdata[0]);
		look_at(m);
	}
	return true;
}

unsigned set_size(const struct set *s)
{
	return s->members->len;
}

static struct member *member_at(const struct set *s, guint i)
{
	return g_ptr_array_index(s->members, i);
}

const char *set_path(const struct set *s, unsigned i)
{
	return member_at(s, i)->path;
}

/* ---- their turns ----------------------------------------------------------------------------------------------- */

static gint by_first(gconstpointer a, gconstpointer b)
{
	const struct member *x = *(const struct member *const *)a, *y = *(const struct member *const *)b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

static bool comes_before(const struct member *x, const struct member *y)
{
	if (x->latest_ns != y->latest_ns)
		return x->latest_ns < y->latest_ns;
	return x->ordinal < y->ordinal;
}

static struct member *front(const struct set *s)
{
	return g_ptr_array_index(s->open, 0);
}

/* The member at `from` goes where it belongs among those behind it. */
static void sift(struct set *s, guint from)
{
	gpointer *at = s->open->pdata;
	gpointer  moved = at[from];

	for (; from + 1 < s->open->len && comes_before(at[from + 1], moved); from++)
		at[from] = at[from + 1];
	at[from] = moved;
}

static void enter(struct set *s, struct member *m)
{
	g_ptr_array_insert(s->open, 0, m);
	sift(s, 0);
}

static void tell_opened(struct set *s, const struct member *m, const GError *error)
{
	if (s->watch.opened != NULL)
		s->watch.opened(m->path, m->ordinal, m->first_ns, error, s->user);
}

static void close_member(struct set *s, struct member *m)
{
	if (s->watch.ended != NULL)
		s->watch.ended(capture_info(m->capture), m->ordinal, s->user);
	s->memory -= m->memory;
	g_clear_pointer(&m->capture, capture_free);
}

static bool open_member(struct set *s, struct member *m)
{
	g_autoptr(GError) error = NULL;

	if (s->open->len >= OPEN_MOST)
		g_set_error(&error, CAPTURE_ERROR, CAPTURE_ERROR_CROWDED,
		            "%s: more than %d captures overlap in time; join some of them first: mergecap -w OUT.pcapng FILE...",
		            m->path, OPEN_MOST);
	else
		m->capture = m->ahead != NULL ? g_steal_pointer(&m->ahead) : capture_open(m->path, m->ordinal, &error);
	if (m->capture != NULL && is_too_much(s, m, capture_memory(m->capture))) {
		error = too_large(m->path);
		g_clear_pointer(&m->capture, capture_free);
	}
	tell_opened(s, m, error);
	if (m->capture == NULL)
		return false;
	if (s->open->len >= OPEN_AT_EASE)
		capture_spare(m->capture);
	return true;
}

/* The turn of the next one that waits. */
static void begin_next(struct set *s)
{
	struct member *m = member_at(s, s->waiting);
	bool           is_loaded = m->capture != NULL; /* what can be read only once */

	s->waiting++;
	m->ordinal = s->ordinals;
	if (m->is_refused) {
		g_autoptr(GError) error = too_large(m->path);

		tell_opened(s, m, error);
		return;
	}
	if (is_loaded)
		tell_opened(s, m, NULL);
	else if (!open_member(s, m) && !s->is_known)
		return;
	s->ordinals++;
	if (m->capture == NULL)
		return;
	if ((is_loaded && m->frame.number != 0) || (!is_loaded && load(s, m)))
		enter(s, m);
	else
		close_member(s, m);
}

/* Its first frame takes what all of them may: it goes before the next one shows its own. */
static void refuse(struct set *s, struct member *m)
{
	s->memory -= m->memory;
	m->memory = 0;
	m->is_refused = true;
	g_clear_pointer(&m->capture, capture_free);
}

/* Those that can be read only once show their first frame now.  From here on whoever sends may keep us waiting. */
static void look_at_pipes(struct set *s)
{
	for (guint i = 0; i < s->members->len; i++) {
		struct member *m = member_at(s, i);

		if (m->capture == NULL)
			continue;
		if (!load(s, m))
			m->frame.number = 0;
		else if (m->is_too_large)
			refuse(s, m);
		else
			m->first_ns = m->frame.time_ns;
	}
}

static void begin(struct set *s)
{
	s->is_begun = true;
	look_at_pipes(s);
	if (!s->is_known)
		g_ptr_array_sort(s->members, by_first);
	if (s->members->len < 2)
		return;
	s->twins = twins_new();
	s->tellings = tellings_new();
}

static void leave(struct set *s)
{
	struct member *m = front(s);

	g_ptr_array_remove_index(s->open, 0);
	s->waits = false;
	if (m->telling != NULL) {
		m->telling->open--;
		m->telling->latest_ns = MAX(m->telling->latest_ns, m->latest_ns);
	}
	close_member(s, m);
}

/* Whose turn it is stands in front; false: nobody's. */
static bool choose(struct set *s)
{
	if (s->is_given) {
		s->is_given = false;
		if (load(s, front(s)))
			sift(s, 0);
		else
			leave(s);
	}
	while (s->waiting < s->members->len &&
	       (s->open->len == 0 || member_at(s, s->waiting)->first_ns < front(s)->latest_ns))
		begin_next(s);
	s->waits = s->open->len > 0 && capture_is_once(front(s)->capture);
	return s->open->len > 0;
}

/* May another capture have this frame as well, or have had it? */
static bool may_have_twin(const struct set *s, const struct member *m)
{
	return s->twins != NULL &&
	       (s->open->len > 1 || !twins_is_past(s->twins, m->latest_ns) ||
	        (s->waiting < s->members->len && member_at(s, s->waiting)->first_ns <= m->latest_ns));
}

/* One capture alone has nobody to be compared with. */
static bool next_alone(struct set *s, struct frame *f)
{
	struct member *m = front(s);

	if (!load_into(s, m, f)) {
		s->is_given = false;
		leave(s);
		return false;
	}
	f->file = f->telling = m->ordinal;
	f->part = 0;
	f->order = ++s->order;
	return true;
}

static const struct member *member_of(const struct set *s, uint32_t ordinal)
{
	for (guint i = 0; i < s->waiting; i++)
		if (member_at(s, i)->ordinal == ordinal && member_at(s, i)->telling != NULL)
			return member_at(s, i);
	return NULL;
}

static void join_telling(struct member *m, struct telling *of, uint32_t part)
{
	m->telling = of;
	m->part = part;
	of->open++;
}

/* Its first PDU came, which `twin` had shown already; NULL: nobody had. */
static void choose_telling(struct set *s, struct member *m, const struct member *twin)
{
	struct telling *of;

	m->is_copy = twin != NULL;
	if (twin != NULL) {
		join_telling(m, twin->telling, twin->part);
		return;
	}
	of = capture_is_once(m->capture) ? NULL : tellings_continued(s->tellings, m->path, m->frame.time_ns);
	if (of == NULL)
		of = tellings_begin(s->tellings, m->ordinal);
	join_telling(m, of, of->parts - 1);
}

/* PDUs are put one behind the other, so that none of a copy may go and another stay.  Where the first of them is a twin it is
 * a copy or goes on, and its twins go; any other capture tells all that it has. */
static bool is_told_pdu(struct set *s, struct member *m)
{
	uint32_t file;
	bool     is_twin = may_have_twin(s, m) && twins_find(s->twins, &m->frame, &file);

	if (m->telling == NULL)
		choose_telling(s, m, is_twin ? member_of(s, file) : NULL);
	m->frame.telling = m->telling->ordinal;
	m->frame.part = m->part;
	if (is_twin && m->is_copy)
		return true;
	tellings_note(s->tellings, m->telling, &m->frame);
	return false;
}

/* Was the frame at the front of m given before, as one of another capture? */
static bool is_told(struct set *s, struct member *m)
{
	m->frame.telling = m->ordinal;
	m->frame.part = 0;
	if (m->frame.link == LINKTYPE_EXPORTED_PDU && s->tellings != NULL)
		return is_told_pdu(s, m);
	return may_have_twin(s, m) && twins_has(s->twins, &m->frame);
}

bool set_next(struct set *s, struct frame *f)
{
	if (!s->is_begun)
		begin(s);
	if (s->is_given && s->members->len == 1)
		return next_alone(s, f);
	while (choose(s)) {
		struct member *m = front(s);

		s->is_given = true;
		m->frame.file = m->ordinal;
		if (is_told(s, m)) {
			s->duplicates++;
			continue;
		}
		m->frame.order = ++s->order;
		*f = m->frame;
		return true;
	}
	return false;
}

uint64_t set_not_compared(const struct set *s)
{
	return s->tellings != NULL ? tellings_not_compared(s->tellings) : 0;
}

uint64_t set_duplicates(const struct set *s)
{
	return s->duplicates;
}

bool set_waits(const struct set *s)
{
	return s->waits;
}
