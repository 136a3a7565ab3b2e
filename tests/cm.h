/* cm.h - cmocka, and the headers that it wants before it. */
#ifndef TESTS_CM_H
#define TESTS_CM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Table-driven tests name their row where they fail. */
#define expect_in_row(row, condition)                                                        \
	do {                                                                                 \
		if (!(condition))                                                            \
			fail_msg("row \"%s\": %s does not hold", (row), #condition);         \
	} while (0)

#endif
