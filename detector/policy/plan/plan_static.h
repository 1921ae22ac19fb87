/* plan_static.h: the part of an alert's body that is the same for every finding of a policy. */
#ifndef POLICY_PLAN_STATIC_H
#define POLICY_PLAN_STATIC_H

#include "policy/plan/plan_builder.h"

/* Members of a JSON object without its braces; see plan_policy.static_body. */
struct span plan_static_body(const struct policy_doc *policy, const struct digest *version,
                             struct span runbook_base, struct arena *arena);

#endif
