/* require.h: the expression of `all`: a part's name is true while it holds, `parts` has figures of
 * each. Compiled once, where signals with it are watched first. */
#ifndef ENGINE_CORRELATE_REQUIRE_H
#define ENGINE_CORRELATE_REQUIRE_H

#include "base/arena.h"
#include "engine/correlate/operator.h"

struct require;

/* Lives in `arena`. NULL: the text is no condition over these parts. */
struct require *require_new(const struct correlation *rule, struct arena *arena);
/* `parts`: as many as the rule has, in its order. An expression without a value does not hold. */
bool require_holds(struct require *require, const struct operator_part *parts);

#endif
