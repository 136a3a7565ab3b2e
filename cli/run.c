/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run.c - every command that reads captures reads them the same way, and ends with the same words about them. */
#include "cli/run.h"

#include <string.h>
#include <sys/stat.h>

#include "cli/heap.h"
#include "cli/inputs.h"
#include "wire/filter.h"
#include "wire/set.h"

#define DAMAGES_NAMED    100  /* places that are named; more of them are counted                  */
#define CROWDED_NAMED    3    /* captures without room that are named; more of them are counted */
#define MANY_CONNECTIONS 64   /* so many are worth large pages ...                              */
#define LOOK_EVERY       1024 /* ... and are looked for behind so many frames                   */

/* What the first reading has to tell the second of a capture. */
struct reading {
	int64_t  first_ns;
	uint32_t frames; /* 0: it was not read to its end            */
	uint32_t last;   /* number of its last frame that was given  */
};

static void unref_record(gpointer p)
{
	json_decref(p);
}

void run_init(struct run *r, const struct options *o)
{
	*r = (struct run){ .options = o, .first_ns = BITS_TIME_UNKNOWN, .last_ns = BITS_TIME_UNKNOWN };
	r->captures = g_ptr_array_new_with_free_func(g_free);
	r->called = capture_names_new();
	r->inputs = g_ptr_array_new_with_free_func(unref_record);
	r->readings = g_array_new(FALSE, FALSE, sizeof(struct reading));
	r->connections = g_ptr_array_new_with_free_func(unref_record);
	r->names = (struct record_context){ r->captures, o->no_hash };
}

void run_clear(struct run *r)
{
	g_ptr_array_unref(r->captures);
	capture_names_free(r->called);
	g_ptr_array_unref(r->inputs);
	g_array_unref(r->readings);
	g_ptr_array_unref(r->connections);
	json_decref(r->stats);
}

const char *run_tell_capture(const struct run *r, uint32_t file)
{
	return file < r->captures->len ? capture_names_tell(r->called, g_ptr_array_index(r->captures, file)) : NULL;
}

static void note_time(struct run *r, int64_t ns)
{
	if (ns == BITS_TIME_UNKNOWN)
		return;
	if (r->first_ns == BITS_TIME_UNKNOWN || ns < r->first_ns)
		r->first_ns = ns;
	if (r->last_ns == BITS_TIME_UNKNOWN || ns > r->last_ns)
		r->last_ns = ns;
}

/* A message that has not named its file gets it in front. */
static void complain_about(const char *path, const char *message)
{
	if (strstr(message, path) != NULL)
		complain("%s", message);
	else
		complain("%s: %s", path, message);
}

static void note_end(struct run *r, const struct capture_info *info, uint32_t ordinal)
{
	r->dropped |= info->has_drops && info->drops;
	if (info->damage != NULL)
		r->troubles |= TROUBLE_DAMAGE;
	g_array_index(r->readings, struct reading, ordinal).frames = info->frames;
	g_ptr_array_index(r->inputs, ordinal) = record_input(info);
}

static bool is_over(const struct run *r, void *user)
{
	return r->is_over != NULL && r->is_over(user);
}

/* ---- the first reading ----------------------------------------------------------------------------------------- */

static void on_opened(const char *path, uint32_t ordinal, int64_t first_ns, const GError *error, void *user)
{
	struct run *r = user;
	struct reading reading = { .first_ns = first_ns };

	(void)ordinal;
	if (error != NULL) {
		r->troubles |= TROUBLE_INPUT;
		if (!g_error_matches(error, CAPTURE_ERROR, CAPTURE_ERROR_CROWDED) || r->crowded++ < CROWDED_NAMED)
			complain_about(path, error->message);
		return;
	}
	if (r->out != NULL)
		output_begin(r->out);
	g_ptr_array_add(r->captures, g_strdup(path));
	g_ptr_array_add(r->inputs, NULL);
	g_array_append_val(r->readings, reading);
}

static void on_damaged(const struct capture_info *info, const GError *error, void *user)
{
	struct run *r = user;

	r->troubles |= TROUBLE_DAMAGE;
	if (r->damages++ < DAMAGES_NAMED)
		complain_about(info->path, error->message);
}

static void on_ended(const struct capture_info *info, uint32_t ordinal, void *user)
{
	note_end(user, info, ordinal);
}

/* Those that had no room and were not named. */
static void tell_crowded(const struct run *r)
{
	unsigned n = r->crowded > CROWDED_NAMED ? r->crowded - CROWDED_NAMED : 0;

	if (n > 0)
		complain("%u further capture%s not read for the same reason; join some of them first: mergecap -w OUT.pcapng FILE...", n,
			 n == 1 ? " was" : "s were");
}

/* Its record names the first place of each capture. */
static void tell_damages(const struct run *r)
{
	uint64_t n = r->damages > DAMAGES_NAMED ? r->damages - DAMAGES_NAMED : 0;

	if (n > 0)
		complain("%" G_GUINT64_FORMAT " further place%s damaged", n, n == 1 ? " is" : "s are");
}

/* What is known of them lies all over the heap. */
static void look_at_connections(const struct pump *pump)
{
	if (pump_stats(pump)->connections >= MANY_CONNECTIONS)
		heap_use_large_pages();
}

/* Nobody knows of which connection. */
static bool lacks_something(const struct run *r)
{
	return r->dropped || r->filtered > 0 || (r->troubles & TROUBLE_DAMAGE) != 0;
}

/* What is known of a packet goes out before a sender is waited for. */
static void read_frames(struct run *r, struct set *set, struct pump *pump, struct bits_tracker *tracker, void *user)
{
	struct frame f;
	bool lacks = false;

	for (uint64_t n = 1; !is_over(r, user) && set_next(set, &f); n++) {
		if (!lacks && lacks_something(r)) {
			bits_tracker_lacks_evidence(tracker);
			lacks = true;
		}
		note_time(r, f.time_ns);
		g_array_index(r->readings, struct reading, f.file).last = f.number;
		if (r->options->filter == NULL || filter_passes(r->options->filter, &f))
			pump_frame(pump, &f);
		else
			r->filtered++;
		if (n % LOOK_EVERY == 0)
			look_at_connections(pump);
		if (r->out != NULL && set_waits(set))
			output_flush(r->out);
	}
	tell_crowded(r);
	tell_damages(r);
	for (guint i = r->inputs->len; i-- > 0;) /* a capture that nobody wanted to the end has no record */
		if (g_ptr_array_index(r->inputs, i) == NULL)
			g_ptr_array_remove_index(r->inputs, i);
}

static void note_totals(struct run *r, const struct pump *pump, const struct bits_tracker *tracker, const struct set *set)
{
	struct record_totals t = { pump_stats(pump), bits_tracker_stats(tracker), r->inputs->len, 0, r->first_ns,
				   r->last_ns, set_duplicates(set), r->findings_left_out, set_not_compared(set),
				   r->conflicts_left_out, r->connections_left_out, NULL, r->filtered };

	for (guint i = 0; i < r->inputs->len; i++)
		t.damaged += record_at(g_ptr_array_index(r->inputs, i), "damage") != NULL;
	if (r->options->filter != NULL)
		t.filter = filter_expression(r->options->filter);
	r->stats = record_stats(&t);
}

/* Writing the result over the evidence would be the worst way to lose it: named, or in a directory that was. */
static bool is_one_of(const char *output, const struct set *set)
{
	struct stat out, in;

	if (output == NULL || strcmp(output, "-") == 0 || stat(output, &out) != 0 || !S_ISREG(out.st_mode))
		return false;
	for (unsigned i = 0; i < set_size(set); i++)
		if (stat(set_path(set, i), &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
			return true;
	return false;
}

static bool spares_the_evidence(struct run *r, const struct set *set)
{
	const char *written = r->options->written;
	const struct {
		const char *path, *option;
	} outputs[] = {
		{ r->options->output, "-o" },
		{ g_strcmp0(written, "-") == 0 ? "/dev/stdout" : written, "-w" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(outputs); i++) {
		if (!is_one_of(outputs[i].path, set))
			continue;
		complain("%s is one of the captures: choose another file for %s", outputs[i].path, outputs[i].option);
		r->troubles |= TROUBLE_OUTPUT;
		return false;
	}
	return true;
}

void run_captures(struct run *r, const struct bits_sink *sink, void *user)
{
	const struct bits_tracker_options options = { .no_digests = r->options->no_hash };
	const struct set_watch watch = { on_opened, on_damaged, on_ended };
	g_autoptr(bits_tracker_handle) tracker = bits_tracker_new(sink, user, &options);
	g_autoptr(set_handle) set = set_new(&watch, r);
	struct pump *pump = pump_new(tracker);

	if (r->facts_told != NULL)
		pump_measure(pump, r->facts_told, r->facts_user);
	if (!inputs_find(set, r->options->operands, r->options->quiet))
		r->troubles |= TROUBLE_INPUT;
	for (unsigned i = 0; i < set_size(set); i++) /* all of them now: a line goes out before the next one is opened */
		capture_names_add(r->called, set_path(set, i));
	if (spares_the_evidence(r, set))
		read_frames(r, set, pump, tracker, user);
	if (lacks_something(r))
		bits_tracker_lacks_evidence(tracker);
	pump_finish(pump);
	bits_tracker_finish(tracker);
	if (r->facts_over != NULL)
		r->facts_over(r->facts_user);
	note_totals(r, pump, tracker, set);
	pump_free(pump);
}

/* ---- the second reading ---------------------------------------------------------------------------------------- */

static void tell_change(struct run *r, const char *path, const char *message)
{
	r->troubles |= TROUBLE_INPUT;
	complain_about(path, message);
}

static void on_opened_again(const char *path, uint32_t ordinal, int64_t first_ns, const GError *error, void *user)
{
	(void)ordinal;
	(void)first_ns;
	if (error != NULL)
		tell_change(user, path, error->message);
}

static void on_ended_again(const struct capture_info *info, uint32_t ordinal, void *user)
{
	struct run *r = user;

	if (info->frames < g_array_index(r->readings, struct reading, ordinal).frames)
		tell_change(r, info->path, "it changed while it was read; try again");
}

static struct set *set_again(struct run *r)
{
	const struct set_watch watch = { .opened = on_opened_again, .ended = on_ended_again };
	struct set *set = set_new(&watch, r);

	for (guint i = 0; i < r->captures->len; i++)
		set_add_known(set, g_ptr_array_index(r->captures, i), g_array_index(r->readings, struct reading, i).first_ns);
	return set;
}

/* A capture that grows meanwhile has more. */
static bool was_read(const struct run *r, const struct frame *f)
{
	return f->number <= g_array_index(r->readings, struct reading, f->file).last;
}

void run_again(struct run *r, bool (*take)(const struct frame *f, uint64_t conn, void *user), void *user)
{
	const struct bits_tracker_options options = { .no_digests = true };
	const struct bits_sink nobody = { 0 };
	g_autoptr(bits_tracker_handle) tracker = bits_tracker_new(&nobody, NULL, &options);
	g_autoptr(set_handle) set = set_again(r);
	struct pump *pump = pump_new(tracker);
	struct frame f;

	if (r->frame_told != NULL)
		pump_tell_frames(pump, r->frame_told, r->frame_user);
	while (set_next(set, &f)) {
		if (!was_read(r, &f) || (r->options->filter != NULL && !filter_passes(r->options->filter, &f)))
			continue;
		if (!take(&f, pump_frame_conn(pump, &f), user))
			break;
	}
	pump_finish(pump);
	bits_tracker_finish(tracker);
	pump_free(pump);
}

void run_weigh_severity(struct run *r, int severity)
{
	if (r->options->fail_on != FAIL_NEVER && severity >= r->options->fail_on)
		r->troubles |= TROUBLE_FINDINGS;
}

void run_weigh(struct run *r, const json_t *finding)
{
	if (record_is(finding, "decision", "proven"))
		run_weigh_severity(r, record_severity(finding));
}

void run_miss_session(const struct run *r)
{
	const char *wanted = r->options->session;
	uint64_t n = record_number(r->stats, "sessions", 0);
	g_autofree char *many = style_plural(n, "session", "sessions");

	if (r->captures->len == 0)
		return;
	if (n == 0)
		complain("--session %s: there is no session in what was read", wanted);
	else
		complain("--session %s: no such session; %s in what was read, `bitspect report` without --session lists %s",
			 wanted, many, n == 1 ? "it" : "them");
}

void run_print_end(const struct run *r, struct output *out)
{
	for (guint i = 0; i < r->connections->len; i++)
		output_record(out, g_ptr_array_index(r->connections, i));
	for (guint i = 0; i < r->inputs->len; i++)
		output_record(out, g_ptr_array_index(r->inputs, i));
	output_record(out, r->stats);
}

int run_exit_status(unsigned troubles, bool findings_before_damage)
{
	static const struct {
		unsigned trouble;
		int status;
	} rows[2][4] = {
		{ { TROUBLE_OUTPUT, EXIT_OUTPUT },
		  { TROUBLE_INPUT, EXIT_INPUT },
		  { TROUBLE_DAMAGE, EXIT_DAMAGE },
		  { TROUBLE_FINDINGS, EXIT_FINDINGS } },
		/* a proven violation in a cut ring file is still a violation */
		{ { TROUBLE_OUTPUT, EXIT_OUTPUT },
		  { TROUBLE_INPUT, EXIT_INPUT },
		  { TROUBLE_FINDINGS, EXIT_FINDINGS },
		  { TROUBLE_DAMAGE, EXIT_DAMAGE } },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows[0]); i++)
		if (troubles & rows[findings_before_damage][i].trouble)
			return rows[findings_before_damage][i].status;
	return EXIT_OK;
}

bool run_open_output(struct run *r, struct output *out)
{
	g_autoptr(GError) error = NULL;

	if (output_open(out, r->options, &error)) {
		r->out = out;
		return true;
	}
	complain("%s", error->message);
	r->troubles |= TROUBLE_OUTPUT;
	return false;
}

void run_close_output(struct run *r, struct output *out)
{
	const char *where = r->options->output != NULL ? r->options->output : "standard output";
	int e = output_close(out);

	if (e == 0)
		return;
	r->troubles |= TROUBLE_OUTPUT;
	complain("cannot write %s: %s", where, g_strerror(e));
}
