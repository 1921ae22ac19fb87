/* plan_tests.h: the tests of policies, for the command that runs them. */
#ifndef POLICY_PLAN_TESTS_H
#define POLICY_PLAN_TESTS_H

#include "policy/plan/plan_builder.h"

/* Sets plan->owner->tests. */
void plan_tests_build(const struct plan_builder *builder, struct plan *plan);

#endif
