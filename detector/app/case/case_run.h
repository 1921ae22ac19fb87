/* case_run.h: runs a test that stands inside a policy, in virtual time, through the same engine as
 * `deltaward run`. */
#ifndef APP_CASE_RUN_H
#define APP_CASE_RUN_H

#include "engine/batch.h"
#include "policy/document/policy_tests.h"

/* Where `at: 0s` lies: 2026-01-01T00:00:00Z. */
#define CASE_START_US INT64_C(1767225600000000)

/* What came of a test; lives in the arena given. */
struct case_result {
    const struct alert *alerts; /* opened ones, of policies in the test's file, in order */
    size_t count;
    struct span refused;        /* why the test could not be run; empty: it was */
};

/* The rows of all lookups: of the test, else of their files. Not empty: what is wrong; else *out
 * has one reference. */
struct span case_lookups(const struct plan *plan, const struct policy_test *test,
                         struct arena *arena, struct lookup_set **out);
/* Records of all events, oldest first as the test gives them. */
struct source_batch case_records(const struct policy_test *test, struct arena *arena);

/* Runs one test; the clock of the machine has no say in it. */
struct case_result case_run(struct plan *plan, const struct policy_test *test,
                            struct arena *arena);

#endif
