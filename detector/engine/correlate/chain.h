/* chain.h: a correlation over findings of other correlations. Each of these, the inner ones, is
 * watched anew within the group of the outer one, group by group as it is watched by itself; what
 * it finds is an event of the outer one, at the time from which on it was known. */
#ifndef ENGINE_CORRELATE_CHAIN_H
#define ENGINE_CORRELATE_CHAIN_H

#include "engine/correlate/operator.h"

/* Of any type that has inner correlations. */
extern const struct operator_type chain_operator;

#endif
