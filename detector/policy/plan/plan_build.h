/* plan_build.h: typed documents -> plan. */
#ifndef POLICY_PLAN_BUILD_H
#define POLICY_PLAN_BUILD_H

#include "policy/plan.h"
#include "policy/document/policy.h"

/* Compiles everything, and reports in set->diags what cannot be. The plan takes set->arena over.
 * When errors were reported, then or before, the plan must not be run; it can only be freed. */
struct plan *plan_build(const struct policy_set *set, const struct plan_options *options);

#endif
