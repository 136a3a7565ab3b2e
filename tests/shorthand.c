/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shorthand.c - see shorthand.h. */
#include "tests/shorthand.h"

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ID       "{11112222-3333-4444-5555-666677778888}"
#define PROTOCOL "{7df0354d-249b-430f-820d-3d2a9bef4931}"

struct message {
	bool       is_request;
	char      *line, *words, *body, *conn;
	GPtrArray *headers; /* of "Name: value" */
};

/* What an answer depends on. */
struct request {
	char              *type, *conn;
	unsigned long long to;
	bool               is_answered;
};

/* ---- headers --------------------------------------------------------------------------------------------------- */

static size_t name_length(const char *header)
{
	return strcspn(header, ":");
}

static int find_header(const struct message *m, const char *header)
{
	size_t n = name_length(header);

	for (guint i = 0; i < m->headers->len; i++)
		if (name_length(m->headers->pdata[i]) == n && g_ascii_strncasecmp(m->headers->pdata[i], header, n) == 0)
			return (int)i;
	return -1;
}

G_GNUC_PRINTF(2, 3) static void add(struct message *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_ptr_array_add(m->headers, g_strdup_vprintf(format, args));
	va_end(args);
}

static void set_header(struct message *m, const char *header)
{
	int i = find_header(m, header);

	if (i < 0) {
		add(m, "%s", header);
		return;
	}
	g_free(m->headers->pdata[i]);
	m->headers->pdata[i] = g_strdup(header);
}

static void remove_header(struct message *m, const char *name)
{
	int i = find_header(m, name);

	g_assert_cmpint(i, >=, 0);
	g_ptr_array_remove_index(m->headers, (guint)i);
}

/* "(TEXT*N)" and "\\a" written out; the caller frees it. */
static char *unfold(const char *text)
{
	g_autoptr(GString) out = g_string_new(NULL);
	char               part[64];
	unsigned           n;
	int                taken;

	while (*text != '\0') {
		taken = 0;
		if (sscanf(text, "(%63[^*()]*%u)%n", part, &n, &taken) == 2 && taken > 0) {
			for (unsigned i = 0; i < n; i++)
				g_string_append(out, part);
			text += taken;
		} else if (g_str_has_prefix(text, "\\a")) {
			g_string_append_c(out, '\a');
			text += 2;
		} else {
			g_string_append_c(out, *text++);
		}
	}
	return g_string_free(g_steal_pointer(&out), false);
}

static void change(struct message *m, const char *folded)
{
	g_autofree char *unfolded = unfold(folded);
	const char      *text = unfolded;

	if (text[0] == '-') {
		remove_header(m, text + 1);
	} else if (text[0] == '+') {
		add(m, "%s", text + 1);
	} else if (g_str_has_prefix(text, "= ")) {
		g_free(m->line);
		m->line = g_strdup(text + 2);
	} else if (text[0] == '{') {
		g_free(m->body);
		m->body = g_strdup(text);
	} else {
		set_header(m, text);
	}
}

/* ---- messages of the book -------------------------------------------------------------------------------------- */

static struct message new_message(bool is_request)
{
	return (struct message){ .is_request = is_request, .headers = g_ptr_array_new_with_free_func(g_free) };
}

/* Takes the words from `from` on; and knows the connection among them. */
static void take_words(struct message *m, char **words, unsigned from)
{
	m->words = g_strjoinv(" ", words + from);
	m->conn = g_strdup("A");
	for (char **w = words + from; *w != NULL; w++)
		if (strcmp(*w, "on") == 0) {
			g_free(m->conn);
			m->conn = g_strdup(w[1]);
		}
}

static struct message request_of(char **words, GPtrArray *requests)
{
	struct message  m = new_message(true);
	struct request *r = g_new0(struct request, 1);
	const char     *type = words[1];
	unsigned long long first = 0, last = 0, total = 0;
	bool            is_fragment = strcmp(type, "Fragment") == 0, is_create = strcmp(type, "Create-Session") == 0;
	bool            has_range = is_fragment && words[2] != NULL && sscanf(words[2], "%llu-%llu/%llu", &first, &last, &total) == 3;

	m.line = g_strdup("BITS_POST /in/report.bin HTTP/1.1");
	add(&m, "Host: up.example");
	add(&m, "User-Agent: Uploader/1.0");
	add(&m, "BITS-Packet-Type: %s", type);
	if (is_create)
		add(&m, "BITS-Supported-Protocols: " PROTOCOL);
	else if (strcmp(type, "Ping") != 0)
		add(&m, "BITS-Session-Id: " ID);
	if (has_range)
		add(&m, "Content-Range: bytes %llu-%llu/%llu", first, last, total);
	r->to = last + 1;
	add(&m, "Content-Length: %llu", has_range ? r->to - first : 0);
	if (has_range && r->to > first)
		m.body = g_strdup_printf("{%llu @%llu}", r->to - first, first);
	take_words(&m, words, has_range ? 3 : 2);
	r->type = g_strdup(type);
	r->conn = g_strdup(m.conn);
	g_ptr_array_add(requests, r);
	return m;
}

static struct request *answered_by(GPtrArray *requests, const char *conn)
{
	for (guint i = 0; i < requests->len; i++) {
		struct request *r = requests->pdata[i];

		if (!r->is_answered && strcmp(r->conn, conn) == 0) {
			r->is_answered = true;
			return r;
		}
	}
	return NULL;
}

static void add_error(struct message *m, unsigned status)
{
	static const struct {
		unsigned    status;
		const char *code;
	} codes[] = { { 400, "0x80070057" }, { 403, "0x80070005" }, { 500, "0x80200020" }, { 501, "0x80070005" } };

	for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
		if (codes[i].status == status) {
			add(m, "BITS-Error-Code: %s", codes[i].code);
			add(m, "BITS-Error-Context: 0x5");
		}
}

static const char *reason_of(unsigned status)
{
	return status < 300 ? "OK" : status < 400 ? "Moved" : status < 500 ? "Refused" : "Failed";
}

static struct message answer_of(char **words, GPtrArray *requests)
{
	struct message  m = new_message(false);
	unsigned        status = (unsigned)g_ascii_strtoull(words[1], NULL, 10);
	bool            has_next = words[2] != NULL && strcmp(words[2], "next") == 0, is_success = status / 100 == 2;
	struct request *r;
	bool            is_create, is_fragment;

	take_words(&m, words, has_next ? 4 : 2);
	m.line = g_strdup_printf("HTTP/1.1 %u %s", status, reason_of(status));
	if (status < 200)
		return m;
	r = answered_by(requests, m.conn);
	is_create = r != NULL && strcmp(r->type, "Create-Session") == 0;
	is_fragment = r != NULL && strcmp(r->type, "Fragment") == 0;
	if (status == 401 || status == 407)
		add(&m, "%s-Authenticate: Basic realm=\"up\"", status == 401 ? "WWW" : "Proxy");
	else
		add(&m, "BITS-Packet-Type: Ack");
	if (is_create && is_success) {
		add(&m, "BITS-Protocol: " PROTOCOL);
		add(&m, "BITS-Session-Id: " ID);
		add(&m, "Accept-Encoding: identity");
	} else if (r != NULL && strcmp(r->type, "Ping") != 0 && is_success) {
		add(&m, "BITS-Session-Id: " ID);
	}
	if (has_next)
		add(&m, "BITS-Received-Content-Range: %s", words[3]);
	else if (is_fragment && is_success)
		add(&m, "BITS-Received-Content-Range: %llu", r->to);
	add_error(&m, status);
	add(&m, "Content-Length: 0");
	return m;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static void write_message(GString *out, struct message *m)
{
	g_string_append_printf(out, "%s %s\n%s\n", m->is_request ? ">>>" : "<<<", m->words, m->line);
	for (guint i = 0; i < m->headers->len; i++)
		g_string_append_printf(out, "%s\n", (char *)m->headers->pdata[i]);
	g_string_append_c(out, '\n');
	if (m->body != NULL)
		g_string_append_printf(out, "%s\n", m->body);
	g_ptr_array_unref(m->headers);
	g_free(m->line);
	g_free(m->words);
	g_free(m->body);
	g_free(m->conn);
}

static void request_free(void *p)
{
	struct request *r = p;

	g_free(r->type);
	g_free(r->conn);
	g_free(r);
}

char *shorthand_expand(const char *text)
{
	g_auto(GStrv)        lines = g_strsplit(text, "\n", -1);
	g_autoptr(GPtrArray) requests = g_ptr_array_new_with_free_func(request_free);
	GString             *out = g_string_new(NULL);

	for (char **l = lines; *l != NULL; l++) {
		g_auto(GStrv)  words = g_strsplit(*l, " ", -1);
		bool           is_request = g_str_has_prefix(*l, "> "), is_answer = g_str_has_prefix(*l, "< ");
		struct message m;

		if (!is_request && !is_answer) {
			g_string_append_printf(out, "%s%s", *l, l[1] != NULL ? "\n" : "");
			continue;
		}
		m = is_request ? request_of(words, requests) : answer_of(words, requests);
		while (l[1] != NULL && g_str_has_prefix(l[1], "    "))
			change(&m, *++l + 4);
		write_message(out, &m);
	}
	return g_string_free(out, false);
}
