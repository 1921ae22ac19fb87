/* plan_witness.h: what a condition itself says about table and operation: `table == 'x' && ...`;
 * of an API call also about its service. */
#ifndef POLICY_PLAN_WITNESS_H
#define POLICY_PLAN_WITNESS_H

#include "policy/plan/plan_builder.h"
#include "policy/plan/plan_calls.h"

/* Equalities and `in` lists of constants that stand at the top of the condition, joined by &&:
 * where one is false, so is the condition, whatever the rest says. */
struct plan_witness {
    struct plan_names tables;  /* for which it may be true */
    uint32_t operations;       /* bit 1 << op */
    struct plan_names call_services;   /* request.service, request.operation, as written; */
    struct plan_names call_operations; /* also through lowerAscii() */
};

/* condition may be NULL. Lists live in `arena`, texts are views of the program. */
struct plan_witness plan_witness_find(const struct cel_program *condition, struct arena *arena);

#endif
