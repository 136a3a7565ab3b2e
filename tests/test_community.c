/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_community.c - the ids that other tools compute for the same connections. */
#include "cli/community.h"

#include <arpa/inet.h>
#include <gcrypt.h>
#include <glib.h>

#include "tests/cm.h"

static struct bits_end end_of(const char *text, uint16_t port)
{
	struct bits_end e = { .port = port };

	if (inet_pton(AF_INET, text, e.addr.bytes) == 1)
		e.addr.family = 4;
	else if (inet_pton(AF_INET6, text, e.addr.bytes) == 1)
		e.addr.family = 6;
	return e;
}

static void the_id_is_the_published_one_from_either_end(void **state)
{
	static const struct {
		const char *name, *a;
		uint16_t a_port;
		const char *b;
		uint16_t b_port;
		const char *id;
	} cases[] = {
		{ "IPv4, of the published examples", "128.232.110.120", 34855, "66.35.250.204", 80,
		  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ "IPv6, of the published examples", "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943,
		  "2607:f8b0:400c:c03::1a", 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
		{ "one address at both ends: the ports give the order", "10.0.0.1", 10, "10.0.0.1", 20,
		  "1:1Lc+0H/HgLmR5V4rmOeuDZQS11k=" },
		{ "the least and the greatest", "255.255.255.255", 65535, "0.0.0.0", 0,
		  "1:LdN0oTsWjz5qVMMtMj5zPyV/TiU=" },
		{ "an end that is unknown", "10.0.0.1", 10, "?", 0, NULL },
		{ "both ends unknown", "?", 0, "?", 0, NULL },
		{ "an IPv4 and an IPv6 end", "10.0.0.1", 10, "fd77::1", 80, NULL },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_end a = end_of(cases[i].a, cases[i].a_port), b = end_of(cases[i].b, cases[i].b_port);
		g_autofree char *there = community_id(&a, &b), *back = community_id(&b, &a);

		expect_in_row(cases[i].name, g_strcmp0(there, cases[i].id) == 0);
		expect_in_row(cases[i].name, g_strcmp0(back, cases[i].id) == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_id_is_the_published_one_from_either_end),
	};

	gcry_check_version(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
