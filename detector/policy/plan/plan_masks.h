/* plan_masks.h: what a policy's masks keep from being shown. */
#ifndef POLICY_PLAN_MASKS_H
#define POLICY_PLAN_MASKS_H

#include "policy/plan.h"

/* Whether the slot holds something that the policy masks, or is computed from such. */
bool plan_masks_slot(const struct plan *plan, const struct plan_policy *policy, uint32_t slot);
/* Whether the program reads such a slot. */
bool plan_masks_read(const struct plan *plan, const struct plan_policy *policy,
                     const struct cel_program *program);

#endif
