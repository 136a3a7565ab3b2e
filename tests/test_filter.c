/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/filter.h"

#include "tests/cm.h"
#include "tests/frames.h"

static void filters_frames_of_any_link(void **state)
{
	static const struct {
		const char *name, *expression;
		uint32_t    link; /* 1: Ethernet; 101: raw IP */
		bool        passes;
	} cases[] = {
		{ "a port", "tcp port 80", 1, true },
		{ "another port", "tcp port 81", 1, false },
		{ "a host", "host 10.0.0.2", 1, true },
		{ "a port on raw IP", "tcp port 80", 101, true },
		{ "another port on raw IP", "tcp port 81", 101, false },
		{ "what means nothing on raw IP passes nothing there", "ether host 02:00:00:00:00:01", 101, false },
		{ "an Ethernet address", "ether host 02:00:00:00:00:01", 1, true },
		{ "the empty expression", "", 1, true },
	};
	struct made m = { .payload = "x", .n = 1 };

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) bytes = cases[i].link == 1 ? make_ethernet(&m) : make_ipv4(&m);
		struct frame          f = frame_of(bytes, cases[i].link, 1);
		struct filter        *filter = filter_new(cases[i].expression, NULL);

		assert_non_null(filter);
		expect_in_row(cases[i].name, filter_passes(filter, &f) == cases[i].passes);
		expect_in_row(cases[i].name, filter_passes(filter, &f) == cases[i].passes); /* compiled already */
		filter_free(filter);
	}
}

/* One filter, frames of several link types in turns: each is judged by its own program, however often. */
static void link_types_may_take_turns(void **state)
{
	static const struct {
		const char *name;
		uint32_t    link;
		bool        passes;
	} cases[] = {
		{ "raw IP", 101, true },     { "Ethernet", 1, true },          { "raw IP again", 101, true },
		{ "null", 0, true },         { "Ethernet again", 1, true },    { "none that libpcap knows", 65000, false },
		{ "and null again", 0, true }, { "an unknown one again", 65000, false },
	};
	static const uint8_t null_header[4] = { 2, 0, 0, 0 };
	struct made          m = { .payload = "x", .n = 1 };
	struct filter       *filter = filter_new("tcp port 80", NULL);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GByteArray) bytes = cases[i].link == 1 ? make_ethernet(&m) : make_ipv4(&m);
		struct frame          f;

		if (cases[i].link == 0)
			g_byte_array_prepend(bytes, null_header, sizeof null_header);
		f = frame_of(bytes, cases[i].link, 1);
		expect_in_row(cases[i].name, filter_passes(filter, &f) == cases[i].passes);
	}
	filter_free(filter);
}

static void says_what_is_wrong(void **state)
{
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_null(filter_new("prot 80", &error));
	assert_non_null(strstr(error->message, "prot 80"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_frames_of_any_link),
		cmocka_unit_test(link_types_may_take_turns),
		cmocka_unit_test(says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
