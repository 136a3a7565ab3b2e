/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.c - one table of options for all commands, so that help, parsing and the refusal of what a command does not
 * have cannot disagree. */
#include "cli/options.h"

#include <stddef.h>
#include <string.h>

#include "cli/commands.h"
#include "core/bits_message.h"
#include "core/bits_rules.h"
#include "wire/filter.h"

G_DEFINE_QUARK(options-error-quark, options_error)

/* What GOption fills in, before it is checked. */
struct raw {
	char   **reads, **rest;
	char    *list, *form, *output, *session, *fail_on, *color, *dir, *written, *filter;
	gboolean quiet, no_hash, undecided, connections, force, help, version;
};

struct row {
	unsigned     commands;
	const char  *name;
	char         letter;
	GOptionArg   arg;
	size_t       offset;
	const char  *help, *value;
};

#define IN(member) offsetof(struct raw, member)

/* clang-format off */
static const struct row rows[] = {
	/* commands               name         letter arg                           where          what it does */
	{ ON_READING,             "read",      'r',  G_OPTION_ARG_FILENAME_ARRAY,  IN(reads),     "Read this capture too (repeatable; same as an operand)", "FILE" },
	{ ON_READING,             "files-from", 0,   G_OPTION_ARG_FILENAME,        IN(list),      "Read the captures too that FILE names, one a line; - is standard input", "FILE" },
	{ ON_READING,             "filter",    'f',  G_OPTION_ARG_STRING,          IN(filter),    "Look only at frames that this BPF expression passes", "BPF" },
	{ ON_JUDGING & ~ON_LADDER, "type",     'T',  G_OPTION_ARG_STRING,          IN(form),      "Form of the output: text (default) or ndjson", "FORM" },
	{ ON_RULES,               "type",      'T',  G_OPTION_ARG_STRING,          IN(form),      "Form of the output: text (default), ndjson or markdown", "FORM" },
	{ ON_LADDER,              "type",      'T',  G_OPTION_ARG_STRING,          IN(form),      "Form of the output: text (default) or svg", "FORM" },
	{ ON_TELLING,             "output",    'o',  G_OPTION_ARG_FILENAME,        IN(output),    "Write the output to FILE; - is standard output", "FILE" },
	{ ON_JUDGING,             "session",   0,    G_OPTION_ARG_STRING,          IN(session),   "Show only the session with this number or id", "N|ID" },
	{ ON_CUT,                 "session",   0,    G_OPTION_ARG_STRING,          IN(session),   "Cut out the session with this number or id", "N|ID" },
	{ ON_CUT,                 "write",     'w',  G_OPTION_ARG_FILENAME,        IN(written),   "Write the frames to OUT, a new pcapng file, or - for standard output", "OUT" },
	{ ON_CUT,                 "force",     0,    G_OPTION_ARG_NONE,            IN(force),     "Write over OUT where it exists", NULL },
	{ ON_EXTRACT,             "directory", 'd',  G_OPTION_ARG_FILENAME,        IN(dir),       "Extract into DIR, which is made where it is missing", "DIR" },
	{ ON_EXTRACT,             "force",     0,    G_OPTION_ARG_NONE,            IN(force),     "Add to a folder that is not empty; replace files of the same name", NULL },
	{ ON_JUDGING,             "no-hash",   0,    G_OPTION_ARG_NONE,            IN(no_hash),   "Compute no SHA-256 and compare no copies (not for extract)", NULL },
	{ ON_JUDGING,             "undecided", 0,    G_OPTION_ARG_NONE,            IN(undecided), "Show findings too that the capture cannot decide", NULL },
	{ ON_REPORT | ON_PACKETS, "connections", 0,  G_OPTION_ARG_NONE,            IN(connections), "Measure the connections too: losses, stalls, who closed them", NULL },
	{ ON_JUDGING,             "fail-on",   0,    G_OPTION_ARG_STRING,          IN(fail_on),   "Exit with 1 at proven findings: error, warning or note (and above)", "SEVERITY" },
	{ ON_TELLING,             "color",     0,    G_OPTION_ARG_STRING,          IN(color),     "Colours: auto (default: on a terminal), always or never", "WHEN" },
	{ ON_READING,             "quiet",     'q',  G_OPTION_ARG_NONE,            IN(quiet),     "Only errors and damage on standard error, no remarks", NULL },
	{ ON_ALL,                 "help",      'h',  G_OPTION_ARG_NONE,            IN(help),      "Show this page", NULL },
	{ ON_ALL,                 "version",   'v',  G_OPTION_ARG_NONE,            IN(version),   "Show the version", NULL },
};
/* clang-format on */

static void raw_clear(struct raw *r)
{
	g_strfreev(r->reads);
	g_strfreev(r->rest);
	g_free(r->list);
	g_free(r->form);
	g_free(r->output);
	g_free(r->session);
	g_free(r->fail_on);
	g_free(r->color);
	g_free(r->dir);
	g_free(r->written);
	g_free(r->filter);
}
typedef struct raw raw_values;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(raw_values, raw_clear)

static GOptionContext *new_context(const struct command *c, struct raw *raw)
{
	GOptionContext *context = g_option_context_new(c->operands);
	g_autoptr(GArray) entries = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
	GOptionEntry rest = { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->rest, NULL, NULL };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct row *r = &rows[i];
		GOptionEntry e = { r->name, r->letter, 0, r->arg, (char *)raw + r->offset, r->help, r->value };

		if (r->commands & c->bit)
			g_array_append_val(entries, e);
	}
	g_array_append_val(entries, rest);
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, (const GOptionEntry *)(const void *)entries->data, NULL);
	g_option_context_set_summary(context, c->summary);
	g_option_context_set_description(context, c->details);
	return context;
}

/* One of the words, by index; -1 and *error for any other. */
static int one_of(const char *option, const char *value, const char *const *words, GError **error)
{
	g_autofree char *all = NULL;

	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], value) == 0)
			return i;
	all = g_strjoinv(", ", (char **)words);
	g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE, "%s knows %s, not '%s'", option, all, value);
	return -1;
}

/* The forms that a command has, by enum options_form. */
static const char *const *forms_of(const struct command *c)
{
	static const char *const records[] = { "text", "ndjson", NULL }, *const pictures[] = { "text", "svg", NULL },
			  *const catalogue[] = { "text", "ndjson", "markdown", NULL };

	return c->bit == ON_LADDER ? pictures : c->bit == ON_RULES ? catalogue : records;
}

/* A diagram has no records: whoever asks for them is shown the way. */
static int form_of(const struct command *c, const char *form, GError **error)
{
	static const char *const names[] = { "text", "ndjson", "svg", "markdown", NULL };

	if (form == NULL)
		return FORM_TEXT;
	if (one_of("-T", form, forms_of(c), error) >= 0)
		return one_of("-T", form, names, NULL);
	if (c->bit == ON_LADDER) {
		g_clear_error(error);
		g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE,
			    "ladder draws text or svg, not '%s'; the records of its packets are `bitspect packets -T ndjson`",
			    form);
	}
	return -1;
}

static bool set_words(struct options *o, const struct raw *raw, const struct command *c, GError **error)
{
	static const char *const colors[] = { "auto", "always", "never", NULL };
	const char *const severities[] = { bits_severity_name(BITS_NOTE), bits_severity_name(BITS_WARNING),
					   bits_severity_name(BITS_ERROR), NULL };
	int form = form_of(c, raw->form, error);
	int color = form < 0 ? -1 : raw->color != NULL ? one_of("--color", raw->color, colors, error) : COLOR_AUTO;

	o->fail_on = c->fail_on;
	if (color >= 0 && raw->fail_on != NULL)
		o->fail_on = one_of("--fail-on", raw->fail_on, severities, error);
	if (form < 0 || color < 0 || (raw->fail_on != NULL && o->fail_on < 0))
		return false;
	o->form = (enum options_form)form;
	o->color = (enum options_color)color;
	return true;
}

static bool check_extract(const struct options *o, GError **error)
{
	const char *wrong = NULL;

	if (o->dir == NULL)
		wrong = "extract needs a folder for the files: -d DIR";
	else if (o->no_hash)
		wrong = "extract cannot do without hashes: leave --no-hash out";
	if (wrong != NULL)
		g_set_error_literal(error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE, wrong);
	return wrong == NULL;
}

static bool check_cut(const struct options *o, GError **error)
{
	const char *wrong = NULL;

	if (o->session == NULL)
		wrong = "cut needs to know which session: --session N or ID";
	else if (o->written == NULL)
		wrong = "cut needs a file to write: -w OUT.pcapng";
	if (wrong != NULL)
		g_set_error_literal(error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE, wrong);
	return wrong == NULL;
}

static bool has_operand(const struct options *o, const char *operand)
{
	for (guint i = 0; i < o->operands->len; i++)
		if (strcmp(g_ptr_array_index(o->operands, i), operand) == 0)
			return true;
	return false;
}

static bool check_captures(const struct options *o, const struct command *c, GError **error)
{
	if (o->operands->len == 0 && o->list == NULL)
		g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE, "%s needs a capture to read", c->name);
	else if (g_strcmp0(o->list, "-") == 0 && has_operand(o, "-"))
		g_set_error_literal(error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE,
				    "standard input cannot be a capture and the list of --files-from");
	else
		return true;
	return false;
}

static bool check(const struct options *o, const struct command *c, GError **error)
{
	if (o->help || o->version)
		return true;
	if ((c->bit & ON_READING) && !check_captures(o, c, error))
		return false;
	if (c->bit == ON_CUT)
		return check_cut(o, error);
	return c->bit != ON_EXTRACT || check_extract(o, error);
}

static void add_all(GPtrArray *to, char **words)
{
	for (char **w = words; w != NULL && *w != NULL; w++)
		g_ptr_array_add(to, g_strdup(*w));
}

static void take_values(struct options *o, struct raw *raw)
{
	add_all(o->operands, raw->reads);
	add_all(o->operands, raw->rest);
	o->list = g_steal_pointer(&raw->list);
	o->output = g_steal_pointer(&raw->output);
	o->session = g_steal_pointer(&raw->session);
	o->dir = g_steal_pointer(&raw->dir);
	o->written = g_steal_pointer(&raw->written);
	o->quiet = raw->quiet;
	o->no_hash = raw->no_hash;
	o->undecided = raw->undecided;
	o->connections = raw->connections;
	o->force = raw->force;
	o->help = raw->help;
	o->version = raw->version;
}

static bool compile_filter(struct options *o, const struct raw *raw, GError **error)
{
	if (raw->filter != NULL)
		o->filter = filter_new(raw->filter, error);
	return raw->filter == NULL || o->filter != NULL;
}

/* The option that a word is; *value: where its value begins in that word (of a long one at the '='), NULL: in the next one. */
static const struct row *option_in(const struct command *c, const char *word, const char **value)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct row *r = &rows[i];
		size_t n = strlen(r->name);
		bool is_long = strncmp(word, "--", 2) == 0 && strncmp(word + 2, r->name, n) == 0 &&
			       (word[2 + n] == '\0' || word[2 + n] == '=');
		bool is_short = r->letter != 0 && word[0] == '-' && word[1] == r->letter;

		if (!(r->commands & c->bit) || (!is_long && !is_short))
			continue;
		*value = is_short ? word + 2 : word + 2 + n;
		if (**value == '\0')
			*value = NULL;
		return r;
	}
	return NULL;
}

/* -Tndjson, as tshark and tcpdump take it: GOption wants a word of its own for the value.  And of two values it would take the
 * last without a word. */
static bool add_words(GPtrArray *words, const struct command *c, const char *const *argv, GError **error)
{
	bool seen[G_N_ELEMENTS(rows)] = { false };

	for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++) {
		const char *value = NULL;
		const struct row *r = option_in(c, *argv, &value);
		bool is_split = r != NULL && r->arg != G_OPTION_ARG_NONE && value != NULL && (*argv)[1] != '-';

		g_ptr_array_add(words, is_split ? g_strndup(*argv, 2) : g_strdup(*argv));
		if (r == NULL || r->arg == G_OPTION_ARG_NONE)
			continue;
		if (seen[r - rows] && r->arg != G_OPTION_ARG_FILENAME_ARRAY) {
			g_set_error(error, OPTIONS_ERROR, OPTIONS_ERROR_USAGE, "--%s is given twice", r->name);
			return false;
		}
		seen[r - rows] = true;
		if (is_split)
			g_ptr_array_add(words, g_strdup(value));
		else if (value == NULL && argv[1] != NULL)
			g_ptr_array_add(words, g_strdup(*++argv));
	}
	add_all(words, (char **)argv);
	return true;
}

struct options *options_parse(const struct command *c, const char *const *argv, GError **error)
{
	g_autoptr(options_handle) o = g_new0(struct options, 1);
	g_auto(raw_values) raw = { 0 };
	g_autoptr(GOptionContext) context = new_context(c, &raw);
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_autofree char **shuffled = NULL; /* GOption takes words out of the vector: it gets one of its own */

	o->operands = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(words, g_strdup("bitspect"));
	if (!add_words(words, c, argv, error))
		return NULL;
	g_ptr_array_add(words, NULL);
	shuffled = g_memdup2(words->pdata, words->len * sizeof(char *));
	int n = (int)words->len - 1;
	if (!g_option_context_parse(context, &n, &shuffled, error) || !set_words(o, &raw, c, error))
		return NULL;
	take_values(o, &raw);
	if (!check(o, c, error) || !compile_filter(o, &raw, error))
		return NULL;
	return g_steal_pointer(&o);
}

void options_free(struct options *o)
{
	if (o == NULL)
		return;
	g_ptr_array_unref(o->operands);
	g_free(o->list);
	g_free(o->output);
	g_free(o->session);
	g_free(o->dir);
	g_free(o->written);
	filter_free(o->filter);
	g_free(o);
}

char *options_help(const struct command *c)
{
	struct raw raw = { 0 };
	g_autoptr(GOptionContext) context = new_context(c, &raw);
	g_autofree char *old = g_strdup(g_get_prgname());
	g_autofree char *name = g_strdup_printf("bitspect %s", c->name);
	char *text;

	g_set_prgname(name);
	text = g_option_context_get_help(context, TRUE, NULL);
	g_set_prgname(old);
	return text;
}

unsigned options_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), w = m + 1;
	g_autofree unsigned *d = g_new0(unsigned, (n + 1) * w);

	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j <= m; j++) {
			unsigned best = (unsigned)MAX(i, j);

			if (i && j) {
				best = MIN(d[(i - 1) * w + j], d[i * w + j - 1]) + 1;
				best = MIN(best, d[(i - 1) * w + j - 1] + (a[i - 1] != b[j - 1]));
			}
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = MIN(best, d[(i - 2) * w + j - 2] + 1);
			d[i * w + j] = best;
		}
	}
	return d[n * w + m];
}

bool options_wants(const char *wanted, uint64_t ordinal, const char *id)
{
	g_autofree char *number = NULL, *key = NULL, *wanted_key = NULL;

	if (wanted == NULL)
		return true;
	number = g_strdup_printf("%" G_GUINT64_FORMAT, ordinal);
	if (strcmp(wanted, number) == 0)
		return true;
	if (id == NULL)
		return false;
	key = bits_session_id_key(bits_str_of(id));
	wanted_key = bits_session_id_key(bits_str_of(wanted));
	return strcmp(key, wanted_key) == 0;
}
