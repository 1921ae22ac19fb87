/* plan_index.h: which policies may concern a table and an operation; the inside of plan_select. */
#ifndef POLICY_PLAN_INDEX_H
#define POLICY_PLAN_INDEX_H

#include "policy/plan.h"

/* What one policy is found by. A change concerns it when its operation is among `operations` and
 * its table is among `tables`, or fits one of `patterns`, or when there are neither (any_table). */
struct plan_index_key {
    uint32_t policy;
    uint32_t operations; /* bit 1 << op */
    bool any_table;
    const struct span *tables;
    size_t table_count;
    const struct span *patterns;
    size_t pattern_count;
};

enum { PLAN_OPERATIONS_ALL = (1 << CHANGE_OP_COUNT) - 1 };

/* Keys in ascending order of their policies; they and their texts must outlive the index, which
 * lives in `arena`. */
const struct plan_index *plan_index_new(struct arena *arena, const struct plan_index_key *keys,
                                        size_t count);

#endif
