/* policy_local.h: the policies that a command's arguments name, for commands that ask nobody but
 * files: lookups from topics have no rows there. */
#ifndef APP_POLICY_LOCAL_H
#define APP_POLICY_LOCAL_H

#include "app/command.h"
#include "app/policies/policy_set.h"

/* Loads the policies of all arguments, with the key of --mask-key-file or a fixed one, and their
 * lookups. `shadows`: policies in shadow mode are built as enforced. On failure what is wrong was
 * said on stderr, and *out is to be deinitialised all the same. */
MUST_USE enum status policy_local_load(const struct invocation *invocation, bool shadows,
                                       struct policy_set *out);

#endif
