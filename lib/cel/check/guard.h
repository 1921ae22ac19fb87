/* guard.h: warnings where an attribute that may be absent is read without asking first. */
#ifndef CEL_GUARD_H
#define CEL_GUARD_H

#include "cel/env.h"

/* Warns about members of open records that a checked tree reads unguarded, one warning for each
 * condition, with the corrected text as the hint. A read is guarded by has(x.f), 'f' in x, or
 * x.?f.hasValue() on either side of && (which absorbs errors on both sides), by their negation
 * beside ||, or by the condition of ? :. */
void cel_warn_unguarded(const struct cel_env *env, struct span text, const struct cel_node *tree,
                        struct arena *arena, struct cel_issues *issues);

#endif
