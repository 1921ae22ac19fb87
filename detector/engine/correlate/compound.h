/* compound.h: `all`: parts that are correlations of their own, and an expression over what they
 * found. */
#ifndef ENGINE_CORRELATE_COMPOUND_H
#define ENGINE_CORRELATE_COMPOUND_H

#include "engine/correlate/operator.h"
#include "engine/correlate/require.h"

/* Findings of a part that a group remembers. */
enum { COMPOUND_FINDINGS_MAX = 64 };

extern const struct operator_type compound_operator;

#endif
