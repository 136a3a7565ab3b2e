/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd_packets.c - one line per BITS packet, in the order in which their heads became whole.
 *
 * A record is not complete before its packet is: lines wait in a queue that keeps the order and is bounded. */
#include <string.h>

#include "cli/connections.h"
#include "cli/words.h"

#define WAITING_MAX   4096U /* lines ...                            */
#define WAITING_BYTES (UINT64_C(32) << 20) /* ... and what they take */
#define ABOUT_LEAST 28U /* columns, what a screen of 100 has: a narrower one breaks the line */

struct line {
	json_t  *record;
	uint64_t number;    /* of the exchange; 0: a finding, which waits for nothing */
	enum bits_side side;
	int64_t  time_ns;
	bool     own_over, other_over; /* answers wait for the end of their request too */
	uint64_t session;   /* whose id nobody knows yet, nor whether it is wanted; 0: it is */
	uint64_t weight;    /* of the record, in bytes */
};

struct packets {
	struct run    run;
	struct output out;
	struct connections connections;
	GQueue        lines; /* of struct line */
	uint64_t      held;  /* bytes that they take */
	char         *capture; /* what text called that of the latest row; NULL */
	bool          headed;
	bool          met; /* something of what --session means */
};

/* The columns of the text form. */
struct columns {
	unsigned frame, time, ends, packet, about;
	int      digits; /* of a second */
	bool     narrow;
};

static struct columns columns_of(const struct style *s)
{
	struct columns c = { 7, 11, 34, 14, 0, 6, false };

	if (s->width < 100)
		c = (struct columns){ 6, 9, 23, 14, 0, 4, true };
	c.about = MAX(s->width, c.frame + c.time + c.ends + c.packet + 6 + ABOUT_LEAST) - c.frame - c.time - c.ends -
		  c.packet - 6;
	return c;
}

static char *end_words(const json_t *record, const char *ip, const char *port)
{
	const char *addr = record_text(record, ip);
	bool six = addr != NULL && strchr(addr, ':') != NULL;

	return g_strdup_printf("%s%s%s:%" G_GUINT64_FORMAT, six ? "[" : "", addr != NULL ? addr : "?", six ? "]" : "",
			       record_number(record, port, 0));
}

static bool is_request(const json_t *packet)
{
	return json_is_true(record_at(packet, "bits.is_request"));
}

/* The client always stands left, so that a conversation reads as one; the arrow tells who speaks.  A narrow screen
 * shows the client alone. */
static char *ends_words(const struct style *s, const json_t *packet, bool narrow)
{
	bool request = is_request(packet);
	g_autofree char *from = end_words(packet, "src_ip", "src_port"),
			*to = end_words(packet, "dest_ip", "dest_port");
	const char *arrow = request ? s->arrow : s->utf8 ? "←" : "<-";
	const char *client = request ? from : to, *server = request ? to : from;

	return g_strdup_printf("%s %s%s%s", client, arrow, narrow ? "" : " ", narrow ? "" : server);
}

static const char *path_of(const char *url)
{
	const char *host = url != NULL ? strstr(url, "://") : NULL, *path = host != NULL ? strchr(host + 3, '/') : NULL;

	return path != NULL ? path : url != NULL ? url : "";
}

/* What a request is about: its bytes, else where it goes.  The total gives way where there is no room for it. */
static char *request_words(const struct style *s, const json_t *packet, unsigned room)
{
	const json_t *range = record_at(packet, "bits.range");
	uint64_t total = record_number(packet, "bits.total", BITS_SIZE_UNKNOWN);
	g_autofree char *bytes = NULL, *both = NULL;

	if (range == NULL)
		return style_fit(s, path_of(record_text(packet, "bits.url")), room);
	bytes = g_strdup_printf("[%" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT ")",
				json_integer_value(json_array_get(range, 0)),
				json_integer_value(json_array_get(range, 1)));
	if (total == BITS_SIZE_UNKNOWN)
		return g_strdup_printf("%s of ?", bytes);
	both = g_strdup_printf("%s of %" G_GUINT64_FORMAT, bytes, total);
	return style_columns(both) > room ? g_steal_pointer(&bytes) : g_steal_pointer(&both);
}

/* Numbers are never cut: the frame of the request gives way first, then the name of the error is shortened. */
static char *answer_words(const struct style *s, const json_t *packet, unsigned room)
{
	uint64_t to = record_number(packet, "bits.request_frame", 0),
		 got = record_number(packet, "bits.received", BITS_SIZE_UNKNOWN);
	const char *name = record_text(packet, "bits.error_name"),
		   *error = name != NULL ? name : record_text(packet, "bits.error_code");
	g_autofree char *status = g_strdup_printf("%" G_GUINT64_FORMAT, record_number(packet, "bits.status", 0));
	g_autofree char *asked = to ? g_strdup_printf(" to %" G_GUINT64_FORMAT, to) : g_strdup(" to no request seen");
	g_autofree char *has =
		got == BITS_SIZE_UNKNOWN ? g_strdup("") : g_strdup_printf(", has %" G_GUINT64_FORMAT, got);
	bool fits = strlen(status) + strlen(asked) + strlen(has) <= room;
	g_autofree char *numbers = g_strconcat(status, fits ? asked : "", has, NULL);
	unsigned used = (unsigned)strlen(numbers) + 2;
	g_autofree char *fitted = error != NULL && room > used ? style_fit(s, error, room - used) : NULL;

	return g_strdup_printf("%s%s%s", numbers, fitted != NULL ? ", " : "", fitted != NULL ? fitted : "");
}

static char *time_words(const struct packets *p, const struct line *l, int digits)
{
	if (l->time_ns == BITS_TIME_UNKNOWN)
		return g_strdup("-");
	return g_strdup_printf("%.*f", digits, (double)(l->time_ns - p->run.first_ns) / 1e9);
}

/* printf counts bytes; an arrow has three. */
static char *padded(const struct style *s, const char *text, unsigned columns)
{
	g_autofree char *fitted = style_fit(s, text, columns);

	return g_strdup_printf("%s%*s", fitted, (int)(columns - style_columns(fitted)), "");
}

static void print_row(struct packets *p, enum ink ink, const char *const cells[5])
{
	const struct style *s = &p->out.style;
	struct columns c = columns_of(s);
	g_autofree char *ends = padded(s, cells[2], c.ends), *about = style_ink(s, ink, cells[4]);
	g_autofree char *line = g_strdup_printf("%*s %*s  %s %-*s%s%s\n", (int)c.frame, cells[0], (int)c.time, cells[1],
						ends, *about ? (int)c.packet : 0, cells[3], *about ? "  " : "", about);

	output_text(&p->out, line);
}

static void print_heads(struct packets *p)
{
	bool narrow = columns_of(&p->out.style).narrow;
	const char *const cells[] = { "frame", "time", narrow ? "client" : "client, server", "packet",
				      "bytes, or status" };

	if (!p->headed)
		print_row(p, INK_FAINT, cells);
	p->headed = true;
}

/* Where the run has several captures: the numbers of frames begin anew. */
static void print_capture(struct packets *p, const json_t *packet)
{
	const struct style *s = &p->out.style;
	const char *name = capture_names_tell(p->run.called, record_text(packet, "capture"));
	g_autofree char *fitted = NULL, *inked = NULL, *line = NULL;

	if (name == NULL || g_strcmp0(name, p->capture) == 0)
		return;
	g_free(p->capture);
	p->capture = g_strdup(name);
	fitted = style_fit(s, name, s->width);
	inked = style_ink(s, INK_FAINT, fitted);
	line = g_strconcat(inked, "\n", NULL);
	output_text(&p->out, line);
}

static void print_packet(struct packets *p, const struct line *l)
{
	const struct style *s = &p->out.style;
	struct columns c = columns_of(s);
	g_autofree char *when = time_words(p, l, c.digits), *ends = ends_words(s, l->record, c.narrow);
	g_autofree char *about =
		is_request(l->record) ? request_words(s, l->record, c.about) : answer_words(s, l->record, c.about);
	g_autofree char *frame = g_strdup_printf("%" G_GUINT64_FORMAT, record_number(l->record, "frame", 0));
	const char *type = record_text(l->record, "bits.packet_type");
	const char *const cells[] = { frame, when, ends, type != NULL ? type : "(no type)", about };

	print_heads(p);
	print_capture(p, l->record);
	print_row(p, record_number(l->record, "bits.status", 0) >= 400 ? INK_WARN : INK_PLAIN, cells);
}

static void print_line(struct packets *p, const struct line *l)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (p->out.ndjson) {
		output_record(&p->out, l->record);
	} else if (l->number) {
		print_packet(p, l);
	} else {
		words_finding(&p->out.style, text, l->record, p->run.called);
		output_text(&p->out, text->str);
	}
}

static void line_free(struct packets *p, struct line *l)
{
	p->held -= l->weight;
	json_decref(l->record);
	g_free(l);
}

/* Print what is complete at the front; when too many wait, the oldest goes as it is. */
static void flush_lines(struct packets *p, bool all)
{
	struct line *l;

	while ((l = g_queue_peek_head(&p->lines)) != NULL) {
		bool ready = l->session == 0 && (l->number == 0 || (l->own_over && l->other_over));

		if (!ready && !all && p->lines.length <= WAITING_MAX && p->held <= WAITING_BYTES)
			return;
		if (l->session == 0)
			print_line(p, l);
		line_free(p, g_queue_pop_head(&p->lines));
	}
}

static bool wanted(const struct packets *p, const struct bits_session *s)
{
	return options_wants(p->run.options->session, s != NULL ? s->ordinal : 0, s != NULL ? s->id : NULL);
}

/* It goes out for certain now. */
static void keep_line(struct packets *p, struct line *l)
{
	l->session = 0;
	p->met = true;
	if (l->number == 0)
		run_weigh(&p->run, l->record);
}

/* Of a session that --session does not mean there is none.  A Create-Session comes before the id that it is given: its lines
 * wait until that is known. */
static bool deserves_line(const struct packets *p, const struct bits_session *s)
{
	return wanted(p, s) || (s != NULL && s->id == NULL);
}

static void add_line(struct packets *p, struct line *l, const struct bits_session *s)
{
	if (wanted(p, s))
		keep_line(p, l);
	else
		l->session = s->ordinal;
	l->weight = sizeof *l + record_weight(l->record);
	p->held += l->weight;
	g_queue_push_tail(&p->lines, l);
	flush_lines(p, false);
}

/* It is known now what the session of that ordinal is. */
static void settle_session(struct packets *p, uint64_t ordinal, const struct bits_session *s)
{
	for (GList *i = p->lines.head, *next; i != NULL; i = next) {
		struct line *l = i->data;

		next = i->next;
		if (l->session != ordinal)
			continue;
		if (wanted(p, s)) {
			keep_line(p, l);
			continue;
		}
		line_free(p, l);
		g_queue_delete_link(&p->lines, i);
	}
	flush_lines(p, false);
}

static void on_packet(const struct bits_exchange *x, enum bits_side side, void *user)
{
	struct packets *p = user;
	const struct bits_span *at = side == BITS_CLIENT ? &x->request_at : &x->answer_at;
	struct line *l;

	connections_packet(&p->connections, x);
	if (side == BITS_SERVER && x->session != NULL && x->session->id != NULL)
		settle_session(p, x->session->ordinal, x->session);
	if (!deserves_line(p, x->session))
		return;
	l = g_new0(struct line, 1);
	*l = (struct line){ .record = record_packet(&p->run.names, x, side), .number = x->number, .side = side,
			    .time_ns = at->first.time_ns };
	l->other_over = side == BITS_CLIENT || x->request == NULL || x->request_at.ended;
	add_line(p, l, x->session);
}

static void on_whole(const struct bits_exchange *x, enum bits_side side, void *user)
{
	struct packets *p = user;

	for (GList *i = p->lines.tail; i != NULL; i = i->prev) {
		struct line *l = i->data;

		if (l->number != x->number)
			continue;
		if (l->side == side)
			l->own_over = true;
		else if (l->side == BITS_SERVER)
			l->other_over = true;
		if (l->own_over && l->other_over)
			record_packet_over(l->record, x, l->side);
	}
	flush_lines(p, false);
}

static void on_finding(const struct bits_finding *f, void *user)
{
	struct packets *p = user;
	struct line *l;

	if ((f->undecided && !p->run.options->undecided) || !deserves_line(p, f->session))
		return;
	l = g_new0(struct line, 1);
	l->record = record_finding(&p->run.names, f);
	add_line(p, l, f->session);
}

static void on_joined(const struct bits_session *from, const struct bits_session *into, void *user)
{
	settle_session(user, from->ordinal, into);
	connections_joined(&((struct packets *)user)->connections, from, into);
}

static void on_ended(const struct bits_session *s, void *user)
{
	settle_session(user, s->ordinal, s);
	connections_ended(&((struct packets *)user)->connections, s);
}

static bool is_over(void *user)
{
	return output_is_closed(&((struct packets *)user)->out);
}

static void print_connections(struct packets *p)
{
	g_autoptr(GString) text = g_string_new(p->headed ? "\n" : NULL);

	words_connections(&p->out.style, text, &p->run);
	if (p->run.connections->len)
		output_text(&p->out, text->str);
}

static void print_end(struct packets *p)
{
	flush_lines(p, true);
	if (p->run.options->session != NULL && !p->met)
		run_miss_session(&p->run);
	if (p->out.ndjson)
		run_print_end(&p->run, &p->out);
	else if (!p->headed && p->run.captures->len)
		output_text(&p->out, "No BITS packet in what was read.\n");
	if (!p->out.ndjson)
		print_connections(p);
}

int cmd_packets(const struct command *c, const struct options *o)
{
	const struct bits_sink sink = { .packet = on_packet, .whole = on_whole, .finding = on_finding,
				       .joined = on_joined, .ended = on_ended };
	struct packets p = { .lines = G_QUEUE_INIT };
	int status;

	(void)c;
	run_init(&p.run, o);
	p.run.is_over = is_over;
	connections_init(&p.connections, &p.run);
	if (run_open_output(&p.run, &p.out)) {
		run_captures(&p.run, &sink, &p);
		print_end(&p);
	}
	run_close_output(&p.run, &p.out);
	status = run_exit_status(p.run.troubles, false);
	connections_clear(&p.connections);
	g_free(p.capture);
	run_clear(&p.run);
	return status;
}
