/* case_run.h: runs a test that stands inside a policy, in virtual time, through the same engine as
 * `deltaward run`. */
#ifndef APP_CASE_RUN_H
#define APP_CASE_RUN_H

#include "app/case/case_rows.h"
#include "engine/batch.h"

/* What came of a test; lives in the arena given. */
struct case_result {
    const struct alert *alerts; /* opened ones, of policies in the test's file, in order */
    size_t count;
    struct span refused;        /* why the test could not be run; empty: it was */
};

/* Records of all events, oldest first as the test gives them. */
struct source_batch case_records(const struct policy_test *test, struct arena *arena);

/* Runs one test; the clock of the machine has no say in it. */
struct case_result case_run(struct plan *plan, const struct policy_test *test,
                            struct arena *arena);

#endif
