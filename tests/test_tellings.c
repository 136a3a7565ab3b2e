/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_tellings.c - exported PDUs as words, and which captures of them are one telling. */
#include "wire/tellings.h"

#include <glib/gstdio.h>
#include <string.h>

#include "tests/cm.h"
#include "tests/files.h"
#include "tests/frames.h"

#define REQUEST(type, more) "BITS_POST /a HTTP/1.1\r\nBITS-Packet-Type: " type "\r\n" more "Content-Length: 0\r\n\r\n"
#define OF(id)              "BITS-Session-Id: {" id "}\r\n"

/* What a letter stands for. */
static const char *message_of(char letter)
{
	static const struct {
		char        letter;
		const char *text;
	} messages[] = {
		{ 'p', REQUEST("Ping", "") },
		{ 'c', REQUEST("Close-Session", OF("1")) },
		{ 'd', REQUEST("Close-Session", OF("2")) },
		{ 'a', "HTTP/1.1 200 OK\r\nBITS-Packet-Type: Ack\r\n" OF("1") "Content-Length: 0\r\n\r\n" },
		{ 'g', "GET /a HTTP/1.1\r\n" OF("1") "\r\n" },
		{ 'b', "bytes of a body" },
		{ 'h', "HTTP/1.0 200 OK\r\n" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(messages); i++)
		if (messages[i].letter == letter)
			return messages[i].text;
	fail_msg("no message is called %c", letter);
	return NULL;
}

static GByteArray *pdu_of(char letter)
{
	const char *text = message_of(letter);

	return make_pdu(&(struct made){ .payload = text, .n = strlen(text) });
}

static char *write_capture(const char *letters)
{
	struct file f = file_new();
	char       *path;

	put_pcap_header(&f, 0xA1B2C3D4, 252);
	for (uint32_t i = 0; letters[i] != '\0'; i++) {
		g_autoptr(GByteArray) bytes = pdu_of(letters[i]);

		for (unsigned k = 0; k < 2; k++)
			put_u32(&f, i);
		for (unsigned k = 0; k < 2; k++)
			put_u32(&f, bytes->len);
		g_byte_array_append(f.a, bytes->data, bytes->len);
	}
	path = write_temporary(f.a->data, f.a->len);
	file_clear(&f);
	return path;
}

static void note(struct tellings *t, struct telling *of, const char *letters)
{
	for (uint32_t i = 0; letters[i] != '\0'; i++) {
		g_autoptr(GByteArray) bytes = pdu_of(letters[i]);
		struct frame          f = frame_of(bytes, 252, i + 1);

		tellings_note(t, of, &f);
	}
}

/* The capture begins at second 5; the tellings before it are given with the time of their ends. */
static void goes_on_where_nothing_is_told_again(void **state)
{
	static const struct {
		const char *name, *before, *capture;
		int64_t     ended;
		unsigned    open;
		bool        goes_on;
	} cases[] = {
		{ "what comes is new", "ca", "d", 4, 0, true },
		{ "in the same instant", "ca", "d", 5, 0, true },
		{ "it begins before the other one ends", "ca", "d", 6, 0, false },
		{ "the other one is being read", "ca", "d", 4, 1, false },
		{ "nobody knows when the other one was", "ca", "d", BITS_TIME_UNKNOWN, 0, false },
		{ "a request and its answer come again", "ca", "ca", 4, 0, false },
		{ "later, behind others", "ca", "pdbcba", 4, 0, false },
		{ "a request comes again: its answer was lost", "dc", "ca", 4, 0, true },
		{ "... with its body", "dcb", "cba", 4, 0, true },
		{ "an answer in pieces comes again", "chb", "chb", 4, 0, false },
		{ "what one side sent comes again", "cd", "cd", 4, 0, false },
		{ "a Ping comes again, twice: any client sends the same", "pp", "pp", 4, 0, true },
		{ "what was between its end and its beginning is no repetition", "ca", "a", 4, 0, true },
		{ "what is no BITS comes again", "gb", "gb", 4, 0, true },
		{ "the capture is not there", "ca", NULL, 4, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = cases[i].capture ? write_capture(cases[i].capture) : g_strdup("/nowhere/at/all");
		struct tellings *t = tellings_new();
		struct telling  *of = tellings_begin(t, 3), *found;

		note(t, of, cases[i].before);
		of->open = cases[i].open;
		of->latest_ns = cases[i].ended;
		found = tellings_continued(t, path, 5);
		expect_in_row(cases[i].name, found == (cases[i].goes_on ? of : NULL));
		expect_in_row(cases[i].name, of->parts == 1u + cases[i].goes_on);
		assert_int_equal(tellings_not_compared(t), 0);
		tellings_free(t);
		g_unlink(path);
	}
}

static void of_two_that_ended_none_is_meant(void **state)
{
	g_autofree char *path = write_capture("d");
	struct tellings *t = tellings_new();

	(void)state;
	tellings_begin(t, 0)->latest_ns = 3;
	tellings_begin(t, 1)->latest_ns = 4;
	assert_null(tellings_continued(t, path, 5));
	assert_null(tellings_continued(t, path, 2));
	tellings_free(t);
	t = tellings_new();
	tellings_begin(t, 0)->latest_ns = 3;
	tellings_begin(t, 1)->latest_ns = 6;
	assert_int_equal(tellings_continued(t, path, 5)->ordinal, 0);
	tellings_free(t);
	g_unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on_where_nothing_is_told_again),
		cmocka_unit_test(of_two_that_ended_none_is_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
