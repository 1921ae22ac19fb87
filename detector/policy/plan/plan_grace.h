/* plan_grace.h: how long the matches of a policy are held back: as long as the lookups want that it
 * reads, wherever in it they are named. */
#ifndef POLICY_PLAN_GRACE_H
#define POLICY_PLAN_GRACE_H

#include "policy/plan/plan_builder.h"

/* The longest grace of the lookups that the programs from `first` on read, by themselves or through
 * definitions; in microseconds, 0 where there is none. */
int64_t plan_grace_of(const struct plan_builder *builder, size_t first);

#endif
