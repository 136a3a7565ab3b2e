/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capture.c - the front door of capture files: which format is it, and if none that we read, what would help. */
#include "wire/capture.h"

#include "wire/foreign.h"
#include "wire/pcap_file.h"
#include "wire/pcapng_file.h"
#include "wire/source.h"

G_DEFINE_QUARK(bitspect-capture-error-quark, capture_error)

struct capture {
	struct source      *source;
	uint32_t            ordinal;
	bool                is_pcapng;
	struct pcap_file    pcap;
	struct pcapng_file  pcapng;
	uint32_t            numbers; /* given to frames, and to what Wireshark gives one as well */
	struct capture_info info;
	uint32_t            latest_link; /* of the frame before, once there is one */
	uint8_t             has_link[(UINT16_MAX + 1) / 8]; /* a bit for each that info.links has */
	GError             *pending; /* damage found in the file header: told by the first capture_next */
};

static void set_no_capture(GError **error, const struct source *s)
{
	const char        *advice = foreign_advice(source_bytes(s), source_have(s));
	enum capture_error code = advice != NULL ? CAPTURE_ERROR_FOREIGN : CAPTURE_ERROR_NO_CAPTURE;

	if (advice == NULL && source_have(s) == 0)
		advice = "the file is empty";
	else if (advice == NULL)
		advice = "no pcap or pcapng capture; if Wireshark reads it, convert it: editcap -F pcapng FILE capture.pcapng";
	g_set_error(error, CAPTURE_ERROR, code, "%s: %s", s->path, advice);
}

static void init_info(struct capture *c)
{
	c->info.path = c->source->path;
	c->info.format = c->is_pcapng ? "pcapng" : "pcap";
	c->info.compression = source_compression(c->source);
	c->info.first_ns = c->info.last_ns = BITS_TIME_UNKNOWN;
	c->info.links = g_array_new(false, false, sizeof(uint32_t));
	c->info.comments = g_ptr_array_new_with_free_func(g_free);
}

static void begin(struct capture *c)
{
	if (c->is_pcapng)
		pcapng_file_init(&c->pcapng, c->info.comments);
	else if (!pcap_file_begin(&c->pcap, c->source, &c->pending))
		while (source_need(c->source, 1))
			source_consume(c->source, source_have(c->source));
}

struct capture *capture_open(const char *path, uint32_t ordinal, GError **error)
{
	g_autoptr(source_handle) s = source_open(path, error);
	struct capture          *c;
	bool                     is_pcapng;

	if (s == NULL)
		return NULL;
	source_need(s, 8);
	is_pcapng = source_have(s) >= 4 && pcapng_file_is(source_bytes(s));
	if (!is_pcapng && !(source_have(s) >= 4 && pcap_file_is(source_bytes(s)))) {
		source_need(s, FOREIGN_LOOK);
		set_no_capture(error, s);
		return NULL;
	}
	c = g_new0(struct capture, 1);
	c->source = g_steal_pointer(&s);
	c->ordinal = ordinal;
	c->is_pcapng = is_pcapng;
	init_info(c);
	begin(c);
	return c;
}

void capture_free(struct capture *c)
{
	if (c == NULL)
		return;
	if (c->is_pcapng)
		pcapng_file_clear(&c->pcapng);
	source_free(c->source);
	g_array_unref(c->info.links);
	g_ptr_array_unref(c->info.comments);
	g_free(c->info.damage);
	g_clear_error(&c->pending);
	g_free(c);
}

bool capture_is_once(const struct capture *c)
{
	return c->source->file.is_once;
}

void capture_spare(struct capture *c)
{
	source_spare(c->source);
}

uint64_t capture_memory(const struct capture *c)
{
	return sizeof *c + source_memory(c->source);
}

static void note_damage(struct capture *c, const GError *damage)
{
	if (c->info.damage == NULL)
		c->info.damage = g_strdup(damage->message);
}

void capture_give_up(struct capture *c, const GError *why)
{
	note_damage(c, why);
}

/* Both formats have link types of 16 bits.  A file may name all of them, in turns: the list is not searched. */
static void note_link(struct capture *c, uint32_t link)
{
	uint8_t *byte = &c->has_link[link / 8 % sizeof c->has_link], bit = (uint8_t)(1 << link % 8);

	if (*byte & bit)
		return;
	*byte |= bit;
	g_array_append_val(c->info.links, link);
}

static void note_frame(struct capture *c, struct frame *f)
{
	struct capture_info *info = &c->info;

	f->file = c->ordinal;
	f->number = ++c->numbers;
	f->order = f->number; /* of one capture alone; a set counts on */
	info->frames++;
	info->is_cut |= f->wirelen > f->caplen;
	if (f->link != c->latest_link || info->frames == 1)
		note_link(c, f->link);
	c->latest_link = f->link;
	if (f->time_ns == BITS_TIME_UNKNOWN)
		return;
	if (info->first_ns == BITS_TIME_UNKNOWN || f->time_ns < info->first_ns)
		info->first_ns = f->time_ns;
	if (info->last_ns == BITS_TIME_UNKNOWN || f->time_ns > info->last_ns)
		info->last_ns = f->time_ns;
}

static enum capture_result next(struct capture *c, struct frame *f, GError **error)
{
	if (c->pending != NULL) {
		g_propagate_error(error, g_steal_pointer(&c->pending));
		return CAPTURE_DAMAGE;
	}
	return c->is_pcapng ? pcapng_file_next(&c->pcapng, c->source, f, error) : pcap_file_next(&c->pcap, c->source, f, error);
}

/* A disk that fails in the middle, or compressed data that are cut, look like the end of the file to the readers: what
 * they make of it says less than the reason. */
static enum capture_result read_failed(struct capture *c, GError **error)
{
	g_clear_error(error);
	g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_DAMAGED,
	            "%s: %s, after %" G_GUINT64_FORMAT " bytes of capture; everything before it was kept", c->source->path,
	            source_trouble(c->source), c->source->offset);
	c->source->error = 0;
	return CAPTURE_DAMAGE;
}

static bool has_failed(const struct capture *c)
{
	return c->source->error != 0 && source_have(c->source) == 0;
}

static void note_block(struct capture *c)
{
	/* journal entries and the like have a number, but are no frames to us */
	c->numbers += c->pcapng.passed;
	c->pcapng.passed = 0;
	c->info.has_drops = c->pcapng.has_drops;
	c->info.drops = c->pcapng.drops;
}

/* No frame came. */
__attribute__((cold)) static enum capture_result stop(struct capture *c, enum capture_result result, GError *damage, GError **error)
{
	if (has_failed(c))
		result = read_failed(c, &damage);
	if (result == CAPTURE_DAMAGE) {
		note_damage(c, damage);
		g_propagate_error(error, g_steal_pointer(&damage));
	}
	g_clear_error(&damage);
	return result;
}

enum capture_result capture_next(struct capture *c, struct frame *f, GError **error)
{
	GError             *damage = NULL;
	enum capture_result result = next(c, f, &damage);

	if (c->is_pcapng)
		note_block(c);
	c->info.size = c->source->offset;
	if (result != CAPTURE_FRAME)
		return stop(c, result, damage, error);
	note_frame(c, f);
	return CAPTURE_FRAME;
}

const struct capture_info *capture_info(const struct capture *c)
{
	return &c->info;
}
