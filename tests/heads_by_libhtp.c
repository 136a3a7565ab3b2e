/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heads_by_libhtp.c - the heads of every HTTP connection of a capture, read by our framer and by libhtp: the same ones, with
 * the same fields.
 *
 * usage: heads_by_libhtp CAPTURE...     prints what differs, and how much was compared */
#include <htp/htp.h>
#include <stdio.h>
#include <string.h>

#include "core/bits_conn.h"
#include "core/bits_http.h"
#include "tests/streams_of.h"

/* Heads as text, the fields of a name joined as RFC 9110 5.2 has it; of char *, requests and answers apart. */
struct heads {
	GPtrArray *of[2];
};

static struct heads heads_new(void)
{
	return (struct heads){ { g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free) } };
}

static void heads_clear(struct heads *h)
{
	g_ptr_array_unref(h->of[0]);
	g_ptr_array_unref(h->of[1]);
}

/* White space within a value is where a line was folded, or says nothing. */
static char *squeezed(struct bits_str value)
{
	g_autofree char *text = bits_str_dup(value);
	g_auto(GStrv)    words = g_strsplit_set(text, " \t\r\n", -1);
	GString         *out = g_string_new(NULL);

	for (char **w = words; *w != NULL; w++)
		if (**w != '\0')
			g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", *w);
	return g_string_free(out, false);
}

/* Takes the value. */
static void add_field(GTree *fields, struct bits_str name, char *value)
{
	g_autofree char *raw = bits_str_dup(name);
	char            *key = g_ascii_strdown(raw, -1);
	const char      *before = g_tree_lookup(fields, key);
	char            *joined = before != NULL ? g_strconcat(before, ", ", value, NULL) : g_strdup(value);

	g_free(value);
	g_tree_replace(fields, key, joined);
}

static gboolean append_field(gpointer key, gpointer value, gpointer user)
{
	g_string_append_printf(user, "\n    %s: %s", (char *)key, (char *)value);
	return false;
}

static GTree *fields_new(void)
{
	return g_tree_new_full((GCompareDataFunc)(void (*)(void))strcmp, NULL, g_free, g_free);
}

/* Takes both. */
static void add_head(struct heads *h, unsigned d, char *first_line, GTree *fields)
{
	GString *text = g_string_new(first_line);

	g_tree_foreach(fields, append_field, text);
	g_tree_destroy(fields);
	g_free(first_line);
	g_ptr_array_add(h->of[d], g_string_free(text, false));
}

/* ---- ours ------------------------------------------------------------------------------------------------------ */

struct ours {
	struct heads heads;
	GQueue       bodyless; /* of GINT: is the answer to this request without a body? */
	unsigned     client;
};

static enum bits_http_answer on_head(unsigned d, const struct bits_http_head *head, const struct bits_http_framing *framing,
                                     const struct bits_where *first, const struct bits_where *last, void *user)
{
	struct ours           *o = user;
	GTree                 *fields = fields_new();
	struct bits_str        rest = head->fields;
	struct bits_http_field f;
	g_autofree char       *method = bits_str_dup(head->method), *target = bits_str_dup(head->target);

	(void)framing;
	(void)first;
	(void)last;
	while (bits_http_next(&rest, &f))
		add_field(fields, f.name, squeezed(f.value));
	if (head->is_request) {
		o->client = d;
		g_queue_push_tail(&o->bodyless, GINT_TO_POINTER(strcmp(method, "HEAD") == 0));
		add_head(&o->heads, 0, g_strdup_printf("%s %s", method, target), fields);
		return BITS_HTTP_AS_FRAMED;
	}
	add_head(&o->heads, 1, g_strdup_printf("%u", head->status), fields);
	if (head->status >= 200 && g_queue_pop_head(&o->bodyless) != NULL)
		return BITS_HTTP_BODYLESS;
	return BITS_HTTP_AS_FRAMED;
}

static void on_body(unsigned d, struct bits_str data, const struct bits_where *w, void *user)
{
	(void)d;
	(void)data;
	(void)w;
	(void)user;
}

static void on_lost(unsigned d, uint64_t n, const struct bits_where *w, void *user)
{
	(void)d;
	(void)n;
	(void)w;
	(void)user;
}

static void on_end(unsigned d, bool whole, const struct bits_where *last, void *user)
{
	(void)d;
	(void)whole;
	(void)last;
	(void)user;
}

static void on_trouble(unsigned d, enum bits_http_trouble what, uint64_t bytes, const struct bits_where *w, void *user)
{
	(void)what;
	on_lost(d, bytes, w, user);
}

static struct ours read_by_us(const struct recorded *r)
{
	static const struct bits_http_sink sink = { on_head, on_body, on_lost, on_end, on_trouble };
	struct ours       o = { .heads = heads_new() };
	struct bits_http *http = bits_http_new(&sink, &o, true);

	for (guint i = 0; i < r->pieces->len; i++) {
		const struct piece     *p = &g_array_index(r->pieces, struct piece, i);
		const struct bits_where w = { .frame = i + 1, .at = p->from, .heard = BITS_HEARD_UNKNOWN };

		bits_http_data(http, p->d, (struct bits_str){ r->stream[p->d]->str + p->from, p->n }, &w, true);
	}
	bits_http_finish(http, 0);
	bits_http_finish(http, 1);
	bits_http_free(http);
	g_queue_clear(&o.bodyless);
	return o;
}

/* ---- libhtp's -------------------------------------------------------------------------------------------------- */

static GTree *fields_of(const htp_table_t *table)
{
	GTree *fields = fields_new();

	for (size_t i = 0; table != NULL && i < htp_table_size(table); i++) {
		const htp_header_t *h = htp_table_get_index(table, i, NULL);

		add_field(fields, (struct bits_str){ (const char *)bstr_ptr(h->name), bstr_len(h->name) },
		          squeezed((struct bits_str){ (const char *)bstr_ptr(h->value), bstr_len(h->value) }));
	}
	return fields;
}

static char *text_of(const bstr *b)
{
	return b == NULL ? g_strdup("-") : g_strndup((const char *)bstr_ptr(b), bstr_len(b));
}

static void add_transaction(struct heads *h, const htp_tx_t *tx)
{
	g_autofree char *method = text_of(tx->request_method), *uri = text_of(tx->request_uri);

	/* of a CONNECT libhtp waits for the answer in its headers */
	if (tx->request_method != NULL &&
	    (tx->request_progress > HTP_REQUEST_HEADERS || tx->request_method_number == HTP_M_CONNECT))
		add_head(h, 0, g_strdup_printf("%s %s", method, uri), fields_of(tx->request_headers));
	if (tx->response_progress > HTP_RESPONSE_HEADERS)
		add_head(h, 1, g_strdup_printf("%d", tx->response_status_number), fields_of(tx->response_headers));
}

/* How far each direction was taken: libhtp may want the other one first. */
struct giving {
	htp_connp_t *parser;
	unsigned     client;
	size_t       given[2], have[2];
};

static bool give(struct giving *g, const struct recorded *r, unsigned d)
{
	const char  *from = r->stream[d]->str + g->given[d];
	size_t       n = g->have[d] - g->given[d], taken;
	htp_time_t   now = { 0, 0 };
	bool         is_request = d == g->client;
	int          result;

	if (n == 0)
		return false;
	result = is_request ? htp_connp_req_data(g->parser, &now, from, n) : htp_connp_res_data(g->parser, &now, from, n);
	taken = result != HTP_STREAM_DATA_OTHER ? n :
	        is_request ? htp_connp_req_data_consumed(g->parser) : htp_connp_res_data_consumed(g->parser);
	g->given[d] += taken;
	return taken > 0;
}

static struct heads read_by_libhtp(const struct recorded *r, unsigned client)
{
	struct heads  heads = heads_new();
	htp_cfg_t    *cfg = htp_config_create();
	struct giving g = { .client = client };
	htp_time_t    now = { 0, 0 };

	htp_config_set_server_personality(cfg, HTP_SERVER_GENERIC);
	htp_config_set_field_limits(cfg, BITS_HTTP_HEAD_MAX, BITS_HTTP_HEAD_MAX);
	htp_config_set_response_decompression(cfg, 0);
	htp_config_set_tx_auto_destroy(cfg, 0);
	g.parser = htp_connp_create(cfg);
	htp_connp_open(g.parser, "client", 1, "server", 80, &now);
	for (guint i = 0; i < r->pieces->len; i++) {
		const struct piece *p = &g_array_index(r->pieces, struct piece, i);
		bool                moved = true;

		g.have[p->d] = p->from + p->n;
		while (moved) {
			moved = give(&g, r, p->d);
			moved |= give(&g, r, !p->d);
		}
	}
	for (size_t i = 0; i < htp_list_size(htp_connp_get_connection(g.parser)->transactions); i++)
		add_transaction(&heads, htp_list_get(htp_connp_get_connection(g.parser)->transactions, i));
	htp_connp_destroy_all(g.parser);
	htp_config_destroy(cfg);
	return heads;
}

/* ---- comparing ------------------------------------------------------------------------------------------------- */

/* An interim answer is none of libhtp's. */
static void drop_interim(GPtrArray *answers)
{
	for (guint i = answers->len; i-- > 0;)
		if (g_str_has_prefix(answers->pdata[i], "1"))
			g_ptr_array_remove_index(answers, i);
}

static void tell_difference(const char *path, guint number, const char *what, guint i, const char *ours, const char *theirs)
{
	g_autofree char *a = g_strescape(ours, NULL), *b = g_strescape(theirs, NULL);

	printf("%s: connection %u, %s %u\n  ours:     %.200s\n  libhtp's: %.200s\n", path, number, what, i, a, b);
}

/* Of each direction the first difference. */
static unsigned compare(const char *path, guint number, const struct heads *ours, const struct heads *theirs)
{
	unsigned wrong = 0;

	for (unsigned d = 0; d < 2; d++)
		for (guint i = 0; i < MAX(ours->of[d]->len, theirs->of[d]->len); i++) {
			const char *a = i < ours->of[d]->len ? ours->of[d]->pdata[i] : "nothing";
			const char *b = i < theirs->of[d]->len ? theirs->of[d]->pdata[i] : "nothing";

			if (strcmp(a, b) == 0)
				continue;
			tell_difference(path, number, d == 0 ? "request" : "answer", i, a, b);
			wrong++;
			break;
		}
	return wrong;
}

/* One that is known from its first byte, without a hole, and that begins with HTTP. */
static bool is_comparable(const struct recorded *r)
{
	const struct piece *first = &g_array_index(r->pieces, struct piece, 0);
	struct bits_str     bytes = { r->stream[first->d]->str, r->stream[first->d]->len };

	return r->from_start && r->lost[0] == 0 && r->lost[1] == 0 && bits_http_looks_like_head(bytes) == BITS_PARSE_OK;
}

int main(int argc, char **argv)
{
	unsigned wrong = 0, compared = 0, heads = 0;

	for (int f = 1; f < argc; f++) {
		g_autoptr(GPtrArray) streams = streams_of(argv[f], NULL);

		for (guint i = 0; i < streams->len; i++) {
			const struct recorded *r = streams->pdata[i];
			struct ours            ours;
			struct heads           theirs;

			if (!is_comparable(r))
				continue;
			ours = read_by_us(r);
			theirs = read_by_libhtp(r, ours.client);
			drop_interim(ours.heads.of[1]);
			compared++;
			heads += ours.heads.of[0]->len + ours.heads.of[1]->len;
			wrong += compare(argv[f], i, &ours.heads, &theirs);
			heads_clear(&ours.heads);
			heads_clear(&theirs);
		}
	}
	printf("%u heads of %u connections compared, %u connections differ\n", heads, compared, wrong);
	return wrong > 0 || compared == 0;
}
