/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/command.h"

#include <fcntl.h>
#include <gcrypt.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/program.h"
#include "tests/cm.h"

int command_set_up(void **state)
{
	g_autofree char *dir = g_dir_make_tmp("bitspect-XXXXXX", NULL);

	(void)state;
	gcry_check_version(NULL);
	signal(SIGPIPE, SIG_IGN);
	g_setenv("COLUMNS", "100", TRUE);
	return !(dir && chdir(dir) == 0 && symlink(SAMPLE_DIR, "samples") == 0);
}

/* Links are not followed: `samples` goes, what it names stays. */
static void remove_all(const char *path)
{
	g_autoptr(GDir) d = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
	const char *name;

	while (d && (name = g_dir_read_name(d))) {
		g_autofree char *inner = g_build_filename(path, name, NULL);

		remove_all(inner);
	}
	g_remove(path);
}

int command_tear_down(void **state)
{
	g_autofree char *dir = g_get_current_dir();

	(void)state;
	if (chdir("/") != 0)
		return 1;
	remove_all(dir);
	return 0;
}

/* A standard descriptor that leads into a file for a while. */
struct detour {
	FILE *stream;
	int   saved, file;
};

static struct detour detour_begin(FILE *stream)
{
	g_autofree char *path = NULL;
	struct detour d = { stream, dup(fileno(stream)), g_file_open_tmp("bitspect-XXXXXX", &path, NULL) };

	assert_true(d.saved >= 0 && d.file >= 0);
	fflush(stream);
	assert_true(dup2(d.file, fileno(stream)) >= 0);
	unlink(path);
	return d;
}

static char *detour_end(struct detour *d)
{
	off_t n;
	char *text;

	fflush(d->stream);
	n = lseek(d->file, 0, SEEK_END);
	text = g_malloc0((gsize)n + 1);
	assert_int_equal(pread(d->file, text, (size_t)n, 0), n);
	dup2(d->saved, fileno(d->stream));
	close(d->saved);
	close(d->file);
	return text;
}

struct told command_run(const struct command *c, const char *line)
{
	g_auto(GStrv) argv = g_strsplit(line, " ", -1);
	g_autoptr(GError) error = NULL;
	g_autoptr(options_handle) o = options_parse(c, (const char *const *)argv, &error);
	struct detour out, err;
	struct told t = { -1, NULL, NULL };

	if (!o)
		fail_msg("%s %s: %s", c->name, line, error->message);
	out = detour_begin(stdout);
	err = detour_begin(stderr);
	t.status = c->run(c, o);
	t.err = detour_end(&err);
	t.out = detour_end(&out);
	return t;
}

struct told command_program(const char *line)
{
	g_autofree char *whole = g_strdup_printf("bitspect%s%s", *line ? " " : "", line);
	g_auto(GStrv) argv = g_strsplit(whole, " ", -1);
	struct detour out = detour_begin(stdout), err = detour_begin(stderr);
	struct told t = { -1, NULL, NULL };

	t.status = program_run((int)g_strv_length(argv), argv);
	t.err = detour_end(&err);
	t.out = detour_end(&out);
	return t;
}

void command_forget(struct told *t)
{
	g_free(t->out);
	g_free(t->err);
}

unsigned command_times(const char *text, const char *part)
{
	unsigned n = 0;

	for (const char *p = strstr(text, part); p != NULL; p = strstr(p + strlen(part), part))
		n++;
	return n;
}

unsigned command_records(const char *ndjson, const char *event_type)
{
	g_autofree char *key = g_strdup_printf("{\"event_type\":\"%s\",", event_type);

	return command_times(ndjson, key);
}

char *command_file(const char *path)
{
	char *text = NULL;

	g_file_get_contents(path, &text, NULL, NULL);
	return text;
}
