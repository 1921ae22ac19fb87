/* plan_calls.h: which policies may concern an API call; the inside of plan_select_call. */
#ifndef POLICY_PLAN_CALLS_H
#define POLICY_PLAN_CALLS_H

#include "policy/plan.h"

/* Names of which a call must have one: exact, or with '*' and '?'. Without `given` any will do. */
struct plan_names {
    bool given;
    const struct span *items;
    size_t count;
};

/* What one policy is found by. Services and operations are in lower case. */
struct plan_call_key {
    uint32_t policy;
    struct plan_names services;
    struct plan_names operations;
    struct plan_names tables;
};

/* A name as an index keeps it. */
struct span plan_calls_lower(struct span name, struct arena *arena);

/* Keys in ascending order of their policies; they and their texts must outlive the index, which
 * lives in `arena`. */
const struct plan_calls *plan_calls_new(struct arena *arena, const struct plan_call_key *keys,
                                        size_t count);

#endif
