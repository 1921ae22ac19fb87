/* plan_lookups.h: Lookup documents made ready, and what single policies change of them. */
#ifndef POLICY_PLAN_LOOKUPS_H
#define POLICY_PLAN_LOOKUPS_H

#include "policy/plan/plan_builder.h"

/* The path of a lookup's file, which counts from the folder of the policy file that names it. */
struct span plan_lookups_resolve(struct span policy_file, struct span file, struct arena *arena);
/* Fills builder->lookups and builder->lookup_names. */
void plan_lookups_build(struct plan_builder *builder);
/* The names that a policy's expressions see: builder->lookup_names, unless it overrides settings:
 * then it gets lookups of its own under the same names. */
const struct plan_lookup_names *plan_lookups_of_policy(struct plan_builder *builder,
                                                       const struct policy_doc *policy);

#endif
