/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd_cut.c - one session's connections as a capture of their own: what belongs into a ticket, and nothing else.
 *
 * Which connections carried a session is known when it has ended, and frames from before its first packet belong to them,
 * too: so the captures are read twice, and frames copied in the second reading.  Where there are IP fragments a reading more
 * lies between: whose a fragment is shows when the last one of its datagram has come. */
#include <string.h>
#include <sys/stat.h>

#include "cli/carriers.h"
#include "cli/cut_file.h"
#include "cli/run.h"
#include "core/bits_range.h"
#include "wire/pcapng_write.h"

#define PIECE (256U * 1024U) /* bytes that are gathered before they are written */

struct cut {
	struct run   run;
	struct carriers      carriers;
	struct spool spool;    /* of the carriers                                           */
	GHashTable  *wanted;   /* set of the connections, which are their own keys; empty before the end */
	struct bits_ranges   fragments; /* frames (place_of) with fragments of theirs                                   */
	struct pcapng_writer writer;
	struct cut_file      file;
	uint64_t     frames;   /* written */
	GError      *error;    /* the first one of writing; NULL */
};

/* ---- the first reading: which connections ---------------------------------------------------------------------- */

static void on_packet(const struct bits_exchange *x, enum bits_side side, void *user)
{
	(void)side;
	carriers_packet(&((struct cut *)user)->carriers, x);
}

static void on_joined(const struct bits_session *from, const struct bits_session *into, void *user)
{
	carriers_joined(&((struct cut *)user)->carriers, from, into);
}

static void on_ended(const struct bits_session *s, void *user)
{
	carriers_ended(&((struct cut *)user)->carriers, s);
}

static void add_wanted(uint64_t conn, uint64_t session, void *user)
{
	(void)session;
	g_hash_table_add(((struct cut *)user)->wanted, GSIZE_TO_POINTER(conn));
}

static bool is_wanted(const struct cut *c, uint64_t conn)
{
	return g_hash_table_contains(c->wanted, GSIZE_TO_POINTER(conn));
}

/* ---- the one between: fragments -------------------------------------------------------------------------------- */

/* One number for a frame of a capture. */
static uint64_t place_of(uint32_t file, uint32_t frame)
{
	return (uint64_t)file << 32 | frame;
}

static void on_frame_told(uint32_t file, uint32_t frame, uint64_t conn, void *user)
{
	struct cut *c = user;
	uint64_t place = place_of(file, frame);

	if (is_wanted(c, conn))
		bits_ranges_add(&c->fragments, (struct bits_range){ place, place + 1 });
}

static bool pass_over(const struct frame *f, uint64_t conn, void *user)
{
	(void)f;
	(void)conn;
	(void)user;
	return true;
}

static void find_fragments(struct cut *c)
{
	if (record_number(c->run.stats, "ip_fragments", 0) == 0)
		return;
	c->run.frame_told = on_frame_told;
	c->run.frame_user = c;
	run_again(&c->run, pass_over, c);
	c->run.frame_told = NULL;
}

static bool has_wanted_fragment(const struct cut *c, const struct frame *f)
{
	uint64_t place = place_of(f->file, f->number);

	return bits_ranges_covers(&c->fragments, (struct bits_range){ place, place + 1 });
}

/* ---- the last: their frames ------------------------------------------------------------------------------------ */

/* False: nobody wants more, or it cannot be written. */
static bool flush(struct cut *c)
{
	if (!cut_file_write(&c->file, c->writer.out->data, c->writer.out->len, &c->error))
		return false;
	g_byte_array_set_size(c->writer.out, 0);
	return !c->file.is_closed;
}

static bool take_frame(const struct frame *f, uint64_t conn, void *user)
{
	struct cut *c = user;

	if (!is_wanted(c, conn) && !has_wanted_fragment(c, f))
		return true;
	pcapng_write_frame(&c->writer, f, g_ptr_array_index(c->run.captures, f->file));
	c->frames++;
	return c->writer.out->len < PIECE || flush(c);
}

/* What it is, and what was wrong with the captures that it is from. */
static void write_section(struct cut *c)
{
	g_autoptr(GPtrArray) comments = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *wanted = g_utf8_make_valid(c->run.options->session, -1);
	g_autofree char *connections = style_plural(g_hash_table_size(c->wanted), "connection", "connections");

	g_ptr_array_add(comments, g_strdup_printf("session %s: the frames of %s", wanted, connections));
	for (guint i = 0; i < c->run.inputs->len; i++) {
		const char *damage = record_text(g_ptr_array_index(c->run.inputs, i), "damage");

		if (damage != NULL)
			g_ptr_array_add(comments, g_strdup(damage));
	}
	g_ptr_array_add(comments, NULL);
	pcapng_write_section(&c->writer, "bitspect " BITSPECT_VERSION, (const char *const *)comments->pdata);
}

/* Frames that a capture itself says are missing may be frames of these connections: that must not get lost. */
static void write_drops(struct cut *c)
{
	g_autoptr(GString) comment = g_string_new(NULL);
	uint64_t sum = 0;

	for (guint i = 0; i < c->run.inputs->len; i++) {
		const json_t *input = g_ptr_array_index(c->run.inputs, i);
		uint64_t drops = record_number(input, "drops", UINT64_MAX);

		if (drops == UINT64_MAX)
			continue;
		sum += drops;
		g_string_append_printf(comment, "%s%" G_GUINT64_FORMAT " dropped of %s", comment->len ? ", " : "", drops,
				       record_text(input, "capture"));
	}
	if (comment->len)
		pcapng_write_drops(&c->writer, sum, comment->str);
}

static void write_frames(struct cut *c)
{
	find_fragments(c);
	write_section(c);
	run_again(&c->run, take_frame, c);
	if (c->error != NULL || c->file.is_closed)
		return;
	if (c->frames)
		write_drops(c);
	flush(c);
}

static void tell_result(const struct cut *c)
{
	g_autofree char *connections = style_plural(g_hash_table_size(c->wanted), "connection", "connections");
	uint64_t all = record_number(c->run.stats, "frames", 0);
	bool standard = strcmp(c->file.path, "-") == 0;

	complain("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " %s, those of %s, written to %s", c->frames, all,
		 all == 1 ? "frame" : "frames", connections, standard ? "standard output" : c->file.path);
}

static void fail(struct cut *c, const GError *error)
{
	c->run.troubles |= TROUBLE_OUTPUT;
	complain("%s", error->message);
}

static void write_file(struct cut *c)
{
	const struct options *o = c->run.options;
	g_autoptr(GError) error = NULL;

	if (!cut_file_open(&c->file, o->written, o->force, &error)) {
		fail(c, error);
		return;
	}
	pcapng_writer_init(&c->writer);
	write_frames(c);
	pcapng_writer_clear(&c->writer);
	if (!cut_file_close(&c->file, c->error != NULL, c->error == NULL ? &c->error : NULL))
		fail(c, c->error);
	else if (!o->quiet && !c->file.is_closed)
		tell_result(c);
}

/* ---- the command ----------------------------------------------------------------------------------------------- */

/* The first operand that is gone once it was read; NULL: none. */
static const char *read_only_once(const GPtrArray *operands)
{
	for (guint i = 0; i < operands->len; i++) {
		const char *path = g_ptr_array_index(operands, i);
		struct stat st;

		if (strcmp(path, "-") == 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
			return path;
	}
	return NULL;
}

static void cut(struct cut *c)
{
	const struct bits_sink sink = { .packet = on_packet, .joined = on_joined, .ended = on_ended };
	const struct options *o = c->run.options;
	g_autoptr(GError) error = NULL;

	if (!cut_file_check(o->written, o->force, &error)) {
		fail(c, error);
		return;
	}
	run_captures(&c->run, &sink, c);
	if (!carriers_tell(&c->carriers, add_wanted, c, &error)) {
		fail(c, error);
		return;
	}
	if (g_hash_table_size(c->wanted))
		write_file(c);
	else if (!(c->run.troubles & TROUBLE_OUTPUT))
		run_miss_session(&c->run);
}

int cmd_cut(const struct command *command, const struct options *o)
{
	const char *once = read_only_once(o->operands);
	struct cut c = { 0 };
	int status;

	(void)command;
	if (once != NULL) {
		complain("%s: cut reads a capture twice, and that can be read once only: save it to a file first",
			 strcmp(once, "-") == 0 ? "standard input" : once);
		return EXIT_USAGE;
	}
	run_init(&c.run, o);
	spool_init(&c.spool, g_get_tmp_dir());
	c.wanted = g_hash_table_new(NULL, NULL);
	carriers_init(&c.carriers, &c.spool, o->session, true); /* half of a proxied upload would accuse its proxy */
	cut(&c);
	status = run_exit_status(c.run.troubles, false);
	g_clear_error(&c.error);
	carriers_clear(&c.carriers);
	spool_clear(&c.spool);
	bits_ranges_clear(&c.fragments);
	g_hash_table_unref(c.wanted);
	run_clear(&c.run);
	return status;
}
