/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_exchange.c - who holds an exchange, and the findings that name it. */
#include "core/bits_private.h"

#include "tests/cm.h"

static void belongs_to_its_connection_and_session(void **state)
{
	struct conn      c = { .ordinal = 7, .ends = { .client = { { .family = 4, .bytes = { 10, 0, 0, 2 } }, 40000 } } };
	struct exchange *x = exchange_new(&c);
	struct session  *s = session_new(3, BITS_STATE_INIT);

	(void)state;
	assert_int_equal(x->pub.conn, 7);
	assert_int_equal(x->pub.ends.client.port, 40000);
	assert_null(x->pub.session);
	exchange_set_session(x, s);
	assert_ptr_equal(x->pub.session, &s->pub);
	assert_int_equal(s->refs, 2);
	exchange_set_session(x, s); /* the same again must not let go of it in between */
	assert_int_equal(s->refs, 2);
	exchange_set_session(x, NULL);
	assert_null(x->pub.session);
	assert_int_equal(s->refs, 1);
	exchange_set_session(x, s);
	assert_ptr_equal(exchange_ref(x), x);
	exchange_unref(x);
	assert_int_equal(s->refs, 2);
	exchange_unref(x);
	assert_int_equal(s->refs, 1); /* the last reference to x let go of its session */
	exchange_unref(NULL);
	session_unref(s);
}

static void blames_whom_its_row_names(void **state)
{
	static const struct {
		const char       *name;
		enum bits_rule_id rule;
		enum bits_side    side;
		enum bits_fault   fault;
	} cases[] = {
		{ "the row names the client", BITS_RULE_PIPELINED_REQUEST, BITS_CLIENT, BITS_FAULT_CLIENT },
		{ "... whoever's message shows it", BITS_RULE_PIPELINED_REQUEST, BITS_SERVER, BITS_FAULT_CLIENT },
		{ "the row names the server", BITS_RULE_RESPONSE_WITHOUT_REQUEST, BITS_SERVER, BITS_FAULT_SERVER },
		{ "the sender, a client", BITS_RULE_DUPLICATE_FRAMING_HEADER, BITS_CLIENT, BITS_FAULT_CLIENT },
		{ "the sender, a server", BITS_RULE_DUPLICATE_FRAMING_HEADER, BITS_SERVER, BITS_FAULT_SERVER },
		{ "nobody", BITS_RULE_HEAD_LOST, BITS_CLIENT, BITS_FAULT_NONE },
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct bits_finding f = finding_of(cases[i].rule, NULL, cases[i].side);

		expect_in_row(cases[i].name, f.fault == cases[i].fault);
		expect_in_row(cases[i].name, f.side == cases[i].side);
		expect_in_row(cases[i].name, f.severity == bits_rule_get(cases[i].rule)->severity);
		expect_in_row(cases[i].name, f.session == NULL && f.exchange == NULL && f.n_at == 0);
	}
}

static void keeps_the_offending_frame_first_and_no_more_than_it_can(void **state)
{
	struct bits_finding f = finding_of(BITS_RULE_PIPELINED_REQUEST, NULL, BITS_CLIENT);

	(void)state;
	for (uint32_t frame = 1; frame <= BITS_FINDING_FRAMES + 1; frame++)
		finding_at(&f, &(struct bits_where){ .frame = frame });
	assert_int_equal(f.n_at, BITS_FINDING_FRAMES);
	assert_int_equal(f.at[0].frame, 1);
	assert_int_equal(f.at[BITS_FINDING_FRAMES - 1].frame, BITS_FINDING_FRAMES);
}

static void count_call(const struct bits_finding *f, void *user)
{
	(void)f;
	++*(unsigned *)user;
}

/* Undecided findings are told, but count against nobody. */
static void counts_what_is_proven(void **state)
{
	const struct bits_sink sink = { .finding = count_call };
	unsigned               calls = 0;
	struct bits_tracker   *t = bits_tracker_new(&sink, &calls, NULL);
	struct conn            c = { .ordinal = 1 };
	struct exchange       *x = exchange_new(&c);
	struct session        *s = session_new(1, BITS_STATE_INIT);
	struct bits_finding    f;

	(void)state;
	exchange_set_session(x, s);
	f = finding_of(BITS_RULE_PIPELINED_REQUEST, x, BITS_CLIENT);
	assert_ptr_equal(f.exchange, &x->pub);
	f.undecided = true;
	tell_finding(t, &f);
	assert_int_equal(s->pub.findings[BITS_ERROR], 0);
	assert_int_equal(s->pub.at_fault, 0);
	f.undecided = false;
	tell_finding(t, &f);
	assert_int_equal(s->pub.findings[BITS_ERROR], 1);
	assert_int_equal(s->pub.at_fault, 1U << BITS_FAULT_CLIENT);
	f = finding_of(BITS_RULE_HEAD_TOO_LONG, x, BITS_SERVER);
	tell_finding(t, &f);
	assert_int_equal(s->pub.findings[BITS_WARNING], 1);
	assert_int_equal(s->pub.at_fault, 1U << BITS_FAULT_CLIENT); /* of errors alone */
	assert_int_equal(calls, 3);
	assert_int_equal(bits_tracker_stats(t)->findings, 2);
	exchange_unref(x);
	session_unref(s);
	bits_tracker_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(belongs_to_its_connection_and_session),
		cmocka_unit_test(blames_whom_its_row_names),
		cmocka_unit_test(keeps_the_offending_frame_first_and_no_more_than_it_can),
		cmocka_unit_test(counts_what_is_proven),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
