/* group_keys.h: the values that group keys are put together from. Inside this folder only. */
#ifndef ENGINE_EVALUATE_GROUP_KEYS_H
#define ENGINE_EVALUATE_GROUP_KEYS_H

#include "engine/evaluate/group.h"

struct group_key;

/* What making the groups of one match needs. */
struct grouping {
    const struct plan_policy *policy;
    struct host *truth;
    struct host *shown;
    struct arena *arena;
    struct group_key *keys; /* one for each expression of group_by */
};

/* The value of one expression of group_by; what is missing counts as null. */
struct value group_keys_value(const struct cel_program *program, struct host *truth);
/* Fills in the keys. VALUE_ERROR: one has no value, *failed says which; otherwise null. */
struct value group_keys_read(struct grouping *grouping, const struct cel_program **failed);
/* The key of one combination of the keys' elements, the first key's element changing fastest. False
 * when one of them is absent. */
bool group_keys_text(const struct grouping *grouping, size_t number, struct span *out);

#endif
