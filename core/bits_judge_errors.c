/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bits_judge_errors.c - how a server reports errors (reference 7.7). */
#include "core/bits_judge.h"

static bool has_code(const struct hearing *h)
{
	return has(h->a, BITS_FIELD_ERROR_CODE);
}

/* The code can be read; its text is the sentence's word. */
static bool knows_code(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_ERROR_CODE];
	f->value[0] = h->a->status;
	return good(h->a, BITS_FIELD_ERROR_CODE);
}

static bool has_code_on_success(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_ERROR_CODE];
	f->value[0] = h->a->status;
	return h->success && has_code(h);
}

/* Windows leaves it out where the status says enough ([MC-BUP] note 4). */
static bool lacks_code(const struct hearing *h, struct bits_finding *f)
{
	unsigned status = h->a->status;

	f->value[0] = status;
	return is_ack(h->a) && status >= 400 && !has_code(h) && status != 404 && status != 413 && status != 416;
}

static bool has_context_alone(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_ERROR_CONTEXT];
	return has(h->a, BITS_FIELD_ERROR_CONTEXT) && !has_code(h);
}

static bool lacks_context(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_ERROR_CODE];
	return has_code(h) && !has(h->a, BITS_FIELD_ERROR_CONTEXT);
}

static bool has_other_context(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_ERROR_CONTEXT];
	return has(h->a, BITS_FIELD_ERROR_CONTEXT) &&
	       (is_bad(h->a, BITS_FIELD_ERROR_CONTEXT) || (h->a->error_context != 5 && h->a->error_context != 7));
}

static bool has_broken_code(const struct hearing *h, struct bits_finding *f)
{
	f->word[0] = h->a->text[BITS_FIELD_ERROR_CODE];
	return is_bad(h->a, BITS_FIELD_ERROR_CODE);
}

#define SEVERITY_BIT 0x80000000U
#define CUSTOMER_BIT 0x20000000U

static bool says_success(const struct hearing *h, struct bits_finding *f)
{
	uint32_t code = h->a->error_code;

	return knows_code(h, f) && h->a->status >= 400 && !(code & SEVERITY_BIT) && !(code == 0 && h->a->status == 416);
}

/* [MC-BUP] 2.2.1.2 and 3.2.5.2.3.  Disk full is printed there as 0x80070112; its real value is 0x80070070. */
static const struct {
	uint32_t code;
	unsigned status;
} pairs[] = {
	{ 0x80070057, 400 }, { 0x80070057, 411 }, { 0x80070005, 403 }, { 0x80070005, 501 }, { 0x8020001F, 500 },
	{ 0x80200020, 500 }, { 0x80070112, 500 }, { 0x80070112, 408 }, { 0x80070070, 500 },
};

static bool is_mismatch(const struct hearing *h, struct bits_finding *f)
{
	bool is_listed = false;

	if (!knows_code(h, f) || h->success)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
		if (pairs[i].code == h->a->error_code && pairs[i].status == h->a->status)
			return false;
		is_listed |= pairs[i].code == h->a->error_code;
	}
	return is_listed;
}

static bool is_foreign(const struct hearing *h, struct bits_finding *f)
{
	uint32_t code = h->a->error_code, facility = code >> 16 & 0x7FF;

	f->value[1] = facility;
	return knows_code(h, f) && !(code & CUSTOMER_BIT) && facility != 0 && facility != 7 && facility != 0x19 &&
	       facility != 0x20;
}

static bool has_other_name(const struct hearing *h, struct bits_finding *f)
{
	(void)f;
	return (h->a->alias & BITS_FIELD_BIT(BITS_FIELD_ERROR_CODE)) != 0;
}

void judge_errors(struct hearing *h)
{
	static const struct charge charges[] = {
		{ BITS_RULE_ERROR_CODE_ON_SUCCESS, ON_BITS, has_code_on_success },
		{ BITS_RULE_ERROR_CODE_MISSING, ON_BITS, lacks_code },
		{ BITS_RULE_ERROR_CONTEXT_WITHOUT_CODE, ON_BITS, has_context_alone },
		{ BITS_RULE_ERROR_CONTEXT_MISSING, ON_BITS, lacks_context },
		{ BITS_RULE_ERROR_CONTEXT_VALUE, ON_BITS, has_other_context },
		{ BITS_RULE_ERROR_CODE_MALFORMED, ON_BITS, has_broken_code },
		{ BITS_RULE_ERROR_CODE_SUCCESS_SEVERITY, ON_BITS, says_success },
		{ BITS_RULE_ERROR_STATUS_MISMATCH, ON_BITS, is_mismatch },
		{ BITS_RULE_ERROR_CODE_FOREIGN, ON_BITS, is_foreign },
		{ BITS_RULE_ERROR_HEADER_NAME, ON_BITS, has_other_name },
	};

	judge_all(h, BITS_SERVER, charges, G_N_ELEMENTS(charges));
}
