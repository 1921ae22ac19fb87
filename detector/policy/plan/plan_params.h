/* plan_params.h: a policy's constants: what it says, and what the installation says instead. */
#ifndef POLICY_PLAN_PARAMS_H
#define POLICY_PLAN_PARAMS_H

#include "policy/plan/plan_builder.h"

/* A map of the policy's params with the overrides of plan_options. */
struct value plan_params_of(const struct plan_builder *builder, const struct policy_doc *policy);
/* Reports overrides of policies that do not exist. */
void plan_params_check(const struct plan_builder *builder);

#endif
