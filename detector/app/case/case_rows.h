/* case_rows.h: the rows that lookups have during a test of a policy: those that the test gives, as
 * they arrive, else those of the lookup's file. Times count from the start of the test. */
#ifndef APP_CASE_ROWS_H
#define APP_CASE_ROWS_H

#include "engine/evaluate/lookup_table.h"
#include "policy/document/policy_tests.h"

/* Where `at: 0s` lies: 2026-01-01T00:00:00Z. */
#define CASE_START_US INT64_C(1767225600000000)

/* The rows of all lookups at a time of the test, without those that arrive later. Not empty: what
 * is wrong with any row of the test, or with a file; else *out has one reference. */
struct span case_lookups(const struct plan *plan, const struct policy_test *test, int64_t at_us,
                         struct arena *arena, struct lookup_set **out);
/* When the next row arrives that the test gives, after a time; INT64_MAX: none. Of rows that
 * case_lookups takes. */
int64_t case_next_arrival(const struct plan *plan, const struct policy_test *test, int64_t at_us);

#endif
