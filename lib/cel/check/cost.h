/* cost.h: what an expression can cost at most, known before it runs. */
#ifndef CEL_COST_H
#define CEL_COST_H

#include "base/status.h"
#include "cel/env.h"

/* Units of one evaluation: 1 for a name or member, 10 for a list, 30 for a map, the table's figure
 * for a call, and for a loop its body times its size, 64 where that is not known. Saturates. */
uint32_t cel_cost(const struct cel_env *env, const struct cel_node *tree);
/* The same as if each loop went round once: what one round of the loop around it costs besides the
 * rounds of those inside, which count for themselves. */
uint32_t cel_cost_once(const struct cel_env *env, const struct cel_node *tree);
/* STATUS_LIMIT, with an issue, when the tree is above the bounds of the environment: its cost, or
 * how deep its loops are nested. */
MUST_USE enum status cel_check_bounds(const struct cel_env *env, const struct cel_node *tree,
                                      struct cel_issues *issues);

#endif
