/* plan_witness.h: what a condition itself says about table and operation: `table == 'x' && ...`. */
#ifndef POLICY_PLAN_WITNESS_H
#define POLICY_PLAN_WITNESS_H

#include "policy/plan/plan_builder.h"

/* Equalities and `in` lists of constants that stand at the top of the condition, joined by &&:
 * where one is false, so is the condition, whatever the rest says. */
struct plan_witness {
    bool tables_given;
    const struct span *tables; /* the tables for which it may be true */
    size_t table_count;
    uint32_t operations;       /* bit 1 << op */
};

/* condition may be NULL. Lists live in `arena`, texts are views of the program. */
struct plan_witness plan_witness_find(const struct cel_program *condition, struct arena *arena);

#endif
