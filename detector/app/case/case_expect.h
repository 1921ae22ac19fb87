/* case_expect.h: holds what came of a test against what it expects. */
#ifndef APP_CASE_EXPECT_H
#define APP_CASE_EXPECT_H

#include "app/case/case_run.h"

/* One thing that is other than expected; the texts live in the arena given. */
struct case_difference {
    struct span key; /* "fired", "title", "masked old.account" */
    struct span expected;
    struct span got;
};

struct case_differences {
    struct case_difference *items;
    size_t count; /* 0: the test passed */
};

/* Everything that is other than the test expects, in a fixed order. */
struct case_differences case_compare(const struct plan *plan, const struct policy_test *test,
                                     const struct case_result *result, struct arena *arena);

#endif
