/* plan_states.h: what the log is told of a policy set: the states of its correlations. */
#ifndef ENGINE_PLAN_STATES_H
#define ENGINE_PLAN_STATES_H

#include "base/buf.h"
#include "policy/plan.h"

/* Appends the states as the body of a signal (state_list.h). False, with nothing appended: there
 * are more than STATE_LIST_MAX; such a set says nothing, and ends no state. */
bool plan_states_write(const struct plan *plan, struct buf *out);

#endif
