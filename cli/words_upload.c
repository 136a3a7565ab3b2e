/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words_upload.c - what became of an upload, and how much of its file there is. */
#include "cli/words.h"

#define RANGES_MAX 4U

enum class { COMPLETE, UNCONFIRMED, PARTIAL, CANCELLED, REFUSED, WITHOUT_DATA, IMITATION, OTHER_SIDE, TWIN, N_CLASSES };

/* One telling is enough: the other is of the same upload. */
static enum class class_of(const struct ledger_slip *slip)
{
	static const uint8_t of_state[] = {
		[BITS_FILE_NONE] = WITHOUT_DATA,
		[BITS_FILE_PARTIAL] = PARTIAL,
		[BITS_FILE_UNCONFIRMED] = UNCONFIRMED,
		[BITS_FILE_COMPLETE] = COMPLETE,
	};

	if (slip->is_same)
		return slip->is_twin ? TWIN : OTHER_SIDE;
	if (slip->is_imitation)
		return IMITATION;
	if (slip->outcome == BITS_ENDING_CANCELLED)
		return CANCELLED;
	if (slip->outcome == BITS_ENDING_REFUSED)
		return REFUSED;
	return (enum class)of_state[slip->state];
}

static void append_class(GString *out, const char *between, const char *class, uint64_t n, bool first)
{
	g_autofree char *count = style_count(n);

	if (first)
		g_string_append_printf(out, "%s%s %s", count, n == 1 ? " upload" : " uploads", class);
	else
		g_string_append_printf(out, "%s%s %s", between, count, class);
}

char *words_uploads(const struct style *s, const struct ledger *l)
{
	static const char *const classes[N_CLASSES] = { "complete",          "unconfirmed",
							"partial",           "cancelled",
							"refused",           "without data",
							"imitation of BITS", "seen on both sides of a proxy",
							"also in exported PDUs" };
	GString *out = g_string_new(NULL);
	uint64_t n[N_CLASSES] = { 0 };
	const struct ledger_slip *slip;

	for (uint64_t ordinal = 0; (slip = ledger_next(l, &ordinal)) != NULL;)
		n[class_of(slip)]++;
	for (size_t c = 0; c < N_CLASSES; c++)
		if (n[c])
			append_class(out, s->dot, classes[c], n[c], out->len == 0);
	if (out->len)
		return g_string_free(out, FALSE);
	g_string_free(out, TRUE);
	return NULL;
}

char *words_same_upload(const struct ledger_entry *e)
{
	uint64_t same = record_number(e->session, "same_upload_as", 0);

	if (same == 0)
		return NULL;
	return g_strdup_printf("same upload as session %" G_GUINT64_FORMAT ", %s", same,
			       e->slip.is_twin ? "of which exported PDUs tell once more" : "seen on the other side of a proxy");
}

static void append_state(GString *out, const char *state, const char *outcome)
{
	g_string_append(out, g_strcmp0(state, "none") == 0 ? "no data" : state);
	g_string_append(out, ", ");
	g_string_append(out, g_strcmp0(outcome, "open") == 0 ? "not closed" : outcome);
}

static enum ink state_ink(bool is_complete, bool is_closed)
{
	if (!is_complete)
		return INK_WARN;
	return is_closed ? INK_GOOD : INK_PLAIN;
}

char *words_state(const json_t *session)
{
	GString *out = g_string_new(NULL);

	append_state(out, record_text(session, "file.state"), record_text(session, "bits.outcome"));
	return g_string_free(out, FALSE);
}

enum ink words_state_ink(const json_t *session)
{
	return state_ink(record_is(session, "file.state", "complete"), record_is(session, "bits.outcome", "closed"));
}

void words_slip_state(GString *out, const struct ledger_slip *slip)
{
	append_state(out, bits_file_state_name((enum bits_file_state)slip->state),
		     bits_ending_name((enum bits_ending)slip->outcome));
}

enum ink words_slip_ink(const struct ledger_slip *slip)
{
	return state_ink(slip->state == BITS_FILE_COMPLETE, slip->outcome == BITS_ENDING_CLOSED);
}

void words_file_size(GString *out, uint64_t size)
{
	if (size > INT64_MAX)
		g_string_append_c(out, '?');
	else
		style_append_size(out, size);
}

/* "1.2 MiB (1,258,291 B)": people want the first, tickets the second. */
static char *size_words(uint64_t bytes)
{
	g_autofree char *human = style_size(bytes), *count = style_count(bytes);

	return bytes < 1024 * 1024 ? g_steal_pointer(&human) : g_strdup_printf("%s (%s B)", human, count);
}

static uint64_t missing(const json_t *session)
{
	const json_t *gaps = record_at(session, "file.gaps");
	uint64_t n = 0;
	json_t *gap;
	size_t i;

	json_array_foreach(gaps, i, gap) {
		n += (uint64_t)json_integer_value(json_array_get(gap, 1));
		n -= (uint64_t)json_integer_value(json_array_get(gap, 0));
	}
	return n;
}

/* No byte is missing, and nevertheless nobody can call that the file. */
static char *doubtful_words(const json_t *session, uint64_t size, const char *in)
{
	g_autofree char *have = size_words(size);

	if (record_number(session, "file.seen", 0) > size)
		return g_strdup_printf("%s in %s, and more was accepted behind that", have, in);
	return g_strdup_printf("%s in %s, perhaps of two uploads under this id", have, in);
}

static char *partial_words(const json_t *session, const char *in)
{
	uint64_t size = record_number(session, "file.size", BITS_SIZE_UNKNOWN);
	g_autofree char *have = NULL, *of = NULL, *acked = style_count(record_number(session, "file.acked", 0));

	if (size == BITS_SIZE_UNKNOWN) {
		have = size_words(record_number(session, "file.seen", 0));
		return g_strdup_printf("%s captured in %s, size unknown; acknowledged up to %s", have, in, acked);
	}
	if (missing(session) == 0)
		return doubtful_words(session, size, in);
	have = size_words(size - MIN(size, missing(session)));
	of = size_words(size);
	return g_strdup_printf("%s of %s in %s; acknowledged up to %s", have, of, in, acked);
}

char *words_file(const json_t *session)
{
	g_autofree char *in = style_plural(record_number(session, "bits.fragments", 0), "fragment", "fragments");
	g_autofree char *size = size_words(record_number(session, "file.size", 0));
	g_autofree char *acked = style_count(record_number(session, "file.acked", 0));
	g_autofree char *seen = size_words(record_number(session, "file.seen", 0));

	if (record_is(session, "file.state", "complete"))
		return g_strdup_printf("%s in %s, every byte accepted", size, in);
	if (record_is(session, "file.state", "unconfirmed") && record_number(session, "file.acked", 0) == 0)
		return g_strdup_printf("%s in %s, whole, but no answer to it was captured", size, in);
	if (record_is(session, "file.state", "unconfirmed"))
		return g_strdup_printf("%s in %s, whole; the server's word is known up to %s", size, in, acked);
	if (record_is(session, "file.state", "partial"))
		return partial_words(session, in);
	if (record_number(session, "file.seen", 0) == 0)
		return g_strdup_printf("no byte of it in this capture, %s", in);
	return g_strdup_printf("%s sent in %s, nothing accepted", seen, in);
}

/* Offsets are numbers of bytes, as in findings: not set in groups, whose commas would look like that between the two. */
static char *range_words(uint64_t from, uint64_t to, bool with_length)
{
	g_autofree char *length = style_size(to - from);

	return g_strdup_printf("[%" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT ")%s%s", from, to, with_length ? " " : "",
			       with_length ? length : "");
}

char *words_ranges(const json_t *ranges, bool with_length)
{
	size_t n = json_array_size(ranges);
	GString *out = g_string_new(NULL);

	for (size_t i = 0; i < MIN(n, RANGES_MAX); i++) {
		const json_t *r = json_array_get(ranges, i);
		uint64_t from = (uint64_t)json_integer_value(json_array_get(r, 0));
		uint64_t to = (uint64_t)json_integer_value(json_array_get(r, 1));
		g_autofree char *one = range_words(from, to, with_length);

		words_append(out, ", ", one);
	}
	if (n > RANGES_MAX)
		g_string_append_printf(out, " and %zu more", n - RANGES_MAX);
	return g_string_free(out, n == 0);
}
