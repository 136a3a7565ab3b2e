/* SPDX-License-Identifier: GPL-2.0-or-later */
/* specimen.c - see specimen.h. */
#include "tests/specimen.h"

#include <stdio.h>
#include <string.h>

#include "core/bits_conn.h"
#include "core/bits_tracker.h"
#include "tests/specimen_actions.h"

/* ---- reading --------------------------------------------------------------------------------------------------- */

static void action_free(void *data)
{
	struct action *a = data;

	g_string_free(a->bytes, true);
	g_free(a);
}

static unsigned conn_index(struct specimen *s, const char *name)
{
	for (guint i = 0; i < s->names->len; i++)
		if (strcmp(s->names->pdata[i], name) == 0)
			return i;
	g_ptr_array_add(s->names, g_strdup(name));
	return s->names->len - 1;
}

static struct action *new_action(struct specimen *s, enum act act, unsigned d)
{
	struct action *a = g_new0(struct action, 1);

	a->act = act;
	a->d = d;
	a->late_ms = 1;
	a->bytes = g_string_new(NULL);
	g_ptr_array_add(s->actions, a);
	return a;
}

static unsigned direction_named(const char *word)
{
	g_assert_true(strcmp(word, "client") == 0 || strcmp(word, "server") == 0);
	return strcmp(word, "server") == 0;
}

static void read_words(struct specimen *s, struct action *a, char **words)
{
	a->conn = conn_index(s, "A");
	for (char **w = words; *w != NULL; w++) {
		if (strcmp(*w, "on") == 0)
			a->conn = conn_index(s, *++w);
		else if (strcmp(*w, "late") == 0)
			a->late_ms = g_ascii_strtoll(*++w, NULL, 10);
		else if (strcmp(*w, "gap") == 0)
			a->gap_ms = g_ascii_strtoll(*++w, NULL, 10);
		else if (strcmp(*w, "ahead") == 0)
			a->ahead = g_ascii_strtoull(*++w, NULL, 10);
		else if (strcmp(*w, "blind") == 0)
			a->blind = true;
		else if (strcmp(*w, "nohear") == 0)
			a->nohear = true;
		else if (strcmp(*w, "elsewhere") == 0)
			a->tap = 1;
		else
			g_assert_cmpstr(*w, ==, "");
	}
}

static void read_command(struct specimen *s, char **words)
{
	static const struct {
		const char *name;
		enum act    act;
	} commands[] = { { "lost", ACT_LOST }, { "fin", ACT_FIN }, { "rst", ACT_RST }, { "ack", ACT_ACK },
		       { "again", ACT_AGAIN } };
	struct action *a;

	if (strcmp(words[0], "midstream") == 0 || strcmp(words[0], "seam") == 0) {
		new_action(s, words[0][0] == 's' ? ACT_SEAM : ACT_MIDSTREAM, 0)->conn = conn_index(s, words[1]);
		return;
	}
	if (strcmp(words[0], "dropped") == 0) {
		new_action(s, ACT_DROPPED, 0)->conn = conn_index(s, "A");
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (strcmp(words[0], commands[i].name) != 0)
			continue;
		a = new_action(s, commands[i].act, direction_named(words[1]));
		if (a->act == ACT_LOST)
			a->n = g_ascii_strtoull(words[2], NULL, 10);
		read_words(s, a, words + (a->act == ACT_LOST ? 3 : 2));
		return;
	}
	g_error("specimen: unknown command %s", words[0]);
}

/* Byte i of the made file `seed`: no text, no line break, never the same twice in a row. */
static char made_byte(uint64_t seed, uint64_t i)
{
	uint64_t x = (i + 1) * UINT64_C(0x9E3779B97F4A7C15) + seed * UINT64_C(0xD1B54A32D192ED03);

	x ^= x >> 29;
	return (char)(0x80 | (x * UINT64_C(0xBF58476D1CE4E5B9) >> 57));
}

static bool append_made(GString *bytes, const char *line)
{
	unsigned long long n, seed = 1, at = 0;
	char               close = '\0';

	if (sscanf(line, "{%llu @%llu%c", &n, &at, &close) != 3 && sscanf(line, "{%llu %llu%c", &n, &seed, &close) != 3 &&
	    sscanf(line, "{%llu%c", &n, &close) != 2)
		return false;
	if (close != '}')
		return false;
	for (unsigned long long i = 0; i < n; i++)
		g_string_append_c(bytes, made_byte(seed, at + i));
	return true;
}

static void read_line(struct specimen *s, struct action **under_way, const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);

	if (g_str_has_prefix(line, "#")) {
		if (s->title == NULL)
			s->title = g_strstrip(g_strdup(line + 1));
	} else if (g_str_has_prefix(line, ">>>") || g_str_has_prefix(line, "<<<")) {
		*under_way = new_action(s, ACT_BYTES, line[0] == '<');
		read_words(s, *under_way, words + 1);
	} else if (g_str_has_prefix(line, "!!!")) {
		*under_way = NULL;
		read_command(s, words + 1);
	} else if (*under_way != NULL && !append_made((*under_way)->bytes, line)) {
		g_string_append((*under_way)->bytes, line);
		g_string_append((*under_way)->bytes, "\r\n");
	}
}

struct specimen *specimen_parse(const char *text)
{
	struct specimen *s = g_new0(struct specimen, 1);
	g_auto(GStrv)    halves = g_strsplit(text, "\n===\n", 2);
	g_auto(GStrv)    lines = g_strsplit(halves[0], "\n", -1);
	struct action   *under_way = NULL;

	s->actions = g_ptr_array_new_with_free_func(action_free);
	s->names = g_ptr_array_new_with_free_func(g_free);
	s->expected = g_strdup(halves[1]);
	for (char **l = lines; *l != NULL; l++)
		if (l[1] != NULL || **l != '\0' || halves[1] != NULL) /* a last line break ends a line and begins none */
			read_line(s, &under_way, *l);
	return s;
}

struct specimen *specimen_load(const char *path)
{
	g_autofree char  *text = NULL;
	g_autoptr(GError) error = NULL;
	struct specimen  *s;

	if (!g_file_get_contents(path, &text, NULL, &error))
		g_error("%s", error->message);
	s = specimen_parse(text);
	g_assert_nonnull(s->expected);
	return s;
}

void specimen_free(struct specimen *s)
{
	g_ptr_array_unref(s->actions);
	g_ptr_array_unref(s->names);
	g_free(s->title);
	g_free(s->expected);
	g_free(s);
}

const char *specimen_title(const struct specimen *s)
{
	return s->title;
}

const char *specimen_expected(const struct specimen *s)
{
	return s->expected;
}

size_t specimen_longest(const struct specimen *s)
{
	size_t longest = 0;

	for (guint i = 0; i < s->actions->len; i++)
		longest = MAX(longest, ((struct action *)s->actions->pdata[i])->bytes->len);
	return longest;
}

void specimen_update(const char *path, const char *story)
{
	g_autofree char *text = NULL;
	g_autofree char *fresh = NULL;

	g_file_get_contents(path, &text, NULL, NULL);
	*strstr(text, "\n===\n") = '\0';
	fresh = g_strconcat(text, "\n===\n", story, NULL);
	g_file_set_contents(path, fresh, -1, NULL);
}

/* ---- telling the story ----------------------------------------------------------------------------------------- */

struct story {
	GString *text;
	/* adjacent bytes are told as one, so that a cut does not show */
	uint64_t bytes_x;
	struct bits_range bytes;
};

static void flush_bytes(struct story *y)
{
	if (y->bytes.to > y->bytes.from)
		g_string_append_printf(y->text, "bytes #%lu [%lu,%lu)\n", y->bytes_x, y->bytes.from, y->bytes.to);
	y->bytes = (struct bits_range){ 0, 0 };
}

G_GNUC_PRINTF(2, 3) static void tell(struct story *y, const char *format, ...)
{
	va_list args;

	flush_bytes(y);
	va_start(args, format);
	g_string_append_vprintf(y->text, format, args);
	va_end(args);
	g_string_append_c(y->text, '\n');
}

static void on_packet(const struct bits_exchange *x, enum bits_side side, void *user)
{
	struct story    *y = user;
	g_autofree char *session = x->session ? g_strdup_printf(" session %lu", x->session->ordinal) : g_strdup("");
	const struct bits_message *m = side == BITS_CLIENT ? x->request : x->answer;

	if (side == BITS_CLIENT)
		tell(y, "request #%lu frame %u %s%s", x->number, x->request_at.first.frame, bits_packet_name(m->packet), session);
	else if (x->request == NULL)
		tell(y, "answer #%lu frame %u %u to nothing seen", x->number, x->answer_at.first.frame, m->status);
	else
		tell(y, "answer #%lu frame %u %u to frame %u: %s%s%s", x->number, x->answer_at.first.frame, m->status,
		     x->request_at.first.frame, bits_outcome_name(x->outcome), x->doubtful ? " (doubtful)" : "", session);
}

static void on_bytes(const struct bits_exchange *x, uint64_t offset, struct bits_str data, const struct bits_where *w,
                     void *user)
{
	struct story *y = user;

	(void)w;
	if (y->bytes_x != x->number || y->bytes.to != offset)
		flush_bytes(y);
	if (y->bytes.to == 0)
		y->bytes.from = offset;
	y->bytes_x = x->number;
	y->bytes.to = offset + data.n;
}

static void on_settled(const struct bits_exchange *x, struct bits_range r, bool kept, void *user)
{
	tell(user, "settled #%lu [%lu,%lu) %s", x->number, r.from, r.to, kept ? "kept" : "forgotten");
}

static void on_finding(const struct bits_finding *f, void *user)
{
	const struct bits_rule *row = bits_rule_get(f->rule);
	g_autofree char        *text = bits_finding_text(f);
	GString                *frames = g_string_new(NULL);

	for (unsigned i = 0; i < f->n_at; i++)
		g_string_append_printf(frames, " %u", f->at[i].frame);
	tell(user, "finding %s%s %s %s frames%s: %s", f->undecided ? "undecided " : "", bits_severity_name(f->severity),
	     bits_fault_name(f->fault), row->name, frames->str, text);
	g_string_free(frames, true);
}

static void on_step(const struct bits_session *s, enum bits_state from, void *user)
{
	tell(user, "step %lu %s -> %s", s->ordinal, bits_state_name(from), bits_state_name(s->state));
}

static void on_joined(const struct bits_session *from, const struct bits_session *into, void *user)
{
	tell(user, "joined %lu to %lu", from->ordinal, into->ordinal);
}

static void append_ranges(GString *text, const char *name, const struct bits_ranges *r)
{
	if (bits_ranges_count(r) > 0)
		g_string_append_printf(text, " %s", name);
	for (size_t i = 0; i < bits_ranges_count(r); i++)
		g_string_append_printf(text, " [%lu,%lu)", bits_ranges_get(r, i).from, bits_ranges_get(r, i).to);
}

static void on_ended(const struct bits_session *s, void *user)
{
	struct story      *y = user;
	g_autoptr(GString) text = g_string_new(NULL);
	struct bits_ranges gaps = bits_upload_gaps(&s->upload);
	uint64_t           size = bits_session_file_size(s);
	g_autofree char   *number = g_strdup_printf(" %lu", size);

	append_ranges(text, "gaps", &gaps);
	append_ranges(text, "conflicts", &s->upload.conflicts);
	bits_ranges_clear(&gaps);
	if (s->same_upload_as != 0)
		g_string_append_printf(text, " %s %lu", s->is_twin ? "twin of" : "same as", s->same_upload_as);
	if (size == BITS_SIZE_UNKNOWN)
		g_string_prepend(text, " size unknown");
	else
		g_string_prepend(text, number);
	tell(y, "ended %lu %s %s: %s, %s%s, acked %lu, evidence %s", s->ordinal, s->id ? s->id : "-", s->name ? s->name : "-",
	     bits_ending_name(bits_session_ending(s)), bits_file_state_name(bits_session_file_state(s)), text->str,
	     s->upload.acked, s->evidence_partial ? "partial" : "whole");
}

static void on_judged(const struct bits_finding *f, void *user)
{
	struct story    *y = user;
	g_autofree char *text = bits_finding_text(f);

	g_string_append_printf(y->text, "%s%s %s %s", f->undecided ? "undecided " : "", bits_severity_name(f->severity),
	                       bits_fault_name(f->fault), bits_rule_get(f->rule)->name);
	for (unsigned i = 0; f->follows[i] != NULL; i++)
		g_string_append_printf(y->text, "%s%s", i == 0 ? " (drags " : ", ", f->follows[i]->name);
	g_string_append_printf(y->text, "%s: %s\n", f->follows[0] != NULL ? ")" : "", text);
}

static const struct bits_sink judge_sink = { .finding = on_judged };

static const struct bits_sink story_sink = {
	.packet = on_packet,
	.bytes = on_bytes,
	.settled = on_settled,
	.finding = on_finding,
	.step = on_step,
	.joined = on_joined,
	.ended = on_ended,
};

/* ---- playing --------------------------------------------------------------------------------------------------- */

struct line {
	struct bits_conn *conn;
	uint64_t          at[2], heard[2];
	uint64_t          latest[2]; /* bytes of the latest segment */
	bool              from_start, is_back, is_peer;
	uint16_t          telling;
};

struct player {
	struct bits_tracker *tracker;
	struct line         *lines;
	uint32_t             frame;
	int64_t              time_ns;
};

/* Client 10.0.0.2, server 10.0.0.1:80; behind the proxy 10.0.0.1 is the client and 10.0.0.9:8080 the server. */
static struct bits_end end_of(const struct line *l, unsigned conn, unsigned d)
{
	uint8_t  client = l->is_back ? 1 : l->is_peer ? 3 : 2;
	uint8_t  host = d == 0 ? client : (l->is_back ? 9 : 1);
	uint16_t port = l->is_back ? 8080 : 80;

	return (struct bits_end){ { 4, { 10, 0, 0, host }, l->telling }, d == 0 ? (uint16_t)(40000 + conn) : port };
}

static struct line *open_line(struct player *p, unsigned conn)
{
	struct line    *l = &p->lines[conn];
	struct bits_end ends[2] = { end_of(l, conn, 0), end_of(l, conn, 1) };

	if (l->conn == NULL)
		l->conn = bits_conn_new(p->tracker, conn, ends, l->from_start);
	return l;
}

static struct bits_where where_of(struct player *p, const struct action *a)
{
	struct line *l = &p->lines[a->conn];

	p->frame++;
	p->time_ns += a->late_ms * 1000000;
	if (!a->blind)
		l->heard[a->d] = l->at[!a->d] + a->ahead;
	return (struct bits_where){ .frame = p->frame, .tap = a->tap, .pos = BITS_POS_UNKNOWN, .conn = a->conn, .at = l->at[a->d],
		                    .heard = a->nohear ? BITS_HEARD_UNKNOWN : l->heard[a->d], .time_ns = p->time_ns };
}

/* Bytes [from, to) of a, cut into pieces. */
static void play_part(struct line *l, const struct action *a, struct bits_where w, size_t from, size_t to, size_t piece, size_t phase)
{
	bool is_first = true;

	for (size_t n; from < to; from += n, is_first = false) {
		n = to - from;
		if (piece > 0)
			n = MIN(n, is_first && phase > 0 ? phase : piece);
		w.at = l->at[a->d];
		bits_conn_data(l->conn, a->d, (struct bits_str){ a->bytes->str + from, n }, &w, is_first);
		l->at[a->d] += n;
	}
}

static void play_bytes(struct player *p, const struct action *a, size_t piece, size_t phase)
{
	struct line      *l = open_line(p, a->conn);
	struct bits_where w = where_of(p, a), late;
	size_t            half = a->gap_ms > 0 ? a->bytes->len / 2 : 0;

	if (half > 0) {
		w.at += half;
		bits_conn_early(l->conn, a->d, &w);
		late = w;
		late.frame = ++p->frame;
		late.time_ns = p->time_ns += a->gap_ms * 1000000;
		play_part(l, a, late, 0, half, piece, phase);
	}
	play_part(l, a, w, half, a->bytes->len, piece, phase);
	l->latest[a->d] = (a->bytes->len - half - 1) % SPECIMEN_SEGMENT + 1;
}

static void close_line(struct player *p, unsigned conn, enum bits_tcp_end how, unsigned by, const struct bits_where *w)
{
	struct line *l = &p->lines[conn];

	if (l->conn == NULL)
		return;
	bits_conn_close(l->conn, how, by, w);
	bits_conn_free(l->conn);
	l->conn = NULL;
}

static void play_action(struct player *p, const struct action *a, size_t piece, size_t phase)
{
	struct line      *l = &p->lines[a->conn];
	struct bits_where w;
	struct bits_end   end;

	switch (a->act) {
	case ACT_BYTES:
		play_bytes(p, a, piece, phase);
		return;
	case ACT_DROPPED:
		bits_tracker_lacks_evidence(p->tracker);
		return;
	case ACT_MIDSTREAM:
		l->from_start = false;
		return;
	case ACT_SEAM:
		w = where_of(p, a);
		for (unsigned d = 0; d < 2; d++) {
			w.at = l->at[d];
			bits_conn_seam(open_line(p, a->conn)->conn, d, &w);
		}
		return;
	case ACT_LOST:
		w = where_of(p, a);
		bits_conn_lost(open_line(p, a->conn)->conn, a->d, a->n, &w);
		l->at[a->d] += a->n;
		return;
	case ACT_ACK:
		w = where_of(p, a);
		bits_conn_heard(open_line(p, a->conn)->conn, a->d, &w, false);
		return;
	case ACT_AGAIN:
		w = where_of(p, a);
		w.at -= l->latest[a->d];
		bits_conn_again(l->conn, a->d, l->latest[a->d], &w);
		return;
	case ACT_FIN:
	case ACT_RST:
		w = where_of(p, a);
		if (a->act == ACT_RST && l->conn == NULL) {
			end = end_of(l, a->conn, a->d);
			bits_tracker_late_reset(p->tracker, a->conn, &end, &w);
		}
		close_line(p, a->conn, a->act == ACT_FIN ? BITS_TCP_FIN : BITS_TCP_RST, a->d, &w);
		return;
	}
}

static char *play(const struct specimen *s, const struct bits_sink *sink, size_t piece, size_t phase)
{
	struct story  y = { g_string_new(NULL), 0, { 0, 0 } };
	struct player p = { .time_ns = INT64_C(1700000000000000000) };
	g_autofree struct line *lines = g_new0(struct line, s->names->len + 1);
	struct bits_where nowhere = { .pos = BITS_POS_UNKNOWN, .at = BITS_AT_UNKNOWN, .heard = BITS_HEARD_UNKNOWN };

	p.lines = lines;
	for (guint i = 0; i < s->names->len; i++) {
		lines[i].from_start = true;
		lines[i].is_back = g_str_has_prefix(s->names->pdata[i], "back");
		lines[i].is_peer = g_str_has_prefix(s->names->pdata[i], "peer");
		lines[i].telling = g_str_has_prefix(s->names->pdata[i], "pdu") ? 1 : g_str_has_prefix(s->names->pdata[i], "export") ? 2 : 0;
		lines[i].is_back |= g_str_has_prefix(s->names->pdata[i], "pduback");
	}
	p.tracker = bits_tracker_new(sink, &y, NULL);
	for (guint i = 0; i < s->actions->len; i++)
		play_action(&p, s->actions->pdata[i], piece, phase);
	nowhere.frame = p.frame;
	for (guint i = 0; i < s->names->len; i++)
		close_line(&p, i, BITS_TCP_CAPTURE_END, 0, &nowhere);
	bits_tracker_finish(p.tracker);
	bits_tracker_free(p.tracker);
	flush_bytes(&y);
	return g_string_free(y.text, false);
}

char *specimen_play(const struct specimen *s, size_t piece, size_t phase)
{
	return play(s, &story_sink, piece, phase);
}

char *specimen_judge(const struct specimen *s, size_t piece, size_t phase)
{
	return play(s, &judge_sink, piece, phase);
}

char *specimen_told(const char *conversation)
{
	struct specimen *s = specimen_parse(conversation);
	char            *story = specimen_play(s, 0, 0);

	specimen_free(s);
	return story;
}
