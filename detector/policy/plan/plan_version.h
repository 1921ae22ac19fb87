/* plan_version.h: the hashes that a plan names its policies by. */
#ifndef POLICY_PLAN_VERSION_H
#define POLICY_PLAN_VERSION_H

#include "policy/plan/plan_builder.h"

/* Sets policy->version: over the document, its params, and all lists, definitions, exceptions and
 * lookups that it may read; and policy->state_id: over its id, its stateful part and its params. */
void plan_version_of(const struct plan_builder *builder, const struct policy_doc *doc,
                     const struct value *params, struct plan_policy *policy);
/* The same for a policy over others' findings: its version covers theirs, its state what they find.
 * `policies` has the versions of the others. */
void plan_version_of_feed(const struct plan_builder *builder, const struct policy_doc *doc,
                          const struct value *params, const struct plan_policy *policies,
                          struct plan_policy *policy);
/* The revision of the set: over the versions of its policies and all lookups. */
struct digest plan_version_revision(const struct plan_builder *builder,
                                    const struct plan_policy *policies, size_t count);

#endif
