/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_foreign.c - the first bytes of what Wireshark's own tools write, and of what only looks like it. */
#include "wire/foreign.h"

#include <glib.h>
#include <string.h>

#include "tests/cm.h"

#define B(text) text, sizeof(text) - 1

static void tells_each_by_its_first_bytes(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t      n;
		const char *says; /* NULL: nothing */
	} cases[] = {
		{ "snoop", B("snoop\0\0\0\0\0\0\2\0\0\0\4"), "a snoop capture" },
		{ "snoop in a text", B("snoopy barks"), NULL },
		{ "Network Monitor 1", B("RTSS\1\1\1\0"), "a Network Monitor capture" },
		{ "Network Monitor 2", B("GMBU\0\2\1\0"), "a Network Monitor capture" },
		{ "K12", B("\0\0\2\0\x12\5\0\x10"), "a K12 (rf5) capture" },
		{ "K12 text", B("+---------+---------------+----------+\r\n"), "a K12 text capture" },
		{ "iptrace", B("iptrace 2.0\0"), "an iptrace capture" },
		{ "btsnoop", B("btsnoop\0\0\0\0\1"), "a btsnoop capture" },
		{ "LANalyzer", B("\1\x10\x4c\0\1\5Trace Display"), "a LANalyzer capture" },
		{ "LANalyzer, cyclic", B("\7\x10\x4c\0\1\5Trace Display"), "a LANalyzer capture" },
		{ "NetXRay", B("XCP\0" "001.100"), "a NetXRay or Windows Sniffer capture" },
		{ "NetXRay, the oldest", B("VL\0\0"), "a NetXRay capture" },
		{ "Sniffer", B("TRSNIFF data    \x1a\1\0"), "a Sniffer capture" },
		{ "5Views", B("\xaa\xaa\xaa\xaa\x20\0\0\0"), "a 5Views capture" },
		{ "Visual Networks", B("\5VNF\x36\0"), "a Visual Networks capture" },
		{ "nettl", B("TR\0\x64\0\0\0\0"), "a nettl trace" },
		{ "Observer", B("ObserverPktBufferVersion=15.00"), "an Observer capture" },
		{ "OmniPeek", B("\x7fver\0\0\0\x09"), "an EtherPeek or OmniPeek capture" },
		{ "ERF", B("\0\0\0\0\xf6\xa3\2\x6b\4\0\0\x60\0\0\0\x4a"), "an ERF capture" },
		{ "ERF without times, as editcap writes it", B("\0\0\0\0\0\0\0\0\x9b\4\0\xb8\0\0\0\xa0\x11"), "an ERF capture" },
		{ "ERF with a type that there is not", B("\0\0\0\0\xf6\xa3\2\x6b\x7f\0\0\x60\0\0\0\x4a"), NULL },
		{ "ERF of 1970", B("\0\0\0\0\0\1\0\0\4\0\0\x60\0\0\0\x4a"), NULL },
		{ "CommView", B("\x4a\0\x4a\0\0\xea\7\x0b\x16\x08\x0c\x26\x95\x52\x0c\0\0\0\0\0\0\0\0\0"), "a CommView capture" },
		{ "CommView, new", B("\x4a\0\0\0\xea\7\x0b\x16\x08\x0c\x26\x95\x52\x0c\0\0\0\0\0\0\0\0\x4a\7"), "a CommView capture" },
		{ "CommView in a thirteenth month", B("\x4a\0\0\0\xea\7\x0d\x16\x08\x0c\x26\x95\x52\x0c\0\0\0\0\0\0\0\0\0\0"), NULL },
		{ "pppdump", B("\7\x5d\0\0\0\5\0\0\0\1"), "a pppd record file" },
		{ "BEL and nothing else", B("\7hello"), NULL },
		{ "gzip in gzip", B("\x1f\x8b\x08"), "gzip -dc" },
		{ "bzip2", B("BZh91AY"), "bzip2 -dc" },
		{ "xz", B("\xfd" "7zXZ\0"), "xz -dc" },
		{ "ZIP", B("PK\3\4"), "unpack it first" },
		{ "text", B("hello world\n"), NULL },
		{ "nothing", "", 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *said = foreign_advice((const uint8_t *)cases[i].bytes, cases[i].n);

		print_message("%s: %s\n", cases[i].name, said != NULL ? said : "-");
		expect_in_row(cases[i].name, (said != NULL) == (cases[i].says != NULL));
		expect_in_row(cases[i].name, said == NULL || strstr(said, cases[i].says) != NULL);
		expect_in_row(cases[i].name, said == NULL || strstr(said, " first") != NULL);
	}
}

static void a_tar_archive_is_told_by_what_lies_deep_in_it(void **state)
{
	uint8_t block[FOREIGN_LOOK] = "capture.pcap";

	(void)state;
	memcpy(block + 257, "ustar", 5);
	assert_non_null(strstr(foreign_advice(block, sizeof block), "tar -xf"));
	assert_null(foreign_advice(block, 261));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_each_by_its_first_bytes),
		cmocka_unit_test(a_tar_archive_is_told_by_what_lies_deep_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
