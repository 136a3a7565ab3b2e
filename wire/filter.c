/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter.c - libpcap's compiler, and its interpreter. */
#include "wire/filter.h"

#include <pcap.h>

#define SNAPLEN       (16 << 20)
#define LINK_ETHERNET 1

G_DEFINE_QUARK(bitspect-filter-error-quark, filter_error)

struct program {
	uint32_t           link;
	bool               is_compiled; /* false: the expression means nothing for this link */
	struct bpf_program code;
};

struct filter {
	char   *expression;
	GArray *programs; /* of struct program, one a link type met so far; owned */
};

/* Files and libpcap number a few link types differently (pcap-linktype(7)). */
static int dlt_of(uint32_t link)
{
	return link == 101 ? DLT_RAW : (int)link;
}

/* The message of a failed compilation is written to *why, if asked for. */
static bool compile(struct program *p, const char *expression, char **why)
{
	pcap_t *dead = pcap_open_dead(dlt_of(p->link), SNAPLEN);

	p->is_compiled = dead != NULL && pcap_compile(dead, &p->code, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (!p->is_compiled && why != NULL)
		*why = g_strdup(dead ? pcap_geterr(dead) : "no filters for this link");
	if (dead != NULL)
		pcap_close(dead);
	return p->is_compiled;
}

static void clear_program(void *data)
{
	struct program *p = data;

	if (p->is_compiled)
		pcap_freecode(&p->code);
}

struct filter *filter_new(const char *expression, GError **error)
{
	struct filter   *f;
	struct program   p = { .link = LINK_ETHERNET };
	g_autofree char *why = NULL;

	if (!compile(&p, expression, &why)) {
		g_set_error(error, FILTER_ERROR, FILTER_ERROR_EXPRESSION, "filter '%s': %s", expression, why);
		return NULL;
	}
	f = g_new0(struct filter, 1);
	f->expression = g_strdup(expression);
	f->programs = g_array_new(false, false, sizeof(struct program));
	g_array_set_clear_func(f->programs, clear_program);
	g_array_append_val(f->programs, p);
	return f;
}

void filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	g_array_unref(f->programs);
	g_free(f->expression);
	g_free(f);
}

static const struct program *program_for(struct filter *f, uint32_t link)
{
	struct program p = { .link = link };

	for (guint i = 0; i < f->programs->len; i++)
		if (g_array_index(f->programs, struct program, i).link == link)
			return &g_array_index(f->programs, struct program, i);
	compile(&p, f->expression, NULL);
	g_array_append_val(f->programs, p);
	return &g_array_index(f->programs, struct program, f->programs->len - 1);
}

bool filter_passes(struct filter *f, const struct frame *frame)
{
	const struct program *p = program_for(f, frame->link);

	return p->is_compiled && bpf_filter(p->code.bf_insns, frame->bytes, frame->wirelen, frame->caplen) != 0;
}
