/* plan_policy.h: one Policy document made ready to run. */
#ifndef POLICY_PLAN_POLICY_H
#define POLICY_PLAN_POLICY_H

#include "policy/plan/plan_builder.h"
#include "policy/plan/plan_calls.h"
#include "policy/plan/plan_index.h"

/* What the indexes find one policy by: that of its source counts. */
struct plan_keys {
    struct plan_index_key change;
    struct plan_call_key call;
};

/* Compiles all of the document's texts into *out and says what the indexes find it by. Everything
 * wrong is reported; what is right is filled in. */
void plan_policy_build(struct plan_builder *builder, uint32_t policy, struct plan_policy *out,
                       struct plan_keys *keys);

#endif
