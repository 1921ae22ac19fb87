/* find_policy.h: the policy that --policy names. */
#ifndef APP_FIND_POLICY_H
#define APP_FIND_POLICY_H

#include "app/command.h"
#include "policy/plan.h"

/* Its place in the plan; policy_count when the flag is not given. False after a complaint: there is
 * none of that name. */
bool find_policy(const struct invocation *invocation, const struct plan *plan, uint32_t *out);

#endif
