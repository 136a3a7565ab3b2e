/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_words_unread.c - what is said of frames and connections that nobody looked into. */
#include "cli/words.h"

#include <string.h>

#include "tests/book.h"
#include "tests/cm.h"

static void names_what_was_not_read(void **state)
{
	static const struct {
		const char *name, *stats;
		const char *words; /* lines joined by a blank; "": nothing */
	} cases[] = {
		{ "everything was", "{\"sessions\":0,\"frames_of_unknown_link\":0}", "" },
		{ "an unknown link, also where there are sessions",
		  "{\"sessions\":1,\"frames_of_unknown_link\":2,\"unread\":[{\"counter\":\"frames_of_unknown_link\",\"kind\":\"link "
		  "type\",\"number\":199,\"name\":null,\"packets\":2}]}",
		  "not read 2 frames of a link type that is not read: link type 199 (2)" },
		{ "by name, and what is left", "{\"sessions\":0,\"frames_not_tcp\":3,\"unread\":[{\"counter\":\"frames_not_tcp\",\"kind\":\"IP "
		  "protocol\",\"number\":17,\"name\":\"UDP\",\"packets\":2},{\"counter\":\"frames_not_tcp\",\"kind\":null,\"number\":null,"
		  "\"name\":null,\"packets\":1}]}",
		  "not read 3 frames over IP but not TCP, nor in a tunnel that is opened: UDP (2), others (1)" },
		{ "other traffic matters where nothing was found", "{\"sessions\":1,\"frames_not_tcp\":3}", "" },
		{ "one frame that is encrypted", "{\"sessions\":1,\"encrypted_frames\":1}", "not read 1 frame encrypted, compressed or in pieces" },
		{ "what does not fit", "{\"sessions\":0,\"malformed_frames\":7}",
		  "not read 7 frames whose lengths do not fit, cut inside a header, or of more than 16 layers" },
		{ "no HTTP", "{\"sessions\":0,\"connections\":3,\"http_connections\":1}",
		  "not read 2 TCP connections without HTTP in the clear; what is TLS can be read as tshark -U \"OSI layer 7\" exports it "
		  "decrypted" },
		{ "what a filter left out, whatever was found", "{\"sessions\":1,\"filter\":{\"expression\":\"tcp port 80\",\"frames_left_out\":5}}",
		  "not read 5 frames that 'tcp port 80' does not pass" },
		{ "a filter that passed everything", "{\"sessions\":1,\"filter\":{\"expression\":\"ip\",\"frames_left_out\":0}}", "" },
		{ "no HTTP beside uploads", "{\"sessions\":1,\"connections\":3,\"http_connections\":1}", "" },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		json_t *stats = json_loads(cases[i].stats, 0, NULL);
		g_autoptr(GString) out = g_string_new(NULL);
		g_auto(GStrv) words = NULL;
		g_autoptr(GString) flat = g_string_new(NULL);

		words_unread(&ascii, out, stats);
		words = g_strsplit_set(out->str, " \n", -1);
		for (char **w = words; *w != NULL; w++)
			if (**w != '\0')
				words_append(flat, " ", *w);
		if (strcmp(flat->str, cases[i].words) != 0)
			fail_msg("row \"%s\": \"%s\"", cases[i].name, flat->str);
		json_decref(stats);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_what_was_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
