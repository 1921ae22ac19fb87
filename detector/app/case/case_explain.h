/* case_explain.h: why the policy of a test says what it says of the test's events. */
#ifndef APP_CASE_EXPLAIN_H
#define APP_CASE_EXPLAIN_H

#include "app/case/case_run.h"
#include "app/explain/explain.h"

enum { CASE_EXPLAINED_MAX = 5 }; /* events of one test */

/* Who wants to know. The explanation is a view that ends with the call. */
struct case_listener {
    void (*event)(void *context, size_t number, const struct change *change,
                  const struct explanation *explanation);
    void *context;
};

/* Tells the first events of a test, in their order, numbered from 1. Nothing when the test cannot
 * be run: then case_run says why. */
void case_explain(const struct plan *plan, const struct policy_test *test, struct arena *arena,
                  const struct case_listener *listener);

#endif
