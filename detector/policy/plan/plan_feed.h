/* plan_feed.h: a policy whose correlation is over other policies' findings, made ready to run: once
 * for each of them. */
#ifndef POLICY_PLAN_FEED_H
#define POLICY_PLAN_FEED_H

#include "policy/plan/plan_builder.h"

/* Compiles the document's texts for each policy that it names, remembers those views as what these
 * feed, and fills in policies[policy] but for expressions. All that it names are built already.
 * Everything wrong is reported. */
void plan_feed_build(struct plan_builder *builder, uint32_t policy, struct plan_policy *policies);
/* Once the plan knows which programs compute its slots: which group keys masks must hide. */
void plan_feed_hide(const struct plan_builder *builder, const struct plan *plan);

#endif
