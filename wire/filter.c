/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter.c - libpcap's compiler, and its interpreter. */
#include "wire/filter.h"

#include "wire/libpcap.h"

#define SNAPLEN       (16 << 20)
#define LINK_ETHERNET 1

G_DEFINE_QUARK(bitspect-filter-error-quark, filter_error)

struct program {
	uint32_t           link;
	bool               is_compiled; /* false: the expression means nothing for this link */
	struct bpf_program code;
};

struct filter {
	char                 *expression;
	GHashTable           *programs; /* link type -> struct program, of those met so far; owned */
	const struct program *latest;   /* most captures have one link type                        */
};

/* Files and libpcap number a few link types differently (pcap-linktype(7)). */
static int dlt_of(uint32_t link)
{
	return link == 101 ? DLT_RAW : (int)link;
}

/* The message of a failed compilation is written to *why, if asked for. */
static void compile(struct program *p, const char *expression, char **why)
{
	const struct libpcap *pcap = libpcap_load();
	pcap_t               *dead = pcap != NULL ? pcap->open_dead(dlt_of(p->link), SNAPLEN) : NULL;

	p->is_compiled = dead != NULL && pcap->compile(dead, &p->code, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (!p->is_compiled && why != NULL)
		*why = g_strdup(dead != NULL   ? pcap->geterr(dead)
		                : pcap != NULL ? "no filters for this link"
		                               : "libpcap is not installed (libpcap.so.0.8 or libpcap.so.1)");
	if (dead != NULL)
		pcap->close(dead);
}

static struct program *program_new(uint32_t link, const char *expression, char **why)
{
	struct program *p = g_new0(struct program, 1);

	p->link = link;
	compile(p, expression, why);
	return p;
}

static void program_free(void *data)
{
	struct program *p = data;

	if (p->is_compiled)
		libpcap_load()->freecode(&p->code);
	g_free(p);
}

struct filter *filter_new(const char *expression, GError **error)
{
	struct filter   *f;
	g_autofree char *why = NULL;
	struct program  *p = program_new(LINK_ETHERNET, expression, &why);

	if (!p->is_compiled) {
		g_set_error(error, FILTER_ERROR, FILTER_ERROR_EXPRESSION, "filter '%s': %s", expression, why);
		program_free(p);
		return NULL;
	}
	f = g_new0(struct filter, 1);
	f->expression = g_strdup(expression);
	f->programs = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, program_free);
	f->latest = p;
	g_hash_table_insert(f->programs, GUINT_TO_POINTER(p->link), p);
	return f;
}

void filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	g_hash_table_unref(f->programs);
	g_free(f->expression);
	g_free(f);
}

static const struct program *program_for(struct filter *f, uint32_t link)
{
	struct program *p;

	if (f->latest->link == link)
		return f->latest;
	p = g_hash_table_lookup(f->programs, GUINT_TO_POINTER(link));
	if (p == NULL) {
		p = program_new(link, f->expression, NULL);
		g_hash_table_insert(f->programs, GUINT_TO_POINTER(link), p);
	}
	return f->latest = p;
}

const char *filter_expression(const struct filter *f)
{
	return f->expression;
}

bool filter_passes(struct filter *f, const struct frame *frame)
{
	const struct program *p = program_for(f, frame->link);

	return p->is_compiled && libpcap_load()->run(p->code.bf_insns, frame->bytes, frame->wirelen, frame->caplen) != 0;
}
