/* resolve.h: which declaration each name means. */
#ifndef CEL_RESOLVE_H
#define CEL_RESOLVE_H

#include "cel/env.h"

/* Sets `resolved` wherever a node names a declaration or a known function, after the rules of the
 * container: the longest qualified name first, a leading dot for the root, variables of
 * comprehensions before all. What stays unresolved is such a variable, or unknown. A call of a
 * qualified function ("optional.of") loses its target. For trees with and without the checker. */
void cel_resolve(const struct cel_env *env, struct cel_node *tree, struct arena *arena);

#endif
