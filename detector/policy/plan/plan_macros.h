/* plan_macros.h: what changed(...), changes(), lookup(...) and lookup_all(...) become. */
#ifndef POLICY_PLAN_MACROS_H
#define POLICY_PLAN_MACROS_H

#include "cel/env.h"

/* The lookups that a policy may name, and their indexes in plan->lookups. */
struct plan_lookup_names {
    const struct span *items;
    const uint32_t *indexes;
    size_t count;
};

/* The types of the rows of plan->lookups, index for index. */
struct plan_lookup_rows {
    const struct cel_type **items;
    size_t count;
};

/* Adds the functions that the engine answers, and changed() as a macro. `rows` (NULL: there
 * are no lookups) must outlive the environment; lookups may be added to it later. */
void plan_macros_add(struct cel_env *env, const struct plan_lookup_rows *rows,
                     struct arena *arena);
/* Adds the macros that turn the names of lookups into their indexes; later ones hide earlier ones.
 * `lookups` must outlive the environment. */
void plan_macros_add_lookups(struct cel_env *env, const struct plan_lookup_names *lookups);

#endif
