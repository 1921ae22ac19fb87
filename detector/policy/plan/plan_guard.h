/* plan_guard.h: what a condition has asked for need not be asked for again in what is computed only
 * for its findings: severity, groups, exceptions, and variables that it reads after asking. */
#ifndef POLICY_PLAN_GUARD_H
#define POLICY_PLAN_GUARD_H

#include "policy/plan/plan_builder.h"

/* An environment that adds to `env`: attributes that the condition tests with has() are there. Used
 * for warnings only, so it may believe too much: `has(new.a) || ...` counts as well. */
struct cel_env *plan_guard_env(const struct cel_env *env, const struct cel_program *condition,
                               struct arena *arena);

#endif
