/* group_inner.h: the groups of a match where findings of an inner correlation are looked at: those
 * of the inner one, each with the group of the outer one that it lies in. */
#ifndef ENGINE_EVALUATE_GROUP_INNER_H
#define ENGINE_EVALUATE_GROUP_INNER_H

#include "base/digest.h"
#include "engine/evaluate/group.h"

struct group_inner {
    struct span key;            /* of the outer group */
    struct digest id;           /* of the inner one: equal groups have equal ones */
    const struct value *values; /* of its group_by */
};

/* By their ids, each once. Else like group_list. */
struct group_inner_list {
    struct group_inner *items;
    size_t count;
    uint64_t absent;
    uint64_t cut;
    struct value error;
    const struct cel_program *failed;
};

/* The inner groups of a match of a policy that has an inner one. Lives in `arena`. */
struct group_inner_list group_inner_list_of(const struct plan_policy *policy, struct host *truth,
                                            struct host *shown, struct arena *arena);

#endif
