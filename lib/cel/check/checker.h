/* checker.h: static types. */
#ifndef CEL_CHECKER_H
#define CEL_CHECKER_H

#include "base/status.h"
#include "cel/env.h"

/* Gives every node of a resolved tree its type. STATUS_INVALID: *issues holds all that is wrong. */
MUST_USE enum status cel_check(const struct cel_env *env, struct cel_node *tree,
                               struct arena *arena, struct cel_issues *issues);

#endif
